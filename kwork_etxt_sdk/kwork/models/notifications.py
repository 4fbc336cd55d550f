"""Notifications and dialogs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kwork_etxt_sdk.kwork.models.common import KworkUser
from kwork_etxt_sdk.mapping import Model, model, wire


@model
class Notification(Model):
    """A notification; only the app wire sends what stands after the link."""

    id: int | None = wire(default=None)
    """Id."""
    type: str | None = wire("type", "event", default=None)
    """``message``, ``order``, ``system`` and others; on the app wire the name of its group or of the event."""
    title: str | None = wire(default=None)
    """Title; on the app wire the description of its group."""
    message: str | None = wire(default=None)
    """Text."""
    is_read: bool | None = wire(default=None)
    """Whether you have seen it."""
    created_at: datetime | None = wire("created_at", "added", default=None)
    """When it came."""
    link: str | None = wire(default=None)
    """Where it leads."""
    entity_id: int | None = wire(default=None)
    """Id of what it is about."""
    entity_type: str | None = wire(default=None)
    """Kind of what it is about."""
    is_red: bool | None = wire(default=None)
    """Whether its group is marked as important."""
    priority: int | None = wire(default=None)
    """Rank of its group."""
    user_id: int | None = wire(default=None)
    """Id of the user it is for (events)."""
    data: dict[str, Any] | None = wire(default=None)
    """What else the event says."""
    kwork_title: str | None = wire("kworkTitle", default=None)
    """Title of the kwork it is about."""
    other_user_id: int | None = wire("otherUserId", default=None)
    """Id of the user it is about."""
    other_user_name: str | None = wire("otherUserName", default=None)
    """Name of that user."""
    other_user_avatar: str | None = wire("otherUserAvatar", default=None)
    """Picture of that user."""
    is_other_user_online: bool | None = wire("isOtherUserOnline", default=None)
    """Whether that user is on the site now."""
    order_id: int | None = wire("orderId", default=None)
    """Id of the order it is about."""
    order_title: str | None = wire("orderTitle", default=None)
    """Title of that order."""
    stage_title: str | None = wire("stageTitle", default=None)
    """Title of the stage it is about."""


@model
class NotificationsResponse(Model):
    """Notifications."""

    notifications: list[Notification] = wire(default_factory=list)
    """The notifications."""
    unread_count: int | None = wire(default=None)
    """How many you have not seen; None on the app wire."""


@model
class Dialog(Model):
    """A dialog with a user; only the app wire sends what stands after the time."""

    id: int | None = wire(default=None)
    """Id; None on the app wire, where a dialog is known by its participant."""
    participant: KworkUser | None = wire(default=None)
    """The other side."""
    last_message: str | None = wire(default=None)
    """Text of the last message; HTML entities occur on the app wire."""
    unread_count: int | None = wire(default=None)
    """How many messages you have not read."""
    updated_at: datetime | None = wire("updated_at", "time", default=None)
    """When the last message came."""
    unread: bool | None = wire(default=None)
    """Whether the last message is unread."""
    link: str | None = wire(default=None)
    """Path of the dialog on the site."""
    status: str | None = wire(default=None)
    """``active``."""
    last_online_at: datetime | None = wire("lastOnlineTime", default=None)
    """When the other side was last on the site."""
    last_message_details: dict[str, Any] | None = wire("lastMessage", default=None)
    """The last message with its author, kind and time."""
    is_blocked: bool | None = wire("blocked_by_user", default=None)
    """Whether the dialog is blocked."""
    is_allowed: bool | None = wire("allowedDialog", default=None)
    """Whether you may write."""
    has_active_order: bool | None = wire(default=None)
    """Whether there is an order in work between you."""
    active_orders: list[dict[str, Any]] | None = wire(default=None)
    """Those orders."""
    archived: bool | None = wire(default=None)
    """Whether it is in the archive."""
    is_starred: bool | None = wire("isStarred", default=None)
    """Whether it is marked with a star."""
    is_important: bool | None = wire(default=None)
    """Whether it is marked as important."""
    is_spam: bool | None = wire(default=None)
    """Whether it is taken for spam."""
    has_answer: bool | None = wire(default=None)
    """Whether you have answered."""
    is_allow_custom_request: bool | None = wire(default=None)
    """Whether individual offers may be asked for."""
    warning_message_id: int | None = wire(default=None)
    """Id of the message that must be answered."""
    warning_message_time: datetime | None = wire(default=None)
    """When the time to answer that message is over."""
    countup: int | None = wire(default=None)
    """Hours until an answer is due; -1 if there is no such time."""
    hidden_at: datetime | None = wire(default=None)
    """When it was hidden."""
    disallow_reason: int | None = wire("disallowReason", default=None)
    """Why you may not write, as a code."""
    draft: str | None = wire(default=None)
    """What you began to write."""
    draft_details: dict[str, Any] | None = wire(default=None)
    """The same with files."""
    note: dict[str, Any] | None = wire(default=None)
    """Your note about the user."""
    moderation_status: Any = wire(default=None)
    """What the moderators say."""
    is_stop_work: bool | None = wire(default=None)
    """Whether the seller takes no orders."""
    is_voice_message_blocked: bool | None = wire(default=None)
    """Whether voice messages are off."""
    not_available_for_company: bool | None = wire(default=None)
    """Whether companies can't order there."""
