"""Orders of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_HOUR
from kwork_etxt_sdk.sandbox.kwork.app.details import days_text
from kwork_etxt_sdk.sandbox.kwork.app.envelope import cut, enveloped
from kwork_etxt_sdk.sandbox.kwork.app.registry import NO_PAYER_ORDERS, NO_WORKER_ORDERS, Refusal, answers, invalid
from kwork_etxt_sdk.sandbox.kwork.app.rows import person_row, picture
from kwork_etxt_sdk.sandbox.kwork.orders import (
    ARBITRATION,
    CANCELLED,
    CHECKED,
    COMPLETED,
    GIVEN_UP_AFTER,
    IN_WORK,
    PAYER,
    UNPAID,
    WORKER,
    orders_of,
)

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.app.given import Given
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.orders import Order

ORDERS_PER_PAGE = 10
FILTERS = {
    "active": {IN_WORK, ARBITRATION},
    "cancelled": {CANCELLED},
    "delivered": {CHECKED},
    "completed": {COMPLETED},
    "unpaid": {UNPAID},
    "missing_data": set[int](),
    "all": {IN_WORK, ARBITRATION, CANCELLED, CHECKED, COMPLETED, UNPAID},
}
WORKER_FILTERS = {name: states for name, states in FILTERS.items() if name not in ("unpaid", "missing_data")} | {
    "awaiting_receipt": set[int]()
}
CANCEL_REASON, CANCEL_TIME = "can\u0441el_reason", "time_can\u0441el"
"""Names with a Cyrillic letter in the middle, as the service spells them."""
LATE = -2


@answers("payerOrders")
def get_payer_orders(market: Market, given: Given) -> Row:
    """What the account has ordered; an empty list is a refusal."""
    orders = orders_of(market, PAYER)
    if not orders:
        raise Refusal(NO_PAYER_ORDERS, "У вас нет заказов")
    return _page(market, given, orders, FILTERS)


@answers("workerOrders")
def get_worker_orders(market: Market, given: Given) -> Row:
    """What the account has to do for others; an empty list is a refusal."""
    orders = orders_of(market, WORKER)
    if not orders:
        raise Refusal(NO_WORKER_ORDERS, "У вас нет заказов")
    answer = _page(market, given, orders, WORKER_FILTERS)
    counts = answer["response"]["filter_counts"]
    counts["all"] = str(counts["all"])  # one number among many that is a text
    return answer


def _page(market: Market, given: Given, orders: list[Order], filters: dict[str, set[int]]) -> Row:
    name = given.text("filter")
    chosen = name if name in filters else "all"
    found = [order for order in orders if order.status in filters[chosen]]
    shown, paging = cut(found, given.page(), ORDERS_PER_PAGE, pages=False)
    counts = {key: sum(order.status in states for order in orders) for key, states in filters.items()}
    rows = [order_row(market, order) for order in shown]
    return enveloped({"filter": chosen, "filter_counts": counts, "orders": rows, "paging": paging})


@answers("getOrderDetails", "orderId")
def get_order(market: Market, given: Given) -> Row:
    """One order."""
    order = market.orders.get(given.identifier("orderId"))
    if order is None:
        raise invalid()
    return enveloped(order_row(market, order))


def order_row(market: Market, order: Order) -> Row:
    """An order; the fields depend on the side."""
    kwork = market.kwork(order.kwork_id)
    other = person_row(market, market.members[order.member_id])
    common = {
        "id": order.id,
        "kwork_id": order.kwork_id,
        "kwork_title": order.title,
        "display_title": order.title,
        "price": order.price,
        "has_stages": False,
        "stages_price": 0,
        "has_completed_stages": False,
        "status": order.status,
        "statusVirtual": order.status,
        "progress": order.progress(market.now),
        "payment_type": 0,
        "time_added": order.added,
        "deadline": order.deadline,
        "project": None,
        "unread_tracks": order.unread_tracks,
        "in_work": order.taken_at is not None,
        "is_cancel_request": False,
        "photo": picture(kwork.images[0] if kwork.images else None),
        "order_note": "",
        CANCEL_REASON: order.cancel_reason,
    }
    if order.side == PAYER:
        return common | {
            "worker": other,
            "display_time": order.delivered_at or order.added,
            "can_add_review": order.status == COMPLETED,
            "can_repeat_order": order.is_finished,
            "missing_data": False,
            "yescrowPaymentNotAvailable": False,
        }
    return common | {
        "payer": other,
        "time_left": _time_left(market, order),
        "duration": order.duration,
        "time_is_lost": _is_lost(market, order),
        "can_add_portfolio": order.status == COMPLETED,
        CANCEL_TIME: order.finished_at if order.status == CANCELLED else 0,
    }


def _time_left(market: Market, order: Order) -> str:
    """A text for people: how long the work may still take, or how soon it has to be begun; empty if too late."""
    ends = order.deadline or order.added + GIVEN_UP_AFTER * SECONDS_PER_HOUR
    left = ends - market.now
    if order.status != IN_WORK or left <= 0:
        return ""
    days, rest = divmod(left, 24 * SECONDS_PER_HOUR)
    hours = f"{rest // SECONDS_PER_HOUR} ч."
    return f"{days_text(days)} {hours}" if days else hours


def _is_lost(market: Market, order: Order) -> int:
    if order.status != IN_WORK:
        return 1
    if order.deadline is None:
        return int(market.now - order.added >= (GIVEN_UP_AFTER - 1) * SECONDS_PER_HOUR)
    return LATE if market.now > order.deadline else 1
