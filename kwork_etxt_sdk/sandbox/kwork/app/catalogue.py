"""Kworks: the main page, the catalogue, search, single kworks, and the lists of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.app.details import details_row
from kwork_etxt_sdk.sandbox.kwork.app.envelope import cut, enveloped, listed
from kwork_etxt_sdk.sandbox.kwork.app.registry import answers, invalid
from kwork_etxt_sdk.sandbox.kwork.app.rows import CLASSIFIERS_FROM, kwork_row, profile_kwork_row, review_row
from kwork_etxt_sdk.sandbox.kwork.catalogue import ACTIVE
from kwork_etxt_sdk.sandbox.kwork.reviews import NAMES, kind_of, reviews_of_kwork
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kwork_etxt_sdk.sandbox.kwork.app.given import Given
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.catalogue import Kwork
    from kwork_etxt_sdk.sandbox.kwork.market import Market

KWORKS_PER_PAGE, REVIEWS_PER_PAGE, PORTFOLIO_PER_PAGE = 10, 30, 12
MOST_PER_PAGE = 100
NEIGHBOURS = 5
SORTS = {"x": "recommend", "new": "newest", "recommend": "recommend", "price_asc": "price_asc",
         "price_desc": "price_desc", "rating": "rating", "newest": "newest"}  # fmt: skip
"""`x` and `new` are the service's; the others are taken as well, and what is unknown disturbs nobody."""


@answers("catalogMainv2", is_open=True)
def get_main_page(market: Market, _given: Given) -> Row:
    """Blocks of the main page: no kworks at all, and parameters mean nothing."""
    counts = {id_category: len(market.catalogue.sorted("recommend", id_category)) for id_category in market.tree.by_id}
    roots = market.tree.children(None)
    return enveloped(
        {
            "popular_categories_block": [
                {
                    "id": root.id,
                    "name": root.name,
                    "block_description": root.description,
                    "order": order,
                    "categories": [
                        {
                            "category_id": child.id if place % 2 == 0 else None,
                            "classifier_id": None if place % 2 == 0 else CLASSIFIERS_FROM + child.id,
                            "name": child.name,
                            "order": place,
                            "cover_url": f"/pics/category/{child.id}.png",
                            "kworks_count": counts[child.id],
                        }
                        for place, child in enumerate(market.tree.children(root.id))
                    ],
                }
                for order, root in enumerate(roots[:3], 1)
            ],
            "catalog_service_block": [
                {
                    "id": root.id,
                    "name": root.name,
                    "rubric_description": root.description,
                    "icon_path": f"/pics/icon/{root.id}.png",
                    "order": order,
                }
                for order, root in enumerate(roots, 1)
            ],
            "other_services_block": [
                {
                    "category_id": child.id,
                    "classifier_id": None,
                    "name": child.name,
                    "order": order,
                    "cover_url": f"/pics/category/{child.id}.png",
                }
                for order, child in enumerate(market.tree.children(roots[-1].id), 1)
            ],
        }
    )


@answers("kworks", is_open=True)
def get_kworks(market: Market, given: Given) -> Row:
    """A page of the catalogue; the paging is inside the response."""
    return enveloped(_catalogue_page(market, given, _found(market, given)))


@answers("search", "query", is_open=True)
def search(market: Market, given: Given) -> Row:
    """Kworks whose title holds a text."""
    wanted = given.text("query").casefold()
    found = [kwork for kwork in _found(market, given) if wanted in kwork.title.casefold()]
    ids = [kwork.category_id for kwork in found]
    categories = [
        {"count": ids.count(id_category), "name": market.tree.by_id[id_category].name, "category": id_category}
        for id_category in sorted(set(ids))
    ]
    return enveloped(_catalogue_page(market, given, found) | {"searchCategories": categories})


def _found(market: Market, given: Given) -> Sequence[Kwork]:
    sort = SORTS.get(given.text("sort"), "recommend")
    category_id = given.optional("categoryId")
    classifier = given.optional("classifierId")
    if classifier is not None:
        category_id = classifier - CLASSIFIERS_FROM
    excluded = given.numbers("excluded")
    found = market.catalogue.sorted(sort, category_id)
    return [kwork for kwork in found if kwork.id not in excluded] if excluded else found


def _catalogue_page(market: Market, given: Given, found: Sequence[Kwork]) -> Row:
    size = min(given.integer("limit"), MOST_PER_PAGE)
    shown, paging = cut(found, given.page(), size if size > 0 else KWORKS_PER_PAGE)
    below = market.tree.children(given.optional("categoryId")) if given.has("categoryId") else []
    return {
        "kworks_count": len(found),
        "kworks": [kwork_row(market, kwork, is_guest=given.is_guest) for kwork in shown],
        "classifiers": [
            {
                "id": CLASSIFIERS_FROM + child.id,
                "name": child.name,
                "kworks_count": len(market.catalogue.sorted("recommend", child.id)),
                "visibility": 1,
            }
            for child in below
        ],
        "paging": paging,
    }


@answers("getKworkDetails", "id", is_open=True)
def get_details(market: Market, given: Given) -> Row:
    """One kwork; a user who asks has looked at it."""
    kwork = _kwork(market, given, "id")
    if not given.is_guest:
        market.look_at(kwork.id)
    return enveloped(details_row(market, kwork, is_guest=given.is_guest))


@answers("getKworkDetailsExtra", "id", is_open=True)
def get_details_extra(market: Market, given: Given) -> Row:
    """What surrounds a kwork."""
    kwork = _kwork(market, given, "id")
    reviews = reviews_of_kwork(market, kwork.id)
    similar = [other for other in market.catalogue.sorted("rating", kwork.category_id) if other.id != kwork.id]
    others = [market.kwork(id_kwork) for id_kwork in market.kworks_of(kwork.seller.id) if id_kwork != kwork.id]
    best = market.catalogue.sorted("recommend", None)
    draw = market.draw("ratings", kwork.id)

    def rows(kworks: Sequence[Kwork]) -> list[Row]:
        return [kwork_row(market, other, is_guest=given.is_guest) for other in kworks[:NEIGHBOURS]]

    good = sum(review.is_good for review in reviews)
    return enveloped(
        {
            "recommended_kworks": rows(best),
            "similar_kworks": rows(similar),
            "other_kworks": rows(others),
            "reviews_count": len(reviews),
            "kwork_ratings": {
                name: round(draw.uniform(4, 5), 1) if reviews else 0 for name in ("speed", "quality", "communication")
            },
            "last_reviews": [review_row(market, review, kwork.seller) for review in reviews[:3]],
            # A map, or `false` where there is nothing to count.
            "goodReviews": {"count": good} if good else False,
            "badReviews": {"count": len(reviews) - good} if good < len(reviews) else False,
            "frequently_asked_questions_count": len(_questions(market, kwork.id)),
            "links_sites": [],
            "links_sites_count": 0,
            "not_available_for_company": False,
        }
    )


@answers("getKworkReviews", "kwork_id", "type", is_open=True)
def get_kwork_reviews(market: Market, given: Given) -> Row:
    """The reviews of a kwork."""
    kwork, kind = _kwork(market, given, "kwork_id"), review_kind(given)
    found = [review for review in reviews_of_kwork(market, kwork.id) if kind in ("all", kind_of(review))]
    shown, paging = cut(found, given.page(), REVIEWS_PER_PAGE)
    return enveloped([review_row(market, review, kwork.seller) for review in shown], paging=paging)


def review_kind(given: Given) -> str:
    """Which reviews are wanted."""
    kind = given.text("type")
    if kind not in NAMES:
        raise invalid()
    return kind


@answers("getKworkAnswers", "id", is_open=True)
def get_answers(market: Market, given: Given) -> Row:
    """Frequent questions about a kwork, or null."""
    return enveloped(_questions(market, _kwork(market, given, "id").id) or None)


def _questions(market: Market, id_kwork: int) -> list[Row]:
    texts, draw = load("kwork")["questions"], market.draw("questions", id_kwork)
    chosen = draw.sample(texts, draw.randint(0, 3))
    return [
        {"id": id_kwork * 10 + place, "question": question, "answer": answer, "position": place}
        for place, (question, answer) in enumerate(chosen)
    ]


@answers("favoriteKworks")
def get_favorites(market: Market, given: Given) -> Row:
    """The kworks the account has marked."""
    shown, paging = cut(market.favourites, given.page(), KWORKS_PER_PAGE)
    return enveloped([profile_kwork_row(market, market.kwork(id_kwork)) for id_kwork in shown], paging=paging)


@answers("markKworkAsFavorite", "kwork_id", "is_favorite", changes=True)
def mark_as_favorite(market: Market, given: Given) -> Row:
    """Marks a kwork, or removes the mark."""
    id_kwork = _kwork(market, given, "kwork_id").id
    if id_kwork in market.favourites:
        market.favourites.remove(id_kwork)
    if given.flag("is_favorite"):
        market.favourites.insert(0, id_kwork)
    return {"success": True}


@answers("viewedCatalogKworks")
def get_viewed(market: Market, given: Given) -> Row:
    """The kworks the account has looked at, the latest first."""
    shown, paging = cut(market.viewed, given.page(), KWORKS_PER_PAGE)
    return listed([profile_kwork_row(market, market.kwork(id_kwork)) for id_kwork in shown], paging=paging)


@answers("userKworks", "user_id")
def get_user_kworks(market: Market, given: Given) -> Row:
    """The kworks of a user."""
    id_user, status_id = given.identifier("user_id"), given.integer("status_id", ACTIVE)
    within = market.tree.within(given.optional("category_id"))
    kworks = [market.kwork(id_kwork) for id_kwork in market.kworks_of(id_user)]
    found = [kwork for kwork in kworks if kwork.status_id == status_id and kwork.category_id in within]
    shown, paging = cut(found, given.page(), KWORKS_PER_PAGE)
    return enveloped([profile_kwork_row(market, kwork) for kwork in shown], paging=paging)


@answers("portfolioList", "user_id", "category_id", "page", is_open=True)
def get_portfolio(market: Market, given: Given) -> Row:
    """The works a user shows; the paging is inside the response."""
    id_user = given.identifier("user_id")
    works = [market.kwork(id_kwork) for id_kwork in market.kworks_of(id_user)]
    shown, paging = cut([kwork for kwork in works if kwork.images], given.page(), PORTFOLIO_PER_PAGE)
    rows = [
        {
            "id": kwork.id - 6_000_000,
            "title": kwork.title,
            "order_id": None,
            "category_id": kwork.category_id,
            "category_name": market.tree.by_id[kwork.category_id].name,
            "type": "photo",
            "photo": kwork.images[0],
            "video": "",
            "views": kwork.reviews_count * 3,
            "views_dirty": kwork.reviews_count * 5,
            "comments_count": 0,
            "images": [
                {"link": image, "thumbnail": image, "position": place} for place, image in enumerate(kwork.images)
            ],
            "videos": [],
            "audios": [],
            "pdf": [],
            "pined_at_timestamp": None,
        }
        for kwork in shown
    ]
    return enveloped({"portfolio": rows, "paging": paging})


@answers("kworksStatusList")
def get_kworks_status(market: Market, _given: Given) -> Row:
    """The account's own kworks by status, and all together as status 0."""
    groups = [[0, "Все"], *load("kwork")["kwork_statuses"]]
    rows = []
    for id_status, name in groups:
        kworks = [kwork for kwork in market.own_kworks.values() if id_status in (0, kwork.status_id)]
        first = [profile_kwork_row(market, kwork) for kwork in kworks[:KWORKS_PER_PAGE]]
        rows.append({"id": id_status, "name": name, "kworks_count": len(kworks), "kworks": first})
    return enveloped(rows)


def _kwork(market: Market, given: Given, name: str) -> Kwork:
    try:
        return market.kwork(given.identifier(name))
    except KeyError:
        raise invalid() from None
