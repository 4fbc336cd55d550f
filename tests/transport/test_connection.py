"""Heads of messages: read and written faster than by the standard library, and never otherwise."""

from __future__ import annotations

import http.client
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.connection import HTTPConnection
from urllib3.util import SKIP_HEADER

from kwork_etxt_sdk.transport.head import PlainHeadResponse
from kwork_etxt_sdk.transport.pool import _TracedHTTPConnection


class Socket:
    """What an answer is read from: all at once, or byte by byte."""

    def __init__(self, data, *, drips=False):
        self.data = io.BytesIO(data)
        self.drips = drips

    def makefile(self, _):
        return io.BufferedReader(Drips(self.data) if self.drips else self.data)


class Drips(io.RawIOBase):
    def __init__(self, data):
        self.data = data

    def readable(self):
        return True

    def readinto(self, buffer):
        return self.data.readinto(memoryview(buffer)[:1])


def read(kind, data, *, drips=False):
    """Return all that there is to know of an answer, or which exception it was."""
    response = kind(Socket(data, drips=drips), method="POST")
    try:
        response.begin()
        response.begin()  # a second time changes nothing
    except (http.client.HTTPException, ValueError) as failure:
        return type(failure), str(failure)
    message = response.headers
    assert message is response.msg
    known = {name: getattr(response, name) for name in ("status", "code", "reason", "version", "chunked", "length")}
    return {
        **known,
        "will_close": bool(response.will_close),
        "chunk_left": response.chunk_left,
        "headers": message.items(),
        "type": type(message),
        "defects": [type(defect) for defect in message.defects],
        "payload": message.is_multipart() or message.get_payload(),
        "cookies": message.get_all("set-cookie"),
        "body": response.fp and response.fp.read(),
    }


ODD = [
    b"",
    b"\r\n\r\n",
    b"HTTP/1.1 200 OK",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 200\r\n\r\n",
    b"HTTP/1.1 200 \r\n\r\n",
    b"HTTP/1.1  200  OK \r\nA: 1\r\n\r\n",
    b"HTTP/1.1\t200\tOK\r\nA: 1\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.2 200 OK\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/2 200 OK\r\n\r\n",
    b"HTTP/1.1 20 OK\r\n\r\n",
    b"HTTP/1.1 +200 OK\r\n\r\n",
    b"HTTP/1.1 99999 OK\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 200 OK\r\nB: 2\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\n\r\n",
    b"HTTP/1.1 204 OK\r\nContent-Length: 5\r\n\r\nx",
    b"HTTP/1.1 304 OK\r\nContent-Length: 5\r\n\r\nx",
    *(
        b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\nbody"
        for lines in (
            b"Content-Length: 4",
            b"Content-Length:4",
            b"Content-Length: 4 ",
            b"Content-Length: +4",
            b"Content-Length: 4_0",
            b"Content-Length: -4",
            b"Content-Length: 4, 4",
            b"Content-Length: 4\r\ncontent-length: 5",
            b"Content-Length:",
            b"Content-Length: " + b"9" * 5000,
            b"Content-Length : 4",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: CHUNKED\r\nContent-Length: 4",
            b"Transfer-Encoding: gzip, chunked",
            b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 4",
            b"Transfer-Encoding: identity\r\nContent-Length: 4",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
            b"Connection: close\r\nContent-Length: 4",
            b"Connection: Keep-Alive, Close\r\nContent-Length: 4",
            b"Connection: keep-alive",
            b"Connection: keep-alive\r\nConnection: close\r\nContent-Length: 4",
            b"Content-Type: multipart/mixed; boundary=x\r\nContent-Length: 4",
            b"Content-Type: message/rfc822\r\nContent-Length: 4",
            b"Content-Type: text/html; charset\r\nContent-Transfer-Encoding: base64",
            b"A: 1\r\n folded\r\nB: 2",
            b" folded: first",
            b"A: 1\nB: 2",
            b"A: 1\rB: 2",
            b"A: 1\n\nB: 2",
            b"A: 1\x0bB: 2",
            b"A: caf\xc3\xa9",
            b"A: \x00",
            b"A\xff: 1",
            b": no name",
            b"no colon",
            b"From me: 1",
            b"From : 1",
            b"A B: 1",
            b"A:\t 1 \t",
            b"A:",
            b"A: 1:2: 3",
            b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nset-cookie: c",
            b"\r\n".join([b"A: 1"] * 99),
            b"\r\n".join([b"A: 1"] * 100),
            b"\r\n".join([b"A: 1"] * 101),
            b"A: " + b"x" * 7900,
            b"A: " + b"x" * 9000,
            b"A: " + b"x" * 66_000,
        )
    ),
]


def as_the_standard_library(data):
    """Return what the standard library reads, but for connections that it would use again although it should not."""
    known = read(http.client.HTTPResponse, data)
    if isinstance(known, dict):
        is_framed_twice = {name.lower() for name, _ in known["headers"]} >= {"content-length", "transfer-encoding"}
        known["will_close"] |= is_framed_twice or known["status"] in {101, 204, 304}
    return known


@pytest.mark.parametrize("drips", [True, False])
@pytest.mark.parametrize("data", ODD)
def test_an_odd_head_is_read_as_the_standard_library_reads_it(data, drips):
    assert read(PlainHeadResponse, data, drips=drips) == as_the_standard_library(data)


@pytest.mark.parametrize("interim", [b"102 Processing", b"103 Early Hints", b"199"])
def test_what_comes_before_the_answer_is_not_taken_for_it(interim):
    data = b"HTTP/1.1 " + interim + b"\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    assert read(PlainHeadResponse, data * 2 + answer) == read(PlainHeadResponse, answer)
    assert read(PlainHeadResponse, data) == read(http.client.HTTPResponse, b"")


_names = st.sampled_from(
    [
        "Content-Length",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Content-Type",
        "Set-Cookie",
        "Date",
        "X-A",
        "From",
        "x",
    ]
) | st.text("Aa-:_ \t!é", max_size=4)
_values = st.sampled_from(
    ["4", "0", "12", "chunked", "Chunked", "gzip", "close", "keep-alive", "text/html", "multipart/mixed", "a=1; b=2"]
) | st.text("aB1 \t:;,=\r\n\x00\x0b\x85é", max_size=8)
_ends = st.sampled_from(["\r\n"] * 12 + ["\n", "\r", "\r\n ", "\r\n\t"])
_lines = st.tuples(_names, st.sampled_from([": "] * 6 + [":", ":\t ", " : ", ""]), _values, _ends).map("".join)
_first = st.sampled_from(
    ["HTTP/1.1 200 OK\r\n"] * 6 + ["HTTP/1.1 404\r\n", "HTTP/1.1 204 X\r\n", "HTTP/1.0 200 OK\r\n"]
)
_heads = st.builds(
    lambda first, lines, body: (first + "".join(lines) + "\r\n" + body).encode("latin-1"),
    _first | st.text("HTP/1.0 29\r\nOK", max_size=20),
    st.lists(_lines, max_size=5),
    st.text("ab\r\n: ", max_size=6),
)


@given(_heads)
@settings(max_examples=200, deadline=None)
def test_any_head_is_read_as_the_standard_library_reads_it(data):
    assert read(PlainHeadResponse, data) == as_the_standard_library(data)


def test_an_ordinary_head_is_not_left_to_the_standard_library(monkeypatch):
    monkeypatch.setattr(http.client, "parse_headers", None)
    data = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    assert read(PlainHeadResponse, data)["body"] == b"{}"


# ---------------------------------------------------------------------------------------------------------- requests


class Wire:
    """The socket of a connection that stands."""

    def __init__(self):
        self.packets = []

    def sendall(self, data):
        self.packets.append(bytes(data))

    def settimeout(self, seconds):
        pass

    def close(self):
        pass


def written(connection, **arguments):
    connection.sock = Wire()
    connection.request("POST", "/list?a=1", **arguments)
    return connection.sock.packets


def lines_of(kind, arguments):
    try:
        head, _, body = b"".join(written(kind("host"), **arguments)).partition(b"\r\n\r\n")
    except (ValueError, TypeError) as failure:
        return type(failure), str(failure)
    return sorted(head.split(b"\r\n")), body


_sent_values = st.text(st.characters(max_codepoint=0x180), max_size=8) | st.sampled_from(
    ["1\r\n 2", "1\r\nX: 2", "@@@"]
)
_sent_headers = st.dictionaries(
    st.sampled_from(["X-A", "Cookie", "User-Agent", "X A", "X:", "", "X\n", "É", "accept-encoding"]),
    _sent_values | st.just(SKIP_HEADER) | st.binary(max_size=3),
    max_size=4,
)
_bodies = st.none() | st.binary(max_size=8) | st.text(max_size=8) | st.just([b"a", b"", "b"]) | st.just(b"x" * 20_000)


@given(_sent_headers, _bodies)
@settings(max_examples=100, deadline=None)
def test_any_request_is_written_as_urllib3_writes_it(headers, body):
    arguments = {"headers": headers, "body": body}
    assert lines_of(_TracedHTTPConnection, arguments) == lines_of(HTTPConnection, arguments)


@pytest.mark.parametrize(
    ("body", "packets"),
    [(None, 1), (b"", 1), (b"short", 1), ("текст", 1), (b"x" * 100_000, 2), (b"x" * 300_000, 4), ([b"a", b"b"], 4)],
)
def test_a_short_body_leaves_together_with_the_head(body, packets):
    sent = written(_TracedHTTPConnection("host"), headers={"X-A": "1"}, body=body)
    assert len(sent) == packets
    assert b"\r\nX-A: 1\r\n" in sent[0]


def test_a_request_that_could_not_be_written_leaves_nothing_for_the_next():
    connection = _TracedHTTPConnection("host")
    with pytest.raises(ValueError, match="Invalid header"):
        written(connection, headers={"X-Old": "1", "X\n": "2"}, body=b"old")
    connection.close()
    sent = b"".join(written(connection, headers={"X-New": "1"}, body=b"new"))
    assert sent.endswith(b"X-New: 1\r\n\r\nnew")
    assert b"old" not in sent.lower()
