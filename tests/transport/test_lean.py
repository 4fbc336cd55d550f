"""What is spared per request changes nothing: sessions made here and plain sessions of requests come to the same."""

from __future__ import annotations

import contextlib
import gc
import gzip
import re
import threading
import weakref
import zlib

import attrs
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.redaction import Redactor, Secret
from kwork_etxt_sdk.transport import http as module
from kwork_etxt_sdk.transport.exchange import FilePart, Request
from kwork_etxt_sdk.transport.headers import Headers
from kwork_etxt_sdk.transport.http import USER_AGENT, Http, NetworkFailure, _make_session
from kwork_etxt_sdk.transport.phase import Phase, Trace, reach, tracing
from kwork_etxt_sdk.transport.watchdog import Watchdog
from kwork_etxt_sdk.transport.written import write, write_by_requests
from tests.support.faulty_server import (
    FaultyServer,
    answer,
    broken_gzip,
    cut_body,
    cut_chunk,
    cut_headers,
    garbage,
    hangs,
    head,
    raw,
    silent,
)

PATIENT, TIMEOUT = (10, 10), (0.3, 0.2)
TEXT = "Чайник & заварка"
PAGE = (TEXT * 500).encode()


@contextlib.contextmanager
def both(**given_settings):
    """Open the two: one with a session made here, one with a plain session of requests."""
    with requests.Session() as plain, contextlib.ExitStack() as stack:
        plain.headers["User-Agent"] = USER_AGENT
        named = {"proxy": None, "verify": True, "redactor": Redactor(), **given_settings}
        yield [stack.enter_context(contextlib.closing(Http(session=session, **named))) for session in (None, plain)]


def send(http, request, *, fresh=False, timeout=PATIENT):
    return http.send(request, fresh=fresh, timeout=timeout, trace=Trace())


def use(pair, server):
    """Let each of the two have a connection that has served a request before."""
    for http in pair:
        assert send(http, Request(url=server.url)).phase is Phase.DONE
    server.requests.clear()


def seen(received):
    """Return what the server received, as far as it must be the same."""
    boundary = next(iter(re.findall(r"boundary=(\w+)", received.header("Content-Type") or "")), "no boundary")
    headers = sorted((name, value.replace(boundary, "B")) for name, value in received.headers if name != "Host")
    body = received.body.replace(boundary.encode(), b"B")
    return received.verb, received.target.partition("://")[2].partition("/")[2] or received.target, headers, body


def came(tried):
    """Return what came back, as far as it must be the same."""
    reply = tried.reply and attrs.evolve(tried.reply, url="", seconds=0)
    # Of a session that isn't ours nobody knows how far a request got that was not answered.
    phase = tried.phase if tried.phase >= Phase.STATUS else None
    return phase, tried.status, tried.reason, tried.headers, reply


# ------------------------------------------------------------------------------------------------------ what is sent

REQUESTS = {
    "a form": Request(url="/api", query=[("method", "a.b"), ("token", Secret("t~k n"))], form=[("text", TEXT)]),
    "a form with nothing in it": Request(url="/", form=[]),
    "a form of empty texts": Request(url="/", form=[("", ""), ("a", "")]),
    "nothing at all": Request(url=""),
    "JSON": Request(url="/x", json={"text": TEXT, "password": Secret("s"), "n": [1, None, (2.5, True)]}),
    "empty JSON": Request(url="/x", json={}),
    "JSON beside an empty form": Request(url="/x", json=[], form=[]),
    "a form beside JSON": Request(url="/x", json=[1], form=[("a", "1")]),
    "files": Request(url="/x", form=[("id", "7")], files=[FilePart(field="file", name="текст.txt", content=b"\0\xff")]),
    "a file alone": Request(url="/x", files=[FilePart(field="file", name="a.txt", content=b"x" * 100_000)]),
    "headers": Request(url="/x", headers={"X-Key": Secret("k"), "user-agent": "me", "Referer": "https://kwork.ru/"}),
    "a type of its own": Request(url="/x", form=[("a", "1")], headers={"content-type": "text/x"}),
    "a header that is no ASCII": Request(url="/x", headers={"X-Key": "caf\xe9\t1"}),
    "cookies": Request(url="/x", form=[("a", "1")], headers={"Cookie": Secret('a="1"; b=2')}),
    "a URL with a query": Request(url="/x?a=1&b=%7E", query=[("c", "~")]),
    "a URL with a fragment": Request(url="/x#part", query=[("c", "1")]),
    "a URL with credentials": Request(url="http://me:secret@HOST/x"),
    "a path of slashes": Request(url="//x//", query=[("c", "1")]),
    "a URL with odd characters": Request(url="/а б/%zz/%41;p=1/../y", query=[("c", "1 2")]),
    "a large form": Request(url="/x", form=[("text", TEXT * 2000)]),
}


#: The connection that a request goes out on: one of its own, the first of a pool, or one that has served before.
CONNECTIONS = ["its own", "new", "used"]


@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=list(REQUESTS))
def test_the_server_receives_the_same(request_, connection):
    with FaultyServer() as server, both() as pair:
        host = server.url.removeprefix("http://")
        url = request_.url.replace("HOST", host) if "HOST" in request_.url else server.url + request_.url
        if connection == "used":
            use(pair, server)
        tried = [send(http, attrs.evolve(request_, url=url), fresh=connection == "its own") for http in pair]
        ours, plain = server.requests
    assert seen(ours) == seen(plain)
    assert ours.header("Host") == plain.header("Host") == host
    assert came(tried[0]) == came(tried[1])


_texts = st.text(max_size=12) | st.text("ab09_.~-", max_size=12)
_pairs = st.lists(st.tuples(_texts, _texts), max_size=4)
_header_names = st.text("abXY-09_!", min_size=1, max_size=8).filter(lambda name: name.lower() not in _FRAMING)
_header_values = st.text(st.characters(max_codepoint=255), max_size=8)
_FRAMING = {"host", "content-length", "transfer-encoding", "expect", "connection"}
_scalars = st.none() | st.booleans() | st.integers() | st.floats() | _texts | _texts.map(Secret)
_shallow = _scalars | st.lists(_scalars, max_size=3)
_json = st.none() | _shallow | st.lists(_shallow, max_size=3) | st.dictionaries(_texts, _shallow, max_size=3)
_requests = st.builds(
    Request,
    url=st.text("abя /.;%41?#&=~", max_size=10).map("http://127.0.0.1/".__add__),
    query=_pairs,
    form=st.none() | _pairs,
    json=_json,
    headers=st.dictionaries(_header_names, _header_values | _header_values.map(Secret), max_size=3),
)


def written(way, *arguments):
    """Return what a request came to, or that it can't be written."""
    try:
        prepared = way(*arguments)
    except (requests.RequestException, ValueError):
        return "can't be written"
    boundary = next(iter(re.findall(r"boundary=(\w+)", prepared.headers.get("Content-Type", ""))), "no boundary")
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    headers = sorted((name, value.replace(boundary, "B")) for name, value in prepared.headers.items())
    return prepared.method, prepared.url, headers, body and body.replace(boundary.encode(), b"B")


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=list(REQUESTS))
def test_it_is_written_as_requests_writes_it(request_, method):
    session = _make_session()
    request_ = attrs.evolve(request_, url=f"http://127.0.0.1{request_.url}")
    ours = written(write, session, request_, method, Headers(session.headers.items()))
    assert ours == written(write_by_requests, session, request_, method)


@given(_requests, st.sampled_from(["POST", "GET"]))
@settings(max_examples=150, deadline=None)
def test_any_request_is_written_as_requests_writes_it(request_, method):
    session = _make_session()
    ours = written(write, session, request_, method, Headers(session.headers.items()))
    assert ours == written(write_by_requests, session, request_, method)


def outcome(http, request):
    try:
        return came(send(http, request))
    except ConfigurationError as failure:
        return str(failure).replace("InvalidJSONError", "ValueError")


def test_any_request_arrives_as_requests_sends_it():
    with FaultyServer() as server, both() as pair:

        @given(_requests)
        @settings(max_examples=40, deadline=None)
        def check(request_):
            request_ = attrs.evolve(request_, url=request_.url.replace("127.0.0.1", server.url.removeprefix("http://")))
            server.requests.clear()
            outcomes = [outcome(http, request_) for http in pair]
            assert outcomes[0] == outcomes[1]
            assert [seen(received) for received in server.requests[:1]] == [
                seen(received) for received in server.requests[1:]
            ]

        check()


# ------------------------------------------------------------------------------------------------- what comes back


def _deflated(data):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _chunked(data, **headers):
    sized = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (data[:7], data[7:]))
    return raw(head(200, {"Transfer-Encoding": "chunked", **headers}) + sized + b"0\r\nX-Trailer: 1\r\n\r\n")


ACTS = {
    "a page": answer(PAGE),
    "an empty body": answer(b""),
    "no content": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "text/html without a charset": answer(TEXT, Content_Type="text/html"),
    "an unknown charset": answer(TEXT, Content_Type="text/html; charset=nonsense"),
    "400": answer({"error": "no_access"}, 400),
    "404": answer("<html>", 404),
    "429": answer("busy", 429, Retry_After="7"),
    "500": answer(PAGE, 500),
    "gzip": answer(gzip.compress(PAGE), Content_Encoding="gzip"),
    "deflate": answer(zlib.compress(PAGE), Content_Encoding="deflate"),
    "raw deflate": answer(_deflated(PAGE), Content_Encoding="deflate"),
    "gzip in chunks": _chunked(gzip.compress(PAGE), **{"Content-Encoding": "gzip"}),
    "gzip of nothing": answer(b"", Content_Encoding="gzip"),
    "broken gzip": broken_gzip(),
    "cut gzip": answer(gzip.compress(PAGE)[:-20], Content_Encoding="gzip"),
    "chunks": _chunked(PAGE),
    "a cut chunk": cut_chunk(),
    "a body that ends with the connection": raw(b"HTTP/1.1 200 OK\r\n\r\n" + PAGE),
    "HTTP 1.0": raw(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "a cut body": cut_body(),
    "a body that stalls": cut_body("hang"),
    "cut headers": cut_headers(),
    "no answer": silent("close"),
    "a reset": silent("reset"),
    "silence": silent("hang"),
    "garbage": garbage(),
    "no such length": raw(head(200, {"Content-Length": "-5"}) + b"{}"),
    "an interim answer": raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "cookies": answer({"ok": 1}, Set_Cookie='session="a b"; Path=/; HttpOnly', X_Other="1"),
    "two cookies": raw(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 2\r\n\r\n{}"),
    "repeated headers": raw(b"HTTP/1.1 200 OK\r\nVary: a\r\nVary:  b \r\nContent-Length: 2\r\n\r\n{}"),
    "folded headers": raw(b"HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 2\r\n\r\n{}"),
    "a redirect": answer("moved", 302, Location="/there"),
    "a redirect that keeps the method": answer("moved", 307, Location="http://elsewhere.example.invalid/"),
    "a redirect to itself": answer("moved", 301, Location="/api"),
    "authorization wanted": answer("who?", 401, WWW_Authenticate='Basic realm="x"'),
}


@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
def test_the_same_comes_back(act, connection):
    with FaultyServer() as server, both() as pair:
        timeout = TIMEOUT if hangs(act) else PATIENT
        request = Request(url=f"{server.url}/api", form=[("text", TEXT)])
        if connection == "used":
            use(pair, server)
        server.plan(act, act)
        ours, plain = (send(http, request, fresh=connection == "its own", timeout=timeout) for http in pair)
        assert len(server.requests) == 2
    assert came(ours) == came(plain)


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
def test_after_an_answer_of_whatever_kind_comes_the_next_one(act):
    with FaultyServer(answer(b"1"), act, answer(b"2"), answer(b"3")) as server, both() as (http, _):
        timeout = TIMEOUT if hangs(act) else PATIENT
        bodies = [
            tried.reply and tried.reply.body
            for tried in (send(http, Request(url=server.url), timeout=timeout) for _ in range(5))
        ]
    # Some acts close the connection, which may show only when it is used again.
    assert [body for body in (bodies[0], *bodies[2:]) if body][:3] == [b"1", b"2", b"3"]


def in_pieces(http, request, timeout):
    """Return an answer as a download reads it, or why it did not come whole."""
    with tracing(Trace()), contextlib.closing(http.open(request, timeout=timeout)) as response:
        reach(Phase.STATUS)
        pieces = []
        try:
            pieces.extend(http.chunks(response, timeout))
        except NetworkFailure as failure:
            return b"", str(failure)
        return b"".join(pieces), ""


@pytest.mark.parametrize(
    "act", [ACTS["a page"], ACTS["a cut body"], ACTS["a body that stalls"], ACTS["gzip"], ACTS["an empty body"]]
)
def test_a_body_read_in_pieces_is_the_same(act):
    with FaultyServer() as server, both() as pair:
        use(pair, server)
        server.plan(act, act)
        timeout = TIMEOUT if hangs(act) else PATIENT
        ours, plain = (in_pieces(http, Request(url=server.url), timeout) for http in pair)
    assert ours == plain


BOMBS = {
    "gzip": answer(gzip.compress(b"x" * 501), Content_Encoding="gzip"),
    "gzip in chunks": _chunked(gzip.compress(b"x" * 501), **{"Content-Encoding": "gzip"}),
    "chunks": _chunked(b"x" * 501),
    "a body that ends with the connection": raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 501),
    "an announced length": answer(b"x" * 501),
}


@pytest.mark.parametrize("act", BOMBS.values(), ids=list(BOMBS))
def test_no_answer_grows_beyond_the_largest_size_whatever_it_is_packed_in(act, monkeypatch):
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 500)
    with FaultyServer(act, act) as server, both() as pair:
        ours, plain = (send(http, Request(url=server.url)) for http in pair)
    assert came(ours) == came(plain)
    assert ours.reason == "the answer is larger than 500 bytes"


def test_connections_serve_the_next_request_as_long_as_with_requests():
    acts = [answer(PAGE), ACTS["gzip"], answer("", 404), answer(b"{}")]
    used = []
    for number in (0, 1):
        with FaultyServer(*acts) as server, both() as pair:
            for _ in acts:
                send(pair[number], Request(url=server.url))
            used.append([received.connection for received in server.requests])
    assert used == [[1] * len(acts)] * 2


def test_hooks_and_authorization_of_a_session_still_work():
    """Nobody is meant to add them to a session made here; if somebody does, nothing must break."""
    with FaultyServer() as server, both() as pair:
        for http in pair:
            http.session.auth = ("somebody", "else")
            assert send(http, Request(url=server.url, headers={"Authorization": "ours"})).phase is Phase.DONE
        assert [received.header("Authorization") for received in server.requests] == ["ours", "ours"]


def test_no_threads_get_into_each_other_s_way():
    barrier = threading.Barrier(64)
    answers = {}

    def work(http, url, number):
        barrier.wait(10)
        for turn in range(3):
            tried = send(http, Request(url=url, form=[("number", f"{number}.{turn}")]))
            answers[number, turn] = tried.reply.body.decode() if tried.reply else tried.reason

    def echo(wire):
        received = wire.read()
        if received is not None:
            wire.send(head(200, {"Content-Length": str(len(received.body))}) + received.body)
        return received is not None

    with FaultyServer() as server, both() as (http, _):
        server.default = echo
        threads = [threading.Thread(target=work, args=(http, server.url, number)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert server.connections <= 64  # kept, and used again
    assert answers == {(number, turn): f"number={number}.{turn}" for number in range(64) for turn in range(3)}


# ------------------------------------------------------------------------------------------------ proxies, many hosts


@pytest.mark.parametrize("way", ["environment", "argument"])
@pytest.mark.parametrize("fresh", [True, False])
def test_proxies_are_used_alike(way, fresh, monkeypatch):
    with FaultyServer() as proxy, FaultyServer() as near:
        address = proxy.url.replace("http://", "http://me:secret@")
        if way == "environment":
            monkeypatch.setenv("http_proxy", address)
            monkeypatch.setenv("no_proxy", "127.0.0.1")
        with both(proxy=address if way == "argument" else None) as pair:
            for http in pair:
                for _ in range(2):
                    send(http, Request(url="http://api.example.invalid/list#x", query=[("a", "1")]), fresh=fresh)
                send(http, Request(url=near.url), fresh=fresh)
        ours, plain = proxy.requests[: len(proxy.requests) // 2], proxy.requests[len(proxy.requests) // 2 :]
        assert [seen(received) for received in ours] == [seen(received) for received in plain]
        assert ours[0].target == "http://api.example.invalid/list?a=1"
        assert ours[0].header("Proxy-Authorization").startswith("Basic ")
        assert len(near.requests) == (2 if way == "environment" else 0)


@pytest.mark.parametrize("proxy", ["http://", "nonsense://[", "http://[::1"])
def test_a_proxy_that_is_none_is_a_failure_before_anything_was_sent(proxy):
    with both(proxy=proxy) as (http, _):
        tried = send(http, Request(url="http://api.example.invalid/"))
    assert (tried.phase, tried.reply) == (Phase.CONNECTING, None)
    assert tried.reason


def test_more_hosts_than_are_remembered_are_no_trouble(monkeypatch):
    with FaultyServer() as proxy, both(proxy=proxy.url) as pair:
        names = [f"host{number}.example.invalid" for number in range(100)]
        for http in pair:
            for name in [*names, names[0]]:
                assert send(http, Request(url=f"http://{name}/")).phase is Phase.DONE
        assert len(proxy.requests) == 202


def test_closing_it_closes_the_connections():
    with FaultyServer() as server:
        with both() as (http, _):
            assert send(http, Request(url=server.url)).phase is Phase.DONE
        server.wait_until_closed()


def test_what_is_over_is_not_kept_until_its_time_would_have_been_up():
    dog = Watchdog()
    traces = []
    with dog.watching(Trace(), 30):  # one that takes long keeps none of the others
        for _ in range(100):
            trace = Trace()
            traces.append(weakref.ref(trace))
            with dog.watching(trace, 60):
                pass
        del trace
        gc.collect()
        assert sum(trace() is not None for trace in traces) <= 1  # one that the thread may just be looking at
    dog.close()
