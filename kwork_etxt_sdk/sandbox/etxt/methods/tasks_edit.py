"""`tasks.*`: placing and changing orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.etxt import errors as e
from kwork_etxt_sdk.sandbox.etxt import orders as o
from kwork_etxt_sdk.sandbox.etxt import people as p
from kwork_etxt_sdk.sandbox.etxt.exchange import USUAL_TERM
from kwork_etxt_sdk.sandbox.etxt.life import is_urgent, publish, withdraw
from kwork_etxt_sdk.sandbox.etxt.registry import changes
from kwork_etxt_sdk.sandbox.etxt.relations import BLACK
from kwork_etxt_sdk.sandbox.etxt.texts import count_characters

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

MOST_TITLE, MOST_DESCRIPTION, MOST_SOURCE_TEXT = 512, 10_000, 40_000
WHOLE_PERCENT = 100
EXPERT_CATEGORIES = ("health", "building", "law", "finance")
"""Keywords of the categories for which authors can be certified."""
MOST_FILE_BYTES = 5 * 1024 * 1024
FILE_TYPES = ("txt", "rtf", "doc", "docx", "odt", "xls", "xlsx", "pdf", "jpg", "jpeg", "png", "gif", "zip", "rar")
"""The manual publishes neither the largest size nor the types: these are the sandbox's own."""
VIRUS_MARK = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
"""Part of the harmless file with which virus scanners are tested."""


@changes("tasks.saveTask")
def save_task(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Creates an order, or overwrites all of one that still waits for an author."""
    edited = exchange.order(given.identifier()) if given.given("id") else None
    if edited is not None and edited.status != o.WAITING:
        raise e.Refusal(e.NO_ACCESS)
    fields = _task_fields(exchange, given)
    _check_target(exchange, fields)
    fields |= _attachment(given)
    order = edited or o.Order(id=exchange.next_id("order"), date=exchange.now, **fields)
    for name, value in fields.items():
        setattr(order, name, value)
    order.date = exchange.now
    order.quick = is_urgent(exchange, order.deadline)
    exchange.orders[order.id] = order
    if given.flag("public"):
        publish(exchange, order)
    elif order.public:
        withdraw(order)
    return {"id_task": order.id}


def _task_fields(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    kind = given.choice("id_type", o.KINDS_OF_WORK, o.COPYWRITING)
    text = given.text("text", most=MOST_SOURCE_TEXT) if kind in (o.REWRITING, o.TRANSLATION) else ""
    whitespaces = given.flag("whitespaces")
    size = given.integer("size") or count_characters(text, spaces_count=whitespaces)
    category = exchange.categories.get(given.identifier("id_category"))
    deadline = given.moment() or exchange.now + USUAL_TERM
    multitask = given.flag("multitask")
    if size <= 0 or category is None or not exchange.may_end_at(deadline):
        raise e.Refusal(e.NO_PARAMS)
    uniq = given.optional_integer("uniq")
    if uniq is not None and not 0 <= uniq <= WHOLE_PERCENT:
        raise e.Refusal(e.NO_PARAMS)
    if given.flag("attestat") and category.keyword not in EXPERT_CATEGORIES:
        raise e.Refusal(e.NO_PARAMS)
    id_folder = given.integer("id_folder")
    exchange.folders.require(id_folder)
    return {
        "title": given.public_text("title", least=1, most=MOST_TITLE),
        "description": given.public_text("description", most=MOST_DESCRIPTION),
        "text": text,
        "price": given.money("price"),
        "price_type": given.choice("price_type", (o.PER_THOUSAND, o.WHOLE_ORDER), o.PER_THOUSAND),
        "size": size,
        "id_category": category.id,
        "deadline": deadline,
        "id_type": kind,
        "id_subtype": given.choice("id_subtype", range(7), 0),
        "id_folder": id_folder,
        "whitespaces": whitespaces,
        "checksize": given.flag("checksize"),
        "only_stars": given.flag("only_stars"),
        "locate": given.flag("locate"),
        "uniq": uniq,
        "keywords": given.text("keywords") if kind == o.SEO else "",
        "language_from": given.integer("language_from"),
        "language_to": given.integer("language_to"),
        "target": given.choice("target_task", (o.EVERYBODY, o.WHITE_LIST, o.ONE_AUTHOR), o.EVERYBODY),
        "id_target": given.integer("id_target"),
        "auto_work": given.flag("auto_work"),
        "auto_rate": given.integer("auto_rate"),
        "auto_reports": given.integer("auto_reports"),
        "auto_reports_n": given.optional_integer("auto_reports_n"),
        "multitask": multitask,
        "multione": given.flag("multione"),
        "multicount": max(given.integer("multicount"), 1) if multitask else 0,
        "attestat": given.flag("attestat"),
        "diplom": given.flag("diplom"),
        "robot": given.choice("robot", (-1, 0, 1), 0),
    }


def _check_target(exchange: Exchange, fields: dict[str, Any]) -> None:
    if fields["target"] == o.WHITE_LIST:
        exchange.groups.require(fields["id_target"])
    if fields["target"] != o.ONE_AUTHOR:
        return
    author = exchange.people.get(fields["id_target"])
    entry = exchange.listed.get(fields["id_target"])
    if author is None or not author.is_author or p.REFUSES_CUSTOMER in author.habits:
        raise e.Refusal(e.NO_UTARGET)
    if entry is not None and entry.colour == BLACK:
        raise e.Refusal(e.NO_UTARGET)
    price = fields["price"]
    if fields["price_type"] == o.WHOLE_ORDER:
        price = price * 1000 / fields["size"]
    if not author.works_for(fields["id_type"], price):
        raise e.Refusal(e.NO_WORK)


def _attachment(given: Parameters) -> dict[str, Any]:
    file = given.files.get("file")
    if file is None:
        if given.given("file"):
            raise e.Refusal(e.FILE_NOT_UPLOADED)
        return {}
    if not file.content:
        raise e.Refusal(e.FILE_IS_EMPTY)
    if len(file.content) > MOST_FILE_BYTES:
        raise e.Refusal(e.FILE_TOO_BIG)
    if file.file_name.rpartition(".")[2].casefold() not in FILE_TYPES:
        raise e.Refusal(e.FILE_BAD_TYPE)
    if VIRUS_MARK in file.content:
        raise e.Refusal(e.FILE_HAS_VIRUS)
    return {"attachment": file.file_name, "attachment_content": file.content}
