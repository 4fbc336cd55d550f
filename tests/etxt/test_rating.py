from __future__ import annotations

from datetime import datetime, timezone

import pytest

from kwork_etxt_sdk.errors import OutcomeUnknown
from kwork_etxt_sdk.etxt.errors import EtxtAccessError, EtxtNotFoundError
from kwork_etxt_sdk.etxt.models.rating import BackFilter, ReturnedRating, TaskFail

UTC = timezone.utc
ROW = {
    "id_task": "1000007",
    "id_user": "700021",
    "date": "1893800000",
    "date_back": "0",
    "back": "0",
    "title": "Обзор чайников",
}
MADE = TaskFail(
    task_id=1000007,
    user_id=700021,
    date=datetime(2030, 1, 4, 23, 33, 20, tzinfo=UTC),
    date_back=None,
    back=False,
    title="Обзор чайников",
)


@pytest.mark.parametrize(
    ("back", "sent"),
    [(BackFilter.ALL, "0"), (BackFilter.RETURNED, "1"), (BackFilter.NOT_RETURNED, "2"), (0, "0"), (2, "2")],
)
def test_fails_are_filtered_by_the_service(server, client, back, sent):
    server.answer("rating.listTasksFails", [ROW])
    client.rating.list_tasks_fails(task_id=1000007, user_id=700021, back=back)
    assert server.sent("rating.listTasksFails") == [("id_task", "1000007"), ("id_user", "700021"), ("back", sent)]


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param([ROW], [MADE], id="list"),
        pytest.param({"1000007": ROW}, [MADE], id="keyed"),
        pytest.param(
            [{**ROW, "id_task": 1000007, "date": 1893800000, "date_back": 0, "back": 0}], [MADE], id="numbers"
        ),
        pytest.param(
            [{"id_task": "7", "date_back": "1893800000", "back": "1"}],
            [TaskFail(task_id=7, date_back=datetime(2030, 1, 4, 23, 33, 20, tzinfo=UTC), back=True)],
            id="returned, missing fields",
        ),
        pytest.param([], [], id="empty"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_the_list_is_read(server, client, answer, made):
    server.answer("rating.listTasksFails", answer)
    assert client.rating.list_tasks_fails() == made
    assert server.sent("rating.listTasksFails") == []


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"back": 3}, {"back": ["must be one of 0 (ALL), 1 (RETURNED), 2 (NOT_RETURNED), not 3"]}),
        ({"back": True}, {"back": ["must be one of 0 (ALL), 1 (RETURNED), 2 (NOT_RETURNED), not True"]}),
        (
            {"task_id": 0, "user_id": "7"},
            {"task_id": ["must be at least 1, not 0"], "user_id": ["must be a whole number, not '7'"]},
        ),
    ],
)
def test_lists_that_can_not_be_meant_are_refused(client, refusal, arguments, problems):
    assert refusal(lambda: client.rating.list_tasks_fails(**arguments)) == problems


def test_a_lost_list_is_asked_for_again(client, repeated):
    assert repeated("rating.listTasksFails", [ROW], client.rating.list_tasks_fails) == [MADE]


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        (
            {"id_task": "1000007", "id_user": "700021", "rate_back": "15"},
            ReturnedRating(task_id=1000007, user_id=700021, rate_back=15),
        ),
        ([{"id_task": 1000007}], ReturnedRating(task_id=1000007)),
    ],
)
def test_rating_is_given_back(server, client, answer, made):
    server.answer("rating.ratingUserBack", answer)
    assert client.rating.rating_user_back(task_id=1000007, user_id=700021) == made
    assert server.sent("rating.ratingUserBack") == [("id_task", "1000007"), ("id_user", "700021")]


def test_order_and_author_are_required(client, refusal):
    assert refusal(lambda: client.rating.rating_user_back(task_id=None, user_id=0)) == {
        "task_id": ["is required"],
        "user_id": ["must be at least 1, not 0"],
    }


def test_a_lost_answer_does_not_give_it_back_twice(server, client, lost):
    unknown = lost("rating.ratingUserBack", lambda: client.rating.rating_user_back(task_id=1000007, user_id=700021))
    assert (unknown.effect, unknown.check) == ("ONCE", "rating.list_tasks_fails")
    server.answer("rating.listTasksFails", [ROW])
    assert unknown.ask() == [MADE]
    assert server.last.body == [("id_task", "1000007"), ("id_user", "700021")]


def test_an_answer_that_names_no_order_says_nothing(server, client):
    server.answer("rating.ratingUserBack", {"status": "1"})
    with pytest.raises(OutcomeUnknown, match="id_task"):
        client.rating.rating_user_back(task_id=1000007, user_id=700021)


@pytest.mark.parametrize(("code", "error"), [("no_object", EtxtNotFoundError), ("no_access", EtxtAccessError)])
def test_a_refusal_is_its_own_error(server, client, code, error):
    server.answer("rating.ratingUserBack", {"error": code})
    with pytest.raises(error):
        client.rating.rating_user_back(task_id=1000007, user_id=700021)
