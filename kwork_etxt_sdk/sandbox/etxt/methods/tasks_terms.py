"""`tasks.*`: copies, deadlines, removal, and the customer's own remark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY, SECONDS_PER_HOUR
from kwork_etxt_sdk.sandbox.etxt import orders as o
from kwork_etxt_sdk.sandbox.etxt.errors import NO_ACCESS, NO_OBJECT, NO_PARAMS, Refusal
from kwork_etxt_sdk.sandbox.etxt.exchange import USUAL_TERM
from kwork_etxt_sdk.sandbox.etxt.life import WRITING_TAKES, copy_order, is_urgent, publish, resume
from kwork_etxt_sdk.sandbox.etxt.registry import changes
from kwork_etxt_sdk.sandbox.etxt.shapes import PlainNumber

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

MOST_CLIENT_COMMENT = 5_000
URGENT_TERM = 5 * SECONDS_PER_HOUR
KEPT_AFTER_REMOVAL = 7 * SECONDS_PER_DAY
"""An order cannot be deleted so soon after its author was taken off."""


@changes("tasks.setClientComment")
def set_client_comment(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Writes down what only the customer sees."""
    order = exchange.order(given.identifier())
    order.client_comment = given.text("text", most=MOST_CLIENT_COMMENT)
    return {"status": PlainNumber(1)}


@changes("tasks.copyTask")
def copy_task(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Publishes a new order with the same task."""
    order = exchange.order(given.identifier())
    try:
        deadline = given.moment()
    except Refusal:
        deadline = None
    if deadline is not None and not exchange.may_end_at(deadline):
        deadline = None
    return {"id_copy": republish_copy(exchange, order, deadline).id}


def republish_copy(exchange: Exchange, order: o.Order, deadline: int | None) -> o.Order:
    """A public copy that is due at the given moment, or after the usual term of such orders."""
    duplicate = copy_order(exchange, order)
    duplicate.deadline = deadline or exchange.now + (URGENT_TERM if order.quick else USUAL_TERM)
    duplicate.quick = is_urgent(exchange, duplicate.deadline)
    publish(exchange, duplicate)
    return duplicate


@changes("tasks.setDeadline")
def set_deadline(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Gives more time: an overdue order goes back to work, a draft may be published."""
    order = exchange.order(given.identifier())
    deadline = given.moment()
    if deadline is None or deadline < order.deadline or not exchange.may_end_at(deadline):
        raise Refusal(NO_PARAMS)
    if order.status in (o.IN_REVIEW, o.DONE) or order.cancelled_at:
        raise Refusal(NO_ACCESS)
    order.deadline = deadline
    order.quick = is_urgent(exchange, deadline)
    if order.status == o.OVERDUE:
        order.second_chances += 1
        resume(exchange, order, WRITING_TAKES)
    elif order.status == o.IN_WORK:
        resume(exchange, order, WRITING_TAKES)
    elif given.flag("public") and not order.public:
        publish(exchange, order)
    return {"deadline": order.deadline, "id": order.id, "status": order.status, "quick": int(order.quick)}


@changes("tasks.deleteTask")
def delete_task(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Deletes drafts and orders that wait for an author."""
    ids = given.identifiers()
    known = [order for id_task in ids if (order := exchange.orders.get(id_task)) is not None and not order.archived_at]
    deleted = [order.id for order in known if _may_be_deleted(exchange, order)]
    if not deleted:
        foreign = exchange.foreign_orders.intersection(ids)
        raise Refusal(NO_ACCESS if known or foreign else NO_OBJECT)
    for id_task in deleted:
        for note in exchange.orders.pop(id_task).notes:
            exchange.applications.pop(note.id_note, None)
    return {"ids": deleted}


def _may_be_deleted(exchange: Exchange, order: o.Order) -> bool:
    recently_removed = order.author_removed_at and exchange.now - order.author_removed_at < KEPT_AFTER_REMOVAL
    return order.status == o.WAITING and not recently_removed
