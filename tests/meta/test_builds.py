"""Distributions are the same bytes every time, work without the project, and pages go where they should."""

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tools import build_dist, check_dist, pages

ROOT = Path(__file__).resolve().parents[2]


def packed(path, members, **about):
    """A source distribution as some machine would pack it."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content, mode in members:
            member = tarfile.TarInfo(name)
            member.mode = mode
            for key, value in about.items():
                setattr(member, key, value)
            if content is None:
                member.type = tarfile.DIRTYPE
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return path


MEMBERS = [("p", None, 0o700), ("p/run", b"#!", 0o700), ("p/b.py", b"b", 0o600), ("p/a.py", b"a", 0o664)]


def test_a_source_distribution_says_nothing_about_who_packed_it_where_and_when(tmp_path):
    here = packed(tmp_path / "1.tar.gz", MEMBERS, mtime=1_000_000_000, uid=1000, uname="somebody")
    there = packed(tmp_path / "2.tar.gz", MEMBERS[::-1], mtime=1_700_000_000.5, gid=7, gname="staff")
    for source in (here, there):
        build_dist.normalise(source, tmp_path / f"{source.name}.out", 1_600_000_000)
    first, second = ((tmp_path / f"{number}.tar.gz.out").read_bytes() for number in (1, 2))
    assert first == second
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:
        told = [(item.name, item.mode, item.mtime, item.uid, item.gid, item.uname, item.gname) for item in archive]
        assert archive.extractfile("p/a.py").read() == b"a"
    assert told == [
        ("p", 0o755, 1_600_000_000, 0, 0, "", ""),
        ("p/a.py", 0o644, 1_600_000_000, 0, 0, "", ""),
        ("p/b.py", 0o644, 1_600_000_000, 0, 0, "", ""),
        ("p/run", 0o755, 1_600_000_000, 0, 0, "", ""),
    ]


def test_a_link_has_no_place_in_a_distribution(tmp_path):
    source = packed(tmp_path / "1.tar.gz", [("p/l", b"", 0o777)], type=tarfile.SYMTYPE, linkname="/etc/passwd")
    with pytest.raises(SystemExit, match="p/l is neither a file nor a folder"):
        build_dist.normalise(source, tmp_path / "out", 0)


def test_the_time_of_the_files_is_chosen_or_that_of_the_last_commit(monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    assert build_dist.epoch() == 1_234_567_890
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setattr(build_dist, "ROOT", tmp_path)
    assert build_dist.epoch() == build_dist.EARLIEST
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build_dist.epoch() == build_dist.EARLIEST


def test_two_builds_that_differ_are_a_complaint(tmp_path):
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path, content in zip(paths, (b"1", b"1", b"2"), strict=True):
        path.write_bytes(content)
    same, other = (
        [*check_dist.check_reproducible([paths[0]], [paths[1]])],
        [*check_dist.check_reproducible([paths[0]], [paths[2]])],
    )
    assert same == []
    assert other == ["built twice, a is not the same"]


def git(folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    person = {f"GIT_{who}_{what}": "x@y.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=environment | person,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_pages_are_one_commit_on_their_branch_and_the_tree_stays_as_it_is(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    project, html, remote = tmp_path / "project", tmp_path / "project" / "built", tmp_path / "remote"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    git(tmp_path, "init", "--quiet", str(project))
    (project / "code.py").write_text("1", "utf-8")
    (project / ".gitignore").write_text("built\n", "utf-8")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "-m", "feat: x")
    git(project, "remote", "add", "origin", str(remote))
    (html / "_static").mkdir(parents=True)
    (html / "index.html").write_text("one", "utf-8")
    (html / "_static" / "a.css").write_text("css", "utf-8")
    pages.push(project, html, "pages")
    (html / "index.html").write_text("two", "utf-8")
    commit = pages.push(project, html, "pages")
    assert git(remote, "for-each-ref", "--format=%(refname) %(objectname)") == f"refs/heads/pages {commit}"
    assert git(remote, "ls-tree", "-r", "--name-only", "pages").splitlines() == ["_static/a.css", "index.html"]
    assert git(remote, "show", "pages:index.html") == "two"
    assert git(remote, "rev-list", "--count", "pages") == "1"
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize("branch", ["", "main", "master"])
def test_pages_never_go_where_the_code_is(monkeypatch, capsys, branch):
    monkeypatch.setenv("PAGES_BRANCH", branch)
    assert pages.main() == 2
    assert "PAGES_BRANCH" in capsys.readouterr().err


@pytest.mark.slow
def test_both_distributions_are_the_same_when_built_twice(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tools.check_dist", "--out", str(tmp_path / "dist")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.suffix for path in (tmp_path / "dist").iterdir()) == [".gz", ".whl"]


@pytest.mark.slow
def test_another_tag_than_the_version_is_refused(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tools.check_dist", "--tag", "v99.0.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "the tag is v99.0.0" in done.stdout


@pytest.mark.slow
def test_the_wheel_works_where_the_project_is_not():
    """With this Python; `make install-check PYTHONS=...` does the same with others."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.check_install"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo: " in done.stdout
