"""The buckets of all processes of one user on one machine, in small files.

A file holds one bucket: 64 bytes, changed under a lock that the system drops when its holder dies. Times are those of
the machine's monotonic clock, which all processes of one boot share; a record of another boot is a full bucket.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from kwork_etxt_sdk.transport.limiter import MemoryStore, State, Store

if sys.platform != "win32":
    import fcntl

R = TypeVar("R")
logger = logging.getLogger("kwork_etxt_sdk")

#: Where the files are, if the caller does not say.
STATE_DIR_VARIABLE = "KWORK_ETXT_STATE_DIR"
#: How long a stopped process that holds the lock is waited for, in seconds. The limiter is a courtesy to the service:
#: it must not block a call for its own sake.
PATIENCE = 2.0
#: How long the memory is used after the files failed, before they are tried again, in seconds.
RECOVERY = 60.0
_RECORD = struct.Struct("<8s16sqqq16s")
_MAGIC = b"kwetlim1"
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


class FileStore:
    """Buckets in files, one each. Whatever goes wrong with a file, a call goes on with the buckets in memory.

    Args:
        directory: Where the files are; the user's cache folder if left out.
        stamp: Identifies this boot; for tests.
        patience: Seconds to wait for a lock.
        sleep: Waits between two tries of the lock; for tests.
        now: Seconds on a monotonic clock; for tests.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        stamp: bytes | None = None,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._stamp = stamp
        self._patience = patience
        self._sleep = sleep
        self._now = now
        self._memory: Store = MemoryStore()
        self._files: dict[str, int] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._use_memory_until = 0.0
        self._warned = False

    def update(self, key: str, fn: Callable[[State], tuple[State, R]]) -> R:
        """Replace the bucket `key` by what `fn` makes of it, atomically among all processes."""
        if self._now() < self._use_memory_until:
            return self._memory.update(key, fn)
        if self._pid != os.getpid():
            # A child that went on with its parent's descriptors would share the parent's locks, too.
            self._lock, self._files, self._pid = threading.Lock(), {}, os.getpid()
        changed: tuple[State, R] | None = None
        try:
            with self._lock:
                if self._now() < self._use_memory_until:  # whoever held the lock before has just found out
                    return self._memory.update(key, fn)
                with self._locked(key) as descriptor:
                    state = self._read(descriptor)
                    changed = fn(state)
                    if changed[0] != state:
                        self._write(descriptor, changed[0])
        except OSError as failure:
            self._degrade(failure)
        if changed is None:
            return self._memory.update(key, fn)
        return changed[1]

    def _degrade(self, failure: OSError) -> None:
        self._use_memory_until = self._now() + RECOVERY
        log = logger.debug if self._warned else logger.warning
        self._warned = True
        log(
            "the rate limit is not shared with other processes for now: %s (%s)",
            failure.strerror or failure,
            type(failure).__name__,
        )

    @contextlib.contextmanager
    def _locked(self, key: str) -> Iterator[int]:
        give_up = self._now() + self._patience
        pause = _FIRST_PAUSE
        while True:
            descriptor = self._descriptor(key)
            if _try_lock(descriptor):
                if os.fstat(descriptor).st_nlink > 0:
                    break
                # Somebody deleted the file: this lock locks nobody else out.
                os.close(self._files.pop(key))
                continue
            if self._now() >= give_up:
                raise _StuckError(f"another process has held the lock for {self._patience:g} s")
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        try:
            yield descriptor
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

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
        return descriptor

    def _read(self, descriptor: int) -> State:
        record = os.pread(descriptor, _RECORD.size + 1, 0)
        if len(record) != _RECORD.size:
            return State()
        magic, stamp, tat, off, held, check = _RECORD.unpack(record)
        if magic != _MAGIC or stamp != self._boot() or check != _checksum(record):
            return State()
        return State(tat, off, held)

    def _write(self, descriptor: int, state: State) -> None:
        record = _RECORD.pack(_MAGIC, self._boot(), *state, b"\0" * 16)
        record = record[:-16] + _checksum(record)
        os.pwrite(descriptor, record, 0)
        if os.fstat(descriptor).st_size != _RECORD.size:
            os.ftruncate(descriptor, _RECORD.size)

    def _boot(self) -> bytes:
        if self._stamp is None:
            self._stamp = boot_stamp()
        return self._stamp


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _checksum(record: bytes) -> bytes:
    return hashlib.blake2b(record[:-16], digest_size=16).digest()
