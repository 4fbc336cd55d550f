"""The Kwork marketplace: everything that the service knows, and the passing of time."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.agenda import Agenda
from kwork_etxt_sdk.sandbox.chance import chance
from kwork_etxt_sdk.sandbox.kwork.catalogue import Catalogue, Kwork, draw_catalogue
from kwork_etxt_sdk.sandbox.kwork.happening import EVENTS
from kwork_etxt_sdk.sandbox.kwork.news import MOST_NOTICES, Notice, Push

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from kwork_etxt_sdk.sandbox.kwork.categories import Tree
    from kwork_etxt_sdk.sandbox.kwork.feed import Project
    from kwork_etxt_sdk.sandbox.kwork.orders import Order
    from kwork_etxt_sdk.sandbox.kwork.people import Account, Member
    from kwork_etxt_sdk.sandbox.kwork.talk import Dialog
    from kwork_etxt_sdk.sandbox.kwork.wants import Offer, Want

MOST_VIEWED = 60


@dataclass
class Market:
    """Everything the sandbox's Kwork knows. Whoever uses it holds the lock of the sandbox."""

    seed: int
    now: int
    base_url: str
    tree: Tree
    actor: Account
    sellers: Sequence[Member]
    buyers: Sequence[Member]
    own_kworks: dict[int, Kwork]
    opened_at: int = 0
    projects: dict[int, Project] = field(default_factory=dict)
    """Oldest first, as everything that is kept by id here."""
    dialogs: dict[int, Dialog] = field(default_factory=dict)
    """By the other person's id."""
    notices: deque[Notice] = field(default_factory=lambda: deque(maxlen=MOST_NOTICES))
    pushes: deque[Push] = field(default_factory=lambda: deque(maxlen=MOST_NOTICES))
    orders: dict[int, Order] = field(default_factory=dict)
    wants: dict[int, Want] = field(default_factory=dict)
    offers: dict[int, Offer] = field(default_factory=dict)
    favourites: list[int] = field(default_factory=list)
    """Ids of kworks."""
    viewed: list[int] = field(default_factory=list)
    """Ids of kworks, the latest first."""
    favourite_categories: list[int] = field(default_factory=list)
    sessions: dict[str, int] = field(default_factory=dict)
    """Session cookies of browsers that are signed in, and the unix time at which each expires."""
    tokens: dict[str, int] = field(default_factory=dict)
    """Tokens of both wires, and the unix time at which each expires."""
    agenda: Agenda = field(default_factory=Agenda)
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.opened_at = self.now

    @cached_property
    def catalogue(self) -> Catalogue:
        """The kworks of all other sellers."""
        return draw_catalogue(seed=self.seed, now=self.opened_at, tree=self.tree, sellers=self.sellers)

    @property
    def kworks(self) -> dict[int, Kwork]:
        """The kworks of all other sellers, by id."""
        return self.catalogue.kworks

    @cached_property
    def members(self) -> dict[int, Member]:
        """Everybody but the account."""
        return {member.id: member for member in (*self.sellers, *self.buyers)}

    def kwork(self, id_kwork: int) -> Kwork:
        """A kwork, somebody's or one's own; KeyError if there is none."""
        own = self.own_kworks.get(id_kwork)
        return own if own is not None else self.kworks[id_kwork]

    def kworks_of(self, id_member: int) -> list[int]:
        """Ids of a seller's kworks, or of one's own."""
        if id_member == self.actor.id:
            return list(self.own_kworks)
        return self.catalogue.by_seller.get(id_member, [])

    def draw(self, *names: object) -> random.Random:
        """Chance for one purpose."""
        return chance(self.seed, "kwork", *names)

    def number(self, kind: str, first: int) -> int:
        """The next id of a kind of thing."""
        self._numbers[kind] = self._numbers.get(kind, first - 1) + 1
        return self._numbers[kind]

    def last_number(self, kind: str) -> int:
        """The id given last."""
        return self._numbers[kind]

    def live_until(self, now: float) -> None:
        """Lets happen what was due until this moment."""
        while (event := self.agenda.take_due(now)) is not None:
            self.now = max(self.now, int(event.at))
            EVENTS[event.kind](self, event)
        self.now = max(self.now, int(now))

    def look_at(self, id_kwork: int) -> None:
        """Remembers that the account has looked at a kwork."""
        if id_kwork in self.viewed:
            self.viewed.remove(id_kwork)
        self.viewed.insert(0, id_kwork)
        del self.viewed[MOST_VIEWED:]

    def empty_account(self) -> None:
        """Makes the account a new one: nothing ordered, offered, written or looked at yet, and nothing to come."""
        collections = (self.dialogs, self.notices, self.pushes, self.orders, self.wants, self.offers)
        for collection in (*collections, self.favourites, self.viewed, self.favourite_categories, self.own_kworks):
            collection.clear()
        self.actor.member = replace(self.actor.member, good_reviews=0, bad_reviews=0, rating=None)
        kept = Agenda()
        while (event := self.agenda.take_due(math.inf)) is not None:
            if event.kind.startswith("project"):
                kept.add(event.at, event.kind, subject=event.subject)
        self.agenda = kept
