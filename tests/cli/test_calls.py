"""Commands that call a marketplace: what a user gets, how they end, and what surrounds them."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import os
import signal
import stat
import subprocess
import sys
from datetime import date
from pathlib import PurePosixPath

import pytest

from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.cli.calls import shown_request
from kwork_etxt_sdk.cli.exits import IN_SHORT, Exit
from kwork_etxt_sdk.cli.failures import lines_of, status_of
from kwork_etxt_sdk.cli.notices import notices
from kwork_etxt_sdk.cli.output import Form, Output
from kwork_etxt_sdk.cli.settings import Settings
from kwork_etxt_sdk.errors import OutcomeUnknown, ValidationError
from kwork_etxt_sdk.kwork import KworkUser
from tests.support.cli_calls import COMMENT, LIST, ORDER, SAVED, TASKS
from tests.support.clock import FakeClock
from tests.support.etxt_server import API_PASS, TOKEN, part_of

# ------------------------------------------------------------------------------------------------------- what one gets


def test_a_pipe_gets_a_json_object_per_line(etxt, kwork_etxt):
    etxt.answer("tasks.listTasks", TASKS)
    ended = kwork_etxt(*LIST, "--status", "in-review")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.status, ended.err) == (0, "")
    assert [row["task_id"] for row in rows] == [7, 8, 9]
    assert rows[0]["price"] == "1234.50"
    assert "Обзор" in ended.out, "people's letters stay as they are"
    assert dict(etxt.only().body)["status"] == "3"


def test_a_terminal_gets_a_table_that_fits(etxt, kwork_etxt):
    etxt.answer("tasks.listTasks", TASKS)
    ended = kwork_etxt(*LIST, terminal=True, width=60)
    lines = ended.out.splitlines()
    assert ended.status == 0
    assert max(map(len, lines)) <= 60
    assert lines[0].split() == ["task_id", "title", "status", "price", "text"]
    assert lines[2].split() == ["7", "Обзор", "7�[31m", "in-review", "1", "234.50", "=1+1"]
    assert "\u001b" not in ended.out, "a title must not speak to the terminal"
    assert ended.err.startswith("3 rows; ")


def test_json_is_one_array(etxt, kwork_etxt):
    etxt.answer("tasks.listTasks", TASKS)
    ended = kwork_etxt(*LIST, "--json", "--fields", "task_id,price", terminal=True)
    assert json.loads(ended.out) == [{"task_id": number, "price": "1234.50"} for number in (7, 8, 9)]


def test_an_empty_list_is_valid_in_every_form(etxt, kwork_etxt):
    for form, expected in (("--json", []), ("--jsonl", None), ("--csv", None), ("--table", None)):
        etxt.answer("tasks.listTasks", {"error": "no_object"})
        ended = kwork_etxt(*LIST, form)
        assert ended.status == 0
        assert ended.out == ("" if expected is None else "[]\n")
    assert ended.err == "nothing found\n"


def test_csv_is_harmless_to_spreadsheets(etxt, kwork_etxt, tmp_path):
    etxt.answer("tasks.listTasks", TASKS)
    ended = kwork_etxt(*LIST, "--csv", "--fields", "task_id,text")
    assert list(csv.reader(io.StringIO(ended.out))) == [["task_id", "text"], *([n, "'=1+1"] for n in "789")]

    etxt.answer("tasks.listTasks", TASKS)
    path = tmp_path / "orders.csv"
    assert kwork_etxt(*LIST, "--out", path).out == ""
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "Excel takes it for UTF-8"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["title"] for row in rows] == [task["title"] for task in TASKS]


def test_all_pages_are_fetched_unless_a_limit_is_given(etxt, kwork_etxt):
    rows = [{"id": str(number), "title": "x"} for number in range(1, 8)]
    for _ in range(6):
        etxt.answer("tasks.listTasks", part_of(rows))
    ended = kwork_etxt(*LIST, "--count", "3", "--fields", "task_id", "--csv")
    assert ended.out.split() == ["task_id", *(row["id"] for row in rows)]
    etxt.requests.clear()
    ended = kwork_etxt(*LIST, "--count", "3", "--fields", "task_id", "--csv", "--limit", "2")
    assert ended.out.split() == ["task_id", "1", "2"]
    assert len(etxt.requests) == 1


def test_a_walk_of_several_pages_has_one_header(etxt, kwork_etxt):
    rows = [{"id": str(number), "title": "x"} for number in range(1, 6)]
    for _ in range(4):
        etxt.answer("tasks.listTasks", part_of(rows))
    ended = kwork_etxt(*LIST, "--count", "3", "--table")
    assert ended.out.count("task_id") == 1
    assert [line.split()[0] for line in ended.out.splitlines()[2:]] == [row["id"] for row in rows]
    assert ended.err == "5 rows\n"


def test_an_answer_of_one_thing_is_a_field_per_line(etxt, kwork_etxt):
    etxt.answer("users.getBalance", {"id": "5", "balance": "433.00", "date": "1893456000"})
    ended = kwork_etxt("etxt", "users", "get-balance", terminal=True)
    assert [line.split() for line in ended.out.splitlines()][:2] == [["user_id", "5"], ["balance", "433.00"]]
    for form in ("--json", "--jsonl"):
        etxt.answer("users.getBalance", {"id": "5", "balance": "433.00"})
        assert json.loads(kwork_etxt("etxt", "users", "get-balance", form).out)["balance"] == "433.00"
    etxt.answer("users.getBalance", {"id": "5", "balance": "433.00"})
    assert kwork_etxt("etxt", "users", "get-balance", "--csv", "--fields", "balance").out == "balance\n433.00\n"


def test_plain_answers_are_shown_too(etxt, kwork_etxt):
    for form, expected in (("--table", "1  русский\n"), ("--jsonl", '{"1": "русский"}\n'), ("--csv", "1\nрусский\n")):
        etxt.answer("options.getLangs", {"1": "русский"})
        assert kwork_etxt("etxt", "options", "get-langs", form).out == expected


def test_fields_of_plain_answers(etxt, kwork_etxt):
    for form, expected in (("--csv", "2\nанглийский\n"), ("--jsonl", '{"2": "английский"}\n')):
        etxt.answer("options.getLangs", {"1": "русский", "2": "английский"})
        assert kwork_etxt("etxt", "options", "get-langs", form, "--fields", "2").out == expected
    etxt.answer("options.getLangs", {"1": "русский"})
    ended = kwork_etxt("etxt", "options", "get-langs", "--fields", "nonsense")
    assert ended.status == Exit.MISUSE
    assert "there is no field nonsense in the answer; its fields are 1" in ended.err


def test_numbers_and_flags_are_answers_too():
    output = Output(form=Form.JSONL, fields=("value",))
    captured = io.StringIO()  # no terminal, and nothing whose encoding could be set
    with contextlib.redirect_stdout(captured):
        assert output.show([41, 37]) == Exit.OK
        Output(form=Form.CSV).show([41])
        Output(form=Form.JSONL).show(True)
        Output(form=Form.JSONL).show({"seller": KworkUser(id=2), "at": date(2030, 1, 2), "where": PurePosixPath("x")})
    *lines, last = captured.getvalue().splitlines()
    assert lines == ['{"value": 41}', '{"value": 37}', "value", "41", "true"]
    assert json.loads(last)["seller"]["id"] == 2
    assert json.loads(last)["at"] == "2030-01-02"


def test_an_item_that_cannot_be_read_is_told_and_the_others_come(etxt, kwork_etxt):
    etxt.answer("tasks.listTasks", [TASKS[0], {"id": "no number"}, TASKS[1]])
    ended = kwork_etxt(*LIST, "--fields", "task_id", "--csv")
    assert ended.out.split() == ["task_id", "7", "8"]
    assert ended.status == Exit.FAILED
    assert "left out, because it can't be read: $[1]" in ended.err


def test_what_the_service_did_not_do_is_told(etxt, kwork_etxt):
    etxt.answer("tasks.deleteTask", {"status": "1", "ids": ["7"]})
    ended = kwork_etxt("etxt", "tasks", "delete-task", "7", "8")
    assert json.loads(ended.out)["ids"] == [7]
    assert (ended.status, ended.err) == (Exit.FAILED, "not done: 8\n")


def test_warnings_of_the_library_are_lines(etxt, kwork_etxt):
    etxt.answer("messages.getList", [{"id": str(number)} for number in range(1, 101)])
    ended = kwork_etxt("etxt", "messages", "get-list")
    assert (ended.status, ended.out.count("\n")) == (0, 100)
    assert ended.err == "kwork-etxt: etxt messages.getList: 100 messages, the most it shows: there may be more\n"


def test_half_a_character_does_not_end_a_walk(etxt, kwork_etxt):
    etxt.answer("tasks.listTasks", b'[{"id": "7", "title": "\\ud83d"}]')
    ended = kwork_etxt(*LIST, "--fields", "title")
    assert ended.status == 0
    assert json.loads(ended.out) == {"title": "\ud83d"}


def test_fields_that_do_not_exist_are_misuse(etxt, kwork_etxt):
    for form in ("--json", "--csv", "--jsonl", "--table"):
        etxt.answer("tasks.listTasks", TASKS)
        ended = kwork_etxt(*LIST, form, "--fields", "task_id,nonsense")
        assert ended.status == Exit.MISUSE
        assert "Task has no field nonsense; its fields are task_id," in ended.err
        assert "nonsense" not in ended.out


def test_files_of_results_are_saved(etxt, kwork_etxt, tmp_path):
    url = etxt.file("/r/5001/text.txt", "Чайники".encode())
    results = [
        {"id": "5001", "id_task": "7", "files": {"file": {"path": url}}},
        {"id": "5002", "id_task": "8", "files": {}},
    ]
    etxt.answer("tasks.getResults", results)
    folder = tmp_path / "new" / "texts"
    ended = kwork_etxt("etxt", "tasks", "get-results", "7", "8", "--out", folder)
    row = json.loads(ended.out)
    assert row == {"task_id": 7, "file": str(folder / "7-5001-text.txt")}
    assert (folder / "7-5001-text.txt").read_text(encoding="utf-8") == "Чайники"
    assert ended.err == "order 8: the result has no file\n"


def test_a_zip_file_is_saved(etxt, kwork_etxt, tmp_path):
    etxt.answer("articles.download", {"path": etxt.file("/a.zip", b"PK zip")})
    ended = kwork_etxt("etxt", "articles", "download", "1", "2", "--out", tmp_path / "texts.zip")
    assert json.loads(ended.out) == {"articles": [1, 2], "file": str(tmp_path / "texts.zip")}
    assert (tmp_path / "texts.zip").read_bytes() == b"PK zip"


def test_a_file_that_cannot_be_written_is_one_line(etxt, kwork_etxt, tmp_path):
    ended = kwork_etxt(*LIST, "--out", tmp_path / "no such folder" / "x.json")
    assert (ended.status, etxt.requests) == (Exit.MISUSE, []), "it is told before anything is sent"
    assert "there is no folder" in ended.err
    (tmp_path / "folder").mkdir()
    etxt.answer("tasks.listTasks", TASKS)
    ended = kwork_etxt(*LIST, "--out", tmp_path / "folder")
    assert (ended.status, ended.err) == (
        Exit.FAILED,
        f"Error: {tmp_path / 'folder'} can't be written: Is a directory\n",
    )
    (tmp_path / "file").touch()
    etxt.answer("tasks.getResults", {"error": "no_object"})
    ended = kwork_etxt("etxt", "tasks", "get-results", "7", "--out", tmp_path / "file" / "x")
    assert ended.status == Exit.FAILED
    assert "can't be written: Not a directory" in ended.err


# ------------------------------------------------------------------------------------------------------------ its ends


def test_an_unknown_outcome_says_how_to_find_out(etxt, kwork_etxt):
    etxt.drop("tasks.saveComment")
    ended = kwork_etxt(*COMMENT, "--yes")
    assert ended.status == Exit.UNKNOWN
    assert "Nobody knows whether it took effect" in ended.err
    assert ended.err.splitlines()[-1] == "kwork-etxt: To find out: kwork-etxt etxt tasks view-notes"
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (({"error": "no_object"},), Exit.REFUSED, "no_object"),
        (("Подпись не верна",), Exit.REFUSED, "Подпись"),
        (({"error": "no_params"},), Exit.REFUSED, "no_params"),
        (({"error": "x"}, 429, {"Retry-After": "4000"}), Exit.TRY_LATER, "Try again in "),
        ((b"\xff\xfe",), Exit.FAILED, "users.getUser"),
    ],
)
def test_exit_statuses_tell_what_to_do(etxt, kwork_etxt, answer, status, words):
    etxt.answer("users.getUser", *answer)
    ended = kwork_etxt("etxt", "users", "get-user", "--user-id", "7", "--deadline", "0.2")
    assert ended.status == status
    assert words in ended.err
    assert all(line.startswith("kwork-etxt: ") for line in ended.err.splitlines())
    assert ended.out == ""


def test_no_connection_means_try_later(kwork_etxt, monkeypatch, etxt):
    monkeypatch.setenv("ETXT_BASE_URL", "http://127.0.0.1:9/api/json/")
    ended = kwork_etxt("etxt", "users", "get-balance", "--deadline", "0.2")
    assert ended.status == Exit.TRY_LATER


def test_no_credentials_is_misuse_that_says_what_to_set(kwork_etxt, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("ETXT_TOKEN", raising=False)
    ended = kwork_etxt("etxt", "users", "get-balance")
    assert ended.status == Exit.MISUSE
    assert "ETXT_TOKEN" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*LIST, "--status", "9"), "'--status': must be one of waiting (1), in-work (2)"),
        ((*LIST, "--task-id", "x"), "'--task-id': 'x' is no whole number."),
        ((*LIST, "--count", "500"), "'--count': must be 1 to 100, not 500."),
        ((*LIST, "--limit", "-1"), "must be at least 0"),
        ((*LIST, "--json", "--csv"), "--json and --csv exclude each other"),
        ((*LIST, "--fields", "a,,b"), "--fields wants names with commas"),
        ((*LIST, "--nonsense"), "No such option"),
        ((*LIST, "--timeout", "soon"), "'soon' is no number"),
        (("etxt", "tasks", "save-task", "x", "--price", "1,5", "--category-id", "1"), "no amount of roubles"),
        (("etxt", "tasks", "save-task", "x", "--price", "1.505", "--category-id", "1"), "at most two decimals"),
        (("etxt", "tasks", "set-deadline", "7", "soon"), "no day or time such as 2026-12-31"),
        (("etxt", "tasks", "set-deadline", "7", "2020-01-01"), "in the future, at most 90 days ahead"),
        (("etxt", "tasks", "set-deadline", "7"), "Missing argument 'DEADLINE'"),
        (("etxt", "tasks", "save-task", "x", "--file", "no-such-file"), "can't be read: No such file"),
        (("kwork", "other", "update-settings", "nonsense"), "neither NAME=VALUE nor a JSON object"),
        (("kwork", "other", "update-settings", "{"), "it is no JSON"),
        (("etxt", "call", "tasks.x"), "Missing option '--effect'"),
        (("etxt", "tasks", "lisst-tasks"), "No such command"),
    ],
)
def test_wrong_input_is_one_readable_line(etxt, kwork_etxt, arguments, words):
    ended = kwork_etxt(*arguments)
    assert ended.status == Exit.MISUSE
    assert words in ended.err
    assert ended.err.count("\n") == 1
    assert "--help)" in ended.err
    assert not etxt.requests


def test_what_was_refused_before_sending_is_misuse_and_by_the_service_a_refusal():
    assert status_of(ValidationError("wrong", sent=False)) == Exit.MISUSE
    assert status_of(ValidationError("wrong")) == Exit.REFUSED
    assert list(lines_of(OutcomeUnknown("sent,\nthen silence."))) == ["sent, then silence."]


def test_a_call_that_sends_nothing_has_no_request_to_show():
    assert shown_request(lambda: None) is None


def test_every_status_is_documented():
    assert set(IN_SHORT) == set(Exit)
    assert len({int(status) for status in Exit}) == len(Exit)


# ------------------------------------------------------------------------------------------------------- surroundings


def test_the_log_file_holds_what_happened_and_no_secret(etxt, kwork_etxt, tmp_path):
    path = tmp_path / "calls.log"
    etxt.answer("users.getBalance", {"id": "5", "balance": "433.00"})
    assert kwork_etxt("etxt", "users", "get-balance", "--log-file", path).status == 0
    text = path.read_text(encoding="utf-8")
    assert "etxt users.getBalance" in text
    assert TOKEN not in text
    assert API_PASS not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ended = kwork_etxt("etxt", "users", "get-balance", "--log-file", tmp_path / "no" / "x.log")
    assert ended.status == Exit.MISUSE
    assert "can't be written: No such file" in ended.err


def test_a_call_by_its_name_in_the_service(etxt, kwork_etxt):
    etxt.answer("users.newMethod", {"a": [1]})
    ended = kwork_etxt(
        *("etxt", "call", "users.newMethod", "--effect", "read", "-p", "id=7", "-p", '{"x": true, "y": [1, 2]}')
    )
    assert json.loads(ended.out) == {"a": [1]}
    assert etxt.only().body == [("id", "7"), ("x", "1"), ("y[]", "1"), ("y[]", "2")]
    ended = kwork_etxt("etxt", "call", "users.newMethod", "--effect", "MONEY", "--dry-run")
    assert ended.out.endswith("effect: MONEY\n")
    assert kwork_etxt("etxt", "call", "users.newMethod", "--effect", "ONCE").status == Exit.MISUSE
    ended = kwork_etxt(
        *("etxt", "call", "users.newMethod", "--effect", "ONCE", "-p", "password=invented"), terminal=True, answer="n"
    )
    assert ended.err.splitlines()[:2] == ["etxt call users.newMethod is ONCE: it can't be undone.", "  password  ***"]
    assert (ended.status, len(etxt.requests)) == (Exit.FAILED, 1)
    ended = kwork_etxt("etxt", "call", "no name", "--effect", "READ")
    assert ended.status == Exit.MISUSE


def environment(**more):
    return {**os.environ, "no_proxy": "127.0.0.1", **more}


@pytest.mark.parametrize("form", ["--jsonl", "--table"])
def test_a_broken_pipe_is_quiet(etxt, form):
    etxt.answer("tasks.listTasks", [{"id": str(number), "description": "x" * 500} for number in range(1, 100)])
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "kwork_etxt_sdk.cli", *LIST, form],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (Exit.BROKEN_PIPE, "")


def test_ctrl_c_is_quiet_but_for_what_nobody_knows(etxt):
    def interrupt(_request):
        os.kill(process.pid, signal.SIGINT)
        process.wait(timeout=30)
        return SAVED

    etxt.answer("tasks.saveComment", interrupt)
    process = subprocess.Popen(
        [sys.executable, "-m", "kwork_etxt_sdk.cli", *COMMENT, "--yes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    )
    _out, err = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERRUPTED
    first, last = [line for line in err.splitlines() if line]
    assert first.startswith("kwork-etxt: etxt tasks.saveComment (ONCE) was interrupted after it began to be sent")
    assert "nobody knows whether it took effect" in first
    assert last == "interrupted"


def test_ctrl_c_between_two_calls_says_what_was_sent(etxt, kwork_etxt, monkeypatch):
    etxt.answer("tasks.saveTask", {"id_task": "7"})

    def interrupt(_client, _task_id, **_how):
        raise KeyboardInterrupt

    monkeypatch.setattr("kwork_etxt_sdk.etxt.workflows.wait_for_result", interrupt)
    ended = kwork_etxt("etxt", "workflows", "order-and-wait", *ORDER[3:], "--wait", "1d", "--yes")
    assert ended.status == Exit.INTERRUPTED
    assert ended.err.split("\n") == ["kwork-etxt: this was sent before: etxt tasks.saveTask.", "", "interrupted", ""]


def test_the_question_names_arguments_in_their_order(etxt, kwork_etxt):
    ended = kwork_etxt(*ORDER, terminal=True, answer="n")
    names = [line.split()[0] for line in ended.err.splitlines() if line.startswith("  ")]
    assert names == ["title", "price", "category_id", "size", "public"]


def test_commands_do_not_change_the_process_they_run_in(etxt, capsys):
    logger = logging.getLogger("kwork_etxt_sdk")
    before = (logger.level, logger.propagate, list(logger.handlers))
    etxt.answer("users.getBalance", {"id": "5", "balance": "433.00"})
    assert main(["etxt", "users", "get-balance"]) == 0
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
    assert capsys.readouterr().out


def test_a_list_takes_no_once_key(kwork_etxt):
    ended = kwork_etxt("etxt", "messages", "read-private", "--help")
    assert "--yes" in ended.out
    assert "--once-key" not in ended.out


def test_long_waits_are_told_with_their_reason(etxt, kwork_etxt, monkeypatch):
    monkeypatch.setattr("kwork_etxt_sdk.etxt.client.SystemClock", FakeClock)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for quiet in ([], ["--quiet"]):
        etxt.answer("users.getBalance", {"error": "x"}, 429, {"Retry-After": "30"})
        etxt.answer("users.getBalance", {"id": "5", "balance": "433.00"})
        ended = kwork_etxt("etxt", "users", "get-balance", "--fields", "balance", *quiet)
        assert (ended.status, ended.out) == (0, '{"balance": "433.00"}\n')
        assert ended.err.startswith("etxt users.getBalance waits 30 s: ") != bool(quiet)
    assert ended.err == ""


def test_a_long_walk_shows_how_far_it_is(etxt, kwork_etxt, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("kwork_etxt_sdk.cli.output._BAR_AFTER", 0.0)
    for quiet in ([], ["--quiet"]):
        etxt.answer("tasks.listTasks", TASKS)
        ended = kwork_etxt(*LIST, "--fields", "task_id", *quiet)
        assert ended.out.count("\n") == 3
        assert ("3 items" in ended.err) != bool(quiet)
    assert ended.err == ""


def test_a_short_walk_draws_no_bar_over_what_the_pipe_prints(etxt, kwork_etxt, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("kwork_etxt_sdk.cli.output._BAR_AFTER", 600.0)
    etxt.answer("tasks.listTasks", TASKS)
    assert kwork_etxt(*LIST, "--fields", "task_id").err == ""


def test_what_any_part_of_the_library_logs_is_masked(etxt, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(logging.root.manager, "loggerDict", dict(logging.root.manager.loggerDict))  # leave none behind
    path = tmp_path / "calls.log"
    with notices(Settings(log_file=path)) as protect:
        protect(etxt.client())
        logging.getLogger("kwork_etxt_sdk.some.part").warning("sent\n%s", TOKEN)
    assert capsys.readouterr().err == "kwork-etxt: sent ***\n"
    assert path.read_text().endswith(" WARNING sent\n***\n")
