"""Reviews of people and kworks. They are drawn when they are read, and are the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.people import Member

NAMES = ("all", "positive", "negative")
"""What a list of reviews can be asked for."""
BOUGHT = 50
TOO_LATE = "inwork_time_over"


@dataclass(frozen=True)
class Review:
    """What a buyer says after an order."""

    id: int
    is_good: bool
    stars: int
    text: str
    writer: Member
    kwork_id: int
    added: int
    answer: str | None
    auto_mode: str | None
    """Why the service has written it, if no buyer has."""


def reviews_of_member(market: Market, member: Member) -> list[Review]:
    """The reviews of a person, newest first."""
    # Buyers have none of their own: theirs are about what they bought.
    kworks = market.kworks_of(member.id) or list(islice(market.kworks, BOUGHT))
    return _draw(market, member.id, member.good_reviews, member.bad_reviews, kworks)


def reviews_of_kwork(market: Market, id_kwork: int) -> list[Review]:
    """The reviews of a kwork, newest first."""
    count = market.kwork(id_kwork).reviews_count
    return _draw(market, id_kwork, count - count // 20, count // 20, [id_kwork])


def kind_of(review: Review) -> str:
    """Under which name a list of reviews shows this one, besides `all`."""
    return "positive" if review.is_good else "negative"


def _draw(market: Market, subject: int, good: int, bad: int, kworks: Sequence[int]) -> list[Review]:
    texts = load("kwork")
    draw = market.draw("reviews", subject)
    kinds = [True] * good + [False] * bad
    draw.shuffle(kinds)
    added = market.opened_at
    found = []
    for place, is_good in enumerate(kinds):
        added -= draw.randint(1, 6 * SECONDS_PER_DAY)
        is_late = not is_good and draw.random() < 1 / 3
        found.append(
            Review(
                id=subject * 1_000 + place,
                is_good=is_good,
                stars=draw.choice((4, 5, 5)) if is_good else draw.choice((1, 2)),
                text="" if is_late else draw.choice(texts["praise" if is_good else "blame"]),
                writer=draw.choice(market.buyers),
                kwork_id=draw.choice(kworks),
                added=added,
                answer=draw.choice(texts["thanks"]) if draw.random() < 1 / 3 else None,
                auto_mode=TOO_LATE if is_late else None,
            )
        )
    return found
