"""The exchange: the project feed, the account's own projects, and its offers."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.app.envelope import cut, enveloped, listed
from kwork_etxt_sdk.sandbox.kwork.app.registry import answers, invalid
from kwork_etxt_sdk.sandbox.kwork.app.rows import badge_rows, html_text, picture
from kwork_etxt_sdk.sandbox.kwork.feed import open_projects
from kwork_etxt_sdk.sandbox.kwork.wants import (
    ALL_CONNECTS,
    ARCHIVED,
    REJECTED,
    WANT_STATUS_NAMES,
    has_offer,
    offers_by_time,
    open_offers,
    wants_by_time,
)
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.app.given import Given
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.feed import Project
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.wants import Offer, Want

PROJECTS_PER_PAGE, OFFERS_PER_PAGE, WANTS_PER_PAGE = 12, 12, 10
HIGHER_PRICE = 3
"""How many times the budget a buyer may be asked for who is ready to pay more."""


@answers("projects")
def get_projects(market: Market, given: Given) -> Row:
    """A page of the feed, newest first. `category_id` means nothing here; no `categories` means all."""
    ids = given.numbers("categories")
    within = set(market.tree.by_id) if not ids else set().union(*(market.tree.within(one) for one in ids))
    wanted = given.text("query").casefold()
    found = [
        project
        for project in open_projects(market)
        if project.category_id in within
        and wanted in f"{project.title} {project.description}".casefold()
        and _is_within_limits(market, given, project)
    ]
    shown, paging = cut(found, given.page(), PROJECTS_PER_PAGE)
    rows = [project_row(market, project) for project in shown]
    return listed(rows, connects=_connects(market), paging=paging)


def _is_within_limits(market: Market, given: Given, project: Project) -> bool:
    bids = project.bids(market.now)
    lowest, highest = given.optional("price_from"), given.optional("price_to")
    more_than, at_most = given.optional("kworks_filter_from"), given.optional("kworks_filter_to")
    return (
        (lowest is None or project.price >= lowest)
        and (highest is None or project.price <= highest)
        and project.customer.hired_percent >= given.integer("hiring_from")
        and (more_than is None or bids > more_than)
        and (at_most is None or bids <= at_most)
    )


@answers("project", "id")
def get_project(market: Market, given: Given) -> Row:
    """One project."""
    project = market.projects.get(given.identifier("id"))
    if project is None:
        raise invalid()
    return enveloped(project_row(market, project))


@answers("myWants")
def get_wants(market: Market, given: Given) -> Row:
    """The account's own projects; archived ones only if they are asked for by -1."""
    statuses = given.numbers("want_status_id") or set(WANT_STATUS_NAMES) - {ARCHIVED}
    shown, paging = cut(wants_by_time(market, statuses), given.page(), WANTS_PER_PAGE)
    return enveloped([want_row(market, want) for want in shown], paging=paging)


@answers("want", "id")
def get_want(market: Market, given: Given) -> Row:
    """One of the account's own projects, in a list."""
    want = market.wants.get(given.identifier("id"))
    if want is None:
        raise invalid()
    return enveloped([want_row(market, want)])


@answers("wantsStatusList")
def get_wants_status(market: Market, _given: Given) -> Row:
    """The account's own projects by status, with the first page of each."""
    rows = []
    for order, (id_status, title, hint) in enumerate(load("kwork")["want_statuses"], 1):
        wants = wants_by_time(market, {id_status})
        first = [want_row(market, want) for want in wants[:WANTS_PER_PAGE]]
        row = {"id": id_status, "title": title, "tootlip": hint, "order": order}
        rows.append(row | {"projects_count": len(wants), "wants": first})
    return enveloped(rows)


@answers("offers")
def get_offers(market: Market, given: Given) -> Row:
    """What the account has offered for other people's projects."""
    shown, paging = cut(offers_by_time(market), given.page(), OFFERS_PER_PAGE)
    rows = [offer_row(market, offer) for offer in shown]
    return enveloped(rows, connects=_connects(market), paging=paging)


@answers("offer", "id")
def get_offer(market: Market, given: Given) -> Row:
    """One offer."""
    offer = market.offers.get(given.identifier("id"))
    if offer is None:
        raise invalid()
    return enveloped(offer_row(market, offer))


@answers("exchangeInfo")
def get_exchange_info(market: Market, _given: Given) -> Row:
    """Two counters, without any envelope."""
    return {
        "archived_count": len(wants_by_time(market, {ARCHIVED})),
        "exchange_response_count": len(market.offers),
    }


def _connects(market: Market) -> Row:
    return {
        "all_connects": ALL_CONNECTS,
        "active_connects": ALL_CONNECTS - len(open_offers(market)),
        "update_time": -1,
    }


def project_row(market: Market, project: Project) -> Row:
    """A project of somebody else. The time left is in seconds."""
    customer = project.customer
    theirs = [other for other in market.projects.values() if other.customer.id == customer.id]
    needs_portfolio = project.id % 5 == 0
    return {
        "id": project.id,
        "status": "active" if market.now < project.closes_at else "archived",
        "user_id": customer.id,
        "username": customer.username,
        "profile_picture": picture(customer.avatar),
        "price": project.price,
        "possible_price_limit": project.price * (HIGHER_PRICE if project.takes_higher_price else 1),
        "allow_higher_price": project.takes_higher_price,
        "title": project.title,
        "description": html_text(project.description),
        "offers": project.bids(market.now),
        "time_left": max(project.closes_at - market.now, 0),
        "date_confirm": project.created_at,
        "parent_category_id": market.tree.root_of(project.category_id).id,
        "category_id": project.category_id,
        "category_base_price": market.tree.by_id[project.category_id].base_price,
        "user_projects_count": len(theirs) + customer.orders_done,
        "user_active_projects_count": len(theirs),
        "user_hired_percent": customer.hired_percent,
        "achievements_list": badge_rows(market, customer.badges),
        "is_viewed": None if project.id % 4 else False,
        "already_work": None if project.id % 3 else 0,
        "user_need_portfolio": int(needs_portfolio),
        "user_need_portfolio_rubric_name": market.tree.by_id[project.category_id].name if needs_portfolio else None,
        "user_need_kwork": 0,
        "has_offer": has_offer(market, project.id),
    }


def want_row(market: Market, want: Want) -> Row:
    """One of the account's own projects."""
    return {
        "id": want.id,
        "title": want.title,
        "description": html_text(want.description),
        "status": WANT_STATUS_NAMES[want.status_id],
        "want_status_id": want.status_id,
        "date_create": want.created_at,
        "date_active": want.created_at,
        "date_expire": want.expires_at,
        "date_reject": want.created_at if want.status_id == REJECTED else None,
        "price_limit": want.price,
        "possible_price_limit": want.price,
        "allow_higher_price": False,
        "views": want.views,
        "orders": 0,
        "offers": want.offers,
        "views_history": [{"date": want.created_at, "view_count": want.views}] if want.views else [],
        "category_base_price": market.tree.by_id[want.category_id].base_price,
    }


def offer_row(market: Market, offer: Offer) -> Row:
    """An offer of the account, with the project it is for."""
    is_open = market.now < offer.project.closes_at
    return {
        "id": offer.id,
        "status": "active" if is_open else "archived",
        "title": offer.project.title,
        "comment": html.escape(re.sub(r"\n+", "\n", offer.comment)),
        "price": offer.price,
        "duration": offer.days,
        "date_create": offer.created_at,
        "is_actual": is_open,
        "is_read": offer.id % 2 == 0,
        "want_id": offer.project.id,
        "order_id": None,
        "kwork_id": offer.kwork_id,
        "project": project_row(market, offer.project),
    }
