"""The threaded WSGI server, bound to this machine only."""

from __future__ import annotations

import errno
import logging
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

from cheroot.workers.threadpool import ThreadPool, WorkerThread
from cheroot.wsgi import Gateway_10, Server

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.http import Delivery

HOST = "127.0.0.1"
"""The only address it ever listens on."""
WORKER_THREADS = 12
KEPT_CONNECTIONS = 200
IDLE_CONNECTION_LIVES = 60
"""Seconds. Longer than a script pauses between calls, so that clients do not meet a closing connection."""
STOP_NOTICED_WITHIN = 0.02
"""Seconds between two looks at whether the server should stop."""

DELIVERY = "kwork_etxt_sdk.sandbox.delivery"
"""Under this name the application leaves in the WSGI environment how its answer is to be delivered, if unusually."""
DRIPS = 10
"""Into how many pieces a dripping answer is cut."""
_BROKEN_HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/js"
_CLOSE_BY_RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: on, zero seconds. What was not read yet is thrown away, and the other side gets a reset."""

_log = logging.getLogger("kwork_etxt_sdk.sandbox")


class _DaemonPool(ThreadPool):
    """Worker threads that neither delay the start nor keep a program alive that forgot to stop the sandbox."""

    def start(self) -> None:
        # The original looks every 0.1 s whether each thread is ready. There is no need to know: the queue waits.
        self._threads = [WorkerThread(self.server) for _ in range(self.min)]  # type: ignore[no-untyped-call]
        for worker in self._threads:
            worker.daemon = True
            worker.start()


class _Gateway(Gateway_10):
    """Writes answers, those with a `Delivery` the way it wants; nothing is different for all others."""

    def write(self, chunk: bytes) -> None:
        delivery: Delivery | None = self.env.get(DELIVERY)
        if delivery is None:
            super().write(chunk)
        elif delivery.kind == "drip":
            self._drip(chunk, delivery.seconds)
        else:
            self._break_off(chunk, delivery)

    def _drip(self, chunk: bytes, seconds: float) -> None:
        self.req.ensure_headers_sent()
        size = max(len(chunk) // DRIPS, 1)
        for start in range(0, len(chunk), size):
            time.sleep(seconds / DRIPS)
            self.req.write(chunk[start : start + size])

    def _break_off(self, chunk: bytes, delivery: Delivery) -> None:
        connection: Any = self.req.conn
        if delivery.kind == "reset_in_headers":
            connection.wfile.write(_BROKEN_HEADERS)
        elif delivery.kind != "reset":
            self.req.ensure_headers_sent()
            connection.wfile.write(chunk[: len(chunk) // 2])
        self.req.sent_headers = True  # so that cheroot does not add an answer of its own
        if delivery.kind != "cut":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_BY_RESET)
            # Cheroot would announce the end before it closes, which is no reset: it gets another socket to close.
            connection.socket.close()
            connection.socket = socket.socket()
        # Cheroot knows this error, ends the connection and says nothing.
        raise ConnectionResetError(errno.ECONNRESET, "hung up on request")


class LoopbackServer(Server):
    """A server whose application is set after it is bound, when its port is known.

    Args:
        port: The port to listen on; 0 takes a free one.
    """

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), None)
        self.gateway = _Gateway
        self.requests = _DaemonPool(self, min=WORKER_THREADS)
        self.timeout = IDLE_CONNECTION_LIVES
        self.keep_alive_conn_limit = KEPT_CONNECTIONS
        self.expiration_interval = STOP_NOTICED_WITHIN

    @property
    def url(self) -> str:
        """Where the bound server is reached, without a trailing slash."""
        return f"http://{HOST}:{self.bind_addr[1]}"

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        """Binds the socket; if its port is taken, closes it, which the original forgets."""
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002
        """Logs what the server has to say; by default it would write to standard error."""
        _log.log(level, "%s", msg.strip(), exc_info=traceback)
