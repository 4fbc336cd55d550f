"""The head of an answer: an ordinary one is read in a few steps, anything odd by the standard library."""

from __future__ import annotations

import http.client
import re
from typing import Any

_STATUS_LINE = re.compile(r"HTTP/1\.1 ([2-9][0-9]{2})(?: ([ -~]*))?").fullmatch
_HEADER_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)").fullmatch
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


class PlainHeadResponse(http.client.HTTPResponse):
    """The standard library's answer, which reads an ordinary head faster."""

    #: Names and values of an ordinary head; None of any other.
    pairs: list[tuple[str, str]] | None = None
    _message: http.client.HTTPMessage | None = None

    @property
    def headers(self) -> Any:
        """The headers in the form of the standard library, made when they are asked for; None before there are any."""
        if self._message is None and self.pairs is not None:
            self._message = http.client.HTTPMessage()
            for name, value in self.pairs:
                self._message.set_raw(name, value)
            self._message.set_payload("")
        return self._message

    @headers.setter
    def headers(self, message: Any) -> None:
        self._message = message

    @property
    def msg(self) -> Any:
        """The same, under its old name."""
        return self.headers

    @msg.setter
    def msg(self, message: Any) -> None:
        self._message = message

    def begin(self, *args: Any, **kwargs: Any) -> None:
        """Read the head."""
        is_begun = self.pairs is not None or self._message is not None
        if is_begun or (self.debuglevel <= 0 and self._read_plain_head()):
            return
        super().begin(*args, **kwargs)
        is_framed_twice = "transfer-encoding" in self.headers and "content-length" in self.headers
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
        pairs = []
        seen: dict[str, str] = {}
        for line in lines:
            found = _HEADER_LINE(line)
            if found is None:
                return False
            name, value = found.groups()
            lower = name.lower()
            if lower in _DECISIVE:
                if lower in seen:
                    return False
                seen[lower] = value
            pairs.append((name, value))
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
        self.fp.read(len(head) + len(end))
        self.pairs = pairs
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
