"""``kwork-etxt sync``, against the sandbox."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest

from kwork_etxt_sdk.cli import sync as command
from kwork_etxt_sdk.exclusive import only_run
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.sync import mirroring
from tests.support.box import START


@pytest.fixture
def box(monkeypatch):
    with Sandbox(speed=0, start_time=START) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        yield box


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mirror.db"


def count(path, table):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_pipe_gets_the_summary_as_json(box, kwork_etxt, path):
    ended = kwork_etxt("sync", "etxt", "--into", path, "--what", "orders, statement")

    assert (ended.status, ended.err) == (0, "")
    summary = json.loads(ended.out)
    assert summary["tables"]["etxt_orders"] == {"new": 3, "changed": 0, "unchanged": 0, "gone": 0}
    assert (summary["is_complete"], summary["stopped"]) == (True, None)
    assert summary["calls"] == len(box.calls)
    assert count(path, "etxt_orders") == 3


def test_a_person_gets_a_line(box, kwork_etxt, path):
    ended = kwork_etxt("sync", "etxt", "--into", path, "--what", "news", terminal=True)

    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("etxt: 2 new, 0 changed, 0 unchanged, 0 gone, 0 files; 2 calls in ")
    again = kwork_etxt("sync", "etxt", "--into", path, "--what", "news", "--json", terminal=True)
    assert json.loads(again.out)["calls"] == 1


def test_quiet_says_nothing(box, kwork_etxt, path):
    ended = kwork_etxt("sync", "kwork", "--into", path, "--what", "orders,dialogs", "--quiet")

    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert count(path, "kwork_orders") == 30


def test_all_means_all(box, kwork_etxt, path):
    assert kwork_etxt("sync", "etxt", "--into", path, "--what", "all").status == 0

    assert {call.method for call in box.calls} >= {"tasks.listTasks", "users.getStats", "messages.getList"}


def test_all_of_the_documented_wire_is_what_it_has_and_the_rest_is_named(box, kwork_etxt, path):
    ended = kwork_etxt("sync", "kwork", "--into", path, "--what", "all")

    assert ended.status == 0
    assert ended.err == "left out: messages, kworks; only the app wire has them (KWORK_APP_AUTHORIZATION)\n"
    assert list(json.loads(ended.out)["tables"]) == ["kwork_orders", "kwork_dialogs", "kwork_offers", "kwork_projects"]
    assert kwork_etxt("sync", "kwork", "--into", path, "--what", "all", "--quiet").err == ""


def test_all_of_the_app_wire_is_everything(box, kwork_etxt, path, monkeypatch):
    monkeypatch.setenv("KWORK_WIRE", "app")
    monkeypatch.setenv("KWORK_APP_AUTHORIZATION", box.kwork_app_authorization)
    ended = kwork_etxt("sync", "kwork", "--into", path, "--what", "all")

    assert (ended.status, ended.err) == (0, "")
    assert {"kwork_messages", "kwork_kworks"} < set(json.loads(ended.out)["tables"])


def test_projects_of_a_category(box, kwork_etxt, path):
    options = ("--what", "projects", "--category", "41", "--category", "37", "--projects", "3")
    assert kwork_etxt("sync", "kwork", "--into", path, *options).status == 0

    assert [call.params["category_id"] for call in box.calls if call.method == "projects"] == [41, 37]


def test_a_run_may_be_limited_and_the_next_goes_on(box, kwork_etxt, path):
    first = kwork_etxt("sync", "etxt", "--into", path, "--what", "orders,news", "--max-calls", "2")
    assert (first.status, json.loads(first.out)["stopped"]) == (0, "2 calls were made")

    second = kwork_etxt("sync", "etxt", "--into", path, "--what", "orders,news")
    assert json.loads(second.out)["is_complete"]


def test_another_run_at_work_means_try_later(box, kwork_etxt, path):
    with only_run(path, "the mirror"):
        ended = kwork_etxt("sync", "etxt", "--into", path, "--what", "orders")

    assert (ended.status, ended.out) == (75, "")
    assert ended.err.startswith("kwork-etxt: another run works on the mirror")
    assert box.calls == []


def test_a_refusal_is_told_with_what_came_before(box, kwork_etxt, path, monkeypatch):
    monkeypatch.setenv("ETXT_API_PASS", "not-the-password")
    ended = kwork_etxt("sync", "etxt", "--into", path, "--what", "orders")

    assert (ended.status, ended.out) == (3, "")
    assert ended.err.startswith("What came before is mirrored. etxt: 0 new")
    assert "not-the-password" not in ended.err


def test_what_a_wire_lacks_is_misuse(box, kwork_etxt, path):
    ended = kwork_etxt("sync", "kwork", "--into", path, "--what", "messages")

    assert ended.status == 2
    assert ended.err.startswith("kwork-etxt: the documented wire of Kwork has no method for messages. Set app_")


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("orders,dreams", "dreams can't be mirrored; there are orders, results"),
        (",", "nothing can't be mirrored"),
        ("orders,all", "all stands alone"),
    ],
)
def test_nonsense_is_misuse(box, kwork_etxt, path, what, problem):
    ended = kwork_etxt("sync", "etxt", "--into", path, "--what", what)

    assert ended.status == 2
    assert problem in ended.err


def test_the_help_says_what_there_is():
    assert (command.ETXT, command.KWORK) == (mirroring.ETXT, mirroring.KWORK)
