"""The pages about the sandbox: their shell session and their test file do what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from kwork_etxt_sdk.sandbox.faults import KINDS
from tests.docs.pages import DOCS, code_blocks, run_blocks

SANDBOX, TESTING = DOCS / "guide" / "sandbox.rst", DOCS / "guide" / "testing.rst"


@pytest.mark.skipif(
    not (shutil.which("sh") and shutil.which("curl") and shutil.which("md5sum")),
    reason="the page's shell commands need sh, curl and md5sum",
)
def test_an_order_is_placed_and_accepted_by_hand(tmp_path):
    command = tmp_path / "bin" / "kwork-etxt"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kwork_etxt_sdk.cli "$@"\n')
    command.chmod(0o755)
    environment = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}", "no_proxy": "127.0.0.1"}
    session = "".join(block.text for block in code_blocks(SANDBOX, "sh"))

    done = subprocess.run(
        ["sh", "-c", session], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert "order 1000001\n" in done.stdout
    assert '"status":1,"ids":["1000001"]' in done.stdout
    assert "too fast, as ordered" in done.stdout
    assert "error: 429" in done.stderr
    (executed,) = re.findall(r"(?m)(\{\"tasks.saveTask.*\})$", done.stdout)
    assert json.loads(executed) == {"tasks.saveTask": 1, "tasks.setNote": 1, "tasks.paidTask": 1}
    assert (tmp_path / "sandbox.db").stat().st_size > 10_000
    assert (tmp_path / "sandbox.log").read_text().count("\n") == 1


def test_every_fault_is_on_the_page():
    table = SANDBOX.read_text(encoding="utf-8").partition("\nFaults\n")[2]
    named = {word for names in re.findall(r"(?m)^``([a-z0-9_ ]+)``  ", table) for word in names.split()}
    assert named == set(KINDS)


def test_the_python_of_the_page_prints_what_it_says(capsys):
    run_blocks(SANDBOX, code_blocks(SANDBOX, "python"))

    output = capsys.readouterr().out
    assert "Counter({'tasks.saveTask': 1})" in output
    assert "OutcomeUnknown Counter({'folders.addFolder': 1})" in output


def test_the_test_file_passes_in_an_empty_directory(tmp_path):
    example, options, environment = code_blocks(TESTING, "python")
    (tmp_path / "test_orders.py").write_text(example.text, encoding="utf-8")
    (tmp_path / "test_options.py").write_text(
        f"{options.text}\n{environment.text}\n"
        "def test_it(etxt_sandbox):\n"
        "    import os\n"
        "    assert os.environ['KWORK_WIRE'] == 'app'\n"
        "    assert (etxt_sandbox.seed, len(etxt_sandbox.faults.waiting())) == (7, 1)\n",
        encoding="utf-8",
    )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout
    assert f"{example.text.count('def test_') + 1} passed" in done.stdout
