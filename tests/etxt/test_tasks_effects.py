"""Orders: what each call can do, and how to find out what a lost one did."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from kwork_etxt_sdk import Effect, OutcomeUnknown
from kwork_etxt_sdk.errors import EffectNotAllowedError
from kwork_etxt_sdk.etxt.errors import EtxtAccessError
from kwork_etxt_sdk.etxt.models.tasks import Autopay
from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.registry import endpoints

DUE = datetime(2026, 4, 20, 17, 5, tzinfo=MOSCOW)
METHODS = [one.endpoint.name for one in endpoints("etxt") if one.endpoint.topic == "tasks"]


@pytest.mark.parametrize(
    ("call", "effect"),
    [
        (lambda tasks: tasks.view_notes_all(), Effect.READ),
        (lambda tasks: tasks.extra_paid(7, autopay="get"), Effect.READ),
        (lambda tasks: tasks.extra_paid(7, autopay=Autopay.GET), Effect.READ),
        (lambda tasks: tasks.extra_paid(7, autopay=Autopay.PAY), Effect.MONEY),
        (lambda tasks: tasks.extra_paid(7, count=5), Effect.MONEY),
        (lambda tasks: tasks.set_client_comment(7, "т"), Effect.REPEATABLE),
        (lambda tasks: tasks.unset_note(7), Effect.REPEATABLE),
        (lambda tasks: tasks.delete_task(7), Effect.REPEATABLE),
        (lambda tasks: tasks.set_deadline(7, DUE), Effect.REPEATABLE),
        (lambda tasks: tasks.set_deadline(7, DUE, public=False), Effect.REPEATABLE),
        (lambda tasks: tasks.set_deadline(7, DUE, public=True), Effect.MONEY),
        (lambda tasks: tasks.cancel_task(7, text="т"), Effect.ONCE),
        (lambda tasks: tasks.save_comment(7, "т"), Effect.ONCE),
        (lambda tasks: tasks.send_note_fail(7, "т"), Effect.ONCE),
        (lambda tasks: tasks.fail_task(7), Effect.ONCE),
        (lambda tasks: tasks.fail_task(7, copy=False), Effect.ONCE),
        (lambda tasks: tasks.fail_task(7, copy=True), Effect.MONEY),
        (lambda tasks: tasks.copy_task(7), Effect.MONEY),
        (lambda tasks: tasks.set_note(7), Effect.MONEY),
        (lambda tasks: tasks.paid_task(7), Effect.MONEY),
        (lambda tasks: tasks.save_task("т", price=1, size=1, category_id=1), Effect.ONCE),
        (lambda tasks: tasks.save_task("т", price=1, size=1, category_id=1, public=True), Effect.MONEY),
        (lambda tasks: tasks.save_task("т", price=1, size=1, category_id=1, public=True, task_id=7), Effect.REPEATABLE),
    ],
)
def test_the_effect_follows_the_arguments(server, client, call, effect):
    for method in METHODS:
        server.answer(method, {"error": "no_access"})
    with pytest.raises(EtxtAccessError):
        call(client.with_options(allow=effect).tasks)
    assert len(server.requests) == 1
    if effect > Effect.READ:
        with pytest.raises(EffectNotAllowedError, match=effect.name):
            call(client.with_options(allow=Effect(effect - 1)).tasks)
    assert len(server.requests) == 1


def test_a_deadline_is_set_again_after_a_lost_answer_unless_it_publishes(server, client):
    server.drop("tasks.setDeadline")
    server.answer("tasks.setDeadline", {"id": 7})
    client.tasks.set_deadline(7, DUE)
    assert len(server.requests) == 2
    server.drop("tasks.setDeadline")
    with pytest.raises(OutcomeUnknown) as caught:
        client.tasks.set_deadline(7, DUE, public=True)
    assert len(server.requests) == 3
    assert caught.value.effect == "MONEY"


LOST = {
    "paidTask": (lambda tasks: tasks.paid_task([7, 8]), [7, 8]),
    "cancelTask": (lambda tasks: tasks.cancel_task(7, text="т"), [7]),
    "setDeadline": (lambda tasks: tasks.set_deadline(7, DUE, public=True), [7]),
}


@pytest.mark.parametrize("name", LOST)
def test_after_a_lost_answer_the_orders_themselves_can_be_asked_for(server, client, name):
    call, ids = LOST[name]
    server.drop(f"tasks.{name}")
    with pytest.raises(OutcomeUnknown) as caught:
        call(client.tasks)
    assert caught.value.check == "tasks.list_tasks"
    for number in ids:
        server.answer("tasks.listTasks", [{"id": number, "status": 4}])
    assert [(task.task_id, task.status) for task in caught.value.ask()] == [(number, 4) for number in ids]
    assert [dict(request.body)["id"] for request in server.requests[1:]] == [str(number) for number in ids]


@pytest.mark.parametrize("call", [lambda tasks: tasks.fail_task(7, copy=True), lambda tasks: tasks.copy_task(7)])
def test_after_a_lost_answer_a_copy_is_looked_for_by_the_title(server, client, call):
    server.drop("tasks.failTask")
    server.drop("tasks.copyTask")
    with pytest.raises(OutcomeUnknown) as caught:
        call(client.tasks)
    assert caught.value.check == "tasks.list_tasks"
    server.answer("tasks.listTasks", [{"id": 7, "title": "Чайники"}])
    server.answer(
        "tasks.listTasks", [{"id": 9, "title": "Чайники"}, {"id": 8, "title": "Ножи"}, {"id": 7, "title": "Чайники"}]
    )
    assert [task.task_id for task in caught.value.ask()] == [9, 7]


def test_after_a_lost_answer_a_new_order_is_looked_for_by_the_title(server, client):
    server.drop("tasks.saveTask")
    with pytest.raises(OutcomeUnknown) as caught:
        client.tasks.save_task("Чайники", price=1, size=1, category_id=1)
    server.answer("tasks.listTasks", [{"id": 9, "title": "Чайники"}, {"id": 8, "title": "Ножи"}])
    assert [task.task_id for task in caught.value.ask()] == [9]


def test_after_a_lost_answer_a_comment_is_looked_for_among_the_notes(server, client):
    server.drop("tasks.saveComment")
    with pytest.raises(OutcomeUnknown) as caught:
        client.tasks.save_comment(7, "без картинок")
    assert caught.value.check == "tasks.view_notes"
    server.answer("tasks.viewNotes", [{"id": 1, "id_note": 0, "text": "без картинок"}])
    assert [note.text for note in caught.value.ask()] == ["без картинок"]
    assert server.last.body == [("id[]", "7")]


def test_after_a_lost_answer_an_accepted_application_shows_among_the_orders_in_work(server, client):
    server.drop("tasks.setNote")
    with pytest.raises(OutcomeUnknown) as caught:
        client.tasks.set_note(3001)
    server.answer("tasks.listTasks", [{"id": 7, "id_user": 42}])
    assert caught.value.ask()[0].user_id == 42
    assert ("status", "2") in server.last.body


def test_after_a_lost_answer_a_payment_is_looked_for_in_the_statement(server, client):
    server.drop("tasks.extraPaid")
    with pytest.raises(OutcomeUnknown) as caught:
        client.tasks.extra_paid(7, count=50)
    assert caught.value.check == "users.get_stats"
    server.answer("users.getStats", [{"id": 1, "count": "-52.50", "operation": "Доплата", "date": 1773480000}])
    assert caught.value.ask()[0].amount == Decimal("-52.50")
    an_hour_ago = server.clock.wall() - timedelta(hours=1)
    assert dict(server.last.body)["date_from"] == str(int(an_hour_ago.timestamp()))
