"""A server that plays eTXT from canned answers and remembers everything it was sent.

It checks the signature with an implementation of its own, so a client that signs wrongly hears what eTXT would say.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs

from kwork_etxt_sdk import EtxtClient
from tests.support.clock import FakeClock

#: The invented account of the signature vectors.
TOKEN = "0123456789abcdef0123456789abcdef"
API_PASS = "demo-pass-1"

WRONG_SIGNATURE = "Подпись не верна"

_PATH = "/api/json/"


@attrs.frozen(kw_only=True)
class Received:
    """A request as it arrived.

    `method` is the eTXT method, empty if none was named; `body` holds the text pairs in order, `files` triples of
    field, file name and content.
    """

    verb: str
    path: str
    method: str
    query: list[tuple[str, str]]
    body: list[tuple[str, str]]
    files: list[tuple[str, str, bytes]]
    headers: list[tuple[str, str]]
    raw: bytes

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


@attrs.frozen(kw_only=True)
class _Answer:
    body: Any
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    is_dropped: bool = False


class EtxtServer:
    """Answers each method with what was queued for it, in order; use it in `with`.

    A body is bytes (sent as they are), text (UTF-8), anything else (JSON), or a function that makes one of these from
    the request. A method without an answer is refused with an error that names it.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.clock = FakeClock()
        self._answers: dict[str, deque[_Answer]] = defaultdict(deque)
        self._files: dict[str, _Answer] = {}
        self._lock = threading.Lock()
        self._clients: list[EtxtClient] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> EtxtServer:  # noqa: PYI034 - typing.Self needs Python 3.11
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        for client in self._clients:
            client.close()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def base_url(self) -> str:
        return self.origin + _PATH

    def client(self, **settings: Any) -> EtxtClient:
        """A client of this server; time stands still at `self.clock` unless another clock is given."""
        client = EtxtClient(TOKEN, API_PASS, **{"base_url": self.base_url, "clock": self.clock, **settings})
        self._clients.append(client)
        return client

    def answer(self, method: str, body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Queue an answer to the next call of a method."""
        self._answers[method].append(_Answer(body=body, status=status, headers=headers or {}))

    def drop(self, method: str) -> None:
        """Let the next call of a method end without an answer: it arrives, and the connection is closed."""
        self._answers[method].append(_Answer(body=b"", is_dropped=True))

    def file(self, path: str, content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> str:
        """Serve a file at a path (`"/result.txt"`), as often as it is asked for, and return its address."""
        self._files[path] = _Answer(body=content, status=status, headers=headers or {})
        return self.origin + path

    @property
    def last(self) -> Received:
        return self.requests[-1]

    def only(self) -> Received:
        """The request that arrived; fails if it was not exactly one."""
        (request,) = self.requests
        return request

    def sent(self, method: str) -> list[tuple[str, str]]:
        """The body of the only request, a POST of this method with nothing but method, token and sign in its URL."""
        request = self.only()
        assert (request.verb, request.path, request.method) == ("POST", _PATH, method)
        assert [name for name, _ in request.query] == ["method", "token", "sign"]
        return request.body

    def _take(self, request: Received) -> _Answer:
        with self._lock:
            self.requests.append(request)
            if request.path != _PATH:
                return self._files.get(request.path, _Answer(body=b"no such file", status=404))
            if not _is_signed(request.query):
                return _Answer(body=WRONG_SIGNATURE)
            queue = self._answers[request.method]
            return queue.popleft() if queue else _Answer(body={"error": f"nothing queued for {request.method}"})


def part_of(rows: list[Any]) -> Callable[[Received], Any]:
    """An answer for a list of all these rows: it cuts out what `count` and `from` ask for, as eTXT does."""

    def answer(request: Received) -> Any:
        body = dict(request.body)
        start = int(body["from"])
        return rows[start : start + int(body["count"])] or {"error": "no_object"}

    return answer


def _is_signed(query: list[tuple[str, str]]) -> bool:
    values = dict(query)
    base = "".join(f"{name}={values[name]}" for name in sorted(values) if name != "sign")
    return values.get("token") == TOKEN and values.get("sign") == _md5(base + _md5(API_PASS + "api-pass"))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _handler(server: EtxtServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self._serve()

        def do_GET(self) -> None:
            self._serve()

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = _received(self.command, self.path, self.headers.items(), raw)
            answer = server._take(request)
            if answer.is_dropped:
                self.close_connection = True
                return
            content = _content(answer.body, request)
            self.send_response(answer.status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            return

    return Handler


def _content(body: Any, request: Received) -> bytes:
    made = body(request) if callable(body) else body
    if isinstance(made, bytes):
        return made
    return (made if isinstance(made, str) else json.dumps(made)).encode()


def _received(verb: str, target: str, headers: Any, raw: bytes) -> Received:
    url = urlsplit(target)
    query = parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    pairs = list(headers)
    kind = next((value for name, value in pairs if name.lower() == "content-type"), "")
    body: list[tuple[str, str]] = []
    files: list[tuple[str, str, bytes]] = []
    if kind.startswith("application/x-www-form-urlencoded"):
        body = parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw))
    elif kind.startswith("multipart/form-data"):
        body, files = _parts(raw, re.search(r'boundary="?([^";]+)', kind)[1])
    return Received(
        verb=verb,
        path=url.path,
        method=dict(query).get("method", ""),
        query=query,
        body=body,
        files=files,
        headers=pairs,
        raw=raw,
    )


def _parts(raw: bytes, boundary: str) -> tuple[list[tuple[str, str]], list[tuple[str, str, bytes]]]:
    body: list[tuple[str, str]] = []
    files: list[tuple[str, str, bytes]] = []
    for part in (b"\r\n" + raw).split(b"\r\n--" + boundary.encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        told = head.decode()
        name = re.search(r'[; ]name="([^"]*)"', told)[1]
        file_name = re.search(r'filename="([^"]*)"', told)
        if file_name:
            files.append((name, file_name[1], content))
        else:
            body.append((name, content.decode()))
    return body, files
