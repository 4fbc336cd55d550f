"""Parameters that only Kwork has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from kwork_etxt_sdk.params import Encoded, Param, Problem

#: The documented ways to sort that the app wire has, and what it calls them; empty is what it does unasked.
APP_SORTS: Final = {"recommend": "", "newest": "new"}


class Settings(Param):
    """Names and values that are the whole body, at least one."""

    def encode(self, value: Any, now: datetime) -> Encoded:
        """Write them as fields of a form."""
        from kwork_etxt_sdk.raw import Raw

        return [pair for name, inner in _pairs(value) for pair in Raw(name).encode(inner, now)]

    def json(self, value: Any) -> dict[str, Any]:
        """Return them as JSON can hold them."""
        from kwork_etxt_sdk.raw import plain_json

        return {name: plain_json(inner) for name, inner in _pairs(value)}


class AppSort(Param):
    """A way to sort, by its documented name, on the app wire."""

    @property
    def limits(self) -> str:
        """The ways in words."""
        return f"{' or '.join(APP_SORTS)} on the app wire"

    def encode(self, value: Any, now: datetime) -> Encoded:
        """Translate it; what nobody knows the service's name for is refused."""
        del now
        if not isinstance(value, str) or value not in APP_SORTS:
            raise Problem(f"must be {self.limits}, not {value!r}: nobody knows what it calls other ways to sort")
        return [(self.wire, APP_SORTS[value])] if APP_SORTS[value] else []


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping) or not value:
        raise Problem(f"must be names and values, at least one, not {value!r}")
    for name, inner in value.items():
        if not isinstance(name, str) or not name:
            raise Problem(f"must have names that are texts, not {name!r}")
        yield name, inner
