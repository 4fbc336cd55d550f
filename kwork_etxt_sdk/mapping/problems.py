"""How the mapping says what is wrong with data: one short sentence per problem, with its path.

Texts made here go into errors and logs, so they show values only cut, escaped, and never those of secret names.
"""

from __future__ import annotations

import re
from typing import Any, Final

#: How much of a value a text shows, in characters.
SHOWN_CHARACTERS: Final = 40
#: How many problems of one piece of data are told; a page of junk must not become a book.
MOST_PROBLEMS: Final = 1000

#: Python refuses to write integers of more than 4300 digits; what is longer than this is only measured.
_WRITABLE_BITS: Final = 256
_SECRET_NAME: Final = re.compile(r"token|passw|secret|api_pass|cookie|session|authorization", re.IGNORECASE)
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_HIDDEN: Final = "***"


class MappingError(Exception):
    """Data doesn't fit the documented types.

    Attributes:
        problems: Everything found wrong, such as ``expected int, got '12.9' (str) @ $.kworks[3].price``.
    """

    problems: tuple[str, ...]

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(self.problems)


class WrongValueError(ValueError):
    """One value is not what its rule wants; its text names what was wanted (``int``)."""


class Problems:
    """Collects what is wrong with one piece of data, up to :data:`MOST_PROBLEMS` lines."""

    __slots__ = ("_lines", "_untold")

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._untold = 0

    def __len__(self) -> int:
        return len(self._lines) + self._untold

    def add(self, text: str, path: str) -> None:
        """Note one problem."""
        if len(self._lines) < MOST_PROBLEMS:
            self._lines.append(f"{text} @ {path}")
        else:
            self._untold += 1

    def expected(self, wanted: object, value: object, path: str) -> None:
        """Note that a value is not what was wanted there."""
        self.add(f"expected {wanted}, got {_HIDDEN if is_secret_name(path) else shown(value)}", path)

    def told(self) -> tuple[str, ...]:
        """Return the lines, with a last one for those that were too many."""
        more = (f"... and {self._untold} more problems",) if self._untold else ()
        return (*self._lines, *more)


def is_secret_name(path: str) -> bool:
    """Tell whether a field's name, or any part of a path, says that what stands there is secret."""
    return _SECRET_NAME.search(path) is not None


def cut(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Return a text of at most ``limit`` characters, with an ellipsis if something is missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shown(value: object) -> str:
    """Return a short text for a value of JSON data: ``'12.9' (str)``, ``null``, ``{3 fields}``."""
    if value is None:
        return "null"
    return f"{brief(value)} ({type(value).__name__})"


def brief(value: object, limit: int = SHOWN_CHARACTERS) -> str:
    """Return a value's ``repr``, cut; of a container only its size. Takes bounded time whatever the value is."""
    if isinstance(value, str):
        return repr(cut(str(value), limit))
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"[{len(value)} items]" if value else "[]"
    if isinstance(value, dict):
        return f"{{{len(value)} fields}}" if value else "{}"
    if type(value) is int and value.bit_length() > _WRITABLE_BITS:
        return f"an integer of {value.bit_length()} bits"
    return cut(repr(value), limit)


def field_path(path: str, name: Any) -> str:
    """Return the path of a field: ``$.name``, or ``$['odd name']``."""
    if isinstance(name, str) and len(name) <= SHOWN_CHARACTERS and _PLAIN_NAME.fullmatch(name):
        return f"{path}.{name}"
    return f"{path}[{brief(name)}]"
