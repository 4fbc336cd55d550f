"""Sellers, buyers, and the account that the sandbox signs in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.seeds import load, words

if TYPE_CHECKING:
    import random

FIRST_SELLER, SELLERS = 1_001, 240
FIRST_BUYER, BUYERS = 3_001, 160
ACTOR_ID = 2_001
MOST_AWAY = 9 * SECONDS_PER_DAY
"""Who is not online was there within this time."""
DEFAULT_SETTINGS = {"email_notifications": True, "language": "ru"}
MOSCOW_ZONE = 28


@dataclass(frozen=True)
class Member:
    """A seller or a buyer."""

    id: int
    username: str
    fullname: str
    avatar: str | None
    is_online: bool
    seen_ago: int
    """Seconds since the last visit, as counted at the start."""
    rating: float | None
    level: str
    about: str
    profession: str | None
    city: str
    registered_at: int
    good_reviews: int
    bad_reviews: int
    orders_done: int
    hired_percent: int
    """How many of a buyer's projects led to an order."""
    badges: tuple[int, ...]
    skills: tuple[str, ...]
    refuses_letters: bool
    """Nobody may write to this person first."""
    is_silent: bool
    """Never answers."""

    @property
    def reviews_count(self) -> int:
        """All reviews."""
        return self.good_reviews + self.bad_reviews

    def seen_at(self, now: int) -> int:
        """When the person was last on the site."""
        return now if self.is_online else now - self.seen_ago


@dataclass
class Account:
    """The user who signs in: buys, sells and looks for projects."""

    member: Member
    """What others see; the fields below are what the account may change about itself."""
    username: str
    fullname: str
    email: str
    about: str
    profession: str | None
    phone: str
    free_amount: float
    hold_amount: float
    country_id: int = 1
    city_id: int = 3
    timezone_id: int = MOSCOW_ZONE
    is_online: bool = True
    settings: dict[str, Any] = field(default_factory=lambda: dict(DEFAULT_SETTINGS))

    def __post_init__(self) -> None:
        self.first_username = self.username

    @property
    def id(self) -> int:
        """The id of the user."""
        return self.member.id


def member(id_member: int, draw: random.Random, now: int) -> Member:
    """An invented person."""
    vocabulary, texts = words(), load("kwork")
    good = draw.choice((0, draw.randint(1, 9), draw.randint(10, 70)))
    bad = draw.randint(0, good // 8)
    age = draw.randint(30, 2_500) * SECONDS_PER_DAY
    badges = tuple(sorted(draw.sample([row[0] for row in texts["badges"]], draw.choice((0, 0, 1, 2)))))
    return Member(
        id=id_member,
        username=f"{draw.choice(vocabulary['login_stems'])}{id_member}",
        fullname=f"{draw.choice(vocabulary['first_names'])} {draw.choice(vocabulary['last_names'])}",
        avatar=f"/pics/avatar/{id_member}.png" if draw.random() < 2 / 3 else None,
        is_online=draw.random() < 1 / 4,
        seen_ago=draw.randint(60, MOST_AWAY),
        rating=round(draw.uniform(3.5, 5.0), 1) if good + bad else None,
        level=draw.choice(texts["levels"]),
        about=draw.choice(vocabulary["about"]),
        profession=draw.choice(texts["professions"]),
        city=draw.choice(vocabulary["cities"]),
        registered_at=now - age,
        good_reviews=good,
        bad_reviews=bad,
        orders_done=(good + bad) * draw.randint(1, 3),
        hired_percent=draw.randint(0, 100),
        badges=badges,
        skills=tuple(draw.sample(vocabulary["skills"], draw.randint(0, 4))),
        refuses_letters=draw.random() < 1 / 12,
        is_silent=draw.random() < 1 / 8,
    )
