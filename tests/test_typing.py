"""What a type checker tells about user code; the code it must find nothing wrong with is in tests/typing."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MISTAKES = Path("tests/mistakes/user_code.py")


def test_mistakes_are_found_and_nothing_else():
    pytest.importorskip("mypy", reason="mypy is part of the extra dev")
    settings = ["--config-file", "setup.cfg", "--no-pretty", "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *settings, str(MISTAKES)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert made.stderr == ""
    found = defaultdict(set)
    for line, code in re.findall(rf"^{MISTAKES}:(\d+): error: .*\[([a-z-]+)\]$", made.stdout, re.MULTILINE):
        found[int(line)].add(code)
    source = (ROOT / MISTAKES).read_text(encoding="utf-8").splitlines()
    expected = {
        number: {mark[1]} for number, line in enumerate(source, 1) if (mark := re.search(r"# E: ([a-z-]+)", line))
    }
    assert dict(found) == expected, made.stdout
