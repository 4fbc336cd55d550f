"""How far an attempt got.

requests raises one and the same exception for "never sent" and for "executed, but the answer got lost". So the
connection itself writes down what it did, in a record that travels with the attempt.
"""

from __future__ import annotations

import enum
import socket
import threading
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import attrs


class Phase(enum.IntEnum):
    """The last step an attempt is known to have reached."""

    PREPARING = -2
    """The request was not handed to the HTTP library yet."""
    UNKNOWN = -1
    """Nobody wrote it down: a foreign adapter made the connection."""
    CONNECTING = 0
    """DNS, TCP, TLS, proxy: not one byte of the request was handed over."""
    HEADERS = 1
    """Handing over the head of the request began."""
    BODY = 2
    """Handing over the body began."""
    SENT = 3
    """The whole request was handed over."""
    STATUS = 4
    """The head of an answer came."""
    DONE = 5
    """The whole answer came."""

    @property
    def label(self) -> str:
        """The name in lower case, for messages."""
        return self.name.lower()

    @property
    def is_unsent(self) -> bool:
        """Whether provably not one byte of the request was handed over."""
        return self in {Phase.PREPARING, Phase.CONNECTING}


@attrs.define(eq=False, repr=False)
class Trace:
    """What is known of one attempt.

    Attributes:
        phase: How far it got.
        connection: The connection it uses.
        sock: Its socket; a connection that will not be used again gives it away while the answer is still being read.
        is_cut: Its time was up and its connection was shut.
        is_over: Nobody may shut the connection any more: others may be using it.
    """

    phase: Phase = Phase.PREPARING
    connection: Any = None
    sock: Any = None
    is_cut: bool = False
    is_over: bool = False
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def reach(self, phase: Phase) -> None:
        """Write down that the attempt got this far; it never goes back."""
        if phase > self.phase:  # noqa: PLR1730 - a dozen times for each request, and max() takes three times as long
            self.phase = phase

    def end(self) -> None:
        """Write down that it is over."""
        if not self.is_over:
            with self._lock:
                self.is_over = True

    def cut(self) -> None:
        """Shut the connection, unless it is over."""
        with self._lock:
            if self.is_over:
                return
            self.is_cut = True  # before the connection goes: an end inside the headers looks like a whole answer
            sock = getattr(self.connection, "sock", None) or self.sock
            if sock is not None:
                with suppress(OSError):
                    # Of the plain socket: that of TLS would also throw away what the reading thread is using.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


_CURRENT: ContextVar[Trace | None] = ContextVar("kwork_etxt_sdk_trace", default=None)


class tracing:  # noqa: N801 - used like a function; a class, because it is entered for every request
    """Record the phases of what is sent inside the block."""

    __slots__ = ("_token", "_trace")

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __enter__(self) -> None:
        self._token = _CURRENT.set(self._trace)

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._token)


def current() -> Trace | None:
    """Return the record that this thread is writing, if it is writing one."""
    return _CURRENT.get()


def reach(phase: Phase) -> None:
    """Write into the current trace, if there is one, that the attempt got this far."""
    trace = _CURRENT.get()
    if trace is not None:
        trace.reach(phase)


def reached() -> Phase:
    """Return how far the attempt of the current trace got."""
    trace = _CURRENT.get()
    return Phase.UNKNOWN if trace is None else trace.phase
