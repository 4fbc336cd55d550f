"""The only place that touches the network: one request out, one answer (or the phase it got to) back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import attrs
import requests
import urllib3

from kwork_etxt_sdk._version import __version__
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.redaction import Redactor, Secret
from kwork_etxt_sdk.transport.adapter import Certificates, NoCookies, TracedAdapter, fresh_connection, origin_of
from kwork_etxt_sdk.transport.address import without_query
from kwork_etxt_sdk.transport.exchange import Reply, Request
from kwork_etxt_sdk.transport.headers import Headers
from kwork_etxt_sdk.transport.phase import Phase, Trace, reach, reached, tracing
from kwork_etxt_sdk.transport.watchdog import Watchdog
from kwork_etxt_sdk.transport.written import write, write_by_requests

T = TypeVar("T")

#: Largest answer read into memory, in bytes, after decompression. A page of 100 orders with full texts has 8 MB.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_CHUNK = 256 * 1024
#: Hosts whose settings are remembered.
_MOST_HOSTS = 64
#: How much of the words of a failure is shown, in characters: some quote the server.
_MOST_WORDS = 300
_NOTHING = nullcontext()
_HIDDEN_LOCATION = "x-hidden-location"
#: What urllib3 may put in front of its words: "HTTPConnection(host='...', port=443): ".
_CONNECTION = re.compile(r"^\w*Connection\(.*?\): ")
#: What to say before the words of a failure.
_KINDS: dict[type[Exception], str] = {
    requests.exceptions.SSLError: "TLS failed",
    requests.exceptions.ProxyError: "the proxy failed",
    requests.exceptions.ChunkedEncodingError: "the answer was cut off",
    requests.exceptions.ContentDecodingError: "the answer can't be decompressed",
    urllib3.exceptions.ProtocolError: "the answer was cut off",
}
USER_AGENT = f"kwork-etxt-sdk/{__version__} (python-requests/{requests.__version__})"


class NetworkFailure(Exception):  # noqa: N818 - a signal to the caller, who makes an error of it
    """Sending or reading failed; the text says how, without URLs and secrets."""


class TooLarge(NetworkFailure):
    """The answer is larger than anybody wants to have in memory."""


@attrs.frozen(kw_only=True)
class Attempt:
    """What one attempt came to.

    Attributes:
        phase: How far it got.
        reply: The whole answer, if it came.
        status: HTTP status, if at least that came.
        headers: The answer's headers, if they came, as in :class:`Reply`.
        reason: What went wrong, in words, secrets masked.
        is_too_large: The answer was not read to its end because of its size: the next one would be no smaller.
    """

    phase: Phase
    reply: Reply | None = None
    status: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=lambda headers: repr(sorted(headers)))
    reason: str = ""
    is_too_large: bool = False


class Http:
    """A requests session that sends one attempt at a time and never retries, redirects or stores cookies.

    Args:
        session: The caller's own session, or None for one made here.
        proxy: URL of a proxy for all requests.
        verify: False, or the path of a CA bundle, as in requests; True by default.
        redactor: Masks secrets in the words of failures.
    """

    def __init__(
        self, *, session: requests.Session | None, proxy: str | None, verify: bool | str, redactor: Redactor
    ) -> None:
        self._own = session is None
        self.session = session if session is not None else _make_session()
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._verify = verify
        #: The headers of a session made here, which nobody changes.
        self._headers = Headers(self.session.headers.items())
        #: The settings of each host, for a session made here: the environment is read when a host is first asked.
        self._settings: dict[str, Mapping[str, Any]] = {}
        self._redactor = redactor
        self._watchdog = Watchdog()

    def watching(self, trace: Trace, seconds: float | None) -> AbstractContextManager[None]:
        """Shut the connection of the attempt if the block takes longer than this."""
        return self._watchdog.watching(trace, seconds)

    def send(
        self,
        request: Request,
        *,
        fresh: bool,
        timeout: tuple[float, float],
        trace: Trace,
        within: float | None = None,
    ) -> Attempt:
        """Send a request and read the whole answer.

        Args:
            request: The request, with credentials.
            fresh: Use a connection of its own.
            timeout: Seconds for connecting, and for each wait for bytes.
            trace: Where to write down how far it got.
            within: Seconds for all of it, however busily the other side drips bytes; None for no bound.
        """
        with tracing(trace), self.watching(trace, within), fresh_connection() if fresh else _NOTHING:
            attempt = self._exchange(request, trace, timeout)
        if not trace.is_cut:
            return attempt
        return attrs.evolve(attempt, reply=None, reason=f"it was not over after {within:g} s")

    def _exchange(self, request: Request, trace: Trace, timeout: tuple[float, float]) -> Attempt:
        started = time.monotonic()
        try:
            response = self.open(request, timeout=timeout)
        except NetworkFailure as failure:
            return Attempt(phase=trace.phase, reason=str(failure))
        if trace.is_cut:  # what looks like an answer may be the beginning of one
            response.close()
            return Attempt(phase=min(trace.phase, Phase.SENT))
        trace.reach(Phase.STATUS)
        status, headers = response.status_code, _headers_of(response)
        try:
            body = self._read(response, timeout)
        except NetworkFailure as failure:
            return Attempt(
                phase=trace.phase,
                status=status,
                headers=headers,
                reason=str(failure),
                is_too_large=isinstance(failure, TooLarge),
            )
        finally:
            response.close()
        trace.reach(Phase.DONE)
        reply = Reply(
            status=status,
            headers=headers,
            body=body,
            url=without_query(request.url),
            cookies={cookie.name: Secret(cookie.value or "") for cookie in response.cookies},
            seconds=time.monotonic() - started,
        )
        return Attempt(phase=trace.phase, reply=reply, status=status, headers=headers)

    def open(
        self, request: Request, *, timeout: tuple[float, float], method: str = "POST", bare: bool = False
    ) -> requests.Response:
        """Send a request and return the answer with its body unread; the caller closes it.

        Args:
            request: The request, with credentials if it needs any.
            timeout: Seconds for connecting, and for each wait for bytes.
            method: HTTP verb.
            bare: Send nothing of what the caller's own session may add (headers, cookies, authorization).

        Raises:
            ConfigurationError: The request can't be written, or the caller's session retries by itself; nothing was
                sent.
            NetworkFailure: No answer came.
        """
        if self._own:
            session = self.session
            prepared = _written(lambda: write(session, request, method, self._headers))
            prepared.hooks = {"response": [_hide_location]}
            settings = self._settings_for(prepared.url or "")
        else:
            session = self._bare_session() if bare else self.session
            check_session(session)  # anew each time: something may have been mounted since
            prepared = _written(lambda: write_by_requests(session, request, method))
            prepared.register_hook("response", _hide_location)  # type: ignore[no-untyped-call]
            settings = self._merged_settings(session, prepared.url or "")
        reach(Phase.UNKNOWN)
        return self._guarded(
            lambda: session.send(prepared, timeout=timeout, allow_redirects=False, **settings), timeout
        )

    def _settings_for(self, url: str) -> Mapping[str, Any]:
        origin = origin_of(url)
        settings = self._settings.get(origin)
        if settings is None:
            settings = self._merged_settings(self.session, url)
            if len(self._settings) >= _MOST_HOSTS:
                self._settings = {}
            self._settings[origin] = settings
        return settings

    def _merged_settings(self, session: requests.Session, url: str) -> Mapping[str, Any]:
        return session.merge_environment_settings(
            url,
            proxies=dict(self._proxies),  # a copy: requests adds those of the environment for this one URL
            stream=True,
            verify=None if self._verify is True else self._verify,
            cert=None,
        )

    def chunks(self, response: requests.Response, timeout: tuple[float, float]) -> Iterator[bytes]:
        """Read the body of an answer piece by piece.

        Raises:
            NetworkFailure: It broke off, or can't be decompressed.
        """
        pieces = response.iter_content(_CHUNK)
        while (piece := self._guarded(lambda: next(pieces, None), timeout)) is not None:
            yield piece

    def _read(self, response: requests.Response, timeout: tuple[float, float]) -> bytes:
        # As a rule the answer says how long it is, and nobody compressed it: then it is read in one go.
        announced = getattr(response.raw, "length_remaining", None)
        if announced is not None and announced <= MAX_ANSWER_BYTES and "content-encoding" not in response.headers:
            body: bytes = self._guarded(response.raw.read, timeout)
            return body
        parts: list[bytes] = []
        size = 0
        for part in self.chunks(response, timeout):
            size += len(part)
            if size > MAX_ANSWER_BYTES:
                raise TooLarge(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
            parts.append(part)
        return b"".join(parts)

    def _guarded(self, action: Callable[[], T], timeout: tuple[float, float]) -> T:
        refused = words = ""
        try:
            return action()
        except ConfigurationError as failure:
            refused = failure.message
        except Exception as failure:  # noqa: BLE001 - an odd answer can make the HTTP library raise anything
            words = self._redactor(_words(failure, timeout))
        # Outside of `except`: the failure itself holds the request, secrets included.
        if refused:
            raise ConfigurationError(refused)
        raise NetworkFailure(words)

    def _bare_session(self) -> requests.Session:
        bare = _make_session()
        for setting in ("adapters", "proxies", "verify", "cert", "trust_env"):
            setattr(bare, setting, getattr(self.session, setting))
        return bare

    def close(self) -> None:
        """Close the connections; a caller's own session stays open."""
        self._watchdog.close()
        if self._own:
            self.session.close()


class _Session(requests.Session):
    """A session that follows no redirects, and does not look for them either."""

    def resolve_redirects(self, *_: Any, **__: Any) -> Any:
        """Return that there are none: requests would take each answer's URL apart to find that out."""
        return iter(())


def _make_session() -> requests.Session:
    session = _Session()
    adapter = TracedAdapter(Certificates())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = USER_AGENT
    session.cookies = NoCookies()
    return session


def check_session(session: requests.Session) -> None:
    """Refuse a session that would undermine the promises: one that retries by itself.

    Raises:
        ConfigurationError: An adapter of the session has retries of its own.
    """
    for prefix, adapter in session.adapters.items():
        retries = getattr(adapter, "max_retries", None)
        total = 0 if retries is None else getattr(retries, "total", retries)
        if total != 0:  # None means without end
            raise ConfigurationError(
                f"the given session retries by itself (its adapter for {prefix!r} has max_retries={retries!r}): "
                "an order could be placed several times behind this SDK's back. Mount HTTPAdapter(max_retries=0); "
                "the SDK retries what is safe to retry."
            )


def _written(writing: Callable[[], requests.PreparedRequest]) -> requests.PreparedRequest:
    try:
        return writing()
    except (requests.RequestException, ValueError, TypeError) as failure:
        # Its type only: what it says may quote what it found.
        kind = type(failure).__name__
    raise ConfigurationError(f"the request can't be written ({kind}): a text, header or address in it is malformed")


def _hide_location(response: requests.Response, **_: Any) -> None:
    # Even without following a redirect, requests reads its whole body, however large, and stumbles over odd targets.
    if "location" in response.headers:
        response.headers[_HIDDEN_LOCATION] = response.headers.pop("location")


def _headers_of(response: requests.Response) -> dict[str, str]:
    found: Mapping[str, str] = response.headers
    # A session of the caller's own has others; a hook of it may even have put another mapping there.
    headers = found.lowered() if isinstance(found, Headers) else {name.lower(): found[name] for name in found}
    headers.pop("set-cookie", None)
    if _HIDDEN_LOCATION in headers:
        headers["location"] = headers.pop(_HIDDEN_LOCATION)
    return headers


def _words(failure: BaseException, timeout: tuple[float, float]) -> str:
    connect, read = timeout
    cause = _innermost(failure)
    # A TLS handshake that hangs comes as a read timeout.
    if isinstance(failure, requests.exceptions.ConnectTimeout) or (_is_timeout(cause) and reached().is_unsent):
        return f"no connection within {connect:g} s"
    if _is_timeout(cause):
        if reached() in {Phase.HEADERS, Phase.BODY}:
            return f"nobody took the request for {connect:g} s"  # while sending, the connection's own timeout holds
        return f"no answer within {read:g} s" if reached() < Phase.STATUS else f"the answer stalled for {read:g} s"
    words = _said(cause)
    for kind, what in _KINDS.items():
        if isinstance(failure, kind):
            return f"{what}: {words}"
    return words


def _is_timeout(cause: BaseException) -> bool:
    return isinstance(cause, (urllib3.exceptions.ReadTimeoutError, TimeoutError))


def _innermost(failure: BaseException) -> BaseException:
    """Return what is at the bottom: the outer layers only repeat it, with the URL."""
    seen = {id(failure)}
    while True:
        inner = getattr(failure, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((arg for arg in failure.args if isinstance(arg, BaseException)), None)
        if inner is None or id(inner) in seen:
            break
        seen.add(id(inner))
        failure = inner
    return failure


def _said(cause: BaseException) -> str:
    """Return type and text of a failure, fit to be shown."""
    text = cause.args[-1] if cause.args and isinstance(cause.args[-1], str) else str(cause)
    text = _CONNECTION.sub("", text.rpartition(">: ")[2] or text)
    text = "".join(sign if sign.isprintable() else " " for sign in text[:_MOST_WORDS]).strip()
    kind = type(cause).__name__
    return text if text.startswith(kind) else f"{kind}: {text}".removesuffix(": ")
