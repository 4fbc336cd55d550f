"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_PRIVATE = 0o600
#: What the umask leaves of this is what new files of other programs have.
_USUAL = 0o666


@contextlib.contextmanager
def whole_file(path: Path, *, private: bool = False, durable: bool = False) -> Iterator[BinaryIO]:
    """Open a file that takes its name when the `with` ends well, in place of an older one; else nothing changes.

    Until then it is a hidden file beside it, so readers see the old content or the new one, never a part.

    Args:
        path: Where to. Its folder has to exist.
        private: Only the owner may read it. Otherwise it may be read by those who could read the older file, or, if
            there was none, by those whom the umask lets.
        durable: Wait until the content is on the disk, so that a power cut does not leave an empty file either.

    Raises:
        OSError: It can't be written.

    Example:
        >>> with whole_file(Path("orders.csv")) as file:  # doctest: +SKIP
        ...     file.write(b"id,title")
    """
    beside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}.part")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(beside, flags, _PRIVATE if private else _USUAL)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if not private:
            _take_mode_of(path, beside)
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):  # what broke matters more than what could not be tidied up
            beside.unlink()
        raise


def _take_mode_of(older: Path, newer: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        newer.chmod(older.stat().st_mode & 0o777)
