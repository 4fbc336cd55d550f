"""`tasks_archive.*`: finished orders that have been put away."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.etxt import orders as o
from kwork_etxt_sdk.sandbox.etxt.links import link
from kwork_etxt_sdk.sandbox.etxt.registry import reads
from kwork_etxt_sdk.sandbox.etxt.shapes import KeyedMap, Page

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters


@reads("tasks_archive.listTasks")
def list_tasks(exchange: Exchange, given: Parameters) -> Page:
    """Archived orders, in the order of their ids."""
    found = [
        order
        for order in exchange.orders.values()
        if order.archived_at and given.fits(id=order.id, id_user=order.id_user, id_folder=order.id_folder)
    ]
    falling = given.word("order", ("asc", "desc"), "asc") == "desc"
    found.sort(key=lambda order: order.id, reverse=falling)
    return Page([_row(order) for order in found[given.page()]])


def _row(order: o.Order) -> dict[str, Any]:
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
        "id_level": order.id_level,
        "deadline": order.deadline,
        "price": order.full_price,
        "price_type": order.price_type,
        "size": order.size,
        "whitespaces": int(order.whitespaces),
        "text": order.text,
        "keywords": order.keywords,
        "date_archive": order.archived_at,
    }
    if order.id_type == o.TRANSLATION:
        row |= {"language_from": order.language_from, "language_to": order.language_to}
    return row


@reads("tasks_archive.getResults")
def get_results(exchange: Exchange, given: Parameters) -> Page:
    """Results of one archived order, the latest first, with their texts."""
    order = exchange.archived_order(given.identifier())
    rows = [
        {
            "id_task": order.id,
            "id_user": result.id_user,
            "comment": result.comment,
            "content": "".join(f"<p>{html.escape(part)}</p>" for part in result.text.split("\n\n")),
            "date": result.date,
            "date_reset": result.returned_at,
            "check": KeyedMap({"per_antiplagiat": result.uniqueness, "per_mistakes": result.mistakes}),
            "files": KeyedMap(_files(exchange, result)),
        }
        for result in reversed(order.results)
    ]
    return Page(rows, key="")


def _files(exchange: Exchange, result: o.Result) -> dict[str, dict[str, Any]]:
    if not result.attached:
        return {}
    return {"file": {"name": "txt", "size": len(result.text), "path": link(exchange, "result", [result.id], "txt")}}
