"""A standard output that is closed, full, or read no more: one line, a status, and no answer is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kwork_etxt_sdk.cli.exits import Exit
from tests.support.cli_calls import COMMENT, LIST, SAVED, TASKS

FULL = Path("/dev/full")
needs_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full, as Linux has it")


def ended(*arguments, into):
    """Run a command whose output goes somewhere; return its status and what it said."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {into}', "sh", sys.executable, "-m", "kwork_etxt_sdk.cli", *arguments],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "no_proxy": "127.0.0.1"},
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


@needs_a_full_disk
@pytest.mark.parametrize("arguments", [LIST, ("docs",), ("docs", "save task"), ("profiles", "--help")], ids=" ".join)
def test_a_full_disk_is_one_line(etxt, arguments):
    etxt.answer("tasks.listTasks", TASKS)
    status, said = ended(*arguments, into="> /dev/full")
    assert (status, said) == (Exit.FAILED, "kwork-etxt: the output can't be written: No space left on device\n")


@needs_a_full_disk
def test_a_full_disk_loses_no_answer_of_a_call_that_was_made(etxt):
    etxt.answer("tasks.saveComment", SAVED)
    status, said = ended(*COMMENT, "--yes", into="> /dev/full")
    first, second = said.splitlines()
    assert status == Exit.FAILED
    assert first == "kwork-etxt: it is done, but its answer can't be shown as asked: No space left on device"
    assert second == '{"task_id": 7, "comment_id": 5, "comments": 1}'


def test_without_a_standard_output_a_command_works_all_the_same(etxt):
    etxt.answer("tasks.saveComment", SAVED)
    assert ended(*COMMENT, "--yes", into=">&-") == (Exit.OK, "")
    assert [request.method for request in etxt.requests] == ["tasks.saveComment"]


@pytest.mark.parametrize(
    "arguments", [["demo"], ["--help"], [], ["etxt"], ["etxt", "tasks", "save-task", "--help"]], ids=" ".join
)
def test_what_nobody_reads_any_more_ends_like_all_others(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "kwork_etxt_sdk.cli", *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (Exit.BROKEN_PIPE, "")
