"""What several answers hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kwork_etxt_sdk.mapping import Model, model, wire


@model
class Badge(Model):
    """A badge that a user has earned."""

    id: int | None = wire(default=None)
    """Id."""
    name: str | None = wire(default=None)
    """Name."""
    description: str | None = wire(default=None)
    """What it is given for."""
    icon_url: str | None = wire("icon_url", "image_url", default=None)
    """Address of its picture."""


@model
class KworkUser(Model):
    """A user, as far as lists tell; only the app wire sends what stands after the rating."""

    id: int = wire()
    """Id."""
    username: str | None = wire(default=None)
    """Name of the account."""
    avatar_url: str | None = wire("avatar_url", "profilepicture", "profile_picture", default=None)
    """Address of the picture; on the app wire a path on the site."""
    is_online: bool | None = wire("is_online", "online", default=None)
    """Whether the user is on the site now."""
    rating: float | None = wire(default=None)
    """Rating, 0 to 5; on the app wire 0 also stands for "no votes"."""
    fullname: str | None = wire(default=None)
    """Name as the user writes it."""
    rating_count: int | None = wire(default=None)
    """How many votes the rating is made of."""
    reviews_count: int | None = wire(default=None)
    """How many reviews the user has."""
    good_reviews: int | None = wire(default=None)
    """How many of them are good."""
    bad_reviews: int | None = wire(default=None)
    """How many of them are bad."""
    level_description: str | None = wire(default=None)
    """Level of the seller, in words."""
    level: Any = wire(default=None)
    """Level of the seller."""
    description: str | None = wire(default=None)
    """What the user writes about themselves; HTML occurs."""
    location: str | None = wire(default=None)
    """Where the user lives."""
    answer_time: str | None = wire(default=None)
    """How soon the user answers, in words."""
    order_done_count: int | None = wire(default=None)
    """How many orders were done."""
    registered_at: datetime | None = wire("registration_time", default=None)
    """When the account was made."""
    achievements: list[Badge] | None = wire("achievments_list", "achievements_list", default=None)
    """Badges."""
    is_cashless_payment_available: bool | None = wire(default=None)
    """Whether a company can pay without cash."""


@model
class PaginationInfo(Model):
    """Where a page stands in its list."""

    current_page: int | None = wire(default=None)
    """Number of the page, from 1."""
    total_pages: int | None = wire(default=None)
    """How many pages there are."""
    total_items: int | None = wire(default=None)
    """How many items there are in all."""
    items_per_page: int | None = wire(default=None)
    """How many items a full page has."""
    has_next: bool | None = wire(default=None)
    """Whether a page follows."""
    has_prev: bool | None = wire(default=None)
    """Whether a page precedes."""
