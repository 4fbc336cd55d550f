"""All methods of the documented wire, held against the documented models."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START, KworkCaller

FACTS = json.loads((Path(__file__).parents[1] / "contract" / "kwork_facts.json").read_text(encoding="utf-8"))
SCALARS = {"int": int, "float": (int, float), "str": str, "bool": bool}
FIRST_KWORK, SELLER = 7_000_001, 1_003


@pytest.fixture(scope="module")
def reader():
    with Sandbox(speed=0, start_time=START) as box:
        caller = KworkCaller(box)
        caller.enter()
        yield caller
        caller.session.close()


@pytest.fixture
def inside(kwork):
    kwork.enter()
    return kwork


def fields_of(model):
    base = FACTS["models"][model]["base"]
    return (fields_of(base) if base else {}) | FACTS["models"][model]["fields"]


def check(value, kind, where="$"):
    """Holds a JSON value against a documented type."""
    optional = re.fullmatch(r"Optional\[(.+)\]", kind)
    if optional:
        return value is None or check(value, optional[1], where)
    many = re.fullmatch(r"list\[(.+)\]", kind)
    if many:
        assert isinstance(value, list), where
        return [check(item, many[1], f"{where}[{place}]") for place, item in enumerate(value)]
    if kind.startswith("dict"):
        assert isinstance(value, dict), where
    elif kind == "datetime":
        assert datetime.fromisoformat(value).utcoffset() is not None, where
    elif kind in SCALARS:
        assert isinstance(value, SCALARS[kind]), (where, kind, value)
        assert kind == "bool" or not isinstance(value, bool), (where, kind, value)
    else:
        assert set(value) == set(fields_of(kind)), where
        for name, inner in fields_of(kind).items():
            check(value[name], inner, f"{where}.{name}")
    return True


ARGUMENTS = {
    "catalog.get_details": {"kwork_id": FIRST_KWORK},
    "catalog.get_details_extra": {"kwork_id": FIRST_KWORK},
    "catalog.get_list": {"page": 1, "category_id": None, "sort": "recommend"},
    "projects.get_list": {"page": 1, "category_id": None},
    "user.get_reviews": {"user_id": SELLER, "page": 1},
    "other.is_dialog_allow": {"user_id": SELLER},
    "other.update_settings": {"email_notifications": False, "language": "ru"},
    "other.validate_text": {"text": "Сделаю сайт, звоните +7 999 000-00-00"},
}


def test_there_are_34_methods():
    assert len(FACTS["methods"]) == 34


@pytest.mark.parametrize("name", sorted(FACTS["methods"]))
def test_every_method_answers_in_its_documented_shape(reader, name):
    method = FACTS["methods"][name]
    answer = reader(method["path"].removeprefix("/"), **ARGUMENTS.get(name, {}))
    value = answer if method["unwrap"] is None else answer[method["unwrap"]]
    assert value not in ([], {}), "an empty answer shows nothing"
    check(value, method["returns"])


def test_the_checker_can_fail():
    with pytest.raises(AssertionError):
        check({"id": 1, "name": "x", "offset": 3}, "TimeZone")
    with pytest.raises(AssertionError):
        check([True], "list[int]")


def test_details_add_to_what_the_list_says(reader):
    row = reader("catalogMainv2", page=7)["kworks"][3]
    details = reader("getKworkDetails", kwork_id=row["id"])
    assert details | row == details
    assert details["delivery_time"] >= 1
    assert reader("getKworkDetails", kwork_id=row["id"]) == details


def test_what_surrounds_a_kwork(reader):
    row = reader("catalogMainv2", page=1)["kworks"][0]
    extra = reader("getKworkDetailsExtra", kwork_id=row["id"])
    assert [package["name"] for package in extra["packages"]] == ["Эконом", "Стандарт", "Бизнес"]
    assert extra["images"] == row["images"]
    assert len(extra["last_reviews"]) == 3
    assert {other["category_id"] for other in extra["similar_kworks"]} == {row["category_id"]}


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("getKworkDetails", {}, 400, "REQUIRED"),
        ("getKworkDetails", {"kwork_id": "7000001"}, 400, "INVALID"),
        ("getKworkDetails", {"kwork_id": 1}, 404, "NOT_FOUND"),
        ("getKworkDetailsExtra", {"kwork_id": 1}, 404, "NOT_FOUND"),
        ("userReviews", {"user_id": 1}, 404, "NOT_FOUND"),
        ("isDialogAllow", {"user_id": 1}, 404, "NOT_FOUND"),
        ("isDialogAllow", {"user_id": True}, 400, "INVALID"),
        ("updateSettings", {}, 400, "REQUIRED"),
        ("api/validation/checktext", {"text": ""}, 400, "REQUIRED"),
        ("api/validation/checktext", {"text": 5}, 400, "INVALID"),
    ],
)
def test_refusals(reader, path, params, status, code):
    answer = reader.send(path, params)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    check(answer.json(), "APIErrorResponse")


def test_who_looks_at_a_kwork_finds_it_among_those_looked_at(box, inside):
    before = [kwork["id"] for kwork in inside("viewedCatalogKworks")["kworks"]]
    seen = before[4]
    inside("getKworkDetails", kwork_id=FIRST_KWORK)
    inside("getKworkDetails", kwork_id=seen)
    after = [kwork["id"] for kwork in inside("viewedCatalogKworks")["kworks"]]
    assert after == [seen, FIRST_KWORK, *(one for one in before if one != seen)]
    for number in range(70):
        inside("getKworkDetails", kwork_id=FIRST_KWORK + 100 + number)
    assert len(box.market.viewed) == 60


def test_own_kworks_belong_to_the_account(box, inside):
    (first, *_) = box.market.own_kworks
    assert inside("getKworkDetails", kwork_id=first)["seller"]["username"] == box.kwork_login


def test_reviews_have_pages_and_an_average(reader):
    member = max(reader.box.market.sellers, key=lambda one: one.reviews_count)
    first = reader("userReviews", user_id=member.id, page=1)
    assert first["pagination"]["total_items"] == member.reviews_count > 20
    assert len(first["reviews"]) == first["pagination"]["items_per_page"] == 20
    stars, page, more = [], 1, True
    while more:
        answer = reader("userReviews", user_id=member.id, page=page)
        stars += [review["rating"] for review in answer["reviews"]]
        more, page = answer["pagination"]["has_next"], page + 1
    assert first["average_rating"] == round(sum(stars) / len(stars), 2)
    assert any(rating <= 2 for rating in stars) == (member.bad_reviews > 0)


def test_without_a_user_they_are_ones_own(reader):
    own = reader("userReviews", user_id=None, page=1)
    assert own == reader("userReviews", user_id=2001, page=1)
    assert own["pagination"]["total_items"] == reader("user")["reviews_count"]


def test_somebody_without_reviews_has_no_average(reader):
    nobody = next(member for member in reader.box.market.sellers if not member.reviews_count)
    answer = reader("userReviews", user_id=nobody.id)
    assert (answer["reviews"], answer["average_rating"]) == ([], None)


def test_buyers_are_reviewed_too(reader):
    buyer = next(member for member in reader.box.market.buyers if member.reviews_count)
    check(reader("userReviews", user_id=buyer.id), "ReviewsResponse")


def test_orders_stand_for_every_documented_status(reader):
    for side in ("payer", "worker"):
        orders = reader(f"{side}Orders")["orders"]
        assert {order["status"] for order in orders} == {"open", "in_progress", "completed", "cancelled"}
        assert all((order["customer"]["id"] == 2001) == (side == "payer") for order in orders)
        assert [order["id"] for order in orders] == sorted((order["id"] for order in orders), reverse=True)


def test_settings_are_kept(box, inside):
    assert inside("user")["settings"] == {"email_notifications": True, "language": "ru"}
    answer = inside("updateSettings", language="en", fullname="Глеб Тихий", timezoneId=33, cityId="x")
    check(answer, "DataResponse")
    info = inside("user")
    assert info["fullname"] == "Глеб Тихий"
    assert info["settings"]["language"] == "en"
    assert (box.market.actor.timezone_id, box.market.actor.city_id) == (33, 3)
    assert box.executed["updateSettings"] == 1


def test_going_offline_shows(inside):
    assert inside("user")["is_online"] is True
    assert inside("offline") == {"success": True}
    assert inside("user")["is_online"] is False
    inside.enter()
    assert inside("user")["is_online"] is True


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Сделаю сайт за три дня, правки входят в цену.", []),
        ("Пишите на почта@пример.рф или a.b@example.com", ["CONTACTS", "CONTACTS"]),
        ("Ищите t.me/somebody, отвечаю быстро", ["CONTACTS"]),
        ("Зделаю сайт, вообщем быстро", ["SPELLING", "SPELLING"]),
        ("СРОЧНО СДЕЛАЮ САЙТ", ["CAPS"]),
        ("Сайт", ["LENGTH"]),
    ],
)
def test_texts_are_checked(reader, text, codes):
    answer = reader("api/validation/checktext", text=text, context="message")
    assert [issue["code"] for issue in answer["issues"]] == codes
    assert answer["is_valid"] == ("CONTACTS" not in codes)
    assert (answer["score"] == 100) == (not codes)
    for issue in answer["issues"]:
        if issue["code"] == "SPELLING":
            assert text[issue["position"] :].casefold().startswith(("зделаю", "вообщем"))
            assert issue["suggestion"] in ("сделаю", "в общем")


def test_who_refuses_letters_is_told_apart(reader):
    market = reader.box.market
    for refuses in (True, False):
        member = next(one for one in market.sellers if one.refuses_letters is refuses and one.id not in market.dialogs)
        assert reader("isDialogAllow", user_id=member.id) == {"allowed": not refuses}
    blocked = reader("blockedDialogList")["dialogs"][0]
    assert reader("isDialogAllow", user_id=blocked["id"]) == {"allowed": False}
    assert blocked["id"] not in [dialog["id"] for dialog in reader("dialogs")["dialogs"]]


def test_notifications_are_counted(box, inside):
    everything = inside("notifications")
    unread = inside("notificationsFetch")
    assert unread["unread_count"] == everything["unread_count"] == len(unread["notifications"])
    assert [one["id"] for one in everything["notifications"] if not one["is_read"]] == [
        one["id"] for one in unread["notifications"]
    ]
    assert len(everything["notifications"]) > len(unread["notifications"])


def test_a_new_account_has_nothing(box, inside):
    with box.lock:
        box.market.empty_account()
    box.advance(days=20)
    for name, method in FACTS["methods"].items():
        if method["unwrap"] in ("orders", "kworks", "dialogs", "categories"):
            assert inside(method["path"][1:])[method["unwrap"]] == [], name
    assert inside("notifications") == {"notifications": [], "unread_count": 0}
    assert inside("myWants") == {"wants": []}
    assert inside("offers") == {"offers": []}
    assert {row["count"] for row in inside("kworksStatusList")["statuses"]} == {0}
    reviews = inside("userReviews", user_id=None)
    assert (reviews["reviews"], reviews["average_rating"]) == ([], None)
    assert inside("projects")["projects"], "others go on"


def test_the_same_seed_gives_the_same_world():
    answers = []
    for seed in (5, 5, 6):
        with Sandbox(speed=0, start_time=START, seed=seed, port=0) as box:
            caller = KworkCaller(box)
            caller.enter()
            box.advance(days=3)
            methods = ("dialogs", "payerOrders", "workerOrders", "projects", "myWants", "notifications", "offers")
            answers.append(json.dumps([caller(method) for method in methods]).replace(box.url, ""))
            caller.session.close()
    assert answers[0] == answers[1] != answers[2]
