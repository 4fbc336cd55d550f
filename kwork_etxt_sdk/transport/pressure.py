"""What answers tell the limiter: a 429 or an outage holds everybody who shares it, not just the call that met it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kwork_etxt_sdk.forks import new_lock
from kwork_etxt_sdk.options import Limits, Retry
from kwork_etxt_sdk.transport.clock import SECOND, Clock
from kwork_etxt_sdk.transport.decide import Happened, nominal_pause, with_jitter
from kwork_etxt_sdk.transport.limiter import Limiter

#: How long to leave a service alone whose front end turned us away, in seconds: asking again sooner prolongs the ban.
BLOCKED_HOLD = 300.0
_OUTAGES = frozenset({Happened.UNAVAILABLE, Happened.LOST, Happened.UNSENT})
#: Not held for: one broken object must not stop the rest. But no sign of health either.
_FAILED = _OUTAGES | {Happened.BROKEN}
#: Everybody: the rule of all calls.
_ALL = ""


class Pressure:
    """Counts failures in a row and turns them into holds of the shared buckets."""

    def __init__(self, limiter: Limiter, limits: Limits, retry: Retry, clock: Clock) -> None:
        self._limiter = limiter
        self._max_hold = limits.max_hold
        self._retry = retry
        self._clock = clock
        self._lock = new_lock()
        self._outages = 0
        self._throttles: dict[str, int] = {}
        self._held_until: dict[str, int] = {}

    def note(self, happened: Happened, retry_after: float | None, groups: Sequence[str] = ()) -> float | None:
        """Take in what an attempt came to.

        Args:
            happened: That.
            retry_after: For how many seconds the service wants to be left alone, if it said so.
            groups: The groups of the call. "Too many" is said of their rules, where they have any.

        Returns:
            The seconds for which a bucket is held now on its account, None if this kind of failure holds nobody.
        """
        self._count(happened, groups)
        if happened is Happened.BLOCKED:
            return self._hold(_ALL, BLOCKED_HOLD, self._limiter.hold)
        if happened is Happened.THROTTLED:
            targets = self._limiter.ruled(groups) or [_ALL]
            return max(self._react(target, happened, retry_after, self._limiter.throttle) for target in targets)
        if happened in _OUTAGES:
            return self._react(_ALL, happened, retry_after, self._limiter.hold)
        return None

    def postpone(self, groups: Sequence[str], seconds: float) -> None:
        """Hold the rules of these groups: the service refused a call as too early for its kind."""
        for group in self._limiter.ruled(groups):
            self._limiter.hold(min(seconds, self._max_hold), group=group)

    def _count(self, happened: Happened, groups: Sequence[str]) -> None:
        if not self._outages and not self._throttles:
            return
        with self._lock:
            if happened not in _FAILED:
                self._outages = 0
            if happened is Happened.ANSWERED:
                for target in (_ALL, *groups):
                    self._throttles.pop(target, None)

    def _react(self, target: str, happened: Happened, retry_after: float | None, act: Callable[..., None]) -> float:
        if retry_after is not None:
            return self._hold(target, min(retry_after, self._max_hold), act)
        with self._lock:
            now = self._clock.now()
            left = self._held_until.get(target, 0) - now
            if left > 0:  # another thread met the same: one step for all of them
                return left / SECOND
            pause = with_jitter(
                nominal_pause(happened, self._next(target, happened), self._retry), self._clock.chance()
            )
            seconds = min(pause, self._max_hold)
            self._held_until[target] = now + round(seconds * SECOND)  # inside the lock: the next thread must see it
        act(seconds, group=target)
        return seconds

    def _next(self, target: str, happened: Happened) -> int:
        """Return how many such failures there were in a row, with this one."""
        if happened is not Happened.THROTTLED:
            self._outages += 1
            return self._outages
        self._throttles[target] = self._throttles.get(target, 0) + 1
        return self._throttles[target]

    def _hold(self, target: str, seconds: float, act: Callable[..., None]) -> float:
        with self._lock:
            until = self._clock.now() + round(seconds * SECOND)
            self._held_until[target] = max(self._held_until.get(target, 0), until)
        act(seconds, group=target)
        return seconds
