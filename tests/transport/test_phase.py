"""How far an attempt got, over real sockets; what the server received says what is true."""

from __future__ import annotations

import contextlib
import threading

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.redaction import Redactor
from kwork_etxt_sdk.transport import phase as module
from kwork_etxt_sdk.transport.exchange import FilePart, Request
from kwork_etxt_sdk.transport.http import Http
from kwork_etxt_sdk.transport.phase import Phase, Trace, reach, reached, tracing
from tests.support.faulty_server import (
    FaultyServer,
    answer,
    at_accept,
    broken_gzip,
    cut_body,
    cut_chunk,
    cut_headers,
    full_backlog,
    garbage,
    greeting,
    hangs,
    mid_request,
    raw,
    refusing,
    silent,
    tunnel,
)

#: For servers that must answer, and for those that hang on purpose.
PATIENT, TIMEOUT = (10, 10), (0.3, 0.2)
#: More than the buffers of both ends of a connection take.
BIG = 24 * 1024 * 1024


def attempt(url, *, fresh=True, proxy=None, session=None, size=0, timeout=PATIENT):
    http = Http(session=session, proxy=proxy, verify=True, redactor=Redactor())
    files = [FilePart(field="file", name="big.bin", content=bytes(size))] if size else []
    with contextlib.closing(http):
        return http.send(
            Request(url=url, form=[("text", "hi")], files=files), fresh=fresh, timeout=timeout, trace=Trace()
        )


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize(
    ("act", "phase", "status", "words"),
    [
        (silent("close"), Phase.SENT, None, "RemoteDisconnected: Remote end closed connection without response"),
        (silent("reset"), Phase.SENT, None, "ConnectionResetError: Connection reset by peer"),
        (silent("hang"), Phase.SENT, None, "no answer within 0.2 s"),
        (raw(b"HTTP/1.1 200", then="hang"), Phase.SENT, None, "no answer within 0.2 s"),
        (garbage(), Phase.SENT, None, "BadStatusLine: ÿSSH-2.0-OpenSSH"),
        (raw(b"\r\n"), Phase.SENT, None, "BadStatusLine"),
        (cut_body(), Phase.STATUS, 200, "the answer was cut off: IncompleteRead(8 bytes read, 992 more expected)"),
        (cut_body("reset"), Phase.STATUS, 200, "the answer was cut off: "),
        (cut_body("hang"), Phase.STATUS, 200, "the answer stalled for 0.2 s"),
        (cut_chunk(), Phase.STATUS, 200, "the answer was cut off: IncompleteRead(5 bytes read, 250 more expected)"),
        (broken_gzip(), Phase.STATUS, 200, "the answer can't be decompressed: "),
        (answer("busy", 503), Phase.DONE, 503, ""),
        (cut_headers(), Phase.DONE, 200, ""),  # looks like a whole answer with an empty body: the reader must know
        (answer({"ok": 1}), Phase.DONE, 200, ""),
    ],
)
def test_after_the_server_has_the_whole_request(act, phase, status, words, fresh):
    with FaultyServer(act) as server:
        tried = attempt(server.url, fresh=fresh, timeout=TIMEOUT if hangs(act) else PATIENT)
        assert server.wait_for(1) == 1
    assert (tried.phase, tried.status) == (phase, status)
    assert tried.reason.startswith(words)
    assert (tried.reply is not None) == (phase is Phase.DONE)


@pytest.mark.parametrize("then", ["close", "reset"])
def test_closed_at_accept_it_is_never_executed_and_never_called_an_answer(then):
    for _ in range(5):  # which step notices it varies
        with FaultyServer(at_accept(then)) as server:
            tried = attempt(server.url)
            assert server.executed == 0
        assert Phase.CONNECTING <= tried.phase <= Phase.SENT
        assert tried.status is None


@pytest.mark.parametrize("then", ["close", "reset"])
def test_broken_off_in_the_middle_of_a_body(then):
    with FaultyServer(mid_request(then)) as server:
        tried = attempt(server.url, size=BIG)
        assert server.executed == 0
    assert (tried.phase, tried.status) == (Phase.BODY, None)


def test_a_server_that_does_not_take_the_body():
    with FaultyServer(at_accept("hang")) as server:
        tried = attempt(server.url, size=BIG, timeout=TIMEOUT)
        assert server.executed == 0
    assert (tried.phase, tried.reason) == (Phase.BODY, "nobody took the request for 0.3 s")


def test_refused():
    with refusing() as url:
        tried = attempt(url)
    assert tried.phase is Phase.CONNECTING
    assert tried.reason.endswith("Connection refused")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_neither_accepted_nor_refused(scheme):
    with full_backlog() as url:
        tried = attempt(url.replace("http", scheme), timeout=TIMEOUT)
    assert (tried.phase, tried.reason) == (Phase.CONNECTING, "no connection within 0.3 s")


def test_a_name_that_does_not_resolve(monkeypatch):
    def unknown(*_, **__):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    tried = attempt("http://api.example.invalid")
    assert tried.phase is Phase.CONNECTING
    assert "Failed to" in tried.reason


def test_a_tls_handshake_that_hangs_is_no_answer_that_hangs():
    with FaultyServer(at_accept("hang")) as server:
        tried = attempt(server.url.replace("http:", "https:"), timeout=TIMEOUT)
        assert server.executed == 0
    assert (tried.phase, tried.reason) == (Phase.CONNECTING, "no connection within 0.3 s")


def test_tls_to_a_server_that_speaks_none():
    with FaultyServer(greeting(b"220 mail.example.invalid ready\r\n")) as server:
        tried = attempt(server.url.replace("http:", "https:"))
    assert tried.phase is Phase.CONNECTING
    assert tried.reason.startswith("TLS failed: ")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (answer("no", 502), "the proxy failed: OSError: Tunnel connection failed: 502 Whatever"),
        (silent("close"), "RemoteDisconnected: "),
        (silent("hang"), "no connection within 0.3 s"),
        (tunnel(), "TLS failed: "),
    ],
)
def test_a_proxy_that_opens_no_tunnel(act, words):
    with FaultyServer(act) as proxy:
        timeout = TIMEOUT if hangs(act) else PATIENT
        tried = attempt("https://api.example.invalid", proxy=proxy.url, timeout=timeout)
        assert [request.verb for request in proxy.requests] == ["CONNECT"]
    assert tried.phase is Phase.CONNECTING
    assert tried.reason.startswith(words)


def test_a_proxy_that_passes_plain_requests_on_counts_like_the_server():
    with FaultyServer(answer({"ok": 1}), silent("close")) as proxy:
        answered = attempt("http://api.example.invalid/list", proxy=proxy.url)
        lost = attempt("http://api.example.invalid/list", proxy=proxy.url)
        assert [request.target for request in proxy.requests] == ["http://api.example.invalid/list"] * 2
    assert (answered.phase, lost.phase) == (Phase.DONE, Phase.SENT)


def test_a_proxy_that_refuses():
    with refusing() as url:
        tried = attempt("https://api.example.invalid", proxy=url)
    assert tried.phase is Phase.CONNECTING
    assert tried.reason.startswith("the proxy failed: ")


class _SocksManager(urllib3.ProxyManager):
    """Stands in for urllib3's manager of SOCKS proxies: one with connection classes that are not ours."""

    def __init__(self, proxy_url, username=None, password=None, **settings):
        super().__init__(proxy_url.replace("socks5:", "http:"), **settings)


@pytest.mark.parametrize("fresh", [True, False])
def test_connections_that_write_nothing_down_never_count_as_unsent(monkeypatch, fresh):
    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", _SocksManager)
    with FaultyServer(silent("hang")) as proxy:
        address = proxy.url.replace("http:", "socks5:")
        tried = attempt("http://api.example.invalid/buy", proxy=address, fresh=fresh, timeout=TIMEOUT)
        assert proxy.wait_for(1) == 1
    assert tried.phase is Phase.UNKNOWN


@pytest.mark.parametrize(("act", "phase"), [(silent("close"), Phase.UNKNOWN), (answer({"ok": 1}), Phase.DONE)])
def test_with_a_session_of_the_callers_own_only_an_answer_is_certain(act, phase):
    with FaultyServer(act) as server, requests.Session() as session:
        assert attempt(server.url, session=session).phase is phase


def test_a_caller_s_session_that_gets_no_connection_is_not_called_unsent_either():
    with refusing() as url, requests.Session() as session:
        tried = attempt(url, session=session)
    assert tried.phase is Phase.UNKNOWN
    assert tried.reason.endswith("Connection refused")


def test_a_second_request_over_the_same_connection_starts_from_the_beginning():
    http = Http(session=None, proxy=None, verify=True, redactor=Redactor())
    with FaultyServer(answer({"ok": 1}), silent("reset")) as server, contextlib.closing(http):
        request = Request(url=server.url, form=[])
        phases = [http.send(request, fresh=False, timeout=PATIENT, trace=Trace()).phase for _ in range(2)]
        assert [request.connection for request in server.requests] == [1, 1]
    assert phases == [Phase.DONE, Phase.SENT]


def test_the_trace_of_one_thread_is_not_written_by_another():
    seen = []
    with FaultyServer(silent("close"), answer({"ok": 1})) as server:
        with tracing(Trace()) as _:
            thread = threading.Thread(target=lambda: seen.append(attempt(server.url).phase))
            thread.start()
            thread.join()
            assert reached() is Phase.PREPARING
        seen.append(attempt(server.url).phase)
    assert seen == [Phase.SENT, Phase.DONE]


def test_outside_of_a_trace_nothing_is_written_and_nothing_known():
    with FaultyServer() as server, requests.Session() as session:
        reach(Phase.SENT)
        assert reached() is Phase.UNKNOWN
        session.mount("http://", requests.adapters.HTTPAdapter())
        assert session.get(server.url).status_code == 200
        http = Http(session=None, proxy=None, verify=True, redactor=Redactor())
        with contextlib.closing(http):
            assert http.open(Request(url=server.url), timeout=PATIENT).json() == {"ok": {}}
    assert module._CURRENT.get() is None


@given(st.lists(st.sampled_from(Phase)))
def test_a_trace_never_goes_back(phases):
    trace = Trace()
    with tracing(trace):
        for number, phase in enumerate(phases, 1):
            reach(phase)
            assert trace.phase is reached() is max([Phase.PREPARING, *phases[:number]])


@pytest.mark.parametrize(
    ("phase", "label", "is_unsent"),
    [
        (Phase.PREPARING, "preparing", True),
        (Phase.UNKNOWN, "unknown", False),
        (Phase.CONNECTING, "connecting", True),
        (Phase.HEADERS, "headers", False),
        (Phase.BODY, "body", False),
        (Phase.SENT, "sent", False),
        (Phase.STATUS, "status", False),
        (Phase.DONE, "done", False),
    ],
)
def test_names_and_meanings_of_the_phases(phase, label, is_unsent):
    assert (phase.label, phase.is_unsent) == (label, is_unsent)
