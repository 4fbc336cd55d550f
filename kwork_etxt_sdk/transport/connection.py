"""One connection: it writes down how far a request got, and spares what each message costs beyond its bytes.

The standard library reads the head of an answer with its parser for e-mails, and sends head and body of a request one
after the other. An ordinary head is read here; whatever is odd in any way is left to the standard library, so that both
come to the same.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from typing import Any

from urllib3.util import SKIP_HEADER

from kwork_etxt_sdk.transport.answer import AnyAnswer
from kwork_etxt_sdk.transport.head import PlainHeadResponse
from kwork_etxt_sdk.transport.phase import Phase, current, reach

#: Bodies of up to this size leave together with the head, in bytes (of a text: in characters).
_SHORT = 16 * 1024
#: Larger ones leave in pieces of this size, in bytes. The timeout of a socket holds for all that it is given at once: a
#: slow line must get through a piece in that time, not through a whole file.
_PIECE = 128 * 1024
_BREAK = b"\r\n"
#: What requests gives as the body of an ordinary request.
_BODIES = (bytes, str, type(None))
#: Headers that the standard library or urllib3 add where they are missing, and those that change how they write.
_GIVEN = frozenset({"accept-encoding", "user-agent"})
_NEVER_GIVEN = frozenset({"host", "transfer-encoding"})
#: The other side has closed the connection; it may have answered before it did.
_MAY_HAVE_ANSWERED = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})
_is_name = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch


class TracedConnection:
    """Mixin for urllib3's connections: writes each step into the current :class:`Trace`.

    A short body leaves together with the head: one packet and one system call in place of two.
    """

    # Of urllib3's and the standard library's connection:
    sock: Any
    auto_open: int
    timeout: Any
    debuglevel: int

    _connecting = False
    #: Lines of the head that is being written; None at any other time.
    _lines: list[bytes] | None = None
    #: A head that waits for its body.
    _head = b""
    _is_short = False
    #: The line that names the host, as it stood in the last request that the standard library wrote.
    _host_line: bytes | None = None

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
            if self.sock is None and self.auto_open:
                self.connect()
            self._note_sending(has_body=has_body)
        self._send_in_pieces(data)

    def _note_sending(self, *, has_body: bool) -> None:
        trace = current()
        if trace is not None:
            if trace.is_cut and trace.phase.is_unsent:
                raise TimeoutError("the time was up before the connection stood")
            trace.sock = self.sock
            trace.reach(Phase.HEADERS if trace.phase < Phase.HEADERS and not has_body else Phase.BODY)

    def _send_in_pieces(self, data: Any) -> None:
        if not isinstance(data, bytes) or len(data) <= _PIECE:
            super().send(data)  # type: ignore[misc]
            return
        view = memoryview(data)
        for start in range(0, len(data), _PIECE):
            super().send(view[start : start + _PIECE])  # type: ignore[misc]

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:  # noqa: FBT001, FBT002 - as http.client calls it
        """Begin the head; the line that names the host is remembered."""
        super().putrequest(method, url, skip_host, skip_accept_encoding)  # type: ignore[misc]
        if self._lines and not skip_host and url.startswith("/") and self._lines[0].startswith(b"Host:"):
            self._host_line = self._lines[0]

    def putheader(self, header: Any, *values: Any) -> None:
        """Add a header to the head; an ordinary one is not taken apart to be checked."""
        value = values[0] if len(values) == 1 else None
        if type(value) is bytes:  # as the standard library gives the name of a host at its usual port
            value = value.decode("latin-1")
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
        response.__class__ = AnyAnswer
        reach(Phase.STATUS)
        return response

    def leave(self) -> None:
        """Write down that the connection goes back to its pool: whoever takes it next, the watchdog must let it be."""
        trace = current()
        if trace is not None and trace.connection is self:
            trace.end()

    # --- the short way of an ordinary request on a connection that served one before ----------------------------------

    def head_of(self, method: str, target: str, headers: Mapping[Any, Any], body: Any) -> bytes | None:
        """Return the head of a request, as the standard library would write it; None if that is not so easily said."""
        if self.sock is None or self._host_line is None or self.debuglevel > 0:
            return None
        lines = [f"{method} {target} HTTP/1.1"]
        names = set()
        for name, value in headers.items():
            if type(name) is not str or type(value) is not str or value == SKIP_HEADER:
                return None
            line = f"{name}: {value}"
            if not (line.isascii() and line.isprintable() and _is_name(name)):
                return None
            lines.append(line)
            names.add(name.lower())
        has_length = "content-length" in names or (body is None and method == "GET")
        if not (has_length and isinstance(body, _BODIES) and names >= _GIVEN) or names & _NEVER_GIVEN:
            return None
        lines[0] += "\r\n" + self._host_line.decode("latin-1").rstrip()
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def hand_over(self, head: bytes, body: bytes | str | None, timeout: float | None) -> None:
        """Send an ordinary request."""
        self._is_used()
        self.timeout = timeout
        self.sock.settimeout(timeout)
        content = body.encode() if isinstance(body, str) else body or b""
        try:
            if len(content) > _SHORT:
                self._note_sending(has_body=False)
                self._send_in_pieces(head)
                head = b""
            self._note_sending(has_body=bool(content))
            self._send_in_pieces(head + content)
        except OSError as failure:
            if failure.errno not in _MAY_HAVE_ANSWERED:
                raise
        else:
            reach(Phase.SENT)

    def answer(self, method: str, timeout: float | None) -> PlainHeadResponse:
        """Read the head of the answer to what was handed over."""
        self.timeout = timeout
        self.sock.settimeout(timeout)
        response = PlainHeadResponse(self.sock, method=method)
        try:
            response.begin()
        except BaseException:
            response.close()
            raise
        if response.will_close:
            self.close()  # type: ignore[attr-defined]
        reach(Phase.STATUS)
        return response
