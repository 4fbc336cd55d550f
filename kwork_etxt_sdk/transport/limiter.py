"""The rate limiter: a token bucket that hands out slots in order and can be held.

Each rule has a bucket, and a bucket is three integers (:class:`State`), in nanoseconds. A caller first reserves a slot,
which moves the bucket on, and then waits for it: so slots are granted in the order of asking, nobody overtakes, and
every wait is known in advance.

A bucket reads its own, virtual, clock. A hold (a 429, an outage) stops that clock instead of moving the reserved slots:
those who wait keep their order and their distance, and go on when it runs again.

The functions on :class:`State` are pure. A :class:`Store` applies them atomically; where the numbers are kept (memory,
a file, a server) is all that differs between a limiter for one process and one for many.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

import attrs

from kwork_etxt_sdk.options import Limits, Rule
from kwork_etxt_sdk.transport.clock import SECOND, Clock

#: Longest single sleep, in nanoseconds. Between two the bucket is read again, so that a hold set meanwhile is obeyed.
SLICE = SECOND
#: Longer pauses and periods (a hundred years, in seconds) count as this, so that the numbers fit 64 bits in any store.
LONGEST = 3_155_760_000.0

R = TypeVar("R")


class State(NamedTuple):
    """A bucket. A new one is full, on any clock that does not count below zero.

    Attributes:
        tat: Theoretical arrival time, in virtual time: when the bucket will be full again.
        off: How far virtual time lags behind the clock.
        held: On the clock: until then virtual time stands still.
    """

    tat: int = 0
    off: int = 0
    held: int = 0


class Pace(NamedTuple):
    """A rule in nanoseconds.

    Attributes:
        interval: Time per request. 0: no rule, only holds are obeyed.
        tolerance: How far ahead of its turn a request may go: the saved-up burst.
    """

    interval: int
    tolerance: int


class Reservation(NamedTuple):
    """A slot that was taken.

    Attributes:
        slot: When it is due, in virtual time.
        before: The bucket without it.
        after: The bucket with it taken.
    """

    slot: int
    before: State
    after: State


def nanoseconds(seconds: float) -> int:
    """Return `seconds` in nanoseconds, rounded up: better late than too fast."""
    return math.ceil(min(max(seconds, 0.0), LONGEST) * SECOND)


def pace_of(rule: Rule | None) -> Pace:
    """Return `rule` in nanoseconds; None is a rule that limits nothing."""
    if rule is None:
        return Pace(0, 0)
    interval = max(1, nanoseconds(rule.period))
    return Pace(interval, (rule.burst - 1) * interval)


def virtual(state: State, now: int) -> int:
    """Return what the bucket's own clock reads; it stands still while the bucket is held."""
    return max(now, state.held) - state.off


def reserve(state: State, now: int, pace: Pace, max_wait: int | None = None) -> tuple[Reservation | None, int]:
    """Take the next free slot.

    Returns:
        The slot and the wait for it in nanoseconds; None and the wait, if that is longer than `max_wait`.
    """
    reading = virtual(state, now)
    slot = max(reading, state.tat - pace.tolerance)
    wait = slot + state.off - now
    if max_wait is not None and wait > max_wait:
        return None, wait
    after = state._replace(tat=max(state.tat, slot) + pace.interval)
    return Reservation(slot, state, after), wait


def reserve_first(state: State, now: int, pace: Pace, max_wait: int | None = None) -> tuple[Reservation | None, int]:
    """Take a slot like :func:`reserve`, but in front of those who wait: they move back to make room.

    For a caller who was at the front of this queue before and had to leave it. It can't be undone.
    """
    reading = virtual(state, now)
    behind = state.tat - pace.tolerance - reading
    if behind <= 0:
        return reserve(state, now, pace, max_wait)
    # The slots of those who wait lie whole intervals before the end of the queue. Whether one whose slot is this very
    # moment has left can't be told: then it is not his slot that is taken but the next, and he comes after it.
    gap = behind % pace.interval
    first = reading + (gap or pace.interval)
    room = pace.interval if gap else 2 * pace.interval
    wait = first + state.off - now
    if max_wait is not None and wait > max_wait:
        return None, wait
    after = state._replace(off=state.off + room)
    return Reservation(first - room, after, after), wait


def due(state: State, slot: int) -> int:
    """Return when, on the clock, a request with that slot may leave."""
    # A slot that passed unused just before a hold was set does not excuse from it: hence `held` by itself.
    return max(slot + state.off, state.held)


def give_back(state: State, now: int, reservation: Reservation, pace: Pace) -> State:
    """Undo a reservation that was not used, where that is safe.

    Only the newest slot can be undone: those behind it are promised to others already. And once the bucket has changed,
    only a slot still to come: one that passed may be what a hold has taken away.
    """
    if state == reservation.after:
        return reservation.before
    newest = reservation.slot == state.tat - pace.interval - pace.tolerance
    if newest and reservation.slot > virtual(state, now):
        return state._replace(tat=state.tat - pace.interval)
    return state


def hold(state: State, now: int, until: int, pace: Pace) -> State:
    """Let nobody go before `until`, not even those who wait already, and forget the saved-up burst."""
    reading = virtual(state, now)
    held = max(now, state.held, until)
    return State(max(state.tat, reading + pace.tolerance), held - reading, held)


def freeze(state: State, now: int, slot: int) -> State:
    """Let the bucket's clock have stood still since `slot`, as if its moment were only now.

    For a slot that was used later than it was due, and for requests that count from their response. The latest moment
    decides, not the sum, so requests under way together do not slow the bucket down twice; and asking again changes
    nothing.
    """
    return state._replace(off=max(state.off, now - slot))


def confirm(state: State, now: int, slot: int) -> tuple[State, int | None]:
    """Look again at a slot that was due some time ago, before its request leaves.

    Returns:
        The bucket, and how long to wait: 0 to go (the bucket then counts from now, not from when the slot was due),
        more if the slot is still to come again, because others left late or a hold came just then, None if a hold came
        later and the slot is lost.
    """
    if state.held > now and slot < virtual(state, now):
        return state, None
    ahead = slot + state.off - now
    return (state, ahead) if ahead > 0 else (freeze(state, now, slot), 0)


def tokens(state: State, now: int, pace: Pace) -> float:
    """Return how many requests may leave at once; infinitely many if nothing limits them."""
    if state.held > now:
        return 0.0
    if pace.interval == 0:
        return math.inf
    full = pace.tolerance + pace.interval
    return min(max(0, full - (state.tat - virtual(state, now))), full) / pace.interval


class Store(Protocol):
    """Where the buckets are kept.

    A store of several machines has a clock of its own. Two of the three integers, `off` and `held`, are on the clock's
    scale; it moves both by the difference of the clocks when it reads and writes.
    """

    def update(self, key: str, fn: Callable[[State], tuple[State, R]]) -> R:
        """Replace the bucket `key` by what `fn` makes of it, atomically, and return the other thing `fn` returned.

        A key not seen before has ``State()``. `fn` may be called more than once, and what it returned last counts. A
        state returned as it came needs no writing.
        """


class MemoryStore:
    """The buckets of one process, shared by its threads."""

    def __init__(self) -> None:
        self._states: dict[str, State] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def update(self, key: str, fn: Callable[[State], tuple[State, R]]) -> R:
        """Replace the bucket `key` by what `fn` makes of it; see :meth:`Store.update`."""
        if self._pid != os.getpid():
            # After a fork the lock may be locked for ever, by a thread that did not come along.
            self._lock = threading.Lock()
            self._pid = os.getpid()
        with self._lock:
            self._states[key], result = fn(self._states.get(key, State()))
        return result


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


@attrs.frozen
class RuleState:
    """One rule at this moment.

    Attributes:
        group: Its group; ``""`` for the rule of all calls.
        rule: The rule; None if only holds limit this group.
        available: Requests that may leave at once.
        wait: Seconds a further request would have to wait.
        held_for: Seconds for which everybody is held yet.
    """

    group: str
    rule: Rule | None
    available: float
    wait: float
    held_for: float


_Take = Callable[[State, int, Pace, "int | None"], "tuple[Reservation | None, int]"]


class _Line(NamedTuple):
    """The queue of one rule."""

    group: str
    key: str
    rule: Rule | None
    pace: Pace


class _Taken(NamedTuple):
    """A slot that an acquire has taken."""

    line: _Line
    reservation: Reservation


@attrs.define(eq=False)
class Grant:
    """The permission to send one request now.

    Attributes:
        waited: Nanoseconds spent waiting for it.
        sent_at: When it was given, on the limiter's clock.
        taken: For the limiter: the slots.
        answered: For the limiter: whether the response has been taken into account.
    """

    waited: int
    sent_at: int
    taken: tuple[_Taken, ...] = attrs.field(default=(), repr=False)
    answered: bool = attrs.field(default=False, repr=False)


@attrs.define(eq=False)
class _Visit:
    """One acquire: until when it may wait, and whom it tells."""

    clock: Clock
    limit: int | None
    on_wait: Callable[[int, str], None] | None
    waited: int = 0
    told: set[str] = attrs.field(factory=set)

    def left(self, now: int) -> int | None:
        return None if self.limit is None else max(0, self.limit - now)

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
        self._store = MemoryStore() if store is None else store
        # The rule of all calls always has a bucket: a hold must be obeyed even where no rule limits the rate.
        rules = {**limits.groups, "": limits.default}
        self._lines = {group: _Line(group, f"{scope}/{group}", rule, pace_of(rule)) for group, rule in rules.items()}

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
        queue = self._queue(groups)
        if max_wait is not None and len(queue) > 1:
            self._refuse_hopeless(queue, max_wait)
        visit = _Visit(self._clock, None if max_wait is None else self._clock.now() + max_wait, on_wait)
        taken: list[_Taken] = []
        try:
            self._take(queue, taken, visit)
        except BaseException:
            for one in reversed(taken):
                with contextlib.suppress(Exception):  # what ended the wait must reach the caller, come what may
                    self._give_back(one)
            raise
        return Grant(visit.waited, self._clock.now(), tuple(taken))

    def responded(self, grant: Grant) -> None:
        """Say that the request has been answered, or has failed. Saying it again changes nothing.

        Rules that count from the response start counting now.
        """
        if grant.answered:
            return
        grant.answered = True
        for one in grant.taken:
            if one.line.rule is not None and one.line.rule.count_from == "response":
                self._count_from_now(one)

    def hold(self, seconds: float, *, group: str = "") -> None:
        """Let nobody go for `seconds`, those who wait already included. A shorter hold does not shorten a longer one.

        A group without a rule of its own has no bucket to hold: then all calls are held.
        """
        line = self._lines.get(group, self._lines[""])
        pause = nanoseconds(seconds)
        self._change(line, lambda state, now: hold(state, now, now + pause, line.pace))

    def wait_time(self, group: str = "") -> float:
        """Return the seconds that a call of `group` would wait now; takes nothing."""
        return max(self._look(line)[1] for line in self._queue((group,))) / SECOND

    def snapshot(self) -> dict[str, RuleState]:
        """Return how each rule stands, by group; ``""`` is the rule of all calls. Takes nothing."""
        return {group: self._describe(line) for group, line in self._lines.items()}

    def _queue(self, groups: Sequence[str]) -> list[_Line]:
        # Slowest first: no slot of a fast rule grows old while we wait for a slow one. The rule of all calls comes
        # last, however slow: all callers pass it in the order in which they leave, so none overtakes another on it.
        lines = [self._lines[group] for group in dict.fromkeys(groups) if group and group in self._lines]
        return [*sorted(lines, key=lambda line: -line.pace.interval), self._lines[""]]

    def _refuse_hopeless(self, queue: list[_Line], max_wait: int) -> None:
        # A long wait for the second rule is visible now already: no need to sit through the first one's before.
        wait, group = max((self._look(line)[1], line.group) for line in queue)
        if wait > max_wait:
            raise LimitWait(wait, group)

    def _take(self, queue: list[_Line], taken: list[_Taken], visit: _Visit) -> None:
        take = reserve
        while True:
            length, until = self._recheck(taken)
            if length < len(taken):
                # Who has to wait again for an earlier rule keeps his place in the queues of the later ones.
                take = reserve if until is None else reserve_first
            while len(taken) > length:
                self._give_back(taken.pop())
            if until is None:
                if len(taken) == len(queue):
                    return
                until = self._reserve(queue[len(taken)], take, taken, visit)
            self._wait(taken[-1], until, visit)

    def _recheck(self, taken: list[_Taken]) -> tuple[int, int | None]:
        """Look again at the slots that were due before the last one was; that one has only just come due.

        Returns:
            How many of the slots to keep, and until when to wait for the last of these, if that is necessary. Those
            behind it go: they would grow old meanwhile.
        """
        for position, (line, reservation) in enumerate(taken[:-1]):

            def step(state: State, slot: int = reservation.slot) -> tuple[State, tuple[int | None, int]]:
                now = self._clock.now()
                state, wait = confirm(state, now, slot)
                return state, (wait, now)

            wait, now = self._store.update(line.key, step)
            if wait is None:
                return position, None
            if wait > 0:
                return position + 1, now + wait
        return len(taken), None

    def _reserve(self, line: _Line, take: _Take, taken: list[_Taken], visit: _Visit) -> int:
        def step(state: State) -> tuple[State, tuple[Reservation | None, int, int]]:
            now = self._clock.now()  # read here: in the order in which the store lets callers in
            reservation, wait = take(state, now, line.pace, visit.left(now))
            return state if reservation is None else reservation.after, (reservation, wait, now)

        reservation, wait, now = self._store.update(line.key, step)
        if reservation is None:
            raise LimitWait(wait, line.group)
        taken.append(_Taken(line, reservation))
        return now + wait

    def _wait(self, one: _Taken, until: int, visit: _Visit) -> None:
        while (now := self._clock.now()) < until:
            visit.sleep(now, until, one.line.group)
            until = self._due(one)

    def _due(self, one: _Taken) -> int:
        slot = one.reservation.slot

        def step(state: State) -> tuple[State, int]:
            now = self._clock.now()
            when = due(state, slot)
            # Waking a little late costs no rate. But if the whole process stood still (a suspended laptop, a stopped
            # container), many slots have passed meanwhile, and their requests must not leave all at once.
            stood_still = now - when > SLICE and one.line.rule is not None
            return (freeze(state, now, slot) if stood_still else state), when

        return self._store.update(one.line.key, step)

    def _count_from_now(self, one: _Taken) -> None:
        self._change(one.line, lambda state, now: freeze(state, now, one.reservation.slot))

    def _give_back(self, one: _Taken) -> None:
        self._change(one.line, lambda state, now: give_back(state, now, one.reservation, one.line.pace))

    def _change(self, line: _Line, change: Callable[[State, int], State]) -> None:
        self._store.update(line.key, lambda state: (change(state, self._clock.now()), None))

    def _look(self, line: _Line) -> tuple[State, int, int]:
        def step(state: State) -> tuple[State, tuple[State, int, int]]:
            now = self._clock.now()
            return state, (state, reserve(state, now, line.pace)[1], now)

        return self._store.update(line.key, step)

    def _describe(self, line: _Line) -> RuleState:
        state, wait, now = self._look(line)
        held_for = max(0, state.held - now)
        return RuleState(line.group, line.rule, tokens(state, now, line.pace), wait / SECOND, held_for / SECOND)
