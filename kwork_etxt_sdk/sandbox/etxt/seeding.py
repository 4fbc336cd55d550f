"""The world as the exchange opens: authors, categories, folders, some history. Invented, and chosen by the seed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.chance import chance
from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
from kwork_etxt_sdk.sandbox.etxt.orders import KINDS_OF_WORK
from kwork_etxt_sdk.sandbox.etxt.people import Person
from kwork_etxt_sdk.sandbox.etxt.seeding_history import add_history
from kwork_etxt_sdk.sandbox.etxt.trees import Tree
from kwork_etxt_sdk.sandbox.seeds import load, words

if TYPE_CHECKING:
    import random

CUSTOMER_ID = 500_001
CUSTOMER_RATE = 12_500
"""More than 10 000, so that the customer may write private messages."""
FIRST_BALANCE = Decimal("10000.00")
FIRST_ORDINARY_AUTHOR = 700_101
ORDINARY_AUTHORS = 60
FIRST_FOLDER, FIRST_GROUP = 31, 12


def open_exchange(*, seed: int, now: int, base_url: str) -> Exchange:
    """A fresh exchange with its usual inhabitants."""
    customer = Person(
        id=CUSTOMER_ID,
        login="demo_zakaz",
        full_name="Демонстрационный заказчик",
        is_author=False,
        rate=CUSTOMER_RATE,
        registered_at=now - 700 * SECONDS_PER_DAY,
        country="Россия",
        city="Кедроград",
        online=True,
    )
    exchange = Exchange(seed=seed, now=now, customer=customer, base_url=base_url)
    exchange.folders = Tree(FIRST_FOLDER)
    exchange.groups = Tree(FIRST_GROUP)
    for author in _authors(seed, now):
        exchange.people[author.id] = author
    add_history(exchange, FIRST_BALANCE)
    return exchange


def _authors(seed: int, now: int) -> list[Person]:
    draw = chance(seed, "etxt", "authors")
    practice = [_practice_author(entry, draw, now) for entry in load("etxt")["practice_authors"]]
    ordinary = [_ordinary_author(number, draw, now) for number in range(ORDINARY_AUTHORS)]
    return practice + ordinary


def _practice_author(entry: dict[str, Any], draw: random.Random, now: int) -> Person:
    return Person(
        id=entry["id"],
        login=entry["login"],
        full_name=entry["fio"],
        is_author=True,
        rate=entry["rate"],
        registered_at=now - draw.randint(200, 3_000) * SECONDS_PER_DAY,
        description=entry["description"],
        country="Россия",
        city=draw.choice(words()["cities"]),
        online=True,
        lowest_prices=dict.fromkeys(KINDS_OF_WORK, entry["minprice"]),
        categories=[1828, 1790],
        languages=[1, 2],
        portfolio=draw.randint(1, 30),
        habits=frozenset(entry["habits"]),
    )


def _ordinary_author(number: int, draw: random.Random, now: int) -> Person:
    vocabulary = words()
    stem = draw.choice(vocabulary["login_stems"])
    kinds = sorted(draw.sample(KINDS_OF_WORK, draw.randint(2, 4)))
    return Person(
        id=FIRST_ORDINARY_AUTHOR + number,
        login=f"{stem}_{number + 1}",
        full_name=f"{draw.choice(vocabulary['first_names'])} {draw.choice(vocabulary['last_names'])}",
        is_author=True,
        rate=draw.randint(-50, 15_000),
        registered_at=now - draw.randint(30, 4_000) * SECONDS_PER_DAY,
        description=draw.choice(vocabulary["about"]),
        country=draw.choice(vocabulary["countries"]),
        city=draw.choice(vocabulary["cities"]),
        online=draw.random() < 1 / 3,
        # Some work for any price: an order of a few roubles finds its author too.
        lowest_prices={kind: draw.choice((0, 0, 10, 20, 40, 60, 90)) for kind in kinds},
        categories=sorted(draw.sample((1791, 1792, 1793, 1800, 1828, 1840, 1860, 1870), 3)),
        languages=sorted({1, *draw.sample((2, 3, 5, 6, 9), draw.randint(0, 2))}),
        portfolio=draw.randint(0, 40),
        miss_share=draw.choice((0.0, 0.0, 0.0, 0.15, 0.3)),
    )
