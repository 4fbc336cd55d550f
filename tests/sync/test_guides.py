"""The guides of sync and watch, and the example: every command they show does what it says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import runpy
import shlex
import sqlite3
import sys

import pytest

from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.exclusive import only_run
from tests.docs.pages import DOCS, ROOT, code_blocks

SYNC, WATCH = DOCS / "guide" / "sync.rst", DOCS / "guide" / "watch.rst"


@pytest.fixture
def shell(box, tmp_path, monkeypatch, capsys):
    """Runs commands as a shell does, but in this process: a program for each would take a second."""
    for name, value in {**box.environment(), "HOME": str(tmp_path), "no_proxy": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(commands):
        for line in commands.splitlines():
            program, *arguments = shlex.split(os.path.expandvars(line))
            assert program == "kwork-etxt"
            assert main(arguments) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return run


def shown(page):
    return "".join(block.text for block in code_blocks(page, "sh"))


def cron_commands(page):
    """The commands of the page's crontab."""
    lines = "".join(block.text for block in code_blocks(page, "text")).splitlines()
    return [match[1] for line in lines if (match := re.fullmatch(r"(?:[\d*/]+ ){5} (kwork-etxt .*)", line))]


def test_sync(shell, tmp_path):
    first, second = map(json.loads, shell(shown(SYNC)).splitlines())

    assert set(first["tables"]) == {"etxt_orders", "etxt_results", "etxt_statement"}
    assert set(second["tables"]) == {"kwork_orders", "kwork_dialogs", "kwork_offers"}
    assert (first["is_complete"], second["is_complete"]) == (True, True)
    assert len(list((tmp_path / "mirror.files" / "orders").iterdir())) == 3


def test_watch(shell, tmp_path):
    told = [json.loads(line) for line in shell(shown(WATCH)).splitlines()]

    projects = [item for item in told if "budget" in item]
    assert projects
    assert all(float(project["budget"]) >= 20_000 for project in projects)
    words = [f"{project['title']} {project['description']}".casefold() for project in projects]
    assert all(("бот" in text or "парсер" in text) and "дизайн" not in text for text in words)
    assert len((tmp_path / "news.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_crontabs(shell, tmp_path):
    hourly, nightly = cron_commands(SYNC)
    assert shell(hourly) == ""
    # The account of the page is a profile; the sandbox's is in the environment.
    assert shell(nightly.replace(" --profile work", "")) != ""
    first, second = cron_commands(WATCH)
    assert shell(first) == shell(second) == ""
    assert (tmp_path / "mirror.db").exists()


def test_the_example_mirrors_and_says_what_is_new(box, place, tmp_path, monkeypatch, capsys):
    place(1)
    with box.etxt_client() as client:
        (task,) = client.tasks.list_tasks()
    for name, value in box.environment().items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "mirror.db"
    monkeypatch.setattr(sys, "argv", ["mirror_to_sqlite", "--into", str(path)])

    def run():
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(ROOT / "examples" / "mirror_to_sqlite.py"), run_name="__main__")
        return end.value.code, capsys.readouterr()

    status, said = run()
    assert status == 0
    assert said.out.splitlines()[1].split() == [str(task.task_id), str(task.price), *task.title.split()]
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM etxt_orders").fetchone() == (4,)
    with only_run(path, "the mirror"):
        status, said = run()
    assert (status, said.out) == (75, "")
    monkeypatch.setenv("ETXT_API_PASS", "wrong")
    status, said = run()
    assert (status, said.out) == (1, "")
