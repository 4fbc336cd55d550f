"""Projects, orders, wants and offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.documented.registry import answers
from kwork_etxt_sdk.sandbox.kwork.documented.rows import cut, iso_time, order_row, project_row
from kwork_etxt_sdk.sandbox.kwork.feed import open_projects
from kwork_etxt_sdk.sandbox.kwork.orders import PAYER, WORKER, orders_of
from kwork_etxt_sdk.sandbox.kwork.wants import ARCHIVED, WANT_STATUS_NAMES, offers_by_time, wants_by_time
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.documented.given import Given
    from kwork_etxt_sdk.sandbox.kwork.documented.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market

PROJECTS_PER_PAGE = 12
RATES = {"USD": 91.5, "EUR": 99.25}
"""Invented, as everything here; roubles for one."""


@answers("projects")
def get_list(market: Market, given: Given) -> Row:
    """A page of the project feed, newest first."""
    categories = market.tree.within(given.integer("category_id"))
    found = [project for project in open_projects(market) if project.category_id in categories]
    shown, pagination = cut(found, given.page(), PROJECTS_PER_PAGE)
    return {"projects": [project_row(market, project) for project in shown], "pagination": pagination}


@answers("payerOrders")
def get_payer_orders(market: Market, _given: Given) -> Row:
    """What the account has ordered."""
    return {"orders": [order_row(market, order) for order in orders_of(market, PAYER)]}


@answers("workerOrders")
def get_worker_orders(market: Market, _given: Given) -> Row:
    """What the account has to do for others."""
    return {"orders": [order_row(market, order) for order in orders_of(market, WORKER)]}


@answers("myWants")
def get_wants(market: Market, _given: Given) -> Row:
    """The account's own projects."""
    return {
        "wants": [
            {
                "id": want.id,
                "title": want.title,
                "description": want.description,
                "status": WANT_STATUS_NAMES[want.status_id],
                "budget": float(want.price),
                "category_id": want.category_id,
                "bids_count": want.offers,
                "created_at": iso_time(want.created_at),
            }
            for want in wants_by_time(market)
        ]
    }


@answers("wantsStatusList")
def get_wants_status(market: Market, _given: Given) -> Row:
    """The account's own projects, counted by status."""
    counts = [want.status_id for want in market.wants.values()]
    return {
        "statuses": [
            {"id": id_status, "name": title, "count": counts.count(id_status)}
            for id_status, title, _ in load("kwork")["want_statuses"]
        ],
        "archived": counts.count(ARCHIVED),
    }


@answers("offers")
def get_offers(market: Market, _given: Given) -> Row:
    """What the account has offered for other people's projects."""
    return {
        "offers": [
            {
                "id": offer.id,
                "project": project_row(market, offer.project),
                "price": float(offer.price),
                "days": offer.days,
                "comment": offer.comment,
                "created_at": iso_time(offer.created_at),
            }
            for offer in offers_by_time(market)
        ]
    }


@answers("exchangeInfo")
def get_exchange_info(_market: Market, _given: Given) -> Row:
    """Currencies: that is what the documentation takes this method for."""
    return {"currency": "RUB", "rates": dict(RATES)}
