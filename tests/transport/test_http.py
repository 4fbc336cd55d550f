"""One request out, one answer back: what is written, what is read, and what stays away from it."""

from __future__ import annotations

import contextlib
import math
import queue
import socket
import threading
import time

import pytest
import requests
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.redaction import Redactor, Secret
from kwork_etxt_sdk.transport import http as module
from kwork_etxt_sdk.transport.adapter import Certificates, TracedAdapter
from kwork_etxt_sdk.transport.exchange import FilePart, Request
from kwork_etxt_sdk.transport.http import Http, NetworkFailure
from kwork_etxt_sdk.transport.phase import Phase, Trace
from tests.support.faulty_server import FaultyServer, answer, head, raw, silent

TIMEOUT = (10, 10)
PASSWORD = "pass-word-81c3e2"


@contextlib.contextmanager
def http_of(**settings):
    given_settings = {"session": None, "proxy": None, "verify": True, "redactor": Redactor([PASSWORD]), **settings}
    with contextlib.closing(Http(**given_settings)) as http:
        yield http


def send(http, request, *, fresh=False, trace=None):
    return http.send(request, fresh=fresh, timeout=TIMEOUT, trace=Trace() if trace is None else trace)


# ------------------------------------------------------------------------------------------------------ what is sent


def test_a_form_is_sent_as_utf_8_with_its_secrets_revealed():
    request = Request(
        url="",
        query=[("method", "tasks.saveTask"), ("token", Secret(PASSWORD))],
        form=[("text", "Чайник & заварка"), ("password", Secret(PASSWORD)), ("ids[]", "1"), ("ids[]", "2")],
        headers={"X-Key": Secret(PASSWORD), "Referer": "https://kwork.ru/"},
    )
    with FaultyServer() as server, http_of() as http:
        send(http, Request(**{**_fields(request), "url": f"{server.url}/api"}))
        received = server.requests[0]
    assert received.verb == "POST"
    assert received.path == "/api"
    assert received.query == {"method": "tasks.saveTask", "token": PASSWORD}
    assert received.body.decode() == (
        "text=%D0%A7%D0%B0%D0%B9%D0%BD%D0%B8%D0%BA+%26+%D0%B7%D0%B0%D0%B2%D0%B0%D1%80%D0%BA%D0%B0"
        f"&password={PASSWORD}&ids%5B%5D=1&ids%5B%5D=2"
    )
    assert received.header("Content-Type") == "application/x-www-form-urlencoded"
    assert received.header("X-Key") == PASSWORD
    assert received.header("Referer") == "https://kwork.ru/"
    assert received.header("User-Agent").startswith("kwork-etxt-sdk/")
    assert received.header("Authorization") is None
    assert received.header("Cookie") is None


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({}, b"{}"),
        ({"password": Secret(PASSWORD)}, b'{"password": "pass-word-81c3e2"}'),
        ([{"a": (Secret("x"), 1, None)}], b'[{"a": ["x", 1, null]}]'),
    ],
)
def test_json_is_sent_with_its_secrets_revealed(data, body):
    with FaultyServer() as server, http_of() as http:
        send(http, Request(url=server.url, json=data))
        assert server.requests[0].body == body
        assert server.requests[0].header("Content-Type") == "application/json"


def test_files_make_it_multipart():
    part = FilePart(field="file", name="текст.txt", content=b"\x00\xff")
    with FaultyServer() as server, http_of() as http:
        send(http, Request(url=server.url, form=[("id", "7")], files=[part]))
        received = server.requests[0]
    assert received.header("Content-Type").startswith("multipart/form-data; boundary=")
    assert b'name="id"\r\n\r\n7\r\n' in received.body
    assert 'name="file"; filename="текст.txt"'.encode() in received.body
    assert b"\r\n\r\n\x00\xff\r\n" in received.body


@pytest.mark.parametrize(
    "request_",
    [
        Request(url="http://127.0.0.1:1/", form=[("text", "half a \ud83d smile")]),
        Request(url="http://127.0.0.1:1/", query=[("text", "half a \ud83d smile")]),
        Request(url="http://127.0.0.1:1/", headers={"X-Key": Secret(f"{PASSWORD}\r\nX-Other: 1")}),
        Request(url="http://127.0.0.1:1/", json={"price": math.nan}),
        Request(url="http://127.0.0.1:1/", json={"price": {1, 2}}),
        Request(url="http://127.0.0.1:99999999/"),
        Request(url="http://[nonsense/"),
        Request(url="https://"),
        Request(url="no address"),
    ],
)
@pytest.mark.parametrize("fresh", [True, False])
def test_a_request_that_can_not_be_written_is_no_failure_of_the_network(request_, fresh):
    trace = Trace()
    with http_of() as http, pytest.raises(ConfigurationError, match="can't be written") as caught:
        send(http, request_, fresh=fresh, trace=trace)
    assert trace.phase is Phase.PREPARING
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert "smile" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


# ------------------------------------------------------------------------------------------------------- connections


def test_ordinary_requests_share_a_connection_and_fresh_ones_have_their_own():
    with FaultyServer() as server, http_of() as http:
        for fresh in (False, False, True, True, False):
            assert send(http, Request(url=server.url), fresh=fresh).phase is Phase.DONE
        assert [request.connection for request in server.requests] == [1, 1, 2, 3, 1]


def test_a_connection_that_was_closed_meanwhile_is_replaced():
    with FaultyServer(answer({"ok": 1}, keep=False)) as server, http_of() as http:
        first = send(http, Request(url=server.url))
        server.wait_until_closed()
        second = send(http, Request(url=server.url))
        assert (first.phase, second.phase) == (Phase.DONE, Phase.DONE)
        assert [request.connection for request in server.requests] == [1, 2]


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_the_answer_to_one_request_is_not_taken_for_that_to_the_next(first):
    asked = threading.Event()

    def late(wire):
        wire.read()
        wire.send(first)
        asked.wait(0.1)
        wire.send(head(200, {"Content-Length": "5"}) + b"first")
        return True

    with FaultyServer(late, answer("second")) as server, http_of() as http:
        url = f"{server.url}/"
        tried = send(http, Request(url=url))
        asked.set()
        assert tried.reply.body == (b"first" if b"103" in first else b"")
        assert send(http, Request(url=url)).reply.body == b"second"


def test_a_large_request_may_take_longer_than_the_timeout_of_a_connection_as_long_as_it_moves():
    size = 6_000_000

    def slow(wire):
        left, step = size, 300_000
        while left > 0:
            time.sleep(0.02)
            left -= len(wire._sock.recv(step, socket.MSG_WAITALL if left > step else 0))
        wire.send(head(200, {"Content-Length": "2"}) + b"{}")
        return False

    with FaultyServer(slow) as server, http_of() as http:
        request = Request(url=f"{server.url}/", form=[("text", "x" * size)])
        tried = http.send(request, fresh=True, timeout=(0.15, 10), trace=Trace())
        assert (tried.phase, tried.status, tried.reason) == (Phase.DONE, 200, "")


def test_no_lock_of_the_pool_can_be_left_taken_by_an_interruption():
    adapter = TracedAdapter(Certificates(), size=2)
    with FaultyServer() as server, contextlib.closing(adapter):
        request = requests.Request("POST", f"{server.url}/").prepare()
        pool = adapter.get_connection_with_tls_context(request, True)
        kept = pool.pool
        assert not hasattr(kept, "mutex")
        assert [kept.get(), kept.get()] == [None, None]
        with pytest.raises(queue.Empty):
            kept.get(block=False)
        first, last, one_too_many = (pool._new_conn() for _ in range(3))
        kept.put(first)
        kept.put(last, block=False)
        with pytest.raises(queue.Full):
            kept.put(one_too_many, block=False)
        assert kept.qsize() == 2
        assert [kept.get(), kept.get()] == [last, first]


def test_closing_it_leaves_the_caller_s_session_open():
    class Watched(HTTPAdapter):
        closed = False

        def close(self):
            self.closed = True
            super().close()

    adapter = Watched()
    with requests.Session() as session:
        session.mount("http://", adapter)
        with FaultyServer() as server, http_of(session=session) as http:
            send(http, Request(url=server.url))
            http.open(Request(url=server.url), timeout=TIMEOUT, bare=True).close()
        assert not adapter.closed


# ------------------------------------------------------------------------------------------------- what is read


def test_the_answer_as_plain_data():
    act = answer("Чайник", 418, Set_Cookie=f"session={PASSWORD}; Path=/", X_Thing="1", Date="today")
    with FaultyServer(act) as server, http_of() as http:
        tried = send(http, Request(url=f"{server.url}/pot?token=1#lid"))
        reply = tried.reply
        assert reply.url == f"{server.url}/pot"
    assert (tried.status, reply.status) == (418, 418)
    assert reply.text() == "Чайник"
    assert (
        dict(reply.headers)
        == tried.headers
        == {
            "content-type": "text/plain",
            "content-length": "12",
            "x-thing": "1",
            "date": "today",
        }
    )
    assert reply.cookies == {"session": Secret(PASSWORD)}
    assert 0 <= reply.seconds < 5
    assert PASSWORD not in repr(tried)


def test_cookies_of_an_answer_are_not_sent_with_the_next_request():
    with FaultyServer(answer({"ok": 1}, Set_Cookie="session=1; Path=/")) as server, http_of() as http:
        send(http, Request(url=server.url))
        assert not http.session.cookies
        send(http, Request(url=server.url))
        assert server.requests[1].header("Cookie") is None


def test_an_answer_beyond_the_largest_size_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 100)
    monkeypatch.setattr(module, "_CHUNK", 10)
    small, large = answer(b"x" * 100), raw(head(200, {"Content-Length": "1000000"}) + b"x" * 200, then="hang")
    with FaultyServer(small, large) as server, http_of() as http:
        fits, tried = (send(http, Request(url=server.url)) for _ in range(2))
    assert fits.phase is Phase.DONE
    assert (tried.phase, tried.status, tried.reply) == (Phase.STATUS, 200, None)
    assert tried.reason == "the answer is larger than 100 bytes"


def test_headers_are_kept_when_the_body_is_lost():
    act = raw(head(429, {"Retry-After": "7", "Content-Length": "9", "Set-Cookie": f"a={PASSWORD}"}) + b"x")
    with FaultyServer(act) as server, http_of() as http:
        tried = send(http, Request(url=server.url))
    assert (tried.status, tried.headers) == (429, {"retry-after": "7", "content-length": "9"})
    assert PASSWORD not in repr(tried)


ODD_ANSWERS = {
    "a charset without a value": head(200, {"Content-Type": "text/html; charset"}),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "a length that is no number": head(200, {"Content-Length": "many"}),
    "a negative length": head(200, {"Content-Length": "-1"}),
    "a chunk without a size": head(200, {"Transfer-Encoding": "chunked"}) + b"zz\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"A: 1\r\n" * 200 + b"\r\n",
    "an endless header": b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
    "a header without a name": b"HTTP/1.1 200 OK\r\n: x\r\nno colon\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a huge status": b"HTTP/1.1 99999 OK\r\n\r\n",
    "an unknown compression": head(200, {"Content-Encoding": "br, zstd, gzip"}) + b"x",
    "deflated rubbish": head(200, {"Content-Encoding": "deflate"}) + b"x" * 50,
    "a cookie that is none": head(200, {"Set-Cookie": "=;;\x00; expires=never; Max-Age=often"}),
    "HTTP 0.9": b"<html>",
    "an interim answer only": b"HTTP/1.1 100 Continue\r\n\r\n",
}


@pytest.mark.parametrize("data", ODD_ANSWERS.values(), ids=list(ODD_ANSWERS))
def test_an_odd_answer_is_an_attempt_that_came_to_something_and_no_exception(data):
    with FaultyServer(raw(data)) as server, http_of() as http:
        tried = send(http, Request(url=server.url))
        assert server.executed == 1
    assert tried.phase >= Phase.SENT
    assert bool(tried.reply) != bool(tried.reason)


_fuzz = st.binary(max_size=60) | st.text("HTP/1. 20\r\nContent-LghTrfEdigzpuk:;=<>\x00é", max_size=120).map(
    lambda text: b"HTTP/1.1 200 OK\r\n" + text.encode("latin-1")
)


def test_no_answer_makes_it_raise_anything():
    with FaultyServer() as server, http_of() as http:

        @given(_fuzz)
        @settings(deadline=None)
        def check(data):
            server.default = raw(data)
            tried = send(http, Request(url=server.url))
            assert tried.phase >= Phase.SENT
            assert bool(tried.reply) != bool(tried.reason)
            assert tried.reason.isprintable()

        check()


# --------------------------------------------------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status):
    with FaultyServer() as elsewhere, http_of() as http:
        with FaultyServer(answer("", status, Location=f"{elsewhere.url}/there")) as server:
            tried = send(http, Request(url=server.url, form=[("a", "1")]))
        assert elsewhere.requests == []
    assert tried.status == status
    assert tried.headers["location"] == tried.reply.headers["location"] == f"{elsewhere.url}/there"


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("target", ["http://[nonsense", "//", "http://\udcff", "gopher://x", "/fine"])
def test_the_target_of_a_redirect_is_not_even_looked_at(target, own):
    with requests.Session() as session, http_of(session=None if own else session) as http:
        data = head(302, {"Content-Length": "0"}).replace(
            b"\r\n\r\n", b"\r\nLocation: " + target.encode("utf-8", "surrogateescape") + b"\r\n\r\n"
        )
        with FaultyServer(raw(data)) as server:
            tried = send(http, Request(url=server.url))
    assert (tried.phase, tried.status) == (Phase.DONE, 302)


def test_the_body_of_a_redirect_is_read_no_further_than_any_other(monkeypatch):
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 10)
    act = raw(head(302, {"Location": "/there", "Content-Length": "1000"}) + b"x" * 1000)
    with FaultyServer(act) as server, http_of() as http:
        tried = send(http, Request(url=server.url))
    assert (tried.status, tried.reason) == (302, "the answer is larger than 10 bytes")


# ---------------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize("failure", [AttributeError("strip"), RecursionError("deep"), urllib3.exceptions.HTTPError()])
def test_whatever_the_http_library_raises_is_a_failure_of_the_network(monkeypatch, failure):
    def fail(*_, **__):
        raise failure

    with http_of() as http:
        monkeypatch.setattr(http.session, "send", fail)
        tried = send(http, Request(url="http://127.0.0.1:1/"))
    text = f"{type(failure).__name__}: {failure}".removesuffix(": ")
    assert (tried.phase, tried.reason) == (Phase.UNKNOWN, text)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_the_program_passes_as_it_is(monkeypatch, kind):
    end = kind("now")

    def fail(*_, **__):
        raise end

    with http_of() as http:
        monkeypatch.setattr(http.session, "send", fail)
        with pytest.raises(kind) as caught:
            send(http, Request(url="http://127.0.0.1:1/"))
    assert caught.value is end


def test_a_failure_does_not_drag_the_request_along():
    with FaultyServer(silent("close")) as server, http_of() as http, pytest.raises(NetworkFailure) as caught:
        http.open(Request(url=server.url, form=[("password", Secret(PASSWORD))]), timeout=TIMEOUT)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_words_of_a_failure_are_masked_printable_and_short():
    line = f"oops token={PASSWORD} {PASSWORD}\t\x07 " + "x" * 1000
    with FaultyServer(raw(line.encode() + b"\r\n")) as server, http_of() as http:
        tried = send(http, Request(url=server.url))
    assert tried.reason.startswith("BadStatusLine: oops token=*** ***   xxx")
    assert tried.reason.isprintable()
    assert len(tried.reason) < 350


def test_what_came_of_a_cut_answer_is_not_quoted():
    act = raw(head(200, {"Transfer-Encoding": "chunked"}) + b'ff\r\n{"web_auth_token": "brand-new-secret')
    with FaultyServer(act) as server, http_of() as http:
        tried = send(http, Request(url=server.url))
    assert "brand-new-secret" not in repr(tried)


def test_failures_that_name_each_other_as_their_reason_end():
    first, second = OSError("one"), OSError("two")
    first.reason, second.reason = second, first
    assert module._innermost(first) is second


def _fields(request):
    return {name: getattr(request, name) for name in ("query", "form", "json", "files", "headers")}
