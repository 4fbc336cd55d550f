"""The tables and views of Kwork."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from kwork_etxt_sdk.kwork.models.catalog import Kwork
from kwork_etxt_sdk.kwork.models.common import KworkUser
from kwork_etxt_sdk.kwork.models.notifications import Dialog
from kwork_etxt_sdk.kwork.models.projects import Order, Project
from kwork_etxt_sdk.mapping import Model, model, wire
from kwork_etxt_sdk.sync.shape import Row, Table


@model
class Offer(Model):
    """An offer of yours for somebody's project."""

    id: int = wire()
    """Id."""
    status: str | None = wire(default=None)
    """``active`` or ``archived``."""
    title: str | None = wire(default=None)
    """Title of the project."""
    comment: str | None = wire(default=None)
    """What you wrote."""
    price: Decimal | None = wire(default=None)
    """What you ask for, roubles."""
    days: int | None = wire("days", "duration", default=None)
    """Time to deliver, days."""
    created_at: datetime | None = wire("created_at", "date_create", default=None)
    """When you made it."""
    is_actual: bool | None = wire(default=None)
    """Whether it still stands."""
    is_read: bool | None = wire(default=None)
    """Whether the customer has seen it."""
    project_id: int | None = wire("want_id", default=None)
    """Id of the project."""
    order_id: int | None = wire(default=None)
    """Id of the order that came of it."""
    kwork_id: int | None = wire(default=None)
    """Id of the kwork offered."""
    project: Project | None = wire(default=None)
    """The project."""


@model
class Message(Model):
    """A message of a dialog (app wire)."""

    message_id: int = wire()
    """Id."""
    from_id: int | None = wire(default=None)
    """Id of its writer."""
    from_username: str | None = wire(default=None)
    """Name of its writer."""
    to_id: int | None = wire(default=None)
    """Id of its reader."""
    message: str | None = wire(default=None)
    """Text; HTML occurs."""
    time: datetime | None = wire(default=None)
    """When it was written."""
    updated_at: datetime | None = wire(default=None)
    """When it was edited."""
    unread: bool | None = wire(default=None)
    """Whether it has not been read."""
    type: str | None = wire(default=None)
    """Kind; None for plain ones."""
    status: str | None = wire(default=None)
    """``active``."""
    created_order_id: int | None = wire(default=None)
    """Id of the order that came of it."""
    message_page: int | None = wire(default=None)
    """Page of the dialog, counted from the oldest."""


ORDERS: Final = Table.of("kwork_orders", Order, "id", role=str, customer_id=int, worker_id=int)
DIALOGS: Final = Table.of(
    "kwork_dialogs", Dialog, "user_id", user_id=int, username=str, messages_until=str, messages_last=str
)
MESSAGES: Final = Table.of("kwork_messages", Message, "message_id", user_id=int)
OFFERS: Final = Table.of("kwork_offers", Offer, "id")
KWORKS: Final = Table.of("kwork_kworks", Kwork, "id")
PROJECTS: Final = Table.of("kwork_projects", Project, "id", customer_id=int)
TABLES: Final = (ORDERS, DIALOGS, MESSAGES, OFFERS, KWORKS, PROJECTS)

VIEWS: Final[Mapping[str, str]] = {
    "kwork_open_orders": """
        SELECT id, role, title, status, budget, deadline, customer_id, worker_id FROM kwork_orders
        WHERE gone_at IS NULL AND status NOT IN ('completed', 'cancelled') ORDER BY deadline""",
    "kwork_unread_dialogs": """
        SELECT user_id, username, unread_count, last_message, updated_at FROM kwork_dialogs
        WHERE gone_at IS NULL AND (unread_count > 0 OR unread = 1) ORDER BY updated_at""",
}


def order_row(order: Order, role: str) -> Row:
    """Return the row of an order in which you have a role: ``payer`` or ``worker``."""
    return ORDERS.row(order, role=role, customer_id=_id(order.customer), worker_id=_id(order.worker))


def project_row(project: Project) -> Row:
    """Return the row of a project."""
    return PROJECTS.row(project, customer_id=_id(project.customer))


def dialog_row(dialog: Dialog) -> Row:
    """Return the row of a dialog: it is known by the other side, or, if that was not told, by its id below zero."""
    other = dialog.participant
    user_id = other.id if other is not None else -(dialog.id or 0)
    return DIALOGS.row(dialog, user_id=user_id, username=None if other is None else other.username)


def message_row(message: Message, user_id: int) -> Row:
    """Return the row of a message in the dialog with a user."""
    return MESSAGES.row(message, user_id=user_id)


def _id(user: KworkUser | None) -> Any:
    return None if user is None else user.id
