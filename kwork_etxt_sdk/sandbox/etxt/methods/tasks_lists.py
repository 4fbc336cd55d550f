"""`tasks.*`: what orders there are, who applied, what was delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.etxt import orders as o
from kwork_etxt_sdk.sandbox.etxt.links import link
from kwork_etxt_sdk.sandbox.etxt.registry import reads
from kwork_etxt_sdk.sandbox.etxt.shapes import Grouped, KeyedMap, Page
from kwork_etxt_sdk.sandbox.etxt.texts import count_characters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

OVERDUE_UNDECIDED = 10
"""The only value of `filter`: overdue orders about which the customer has not decided."""
MOST_ORDERS_FOR_NOTES = 100


@reads("tasks.listTasks")
def list_tasks(exchange: Exchange, given: Parameters) -> Page:
    """Orders outside the archive, newest first."""
    found = [order for order in reversed(exchange.orders.values()) if not order.archived_at and _wanted(order, given)]
    only_id = given.flag("only_id")
    rows = [{"id": order.id} if only_id else _order_row(exchange, order) for order in found[given.page()]]
    return Page(rows, empty_is_refused=True)


def _wanted(order: o.Order, given: Parameters) -> bool:
    if given.integer("filter") == OVERDUE_UNDECIDED:
        fits_status = order.status == o.OVERDUE and not order.cancelled_at
    else:
        status = given.integer("status")
        fits_status = not status or (order.status == status and (status != o.WAITING or order.public))
    fields = {"id": order.id, "id_user": order.id_user, "id_folder": order.id_folder, "target": order.target}
    return fits_status and given.fits(**fields)


def _order_row(exchange: Exchange, order: o.Order) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": order.id,
        "id_user": order.id_user,
        "id_folder": order.id_folder,
        "id_category": order.id_category,
        "date": order.date,
        "end_date": order.end_date,
        "title": order.title,
        "description": order.description,
        "id_type": order.id_type,
        "id_subtype": order.id_subtype,
        "id_level": order.id_level,
        "deadline": order.deadline,
        "status": order.status,
        "public": int(order.public),
        "price": order.full_price,
        "price_type": order.price_type,
        "size": order.size,
        "whitespaces": int(order.whitespaces),
        "checksize": int(order.checksize),
        "text": order.text,
        "quick": int(order.quick),
        "target": order.target,
        "keywords": order.keywords,
        "multitask": int(order.multitask),
        "multicount": order.multicount,
        "client_comment": order.client_comment,
    }
    if order.uniq is not None:
        row["uniq"] = order.uniq
    if order.target == o.ONE_AUTHOR:
        row["id_target"] = order.id_target
    if order.id_type == o.TRANSLATION:
        row |= {"language_from": order.language_from, "language_to": order.language_to}
    if order.attachment:
        extension = order.attachment.rpartition(".")[2]
        row["filename"] = link(exchange, "attachment", [order.id], extension)
    return row


@reads("tasks.viewNotes")
def view_notes(exchange: Exchange, given: Parameters) -> Page:
    """Applications and comments under some orders."""
    orders = _own_orders(exchange, given.identifiers(most=MOST_ORDERS_FOR_NOTES))
    rows = [
        {
            "id": note.id,
            "text": note.text,
            "date": note.date,
            "id_user": note.id_user,
            "login": exchange.people[note.id_user].login,
            "id_note": note.id_note,
            "id_task": note.id_task,
        }
        for order in orders
        for note in order.notes
        if note.fate != o.DECLINED
    ]
    return Page(rows)


@reads("tasks.viewNotesAll")
def view_notes_all(exchange: Exchange, _given: Parameters) -> Page:
    """Applications that can still be accepted, of all orders."""
    rows = [
        {
            "id_note": note.id_note,
            "title": order.title,
            "price": order.full_price,
            "deadline": order.deadline,
            "id_task": order.id,
            "id_user": note.id_user,
            "user": exchange.people[note.id_user].login,
            "date": note.date,
            "text": note.text,
        }
        for order in exchange.orders.values()
        if order.open_to_applications
        for note in order.notes
        if note.id_note and note.fate == o.APPLIED
    ]
    return Page(rows, key="id_note")


@reads("tasks.getResults")
def get_results(exchange: Exchange, given: Parameters) -> Grouped:
    """Delivered texts of some orders, the latest first."""
    rows = [
        {
            "id": result.id,
            "id_task": result.id_task,
            "id_user": result.id_user,
            "comment": result.comment,
            "date": result.date,
            "date_reset": result.returned_at,
            "status": result.status,
            "check": int(result.checked_at > 0),
            "files": KeyedMap(_files(exchange, order, result)),
        }
        for order in _own_orders(exchange, given.identifiers())
        for result in reversed(order.results)
    ]
    return Grouped(rows, group="id_task")


def _files(exchange: Exchange, order: o.Order, result: o.Result) -> dict[str, dict[str, Any]]:
    kinds = ("file", "text") if result.attached else ("text",)
    return {kind: _file(exchange, order, result) for kind in kinds}


def _file(exchange: Exchange, order: o.Order, result: o.Result) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": "txt",
        "size": count_characters(result.text, spaces_count=order.whitespaces),
        "path": link(exchange, "result", [result.id], "txt"),
        "auto_check_date": result.checked_at,
    }
    if result.checked_at:
        entry |= {"per_antiplagiat": result.uniqueness, "per_mistakes": result.mistakes}
        if result.keywords_found is not None:
            entry["per_keywords"] = result.keywords_found
        if result.similarity is not None:
            entry["per_diff"] = result.similarity
    return entry


def _own_orders(exchange: Exchange, ids: Iterable[int]) -> list[o.Order]:
    found = [exchange.orders[id_task] for id_task in ids if id_task in exchange.orders]
    return [order for order in found if not order.archived_at]
