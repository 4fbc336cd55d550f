# ruff: noqa: DTZ001 - naive times are Moscow times, which is what is shown
from __future__ import annotations

import copy
import logging
import pickle
from datetime import date, datetime, timezone

import pytest

from kwork_etxt_sdk import CallOptions, Effect, Limits
from kwork_etxt_sdk.errors import EffectNotAllowedError, OutcomeUnknown
from kwork_etxt_sdk.etxt.errors import (
    EtxtAccessError,
    EtxtDeadlineError,
    EtxtMaxLimitError,
    EtxtNotFoundError,
    EtxtRateLimitError,
)
from kwork_etxt_sdk.etxt.models.messages import (
    PrivateMessage,
    SentMessage,
    SystemMessage,
    UnreadCount,
    UnreadFrom,
)
from kwork_etxt_sdk.transport.clock import SECOND

UTC = timezone.utc


# --- get_list ---

NEWS = {"id": "77001", "date": "1893460000", "text": "<b>Заказ</b> [url=x]1000002[/url] сдан"}
MADE_NEWS = SystemMessage(
    message_id=77001,
    date=datetime(2030, 1, 1, 1, 6, 40, tzinfo=UTC),
    text="<b>Заказ</b> [url=x]1000002[/url] сдан",
)


def news(count):
    return [{"id": str(number), "date": "1893460000", "text": "x"} for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        (datetime(2026, 3, 1, 12, 30, tzinfo=UTC), "1772368200"),
        (datetime(2026, 3, 1, 15, 30), "1772368200"),
        (date(2026, 3, 1), "1772312400"),
    ],
)
def test_news_are_asked_for_since_a_date(server, client, since, sent):
    server.answer("messages.getList", [NEWS])
    client.messages.get_list(since=since)
    assert server.sent("messages.getList") == [("from", sent)]


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param([NEWS], [MADE_NEWS], id="list"),
        pytest.param({"77001": NEWS}, [MADE_NEWS], id="keyed"),
        pytest.param([{**NEWS, "id": 77001, "date": 1893460000}], [MADE_NEWS], id="numbers"),
        pytest.param([{"id": "5", "date": "0"}], [SystemMessage(message_id=5)], id="missing fields"),
        pytest.param([], [], id="empty"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_the_news_is_read(server, client, answer, made):
    server.answer("messages.getList", answer)
    assert client.messages.get_list() == made
    assert server.sent("messages.getList") == []


def test_news_that_may_be_cut_say_so(server, client, caplog):
    server.answer("messages.getList", news(100))
    with caplog.at_level(logging.WARNING, "kwork_etxt_sdk"):
        found = client.messages.get_list()
    assert found.may_be_cut
    assert len(found) == 100
    assert [record.getMessage() for record in caplog.records] == [
        "etxt messages.getList: 100 messages, the most it shows: there may be more"
    ]


def test_news_that_are_all_there_say_so_too(server, client, caplog):
    server.answer("messages.getList", news(99))
    with caplog.at_level(logging.WARNING, "kwork_etxt_sdk"):
        assert not client.messages.get_list().may_be_cut
    assert caplog.records == []


def test_news_that_could_not_be_read_count(server, client):
    server.answer("messages.getList", [*news(99), {"id": "one hundred"}])
    found = client.messages.get_list(options=CallOptions(bad_items="keep"))
    assert found.may_be_cut
    assert (len(found), [bad.raw for bad in found.bad_items]) == (99, [{"id": "one hundred"}])


def test_that_they_may_be_cut_stays_true_of_what_is_left_of_them(server, client):
    server.answer("messages.getList", news(100))
    found = client.messages.get_list()
    found.pop()
    assert found.may_be_cut
    assert copy.copy(found).may_be_cut
    assert pickle.loads(pickle.dumps(found)).may_be_cut


def test_a_date_as_text_is_refused(client, refusal):
    assert refusal(lambda: client.messages.get_list(since="01.03.2026")) == {
        "since": ["must be a datetime or date, not '01.03.2026'"]
    }


# --- set_read, set_delete ---

PUT_AWAY = [
    pytest.param("messages.setRead", lambda messages, ids: messages.set_read(ids), id="read"),
    pytest.param("messages.setDelete", lambda messages, ids: messages.set_delete(ids), id="delete"),
]


@pytest.mark.parametrize(("method", "call"), PUT_AWAY)
@pytest.mark.parametrize("answer", [{"ids": ["7", "9"]}, {"ids": [7, 9]}, {"ids": {"0": "7", "2": "9"}}])
def test_what_was_put_away_and_what_not_is_told(server, client, method, call, answer):
    server.answer(method, answer)
    done = call(client.messages, [7, 8, 9, 7])
    assert (done.ids, done.missing) == ([7, 9], [8])
    assert server.sent(method) == [("ids[]", "7"), ("ids[]", "8"), ("ids[]", "9")]


@pytest.mark.parametrize(("method", "call"), PUT_AWAY)
def test_a_single_message_is_put_away(server, client, method, call):
    server.answer(method, {"ids": ["7"]})
    assert call(client.messages, 7).missing == []
    assert server.sent(method) == [("ids[]", "7")]


@pytest.mark.parametrize(("method", "call"), PUT_AWAY)
def test_many_messages_are_put_away_by_the_hundred(server, client, method, call):
    for _ in range(2):
        server.answer(method, lambda request: {"ids": [value for _, value in request.body]})
    done = call(client.messages, range(1, 151))
    assert (done.ids, done.missing) == (list(range(1, 151)), [])
    assert [len(request.body) for request in server.requests] == [100, 50]


@pytest.mark.parametrize("put_away", ["set_read", "set_delete"])
@pytest.mark.parametrize(
    ("ids", "problem"),
    [
        ([], "must have 1 to 100 ids, this has 0"),
        (0, "must be a list of ids, and 0 is none"),
        ("7", "must be an id or a list of ids, not '7'"),
        ([7, True], "must be a list of ids, and True is none"),
    ],
)
def test_what_is_no_message_is_refused(client, refusal, put_away, ids, problem):
    assert refusal(lambda: getattr(client.messages, put_away)(ids)) == {"message_ids": [problem]}


@pytest.mark.parametrize(("method", "call"), PUT_AWAY)
def test_putting_away_may_be_repeated(client, repeated, method, call):
    assert repeated(method, {"ids": ["7"]}, lambda: call(client.messages, 7)).ids == [7]


@pytest.mark.parametrize(("method", "call"), PUT_AWAY)
def test_putting_away_nothing_that_is_there_is_not_found(server, client, method, call):
    server.answer(method, {"error": "no_object"})
    with pytest.raises(EtxtNotFoundError):
        call(client.messages, 7)


# --- read_private ---

LETTER = {
    "date": "1893460000",
    "text": "Добрый день!",
    "id_author": "700021",
    "id_user": "700021",
    "reads": "0",
}
MADE_LETTER = PrivateMessage(
    date=datetime(2030, 1, 1, 1, 6, 40, tzinfo=UTC),
    text="Добрый день!",
    author_id=700021,
    user_id=700021,
    reads=False,
)


def letters(first, last):
    return [{**LETTER, "date": str(1893460000 - number), "text": f"Письмо {number}"} for number in range(first, last)]


class Mailbox:
    """Answers like the service: unread letters that were shown are read from then on."""

    def __init__(self, rows):
        self.rows = list(rows)
        self.read = set()

    def __call__(self, request):
        body = dict(request.body)
        wanted = [row for row in self.rows if body.get("unread") != "1" or row["text"] not in self.read]
        start = int(body["from"])
        page = wanted[start : start + int(body["count"])]
        if body.get("unread") == "1":
            self.read |= {row["text"] for row in page}
        return page or {"error": "no_object"}


def serve(server, mailbox, calls=10):
    for _ in range(calls):
        server.answer("messages.readPrivate", mailbox)


def test_letters_are_filtered_by_the_service(server, client):
    server.answer("messages.readPrivate", [LETTER])
    client.messages.read_private(
        700021,
        unread=False,
        date_from=date(2026, 3, 1),
        date_to=date(2026, 3, 1),
        count=20,
        offset=5,
    ).to_list()
    assert server.sent("messages.readPrivate") == [
        ("id_user", "700021"),
        ("count", "20"),
        ("from", "5"),
        ("date_from", "1772312400"),
        ("date_to", "1772398799"),
        ("unread", "0"),
    ]


def test_unread_letters_are_asked_for_with_the_same_filters(server, client):
    server.answer("messages.readPrivate", [LETTER])
    client.messages.read_private(
        700021, unread=True, date_from=date(2026, 3, 1), date_to=date(2026, 3, 1), count=20, offset=5
    ).to_list()
    assert server.sent("messages.readPrivate") == [
        ("id_user", "700021"),
        ("count", "20"),
        ("from", "5"),
        ("date_from", "1772312400"),
        ("date_to", "1772398799"),
        ("unread", "1"),
    ]


@pytest.mark.parametrize("unread", [None, True])
@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param([LETTER], [MADE_LETTER], id="list"),
        pytest.param({"1": LETTER}, [MADE_LETTER], id="keyed"),
        pytest.param(
            [{**LETTER, "date": 1893460000, "id_author": 700021, "id_user": 700021, "reads": 0}],
            [MADE_LETTER],
            id="numbers",
        ),
        pytest.param([{"text": "Привет"}], [PrivateMessage(text="Привет")], id="missing fields"),
        pytest.param([], [], id="empty"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_the_letters_is_read(server, client, answer, made, unread):
    server.answer("messages.readPrivate", answer)
    assert client.messages.read_private(700021, unread=unread).to_list() == made


def test_all_letters_are_fetched(server, client):
    serve(server, Mailbox(letters(0, 250)))
    found = client.messages.read_private(700021)
    assert server.requests == []
    assert [letter.text for letter in found] == [f"Письмо {number}" for number in range(250)]


@pytest.mark.parametrize("unread", [None, True])
def test_letters_differ_if_anything_in_them_does(server, client, unread):
    other = [{**LETTER, "text": "Ау!"}, {**LETTER, "id_author": "500001"}, {**LETTER, "date": "1893460001"}]
    server.answer("messages.readPrivate", [LETTER, *other, LETTER])
    found = client.messages.read_private(700021, unread=unread)
    assert [(letter.text, letter.author_id, letter.date.second) for letter in found] == [
        ("Добрый день!", 700021, 40),
        ("Ау!", 700021, 40),
        ("Добрый день!", 500001, 40),
        ("Добрый день!", 700021, 41),
    ]


def test_no_unread_letter_is_marked_without_being_shown(server, client):
    mailbox = Mailbox(letters(0, 250))
    serve(server, mailbox)
    found = client.messages.read_private(700021, unread=True, count=100)
    shown = [letter.text for letter in found]
    assert shown == [f"Письмо {number}" for number in range(250)]
    assert mailbox.read == set(shown)
    assert [dict(request.body)["from"] for request in server.requests] == ["0", "0", "0"]


def test_unread_letters_that_fill_their_pages_end_with_an_empty_one(server, client):
    serve(server, Mailbox(letters(0, 20)))
    assert len(client.messages.read_private(700021, unread=True, count=10).to_list()) == 20
    assert len(server.requests) == 3


def test_a_service_that_marks_nothing_does_not_keep_us_for_ever(server, client):
    for _ in range(5):
        server.answer("messages.readPrivate", letters(0, 10))
    assert len(client.messages.read_private(700021, unread=True, count=10).to_list()) == 10
    assert len(server.requests) == 2


def test_only_the_pages_that_are_needed_mark_letters(server, client):
    mailbox = Mailbox(letters(0, 50))
    serve(server, mailbox)
    assert client.messages.read_private(700021, unread=True, count=10).limit(10).to_list()[-1].text == "Письмо 9"
    assert len(mailbox.read) == 10


def test_unread_letters_that_came_since_are_shown_when_iterating_again(server, client):
    mailbox = Mailbox(letters(0, 3))
    serve(server, mailbox)
    unread = client.messages.read_private(700021, unread=True)
    assert len(unread.to_list()) == 3
    mailbox.rows += letters(3, 4)
    assert [letter.text for letter in unread] == ["Письмо 3"]


def test_reading_is_repeated_and_reading_unread_ones_is_not(server, client, lost):
    unknown = lost("messages.readPrivate", client.messages.read_private(700021, unread=True).to_list)
    assert (unknown.effect, unknown.check) == ("ONCE", "messages.read_private")
    server.drop("messages.readPrivate")
    server.answer("messages.readPrivate", [LETTER])
    assert unknown.ask() == [MADE_LETTER]
    assert server.last.body == [("id_user", "700021"), ("count", "100"), ("from", "0")]
    assert len(server.requests) == 3


def test_a_client_that_only_reads_does_not_mark_as_read(server):
    client = server.client().with_options(allow=Effect.READ)
    server.answer("messages.readPrivate", [LETTER])
    with pytest.raises(EffectNotAllowedError):
        client.messages.read_private(700021, unread=True).to_list()
    assert server.requests == []
    assert client.messages.read_private(700021).to_list() == [MADE_LETTER]


@pytest.mark.parametrize("unread", [None, True])
@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"user_id": 0}, {"user_id": ["must be at least 1, not 0"]}),
        ({"user_id": 7, "count": 101}, {"count": ["must be 1 to 100, not 101"]}),
        ({"user_id": 7, "offset": -1}, {"offset": ["must be at least 0, not -1"]}),
        ({"user_id": 7, "date_to": "31.03.2026"}, {"date_to": ["must be a datetime or date, not '31.03.2026'"]}),
    ],
)
def test_letters_that_can_not_be_meant_are_refused_at_once(client, refusal, arguments, problems, unread):
    assert refusal(lambda: client.messages.read_private(**arguments, unread=unread)) == problems


def test_unread_must_be_a_flag(client, refusal):
    assert refusal(lambda: client.messages.read_private(7, unread=1)) == {"unread": ["must be True or False, not 1"]}


# --- get_count_unread ---


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        (
            {"count": "3", "users": [{"id_author": "700021", "count": "2"}, {"id_author": "700022", "count": "1"}]},
            UnreadCount(count=3, users=[UnreadFrom(author_id=700021, count=2), UnreadFrom(author_id=700022, count=1)]),
        ),
        (
            {"count": 2, "users": {"700021": {"id_author": 700021, "count": 2}}},
            UnreadCount(count=2, users=[UnreadFrom(author_id=700021, count=2)]),
        ),
        ({"count": "0", "users": []}, UnreadCount(count=0)),
        ({"count": 0}, UnreadCount(count=0)),
        ([{"count": 0, "users": {}}], UnreadCount(count=0)),
    ],
)
def test_unread_letters_are_counted(server, client, answer, made):
    server.answer("messages.getCountUnread", answer)
    assert client.messages.get_count_unread() == made
    assert server.sent("messages.getCountUnread") == []


# --- write_private ---

SENT = {"id_user": "700021", "text": "Здравствуйте", "time": 1893460100}


@pytest.mark.parametrize("answer", [SENT, [SENT], {**SENT, "id_user": 700021, "time": "1893460100"}])
def test_a_letter_is_written(server, client, answer):
    server.answer("messages.writePrivate", answer)
    assert client.messages.write_private(700021, "Здравствуйте & до встречи") == SentMessage(
        user_id=700021, text="Здравствуйте", time=datetime(2030, 1, 1, 1, 8, 20, tzinfo=UTC)
    )
    assert server.sent("messages.writePrivate") == [("id_user", "700021"), ("text", "Здравствуйте & до встречи")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "must have 1 to 10000 characters, this has 0"),
        ("я" * 10_001, "must have 1 to 10000 characters, this has 10001"),
        (None, "is required"),
    ],
)
def test_other_letters_are_refused(client, refusal, text, problem):
    assert refusal(lambda: client.messages.write_private(700021, text)) == {"text": [problem]}


def test_the_longest_letter_is_sent(server, client):
    server.answer("messages.writePrivate", SENT)
    client.messages.write_private(700021, "я" * 10_000)
    assert server.sent("messages.writePrivate")[1] == ("text", "я" * 10_000)


def test_letters_leave_a_minute_apart_and_nothing_else_waits_for_them(server):
    client = server.client(limits=Limits())
    server.answer("messages.writePrivate", SENT)
    server.answer("messages.getCountUnread", {"count": 0, "users": []})
    server.answer("messages.writePrivate", SENT)
    client.messages.write_private(700021, "Раз")
    client.messages.get_count_unread()
    assert server.clock.slept == 0
    client.messages.write_private(700021, "Два")
    assert 61 * SECOND <= server.clock.slept < 62 * SECOND


def test_a_letter_that_would_have_to_wait_too_long_is_not_sent(server):
    client = server.client(limits=Limits())
    server.answer("messages.writePrivate", SENT)
    client.messages.write_private(700021, "Раз")
    with pytest.raises(EtxtDeadlineError, match="nothing was sent"):
        client.messages.write_private(700021, "Два", options=CallOptions(deadline=30))
    assert len(server.requests) == 1


def test_a_lost_answer_does_not_write_a_second_letter(server, client, lost):
    unknown = lost("messages.writePrivate", lambda: client.messages.write_private(700021, "Здравствуйте"))
    assert (unknown.effect, unknown.check) == ("ONCE", "messages.read_private")
    server.answer("messages.readPrivate", [LETTER])
    assert unknown.ask() == [MADE_LETTER]
    assert server.last.body == [("id_user", "700021"), ("count", "100"), ("from", "0")]


def test_an_answer_that_names_nobody_says_nothing(server, client):
    server.answer("messages.writePrivate", {"text": "Здравствуйте"})
    with pytest.raises(OutcomeUnknown):
        client.messages.write_private(700021, "Здравствуйте")


@pytest.mark.parametrize(("code", "error"), [("no_access", EtxtAccessError), ("max_limit", EtxtMaxLimitError)])
def test_a_refusal_is_its_own_error_and_not_repeated(server, client, code, error):
    server.answer("messages.writePrivate", {"error": code})
    with pytest.raises(error):
        client.messages.write_private(700021, "Здравствуйте")
    assert len(server.requests) == 1


def test_a_part_of_which_nothing_is_left_does_not_hide_what_was_done_on_the_others(server, client):
    server.answer("messages.setRead", {"ids": [str(number) for number in range(1, 101)]})
    server.answer("messages.setRead", {"error": "no_object"})
    done = client.messages.set_read(range(1, 151))
    assert done.ids == list(range(1, 101))
    assert done.missing == list(range(101, 151))
    server.answer("messages.setRead", {"error": "no_object"})
    with pytest.raises(EtxtNotFoundError):
        client.messages.set_read([7])


def test_too_many_messages_says_when_the_next_may_go(server):
    server.answer("messages.writePrivate", "", status=429, headers={"Retry-After": "40"})
    client = server.client(limits=Limits()).with_options(retries=0)
    with pytest.raises(EtxtRateLimitError) as refused:
        client.messages.write_private(7, "Здравствуйте")
    assert refused.value.retry_after == 40
    assert refused.value.retry_in >= 40
