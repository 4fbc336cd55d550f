"""Reading JSON: by orjson where it is installed (extra ``fast``), else by the standard library, with equal results."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

#: All digits become one and the same, everything else another: so a long number can be searched for.
_DIGITS = bytes(ord("0") if chr(code) in "0123456789" else ord(" ") for code in range(256))
#: The fewest digits of a whole number that does not fit into 64 bits; of such a number orjson makes a float.
_LONG = 19
_LONG_NUMBER = b"0" * _LONG
#: Of every so many bytes one is looked at first: of a long number four in a row at least. (With fewer, times such as
#: 2026-11-22T10:00:00 look like one.)
_STEP = _LONG // 4
_MARK = b"0000"
#: So many places are looked at closely; with more of them it is cheaper to look at everything.
_MOST_PLACES = 50


def decode(body: bytes) -> Any:
    """Return what a JSON text says.

    Whatever is not plain JSON with numbers of 64 bits (a byte order mark, half a character, ``NaN``, numbers of any
    length) is read by the standard library, so that it does not matter which of the two is installed. Only in one point
    it may: orjson reads up to 1024 levels of nesting, the standard library as many as the interpreter has room for.

    Args:
        body: The text: UTF-8, as a rule.

    Raises:
        ValueError: It is no JSON; :class:`json.JSONDecodeError` and :class:`UnicodeDecodeError` are among these.
        RecursionError: It is nested too deeply.

    Example:
        >>> decode('{"id": 7, "title": "Чайник"}'.encode())
        {'id': 7, 'title': 'Чайник'}
    """
    loads = _orjson_loads()
    if loads is None or _has_long_number(body):
        return json.loads(body)
    try:
        return loads(body)
    except ValueError:
        return json.loads(body)


def decoder_in_use() -> str:
    """Return the name of the package that reads ordinary JSON: ``"orjson"`` or ``"json"``."""
    return "json" if _orjson_loads() is None else "orjson"


@cache
def _orjson_loads() -> Callable[[bytes], Any] | None:
    try:
        import orjson
    except ImportError:
        return None
    return orjson.loads


def _has_long_number(body: bytes) -> bool:
    # Searched from the end, and taken from a `bytearray`: both need far less time than the other way.
    sampled = bytearray(body)[::_STEP].translate(_DIGITS)
    place = len(sampled)
    for _ in range(_MOST_PLACES):
        place = sampled.rfind(_MARK, 0, place + len(_MARK) - 1)
        if place < 0:
            return False
        middle = place * _STEP
        if _LONG_NUMBER in body[max(0, middle - _LONG) : middle + 2 * _LONG].translate(_DIGITS):
            return True
    return _LONG_NUMBER in body.translate(_DIGITS)
