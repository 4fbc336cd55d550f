"""Authors and customers of the eTXT sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

LATE = "late"
"""Misses the first deadline of an order."""
SLOPPY = "sloppy"
"""The first result is not original enough."""
WORDY = "wordy"
"""Delivers a fifth more text than ordered."""
REFUSES_CUSTOMER = "refuses_customer"
"""Keeps the customer on a black list."""
SILENT = "silent"
"""Never answers messages."""
CHECKED_LATER = "checked_later"
"""The system checks the results some minutes after they are delivered."""
ATTACHES = "attaches"
"""Delivers a file beside the typed-in text."""


@dataclass
class Review:
    """An opinion of one user about another."""

    id: int
    id_user: int
    id_author: int
    text: str
    date: int
    good: bool


@dataclass
class Person:
    """A user of the exchange. What only authors have is empty for customers."""

    id: int
    login: str
    full_name: str
    is_author: bool
    rate: int
    registered_at: int
    description: str = ""
    country: str = ""
    city: str = ""
    online: bool = False
    lowest_prices: dict[int, int] = field(default_factory=dict)
    """Lowest price per 1000 characters by kind of work; 0 means any."""
    categories: list[int] = field(default_factory=list)
    languages: list[int] = field(default_factory=list)
    portfolio: int = 0
    habits: frozenset[str] = frozenset()
    miss_share: float = 0.0
    """The share of orders whose deadline this author misses."""
    reviews: list[Review] = field(default_factory=list)
    listed_white: int = 0
    listed_black: int = 0
    """How many other customers keep this person on their lists."""

    def works_for(self, kind: int, price_per_thousand: Decimal) -> bool:
        """Whether the author does this kind of work for this price."""
        return kind in self.lowest_prices and self.lowest_prices[kind] <= price_per_thousand

    def count_reviews(self, *, good: bool) -> int:
        """How many good or bad reviews the person has."""
        return sum(review.good is good for review in self.reviews)
