"""The state file: what the sandbox knows, kept in SQLite between runs.

It holds a snapshot of each marketplace, replaced as a whole after every call that changed something. SQLite makes the
replacement atomic, so a program that is killed leaves the snapshot before or the one after.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sqlite3
import sys
from dataclasses import fields, is_dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kwork_etxt_sdk.sandbox.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
"""To be raised when the meaning of the state changes without a change of its fields."""
OWNER_ONLY = 0o600
PROTOCOL = 5
"""Of pickle."""
OUR_MODULES = "kwork_etxt_sdk.sandbox."
OTHER_CLASSES = {
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("collections", "Counter"),
    ("collections", "deque"),
    ("decimal", "Decimal"),
}
SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS part (name TEXT PRIMARY KEY, data BLOB NOT NULL, checksum TEXT NOT NULL);
"""


class Saved(NamedTuple):
    """What a state file held."""

    now: float
    """The simulated unix time of the snapshot."""
    parts: dict[str, Any]


class StateFile:
    """A state file that is open; nobody else can use it meanwhile.

    Args:
        path: Where it is, or shall be.
        seed: The seed of the sandbox; a file belongs to one.

    Raises:
        StateError: The file is damaged, in use, or belongs to another seed or version.
    """

    def __init__(self, path: str | os.PathLike[str], *, seed: int) -> None:
        self.path = os.fspath(path)
        self._about = {"format": str(FORMAT), "seed": str(seed), "classes": _classes()}
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
            Path(self.path).chmod(OWNER_ONLY)
        except OSError as error:
            raise StateError(f"the state file {self.path} cannot be opened: {error.strerror}") from None
        # Requests come in several threads, one at a time.
        self._database = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._take()
        except BaseException:
            self._database.close()
            raise

    def _take(self) -> None:
        try:
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            # Nobody waits for the disk: a program that is killed loses nothing by it, only a power cut could.
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.execute("BEGIN EXCLUSIVE")
            for statement in filter(str.strip, SCHEMA.split(";")):
                self._database.execute(statement)
            found = dict(self._database.execute("SELECT name, value FROM about"))
            if not found:
                self._database.executemany("INSERT INTO about VALUES (?, ?)", self._about.items())
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StateError(f"the state file {self.path} is in use by another sandbox") from None
            raise self._damaged(error) from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None
        if found:
            self._check(found)

    def _check(self, found: Mapping[str, str]) -> None:
        if found.get("seed") != self._about["seed"]:
            ours, theirs = self._about["seed"], found.get("seed")
            raise StateError(
                f"the state file {self.path} belongs to seed {theirs}, not {ours}: use that seed, or another file"
            )
        if any(found.get(name) != self._about[name] for name in ("format", "classes")):
            raise StateError(f"the state file {self.path} was written by another version: delete it, or use another")

    def _damaged(self, error: object) -> StateError:
        return StateError(f"the state file {self.path} is damaged ({error}): delete it, or use another")

    def load(self) -> Saved | None:
        """What the file holds; None if nothing was saved yet."""
        try:
            now = dict(self._database.execute("SELECT name, value FROM about")).get("now")
            rows = list(self._database.execute("SELECT name, data, checksum FROM part"))
            for name, data, checksum in rows:
                if hashlib.sha256(data).hexdigest() != checksum:
                    raise self._damaged(f"wrong checksum of {name}")
            parts = {name: _Reader(io.BytesIO(data)).load() for name, data, _ in rows}
        except (sqlite3.DatabaseError, pickle.UnpicklingError, AttributeError, ImportError, TypeError) as error:
            raise self._damaged(error) from None
        return None if now is None else Saved(float(now), parts)

    def save(self, now: float, parts: Mapping[str, Any]) -> None:
        """Replaces what the file holds of these parts."""
        packed = [(name, *_pack(part)) for name, part in parts.items()]
        with self._database:
            self._database.execute("BEGIN")
            self._database.execute("INSERT OR REPLACE INTO about VALUES ('now', ?)", (repr(now),))
            self._database.executemany("INSERT OR REPLACE INTO part VALUES (?, ?, ?)", packed)

    def close(self) -> None:
        """Gives the file free."""
        self._database.close()


def _pack(part: Any) -> tuple[bytes, str]:
    packed = io.BytesIO()
    _Writer(packed, PROTOCOL).dump(part)
    return packed.getvalue(), hashlib.sha256(packed.getvalue()).hexdigest()


class _Writer(pickle.Pickler):
    """Leaves out what our classes compute when it is first asked for: it comes back by itself."""

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if not kind.__module__.startswith(OUR_MODULES) or not hasattr(value, "__dict__"):
            return NotImplemented
        lazy = [name for name in vars(value) if isinstance(getattr(kind, name, None), cached_property)]
        if not lazy:
            return NotImplemented
        kept = {name: content for name, content in vars(value).items() if name not in lazy}
        make, arguments, *_ = value.__reduce_ex__(PROTOCOL)
        return make, arguments, kept


class _Reader(pickle.Unpickler):
    """Makes objects of the sandbox's own classes only: a state file from elsewhere cannot run anything."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in OTHER_CLASSES:
            return super().find_class(module, name)
        if module.startswith(OUR_MODULES):
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} does not belong here")


def _classes() -> str:
    """A fingerprint of the fields of everything that is kept, which tells other versions from this one."""
    import_module(OUR_MODULES + "world")  # and with it everything that is kept
    described = {
        f"{kind.__module__}.{kind.__qualname__}: {[one.name for one in fields(kind)]}"
        for name, module in list(sys.modules.items())
        if name.startswith((OUR_MODULES + "etxt.", OUR_MODULES + "kwork.", OUR_MODULES + "agenda"))
        for kind in vars(module).values()
        if isinstance(kind, type) and is_dataclass(kind)
    }
    return hashlib.sha256("\n".join(sorted(described)).encode()).hexdigest()
