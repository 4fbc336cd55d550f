# ruff: noqa: DTZ001 - naive times are Moscow times, which is what is shown
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from kwork_etxt_sdk.errors import OutcomeUnknown
from kwork_etxt_sdk.etxt.errors import EtxtAccessError
from kwork_etxt_sdk.etxt.models.correction import CorrectionPart, CorrectionSource

MOSCOW = timezone(timedelta(hours=3))
# The clock of the tests stands at 14 March 2026, 09:26:53 UTC, which is 12:26:53 in Moscow.
TOO_NEAR = "must be at least 1 day ahead, at most 90 days ahead; Moscow time unless aware, not {}"


# --- add ---


@pytest.mark.parametrize("answer", [{"id": "2001"}, {"id": 2001}, [{"id": "2001"}], {"2001": {"id": "2001"}}])
def test_a_text_is_handed_over(server, client, answer):
    server.answer("correction.add", answer)
    job = client.correction.add(
        "Обзор чайников",
        text="Текст & ещё текст",
        description="Без тире",
        folder_id=31,
        deadline=datetime(2026, 3, 20, 17, 5),
    )
    assert job.correction_id == 2001
    assert server.sent("correction.add") == [
        ("title", "Обзор чайников"),
        ("description", "Без тире"),
        ("text", "Текст & ещё текст"),
        ("id_folder", "31"),
        ("deadline", "20.03.2026"),
        ("timeline", "17:05"),
    ]


def test_only_title_and_text_must_be_given(server, client):
    server.answer("correction.add", {"id": "2001"})
    client.correction.add("Обзор", text="Текст")
    assert server.sent("correction.add") == [("title", "Обзор"), ("text", "Текст")]


@pytest.mark.parametrize(
    ("deadline", "day", "time"),
    [
        (date(2026, 3, 15), "15.03.2026", "23:59"),
        (datetime(2026, 3, 15, 12, 27), "15.03.2026", "12:27"),
        (datetime(2026, 3, 15, 21, 30, tzinfo=timezone.utc), "16.03.2026", "00:30"),
        (date(2026, 6, 12), "12.06.2026", "23:59"),
    ],
)
def test_deadlines_from_a_day_ahead_are_sent_in_moscow_time(server, client, deadline, day, time):
    server.answer("correction.add", {"id": "2001"})
    client.correction.add("Обзор", text="Текст", deadline=deadline)
    assert server.sent("correction.add")[2:] == [("deadline", day), ("timeline", time)]


@pytest.mark.parametrize(
    ("deadline", "told"),
    [
        (datetime(2026, 3, 15, 12, 26), "15.03.2026 12:26"),
        (date(2026, 3, 14), "14.03.2026 23:59"),
        (date(2026, 6, 13), "13.06.2026 23:59"),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda correction, deadline: correction.add("Обзор", text="Текст", deadline=deadline),
        lambda correction, deadline: correction.import_(5001, type="task", deadline=deadline),
    ],
)
def test_other_deadlines_are_refused(client, refusal, call, deadline, told):
    assert refusal(lambda: call(client.correction, deadline)) == {"deadline": [TOO_NEAR.format(told)]}


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"title": "", "text": ""}, ["title", "text"]),
        ({"title": None, "text": None}, ["title", "text"]),
        ({"title": "Обзор", "text": "Текст", "folder_id": -1}, ["folder_id"]),
        ({"title": "Обзор", "text": "Текст", "description": 7}, ["description"]),
    ],
)
def test_texts_that_can_not_be_meant_are_refused(client, refusal, arguments, problems):
    assert list(refusal(lambda: client.correction.add(**arguments))) == problems


# --- import_ ---


@pytest.mark.parametrize("kind", [*CorrectionSource, "task", "a_task", "article", "a_article"])
def test_a_text_is_imported(server, client, kind):
    server.answer("correction.import", {"id": "2002"})
    job = client.correction.import_(
        5001, type=kind, object_type=CorrectionPart.FILE, deadline=datetime(2026, 3, 20, 17, 0)
    )
    assert job.correction_id == 2002
    assert server.sent("correction.import") == [
        ("type", str(kind)),
        ("id_object", "5001"),
        ("object_type", "file"),
        ("deadline", "20.03.2026"),
        ("timeline", "17:00"),
    ]


def test_only_kind_and_id_must_be_given(server, client):
    server.answer("correction.import", {"id": "2002"})
    client.correction.import_(5001, type="article")
    assert server.sent("correction.import") == [("type", "article"), ("id_object", "5001")]


def test_imports_that_can_not_be_meant_are_refused(client, refusal):
    assert refusal(lambda: client.correction.import_(0, type="order", object_type="text")) == {
        "type": [
            (
                "must be one of task (RESULT), a_task (ARCHIVED_ORDER), article (ARTICLE), "
                "a_article (ARCHIVED_ARTICLE), not 'order'"
            )
        ],
        "object_id": ["must be at least 1, not 0"],
        "object_type": ["must be one of file (FILE), not 'text'"],
    }


# --- effect ---

CALLS = [
    pytest.param("correction.add", lambda correction: correction.add("Обзор", text="Текст"), id="add"),
    pytest.param("correction.import", lambda correction: correction.import_(5001, type="task"), id="import"),
]


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_a_lost_answer_is_not_paid_for_twice(server, client, lost, method, call):
    unknown = lost(method, lambda: call(client.correction))
    assert (unknown.effect, unknown.check) == ("MONEY", "users.get_stats")
    server.answer("users.getStats", [{"id": "800002", "count": "-20.00", "operation": "Коррекция 2001"}])
    assert [row.operation for row in unknown.ask()] == ["Коррекция 2001"]


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_an_answer_without_an_id_says_nothing(server, client, method, call):
    server.answer(method, {"status": 1})
    with pytest.raises(OutcomeUnknown):
        call(client.correction)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_a_refusal_is_its_own_error(server, client, method, call):
    server.answer(method, {"error": "no_access"})
    with pytest.raises(EtxtAccessError):
        call(client.correction)
