"""Orders: what is sent, what is refused before anything is sent, and going through a list that shrinks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from kwork_etxt_sdk.etxt.errors import EtxtValidationError
from kwork_etxt_sdk.etxt.models.tasks import (
    Access,
    Autopay,
    PriceType,
    Robots,
    TaskFilter,
    TaskStatus,
    TaskType,
    TextKind,
)
from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.params import MAX_IDS
from kwork_etxt_sdk.registry import endpoints

DUE = datetime(2026, 4, 20, 17, 5, tzinfo=MOSCOW)


# --- what is sent -----------------------------------------------------------------------------------------------------

PROCESSED = {"status": 1, "ids": ["7"]}
ASSIGNED = {"id_task": "7", "id_user": "42"}

CALLS = {
    "listTasks": (
        lambda tasks: tasks.list_tasks(
            status=TaskStatus.IN_REVIEW,
            task_id=7,
            user_id=42,
            folder_id=0,
            filter=TaskFilter.OVERDUE_UNDECIDED,
            target=Access.INDIVIDUAL,
            only_id=True,
            count=50,
            offset=20,
        ).page(),
        [{"id": "7"}],
        "count=50 from=20 id=7 id_user=42 id_folder=0 status=3 filter=10 target=3 only_id=1",
    ),
    "setClientComment": (
        lambda tasks: tasks.set_client_comment(7, "помнить"),
        {"status": 1},
        "id=7 text=помнить",
    ),
    "viewNotes": (lambda tasks: tasks.view_notes([7, 8]), [], "id[]=7 id[]=8"),
    "viewNotesAll": (lambda tasks: tasks.view_notes_all(), [], ""),
    "setNote": (lambda tasks: tasks.set_note(3001, comment="проще"), ASSIGNED, "id=3001 comment=проще"),
    "unsetNote": (lambda tasks: tasks.unset_note(3002), ASSIGNED, "id=3002"),
    "paidTask": (lambda tasks: tasks.paid_task((7, 8), text="спасибо"), PROCESSED, "id[]=7 id[]=8 text=спасибо"),
    "cancelTask": (lambda tasks: tasks.cancel_task(7, text="вывод?"), PROCESSED, "id[]=7 text=вывод?"),
    "getResults": (lambda tasks: tasks.get_results(7), [], "id[]=7"),
    "deleteTask": (lambda tasks: tasks.delete_task([7]), PROCESSED, "id[]=7"),
    "extraPaid": (
        lambda tasks: tasks.extra_paid(7, count=Decimal("150.50"), note=False, autopay=Autopay.PAY),
        {"status": 1},
        "id=7 count=150.5 note=0 autopay=pay",
    ),
    "saveTask": (
        lambda tasks: tasks.save_task(
            "Чайники",
            task_id=7,
            public=False,
            description="Тон",
            text="Исходник",
            price=Decimal("150.50"),
            price_type=PriceType.WHOLE,
            uniq=95,
            multione=True,
            locate=False,
            whitespaces=True,
            only_stars=False,
            size=3000,
            checksize=True,
            id_type=TaskType.REWRITING,
            id_subtype=TextKind.UNSPECIFIED,
            deadline=DUE,
            auto_work=True,
            auto_rate=-5,
            auto_reports=0,
            auto_reports_n=0,
            category_id=1828,
            multitask=True,
            multicount=3,
            folder_id=31,
            target_task=Access.WHITE_LIST,
            target_id=12,
            keywords=["чай", " кофе "],
            language_from=1,
            language_to=2,
            bwgroup_send=True,
            attestat=False,
            diplom=True,
            robot=Robots.FORBIDDEN,
        ),
        {"id_task": "7"},
        (
            "id=7 public=0 title=Чайники description=Тон text=Исходник price=150.5 price_type=2 uniq=95 multione=1 "
            "locate=0 whitespaces=1 only_stars=0 size=3000 checksize=1 id_type=2 id_subtype=0 deadline=20.04.2026 "
            "timeline=17:05 auto_work=1 auto_rate=-5 auto_reports=0 auto_reports_n=0 id_category=1828 multitask=1 "
            "multicount=3 id_folder=31 target_task=2 id_target=12 keywords=чай,кофе language_from=1 language_to=2 "
            "bwgroup_send=1 attestat=0 diplom=1 robot=-1"
        ),
    ),
    "failTask": (
        lambda tasks: tasks.fail_task(7, copy=True, deadline=date(2026, 4, 20)),
        {"id": "7", "id_copy": "8", "rateup": "https://www.example.invalid/rateup"},
        "id=7 copy=1 deadline=20.04.2026 timeline=23:59",
    ),
    "copyTask": (
        lambda tasks: tasks.copy_task(7, deadline=DUE),
        {"id_copy": "8"},
        "id=7 deadline=20.04.2026 timeline=17:05",
    ),
    "setDeadline": (
        lambda tasks: tasks.set_deadline(7, datetime(2026, 4, 20, 14, 5, tzinfo=timezone.utc), public=True),
        {"id": "7", "deadline": "1776693900", "status": "2", "quick": "0"},
        "id=7 deadline=20.04.2026 timeline=17:05 public=1",
    ),
    "saveComment": (
        lambda tasks: tasks.save_comment(7, "без картинок", hide=True),
        {"id": "7", "id_comment": "9010", "comments": "3"},
        "id=7 text=без+картинок hide=1",
    ),
    "sendNoteFail": (
        lambda tasks: tasks.send_note_fail(7, "не отвечает"),
        {"status": 1, "ticket": "https://www.example.invalid/42"},
        "id=7 text=не+отвечает",
    ),
}


def pairs(text):
    return [tuple(part.replace("+", " ").split("=", 1)) for part in text.split()]


@pytest.mark.parametrize("name", CALLS)
def test_every_parameter_goes_into_the_body_as_etxt_reads_it(server, client, name):
    call, answer, body = CALLS[name]
    server.answer(f"tasks.{name}", answer)
    call(client.tasks)
    request = server.only()
    assert request.verb == "POST"
    assert request.method == f"tasks.{name}"
    assert [key for key, _ in request.query] == ["method", "token", "sign"]
    assert request.body == pairs(body)


def test_all_methods_of_the_section_are_shown_here():
    here = {one.endpoint.name for one in endpoints("etxt") if one.endpoint.topic == "tasks"}
    assert here == {f"tasks.{name}" for name in CALLS}


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (lambda tasks: tasks.set_client_comment(7), "id=7"),
        (lambda tasks: tasks.set_note(7), "id=7"),
        (lambda tasks: tasks.paid_task(7), "id[]=7"),
        (lambda tasks: tasks.cancel_task([7, 8]), "id[]=7 id[]=8"),
        (lambda tasks: tasks.extra_paid(7, count=1), "id=7 count=1"),
        (lambda tasks: tasks.extra_paid(7, autopay="get"), "id=7 autopay=get"),
        (lambda tasks: tasks.fail_task(7), "id=7"),
        (lambda tasks: tasks.fail_task(7, copy=False), "id=7 copy=0"),
        (lambda tasks: tasks.copy_task(7), "id=7"),
        (lambda tasks: tasks.set_deadline(7, DUE), "id=7 deadline=20.04.2026 timeline=17:05"),
        (lambda tasks: tasks.save_comment(7, "т"), "id=7 text=т"),
        (
            lambda tasks: tasks.save_task("т", price=1, size=1, category_id=1),
            "title=т price=1 size=1 id_category=1",
        ),
        (lambda tasks: tasks.list_tasks().page(2), "count=100 from=100"),
    ],
)
def test_what_is_left_out_is_not_sent(server, client, call, body):
    for method in CALLS:
        server.answer(f"tasks.{method}", {"id": "7", "id_task": "7", "id_copy": "8", "ids": ["7"]})
    call(client.tasks)
    assert server.only().body == pairs(body)


def test_a_comment_that_is_set_to_nothing_is_sent_empty(server, client):
    server.answer("tasks.setClientComment", {"status": 1})
    client.tasks.set_client_comment(7, "")
    assert server.only().body == [("id", "7"), ("text", "")]


@pytest.mark.parametrize("kind", ["path", "text path", "open file", "bytes"])
def test_a_file_goes_along_as_multipart(server, client, tmp_path, kind):
    path = tmp_path / "задание.txt"
    path.write_bytes(b"brief")
    server.answer("tasks.saveTask", {"id_task": 7})
    with path.open("rb") as opened:
        given = {"path": path, "text path": str(path), "open file": opened, "bytes": ("задание.txt", b"brief")}[kind]
        client.tasks.save_task("Чайники", price=1, size=1, category_id=1, file=given)
    request = server.only()
    assert request.files == [("file", "задание.txt", b"brief")]
    assert request.body == pairs("title=Чайники price=1 size=1 id_category=1")


# --- what is refused before anything is sent --------------------------------------------------------------------------

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=timezone.utc)

REFUSALS = {
    "title too long": (lambda tasks: tasks.save_task("т" * 513, price=1, size=1, category_id=1), "title", "512"),
    "no title": (lambda tasks: tasks.save_task("", price=1, size=1, category_id=1), "title", "1 to 512"),
    "description too long": (
        lambda tasks: tasks.save_task("т", price=1, size=1, category_id=1, description="т" * 10_001),
        "description",
        "10000",
    ),
    "text too long": (lambda tasks: tasks.save_task("т", price=1, category_id=1, text="т" * 40_001), "text", "40000"),
    "neither size nor text": (lambda tasks: tasks.save_task("т", price=1, category_id=1), "size", "required"),
    "float as money": (lambda tasks: tasks.save_task("т", price=1.5, size=1, category_id=1), "price", "Decimal"),
    "status no order has": (lambda tasks: tasks.list_tasks(status=9), "status", "one of 1"),
    "page too large": (lambda tasks: tasks.list_tasks(count=101), "count", "1 to 100"),
    "client comment too long": (lambda tasks: tasks.set_client_comment(7, "т" * 5001), "text", "5000"),
    "comment on acceptance too long": (lambda tasks: tasks.set_note(7, comment="т" * 501), "comment", "500"),
    "id that is none": (lambda tasks: tasks.unset_note(0), "note_id", "at least 1"),
    "acceptance comment too long": (lambda tasks: tasks.paid_task(7, text="т" * 5001), "text", "5000"),
    "no ids": (lambda tasks: tasks.paid_task([]), "task_ids", "1 to 100"),
    "acceptance of too many": (lambda tasks: tasks.paid_task(range(1, 102)), "task_ids", "1 to 100 ids"),
    "rework of too many": (lambda tasks: tasks.cancel_task(range(1, 102)), "task_ids", "1 to 100 ids"),
    "rework of one without a reason": (lambda tasks: tasks.cancel_task(7), "text", "required"),
    "rework of one in a list without a reason": (lambda tasks: tasks.cancel_task([7, 7], text=""), "text", "required"),
    "reason too long": (lambda tasks: tasks.cancel_task(7, text="т" * 5001), "text", "5000"),
    "rework of no order": (lambda tasks: tasks.cancel_task("7", text="т"), "task_ids", "id or a list"),
    "extra pay of no amount": (lambda tasks: tasks.extra_paid(7), "count", "autopay"),
    "extra pay of nothing": (lambda tasks: tasks.extra_paid(7, count=0), "count", "at least 0.01"),
    "extra pay of half a kopeck": (lambda tasks: tasks.extra_paid(7, count=Decimal("0.015")), "count", "two decimals"),
    "autopay of another kind": (lambda tasks: tasks.extra_paid(7, autopay="all"), "autopay", "one of get"),
    "deadline in the past": (lambda tasks: tasks.copy_task(7, deadline=NOW), "deadline", "in the future"),
    "deadline too far": (lambda tasks: tasks.set_deadline(7, NOW + timedelta(days=91)), "deadline", "90 days"),
    "no deadline": (lambda tasks: tasks.set_deadline(7, None), "deadline", "required"),
    "deadline of no copy": (lambda tasks: tasks.fail_task(7, deadline=DUE), "deadline", "copy=True"),
    "deadline of a copy that is not wanted": (
        lambda tasks: tasks.fail_task(7, copy=False, deadline=DUE),
        "deadline",
        "copy=True",
    ),
    "flag that is none": (lambda tasks: tasks.fail_task(7, copy=1), "copy", "True or False"),
    "comment too long": (lambda tasks: tasks.save_comment(7, "т" * 2049), "text", "2048"),
    "no comment": (lambda tasks: tasks.save_comment(7, ""), "text", "1 to 2048"),
    "no reasons for support": (lambda tasks: tasks.send_note_fail(7, ""), "text", "must have"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_can_not_be_right_is_not_sent(server, client, case):
    call, parameter, words = REFUSALS[case]
    with pytest.raises(EtxtValidationError) as caught:
        call(client.tasks)
    assert list(caught.value.fields) == [parameter]
    assert words in caught.value.fields[parameter][0]
    assert caught.value.sent is False
    assert server.requests == []


def test_the_longest_and_the_latest_are_sent(server, client):
    for name in ("saveComment", "cancelTask", "setDeadline"):
        server.answer(f"tasks.{name}", {"id": "7", "ids": ["7"]})
    client.tasks.save_comment(7, "т" * 2048)
    client.tasks.cancel_task(7, text="т" * 5000)
    client.tasks.set_deadline(7, (NOW + timedelta(days=90)).date())
    assert len(server.requests) == 3


def test_many_ids_of_calls_that_may_be_repeated_go_in_several_calls(server, client):
    ids = list(range(1, 2 * MAX_IDS + 2))
    for method in ("tasks.viewNotes", "tasks.getResults", "tasks.deleteTask"):
        for _ in range(3):
            server.answer(method, lambda request: {"ids": [value for _, value in request.body][:-1]})
    deleted = client.tasks.delete_task(ids)
    assert [len(request.body) for request in server.requests] == [100, 100, 1]
    assert [int(value) for request in server.requests for _, value in request.body] == ids
    assert deleted.asked == ids
    assert deleted.missing == [100, 200, 201]


# --- going through a list that shrinks --------------------------------------------------------------------------------


class Orders:
    """Orders in review on the server; what is accepted leaves the list."""

    def __init__(self, server, count):
        self.waiting = list(range(5000, 5000 - count, -1))
        self.accepted = []
        for _ in range(1000):
            server.answer("tasks.listTasks", self.listed)
            server.answer("tasks.paidTask", self.paid)

    def listed(self, request):
        body = dict(request.body)
        start = int(body["from"])
        rows = self.waiting[start : start + int(body["count"])]
        return [{"id": number, "status": 3} for number in rows] or {"error": "no_object"}

    def paid(self, request):
        ids = [int(value) for key, value in request.body if key == "id[]"]
        for number in ids:
            self.waiting.remove(number)
        self.accepted += ids
        return {"status": 1, "ids": ids}


@pytest.mark.parametrize("page", [100, 7])
@pytest.mark.parametrize("every", [1, 2, 3])
def test_accepting_while_iterating_misses_no_order(server, client, every, page):
    orders = Orders(server, 250)
    everything = list(orders.waiting)
    seen = []
    for task in client.tasks.list_tasks(status=3, count=page):
        seen.append(task.task_id)
        if len(seen) % every == 0:
            client.tasks.paid_task(task.task_id)
    assert seen == everything
    assert orders.accepted == everything[every - 1 :: every]
