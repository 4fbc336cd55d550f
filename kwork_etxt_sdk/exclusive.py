"""One run at a time: a lock that the system drops when its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from kwork_etxt_sdk.errors import ConfigurationError, SdkError

_PRIVATE = 0o600
_FOLDER = 0o700


class AlreadyRunningError(SdkError):
    """Another run holds the lock of what this one wants to work on; nothing was done."""


@contextlib.contextmanager
def only_run(path: Path, what: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock of a file or database while the `with` lasts.

    The lock is an empty file ``NAME.lock`` beside it that stays there; SQLite locks it, which works on every system.

    Args:
        path: What the run works on.
        what: The same in words, for the error.
        wait: Seconds to wait for another run to end.

    Raises:
        AlreadyRunningError: Another run holds it, and did not end in time.
        ConfigurationError: There can't be such a file.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        os.close(os.open(lock, os.O_RDWR | os.O_CREAT, _PRIVATE))
        connection = sqlite3.connect(lock, timeout=wait, isolation_level=None)
    except (OSError, sqlite3.Error) as failure:
        problem = getattr(failure, "strerror", None) or failure
        raise ConfigurationError(f"the lock {lock} can't be opened: {problem}") from None
    with contextlib.closing(connection):
        _take(connection, path, what, wait)
        yield


def _take(connection: sqlite3.Connection, path: Path, what: str, wait: float) -> None:
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as failure:
        if "locked" not in str(failure):
            raise ConfigurationError(f"{path}.lock is no lock of this program: {failure}.") from None
    else:
        return
    waited = f" and did not end within {wait:g} s" if wait else ""
    raise AlreadyRunningError(
        f"another run works on {what} {path}{waited}.", hint="Nothing was done; try again when it has ended."
    )
