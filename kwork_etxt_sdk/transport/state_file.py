"""The buckets of all processes of one user on one machine, in small files.

A file holds one bucket: 76 bytes, changed under a lock that the system drops when its holder dies. Times are those of
the machine's monotonic clock, which all processes of one boot share; a record of another boot is a full bucket.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import sys
import threading
import time
import weakref
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kwork_etxt_sdk.transport.bucket import Operation, Pace, State
from kwork_etxt_sdk.transport.sharing import SharedStore

if sys.platform != "win32":
    import fcntl

#: Where the files are, if the caller does not say.
STATE_DIR_VARIABLE = "KWORK_ETXT_STATE_DIR"
#: How long a stopped process that holds the lock is waited for, in seconds. The limiter is a courtesy to the service:
#: it must not block a call for its own sake.
PATIENCE = 2.0
#: How many files are kept open.
OPEN_FILES = 64
_MAGIC = b"kwetlim2"
_NUMBERS = struct.Struct("<6q")
_CHECKSUM = struct.Struct("<I")
_HEAD_SIZE = 24
_CHECKED_SIZE = _HEAD_SIZE + _NUMBERS.size
_SIZE = _CHECKED_SIZE + _CHECKSUM.size
_FIRST_PAUSE = 0.0005
_LONGEST_PAUSE = 0.01


class _StuckError(OSError):
    """Somebody holds the lock for longer than anybody needs it."""


def default_directory() -> Path:
    """Return the folder for state files: ``KWORK_ETXT_STATE_DIR``, else the user's cache folder."""
    named = os.environ.get(STATE_DIR_VARIABLE)
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "kwork_etxt_sdk"


def boot_stamp() -> bytes:
    """Return 16 bytes that change with whatever makes the monotonic clock start anew: a boot, a time namespace."""
    parts: list[bytes] = []
    for source in ("/proc/sys/kernel/random/boot_id",):
        with contextlib.suppress(OSError):
            parts.append(Path(source).read_bytes())
    with contextlib.suppress(OSError):
        parts.append(os.fsencode(Path("/proc/self/ns/time").readlink()))
    if not parts:
        # No boot id here: the time of the boot, to the hour. A wall clock set by hours only makes the bucket full.
        parts.append(str(round((time.time() - time.monotonic()) / 3600)).encode())
    return hashlib.sha256(b"\n".join(parts)).digest()[:16]


class FileStore(SharedStore):
    """Buckets in files, one each. Whatever goes wrong with a file, a call goes on with the buckets in memory.

    Args:
        directory: Where the files are; the user's cache folder if left out.
        stamp: Identifies this boot; for tests.
        patience: Seconds to wait for a lock.
        sleep: Waits between two tries of the lock; for tests.
        seconds: Seconds on a monotonic clock; for tests.
    """

    shared_with = "with other processes"
    failures = (OSError, struct.error)

    def __init__(
        self,
        directory: Path | None = None,
        *,
        stamp: bytes | None = None,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(seconds)
        self._directory = directory
        self._stamp = stamp
        self._head: bytes | None = None
        self._patience = patience
        self._sleep = sleep
        self._files: dict[str, int] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()
        weakref.finalize(self, _close_all, self._files)

    def _attempt(
        self, key: str, operation: Operation, now: Callable[[], int], pace: Pace, arguments: tuple[Any, ...]
    ) -> tuple[State, Any]:
        if self._pid != os.getpid():
            # A child that went on with its parent's descriptors would share the parent's locks, too. It does not close
            # them: a daemon closes all when it starts, and their numbers may be those of other files by now.
            self._files.clear()
            self._lock, self._pid = threading.Lock(), os.getpid()
        with self._lock:
            try:
                descriptor = self._locked(key)
                moment = now()
                record = os.pread(descriptor, _SIZE + 1, 0)
                before = self._read(record)
                if before is None:
                    before = State(born=moment)
                changed: tuple[State, Any] = operation(before, moment, pace, *arguments)
                if changed[0] is not before:
                    self._write(descriptor, changed[0], len(record))
            finally:
                # Whether it was locked or not: a Ctrl-C may have come between the lock and the next line.
                if key in self._files:
                    fcntl.flock(self._files[key], fcntl.LOCK_UN)
        return changed

    def _locked(self, key: str) -> int:
        """Return the descriptor of a bucket's file, locked."""
        give_up = 0.0
        pause = _FIRST_PAUSE
        while True:
            descriptor = self._descriptor(key)
            if _try_lock(descriptor):
                if os.fstat(descriptor).st_nlink > 0:
                    return descriptor
                # Somebody deleted the file: this lock locks nobody else out.
                os.close(self._files.pop(key))
                continue
            give_up = give_up or self._seconds() + self._patience
            if self._seconds() >= give_up or self.is_alone:  # or whoever was let in before has just found out
                raise _StuckError(f"another process has held the lock for {self._patience:g} s")
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _descriptor(self, key: str) -> int:
        descriptor = self._files.get(key)
        if descriptor is None:
            if sys.platform == "win32":
                raise OSError("this system has no flock")
            directory = self._directory or default_directory()
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            name = hashlib.sha256(key.encode()).hexdigest()[:24] + ".lim"
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = self._files[key] = os.open(directory / name, flags, 0o600)
            if len(self._files) > OPEN_FILES:
                os.close(self._files.pop(next(iter(self._files))))
        return descriptor

    def _read(self, record: bytes) -> State | None:
        """Return the bucket in a record, None if it is new, damaged, or of another boot."""
        if len(record) != _SIZE or record[:_HEAD_SIZE] != self._get_head():
            return None
        if zlib.crc32(record[:_CHECKED_SIZE]) != _CHECKSUM.unpack_from(record, _CHECKED_SIZE)[0]:
            return None
        return State._make(_NUMBERS.unpack_from(record, _HEAD_SIZE))

    def _write(self, descriptor: int, state: State, old_size: int) -> None:
        record = self._get_head() + _NUMBERS.pack(*state)
        os.pwrite(descriptor, record + _CHECKSUM.pack(zlib.crc32(record)), 0)
        if old_size > _SIZE:
            os.ftruncate(descriptor, _SIZE)

    def _get_head(self) -> bytes:
        if self._head is None:
            self._head = _MAGIC + (boot_stamp() if self._stamp is None else self._stamp)
        return self._head


def _close_all(files: dict[str, int]) -> None:
    while files:
        os.close(files.popitem()[1])


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
