"""Say which version a release would make of the commits so far, and what its notes would be (``make release-check``).

Everything happens in a throw-away clone: the project, its remote and its tags stay as they are, and no network is
used. Ends with status 1 if the public surface has a break that no commit announces, with 2 if it cannot say.

``--release`` (``make release``) then does it in the project: version, changelog, commit and tag. It pushes nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools import api

ROOT = Path(__file__).resolve().parent.parent
VERSION_FILE = Path("kwork_etxt_sdk", "_version.py")
CHANGELOG = Path("CHANGELOG.md")
SNAPSHOT = "tests/meta/api"
UNRELEASED = "## [Unreleased]"

#: The headings that are made from commits if nobody wrote them, and the types of those commits.
MADE_FROM = {"Added": "feat", "Changed": "perf", "Fixed": "fix"}

BRANCHES = ("main", "master")

#: The command reads the address of a remote before it notices that it shall not push; this one leads nowhere.
NOWHERE = "https://forge.invalid/owner/project.git"


class CannotSayError(Exception):
    """There is no answer, for a reason that its message names."""


class UnannouncedBreakError(Exception):
    """What is public has changed, and the next version does not say so."""


def git(folder: Path, *arguments: str) -> str:
    """Run git and return what it says."""
    # Inside a hook, git's own variables would lead to the project instead of the folder.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - the developer's git
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if done.returncode:
        raise CannotSayError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def clone(project: Path, folder: Path) -> None:
    """Copy the commits and tags of the project; whatever is checked out is `main` there."""
    if git(project, "rev-parse", "--is-shallow-repository") == "true":
        raise CannotSayError("this clone is shallow: fetch all commits and tags first (git fetch --unshallow --tags)")
    git(folder.parent, "clone", "--quiet", "--no-hardlinks", str(project), str(folder))
    git(folder, "checkout", "--quiet", "-B", "main")
    git(folder, "remote", "set-url", "origin", NOWHERE)


def semantic_release(folder: Path, *arguments: str, author: str | None = None) -> bool:
    """Run python-semantic-release in a folder; return whether there was anything to release.

    What it commits is by `author`.
    """
    command = Path(sys.executable).with_name("semantic-release")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GH_", "GITEA_"))}
    if author:
        environment["GIT_COMMIT_AUTHOR"] = author
    done = subprocess.run(
        [str(command), "--strict", *arguments], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    # With --strict it fails if there is nothing to release, and that is an answer too.
    if done.returncode == 0:
        return True
    if "No release will be made" in done.stdout + done.stderr:
        return False
    raise CannotSayError(f"semantic-release failed:\n{done.stdout}{done.stderr}")


def released_version(folder: Path) -> str:
    """Return the version that the package has."""
    text = (folder / VERSION_FILE).read_text(encoding="utf-8")
    (version,) = re.findall(r'^__version__ = "([^"]+)"$', text, flags=re.MULTILINE)
    return str(version)


def notes_of(changelog: str, version: str) -> str:
    """Return the section of a version, without its heading."""
    _, found, after = changelog.partition(f"\n## [{version}]")
    if not found:
        raise CannotSayError(f"{CHANGELOG} has no section for {version}; it must begin with {UNRELEASED!r}")
    section = after.partition("\n## [")[0]
    return section.partition("\n")[2].strip()


def by_hand(changelog: str) -> list[str]:
    """Return the headings that somebody wrote under [Unreleased]."""
    unreleased = changelog.partition(UNRELEASED)[2].partition("\n## [")[0]
    return re.findall(r"^### (.+?)\s*$", unreleased, flags=re.MULTILINE)


def covered(changelog: str, subjects: list[str]) -> list[str]:
    """Return the commits that are not in the notes because their heading is written by hand."""
    types = "|".join(MADE_FROM[heading] for heading in by_hand(changelog) if heading in MADE_FROM)
    return [subject for subject in subjects if types and re.match(rf"({types})(\([^)]*\))?: ", subject)]


def kind_of(last: str | None, following: str) -> str:
    """Return which part of the version changes."""
    if last is None:
        return "first"
    old, new = ([int(part) for part in version.split(".")] for version in (last.removeprefix("v"), following))
    return next(kind for kind, before, now in zip(("major", "minor", "patch"), old, new, strict=True) if before != now)


def surface_at(project: Path, commit: str) -> dict[api.Key, str]:
    """Return the snapshot of the public surface as it was."""
    names = git(project, "ls-tree", "-r", "--name-only", commit, "--", SNAPSHOT).splitlines()
    return api.flat({Path(name).stem: git(project, "show", f"{commit}:{name}").splitlines() for name in names})


def unannounced(before: Mapping[api.Key, str], now: Mapping[api.Key, str], kind: str) -> api.Difference | None:
    """Return what breaks callers although the version does not say so."""
    difference = api.compare(before, now)
    if not before or kind == "major" or not (difference.breaks or difference.changes):
        return None
    return difference._replace(additions=[])


def last_tag(project: Path) -> str | None:
    """Return the tag of the last release that these commits include."""
    tags = git(project, "tag", "--list", "v[0-9]*", "--merged", "HEAD", "--sort=-version:refname").splitlines()
    return tags[0] if tags else None


def check(project: Path) -> str | None:
    """Report, and return the next version, if there is one and it may be released."""
    last = last_tag(project)
    print(f"Last release: {last or 'none'}")
    with tempfile.TemporaryDirectory(prefix="release-check-") as name:
        folder = Path(name).resolve() / "clone"
        clone(project, folder)
        before = (folder / CHANGELOG).read_text(encoding="utf-8")
        quietly = ("--no-commit", "--no-tag", "--no-push", "--no-vcs-release", "--skip-build")
        anything = semantic_release(folder, "version", *quietly)
        after = (folder / CHANGELOG).read_text(encoding="utf-8")
        following = released_version(folder)
    if git(project, "status", "--porcelain"):
        print("Not committed, and so not in this: see `git status`.")
    if not anything:
        print("Next version: none. No commit since then adds, mends, speeds up or breaks anything for users.")
        return None
    kind = kind_of(last, following)
    print(f"Next version: {following} ({kind})\n\n{notes_of(after, following)}\n")
    subjects = git(project, "log", "--format=%s", f"{last}..HEAD" if last else "HEAD").splitlines()
    if left_out := covered(before, subjects):
        print("Their heading is written by hand under [Unreleased]; make sure that it covers these commits:")
        print("\n".join(f"  - {subject}" for subject in left_out) + "\n")
    if last and (broken := unannounced(surface_at(project, last), surface_at(project, "HEAD"), kind)):
        print(f"Since {last} what is public has changed, and {following} does not say so.\n{broken.report()}\n")
        if broken.breaks:
            raise UnannouncedBreakError(
                "No commit announces a break. Keep the old names working, or say in a commit what users have to do "
                "(BREAKING CHANGE: ...)."
            )
    return following


def release(project: Path) -> None:
    """Write version and changelog, commit and tag: in the project, and nowhere else."""
    if git(project, "status", "--porcelain"):
        raise CannotSayError("something is not committed: a release is made of commits")
    branch = git(project, "rev-parse", "--abbrev-ref", "HEAD")
    if branch not in BRANCHES:
        raise CannotSayError(f"releases are made on {' or '.join(BRANCHES)}, and this is {branch}")
    person = f"{git(project, 'config', 'user.name')} <{git(project, 'config', 'user.email')}>"
    semantic_release(project, "version", "--no-push", "--no-vcs-release", "--skip-build", author=person)
    print(
        f"Committed and tagged here, pushed nowhere. Look at it (git show), then:\n"
        f"  git push --atomic origin {branch} {last_tag(project)}\n"
        f"or take it back:\n  git tag -d {last_tag(project)} && git reset --hard HEAD~1"
    )


def main(arguments: list[str]) -> int:
    """Check the project that this file belongs to, or release it."""
    try:
        following = check(ROOT)
        if following and "--release" in arguments:
            release(ROOT)
        else:
            print("Nothing was changed: no file, no tag, no remote. docs/release.rst says how to go on.")
    except UnannouncedBreakError as reason:
        print(f"release-check: {reason}", file=sys.stderr)
        return 1
    except CannotSayError as reason:
        print(f"release-check: {reason}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
