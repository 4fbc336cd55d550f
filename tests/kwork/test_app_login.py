"""Signing in on the app wire, being asked back, expiry, and signing in anew: once, quietly, and never in a loop."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone

import pytest

from kwork_etxt_sdk import (
    CallOptions,
    ConfigurationError,
    KworkClient,
    Limits,
    Secret,
)
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.kwork import (
    Challenge,
    KworkAppAuthError,
    KworkAuthError,
    KworkBlockedError,
    KworkCaptchaError,
    KworkPhoneError,
    KworkUnexpectedResponseError,
)
from kwork_etxt_sdk.transport.clock import SECOND as NANOSECONDS
from tests.kwork.conftest import COOKIES, PASSWORD
from tests.kwork.conftest import TOKEN as WEB_TOKEN
from tests.support.kwork_server import HTML, answer

APP = "Basic aW52ZW50ZWQ6bm90LXJlYWw="
FIRST, SECOND = "first-token-0123456789", "second-token-9876543210"
EXPIRED = answer({"success": False, "error": "Требуется авторизация"})
PHONE = answer({"success": False, "error": "Введите последние 4 цифры номера", "error_code": "192"})
CAPTCHA = answer({"success": False, "error": "Подтвердите, что вы не робот", "error_code": 118})


def token(value=FIRST, expired=2592000, **more):
    return answer({"success": True, "response": {"token": value, "expired": expired, "need_2fa": False}, **more})


@pytest.fixture
def login(server, clock):
    made = []
    server.on("/signIn", token())

    def sign_in(password=PASSWORD, **settings):
        settings.setdefault("app_authorization", APP)
        made.append(KworkClient.login("demo", password, base_url=server.url, clock=clock, **settings))
        return made[-1]

    yield sign_in
    for client in made:
        client.close()


class TestSigningIn:
    def test_one_form_with_the_header_of_the_app(self, server, login):
        client = login()
        request = server.only("/signIn")
        assert request.form == [("login", "demo"), ("password", PASSWORD)]
        assert request.header("Authorization") == APP
        assert request.header("Referer") is None
        assert len(server.received) == 1
        assert (client.token, client.cookies, client.wire, client.needs_second_proof) == (FIRST, {}, "app", False)

    def test_a_lifetime_in_seconds_becomes_a_moment(self, login, clock):
        assert login().expires_at == clock.wall() + timedelta(seconds=2592000)

    @pytest.mark.parametrize(
        ("expired", "moment"),
        [
            (1893456000, datetime(2030, 1, 1, tzinfo=timezone.utc)),
            (0, None),
            (-5, None),
            (None, None),
            (10**30, None),
        ],
    )
    def test_a_very_large_number_is_the_moment_itself(self, server, login, expired, moment):
        server.on("/signIn", token(expired=expired))
        assert login().expires_at == moment

    def test_digits_given_beforehand_are_sent(self, server, login):
        login(phone_last="1234")
        assert server.only("/signIn").form[-1] == ("phone_last", "1234")

    @pytest.mark.parametrize("digits", ["123", "12345", "12a4", "+123"])
    def test_digits_that_are_none_are_not_sent(self, server, login, digits):
        with pytest.raises(ConfigurationError, match="last four digits"):
            login(phone_last=digits)
        assert server.received == []

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (answer({"success": False, "error": "Неверный логин", "error_code": 105}), KworkAuthError),
            (answer({"success": False, "error": "Что-то", "error_code": 1}), KworkAuthError),
            (answer({"success": False, "error": "Мало", "error_code": 100}), KworkAuthError),
            (answer({"error": "Нет"}, 401), KworkAuthError),
            (answer(b"<html>", 401, HTML), KworkAppAuthError),
            (answer(b"", 403), KworkBlockedError),
            (PHONE, KworkPhoneError),
            (answer({"success": False, "error": "Подтвердите телефон", "error_code": "192"}), KworkPhoneError),
            (answer({"success": False, "error": "Укажите 4 цифры телефона"}), KworkPhoneError),
            (CAPTCHA, KworkCaptchaError),
            (answer({"success": True, "response": {"token": "", "expired": 5}}), KworkAuthError),
            (answer({"success": True, "response": {}}), KworkAuthError),
            (answer({"success": True, "response": "?"}), KworkUnexpectedResponseError),
            (answer(b"", 502), KworkUnexpectedResponseError),
        ],
    )
    def test_failures_are_typed_and_tried_once(self, server, login, given, expected):
        server.on("/signIn", given)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the exact class is asserted below
            login()
        assert type(caught.value) is expected
        assert caught.value.call == "kwork login"
        assert len(server.received) == 1
        assert PASSWORD not in f"{caught.value} {vars(caught.value)}"

    def test_the_answer_hides_its_token_from_errors(self, server, login):
        server.on("/signIn", answer({"success": True, "response": {"token": FIRST, "expired": "x"}, "error": FIRST}))
        with pytest.raises(KworkUnexpectedResponseError) as caught:
            login()
        assert FIRST not in f"{caught.value} {vars(caught.value)} {caught.value.response.text}"

    def test_a_listener_given_to_login_hears_of_the_sign_in(self, login):
        events = []
        login(options=CallOptions(on_event=events.append))
        assert {event.call for event in events} == {"kwork login"}


class TestBeingAskedBack:
    def test_the_person_is_asked_and_the_same_is_sent_with_the_answer(self, server, login):
        server.on("/signIn", PHONE, token())
        asked = []
        client = login(on_challenge=lambda challenge: asked.append(challenge) or "4321")
        assert client.token == FIRST
        assert asked == [Challenge(kind="phone", message="Kwork says: Введите последние 4 цифры номера")]
        first, second = (request.form for request in server.at("/signIn"))
        assert second == [*first, ("phone_last", "4321")]

    def test_a_captcha_is_answered_by_the_person_and_never_by_us(self, server, login):
        asking = answer(
            {"success": False, "error": "Робот?", "error_code": 118, "recaptcha_pass_token": "pass-token-1"}
        )
        server.on("/signIn", asking, token())
        client = login(on_challenge=lambda _challenge: Secret("solved-by-hand"))
        assert server.at("/signIn")[1].form[2:] == [
            ("g-recaptcha-response", "solved-by-hand"),
            ("recaptcha_pass_token", "pass-token-1"),
        ]
        assert client.token == FIRST

    def test_both_may_be_asked_for_each_once(self, server, login):
        server.on("/signIn", CAPTCHA, PHONE, token())
        kinds = []
        login(on_challenge=lambda challenge: kinds.append(challenge.kind) or "1111")
        assert kinds == ["captcha", "phone"]
        assert server.at("/signIn")[2].form[2:] == [("phone_last", "1111"), ("g-recaptcha-response", "1111")]

    @pytest.mark.parametrize(("given", "expected"), [(PHONE, KworkPhoneError), (CAPTCHA, KworkCaptchaError)])
    def test_a_wrong_answer_ends_it(self, server, login, given, expected):
        server.on("/signIn", given)
        with pytest.raises(expected):
            login(on_challenge=lambda _challenge: "9999")
        assert len(server.at("/signIn")) == 2

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_giving_up_ends_it(self, server, login, nothing):
        server.on("/signIn", PHONE)
        with pytest.raises(KworkPhoneError):
            login(on_challenge=lambda _challenge: nothing)
        assert len(server.at("/signIn")) == 1

    def test_sign_ins_are_a_minute_apart(self, server, login, clock):
        server.on("/signIn", PHONE, token())
        limits = Limits(share="process")
        before = clock.slept
        login(on_challenge=lambda _challenge: "4321", limits=limits)
        assert clock.slept - before == 60 * NANOSECONDS


class TestExpiry:
    def test_without_leave_an_expired_token_is_told(self, server, login):
        server.on("/actor", EXPIRED)
        with pytest.raises(KworkAuthError, match="Sign in again"):
            login().other.get_actor()
        assert len(server.at("/signIn")) == 1
        assert len(server.at("/actor")) == 1

    @pytest.mark.parametrize("allowed", ["keep_password", "relogin"])
    def test_with_leave_one_signs_in_anew_and_asks_again(self, server, login, allowed):
        leave = {"keep_password": True} if allowed == "keep_password" else {"relogin": lambda: ("demo", PASSWORD)}
        client = login(**leave)
        server.on("/signIn", token(SECOND))
        server.on("/actor", EXPIRED, answer({"success": True, "response": {"id": 5}}))
        assert client.other.get_actor() == {"id": 5}
        assert [request.form for request in server.at("/actor")] == [[("token", FIRST)], [("token", SECOND)]]
        assert server.at("/signIn")[1].form == [("login", "demo"), ("password", PASSWORD)]
        assert client.token == SECOND

    def test_writes_are_sent_again_too_since_nothing_was_done(self, server, login):
        client = login(keep_password=True)
        server.on("/signIn", token(SECOND))
        server.on("/inboxCreate", EXPIRED, answer({"success": True, "response": {"id": 1}}))
        assert client.call("inboxCreate", {"text": "а"}, effect=Effect.ONCE) == {"id": 1}
        assert len(server.at("/inboxCreate")) == 2

    def test_a_token_that_nobody_accepts_is_not_replaced_over_and_over(self, server, login):
        client = login(keep_password=True)
        server.on("/signIn", token(SECOND))
        server.on("/actor", EXPIRED)
        for _ in range(3):
            with pytest.raises(KworkAuthError):
                client.other.get_actor()
        assert len(server.at("/signIn")) == 2, "the first, and one anew"
        assert len(server.at("/actor")) == 4

    def test_a_token_that_worked_may_be_replaced_again(self, server, login, clock):
        client = login(keep_password=True)
        good = answer({"success": True, "response": {"id": 5}})
        server.on("/signIn", token(SECOND), token("third-token-000000"))
        server.on("/actor", EXPIRED, good, EXPIRED, good)
        client.other.get_actor()
        clock.advance(601 * NANOSECONDS)
        client.other.get_actor()
        assert client.token == "third-token-000000"

    def test_but_not_soon_after(self, server, login, clock):
        client = login(keep_password=True)
        good = answer({"success": True, "response": {"id": 5}})
        forbidden = answer({"success": False, "error": "Нет прав"}, 403)
        server.on("/signIn", token(SECOND))
        server.on("/actor", EXPIRED, good)
        client.other.get_actor()
        server.on("/offers", forbidden)
        for _ in range(3):
            client.other.get_actor()
            with pytest.raises(KworkAuthError, match="Нет прав"):
                client.other.get_offers()
        assert len(server.at("/signIn")) == 2

    def test_nobody_is_asked_quietly(self, server, login):
        asked = []
        client = login(keep_password=True, on_challenge=asked.append)
        server.on("/signIn", CAPTCHA)
        server.on("/actor", EXPIRED)
        with pytest.raises(KworkCaptchaError):
            client.other.get_actor()
        assert asked == []

    def test_after_a_sign_in_that_did_not_get_through_one_may_try_again(self, server, login):
        client = login(keep_password=True)
        server.on("/signIn", answer({}, 429), token(SECOND))
        server.on("/actor", EXPIRED, EXPIRED, answer({"success": True, "response": {"id": 5}}))
        with pytest.raises(Exception, match="too many requests"):
            client.other.get_actor()
        assert client.other.get_actor() == {"id": 5}

    def test_a_sign_in_that_was_refused_is_not_tried_again(self, server, login):
        client = login(keep_password=True)
        server.on("/signIn", answer({"success": False, "error": "Пароль сменился", "error_code": 105}))
        server.on("/actor", EXPIRED)
        with pytest.raises(KworkAuthError, match="Пароль сменился"):
            client.other.get_actor()
        with pytest.raises(KworkAuthError, match="Требуется авторизация"):
            client.other.get_actor()
        assert len(server.at("/signIn")) == 2

    def test_threads_that_find_the_same_token_expired_sign_in_once(self, server, login):
        client = login(keep_password=True)
        server.on("/signIn", token(SECOND))
        number = 6
        by_queue = server._next

        def by_token(request):
            given = by_queue(request)
            if request.path != "/actor":
                return given
            return EXPIRED if ("token", FIRST) in request.form else answer({"success": True, "response": {"id": 5}})

        server._next = by_token
        server.on("/actor", EXPIRED)
        together = threading.Barrier(number)
        found = []

        def ask():
            together.wait()
            found.append(client.other.get_actor())

        threads = [threading.Thread(target=ask) for _ in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [{"id": 5}] * number
        assert len(server.at("/signIn")) == 2

    def test_the_id_of_the_user_is_asked_for_anew(self, server, login):
        client = login(keep_password=True)
        server.on("/signIn", token(SECOND))
        server.on("/actor", answer({"success": True, "response": {"id": 5}}))
        empty = answer({"success": True, "paging": {"page": 1, "total": 0, "limit": 10}})
        server.on("/userReviews", empty, EXPIRED, empty)
        client.user.get_reviews()
        client.user.get_reviews()
        client.user.get_reviews()
        assert len(server.at("/actor")) == 2

    def test_on_the_documented_wire_both_steps_are_made_anew(self, server, clock):
        server.on("/signIn", answer({}, Set_Cookie=COOKIES))
        server.on("/getWebAuthToken", answer({"web_auth_token": FIRST}), answer({"web_auth_token": WEB_TOKEN}))
        server.on("/actor", answer({"message": "Войдите"}, 401), answer({"id": 5}))
        with KworkClient.login("demo", PASSWORD, base_url=server.url, clock=clock, keep_password=True) as client:
            assert client.other.get_actor() == {"id": 5}
            assert client.token == WEB_TOKEN
        assert server.at("/signIn")[1].header("Cookie") is None
        assert server.at("/actor")[1].cookies["web_auth_token"] == WEB_TOKEN

    def test_a_failed_sign_in_anew_leaves_the_old_credentials(self, server, clock):
        server.on("/signIn", answer({}, Set_Cookie=COOKIES), answer({"message": "Нет"}, 401))
        server.on("/getWebAuthToken", answer({"web_auth_token": WEB_TOKEN}))
        server.on("/actor", answer({"message": "Войдите"}, 401))
        with KworkClient.login("demo", PASSWORD, base_url=server.url, clock=clock, keep_password=True) as client:
            with pytest.raises(KworkAuthError, match="Нет"):
                client.other.get_actor()
            assert client.token == WEB_TOKEN


class TestRestoring:
    def test_by_credentials_with_wire_and_expiry(self, server, login, clock):
        client = login()
        stored = json.loads(json.dumps(client.credentials))
        assert set(stored) == {"token", "cookies", "wire", "expires_at", "account"}
        assert APP not in json.dumps(stored)
        with KworkClient(**stored, base_url=server.url, app_authorization=APP, clock=clock) as again:
            assert (again.token, again.wire, again.expires_at) == (FIRST, "app", client.expires_at)
            assert again.credentials == client.credentials

    def test_without_the_header_it_is_refused_by_the_name_of_the_variable(self, login):
        with pytest.raises(ConfigurationError, match="KWORK_APP_AUTHORIZATION"):
            KworkClient(**login().credentials)

    @pytest.mark.parametrize("expires_at", ["soon", 5, datetime(2030, 1, 1)])  # noqa: DTZ001 - a naive one is refused
    def test_an_expiry_that_is_none(self, expires_at):
        with pytest.raises(ConfigurationError, match="expires_at must be an aware datetime"):
            KworkClient(token=FIRST, expires_at=expires_at)

    def test_an_aware_expiry_is_taken_as_it_is(self):
        moment = datetime(2030, 1, 1, tzinfo=timezone.utc)
        assert KworkClient(token=FIRST, expires_at=moment).expires_at == moment


class TestEnvironment:
    @pytest.fixture(autouse=True)
    def clean(self, monkeypatch, server):
        for name in ("KWORK_TOKEN", "KWORK_LOGIN", "KWORK_PASSWORD", "KWORK_WIRE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("KWORK_BASE_URL", server.url)
        monkeypatch.setenv("KWORK_APP_AUTHORIZATION", APP)

    def test_the_header_chooses_the_wire(self, monkeypatch, server):
        monkeypatch.setenv("KWORK_TOKEN", FIRST)
        server.on("/actor", answer({"success": True, "response": {}}))
        with KworkClient.from_env(options=CallOptions(retries=0)) as client:
            client.other.get_actor()
        assert server.only("/actor").header("Authorization") == APP

    def test_or_its_name_does(self, monkeypatch):
        monkeypatch.setenv("KWORK_TOKEN", FIRST)
        monkeypatch.setenv("KWORK_WIRE", "documented")
        assert KworkClient.from_env().wire == "documented"
        monkeypatch.setenv("KWORK_WIRE", "other")
        with pytest.raises(ConfigurationError, match="wire must be"):
            KworkClient.from_env()

    def test_name_and_password_sign_in(self, monkeypatch, server):
        monkeypatch.setenv("KWORK_LOGIN", "demo")
        monkeypatch.setenv("KWORK_PASSWORD", PASSWORD)
        server.on("/signIn", token())
        with KworkClient.from_env() as client:
            assert client.token == FIRST
