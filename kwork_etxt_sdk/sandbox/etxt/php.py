"""Reads parameters the way PHP does, because the live service is written in it.

The traps are kept on purpose: `id=1&id=2` is 2, `id[]=1&id[]=2` is a list, the text `True` is the number 0.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable

PhpValue: TypeAlias = str | dict[str, "PhpValue"]

MOST_FIELDS = 1_000
"""PHP's default `max_input_vars`: what comes after the thousandth field is dropped without a word."""

_LEADING_INTEGER = re.compile(r"\s*([+-]?\d{1,18})")
_LEADING_DECIMAL = re.compile(r"\s*([+-]?\d{1,12}(?:\.\d{1,12})?)")
_KEY_IN_BRACKETS = re.compile(r"\[([^\]]*)\]")


def read_pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Decodes an urlencoded query or body; order and repeated names are kept."""
    return parse_qsl(encoded.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")


def to_arrays(pairs: Iterable[tuple[str, str]]) -> dict[str, PhpValue]:
    """Builds PHP's arrays out of names with brackets; a name without brackets keeps its last value only."""
    result: dict[str, PhpValue] = {}
    for index, (name, value) in enumerate(pairs):
        if index >= MOST_FIELDS:
            break
        stem, bracket, rest = name.partition("[")
        keys = _KEY_IN_BRACKETS.findall(bracket + rest)
        target = result
        path = [stem.strip().translate({ord("."): "_", ord(" "): "_"}), *keys]
        for key, _ in pairwise(path):
            target = _inner_array(target, key)
        target[_next_index(target, path[-1])] = value
    return result


def _inner_array(outer: dict[str, PhpValue], key: str) -> dict[str, PhpValue]:
    index = _next_index(outer, key)
    inner = outer.get(index)
    if not isinstance(inner, dict):
        inner = {}
        outer[index] = inner
    return inner


def _next_index(array: dict[str, PhpValue], key: str) -> str:
    if key:
        return key
    numbers = [int(existing) for existing in array if existing.isdecimal()]
    return str(max(numbers, default=-1) + 1)


def to_integer(text: str) -> int:
    """`intval`: the digits at the start count, anything else is 0."""
    match = _LEADING_INTEGER.match(text)
    return int(match.group(1)) if match else 0


def to_decimal_text(text: str) -> str | None:
    """The number at the start of a text, which may use a decimal comma; None if there is none."""
    match = _LEADING_DECIMAL.match(text.replace(",", "."))
    return match.group(1) if match else None
