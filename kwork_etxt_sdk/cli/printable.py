"""Other people's words on a terminal: what it would obey, or be fooled by, does not get there."""

from __future__ import annotations

import unicodedata

#: What turns the direction of text around, so that it reads as something else.
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Return a text without what a terminal obeys: other people's titles must not move its cursor."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def one_line(text: str) -> str:
    """Return a text as one line that a terminal can show."""
    return " ".join(printable(text).split())


def _shown(character: str) -> str:
    if character in _TURNS or unicodedata.category(character) in {"Cc", "Cs"}:
        return " " if character in "\t\n\r" else "�"
    return character
