"""What was sent under which key: so that a cron job that died, or runs twice, does nothing twice.

The entry is written and flushed to disk before a call is sent, and marked done after the answer. Whatever happens in
between (``kill -9``, power failure, a lost answer), the entry stays and says: nobody knows.
"""

from __future__ import annotations

import contextlib
import enum
import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import attrs

from kwork_etxt_sdk.errors import ConfigurationError

#: How long another process may hold the file before that is an error, in seconds. An entry takes about a millisecond.
LOCK_TIMEOUT = 30.0
_VERSION = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS calls (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    call TEXT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'done')),
    sent_at REAL NOT NULL,
    done_at REAL,
    answer TEXT,
    PRIMARY KEY (scope, key)
) WITHOUT ROWID
"""
#: Without it a list of what is pending would read every call ever made.
_INDEX = "CREATE INDEX IF NOT EXISTS pending ON calls (sent_at) WHERE state = 'sent'"


class EntryState(enum.Enum):
    """What the journal knows of a key."""

    SENT = "sent"
    """It was sent, or was about to be; whether it took effect nobody has said."""
    DONE = "done"
    """It took effect; the answer is kept."""


@attrs.frozen(kw_only=True)
class Entry:
    """A call under a key.

    Attributes:
        scope: Which account, hashed.
        key: The caller's key.
        call: The method, as ``"etxt tasks.saveTask"``.
        digest: Hash of the arguments.
        state: What is known.
        sent_at: When it was sent (aware, UTC).
        done_at: When the answer came.
        answer: The service's answer, if it is done.
    """

    scope: str
    key: str
    call: str
    digest: str
    state: EntryState
    sent_at: datetime
    done_at: datetime | None
    answer: Any = attrs.field(repr=False)


class Journal:
    """A file that remembers calls made with a ``once_key``. Safe for threads, processes and forks.

    Args:
        path: The SQLite file; made with access for you alone if it does not exist.

    Raises:
        ConfigurationError: The file can't be used as a journal.

    Example:
        >>> journal = Journal("orders.journal")  # doctest: +SKIP
        >>> client = EtxtClient.from_env(journal=journal)  # doctest: +SKIP
        >>> once = CallOptions(once_key="order 2026-11-21/7")  # doctest: +SKIP
        >>> client.tasks.save_task("Обзор", price=150, size=3000, category_id=1790, options=once)  # doctest: +SKIP
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path).expanduser()
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0
        with self._own_lock(), self._open():
            pass

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def begin(self, scope: str, key: str, call: str, digest: str) -> Entry | None:
        """Write down that a call is about to be sent.

        Returns:
            None if the way is free; the entry already there if the key was used before.
        """
        now = _now()
        with self._own_lock(), self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            found = self._find(connection, scope, key)
            if found is None:
                connection.execute(
                    "INSERT INTO calls (scope, key, call, digest, state, sent_at) VALUES (?, ?, ?, ?, 'sent', ?)",
                    (scope, key, call, digest, now),
                )
            connection.execute("COMMIT")
        return found

    def find(self, scope: str, key: str) -> Entry | None:
        """Return the call with a key, if there was one."""
        with self._own_lock(), self._open() as connection:
            return self._find(connection, scope, key)

    def done(self, scope: str, key: str, answer: Any) -> None:
        """Write down that the call took effect, and what the service answered."""
        with self._own_lock(), self._open() as connection:
            connection.execute(
                "UPDATE calls SET state = 'done', done_at = ?, answer = ? WHERE scope = ? AND key = ?",
                (_now(), json.dumps(answer), scope, key),
            )

    def free(self, scope: str, key: str) -> None:
        """Forget a call that provably did not take effect: the key can be used again."""
        with self._own_lock(), self._open() as connection:
            connection.execute("DELETE FROM calls WHERE scope = ? AND key = ? AND state = 'sent'", (scope, key))

    def pending(self) -> list[Entry]:
        """Return the calls of which nobody knows whether they took effect, oldest first."""
        return self._select("WHERE state = 'sent' ORDER BY sent_at")

    def entries(self) -> list[Entry]:
        """Return all calls, oldest first."""
        return self._select("ORDER BY sent_at")

    def mark_done(self, key: str, result: Any = None, *, scope: str | None = None) -> None:
        """Say that a pending call took effect: you have looked.

        Args:
            key: The key it was made with.
            result: The service's answer as plain data, if you know it: a later call with the key returns it.
            scope: Which account, where several accounts used the same key.

        Raises:
            ConfigurationError: No such key, or several accounts used it.
        """
        entry = self._only(key, scope)
        self.done(entry.scope, entry.key, result)

    def forget(self, key: str, *, scope: str | None = None) -> None:
        """Forget a call: one with this key will be sent again.

        Args:
            key: The key it was made with.
            scope: Which account, where several accounts used the same key.

        Raises:
            ConfigurationError: No such key, or several accounts used it.
        """
        entry = self._only(key, scope)
        with self._own_lock(), self._open() as connection:
            connection.execute("DELETE FROM calls WHERE scope = ? AND key = ?", (entry.scope, entry.key))

    def close(self) -> None:
        """Close the file; it opens again on the next use."""
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def __repr__(self) -> str:
        return f"Journal({str(self._path)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Journal, (str(self._path),))

    def _only(self, key: str, scope: str | None) -> Entry:
        found = [entry for entry in self._select("WHERE key = ?", key) if scope in {None, entry.scope}]
        if not found:
            raise ConfigurationError(f"the journal {self._path.name} has no call with the key {key!r}")
        if len(found) > 1:
            scopes = ", ".join(entry.scope for entry in found)
            raise ConfigurationError(f"several accounts used the key {key!r}; name one with scope=: {scopes}")
        return found[0]

    def _find(self, connection: sqlite3.Connection, scope: str, key: str) -> Entry | None:
        row = connection.execute(f"{_SELECT} WHERE scope = ? AND key = ?", (scope, key)).fetchone()
        return None if row is None else _entry(row)

    def _select(self, condition: str, *values: str) -> list[Entry]:
        with self._own_lock(), self._open() as connection:
            return [_entry(row) for row in connection.execute(f"{_SELECT} {condition}", values)]

    def _own_lock(self) -> threading.Lock:
        """Return the lock of this process.

        Each ``with`` takes it itself: a Ctrl-C between taking it in a function and the block that follows would leave
        it taken for as long as somebody keeps the traceback.
        """
        if self._pid != os.getpid():
            # After a fork the lock may be locked for ever, and SQLite forbids using the parent's connection.
            self._lock, self._connection, self._pid = threading.Lock(), None, os.getpid()
        return self._lock

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to whoever holds the lock; a child process gets one of its own."""
        try:
            if self._connection is None:
                self._connection = self._connect()
                # Nobody has to close a journal; and from Python 3.13 on SQLite warns of connections that are just lost.
                weakref.finalize(self, _close_own, self._connection, os.getpid())
            self._roll_back()  # somebody may have been interrupted before he could end it
            yield self._connection
        except GeneratorExit:
            raise  # dropped by an interrupt before anything was begun: the lock, and what is open now, is another's
        except (sqlite3.Error, OSError) as failure:
            reason = str(failure)
            with contextlib.suppress(sqlite3.Error):  # what went wrong first is told
                self._roll_back()
        except BaseException:
            self._roll_back()
            raise
        else:
            return
        raise ConfigurationError(f"the journal {self._path.name} can't be used: {reason}")

    def _roll_back(self) -> None:
        connection = self._connection
        if connection is None or not connection.in_transaction:
            return
        try:
            connection.rollback()
        except sqlite3.Error:
            self._connection = None  # SQLite rolls back when the file is opened anew
            connection.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        if self._path.parent != self._path and not self._path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {self._path.parent.name!r}")
        # Made by us first: SQLite would create it readable for everybody.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self._path, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _close_own(connection: sqlite3.Connection, pid: int) -> None:
    if pid == os.getpid():  # SQLite forbids a forked child to touch what is its parent's
        connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in {0, _VERSION}:
        raise sqlite3.DatabaseError(f"it was written by a newer version of this package (format {version})")
    if version == 0:
        connection.execute(_TABLE)
        connection.execute(_INDEX)
        connection.execute(f"PRAGMA user_version = {_VERSION}")


_SELECT = "SELECT scope, key, call, digest, state, sent_at, done_at, answer FROM calls"


def _entry(row: tuple[Any, ...]) -> Entry:
    scope, key, call, digest, state, sent_at, done_at, answer = row
    return Entry(
        scope=scope,
        key=key,
        call=call,
        digest=digest,
        state=EntryState(state),
        sent_at=datetime.fromtimestamp(sent_at, timezone.utc),
        done_at=None if done_at is None else datetime.fromtimestamp(done_at, timezone.utc),
        answer=None if answer is None else json.loads(answer),
    )


def _now() -> float:
    return datetime.now(timezone.utc).timestamp()
