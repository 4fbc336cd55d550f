"""A list of models, and the items that could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, SupportsIndex, TypeVar, overload

import attrs

from kwork_etxt_sdk.mapping.show import records_html

T = TypeVar("T")


@attrs.frozen
class BadItem:
    """One item of a list that does not fit its model.

    Attributes:
        index: Its place among the items, from 0.
        path: Where it stands in the answer (``$.kworks[3]``).
        raw: What the service sent; None if bad items were to be skipped.
        problems: What is wrong with it.
    """

    index: int
    path: str
    raw: Any = attrs.field(repr=False)
    problems: tuple[str, ...]


class Records(list[T]):
    """A list that remembers which items it had to leave out, and shows itself as a table in notebooks.

    Attributes:
        bad_items: The items that could not be read, if the caller chose to go on without them.
    """

    __slots__ = ("bad_items",)

    bad_items: list[BadItem]

    def __init__(self, items: Iterable[T] = (), bad_items: Iterable[BadItem] = ()) -> None:
        super().__init__(items)
        self.bad_items = list(bad_items)

    @overload
    def __getitem__(self, index: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Records[T]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> T | Records[T]:
        # A part of the list shows itself as a table, too.
        if isinstance(index, slice):
            return Records(super().__getitem__(index), self.bad_items)
        return super().__getitem__(index)

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with 20 rows at most."""
        return records_html(self)
