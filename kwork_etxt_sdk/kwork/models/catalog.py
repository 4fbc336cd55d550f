"""The catalogue of services."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.kwork.models.common import KworkUser, PaginationInfo
from kwork_etxt_sdk.mapping import Model, model, wire


@model
class KworkCategory(Model):
    """A category of services."""

    id: int = wire()
    """Id."""
    name: str | None = wire(default=None)
    """Name."""
    slug: str | None = wire(default=None)
    """Its name in addresses; the app wire sends none."""
    parent_id: int | None = wire(default=None)
    """Id of the category above it; the app wire sends none."""
    description: str | None = wire(default=None)
    """What belongs there (app wire)."""
    subcategories: list[KworkCategory] | None = wire(default=None)
    """The categories below it (app wire)."""


@model
class Kwork(Model):
    """A service on offer; only the app wire sends what stands after the times."""

    id: int = wire()
    """Id."""
    title: str | None = wire(default=None)
    """Title."""
    description: str | None = wire(default=None)
    """Short description."""
    price: Decimal | None = wire(default=None)
    """Price in roubles."""
    currency: str | None = wire(default=None)
    """Currency of the price, ``RUB``."""
    category_id: int | None = wire(default=None)
    """Id of the category."""
    seller: KworkUser | None = wire("seller", "worker", default=None)
    """Who offers it."""
    images: list[str] | None = wire(default=None)
    """Addresses of pictures."""
    rating: float | None = wire(default=None)
    """Rating, 0 to 5."""
    reviews_count: int | None = wire(default=None)
    """How many reviews it has."""
    created_at: datetime | None = wire(default=None)
    """When it was made."""
    updated_at: datetime | None = wire(default=None)
    """When it was last changed."""
    image_url: str | None = wire(default=None)
    """Path of the picture on the site."""
    category_name: str | None = wire(default=None)
    """Name of the category."""
    classifier_id: int | None = wire("classifier_id", "classification_id", default=None)
    """Id of the class within the category."""
    is_price_from: bool | None = wire("is_price_from", "is_from", default=None)
    """Whether the price is the lowest of several."""
    is_best: bool | None = wire(default=None)
    """Whether Kwork marks it as one of the best."""
    is_hidden: bool | None = wire(default=None)
    """Whether you hid it."""
    is_favorite: bool | None = wire(default=None)
    """Whether it is among your favourites; None for guests."""
    is_viewed: bool | None = wire(default=None)
    """Whether you looked at it; None for guests."""
    is_subscription: bool | None = wire("isSubscription", "is_subscription", default=None)
    """Whether it is paid for by the month."""
    lang: str | None = wire(default=None)
    """Language of the service, ``ru``."""
    badges: list[dict[str, Any]] | None = wire(default=None)
    """Labels on its picture."""
    not_available_for_company: bool | None = wire(default=None)
    """Whether companies can't order it."""
    status_id: int | None = wire(default=None)
    """Code of its state; your own kworks only."""
    status_name: str | None = wire(default=None)
    """Its state in words; your own kworks only."""
    order: int | None = wire(default=None)
    """Its place among the seller's kworks."""
    profile_sort: int | None = wire(default=None)
    """Its place in the seller's profile."""
    edits_list: list[str] | None = wire(default=None)
    """What the moderators want changed; your own kworks only."""
    activity: dict[str, Any] | None = wire(default=None)
    """Views, orders and roubles earned; your own kworks only."""
    is_black_friday: bool | None = wire("isBlackFriday", default=None)
    """Whether it takes part in the sale."""
    black_friday_price: Decimal | None = wire("blackFridayPrice", default=None)
    """Its price in the sale, in roubles."""
    discount_percentage: int | None = wire("discountPercentage", default=None)
    """Discount in the sale, in percent."""
    cover: dict[str, Any] | None = wire(default=None)
    """Pictures by kind of device."""
    photo: str | None = wire(default=None)
    """Path of the picture."""
    url: str | None = wire(default=None)
    """Address of its page."""
    share_url: str | None = wire(default=None)
    """Address to pass on."""


@model
class KworkDetails(Kwork):
    """A service with everything its page says; only the app wire sends what stands after the questions."""

    title: str | None = wire("title", "kwork_title", default=None)
    """Title."""
    price: Decimal | None = wire("price", "default_kwork_price", default=None)
    """Price in roubles."""
    category_id: int | None = wire("category_id", "category", default=None)
    """Id of the category."""
    seller: KworkUser | None = wire("seller", "short_user_info", default=None)
    """Who offers it."""
    url: str | None = wire("url", "kwork_link", default=None)
    """Address of its page."""
    full_description: str | None = wire("full_description", "kwork_description", default=None)
    """The whole description; HTML occurs on the app wire."""
    requirements: str | None = wire(default=None)
    """What the seller needs from the customer."""
    delivery_time: int | None = wire(default=None)
    """Time to deliver, in days."""
    revisions: int | None = wire(default=None)
    """How many changes are free."""
    features: list[str] | None = wire(default=None)
    """Options for extra money."""
    faq: list[dict[str, str]] | None = wire(default=None)
    """Questions and answers."""
    instructions: str | None = wire("kwork_instructions", default=None)
    """What the seller asks the customer for."""
    term: str | None = wire(default=None)
    """Time to deliver, in words."""
    orders_in_queue_count: int | None = wire(default=None)
    """How many orders the seller has in work."""
    favorites_count: int | None = wire("kwork_in_favorites_count", default=None)
    """How many users have it among their favourites."""
    portfolio_items_count: int | None = wire(default=None)
    """How many works the portfolio has."""
    links_sites_count: int | None = wire(default=None)
    """How many sites the seller places links on."""
    packages: list[dict[str, Any]] | None = wire(default=None)
    """What it can be ordered as, with prices and options."""
    additional_options: list[dict[str, Any]] | None = wire(default=None)
    """Options for extra money, each with id, name and price."""
    unit_and_quantity: dict[str, Any] | None = wire(default=None)
    """How its volume is counted."""
    files: list[dict[str, Any]] | None = wire(default=None)
    """Files of the description."""
    portfolio_items: list[dict[str, Any]] | None = wire(default=None)
    """Works of the portfolio."""
    links_sites: list[dict[str, Any]] | None = wire(default=None)
    """Sites the seller places links on."""
    classifications: list[dict[str, Any]] | None = wire(default=None)
    """Attributes, each with title and values."""
    channel_link: Any = wire(default=None)
    """Channel the seller advertises in."""
    channel_stat: Any = wire(default=None)
    """Numbers of that channel."""
    reject_fields_string: str | None = wire(default=None)
    """What the moderators refused; your own kworks only."""
    common_reject_reason: dict[str, Any] | None = wire(default=None)
    """Why they refused it; your own kworks only."""
    feat: bool | None = wire(default=None)
    """Whether it may be ordered."""
    active: int | None = wire(default=None)
    """Code of its state: 0 in moderation, 1 active, 2 blocked."""
    show_subscribers_statistics: bool | None = wire(default=None)
    """Whether numbers of subscribers are shown."""
    is_rejected_as_spam: bool | None = wire("is_kwork_rejected_with_spam_reason", default=None)
    """Whether the moderators took it for spam."""


@model
class CatalogResponse(Model):
    """A page of the catalogue."""

    kworks: list[Kwork] = wire(default_factory=list)
    """The services."""
    pagination: PaginationInfo | None = wire(default=None)
    """Where the page stands."""
    filters: dict[str, Any] | None = wire(default=None)
    """Filters that could be set; None on the app wire."""
    sort_options: list[str] | None = wire(default=None)
    """Ways to sort; None on the app wire."""
    classifiers: list[dict[str, Any]] | None = wire(default=None)
    """Classes of the category with their numbers of kworks (app wire)."""
    kworks_count: int | None = wire(default=None)
    """How many kworks there are in all (app wire)."""
