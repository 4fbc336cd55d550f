"""Whole calls over a socket: what each kind of answer becomes, and batches of ids."""

from __future__ import annotations

import pickle

import pytest

from kwork_etxt_sdk import (
    AuthError,
    BlockedError,
    CallOptions,
    OutcomeUnknown,
    RateLimitError,
    RefusedError,
    SdkError,
    ValidationError,
)
from kwork_etxt_sdk.etxt import errors
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.models.common import Processed
from kwork_etxt_sdk.mapping import Model, model, wire
from kwork_etxt_sdk.params import Ids
from kwork_etxt_sdk.transport.endpoint import Effect
from tests.support.etxt_server import TOKEN

WRONG_SIGNATURE = "Подпись не верна"
WRONG_SETTINGS = "Настройки пользователя для работы с API не верны"
PAGE = "<!DOCTYPE html><html><body>Технические работы, подпись администрации</body></html>"


@model
class Thing(Model):
    thing_id: int = wire("id")


MANY = Endpoint("things.list", effect=Effect.READ, result=Thing, shape=Shape.RECORDS)
MARK = Endpoint(
    "things.mark",
    effect=Effect.REPEATABLE,
    result=Processed,
    markers=("ids", "status"),
    params=(Ids("thing_ids", wire="id", required=True, most=2),),
)


@pytest.mark.parametrize(
    ("body", "status", "expected", "sends"),
    [
        ({"error": "no_object"}, 200, errors.EtxtNotFoundError, 1),
        ({"error": "max_limit"}, 200, errors.EtxtMaxLimitError, 1),
        ({"error": "new_code"}, 200, errors.EtxtRefusedError, 1),
        (WRONG_SETTINGS, 200, errors.EtxtAuthError, 1),
        (PAGE, 403, errors.EtxtBlockedError, 1),
        (PAGE, 200, errors.EtxtUnexpectedResponseError, 4),
        ("", 200, errors.EtxtUnexpectedResponseError, 4),
        ("[1, 2", 200, errors.EtxtUnexpectedResponseError, 4),
        ({"id": "x"}, 200, errors.EtxtUnexpectedResponseError, 1),
        ([], 404, errors.EtxtRefusedError, 1),
        ("slow down", 429, errors.EtxtRateLimitError, 4),
        ({"error": "no_access"}, 500, errors.EtxtUnexpectedResponseError, 4),
    ],
)
def test_a_read_that_fails(server, body, status, expected, sends):
    for _ in range(4):
        server.answer("users.getBalance", body, status)
    with pytest.raises(expected) as caught:
        server.client().users.get_balance()
    error = caught.value
    assert type(error) is expected
    assert isinstance(error, errors.EtxtError)
    assert (error.call, error.status_code, error.attempts) == ("etxt users.getBalance", status, sends)
    assert len(server.requests) == sends
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert TOKEN not in f"{error} {vars(error)}"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("", 200, "the body is empty"),
        (PAGE, 502, "HTTP status 502"),
        ("[1, 2", 200, "no JSON"),
        ({"id_task": None}, 200, "does not fit"),
        ({"error": "no_params"}, 500, "HTTP status 500"),
    ],
)
def test_a_write_whose_outcome_is_unknown_is_sent_once(server, client, body, status, reason):
    server.answer("tasks.saveTask", body, status)
    with pytest.raises(OutcomeUnknown) as caught:
        client.tasks.save_task("Обзор", price=50, category_id=1828, size=2000, public=True)
    assert reason in caught.value.reason
    assert (caught.value.effect, caught.value.check) == ("MONEY", "tasks.list_tasks")
    assert caught.value.parameters["title"] == "Обзор"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({"error": "no_params"}, 200, ValidationError),
        ({"error": "is_private_data"}, 200, errors.EtxtPrivateDataError),
        (WRONG_SIGNATURE, 200, AuthError),
        (PAGE, 403, BlockedError),
        ({"message": "forbidden"}, 403, RefusedError),
        ("slow down", 429, RateLimitError),
    ],
)
def test_a_write_that_is_refused_was_not_done(server, client, body, status, expected):
    server.answer("tasks.saveTask", body, status)
    with pytest.raises(expected) as caught:
        client.tasks.save_task("Обзор", price=50, category_id=1828, size=2000, public=True)
    assert isinstance(caught.value, SdkError)
    assert len(server.requests) == 1


def test_an_empty_page_ends_a_list(server, client):
    server.answer("tasks.listTasks", {"error": "no_object"})
    assert list(client.tasks.list_tasks(status=3)) == []


def test_ids_may_come_from_an_iterator_in_any_number(server, client):
    for begin in (1, 101):
        server.answer("tasks.viewNotes", [{"id": begin, "id_note": 0, "text": "x"}])
    assert len(client.tasks.view_notes(number for number in [*range(1, 121), 1])) == 2
    assert [len(request.body) for request in server.requests] == [100, 20]


def test_a_batch_from_an_iterator_knows_what_was_asked_for(server, client):
    server.answer("tasks.paidTask", {"status": 1, "ids": ["5"]})
    done = client.tasks.paid_task(number for number in (5, 6, 5))
    assert (done.ids, done.asked, done.missing, done.status) == ([5], [5, 6], [6], True)
    assert server.sent("tasks.paidTask") == [("id[]", "5"), ("id[]", "6")]


def test_a_batch_that_spends_money_is_one_call_or_none(server, client):
    with pytest.raises(ValidationError, match="1 to 100 ids, this has 101"):
        client.tasks.paid_task(range(1, 102))
    with pytest.raises(ValidationError, match="'x' is none"):
        client.tasks.paid_task(iter([1, "x"]))
    assert server.requests == []


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [((1, 1), True), ((0, 1), False), ((1, 0), False), ((None, None), None), ((None, 1), True), ((1, None), True)],
)
def test_a_batch_in_parts_is_a_success_if_all_parts_were(server, client, statuses, expected):
    for first, status in zip((1, 3), statuses, strict=True):
        told = {} if status is None else {"status": status}
        server.answer("things.mark", {"ids": [first], **told, f"new_{first}": 1})
    done = client.tasks._process(MARK, CallOptions(), thing_ids=iter([1, 2, 3]))
    assert (done.ids, done.missing, done.status) == ([1, 3], [2], expected)
    assert done.extra == {"new_1": 1, "new_3": 1}
    assert [request.body for request in server.requests] == [[("id[]", "1"), ("id[]", "2")], [("id[]", "3")]]


@pytest.mark.parametrize("code", ["no_object", "no_access"])
@pytest.mark.parametrize("first", [True, False])
def test_a_part_that_is_refused_does_not_hide_what_the_others_did(server, client, code, first):
    answers = [{"error": code}, {"ids": [3], "status": 1}] if first else [{"ids": [1], "status": 1}, {"error": code}]
    for answer in answers:
        server.answer("things.mark", answer)
    done = client.tasks._process(MARK, CallOptions(), thing_ids=[1, 2, 3])
    assert (done.ids, done.missing) == (([3], [1, 2]) if first else ([1], [2, 3]))
    assert done.status is False


def test_if_all_parts_are_refused_so_is_the_whole(server, client):
    for code in ("no_object", "no_access"):
        server.answer("things.mark", {"error": code})
    with pytest.raises(AuthError, match="no_access"):
        client.tasks._process(MARK, CallOptions(), thing_ids=[1, 2, 3])
    assert len(server.requests) == 2


def test_ids_that_are_none_are_refused_before_the_first_part(server, client):
    with pytest.raises(ValidationError, match="'x' is none"):
        client.tasks._list(
            Endpoint("things.list", effect=Effect.READ, result=Thing, params=MARK.params),
            CallOptions(),
            thing_ids=iter([1, "x"]),
        )
    assert server.requests == []


def test_one_whole_list_needs_no_ids(server, client):
    server.answer("things.list", [{"id": 1}, {"id": "x"}])
    found = client.with_options(bad_items="skip").tasks._list(MANY, CallOptions())
    assert [thing.thing_id for thing in found] == [1]
    assert [bad.index for bad in found.bad_items] == [1]


def test_a_pager_tells_bad_arguments_before_the_first_page(server, client):
    with pytest.raises(ValidationError, match="count must be 1 to 100, not 101"):
        client.tasks.list_tasks(count=101)
    assert server.requests == []
