"""`client.notifications`, and whether one may write to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.documented.registry import answers, not_found
from kwork_etxt_sdk.sandbox.kwork.documented.rows import dialog_row, notification_row
from kwork_etxt_sdk.sandbox.kwork.news import unread_notices
from kwork_etxt_sdk.sandbox.kwork.profile import channel_of
from kwork_etxt_sdk.sandbox.kwork.talk import blocked_dialogs, dialogs_by_time, may_write

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.documented.given import Given
    from kwork_etxt_sdk.sandbox.kwork.documented.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market


@answers("notifications")
def get_list(market: Market, _given: Given) -> Row:
    """All notifications, newest first."""
    return {
        "notifications": [notification_row(market, notice) for notice in reversed(market.notices)],
        "unread_count": len(unread_notices(market)),
    }


@answers("notificationsFetch")
def fetch(market: Market, _given: Given) -> Row:
    """Unread notifications."""
    unread = unread_notices(market)
    return {"notifications": [notification_row(market, notice) for notice in unread], "unread_count": len(unread)}


@answers("dialogs")
def get_dialogs(market: Market, _given: Given) -> Row:
    """Dialogs, those with the newest messages first."""
    return {"dialogs": [dialog_row(market, dialog) for dialog in dialogs_by_time(market)]}


@answers("blockedDialogList")
def get_blocked_dialogs(market: Market, _given: Given) -> Row:
    """Dialogs with people whom the account has blocked."""
    return {"dialogs": [dialog_row(market, dialog) for dialog in blocked_dialogs(market)]}


@answers("isDialogAllow")
def is_dialog_allow(market: Market, given: Given) -> Row:
    """Whether the account may write to a user."""
    id_user = given.identifier("user_id")
    if id_user not in market.members:
        raise not_found("Пользователь")
    return {"allowed": may_write(market, id_user)}


@answers("getChannel")
def get_channel(market: Market, _given: Given) -> Row:
    """Where events for this account would come; the sandbox has no web socket."""
    return {"channel": channel_of(market)}


@answers("getInAppNotification")
def get_in_app_notification(_market: Market, _given: Given) -> Row:
    """A message that the application would show; there is none."""
    return {"notification": None}
