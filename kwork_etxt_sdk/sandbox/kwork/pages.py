"""Pages of the catalogue and of the project feed, in the documented shape."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kwork_etxt_sdk.sandbox.kwork.market import Kwork, Market, Member, Project

KWORKS_PER_PAGE = 20
PROJECTS_PER_PAGE = 12
MOSCOW = timezone(timedelta(hours=3))

SORTS: dict[str, Callable[[Kwork], Any]] = {
    # What the site recommends is its secret: popular ones first is close enough.
    "recommend": lambda kwork: (-kwork.reviews_count, kwork.id),
    "price_asc": lambda kwork: (kwork.price, kwork.id),
    "price_desc": lambda kwork: (-kwork.price, kwork.id),
    "rating": lambda kwork: (-(kwork.rating or 0), kwork.id),
    "newest": lambda kwork: (-kwork.created_at, kwork.id),
}


def catalogue_page(market: Market, page: int, category_id: int | None, sort: str) -> dict[str, Any]:
    """A page of kworks."""
    categories = _with_children(market, category_id)
    found = sorted((kwork for kwork in market.kworks.values() if kwork.category_id in categories), key=SORTS[sort])
    shown, pagination = _cut(found, page, KWORKS_PER_PAGE)
    prices = [kwork.price for kwork in found]
    return {
        "kworks": [_kwork_row(market, kwork) for kwork in shown],
        "pagination": pagination,
        "filters": {
            "categories": [vars(category) for category in market.categories.values()],
            "price": {"min": min(prices, default=None), "max": max(prices, default=None)},
        },
        "sort_options": list(SORTS),
    }


def projects_page(market: Market, page: int, category_id: int | None) -> dict[str, Any]:
    """A page of the project feed, newest first."""
    categories = _with_children(market, category_id)
    found = [project for project in reversed(market.projects.values()) if project.category_id in categories]
    shown, pagination = _cut(found, page, PROJECTS_PER_PAGE)
    return {"projects": [_project_row(market, project) for project in shown], "pagination": pagination}


def _with_children(market: Market, category_id: int | None) -> set[int]:
    return {
        category.id
        for category in market.categories.values()
        if category_id is None or category_id in (category.id, category.parent_id)
    }


def _cut(found: Sequence[Any], page: int, size: int) -> tuple[Sequence[Any], dict[str, Any]]:
    total_pages = -(-len(found) // size)
    pagination = {
        "current_page": page,
        "total_pages": total_pages,
        "total_items": len(found),
        "items_per_page": size,
        "has_next": page < total_pages,
        "has_prev": page > 1,
    }
    return found[(page - 1) * size : page * size], pagination


def _kwork_row(market: Market, kwork: Kwork) -> dict[str, Any]:
    return {
        "id": kwork.id,
        "title": kwork.title,
        "description": kwork.description,
        "price": kwork.price,
        "currency": "RUB",
        "category_id": kwork.category_id,
        "seller": _member_row(market, kwork.seller),
        "images": [market.base_url + "/kwork" + image for image in kwork.images],
        "rating": kwork.rating,
        "reviews_count": kwork.reviews_count,
        "created_at": iso_time(kwork.created_at),
        "updated_at": iso_time(kwork.updated_at),
    }


def _project_row(market: Market, project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "title": project.title,
        "description": project.description,
        "budget": project.budget,
        "budget_type": project.budget_type,
        "category_id": project.category_id,
        "customer": _member_row(market, project.customer),
        "status": project.status,
        "created_at": iso_time(project.created_at),
        "updated_at": iso_time(project.updated_at),
        "bids_count": project.bids_count,
        "skills": list(project.skills),
    }


def _member_row(market: Market, member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "username": member.username,
        "avatar_url": None if member.avatar is None else market.base_url + "/kwork" + member.avatar,
        "is_online": member.is_online,
        "rating": member.rating,
    }


def iso_time(moment: int) -> str:
    """A moment as ISO text in Moscow time."""
    return datetime.fromtimestamp(moment, MOSCOW).isoformat()
