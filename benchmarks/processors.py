"""Clients on the first processor, servers on the last: so that they don't take turns on one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

#: Where the system does not let one choose, everything runs anywhere.
_CAN_CHOOSE = hasattr(os, "sched_setaffinity")
_ALL = sorted(os.sched_getaffinity(0)) if _CAN_CHOOSE else []
FIRST, LAST = _ALL[:1], _ALL[-1:]
EVERY = list(range(os.cpu_count() or 1))


@contextlib.contextmanager
def on(processors: list[int]) -> Iterator[None]:
    """Let the processes that are started in the block run on these processors only."""
    if not _CAN_CHOOSE:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
