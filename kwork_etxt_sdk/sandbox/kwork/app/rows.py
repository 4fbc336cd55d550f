"""People, kworks and reviews as the app wire shows them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.catalogue import NEEDS_FIXES
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.catalogue import Kwork
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.people import Member
    from kwork_etxt_sdk.sandbox.kwork.reviews import Review

CLASSIFIERS_FROM = 3_000
"""What a category calls its finest division is numbered apart: category 41 is classifier 3041."""
BEST_FROM, BEST_REVIEWS = 4.7, 100


def badge_rows(market: Market, badges: tuple[int, ...]) -> list[Row]:
    """Achievements."""
    return [
        {
            "id": id_badge,
            "name": name,
            "description": description,
            "image_url": f"{market.base_url}/kwork/pics/badge/{id_badge}s.png",
        }
        for id_badge, name, description in load("kwork")["badges"]
        if id_badge in badges
    ]


def picture(path: str | None) -> str:
    """The path of a picture, relative to the host of the pictures; empty if there is none."""
    return path or ""


def username_of(market: Market, member: Member) -> str:
    """The name of a person; the account may have changed its own."""
    return market.actor.username if member.id == market.actor.id else member.username


def person_row(market: Market, member: Member) -> Row:
    """The other side of an order."""
    return {
        "id": member.id,
        "username": username_of(market, member),
        "is_online": member.is_online,
        "profilepicture": picture(member.avatar),
    }


def worker_row(market: Market, member: Member) -> Row:
    """The seller in a list of kworks; without votes the rating is 0."""
    return {
        "id": member.id,
        "username": username_of(market, member),
        "fullname": member.fullname,
        "profilepicture": picture(member.avatar),
        "rating": member.rating or 0,
        "reviews_count": member.reviews_count,
        "rating_count": member.reviews_count,
        "is_online": member.is_online,
        "level_description": member.level,
    }


def kwork_row(market: Market, kwork: Kwork, *, is_guest: bool) -> Row:
    """A kwork in a list."""
    image = picture(kwork.images[0] if kwork.images else None)
    is_best = (kwork.rating or 0) >= BEST_FROM and kwork.reviews_count >= BEST_REVIEWS
    badges: list[Row] = []
    if is_best:
        badges.append(
            {
                "name": "Выбор покупателей",
                "backgroundColor": "#fff3d6",
                "textColor": "#7a5200",
                "composite_text_colors": [],
            }
        )
    return {
        "id": kwork.id,
        "category_id": kwork.category_id,
        "classifier_id": CLASSIFIERS_FROM + kwork.category_id,
        "title": kwork.title,
        "image_url": image,
        "cover": {"phone": image, "tablet": image},
        "url": f"/kwork/{kwork.id}",
        "price": int(kwork.price),
        "is_price_from": kwork.days > 1,
        "is_best": is_best,
        "is_hidden": False,
        "is_favorite": kwork.id in market.favourites and not is_guest,
        "is_viewed": None if is_guest else kwork.id in market.viewed,
        "isSubscription": False,
        "lang": "ru",
        "worker": worker_row(market, kwork.seller),
        "badges": badges,
        "not_available_for_company": False,
    }


def profile_kwork_row(market: Market, kwork: Kwork) -> Row:
    """A kwork in a list that belongs to somebody: with its state and what it has earned."""
    texts = load("kwork")
    names = {id_status: name for id_status, name in texts["kwork_statuses"]}  # noqa: C416 - rows are lists
    draw = market.draw("activity", kwork.id)
    is_mine = kwork.id in market.own_kworks
    views = draw.randint(0, 900)
    activity = {"views": views, "orders": views // 40, "earned": views // 40 * int(kwork.price)}
    row = kwork_row(market, kwork, is_guest=False)
    row["classification_id"] = row.pop("classifier_id")
    return row | {
        "category_name": market.tree.by_id[kwork.category_id].name,
        "status_id": kwork.status_id,
        "status_name": names[kwork.status_id],
        "order": 0,
        "edits_list": texts["fixes"] if kwork.status_id == NEEDS_FIXES else [],
        "activity": activity if is_mine else {"views": 0, "orders": 0, "earned": 0},
        "isBlackFriday": False,
        "blackFridayPrice": 0,
        "discountPercentage": 0,
    }


def review_row(market: Market, review: Review, owner: Member) -> Row:
    """A review of a person or a kwork, with the answer of whom it is about."""
    kwork = market.kwork(review.kwork_id)
    return {
        "id": review.id,
        "time_added": review.added,
        "text": review.text or None,
        "auto_mode": review.auto_mode,
        "good": review.is_good,
        "bad": not review.is_good,
        "kwork": {"id": kwork.id, "title": kwork.title, "active": 1, "feat": 1},
        "writer": {
            "id": review.writer.id,
            "username": review.writer.username,
            "profilepicture": picture(review.writer.avatar),
        },
        "answer": None
        if review.answer is None
        else {
            "id": review.id + 1,
            "text": review.answer,
            "user_id": owner.id,
            "time_added": review.added + 3_600,
            "username": username_of(market, owner),
            "profilepicture": picture(owner.avatar),
        },
        "portfolio": None,
    }


def html_text(text: str) -> str:
    """A text as the service gives it back: escaped, with `<br>` for the ends of lines."""
    return html.escape(text).replace("\n", "<br>")
