"""The simulated clock of the sandbox: real time, faster if wanted, and wound forward on request."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3_600
SECONDS_PER_DAY = 86_400


class SimulatedClock:
    """Time as both sandbox services see it. Safe to use from several threads.

    Args:
        speed: How many simulated seconds pass in one real second; 0 stops the clock between calls of `advance`.
        start: Unix time at which the clock starts; the real time if left out.
        real: The clock that drives this one, in seconds; for tests.
    """

    def __init__(
        self, *, speed: float = 1.0, start: float | None = None, real: Callable[[], float] = time.monotonic
    ) -> None:
        if speed < 0:
            raise ValueError(f"time cannot run backwards: speed={speed}")
        self._lock = threading.Lock()
        self._real = real
        self._speed = float(speed)
        self._start = time.time() if start is None else float(start)
        self._real_start = real()
        self._skipped = 0.0

    @property
    def speed(self) -> float:
        """Simulated seconds per real second."""
        return self._speed

    def now(self) -> float:
        """The simulated unix time."""
        with self._lock:
            return self._start + self._skipped + (self._real() - self._real_start) * self._speed

    def start_at(self, moment: float) -> None:
        """Lets the simulated time go on from a moment, as if it had stood still since then."""
        with self._lock:
            self._start = moment
            self._real_start = self._real()
            self._skipped = 0.0

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> float:
        """Winds the clock forward and returns the new simulated unix time."""
        step = days * SECONDS_PER_DAY + hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + seconds
        if step < 0:
            raise ValueError(f"time cannot run backwards: {step} s")
        with self._lock:
            self._skipped += step
        return self.now()
