"""What environment, libraries and sessions of the caller's own may change of a request, and what not."""

from __future__ import annotations

import contextlib

import pytest
import requests
import responses
import urllib3
from requests.adapters import HTTPAdapter

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.redaction import Redactor, Secret
from kwork_etxt_sdk.transport.exchange import Request
from kwork_etxt_sdk.transport.http import Http, check_session
from kwork_etxt_sdk.transport.phase import Phase, Trace
from tests.support.faulty_server import FaultyServer

TIMEOUT = (10, 10)
PASSWORD = "pass-word-81c3e2"


@contextlib.contextmanager
def http_of(**settings):
    given_settings = {"session": None, "proxy": None, "verify": True, "redactor": Redactor([PASSWORD]), **settings}
    with contextlib.closing(Http(**given_settings)) as http:
        yield http


def send(http, request, *, fresh=False, trace=None):
    return http.send(request, fresh=fresh, timeout=TIMEOUT, trace=Trace() if trace is None else trace)


# ------------------------------------------------------------------------------------------ environment and sessions


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    path = tmp_path / "netrc"
    path.write_text("default login somebody password else\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize("headers", [{}, {"Authorization": Secret("Bearer ours")}])
@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_netrc_can_not_put_other_credentials_in_the_place_of_ours(headers, bare, own):
    with FaultyServer() as server, requests.Session() as session, http_of(session=None if own else session) as http:
        http.open(Request(url=server.url, headers=headers), timeout=TIMEOUT, bare=bare).close()
        assert server.requests[0].header("Authorization") == ("Bearer ours" if headers else None)
        requests.get(server.url, timeout=5)
        assert server.requests[1].header("Authorization").startswith("Basic ")  # it does work, for others


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    with FaultyServer() as proxy, http_of() as http:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert send(http, Request(url="http://api.example.invalid/list")).phase is Phase.DONE
        assert proxy.requests[0].target == "http://api.example.invalid/list"


def test_a_proxy_for_one_address_does_not_stick_to_the_next(monkeypatch):
    with FaultyServer() as proxy, FaultyServer() as server, http_of() as http:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        send(http, Request(url="http://api.example.invalid/"))
        send(http, Request(url=f"{server.url}/near"))
        assert [request.target for request in proxy.requests] == ["http://api.example.invalid/"]
        assert [request.target for request in server.requests] == ["/near"]


def test_a_proxy_given_goes_before_the_environment(monkeypatch):
    with FaultyServer() as theirs, FaultyServer() as ours, http_of(proxy=ours.url) as http:
        monkeypatch.setenv("HTTP_PROXY", theirs.url)
        send(http, Request(url="http://api.example.invalid/"), fresh=True)
        assert (ours.executed, theirs.executed) == (1, 0)


@pytest.mark.parametrize(
    ("verify", "of_session", "used"),
    [(True, True, True), (False, True, False), ("/ca.pem", True, "/ca.pem"), (True, "/own.pem", "/own.pem")],
)
def test_how_certificates_are_verified(verify, of_session, used):
    with requests.Session() as session, responses.RequestsMock() as stand_in:
        session.verify = of_session
        stand_in.post("https://api.example.invalid/", json={})
        with http_of(session=session, verify=verify) as http:
            send(http, Request(url="https://api.example.invalid/"))
        assert stand_in.calls[0].request.req_kwargs["verify"] == used
        assert stand_in.calls[0].request.req_kwargs["timeout"] == TIMEOUT


@pytest.mark.parametrize("fresh", [True, False])
def test_the_responses_library_intercepts_every_request(fresh):
    with responses.RequestsMock() as stand_in, http_of() as http:
        stand_in.post("https://api.example.invalid/", json={"ok": 1})
        stand_in.post("https://api.example.invalid/", body=requests.ConnectionError("lost"))
        stand_in.get("https://files.example.invalid/a", body=b"file")
        answered, lost = (send(http, Request(url="https://api.example.invalid/"), fresh=fresh) for _ in range(2))
        file = http.open(Request(url="https://files.example.invalid/a"), timeout=TIMEOUT, method="GET", bare=True)
        assert b"".join(http.chunks(file, TIMEOUT)) == b"file"
    assert (answered.phase, answered.reply.body) == (Phase.DONE, b'{"ok": 1}')
    assert (lost.phase, lost.reason) == (Phase.UNKNOWN, "ConnectionError: lost")


def test_what_the_caller_s_session_adds_goes_to_the_service_but_not_with_a_bare_request():
    with FaultyServer() as server, requests.Session() as session, http_of(session=session) as http:
        session.headers["X-Trace"] = "7"
        session.cookies.set("own", "cookie")
        session.auth = ("somebody", "else")
        session.hooks["response"].append(lambda response, **_: response.headers.update({"X-Seen": "yes"}))
        tried = send(http, Request(url=server.url))
        http.open(Request(url=server.url), timeout=TIMEOUT, method="GET", bare=True).close()
        usual, bare = server.requests
    assert usual.header("X-Trace") == "7"
    assert usual.header("Cookie") == "own=cookie"
    assert usual.header("Authorization") is None
    assert tried.headers["x-seen"] == "yes"
    assert (bare.verb, bare.header("X-Trace"), bare.header("Cookie"), bare.header("Authorization")) == (
        "GET",
        None,
        None,
        None,
    )


def test_a_hook_of_the_caller_s_session_may_replace_the_headers():
    def replace(response, **_):
        response.headers = {"X-Seen": "yes", "Set-Cookie": "a=1"}

    with FaultyServer() as server, requests.Session() as session, http_of(session=session) as http:
        session.hooks["response"].append(replace)
        assert send(http, Request(url=server.url)).headers == {"x-seen": "yes"}


def test_a_bare_request_still_goes_through_the_caller_s_adapters_and_proxies():
    class Counting(HTTPAdapter):
        sent = 0

        def send(self, *args, **kwargs):
            self.sent += 1
            return super().send(*args, **kwargs)

    adapter = Counting()
    with FaultyServer() as proxy, requests.Session() as session, http_of(session=session) as http:
        session.mount("http://", adapter)
        session.proxies["http"] = proxy.url
        http.open(Request(url="http://files.example.invalid/a"), timeout=TIMEOUT, method="GET", bare=True).close()
        assert (adapter.sent, proxy.executed) == (1, 1)


class _OddAdapter(requests.adapters.BaseAdapter):
    def __init__(self, **attributes):
        super().__init__()
        vars(self).update(attributes)

    def close(self):
        pass


@pytest.mark.parametrize(
    "adapter",
    [
        HTTPAdapter(max_retries=3),
        HTTPAdapter(max_retries=urllib3.Retry(total=None, connect=2)),
        HTTPAdapter(max_retries=urllib3.Retry(1, allowed_methods=None)),
        _OddAdapter(max_retries=2),
    ],
)
def test_a_session_that_retries_by_itself_is_refused_whenever_it_starts_to(adapter):
    with FaultyServer() as server, requests.Session() as session, http_of(session=session) as http:
        session.mount("http://127", adapter)
        with pytest.raises(ConfigurationError, match=r"'http://127' has max_retries=.*several times"):
            check_session(session)
        trace = Trace()
        with pytest.raises(ConfigurationError, match="retries by itself"):
            send(http, Request(url=server.url), trace=trace)
        assert (trace.phase, server.requests) == (Phase.PREPARING, [])


@pytest.mark.parametrize(
    "adapter",
    [
        HTTPAdapter(),
        HTTPAdapter(max_retries=0),
        HTTPAdapter(max_retries=urllib3.Retry(False)),
        _OddAdapter(),
        _OddAdapter(max_retries=None),
    ],
)
def test_a_session_that_does_not_is_taken(adapter):
    with requests.Session() as session:
        session.mount("http://", adapter)
        check_session(session)
