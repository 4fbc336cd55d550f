"""The exchange of projects, and orders."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.kwork.models.common import Badge, KworkUser, PaginationInfo
from kwork_etxt_sdk.mapping import Model, OpenIntEnum, model, wire


@model
class Project(Model):
    """What a customer wants done; only the app wire sends what stands after the skills."""

    id: int = wire()
    """Id."""
    title: str | None = wire(default=None)
    """Title."""
    description: str | None = wire(default=None)
    """What is wanted; HTML entities and ``<br>`` occur on the app wire (:func:`~kwork_etxt_sdk.text.plain`)."""
    budget: Decimal | None = wire("budget", "price", default=None)
    """Budget in roubles."""
    budget_type: str | None = wire(default=None)
    """``fixed`` or ``hourly``."""
    category_id: int | None = wire(default=None)
    """Id of the category."""
    customer: KworkUser | None = wire(default=None)
    """Who wants it."""
    status: str | None = wire(default=None)
    """``open``, ``in_progress``, ``completed`` or ``cancelled``; ``active`` for projects on the app wire."""
    created_at: datetime | None = wire(default=None)
    """When it was published."""
    updated_at: datetime | None = wire(default=None)
    """When it was last changed."""
    bids_count: int | None = wire("bids_count", "offers", default=None)
    """How many people offered to do it."""
    skills: list[str] | None = wire(default=None)
    """Skills asked for."""
    confirmed_at: datetime | None = wire("date_confirm", default=None)
    """When the moderators let it onto the exchange."""
    time_left: int | None = wire(default=None)
    """Seconds left to make offers."""
    possible_price_limit: Decimal | None = wire(default=None)
    """Highest price that may be offered, in roubles."""
    allow_higher_price: bool | None = wire(default=None)
    """Whether offers above the budget are welcome."""
    parent_category_id: int | None = wire(default=None)
    """Id of the category above."""
    category_base_price: Decimal | None = wire(default=None)
    """Lowest price in the category, in roubles."""
    user_projects_count: int | None = wire(default=None)
    """How many projects the customer has published."""
    user_active_projects_count: int | None = wire(default=None)
    """How many of them are on the exchange now."""
    user_hired_percent: int | None = wire(default=None)
    """On how many of them the customer hired somebody, in percent."""
    achievements: list[Badge] | None = wire("achievements_list", "achievments_list", default=None)
    """Badges of the customer."""
    is_viewed: bool | None = wire(default=None)
    """Whether you looked at it."""
    already_work: int | None = wire(default=None)
    """Whether you have worked for the customer, as a code (0, 3 and 5 were seen)."""
    user_need_portfolio: int | None = wire(default=None)
    """Whether offers need works in the portfolio."""
    user_need_portfolio_rubric_name: str | None = wire(default=None)
    """In which rubric."""
    user_need_kwork: int | None = wire(default=None)
    """Whether offers need a kwork."""
    has_offer: bool | None = wire(default=None)
    """Whether you made an offer."""


@model
class ProjectsResponse(Model):
    """A page of the exchange."""

    projects: list[Project] = wire(default_factory=list)
    """The projects."""
    pagination: PaginationInfo | None = wire(default=None)
    """Where the page stands."""
    connects: dict[str, Any] | None = wire(default=None)
    """How many offers you can still make (app wire)."""


class OrderStatus(OpenIntEnum):
    """Where an order stands, as the app wire counts."""

    IN_PROGRESS = 1
    """The seller works on it."""
    ARBITRATION = 2
    """Kwork decides a dispute."""
    CANCELLED = 3
    """Cancelled."""
    IN_REVIEW = 4
    """The customer checks the result."""
    COMPLETED = 5
    """Done and accepted."""
    UNPAID = 6
    """Waits for the customer's money."""


@model
class Order(Project):
    """An order between a customer and a seller.

    It has all fields of a project, so that lists of orders are the documented lists of projects. On the documented wire
    only those of a project are filled; on the app wire those an order has.
    """

    title: str | None = wire("title", "display_title", default=None)
    """Title as shown in the list."""
    customer: KworkUser | None = wire("customer", "payer", default=None)
    """Who ordered; None in the customer's own list on the app wire."""
    status: str | None = wire(default=None)
    """``in_progress``, ``completed``, ``cancelled``; on the app wire also the other names of :class:`OrderStatus`."""
    created_at: datetime | None = wire("created_at", "time_added", default=None)
    """When it was placed."""
    status_code: OrderStatus | None = wire(default=None)
    """Its status as the app wire counts."""
    worker: KworkUser | None = wire(default=None)
    """The seller; None in the seller's own list."""
    kwork_id: int | None = wire(default=None)
    """Id of the kwork that was ordered."""
    kwork_title: str | None = wire(default=None)
    """Title of that kwork."""
    order_note: str | None = wire(default=None)
    """Your note."""
    project: str | None = wire(default=None)
    """The project it came from."""
    photo: str | None = wire(default=None)
    """Path of the picture."""
    status_virtual: int | None = wire("statusVirtual", default=None)
    """Status as the app shows it."""
    progress: int | None = wire(default=None)
    """How much is done, in percent."""
    payment_type: int | None = wire(default=None)
    """0 a person pays, 1 subscription, 2 escrow."""
    unread_tracks: int | None = wire(default=None)
    """How many messages of the order you have not read."""
    stages_price: Decimal | None = wire(default=None)
    """Price of all stages, in roubles."""
    has_stages: bool | None = wire(default=None)
    """Whether it is done in stages."""
    has_completed_stages: bool | None = wire(default=None)
    """Whether some of them are done."""
    in_work: bool | None = wire(default=None)
    """Whether the seller has begun."""
    is_cancel_request: bool | None = wire(default=None)
    """Whether somebody asks to cancel it."""
    cancel_reason: str | None = wire("cancel_reason", "canсel_reason", default=None)
    """Why it was cancelled. (The service writes its key with a Cyrillic letter.)"""
    cancel_time: datetime | None = wire("time_cancel", "time_canсel", default=None)
    """When it was cancelled. (The service writes its key with a Cyrillic letter.)"""
    deadline: datetime | None = wire(default=None)
    """When it is due."""
    time_left_text: str | None = wire(default=None)
    """Time left for an order in work, in words; empty when it is over."""
    duration: int | None = wire(default=None)
    """Time to deliver, in seconds."""
    is_last_hour: bool | None = wire("time_is_lost", default=None)
    """Whether the last hour has come in which the seller can begin."""
    display_time: datetime | None = wire(default=None)
    """The time the list shows: placed, delivered or cancelled, as the status says."""
    can_add_portfolio: bool | None = wire(default=None)
    """Whether the result may go into the portfolio."""
    can_add_review: bool | None = wire(default=None)
    """Whether you may write a review."""
    can_repeat_order: bool | None = wire(default=None)
    """Whether it can be ordered again."""
    missing_data: bool | None = wire(default=None)
    """Whether the seller waits for what you have to send."""
    is_escrow_unavailable: bool | None = wire("yescrowPaymentNotAvailable", default=None)
    """Whether escrow can't be used."""
