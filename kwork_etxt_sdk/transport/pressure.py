"""What answers tell the limiter: a 429 or an outage holds everybody who shares it, not just the call that met it."""

from __future__ import annotations

import threading

from kwork_etxt_sdk.options import Limits, Retry
from kwork_etxt_sdk.transport.clock import SECOND, Clock
from kwork_etxt_sdk.transport.decide import Happened, nominal_pause, with_jitter
from kwork_etxt_sdk.transport.limiter import Limiter

#: How long to leave a service alone whose front end turned us away, in seconds: asking again sooner prolongs the ban.
BLOCKED_HOLD = 300.0
_OUTAGES = frozenset({Happened.UNAVAILABLE, Happened.LOST, Happened.UNSENT})
#: Not held for: one broken object must not stop the rest. But no sign of health either.
_FAILED = _OUTAGES | {Happened.BROKEN}


class Pressure:
    """Counts failures in a row and turns them into holds of the shared bucket."""

    def __init__(self, limiter: Limiter, limits: Limits, retry: Retry, clock: Clock) -> None:
        self._limiter = limiter
        self._max_hold = limits.max_hold
        self._retry = retry
        self._clock = clock
        self._lock = threading.Lock()
        self._outages = 0
        self._throttles = 0
        self._held_until = 0

    def note(self, happened: Happened, retry_after: float | None) -> float | None:
        """Take in what an attempt came to.

        Returns:
            The seconds for which the bucket is held now on its account, None if this kind of failure holds nobody.
        """
        with self._lock:
            if happened not in _FAILED:
                self._outages = 0
            if happened is Happened.ANSWERED:
                self._throttles = 0
        if happened is Happened.BLOCKED:
            return self._hold(BLOCKED_HOLD)
        if happened is not Happened.THROTTLED and happened not in _OUTAGES:
            return None
        if retry_after is not None:
            return self._hold(min(retry_after, self._max_hold))
        return self._step("_throttles" if happened is Happened.THROTTLED else "_outages", happened)

    def _step(self, counter: str, happened: Happened) -> float:
        with self._lock:
            now = self._clock.now()
            if now < self._held_until:  # another thread met the same outage: one step for all of them
                return (self._held_until - now) / SECOND
            row = getattr(self, counter) + 1
            setattr(self, counter, row)
            pause = with_jitter(nominal_pause(happened, row, self._retry), self._clock.chance())
            seconds = min(pause, self._max_hold)
            self._held_until = now + round(seconds * SECOND)  # still inside the lock: the next thread must see it
        self._limiter.hold(seconds)
        return seconds

    def _hold(self, seconds: float) -> float:
        with self._lock:
            self._held_until = max(self._held_until, self._clock.now() + round(seconds * SECOND))
        self._limiter.hold(seconds)
        return seconds
