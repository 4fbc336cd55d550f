"""`client.catalog` and what a user has to do with kworks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.catalogue import SORTS
from kwork_etxt_sdk.sandbox.kwork.documented.registry import Refusal, answers, not_found
from kwork_etxt_sdk.sandbox.kwork.documented.rows import cut, kwork_details_row, kwork_row, picture, review_row
from kwork_etxt_sdk.sandbox.kwork.reviews import reviews_of_kwork
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.catalogue import Kwork
    from kwork_etxt_sdk.sandbox.kwork.documented.given import Given
    from kwork_etxt_sdk.sandbox.kwork.documented.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market

KWORKS_PER_PAGE = 20
SIMILAR = 4


@answers("catalogMainv2")
def get_list(market: Market, given: Given) -> Row:
    """A page of kworks."""
    sort = given.text("sort", "recommend")
    if sort not in SORTS:
        raise Refusal(400, "INVALID", "Неизвестная сортировка", "sort")
    found = market.catalogue.sorted(sort, given.integer("category_id"))
    shown, pagination = cut(found, given.page(), KWORKS_PER_PAGE)
    prices = [kwork.price for kwork in found]
    return {
        "kworks": [kwork_row(market, kwork) for kwork in shown],
        "pagination": pagination,
        "filters": {
            "categories": [
                {"id": category.id, "name": category.name, "slug": category.slug, "parent_id": category.parent_id}
                for category in market.tree.by_id.values()
            ],
            "price": {"min": min(prices, default=None), "max": max(prices, default=None)},
        },
        "sort_options": list(SORTS),
    }


@answers("getKworkDetails")
def get_details(market: Market, given: Given) -> Row:
    """One kwork; whoever asks has looked at it."""
    kwork = _kwork(market, given)
    market.look_at(kwork.id)
    return kwork_details_row(market, kwork)


@answers("getKworkDetailsExtra")
def get_details_extra(market: Market, given: Given) -> Row:
    """What else there is to say about a kwork."""
    kwork = _kwork(market, given)
    draw = market.draw("extra", kwork.id)
    similar = market.catalogue.sorted("recommend", kwork.category_id)[:SIMILAR]
    return {
        "images": [picture(market, image) for image in kwork.images],
        "videos": [],
        "packages": [
            {"name": name, "price": kwork.price * size, "delivery_time": kwork.days * size}
            for size, name in enumerate(load("kwork")["packages"], 1)
        ],
        "sales": {"completed": kwork.reviews_count * 2, "in_queue": draw.randint(0, 5)},
        "similar_kworks": [kwork_row(market, other) for other in similar if other.id != kwork.id],
        "last_reviews": [review_row(market, review) for review in reviews_of_kwork(market, kwork.id)[:3]],
    }


@answers("favoriteKworks")
def get_favorite_kworks(market: Market, _given: Given) -> Row:
    """The kworks the account has marked."""
    return {"kworks": [kwork_row(market, market.kwork(id_kwork)) for id_kwork in market.favourites]}


@answers("viewedCatalogKworks")
def get_viewed_kworks(market: Market, _given: Given) -> Row:
    """The kworks the account has looked at, the latest first."""
    return {"kworks": [kwork_row(market, market.kwork(id_kwork)) for id_kwork in market.viewed]}


@answers("favoriteCategories")
def get_favorite_categories(market: Market, _given: Given) -> Row:
    """Ids of the categories the account has marked."""
    return {"categories": list(market.favourite_categories)}


@answers("kworksStatusList")
def get_kworks_status(market: Market, _given: Given) -> Row:
    """The account's own kworks, counted by status."""
    counts = [kwork.status_id for kwork in market.own_kworks.values()]
    return {
        "statuses": [
            {"id": id_status, "name": name, "count": counts.count(id_status)}
            for id_status, name in load("kwork")["kwork_statuses"]
        ]
    }


def _kwork(market: Market, given: Given) -> Kwork:
    try:
        return market.kwork(given.identifier("kwork_id"))
    except KeyError:
        raise not_found("Кворк") from None
