"""The threaded WSGI server, bound to this machine only."""

from __future__ import annotations

import logging
import socket

from cheroot.workers.threadpool import ThreadPool, WorkerThread
from cheroot.wsgi import Server

HOST = "127.0.0.1"
"""The only address it ever listens on."""
WORKER_THREADS = 12
KEPT_CONNECTIONS = 200
IDLE_CONNECTION_LIVES = 60
"""Seconds. Longer than a script pauses between calls, so that clients do not meet a closing connection."""
STOP_NOTICED_WITHIN = 0.02
"""Seconds between two looks at whether the server should stop."""

_log = logging.getLogger("kwork_etxt_sdk.sandbox")


class _DaemonPool(ThreadPool):
    """Worker threads that neither delay the start nor keep a program alive that forgot to stop the sandbox."""

    def start(self) -> None:
        # The original looks every 0.1 s whether each thread is ready. There is no need to know: the queue waits.
        self._threads = [WorkerThread(self.server) for _ in range(self.min)]  # type: ignore[no-untyped-call]
        for worker in self._threads:
            worker.daemon = True
            worker.start()


class LoopbackServer(Server):
    """A server whose application is set after it is bound, when its port is known.

    Args:
        port: The port to listen on; 0 takes a free one.
    """

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), None)
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
