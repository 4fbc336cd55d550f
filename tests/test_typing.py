"""What type checkers tell about user code. mypy reads what must pass (tests/typing) in `make lint`, the rest here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORRECT = Path("tests/typing")
MISTAKES = Path("tests/mistakes/user_code.py")


def lines_marked_wrong():
    """Return ``{line: mypy's code}`` of the lines that have to be found."""
    source = (ROOT / MISTAKES).read_text(encoding="utf-8").splitlines()
    return {number: mark[1] for number, line in enumerate(source, 1) if (mark := re.search(r"# E: ([a-z-]+)", line))}


def test_mypy_finds_the_mistakes_and_nothing_else():
    pytest.importorskip("mypy", reason="mypy is part of the extra dev")
    settings = ["--config-file", "setup.cfg", "--no-pretty", "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *settings, str(MISTAKES)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert made.stderr == ""
    found = defaultdict(set)
    for line, code in re.findall(rf"^{MISTAKES}:(\d+): error: .*\[([a-z-]+)\]$", made.stdout, re.MULTILINE):
        found[int(line)].add(code)
    assert found == {number: {code} for number, code in lines_marked_wrong().items()}, made.stdout


def test_pyright_finds_the_mistakes_and_nothing_else(tmp_path):
    pytest.importorskip("basedpyright", reason="basedpyright is part of the extra dev")
    settings = {
        "include": [str(ROOT / CORRECT), str(ROOT / MISTAKES.parent)],
        "extraPaths": [str(ROOT)],
        "pythonVersion": "3.10",
        "typeCheckingMode": "standard",  # pyright's own default
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--project", str(tmp_path)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    told = [one for one in json.loads(made.stdout)["generalDiagnostics"] if one["severity"] == "error"]
    found = defaultdict(set)
    for one in told:
        place = Path(one["file"]).relative_to(ROOT)
        found[place].add(one["range"]["start"]["line"] + 1)
    assert found == {MISTAKES: set(lines_marked_wrong())}, told
