"""Commands that call a marketplace: what is never sent unasked, and never twice."""

from __future__ import annotations

import json
import stat

import pytest

from kwork_etxt_sdk.cli import workflows as workflow_commands
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError
from tests.support.cli_calls import COMMENT, LIST, ORDER, SAVED


def test_a_dry_run_shows_the_request_and_sends_nothing(etxt, kwork_etxt):
    ended = kwork_etxt(*COMMENT, "--dry-run")
    assert ended.status == 0
    assert "method=tasks.saveComment&token=***&sign=***" in ended.out
    assert "text = Когда?" in ended.out
    assert ended.out.endswith("effect: ONCE\n")
    assert not etxt.requests
    assert kwork_etxt(*LIST, "--dry-run").out.endswith("effect: READ\n")
    assert not etxt.requests


def test_a_field_that_does_not_exist_is_told_before_anything_grave_is_sent(etxt, kwork_etxt):
    for form in ("--table", "--jsonl", "--csv"):
        ended = kwork_etxt(*COMMENT, "--yes", form, "--fields", "comment_id,nonsense")
        assert ended.status == Exit.MISUSE
        assert "SavedComment has no field nonsense" in ended.err
    assert not etxt.requests


RAW_COMMENT = ("etxt", "call", "tasks.saveComment", "-p", "id=7", "-p", "text=x", "--effect", "ONCE")


@pytest.mark.parametrize(
    "case",
    [
        ((*RAW_COMMENT, "--fields", "nonsense"), "there is no field nonsense in the answer"),
        ((*COMMENT, "--out", "a folder"), "a folder can't be written: Is a directory"),
    ],
)
def test_what_was_sent_never_looks_as_if_nothing_was(case, etxt, kwork_etxt, tmp_path, monkeypatch):
    command, problem = case
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a folder").mkdir()
    etxt.answer("tasks.saveComment", SAVED)
    ended = kwork_etxt(*command, "--yes")
    assert ended.status == Exit.FAILED
    assert ended.err.startswith(f"kwork-etxt: it is done, but its answer can't be shown as asked: {problem}")
    assert "5" in map(str, json.loads(ended.out).values()), "the answer is not lost"
    assert len(etxt.requests) == 1


def test_a_journal_that_can_not_be_made_stops_before_anything_is_sent(etxt, kwork_etxt, tmp_path):
    (tmp_path / "file").touch()
    ended = kwork_etxt(*COMMENT, "--yes", "--once-key", "a", "--journal", tmp_path / "file" / "calls.journal")
    assert ended.status == Exit.MISUSE
    assert ended.err.startswith(
        f"kwork-etxt: the folder of the journal {tmp_path / 'file' / 'calls.journal'} can't be made"
    )
    assert etxt.requests == []


def test_a_workflow_that_fails_after_spending_says_so(etxt, kwork_etxt, tmp_path, monkeypatch):
    def spends_and_fails(client, given):
        client.tasks.save_comment(7, "x")
        raise ConfigurationError("the state can't be written")

    monkeypatch.setitem(
        workflow_commands._WORKFLOWS,
        "accept-unique",
        lambda: workflow_commands.Workflow(
            function=workflow_commands.functions.accept_unique,
            effect=Effect.MONEY,
            run=spends_and_fails,
            rehearse=spends_and_fails,
            params=[],
        ),
    )
    etxt.answer("tasks.saveComment", SAVED)
    ended = kwork_etxt("etxt", "workflows", "accept-unique", "--yes")
    assert (ended.status, ended.out) == (Exit.FAILED, "")
    assert ended.err == "Error: the state can't be written. This was sent before: etxt tasks.saveComment.\n"


def test_no_words_of_the_service_reach_the_terminal_as_orders_to_it(etxt, kwork_etxt):
    orders = "\x1b]0;evil\x07\x1b[2J\x9b31m\u202e"
    etxt.answer("tasks.listTasks", {"error": f"no {orders}"})
    assert kwork_etxt(*LIST).err == "kwork-etxt: etxt tasks.listTasks: eTXT refused: no �]0;evil��[2J�31m�.\n"
    etxt.answer("tasks.listTasks", [{"id": f"1{orders}"}])
    ended = kwork_etxt(*LIST)
    assert "left out" in ended.err
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & {*ended.out, *ended.err}


def test_a_log_file_that_others_could_read_is_closed_to_them(etxt, kwork_etxt, tmp_path):
    path = tmp_path / "log"
    path.touch(0o666)
    path.chmod(0o666)
    etxt.answer("tasks.listTasks", [])
    assert kwork_etxt(*LIST, "--log-file", path).status == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_dry_run_of_kwork_does_not_sign_in(kwork_etxt, monkeypatch):
    monkeypatch.setenv("KWORK_LOGIN", "somebody")
    monkeypatch.setenv("KWORK_PASSWORD", "invented password")
    monkeypatch.setenv("KWORK_BASE_URL", "http://127.0.0.1:9")
    ended = kwork_etxt("kwork", "projects", "get-list", "--page", "2", "--dry-run")
    assert ended.status == 0
    assert ended.out.startswith("POST http://127.0.0.1:9/projects\nCookie: ***")
    assert '"page": 2' in ended.out


def test_without_a_terminal_nothing_grave_is_sent_unless_told_so(etxt, kwork_etxt):
    ended = kwork_etxt(*COMMENT)
    assert ended.status == Exit.MISUSE
    assert "this call is ONCE (it can't be undone), and nobody is there to be asked: say --yes" in ended.err
    assert not etxt.requests
    etxt.answer("tasks.saveComment", SAVED)
    assert json.loads(kwork_etxt(*COMMENT, "--yes").out)["comment_id"] == 5
    assert len(etxt.requests) == 1


def test_on_a_terminal_it_asks_and_says_what_it_is_about(etxt, kwork_etxt):
    ended = kwork_etxt(*ORDER, terminal=True, answer="n")
    assert ended.status == Exit.FAILED
    assert "etxt tasks save-task is MONEY: it can spend roubles." in ended.err
    assert ["title", "Обзор"] in [line.split() for line in ended.err.splitlines()]
    assert "It may cost 450.00 roubles." in ended.err, "150 roubles per 1000 characters is the dearer reading"
    assert ended.err.endswith("Nothing was sent.\n")
    assert not etxt.requests

    etxt.answer("tasks.saveTask", {"id_task": "7"})
    ended = kwork_etxt(*ORDER, terminal=True, answer="y")
    assert ended.status == 0
    assert len(etxt.requests) == 1


def test_a_price_nobody_knows_before_is_not_invented(etxt, kwork_etxt):
    ended = kwork_etxt("etxt", "tasks", "paid-task", "7", terminal=True, answer="n")
    assert "What it costs is not known before." in ended.err
    assert ["task_ids", "7"] in [line.split() for line in ended.err.splitlines()]
    assert not etxt.requests


def test_nobody_is_asked_about_what_changes_nothing_grave(etxt, kwork_etxt):
    etxt.answer("tasks.saveTask", {"id_task": "7"})
    ended = kwork_etxt(*ORDER, "--task-id", "7")  # an edit may be repeated
    assert ended.status == 0
    assert json.loads(ended.out) == {"task_id": 7}


def test_nobody_is_asked_about_a_call_that_can_not_be_made(etxt, kwork_etxt):
    ended = kwork_etxt("etxt", "tasks", "save-task", "Обзор", "--price", "1", "--category-id", "1", terminal=True)
    assert ended.status == Exit.MISUSE
    assert ended.err.startswith("Error: --size is required, unless text is given. Nothing was sent. (see kwork-etxt ")
    assert not etxt.requests


def test_a_cap_on_spending_holds(etxt, kwork_etxt):
    ended = kwork_etxt(*ORDER, "--yes", "--max-spend", "449.99")
    assert ended.status == Exit.MISUSE
    assert "more than the 449.99 allowed" in ended.err
    assert not etxt.requests


def test_a_once_key_makes_a_call_once(etxt, kwork_etxt, tmp_path, monkeypatch):
    monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path / "state"))
    etxt.answer("tasks.saveComment", SAVED)
    first = kwork_etxt(*COMMENT, "--yes", "--once-key", "question 7")
    second = kwork_etxt(*COMMENT, "--yes", "--once-key", "question 7")
    assert (first.status, first.out) == (second.status, second.out)
    assert len(etxt.requests) == 1
    assert (tmp_path / "state" / "calls.journal").exists()
    entry = json.loads(kwork_etxt("journal", "list").out)
    assert (entry["key"], entry["state"]) == ("question 7", "done")

    etxt.answer("tasks.saveComment", SAVED)
    other = tmp_path / "other.journal"
    assert kwork_etxt(*COMMENT, "--yes", "--once-key", "question 7", "--journal", other).status == 0
    assert len(etxt.requests) == 2


def test_what_was_marked_as_done_by_hand_counts_as_done(etxt, kwork_etxt, tmp_path):
    path = tmp_path / "calls.journal"
    once = ("--yes", "--once-key", "question 7", "--journal", path)
    etxt.drop("tasks.saveComment")
    assert kwork_etxt(*COMMENT, *once).status == Exit.UNKNOWN
    assert kwork_etxt("journal", "--journal", path, "resolve", "question 7").status == 0
    ended = kwork_etxt(*COMMENT, *once)
    assert (ended.status, ended.out) == (Exit.OK, "")
    assert "question 7" in ended.err
    assert len(etxt.requests) == 1
