"""The app wire of Kwork: kworks, people, reference data, and the forms of the answers."""

from __future__ import annotations

import pytest

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START
from tests.sandbox.kwork_callers import NONE, NUMBER, PAGING, AppCaller, fits

SELLER = {
    "id": int, "username": str, "fullname": str, "profilepicture": str, "rating": NUMBER, "reviews_count": int,
    "rating_count": int, "is_online": bool, "level_description": str,
}  # fmt: skip
BADGE = {"name": str, "backgroundColor": str, "textColor": str, "composite_text_colors": list}
KWORK = {
    "id": int, "category_id": int, "classifier_id": int, "title": str, "image_url": str, "price": int,
    "is_price_from": bool, "is_best": bool, "is_hidden": bool, "is_favorite": bool, "is_viewed": (bool, NONE),
    "isSubscription": bool, "lang": str, "worker": SELLER, "badges": [BADGE], "not_available_for_company": bool,
    "cover": {"phone": str, "tablet": str}, "url": str,
}  # fmt: skip
OWN_KWORK = {name: kind for name, kind in KWORK.items() if name != "classifier_id"} | {
    "classification_id": int, "category_name": str, "status_id": int, "status_name": str, "order": int,
    "edits_list": [str], "activity": {"views": int, "orders": int, "earned": int}, "isBlackFriday": bool,
    "blackFridayPrice": int, "discountPercentage": int,
}  # fmt: skip
ACHIEVEMENT = {"id": int, "name": str, "description": (str, NONE), "image_url": str}
ANSWER = {"id": int, "text": str, "user_id": int, "time_added": int, "username": str, "profilepicture": str}
REVIEW = {
    "id": int, "time_added": int, "text": (str, NONE), "auto_mode": (str, NONE), "good": bool, "bad": bool,
    "kwork": {"id": int, "title": str, "active": int, "feat": int},
    "writer": {"id": int, "username": str, "profilepicture": str}, "answer": (dict, NONE), "portfolio": NONE,
}  # fmt: skip
FIRST_KWORK, KWORKS = 7_000_001, 4_000


@pytest.fixture(scope="module")
def reader():
    """A caller for tests that change nothing: they share one sandbox."""
    with Sandbox(speed=0, start_time=START) as box:
        caller = AppCaller(box)
        caller.enter()
        yield caller
        caller.session.close()


@pytest.fixture
def app(box):
    caller = AppCaller(box)
    caller.enter()
    yield caller
    caller.session.close()


@pytest.fixture
def guest(reader):
    caller = AppCaller(reader.box)
    yield caller
    caller.session.close()


# --- kworks -----------------------------------------------------------------------------------------------------------


def test_the_main_page_has_blocks_and_no_kworks(reader, guest):
    blocks = reader("catalogMainv2", page=2, category_id=41, sort="price_asc")
    assert blocks == guest("catalogMainv2")
    category = {"category_id": (int, NONE), "classifier_id": (int, NONE), "name": str, "order": int, "cover_url": str}
    fits(
        blocks,
        {
            "popular_categories_block": [
                {
                    "id": int, "name": str, "block_description": str, "order": int,
                    "categories": [category | {"kworks_count": int}],
                }
            ],
            "catalog_service_block": [
                {"id": int, "name": str, "rubric_description": str, "icon_path": str, "order": int}
            ],
            "other_services_block": [category],
        },
    )  # fmt: skip
    rows = [row for block in blocks["popular_categories_block"] for row in block["categories"]]
    assert rows
    assert all((row["category_id"] is None) != (row["classifier_id"] is None) for row in rows)


def test_the_catalogue_keeps_its_paging_inside(reader):
    body = reader.body("kworks")
    assert set(body) == {"success", "response"}
    page = body["response"]
    fits(page, {"kworks_count": int, "kworks": [KWORK], "classifiers": list, "paging": PAGING})
    assert page["paging"] == {"page": 1, "total": KWORKS, "limit": 10, "pages": 400}
    assert page["kworks_count"] == KWORKS
    assert len(page["kworks"]) == 10


def test_limits_of_a_page(reader):
    assert len(reader("kworks", limit=0)["kworks"]) == 10
    assert len(reader("kworks", limit=25, page=2)["kworks"]) == 25
    assert reader("kworks", limit=5_000)["paging"]["limit"] == 100
    assert reader("kworks", limit=-3)["paging"]["limit"] == 10
    assert reader("kworks", page=401)["kworks"] == []
    assert reader("kworks", page="last")["paging"]["page"] == 1
    assert reader("kworks", page=-1)["paging"]["page"] == 1


def test_categories_of_the_catalogue(reader):
    page = reader("kworks", categoryId=45, limit=100)
    fits(page["classifiers"], [{"id": int, "name": str, "kworks_count": int, "visibility": int}])
    assert {kwork["category_id"] for kwork in page["kworks"]} == {451, 452}
    assert sum(row["kworks_count"] for row in page["classifiers"]) == page["kworks_count"]
    one = page["classifiers"][1]
    narrowed = reader("kworks", categoryId=45, classifierId=one["id"])
    assert narrowed["kworks_count"] == one["kworks_count"]
    assert {kwork["classifier_id"] for kwork in narrowed["kworks"]} == {one["id"]}
    assert reader("kworks", category_id=41)["kworks_count"] == KWORKS, "an unknown name means nothing"
    assert reader("kworks", categoryId=99)["kworks"] == []


def test_kworks_already_seen_can_be_left_out(reader):
    first = reader("kworks", sort="new")["kworks"]
    rest = reader("kworks", sort="new", excluded=",".join(str(kwork["id"]) for kwork in first))
    assert rest["kworks_count"] == KWORKS - 10
    assert rest["kworks"] == reader("kworks", sort="new", page=2)["kworks"]


def test_sorting(reader):
    dear = [kwork["price"] for kwork in reader("kworks", sort="price_desc", limit=100)["kworks"]]
    assert dear == sorted(dear, reverse=True)
    assert reader("kworks", sort="moon") == reader("kworks", sort="recommend") == reader("kworks")


def test_searching(reader):
    page = reader("search", query="ЛОГОТИП", limit=100)
    assert page["kworks_count"] > 100
    assert all("логотип" in kwork["title"].casefold() for kwork in page["kworks"])
    fits(page["searchCategories"], [{"count": int, "name": str, "category": int}])
    assert sum(row["count"] for row in page["searchCategories"]) == page["kworks_count"]
    assert reader("search", query="самолёт", categoryId=41)["kworks"] == []
    assert reader.refused("search", query="") == 100


def test_guests_see_less(reader, guest):
    marked = reader("favoriteKworks")[0]["id"]
    for caller, is_favorite, is_viewed in ((reader, True, False), (guest, False, None)):
        found = [
            kwork
            for page in range(1, 41)
            for kwork in caller("kworks", limit=100, page=page)["kworks"]
            if kwork["id"] == marked
        ]
        assert [(kwork["is_favorite"], kwork["is_viewed"]) for kwork in found] == [(is_favorite, is_viewed)]


def test_one_kwork(reader):
    details = reader("getKworkDetails", id=FIRST_KWORK)
    assert details["id"] == str(FIRST_KWORK)
    assert details["kwork_description"].startswith("<p>")
    assert details["term"].split()[1] in ("день", "дня", "дней")
    assert type(details["feat"]) is int
    fits(details["short_user_info"]["achievments_list"], [ACHIEVEMENT])
    option = {"name": str, "included": bool, "value": str}
    package = {"id": int, "name": str, "package_description": str, "price": int, "term": str, "min": int, "max": int}
    fits(details["packages"], [package | {"options": [option]}])
    fits(details["additional_options"], [{"id": int, "name": str, "price": int}])
    volumes = {type(reader("getKworkDetails", id=FIRST_KWORK + number)["unit_and_quantity"]) for number in range(12)}
    assert volumes == {dict, list}, "an empty object is a list"


def test_unknown_and_missing_kworks(reader):
    assert reader.refused("getKworkDetails", kwork_id=FIRST_KWORK) == 100
    assert reader.refused("getKworkDetails", id="") == 100
    for wrong in ("1", "seven", "7e6"):
        assert reader.refused("getKworkDetails", id=wrong) == 101


def test_looking_at_a_kwork_is_remembered_for_users_only(app, box):
    before = app.body("viewedCatalogKworks")
    assert before["paging"]["limit"] == 10
    app("getKworkDetails", id=FIRST_KWORK)
    stranger = AppCaller(box)
    stranger("getKworkDetails", id=FIRST_KWORK + 1)
    stranger.session.close()
    after = app("viewedCatalogKworks")
    fits(after, [OWN_KWORK])
    assert [kwork["id"] for kwork in after] == [FIRST_KWORK, *(kwork["id"] for kwork in before["response"][:9])]
    assert after[0]["is_viewed"] is True


def test_what_surrounds_a_kwork(reader):
    popular = reader("kworks", limit=1)["kworks"][0]["id"]
    extra = reader("getKworkDetailsExtra", id=popular)
    for name in ("recommended_kworks", "similar_kworks", "other_kworks"):
        fits(extra[name], [KWORK])
        assert len(extra[name]) == 5
    fits(extra["last_reviews"], [REVIEW])
    assert len(extra["last_reviews"]) == 3
    assert extra["goodReviews"]["count"] + extra["badReviews"]["count"] == extra["reviews_count"]
    fits(extra["kwork_ratings"], {"speed": float, "quality": float, "communication": float})
    unknown = next(kwork.id for kwork in reader.box.market.kworks.values() if not kwork.reviews_count)
    extra = reader("getKworkDetailsExtra", id=unknown)
    assert (extra["goodReviews"], extra["badReviews"]) == (False, False)
    assert extra["kwork_ratings"] == {"speed": 0, "quality": 0, "communication": 0}


def test_reviews_of_a_kwork(reader):
    popular = reader("kworks", limit=1)["kworks"][0]["id"]
    body = reader.body("getKworkReviews", kwork_id=popular, type="all")
    fits(body["paging"], PAGING)
    assert len(body["response"]) == body["paging"]["limit"] == 30
    bad = reader("getKworkReviews", kwork_id=popular, type="negative")
    assert {(review["good"], review["bad"]) for review in bad} == {(False, True)}
    assert reader.refused("getKworkReviews", kwork_id=popular) == 100
    assert reader.refused("getKworkReviews", kwork_id=popular, type="neutral") == 101


def test_frequent_questions_may_be_null(reader):
    answers = [reader("getKworkAnswers", id=FIRST_KWORK + number) for number in range(20)]
    assert None in answers
    assert [] not in answers
    fits(next(filter(None, answers)), [{"id": int, "question": str, "answer": str, "position": int}])


def test_favourites_can_be_marked(app):
    body = app.body("favoriteKworks")
    fits(body["response"], [OWN_KWORK])
    assert body["paging"] == {"page": 1, "total": 14, "limit": 10, "pages": 2}
    assert len(app("favoriteKworks", page=2)) == 4
    first = body["response"][0]["id"]
    for _ in range(2):
        assert app.body("markKworkAsFavorite", kwork_id=FIRST_KWORK, is_favorite=1) == {"success": True}
    assert app("favoriteKworks")[0]["id"] == FIRST_KWORK
    assert app("actor")["favourite_kworks_count"] == 15
    app.body("markKworkAsFavorite", kwork_id=FIRST_KWORK, is_favorite=0)
    assert app("favoriteKworks")[0]["id"] == first
    assert app.box.executed["markKworkAsFavorite"] == 3


def test_own_kworks_by_status(reader):
    groups = reader("kworksStatusList")
    fits(groups, [{"id": int, "name": str, "kworks_count": int, "kworks": [OWN_KWORK]}])
    assert [group["id"] for group in groups] == [0, 7, 1, 2, 3, 4, 5, 6]
    counts = {group["id"]: group["kworks_count"] for group in groups}
    assert counts[0] == sum(counts.values()) - counts[0] == 11
    assert len(groups[0]["kworks"]) == 10, "the first page"
    active = {kwork["id"] for kwork in groups[1]["kworks"]}
    assert {kwork["id"] for kwork in reader("userKworks", user_id=2001)} == active
    assert [kwork["edits_list"] != [] for kwork in reader("userKworks", user_id=2001, status_id=2)] == [True]
    assert reader("getKworkDetails", id=reader("userKworks", user_id=2001, status_id=4)[0]["id"])["active"] == 4


def test_kworks_and_portfolio_of_a_seller(reader):
    seller = max(reader.box.market.sellers, key=lambda one: len(reader.box.market.kworks_of(one.id)))
    body = reader.body("userKworks", user_id=seller.id)
    assert {kwork["worker"]["id"] for kwork in body["response"]} == {seller.id}
    category = body["response"][0]["category_id"]
    narrowed = reader("userKworks", user_id=seller.id, category_id=category)
    assert {kwork["category_id"] for kwork in narrowed} == {category}
    answer = reader.body("portfolioList", user_id=seller.id, category_id="all", page=1)
    assert set(answer) == {"success", "response"}
    assert answer["response"]["paging"]["limit"] == 12
    assert all(work["photo"] == work["images"][0]["link"] for work in answer["response"]["portfolio"])


# --- people -----------------------------------------------------------------------------------------------------------


def test_the_account(reader):
    body = reader.body("actor")
    assert set(body) == {"success", "response", "fcmTokenLost"}
    fits(
        body["response"],
        {
            "id": int, "username": str, "status": str, "email": str, "type": str, "verified": bool,
            "profilepicture": str, "description": str, "slogan": str, "fullname": str, "level_description": str,
            "cover": str, "good_reviews": int, "bad_reviews": int, "location": str, "rating": str,
            "rating_count": int, "hold_amount": NUMBER, "free_amount": NUMBER, "currency": str,
            "inbox_archive_count": int, "unread_dialog_count": int, "notify_unread_count": int, "red_notify": bool,
            "warning_inbox_count": int, "app_notify_count": int, "unread_messages_count": int, "country_id": int,
            "city_id": int, "timezone_id": int, "addtime": int, "allow_mobile_push": bool, "is_more_payer": bool,
            "kworks_count": int, "favourite_kworks_count": int, "hidden_kworks_count": int, "specialization": NONE,
            "profession": (str, NONE), "kworks_available_at_weekends": bool, "achievments_list": [ACHIEVEMENT],
        },
    )  # fmt: skip
    assert float(body["response"]["rating"]) == reader.box.market.actor.member.rating


def test_profiles(reader, guest):
    profile = reader("user", id=1_001)
    fits(
        profile,
        {
            "id": int, "username": str, "status": str, "fullname": str, "profilepicture": str, "description": str,
            "slogan": str, "location": str, "rating": str, "rating_count": int, "level_description": str,
            "good_reviews": int, "bad_reviews": int, "reviews_count": int, "online": bool, "live_date": int,
            "cover": str, "custom_request_min_budget": (int, NONE), "is_allow_custom_request": int,
            "order_done_persent": int, "order_done_intime_persent": int, "order_done_repeat_persent": int,
            "timezoneId": int, "blocked_by_user": bool, "allowedDialog": bool, "addtime": int,
            "achievments_list": [ACHIEVEMENT], "completed_orders_count": int, "specialization": NONE,
            "profession": (str, NONE), "kworks_count": int, "kworks": [OWN_KWORK], "portfolio_list": NONE,
            "reviews": (list, NONE), "skills": [{"id": int, "name": str}], "is_verified_worker": bool, "note": list,
            "is_cashless_payment_available": bool, "is_stop_work": NONE,
        },
    )  # fmt: skip
    assert reader("userByUsername", username=profile["username"]) == profile
    assert guest("user", id=1_001)["allowedDialog"] is False
    mine = reader("user", id=2001)
    assert mine == reader("userByUsername", username=reader.box.kwork_login)
    assert (mine["allowedDialog"], mine["kworks_count"]) == (False, 5)
    assert reader.refused("user") == 100
    assert reader.refused("user", id=5) == 101
    assert reader.refused("userByUsername", username="nobody") == 101


def test_profiles_without_reviews_have_null(reader):
    kinds = {type(reader("user", id=id_user)["reviews"]) for id_user in range(1_001, 1_020)}
    assert kinds == {list, NONE}


def test_reviews_are_good_or_bad_and_have_no_stars(reader):
    member = max(reader.box.market.sellers, key=lambda one: one.bad_reviews)
    body = reader.body("userReviews", user_id=member.id, type="all")
    fits(body["response"], [REVIEW])
    assert body["paging"] == {
        "page": 1, "total": member.reviews_count, "limit": 30, "pages": -(-member.reviews_count // 30),
    }  # fmt: skip
    assert len(body["response"]) == 30
    answers = [review["answer"] for review in body["response"] if review["answer"]]
    fits(answers, [ANSWER])
    assert {answer["user_id"] for answer in answers} == {member.id}
    assert reader.body("userReviews", user_id=member.id, type="negative")["paging"]["total"] == member.bad_reviews
    good = reader.body("userReviews", user_id=member.id, type="positive")
    assert good["paging"]["total"] == member.good_reviews
    assert reader("userReviews", user_id=2001, type="all", page=99) == []


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"user_id": 1_001}, 100),
        ({"type": "all"}, 100),
        ({"user_id": 1_001, "type": "some"}, 101),
        ({"user_id": "me", "type": "all"}, 101),
        ({"user_id": 4, "type": "all"}, 101),
    ],
)
def test_reviews_need_a_user_and_a_type(reader, params, code):
    assert reader.refused("userReviews", **params) == code


def test_reviews_that_the_service_wrote_have_no_text(reader):
    members = sorted(reader.box.market.sellers, key=lambda one: -one.bad_reviews)[:20]
    reviews = [review for one in members for review in reader("userReviews", user_id=one.id, type="negative")]
    silent = [review for review in reviews if review["auto_mode"]]
    assert {(review["auto_mode"], review["text"]) for review in silent} == {("inwork_time_over", None)}
    assert 0 < len(silent) < len(reviews)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_settings(app):
    answer = app("updateSettings", fullname="Глеб & Ко", details="Рисую <быстро>\nи точно", timezoneId=33, moon=1)
    assert set(answer) == {"message"}
    actor = app("actor")
    assert (actor["fullname"], actor["timezone_id"]) == ("Глеб & Ко", 33)
    assert actor["description"] == "Рисую &lt;быстро&gt;<br>и точно", "texts come back escaped"
    assert actor["email"] == "demo_buyer@example.invalid"
    assert app.box.executed["updateSettings"] == 1


def test_settings_that_are_wrong_are_told_one_by_one(app):
    body = app.body("updateSettings", username="1", email="nowhere", fullname="X")
    assert (body["success"], body["error_code"]) == (False, 101)
    fits(body["errors"], [{"position": int, "target": str, "text": str}])
    assert [error["target"] for error in body["errors"]] == ["username", "email"]
    assert app("actor")["fullname"] != "X"


def test_a_new_name(app):
    assert app("getSecurityUserData")["username_changed"] is False
    app("updateSettings", username="Quiet-Fox", email="fox@example.invalid", profession="Художник")
    security = app("getSecurityUserData")
    fits(
        security,
        {
            "email": str, "username": str, "username_changed": bool, "phone": str, "confirmation_type": str,
            "is_available_kwork_creation": bool, "username_change_available": NONE,
            "is_profile_completed": {"details": bool, "profession": bool, "profile_pic": bool},
            "whatsapp_link": str, "telegram_bot_link": str,
        },
    )  # fmt: skip
    assert (security["username"], security["username_changed"]) == ("Quiet-Fox", True)
    assert "*" in security["phone"]
    own = app("userKworks", user_id=2001)[0]
    assert own["worker"]["username"] == app("user", id=2001)["username"] == "Quiet-Fox"
    assert app.sign_in(login="fox@example.invalid")["success"] is True


# --- reference --------------------------------------------------------------------------------------------------------


def test_countries_and_cities(guest):
    countries = guest("countries")
    fits(countries, [{"id": int, "name": str}])
    cities = guest("cities", countryId=countries[0]["id"])
    fits(cities, [{"id": str, "name": str}])
    assert len(cities) == 8
    assert guest("cities", countryId=77) == []
    assert guest.refused("cities") == 100
    assert guest.refused("cities", countryId="Россия") == 101


def test_time_zones(guest):
    zones = guest("timezones")
    fits(zones, [{"id": int, "utc_offset": int, "name": str}])
    assert {"id": 28, "utc_offset": 3, "name": "Московское время"} in zones


def test_categories_have_three_levels(guest):
    roots = guest("categories")

    def depth(rows):
        return 1 + max((depth(row["subcategories"]) for row in rows if "subcategories" in row), default=0)

    assert len(roots) == 7
    assert depth(roots) == 3
    assert set(roots[0]["subcategories"][-1]) == {"id", "name", "description"}, "a leaf lacks the key"


def test_features_are_switches(reader, guest):
    features = reader("getAvailableFeatures")
    assert set(features) == {"voice_messages", "features", "is_support_dialog_available", "test_groups"}
    assert guest("getPublicFeatures") == [], "an empty map"


def test_smaller_things(reader, guest):
    assert set(reader("getChannel")) == {"channel"}
    assert guest("getCaptchaStatus") == {"show_captcha": False}
    assert guest.refused("getInAppNotification") == 100
    assert guest.refused("getInAppNotification", uad="U", os_type="android", os_version="14") == 100
    assert guest("getInAppNotification", uad="U", os_type="android", os_version="14", app_version="4.2") is None
    fits(reader("favoriteCategories"), [{"id": int, "name": str, "description": str, "is_attribute": bool}])


def test_repeated_and_bracketed_names_are_read_as_php_does(reader):
    answer = reader.send("user", [("token", reader.token), ("id", "1001"), ("id", "1002")])
    assert answer.json()["response"]["id"] == 1_002
    assert reader.refused("user", id=[1_001]) == 101
