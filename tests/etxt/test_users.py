# ruff: noqa: DTZ001 - naive times are Moscow times, which is what is shown
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.errors import UnexpectedResponseError
from kwork_etxt_sdk.etxt.errors import EtxtNotFoundError
from kwork_etxt_sdk.etxt.models.tasks import TaskType
from kwork_etxt_sdk.etxt.models.users import StatementRow, User, UserNote, Work
from kwork_etxt_sdk.etxt.users import Until
from kwork_etxt_sdk.params import Moment, Problem
from tests.support.etxt_server import part_of

UTC = timezone.utc

AUTHOR = {
    "id_user": "700021",
    "login": "demo_author",
    "fio": "Иванова Демо",
    "description": "Пишу о быте",
    "country": "Россия",
    "city": "Тверь",
    "online": "1",
    "regdate": "1500000000",
    "rate": "4210",
}
MADE_AUTHOR = User(
    user_id=700021,
    login="demo_author",
    fio="Иванова Демо",
    description="Пишу о быте",
    country="Россия",
    city="Тверь",
    online=True,
    regdate=datetime(2017, 7, 14, 2, 40, tzinfo=UTC),
    rate=4210,
)
AS_NUMBERS = {**AUTHOR, "id_user": 700021, "online": 1, "regdate": 1_500_000_000, "rate": 4210}


# --- get_list ---


def test_authors_are_filtered_by_the_service(server, client):
    server.answer("users.getList", [AUTHOR])
    client.users.get_list(rate_from=-100, rate_out=5000, online=False, count=20, offset=40).to_list()
    assert server.sent("users.getList") == [
        ("count", "20"),
        ("from", "40"),
        ("rate_from", "-100"),
        ("rate_out", "5000"),
        ("online", "0"),
    ]


def test_authors_come_a_hundred_at_a_time_unless_told_otherwise(server, client):
    server.answer("users.getList", [AUTHOR])
    assert client.users.get_list().to_list() == [MADE_AUTHOR]
    assert server.sent("users.getList") == [("count", "100"), ("from", "0")]


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param([AUTHOR], [MADE_AUTHOR], id="list"),
        pytest.param({"700021": AUTHOR}, [MADE_AUTHOR], id="keyed"),
        pytest.param([AS_NUMBERS], [MADE_AUTHOR], id="numbers"),
        pytest.param([{"id_user": "5", "regdate": "0"}], [User(user_id=5)], id="missing fields"),
        pytest.param([], [], id="empty"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_the_list_is_read(server, client, answer, made):
    server.answer("users.getList", answer)
    assert client.users.get_list().to_list() == made


def test_all_pages_are_fetched_and_nobody_comes_twice(server, client):
    rows = [{"id_user": str(number)} for number in range(1, 231)]
    for _ in range(10):
        server.answer("users.getList", part_of(rows))
    found = client.users.get_list()
    assert server.requests == []
    assert [user.user_id for user in found] == list(range(1, 231))
    assert [dict(request.body)["from"] for request in server.requests] == ["0", "99", "198"]


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"count": 101}, {"count": ["must be 1 to 100, not 101"]}),
        ({"count": 0, "offset": -1}, {"count": ["must be 1 to 100, not 0"], "offset": ["must be at least 0, not -1"]}),
        ({"online": 1}, {"online": ["must be True or False, not 1"]}),
        ({"rate_from": 4.5}, {"rate_from": ["must be a whole number, not 4.5"]}),
    ],
)
def test_lists_that_can_not_be_meant_are_refused_at_once(client, refusal, arguments, problems):
    assert refusal(lambda: client.users.get_list(**arguments)) == problems


# --- get_user ---


DETAILS = {
    **AUTHOR,
    "photo": "",
    "group": "Исполнители",
    "works": {"1": {"id_type": "1", "minprice": "40"}},
    "categories": ["1790", "object", "1791"],
    "langs": [],
    "portfolio": "7",
    "reports": "3",
    "reports_n": "0",
}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(DETAILS, id="plain"),
        pytest.param([DETAILS], id="list of one"),
        pytest.param({"700021": DETAILS}, id="object of one"),
        pytest.param({**DETAILS, **AS_NUMBERS, "portfolio": 7, "reports": 3, "reports_n": 0}, id="numbers"),
    ],
)
def test_a_user_is_found_in_every_wrapping(server, client, answer):
    server.answer("users.getUser", answer)
    user = client.users.get_user(700021)
    assert server.sent("users.getUser") == [("id", "700021")]
    assert user.to_dict() == {
        **MADE_AUTHOR.to_dict(),
        "photo": "",
        "group": "Исполнители",
        "works": {"1": {"id_type": "1", "minprice": "40"}},
        "categories": ["1790", "object", "1791"],
        "langs": [],
        "portfolio": 7,
        "reports": 3,
        "reports_n": 0,
    }


@pytest.mark.parametrize(
    "junk",
    [
        {"0": "object", "1790": "Дом"},
        {"1": {"id_category": "1790"}, "2": "object"},
        ["object"],
        "",
        None,
        "1790,1791",
        [1790, None, {"name": "Дом"}],
    ],
)
def test_whatever_stands_among_the_categories_the_user_is_read(server, client, junk):
    server.answer("users.getUser", {"700021": {**DETAILS, "categories": junk, "works": junk, "langs": junk}})
    user = client.users.get_user(700021)
    assert (user.rate, user.categories, user.works, user.langs) == (4210, junk, junk, junk)


def test_what_only_authors_have_is_none_for_customers(server, client):
    server.answer("users.getUser", {**AUTHOR, "photo": "/i/1.png", "group": "Заказчики", "reports": "3"})
    user = client.users.get_user(700021)
    assert (user.works, user.categories, user.langs, user.portfolio, user.reports_n) == (None,) * 5
    assert (user.photo, user.group, user.reports) == ("/i/1.png", "Заказчики", 3)


def test_a_user_is_found_by_login(server, client):
    server.answer("users.getUser", DETAILS)
    assert client.users.get_user(login="демо & co").user_id == 700021
    assert server.sent("users.getUser") == [("login", "демо & co")]


def test_the_id_goes_before_the_login(server, client):
    server.answer("users.getUser", DETAILS)
    client.users.get_user(700021, login="other")
    assert server.sent("users.getUser") == [("id", "700021")]


def test_id_or_login_is_required(client, refusal):
    assert refusal(client.users.get_user) == {"user_id": ["is required, or login"]}
    assert refusal(lambda: client.users.get_user(login="")) == {
        "login": ["must have at least 1 characters, this has 0"]
    }


def test_an_unknown_user_is_not_found(server, client):
    server.answer("users.getUser", {"error": "no_object"})
    with pytest.raises(EtxtNotFoundError) as caught:
        client.users.get_user(5)
    assert caught.value.code == "no_object"


def test_two_users_are_not_one(server, client):
    server.answer("users.getUser", [DETAILS, DETAILS])
    with pytest.raises(UnexpectedResponseError, match="expected one object, got 2"):
        client.users.get_user(700021)


# --- notes ---


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        (
            {"id_user": "700021", "text": "Быстро отвечает", "date": "1893000000"},
            UserNote(user_id=700021, text="Быстро отвечает", date=datetime(2029, 12, 26, 17, 20, tzinfo=UTC)),
        ),
        ([{"id_user": 700021, "text": "", "date": 0}], UserNote(user_id=700021, text="", date=None)),
        ({"id_user": "700021"}, UserNote(user_id=700021)),
    ],
)
def test_a_note_is_read(server, client, answer, made):
    server.answer("users.getNote", answer)
    assert client.users.get_note(700021) == made
    assert server.sent("users.getNote") == [("id", "700021")]


@pytest.mark.parametrize(("status", "saved"), [(1, True), ("1", True), (True, True), ("0", False)])
def test_a_note_is_saved(server, client, status, saved):
    server.answer("users.setNote", {"status": status})
    assert client.users.set_note(700021, "Быстро отвечает").status is saved
    assert server.sent("users.setNote") == [("id", "700021"), ("text", "Быстро отвечает")]


@pytest.mark.parametrize("text", ["", "я" * 1000])
def test_notes_of_all_allowed_lengths_are_sent(server, client, text):
    server.answer("users.setNote", {"status": 1})
    client.users.set_note(700021, text)
    assert server.sent("users.setNote") == [("id", "700021"), ("text", text)]


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ((0, "я"), {"user_id": ["must be at least 1, not 0"]}),
        ((5, "я" * 1001), {"text": ["must have at most 1000 characters, this has 1001"]}),
        ((None, None), {"user_id": ["is required"], "text": ["is required"]}),
    ],
)
def test_notes_that_can_not_be_meant_are_refused(client, refusal, arguments, problems):
    assert refusal(lambda: client.users.set_note(*arguments)) == problems


def test_saving_a_note_may_be_repeated(client, repeated):
    assert repeated("users.setNote", {"status": 1}, lambda: client.users.set_note(700021, "я")).status is True


# --- get_stats ---

BOOKING = {
    "id": "800001",
    "date": "1893450000",
    "count": "-157.50",
    "balance": "1523.75",
    "operation": "Оплата заказа 1000002",
    "id_user_to": "700021",
    "comission": "7.50",
    "id_folder": "0",
}
MADE_BOOKING = StatementRow(
    row_id=800001,
    date=datetime(2029, 12, 31, 22, 20, tzinfo=UTC),
    amount=Decimal("-157.50"),
    balance=Decimal("1523.75"),
    operation="Оплата заказа 1000002",
    user_to_id=700021,
    commission=Decimal("7.50"),
    folder_id=0,
)


def test_a_statement_is_filtered_by_the_service(server, client):
    server.answer("users.getStats", [BOOKING])
    rows = client.users.get_stats(
        date_from=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        date_to=datetime(2026, 3, 14, 23, 0),
        login="demo",
        promo=False,
        folder_id=31,
        sub=True,
        count=50,
        offset=10,
    )
    assert rows.to_list() == [MADE_BOOKING]
    assert server.sent("users.getStats") == [
        ("count", "50"),
        ("from", "10"),
        ("date_from", "1772368200"),
        ("date_to", "1773518400"),
        ("login", "demo"),
        ("promo", "0"),
        ("id_folder", "31"),
        ("sub", "1"),
    ]


def test_a_day_at_the_end_of_a_statement_belongs_to_it(server, client):
    server.answer("users.getStats", [])
    client.users.get_stats(date_from=date(2026, 3, 1), date_to=date(2026, 3, 31)).to_list()
    since, until = (int(value) for name, value in server.sent("users.getStats") if name.startswith("date_"))
    assert datetime.fromtimestamp(since, UTC).isoformat() == "2026-02-28T21:00:00+00:00"
    assert datetime.fromtimestamp(until, UTC).isoformat() == "2026-03-31T20:59:59+00:00"


@given(st.dates(date(1971, 1, 1), date(2999, 12, 30)))
def test_the_end_of_a_day_is_the_second_before_the_next_one(day):
    assert int(Until("x").text(day)) == int(Moment("x").text(day + timedelta(days=1))) - 1


@given(st.datetimes(datetime(1971, 1, 1), datetime(2999, 12, 30), timezones=st.sampled_from([None, UTC])))
def test_a_point_in_time_is_its_own_end(moment):
    assert Until("x").text(moment) == Moment("x").text(moment)


@pytest.mark.parametrize("value", ["2026-03-31", 1_772_368_200, True])
def test_other_ends_are_refused(value):
    with pytest.raises(Problem, match="must be a datetime or date"):
        Until("x").text(value)


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param({"800001": BOOKING}, [MADE_BOOKING], id="keyed"),
        pytest.param(
            [{**BOOKING, "id": 800001, "date": 1893450000, "count": -157.5, "balance": 1523.75, "comission": 7.5}],
            [MADE_BOOKING],
            id="numbers",
        ),
        pytest.param(
            [{"count": "5", "operation": "Бонус"}], [StatementRow(amount=Decimal(5), operation="Бонус")], id="few"
        ),
        pytest.param(
            [{"id": "1", "commission": "2"}], [StatementRow(row_id=1, commission=Decimal(2))], id="spelt well"
        ),
        pytest.param([], [], id="empty"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_a_statement_is_read(server, client, answer, made):
    server.answer("users.getStats", answer)
    assert client.users.get_stats().to_list() == made


def test_a_row_that_came_on_two_pages_comes_once_with_and_without_ids(server, client):
    rows = [{"id": str(number), "count": "1.10"} for number in range(1, 4)]
    rows += [{"date": str(1893450000 + number), "count": "1.10"} for number in range(3)]
    for _ in range(10):
        server.answer("users.getStats", part_of(rows))
    found = client.users.get_stats(count=2).to_list()
    assert len(found) == 6
    assert sum(row.amount for row in found) == Decimal("6.60")


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"login": "я" * 16}, {"login": ["must have 1 to 15 characters, this has 16"]}),
        ({"date_from": "01.03.2026"}, {"date_from": ["must be a datetime or date, not '01.03.2026'"]}),
        ({"date_to": 1}, {"date_to": ["must be a datetime or date, not 1"]}),
        ({"promo": "1"}, {"promo": ["must be True or False, not '1'"]}),
        (
            {"folder_id": -1, "sub": 0},
            {"folder_id": ["must be at least 0, not -1"], "sub": ["must be True or False, not 0"]},
        ),
    ],
)
def test_statements_that_can_not_be_meant_are_refused_at_once(client, refusal, arguments, problems):
    assert refusal(lambda: client.users.get_stats(**arguments)) == problems


# --- get_works ---


WORKS = {"1": {"id_type": "1", "minprice": "40.50"}, "4": {"id_type": "4", "minprice": "0"}}
MADE_WORKS = [
    Work(id_type=TaskType.COPYWRITING, minprice=Decimal("40.50")),
    Work(id_type=TaskType.SEO_COPYWRITING, minprice=Decimal(0)),
]


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param({"works": WORKS}, MADE_WORKS, id="wrapped"),
        pytest.param(WORKS, MADE_WORKS, id="keyed"),
        pytest.param({"works": list(WORKS.values())}, MADE_WORKS, id="wrapped list"),
        pytest.param(
            [{"id_type": 1, "minprice": 40.5}, {"id_type": 4, "minprice": 0}], MADE_WORKS, id="list of numbers"
        ),
        pytest.param({"works": []}, [], id="wrapped nothing"),
        pytest.param([], [], id="nothing"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_the_kinds_of_work_is_read(server, client, answer, made):
    server.answer("users.getWorks", answer)
    assert client.users.get_works(700021) == made
    assert server.sent("users.getWorks") == [("id", "700021")]


def test_a_new_kind_of_work_passes(server, client):
    server.answer("users.getWorks", {"works": {"9": {"id_type": "9", "minprice": "10"}}})
    (work,) = client.users.get_works(700021)
    assert work.id_type == 9
    assert not work.id_type.is_known


# --- get_balance ---


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("1893460000", datetime(2030, 1, 1, 1, 6, 40, tzinfo=UTC)),
        (1893460000, datetime(2030, 1, 1, 1, 6, 40, tzinfo=UTC)),
        ("2030-01-01 04:06:40", datetime(2030, 1, 1, 1, 6, 40, tzinfo=UTC)),
        ("01.01.2030 04:06", datetime(2030, 1, 1, 1, 6, tzinfo=UTC)),
        ("1 января", None),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_the_balance_is_read_whatever_the_form_of_its_date(server, client, sent, moment):
    server.answer("users.getBalance", {"id": "500001", "balance": "1523.75", "date": sent})
    balance = client.users.get_balance()
    assert (balance.user_id, balance.balance) == (500001, Decimal("1523.75"))
    assert (balance.date, balance.date_raw) == (moment, sent)
    assert server.sent("users.getBalance") == []


@pytest.mark.parametrize("balance", [1523.75, "1523.75"])
def test_money_is_exact(server, client, balance):
    server.answer("users.getBalance", [{"id": 500001, "balance": balance}])
    assert client.users.get_balance().balance == Decimal("1523.75")


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("users.getNote", lambda users: users.get_note(5)),
        ("users.getUser", lambda users: users.get_user(5)),
        ("users.getReports", lambda users: users.get_reports(5)),
        ("users.getUserBW", lambda users: users.get_user_bw(5)),
        ("users.getBalance", lambda users: users.get_balance()),
    ],
)
def test_an_answer_without_the_object_is_no_object(server, client, method, call):
    server.answer(method, [])
    with pytest.raises(UnexpectedResponseError, match="expected one object, got 0"):
        call(client.users)


@pytest.mark.parametrize(
    "call",
    [
        lambda users: users.get_note(0),
        lambda users: users.get_user(0),
        lambda users: users.get_works(0),
        lambda users: users.get_reports(0),
        lambda users: users.get_user_bw(0),
        lambda users: users.set_user_bw(0, "delete"),
        lambda users: users.set_report(0, "я" * 50),
    ],
)
def test_a_user_must_be_an_id(client, refusal, call):
    assert refusal(lambda: call(client.users)) == {"user_id": ["must be at least 1, not 0"]}
