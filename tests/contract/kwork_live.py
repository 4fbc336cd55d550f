"""What the live service of Kwork answers on the app wire, with invented values, and whom the tests call it for."""

from __future__ import annotations

import json
from pathlib import Path

from kwork_etxt_sdk.testing import samples

SAMPLES = {path.stem: json.loads(path.read_text()) for path in (Path(samples.__file__).parent / "kwork").glob("*.json")}
USER, ACTOR = SAMPLES["user"], SAMPLES["actor"]["actor"]
KWORKS, PROJECTS, DIALOGS = SAMPLES["kworks"]["page"], SAMPLES["projects"]["page"], SAMPLES["dialogs"]
KWORK_ROW = KWORKS["response"]["kworks"][0]
PAGING = {"page": 1, "total": 1, "limit": 10, "pages": 1}
DETAILS = {
    "id": "7000001",
    "kwork_title": "Сделаю пример",
    "kwork_description": "<p>Всё</p>",
    "default_kwork_price": 500,
    "category": 41,
    "term": "3 дня",
    "short_user_info": {"id": 1002, "username": "demo_worker", "rating": 4.9, "is_online": True},
    "portfolio_items": [[{"id": 1}], [{"id": 2}]],
    "common_reject_reason": None,
    "unit_and_quantity": [],
}
ORDER = {
    "id": 5001,
    "status": 1,
    "kwork_title": "Логотип",
    "display_title": "Логотип для чая",
    "price": 1500,
    "time_added": 1767225600,
    "time_left": "2 дн.",
    "payer": {"id": 2001, "username": "demo_payer", "is_online": False, "profilepicture": ""},
}
#: The whole form (without the token), what comes back, and what has to become of it.
LIVE = {
    "catalog.get_list": (
        [("page", "3"), ("categoryId", "41"), ("sort", "new")],
        KWORKS,
        lambda page: (page.kworks[0].seller.username, page.pagination.total_items) == ("demo_worker", 2),
    ),
    "catalog.get_details": (
        [("id", "7000001")],
        {"success": True, "response": DETAILS},
        lambda got: (got.id, got.price, got.term, len(got.portfolio_items)) == (7000001, 500, "3 дня", 2),
    ),
    "catalog.get_details_extra": (
        [("id", "7000001")],
        {"success": True, "response": {"reviews_count": 3, "goodReviews": False}},
        lambda got: got == {"reviews_count": 3, "goodReviews": False},
    ),
    "projects.get_list": (
        [("page", "3"), ("categories", "41")],
        PROJECTS,
        lambda page: (
            (page.projects[0].customer.id, page.projects[0].budget, page.pagination.total_pages) == (2001, 5000, 34)
        ),
    ),
    "projects.get_payer_orders": (
        [("page", "1"), ("filter", "all")],
        {"success": True, "response": {"filter": "all", "orders": [ORDER], "paging": PAGING}},
        lambda got: (got[0].title, got[0].status, got[0].budget) == ("Логотип для чая", "in_progress", 1500),
    ),
    "projects.get_worker_orders": (
        [("page", "1"), ("filter", "all")],
        {"success": True, "response": {"filter": "all", "orders": [ORDER], "paging": PAGING}},
        lambda got: (got[0].customer.id, got[0].time_left_text, got[0].time_left) == (2001, "2 дн.", None),
    ),
    "user.get_info": ([], ACTOR, lambda got: got == ACTOR["response"]),
    "user.get_reviews": (
        [("user_id", "2001"), ("page", "3"), ("type", "all")],
        USER["reviews"],
        lambda page: (
            (page.reviews[0].comment, page.reviews[0].good, page.reviews[0].kwork_id) == ("Отлично", True, 7000001)
        ),
    ),
    "user.get_favorite_kworks": (
        [("page", "1")],
        {"success": True, "response": [KWORK_ROW], "paging": PAGING},
        lambda got: got[0].id == 7000001,
    ),
    "reference.get_countries": (
        [],
        {"success": True, "response": [{"id": 1, "name": "Россия"}]},
        lambda got: (got[0].name, got[0].code, got[0].cities) == ("Россия", None, None),
    ),
    "reference.get_cities": (
        [("countryId", "1")],
        {"success": True, "response": [{"id": "5", "name": "Москва"}]},
        lambda got: (got[0].id, got[0].country_id) == (5, 1),
    ),
    "reference.get_timezones": (
        [],
        {"success": True, "response": [{"id": 28, "utc_offset": 3, "name": "Москва"}]},
        lambda got: got[0].offset == "+03:00",
    ),
    "notifications.get_list": (
        [],
        {
            "success": True,
            "response": [
                {
                    "name": "orders",
                    "description": "Заказы",
                    "is_red": True,
                    "priority": 2,
                    "entity_type": "order",
                    "notifications": [{"id": 1, "added": 1767225600, "entity_id": 7, "link": "/x", "orderId": 9}],
                }
            ],
        },
        lambda got: (got.notifications[0].type, got.notifications[0].order_id, got.unread_count) == ("orders", 9, None),
    ),
    "notifications.fetch": (
        [],
        {
            "success": True,
            "response": [
                {
                    "id": 1,
                    "entity_id": 2,
                    "user_id": 3,
                    "event": "new_inbox",
                    "created_at": "2026-01-01 10:00:00",
                    "data": [],
                }
            ],
            "paging": PAGING,
        },
        lambda got: (got.notifications[0].type, got.notifications[0].data) == ("new_inbox", {}),
    ),
    "notifications.get_dialogs": (
        [("page", "1")],
        DIALOGS["page"],
        lambda got: (
            (got[0].id, got[0].participant.username, got[0].last_message) == (None, "demo_payer", "Здравствуйте")
        ),
    ),
    "notifications.get_blocked_dialogs": (
        [("page", "1")],
        DIALOGS["page"],
        lambda got: got[0].participant.id == 2001,
    ),
    "other.get_wants": (
        [],
        {"success": True, "response": [{"id": 1}], "paging": PAGING},
        lambda got: got == {"wants": [{"id": 1}], "paging": PAGING},
    ),
    "other.get_wants_status": (
        [],
        {"success": True, "response": [{"id": 1, "tootlip": "x"}]},
        lambda got: got == {"statuses": [{"id": 1, "tootlip": "x"}]},
    ),
    "other.get_kworks_status": (
        [],
        {"success": True, "response": [{"id": 7, "name": "Активные", "kworks": []}]},
        lambda got: got["statuses"][0]["name"] == "Активные",
    ),
    "other.get_offers": (
        [],
        {"success": True, "response": [{"id": 1}], "connects": {"all_connects": 30}, "paging": PAGING},
        lambda got: got == {"offers": [{"id": 1}], "connects": {"all_connects": 30}, "paging": PAGING},
    ),
    "other.get_exchange_info": (
        [],
        {"archived_count": 0, "exchange_response_count": 3},
        lambda got: got == {"archived_count": 0, "exchange_response_count": 3},
    ),
    "other.get_channel": ([], {"success": True, "response": {"channel": "c1"}}, lambda got: got == {"channel": "c1"}),
    "other.get_in_app_notification": (
        [("uad", "A" * 40), ("os_type", "android"), ("os_version", "14"), ("app_version", "5.1")],
        {"success": True, "response": None},
        lambda got: got == {},
    ),
    "other.get_security_user_data": (
        [],
        {"success": True, "response": {"email": "a@example.invalid"}},
        lambda got: got == {"email": "a@example.invalid"},
    ),
    "other.is_dialog_allow": ([("receiverId", "2001")], DIALOGS["is_dialog_allow"], lambda got: got is True),
    "other.get_viewed_kworks": (
        [("page", "1")],
        {"success": True, "response": [KWORK_ROW], "paging": PAGING},
        lambda got: got[0].title == "Сделаю пример А",
    ),
    "other.get_favorite_categories": (
        [],
        {"success": True, "response": [{"id": 41, "name": "x", "is_attribute": False}]},
        lambda got: got == [41],
    ),
    "other.update_settings": (
        [("language", "ru"), ("email_notifications", "1"), ("nested[a][]", "1"), ("nested[a][]", "b")],
        {"success": True, "response": {"message": "Сохранено"}},
        lambda got: got == {"message": "Сохранено"},
    ),
    "other.go_offline": ([], {"success": True}, lambda got: got == {"success": True}),
    "other.get_actor": ([], ACTOR, lambda got: got["free_amount"] == 120.5),
    "catalog.get_main": (
        [],
        {"success": True, "response": {"popular_categories_block": []}},
        lambda got: got == {"popular_categories_block": []},
    ),
}
#: Where nobody has to be signed in.
FOR_ALL = {
    "catalog.get_list",
    "catalog.get_details",
    "catalog.get_details_extra",
    "catalog.get_main",
    "reference.get_countries",
    "reference.get_cities",
    "reference.get_timezones",
    "other.get_in_app_notification",
}
DEVICE = {"device_id": "A" * 40, "os_type": "android", "os_version": "14", "app_version": "5.1"}
OWN_ARGUMENTS = {"other.get_in_app_notification": DEVICE, "reference.get_cities": {"country_id": 1}}
