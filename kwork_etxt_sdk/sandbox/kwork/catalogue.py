"""Kworks: services with a fixed price. The catalogue is drawn when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.chance import chance
from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.seeds import words

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence

    from kwork_etxt_sdk.sandbox.kwork.categories import Tree
    from kwork_etxt_sdk.sandbox.kwork.people import Member

FIRST_KWORK, KWORKS = 7_000_001, 4_000
FIRST_OWN_KWORK = 6_900_001
PRICE_STEP, LOWEST_STEP, HIGHEST_STEP = 250, 2, 90

ACTIVE, MODERATION, NEEDS_FIXES, STOPPED, PAUSED, HIDDEN, DRAFT = 7, 1, 2, 3, 4, 5, 6
OWN_STATUSES = (ACTIVE, ACTIVE, ACTIVE, ACTIVE, PAUSED, NEEDS_FIXES, MODERATION, DRAFT, ACTIVE, STOPPED, HIDDEN)
"""One own kwork for each."""


@dataclass(frozen=True)
class Kwork:
    """A service on offer."""

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
    days: int
    """How long it takes."""
    status_id: int = ACTIVE


SORTS: Mapping[str, Callable[[Kwork], Any]] = {
    # What the site recommends is its secret: popular ones first is close enough.
    "recommend": lambda kwork: (-kwork.reviews_count, kwork.id),
    "price_asc": lambda kwork: (kwork.price, kwork.id),
    "price_desc": lambda kwork: (-kwork.price, kwork.id),
    "rating": lambda kwork: (-(kwork.rating or 0), kwork.id),
    "newest": lambda kwork: (-kwork.created_at, kwork.id),
}


@dataclass
class Catalogue:
    """All kworks of other sellers, by id."""

    tree: Tree
    kworks: dict[int, Kwork]
    by_seller: dict[int, list[int]] = field(default_factory=dict)
    _sorted: dict[tuple[str, int | None], Sequence[Kwork]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kwork in self.kworks.values():
            self.by_seller.setdefault(kwork.seller.id, []).append(kwork.id)

    def sorted(self, sort: str, category_id: int | None) -> Sequence[Kwork]:
        """The kworks of a category and of all below it. Kworks stay as they are, so each answer is kept."""
        known = self._sorted.get((sort, category_id))
        if known is None:
            within = self.tree.within(category_id)
            found = [kwork for kwork in self.kworks.values() if kwork.category_id in within]
            known = sorted(found, key=SORTS[sort])
            if within:
                self._sorted[sort, category_id] = known
        return known


def draw_catalogue(*, seed: int, now: int, tree: Tree, sellers: Sequence[Member]) -> Catalogue:
    """The catalogue as it was when the sandbox started."""
    draw = chance(seed, "kwork", "kworks")
    ids = range(FIRST_KWORK, FIRST_KWORK + KWORKS)
    return Catalogue(tree, {id_kwork: _kwork(id_kwork, _one(sellers, draw), tree, draw, now=now) for id_kwork in ids})


def draw_own(*, seed: int, now: int, tree: Tree, seller: Member) -> dict[int, Kwork]:
    """The kworks of the account that signs in."""
    draw = chance(seed, "kwork", "own kworks")
    ids = enumerate(OWN_STATUSES, FIRST_OWN_KWORK)
    return {id_kwork: _kwork(id_kwork, seller, tree, draw, now=now, status_id=status_id) for id_kwork, status_id in ids}


def _kwork(
    id_kwork: int, seller: Member, tree: Tree, draw: random.Random, *, now: int, status_id: int = ACTIVE
) -> Kwork:
    # `random` and arithmetic are several times faster than `choice` and `randint`, and there are thousands.
    vocabulary, roll = words(), draw.random
    age = int((1 + roll() * 900) * SECONDS_PER_DAY)
    popularity = roll()
    reviews = 0 if popularity < 1 / 2 else int(roll() * 12) + 1 if popularity < 3 / 4 else int(roll() * 388) + 13
    price = float((LOWEST_STEP + int(roll() * (HIGHEST_STEP - LOWEST_STEP))) * PRICE_STEP)
    return Kwork(
        id=id_kwork,
        title=f"{_one(vocabulary['kwork_offers'], draw)} {_one(vocabulary['kwork_details'], draw)}",
        description=f"{_one(vocabulary['about'], draw)} {_one(vocabulary['kwork_promises'], draw)}",
        price=price - 0.5 if roll() < 1 / 20 else price,
        category_id=_one(tree.leaves, draw),
        seller=seller,
        images=tuple(f"/pics/kwork/{id_kwork}-{number}.png" for number in range(int(roll() * 4))),
        rating=round(3 + roll() * 2, 2) if reviews else None,
        reviews_count=reviews,
        created_at=now - age,
        updated_at=now - int(age * roll()),
        days=int(roll() * 10) + 1,
        status_id=status_id,
    )


def _one(options: Sequence[Any], draw: random.Random) -> Any:
    return options[int(draw.random() * len(options))]
