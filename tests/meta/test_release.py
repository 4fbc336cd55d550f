"""What a release is made of: the next version, its notes, and what may not be released."""

import os
import shutil
import subprocess
import sys
import textwrap
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest

from tools import api, commit_message, release_check

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["semantic_release"]
LONG_NAMES = {"feat": "features", "fix": "bug fixes", "perf": "performance improvements", "docs": "documentation"}
EARLIER = "## [0.4.0] - 2026-01-02\n\n### Added\n\n- The first thing.\n"
BEFORE = f"# Changelog\n\nAbout it.\n\n## [Unreleased]\n\n{EARLIER}"


def parsed(kind, subject, *, scope="", breaking=(), bump=None):
    """A commit as python-semantic-release hands it to the template."""
    level = bump or ("MAJOR" if breaking else {"feat": "MINOR", "fix": "PATCH", "perf": "PATCH"}.get(kind, "NONE"))
    return LONG_NAMES[kind], SimpleNamespace(
        bump=SimpleNamespace(name=level), scope=scope, descriptions=[subject], breaking_descriptions=[*breaking]
    )


def rendered(before, *commits, version="0.5.0"):
    """The changelog after a release of these commits, newest first, as the real command renders it."""
    elements = {}
    for kind, commit in commits:
        elements.setdefault(kind, []).append(commit)
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROOT / "tools" / "changelog"), autoescape=False)
    environment.filters["read_file"] = lambda _: before
    environment.filters["autofit_text_width"] = lambda text, width, indent: textwrap.fill(
        text, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    release = SimpleNamespace(version=version, tagged_date=datetime(2026, 3, 4, tzinfo=timezone.utc), elements=elements)
    context = SimpleNamespace(prev_changelog_file="CHANGELOG.md", history=SimpleNamespace(released={version: release}))
    return environment.get_template("CHANGELOG.md.j2").render(ctx=context)


class TestConfiguration:
    def test_the_version_has_one_place_and_the_tag_one_form(self):
        assert CONFIGURATION["version_variables"] == ["kwork_etxt_sdk/_version.py:__version__"]
        assert not {"version_toml", "version_pattern"} & CONFIGURATION.keys()
        assert CONFIGURATION["tag_format"] == "v{version}"

    def test_what_each_type_of_commit_does(self):
        options = CONFIGURATION["commit_parser_options"]
        assert options["minor_tags"] == ["feat"]
        assert options["patch_tags"] == ["fix", "perf"]
        known = {*options["minor_tags"], *options["patch_tags"], *options["other_allowed_tags"]}
        assert set(commit_message.TYPES) == known

    def test_a_break_is_a_major_version_before_1_0_too(self):
        assert CONFIGURATION["allow_zero_version"] is True
        assert CONFIGURATION["major_on_zero"] is True

    def test_the_changelog_has_the_form_that_is_filled_in(self):
        text = (ROOT / "CHANGELOG.md").read_text("utf-8")
        assert text.count(f"\n{release_check.UNRELEASED}\n") == 1
        assert "keepachangelog.com" in text
        known = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
        assert set(release_check.by_hand(text)) <= known


class TestChangelog:
    def test_commits_become_the_sections_of_keep_a_changelog(self):
        after = rendered(
            BEFORE,
            parsed("docs", "say more"),
            parsed("perf", "wait less"),
            parsed("fix", "second\nline", scope="etxt"),
            parsed("fix", "first"),
            parsed("feat", "a new thing"),
        )
        assert after == (
            "# Changelog\n\nAbout it.\n\n## [Unreleased]\n\n## [0.5.0] - 2026-03-04\n\n"
            "### Added\n\n- a new thing\n\n### Changed\n\n- wait less\n\n"
            "### Fixed\n\n- first\n- **etxt**: second line\n\n"
            f"{EARLIER}"
        )

    def test_what_is_written_by_hand_stands_and_the_rest_is_made(self):
        hand = BEFORE.replace("[Unreleased]\n", "[Unreleased]\n\n### Added\n\n- In my words,\n  on two lines.\n", 1)
        after = rendered(hand, parsed("feat", "a new thing"), parsed("fix", "a slip"))
        assert "### Added\n\n- In my words,\n  on two lines.\n\n### Fixed\n\n- a slip\n\n## [0.4.0]" in after
        assert "a new thing" not in after
        assert after.index("[Unreleased]") < after.index("[0.5.0]") < after.index("In my words")

    def test_all_six_headings_and_an_introduction_keep_their_order(self):
        hand = BEFORE.replace(
            "[Unreleased]\n",
            "[Unreleased]\n\nRead this.\n\n### Security\n\n- s\n\n### Removed\n\n- r\n\n### Odd\n\n- o\n",
        )
        notes = release_check.notes_of(rendered(hand, parsed("feat", "f")), "0.5.0")
        assert notes == "Read this.\n\n### Added\n\n- f\n\n### Removed\n\n- r\n\n### Security\n\n- s\n\n### Odd\n\n- o"

    def test_a_break_is_listed_whoever_wrote_the_rest(self):
        hand = BEFORE.replace("[Unreleased]\n", "[Unreleased]\n\n### Changed\n\n- By hand.\n", 1)
        after = rendered(
            hand,
            parsed("feat", "another way", scope="kwork", breaking=["Use\nthe other one."]),
            parsed("docs", "drop a page", bump="MAJOR"),
            version="1.0.0",
        )
        assert (
            "### Changed\n\n- **Breaking:** **kwork**: Use the other one.\n- **Breaking:** drop a page\n- By hand.\n"
        ) in after
        assert "### Added" not in after.partition("## [0.4.0]")[0]

    def test_long_entries_are_wrapped(self):
        after = rendered(BEFORE, parsed("feat", " ".join(["word"] * 40)))
        assert max(map(len, after.splitlines())) <= 119
        assert "\n  word" in after

    @pytest.mark.parametrize("before", [BEFORE, BEFORE.partition("## [0.4.0]")[0]])
    def test_a_released_section_is_not_written_twice(self, before):
        once = rendered(before, parsed("feat", "a new thing"))
        assert rendered(once, parsed("feat", "a new thing")) == once
        assert once.endswith("\n")
        assert not once.endswith("\n\n")

    def test_a_changelog_without_its_place_for_news_stays_as_it_is(self):
        assert rendered("# Mine\n", parsed("feat", "a new thing")) == "# Mine\n"
        with pytest.raises(release_check.CannotSayError, match=r"\[Unreleased\]"):
            release_check.notes_of("# Mine\n", "0.5.0")

    def test_what_is_left_out_because_of_a_heading_is_told(self):
        subjects = ["feat(etxt): a", "fix: b", "docs: c", "feat!: d", "perf: e"]
        hand = "## [Unreleased]\n\n### Added\n\n- x\n\n### Removed\n\n- y\n\n## [0.4.0]\n\n### Fixed\n"
        assert release_check.by_hand(hand) == ["Added", "Removed"]
        assert release_check.covered(hand, subjects) == ["feat(etxt): a"]
        assert release_check.covered(BEFORE, subjects) == []


@pytest.mark.parametrize(
    ("last", "following", "kind"),
    [
        (None, "0.1.0", "first"),
        ("v0.4.1", "0.5.0", "minor"),
        ("v0.4.0", "0.4.1", "patch"),
        ("v0.9.9", "1.0.0", "major"),
    ],
)
def test_which_part_of_the_version_changes(last, following, kind):
    assert release_check.kind_of(last, following) == kind


class TestBreaks:
    BEFORE = api.parse(["def f", "    arg a: int", "def g"])
    AFTER = api.parse(["def f", "    arg a: str", "def h"])

    @pytest.mark.parametrize("kind", ["minor", "patch"])
    def test_one_that_no_commit_announces_is_found(self, kind):
        found = release_check.unannounced(self.BEFORE, self.AFTER, kind)
        assert found.breaks == ["def g is gone"]
        assert len(found.changes) == 1
        assert found.additions == []

    def test_one_that_is_announced_is_fine(self):
        assert release_check.unannounced(self.BEFORE, self.AFTER, "major") is None

    def test_additions_are_no_news(self):
        assert release_check.unannounced(self.BEFORE, self.BEFORE | api.parse(["def h"]), "patch") is None

    def test_without_an_earlier_snapshot_there_is_nothing_to_compare(self):
        assert release_check.unannounced({}, self.AFTER, "minor") is None


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("feat(etxt): a thing", None),
        ("feat!: a thing\n\nBREAKING CHANGE: do that", None),
        ("fix: a slip\n\nWhy.\n# a comment of git", None),
        ("Merge branch 'x'", None),
        ("fixup! feat: a thing", None),
        ("A thing", "the first line must be"),
        ("feature: a thing", "the first line must be"),
        ("feat:a thing", "the first line must be"),
        ("", "the first line must be"),
        ("feat: " + "x" * 120, "126 characters"),
        ("feat: a\nb", "the second line"),
        ("feat: a\n\nBreaking changes: b", "BREAKING CHANGE: "),
    ],
)
def test_messages_from_which_no_version_can_be_made_are_refused(tmp_path, capsys, message, wrong):
    path = tmp_path / "COMMIT_EDITMSG"
    path.write_text(message, "utf-8")
    assert commit_message.main([str(path)]) == (0 if wrong is None else 1)
    assert (wrong or "") in capsys.readouterr().err


# From here on the real thing: git and python-semantic-release.

FILES = (".gitignore", "CHANGELOG.md", "pyproject.toml", "kwork_etxt_sdk/_version.py")
SIGNATURE = "def f\n    arg a: int\n"


def git(folder, *arguments):
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    person = {f"GIT_{who}_{what}": "x@y.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-C", str(folder), *arguments],
        env={**own, **person, "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path):
    """A clone of a project with one release, v0.4.0, on a scratch branch and without a remote."""
    origin = tmp_path / "origin"
    for name in FILES:
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, origin / name)
    shutil.copytree(ROOT / "tools", origin / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (origin / "CHANGELOG.md").write_text(BEFORE, "utf-8")
    (origin / "kwork_etxt_sdk" / "_version.py").write_text('__version__ = "0.4.0"\n', "utf-8")
    (origin / "tests" / "meta" / "api").mkdir(parents=True)
    (origin / "tests" / "meta" / "api" / "core.txt").write_text(SIGNATURE, "utf-8")
    git(tmp_path, "init", "--quiet", str(origin))
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "feat: the first thing")
    git(origin, "tag", "-a", "v0.4.0", "-m", "0.4.0")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    git(clone, "checkout", "--quiet", "-b", "scratch")
    git(clone, "remote", "remove", "origin")
    return clone


def test_the_snapshot_of_an_earlier_release_is_read_from_git(project):
    assert release_check.last_tag(project) == "v0.4.0"
    (project / "tests" / "meta" / "api" / "core.txt").write_text("def g\n", "utf-8")
    git(project, "commit", "--quiet", "--all", "-m", "refactor: nothing to see")
    before, now = (release_check.surface_at(project, commit) for commit in ("v0.4.0", "HEAD"))
    assert before == api.flat({"core": SIGNATURE.splitlines()})
    assert release_check.unannounced(before, now, "patch").breaks == ["core > def f is gone"]


def test_a_shallow_clone_cannot_say(project, tmp_path):
    git(project, "commit", "--quiet", "--allow-empty", "-m", "docs: more")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{project}", str(tmp_path / "shallow"))
    with pytest.raises(release_check.CannotSayError, match="shallow"):
        release_check.clone(tmp_path / "shallow", tmp_path / "copy")


@pytest.fixture(scope="module")
def release_python():
    """The Python of the environment that `make release-check` uses."""
    python = ROOT / ".venv-release" / "bin" / "python"
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    subprocess.run(["make", ".venv-release/.installed"], cwd=ROOT, env=own, capture_output=True, check=True)
    return python


def checked(python, project, *arguments):
    return subprocess.run(
        [str(python), "-m", "tools.release_check", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


def state(project):
    """Everything that a check must leave alone."""
    files = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and ".git" not in path.parts}
    files = {path: text for path, text in files.items() if path.suffix != ".pyc"}
    return files, git(project, "for-each-ref"), git(project, "config", "--list", "--local")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("commits", "version", "notes"),
    [
        (["feat(etxt): a new thing"], "0.5.0 (minor)", "### Added\n\n- **etxt**: a new thing"),
        (["fix: a slip"], "0.4.1 (patch)", "### Fixed\n\n- a slip"),
        (["perf: less waiting"], "0.4.1 (patch)", "### Changed\n\n- less waiting"),
        (
            ["fix: a slip", "feat: a thing", "docs: words"],
            "0.5.0 (minor)",
            "### Added\n\n- a thing\n\n### Fixed\n\n- a slip",
        ),
        (["feat!: another way"], "1.0.0 (major)", "### Changed\n\n- **Breaking:** another way"),
        (
            ["fix(kwork): mend it\n\nWhy.\n\nBREAKING CHANGE: use the\nother one"],
            "1.0.0 (major)",
            "### Changed\n\n- **Breaking:** **kwork**: use the other one",
        ),
    ],
)
def test_next_version_and_notes(release_python, project, commits, version, notes):
    for message in commits:
        git(project, "commit", "--quiet", "--allow-empty", "-m", message)
    before = state(project)
    done = checked(release_python, project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"Last release: v0.4.0\nNext version: {version}\n\n{notes}\n\n")
    assert state(project) == before


@pytest.mark.slow
@pytest.mark.parametrize("message", ["docs: words", "test: more", "chore: sweep", "not conventional at all"])
def test_commits_that_release_nothing(release_python, project, message):
    git(project, "commit", "--quiet", "--allow-empty", "-m", message)
    done = checked(release_python, project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Next version: none." in done.stdout


@pytest.mark.slow
def test_a_break_that_no_commit_announces_is_not_released(release_python, project):
    (project / "tests" / "meta" / "api" / "core.txt").write_text("def g\n", "utf-8")
    git(project, "commit", "--quiet", "--all", "-m", "feat: tidy names")
    done = checked(release_python, project)
    assert done.returncode == 1
    assert "core > def f is gone" in done.stdout
    assert "BREAKING CHANGE" in done.stderr
    git(
        project,
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "feat!: f is called g\n\nBREAKING CHANGE: call g instead of f",
    )
    assert checked(release_python, project).returncode == 0


@pytest.mark.slow
def test_a_release_is_a_commit_and_a_tag_here_and_nothing_elsewhere(release_python, project, tmp_path):
    git(tmp_path, "init", "--quiet", "--bare", str(tmp_path / "remote"))
    git(project, "remote", "add", "origin", str(tmp_path / "remote"))
    git(project, "config", "user.name", "A Person")
    git(project, "config", "user.email", "person@example.invalid")
    git(project, "commit", "--quiet", "--allow-empty", "-m", "feat: a new thing")
    done = checked(release_python, project, "--release")
    assert done.returncode == 2
    assert "releases are made on main" in done.stderr
    git(project, "checkout", "--quiet", "-B", "main")
    (project / "stray").write_text("x", "utf-8")
    assert checked(release_python, project, "--release").returncode == 2
    (project / "stray").unlink()
    done = checked(release_python, project, "--release")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "git push --atomic origin main v0.5.0" in done.stdout
    assert git(project, "describe", "--tags") == "v0.5.0"
    assert git(project, "log", "-1", "--format=%s %an") == "chore(release): 0.5.0 A Person"
    assert git(project, "show", "HEAD:kwork_etxt_sdk/_version.py") == '__version__ = "0.5.0"'
    assert "## [Unreleased]\n\n## [0.5.0] - " in git(project, "show", "HEAD:CHANGELOG.md")
    assert git(project, "status", "--porcelain") == ""
    assert git(tmp_path / "remote", "for-each-ref") == ""
    assert "Next version: none." in checked(release_python, project).stdout
