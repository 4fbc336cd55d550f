"""Standard output that is closed, full, or read no more."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

#: What a file system says that takes no more.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def make_sure_of_it() -> None:
    """Let there be a standard output, if only one that goes nowhere: a program may be started without."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it lasts as long as the program


def give_it_up() -> None:
    """Let what Python still holds for it go nowhere, or it would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_full(failure: OSError) -> bool:
    """Whether something could not be written because there is no room for it."""
    return failure.errno in _FULL
