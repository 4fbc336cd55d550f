from __future__ import annotations

from datetime import datetime, timezone

import pytest

from kwork_etxt_sdk.errors import UnexpectedResponseError
from kwork_etxt_sdk.etxt.errors import EtxtAccessError, EtxtTooSoonError
from kwork_etxt_sdk.etxt.models.users import Review, ReviewRate, Reviews

UTC = timezone.utc
REVIEW = "Сдано в срок, тема раскрыта, правок не было вовсе."


def review(number):
    return {"id_author": str(500000 + number), "text": f"Отзыв {number}", "date": str(1890000000 + number)}


def made_review(number):
    when = datetime.fromtimestamp(1890000000 + number, UTC)
    return Review(author_id=500000 + number, text=f"Отзыв {number}", date=when)


@pytest.mark.parametrize(
    ("answer", "positive", "negative"),
    [
        pytest.param(
            {
                "positive": {"500001": [review(1), review(1)], "500002": [review(2)]},
                "negative": {"500003": [review(3)]},
            },
            [1, 1, 2],
            [3],
            id="by author",
        ),
        pytest.param({"positive": {"500001": {"1": review(1), "5": review(2)}}, "negative": []}, [1, 2], [], id="gaps"),
        pytest.param({"positive": [[review(1)], [review(2)]], "negative": {}}, [1, 2], [], id="authors not named"),
        pytest.param([{"positive": [], "negative": {"500001": [review(1)]}}], [], [1], id="wrapped"),
        pytest.param({"positive": [], "negative": []}, [], [], id="none"),
        pytest.param({"negative": {"500001": [review(1)]}}, [], [1], id="missing"),
    ],
)
def test_reviews_are_flattened(server, client, answer, positive, negative):
    server.answer("users.getReports", answer)
    reviews = client.users.get_reports(700021)
    assert server.sent("users.getReports") == [("id", "700021")]
    assert reviews.positive == [made_review(number) for number in positive]
    assert reviews.negative == [made_review(number) for number in negative]


def test_a_review_that_does_not_fit_is_told_with_its_place(server, client):
    server.answer("users.getReports", {"positive": {"500001": [review(1), {"id_author": "x"}]}, "negative": []})
    with pytest.raises(UnexpectedResponseError) as caught:
        client.users.get_reports(700021)
    (problem,) = caught.value.problems
    assert problem.startswith("expected int, got 'x' (str) @ $.positive")


@pytest.mark.parametrize(("rate", "sent"), [(ReviewRate.BAD, "2"), (1, "1")])
def test_a_review_is_added(server, client, rate, sent):
    server.answer("users.setReport", {"id_report": "4001"})
    assert client.users.set_report(700021, REVIEW, rate=rate).report_id == 4001
    assert server.sent("users.setReport") == [("id_user", "700021"), ("text", REVIEW), ("rate", sent)]


def test_a_review_is_edited(server, client):
    server.answer("users.setReport", {"id_report": 4001})
    assert client.users.set_report(700021, REVIEW, report_id=4001).report_id == 4001
    assert server.sent("users.setReport") == [("id_user", "700021"), ("id_report", "4001"), ("text", REVIEW)]


@pytest.mark.parametrize("length", [50, 5000])
def test_reviews_of_all_allowed_lengths_are_sent(server, client, length):
    server.answer("users.setReport", {"id_report": "4001"})
    client.users.set_report(700021, "я" * length)
    assert dict(server.sent("users.setReport"))["text"] == "я" * length


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"text": "я" * 49}, {"text": ["must have 50 to 5000 characters, this has 49"]}),
        ({"text": "я" * 5001}, {"text": ["must have 50 to 5000 characters, this has 5001"]}),
        ({"text": REVIEW, "rate": 3}, {"rate": ["must be one of 1 (GOOD), 2 (BAD), not 3"]}),
        ({"text": REVIEW, "report_id": 0}, {"report_id": ["must be at least 1, not 0"]}),
    ],
)
def test_reviews_that_can_not_be_meant_are_refused(client, refusal, arguments, problems):
    assert refusal(lambda: client.users.set_report(700021, **arguments)) == problems


def test_a_lost_answer_does_not_add_a_second_review(server, client, lost):
    unknown = lost("users.setReport", lambda: client.users.set_report(700021, REVIEW))
    assert (unknown.effect, unknown.check) == ("ONCE", "users.get_reports")
    server.answer("users.getReports", {"positive": {"500001": [review(1)]}, "negative": []})
    assert unknown.ask() == Reviews(positive_by_author=[[made_review(1)]])
    assert server.last.body == [("id", "700021")]


def test_an_edit_of_a_review_may_be_repeated(client, repeated):
    saved = repeated(
        "users.setReport", {"id_report": "4001"}, lambda: client.users.set_report(700021, REVIEW, report_id=4001)
    )
    assert saved.report_id == 4001


@pytest.mark.parametrize(("code", "error"), [("is_timeout", EtxtTooSoonError), ("no_access", EtxtAccessError)])
def test_what_only_the_service_knows_is_its_own_error(server, client, code, error):
    server.answer("users.setReport", {"error": code})
    with pytest.raises(error) as caught:
        client.users.set_report(700021, REVIEW)
    assert caught.value.code == code
    assert len(server.requests) == 1
