"""The Kwork marketplace: users, services on offer (kworks), and a feed of projects that moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.agenda import Agenda
from kwork_etxt_sdk.sandbox.chance import chance
from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from kwork_etxt_sdk.sandbox.seeds import load, words

if TYPE_CHECKING:
    import random

FIRST_USER, FIRST_KWORK, FIRST_PROJECT = 1_001, 7_000_001, 9_000_001
BUYER_ID = 2_001
SELLERS, KWORKS, FIRST_PROJECTS = 80, 400, 90
MOST_PROJECTS = 500
"""The oldest project leaves the feed when a new one would make it longer."""
NEXT_PROJECT_AFTER = (8, 25)
"""Simulated minutes, from and to."""


@dataclass(frozen=True)
class Category:
    """A category of the catalogue."""

    id: int
    name: str
    slug: str
    parent_id: int | None


@dataclass(frozen=True)
class Member:
    """A seller or a buyer."""

    id: int
    username: str
    avatar: str | None
    is_online: bool
    rating: float | None


@dataclass(frozen=True)
class Kwork:
    """A service with a fixed price."""

    id: int
    title: str
    description: str
    price: float
    category_id: int
    seller: Member
    images: tuple[str, ...]
    rating: float | None
    reviews_count: int
    created_at: int
    updated_at: int


@dataclass(frozen=True)
class Project:
    """A task that a buyer has published."""

    id: int
    title: str
    description: str
    budget: float | None
    budget_type: str
    category_id: int
    customer: Member
    status: str
    created_at: int
    updated_at: int
    bids_count: int
    skills: tuple[str, ...]


@dataclass
class Market:
    """Everything the sandbox's Kwork knows. Whoever uses it holds the lock of the sandbox."""

    seed: int
    now: int
    base_url: str
    buyer: Member
    categories: dict[int, Category]
    members: list[Member]
    kworks: dict[int, Kwork] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    """Oldest first."""
    sessions: set[str] = field(default_factory=set)
    """Session cookies of users who are signed in."""
    tokens: dict[str, int] = field(default_factory=dict)
    """Web tokens, and the unix time at which each expires."""
    agenda: Agenda = field(default_factory=Agenda)
    next_project: int = FIRST_PROJECT

    def live_until(self, now: float) -> None:
        """Lets buyers publish the projects that were due until this moment."""
        while (event := self.agenda.take_due(now)) is not None:
            self.now = max(self.now, int(event.at))
            self.publish_project(self.now)
            self.plan_project()
        self.now = max(self.now, int(now))

    def plan_project(self) -> None:
        """Decides when the next project appears."""
        fastest, slowest = NEXT_PROJECT_AFTER
        draw = chance(self.seed, "kwork", "next project", self.next_project)
        minutes = draw.randint(fastest, slowest)
        self.agenda.add(self.now + minutes * SECONDS_PER_MINUTE, "project")

    def publish_project(self, created_at: int) -> None:
        """Puts a new project at the head of the feed."""
        draw = chance(self.seed, "kwork", "project", self.next_project)
        project = _project(self, self.next_project, created_at, draw)
        self.projects[project.id] = project
        self.next_project += 1
        if len(self.projects) > MOST_PROJECTS:
            del self.projects[min(self.projects)]


def open_market(*, seed: int, now: int, base_url: str) -> Market:
    """A fresh marketplace with its usual inhabitants."""
    categories = {entry["id"]: Category(**entry) for entry in load("kwork")["categories"]}
    draw = chance(seed, "kwork", "members")
    market = Market(
        seed=seed,
        now=now,
        base_url=base_url,
        buyer=Member(BUYER_ID, "demo_buyer", None, is_online=True, rating=None),
        categories=categories,
        members=[_member(FIRST_USER + number, draw) for number in range(SELLERS)],
    )
    draw = chance(seed, "kwork", "kworks")
    for id_kwork in range(FIRST_KWORK, FIRST_KWORK + KWORKS):
        market.kworks[id_kwork] = _kwork(market, id_kwork, draw)
    ages = sorted((draw.randint(60, 20 * SECONDS_PER_DAY) for _ in range(FIRST_PROJECTS)), reverse=True)
    for age in ages:
        market.publish_project(now - age)
    market.plan_project()
    return market


def _member(id_user: int, draw: random.Random) -> Member:
    stem = draw.choice(words()["login_stems"])
    avatar = f"/pics/avatar/{id_user}.png" if draw.random() < 2 / 3 else None
    rating = round(draw.uniform(3.5, 5.0), 1) if draw.random() < 4 / 5 else None
    return Member(id_user, f"{stem}{id_user}", avatar, is_online=draw.random() < 1 / 4, rating=rating)


def _kwork(market: Market, id_kwork: int, draw: random.Random) -> Kwork:
    vocabulary = words()
    created_at = market.now - draw.randint(SECONDS_PER_DAY, 900 * SECONDS_PER_DAY)
    reviews = draw.choice((0, 0, draw.randint(1, 12), draw.randint(13, 400)))
    price = float(draw.randint(1, 60) * 250)
    if draw.random() < 1 / 20:
        price -= 0.5
    return Kwork(
        id=id_kwork,
        title=f"{draw.choice(vocabulary['kwork_offers'])} {draw.choice(vocabulary['kwork_details'])}",
        description=f"{draw.choice(vocabulary['about'])} {draw.choice(vocabulary['kwork_promises'])}",
        price=price,
        category_id=draw.choice(list(market.categories)),
        seller=draw.choice(market.members),
        images=tuple(f"/pics/kwork/{id_kwork}-{number}.png" for number in range(draw.randint(0, 3))),
        rating=round(draw.uniform(3.0, 5.0), 2) if reviews else None,
        reviews_count=reviews,
        created_at=created_at,
        updated_at=draw.randint(created_at, market.now),
    )


def _project(market: Market, id_project: int, created_at: int, draw: random.Random) -> Project:
    vocabulary = words()
    need = draw.choice(vocabulary["project_needs"])
    return Project(
        id=id_project,
        title=need,
        description=f"{need}. {draw.choice(vocabulary['project_terms'])}",
        budget=float(draw.randint(2, 200) * 250) if draw.random() < 9 / 10 else None,
        budget_type="hourly" if draw.random() < 1 / 8 else "fixed",
        category_id=draw.choice(list(market.categories)),
        customer=draw.choice(market.members),
        status="open",
        created_at=created_at,
        updated_at=created_at,
        bids_count=draw.randint(0, 25),
        skills=tuple(draw.sample(vocabulary["skills"], draw.randint(0, 3))),
    )
