"""Reading JSON comes to the same with and without orjson."""

from __future__ import annotations

import json
import math
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kwork_etxt_sdk import decoding
from kwork_etxt_sdk.decoding import decode, decoder_in_use

NAMES = "orjson", "json"


@pytest.fixture(params=NAMES)
def name(request, monkeypatch):
    """Read by the one or the other."""
    if request.param == "orjson":
        pytest.importorskip("orjson", reason="the extra `fast` is not installed")
    else:
        monkeypatch.setitem(sys.modules, "orjson", None)  # as if it were not installed
    decoding._orjson_loads.cache_clear()
    yield request.param
    monkeypatch.undo()
    decoding._orjson_loads.cache_clear()


def came_to(read, body):
    """Return a value with all its types, or which error it was."""
    try:
        return exact(read(body))
    except (ValueError, RecursionError) as failure:
        return type(failure), str(failure)


def exact(value):
    if isinstance(value, dict):
        return "object", [(name, exact(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return "array", [exact(inner) for inner in value]
    if isinstance(value, float):
        return "float", "NaN" if math.isnan(value) else value.hex()
    return type(value), value


def test_which_one_reads_is_told(name):
    assert decoder_in_use() == name


PLAIN = [
    (b"{}", {}),
    (b' [1, -1.5e3, true, null, "a"]\r\n', [1, -1500.0, True, None, "a"]),
    ('{"title": "Чайник 🫖"}'.encode(), {"title": "Чайник 🫖"}),
    (rb'"\u0427\ud83e\uded6\/\u0000"', "Ч🫖/\0"),
    (b'{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}),
    (b"18446744073709551615", 2**64 - 1),
    (b"-9223372036854775808", -(2**63)),
]
BEYOND = [
    (b"18446744073709551616", 2**64),
    (b"[-9223372036854775809]", [-(2**63) - 1]),
    (b"1" + b"0" * 60, 10**60),
    (b'{"id": 1234567890123456789012}', {"id": 1234567890123456789012}),
    (b"1e400", math.inf),
    (b"[NaN, -Infinity]", [math.nan, -math.inf]),
    (rb'"half \ud83d"', "half \ud83d"),
    (b'"\xed\xa0\xbd"', "\ud83d"),
    (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    ('{"a": "Ч"}'.encode("utf-16"), {"a": "Ч"}),
    ('{"a": "Ч"}'.encode("utf-32-le"), {"a": "Ч"}),
]


@pytest.mark.usefixtures("name")
@pytest.mark.parametrize(("body", "value"), PLAIN + BEYOND)
def test_what_it_says_is_read(body, value):
    assert exact(decode(body)) == exact(value)


@pytest.mark.usefixtures("name")
@pytest.mark.parametrize("digits", [18, 19, 20, 30])
def test_a_long_number_is_found_wherever_it_stands(digits):
    for before in range(25):
        body = b"[" + b" " * before + b"9" * digits + b",1]"
        assert exact(decode(body)) == exact([10**digits - 1, 1])


@pytest.mark.usefixtures("name")
@pytest.mark.parametrize("last", [7, 2**64, -(2**63) - 1])
@pytest.mark.parametrize("id_", [1, 123, 123456789012345678])
def test_a_long_number_is_found_among_many_others(id_, last):
    value = [id_] * 500 + [last]
    for separators in ((",", ":"), (", ", ": ")):
        assert exact(decode(json.dumps(value, separators=separators).encode())) == exact(value)


BROKEN = [
    b"",
    b" ",
    b"{",
    b"[1,]",
    b"{'a': 1}",
    b"01",
    b"1.",
    b"tru",
    b"[1] x",
    b'"\x01"',
    b'"\\x"',
    b'"\xff"',
    b"<html>",
    b"\x00",
    b"1" * 5000,
    b'{"a": "' + "Ч".encode()[:1],
]


@pytest.mark.usefixtures("name")
@pytest.mark.parametrize("body", BROKEN)
def test_what_is_no_json_fails_as_with_the_standard_library(body):
    assert came_to(decode, body) == came_to(json.loads, body)
    with pytest.raises(ValueError, match=r"."):
        decode(body)


@pytest.mark.usefixtures("name")
def test_endless_nesting_is_an_error_and_no_crash():
    for body in (b"[" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000):
        with pytest.raises((RecursionError, ValueError)):
            decode(body)


@pytest.mark.parametrize("depth", [1, 100, 500])
def test_nesting_of_any_sensible_depth_is_read(name, depth):
    value = decode(b"[" * depth + b"]" * depth)
    for _ in range(depth - 1):
        (value,) = value
    assert value == []


_texts = st.text(max_size=6) | st.text(st.characters(), max_size=4)
_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([-(2**63) - 1, -(2**63), 2**63, 2**64 - 1, 2**64])
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts
)
_shallow = _scalars | st.lists(_scalars, max_size=3) | st.dictionaries(_texts, _scalars, max_size=3)
_documents = _shallow | st.lists(_shallow, max_size=3) | st.dictionaries(_texts, _shallow, max_size=3)


@given(_documents, st.booleans(), st.sampled_from([None, 1]))
@settings(max_examples=100, deadline=None)
def test_any_document_is_read_alike(document, ascii_only, indent):
    body = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert came_to(decode, body) == came_to(json.loads, body)


_numbers = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.integers(0, 10**24) | st.integers(2**63 - 2, 2**64 + 2),
    st.sampled_from(["", ".0", ".5"]) | st.integers(0, 10**24).map(".{}".format),
    st.sampled_from(["", "e5", "E-7", "e+308", "e-330", "e400"]),
).map(str.encode)
_words = st.sampled_from(
    [
        *(bytes([code]) for code in b'{}[],:"- \n\\0\x00\xff'),
        *(b'"a"', b"null", b"true", b"NaN", b"Infinity", b"1e400"),
        *(b"\\u0427", b"\\ud83d", b"\\ude00", b"\xd0\xa7", b"\xed\xa0\xbd", b"\xef\xbb\xbf"),
    ]
)


@given(st.lists(_words | _numbers, max_size=10).map(b"".join) | _numbers)
@example(b"-0")
@example(b"-0.0")
@example(b"1e-400")
@example(b"5e-324")
@example(b"9007199254740993.0")
@example(b"0." + b"3" * 30)
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_alike_or_refused_alike(body):
    assert came_to(decode, body) == came_to(json.loads, body)


@given(_documents, st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_document_is_read_alike_or_refused_alike(document, data):
    body = bytearray(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body)))
        body[place : place + data.draw(st.integers(0, 2))] = data.draw(_words | st.binary(max_size=2))
    assert came_to(decode, bytes(body)) == came_to(json.loads, bytes(body))
