"""``kwork-etxt demo``: real work on both marketplaces, over sockets, with a report worth reading."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal

import pytest
from rich.console import Console

from kwork_etxt_sdk.cli import demo as demo_module
from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.cli.demo import run_demo
from kwork_etxt_sdk.errors import DeadlineError
from kwork_etxt_sdk.options import Limits


@pytest.fixture
def without_limits(monkeypatch):
    """Nobody watches: no need to go at a pace that people can follow."""
    monkeypatch.setattr(demo_module, "LIMITS", Limits.off)


def test_it_does_the_whole_job_and_reports_it(tmp_path):
    out = io.StringIO()
    run_demo(tmp_path / "out", console=Console(file=out, width=100))
    report = out.getvalue()
    for line in ("signed in as", "balance:", "order 1000001 placed", "application of", "accepted, its author is paid"):
        assert line in report
    assert "etxt tasks.saveTask" in report
    assert "waits of" in report
    assert "RUB spent" in report

    with (tmp_path / "out" / "kworks.csv").open(encoding="utf-8-sig", newline="") as file:
        kworks = list(csv.DictReader(file))
    assert kworks
    assert all(Decimal(row["price"]) <= 1000 for row in kworks)
    lines = (tmp_path / "out" / "projects.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(Decimal(json.loads(line)["budget"]) >= 5000 for line in lines)
    (text,) = (tmp_path / "out").glob("*.txt")
    assert text.stat().st_size > 1000


@pytest.mark.usefixtures("without_limits")
def test_the_same_seed_tells_the_same_story(tmp_path):
    def story(folder):
        out = io.StringIO()
        run_demo(folder, seed=5, console=Console(file=out, width=100))
        return [line for line in out.getvalue().splitlines() if line.startswith("  +") and ".txt" not in line]

    first, second = story(tmp_path / "1"), story(tmp_path / "2")
    assert len(first) >= 7
    # The feed of projects moves with the clock; everything else is the seed's.
    assert [line for line in first if "projects" not in line] == [line for line in second if "projects" not in line]


@pytest.mark.usefixtures("without_limits")
def test_a_text_below_the_uniqueness_asked_for_is_left_to_the_person(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_module, "ENOUGH_UNIQUENESS", 100)
    out = io.StringIO()
    run_demo(tmp_path, console=Console(file=out, width=100))
    assert "left for you to decide" in out.getvalue()


def test_it_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(demo_module, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(DeadlineError, match="an application did not come within 0 s"):
        demo_module._wait_for(lambda: None, "an application")


@pytest.mark.usefixtures("without_limits")
def test_the_command_writes_to_a_new_folder_unless_told_where(capsys, tmp_path):
    assert main(["demo", "--out", str(tmp_path)]) == 0
    assert str(tmp_path) in capsys.readouterr().out


def test_a_folder_that_can_not_be_made_is_one_line(capsys, tmp_path):
    (tmp_path / "file").touch()
    assert main(["demo", "--out", str(tmp_path / "file" / "x")]) == 2
    assert (
        capsys.readouterr().err == f"kwork-etxt: the folder {tmp_path / 'file' / 'x'} can't be made: Not a directory\n"
    )


def test_ctrl_c_ends_it_at_once(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "kwork_etxt_sdk.cli", "demo", "--out", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    with process:
        for line in process.stdout:
            if "balance:" in line:
                break
        process.send_signal(signal.SIGINT)
        sent = time.monotonic()
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors.strip() == "interrupted"
    assert time.monotonic() - sent < 3
