"""Reviews of users."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kwork_etxt_sdk.kwork.models.common import KworkUser, PaginationInfo
from kwork_etxt_sdk.mapping import Model, model, wire


@model
class Review(Model):
    """What a customer says of an order; only the app wire sends what stands after the time."""

    id: int | None = wire(default=None)
    """Id; reviews that Kwork writes by itself may have none."""
    rating: int | None = wire(default=None)
    """1 to 5; None on the app wire, which knows only good and bad."""
    comment: str | None = wire("comment", "text", default=None)
    """The words."""
    author: KworkUser | None = wire("author", "writer", default=None)
    """Who wrote it."""
    kwork_id: int | None = wire(default=None)
    """Id of the kwork it is about."""
    created_at: datetime | None = wire("created_at", "time_added", default=None)
    """When it was written."""
    good: bool | None = wire(default=None)
    """Whether it is good."""
    bad: bool | None = wire(default=None)
    """Whether it is bad."""
    auto_mode: str | None = wire(default=None)
    """Why Kwork wrote it by itself, ``inwork_time_over`` and the like."""
    kwork: dict[str, Any] | None = wire(default=None)
    """The kwork it is about: id, title and state."""
    answer: dict[str, Any] | None = wire(default=None)
    """What the seller answered."""
    portfolio: dict[str, Any] | None = wire(default=None)
    """The work it is about."""


@model
class ReviewsResponse(Model):
    """A page of reviews."""

    reviews: list[Review] = wire(default_factory=list)
    """The reviews."""
    pagination: PaginationInfo | None = wire(default=None)
    """Where the page stands."""
    average_rating: float | None = wire(default=None)
    """Mean of the ratings; None on the app wire."""
