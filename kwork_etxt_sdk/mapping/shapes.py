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
#: So many items show what the values of a shape are like.
_SAMPLES: Final = 16

Shape = tuple[str, ...]
Reader = Callable[[Any], Any]
#: The values of some items, in the order of their keys.
Samples = list[tuple[Any, ...]]
#: Reads an item of its own shape, which need not be tested if the caller says so; gives any other to another reader.
ShapedReader = Callable[..., Any]
#: Makes the reader of a shape of which these are samples, and which gives what is of another shape to a third; returns
#: None if it can't.
Writer = Callable[[Shape, Samples, Reader], "ShapedReader | None"]


def shaped_reader(read_any: Reader, write_reader: Writer, prefer: Callable[[Reader], None]) -> Reader:
    """Return a reader that reads common shapes quickly and everything else as `read_any` does.

    Args:
        read_any: Reads an item of any shape, or raises.
        write_reader: Makes the reader of a shape.
        prefer: Is told which reader is quickest for items like the last one; it reads all others too.
    """
    readers: dict[Shape, ShapedReader] = {}
    counts = _Counts()

    def read(data: Any) -> Any:
        if data.__class__ is dict:
            shape = tuple(data)
            reader = readers.get(shape) or count(shape, data)
            if reader is not None:
                prefer(reader)
                return reader(data, is_of_shape=True)
        return read_any(data)

    def count(shape: Shape, item: dict[str, Any]) -> ShapedReader | None:
        if len(readers) >= MOST_READERS:
            return None
        samples = counts.add(shape, item)
        if samples:
            reader = write_reader(shape, samples, read)
            if reader is not None:
                readers[shape] = reader
            if len(readers) >= MOST_READERS:
                counts.clear()
        return readers.get(shape)

    return read


class _Counts:
    """Counts items by their shapes, and takes samples of the last ones before there are enough.

    Threads may count at once: a miscount, or a reader made twice, harms nobody.
    """

    def __init__(self) -> None:
        self._counts: dict[Shape, int] = {}
        self._samples: dict[Shape, Samples] = {}

    def add(self, shape: Shape, item: dict[str, Any]) -> Samples:
        """Count an item; return samples if there are just enough of its shape, else nothing."""
        met = self._counts.get(shape, 0) + 1
        if met == 1 and not _is_sane(shape):
            return []
        if met == 1 and len(self._counts) >= _MOST_COUNTED:
            self.clear()
        self._counts[shape] = met
        if met <= ENOUGH - _SAMPLES or met > ENOUGH:
            return []
        sample = tuple(item.values())
        if met == ENOUGH:
            return [*self._samples.pop(shape, ()), sample]
        self._samples.setdefault(shape, []).append(sample)
        return []

    def clear(self) -> None:
        """Begin again."""
        self._counts.clear()
        self._samples.clear()


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
