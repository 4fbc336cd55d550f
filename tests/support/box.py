"""A client in the sandbox's own time, and programs that die in the middle."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from kwork_etxt_sdk import EtxtClient
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.transport.clock import SECOND

#: 1 January 2030, 03:00 in Moscow.
START = 1_893_456_000


class BoxClock:
    """The sandbox's time, which passes only when somebody waits; `sleeps` holds the waits in seconds."""

    def __init__(self, box: Sandbox) -> None:
        self.sleeps: list[float] = []
        self._box = box

    def now(self) -> int:
        return round(self._box.clock.now() * SECOND)

    def wall(self) -> datetime:
        return datetime.fromtimestamp(self._box.clock.now(), timezone.utc)

    def chance(self) -> float:
        return 0.5

    def sleep(self, nanoseconds: int) -> None:
        self.sleeps.append(nanoseconds / SECOND)
        self._box.advance(seconds=nanoseconds / SECOND)


def etxt_client(box: Sandbox) -> EtxtClient:
    """A client that waits in the sandbox's time."""
    return EtxtClient(box.etxt_token, box.etxt_api_pass, base_url=box.etxt_base_url, clock=BoxClock(box))


class Crash(BaseException):
    """What no `except Exception` stops, like a power cut."""


@contextlib.contextmanager
def crashing(topic: type, method: str, *, call: int = 1, executed: bool) -> Iterator[None]:
    """Let the program in this `with` die at a certain call of a method: before it is made, or after it was executed."""
    real = getattr(topic, method)
    made = 0

    def dying(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal made
        made += 1
        if made == call and not executed:
            raise Crash
        answer = real(self, *args, **kwargs)
        if made == call:
            raise Crash
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topic, method, dying)
        with pytest.raises(Crash):
            yield
