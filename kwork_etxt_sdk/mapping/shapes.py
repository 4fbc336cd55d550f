"""Readers for items that all have the same keys in the same order, as those of a page and of all its pages do.

What a reader for any item must find out of each one (is this field there, under which of its names, is anything left
that no field knows) is known once for a shape. So the values are taken in one go, and what is missing costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

#: A shape gets a reader of its own when it was met so many times: writing one takes as long as reading some hundreds.
ENOUGH: Final = 150
#: So many items are read without any code written for them: compiling the reader of a model takes as long.
FEW: Final = 100
#: How many shapes of a model are counted at a time, and how many get readers.
_MOST_COUNTED: Final = 64
MOST_READERS: Final = 32
#: Shapes with more keys, or longer ones (together, in characters), are none of a service in its right mind.
_MOST_KEYS: Final = 200
_LONGEST_KEYS: Final = 8192

Shape = tuple[str, ...]
Reader = Callable[[Any], Any]


def shaped_reader(read_any: Reader, write_reader: Callable[[Shape, dict[str, Any]], Reader | None]) -> Reader:
    """Return a reader that reads common shapes quickly and everything else as `read_any` does.

    Args:
        read_any: Reads an item of any shape, or raises.
        write_reader: Makes a reader for the items of a shape, one of which it is given; returns None if it can't.
    """
    readers: dict[Shape, Reader] = {}
    counts: dict[Shape, int] = {}

    def read(data: Any) -> Any:
        if data.__class__ is dict:
            shape = tuple(data)
            reader = readers.get(shape) or count(shape, data)
            if reader is not None:
                return reader(data)
        return read_any(data)

    def count(shape: Shape, sample: dict[str, Any]) -> Reader | None:
        # Threads may count at once: a miscount, or a reader made twice, harms nobody.
        if len(readers) >= MOST_READERS:
            return None
        met = counts.get(shape, 0) + 1
        if met > 1 or _is_sane(shape):
            counts[shape] = met
        if met == ENOUGH and shape in counts:
            readers[shape] = write_reader(shape, sample) or read_any
        if len(counts) > _MOST_COUNTED:
            counts.clear()
        return readers.get(shape)

    return read


def written_later(read_few: Reader, write: Callable[[], Reader]) -> Reader:
    """Return a reader that begins with `read_few` and, after a few items, goes on with what `write` makes."""
    left = FEW
    written: Reader | None = None

    def read(data: Any) -> Any:
        nonlocal left, written
        if written is None:
            left -= 1  # threads may count at once: a miscount, or a reader made twice, harms nobody
            if left >= 0:
                return read_few(data)
            written = write()
        return written(data)

    return read


def _is_sane(shape: Shape) -> bool:
    return (
        len(shape) <= _MOST_KEYS
        and all(key.__class__ is str for key in shape)
        and sum(map(len, shape)) <= _LONGEST_KEYS
    )
