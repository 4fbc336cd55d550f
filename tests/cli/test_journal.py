"""``kwork-etxt journal``: what it shows and what it changes."""

from __future__ import annotations

import json
import re

import click
import pytest

from kwork_etxt_sdk import CallOptions, Journal
from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.errors import AlreadyDoneError, OutcomeUnknown
from tests.support.etxt_server import EtxtServer

COMMENT = "tasks.saveComment"
ANSWER = {"id": "7", "id_comment": "5", "comments": "1"}


@pytest.fixture
def path(tmp_path):
    """A journal with one call done and one unknown, as an ended program leaves it."""
    path = tmp_path / "orders.journal"
    journal = Journal(path)
    journal.begin("account-1", "paid", "etxt tasks.paidTask", "digest")
    journal.done("account-1", "paid", {"ids": ["1"]})
    journal.begin("account-1", "[bold]заказ 7", "etxt tasks.saveTask", "digest")
    journal.close()
    return path


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments, terminal=False):
        monkeypatch.setattr("sys.stdin.isatty", lambda: terminal)
        monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
        status = main(["journal", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def states(path):
    journal = Journal(path)
    found = {entry.key: entry.state.value for entry in journal.entries()}
    journal.close()
    return found


def test_a_program_gets_json_lines(path, run):
    status, output, _ = run("--journal", path, "list")

    paid, order = map(json.loads, output.splitlines())
    assert status == 0
    assert (paid["key"], paid["call"], paid["state"], paid["scope"]) == (
        "paid",
        "etxt tasks.paidTask",
        "done",
        "account-1",
    )
    assert paid["done_at"] >= paid["sent_at"]
    assert (order["key"], order["state"], order["done_at"]) == ("[bold]заказ 7", "sent", None)


def test_pending_leaves_out_what_is_done(path, run):
    _, output, _ = run("--journal", path, "list", "--pending")
    assert [json.loads(line)["key"] for line in output.splitlines()] == ["[bold]заказ 7"]


def test_a_person_gets_a_table(path, run, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    status, output, _ = run("--journal", path, "list", terminal=True)

    assert status == 0
    head, rule, *rows = output.splitlines()
    assert head.split() == ["key", "call", "sent_at", "state"]
    assert set(rule) == {"─"}
    cells = [re.split(r" {2,}", row) for row in rows]
    assert [(row[0], row[1], row[3]) for row in cells] == [
        ("paid", "etxt tasks.paidTask", "done"),
        ("[bold]заказ 7", "etxt tasks.saveTask", "outcome unknown"),
    ]


def test_a_key_that_is_longer_than_its_column_is_all_there(tmp_path, run, monkeypatch):
    key = "заказ " * 30 + "конец"
    journal = Journal(tmp_path / "book")
    journal.begin("account-1", key, "etxt tasks.paidTask", "digest")
    journal.close()
    monkeypatch.setenv("COLUMNS", "60")
    _, output, _ = run("--journal", tmp_path / "book", "list", terminal=True)
    lines = output.splitlines()
    assert max(map(len, lines)) <= 60
    assert output.count("заказ") == 30
    assert "конец" in output
    assert "…" not in output


def test_an_empty_table_says_so(tmp_path, run):
    Journal(tmp_path / "new").close()
    assert run("--journal", tmp_path / "new", "list", terminal=True) == (0, "", "nothing found\n")


def test_the_environment_names_the_file(path, run, monkeypatch):
    monkeypatch.setenv("KWORK_ETXT_JOURNAL", str(path))
    status, output, _ = run("list")
    assert (status, len(output.splitlines())) == (0, 2)


def test_without_a_file_it_looks_into_that_of_the_commands(run, monkeypatch, tmp_path):
    monkeypatch.delenv("KWORK_ETXT_JOURNAL", raising=False)
    monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path))
    status, _, errors = run("list")
    assert status == 2
    assert "calls.journal'; --journal names another one" in errors

    Journal(tmp_path / "calls.journal").begin("account-1", "paid", "etxt tasks.paidTask", "digest")
    status, output, _ = run("list")
    assert status == 0
    assert json.loads(output)["key"] == "paid"


def test_a_mistyped_path_is_an_error_and_makes_no_file(tmp_path, run):
    status, output, errors = run("--journal", tmp_path / "typo", "list")
    assert (status, output) == (2, "")
    assert errors == f"kwork-etxt: there is no journal {str(tmp_path / 'typo')!r}; --journal names another one\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_kind_is_one_line(tmp_path, run):
    (tmp_path / "text").write_text("no journal at all, and long enough to be looked at\n" * 100)
    status, _, errors = run("--journal", tmp_path / "text", "list")
    assert status == 2
    assert errors.startswith("kwork-etxt: the journal text can't be used")
    assert errors.count("\n") == 1


def test_resolved_it_is_done_and_answers_later_calls(tmp_path, run):
    path = tmp_path / "journal"
    with EtxtServer() as server:
        client = server.client(journal=Journal(path))
        once = CallOptions(once_key="k")
        server.drop(COMMENT)
        with pytest.raises(OutcomeUnknown):
            client.tasks.save_comment(7, "Спасибо", options=once)

        assert run("--journal", path, "resolve", "k", "--answer", json.dumps(ANSWER)) == (0, "k: done\n", "")

        assert client.tasks.save_comment(7, "Спасибо", options=once).comment_id == 5
        assert len(server.requests) == 1


def test_resolved_without_an_answer_it_is_done_all_the_same(tmp_path, run):
    path = tmp_path / "journal"
    with EtxtServer() as server:
        client = server.client(journal=Journal(path))
        server.drop(COMMENT)
        with pytest.raises(OutcomeUnknown):
            client.tasks.save_comment(7, "Спасибо", options=CallOptions(once_key="k"))

        assert run("--journal", path, "resolve", "k")[0] == 0

        with pytest.raises(AlreadyDoneError):
            client.tasks.save_comment(7, "Спасибо", options=CallOptions(once_key="k"))
        assert len(server.requests) == 1


def test_an_answer_that_is_no_json_changes_nothing(path, run):
    status, _, errors = run("--journal", path, "resolve", "[bold]заказ 7", "--answer", "{id: 7}")
    assert status == 2
    assert "it is no JSON" in errors
    assert states(path)["[bold]заказ 7"] == "sent"


@pytest.mark.parametrize("command", [("resolve",), ("forget", "--yes")])
def test_an_unknown_key_is_one_line(path, run, command):
    name, *options = command
    status, output, errors = run("--journal", path, name, "nothing", *options)
    assert (status, output) == (2, "")
    assert errors == "kwork-etxt: the journal orders.journal has no call with the key 'nothing'\n"


def test_of_several_accounts_one_has_to_be_named(path, run):
    journal = Journal(path)
    journal.begin("account-2", "paid", "etxt tasks.paidTask", "digest")
    journal.close()
    status, _, errors = run("--journal", path, "forget", "paid", "--yes")
    assert status == 2
    assert "account-1, account-2" in errors

    assert run("--journal", path, "resolve", "paid", "--scope", "account-2")[0] == 0
    assert run("--journal", path, "forget", "paid", "--scope", "account-1", "--yes")[0] == 0
    assert states(path) == {"paid": "done", "[bold]заказ 7": "sent"}


def test_without_a_terminal_forgetting_needs_a_yes(path, run):
    status, _, errors = run("--journal", path, "forget", "paid")
    assert status == 2
    assert "--yes" in errors
    assert "paid" in states(path)

    assert run("--journal", path, "forget", "paid", "--yes") == (0, "paid: forgotten\n", "")
    assert "paid" not in states(path)


@pytest.mark.parametrize(("reply", "status"), [("y", 0), ("n", 130), ("", 130)])
def test_on_a_terminal_it_asks_before_forgetting(path, run, monkeypatch, reply, status):
    asked = []

    def answer(prompt):
        asked.append(prompt)
        return reply

    monkeypatch.setattr(click.termui, "visible_prompt_func", answer)
    assert run("--journal", path, "forget", "paid", terminal=True)[0] == status
    assert "perhaps executed twice" in asked[0]
    assert ("paid" in states(path)) is (reply != "y")


def test_its_help_names_the_commands(run):
    status, output, _ = run("--help")
    assert status == 0
    assert all(command in output for command in ("list", "resolve", "forget"))
