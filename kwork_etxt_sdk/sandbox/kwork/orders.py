"""Orders on both sides: those the account has placed, and those it has to fulfil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY, SECONDS_PER_HOUR
from kwork_etxt_sdk.sandbox.kwork.catalogue import ACTIVE, FIRST_KWORK, KWORKS
from kwork_etxt_sdk.sandbox.kwork.happening import happens
from kwork_etxt_sdk.sandbox.kwork.news import ORDER, tell
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.kwork.market import Market

    OrderHandler: TypeAlias = Callable[["Market", "Order"], None]

FIRST_ORDER = 40_001
PAYER, WORKER = "payer", "worker"
IN_WORK, ARBITRATION, CANCELLED, CHECKED, COMPLETED, UNPAID = 1, 2, 3, 4, 5, 6
FIRST_STATUSES = (COMPLETED, CANCELLED, COMPLETED, CHECKED, COMPLETED, IN_WORK, UNPAID, COMPLETED, IN_WORK, CHECKED,
                  COMPLETED, ARBITRATION, IN_WORK, COMPLETED, IN_WORK)  # fmt: skip
"""Of the orders on each side, oldest first."""
MOST_ORDERS = 120
"""The oldest finished order makes room for a new one."""
TAKEN_AFTER = (1, 22)
"""Hours; after 24 an order that nobody has taken into work is cancelled."""
GIVEN_UP_AFTER = 24
ACCEPTED_AFTER = 3 * 24
NEXT_ORDER_AFTER = (14, 50)
"""Hours until another buyer orders one of the account's kworks."""
DONE_PERCENT = 100


@dataclass
class Order:
    """An order of a kwork. `member_id` is the other side."""

    id: int
    side: str
    member_id: int
    kwork_id: int
    title: str
    price: int
    days: int
    added: int
    status: int = IN_WORK
    taken_at: int | None = None
    delivered_at: int | None = None
    finished_at: int | None = None
    cancel_reason: str = ""
    unread_tracks: int = 0

    @property
    def duration(self) -> int:
        """How long the work may take, in seconds."""
        return self.days * SECONDS_PER_DAY

    @property
    def deadline(self) -> int | None:
        """When the work is due; unknown before it is taken up."""
        return None if self.taken_at is None else self.taken_at + self.duration

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in (CANCELLED, COMPLETED)

    def progress(self, now: int) -> int:
        """How much is done, in percent."""
        if self.status in (CHECKED, COMPLETED):
            return DONE_PERCENT
        if self.taken_at is None:
            return 0
        return min(90, (now - self.taken_at) * DONE_PERCENT // self.duration // 10 * 10)


def orders_of(market: Market, side: str) -> list[Order]:
    """The orders of one side, newest first."""
    return [order for order in reversed(market.orders.values()) if order.side == side]


def _happens_to_order(kind: str) -> Callable[[OrderHandler], OrderHandler]:
    """Registers what happens to an order, if it is still there."""

    def register(handler: OrderHandler) -> OrderHandler:
        @happens(kind)
        def find(market: Market, event: Event) -> None:
            order = market.orders.get(event.subject)
            if order is not None:
                handler(market, order)

        return handler

    return register


@_happens_to_order("order taken")
def _taken(market: Market, order: Order) -> None:
    order.taken_at = market.now
    order.unread_tracks += 1
    draw = market.draw("order delivered", order.id)
    share = draw.uniform(0.3, 1.4)  # some are late
    market.agenda.add(market.now + int(order.duration * share), "order delivered", subject=order.id)
    _tell(market, order, "Заказ взят в работу")


@_happens_to_order("order delivered")
def _delivered(market: Market, order: Order) -> None:
    order.status, order.delivered_at = CHECKED, market.now
    order.unread_tracks += 1
    market.agenda.add(market.now + ACCEPTED_AFTER * SECONDS_PER_HOUR, "order accepted", subject=order.id)
    _tell(market, order, "Заказ сдан на проверку")


@_happens_to_order("order accepted")
def _accepted(market: Market, order: Order) -> None:
    order.status, order.finished_at = COMPLETED, market.now
    if order.side == WORKER:
        market.actor.free_amount += order.price
    _tell(market, order, "Заказ выполнен")


@_happens_to_order("order given up")
def _given_up(market: Market, order: Order) -> None:
    order.status, order.finished_at = CANCELLED, market.now
    order.cancel_reason = load("kwork")["cancel_reasons"][1]
    _tell(market, order, "Заказ отменён")


@happens("order")
def _order_arrives(market: Market, _event: Event) -> None:
    if not any(own.status_id == ACTIVE for own in market.own_kworks.values()):
        return
    draw = market.draw("order", market.last_number("order"))
    order = _draw_order(market, WORKER, draw, market.now)
    _plan_start(market, order, draw)
    _tell(market, order, "Новый заказ")
    if len(market.orders) > MOST_ORDERS:
        del market.orders[next(old.id for old in market.orders.values() if old.is_finished)]
    _plan_next(market)


def _plan_start(market: Market, order: Order, draw: random.Random) -> None:
    is_missed = draw.random() < 1 / 8
    hours = GIVEN_UP_AFTER if is_missed else draw.randint(*TAKEN_AFTER)
    kind = "order given up" if is_missed else "order taken"
    market.agenda.add(market.now + hours * SECONDS_PER_HOUR, kind, subject=order.id)


def _plan_next(market: Market) -> None:
    hours = market.draw("next order", market.now).randint(*NEXT_ORDER_AFTER)
    market.agenda.add(market.now + hours * SECONDS_PER_HOUR, "order")


def _tell(market: Market, order: Order, title: str) -> None:
    text = f"{title}: «{order.title}»."
    tell(market, ORDER, title, text, link=f"/track?id={order.id}", entity_id=order.id, member_id=order.member_id)


def _draw_order(market: Market, side: str, draw: random.Random, added: int) -> Order:
    if side == PAYER:
        kwork = market.kworks[draw.randrange(FIRST_KWORK, FIRST_KWORK + KWORKS)]
        member_id = kwork.seller.id
    else:
        kwork = draw.choice([own for own in market.own_kworks.values() if own.status_id == ACTIVE])
        member_id = draw.choice(market.buyers).id
    id_order = market.number("order", FIRST_ORDER)
    order = Order(id_order, side, member_id, kwork.id, kwork.title, int(kwork.price), kwork.days, added)
    market.orders[id_order] = order
    return order


def seed_orders(market: Market) -> None:
    """Orders from before the sandbox started, in every state; the unfinished ones live on."""
    draw = market.draw("orders")
    count = len(FIRST_STATUSES)
    for place, status in enumerate(FIRST_STATUSES):
        for side in (PAYER, WORKER):
            days_ago = (count - place) * 3
            order = _draw_order(market, side, draw, market.now - days_ago * SECONDS_PER_DAY)
            order.status = status
            _seed_state(market, order, draw)
    _plan_next(market)


def _seed_state(market: Market, order: Order, draw: random.Random) -> None:
    if order.status == UNPAID:
        return
    if order.status == CANCELLED:
        order.finished_at = order.added + GIVEN_UP_AFTER * SECONDS_PER_HOUR
        order.cancel_reason = draw.choice(load("kwork")["cancel_reasons"])
        return
    if order.status == IN_WORK:
        order.added = market.now - draw.randint(1, 6) * SECONDS_PER_HOUR
        _plan_start(market, order, draw)
        return
    order.taken_at = order.added + draw.randint(*TAKEN_AFTER) * SECONDS_PER_HOUR
    if order.status == ARBITRATION:
        return
    order.delivered_at = market.now - SECONDS_PER_HOUR
    if order.status == CHECKED:
        at = market.now + draw.randint(1, ACCEPTED_AFTER) * SECONDS_PER_HOUR
        market.agenda.add(at, "order accepted", subject=order.id)
    else:
        order.delivered_at = order.taken_at + order.duration // 2
        order.finished_at = order.delivered_at + SECONDS_PER_HOUR
