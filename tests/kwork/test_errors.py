"""What Kwork may answer in place of a result, and which error it becomes."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk import (
    KworkClient,
    SdkError,
    kwork,
)
from kwork_etxt_sdk.kwork.documented import DocumentedMarket, addresses
from kwork_etxt_sdk.kwork.errors import BY_MEANING
from kwork_etxt_sdk.kwork.market import Credentials
from kwork_etxt_sdk.kwork.projects import GET_LIST
from kwork_etxt_sdk.transport.exchange import Answered, Refused, Reply, Unreadable
from tests.kwork.conftest import TOKEN
from tests.support.kwork_server import HTML, answer

FEED = "/projects"
BASIC = {"WWW_Authenticate": 'Basic realm="kwork"'}


def failure(server, client, given):
    server.on(FEED, given)
    with pytest.raises(SdkError) as caught:
        client.projects.get_list()
    return caught.value


def documented(message, *errors):
    details = [{"code": code, "message": words, "field": field} for code, words, field in errors]
    return {"success": False, "errors": details, "message": message}


SILENT = "Kwork says: no reason given"


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        (answer(documented("Плохо"), 400), kwork.KworkValidationError, "Kwork says: Плохо"),
        (answer(documented("Плохо"), 422), kwork.KworkValidationError, "Kwork says: Плохо"),
        (answer(b"", 400), kwork.KworkValidationError, SILENT),
        (answer(documented("Войдите"), 401), kwork.KworkAuthError, "Kwork says: Войдите"),
        (answer(b"<html>", 401, HTML), kwork.KworkAuthError, SILENT),
        (answer(documented("Нельзя"), 403), kwork.KworkAuthError, "Kwork says: Нельзя"),
        (answer(b"<html>", 403, HTML), kwork.KworkBlockedError, "turned the request away"),
        (answer(b"", 403), kwork.KworkBlockedError, "turned the request away"),
        (answer(documented("Нет"), 404), kwork.KworkNotFoundError, "Resource not found: projects.get_list (Нет)"),
        (answer(b"<html>", 404, HTML), kwork.KworkNotFoundError, "projects.get_list (no reason given)"),
        (answer(documented("Часто"), 429), kwork.KworkRateLimitError, "Kwork says: Часто"),
        (answer(b"", 429), kwork.KworkRateLimitError, "too many requests"),
        (answer(documented("Занято"), 409), kwork.KworkRefusedError, "Kwork says: Занято"),
        (answer(b"", 405), kwork.KworkRefusedError, "refused with HTTP status 405"),
        (answer(documented("Нет денег"), 200), kwork.KworkRefusedError, "Kwork says: Нет денег"),
        (answer([1], 409), kwork.KworkRefusedError, SILENT),
        (answer(documented("Ой"), 500), kwork.KworkUnexpectedResponseError, "HTTP status 500: Kwork says: Ой"),
        (answer(b"<html>", 503, HTML), kwork.KworkUnexpectedResponseError, "HTTP status 503"),
        (answer(b"", 200), kwork.KworkUnexpectedResponseError, "the body is empty"),
        (answer(b"<html>", 200, HTML), kwork.KworkUnexpectedResponseError, "a page for people"),
        (answer(b"null", 200), kwork.KworkUnexpectedResponseError, "no JSON object: 'null'"),
        (answer(b'{"projects": [', 200), kwork.KworkUnexpectedResponseError, "no JSON object"),
        (answer(b"[" * 100_000, 200), kwork.KworkUnexpectedResponseError, "no JSON object"),
        (answer({}, 307), kwork.KworkUnexpectedResponseError, "redirects are not followed"),
        (answer({"response": []}), kwork.KworkUnexpectedResponseError, "missing field 'projects'"),
        (answer([]), kwork.KworkUnexpectedResponseError, "expected object (ProjectsResponse)"),
        (answer({"projects": None}), kwork.KworkUnexpectedResponseError, "expected array, got null"),
        (answer({"projects": {"a": 1}}), kwork.KworkUnexpectedResponseError, "expected array"),
        (answer({"projects": [5]}), kwork.KworkUnexpectedResponseError, "$.projects[0]"),
    ],
)
def test_every_failure_has_its_class(server, client, given, expected, words):
    error = failure(server, client, given)
    assert type(error) is expected
    assert words in str(error)
    assert isinstance(error, kwork.KworkError)
    assert error.status_code == given.status
    assert error.call == "kwork projects.get_list"
    assert error.response.status_code == given.status
    assert error.response.url == server.url + FEED
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert len(server.received) == error.attempts == (4 if given.status in {429, 500, 503} or _is_garbled(given) else 1)


def _is_garbled(given):
    return (
        given.status == 200 and not given.body.startswith((b'{"success', b'{"response', b'{"projects":', b"[]"))
    ) or (given.body == b'{"projects": [')


def test_every_meaning_has_a_class_of_kwork(client):
    for meaning, cls in BY_MEANING.items():
        assert client._market.error(meaning) is cls
        assert issubclass(cls, meaning)
        assert issubclass(cls, kwork.KworkError)


class TestWords:
    def test_single_fields_are_told(self, server, client):
        body = documented(
            "Ошибка", ("INVALID", "Нет такой", "sort"), ("RANGE", "Мало", "page"), ("MORE", "Ещё", "page")
        )
        error = failure(server, client, answer(body, 400))
        assert error.fields == {"sort": ["Нет такой"], "page": ["Мало", "Ещё"]}
        assert error.code == "INVALID"
        assert error.message == "Kwork says: Ошибка; Нет такой; Мало; Ещё"
        assert error.sent is True

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"error": "Капча", "error_code": 118}, ("Капча", "118", {})),
            ({"error": "Капча", "error_code": "118", "errors": []}, ("Капча", "118", {})),
            ({"message": "Плохо", "errors": ["раз", "раз", "два"]}, ("Плохо; раз; два", None, {})),
            ({"errors": [{"position": 1, "target": "name", "text": "Длинно"}]}, ("Длинно", None, {"name": ["Длинно"]})),
            ({"errors": [{"code": 5, "message": None, "field": "a"}, 7, None]}, ("no reason given", "5", {"a": [""]})),
            ({"errors": {"a": "b"}, "message": 5, "error": None, "error_code": None}, ("no reason given", None, {})),
            ({"message": "", "errors": [{"message": "x", "field": ""}], "error_code": ""}, ("x", None, {})),
        ],
    )
    def test_whatever_form_they_come_in(self, server, client, body, expected):
        error = failure(server, client, answer({"success": False, **body}, 400))
        assert (error.message.removeprefix("Kwork says: "), error.code, error.fields) == expected

    def test_no_credential_is_repeated(self, server, client):
        body = {
            "error": f"bad {TOKEN}",
            "error_code": TOKEN,
            "errors": [{"message": TOKEN, "field": TOKEN}],
            "token": "abc",
        }
        error = failure(server, client, answer({"success": False, **body}, 400, Location=TOKEN))
        shown = f"{error} {vars(error)} {error.response} {error.response.text} {pickle.dumps(error)}"
        assert TOKEN not in shown
        assert "abc" not in error.response.text
        assert error.response.headers["location"] == "***"

    def test_a_page_is_shown_cut_and_without_secrets(self, server, client):
        error = failure(server, client, answer(f"{'x' * 110} {TOKEN} {'y' * 50}".encode(), 200, "text/plain"))
        assert "x" * 110 in str(error)
        assert "y" * 6 not in str(error)
        assert TOKEN[:4] not in str(error)


class TestHints:
    def test_an_expired_token_says_what_to_do(self, server, client):
        error = failure(server, client, answer(documented("Войдите"), 401))
        assert error.hint == "Sign in again with KworkClient.login."
        assert len(server.received) == 1

    def test_a_right_that_is_missing_does_not(self, server, client):
        assert failure(server, client, answer(documented("Нельзя"), 403)).hint is None

    @pytest.mark.parametrize("body", [b"<html>401</html>", b""])
    def test_the_live_front_end_wants_the_application_to_name_itself(self, server, client, body):
        error = failure(server, client, answer(body, 401, HTML, **BASIC))
        assert isinstance(error, kwork.KworkAuthError)
        assert "app_authorization" in error.hint
        assert "login" not in error.hint

    def test_a_block_says_to_wait(self, server, client):
        assert "Wait some minutes" in failure(server, client, answer(b"", 403)).hint

    def test_a_wait_that_the_service_asks_for_is_told(self, server, clock):
        with KworkClient(token=TOKEN, base_url=server.url, clock=clock, retry=None) as client:
            error = failure(server, client, answer({}, 429, Retry_After="3600"))
        assert error.retry_after == 3600
        assert len(server.received) == 1


@given(
    body=st.one_of(st.binary(max_size=60), st.recursive(st.none(), st.lists).map(lambda data: str(data).encode())),
    status=st.sampled_from([200, 204, 302, 400, 401, 403, 404, 409, 500]),
)
def test_nothing_at_all_breaks_the_reading(body, status):
    market = DocumentedMarket(Credentials(), addresses(*["https://a.invalid"] * 3))
    reading = market.read(GET_LIST, Reply(status=status, headers={}, body=body))
    assert isinstance(reading, (Answered, Refused, Unreadable))
    assert status < 300 or not isinstance(reading, Answered)
