"""The state as objects of the documented models."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.kwork import orders as order_states
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kwork_etxt_sdk.sandbox.kwork.catalogue import Kwork
    from kwork_etxt_sdk.sandbox.kwork.documented.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.feed import Project
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.news import Notice
    from kwork_etxt_sdk.sandbox.kwork.orders import Order
    from kwork_etxt_sdk.sandbox.kwork.people import Member
    from kwork_etxt_sdk.sandbox.kwork.reviews import Review
    from kwork_etxt_sdk.sandbox.kwork.talk import Dialog

MOSCOW = timezone(timedelta(hours=3))
ORDER_STATUSES = {
    order_states.IN_WORK: "in_progress",
    order_states.ARBITRATION: "in_progress",
    order_states.CANCELLED: "cancelled",
    order_states.CHECKED: "in_progress",
    order_states.COMPLETED: "completed",
    order_states.UNPAID: "open",
}


def iso_time(moment: int) -> str:
    """A moment as ISO text in Moscow time."""
    return datetime.fromtimestamp(moment, MOSCOW).isoformat()


def cut(found: Sequence[Any], page: int, size: int) -> tuple[Sequence[Any], Row]:
    """One page, and where it is among the others."""
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


def picture(market: Market, path: str) -> str:
    """The address of a picture."""
    return f"{market.base_url}/kwork{path}"


def user_row(market: Market, member: Member) -> Row:
    """A KworkUser."""
    return {
        "id": member.id,
        "username": member.username,
        "avatar_url": None if member.avatar is None else picture(market, member.avatar),
        "is_online": member.is_online,
        "rating": member.rating,
    }


def actor_row(market: Market) -> Row:
    """The account as a KworkUser."""
    actor = market.actor
    return user_row(market, actor.member) | {"username": actor.username, "is_online": actor.is_online}


def seller_row(market: Market, kwork: Kwork) -> Row:
    """The seller of a kwork as a KworkUser."""
    return actor_row(market) if kwork.id in market.own_kworks else user_row(market, kwork.seller)


def kwork_row(market: Market, kwork: Kwork) -> Row:
    """A Kwork."""
    return {
        "id": kwork.id,
        "title": kwork.title,
        "description": kwork.description,
        "price": kwork.price,
        "currency": "RUB",
        "category_id": kwork.category_id,
        "seller": seller_row(market, kwork),
        "images": [picture(market, image) for image in kwork.images],
        "rating": kwork.rating,
        "reviews_count": kwork.reviews_count,
        "created_at": iso_time(kwork.created_at),
        "updated_at": iso_time(kwork.updated_at),
    }


def kwork_details_row(market: Market, kwork: Kwork) -> Row:
    """A KworkDetails."""
    texts, draw = load("kwork"), market.draw("details", kwork.id)
    questions = draw.sample(texts["questions"], draw.randint(0, 3))
    return kwork_row(market, kwork) | {
        "full_description": f"{kwork.description} {kwork.title}.",
        "requirements": draw.choice((None, *texts["requirements"])),
        "delivery_time": kwork.days,
        "revisions": draw.choice((None, 1, 2, 3)),
        "features": draw.sample(texts["package_options"], draw.randint(0, 4)),
        "faq": [{"question": question, "answer": answer} for question, answer in questions],
    }


def project_row(market: Market, project: Project) -> Row:
    """A Project of the feed."""
    return {
        "id": project.id,
        "title": project.title,
        "description": project.description,
        "budget": project.budget,
        "budget_type": project.budget_type,
        "category_id": project.category_id,
        "customer": user_row(market, project.customer),
        "status": "open" if market.now < project.closes_at else "completed",
        "created_at": iso_time(project.created_at),
        "updated_at": iso_time(project.created_at),
        "bids_count": project.bids(market.now),
        "skills": list(project.skills),
    }


def order_row(market: Market, order: Order) -> Row:
    """An order; the documentation describes orders as Projects."""
    changed = order.finished_at or order.delivered_at or order.taken_at or order.added
    is_mine = order.side == order_states.PAYER
    return {
        "id": order.id,
        "title": order.title,
        "description": None,
        "budget": float(order.price),
        "budget_type": "fixed",
        "category_id": market.kwork(order.kwork_id).category_id,
        "customer": actor_row(market) if is_mine else user_row(market, market.members[order.member_id]),
        "status": ORDER_STATUSES[order.status],
        "created_at": iso_time(order.added),
        "updated_at": iso_time(changed),
        "bids_count": 0,
        "skills": [],
    }


def review_row(market: Market, review: Review) -> Row:
    """A Review."""
    return {
        "id": review.id,
        "rating": review.stars,
        "comment": review.text or None,
        "author": user_row(market, review.writer),
        "kwork_id": review.kwork_id,
        "created_at": iso_time(review.added),
    }


def notification_row(market: Market, notice: Notice) -> Row:
    """A Notification."""
    return {
        "id": notice.id,
        "type": notice.kind,
        "title": notice.title,
        "message": notice.text,
        "is_read": notice.is_read(market.now),
        "created_at": iso_time(notice.added),
        "link": notice.link,
    }


def dialog_row(market: Market, dialog: Dialog) -> Row:
    """A Dialog."""
    return {
        "id": dialog.member_id,
        "participant": user_row(market, market.members[dialog.member_id]),
        "last_message": dialog.last.text,
        "unread_count": dialog.unread_count,
        "updated_at": iso_time(dialog.last.time),
    }
