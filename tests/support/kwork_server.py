"""A small HTTP server that answers what it was told to and remembers what it was sent: bytes, not parsed objects."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from typing_extensions import Self

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Received:
    verb: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The value of a header that may be there once at most."""
        found = [value for key, value in self.headers if key.casefold() == name.casefold()]
        assert len(found) < 2, found
        return found[0] if found else None

    @property
    def cookies(self) -> dict[str, str]:
        line = self.header("Cookie")
        return dict(pair.split("=", 1) for pair in line.split("; ")) if line else {}


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def answer(body: Any, status: int = 200, content_type: str = JSON, **headers: str | list[str]) -> Answer:
    """JSON of `body`, unless it is bytes; headers are named with underscores, and come once per item of a list."""
    pairs = [
        (name.replace("_", "-"), value)
        for name, values in headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Answer(content, status, content_type, tuple(pairs))


class RecordingServer:
    """Answers requests to a path with what was set for it, in turn; the last answer is given for ever."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._answers: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def on(self, path: str, *answers: Answer) -> None:
        """Set the answers for a path, in place of earlier ones."""
        with self._lock:
            self._answers[path] = deque(answers)

    def at(self, path: str) -> list[Received]:
        """The requests to a path, in order."""
        return [request for request in self.received if request.path == path]

    def only(self, path: str) -> Received:
        """The one request to a path."""
        (request,) = self.at(path)
        return request

    def _next(self, request: Received) -> Answer:
        with self._lock:
            self.received.append(request)
            answers = self._answers[request.path]
            if not answers:
                return answer({"unexpected": request.path}, 501)
            return answers.popleft() if len(answers) > 1 else answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                given = owner._next(Received(self.command, self.path, tuple(self.headers.items()), body))
                self.send_response(given.status)
                self.send_header("Content-Type", given.content_type)
                self.send_header("Content-Length", str(len(given.body)))
                for name, value in given.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(given.body)

            def log_message(self, *_args: object) -> None:
                pass

        return Handler
