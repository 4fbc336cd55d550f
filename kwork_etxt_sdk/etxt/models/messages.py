"""News from the service, and private messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kwork_etxt_sdk.mapping import BadItem, Model, Records, model, wire

#: The service shows no more news than this at once, and has no way to ask for the next ones (manual).
MOST_NEWS = 100


@model
class SystemMessage(Model):
    """News from the service that you have not read."""

    message_id: int = wire("id")
    """Id of the message."""
    date: datetime | None = wire(default=None)
    """When it was sent."""
    text: str | None = wire(default=None)
    """Text; may hold HTML or BBCode."""


class SystemMessages(Records[SystemMessage]):
    """Unread news, and whether these are all.

    Attributes:
        may_be_cut: Whether as many came as the service shows at most, so that there may be more of them. Mark these as
            read (``messages.set_read``) and ask again to see the others.
    """

    __slots__ = ("may_be_cut",)

    may_be_cut: bool

    def __init__(self, items: Iterable[SystemMessage] = (), bad_items: Iterable[BadItem] = ()) -> None:
        super().__init__(items, bad_items)
        self.may_be_cut = len(self) + len(self.bad_items) >= MOST_NEWS


@model
class PrivateMessage(Model):
    """A message between you and another user. It has no id."""

    date: datetime | None = wire(default=None)
    """When it was sent."""
    text: str | None = wire(default=None)
    """Text."""
    author_id: int | None = wire("id_author", default=None)
    """Id of the user who wrote it."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the user you talk with."""
    reads: bool | None = wire(default=None)
    """Whether it was read."""


@model
class UnreadFrom(Model):
    """How many messages of one user you have not read."""

    author_id: int = wire("id_author")
    """Id of the user."""
    count: int | None = wire(default=None)
    """Unread messages."""


@model
class UnreadCount(Model):
    """How many private messages you have not read."""

    count: int | None = wire(default=None)
    """Unread messages in all."""
    users: list[UnreadFrom] = wire(default_factory=list)
    """The same for each user who wrote them."""


@model
class SentMessage(Model):
    """A private message that was sent."""

    user_id: int = wire("id_user")
    """Id of the user it was sent to."""
    text: str | None = wire(default=None)
    """Text."""
    time: datetime | None = wire(default=None)
    """When it was sent."""
