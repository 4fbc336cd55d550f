"""Orders: how every form of an answer is read, and refusals by their own classes."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from kwork_etxt_sdk.etxt.errors import (
    EtxtAccessError,
    EtxtMaxLimitError,
    EtxtNotFoundError,
    EtxtPrivateDataError,
    EtxtTargetUserError,
    EtxtValidationError,
    EtxtWorkError,
)
from kwork_etxt_sdk.etxt.models.tasks import Access, PriceType, ResultStatus, TaskLevel, TaskStatus
from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.testing import samples

SAMPLES = Path(samples.__file__).parent / "etxt"
DUE = datetime(2026, 4, 20, 17, 5, tzinfo=MOSCOW)


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def utc(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


def shapes(rows, key="id"):
    """The forms in which the service sends the same rows."""
    keyed = {row[key]: row for row in rows}
    return {
        "list": rows,
        "keyed": keyed,
        "gaps": {str(2 * number): row for number, row in enumerate(rows)},
        "wrapped": {"tasks": keyed},
    }


@pytest.mark.parametrize("shape", ["list", "keyed", "gaps", "wrapped"])
def test_orders_are_read_in_every_form(server, client, shape):
    server.answer("tasks.listTasks", shapes(sample("tasks.listTasks.list"))[shape])
    waiting, reviewed, translated = client.tasks.list_tasks()
    assert (waiting.task_id, waiting.user_id, waiting.status) == (1000001, 0, TaskStatus.WAITING)
    assert waiting.price == Decimal("150.00")
    assert waiting.price_type is PriceType.PER_1000
    assert waiting.end_date is None
    assert waiting.date == utc(1893456000)
    assert waiting.public is True
    assert waiting.quick is False
    assert waiting.id_level is TaskLevel.UNQUALIFIED
    assert waiting.uniq is None
    assert waiting.filename is None
    assert reviewed.uniq == 95
    assert reviewed.filename.endswith("brief.docx")
    assert (translated.target, translated.target_id) == (Access.INDIVIDUAL, 700021)
    assert (translated.language_from, translated.language_to) == (1, 2)


def test_numbers_may_come_as_numbers_and_new_codes_pass(server, client):
    row = {"id": 7, "price": 150.5, "status": 77, "public": 1, "uniq": "", "deadline": 1893888000, "novelty": "x"}
    server.answer("tasks.listTasks", [row])
    task = client.tasks.list_tasks(task_id=7).first()
    assert task.price == Decimal("150.5")
    assert task.status == 77
    assert not task.status.is_known
    assert task.uniq is None
    assert task.title is None
    assert task.extra == {"novelty": "x"}


@pytest.mark.parametrize("answer", [{"error": "no_object"}, [], {}])
def test_no_orders_are_an_empty_list(server, client, answer):
    server.answer("tasks.listTasks", answer)
    assert client.tasks.list_tasks(status=3).to_list() == []


def test_only_ids(server, client):
    server.answer("tasks.listTasks", sample("tasks.listTasks.only_id"))
    assert [task.task_id for task in client.tasks.list_tasks(only_id=True)] == [1000001, 1000002]


@pytest.mark.parametrize("shape", ["list", "keyed", "gaps"])
def test_applications_and_comments_are_told_apart(server, client, shape):
    server.answer("tasks.viewNotes", shapes(sample("tasks.viewNotes"))[shape])
    application, comment = client.tasks.view_notes(1000001)
    assert (application.note_id, application.login, application.is_application) == (3001, "demo_author", True)
    assert (comment.comment_id, comment.text, comment.is_application) == (9002, "Уточните объём", False)


@pytest.mark.parametrize("shape", ["list", "keyed", "gaps"])
def test_applications_for_all_orders(server, client, shape):
    server.answer("tasks.viewNotesAll", shapes(sample("tasks.viewNotesAll"), key="id_note")[shape])
    (application,) = client.tasks.view_notes_all()
    assert (application.note_id, application.task_id, application.user_id) == (3001, 1000001, 700021)
    assert (application.user, application.title) == ("demo_author", "Обзор чайников")
    assert application.price == Decimal("150.00")
    assert application.deadline == utc(1893888000)
    assert application.date == utc(1893460000)
    assert application.text == "Готов взять в работу"


def results_by_task(keyed):
    rows = sample("tasks.getResults.flat")
    return {"1000002": {row["id"]: row for row in rows} if keyed else rows}


@pytest.mark.parametrize(
    "answer",
    [
        sample("tasks.getResults.flat"),
        {row["id"]: row for row in sample("tasks.getResults.flat")},
        results_by_task(keyed=False),
        results_by_task(keyed=True),
    ],
    ids=["flat", "keyed", "by task", "by task, keyed"],
)
def test_results_are_read_in_every_form(server, client, answer):
    server.answer("tasks.getResults", answer)
    new, old = client.tasks.get_results([1000002])
    assert (new.result_id, new.task_id, new.user_id, new.status) == (5001, 1000002, 700021, ResultStatus.IN_REVIEW)
    assert new.check is True
    assert new.date_reset is None
    assert new.uniqueness == 97.0
    assert new.file.path == "https://files.example.invalid/r/5001/text.txt"
    assert new.file.auto_check_date == utc(1893700500)
    assert old.status is ResultStatus.REJECTED
    assert old.date_reset == utc(1893710000)
    assert old.file.name == "docx"
    assert (old.file.per_keywords, old.file.per_diff, old.file.size) == (100.0, 12.0, 3120)


def test_a_result_may_have_no_files_or_tell_of_its_file_at_the_top(server, client):
    server.answer("tasks.getResults", [{"id": "1", "id_task": "7", "files": []}, {"id": "2", "id_task": "7"}])
    server.answer("tasks.getResults", [{"id": "4", "id_task": "7", "files": {"0": {"name": "odt"}}}])
    server.answer(
        "tasks.getResults",
        [{"id": "3", "id_task": "7", "path": "https://files.example.invalid/3.txt", "per_antiplagiat": "88.5"}],
    )
    for result in client.tasks.get_results(7):
        assert result.file is None
        assert result.uniqueness is None
    assert client.tasks.get_results(7)[0].file.name == "odt"
    (flat,) = client.tasks.get_results(7)
    assert flat.file.path == "https://files.example.invalid/3.txt"
    assert flat.uniqueness == 88.5


@pytest.mark.parametrize("method", ["paid_task", "cancel_task", "delete_task"])
@pytest.mark.parametrize(
    ("answer", "done"),
    [
        ({"status": 1, "ids": ["2", 1]}, [2, 1]),
        ({"status": True, "ids": {"5": "1"}}, [1]),
        ({"status": "0", "ids": []}, []),
        ([{"status": 1, "ids": [3]}], [3]),
    ],
)
def test_batches_tell_what_was_done_and_what_was_not(server, client, method, answer, done):
    names = {"paid_task": "paidTask", "cancel_task": "cancelTask", "delete_task": "deleteTask"}
    server.answer(f"tasks.{names[method]}", answer)
    processed = getattr(client.tasks, method)([1, 2, 3])
    assert processed.ids == done
    assert processed.asked == [1, 2, 3]
    assert processed.missing == [number for number in (1, 2, 3) if number not in done]


@pytest.mark.parametrize(
    "wrap", [lambda row: row, lambda row: [row], lambda row: {"0": row}], ids=["plain", "list", "keyed"]
)
def test_single_answers_are_read_plain_and_wrapped(server, client, wrap):
    for name, answer in {
        "setNote": sample("tasks.setNote"),
        "unsetNote": sample("tasks.unsetNote"),
        "saveTask": sample("tasks.saveTask"),
        "failTask": sample("tasks.failTask"),
        "copyTask": sample("tasks.copyTask"),
        "saveComment": sample("tasks.saveComment"),
        "sendNoteFail": sample("tasks.sendNoteFail"),
        "setClientComment": sample("tasks.setClientComment"),
        "extraPaid": {"status": 1, "count": "37.50"},
    }.items():
        server.answer(f"tasks.{name}", wrap(answer))
    accepted = client.tasks.set_note(3001)
    assert (accepted.task_id, accepted.user_id) == (1000001, 700021)
    declined = client.tasks.unset_note(3002)
    assert (declined.task_id, declined.user_id) == (1000001, 700022)
    assert client.tasks.save_task("т", price=1, size=1, category_id=1).task_id == 1000001
    failed = client.tasks.fail_task(1000007, copy=True)
    assert (failed.task_id, failed.copy_id) == (1000007, 1000008)
    assert failed.rateup == "https://www.example.invalid/rateup?id=1000007"
    assert client.tasks.copy_task(1000001).copy_id == 1000009
    comment = client.tasks.save_comment(1000002, "т")
    assert (comment.task_id, comment.comment_id, comment.comments) == (1000002, 9010, 3)
    ticket = client.tasks.send_note_fail(1000002, "т")
    assert (ticket.status, ticket.ticket) == (True, "https://www.example.invalid/feedback/ticket/42")
    assert client.tasks.set_client_comment(7, "т").status is True
    assert client.tasks.extra_paid(7, autopay="get").count == Decimal("37.50")


def test_an_order_called_off_without_a_copy_has_none(server, client):
    server.answer("tasks.failTask", {"id": 7, "rateup": ""})
    assert client.tasks.fail_task(7).copy_id is None


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("1894000000", utc(1894000000)),
        (1894000000, utc(1894000000)),
        ("2030-01-07 10:06:40", datetime(2030, 1, 7, 10, 6, 40, tzinfo=MOSCOW)),
        ("07.01.2030 10:06", datetime(2030, 1, 7, 10, 6, tzinfo=MOSCOW)),
        ("07.01.2030", datetime(2030, 1, 7, tzinfo=MOSCOW)),
        ("завтра", None),
        (0, None),
        ([], None),
    ],
)
def test_a_deadline_in_whatever_form_is_kept_and_read_if_it_can_be(server, client, raw, read):
    server.answer("tasks.setDeadline", {"id": "7", "deadline": raw, "status": "2", "quick": "0"})
    answer = client.tasks.set_deadline(7, DUE)
    assert answer.deadline_raw == raw
    assert answer.deadline == read
    assert (answer.task_id, answer.status, answer.quick) == (7, TaskStatus.IN_WORK, False)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("no_object", EtxtNotFoundError),
        ("no_access", EtxtAccessError),
        ("no_params", EtxtValidationError),
        ("max_limit", EtxtMaxLimitError),
        ("is_private_data", EtxtPrivateDataError),
        ("no_utarget", EtxtTargetUserError),
        ("no_uwork", EtxtWorkError),
    ],
)
def test_refusals_have_their_own_classes(server, client, code, error):
    server.answer("tasks.saveTask", {"error": code})
    with pytest.raises(error) as caught:
        client.tasks.save_task("т", price=1, size=1, category_id=1)
    assert caught.value.code == code
    assert len(server.requests) == 1
