"""The app wire: what the live service answers, with all its oddities."""

from __future__ import annotations

import json
import pickle

import pytest

from kwork_etxt_sdk import CallOptions, ConfigurationError, DryRun, KworkClient, Secret
from kwork_etxt_sdk.kwork import (
    KworkApiError,
    KworkAppAuthError,
    KworkAuthError,
    KworkBlockedError,
    KworkCaptchaError,
    KworkNotFoundError,
    KworkRateLimitError,
    KworkRefusedError,
    KworkUnexpectedResponseError,
    KworkUnsupportedError,
    KworkValidationError,
    Order,
    OrderStatus,
)
from tests.support.kwork_server import HTML, answer

TOKEN = "app-token-0123456789abcdef"
APP = "Basic aW52ZW50ZWQ6bm90LXJlYWw="
PAGING = {"page": 1, "total": 2, "limit": 10, "pages": 1}


@pytest.fixture
def app(server, clock):
    with KworkClient(token=TOKEN, base_url=server.url, app_authorization=APP, clock=clock) as client:
        yield client


def ok(response=None, **siblings):
    return answer({"success": True, **({} if response is None else {"response": response}), **siblings})


def refusal(error, code=None, status=200, **more):
    return answer({"success": False, "error": error, **({} if code is None else {"error_code": code}), **more}, status)


class TestWhichWire:
    def test_the_header_alone_means_the_app_wire(self, server):
        assert KworkClient(app_authorization=APP).wire == "app"
        assert KworkClient().wire == "documented"
        assert KworkClient(cookies={"userId": "1"}, app_authorization=APP).wire == "documented"
        assert KworkClient(app_authorization=APP, wire="documented").wire == "documented"

    def test_without_the_header_there_is_no_app_wire(self):
        with pytest.raises(ConfigurationError, match="KWORK_APP_AUTHORIZATION"):
            KworkClient(token=TOKEN, wire="app")

    def test_there_are_two(self):
        with pytest.raises(ConfigurationError, match="wire must be 'app', 'documented' or None, not 'web'"):
            KworkClient(wire="web")

    @pytest.mark.parametrize("value", ["Basic a\r\nX: 1", "Basic ы", " Basic a", "a\x7f"])
    def test_a_header_that_can_not_be_sent_is_refused_without_showing_it(self, value):
        with pytest.raises(ConfigurationError, match="no header can carry") as caught:
            KworkClient(app_authorization=value)
        assert value not in str(caught.value)

    def test_what_belongs_to_the_other_wire_is_refused(self, server, clock, app):
        with KworkClient(token=TOKEN, base_url=server.url, clock=clock) as documented:
            with pytest.raises(KworkUnsupportedError, match="app_authorization"):
                documented.catalog.get_main()
            with pytest.raises(KworkValidationError, match="page belongs to the app wire"):
                documented.other.get_wants(page=2)
        assert server.received == []


class TestSecrecy:
    def test_neither_token_nor_header_show(self, server, app):
        server.on("/actor", refusal(f"bad {TOKEN} {APP}", 999))
        with pytest.raises(KworkRefusedError) as caught:
            app.other.get_actor()
        market = app._market
        shown = f"{app!r} {vars(app)} {vars(market)} {caught.value} {vars(caught.value)} {pickle.dumps(caught.value)}"
        for secret in (TOKEN, APP, APP.split()[1]):
            assert secret not in shown

    def test_a_dry_run_shows_the_form_with_stars(self, server, app):
        with pytest.raises(DryRun) as caught:
            app.projects.get_list(options=CallOptions(dry_run=True))
        assert caught.value.request["body"] == [("page", "1"), ("categories", "all"), ("token", "***")]
        assert caught.value.request["headers"] == {"Authorization": "***"}
        assert server.received == []

    def test_the_token_is_never_in_the_address(self, server, app):
        server.on("/actor", ok({"id": 1}))
        app.other.get_actor()
        assert server.only("/actor").target == "/actor"
        assert server.only("/actor").form == [("token", TOKEN)]

    def test_nobody_signed_in_is_told_before_anything_is_sent(self, server, clock):
        with KworkClient(base_url=server.url, app_authorization=Secret(APP), clock=clock) as client:
            with pytest.raises(KworkAuthError, match="nobody is signed in"):
                client.other.get_actor()
            assert server.received == []
            server.on("/countries", ok([]))
            assert client.reference.get_countries() == []


class TestEnvelope:
    """Every oddity of section and envelope, one test each."""

    def test_a_missing_response_is_an_empty_list(self, server, app):
        server.on(
            "/projects", answer({"success": True, "connects": {"all_connects": 3}, "paging": {**PAGING, "total": 0}})
        )
        page = app.projects.get_list()
        assert page.projects == []
        assert page.connects == {"all_connects": 3}
        assert page.pagination.total_items == 0

    @pytest.mark.parametrize("path", ["/notifications", "/notificationsFetch", "/viewedCatalogKworks"])
    def test_a_missing_response_is_no_error_elsewhere(self, server, app, path):
        server.on(path, answer({"success": True}))
        assert app.notifications.get_list().notifications == [] if path == "/notifications" else True
        if path == "/notificationsFetch":
            assert app.notifications.fetch().notifications == []
        if path == "/viewedCatalogKworks":
            assert app.other.get_viewed_kworks() == []

    @pytest.mark.parametrize("empty", [None, []])
    def test_no_object_is_an_empty_one(self, server, app, empty):
        server.on("/getInAppNotification", answer({"success": True, "response": empty}))
        device = {"device_id": "A" * 40, "os_type": "android", "os_version": "14", "app_version": "5"}
        assert app.other.get_in_app_notification(**device) == {}

    def test_exchange_info_comes_without_an_envelope(self, server, app):
        server.on("/exchangeInfo", answer({"archived_count": 0, "exchange_response_count": 4}))
        assert app.other.get_exchange_info() == {"archived_count": 0, "exchange_response_count": 4}

    @pytest.mark.parametrize("name", ["data", "portfolio"])
    def test_the_response_has_other_names(self, server, app, name):
        server.on("/actor", answer({"success": True, name: {"id": 5}}))
        assert app.other.get_actor() == {"id": 5}

    def test_a_bare_list_is_the_list(self, server, app):
        server.on("/favoriteKworks", answer([{"id": 1}]), answer([]))
        assert [kwork.id for kwork in app.user.get_favorite_kworks()] == [1]

    def test_success_does_not_have_to_be_said(self, server, app):
        server.on("/actor", answer({"response": {"id": 5}, "error": ""}))
        assert app.other.get_actor() == {"id": 5}

    def test_an_error_without_success_is_one(self, server, app):
        server.on("/actor", answer({"error": "Нет", "error_code": 7}))
        with pytest.raises(KworkRefusedError, match="Kwork says: Нет"):
            app.other.get_actor()

    def test_paging_may_lie_inside_the_response(self, server, app):
        row = {"id": 1}
        pages = [
            ok({"kworks": [{**row, "id": number}], "paging": {"page": number, "total": 3, "limit": 1, "pages": 3}})
            for number in (1, 2, 3)
        ]
        server.on("/kworks", *pages)
        assert [kwork.id for kwork in app.catalog.iter_list()] == [1, 2, 3]
        assert [request.form[0] for request in server.received] == [("page", "1"), ("page", "2"), ("page", "3")]

    def test_the_number_of_pages_is_counted_where_it_is_missing(self, server, app):
        rows = [{"user_id": number, "username": "a"} for number in (1, 2, 3)]
        server.on(
            "/dialogs",
            ok(rows[:2], paging={"page": 1, "total": 3, "limit": "2"}),
            ok(rows[2:], paging={"page": 2, "total": 3, "limit": 2}),
        )
        assert [dialog.participant.id for dialog in app.notifications.get_dialogs()] == [1, 2, 3]
        assert len(server.received) == 2

    def test_a_page_tells_the_number_of_pages_even_so(self, server, app):
        server.on("/projects", ok([{"id": 1}], paging={"page": 2, "total": 25, "limit": 12}))
        info = app.projects.get_list(page=2).pagination
        assert (info.total_pages, info.has_next, info.has_prev) == (3, True, True)
        server.on("/projects", ok([{"id": 1}], paging={"page": 2}))
        info = app.projects.get_list(page=2).pagination
        assert (info.total_pages, info.total_items, info.has_next, info.has_prev) == (None, None, None, True)

    def test_without_any_paging_a_list_ends_where_nothing_comes(self, server, app):
        server.on("/favoriteKworks", ok([{"id": 1}]), ok([{"id": 2}]), ok([]))
        assert [kwork.id for kwork in app.user.get_favorite_kworks()] == [1, 2]
        assert [request.form[0] for request in server.received] == [("page", str(n)) for n in (1, 2, 3)]

    def test_a_service_that_repeats_its_last_page_does_not_keep_one_for_ever(self, server, app):
        server.on("/favoriteKworks", ok([{"id": 1}]))
        assert [kwork.id for kwork in app.user.get_favorite_kworks()] == [1]
        assert len(server.received) == 2

    def test_a_list_with_gaps_is_a_list(self, server, app):
        server.on("/favoriteKworks", ok({"0": {"id": 1}, "3": {"id": 2}}, paging=PAGING))
        assert [kwork.id for kwork in app.user.get_favorite_kworks()] == [1, 2]
        server.on("/dialogs", ok({"1": {"user_id": 5, "username": "a"}}, paging=PAGING))
        assert app.notifications.get_dialogs()[0].participant.username == "a"

    def test_an_object_where_a_list_is_promised_is_no_empty_list(self, server, app):
        server.on("/favoriteKworks", ok({"kwork": {"id": 1}}))
        with pytest.raises(KworkUnexpectedResponseError, match="missing field 'kworks'"):
            app.user.get_favorite_kworks()

    def test_a_bad_item_is_reported_as_that_item(self, server, app):
        server.on("/favoriteKworks", ok([{"id": 1}, {"id": "x"}], paging=PAGING))
        with pytest.raises(KworkUnexpectedResponseError, match=r"\$\.kworks\[1\]\.id"):
            app.user.get_favorite_kworks()
        kept = app.user.get_favorite_kworks(options=CallOptions(bad_items="keep"))
        assert [kwork.id for kwork in kept] == [1]
        assert kept.bad_items[0].raw == {"id": "x"}

    @pytest.mark.parametrize(("code", "method"), [("150", "get_payer_orders"), ("151", "get_worker_orders")])
    def test_no_orders_come_as_an_error(self, server, app, code, method):
        path = {"150": "/payerOrders", "151": "/workerOrders"}[code]
        server.on(path, refusal("Заказов нет", int(code)))
        assert getattr(app.projects, method)() == []
        server.on(path, refusal("Заказов нет", {"150": "151", "151": "150"}[code]))
        with pytest.raises(KworkRefusedError):
            getattr(app.projects, method)()

    def test_two_keys_of_orders_have_a_cyrillic_letter(self, server, app):
        cyrillic = {"can\u0441el_reason": "Передумал", "time_can\u0441el": 1767225600}
        latin = {"cancel_reason": "Передумал", "time_cancel": 1767225600}
        rows = [{"id": 1, "status": 3, **cyrillic}, {"id": 2, "status": 3, **latin}]
        server.on("/workerOrders", ok({"orders": rows, "paging": PAGING}))
        for order in app.projects.get_worker_orders():
            assert (order.cancel_reason, order.cancel_time.timestamp()) == ("Передумал", 1767225600)
            assert (order.status, order.extra) == ("cancelled", {})

    @pytest.mark.parametrize(
        ("code", "word", "known"),
        [
            (1, "in_progress", OrderStatus.IN_PROGRESS),
            (2, "arbitration", OrderStatus.ARBITRATION),
            (4, "in_review", OrderStatus.IN_REVIEW),
            (5, "completed", OrderStatus.COMPLETED),
            ("6", "unpaid", OrderStatus.UNPAID),
            (9, "9", OrderStatus(9)),
        ],
    )
    def test_the_status_of_an_order_gets_its_documented_word(self, server, app, code, word, known):
        server.on("/payerOrders", ok({"orders": [{"id": 1, "status": code, "kwork_title": "К"}], "paging": PAGING}))
        (order,) = app.projects.get_payer_orders()
        assert (order.status, order.status_code, order.title) == (word, known, "К")
        assert isinstance(order, Order)
        assert order.customer is None
        assert json.loads(json.dumps(order.to_dict()))["status"] == word

    def test_a_dialog_whose_user_is_not_told_stays_apart(self, server, app):
        server.on("/blockedDialogs", ok([{"note": []}, {"username": "b"}, {"username": "b"}], paging=PAGING))
        dialogs = app.notifications.get_blocked_dialogs()
        assert [dialog.participant for dialog in dialogs] == [None, None]

    def test_a_push_event_with_a_time_nobody_can_read_is_kept(self, server, app):
        server.on("/notificationsFetch", ok([{"id": 1, "event": "notify", "created_at": "вчера", "data": {"a": 1}}]))
        (event,) = app.notifications.fetch(page=2).notifications
        assert (event.type, event.created_at, event.extra) == ("notify", None, {"created_at_text": "вчера"})
        assert server.only("/notificationsFetch").form == [("page", "2"), ("token", TOKEN)]

    @pytest.mark.parametrize(
        ("offset", "text"),
        [
            (3, "+03:00"),
            ("3", "+03:00"),
            (-5, "-05:00"),
            (0, "+00:00"),
            (10800, "10800"),
            (5.5, "5.5"),
            ("+03:00", "+03:00"),
            (None, None),
        ],
    )
    def test_hours_from_utc_are_written_as_documented(self, server, app, offset, text):
        server.on("/timezones", ok([{"id": 1, "utc_offset": offset, "name": "x"}]))
        assert app.reference.get_timezones()[0].offset == text

    def test_odd_rows_and_groups_are_told_and_break_nothing(self, server, app):
        server.on("/notifications", ok([5, {"name": "x"}, {"name": "y", "notifications": [7]}]))
        with pytest.raises(KworkUnexpectedResponseError, match=r"\$\.notifications\[0\]"):
            app.notifications.get_list()
        server.on("/favoriteCategories", ok([41, {"id": 5}, {"name": "?"}]))
        with pytest.raises(KworkUnexpectedResponseError, match=r"\$\.categories\[2\]"):
            app.other.get_favorite_categories()
        server.on("/favoriteCategories", ok({"x": 1}))
        with pytest.raises(KworkUnexpectedResponseError, match="missing field 'categories'"):
            app.other.get_favorite_categories()
        server.on("/notifications", ok("?"))
        with pytest.raises(KworkUnexpectedResponseError):
            app.notifications.get_list()

    @pytest.mark.parametrize(
        "response",
        [
            {},
            [],
            {"privateMessageStatus": 0},
            {"privateMessageStatuses": {"support": 5}, "privateMessageStatus": 5},
            {"privateMessageStatuses": {"default": 0}},
        ],
    )
    def test_whether_one_may_write_is_not_guessed(self, server, app, response):
        server.on("/isDialogAllow", ok(response))
        with pytest.raises(KworkUnexpectedResponseError):
            app.other.is_dialog_allow(2001)

    def test_one_may_not_write_if_the_status_is_another(self, server, app):
        server.on("/isDialogAllow", ok({"privateMessageStatuses": {"default": 0, "x": 8}, "privateMessageStatus": 8}))
        assert app.other.is_dialog_allow(2001) is False

    def test_what_is_no_row_stays_for_the_converter(self, server, app):
        server.on("/kworks", ok("?"))
        with pytest.raises(KworkUnexpectedResponseError, match="expected array"):
            app.catalog.get_list()
        server.on("/projects", ok({"x": 1}))
        with pytest.raises(KworkUnexpectedResponseError, match="missing field 'projects'"):
            app.projects.get_list()
        server.on("/myWants", ok({"x": 1}))
        assert app.other.get_wants() == {"x": 1}

    def test_details_without_a_portfolio_pass(self, server, app):
        server.on("/getKworkDetails", ok({"id": 7, "portfolio_items": None}))
        assert app.catalog.get_details(7).portfolio_items is None
        server.on("/getKworkDetails", ok({"id": 7, "portfolio_items": [{"id": 1}, [{"id": 2}]]}))
        assert app.catalog.get_details(7).portfolio_items == [{"id": 1}, {"id": 2}]
        server.on("/getKworkDetails", ok([]))
        with pytest.raises(KworkUnexpectedResponseError):
            app.catalog.get_details(7)


class TestRequests:
    def test_all_categories_have_a_name(self, server, app):
        server.on("/projects", ok([], paging=PAGING))
        app.projects.get_list()
        assert server.only("/projects").form == [("page", "1"), ("categories", "all"), ("token", TOKEN)]

    @pytest.mark.parametrize("sort", ["recommend", "newest"])
    def test_ways_to_sort_are_translated(self, server, app, sort):
        server.on("/kworks", ok({"kworks": []}))
        app.catalog.get_list(sort=sort)
        assert server.only("/kworks").form == [("page", "1"), *([("sort", "new")] if sort == "newest" else [])]

    @pytest.mark.parametrize("sort", ["price_asc", "price_desc", "rating", "reviews", "new", "", 5])
    def test_ways_to_sort_whose_name_nobody_knows_are_refused(self, server, app, sort):
        with pytest.raises(KworkValidationError, match="sort must be recommend or newest on the app wire"):
            app.catalog.get_list(sort=sort)
        with pytest.raises(KworkValidationError):
            app.catalog.iter_list(sort=sort)
        assert server.received == []

    def test_my_reviews_are_those_of_my_id_which_is_asked_for_once(self, server, app):
        server.on("/actor", ok({"id": "1001"}))
        server.on("/userReviews", ok([], paging=PAGING))
        app.user.get_reviews()
        app.user.get_reviews(page=2)
        list(app.user.iter_reviews())
        assert len(server.at("/actor")) == 1
        assert [request.form for request in server.at("/userReviews")] == [
            [("user_id", "1001"), ("page", page), ("type", "all"), ("token", TOKEN)] for page in ("1", "2", "1")
        ]

    def test_an_actor_without_id_is_no_guess(self, server, app):
        server.on("/actor", ok({"username": "demo"}))
        with pytest.raises(KworkUnexpectedResponseError, match="missing field 'id'"):
            app.user.get_reviews()

    def test_the_device_has_to_be_told(self, server, app):
        with pytest.raises(KworkValidationError, match="device_id is required") as caught:
            app.other.get_in_app_notification()
        assert set(caught.value.fields) == {"device_id", "os_type", "os_version", "app_version"}
        assert server.received == []

    @pytest.mark.parametrize(
        "settings", [{}, {5: 1}, {"": 1}, [], {"a": object()}, {"a": "\ud800"}, {"a": float("nan")}]
    )
    def test_settings_that_can_not_be_sent_are_refused(self, server, app, settings):
        with pytest.raises(KworkValidationError, match="settings"):
            app.other.update_settings(settings)
        assert server.received == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "expected", "words"),
        [
            (refusal("Мало параметров", 100), KworkValidationError, "Мало параметров"),
            (refusal("Неверно", "101", errors=[{"target": "id", "text": "нет"}]), KworkValidationError, "Неверно; нет"),
            (refusal("Не вышло", 105), KworkAuthError, "Не вышло"),
            (refusal("Урок", 116), KworkRefusedError, "Pass the lesson about phishing"),
            (refusal("Робот?", 118), KworkCaptchaError, "on_challenge"),
            (refusal("Нельзя", 130), KworkRefusedError, "does not take messages"),
            (refusal("Что-то", 777), KworkRefusedError, "Kwork says: Что-то"),
            (refusal("Нет прав", 403), KworkAuthError, "Нет прав"),
            (refusal("Требуется авторизация"), KworkAuthError, "Sign in again"),
            (refusal("Wrong token", 55), KworkAuthError, "Sign in again"),
            (answer({"error": "Нет"}, 401), KworkAuthError, "Sign in again"),
            (answer({"error": "Нет"}, 403), KworkAuthError, "Sign in again"),
            (answer({"error": "Нет"}, 404), KworkNotFoundError, "Нет"),
            (answer({"error": "Нет"}, 400), KworkValidationError, "Нет"),
            (answer(b"", 404), KworkNotFoundError, "no reason given"),
            (answer(b"<html>", 401, HTML, WWW_Authenticate="Basic"), KworkAppAuthError, "KWORK_APP_AUTHORIZATION"),
            (answer(b"", 401), KworkAppAuthError, "your own token is not meant"),
            (answer(b"<html>", 403, HTML), KworkBlockedError, "turned the request away"),
            (answer(b"", 403), KworkBlockedError, "Wait some minutes"),
            (answer({"error": "Часто"}, 429), KworkRateLimitError, "Часто"),
            (answer(b"<html>", 200, HTML), KworkUnexpectedResponseError, "a page for people"),
            (answer({}, 302, Location="/"), KworkUnexpectedResponseError, "redirects are not followed"),
            (answer({"success": False}), KworkRefusedError, "no reason given"),
            (refusal("Подождите", 1, response={"expire_time": 40}), KworkRefusedError, "allowed again in 40 s"),
        ],
    )
    def test_each_has_its_class(self, server, app, given, expected, words):
        server.on("/actor", given)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the exact class is asserted below
            app.other.get_actor()
        assert type(caught.value) is expected
        assert words in str(caught.value)
        assert caught.value.status_code == given.status

    def test_the_body_of_the_error_is_kept(self, server, app):
        server.on(
            "/actor", refusal("Плохо<br>очень &amp; &quot;так&quot;", "101", errors=[{"target": "a", "text": "б"}, "в"])
        )
        with pytest.raises(KworkApiError) as caught:
            app.other.get_actor()
        details = caught.value.details
        assert details.message == 'Плохо\nочень & "так"'
        assert (details.success, details.error_code) == (False, "101")
        assert [(one.field, one.message) for one in details.errors] == [("a", "б"), (None, "в")]
        assert caught.value.fields == {"a": ["б"]}

    def test_a_refused_app_is_not_taken_for_an_expired_token(self, server, clock):
        asked = []
        with KworkClient(
            TOKEN,
            base_url=server.url,
            app_authorization=APP,
            clock=clock,
            relogin=lambda: asked.append(1) or ("a", "b"),
        ) as client:
            server.on("/actor", answer(b"<html>", 401, HTML))
            with pytest.raises(KworkAppAuthError):
                client.other.get_actor()
        assert asked == []
        assert len(server.received) == 1
