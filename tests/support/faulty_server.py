"""A server that misbehaves on purpose, on a real socket, and counts what it received.

A script of acts says what becomes of each connection and of each further request on it. Every request that arrived
whole counts as executed: a service would have done what it asks, whatever became of the answer.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs

#: How long the server waits for anything, in seconds: a bug in a test must not hang the run.
PATIENCE = 10.0
#: Sent by `SO_LINGER` with a timeout of zero: closing then resets the connection.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@attrs.frozen(kw_only=True)
class Received:
    """A request that arrived whole.

    `connection` is the number of its connection, from 1.
    """

    connection: int
    verb: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


class Wire:
    """One connection, as an act sees it."""

    def __init__(self, server: FaultyServer, sock: socket.socket, number: int) -> None:
        self.server = server
        self.number = number
        self._sock = sock
        self._sock.settimeout(PATIENCE)
        self._unread = b""

    def read(self) -> Received | None:
        """Read one whole request; None if the other side went away before."""
        while b"\r\n\r\n" not in self._unread:
            if not self._more():
                return None
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        verb, target, _ = first.split(" ", 2)
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
        length = int(next((value for name, value in headers if name.lower() == "content-length"), "0"))
        while len(self._unread) < length:
            if not self._more():
                return None
        body, self._unread = self._unread[:length], self._unread[length:]
        received = Received(connection=self.number, verb=verb, target=target, headers=headers, body=body)
        self.server.note(received)
        return received

    def read_some(self) -> None:
        """Read a part of a request: at least the first byte of it."""
        self._more()

    def _more(self) -> bool:
        part = self._sock.recv(65536)
        self._unread += part
        return bool(part)

    def wait_for_request(self) -> bool:
        """Wait until a further request begins; False if the connection ended."""
        return bool(self._unread) or bool(self._sock.recv(1, socket.MSG_PEEK))

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def reset(self) -> None:
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._sock.close()

    def hang(self) -> None:
        """Do nothing until the test is over."""
        self.server.over.wait(PATIENCE)


#: What becomes of a connection or of a request; returns whether the connection lives on.
Act = Callable[[Wire], bool]


class FaultyServer:
    """The server; use it in ``with``.

    `requests` holds what arrived whole, `connections` counts what was accepted. When the script has run out, `default`
    acts.
    """

    def __init__(self, *script: Act) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.default: Act = answer({"ok": {}})
        self.over = threading.Event()
        self._script = deque(script)
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._wires: list[Wire] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.settimeout(PATIENCE)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def plan(self, *acts: Act) -> None:
        """Add to the script."""
        with self._lock:
            self._script.extend(acts)

    @property
    def executed(self) -> int:
        """Requests that arrived whole; a proxy's CONNECT is none."""
        return sum(request.verb != "CONNECT" for request in self.requests)

    def note(self, received: Received) -> None:
        with self._lock:
            self.requests.append(received)
            self._arrived.notify_all()

    def wait_for(self, count: int) -> int:
        """Wait until so many requests have arrived, for a client that gave up before; return how many have."""
        with self._lock:
            self._arrived.wait_for(lambda: len(self.requests) >= count, PATIENCE)
        return self.executed

    def wait_until_closed(self) -> None:
        """Wait until every connection so far has come to its end."""
        for thread in self._threads[1:]:
            thread.join(PATIENCE)
            if thread.is_alive():
                raise TimeoutError("a connection is still open")

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()
        for wire in self._wires:
            wire.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            wire = Wire(self, sock, self.connections)
            self._wires.append(wire)
            self._start(self._serve, wire, self._next())

    def _serve(self, wire: Wire, act: Act) -> None:
        with contextlib.suppress(OSError):  # the client went away: that is part of many scripts
            while act(wire) and wire.wait_for_request():
                act = self._next()
        wire.close()

    def _next(self) -> Act:
        with self._lock:
            return self._script.popleft() if self._script else self.default


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def answer(
    body: Any,
    status: int = 200,
    *,
    before: Callable[[], object] = bool,
    keep: bool = True,
    **headers: str,
) -> Act:
    """Answer properly: text and bytes as they are, anything else as JSON. Keyword arguments are headers.

    `before` is called when the request has been read. Without `keep` the connection is closed unannounced.
    """
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "text/plain" if isinstance(body, (str, bytes)) else "application/json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def act(wire: Wire) -> bool:
        if wire.read() is None:
            return False
        before()
        wire.send(head(status, {"Content-Type": kind, "Content-Length": str(len(content)), **named}) + content)
        return keep

    return act


def raw(data: bytes, *, then: str = "close") -> Act:
    """Read the request, send these bytes, then ``close``, ``reset`` or ``hang``."""

    def act(wire: Wire) -> bool:
        if wire.read() is not None:
            wire.send(data)
            _end(wire, then)
        return False

    return _ending(act, then)


def silent(then: str, before: Callable[[], object] = bool) -> Act:
    """Read the request, say nothing, then ``close``, ``reset`` or ``hang``; `before` is called in between."""

    def act(wire: Wire) -> bool:
        if wire.read() is not None:
            before()
            _end(wire, then)
        return False

    return _ending(act, then)


def greeting(data: bytes) -> Act:
    """Speak first, as no HTTP server does."""

    def act(wire: Wire) -> bool:
        wire.send(data)
        wire.read_some()
        return False

    return act


def at_accept(then: str) -> Act:
    """Read nothing, then ``close``, ``reset`` or ``hang``."""

    def act(wire: Wire) -> bool:
        _end(wire, then)
        return False

    return _ending(act, then)


def mid_request(then: str) -> Act:
    """Read a part of the request, then ``close``, ``reset`` or ``hang``."""

    def act(wire: Wire) -> bool:
        wire.read_some()
        _end(wire, then)
        return False

    return act


def cut_headers() -> Act:
    """Break off in the middle of a header."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le")


def cut_body(then: str = "close", **headers: str) -> Act:
    """Announce more than is sent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw(head(200, {"Content-Length": "1000", **named}) + b'{"ok": {', then=then)


def cut_chunk() -> Act:
    """Break off inside a chunk."""
    return raw(head(200, {"Transfer-Encoding": "chunked"}) + b'ff\r\n{"ok"')


def garbage() -> Act:
    """Answer with something that is no HTTP at all."""
    return raw(b"\x00\xffSSH-2.0-OpenSSH\r\n\r\n")


def broken_gzip() -> Act:
    """Say gzip, and send something else."""
    return answer(b"this was never compressed", Content_Encoding="gzip")


def tunnel() -> Act:
    """Play a proxy that opens the tunnel and then answers from inside it with no TLS at all."""

    def act(wire: Wire) -> bool:
        if wire.read() is not None:
            wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            wire.send(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
        return False

    return act


def hangs(act: Act) -> bool:
    """Whether a client must run into its timeout: only then may that be a short one."""
    return getattr(act, "hangs", False)


def _ending(act: Act, then: str) -> Act:
    act.hangs = then == "hang"  # type: ignore[attr-defined]
    return act


def _end(wire: Wire, then: str) -> None:
    {"close": wire.close, "reset": wire.reset, "hang": wire.hang}[then]()


@contextlib.contextmanager
def refusing() -> Iterator[str]:
    """Give the URL of a port where nobody listens, and nobody else will meanwhile."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"


@contextlib.contextmanager
def full_backlog() -> Iterator[str]:
    """Give the URL of a port where connections are neither accepted nor refused."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
