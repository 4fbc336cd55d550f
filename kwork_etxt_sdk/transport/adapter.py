"""Connections: who makes them, who shares them, how they verify, and how far each request on them got.

requests works out the same things anew for every request: which proxy, which pool, which certificates. Here they are
remembered for each host. TLS certificates are loaded once for all connections, which would otherwise cost more than the
connection itself.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.exceptions import InvalidProxyURL
from requests.utils import DEFAULT_CA_BUNDLE_PATH, extract_zipped_paths, prepend_scheme_if_needed, select_proxy
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util import parse_url
from urllib3.util.ssl_ import create_urllib3_context

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.forks import new_lock
from kwork_etxt_sdk.transport.connection import TracedConnection
from kwork_etxt_sdk.transport.headers import Headers
from kwork_etxt_sdk.transport.phase import Phase, reach
from kwork_etxt_sdk.transport.pool import POOLS

#: False, True for the usual bundle of certificates, or the path of one, as in requests.
Verify = bool | str

#: Connections kept for reuse to each host: as many as threads of one client may use at the same time without loss.
POOL_SIZE = 128
#: Hosts whose connections are kept. A client talks to one or two, and to those its files lie on.
_MOST_HOSTS = 16

#: Inside `fresh_connection`: the adapters made there, to be closed with it.
_FRESH: ContextVar[list[HTTPAdapter] | None] = ContextVar("kwork_etxt_sdk_fresh", default=None)


class Certificates:
    """What the other side's certificates are checked against: read once, when the first TLS connection is made.

    Reading the usual bundle takes 20 times as long as a connection itself.
    """

    def __init__(self) -> None:
        self._contexts: dict[Verify, ssl.SSLContext] = {}
        self._lock = new_lock()

    def context(self, verify: Verify) -> ssl.SSLContext:
        """Return the TLS settings that all connections share.

        Args:
            verify: Against what certificates.

        Raises:
            ConfigurationError: There is no bundle at the path, or it can't be read.
        """
        with self._lock:  # else all threads of a cold client would read the bundle
            if verify not in self._contexts:
                self._contexts[verify] = _context(verify)
            return self._contexts[verify]


def _context(verify: Verify) -> ssl.SSLContext:
    if verify is False:
        return create_urllib3_context(cert_reqs=ssl.CERT_NONE)
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    path: str = extract_zipped_paths(DEFAULT_CA_BUNDLE_PATH if verify is True else verify)  # type: ignore[no-untyped-call]
    try:
        if os.path.isdir(path):  # noqa: PTH112 - a text, as requests takes it
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except OSError as failure:
        problem = failure.strerror or "it holds no certificates"
    else:
        return context
    raise ConfigurationError(
        f"the CA bundle {path!r} can't be read ({problem}): give verify= the path of a PEM file, or correct "
        "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE; nothing was sent"
    )


class _Route(NamedTuple):
    """How requests to one host travel.

    Attributes:
        proxies: The proxies it was made for.
        verify: The certificates it was made for.
        pool: Its connections.
        start: Where the target of a request begins in its URL; None if a proxy wants the whole URL.
    """

    proxies: Mapping[str, str] | None
    verify: Verify
    pool: HTTPConnectionPool
    start: int | None


class TracedAdapter(HTTPAdapter):
    """requests' own adapter, with connections that write down how far they got, and no retries of its own.

    Inside :func:`fresh_connection` a request gets a connection of its own: one taken from the pool may have been closed
    by the other side meanwhile, and then nobody can say whether the request arrived.

    `send` stays that of requests: whoever replaces it (the responses library, in tests) gets every request.
    """

    def __init__(self, certificates: Certificates, *, size: int = POOL_SIZE) -> None:
        self._certificates = certificates
        self._routes: dict[str, _Route] = {}
        super().__init__(max_retries=0, pool_connections=_MOST_HOSTS, pool_maxsize=size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool manager, with our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pool manager of a proxy, with our connections."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        if type(manager) is urllib3.ProxyManager:  # a SOCKS manager has connection classes of its own
            manager.pool_classes_by_scheme = POOLS
        return manager

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the pool for a request: the shared one, or one for this request alone."""
        del cert  # certificates of clients are for sessions of the caller's own
        url = request.url or ""
        try:
            pool = self._route(url, verify, proxies).pool
        except Exception:
            reach(Phase.CONNECTING)
            raise
        # Only a connection that will also write down what it sends may claim that it has sent nothing yet. A stand-in
        # for `send` (in tests) never comes by here.
        if issubclass(pool.ConnectionCls, TracedConnection):
            reach(Phase.CONNECTING)
        return pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: a path left on the pool would make urllib3 read the bundle for each connection after all."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """Return the target that stands in the first line of the request."""
        url = request.url or ""
        route = self._routes.get(origin_of(url))
        if route is None or route.start is None or route.proxies is not proxies:
            return super().request_url(request, proxies)
        if url.startswith("//", route.start):  # older versions of requests make one slash of them
            return super().request_url(request, proxies)
        return url[route.start :]

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Put the answer into requests' form; cookies are looked for only where some were set."""
        headers = resp.headers
        if "set-cookie" in headers:
            return super().build_response(req, resp)
        response = requests.Response()
        response.status_code = resp.status
        response.headers = headers if isinstance(headers, Headers) else Headers(headers.items())
        response.raw = resp
        response.reason = resp.reason
        response.url = req.url or ""
        response.request = req
        response.connection = self
        return response

    def close(self) -> None:
        """Close the connections."""
        self._routes = {}
        super().close()

    def _route(self, url: str, verify: Verify, proxies: Mapping[str, str] | None) -> _Route:
        made = _FRESH.get()
        if made is not None:
            alone = TracedAdapter(self._certificates, size=1)
            made.append(alone)
            return alone._new_route(url, verify, proxies)
        origin = origin_of(url)
        route = self._routes.get(origin)
        if route is None or route.proxies is not proxies or route.verify != verify:
            route = self._new_route(url, verify, proxies)
            if len(self._routes) >= _MOST_HOSTS:
                self._routes = {}
            self._routes[origin] = route
        return route

    def _new_route(self, url: str, verify: Verify, proxies: Mapping[str, str] | None) -> _Route:
        target = parse_url(url)
        proxy = select_proxy(url, proxies)
        settings: dict[str, Any] = {"cert_reqs": "CERT_NONE" if verify is False else "CERT_REQUIRED"}
        if target.scheme == "https":
            settings["ssl_context"] = self._certificates.context(verify)
        manager: Any = self.poolmanager
        if proxy:
            proxy = prepend_scheme_if_needed(proxy, "http")  # type: ignore[no-untyped-call]
            if not parse_url(proxy).host:
                raise InvalidProxyURL("the address of the proxy names no host")
            of_proxy = {}
            if proxy.lower().startswith("https:"):
                settings["ssl_context"] = of_proxy["proxy_ssl_context"] = self._certificates.context(verify)
            manager = self.proxy_manager_for(proxy, **of_proxy)
        pool = manager.connection_from_host(
            host=target.host, port=target.port, scheme=target.scheme, pool_kwargs=settings
        )
        is_whole = bool(proxy) and target.scheme == "http"
        return _Route(proxies, verify, pool, None if is_whole else len(origin_of(url)))


class NoCookies(RequestsCookieJar):
    """A jar that keeps nothing of what answers set.

    Cookies are sent explicitly, to the configured hosts only; a jar shared by threads would add what it likes.
    """

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Do nothing."""


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL that requests has written: up to the slash of the path.

    Example:
        >>> origin_of("https://api.example.invalid:8443/list?page=2")
        'https://api.example.invalid:8443'
    """
    return url[: url.find("/", len("https://"))]


@contextmanager
def fresh_connection() -> Iterator[None]:
    """Give every request inside the block a connection of its own, closed at the end."""
    made: list[HTTPAdapter] = []
    token = _FRESH.set(made)
    try:
        yield
    finally:
        _FRESH.reset(token)
        for adapter in made:
            adapter.close()
