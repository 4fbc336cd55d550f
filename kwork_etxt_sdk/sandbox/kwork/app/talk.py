"""Dialogs and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from kwork_etxt_sdk.sandbox.kwork.app.envelope import cut, enveloped
from kwork_etxt_sdk.sandbox.kwork.app.registry import MAY_NOT_WRITE, Refusal, answers, invalid
from kwork_etxt_sdk.sandbox.kwork.app.rows import html_text, picture
from kwork_etxt_sdk.sandbox.kwork.orders import PAYER, Order
from kwork_etxt_sdk.sandbox.kwork.talk import (
    archived_count,
    archived_dialogs,
    blocked_dialogs,
    dialogs_by_time,
    may_write,
    unread_dialogs,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kwork_etxt_sdk.sandbox.kwork.app.given import Given
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.people import Member
    from kwork_etxt_sdk.sandbox.kwork.talk import Dialog, Message

DIALOGS_PER_PAGE, MESSAGES_PER_PAGE = 30, 50
MOST_PER_MINUTE = 20
"""More messages within a minute are refused for a while: the live service has such limits, and keeps them secret."""
SHORTEST_SEARCH = 2
MAY_WRITE, BLOCKED_BY_RECEIVER, BLOCKED_BY_SENDER, SUPPORT = 0, 8, 9, 5
DAY_BEGINS, DAY_ENDS, HOURS_A_DAY, MOSCOW_HOURS = 9, 21, 24, 3


@answers("dialogs")
def get_dialogs(market: Market, given: Given) -> Row:
    """Dialogs, those with the newest messages first."""
    kind = given.text("filter")
    found = archived_dialogs(market) if kind == "archived" else dialogs_by_time(market)
    if kind == "unread":
        found = [dialog for dialog in found if dialog.unread_count]
    return _dialog_page(market, given, found) | {
        "filter_counts": {"unread": unread_dialogs(market), "archived": archived_count(market)}
    }


@answers("blockedDialogs")
def get_blocked_dialogs(market: Market, given: Given) -> Row:
    """Dialogs with people whom the account has blocked. Nobody has recorded their fields: they are those of dialogs."""
    return _dialog_page(market, given, blocked_dialogs(market))


@answers("blockedDialogList")
def get_blocked_ids(market: Market, _given: Given) -> Row:
    """Nothing but ids: the older form."""
    return enveloped({"blockedUserIds": [dialog.member_id for dialog in blocked_dialogs(market)]})


@answers("searchDialogs", "query")
def search_dialogs(market: Market, given: Given) -> Row:
    """Dialogs with people whose name holds a text."""
    wanted = given.text("query").casefold()
    if len(wanted) < SHORTEST_SEARCH:
        raise invalid()
    found = [dialog for dialog in dialogs_by_time(market) if wanted in market.members[dialog.member_id].username]
    answer = _dialog_page(market, given, found)
    answer["paging"]["limit"] = str(answer["paging"]["limit"])  # seen as a text, here and nowhere else
    return answer


def _dialog_page(market: Market, given: Given, found: Sequence[Dialog]) -> Row:
    excluded = given.numbers("excludedIds")
    left = [dialog for dialog in found if dialog.member_id not in excluded]
    shown, paging = cut(left, given.page(), DIALOGS_PER_PAGE, pages=False)
    return enveloped([dialog_row(market, dialog) for dialog in shown], paging=paging)


@answers("getDialog", "id")
def get_dialog(market: Market, given: Given) -> Row:
    """The dialog with one person."""
    return enveloped(dialog_row(market, _dialog(market, given, "id")))


@answers("inboxes", "username")
def get_messages(market: Market, given: Given) -> Row:
    """The messages of a dialog, oldest first. Page 1 is the oldest and the short one; without a page, the newest."""
    wanted = given.text("username")
    dialog = next((one for one in market.dialogs.values() if market.members[one.member_id].username == wanted), None)
    messages = [] if dialog is None else dialog.messages
    pages = max(-(-len(messages) // MESSAGES_PER_PAGE), 1)
    page = given.page() if given.has("page") else pages
    end = len(messages) - (pages - page) * MESSAGES_PER_PAGE
    shown = messages[max(end - MESSAGES_PER_PAGE, 0) : max(end, 0)] if page <= pages else []
    paging = {"page": page, "total": len(messages), "limit": MESSAGES_PER_PAGE, "pages": pages if messages else 0}
    rows = [] if dialog is None else [_message_row(market, dialog, message, page) for message in shown]
    return enveloped(rows, paging=paging)


@answers("inboxCreate", "user_id", "text", changes=True)
def create_message(market: Market, given: Given) -> Row:
    """Writes to a person."""
    member_id = given.identifier("user_id")
    if member_id not in market.members:
        raise invalid()
    if not may_write(market, member_id):
        raise Refusal(MAY_NOT_WRITE, "Вы не можете писать этому пользователю")
    lately = sorted(
        message.time
        for dialog in market.dialogs.values()
        for message in dialog.messages[-MOST_PER_MINUTE:]
        if message.from_actor and market.now - message.time < SECONDS_PER_MINUTE
    )
    if len(lately) >= MOST_PER_MINUTE:
        wait = lately[0] + SECONDS_PER_MINUTE - market.now
        raise Refusal(None, "Вы отправляете сообщения слишком часто", response={"expire_time": wait})
    message = write(market, member_id, given.text("text"))
    return enveloped(
        {
            "id": message.id,
            "conversation_id": message.id + 1_000_000,
            "type": "message",
            "page": -(-len(market.dialogs[member_id].messages) // MESSAGES_PER_PAGE),
            "time": message.time,
            "mass_mailing_notification": len(lately) >= MOST_PER_MINUTE // 2,
        }
    )


@answers("inboxRead", "user_id", changes=True)
def read_messages(market: Market, given: Given) -> Row:
    """Marks messages of a person as read: all, or those listed as `messages[]`."""
    dialog = _dialog(market, given, "user_id")
    wanted = given.listed("messages")
    for message in dialog.messages:
        if not message.from_actor and (not wanted or message.id in wanted):
            message.unread = False
    return {"success": True}


@answers("unreadDialog", "user_id", changes=True)
def unread_dialog(market: Market, given: Given) -> Row:
    """Marks the newest message of a person as unread."""
    dialog = _dialog(market, given, "user_id")
    theirs = [message for message in dialog.messages if not message.from_actor]
    for message in theirs[-1:]:
        message.unread = True
    return {"success": True}


@answers("setDialogStarred", "userId", "isStarred", changes=True)
def star_dialog(market: Market, given: Given) -> Row:
    """Marks a dialog, or removes the mark."""
    _dialog(market, given, "userId").starred = given.flag("isStarred")
    return {"success": True, "message": "Готово"}


@answers("blockDialog", "blockUserId", changes=True)
def block(market: Market, given: Given) -> Row:
    """Wants to hear no more of a person."""
    _dialog(market, given, "blockUserId").blocked = True
    return enveloped({"message": "Пользователь заблокирован"})


@answers("unblockDialog", "blockUserId", changes=True)
def unblock(market: Market, given: Given) -> Row:
    """Lets a person write again."""
    _dialog(market, given, "blockUserId").blocked = False
    return enveloped({"message": "Пользователь разблокирован"})


@answers("isDialogAllow", "receiverId")
def is_dialog_allow(market: Market, given: Given) -> Row:
    """Whether the account may write to a person: there is no such field, only a status among others."""
    member = market.members.get(given.identifier("receiverId"))
    if member is None:
        raise invalid()
    status = MAY_WRITE
    if not may_write(market, member.id):
        status = BLOCKED_BY_SENDER if member.id in market.dialogs else BLOCKED_BY_RECEIVER
    hour = (market.now // SECONDS_PER_HOUR + MOSCOW_HOURS) % HOURS_A_DAY
    return enveloped(
        {
            "privateMessageStatuses": {
                "default": MAY_WRITE,
                "support": SUPPORT,
                "blocked_by_receiver": BLOCKED_BY_RECEIVER,
                "blocked_by_sender": BLOCKED_BY_SENDER,
            },
            "privateMessageStatus": status,
            "showInboxAllowModal": 0,
            "isPageNeedSmsVerification": 0,
            "isSmsVerified": 1,
            "isOnline": int(member.is_online),
            "isDaytime": int(DAY_BEGINS <= hour < DAY_ENDS),
            "hasDialog": int(member.id in market.dialogs),
            "receivedLastOnline": member.seen_at(market.now),
            "currentUserTime": market.now,
            "utcOffset": 0,
            "userUtcOffset": MOSCOW_HOURS,
            "sellerIsNotAvailable": False,
        }
    )


def _dialog(market: Market, given: Given, name: str) -> Dialog:
    dialog = market.dialogs.get(given.identifier(name))
    if dialog is None:
        raise invalid()
    return dialog


def dialog_row(market: Market, dialog: Dialog) -> Row:
    """A dialog. It has no id: it belongs to a person."""
    member, last = market.members[dialog.member_id], dialog.last
    author, author_id, author_picture = _author(market, member, from_actor=last.from_actor)
    orders = [order for order in market.orders.values() if order.member_id == member.id and not order.is_finished]
    unread = last.unread and not last.from_actor
    return {
        "unread": unread,
        "unread_count": dialog.unread_count,
        "last_message": html_text(last.text),
        "time": last.time,
        "user_id": member.id,
        "username": member.username,
        "profilepicture": picture(member.avatar),
        "is_online": member.is_online,
        "lastOnlineTime": member.seen_at(market.now),
        "link": f"/inbox/{member.username}",
        "status": "active",
        "blocked_by_user": dialog.blocked,
        "allowedDialog": may_write(market, member.id),
        "lastMessage": {
            "unread": unread,
            "fromUsername": author,
            "fromUserId": author_id,
            "type": "text",
            "time": last.time,
            "message": html_text(last.text),
            "profilePicture": author_picture,
            "originText": last.text,
        },
        "has_active_order": bool(orders),
        "archived": dialog.archived,
        "isStarred": dialog.starred,
        "warning_message_id": 0,
        "countup": -1,
        "has_answer": any(message.from_actor for message in dialog.messages),
        "is_allow_custom_request": int(not member.refuses_letters),
        "hidden_at": 0,
        "is_important": False,
        "moderation_status": None,
        "draft": "",
        "is_stop_work": None,
        "disallowReason": 0,
        "active_orders": [_active_order_row(market, order) for order in orders],
        "note": [],
    }


def _active_order_row(market: Market, order: Order) -> Row:
    worker_id = order.member_id if order.side == PAYER else market.actor.id
    return {"id": order.id, "title": order.title, "color": order.status, "worker_id": worker_id}


def _author(market: Market, member: Member, *, from_actor: bool) -> tuple[str, int, str]:
    if from_actor:
        return market.actor.username, market.actor.id, picture(market.actor.member.avatar)
    return member.username, member.id, picture(member.avatar)


def _message_row(market: Market, dialog: Dialog, message: Message, page: int) -> Row:
    member = market.members[dialog.member_id]
    row: dict[str, Any] = {}
    for side, from_actor in (("from", message.from_actor), ("to", not message.from_actor)):
        name, id_user, image = _author(market, member, from_actor=from_actor)
        row |= {
            f"{side}_id": id_user,
            f"{side}_username": name,
            f"{side}_profilepicture": image,
            f"{side}_live_date": market.now if from_actor else member.seen_at(market.now),
        }
    return row | {
        "message_id": message.id,
        "message": html_text(message.text),
        "time": message.time,
        "unread": message.unread,
        "type": None,
        "status": "active",
        "created_order_id": None,
        "forwarded": False,
        "updated_at": None,
        "warning_type": None,
        "countup": -1,
        "message_page": page,
    }
