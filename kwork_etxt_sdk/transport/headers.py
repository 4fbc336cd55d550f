"""Headers of requests and answers, in the form that requests wants, made without what its own take for each line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from requests.structures import CaseInsensitiveDict


class Headers(CaseInsensitiveDict[Any]):
    """Headers as requests has them; a value that comes twice is joined by a comma.

    Args:
        pairs: Names and values.
    """

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        store: dict[str, tuple[str, Any]] = {}
        for name, value in pairs:
            lower = name.lower()
            before = store.get(lower)
            store[lower] = (name, value) if before is None else (before[0], f"{before[1]}, {value}")
        self._store = store

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._store

    def copy(self) -> Headers:
        """Return others that are the same."""
        other = Headers()
        other._store = self._store.copy()
        return other

    def items(self) -> Any:
        """Return names and values."""
        return self._store.values()

    def lowered(self) -> dict[str, Any]:
        """Return them as a plain dict, names in lower case."""
        return {lower: pair[1] for lower, pair in self._store.items()}
