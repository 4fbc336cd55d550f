"""The app wire of Kwork: dialogs, messages, notifications, and people who write back."""

from __future__ import annotations

import re

import pytest

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START, KworkCaller
from tests.sandbox.kwork_callers import NONE, PAGING, SHORT_PAGING, AppCaller, fits

DIALOG = {
    "unread": bool, "unread_count": int, "last_message": str, "time": int, "user_id": int, "username": str,
    "profilepicture": str, "is_online": bool, "lastOnlineTime": int, "link": str, "status": str,
    "blocked_by_user": bool, "allowedDialog": bool, "has_active_order": bool, "archived": bool, "isStarred": bool,
    "warning_message_id": int, "countup": int, "has_answer": bool, "is_allow_custom_request": int, "hidden_at": int,
    "is_important": bool, "moderation_status": NONE, "draft": str, "is_stop_work": NONE, "disallowReason": int,
    "note": list, "active_orders": [{"id": int, "title": str, "color": int, "worker_id": int}],
    "lastMessage": {
        "unread": bool, "fromUsername": str, "fromUserId": int, "type": str, "time": int, "message": str,
        "profilePicture": str, "originText": str,
    },
}  # fmt: skip
MESSAGE = {
    "message_id": int, "to_id": int, "from_id": int, "to_username": str, "from_username": str,
    "from_profilepicture": str, "to_profilepicture": str, "message": str, "to_live_date": int, "from_live_date": int,
    "time": int, "unread": bool, "forwarded": bool, "type": NONE, "status": str, "created_order_id": NONE,
    "updated_at": NONE, "warning_type": NONE, "countup": int, "message_page": int,
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


def somebody(app, *, silent=False, refuses=False):
    """A person with whom there is no dialog yet."""
    market = app.box.market
    return next(
        one
        for one in market.sellers
        if one.id not in market.dialogs and one.is_silent is silent and one.refuses_letters is refuses
    )


# --- dialogs ----------------------------------------------------------------------------------------------------------


def test_pages_of_dialogs_do_not_say_how_many_there_are(reader):
    body = reader.body("dialogs")
    assert set(body) == {"success", "response", "paging", "filter_counts"}
    fits(body["response"], [DIALOG])
    fits(body["paging"], SHORT_PAGING)
    assert body["paging"] == {"page": 1, "total": 29, "limit": 30}
    assert body["filter_counts"]["archived"] == 3
    times = [dialog["time"] for dialog in body["response"]]
    assert times == sorted(times, reverse=True)


def test_filters_of_dialogs(reader):
    everybody = reader("dialogs", filter="all")
    unread = reader("dialogs", filter="unread")
    assert unread == [dialog for dialog in everybody if dialog["unread_count"]]
    assert 0 < len(unread) == reader.body("dialogs")["filter_counts"]["unread"]
    assert {dialog["archived"] for dialog in reader("dialogs", filter="archived")} == {True}
    skipped = ",".join(str(dialog["user_id"]) for dialog in everybody[:5])
    assert reader("dialogs", excludedIds=skipped) == everybody[5:]


def test_blocked_dialogs_in_both_forms(reader):
    body = reader.body("blockedDialogs")
    assert set(body) == {"success", "response", "paging"}
    fits(body["response"], [DIALOG])
    fits(body["paging"], SHORT_PAGING)
    assert {dialog["blocked_by_user"] for dialog in body["response"]} == {True}
    ids = [dialog["user_id"] for dialog in body["response"]]
    assert reader("blockedDialogList") == {"blockedUserIds": ids}
    assert len(ids) == 2


def test_searching_dialogs_has_its_limit_as_a_text(reader):
    name = reader("dialogs")[7]["username"]
    body = reader.body("searchDialogs", query=name.upper())
    assert [dialog["username"] for dialog in body["response"]] == [name]
    assert body["paging"] == {"page": 1, "total": 1, "limit": "30"}
    assert reader.refused("searchDialogs", query="a") == 101


def test_one_dialog(reader):
    dialog = reader("dialogs")[3]
    assert reader("getDialog", id=dialog["user_id"]) == dialog
    assert reader.refused("getDialog", id=1_999) == 101


def test_starring_blocking_and_marking(app):
    id_user = app("dialogs")[0]["user_id"]
    for mark in (1, 0):
        assert app.body("setDialogStarred", userId=id_user, isStarred=mark)["success"] is True
        assert app("getDialog", id=id_user)["isStarred"] is bool(mark)
    assert set(app("blockDialog", blockUserId=id_user)) == {"message"}
    assert id_user in app("blockedDialogList")["blockedUserIds"]
    assert id_user not in [dialog["user_id"] for dialog in app("dialogs")]
    assert app.refused("inboxCreate", user_id=id_user, text="?") == 130
    app("unblockDialog", blockUserId=id_user)
    assert app("dialogs")[0]["user_id"] == id_user
    assert app.refused("blockDialog", blockUserId=1_999) == 101
    assert app.box.executed["blockDialog"] == 1


def test_active_orders_of_a_dialog(box, app):
    buyer = app("workerOrders", filter="active")["orders"][0]["payer"]["id"]
    seller = app("payerOrders", filter="active")["orders"][0]["worker"]["id"]
    for id_user, worker in ((buyer, 2001), (seller, seller)):
        app("inboxCreate", user_id=id_user, text="По заказу")
        dialog = app("getDialog", id=id_user)
        assert dialog["has_active_order"] is True
        assert worker in {order["worker_id"] for order in dialog["active_orders"]}


# --- messages ---------------------------------------------------------------------------------------------------------


def longest(app):
    market = app.box.market
    dialog = max(market.dialogs.values(), key=lambda one: len(one.messages))
    return market.members[dialog.member_id].username


def test_the_first_page_of_messages_is_the_oldest_and_the_short_one(reader):
    name = longest(reader)
    pages = [reader.body("inboxes", username=name, page=page) for page in (1, 2, 3)]
    assert [len(page["response"]) for page in pages] == [20, 50, 50]
    fits(pages[0]["response"], [MESSAGE])
    fits(pages[0]["paging"], PAGING)
    assert pages[2]["paging"] == {"page": 3, "total": 120, "limit": 50, "pages": 3}
    ids = [message["message_id"] for page in pages for message in page["response"]]
    assert ids == sorted(ids)
    assert len(set(ids)) == 120
    assert {message["message_page"] for message in pages[1]["response"]} == {2}
    assert reader.body("inboxes", username=name) == pages[2], "without a page: the newest"
    assert reader.body("inboxes", username=name, page=4)["response"] == []


def test_messages_with_nobody(reader):
    body = reader.body("inboxes", username="nobody")
    assert (body["response"], body["paging"]) == ([], {"page": 1, "total": 0, "limit": 50, "pages": 0})
    assert reader.refused("inboxes") == 100


def test_messages_are_told_from_the_one_and_to_the_other(reader):
    messages = reader("inboxes", username=longest(reader))
    mine = [message for message in messages if message["from_id"] == 2001]
    theirs = [message for message in messages if message["to_id"] == 2001]
    assert len(mine) + len(theirs) == len(messages)
    assert mine
    assert theirs
    assert {message["from_username"] for message in mine} == {reader.box.kwork_login}
    assert any("&quot;" in message["message"] or "<br>" in message["message"] for message in messages)


def test_people_read_and_write_back(box, app):
    person = somebody(app)
    sent = app("inboxCreate", user_id=person.id, text='Здравствуйте, <b>"коллега"</b>!\nЕсть вопрос.')
    fits(
        sent,
        {
            "id": int, "conversation_id": int, "type": str, "page": int, "time": int,
            "mass_mailing_notification": bool,
        },
    )  # fmt: skip
    assert (sent["type"], sent["page"], sent["time"]) == ("message", 1, START)
    (message,) = app("inboxes", username=person.username)
    assert message["message"] == "Здравствуйте, &lt;b&gt;&quot;коллега&quot;&lt;/b&gt;!<br>Есть вопрос."
    assert message["unread"] is True
    before = app("getBadgesInfo")
    box.advance(minutes=41)
    message, reply = app("inboxes", username=person.username)
    assert message["unread"] is False
    assert (reply["from_id"], reply["unread"]) == (person.id, True)
    after = app("getBadgesInfo")
    assert after["dialogs_unread_count"] == before["dialogs_unread_count"] + 1
    assert after["unread_messages_count"] == before["unread_messages_count"] + 1
    assert app("dialogs")[0]["username"] == person.username
    assert app("getDialog", id=person.id)["has_answer"] is True
    assert box.executed["inboxCreate"] == 1


def test_some_never_write_back(box, app):
    person = somebody(app, silent=True)
    app("inboxCreate", user_id=person.id, text="Ау")
    box.advance(hours=1)
    assert len(app("inboxes", username=person.username)) == 1


@pytest.mark.parametrize("how", ["blocked", "forgotten"])
def test_no_answer_comes_after_a_dialog_has_ended(box, app, how):
    person = somebody(app)
    app("inboxCreate", user_id=person.id, text="Добрый день")
    if how == "blocked":
        app("blockDialog", blockUserId=person.id)
    else:
        with box.lock:
            box.market.dialogs.clear()
    box.advance(hours=10)
    assert len(app("inboxes", username=person.username)) == (how == "blocked")


@pytest.mark.parametrize(
    ("params", "code"),
    [({"user_id": 1_001}, 100), ({"text": "x"}, 100), ({"user_id": 5, "text": "x"}, 101)],
)
def test_messages_that_cannot_be_sent(app, params, code):
    assert app.refused("inboxCreate", **params) == code
    assert app.box.executed["inboxCreate"] == 0


def test_whoever_refuses_letters_may_not_be_written_to_first(box, app):
    person = somebody(app, refuses=True)
    assert app.refused("inboxCreate", user_id=person.id, text="x") == 130
    known = next(dialog for dialog in box.market.dialogs.values() if not dialog.blocked)
    assert app("inboxCreate", user_id=known.member_id, text="x")


def test_too_many_messages_have_to_wait(box, app):
    person = somebody(app)
    warnings = [app("inboxCreate", user_id=person.id, text=str(n))["mass_mailing_notification"] for n in range(20)]
    assert (warnings[0], warnings[-1]) == (False, True)
    box.advance(seconds=10)
    body = app.body("inboxCreate", user_id=person.id, text="ещё")
    assert body["success"] is False
    assert body["response"] == {"expire_time": 50}
    box.advance(seconds=50)
    assert app("inboxCreate", user_id=person.id, text="ещё")


def test_reading_marks_all_or_some(box, app):
    with box.lock:
        dialog = next(one for one in box.market.dialogs.values() if len(one.messages) == 120)
        theirs = [message for message in dialog.messages if not message.from_actor]
        for message in theirs:
            message.unread = True
    id_user = dialog.member_id
    assert app("getDialog", id=id_user)["unread_count"] == len(theirs)
    app.body("inboxRead", user_id=id_user, messages=[theirs[0].id, theirs[1].id, ""])
    assert app("getDialog", id=id_user)["unread_count"] == len(theirs) - 2
    assert app.body("inboxRead", user_id=id_user) == {"success": True}
    assert app("getDialog", id=id_user)["unread_count"] == 0
    app.body("unreadDialog", user_id=id_user)
    assert app("getDialog", id=id_user)["unread_count"] == 1


def test_whether_one_may_write(reader):
    def status(member):
        answer = reader("isDialogAllow", receiverId=member.id)
        names = {number: name for name, number in answer["privateMessageStatuses"].items()}
        return names[answer["privateMessageStatus"]], answer

    name, answer = status(somebody(reader))
    assert name == "default"
    numbers = (
        "privateMessageStatus", "showInboxAllowModal", "isPageNeedSmsVerification", "isSmsVerified", "isOnline",
        "isDaytime", "hasDialog", "receivedLastOnline", "currentUserTime", "utcOffset", "userUtcOffset",
    )  # fmt: skip
    others = {"privateMessageStatuses": dict, "sellerIsNotAvailable": bool}
    assert all(type(answer[name]) is kind for name, kind in others.items())
    fits({name: value for name, value in answer.items() if name not in others}, dict.fromkeys(numbers, int))
    assert (answer["isDaytime"], answer["hasDialog"], answer["currentUserTime"]) == (0, 0, START)
    assert status(somebody(reader, refuses=True))[0] == "blocked_by_receiver"
    market = reader.box.market
    blocked = next(one for one in market.dialogs.values() if one.blocked)
    name, answer = status(market.members[blocked.member_id])
    assert (name, answer["hasDialog"]) == ("blocked_by_sender", 1)
    assert reader.refused("isDialogAllow", user_id=1_001) == 100
    assert reader.refused("isDialogAllow", receiverId=77) == 101


# --- notifications ----------------------------------------------------------------------------------------------------


def test_notifications_come_in_groups(box, app):
    box.advance(days=1)
    groups = app("notifications")
    fits(
        groups,
        [
            {
                "name": str, "description": str, "is_red": bool, "priority": int, "entity_type": str,
                "notifications": list,
            }
        ],
    )  # fmt: skip
    assert [group["priority"] for group in groups] == sorted(group["priority"] for group in groups)
    items = {group["entity_type"]: group["notifications"] for group in groups}
    plain = {"id": int, "added": int, "entity_id": int, "link": str}
    user = plain | {"otherUserId": int, "otherUserName": str, "otherUserAvatar": str, "isOtherUserOnline": bool}
    fits(items["kwork"], [plain | {"kworkTitle": str}])
    fits(items["inbox"], [user])
    fits(items["order"], [user | {"orderId": int, "orderTitle": str}])
    fits(items["want"], [user])
    shown = sum(map(len, items.values()))
    badges = app("getBadgesInfo")
    fits(
        badges,
        {
            "dialogs_unread_count": int, "notifications_unread_count": int, "important_notifications_count": bool,
            "warning_dialogs_count": int, "unread_messages_count": int, "notifications_not_delivered": bool,
            "important_dialog_count": int,
        },
    )  # fmt: skip
    assert badges["notifications_unread_count"] == shown
    assert badges["important_notifications_count"] is True
    actor = app("actor")
    assert (actor["notify_unread_count"], actor["red_notify"]) == (shown, True)
    assert actor["app_notify_count"] == len(items["inbox"]) + len(items["order"])
    assert actor["unread_messages_count"] == badges["unread_messages_count"]


def test_an_old_kwork_leaves_a_plain_notification(box, app):
    with box.lock:
        box.market.own_kworks.clear()
    (group,) = app("notifications")
    assert set(group["notifications"][0]) == {"id", "added", "entity_id", "link"}


def test_nothing_new_has_no_response_at_all(box, app):
    with box.lock:
        box.market.empty_account()
    for path in ("notifications", "notificationsFetch", "viewedCatalogKworks"):
        assert "response" not in app.body(path)
    assert app.body("notifications") == {"success": True}
    assert app.body("notificationsFetch")["paging"] == {"page": 1, "total": 0, "limit": 20, "pages": 0}
    assert app.body("favoriteKworks")["response"] == []
    assert app.body("dialogs")["response"] == []


def test_the_queue_of_push_events(box, app):
    box.advance(days=2)
    body = app.body("notificationsFetch")
    assert set(body) == {"success", "response", "paging"}
    fits(
        body["response"],
        [{"id": int, "entity_id": int, "user_id": int, "event": str, "created_at": str, "data": (dict, list)}],
    )
    assert all(re.fullmatch(r"2030-01-0\d \d\d:\d\d:\d\d", push["created_at"]) for push in body["response"])
    ids = [push["id"] for push in body["response"]]
    assert ids == sorted(ids, reverse=True)
    assert {push["event"] for push in body["response"]} <= {"new_inbox", "notify"}


def test_push_data_without_anybody_is_an_empty_list(box, app):
    box.advance(days=9)
    kinds = set()
    for _ in range(20):
        box.advance(days=1)
        for push in app.body("notificationsFetch").get("response", []):
            kinds.add(type(push["data"]))
    assert kinds == {dict, list}


# --- what happens by itself -------------------------------------------------------------------------------------------


def test_people_write_by_themselves(box, app):
    before = sum(dialog["unread_count"] for dialog in app("dialogs"))
    box.advance(days=1)
    assert sum(dialog["unread_count"] for dialog in app("dialogs")) > before
    with box.lock:
        box.market.dialogs.clear()
    box.advance(days=1)
    assert app("dialogs") == [], "with nobody to talk to"


def test_nothing_grows_for_ever(box, app):
    box.advance(days=90)
    market = box.market
    assert (len(market.notices), len(market.pushes)) == (200, 200)
    assert len(market.projects) < 300
    assert len(market.orders) <= 120
    assert max(len(dialog.messages) for dialog in market.dialogs.values()) <= 300


def test_a_long_dialog_forgets_its_beginning(box, app):
    name = longest(app)
    id_user = app("userByUsername", username=name)["id"]
    for number in range(200):
        app("inboxCreate", user_id=id_user, text=f"Сообщение {number}")
        box.advance(minutes=1)
    assert app.body("inboxes", username=name)["paging"]["total"] == 300


def test_both_wires_show_the_same_state(box, app):
    documented = KworkCaller(box)
    documented.enter()
    person = somebody(app)
    app("inboxCreate", user_id=person.id, text="Одно и то же")
    assert documented("dialogs")["dialogs"][0]["last_message"] == "Одно и то же"
    app("blockDialog", blockUserId=person.id)
    assert person.id in [dialog["id"] for dialog in documented("blockedDialogList")["dialogs"]]
    documented("updateSettings", fullname="Общее Имя")
    assert app("actor")["fullname"] == "Общее Имя"
    documented.session.close()
