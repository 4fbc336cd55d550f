"""Refuse a commit message from which no version and no changelog can be made (a hook of git, ``commit-msg``).

The types are those of ``[tool.semantic_release.commit_parser_options]``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

TYPES = ("feat", "fix", "perf", "build", "chore", "ci", "docs", "refactor", "revert", "style", "test")
SUBJECT = re.compile(rf"({'|'.join(TYPES)})(\([^()\s]+\))?!?: \S.*")

#: What git writes itself, and what a rebase melts into another commit.
OF_GIT = ("Merge ", "Revert ", "fixup! ", "squash! ", "amend! ")
#: Longest subject, in characters; git log cuts what is longer.
LONGEST = 120


def complaint(message: str) -> str | None:
    """Return what is wrong with a message."""
    lines = [line for line in message.splitlines() if not line.startswith("#")]
    subject = lines[0] if lines else ""
    if subject.startswith(OF_GIT):
        return None
    if not SUBJECT.fullmatch(subject):
        return f"the first line must be `type: what it does` or `type(where): ...` with a type of {', '.join(TYPES)}"
    if len(subject) > LONGEST:
        return f"the first line has {len(subject)} characters; {LONGEST} is the limit"
    if len(lines) > 1 and lines[1].strip():
        return "the second line must be empty"
    if re.search(r"(?mi)^breaking[ -]changes?\b", message) and not re.search(r"(?m)^BREAKING[ -]CHANGE: \S", message):
        return "an incompatible change is told in a paragraph that begins with `BREAKING CHANGE: `"
    return None


def main(arguments: list[str]) -> int:
    """Check the file that git names."""
    wrong = complaint(Path(arguments[0]).read_text(encoding="utf-8"))
    if wrong:
        print(f"commit message: {wrong} (CONTRIBUTING.rst, Commits)", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
