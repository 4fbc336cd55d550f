"""`categories.*`, `folders.*`, `options.*`: how things are sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.etxt.errors import NO_OBJECT, Refusal
from kwork_etxt_sdk.sandbox.etxt.registry import changes, reads
from kwork_etxt_sdk.sandbox.etxt.shapes import KeyedMap, Page, PlainNumber
from kwork_etxt_sdk.sandbox.etxt.trees import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

MOST_FOLDER_NAME = 128
MOVABLE = ("task", "archive", "article", "article_archive", "correction", "bhv_task")


@reads("categories.listCategories")
def list_categories(exchange: Exchange, _given: Parameters) -> Page:
    """Every subject, by name."""
    rows = [
        {"id_category": entry.id, "id_parent": entry.parent, "name": entry.name, "keyword": entry.keyword}
        for entry in sorted(exchange.categories.values(), key=lambda entry: entry.name)
    ]
    return Page(rows, key="id_category")


@reads("options.getLangs")
def get_langs(exchange: Exchange, _given: Parameters) -> KeyedMap:
    """Every language by id."""
    return KeyedMap(exchange.languages)


@reads("folders.listFolders")
def list_folders(exchange: Exchange, given: Parameters) -> Page:
    """The customer's folders as a tree, siblings by name or by date."""
    by_date = given.word("sort", ("name", "date"), "name") == "date"
    return Page(exchange.folders.rows(by_date=by_date), key="id_category")


@changes("folders.addFolder")
def add_folder(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Creates a folder."""
    name = given.text("name", least=1, most=MOST_FOLDER_NAME)
    return {"id_folder": exchange.folders.add(name, given.integer("id_parent", ROOT), exchange.now).id}


@changes("folders.moveToFolder")
def move_to_folder(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Puts objects of one kind into a folder; says how many."""
    kind = given.required_word("type", MOVABLE)
    id_folder = given.integer("id_folder", ROOT)
    exchange.folders.require(id_folder)
    wanted = set(given.identifiers("ids"))
    moved = [thing for thing in _movable(exchange, kind) if thing.id in wanted]
    if not moved:
        raise Refusal(NO_OBJECT)
    for thing in moved:
        thing.id_folder = id_folder
    return {"count": PlainNumber(len(moved))}


def _movable(exchange: Exchange, kind: str) -> Iterable[Any]:
    if kind in ("task", "archive"):
        return [order for order in exchange.orders.values() if bool(order.archived_at) == (kind == "archive")]
    if kind in ("article", "article_archive"):
        bought = [article for article in exchange.articles.values() if article.bought_at]
        return [article for article in bought if article.archived == (kind == "article_archive")]
    # The manual names `bhv_task` without saying what makes one: the sandbox has none.
    return exchange.corrections.values() if kind == "correction" else ()
