from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from kwork_etxt_sdk.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def box(monkeypatch, tmp_path):
    """A sandbox to which the environment points, with time standing still; the current folder is empty."""
    with Sandbox(speed=0) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.chdir(tmp_path)
        yield box


@pytest.fixture
def run(box, monkeypatch, capsys):
    """Run a script with arguments: its status, what it printed, and what it said on standard error."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        captured = capsys.readouterr()
        if isinstance(end.value.code, str):  # Python prints it and ends with status 1
            return 1, captured.out, captured.err + end.value.code
        return end.value.code, captured.out, captured.err

    return run
