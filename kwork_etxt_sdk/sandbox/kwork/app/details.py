"""One kwork with everything about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.app.rows import badge_rows, html_text, kwork_row, picture, username_of
from kwork_etxt_sdk.sandbox.kwork.catalogue import ACTIVE, HIDDEN, MODERATION, STOPPED
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.catalogue import Kwork
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.people import Member

ACTIVITY = {ACTIVE: 1, MODERATION: 0, STOPPED: 3, HIDDEN: 5}
"""What the service calls the states of a kwork here; 4 for all others."""


def details_row(market: Market, kwork: Kwork, *, is_guest: bool) -> Row:
    """All fields of one kwork. Its id is a text here."""
    texts, draw = load("kwork"), market.draw("details", kwork.id)
    price = int(kwork.price)
    short = kwork_row(market, kwork, is_guest=is_guest)
    by_volume = draw.random() < 1 / 2
    return {
        "id": str(kwork.id),
        "kwork_title": kwork.title,
        "kwork_description": f"<p>{html_text(kwork.description)}</p>",
        "kwork_instructions": draw.choice(texts["requirements"]),
        "kwork_link": f"/kwork/{kwork.id}",
        "image_url": short["image_url"],
        "default_kwork_price": price,
        "is_subscription": False,
        "term": days_text(kwork.days),
        "category": kwork.category_id,
        "orders_in_queue_count": draw.randint(0, 5),
        "kwork_in_favorites_count": draw.randint(0, 60),
        "portfolio_items_count": len(kwork.images),
        "portfolio_items": [],
        "links_sites_count": 0,
        "links_sites": [],
        "short_user_info": _seller_row(market, kwork.seller),
        "badges": short["badges"],
        "packages": [
            {
                "id": kwork.id * 10 + size,
                "name": name,
                "package_description": f"{kwork.title}: {name.casefold()}",
                "price": price * size,
                "term": days_text(kwork.days * size),
                "min": 1,
                "max": 10,
                "options": [
                    {"name": option, "included": place < size, "value": str(size) if place < size else ""}
                    for place, option in enumerate(texts["package_options"])
                ],
            }
            for size, name in enumerate(texts["packages"], 1)
        ],
        "additional_options": [
            {"id": row[0], "name": row[1], "price": int(row[3])} for row in draw.sample(texts["features"], 2)
        ],
        "unit_and_quantity": _volume_row(price, kwork.days) if by_volume else [],
        "files": [],
        "is_hidden": False,
        "is_favorite": short["is_favorite"],
        "classifications": [{"title": "Вид", "attrs": market.tree.by_id[kwork.category_id].name}],
        "channel_link": [],
        "channel_stat": [],
        "reject_fields_string": "",
        "common_reject_reason": None,
        "feat": int(kwork.status_id == ACTIVE),
        "active": ACTIVITY.get(kwork.status_id, 4),
        "lang": "ru",
        "show_subscribers_statistics": False,
        "is_kwork_rejected_with_spam_reason": False,
        "not_available_for_company": False,
    }


def days_text(days: int) -> str:
    """A number of days as people say it."""
    last, is_teen = days % 10, days % 100 in range(11, 15)
    word = "день" if last == 1 and not is_teen else "дня" if last in (2, 3, 4) and not is_teen else "дней"
    return f"{days} {word}"


def _volume_row(price: int, days: int) -> Row:
    return {
        "volume_type_id": 1,
        "base_volume": 1_000,
        "base_volume_price": price,
        "max_volume": 50_000,
        "min_days": days,
        "base_volume_name": "1000 знаков",
        "volume_label": "1000 знаков",
        "volume_types": [],
    }


def _seller_row(market: Market, seller: Member) -> Row:
    return {
        "id": seller.id,
        "username": username_of(market, seller),
        "description": seller.about,
        "profilepicture": picture(seller.avatar),
        "rating": seller.rating or 0,
        "rating_count": seller.reviews_count,
        "reviews_count": seller.reviews_count,
        "good_reviews": seller.good_reviews,
        "bad_reviews": seller.bad_reviews,
        "is_online": seller.is_online,
        "level": seller.level,
        "location": seller.city,
        "answer_time": "в течение часа",
        "order_done_count": seller.orders_done,
        "registration_time": seller.registered_at,
        "achievments_list": badge_rows(market, seller.badges),
        "is_cashless_payment_available": True,
    }
