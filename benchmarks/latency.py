"""The server that takes its time. nginx stands before it and sends the pages; this one only says which, and when.

Run as ``python -m benchmarks.latency``: prints its ports as JSON, and serves until its standard input is closed.

* ``even``: every page takes :data:`LATENCY` seconds.
* ``uneven``: 40 to 250 milliseconds, by the number of the page.
* ``orders``: orders of eTXT at once and without end, each with a number of its own.
"""

from __future__ import annotations

import asyncio
import functools
import json
import random
import sys
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from benchmarks import pages

#: Seconds between a request and its answer.
LATENCY = 0.1
FASTEST, SLOWEST = 0.04, 0.25
_HEAD_END = b"\r\n\r\n"


def even(_page: int) -> float:
    """Return how many seconds a page takes."""
    return LATENCY


def uneven(page: int) -> float:
    """Return how many seconds a page takes: some are much slower than others."""
    return random.Random(page).uniform(FASTEST, SLOWEST)


class _Connection(asyncio.Protocol):
    """One kept-alive connection; requests come one after the other."""

    def __init__(self, answer: Callable[[dict[str, str]], tuple[float, bytes]]) -> None:
        self._answer = answer
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_HEAD_END)
        if not end or len(body) < _length_of(head):
            return
        self._received = b""
        target = head.split(b" ", 2)[1].decode()
        fields = dict(parse_qsl(urlsplit(target).query) + parse_qsl(body.decode()))
        seconds, answer = self._answer(fields)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._send, answer)
        else:
            self._send(answer)

    def _send(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


def _length_of(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _late(seconds: Callable[[int], float]) -> Callable[[dict[str, str]], tuple[float, bytes]]:
    def answer(fields: dict[str, str]) -> tuple[float, bytes]:
        page = int(fields.get("page", 1))
        head = f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Accel-Redirect: /pages/{page}.json\r\n\r\n"
        return seconds(page), head.encode()

    return answer


def endless_orders() -> Callable[[dict[str, str]], tuple[float, bytes]]:
    """Return what answers ``from`` and ``count``; ``id_folder`` says how many orders there are in all."""
    first = str(pages.orders()[0]["id"]).encode()
    rows = [pages.encode(row).replace(b'"' + _id_of(row) + b'"', b'"%d"') for row in pages.orders()]

    def answer(fields: dict[str, str]) -> tuple[float, bytes]:
        start, count = int(fields.get("from", 0)), int(fields.get("count", pages.ORDERS))
        end = min(start + count, int(fields.get("id_folder", count)))
        wanted = range(start, end)
        body = b"[%s]" % b",".join(rows[number % len(rows)] % (int(first) + number) for number in wanted)
        if not wanted:
            body = b'{"error":"no_object"}'
        return 0, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            len(body),
            body,
        )

    return answer


def _id_of(row: pages.Row) -> bytes:
    return str(row["id"]).encode()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    ports = {}
    for name, answer in (("even", _late(even)), ("uneven", _late(uneven)), ("orders", endless_orders())):
        server = await loop.create_server(functools.partial(_Connection, answer), "127.0.0.1", 0, backlog=512)
        ports[name] = server.sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
