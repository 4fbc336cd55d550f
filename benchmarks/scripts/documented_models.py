"""The models of the documented Kwork client, as its stack declares them: all of them exist once it is imported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class ErrorDetail(BaseModel):
    """What the documentation names so."""

    code: str
    message: str
    field: str | None = None


class APIErrorResponse(BaseModel):
    """What the documentation names so."""

    success: bool
    errors: list[ErrorDetail] = []
    message: str | None = None


class AuthResponse(BaseModel):
    """What the documentation names so."""

    success: bool
    user_id: int | None = None
    username: str | None = None
    web_auth_token: str | None = None
    message: str | None = None


class Badge(BaseModel):
    """What the documentation names so."""

    id: int
    name: str
    description: str | None = None
    icon_url: str | None = None


class KworkUser(BaseModel):
    """What the documentation names so."""

    id: int
    username: str
    avatar_url: str | None = None
    is_online: bool
    rating: float | None = None


class Kwork(BaseModel):
    """What the documentation names so."""

    id: int
    title: str
    description: str | None = None
    price: float
    currency: str
    category_id: int | None = None
    seller: KworkUser | None = None
    images: list[str] = []
    rating: float | None = None
    reviews_count: int
    created_at: datetime | None = None
    updated_at: datetime | None = None


class PaginationInfo(BaseModel):
    """What the documentation names so."""

    current_page: int
    total_pages: int
    total_items: int
    items_per_page: int
    has_next: bool
    has_prev: bool


class CatalogResponse(BaseModel):
    """What the documentation names so."""

    kworks: list[Kwork] = []
    pagination: PaginationInfo | None = None
    filters: dict[str, Any] | None = None
    sort_options: list[str] = []


class City(BaseModel):
    """What the documentation names so."""

    id: int
    name: str
    country_id: int | None = None


class Country(BaseModel):
    """What the documentation names so."""

    id: int
    name: str
    code: str | None = None
    cities: list[City] = []


class DataResponse(BaseModel):
    """What the documentation names so."""

    success: bool
    data: dict[str, Any] | None = None
    message: str | None = None


class Dialog(BaseModel):
    """What the documentation names so."""

    id: int
    participant: KworkUser | None = None
    last_message: str | None = None
    unread_count: int
    updated_at: datetime | None = None


class Feature(BaseModel):
    """What the documentation names so."""

    id: int
    name: str
    description: str | None = None
    price: float
    type: str


class KworkCategory(BaseModel):
    """What the documentation names so."""

    id: int
    name: str
    slug: str
    parent_id: int | None = None


class KworkDetails(Kwork):
    """What the documentation names so."""

    full_description: str | None = None
    requirements: str | None = None
    delivery_time: int | None = None
    revisions: int | None = None
    features: list[str] = []
    faq: list[dict[str, str]] = []


class Notification(BaseModel):
    """What the documentation names so."""

    id: int
    type: str
    title: str
    message: str
    is_read: bool
    created_at: datetime | None = None
    link: str | None = None


class NotificationsResponse(BaseModel):
    """What the documentation names so."""

    notifications: list[Notification] = []
    unread_count: int


class Project(BaseModel):
    """What the documentation names so."""

    id: int
    title: str
    description: str | None = None
    budget: float | None = None
    budget_type: str
    category_id: int | None = None
    customer: KworkUser | None = None
    status: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    bids_count: int
    skills: list[str] = []


class ProjectsResponse(BaseModel):
    """What the documentation names so."""

    projects: list[Project] = []
    pagination: PaginationInfo | None = None


class Review(BaseModel):
    """What the documentation names so."""

    id: int
    rating: int
    comment: str | None = None
    author: KworkUser | None = None
    kwork_id: int | None = None
    created_at: datetime | None = None


class ReviewsResponse(BaseModel):
    """What the documentation names so."""

    reviews: list[Review] = []
    pagination: PaginationInfo | None = None
    average_rating: float | None = None


class TimeZone(BaseModel):
    """What the documentation names so."""

    id: int
    name: str
    offset: str


class ValidationIssue(BaseModel):
    """What the documentation names so."""

    type: str
    code: str
    message: str
    position: int | None = None
    suggestion: str | None = None


class ValidationResponse(BaseModel):
    """What the documentation names so."""

    success: bool
    is_valid: bool
    issues: list[ValidationIssue] = []
    score: int | None = None
    message: str | None = None
