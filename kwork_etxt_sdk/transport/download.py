"""Fetching files: streamed, capped, written whole or not at all, and never with our credentials."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

import attrs

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import (
    ConfigurationError,
    DeadlineError,
    NetworkError,
    NotFoundError,
    SdkError,
    UnexpectedResponseError,
    ValidationError,
)
from kwork_etxt_sdk.options import CallOptions, Unset
from kwork_etxt_sdk.transport.address import is_loopback, without_query
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.decide import (
    Happened,
    Step,
    classify_failure,
    classify_status,
    decide,
    nominal_pause,
    with_jitter,
)
from kwork_etxt_sdk.transport.events import Downloaded, Event, tell
from kwork_etxt_sdk.transport.exchange import Request
from kwork_etxt_sdk.transport.limiter import Grant, LimitWait
from kwork_etxt_sdk.transport.phase import Phase, Trace, tracing
from kwork_etxt_sdk.transport.retry_after import parse_retry_after
from kwork_etxt_sdk.whole_file import whole_file

if TYPE_CHECKING:
    import requests

    from kwork_etxt_sdk.transport.session import Session

#: Largest file that is fetched unless the caller allows more, in bytes.
MAX_FILE_BYTES = 200 * 1024 * 1024
#: Longest file name that every file system takes, in bytes of UTF-8.
_MAX_NAME_BYTES = 200
#: What stands behind the last dot of a name and is longer is no ending that a cut must keep.
_MAX_ENDING_BYTES = 20
_OK = 200
#: Digits; no file is that large, and Python refuses to read numbers of thousands of them.
_LONGEST_NUMBER = 20
#: The shortest time, in seconds, given to a request when the deadline is near: zero would mean "none".
_SHORTEST_TIMEOUT = 0.05
_GONE = frozenset({401, 403, 404, 410})
_UNSAFE = re.compile(r"[^\w.\- ()\[\]]+")
#: Names that Windows takes for devices, whatever their ending.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
#: Tried anyway; or no charsets of files: these take minutes for a megabyte, or change what stands there.
_NO_CHARSETS = frozenset(
    {"utf_8", "utf8", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
_CHARSET = re.compile(r"(?i);\s*charset\s*=\s*[\"']?([\w.:-]+)")


class LinkExpired(Exception):  # noqa: N818 - a signal to the caller, who may ask for a new address
    """The address is no longer valid; :attr:`error` is what the user gets if no new one is to be had."""

    def __init__(self, error: SdkError) -> None:
        super().__init__(error.message)
        self.error = error


@attrs.frozen(kw_only=True)
class Fetched:
    """What came with a file.

    Attributes:
        size: Bytes.
        charset: What the service says of a text's encoding, if anything.
    """

    size: int
    charset: str | None


@attrs.frozen
class _Failed:
    """What an attempt came to that brought no file; :attr:`error` is for the user if it was the last."""

    happened: Happened
    error: SdkError
    retry_after: float | None = None


def check_file_url(url: str, *, is_local: bool) -> str:
    """Return the address if a file may be fetched from it.

    Args:
        url: The address.
        is_local: The service itself is on this machine. Another one has no business sending us to servers here.

    Raises:
        ValidationError: It is not https (plain http is accepted on this machine only), or no address at all.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if is_loopback(host) and not is_local:
        raise ValidationError(
            "the address of the file is one of this machine, and the service is not", {"url": ["is local"]}, sent=False
        )
    if (parts.scheme == "https" and host) or (parts.scheme == "http" and is_loopback(host)):
        return url
    raise ValidationError(
        f"files are fetched by https only, and {without_query(url)[:200]!r} is not such an address",
        {"url": ["must be https"]},
        sent=False,
    )


def safe_name(url: str, fallback: str = "file") -> str:
    """Return a file name from an address: no folders, nothing hidden, nothing a shell or file system stumbles over.

    Example:
        >>> safe_name("https://files.example.invalid/r/5001/../brief%20v2.docx?key=1")
        'brief v2.docx'
    """
    name = unquote(urlsplit(url).path).replace("\\", "/").rpartition("/")[2]
    name = _UNSAFE.sub("_", name).strip(" .").lstrip("-. ")
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > _MAX_ENDING_BYTES:
        stem, dot, ending = name, "", ""
    room = _MAX_NAME_BYTES - len(ending.encode()) - len("_.")
    name = (stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + ending).strip(" .")
    return f"_{name}" if _DEVICES.match(name) else name or fallback


class Download:
    """One file to fetch.

    Args:
        session: What all calls share.
        url: Where it is.
        options: How; merged with the client's own.
        max_bytes: Largest size accepted.
    """

    def __init__(self, session: Session, url: str, options: CallOptions, *, max_bytes: int = MAX_FILE_BYTES) -> None:
        if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 1:
            raise ConfigurationError(f"max_bytes must be a whole number of at least 1, not {max_bytes!r}")
        self._session = session
        self._url = check_file_url(url, is_local=session.market.is_local)
        self._max_bytes = max_bytes
        self._timeouts = session.timeouts_for(options)
        self._retry = session.retry_for(options)
        self._on_event: Callable[[Event], None] | None = None
        if not isinstance(options.on_event, Unset):
            self._on_event = options.on_event
        seconds = session.deadline_for(options, self._timeouts, is_page=True)
        self._deadline = None if seconds is None else session.clock.now() + round(seconds * SECOND)
        self._name = f"{session.market.site} download"
        self._attempts = 0

    def to_file(self, path: Path) -> Fetched:
        """Write the file to `path`, whole or not at all; an older file there is replaced in one step."""
        with whole_file(path) as sink:
            return self.to_stream(sink)

    def to_stream(self, sink: BinaryIO) -> Fetched:
        """Write the file into an open binary file, starting anew after a failed attempt."""
        while True:
            sink.seek(0)
            sink.truncate()
            outcome = self._attempt(sink)
            if isinstance(outcome, Fetched):
                return outcome
            self._session.clock.sleep(round(outcome * SECOND))

    def _attempt(self, sink: BinaryIO) -> Fetched | float:
        """Return what came, or for how many seconds to pause before the next attempt."""
        grant = self._wait_for_slot()
        self._attempts += 1
        try:
            outcome = self._fetch(sink)
        finally:
            self._session.limiter.responded(grant)
        if isinstance(outcome, Fetched):
            self._session.pressure.note(Happened.ANSWERED, None)
            return outcome
        held = self._session.pressure.note(outcome.happened, outcome.retry_after)
        step = decide(Effect.READ, outcome.happened, self._attempts, self._retry)
        pause = 0.0
        if held is None:
            nominal = nominal_pause(outcome.happened, self._attempts, self._retry)
            pause = with_jitter(nominal, self._session.clock.chance())
        left = self._left()
        is_too_long = left is not None and max(pause, held or 0.0) >= left
        if step is not Step.AGAIN or is_too_long or (outcome.retry_after or 0.0) > self._session.limits.max_hold:
            raise self._with_context(outcome.error)
        return pause

    def _wait_for_slot(self) -> Grant:
        self._session.check_open()  # nobody shall wait first to hear that
        left = self._left()
        try:
            return self._session.limiter.acquire(max_wait=None if left is None else max(0, round(left * SECOND)))
        except LimitWait as wait:
            error = self._session.market.error(DeadlineError)("the rate limit has no free slot before the deadline.")
            error.retry_in = wait.retry_in_ns / SECOND
        raise self._with_context(error)  # outside of `except`, so that it stands alone

    def _left(self) -> float | None:
        return None if self._deadline is None else (self._deadline - self._session.clock.now()) / SECOND

    def _fetch(self, sink: BinaryIO) -> Fetched | _Failed:
        from kwork_etxt_sdk.transport.http import NetworkFailure

        trace = Trace()
        timeout = self._attempt_timeout()
        fetched: Fetched | None = None
        words = ""
        with contextlib.ExitStack() as stack:
            stack.enter_context(tracing(trace))
            stack.enter_context(self._session.http.watching(trace, self._left()))
            try:
                response = self._session.http.open(Request(url=self._url), timeout=timeout, method="GET", bare=True)
                stack.callback(response.close)
                trace.reach(Phase.STATUS)
                if response.status_code != _OK:
                    return self._refused(response)
                fetched = Fetched(size=self._copy(response, sink, timeout), charset=_charset(response))
            except NetworkFailure as failure:
                words = str(failure)
        if trace.is_cut:  # whatever that looked like to the one who was reading
            fetched, words = None, "it was not over at the deadline"
        if fetched is not None:
            return fetched
        return _Failed(classify_failure(trace.phase), self._session.market.error(NetworkError)(f"{words}."))

    def _attempt_timeout(self) -> tuple[float, float]:
        left = self._left()
        longest = math.inf if left is None else max(_SHORTEST_TIMEOUT, left)
        return min(self._timeouts.connect, longest), min(self._timeouts.read, longest)

    def _refused(self, response: requests.Response) -> _Failed:
        status, headers = response.status_code, response.headers
        if status in _GONE:
            expired = NotFoundError(f"the file is not to be had at its address (HTTP status {status}).")
            expired.status_code = status
            raise LinkExpired(self._with_context(expired))
        error = self._session.market.error(UnexpectedResponseError)(f"the file was not sent (HTTP status {status}).")
        error.status_code = status
        wall = self._session.clock.wall()
        retry_after = parse_retry_after(headers.get("retry-after"), date=headers.get("date"), wall=wall)
        return _Failed(classify_status(status) or Happened.REFUSED, error, retry_after)

    def _copy(self, response: requests.Response, sink: BinaryIO, timeout: tuple[float, float]) -> int:
        total = _size_announced(response)
        self._check_size(total or 0)
        received = 0
        for chunk in self._session.http.chunks(response, timeout):
            received += len(chunk)
            self._check_size(received)
            self._check_deadline()
            sink.write(chunk)
            event = Downloaded(call=self._name, attempt=self._attempts, received=received, total=total)
            tell(self._on_event, event)
        return received

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            error = self._session.market.error(UnexpectedResponseError)(
                f"the file is larger than the {self._max_bytes} bytes allowed."
            )
            error.hint = "Allow more with max_bytes."
            raise self._with_context(error)

    def _check_deadline(self) -> None:
        left = self._left()
        if left is not None and left < 0:
            error = self._session.market.error(DeadlineError)("the deadline passed before the whole file was there.")
            raise self._with_context(error)

    def _with_context(self, error: SdkError) -> SdkError:
        error.call, error.attempts = self._name, self._attempts
        return error


def _size_announced(response: requests.Response) -> int | None:
    announced = response.headers.get("content-length", "")
    if "content-encoding" in response.headers or not (announced.isascii() and announced.isdigit()):
        return None  # of a compressed file it is another size
    return int(announced) if len(announced) < _LONGEST_NUMBER else None


def _charset(response: requests.Response) -> str | None:
    # Not by requests, which guesses Latin-1 for any text and stumbles over a charset without a value.
    found = _CHARSET.search(response.headers.get("content-type", ""))
    return found[1] if found else None


def decode_text(content: bytes, charset: str | None = None) -> str:
    """Return a text file's content: by its declared charset, else as UTF-8, else as windows-1251.

    Example:
        >>> decode_text("Чайник".encode("cp1251"))
        'Чайник'
    """
    for candidate in _candidates(charset):
        with contextlib.suppress(ValueError, LookupError):  # some codecs of Python raise less fitting errors
            return content.decode(candidate)
    return content.decode("cp1251", "replace")


def _candidates(charset: str | None) -> Iterator[str]:
    if charset and charset.casefold().replace("-", "_") not in _NO_CHARSETS:
        yield charset
    yield "utf-8-sig"
    yield "cp1251"
