"""Limiters that share a place; in a module of its own, so that the processes that use one start quickly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kwork_etxt_sdk.options import Limits, RedisShare, Rule
from kwork_etxt_sdk.transport.clock import SystemClock
from kwork_etxt_sdk.transport.limiter import Limiter
from kwork_etxt_sdk.transport.sharing import store_for

#: A limiter that is asked for every call and never makes one wait.
FAST_RULE = Rule.per_second(1_000_000, burst=1_000_000)
_SCOPE = "bench"


def limiter_at(where: str, folder: str = "", url: str = "") -> Limiter:
    """Return a limiter whose bucket is in memory, in a file of a folder, or in Redis."""
    if where == "memory":
        limits = Limits(default=FAST_RULE, share="process")
    elif where == "file":
        limits = Limits(default=FAST_RULE, state_dir=Path(folder))
    else:
        limits = Limits(default=FAST_RULE, share=RedisShare(url, prefix="bench"))
    clock = SystemClock()
    limiter = Limiter(limits, clock=clock, scope=_SCOPE, store=store_for(limits, clock, is_local=False))
    limiter.acquire()
    assert not getattr(limiter._store, "is_alone", False), "the shared place failed, and the memory is used"
    return limiter


def take(folder: str, each: int, gate: Any) -> None:
    """Take slots from the bucket in a folder, between two moments at which all processes meet."""
    limiter = limiter_at("file", folder)
    gate.wait()
    for _ in range(each):
        limiter.acquire()
    gate.wait()
