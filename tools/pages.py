"""Put the built documentation on a branch of its own, for a pages server to serve (``make pages``).

The branch is named by the variable PAGES_BRANCH. It gets one commit without a past, so that the repository does not
grow with every build. What is checked out stays as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "docs" / "_build" / "html"


def push(project: Path, html: Path, branch: str) -> str:
    """Push a folder as the only commit of a branch of origin; return the commit."""

    def git(*arguments: str, **more: str) -> str:
        command = ["git", "-C", str(project), *arguments]
        done = subprocess.run(command, env={**os.environ, **more}, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"git {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        index = {"GIT_INDEX_FILE": str(Path(name) / "index")}
        git(f"--work-tree={html}", "add", "--all", "--force", "--", str(html), **index)
        tree = git("write-tree", **index)
    subject = f"Documentation of {git('rev-parse', '--short', 'HEAD')}"
    person = {"GIT_AUTHOR_NAME": "docs", "GIT_AUTHOR_EMAIL": "docs@localhost"}
    person |= {"GIT_COMMITTER_NAME": "docs", "GIT_COMMITTER_EMAIL": "docs@localhost"}
    commit = git("commit-tree", tree, "-m", subject, **person)
    git("push", "--force", "origin", f"{commit}:refs/heads/{branch}")
    return commit


def main() -> int:
    """Push what `make docs` built."""
    branch = os.environ.get("PAGES_BRANCH", "")
    if not branch or branch in {"main", "master"}:
        print("make pages: PAGES_BRANCH must name the branch of the pages, and no other", file=sys.stderr)
        return 2
    (HTML / ".nojekyll").touch()
    print(f"{branch}: {push(ROOT, HTML, branch)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
