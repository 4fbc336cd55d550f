"""The bodies of answers, above all of ordinary ones: those that say how long they are, and come as they are."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPException
from ssl import SSLError
from typing import Any

import urllib3
from urllib3.exceptions import IncompleteRead, ProtocolError, ReadTimeoutError

from kwork_etxt_sdk.transport.head import PlainHeadResponse
from kwork_etxt_sdk.transport.headers import Headers

#: What a piece of a body is, in bytes, if the reader does not say.
_PIECE = 64 * 1024


class AnyAnswer(urllib3.HTTPResponse):
    """urllib3's answer, which lets go of its connection before that goes back to its pool.

    Done the other way round, a Ctrl-C in between leaves it with a connection that others may be using, to be closed and
    put into the pool once more.
    """

    def release_conn(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None and self._pool is not None:
            self._pool._put_conn(connection)


class PlainAnswer:
    """What requests asks of an answer of urllib3, without decoders and buffers, which such a body does not need.

    The connection goes back to its pool with the last byte, and is closed if anything goes wrong before.

    Args:
        response: The standard library's answer, its head read.
        headers: The headers of that.
        pool: Where the connection belongs.
        connection: On which it came.

    Attributes:
        status: HTTP status.
        reason: What stands beside it.
        version: 11 for HTTP/1.1.
        headers: The headers.
        length_remaining: Bytes still to come.
    """

    #: Where requests looks for cookies.
    _original_response = None

    def __init__(self, response: PlainHeadResponse, headers: Headers, pool: Any, connection: Any) -> None:
        self.status = response.status
        self.reason = response.reason
        self.version = response.version
        self.headers = headers
        self.length_remaining = self._size = response.length or 0
        self._response = response
        self._pool = pool
        self._connection = connection

    def read(self, amt: int | None = None, *_: Any, **__: Any) -> bytes:
        """Read the body, or the next bytes of it.

        Raises:
            ReadTimeoutError: Nothing came for the time of the connection's timeout.
            ProtocolError: It broke off.
            SSLError: TLS failed.
        """
        try:
            data = self._next(amt)
        except Exception as failure:
            self._end()
            raise self._as_urllib3_says(failure) from failure
        except BaseException:
            self._end()
            raise
        self.length_remaining -= len(data)
        if self._response.isclosed():
            self.release_conn()
        return data

    def _next(self, amt: int | None) -> bytes:
        data: bytes = self._response.read() if amt is None else self._response.read(amt)
        if amt and not data and self.length_remaining:
            raise IncompleteRead(self._size - self.length_remaining, self.length_remaining)
        return data

    def _as_urllib3_says(self, failure: Exception) -> Exception:
        if isinstance(failure, TimeoutError):
            return ReadTimeoutError(self._pool, None, "Read timed out.")
        if isinstance(failure, SSLError):
            return urllib3.exceptions.SSLError(failure)
        if isinstance(failure, (HTTPException, OSError)):
            return ProtocolError(f"Connection broken: {failure!r}", failure)
        return failure

    def stream(self, amt: int | None = _PIECE, *_: Any, **__: Any) -> Iterator[bytes]:
        """Read the body in pieces."""
        while not self._response.isclosed():
            data = self.read(amt)
            if data:
                yield data

    def release_conn(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool._put_conn(connection)

    def close(self) -> None:
        """Read no more; a connection with the rest of a body on it can't be used any more."""
        self._response.close()
        if self._connection is not None:
            self._connection.close()

    def _end(self) -> None:
        self.close()
        self.release_conn()
