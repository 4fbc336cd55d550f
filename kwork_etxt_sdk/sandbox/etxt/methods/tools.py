"""`diff.*` and `correction.*`: comparing texts, and having them proof-read."""

from __future__ import annotations

import html
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.etxt.articles import article_text
from kwork_etxt_sdk.sandbox.etxt.errors import NO_ACCESS, NO_OBJECT, NO_PARAMS, Refusal
from kwork_etxt_sdk.sandbox.etxt.money import KOPECK, to_kopecks
from kwork_etxt_sdk.sandbox.etxt.office import Correction
from kwork_etxt_sdk.sandbox.etxt.registry import changes, reads

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

COMPARED_LENGTH = (30, 20_000)
SHORTEST_CORRECTION = SECONDS_PER_DAY
PROOFREADING_PRICE = Decimal(20)
"""Roubles per 1000 characters. Proof-reading is a paid service, but the manual gives no price: this one is invented."""
MOST_TITLE = 512
IMPORTED = ("task", "a_task", "article", "a_article")


@reads("diff.compareText")
def compare_text(_exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """How much of two texts is the same, and where."""
    least, most = COMPARED_LENGTH
    source = given.text("source", least=least, most=most).split()
    text = given.text("text", least=least, most=most).split()
    matcher = SequenceMatcher(None, source, text, autojunk=False)
    blocks = matcher.get_matching_blocks()
    same_in_source = {block.a + offset for block in blocks for offset in range(block.size)}
    same_in_text = {block.b + offset for block in blocks for offset in range(block.size)}
    percent = Decimal(str(round(matcher.ratio() * 100, 1)))
    return {"result": percent, "text": _marked(text, same_in_text), "source": _marked(source, same_in_source)}


def _marked(words: list[str], same: set[int]) -> str:
    marked = []
    for index, word in enumerate(words):
        escaped = html.escape(word)
        marked.append(f'<span class="same">{escaped}</span>' if index in same else escaped)
    return " ".join(marked)


@changes("correction.add")
def add(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Hands a text to a proof-reader."""
    title = given.text("title", least=1, most=MOST_TITLE)
    text = given.text("text", least=1)
    id_folder = given.integer("id_folder")
    exchange.folders.require(id_folder)
    return _order(exchange, given, Correction(0, title, given.text("description"), text, 0, id_folder))


@changes("correction.import")
def import_text(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Hands a delivered or bought text to a proof-reader."""
    kind = given.required_word("type", IMPORTED)
    id_object = given.identifier("id_object")
    if given.text("object_type") not in ("", "file"):
        raise Refusal(NO_PARAMS)
    title, text = _result(exchange, kind, id_object) if "task" in kind else _article(exchange, kind, id_object)
    return _order(exchange, given, Correction(0, title, "", text, 0))


def _order(exchange: Exchange, given: Parameters, correction: Correction) -> dict[str, Any]:
    earliest = exchange.now + SHORTEST_CORRECTION
    deadline = given.moment() or earliest
    if deadline < earliest:
        raise Refusal(NO_PARAMS)
    price = max(to_kopecks(PROOFREADING_PRICE * len(correction.text) / 1000), KOPECK)
    exchange.account.require(price)
    correction.deadline = deadline
    correction.id = exchange.next_id("correction")
    exchange.corrections[correction.id] = correction
    operation = f"Коррекция {correction.id}"
    exchange.spend(price, Decimal("0.00"), operation, folder=correction.id_folder)
    return {"id": correction.id}


def _result(exchange: Exchange, kind: str, id_object: int) -> tuple[str, str]:
    """The title and the text of a result (by its own id) or of an archived order (by the order's id)."""
    if kind == "a_task":
        order = exchange.archived_order(id_object)
        return order.title, order.results[-1].text
    result = exchange.results.get(id_object)
    if result is None:
        raise Refusal(NO_OBJECT)
    return exchange.order(result.id_task).title, result.text


def _article(exchange: Exchange, kind: str, id_object: int) -> tuple[str, str]:
    article = exchange.articles.get(id_object)
    if article is None:
        raise Refusal(NO_OBJECT)
    if not article.bought_at or article.archived != (kind == "a_article"):
        raise Refusal(NO_ACCESS)
    return article.title, article_text(exchange, article)
