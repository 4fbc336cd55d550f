"""The sandbox's time as the clock of a client, so that no test has to wait."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from kwork_etxt_sdk.transport.clock import SECOND

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox import Sandbox


class SandboxClock:
    """Simulated time. A client that waits for a slot or before a retry winds it forward.

    Args:
        box: The sandbox whose time it is.
    """

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._draw = random.Random(box.seed)  # noqa: S311 - jitter, no cryptography

    def now(self) -> int:
        """Nanoseconds since some moment."""
        return round(self._box.clock.now() * SECOND)

    def wall(self) -> datetime:
        """The simulated time of day."""
        return datetime.fromtimestamp(self._box.clock.now(), timezone.utc)

    def chance(self) -> float:
        """A number from 0 to 1, the same ones for the same seed."""
        return self._draw.random()

    def sleep(self, nanoseconds: int) -> None:
        """Let simulated time pass."""
        self._box.advance(seconds=nanoseconds / SECOND)
