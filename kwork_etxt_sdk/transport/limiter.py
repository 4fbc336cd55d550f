"""The rate limiter: takes slots from buckets, waits for them, and lets requests leave.

The arithmetic of a bucket is in :mod:`~kwork_etxt_sdk.transport.bucket`; where the buckets are kept, and so who shares
them, in :mod:`~kwork_etxt_sdk.transport.sharing`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kwork_etxt_sdk.options import Limits, Rule
from kwork_etxt_sdk.transport.bucket import (
    Operation,
    Pace,
    Reservation,
    Standing,
    await_turn,
    count_from_now,
    leave,
    look,
    nanoseconds,
    pace_of,
    pause,
    take,
    take_first,
    throttle,
    tokens,
    undo,
)
from kwork_etxt_sdk.transport.clock import SECOND, Clock
from kwork_etxt_sdk.transport.sharing import MemoryStore, Store

if TYPE_CHECKING:
    from kwork_etxt_sdk.transport.client_limits import RuleState

#: Longest single sleep, in nanoseconds. Between two the bucket is read again, so that a hold set meanwhile is obeyed.
SLICE = SECOND


class LimitWait(Exception):  # noqa: N818 - a wait, and not yet an error
    """The wait for a slot is longer than the caller may wait; nothing was taken.

    Attributes:
        retry_in_ns: How long one would have to wait, in nanoseconds.
        group: The group whose rule demands it; ``""`` for the rule of all calls.
    """

    def __init__(self, retry_in_ns: int, group: str) -> None:
        super().__init__(retry_in_ns, group)
        self.retry_in_ns = retry_in_ns
        self.group = group


class _Line(NamedTuple):
    """The queue of one rule."""

    group: str
    key: str
    rule: Rule | None
    pace: Pace


#: A slot that an acquire has taken.
_Taken = tuple[_Line, Reservation]


class Grant:
    """The permission to send one request now.

    Attributes:
        waited: Nanoseconds spent waiting for it.
        sent_at: When it was given, on the limiter's clock.
        taken: For the limiter: the slots.
        answered: For the limiter: whether the response has been taken into account.
    """

    __slots__ = ("answered", "sent_at", "taken", "waited")

    def __init__(self, waited: int, sent_at: int, taken: Sequence[_Taken] = ()) -> None:
        self.waited = waited
        self.sent_at = sent_at
        self.taken = taken
        self.answered = False


class _Visit:
    """One acquire: until when it may wait, and whom it tells."""

    __slots__ = ("clock", "limit", "on_wait", "told", "waited")

    def __init__(self, clock: Clock, limit: int | None, on_wait: Callable[[int, str], None] | None) -> None:
        self.clock = clock
        self.limit = limit
        self.on_wait = on_wait
        self.waited = 0
        self.told: set[str] = set()

    def left(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.clock.now())

    def sleep(self, now: int, until: int, group: str) -> None:
        if self.limit is not None and until > self.limit:
            raise LimitWait(until - now, group)
        if self.on_wait is not None and group not in self.told:
            self.told.add(group)
            self.on_wait(until - now, group)
        self.clock.sleep(min(until - now, SLICE))
        self.waited += self.clock.now() - now


class Limiter:
    """Lets requests leave no faster than the rules allow. For any number of threads.

    Slots are taken one rule after the other. One that grew old while its caller waited for the next rule is counted
    from when the request leaves: so where a call belongs to one group at most, every rule holds at the very moment of
    leaving. With several groups and long queues, the rules of those groups hold for the slots.

    Args:
        limits: The rules.
        clock: The time.
        scope: Whom the rules are for (host and account); limiters of the same scope and store share their buckets.
        store: Where the buckets are kept; by default in this limiter.
    """

    def __init__(self, limits: Limits, *, clock: Clock, scope: str = "", store: Store | None = None) -> None:
        self._clock = clock
        self._now = clock.now
        self._store: Store = MemoryStore() if store is None else store
        # The rule of all calls always has a bucket: a hold must be obeyed even where no rule limits the rate.
        rules = {**limits.groups, "": limits.default}
        self._lines = {
            group: _Line(group, f"{scope}/{group}", rule, pace_of(rule, adaptive=limits.adaptive))
            for group, rule in rules.items()
        }
        self._all_calls = self._lines[""]

    def acquire(
        self,
        groups: Sequence[str] = (),
        *,
        max_wait: int | None = None,
        on_wait: Callable[[int, str], None] | None = None,
    ) -> Grant:
        """Wait until one request may leave: take one slot of the rule of all calls and one of each group's.

        Args:
            groups: Groups the request belongs to; those without a rule of their own add nothing.
            max_wait: How long it may take in all, in nanoseconds. None: as long as it must.
            on_wait: Called with the expected nanoseconds and the group before the first sleep for each rule.

        Raises:
            LimitWait: It would take longer than `max_wait`. What was taken is given back, as far as possible. Known
                in advance, it is raised without sleeping.
        """
        limit = None if max_wait is None else self._now() + max_wait
        taken: list[_Taken] = []
        until = None
        queue: Sequence[_Line] = (self._all_calls,)
        if groups:
            queue = self._queue(groups)
            if max_wait is not None and len(queue) > 1:
                self._refuse_hopeless(queue, max_wait)
        else:
            # The usual call: a single rule, and most often a slot that is free at once.
            line = self._all_calls
            reservation, wait = self._store.apply(line.key, take, self._now, line.pace, max_wait)
            if reservation is None:
                raise LimitWait(wait, "")
            taken.append((line, reservation))
            if wait <= 0:
                return Grant(0, self._now(), taken)
            until = self._now() + wait
        visit = _Visit(self._clock, limit, on_wait)
        try:
            if until is not None:
                self._wait(taken[-1], until, visit)
            self._take(queue, taken, visit)
        except BaseException:
            for line, reservation in reversed(taken):
                with contextlib.suppress(Exception):  # what ended the wait must reach the caller, come what may
                    self._apply(line, undo, reservation)
            raise
        return Grant(visit.waited, self._now(), taken)

    def responded(self, grant: Grant) -> None:
        """Say that the request has been answered, or has failed. Saying it again changes nothing.

        Rules that count from the response start counting now.
        """
        if grant.answered:
            return
        grant.answered = True
        for line, reservation in grant.taken:
            if line.rule is not None and line.rule.count_from == "response":
                self._apply(line, count_from_now, reservation)

    def hold(self, seconds: float, *, group: str = "") -> None:
        """Let nobody go for `seconds`, those who wait already included. A shorter hold does not shorten a longer one.

        A group without a rule of its own has no bucket to hold: then all calls are held.
        """
        self._apply(self._line(group), pause, nanoseconds(seconds))

    def throttle(self, seconds: float, *, group: str = "") -> None:
        """Hold like :meth:`hold`, and go slower afterwards: the service said that calls come too fast."""
        self._apply(self._line(group), throttle, nanoseconds(seconds))

    def wait_time(self, group: str = "") -> float:
        """Return the seconds that a call of `group` would wait now; takes nothing."""
        return max(self._look(line).wait for line in self._queue((group,))) / SECOND

    def snapshot(self) -> dict[str, RuleState]:
        """Return how each rule stands, by group; ``""`` is the rule of all calls. Takes nothing."""
        return {group: self._describe(line) for group, line in self._lines.items()}

    def ruled(self, groups: Sequence[str]) -> list[str]:
        """Return those of the groups that have a rule of their own."""
        return [group for group in dict.fromkeys(groups) if group and group in self._lines]

    def _line(self, group: str) -> _Line:
        return self._lines.get(group, self._all_calls)

    def _queue(self, groups: Sequence[str]) -> list[_Line]:
        # Slowest first: no slot of a fast rule grows old while we wait for a slow one. The rule of all calls comes
        # last, however slow: all callers pass it in the order in which they leave, so none overtakes another on it.
        lines = [self._lines[group] for group in self.ruled(groups)]
        return [*sorted(lines, key=lambda line: -line.pace.interval), self._all_calls]

    def _refuse_hopeless(self, queue: Sequence[_Line], max_wait: int) -> None:
        # A long wait for the second rule is visible now already: no need to sit through the first one's before.
        wait, group = max((self._look(line).wait, line.group) for line in queue)
        if wait > max_wait:
            raise LimitWait(wait, group)

    def _take(self, queue: Sequence[_Line], taken: list[_Taken], visit: _Visit) -> None:
        way: Operation = take
        while True:
            length, until = self._recheck(taken)
            if length < len(taken):
                # Who has to wait again for an earlier rule keeps his place in the queues of the later ones.
                way = take if until is None else take_first
            while len(taken) > length:
                line, reservation = taken.pop()
                self._apply(line, undo, reservation)
            if until is None:
                if len(taken) == len(queue):
                    return
                until = self._reserve(queue[len(taken)], way, taken, visit)
            self._wait(taken[-1], until, visit)

    def _recheck(self, taken: list[_Taken]) -> tuple[int, int | None]:
        """Look again at the slots that were due before the last one was; that one has only just come due.

        Returns:
            How many of the slots to keep, and until when to wait for the last of these, if that is necessary. Those
            behind it go: they would grow old meanwhile.
        """
        for position, (line, reservation) in enumerate(taken[:-1]):
            wait = self._apply(line, leave, reservation)
            if wait is None:
                return position, None
            if wait > 0:
                return position + 1, self._now() + wait
        return len(taken), None

    def _reserve(self, line: _Line, way: Operation, taken: list[_Taken], visit: _Visit) -> int:
        reservation, wait = self._apply(line, way, visit.left())
        if reservation is None:
            raise LimitWait(wait, line.group)
        taken.append((line, reservation))
        until: int = self._now() + wait
        return until

    def _wait(self, one: _Taken, until: int, visit: _Visit) -> None:
        line, reservation = one
        while (now := self._now()) < until:
            visit.sleep(now, until, line.group)
            wait = self._apply(line, await_turn, reservation, SLICE)
            if wait is not None:  # else the bucket was lost, and what was promised still counts
                until = self._now() + wait

    def _look(self, line: _Line) -> Standing:
        standing: Standing = self._apply(line, look)
        return standing

    def _describe(self, line: _Line) -> RuleState:
        from kwork_etxt_sdk.transport.client_limits import RuleState

        standing = self._look(line)
        return RuleState(
            line.group,
            line.rule,
            tokens(standing, line.pace),
            standing.wait / SECOND,
            standing.held / SECOND,
            standing.interval / SECOND,
        )

    def _apply(self, line: _Line, operation: Operation, *arguments: Any) -> Any:
        return self._store.apply(line.key, operation, self._now, line.pace, *arguments)
