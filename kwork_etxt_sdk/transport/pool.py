"""Pools of connections to a host, and the short way that an ordinary request takes on one of them.

urllib3 works out for every request what the last one on the same connection already had: the normal form of the target,
the head's lines, timeouts, a copy of the headers. A request with nothing odd about it, on a connection that served one
before, is written and answered here in a few steps; all others go the way of urllib3, and both come to the same.
"""

from __future__ import annotations

import logging
import operator
import queue
import re
from collections import deque
from collections.abc import Mapping
from http.client import HTTPException
from ssl import SSLError
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError

from kwork_etxt_sdk.transport.answer import AnyAnswer, PlainAnswer
from kwork_etxt_sdk.transport.connection import TracedConnection
from kwork_etxt_sdk.transport.head import PlainHeadResponse
from kwork_etxt_sdk.transport.headers import Headers

#: What urllib3 tells its log of every request, it shall go on to tell.
_log = logging.getLogger("urllib3.connectionpool")
#: Newer versions of urllib3 join the parts of a header that was written on several lines.
_unfolded = getattr(urllib3.connection, "_normalize_header_values", operator.methodcaller("items"))
_METHODS = frozenset({"POST", "GET"})
#: Targets that urllib3 leaves as they are.
_is_plain_target = re.compile(r"/[\w.~/-]*(?:\?[\w.~=&+-]*)?", re.ASCII).fullmatch
#: What requests says whenever it sends an ordinary request.
_AS_REQUESTS_ASKS = dict.fromkeys(
    ("redirect", "assert_same_host", "preload_content", "decode_content", "chunked"), False
).items()
_SETTINGS = {*dict(_AS_REQUESTS_ASKS), "retries", "timeout"}


class _Stack:
    """What urllib3 keeps connections in, without the locks of its own: the last one put in comes out first.

    Ctrl-C at the wrong moment leaves the locks of a queue taken, and whoever asks next would wait for ever.

    Args:
        size: How many there may be.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: deque[Any] = deque()  # its methods are atomic

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002 - as urllib3 calls it
        """Add a connection, or None for one that is not made yet; raises Full if there is no room."""
        del block, timeout
        if item is not None:
            item.leave()
        if len(self._items) >= self._size:
            raise queue.Full
        self._items.append(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002 - as urllib3 calls it
        """Take one out; raises Empty if there is none."""
        del block, timeout
        try:
            return self._items.pop()
        except IndexError:
            raise queue.Empty from None

    def qsize(self) -> int:
        """Return how many there are."""
        return len(self._items)


class _TracedHTTPConnection(TracedConnection, HTTPConnection):
    response_class = PlainHeadResponse


class _TracedHTTPSConnection(TracedConnection, HTTPSConnection):
    response_class = PlainHeadResponse

    @property
    def is_connected(self) -> bool:
        """Whether a request can be sent; bytes beyond the end of the last answer would be taken for the next one.

        urllib3 looks for those at the system's socket only, where none are that TLS has decrypted already.
        """
        pending = getattr(self.sock, "pending", None)
        return super().is_connected and not (pending and pending())


class _ShortWay:
    """Mixin for urllib3's pools."""

    QueueCls = _Stack

    def urlopen(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, **settings: Any
    ) -> Any:
        """Send a request and return the answer, its body unread."""
        pool: Any = self
        if headers is not None and pool.proxy is None and _is_ordinary(method, url, settings):
            connection = pool._get_conn()
            head = connection.head_of(method, url, headers, body)
            if head is not None:
                return _exchange(pool, connection, (method, url, head, body), settings["timeout"], settings["retries"])
            pool._put_conn(connection)
        return super().urlopen(method, url, body, headers, **settings)  # type: ignore[misc]


def _is_ordinary(method: str, url: str, settings: dict[str, Any]) -> bool:
    return (
        method in _METHODS
        and _is_plain_target(url) is not None
        and settings.keys() == _SETTINGS
        and settings.items() >= _AS_REQUESTS_ASKS
        and not _log.isEnabledFor(logging.DEBUG)
    )


def _exchange(
    pool: Any, connection: Any, request: tuple[str, str, bytes, Any], timeout: Any, retries: Any
) -> PlainAnswer | AnyAnswer:
    method, url, head, body = request
    pool.num_requests += 1
    try:
        connection.hand_over(head, body, timeout.connect_timeout)
        try:
            answer = connection.answer(method, timeout.read_timeout)
        except TimeoutError as late:
            raise ReadTimeoutError(pool, url, f"Read timed out. (read timeout={timeout.read_timeout})") from late
        return _with_body(answer, pool, connection, retries=retries, request_method=method, request_url=url)
    except (OSError, HTTPException) as failure:
        _discard(pool, connection)
        # No variable of any frame holds it: its traceback holds the frames, and with them what was sent.
        raise _as_urllib3_says(failure, pool, url) from failure
    except BaseException:
        _discard(pool, connection)
        raise


def _with_body(answer: PlainHeadResponse, pool: Any, connection: Any, **told: Any) -> PlainAnswer | AnyAnswer:
    if answer.pairs is not None and answer.length is not None:
        headers = Headers(answer.pairs)
        if "set-cookie" not in headers and "content-encoding" not in headers:
            return PlainAnswer(answer, headers, pool, connection)
    return AnyAnswer(
        body=answer,
        headers=_unfolded(answer.headers),
        status=answer.status,
        version=answer.version,
        reason=answer.reason,
        preload_content=False,
        decode_content=False,
        original_response=answer,
        pool=pool,
        connection=connection,
        **told,
    )


def _as_urllib3_says(failure: Exception, pool: Any, url: str) -> Exception:
    if isinstance(failure, SSLError):
        return MaxRetryError(pool, url, urllib3.exceptions.SSLError(failure))
    return ProtocolError("Connection aborted.", failure)


def _discard(pool: Any, connection: Any) -> None:
    connection.close()
    pool._put_conn(None)


class TracedHTTPPool(_ShortWay, HTTPConnectionPool):  # type: ignore[misc]
    """Connections to a host."""

    ConnectionCls = _TracedHTTPConnection


class TracedHTTPSPool(_ShortWay, HTTPSConnectionPool):  # type: ignore[misc]
    """Connections to a host by TLS."""

    ConnectionCls = _TracedHTTPSConnection


POOLS = {"http": TracedHTTPPool, "https": TracedHTTPSPool}
