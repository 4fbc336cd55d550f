"""The app wire of Kwork: projects, wants, offers, orders."""

from __future__ import annotations

import pytest

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START
from tests.sandbox.kwork_callers import NONE, NUMBER, SHORT_PAGING, AppCaller, fits

PROJECT = {
    "id": int, "status": str, "user_id": int, "username": str, "profile_picture": str, "price": int,
    "possible_price_limit": int, "allow_higher_price": bool, "title": str, "description": str, "offers": int,
    "time_left": int, "date_confirm": int, "parent_category_id": int, "category_id": int, "category_base_price": int,
    "user_projects_count": int, "user_active_projects_count": int, "user_hired_percent": int,
    "achievements_list": [{"id": int, "name": str, "description": (str, NONE), "image_url": str}],
    "is_viewed": (bool, NONE), "already_work": (int, NONE), "user_need_portfolio": int,
    "user_need_portfolio_rubric_name": (str, NONE), "user_need_kwork": int, "has_offer": bool,
}  # fmt: skip
WANT = {
    "id": int, "title": str, "description": str, "status": str, "want_status_id": int, "date_create": int,
    "date_active": int, "date_expire": int, "date_reject": (int, NONE), "price_limit": int,
    "possible_price_limit": int, "allow_higher_price": bool, "views": int, "orders": int, "offers": int,
    "views_history": [{"date": int, "view_count": int}], "category_base_price": int,
}  # fmt: skip
OFFER = {
    "id": int, "status": str, "title": str, "comment": str, "price": int, "duration": int, "date_create": int,
    "is_actual": bool, "is_read": bool, "want_id": int, "order_id": NONE, "kwork_id": (int, NONE), "project": PROJECT,
}  # fmt: skip
CONNECTS = {"all_connects": int, "active_connects": int, "update_time": int}
ORDER = {
    "id": int, "kwork_id": int, "kwork_title": str, "display_title": str, "price": NUMBER, "has_stages": bool,
    "stages_price": NUMBER, "has_completed_stages": bool, "status": int, "statusVirtual": int, "progress": int,
    "payment_type": int, "time_added": int, "deadline": (int, NONE), "project": NONE, "unread_tracks": int,
    "in_work": bool, "is_cancel_request": bool, "photo": str, "order_note": str, "can\u0441el_reason": str,
}  # fmt: skip
PERSON = {"id": int, "username": str, "is_online": bool, "profilepicture": str}
BOUGHT = ORDER | {
    "worker": PERSON, "display_time": int, "can_add_review": bool, "can_repeat_order": bool, "missing_data": bool,
    "yescrowPaymentNotAvailable": bool,
}  # fmt: skip
SOLD = ORDER | {
    "payer": PERSON, "time_left": str, "duration": int, "time_is_lost": int, "can_add_portfolio": bool,
    "time_can\u0441el": int,
}  # fmt: skip


@pytest.fixture(scope="module")
def reader():
    with Sandbox(speed=0, start_time=START) as box:
        caller = AppCaller(box)
        caller.enter()
        yield caller
        caller.session.close()


@pytest.fixture
def app(box):
    caller = AppCaller(box)
    caller.enter()
    yield caller
    caller.session.close()


def everything(app, path, **params):
    first = app.body(path, **params)
    pages = -(-first["paging"]["total"] // first["paging"]["limit"])
    rows = [row for page in range(1, pages + 1) for row in app.body(path, page=page, **params)["response"]]
    assert len(rows) == first["paging"]["total"]
    return rows


# --- the feed ---------------------------------------------------------------------------------------------------------


def test_a_page_of_the_feed(reader):
    body = reader.body("projects", categories="all")
    assert set(body) == {"success", "response", "connects", "paging"}
    fits(body["response"], [PROJECT])
    fits(body["connects"], CONNECTS)
    assert body["paging"] == {"page": 1, "total": 90, "limit": 12, "pages": 8}
    assert [project["id"] for project in body["response"]] == list(range(9_000_090, 9_000_078, -1))
    assert all(0 < project["time_left"] <= 72 * 3_600 for project in body["response"])
    assert all("<br>" in project["description"] for project in body["response"])


def test_an_empty_page_has_no_response_at_all(reader):
    for params in ({"query": "самолёт"}, {"page": 99}):
        body = reader.body("projects", **params)
        assert set(body) == {"success", "connects", "paging"}
    assert reader.body("projects", query="самолёт")["paging"] == {"page": 1, "total": 0, "limit": 12, "pages": 0}


def test_categories_of_the_feed(reader):
    assert {project["category_id"] for project in everything(reader, "projects", categories="25")} == {25}
    both = everything(reader, "projects", categories="25, 45,none")
    assert {project["category_id"] for project in both} == {25, 451, 452}
    assert {project["parent_category_id"] for project in both} == {15, 11}
    for ignored in ({"category_id": 25}, {"categories": ""}, {"categories": "all"}):
        assert reader.body("projects", **ignored)["paging"]["total"] == 90
    assert reader.body("projects", categories="99")["paging"]["total"] == 0


@pytest.mark.parametrize(
    ("params", "holds"),
    [
        ({"price_from": 20_000}, lambda project: project["price"] >= 20_000),
        ({"price_to": 20_000}, lambda project: project["price"] <= 20_000),
        ({"hiring_from": 50}, lambda project: project["user_hired_percent"] >= 50),
        ({"kworks_filter_from": 5}, lambda project: project["offers"] > 5),
        ({"kworks_filter_to": 5}, lambda project: project["offers"] <= 5),
        ({"query": "БОТА С"}, lambda project: "бота с" in project["title"].casefold()),
    ],
)
def test_filters_of_the_feed(reader, params, holds):
    everybody = everything(reader, "projects")
    found = everything(reader, "projects", **params)
    assert found == [project for project in everybody if holds(project)]
    assert 0 < len(found) < len(everybody)


def test_a_project_lives(box, app):
    before = app("projects")[0]
    box.advance(hours=10)
    after = app("project", id=before["id"])
    assert after["time_left"] == before["time_left"] - 36_000
    assert after["offers"] >= before["offers"]
    assert after["date_confirm"] == before["date_confirm"]
    assert app("projects")[0]["id"] > before["id"]
    box.advance(hours=72)
    assert app.refused("project", id=before["id"]) == 101


def test_pages_shift_while_the_feed_moves(box, app):
    first = [project["id"] for project in app("projects")]
    box.advance(minutes=30)
    second = [project["id"] for project in app("projects", page=2)]
    assert set(first) & set(second), "what was on page 1 is met again"


def test_higher_prices_are_welcome_to_some(reader):
    for project in everything(reader, "projects"):
        times = 3 if project["allow_higher_price"] else 1
        assert project["possible_price_limit"] == project["price"] * times


# --- wants and offers -------------------------------------------------------------------------------------------------


def test_own_projects(reader):
    body = reader.body("myWants")
    fits(body["response"], [WANT])
    assert body["paging"] == {"page": 1, "total": 10, "limit": 10, "pages": 1}
    assert {want["want_status_id"] for want in body["response"]} == {1, 2, 3, 4}
    assert {want["status"] for want in reader("myWants", want_status_id="-1")} == {"archived"}
    assert {want["want_status_id"] for want in reader("myWants", want_status_id="2,4")} == {2, 4}
    assert [type(want["date_reject"]) for want in reader("myWants", want_status_id="4")] == [int]


def test_one_own_project_comes_in_a_list(reader):
    want = reader("myWants")[0]
    assert reader("want", id=want["id"]) == [want]
    assert reader.refused("want", id=1) == 101


def test_own_projects_by_status(reader):
    groups = reader("wantsStatusList")
    fits(groups, [{"id": int, "title": str, "tootlip": str, "order": int, "projects_count": int, "wants": [WANT]}])
    assert sum(group["projects_count"] for group in groups) == 10
    assert [group["order"] for group in groups] == [1, 2, 3, 4]


def test_own_projects_collect_offers_and_end_in_the_archive(box, app):
    before = {want["id"]: want for want in app("myWants", want_status_id="1")}
    archived = app.body("exchangeInfo")["archived_count"]
    box.advance(days=2)
    after = app("myWants", want_status_id="1")
    assert sum(want["offers"] for want in after) > sum(before[want["id"]]["offers"] for want in after)
    box.advance(days=27)
    assert app("myWants", want_status_id="1") == []
    assert app.body("exchangeInfo")["archived_count"] == archived + len(before)


def test_own_offers(reader):
    body = reader.body("offers")
    assert set(body) == {"success", "response", "connects", "paging"}
    assert body["paging"] == {"page": 1, "total": 15, "limit": 12, "pages": 2}
    rows = everything(reader, "offers")
    fits(rows, [OFFER])
    assert reader("offer", id=rows[3]["id"]) == rows[3]
    assert reader.refused("offer", id=1) == 101
    assert {(row["is_actual"], row["project"]["status"]) for row in rows} == {(True, "active"), (False, "archived")}
    assert {row["project"]["time_left"] for row in rows if not row["is_actual"]} == {0}
    open_ones = [row for row in rows if row["is_actual"]]
    assert body["connects"] == {"all_connects": 30, "active_connects": 25, "update_time": -1}
    shown = {project["id"]: project for project in everything(reader, "projects")}
    assert {id_project for id_project, project in shown.items() if project["has_offer"]} == {
        row["want_id"] for row in open_ones
    }


def test_comments_come_back_escaped_and_without_blank_lines(reader):
    comments = {row["comment"] for row in everything(reader, "offers")}
    assert any("&quot;под ключ&quot;:\nтри дня" in comment for comment in comments)


def test_counters_of_the_exchange_have_no_envelope(reader):
    assert reader.body("exchangeInfo") == {"archived_count": 3, "exchange_response_count": 15}


# --- orders -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "template"), [("payerOrders", BOUGHT), ("workerOrders", SOLD)])
def test_a_page_of_orders(reader, path, template):
    body = reader.body(path)
    assert set(body) == {"success", "response"}
    response = body["response"]
    assert set(response) == {"filter", "filter_counts", "orders", "paging"}
    fits(response["orders"], [template])
    fits(response["paging"], SHORT_PAGING)
    assert response["filter"] == "all"
    assert len(response["orders"]) == response["paging"]["limit"] == 10
    assert len(reader(path, page=2)["orders"]) == response["paging"]["total"] - 10 == 5


def test_counts_by_filter(reader):
    counts = reader("payerOrders")["filter_counts"]
    assert counts == {
        "active": 5, "cancelled": 1, "delivered": 2, "completed": 6, "unpaid": 1, "missing_data": 0, "all": 15,
    }  # fmt: skip
    counts = reader("workerOrders")["filter_counts"]
    assert counts == {
        "active": 5, "cancelled": 1, "delivered": 2, "completed": 6, "awaiting_receipt": 0, "all": "15",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "statuses"),
    [("active", {1, 2}), ("cancelled", {3}), ("delivered", {4}), ("completed", {5}), ("unpaid", {6}), ("moon", None)],
)
def test_filters_of_orders(reader, name, statuses):
    response = reader("payerOrders", filter=name)
    if statuses is None:
        assert response["filter"] == "all"
    else:
        assert response["filter"] == name
        assert {order["status"] for order in response["orders"]} == statuses


def test_a_filter_without_orders_is_an_empty_list(reader):
    response = reader("payerOrders", filter="missing_data")
    assert (response["orders"], response["paging"]["total"]) == ([], 0)


def test_what_orders_say_about_their_state(reader):
    bought = {
        order["status"]: order for order in reader("payerOrders")["orders"] + reader("payerOrders", page=2)["orders"]
    }
    sold = {
        order["status"]: order for order in reader("workerOrders")["orders"] + reader("workerOrders", page=2)["orders"]
    }
    reason, cancelled_at = "can\u0441el_reason", "time_can\u0441el"
    assert bought[3][reason]
    assert not bought[5][reason]
    assert sold[3][cancelled_at] > START - 86_400 * 90
    assert sold[5][cancelled_at] == 0
    assert (bought[5]["progress"], bought[5]["can_add_review"], bought[5]["can_repeat_order"]) == (100, True, True)
    assert (bought[6]["in_work"], bought[6]["deadline"], bought[6]["progress"]) == (False, None, 0)
    assert sold[2]["deadline"] == sold[2]["time_added"] + (sold[2]["deadline"] - sold[2]["time_added"])
    assert sold[1]["time_left"].endswith("ч.")
    assert sold[5]["time_left"] == ""
    assert (sold[5]["time_is_lost"], sold[1]["time_is_lost"]) == (1, 0)


def test_one_order(reader):
    order = reader("workerOrders")["orders"][0]
    assert reader("getOrderDetails", orderId=order["id"]) == order
    assert reader.refused("getOrderDetails", order_id=order["id"]) == 100
    assert reader.refused("getOrderDetails", orderId=3) == 101


def test_no_orders_at_all_is_a_refusal(box, app):
    with box.lock:
        box.market.orders.clear()
    assert app.refused("payerOrders") == 150
    assert app.refused("workerOrders") == 151
    assert box.calls[-1].refusal == "151"
    box.advance(days=2)
    assert app.refused("payerOrders") == 150, "nobody spends the account's money"
    assert app("workerOrders")["orders"], "somebody has ordered"


def statuses(app, side):
    rows = [app(f"{side}Orders", page=page)["orders"] for page in range(1, 14)]
    return {order["id"]: order["status"] for page in rows for order in page}


def test_orders_live(box, app):
    before = statuses(app, "payer")
    seen = {}
    for _ in range(60):
        box.advance(hours=6)
        for page in (1, 2):
            for order in app("payerOrders", page=page)["orders"]:
                seen.setdefault(order["id"], []).append((order["status"], order["in_work"]))
    paths = {tuple(dict.fromkeys(path)) for path in seen.values()}
    assert ((1, False), (1, True), (4, True), (5, True)) in paths, "taken, delivered, accepted"
    assert ((4, True), (5, True)) in paths
    after = statuses(app, "payer")
    assert set(before) == set(after)
    assert sum(status == 5 for status in after.values()) > sum(status == 5 for status in before.values())


def test_buyers_keep_ordering_and_pay(box, app):
    money = app("actor")["free_amount"]
    before = statuses(app, "worker")
    box.advance(days=28)
    after = statuses(app, "worker")
    assert len(after) > len(before) + 10
    assert app("actor")["free_amount"] > money
    assert 3 in {status for id_order, status in after.items() if id_order not in before}, (
        "some are not taken up in time"
    )


def test_a_late_order_says_so(box, app):
    late, soon = set(), set()
    for _ in range(300):
        box.advance(hours=1)
        for order in app("workerOrders", filter="active")["orders"]:
            if order["time_is_lost"] == -2:
                assert order["time_left"] == ""
                assert order["progress"] == 90
                late.add(order["id"])
            elif not order["in_work"] and order["time_is_lost"] == 1:
                soon.add(order["id"])
    assert late
    assert soon


def test_old_orders_make_room(box, app):
    box.advance(days=160)
    app.enter()
    assert len(box.market.orders) == 120
    assert 110 < int(app("workerOrders")["filter_counts"]["all"]) + app("payerOrders")["filter_counts"]["all"] <= 120


def test_without_kworks_nobody_orders(box, app):
    with box.lock:
        box.market.own_kworks.clear()
        box.market.orders.clear()
        box.market.wants.clear()
    box.advance(days=29)
    assert app.refused("workerOrders") == 151
    assert app("myWants") == []
