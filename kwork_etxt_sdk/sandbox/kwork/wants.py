"""The account's own projects on the exchange, and its offers to other people's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY, SECONDS_PER_HOUR
from kwork_etxt_sdk.sandbox.kwork.feed import draw_project, open_projects
from kwork_etxt_sdk.sandbox.kwork.happening import happens
from kwork_etxt_sdk.sandbox.kwork.news import WANT, tell
from kwork_etxt_sdk.sandbox.seeds import load, words

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.kwork.feed import Project
    from kwork_etxt_sdk.sandbox.kwork.market import Market

FIRST_WANT, FIRST_OFFER, FIRST_OLD_PROJECT = 60_001, 70_001, 8_900_001
ON_EXCHANGE, IN_REVIEW, PAUSED, REJECTED, ARCHIVED = 1, 2, 3, 4, -1
FIRST_STATUSES = (ARCHIVED, ARCHIVED, ARCHIVED, PAUSED, REJECTED, ON_EXCHANGE, ON_EXCHANGE, IN_REVIEW, ON_EXCHANGE,
                  ON_EXCHANGE, ON_EXCHANGE, ON_EXCHANGE, ON_EXCHANGE)  # fmt: skip
"""Of the wants, oldest first."""
WANT_STATUS_NAMES = {ON_EXCHANGE: "active", IN_REVIEW: "new", PAUSED: "stop", REJECTED: "cancel", ARCHIVED: "archived"}
OPEN_OFFERS, OLD_OFFERS = 5, 10
NEXT_BID_AFTER = (2, 12)
"""Hours until a seller offers something for one of the account's projects."""
ALL_CONNECTS = 30


@dataclass
class Want:
    """A project that the account has published."""

    id: int
    title: str
    description: str
    status_id: int
    category_id: int
    price: int
    created_at: int
    expires_at: int
    views: int
    offers: int


@dataclass(frozen=True)
class Offer:
    """What the account has offered for somebody's project."""

    id: int
    project: Project
    price: int
    days: int
    comment: str
    created_at: int
    kwork_id: int | None


def wants_by_time(market: Market, statuses: set[int] | None = None) -> list[Want]:
    """The account's projects, newest first."""
    wants = reversed(market.wants.values())
    return [want for want in wants if statuses is None or want.status_id in statuses]


def offers_by_time(market: Market) -> list[Offer]:
    """The account's offers, newest first."""
    return list(reversed(market.offers.values()))


def has_offer(market: Market, id_project: int) -> bool:
    """Whether the account has offered something for a project."""
    return any(offer.project.id == id_project for offer in market.offers.values())


@happens("want expires")
def _want_expires(market: Market, event: Event) -> None:
    want = market.wants.get(event.subject)
    if want is None:
        return
    want.status_id = ARCHIVED
    tell(market, WANT, "Проект в архиве", f"«{want.title}» снят с биржи.", link="/manage_projects", entity_id=want.id)


@happens("bid")
def _bid(market: Market, _event: Event) -> None:
    wants = wants_by_time(market, {ON_EXCHANGE})
    if not wants:
        return
    draw = market.draw("bid", market.now)
    want, seller = draw.choice(wants), draw.choice(market.sellers)
    want.offers += 1
    want.views += draw.randint(1, 9)
    text = f"{seller.username} предлагает свои услуги: «{want.title}»."
    tell(market, WANT, "Новое предложение", text, link=f"/projects/{want.id}", entity_id=want.id, member_id=seller.id)
    plan_bid(market)


def plan_bid(market: Market) -> None:
    """Decides when a seller makes the next offer."""
    hours = market.draw("next bid", market.now).randint(*NEXT_BID_AFTER)
    market.agenda.add(market.now + hours * SECONDS_PER_HOUR, "bid")


def seed_wants(market: Market) -> None:
    """Projects and offers from before the sandbox started."""
    vocabulary = words()
    draw = market.draw("wants")
    count = len(FIRST_STATUSES)
    for place, status_id in enumerate(FIRST_STATUSES):
        id_want = market.number("want", FIRST_WANT)
        days_left = draw.randint(2, 25)
        created_at = market.now - (count - place) * SECONDS_PER_DAY
        need = draw.choice(vocabulary["project_needs"])
        market.wants[id_want] = Want(
            id=id_want,
            title=need,
            description=f"{need}. {draw.choice(vocabulary['project_terms'])}",
            status_id=status_id,
            category_id=draw.choice(market.tree.leaves),
            price=draw.randint(2, 80) * 250,
            created_at=created_at,
            expires_at=created_at + SECONDS_PER_HOUR
            if status_id == ARCHIVED
            else market.now + days_left * SECONDS_PER_DAY,
            views=draw.randint(0, 300),
            offers=draw.randint(0, 20),
        )
        if status_id == ON_EXCHANGE:
            market.agenda.add(market.wants[id_want].expires_at, "want expires", subject=id_want)
    plan_bid(market)
    _seed_offers(market)


def _seed_offers(market: Market) -> None:
    draw = market.draw("offers")
    ages = sorted((draw.randint(4, 60) for _ in range(OLD_OFFERS)), reverse=True)
    old = [
        draw_project(market, id_project, market.now - age * SECONDS_PER_DAY)
        for id_project, age in enumerate(ages, FIRST_OLD_PROJECT)
    ]
    for project in [*old, *reversed(open_projects(market)[10 : 10 + OPEN_OFFERS])]:
        id_offer = market.number("offer", FIRST_OFFER)
        market.offers[id_offer] = Offer(
            id=id_offer,
            project=project,
            price=project.price,
            days=draw.choice((1, 2, 3, 5, 7, 10, 14)),
            comment=draw.choice(load("kwork")["offer_comments"]),
            created_at=project.created_at + SECONDS_PER_HOUR // 2,
            kwork_id=draw.choice((None, *market.own_kworks)),
        )


def open_offers(market: Market) -> list[Offer]:
    """Offers for projects that are still open."""
    return [offer for offer in market.offers.values() if market.now < offer.project.closes_at]
