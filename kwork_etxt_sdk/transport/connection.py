"""One connection: it writes down how far a request got, and spares what each message costs beyond its bytes.

The standard library reads the head of an answer with its parser for e-mails, and sends head and body of a request one
after the other. An ordinary head is read here; whatever is odd in any way is left to the standard library, so that both
come to the same.
"""

from __future__ import annotations

import http.client
import re
from typing import Any

from urllib3.util import SKIP_HEADER

from kwork_etxt_sdk.transport.phase import Phase, current, reach

#: Bodies of up to this size leave together with the head, in bytes (of a text: in characters).
_SHORT = 16 * 1024
#: Larger ones leave in pieces of this size, in bytes. The timeout of a socket holds for all that it is given at once: a
#: slow line must get through a piece in that time, not through a whole file.
_PIECE = 128 * 1024
_BREAK = b"\r\n"
_STATUS_LINE = re.compile(r"HTTP/1\.1 ([2-9][0-9]{2})(?: ([ -~]*))?").fullmatch
_is_name = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
#: All characters of an ordinary head.
_ORDINARY = bytes([*b"\t\r\n", *range(0x20, 0x7F)])
#: The standard library refuses more than 100.
_MOST_HEADERS = 90
#: Answers without a body, whatever their head says.
_WITHOUT_BODY = frozenset({204, 304})
#: Answers that come before the answer, all but "switching protocols".
_INTERIM = frozenset({100, *range(102, 200)})
#: Answers after which nobody knows whose the next bytes on the connection are: some servers send a body all the same.
_LAST_OF_CONNECTION = frozenset({101, 204, 304})
#: Lengths of more digits are none.
_LONGEST_NUMBER = 18
#: Headers that say what follows the head: those a reader must understand alike.
_DECISIVE = frozenset({"content-length", "transfer-encoding", "connection", "content-type"})


class TracedConnection:
    """Mixin for urllib3's connections: writes each step into the current :class:`Trace`.

    A short body leaves together with the head: one packet and one system call in place of two.
    """

    _connecting = False
    #: Lines of the head that is being written; None at any other time.
    _lines: list[bytes] | None = None
    #: A head that waits for its body.
    _head = b""
    _is_short = False

    def connect(self) -> None:
        """Connect; what is sent meanwhile (a proxy's CONNECT) is not the request."""
        reach(Phase.CONNECTING)
        self._is_used()
        self._connecting = True
        try:
            super().connect()  # type: ignore[misc]
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        """Hand bytes to the system, having written down that it is about to happen."""
        if not self._connecting:
            has_body = False
            if self._lines is not None:
                data, self._lines = data[: -len(_BREAK)] + b"".join(self._lines) + _BREAK, None
                if self._is_short:
                    self._head = data
                    return
            elif self._head:
                data, self._head = self._head + data, b""
                has_body = True
            if self.sock is None and self.auto_open:  # type: ignore[attr-defined]
                self.connect()
            trace = current()
            if trace is not None:
                if trace.is_cut and trace.phase.is_unsent:
                    raise TimeoutError("the time was up before the connection stood")
                trace.sock = self.sock  # type: ignore[attr-defined]
                trace.reach(Phase.HEADERS if trace.phase < Phase.HEADERS and not has_body else Phase.BODY)
        if not isinstance(data, bytes) or len(data) <= _PIECE:
            super().send(data)  # type: ignore[misc]
            return
        view = memoryview(data)
        for start in range(0, len(data), _PIECE):
            super().send(view[start : start + _PIECE])  # type: ignore[misc]

    def putheader(self, header: Any, *values: Any) -> None:
        """Add a header to the head; an ordinary one is not taken apart to be checked."""
        value = values[0] if len(values) == 1 else None
        if self._lines is not None and type(header) is str and type(value) is str and value != SKIP_HEADER:
            line = f"{header}: {value}"
            if line.isascii() and line.isprintable() and _is_name(header):
                self._lines.append(line.encode() + _BREAK)
                return
        super().putheader(header, *values)  # type: ignore[misc]

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send the whole request."""
        self._is_used()
        body = kwargs.get("body")
        self._is_short = isinstance(body, (bytes, str)) and 0 < len(body) <= _SHORT
        self._lines, self._head = [], b""
        super().request(*args, **kwargs)  # type: ignore[misc]
        reach(Phase.SENT)

    def _is_used(self) -> None:
        trace = current()
        if trace is not None:
            trace.connection = self

    def getresponse(self) -> Any:
        """Read the head of the answer."""
        response = super().getresponse()  # type: ignore[misc]
        reach(Phase.STATUS)
        return response


class PlainHeadResponse(http.client.HTTPResponse):
    """The standard library's answer, which reads an ordinary head faster."""

    def begin(self, *args: Any, **kwargs: Any) -> None:
        """Read the head."""
        is_begun: bool = self.headers is not None
        if is_begun or (self.debuglevel <= 0 and self._read_plain_head()):
            return
        super().begin(*args, **kwargs)
        is_framed_twice = self.chunked and self.headers.get("content-length") is not None
        if self.status in _LAST_OF_CONNECTION or is_framed_twice:
            self.will_close = True

    def _read_status(self) -> Any:
        """Read the first line of the answer; the standard library itself takes "early hints" for the answer.

        The real one would then be read as that to the next request on the connection.
        """
        while True:
            found = super()._read_status()  # type: ignore[misc]
            if found[1] not in _INTERIM:
                return found
            http.client.parse_headers(self.fp)

    def _read_plain_head(self) -> bool:
        data = self.fp.peek()
        head, end, _ = data.partition(b"\r\n\r\n")
        if not end or head.translate(None, _ORDINARY):
            return False
        first, *lines = head.decode("ascii").split("\r\n")
        status_line = _STATUS_LINE(first)
        # A line break of another kind is no break to us, but one to the standard library.
        if not status_line or not len(lines) == head.count(b"\n") == head.count(b"\r") <= _MOST_HEADERS:
            return False
        status = int(status_line[1])
        headers = http.client.HTTPMessage()
        seen: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            if not _is_name(name) or not _:
                return False
            value = value.lstrip(" \t")
            lower = name.lower()
            if lower in _DECISIVE:
                if lower in seen:
                    return False
                seen[lower] = value
            headers.set_raw(name, value)
        length = seen.get("content-length")
        coding = seen.get("transfer-encoding")
        if (
            status in _WITHOUT_BODY
            or (length is not None and not (length.isdigit() and len(length) <= _LONGEST_NUMBER))
            or seen.get("content-type", "").lower().startswith(("multipart", "message"))
            or coding not in {None, "chunked"}
            or (coding is not None and length is not None)
        ):
            return False
        headers.set_payload("")
        self.fp.read(len(head) + len(end))
        self.headers = self.msg = headers
        self.version = 11
        self.code = self.status = status
        self.reason = (status_line[2] or "").strip()
        self.chunked = coding is not None
        if self.chunked:
            self.chunk_left = None
        self.length = None if length is None or self.chunked else int(length)
        # Without a length the answer ends where the connection does.
        self.will_close = "close" in seen.get("connection", "").lower() or not (self.chunked or length is not None)
        return True
