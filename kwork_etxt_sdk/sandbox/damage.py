"""Spoils the data of an answer: repeated and shifted records, new fields, new codes, wrong types."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from kwork_etxt_sdk.sandbox.faults import Strike
    from kwork_etxt_sdk.sandbox.http import Outgoing

NEW_FIELD = "sandbox_new_field"
NEW_CODE = 9_999
NEW_WORD = "sandbox_new_code"
CODED_FIELDS = ("status", "status_id", "id_type", "price_type", "target", "type", "id_level", "group", "sort")
"""Fields of both services whose values are codes."""
PAGE_STARTS = {"from": 0, "offset": 0, "page": 1}
"""Parameters that say which page is asked for, and what the first page is."""

Record = dict[str, Any]


class Records:
    """The records in an answer, whatever its shape: a list, an object keyed by id, or one record."""

    def __init__(self, data: Any) -> None:
        self.holder = _find_collection(data)
        self._alone = data.get("response", data) if isinstance(data, dict) else None

    def all(self) -> list[Record]:
        """All records that are objects; if there is no collection, the answer itself."""
        if isinstance(self.holder, list):
            return [record for record in self.holder if isinstance(record, dict)]
        if self.holder is not None:
            return list(self.holder.values())
        return [self._alone] if isinstance(self._alone, dict) and self._alone else []


def _find_collection(data: Any) -> list[Any] | dict[str, Any] | None:
    """The first list of objects, or object of objects with numbers as keys, from the outside in."""
    waiting = [data]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            if any(isinstance(record, dict) for record in value):
                return value
        elif isinstance(value, dict):
            if value and all(key.isdecimal() and isinstance(record, dict) for key, record in value.items()):
                return value
            waiting.extend(value.values())
    return None


class Damage:
    """Changes answers. It remembers the ends of pages, because shifts go over from one page to the next."""

    def __init__(self) -> None:
        self._ends: dict[str, tuple[str, Record]] = {}

    def spoil(self, outgoing: Outgoing, strike: Strike, method: str, params: Mapping[str, Any]) -> Outgoing | None:
        """The changed answer; None if there is nothing in it that can be changed like this."""
        try:
            data = json.loads(outgoing.body)
        except ValueError:
            return None
        if isinstance(data, dict) and ("error" in data or data.get("success") is False):
            return None
        records = Records(data)
        if strike.fault.kind == "shift":
            is_spoilt = self._shift(records, method, params)
        else:
            is_spoilt = _SPOILERS[strike.fault.kind](records, strike)
        return replace(outgoing, body=json.dumps(data).encode()) if is_spoilt else None

    def _shift(self, records: Records, method: str, params: Mapping[str, Any]) -> bool:
        """Moves everything down by one, as if a record had been added between the pages."""
        holder = records.holder
        if not holder:
            return False
        before = self._ends.get(method) if _is_later_page(params) else None
        if isinstance(holder, list):
            self._ends[method] = ("", holder[-1])
            if before is not None:
                holder[:] = [before[1], *holder[:-1]]
        else:
            pairs = list(holder.items())
            self._ends[method] = pairs[-1]
            if before is not None:
                holder.clear()
                holder.update([before, *pairs[:-1]])
        return before is not None


def _is_later_page(params: Mapping[str, Any]) -> bool:
    for name, first in PAGE_STARTS.items():
        value = str(params.get(name, ""))
        if value.isdecimal() and int(value) > first:
            return True
    return False


def _duplicate(records: Records, strike: Strike) -> bool:
    if not isinstance(records.holder, list):
        return False  # an object has every key once
    holder = records.holder
    holder.insert(strike.draw.randint(0, len(holder)), strike.draw.choice(holder))
    return True


def _add_field(records: Records, _strike: Strike) -> bool:
    for record in records.all():
        record[NEW_FIELD] = "новое"
    return bool(records.all())


def _unknown_code(records: Records, strike: Strike) -> bool:
    wanted = (strike.fault.field,) if strike.fault.field else CODED_FIELDS
    return _change_field(records, strike.draw, wanted, _new_code)


def _new_code(value: Any) -> Any:
    if isinstance(value, str):
        return str(NEW_CODE) if value.isdecimal() else NEW_WORD
    return NEW_CODE


def _wrong_type(records: Records, strike: Strike) -> bool:
    wanted = (strike.fault.field,) if strike.fault.field else ()
    return _change_field(records, strike.draw, wanted, _other_type)


def _other_type(value: Any) -> Any:
    return "?" if isinstance(value, (list, dict)) else [value]


def _change_field(records: Records, draw: random.Random, wanted: tuple[str, ...], change: Callable[[Any], Any]) -> bool:
    """Changes one field of one record: one of those wanted, or any."""
    able = [(record, name) for record in records.all() for name in sorted(record) if not wanted or name in wanted]
    if not able:
        return False
    record, name = draw.choice(able)
    record[name] = change(record[name])
    return True


_SPOILERS: Mapping[str, Callable[[Records, Strike], bool]] = {
    "duplicates": _duplicate,
    "unknown_field": _add_field,
    "unknown_enum": _unknown_code,
    "wrong_type": _wrong_type,
}
