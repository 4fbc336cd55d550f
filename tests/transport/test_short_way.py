"""A connection that serves again gives each request its own answer, whatever came before, and is nobody else's."""

from __future__ import annotations

import contextlib
import gc
import gzip
import socket
import ssl
import sys

import pytest
import requests

from kwork_etxt_sdk.redaction import Redactor
from kwork_etxt_sdk.transport.answer import AnyAnswer, PlainAnswer
from kwork_etxt_sdk.transport.exchange import Request
from kwork_etxt_sdk.transport.head import PlainHeadResponse
from kwork_etxt_sdk.transport.http import Http
from kwork_etxt_sdk.transport.phase import Phase, Trace
from kwork_etxt_sdk.transport.pool import _TracedHTTPConnection, _TracedHTTPSConnection
from tests.support.faulty_server import FaultyServer, answer, cut_body, head, raw, silent

PATIENT = (10, 10)


@contextlib.contextmanager
def ours():
    with contextlib.closing(Http(session=None, proxy=None, verify=True, redactor=Redactor())) as http:
        yield http


def send(http, request, trace=None, within=None):
    return http.send(request, fresh=False, timeout=PATIENT, trace=trace or Trace(), within=within)


def echo(*, form="plain"):
    """Answer with the body of the request."""

    def act(wire):
        received = wire.read()
        if received is None:
            return False
        body, headers = received.body, {}
        if form == "gzip":
            body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
        wire.send(head(200, {"Content-Length": str(len(body)), **headers}) + body)
        return True

    return act


# ------------------------------------------------------------------------------------------------ who takes which way

COOKIES = answer({"ok": 1}, Set_Cookie="session=a; Path=/")
GZIPPED = answer(gzip.compress(b"{}"), Content_Encoding="gzip")
CHUNKS = raw(head(200, {"Transfer-Encoding": "chunked"}) + b"2\r\n{}\r\n0\r\n\r\n")


def test_only_an_ordinary_request_on_a_used_connection_takes_the_short_way():
    with FaultyServer() as server, ours() as http:

        def kind_of_answer(**headers):
            with contextlib.closing(http.open(Request(url=server.url, headers=headers), timeout=PATIENT)) as response:
                response.raw.read()
                return type(response.raw)

        assert kind_of_answer() is AnyAnswer
        assert kind_of_answer() is PlainAnswer
        assert kind_of_answer(Host="elsewhere.example.invalid") is AnyAnswer
        assert kind_of_answer() is PlainAnswer
        assert server.requests[-1].header("Host") == server.url.removeprefix("http://")
        server.plan(COOKIES, GZIPPED)
        assert [kind_of_answer() for _ in range(2)] == [AnyAnswer] * 2
        assert kind_of_answer() is PlainAnswer
        server.plan(CHUNKS)
        assert kind_of_answer() is AnyAnswer
        assert server.connections == 1


def test_a_connection_that_began_with_another_host_does_not_name_that_again():
    with FaultyServer() as server, ours() as http:
        send(http, Request(url=server.url, headers={"Host": "elsewhere.example.invalid"}))
        for _ in range(2):
            assert send(http, Request(url=server.url)).phase is Phase.DONE
        here = server.url.removeprefix("http://")
        named = [received.header("Host") for received in server.requests]
        assert named == ["elsewhere.example.invalid", here, here]
        assert server.connections == 1


def test_a_listener_of_urllib3_s_log_hears_of_every_request(caplog):
    with FaultyServer() as server, ours() as http, caplog.at_level("DEBUG", "urllib3.connectionpool"):
        for _ in range(3):
            send(http, Request(url=f"{server.url}/api"))
    assert sum('"POST /api HTTP/1.1" 200' in record.getMessage() for record in caplog.records) == 3


@pytest.mark.parametrize("place", [(PlainHeadResponse, "begin"), (PlainHeadResponse, "read")])
def test_an_interrupted_answer_is_not_taken_for_the_next_one(place, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with FaultyServer(answer(b"1"), answer(b"2"), answer(b"3")) as server, ours() as http:
        assert send(http, Request(url=server.url)).reply.body == b"1"
        with monkeypatch.context() as patch:
            patch.setattr(*place, interrupted)
            with pytest.raises(KeyboardInterrupt):
                send(http, Request(url=server.url))
        assert server.wait_for(2) == 2  # else the next one may be the first to get at the script
        assert send(http, Request(url=server.url)).reply.body == b"3"
        assert server.connections == 2


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ssl.SSLError("bad record"), "SSLError: bad record"),
        (ValueError("what nobody thought of"), "ValueError: what nobody thought of"),
    ],
)
def test_whatever_a_body_ends_with_ends_the_connection(failure, words, monkeypatch):
    def failing(*_, **__):
        raise failure

    with FaultyServer() as server, ours() as http:
        assert send(http, Request(url=server.url)).phase is Phase.DONE
        with monkeypatch.context() as patch:
            patch.setattr(PlainHeadResponse, "read", failing)
            tried = send(http, Request(url=server.url))
        assert (tried.phase, tried.reply, tried.reason) == (Phase.STATUS, None, words)
        assert send(http, Request(url=server.url)).phase is Phase.DONE
        assert server.connections == 2


def test_a_used_connection_is_shut_when_the_time_for_the_attempt_is_up():
    with FaultyServer() as server, ours() as http:
        assert send(http, Request(url=server.url)).phase is Phase.DONE
        server.plan(cut_body("hang"))
        tried = send(http, Request(url=server.url), within=0.1)
    assert (tried.reply, tried.reason) == (None, "it was not over after 0.1 s")


# ------------------------------------------------------------------------------------------------------ what is sent

GIVEN = {"Accept-Encoding": "gzip", "User-Agent": "me", "Content-Length": "3"}


@contextlib.contextmanager
def standing(kind, host, port):
    """Give a connection that stands, and the other end of it."""
    near, far = socket.socketpair()
    with far, contextlib.closing(kind(host, port)) as connection:
        connection.sock = near
        yield connection, far


@pytest.mark.parametrize("kind", [_TracedHTTPConnection, _TracedHTTPSConnection])
@pytest.mark.parametrize("port", [80, 443, 8080])
@pytest.mark.parametrize("host", ["api.example.invalid", "127.0.0.1", "::1", "bücher.example"])
def test_the_host_is_named_again_as_before(kind, port, host):
    with standing(kind, host, port) as (connection, far):
        connection.request("POST", "/a?b=1", body="a=1", headers=GIVEN)
        written = far.recv(65536)
        assert written.lower().count(b"\r\nhost: ") == 1
        assert connection.head_of("POST", "/a?b=1", GIVEN, "a=1") + b"a=1" == written


@pytest.mark.parametrize("port", [80, 8080])
def test_another_header_is_not_taken_for_that_of_the_host(port):
    with standing(_TracedHTTPConnection, "api.example.invalid", port) as (connection, far):
        connection.request("POST", "/", body="a=1", headers={"Content-Length": "3"})
        host = next(line for line in far.recv(65536).split(b"\r\n") if line.startswith(b"Host:"))
        again = connection.head_of("POST", "/", GIVEN, "a=1")
        assert [line for line in again.split(b"\r\n") if line.startswith((b"Host", b"Accept"))] == [
            host,
            b"Accept-Encoding: gzip",
        ]


ODD_TARGETS = [
    "/a?b=%7e",
    "/a?b=%zz",
    "/a b",
    "/a?b=c d",
    "/é",
    "/a%2fb",
    "/a?b?c",
    "/a;b",
    "//a//",
    "/./a/../b",
    "/a?",
]


@pytest.mark.parametrize("target", ODD_TARGETS)
def test_an_odd_target_arrives_from_a_used_connection_as_from_a_new_one(target):
    with FaultyServer() as server, ours() as http:
        for _ in range(2):
            prepared = requests.Request("POST", server.url, data={"a": "1"}, headers=GIVEN).prepare()
            prepared.url = server.url + target
            http.session.send(prepared, timeout=PATIENT, stream=False, allow_redirects=False)
        assert server.connections == 1
        assert len({received.target for received in server.requests}) == 1


# ------------------------------------------------------------------------------------------- whose answer it is

#: Answers that don't say clearly where they end; what stands behind them must be nobody's answer.
UNCLEAR = {
    "two ways to say where it ends": {"Transfer-Encoding": "gzip, chunked", "Content-Length": "1"},
    "a way that nobody knows": {"Transfer-Encoding": "identity", "Content-Length": "1"},
    "chunks with a length": {"Transfer-Encoding": "chunked", "Content-Length": "1"},
}


@pytest.mark.parametrize("headers", UNCLEAR.values(), ids=list(UNCLEAR))
def test_after_an_answer_of_unclear_length_comes_a_new_connection(headers):
    def act(wire):
        if wire.read() is None:
            return False
        wire.send(head(200, headers) + b"1\r\nx\r\n0\r\n\r\n")
        return True

    with FaultyServer(answer(b"1"), act, answer(b"2")) as server, ours() as http:
        for _ in range(3):
            send(http, Request(url=server.url))
        assert [received.connection for received in server.requests] == [1, 1, 2]


def test_an_answer_of_two_lengths_ends_its_connection():
    two = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", then="hang")
    with FaultyServer(answer(b"1"), two) as server, ours() as http:
        send(http, Request(url=server.url))
        assert (tried := send(http, Request(url=server.url))).reply is None
        assert tried.phase is Phase.STATUS
        assert send(http, Request(url=server.url)).reply.status == 200
        assert server.connections == 2


# ------------------------------------------------------------------------------------------- whose connection it is


class _CutLate(Trace):
    """The time is up when everything has been read, and the connection is back in its pool."""

    def reach(self, phase):
        super().reach(phase)
        if phase is Phase.DONE:
            self.cut()


@pytest.mark.parametrize("form", ["plain", "gzip"])
def test_the_watchdog_lets_a_connection_be_that_is_back_in_its_pool(form):
    with FaultyServer() as server, ours() as http:
        server.default = echo(form=form)
        for turn in range(4):
            tried = send(http, Request(url=server.url, form=[("turn", str(turn))]), _CutLate(), within=30)
            assert tried.reply.body == f"turn={turn}".encode()
        assert server.connections == 1


class _Interrupt:
    """Ctrl-C at the given line of what is run inside the block, by the count of lines of the HTTP libraries."""

    def __init__(self, number):
        self.left = number

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._entered)
        return self

    def __exit__(self, kind, *_):
        sys.settrace(self._before)
        return kind is not None and issubclass(kind, KeyboardInterrupt)

    def _entered(self, frame, _event, _arg):
        name = frame.f_code.co_filename.replace("\\", "/")
        return self._line if any(part in name for part in ("_sdk/transport/", "/urllib3/", "/http/client")) else None

    def _line(self, _frame, event, _arg):
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self._line


# The system closes a connection that nobody is left to close; and Ctrl-C inside of a destructor goes no further.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("form", ["plain", "gzip"])
def test_after_a_ctrl_c_at_any_line_all_get_their_own_connections_and_answers(form):
    number, left = 0, 0
    with FaultyServer() as server, ours() as http:
        server.default = echo(form=form)

        def opened(names):
            return [http.open(Request(url=server.url, form=[("n", name)]), timeout=PATIENT) for name in names]

        def bodies(responses):
            return [b"".join(http.chunks(response, PATIENT)).decode() for response in responses]

        while left <= 0:
            number += 1
            outside = opened("ab")  # else the pool is full, and refuses what is given back twice
            trace = Trace()
            with _Interrupt(number) as interrupt:
                send(http, Request(url=server.url, form=[("n", "interrupted")]), trace, within=30)
            left = interrupt.left
            inside = opened("cde")
            assert len({received.connection for received in server.requests[-3:]}) == 3, number
            assert bodies([*outside, *inside]) == [f"n={name}" for name in "abcde"], number
            for response in [*outside, *inside]:
                response.close()
    assert number > 100
    gc.collect()  # of what was left lying about, other tests shall hear nothing


ENDINGS = {
    "answered": answer({"ok": 1}),
    "refused": answer("no", 400),
    "cut": cut_body(),
    "lost": silent("close"),
    "late": silent("hang"),
}


@pytest.mark.parametrize("act", ENDINGS.values(), ids=list(ENDINGS))
def test_whatever_becomes_of_a_request_nothing_waits_for_the_garbage_collector(act):
    """What was sent holds secrets."""
    with FaultyServer() as server, ours() as http:

        def ask():
            server.plan(answer(b"1"), act)
            send(http, Request(url=server.url))
            http.send(Request(url=server.url), fresh=False, timeout=(10, 0.05), trace=Trace())

        for _ in range(2):
            ask()
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                ask()
            assert gc.collect() < 20  # not five times what a request consists of
        finally:
            gc.enable()
