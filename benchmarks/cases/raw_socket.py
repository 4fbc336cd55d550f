"""A bare socket and a request that was written beforehand: what the system itself takes."""

from __future__ import annotations

import concurrent.futures
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from urllib.parse import urlencode, urlsplit

from benchmarks import pages
from benchmarks.cases import requested

_CHUNK = 256 * 1024


def _message(request: requested.Request, host: str) -> bytes:
    body = urlencode(request.form)
    lines = [
        f"POST {request.path}?{urlencode(request.query)} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _exchange(connection: socket.socket, message: bytes) -> bytes:
    connection.sendall(message)
    head, _, received = connection.recv(_CHUNK).partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    pieces, size = [received], len(received)
    while size < length:
        piece = connection.recv(_CHUNK)
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return socket.create_connection((parts.hostname, parts.port))


def call(url: str, what: str) -> Callable[[int], None]:
    """One call, parsed."""
    message = _message(requested.REQUESTS[what], urlsplit(url).netloc)
    connection = _connect(url)

    def run(times: int) -> None:
        for _ in range(times):
            json.loads(_exchange(connection, message))

    return run


def many_pages(url: str, bundle: str, workers: int) -> Callable[[int], None]:
    """All pages on threads, each with a connection of its own; their bytes only."""

    def run(times: int) -> None:
        for _ in range(times):
            context = ssl.create_default_context(cafile=bundle)
            numbers = iter(range(1, pages.PAGES + 1))

            def work(context: ssl.SSLContext = context, numbers: Iterator[int] = numbers) -> int:
                found = 0
                with context.wrap_socket(_connect(url), server_hostname=urlsplit(url).hostname) as connection:
                    for number in numbers:
                        _exchange(connection, _message(requested.catalogue(number), urlsplit(url).netloc))
                        found += 1
                return found

            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                assert sum(future.result() for future in [pool.submit(work) for _ in range(workers)]) == pages.PAGES

    return run
