"""Secrets are planted everywhere, everything is made to fail, and then nobody must find them anywhere."""

from __future__ import annotations

import io
import logging
import pickle
import pprint
import traceback
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import requests

import kwork_etxt_sdk
from kwork_etxt_sdk import EtxtClient, KworkClient
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import DryRun, ResponseSnapshot, SdkError
from kwork_etxt_sdk.options import CallOptions, Limits, Retry, Rule
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.download import Download, LinkExpired
from kwork_etxt_sdk.transport.exchange import Answered, Reply, Request
from tests.support.clock import FakeClock
from tests.support.fake_market import API_PASS, BY_EFFECT, COOKIE, MONEY, SECRETS, TOKEN, Caller, endpoint, timeouts_for
from tests.support.faulty_server import (
    FaultyServer,
    answer,
    at_accept,
    broken_gzip,
    cut_headers,
    garbage,
    head,
    raw,
    refusing,
    silent,
)

#: A secret that only the service knows: hidden by the name it stands behind.
NEW = "brand-new-secret-97c1"
#: One that goes out with the arguments.
PASSWORD = "correct horse & battery"
ALL = (*SECRETS, NEW, PASSWORD)

PACKAGE = str(Path(kwork_etxt_sdk.__file__).parent)


def faults_of(echo, header):
    """Ways to fail that repeat secrets of the account; `header` is one that fits into a header."""
    cut = f'{{"note": "{echo}", "token": "{NEW}", "password": "{NEW}-'.encode()
    return {
        "refused": answer({"error": f"bad token {echo}"}),
        "400": answer({"error": f"bad token={NEW} {echo}"}, 400),
        "404 without reading": answer(f"no page for {echo}", 404),
        "429": answer({"error": echo}, 429, Retry_After="1"),
        "500": answer({"error": echo, "token": NEW}, 500),
        "503": answer(f"<html>{echo}", 503),
        "blocked": answer(f"<html>{echo}", 403),
        "page": answer(f"<html>{echo} <input name='token' value=''>", 200),
        "text": answer(f"sorry, {echo}, password={NEW}"),
        "neither yes nor no": answer({"web_auth_token": NEW, "password": NEW, "note": echo}),
        "misfit": answer({"ok": echo}),
        "misfit with a token": answer({"ok": {"token": NEW, "api_pass": [NEW]}}),
        "cookies": answer("oops", 500, Set_Cookie=f"web_auth_token={NEW}; Path=/", Server=header, X_Key=NEW),
        "redirect": answer("", 302, Location=f"https://x.invalid/?token={NEW}&key={header}"),
        "garbage": raw(f"{echo} token={NEW}\r\n".encode()),
        "cut body": raw(head(200, {"Content-Length": "9999"}) + cut),
        "stalled body": raw(head(200, {"Content-Length": "9999"}) + cut, then="hang"),
        "cut chunk": raw(head(200, {"Transfer-Encoding": "chunked"}) + b"fff\r\n" + cut),
        "odd header": raw(f"HTTP/1.1 200 OK\r\n: {header}\r\n{header}\r\nContent-Length: 0\r\n\r\n".encode()),
        "broken gzip": broken_gzip(),
        "cut headers": cut_headers(),
        "silence": silent("hang"),
        "closed": silent("close"),
        "reset": silent("reset"),
        "closed at accept": at_accept("close"),
        "no HTTP": garbage(),
    }


ECHO = " ".join(SECRETS)
FAULTS = faults_of(ECHO, TOKEN)


def found_in(text):
    """The secrets that stand in a text, in any way they could be written."""
    return [
        secret
        for secret in ALL
        for form in {secret, quote(secret), quote_plus(secret), repr(secret)[1:-1]}
        if form in text
    ]


def texts_of(error):
    """Everything that a log, a debugger, a pickle or a report could show of an error, with where it stands."""
    yield "str", str(error)
    yield "repr", repr(error)
    yield "args", repr(error.args)
    yield "attributes", pprint.pformat(vars(error))
    yield "pickle", pickle.dumps(error).decode("latin-1")
    yield "traceback", "".join(traceback.format_exception(error))
    response = getattr(error, "response", None)
    if response is not None:
        yield "response", f"{response!r} {response.text} {response.url} {response.headers}"
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(PACKAGE):
            for name, value in frame.f_locals.items():
                yield f"local {name} in {frame.f_code.co_name}:{line}", pprint.pformat(value)
        else:
            module = frame.f_globals["__name__"].partition(".")[0]
            assert module in {"tests", "_pytest", "tenacity", "concurrent"} or "test_leaks" in module, module


def check_error(error):
    assert isinstance(error, SdkError)
    assert error.__cause__ is error.__context__ is None
    for where, text in texts_of(error):
        assert found_in(text) == [], where


def check_records(caplog):
    for record in caplog.records:
        shown = f"{record.getMessage()} {record.exc_text} {record.args} {record.exc_info}"
        assert found_in(shown) == [], record.name
    return {record.name for record in caplog.records}


@pytest.fixture(autouse=True)
def _all_logs(caplog):
    caplog.set_level(logging.DEBUG)


# ------------------------------------------------------------------------------------------------------- fault matrix


@pytest.mark.parametrize("effect", [Effect.READ, Effect.MONEY])
@pytest.mark.parametrize("act", FAULTS.values(), ids=list(FAULTS))
def test_no_secret_leaves_with_any_failure(caplog, act, effect):
    called = endpoint(effect, BY_EFFECT[effect].name, check="things.list", result=int)
    arguments = {"text": "hi", "password": Secret(PASSWORD)}
    with FaultyServer() as server, Caller(server.url, timeouts=timeouts_for(act)) as call:
        server.default = act
        error = call.failure(called, arguments, retries=1)
        check_error(error)
        assert found_in(repr(call.events)) == []
    assert "kwork_etxt_sdk" in check_records(caplog)


@pytest.mark.parametrize("act", FAULTS.values(), ids=list(FAULTS))
def test_no_secret_leaves_with_any_failure_on_a_used_connection(caplog, act):
    caplog.set_level(logging.INFO, "urllib3.connectionpool")  # else no request takes the short way
    caplog.handler.setLevel(logging.DEBUG)
    called = endpoint(Effect.READ, BY_EFFECT[Effect.READ].name, check="things.list", result=int)
    arguments = {"text": "hi", "password": Secret(PASSWORD)}
    with FaultyServer() as server, Caller(server.url, timeouts=timeouts_for(act)) as call:
        server.default = answer({"ok": 1})
        call(called, arguments)
        server.default = act
        check_error(call.failure(called, arguments, retries=1))
        assert found_in(repr(call.events)) == []
    assert "kwork_etxt_sdk" in check_records(caplog)


def test_the_secrets_are_really_sent_and_the_logs_of_urllib3_really_written(caplog):
    with FaultyServer() as server, Caller(server.url) as call:
        call(MONEY, {"password": Secret(PASSWORD)})
        (request,) = server.requests
    assert request.query == {"token": TOKEN}
    assert request.header("Cookie") == f"session={COOKIE}"
    assert request.form == {"password": PASSWORD}
    assert "urllib3.connectionpool" in check_records(caplog)
    assert any("POST /things.buy?token=*** HTTP/1.1" in record.getMessage() for record in caplog.records)


def _with(error, **attributes):
    vars(error).update(attributes)
    return error


@pytest.mark.parametrize(
    "error",
    [
        SdkError(f"bad {API_PASS}"),
        SdkError("bad", hint=quote(PASSWORD)),
        SdkError("bad", ResponseSnapshot(200, "", {}, "x" * 1000 + TOKEN)),
        _with(SdkError("bad"), anything=[{"a": (COOKIE,)}]),
        _with(SdkError("bad"), __notes__=[f"note {TOKEN}"]),
        _with(SdkError("bad"), __cause__=ValueError(TOKEN)),
        _with(SdkError("bad"), __context__=ValueError("harmless")),
    ],
)
def test_the_search_finds_what_is_there(error):
    if "__cause__" in vars(error) or "__context__" in vars(error):
        error.__cause__, error.__context__ = vars(error).pop("__cause__", None), vars(error).pop("__context__", None)
    with pytest.raises(AssertionError):
        check_error(error)


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=lambda called: called.effect.name)
def test_no_secret_leaves_where_nobody_answers(caplog, called):
    with refusing() as url, Caller(url) as call:
        check_error(call.failure(called, {"password": Secret(PASSWORD)}))
    check_records(caplog)


def test_no_secret_leaves_before_anything_is_sent(caplog):
    arguments = {"password": Secret(PASSWORD)}
    with FaultyServer() as server, Caller(server.url, limits=Limits(default=Rule.every(60))) as call:
        call(MONEY)
        check_error(call.failure(MONEY, arguments, deadline=1))
        call.clock.advance(60 * SECOND)
        dry = call.failure(MONEY, arguments, dry_run=True)
        assert type(dry) is DryRun
        check_error(dry)
        check_error(call.failure(MONEY, {**arguments, "bad": 1}))
        check_error(call.failure(MONEY, {**arguments, "note": "half a \ud83d smile"}))
        check_error(call.failure(MONEY, arguments, allow=Effect.READ))
        call.market.renewals.append(True)
        call.session.close()
        check_error(call.failure(MONEY, arguments))
    check_records(caplog)


def test_no_secret_leaves_through_a_proxy_with_a_password(caplog):
    with refusing() as url, Caller("https://x.invalid", proxy=url.replace("//", f"//name:{API_PASS}@")) as call:
        check_error(call.failure(MONEY))
    with FaultyServer(answer(f"no {ECHO}", 407)) as server:
        proxy = server.url.replace("//", f"//name:{API_PASS}@")
        with Caller("https://x.invalid", proxy=proxy) as call:
            check_error(call.failure(MONEY, retries=0))
        assert server.requests[0].header("Proxy-Authorization").startswith("Basic ")
    check_records(caplog)


def test_no_secret_leaves_through_a_session_of_the_caller_s_own(caplog):
    class Telling(requests.adapters.HTTPAdapter):
        def send(self, request, **_):
            raise requests.ConnectionError(f"can't reach {request.url} with {request.headers}", request=request)

    with requests.Session() as session, Caller("https://x.invalid", http_session=session) as call:
        session.mount("https://", Telling())
        check_error(call.failure(MONEY, {"password": Secret(PASSWORD)}))
    check_records(caplog)


@pytest.mark.parametrize("act", FAULTS.values(), ids=list(FAULTS))
def test_no_secret_leaves_with_a_failed_download(caplog, act):
    with FaultyServer() as server, Caller(server.url, timeouts=timeouts_for(act)) as call:
        server.default = act
        sink = io.BytesIO()
        options = CallOptions(retries=Retry.none, on_event=call.events.append)
        try:
            Download(call.session, f"{server.url}/a?token={NEW}", options).to_stream(sink)
        except LinkExpired as expired:
            check_error(expired.error)
        except SdkError as error:
            check_error(error)
        assert found_in(repr(call.events)) == []
    check_records(caplog)


def test_a_listener_that_fails_with_everything_it_knows(caplog):
    def listener(event):
        raise ValueError(f"{event} {ECHO} token={NEW}")

    with FaultyServer() as server, Caller(server.url) as call:
        call(MONEY, on_event=listener)
    check_records(caplog)
    assert "ValueError" in caplog.text


def test_what_was_read_shows_itself_without_its_contents():
    cookies = {"session": Secret(NEW)}
    reply = Reply(status=200, headers={"x-key": NEW}, body=NEW.encode(), cookies=cookies)
    request = Request(
        url="https://x.invalid",
        query=[("token", Secret(NEW))],
        json={"a": Secret(NEW)},
        headers={"Cookie": Secret(NEW)},
    )
    assert found_in(f"{reply!r} {reply} {Answered(data={'token': NEW})!r} {request!r}") == []


# --------------------------------------------------------------------------------------------------- the real markets


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_leaves_with_a_failure_of_etxt(caplog, fault):
    with FaultyServer() as server:
        server.default = faults_of(f"{TOKEN} {API_PASS}", TOKEN)[fault]
        settings = {
            "base_url": server.url,
            "timeout": timeouts_for(server.default),
            "clock": FakeClock(),
            "retry": Retry.none,
        }
        with EtxtClient(TOKEN, API_PASS, **settings) as client:
            with pytest.raises(SdkError) as caught:
                client.users.get_balance()
            check_error(caught.value)
            assert found_in(repr(client) + repr(client.users) + pprint.pformat(vars(client))) == []
    check_records(caplog)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_leaves_with_a_failure_of_kwork(caplog, fault):
    with FaultyServer() as server:
        server.default = faults_of(f"{TOKEN} {COOKIE}", TOKEN)[fault]
        settings = {
            "base_url": server.url,
            "timeout": timeouts_for(server.default),
            "clock": FakeClock(),
            "retry": Retry.none,
        }
        with KworkClient(TOKEN, {"session": COOKIE}, **settings) as client:
            with pytest.raises(SdkError) as caught:
                client.catalog.get_list()
            check_error(caught.value)
            assert found_in(repr(client) + repr(client.catalog) + pprint.pformat(vars(client))) == []
    check_records(caplog)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_leaves_with_a_failed_sign_in_at_kwork(caplog, fault):
    with FaultyServer() as server:
        server.default = faults_of(API_PASS, API_PASS)[fault]
        settings = {
            "base_url": server.url,
            "timeout": timeouts_for(server.default),
            "clock": FakeClock(),
            "retry": Retry.none,
        }
        with pytest.raises(SdkError) as caught:
            KworkClient.login("name", Secret(API_PASS), **settings)
        assert server.executed == (0 if fault == "closed at accept" else 1)
    check_error(caught.value)
    check_records(caplog)
