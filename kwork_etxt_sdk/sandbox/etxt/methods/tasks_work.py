"""`tasks.*`: choosing authors, accepting work and sending it back, paying extra, giving up on an author."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.etxt import orders as o
from kwork_etxt_sdk.sandbox.etxt.errors import MAX_LIMIT, NO_ACCESS, NO_OBJECT, NO_PARAMS, Refusal
from kwork_etxt_sdk.sandbox.etxt.letters import plan_comment, plan_letter
from kwork_etxt_sdk.sandbox.etxt.life import (
    accept,
    add_note,
    cancel,
    finish,
    open_ticket,
    oversize,
    replace_applicant,
    return_for_rework,
)
from kwork_etxt_sdk.sandbox.etxt.links import link
from kwork_etxt_sdk.sandbox.etxt.methods.tasks_terms import republish_copy
from kwork_etxt_sdk.sandbox.etxt.money import commission_of, to_kopecks
from kwork_etxt_sdk.sandbox.etxt.registry import changes
from kwork_etxt_sdk.sandbox.etxt.shapes import PlainNumber

if TYPE_CHECKING:
    from decimal import Decimal

    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

MOST_ACCEPT_COMMENT = 500
MOST_REVIEW_COMMENT = 5_000
MOST_COMMENT = 2_048
EXTRA_PAY_FACTOR = 3
"""Extra pay is at most this many times the price of the order."""


@changes("tasks.setNote")
def set_note(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Accepts an application and commits the money."""
    note, order = exchange.application(given.identifier())
    comment = given.public_text("comment", most=MOST_ACCEPT_COMMENT)
    given_order = accept(exchange, order, note)
    if comment:
        given_order.description = f"{given_order.description}\n{comment}".lstrip()
    return {"id_task": given_order.id, "id_user": given_order.id_user}


@changes("tasks.unsetNote")
def unset_note(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Declines an application; after a while somebody else applies."""
    note, order = exchange.application(given.identifier())
    if note.fate == o.CHOSEN or not order.open_to_applications:
        raise Refusal(NO_ACCESS)
    # Declining twice is declining once.
    if note.fate == o.APPLIED:
        note.fate = o.DECLINED
        replace_applicant(exchange, order)
    return {"id_task": order.id, "id_user": note.id_user}


@changes("tasks.paidTask")
def paid_task(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Accepts delivered work. Orders that are not in review are left out of the answer."""
    text = given.text("text", most=MOST_REVIEW_COMMENT)
    accepted = _in_review(exchange, given.identifiers())
    for order in accepted:
        finish(exchange, order)
        if text:
            add_note(exchange, order, exchange.customer.id, text)
    return {"status": PlainNumber(1), "ids": [order.id for order in accepted]}


@changes("tasks.cancelTask")
def cancel_task(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Sends delivered work back. One order needs a reason; for several the reason is dropped."""
    ids = given.identifiers()
    text = given.public_text("text", most=MOST_REVIEW_COMMENT)
    if len(ids) == 1 and not text:
        raise Refusal(NO_PARAMS)
    returned = _in_review(exchange, ids)
    for order in returned:
        return_for_rework(exchange, order)
        if len(ids) == 1:
            add_note(exchange, order, exchange.customer.id, text)
    return {"status": PlainNumber(1), "ids": [order.id for order in returned]}


def _in_review(exchange: Exchange, ids: list[int]) -> list[o.Order]:
    known = [order for id_task in ids if (order := exchange.orders.get(id_task)) is not None and not order.archived_at]
    found = [order for order in known if order.status == o.IN_REVIEW]
    if not found:
        foreign = exchange.foreign_orders.intersection(ids)
        raise Refusal(NO_ACCESS if known or foreign else NO_OBJECT)
    return found


@changes("tasks.extraPaid", when=lambda given: given.text("autopay") != "get")
def extra_paid(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Pays the author more, or says how much the extra length of the latest result would cost."""
    order = exchange.order(given.identifier())
    if not order.id_user or not order.results:
        raise Refusal(NO_ACCESS)
    automatic = given.word("autopay", ("get", "pay"), "")
    amount = _pay_for_length(order) if automatic else given.money("count")
    if automatic == "get":
        return {"status": PlainNumber(1), "count": amount}
    if not amount:
        raise Refusal(NO_OBJECT)
    if amount > order.full_price * EXTRA_PAY_FACTOR:
        raise Refusal(MAX_LIMIT)
    commission = commission_of(amount)
    exchange.account.require(amount + commission)
    exchange.spend(amount, commission, f"Доплата по заказу {order.id}", id_user=order.id_user, folder=order.id_folder)
    order.extra_paid += amount
    if given.integer("note", 1) == 1:
        plan_letter(exchange, order.id_user)
    return {"status": PlainNumber(1)}


def _pay_for_length(order: o.Order) -> Decimal:
    return to_kopecks(order.price_per_thousand * oversize(order) / 1000)


@changes("tasks.failTask")
def fail_task(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Takes an overdue order from its author, who loses rating; may publish a copy."""
    order = exchange.order(given.identifier())
    if order.status != o.OVERDUE or order.cancelled_at:
        raise Refusal(NO_ACCESS)
    wants_copy = given.flag("copy")
    deadline = given.moment() if wants_copy else None
    if deadline is not None and not exchange.may_end_at(deadline):
        raise Refusal(NO_PARAMS)
    cancel(exchange, order)
    answer: dict[str, Any] = {"id": order.id}
    if wants_copy:
        answer["id_copy"] = republish_copy(exchange, order, deadline).id
    # Whoever opens this link gives the author the lost rating back: clients must not follow it by themselves.
    return answer | {"rateup": link(exchange, "rateup", [order.id], "html")}


@changes("tasks.saveComment")
def save_comment(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Puts a comment under an order."""
    order = exchange.order(given.identifier())
    text = given.public_text("text", least=1, most=MOST_COMMENT)
    note = add_note(exchange, order, exchange.customer.id, text, hidden=given.flag("hide"))
    if order.id_user:
        plan_comment(exchange, order)
    comments = sum(not entry.id_note for entry in order.notes)
    return {"id": order.id, "id_comment": note.id, "comments": comments}


@changes("tasks.sendNoteFail")
def send_note_fail(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Asks the staff to take an author off an order."""
    order = exchange.order(given.identifier())
    given.text("text", most=MOST_REVIEW_COMMENT)
    if order.status != o.IN_REVIEW or not order.results:
        raise Refusal(NO_ACCESS)
    ticket = open_ticket(exchange, order)
    return {"status": PlainNumber(1), "ticket": f"{exchange.base_url}/etxt/feedback/ticket/{ticket}"}
