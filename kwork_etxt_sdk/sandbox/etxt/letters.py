"""Authors answer: letters to the customer and comments under orders, some simulated minutes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_MINUTE
from kwork_etxt_sdk.sandbox.etxt.life import add_note
from kwork_etxt_sdk.sandbox.etxt.office import PrivateMessage
from kwork_etxt_sdk.sandbox.etxt.people import SILENT
from kwork_etxt_sdk.sandbox.etxt.registry import happens
from kwork_etxt_sdk.sandbox.seeds import words

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.orders import Order

ANSWER_AFTER = (5, 40)
"""Simulated minutes, from and to."""


def plan_letter(exchange: Exchange, id_user: int) -> None:
    """Lets a person write to the customer soon, unless it is one who never does."""
    if SILENT not in exchange.people[id_user].habits:
        exchange.agenda.add(_answer_at(exchange, id_user), "letter", person=id_user)


def plan_comment(exchange: Exchange, order: Order) -> None:
    """Lets the author of an order answer under it soon."""
    if SILENT not in exchange.people[order.id_user].habits:
        at = _answer_at(exchange, order.id_user)
        exchange.agenda.add(at, "comment", subject=order.id, person=order.id_user, turn=order.turn)


def _answer_at(exchange: Exchange, id_user: int) -> int:
    fastest, slowest = ANSWER_AFTER
    draw = exchange.chance("answer", id_user, exchange.now)
    return exchange.now + draw.randint(fastest * SECONDS_PER_MINUTE, slowest * SECONDS_PER_MINUTE)


@happens("letter")
def _on_letter(exchange: Exchange, event: Event) -> None:
    text = exchange.chance("letter", event.person, exchange.now).choice(words()["replies"])
    exchange.private.append(PrivateMessage(event.person, event.person, text, exchange.now))


@happens("comment")
def _on_comment(exchange: Exchange, event: Event) -> None:
    order = exchange.orders.get(event.subject)
    if order is not None and order.id_user == event.person:
        text = exchange.chance("comment", order.id, exchange.now).choice(words()["replies"])
        add_note(exchange, order, event.person, text)
