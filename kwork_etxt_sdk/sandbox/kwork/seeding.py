"""The marketplace as it is when the sandbox starts."""

from __future__ import annotations

from kwork_etxt_sdk.sandbox.chance import chance
from kwork_etxt_sdk.sandbox.kwork.catalogue import FIRST_KWORK, KWORKS, draw_own
from kwork_etxt_sdk.sandbox.kwork.categories import Category, Tree
from kwork_etxt_sdk.sandbox.kwork.feed import seed_feed
from kwork_etxt_sdk.sandbox.kwork.market import Market
from kwork_etxt_sdk.sandbox.kwork.news import seed_news
from kwork_etxt_sdk.sandbox.kwork.orders import seed_orders
from kwork_etxt_sdk.sandbox.kwork.people import (
    ACTOR_ID,
    BUYERS,
    FIRST_BUYER,
    FIRST_SELLER,
    SELLERS,
    Account,
    member,
)
from kwork_etxt_sdk.sandbox.kwork.talk import seed_talk
from kwork_etxt_sdk.sandbox.kwork.wants import seed_wants
from kwork_etxt_sdk.sandbox.seeds import load

FAVOURITES, VIEWED, FAVOURITE_CATEGORIES = 14, 23, 3


def open_market(*, seed: int, now: int, base_url: str, login: str = "demo_buyer") -> Market:
    """A fresh marketplace with its usual inhabitants."""
    tree = Tree([Category(**entry) for entry in load("kwork")["categories"]])
    draw = chance(seed, "kwork", "members")
    actor = _account(seed, now, login)
    market = Market(
        seed=seed,
        now=now,
        base_url=base_url,
        tree=tree,
        actor=actor,
        sellers=[member(id_member, draw, now) for id_member in range(FIRST_SELLER, FIRST_SELLER + SELLERS)],
        buyers=[member(id_member, draw, now) for id_member in range(FIRST_BUYER, FIRST_BUYER + BUYERS)],
        own_kworks=draw_own(seed=seed, now=now, tree=tree, seller=actor.member),
    )
    draw = market.draw("account")
    ids = range(FIRST_KWORK, FIRST_KWORK + KWORKS)
    market.favourites = draw.sample(ids, FAVOURITES)
    market.viewed = draw.sample(ids, VIEWED)
    market.favourite_categories = draw.sample(tree.leaves, FAVOURITE_CATEGORIES)
    seed_feed(market)
    seed_news(market)
    seed_talk(market)
    seed_orders(market)
    seed_wants(market)
    return market


def _account(seed: int, now: int, login: str) -> Account:
    person = member(ACTOR_ID, chance(seed, "kwork", "account"), now)
    return Account(
        member=person,
        username=login,
        fullname=person.fullname,
        email=f"{login}@example.invalid",
        about=person.about,
        profession=person.profession,
        phone="+7 900 000-00-" + str(10 + seed % 90),
        free_amount=4_250.5,
        hold_amount=1_500.0,
    )
