"""The account itself, its reviews and settings, and the check of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.documented.registry import Refusal, answers, not_found
from kwork_etxt_sdk.sandbox.kwork.documented.rows import actor_row, cut, iso_time, review_row
from kwork_etxt_sdk.sandbox.kwork.orders import PAYER, WORKER, orders_of
from kwork_etxt_sdk.sandbox.kwork.profile import change_settings, masked_phone
from kwork_etxt_sdk.sandbox.kwork.reviews import reviews_of_member
from kwork_etxt_sdk.sandbox.kwork.spelling import problems_of, score_of

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.documented.given import Given
    from kwork_etxt_sdk.sandbox.kwork.documented.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market

REVIEWS_PER_PAGE = 20


@answers("user")
def get_info(market: Market, _given: Given) -> Row:
    """The account and its money."""
    actor = market.actor
    return actor_row(market) | {
        "email": actor.email,
        "fullname": actor.fullname,
        "description": actor.about,
        "balance": actor.free_amount,
        "currency": "RUB",
        "is_verified": True,
        "reviews_count": actor.member.reviews_count,
        "created_at": iso_time(actor.member.registered_at),
        "settings": dict(actor.settings),
    }


@answers("actor")
def get_actor(market: Market, _given: Given) -> Row:
    """The account in its two roles."""
    actor = market.actor
    return actor_row(market) | {
        "type": "worker",
        "balance": actor.free_amount,
        "hold": actor.hold_amount,
        "kworks_count": len(market.own_kworks),
        "orders": {"payer": len(orders_of(market, PAYER)), "worker": len(orders_of(market, WORKER))},
    }


@answers("userReviews")
def get_reviews(market: Market, given: Given) -> Row:
    """The reviews of a user, or of the account."""
    id_user = given.integer("user_id")
    member = market.actor.member if id_user in (None, market.actor.id) else market.members.get(id_user or 0)
    if member is None:
        raise not_found("Пользователь")
    reviews = reviews_of_member(market, member)
    shown, pagination = cut(reviews, given.page(), REVIEWS_PER_PAGE)
    stars = [review.stars for review in reviews]
    return {
        "reviews": [review_row(market, review) for review in shown],
        "pagination": pagination,
        "average_rating": round(sum(stars) / len(stars), 2) if stars else None,
    }


@answers("getSecurityUserData")
def get_security_user_data(market: Market, _given: Given) -> Row:
    """How the account is protected."""
    actor = market.actor
    return {
        "username": actor.username,
        "email": actor.email,
        "phone": masked_phone(actor.phone),
        "phone_confirmed": True,
        "two_factor_enabled": False,
    }


@answers("updateSettings", changes=True)
def update_settings(market: Market, given: Given) -> Row:
    """Changes settings; the documentation leaves open which there are."""
    if not given.values:
        raise Refusal(400, "REQUIRED", "Нет ни одной настройки")
    change_settings(market.actor, given.values)
    market.actor.settings.update(given.values)
    return {"success": True, "data": dict(given.values), "message": "Настройки сохранены"}


@answers("offline", changes=True)
def go_offline(market: Market, _given: Given) -> Row:
    """The account is shown as absent until it signs in again."""
    market.actor.is_online = False
    return {"success": True}


@answers("api/validation/checktext")
def validate_text(_market: Market, given: Given) -> Row:
    """What is wrong with a text."""
    text = given.text("text")
    context = given.text("context", "message")
    problems = problems_of(text)
    return {
        "success": True,
        "is_valid": not any(problem.kind == "error" for problem in problems),
        "issues": [
            {
                "type": problem.kind,
                "code": problem.code,
                "message": problem.message,
                "position": problem.start,
                "suggestion": problem.suggestion,
            }
            for problem in problems
        ],
        "score": score_of(problems),
        "message": f"Проверено: {context}",
    }
