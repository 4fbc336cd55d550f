"""The mirror itself: an SQLite file that is right after every transaction, whenever the program dies.

Beside the mirrored tables stand four of its own: ``sync_meta`` (schema version, whose data these are), ``sync_lists``
(how far the walk through each list got), ``sync_seen`` (what a walk under way has met) and ``problems`` (what could not
be read).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from kwork_etxt_sdk.errors import ConfigurationError, MissingExtraError
from kwork_etxt_sdk.mapping import BadItem
from kwork_etxt_sdk.sync.shape import Row, Table, moment, text

if TYPE_CHECKING:
    import sqlite_utils

SCHEMA_VERSION: Final = 1
#: Seconds to wait for another program that writes to the file.
PATIENCE: Final = 30.0
_TRIES: Final = 100
_PAUSE: Final = 0.02
_PRIVATE: Final = 0o600
_FOLDER: Final = 0o700
#: Columns that every mirrored table has besides.
KEPT: Final[Mapping[str, type]] = {"first_seen_at": str, "changed_at": str, "gone_at": str}
_OWN_TABLES: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, type]]]] = {
    "sync_meta": (("name",), {"name": str, "value": str}),
    "sync_lists": (
        ("list",),
        {"list": str, "walk": int, "position": int, "floor": int, "done_walk": int, "done_at": str, "whole_at": str},
    ),
    "sync_seen": (("list", "walk", "key"), {"list": str, "walk": int, "key": str}),
    "problems": (
        ("list", "item"),
        {"list": str, "item": str, "problems": str, "raw": str, "first_seen_at": str, "last_seen_at": str},
    ),
}


@attrs.define
class ListState:
    """How far the walk through a list got.

    Attributes:
        walk: Number of the walk.
        position: Rows it has passed; None if no walk is under way.
        floor: Rows with smaller keys are known not to change; None if the walk is through the whole list.
        done_at: When the last walk was done; None if none was.
        whole_at: When the last walk through the whole list was done.
    """

    walk: int = 0
    position: int | None = None
    floor: int | None = None
    done_at: datetime | None = None
    whole_at: datetime | None = None


class Mirror:
    """The database.

    Args:
        path: The file; it is made if it is not there.
        tables: The tables that will be written to.
        views: Views by name.
        now: The time of the run.

    Raises:
        MissingExtraError: sqlite-utils is not installed.
        ConfigurationError: The file is no mirror of this version of the SDK, or can't be opened.
    """

    def __init__(self, path: Path, tables: Iterable[Table], views: Mapping[str, str], *, now: datetime) -> None:
        self.path = path
        self.now = moment(now)
        self._troubled: dict[str, set[str]] = {}
        utils = _sqlite_utils()
        connection = _open(path)
        try:
            self._connection = connection
            self._prepare_patiently(utils.Database(connection, execute_plugins=False), tuple(tables), views)
        except sqlite3.DatabaseError as failure:
            connection.close()
            raise ConfigurationError(f"{path} can't be used as a mirror: {failure}") from None
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Let everything in this `with` happen, or nothing of it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # SQLite itself ends it when the disk is full
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Make a change and return how many rows it touched."""
        return self._connection.execute(sql, parameters).rowcount

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the only value of a query; None if there is no row."""
        row = self._connection.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    # --- rows -------------------------------------------------------------------------------------------------------

    def put(self, table: Table, row: Row) -> str:
        """Write a row, and tell whether that made it ``new``, ``changed`` or left it ``unchanged``.

        Columns that the row does not name stay as they are.
        """
        key = row[table.key]
        names = [name for name in row if name != table.key]
        found = self._connection.execute(
            f'SELECT {_listed(names)}, gone_at FROM "{table.name}" WHERE "{table.key}" = ?', (key,)
        ).fetchone()
        values = [row[name] for name in names]
        if found is None:
            self._connection.execute(
                f'INSERT INTO "{table.name}" ({_listed([table.key, *names])}, first_seen_at, changed_at)'
                f" VALUES ({', '.join('?' * (len(names) + 3))})",
                (key, *values, self.now, self.now),
            )
            return "new"
        if list(found[:-1]) == values and found[-1] is None:
            return "unchanged"
        assignments = ", ".join(f'"{name}" = ?' for name in names)
        self._connection.execute(
            f'UPDATE "{table.name}" SET {assignments}, changed_at = ?, gone_at = NULL WHERE "{table.key}" = ?',
            (*values, self.now, key),
        )
        return "changed"

    def mark_gone(self, table: Table, where: str, parameters: Sequence[Any] = ()) -> int:
        """Mark rows that the service no longer has; return how many."""
        return self.change(
            f'UPDATE "{table.name}" SET gone_at = ? WHERE gone_at IS NULL AND ({where})', (self.now, *parameters)
        )

    # --- walks ------------------------------------------------------------------------------------------------------

    def state(self, name: str) -> ListState:
        """Return how far the walk through a list got."""
        rows = self.query("SELECT walk, position, floor, done_at, whole_at FROM sync_lists WHERE list = ?", (name,))
        if not rows:
            return ListState()
        walk, position, floor, done_at, whole_at = rows[0]
        return ListState(walk, position, floor, _time(done_at), _time(whole_at))

    def begin_walk(self, name: str, floor: int | None) -> ListState:
        """Note that a walk begins."""
        with self.transaction():
            self.change(
                "INSERT INTO sync_lists (list, walk, position, floor) VALUES (?, 1, 0, ?) ON CONFLICT (list)"
                " DO UPDATE SET walk = walk + 1, position = 0, floor = excluded.floor",
                (name, floor),
            )
            self.change("DELETE FROM sync_seen WHERE list = ?", (name,))
            return self.state(name)

    def advance(self, name: str, walk: int, position: int, keys: Iterable[Any]) -> None:
        """Note how far a walk got and what it met."""
        under_way = self.change(
            "UPDATE sync_lists SET position = ? WHERE list = ? AND walk = ? AND position IS NOT NULL",
            (position, name, walk),
        )
        if not under_way:  # another run has ended it
            return
        self._connection.executemany(
            "INSERT OR IGNORE INTO sync_seen (list, walk, key) VALUES (?, ?, ?)",
            [(name, walk, str(key)) for key in keys],
        )

    def knows(self, name: str, walk: int, keys: Iterable[Any]) -> bool:
        """Tell whether a walk has met one of these."""
        sql = "SELECT 1 FROM sync_seen WHERE list = ? AND walk = ? AND key = ?"
        return any(self.value(sql, (name, walk, str(key))) for key in keys)

    def end_walk(self, name: str, walk: int, *, whole: bool = True) -> bool:
        """Note that a walk is done, and whether it was through the whole list; False if another run has ended it."""
        ended = self.change(
            "UPDATE sync_lists SET position = NULL, done_walk = walk, done_at = ?,"
            " whole_at = CASE WHEN ? THEN ? ELSE whole_at END"
            " WHERE list = ? AND walk = ? AND position IS NOT NULL",
            (self.now, whole, self.now, name, walk),
        )
        return bool(ended)

    def forget_seen(self, name: str) -> None:
        """Drop what a walk has met, once nobody asks for it any more."""
        self.change("DELETE FROM sync_seen WHERE list = ?", (name,))

    # --- what could not be read -------------------------------------------------------------------------------------

    def note_problem(self, name: str, bad: BadItem, key: str) -> str:
        """Keep an item that could not be read; return what it is known by there."""
        raw = text(json.dumps(bad.raw, ensure_ascii=False, default=str))
        item = _key_of(bad.raw, key) or hashlib.sha256(raw.encode()).hexdigest()[:16]
        problems = "\n".join(problem.replace(bad.path, "$") for problem in bad.problems)
        self.change(
            "INSERT INTO problems (list, item, problems, raw, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (list, item) DO UPDATE"
            " SET problems = excluded.problems, raw = excluded.raw, last_seen_at = excluded.last_seen_at",
            (name, item, problems, raw, self.now, self.now),
        )
        self._troubled.setdefault(name, set()).add(item)
        return item

    def settle_problem(self, name: str, item: Any) -> None:
        """Drop the note about an item that can be read now."""
        if name not in self._troubled:
            rows = self.query("SELECT item FROM problems WHERE list = ?", (name,))
            self._troubled[name] = {known for (known,) in rows}
        if str(item) in self._troubled[name]:
            self._troubled[name].discard(str(item))
            self.change("DELETE FROM problems WHERE list = ? AND item = ?", (name, str(item)))

    # --- whose data these are ---------------------------------------------------------------------------------------

    def meta(self, name: str) -> str | None:
        """Return a note about the mirror itself."""
        found: str | None = self.value("SELECT value FROM sync_meta WHERE name = ?", (name,))
        return found

    def set_meta(self, name: str, value: str) -> None:
        """Keep a note about the mirror itself."""
        self.change("INSERT OR REPLACE INTO sync_meta (name, value) VALUES (?, ?)", (name, value))

    def _prepare_patiently(
        self, db: sqlite_utils.Database, tables: tuple[Table, ...], views: Mapping[str, str]
    ) -> None:
        # Where two programs make the file at the same time, SQLite does not always wait for the other one.
        for left in reversed(range(_TRIES)):
            try:
                self._prepare(db, tables, views)
            except sqlite3.OperationalError as failure:  # noqa: PERF203 - a few times at most
                if not left or "locked" not in str(failure):
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _prepare(self, db: sqlite_utils.Database, tables: Iterable[Table], views: Mapping[str, str]) -> None:
        self._check_version(set(db.table_names()))
        # Others can read meanwhile, and a page does not wait for the disk: what a power cut takes back, cursor and rows
        # alike, is fetched again.
        with contextlib.suppress(sqlite3.OperationalError):  # another program uses the file: so be it
            self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        for name, (key, columns) in _OWN_TABLES.items():
            db.table(name).create(dict(columns), pk=key[0] if len(key) == 1 else key, if_not_exists=True)
        for table in tables:
            made = db.table(table.name)
            columns = {**table.columns, **KEPT}
            made.create(columns, pk=table.key, if_not_exists=True)
            # A newer version of the SDK may know more fields; what it has dropped stays.
            for column in columns.keys() - made.columns_dict.keys():
                made.add_column(column, columns[column])
        for name, sql in views.items():
            db.execute(f'CREATE VIEW IF NOT EXISTS "{name}" AS {sql}')
        self.change(
            "INSERT OR IGNORE INTO sync_meta (name, value) VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),)
        )

    def _check_version(self, names: set[str]) -> None:
        if "sync_meta" not in names:
            if names:
                raise ConfigurationError(
                    f"{self.path} is a database of something else; take another file.", hint="Nothing was changed."
                )
            return
        version = self.meta("schema_version")
        if version is not None and version != str(SCHEMA_VERSION):
            raise ConfigurationError(
                f"{self.path} has the schema version {version}, this version of the SDK writes {SCHEMA_VERSION}.",
                hint="Update the SDK, or mirror into a new file.",
            )


def _sqlite_utils() -> Any:
    try:
        import sqlite_utils
    except ImportError:
        raise MissingExtraError(
            "sync needs the package 'sqlite-utils'; install it with: pip install 'kwork-etxt-sdk[sync]'"
        ) from None
    return sqlite_utils


def _open(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE))
        path.chmod(_PRIVATE)
        return sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    except (OSError, sqlite3.Error) as failure:
        raise ConfigurationError(f"the database {path} can't be opened: {failure}") from None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _key_of(raw: Any, key: str) -> str | None:
    """Return the id of something unreadable, if it has one."""
    found = raw.get(key) if isinstance(raw, dict) else None
    return json.dumps(found) if isinstance(found, int) else found if isinstance(found, str) and found else None


def _time(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)
