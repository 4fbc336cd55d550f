"""From models to rows: which columns a table has, and what stands in them.

Money is text, as exact as it came (SQLite has no decimals); times are ISO 8601 text in UTC; flags are 0 and 1; codes
are the service's own; nested data are JSON text. What is only true at the moment of asking is left out.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import attrs

from kwork_etxt_sdk.mapping import Model

Row = dict[str, Any]

#: Addresses of files die within a day, and who is on the site, or how much time is left, is another thing by the next
#: call: in a mirror all of that would be false, and would make every row look changed.
MOMENTARY: Final = frozenset(
    {
        "path",
        "filename",
        "is_online",
        "last_online_at",
        "time_left",
        "time_left_text",
        "is_viewed",
        "display_time",
        "from_live_date",
        "to_live_date",
        "message_page",
    }
)
#: The largest integer that SQLite holds, and one.
_BEYOND: Final = 2**63


@attrs.frozen
class Table:
    """A table of the mirror.

    Attributes:
        name: Its name.
        key: Its primary key, one column.
        columns: Their types as Python has them: int, float or str.
        model: The models that its rows are made of.
    """

    name: str
    key: str
    columns: Mapping[str, type]
    model: type[Model] | None = None

    @classmethod
    def of(cls, name: str, model: type[Model], key: str, **more: type) -> Table:
        """Return the table for a model.

        Args:
            name: Its name.
            model: A column for each of its fields.
            key: Its primary key.
            more: Columns besides.
        """
        hints = get_type_hints(model)
        own = {field: _sql_type(hints[field]) for field in model.field_names() if field not in MOMENTARY}
        first = {key: {**own, **more}[key]}
        return cls(name, key, {**first, **own, **more, "extra": str}, model)

    def row(self, item: Model, **more: Any) -> Row:
        """Return the row of an item.

        Args:
            item: A model whose fields the table has columns for.
            more: Values of other columns.
        """
        row = {name: cell(getattr(item, name)) for name in item.field_names() if name in self.columns}
        row["extra"] = cell(item.extra) if item.extra else None
        return {**row, **more}


def cell(value: Any) -> Any:
    """Return a value as SQLite stores it."""
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, Enum):
        return cell(value.value)
    if isinstance(value, (bool, int)):
        return int(value) if -_BEYOND <= value < _BEYOND else str(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return text(json.dumps(_plain(value), ensure_ascii=False, sort_keys=True))


def text(value: str) -> str:
    """Return a text that can be written: half a character (services cut texts) becomes an escape."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def moment(value: datetime) -> str:
    """Return a time as the mirror has it: ``2030-01-01T00:00:00+00:00``."""
    return value.astimezone(timezone.utc).isoformat()


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        value = value.to_dict()
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items() if name not in MOMENTARY}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _sql_type(hint: Any) -> type:
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [_sql_type(part) for part in get_args(hint) if part is not type(None)]
        return kinds[0] if len(kinds) == 1 else str
    if isinstance(hint, type):
        for kind in (int, float):
            if issubclass(hint, kind):
                return kind
    return str
