"""Signing in on the documented wire, in its two steps, and what is kept of it."""

from __future__ import annotations

import json
import pickle
import traceback

import pytest

from kwork_etxt_sdk import (
    AuthError,
    BlockedError,
    ConfigurationError,
    KworkClient,
    RateLimitError,
    Secret,
    UnexpectedResponseError,
    ValidationError,
)
from kwork_etxt_sdk.kwork import (
    AuthResponse,
    KworkAuthError,
    KworkNetworkError,
    KworkNotFoundError,
    KworkRateLimitError,
    KworkUnexpectedResponseError,
)
from kwork_etxt_sdk.kwork.auth import GET_WEB_AUTH_TOKEN
from kwork_etxt_sdk.kwork.models.auth import accept_secrets
from kwork_etxt_sdk.kwork.wires import account_of
from kwork_etxt_sdk.mapping import MappingError, default_converter
from kwork_etxt_sdk.transport.exchange import Reply
from tests.kwork.conftest import COOKIES, PASSWORD, TOKEN, USER
from tests.support.kwork_server import HTML, answer

#: What credentials of this wire hold beside token and cookies.
BESIDES = {"wire": "documented", "expires_at": None, "account": None}
EMPTY_PAGE = answer({"kworks": [], "pagination": None})


@pytest.fixture
def login(server, clock):
    """Sign in at the server; the client is closed at the end."""
    made = []

    def sign_in(username=USER, password=PASSWORD, **settings):
        made.append(KworkClient.login(username, password, base_url=server.url, clock=clock, **settings))
        return made[-1]

    yield sign_in
    for client in made:
        client.close()


def everything_shown(error):
    """All that a person or a file may see of an error, the variables of the SDK's own frames included."""
    chain, seen, lines = [error], [], []
    while chain:
        link = chain.pop()
        if link is None or link in seen:
            continue
        seen.append(link)
        chain += [link.__cause__, link.__context__]
        frames = [frame for frame, _ in traceback.walk_tb(link.__traceback__)]
        own = [frame for frame in frames if "kwork_etxt_sdk" in frame.f_code.co_filename]
        assert own or link is not error
        lines += [f"{name} = {value!r}" for frame in own for name, value in frame.f_locals.items()]
        lines += [f"{link} {link!r} {vars(link)}"]
    return "\n".join([*lines, str(pickle.dumps(error))])


class TestTwoSteps:
    def test_the_first_sends_a_form_with_a_referer_and_no_cookies(self, server, login):
        login()
        first, second = server.received
        assert (first.verb, first.target) == ("POST", "/signIn")
        assert first.header("Content-Type") == "application/x-www-form-urlencoded"
        assert first.form == [("login_or_email", USER), ("password", PASSWORD)]
        assert first.header("Referer") == "https://kwork.ru/"
        assert first.header("Cookie") is None
        assert first.header("Authorization") is None
        assert (second.verb, second.target) == ("POST", "/getWebAuthToken")

    def test_the_second_sends_an_empty_object_with_the_cookies(self, server, login):
        login()
        second = server.only("/getWebAuthToken")
        assert second.body == b"{}"
        assert second.header("Content-Type") == "application/json"
        assert second.cookies == {"userId": "2001", "RORSSQIHEK": "session-abcdef123456"}
        assert second.header("Referer") is None

    def test_what_came_is_sent_with_every_call_as_an_explicit_header(self, server, login):
        server.on("/catalogMainv2", EMPTY_PAGE)
        client = login(Secret(USER).reveal(), Secret(PASSWORD))
        client.catalog.get_list()
        cookies = {"userId": "2001", "RORSSQIHEK": "session-abcdef123456", "web_auth_token": TOKEN}
        assert server.only("/catalogMainv2").cookies == cookies
        assert client.cookies == cookies
        assert client.token == TOKEN
        assert client.credentials == {"token": TOKEN, "cookies": cookies, **BESIDES, "account": account_of(USER)}
        assert len(client._session.http.session.cookies) == 0
        assert server.only("/catalogMainv2").header("Authorization") is None
        assert TOKEN not in server.only("/catalogMainv2").target

    @pytest.mark.parametrize(
        "signed",
        [
            answer(b"", Set_Cookie=COOKIES),
            answer(b"OK", 200, "text/plain", Set_Cookie=COOKIES),
            answer(b"<html>welcome</html>", 200, HTML, Set_Cookie=COOKIES),
            answer(b'{"success": tr', Set_Cookie=COOKIES),
            answer({"success": False}, Set_Cookie=COOKIES),
            answer([1], Set_Cookie=COOKIES),
        ],
    )
    def test_the_body_of_the_first_answer_does_not_matter(self, server, login, signed):
        server.on("/signIn", signed)
        assert login().token == TOKEN

    def test_cookies_that_can_not_be_sent_back_are_left_out(self, server, login):
        odd = ["counter=caf\xe9; Path=/", 'quoted="a b"; Path=/', "deleted=x; Max-Age=0", "empty=; Path=/"]
        server.on("/signIn", answer({}, Set_Cookie=[*COOKIES, *odd]))
        assert set(login().cookies) == {"userId", "RORSSQIHEK", "quoted", "empty", "web_auth_token"}

    def test_a_client_and_its_parts_show_no_credentials(self, login):
        client = login()
        market = client._market
        shown = f"{client!r} {client.catalog!r} {vars(market)} {vars(market.redactor)} {vars(client)}"
        for secret in (TOKEN, PASSWORD, "session-abcdef123456"):
            assert secret not in shown
        assert repr(client).endswith(", signed in>")

    def test_the_password_is_not_kept(self, login):
        client = login()
        assert PASSWORD not in repr(client.credentials)
        assert client._market.renew() is False


class TestFailures:
    @pytest.mark.parametrize(
        ("signed", "words", "code"),
        [
            (
                answer(
                    {"success": False, "errors": [{"code": "BAD", "message": "Неверный пароль", "field": None}]}, 401
                ),
                "kwork login: Kwork says: Неверный пароль",
                "BAD",
            ),
            (answer({"success": False, "message": "Нет"}, 403), "kwork login: Kwork says: Нет", None),
            (answer(b"", 401), "kwork login: Kwork says: no reason given", None),
            (
                answer(
                    {"success": False, "errors": [{"code": "REQUIRED", "message": "Пусто", "field": "password"}]}, 400
                ),
                "kwork login: login failed: Kwork says: Пусто",
                "REQUIRED",
            ),
            (
                answer({"success": False, "error": "Стоп", "error_code": 118}, 201),
                "login failed: Kwork says: Стоп",
                "118",
            ),
        ],
    )
    def test_a_wrong_password_is_an_auth_error_in_the_services_words(self, server, login, signed, words, code):
        server.on("/signIn", signed)
        with pytest.raises(KworkAuthError) as caught:
            login()
        error = caught.value
        assert words in str(error)
        assert (error.call, error.status_code, error.code) == ("kwork login", signed.status, code)
        assert isinstance(error, AuthError)
        assert error.hint is None
        assert len(server.received) == 1

    def test_without_the_cookie_user_id_nobody_is_signed_in(self, server, login):
        server.on("/signIn", answer({"success": True}, Set_Cookie=COOKIES[1:]))
        with pytest.raises(KworkAuthError, match=r"^kwork login: login failed: the answer set no cookie userId\.$"):
            login()
        assert server.at("/getWebAuthToken") == []

    @pytest.mark.parametrize(
        "cookie", ["userId=; Path=/", "userId=2001; Max-Age=0", "userId=2001; Domain=kwork.ru", "userid=1"]
    )
    def test_an_empty_expired_or_foreign_cookie_is_none(self, server, login, cookie):
        server.on("/signIn", answer({}, Set_Cookie=[cookie]))
        with pytest.raises(KworkAuthError, match="no cookie userId"):
            login()

    @pytest.mark.parametrize(
        "body",
        [
            {"success": False, "error": "Нужна капча", "error_code": 118},
            {"message": "Нужна капча"},
            {"errors": ["Нужна капча"]},
        ],
    )
    def test_why_the_cookie_is_missing_is_told_if_the_service_said_so(self, server, login, body):
        server.on("/signIn", answer(body))
        with pytest.raises(KworkAuthError, match="set no cookie userId: Kwork says: Нужна капча"):
            login()

    @pytest.mark.parametrize("body", [{"success": True}, {"web_auth_token": None}, {"web_auth_token": ""}])
    def test_without_a_token_nobody_is_signed_in(self, server, login, body):
        server.on("/getWebAuthToken", answer({**body, "message": "Приходите завтра"}))
        with pytest.raises(KworkAuthError) as caught:
            login()
        assert str(caught.value) == "kwork login: login failed: no web_auth_token came: Kwork says: Приходите завтра"

    @pytest.mark.parametrize("token", ["with space", "with;semicolon", "with\nnewline", "кириллица"])
    def test_a_token_that_can_not_be_sent_is_no_token(self, server, login, token):
        server.on("/getWebAuthToken", answer({"web_auth_token": token}))
        with pytest.raises(KworkAuthError, match="holds characters no cookie can carry") as caught:
            login()
        assert token not in everything_shown(caught.value)

    @pytest.mark.parametrize("token", [12345678, ["a"], {"a": 1}, True])
    def test_a_token_that_is_no_text_does_not_fit(self, server, login, token):
        server.on("/getWebAuthToken", answer({"web_auth_token": token}))
        with pytest.raises(KworkUnexpectedResponseError, match=r"\$\.web_auth_token"):
            login()

    def test_the_second_step_may_be_refused(self, server, login):
        server.on("/getWebAuthToken", answer({"success": False, "message": "Сначала войдите"}, 401))
        with pytest.raises(KworkAuthError, match="Kwork says: Сначала войдите") as caught:
            login()
        assert caught.value.hint is None

    @pytest.mark.parametrize(
        ("signed", "expected"),
        [
            (answer({"message": "Часто"}, 429, Retry_After="7"), KworkRateLimitError),
            (answer(b"<html>", 403, HTML), BlockedError),
            (answer(b"<html>", 404, HTML), KworkNotFoundError),
            (answer(b"<html>", 502, HTML), UnexpectedResponseError),
            (answer({}, 302, Location="/"), UnexpectedResponseError),
        ],
    )
    def test_other_failures_keep_their_meaning_and_are_tried_once(self, server, login, signed, expected):
        server.on("/signIn", signed)
        with pytest.raises(expected) as caught:
            login()
        assert len(server.received) == 1
        if isinstance(caught.value, RateLimitError):
            assert caught.value.retry_after == 7

    def test_a_server_that_is_not_there(self, clock):
        with pytest.raises(KworkNetworkError) as caught:
            KworkClient.login(USER, PASSWORD, base_url="http://127.0.0.1:9", clock=clock)
        assert PASSWORD not in everything_shown(caught.value)

    @pytest.mark.parametrize(("username", "password"), [("", "x"), ("x", ""), ("x", Secret(""))])
    def test_empty_names_and_passwords_are_not_sent(self, server, login, username, password):
        with pytest.raises(ConfigurationError, match="must not be empty"):
            login(username, password)
        assert server.received == []

    def test_a_name_that_is_no_text_is_not_sent(self, server, login):
        with pytest.raises(ValidationError, match="login_or_email must be text, not int"):
            login(7)
        assert server.received == []

    def test_the_second_step_is_tried_again_after_a_failure(self, server, clock, login):
        good = answer({"web_auth_token": TOKEN})
        server.on("/getWebAuthToken", answer(b"", 502), good)
        assert login().token == TOKEN
        assert clock.slept > 0
        assert len(server.at("/signIn")) == 1


class TestSecrecy:
    @pytest.mark.parametrize(
        ("path", "given"),
        [
            ("/signIn", answer({"success": False, "message": f"bad {PASSWORD}", "password": PASSWORD}, 401)),
            ("/signIn", answer({"success": False, "errors": [{"field": PASSWORD, "message": PASSWORD}]}, 400)),
            ("/signIn", answer(f"<html>password={PASSWORD}</html>".encode(), 502, HTML)),
            ("/signIn", answer({"message": f"bad {PASSWORD}"})),
            ("/getWebAuthToken", answer({"web_auth_token": TOKEN, "user_id": "x"})),
            ("/getWebAuthToken", answer(json.dumps({"web_auth_token": TOKEN}).encode()[:-4])),
            ("/getWebAuthToken", answer({"message": TOKEN, "web_auth_token": TOKEN, "success": False}, 500)),
            ("/getWebAuthToken", answer({"web_auth_token": TOKEN + "\n"})),
            ("/getWebAuthToken", answer({"message": f"for {PASSWORD}", "success": False})),
        ],
    )
    def test_no_failure_shows_password_or_token(self, server, login, path, given):
        server.on(path, given)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is, it must be silent
            login(password=Secret(PASSWORD))
        shown = everything_shown(caught.value)
        assert PASSWORD not in shown
        assert TOKEN[:-4] not in shown
        assert "session-abcdef123456" not in shown

    def test_the_answer_with_the_token_never_shows_it(self):
        accept_secrets()
        made = default_converter().structure({"web_auth_token": TOKEN, "success": True, "new": 1}, AuthResponse)
        assert made.web_auth_token == Secret(TOKEN)
        assert made.web_auth_token.reveal() == TOKEN
        assert made.to_dict() == {
            "success": True,
            "user_id": None,
            "username": None,
            "web_auth_token": "***",
            "message": None,
            "extra": {"new": 1},
        }
        shown = f"{made!r} {made._repr_html_()} {json.dumps(made.to_dict())} {pickle.dumps(made)}"
        assert TOKEN not in shown

    def test_it_is_hidden_as_soon_as_it_is_read(self, client):
        body = json.dumps({"web_auth_token": "another-token-1", "message": "another-token-1"}).encode()
        reading = client._market.read(GET_WEB_AUTH_TOKEN, Reply(status=200, headers={}, body=body))
        assert reading.data["web_auth_token"] == Secret("another-token-1")
        assert client._market.redactor("for another-token-1") == "for ***"

    def test_the_model_takes_text_only(self):
        accept_secrets()
        assert default_converter().structure({}, AuthResponse).web_auth_token is None
        with pytest.raises(MappingError, match=r"expected Secret, .* @ \$\.web_auth_token"):
            default_converter().structure({"web_auth_token": 7}, AuthResponse)


class TestRestoring:
    def test_by_token(self, server, client):
        server.on("/catalogMainv2", EMPTY_PAGE)
        client.catalog.get_list()
        assert server.only("/catalogMainv2").cookies == {"web_auth_token": TOKEN}
        assert len(server.received) == 1
        assert client.credentials == {"token": TOKEN, "cookies": {"web_auth_token": TOKEN}, **BESIDES}

    def test_by_the_credentials_of_an_earlier_client(self, server, login, clock):
        server.on("/catalogMainv2", EMPTY_PAGE)
        stored = json.loads(json.dumps(login().credentials))
        with KworkClient(**stored, base_url=server.url, clock=clock) as client:
            client.catalog.get_list()
            assert client.credentials == stored
        assert server.only("/catalogMainv2").cookies == stored["cookies"]
        assert len(server.at("/signIn")) == 1

    def test_by_secrets(self, server, clock):
        with KworkClient(Secret(TOKEN), {"userId": Secret("2001")}, base_url=server.url, clock=clock) as client:
            assert client.cookies == {"userId": "2001", "web_auth_token": TOKEN}

    def test_a_token_counts_more_than_a_cookie_of_its_name(self, server):
        with KworkClient(token=TOKEN, cookies={"web_auth_token": "older"}, base_url=server.url) as client:
            assert client.token == TOKEN

    @pytest.mark.parametrize(
        "token", [f"{TOKEN} ", f" {TOKEN}", f"{TOKEN}\r\nX-Evil: 1", f"{TOKEN};a=b", "токен", "a b"]
    )
    def test_a_token_that_no_cookie_can_carry_is_refused_without_showing_it(self, server, token):
        with pytest.raises(ConfigurationError, match="the token holds characters that no cookie can carry") as caught:
            KworkClient(token=token, base_url=server.url)
        assert token.strip() not in everything_shown(caught.value)

    @pytest.mark.parametrize(
        "cookies", [{"a": "1\r\nX-Evil: 1"}, {"a;b": "1"}, {"a": "1;b=2"}, {"": "1"}, {"a": "\u20ac"}]
    )
    def test_a_cookie_that_can_not_be_sent_is_refused_by_name(self, server, cookies):
        (name,) = cookies
        with pytest.raises(ConfigurationError) as caught:
            KworkClient(cookies=cookies, base_url=server.url)
        assert str(caught.value) == f"the cookie {name!r} holds characters that no cookie can carry"

    def test_nobody_signed_in(self, server, clock):
        server.on("/catalogMainv2", EMPTY_PAGE)
        with KworkClient(base_url=server.url, clock=clock) as client:
            assert repr(client) == f"<KworkClient {server.url}, not signed in>"
            assert client.credentials == {"token": None, "cookies": {}, **BESIDES}
            client.catalog.get_list()
        assert server.only("/catalogMainv2").header("Cookie") is None


class TestEnvironment:
    @pytest.fixture(autouse=True)
    def clean(self, monkeypatch, server):
        for name in ("KWORK_TOKEN", "KWORK_LOGIN", "KWORK_PASSWORD"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("KWORK_BASE_URL", server.url)

    def test_a_token_is_enough(self, server, monkeypatch):
        monkeypatch.setenv("KWORK_TOKEN", TOKEN)
        with KworkClient.from_env() as client:
            assert (client.token, client.base_url) == (TOKEN, server.url)
        assert server.received == []

    def test_else_name_and_password_sign_in(self, server, monkeypatch):
        monkeypatch.setenv("KWORK_LOGIN", USER)
        monkeypatch.setenv("KWORK_PASSWORD", PASSWORD)
        with KworkClient.from_env() as client:
            assert client.token == TOKEN
        assert server.only("/signIn").form == [("login_or_email", USER), ("password", PASSWORD)]

    def test_what_is_missing_is_named(self, monkeypatch):
        with pytest.raises(ConfigurationError, match="set KWORK_LOGIN and KWORK_PASSWORD in the environment"):
            KworkClient.from_env()
        monkeypatch.setenv("KWORK_LOGIN", USER)
        with pytest.raises(ConfigurationError, match="set KWORK_PASSWORD in the environment"):
            KworkClient.from_env()
