"""Models as a table of an SQLite database."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Final

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import MOSCOW, Model
from kwork_etxt_sdk.mapping.model import _plain
from kwork_etxt_sdk.tables.columns import Columns, classes_of, columns_of
from kwork_etxt_sdk.tables.rows import value_at

#: Seconds to wait for another program that is writing into the same file.
_PATIENCE: Final = 30.0


def to_sqlite(
    items: Iterable[Model],
    path: str | Path,
    table: str,
    fields: Sequence[str] | None = None,
    *,
    key: str | Sequence[str] | None = None,
    model: type[Model] | None = None,
) -> int:
    """Write models into a table of an SQLite file: new ones are added, those that are there already are replaced.

    The table is made if it is missing, and gets the columns that it lacks; none is ever removed. Money is exact, as
    text (``CAST(price AS REAL)`` to compare it); times are ISO 8601 text in Moscow time, so that they sort; flags are 0
    and 1; codes are numbers; lists, and fields that the model does not know (``extra``), are JSON text. All items are
    fetched first and then written in one transaction: all of them, or none.

    Args:
        items: Models, for example a pager.
        path: The database; made if it does not exist.
        table: The table.
        fields: The columns; all if left out. Others keep what they have.
        key: The column or columns that tell rows apart; the first field of the model if left out, which is its id.
        model: Their class: with it the table is made even if there are no items.

    Returns:
        Rows written.

    Raises:
        ConfigurationError: The models have no such field, a row lacks its key, or the database can't be written.

    Example:
        >>> to_sqlite(client.tasks.list_tasks(), "mine.db", "orders")  # doctest: +SKIP
        118
    """
    rows = list(items)
    classes = classes_of(rows, model)
    if not classes:
        return 0
    keys = [key] if isinstance(key, str) else list(key or classes[0].field_names()[:1])
    columns = columns_of(classes, None if fields is None else list(dict.fromkeys([*keys, *fields])))
    columns_of(classes, keys)  # asks for fields that the models have
    if fields is None:
        columns["extra"] = object
    values = [[_stored(value_at(row, name)) for name in columns] for row in rows]
    _check_keys(values, [list(columns).index(name) for name in keys], keys)
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as database:
            _write(database, table, columns, keys, values)
    except (sqlite3.Error, OverflowError) as failure:
        problem = f"the table {table!r} of {path} can't be written: {failure}. Nothing was changed."
    else:
        return len(values)
    raise ConfigurationError(problem)


def _check_keys(values: list[list[Any]], places: list[int], keys: list[str]) -> None:
    for number, row in enumerate(values):
        if any(row[place] is None for place in places):
            raise ConfigurationError(
                f"item {number} has no {' or '.join(keys)}, which tells rows apart: name another key"
            )


def _write(
    database: sqlite3.Connection, table: str, columns: Columns, keys: list[str], values: list[list[Any]]
) -> None:
    name = _quoted(table)
    database.execute("BEGIN IMMEDIATE")
    # The connection is closed when anything fails, and what was not committed is gone.
    there = {str(column[1]) for column in database.execute(f"PRAGMA table_info({name})")}
    if not there:
        described = [f"{_quoted(column)} {_storage(kind)}" for column, kind in columns.items()]
        database.execute(f"CREATE TABLE {name} ({', '.join(described)}, PRIMARY KEY ({_listed(keys)}))")
    for column in [column for column in columns if there and column not in there]:
        database.execute(f"ALTER TABLE {name} ADD COLUMN {_quoted(column)} {_storage(columns[column])}")
    rest = [f"{_quoted(column)} = excluded.{_quoted(column)}" for column in columns if column not in keys]
    found = f"UPDATE SET {', '.join(rest)}" if rest else "NOTHING"
    database.executemany(
        f"INSERT INTO {name} ({_listed(columns)}) VALUES ({', '.join('?' * len(columns))}) "  # noqa: S608 - names are quoted
        f"ON CONFLICT ({_listed(keys)}) DO {found}",
        values,
    )
    database.execute("COMMIT")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_quoted, names))


def _storage(kind: Any) -> str:
    if kind is float:
        return "REAL"
    return "INTEGER" if isinstance(kind, type) and issubclass(kind, int) else "TEXT"


def _stored(value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(MOSCOW).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        value = json.dumps(_plain(value, 0), ensure_ascii=False)
    # Half a character (services cut texts) can't be UTF-8: it is stored as an escape rather than losing the row.
    return value.encode("utf-8", "backslashreplace").decode()
