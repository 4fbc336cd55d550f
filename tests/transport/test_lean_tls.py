"""TLS: certificates are loaded once, checked always, and a wrong one is a failure before anything was sent."""

from __future__ import annotations

import contextlib
import io
import select
import socket
import ssl
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import trustme
import urllib3

from kwork_etxt_sdk import Effect, EtxtClient, Retry
from kwork_etxt_sdk.errors import ConfigurationError, NetworkError, OutcomeUnknown
from kwork_etxt_sdk.redaction import Redactor
from kwork_etxt_sdk.transport import adapter as module
from kwork_etxt_sdk.transport.exchange import Request
from kwork_etxt_sdk.transport.http import Http
from kwork_etxt_sdk.transport.phase import Phase, Trace
from tests.support.faulty_server import FaultyServer

TIMEOUT = (10, 10)
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2020, 2, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        self.server.connections += 1
        super().setup()

    def do_POST(self):
        self.server.received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received, self.connections = [], 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        # The handshake happens in the thread of the connection, not in the one that accepts.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self.server_port}/"

    def handle_error(self, *_):
        pass  # a client that doesn't trust us hangs up: that is what is tested


@contextlib.contextmanager
def served(certificate):
    with _Server(certificate) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)


@pytest.fixture(scope="module")
def server(authority):
    with served(authority.issue_cert("localhost")) as running:
        yield running


@contextlib.contextmanager
def http_of(verify, session=None, proxy=None):
    with contextlib.closing(Http(session=session, proxy=proxy, verify=verify, redactor=Redactor())) as http:
        yield http


def send(http, url, *, fresh=False):
    return http.send(Request(url=url, form=[("a", "1")]), fresh=fresh, timeout=TIMEOUT, trace=Trace())


@pytest.mark.parametrize("fresh", [True, False])
def test_a_certificate_of_the_given_authority_is_accepted(server, bundle, fresh):
    before = len(server.received), server.connections
    with http_of(bundle) as http:
        for _ in range(3):
            assert send(http, server.url, fresh=fresh).reply.body == b"{}"
    assert len(server.received) - before[0] == 3
    assert server.connections - before[1] == (3 if fresh else 1)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_names_the_authority_too(server, bundle, name, monkeypatch):
    monkeypatch.setenv(name, bundle)
    with requests.Session() as plain:
        for session in (None, plain):
            with http_of(True, session) as http:
                assert send(http, server.url).phase is Phase.DONE


def test_the_argument_goes_before_the_environment(server, bundle, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with http_of(bundle) as http:
        assert send(http, server.url).phase is Phase.DONE


def test_certificates_need_not_be_checked(server):
    with http_of(False) as http, pytest.warns(urllib3.exceptions.InsecureRequestWarning):
        assert send(http, server.url).phase is Phase.DONE


@pytest.fixture(params=["unknown", "expired", "of another host"])
def distrusted(request, authority):
    certificate = {
        "unknown": lambda: trustme.CA().issue_cert("localhost"),
        "expired": lambda: authority.issue_cert("localhost", not_before=LONG_AGO[0], not_after=LONG_AGO[1]),
        "of another host": lambda: authority.issue_cert("other.example.invalid"),
    }[request.param]()
    with served(certificate) as running:
        yield running


@pytest.mark.parametrize("fresh", [True, False])
def test_a_certificate_that_is_not_to_be_trusted(distrusted, bundle, fresh):
    with http_of(bundle) as http:
        tried = send(http, distrusted.url, fresh=fresh)
        again = send(http, distrusted.url, fresh=fresh)
    assert (tried.phase, tried.reply, tried.status) == (Phase.CONNECTING, None, None)
    assert tried.reason.startswith("TLS failed: SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]")
    assert again == tried
    assert distrusted.received == []


def test_the_same_failure_as_with_a_plain_session(distrusted, bundle):
    with requests.Session() as plain, http_of(bundle) as ours, http_of(bundle, plain) as theirs:
        assert send(ours, distrusted.url).reason == send(theirs, distrusted.url).reason


@pytest.mark.parametrize("effect", [Effect.READ, Effect.ONCE, Effect.MONEY])
def test_a_call_knows_that_nothing_was_sent(distrusted, bundle, effect):
    retry = Retry(read=3, repeatable=3, once=2, money=2, base=0.001, cap=0.002)
    client = EtxtClient("t" * 8, "p" * 8, base_url=distrusted.url, verify=bundle, retry=retry)
    with client, pytest.raises(NetworkError, match="TLS failed") as caught:
        client.call("articles.buy", {"id": 1}, effect=effect)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.phase == "connecting"
    assert distrusted.received == []
    assert caught.value.attempts <= 3


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("content", [None, b"", b"no certificate", "a folder"])
def test_a_bundle_that_is_none_is_named(server, tmp_path, content, fresh):
    path = tmp_path / "ca.pem"
    if content == "a folder":
        path.mkdir()  # it may hold certificates; this one holds none
    elif content is not None:
        path.write_bytes(content)
    before = len(server.received)
    with http_of(str(path)) as http:
        if content == "a folder":
            assert send(http, server.url, fresh=fresh).phase is Phase.CONNECTING
        else:
            with pytest.raises(ConfigurationError, match=r"CA bundle '.*ca\.pem' can't be read \(.*nothing was sent"):
                send(http, server.url, fresh=fresh)
        with FaultyServer() as plain_text:  # which no certificates are needed for
            assert send(http, plain_text.url, fresh=fresh).phase is Phase.DONE
    assert len(server.received) == before


def test_a_call_with_such_a_bundle_fails_at_once(server, tmp_path):
    client = EtxtClient("t" * 8, "p" * 8, base_url=server.url, verify=str(tmp_path / "none.pem"))
    with client, pytest.raises(ConfigurationError, match=r"none\.pem' can't be read \(No such file"):
        client.call("articles.buy", {"id": 1}, effect=Effect.MONEY)


@pytest.fixture
def loads(monkeypatch):
    """Count how often certificates are loaded into a context, by us or by urllib3."""
    counted = []
    again = threading.Event()

    class Counting(ssl.SSLContext):
        def load_verify_locations(self, *args, **kwargs):
            if counted:
                again.set()
            counted.append(args or kwargs)
            again.wait(0.05)  # time enough for other threads to begin the same, if nothing keeps them from it
            return super().load_verify_locations(*args, **kwargs)

        def load_default_certs(self, *args):
            counted.append("default")
            return super().load_default_certs(*args)

    monkeypatch.setattr("urllib3.util.ssl_.SSLContext", Counting)
    return counted


def test_many_threads_and_connections_load_the_certificates_once(server, bundle, loads):
    before = server.connections
    barrier = threading.Barrier(16)
    phases = []

    def work(http, *, fresh):
        barrier.wait(10)
        phases.append(send(http, server.url, fresh=fresh).phase)

    with http_of(bundle) as http:
        threads = [
            threading.Thread(target=work, args=(http,), kwargs={"fresh": bool(number % 2)}) for number in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        phases += [send(http, server.url, fresh=fresh).phase for fresh in (True, False, True)]
    assert phases == [Phase.DONE] * 19
    assert server.connections - before >= 10
    assert loads == [{"cafile": bundle}]


def test_the_usual_bundle_is_loaded_once_as_well(server, loads, monkeypatch, bundle):
    monkeypatch.setattr(module, "DEFAULT_CA_BUNDLE_PATH", bundle)
    with http_of(True) as http:
        for _ in range(3):
            assert send(http, server.url, fresh=True).phase is Phase.DONE
    assert loads == [{"cafile": bundle}]


def test_nothing_is_loaded_where_nothing_is_verified(server, loads):
    with FaultyServer() as plain_text, http_of(True) as http:
        assert send(http, plain_text.url).phase is Phase.DONE
    with http_of(False) as http, pytest.warns(urllib3.exceptions.InsecureRequestWarning):
        assert send(http, server.url, fresh=True).phase is Phase.DONE
    assert loads == []


def relay(port, certificate=None):
    """Play a proxy that opens a tunnel to a port of this machine; with a certificate, one that speaks TLS itself."""

    def carry(near, far):
        # In one thread: a TLS connection can't be read and written by two at the same time.
        with contextlib.suppress(OSError):
            while True:
                waits_inside = isinstance(near, ssl.SSLSocket) and near.pending()
                ready = [near] if waits_inside else select.select([near, far], [], [], 10)[0]
                for source in ready:
                    data = source.recv(65536)
                    (far if source is near else near).sendall(data)
                    if not data:
                        return
                if not ready:
                    return

    def act(wire):
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            wire._sock = context.wrap_socket(wire._sock, server_side=True)
        if wire.read() is None:
            return False
        with socket.create_connection(("127.0.0.1", port), 10) as there:
            wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            carry(wire._sock, there)
        return False

    return act


@pytest.mark.parametrize("way", [("http", True), ("http", False), ("https", True), ("https", False)])
def test_through_the_tunnel_of_a_proxy_the_same_certificates_count(server, authority, bundle, loads, way):
    scheme, fresh = way
    certificate = authority.issue_cert("localhost") if scheme == "https" else None
    before = len(server.received)
    with FaultyServer() as proxy:
        proxy.default = relay(server.server_port, certificate)
        address = f"{scheme}://localhost:{proxy.port}"
        with http_of(bundle, proxy=address) as http:
            tried = [send(http, server.url, fresh=fresh) for _ in range(2)]
        with http_of(bundle, proxy=address) as http, served(trustme.CA().issue_cert("localhost")) as foreign:
            proxy.default = relay(foreign.server_port, certificate)
            distrusted = send(http, foreign.url, fresh=fresh)
        assert [request.verb for request in proxy.requests] == ["CONNECT"] * (3 if fresh else 2)
    assert [attempt.phase for attempt in tried] == [Phase.DONE] * 2
    assert len(server.received) - before == 2
    assert (distrusted.phase, foreign.received) == (Phase.CONNECTING, [])
    assert "CERTIFICATE_VERIFY_FAILED" in distrusted.reason
    assert loads == [{"cafile": bundle}] * 2


def test_a_proxy_that_speaks_tls_must_be_trusted_itself(server, bundle):
    with FaultyServer() as proxy:
        proxy.default = relay(server.server_port, trustme.CA().issue_cert("localhost"))
        with http_of(bundle, proxy=f"https://localhost:{proxy.port}") as http:
            tried = send(http, server.url)
        assert proxy.requests == []
    assert tried.phase is Phase.CONNECTING
    assert tried.reason.startswith("the proxy failed: SSLCertVerificationError")


def test_what_tls_has_decrypted_beyond_an_answer_is_not_the_next_one(authority, bundle):
    own = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    surplus = own.replace(b"{}", b"[]")

    def act(wire):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        wire._sock = context.wrap_socket(wire._sock, server_side=True)
        while wire.read() is not None:
            # The reader takes so many bytes at once; the rest of the record stays inside of its TLS.
            wire.send(own.ljust(io.DEFAULT_BUFFER_SIZE) + surplus)
        return False

    with FaultyServer(act, act, act) as tls, http_of(bundle) as http:
        bodies = [send(http, f"https://localhost:{tls.port}/").reply.body for _ in range(3)]
    assert bodies == [b"{}"] * 3
