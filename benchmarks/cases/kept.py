"""How much memory stays taken by what a function returns."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

#: What is made once, on the first uses (readers, validators, caches), is not the page.
_UNTIL_ALL_IS_MADE = 10


def runner(make: Callable[[], object]) -> Callable[[int], dict[str, float]]:
    """Return a runner that reports the bytes kept, summed over its runs."""

    def run(times: int) -> dict[str, float]:
        total = 0
        for _ in range(times):
            gc.collect()
            tracemalloc.start()
            kept = make()
            gc.collect()
            total += tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            del kept
        return {"bytes": float(total)}

    for _ in range(_UNTIL_ALL_IS_MADE):
        make()
    return run
