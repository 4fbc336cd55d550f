"""The exchange: projects that buyers publish, collect offers and close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from kwork_etxt_sdk.sandbox.kwork.happening import happens
from kwork_etxt_sdk.sandbox.seeds import words

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.people import Member

FIRST_PROJECT, FIRST_PROJECTS = 9_000_001, 90
NEXT_PROJECT_AFTER = (8, 25)
"""Simulated minutes, from and to."""
OPEN_HOURS = (24, 72)


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
    created_at: int
    closes_at: int
    last_bids: int
    """How many offers it has when it closes."""
    skills: tuple[str, ...]
    takes_higher_price: bool

    @property
    def price(self) -> int:
        """The budget in whole roubles; a buyer who names none wants to hear prices."""
        return int(self.budget or 500)

    def bids(self, now: int) -> int:
        """How many offers it has collected by now."""
        share = min(1.0, (now - self.created_at) / (self.closes_at - self.created_at))
        return int(self.last_bids * share)


def open_projects(market: Market) -> list[Project]:
    """The feed, newest first."""
    return list(reversed(market.projects.values()))


def seed_feed(market: Market) -> None:
    """What buyers published before the sandbox started."""
    draw = market.draw("first projects")
    shortest = OPEN_HOURS[0] * SECONDS_PER_HOUR
    ages = sorted((draw.randint(60, shortest - SECONDS_PER_HOUR) for _ in range(FIRST_PROJECTS)), reverse=True)
    for age in ages:
        _publish(market, market.now - age)
    _plan(market)


@happens("project")
def _project_appears(market: Market, _event: Event) -> None:
    _publish(market, market.now)
    _plan(market)


@happens("project closes")
def _project_closes(market: Market, event: Event) -> None:
    market.projects.pop(event.subject, None)


def _plan(market: Market) -> None:
    draw = market.draw("next project", market.last_number("project"))
    market.agenda.add(market.now + draw.randint(*NEXT_PROJECT_AFTER) * SECONDS_PER_MINUTE, "project")


def _publish(market: Market, created_at: int) -> None:
    project = draw_project(market, market.number("project", FIRST_PROJECT), created_at)
    market.projects[project.id] = project
    market.agenda.add(project.closes_at, "project closes", subject=project.id)


def draw_project(market: Market, id_project: int, created_at: int) -> Project:
    """An invented project."""
    draw = market.draw("project", id_project)
    vocabulary = words()
    need = draw.choice(vocabulary["project_needs"])
    return Project(
        id=id_project,
        title=need,
        description=f"{need}.\n{draw.choice(vocabulary['project_terms'])}",
        budget=float(draw.randint(2, 200) * 250) if draw.random() < 9 / 10 else None,
        budget_type="hourly" if draw.random() < 1 / 8 else "fixed",
        category_id=draw.choice(market.tree.leaves),
        customer=draw.choice(market.buyers),
        created_at=created_at,
        closes_at=created_at + draw.randint(*OPEN_HOURS) * SECONDS_PER_HOUR,
        last_bids=draw.randint(0, 40),
        skills=tuple(draw.sample(vocabulary["skills"], draw.randint(0, 3))),
        takes_higher_price=draw.random() < 1 / 2,
    )
