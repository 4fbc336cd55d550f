"""The arithmetic of the rate limiter: a token bucket that hands out slots in order and can be held.

A bucket is six integers (:class:`State`). A caller first reserves a slot, which moves the bucket on, and then waits for
it: so slots are granted in the order of asking, nobody overtakes, and every wait is known in advance.

A bucket reads its own, virtual, clock. A hold (a 429, an outage) stops that clock instead of moving the reserved slots:
those who wait keep their order and their distance, and go on when it runs again.

Everything here is pure. The functions of the second half are the operations that a store applies to a bucket as one
step; a server that many machines share has a twin of each, under the same name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from kwork_etxt_sdk.options import Rule
from kwork_etxt_sdk.transport.clock import SECOND

#: Longer pauses and periods (a hundred years, in seconds) count as this, so that the numbers fit 64 bits in any store.
LONGEST = 3_155_760_000.0
#: In what part of the time a slowed rate comes back from its floor, in seconds; the rest of the way is slow.
RAMP = 30.0
#: Rules with a longer period, in seconds, don't adapt: in the time they need to learn anything, it has changed.
SLOWEST_ADAPTED = 3600.0
#: Speeds are in millionths of the configured rate.
FULL = 1_000_000
#: No slower than this, whatever the service says.
LEAST = 20_000
#: What is won in twice the ramp, once it is over.
CREEP = 20_000


class State(NamedTuple):
    """A bucket. A new one is full, on any clock that does not count below zero.

    Attributes:
        tat: Theoretical arrival time, in virtual time: when the bucket will be full again.
        off: How far virtual time lags behind the clock.
        held: On the clock: until then virtual time stands still.
        bad: The time per request at which the service last said "too many"; 0: never.
        since: On the clock: from when the rate recovers from that.
        born: Distinguishes this bucket from one that was lost; virtual times mean nothing in another.
    """

    tat: int = 0
    off: int = 0
    held: int = 0
    bad: int = 0
    since: int = 0
    born: int = 0


class Pace(NamedTuple):
    """A rule in whole units of time: nanoseconds, or what the store counts in.

    Attributes:
        interval: Time per request. 0: no rule, only holds are obeyed.
        tolerance: How far ahead of its turn a request may go: the saved-up burst.
        ramp: In what time a slowed rate comes back from its floor. 0: the rate does not adapt.
    """

    interval: int
    tolerance: int
    ramp: int = 0


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


class Standing(NamedTuple):
    """How a bucket stands, in times from now.

    Attributes:
        wait: What a further request would have to wait.
        held: How long everybody is held yet.
        ahead: How far the bucket is from being full; negative for how long it has been.
        interval: Time per request, now.
    """

    wait: int
    held: int
    ahead: int
    interval: int


def nanoseconds(seconds: float) -> int:
    """Return `seconds` in nanoseconds, rounded up: better late than too fast."""
    return math.ceil(min(max(seconds, 0.0), LONGEST) * SECOND)


def pace_of(rule: Rule | None, *, adaptive: bool = False) -> Pace:
    """Return `rule` in nanoseconds; None is a rule that limits nothing."""
    if rule is None:
        return Pace(0, 0)
    interval = max(1, nanoseconds(rule.period))
    ramp = nanoseconds(RAMP) if adaptive and rule.period <= SLOWEST_ADAPTED else 0
    return Pace(interval, (rule.burst - 1) * interval, ramp)


def virtual(state: State, now: int) -> int:
    """Return what the bucket's own clock reads; it stands still while the bucket is held."""
    return max(now, state.held) - state.off


def interval_at(state: State, when: int, pace: Pace) -> int:
    """Return the time per request at a moment: the rule's own, or more after the service said "too many"."""
    if state.bad == 0 or pace.ramp == 0:
        return pace.interval
    return -(-pace.interval * FULL // speed(state, when, pace))


def speed(state: State, when: int, pace: Pace) -> int:
    """Return the rate at a moment, in millionths of the configured one.

    It starts at half of what was too fast, reaches nine tenths of that within the ramp, and then feels its way up.
    """
    too_fast = FULL * pace.interval // max(state.bad, pace.interval)
    floor = max(too_fast // 2, LEAST)
    ceiling = max(too_fast * 9 // 10, floor)
    passed = max(0, when - state.since)
    if passed < pace.ramp:
        return floor + (ceiling - floor) * passed // pace.ramp
    return min(FULL, ceiling + CREEP * (passed - pace.ramp) // (2 * pace.ramp))


def reserve(state: State, now: int, pace: Pace, max_wait: int | None = None) -> tuple[Reservation | None, int]:
    """Take the next free slot.

    Returns:
        The slot and the wait for it; None and the wait, if that is longer than `max_wait`.
    """
    return take(state, now, pace, max_wait)[1]


def reserve_first(state: State, now: int, pace: Pace, max_wait: int | None = None) -> tuple[Reservation | None, int]:
    """Take a slot like :func:`reserve`, but in front of those who wait: they move back to make room.

    For a caller who was at the front of this queue before and had to leave it. It can't be undone.
    """
    reading = virtual(state, now)
    behind = state.tat - pace.tolerance - reading
    if behind <= 0 or pace.interval == 0:
        return reserve(state, now, pace, max_wait)
    cost = interval_at(state, now, pace)
    # The slots of those who wait lie whole intervals before the end of the queue. Whether one whose slot is this very
    # moment has left can't be told: then it is not his slot that is taken but the next, and he comes after it. Nor can
    # it be told where the slots lie if the rate has changed meanwhile.
    gap = behind % cost if state.bad == 0 or pace.ramp == 0 else 0
    if behind < (gap or cost):
        return reserve(state, now, pace, max_wait)  # the end of the queue is nearer
    first = reading + (gap or cost)
    room = cost if gap else 2 * cost
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
    slot, before, after = reservation
    if state[:3] == after[:3]:
        return state._replace(tat=before.tat)
    cost = after.tat - max(before.tat, slot)
    newest = slot == state.tat - cost - pace.tolerance
    if newest and slot > virtual(state, now):
        return state._replace(tat=state.tat - cost)
    return state


def hold(state: State, now: int, until: int, pace: Pace) -> State:
    """Let nobody go before `until`, not even those who wait already, and forget the saved-up burst."""
    reading = virtual(state, now)
    held = max(now, state.held, until)
    return state._replace(tat=max(state.tat, reading + pace.tolerance), off=held - reading, held=held)


def slow_down(state: State, now: int, until: int, pace: Pace) -> State:
    """Hold like :func:`hold`, and go slower afterwards: the service said "too many".

    One step for each hold: what comes in meanwhile was sent before it. And if the very first request afterwards is
    refused, it is the hold that was too short; only the second one says something of the rate.
    """
    held = hold(state, now, until, pace)
    if pace.ramp == 0 or pace.interval == 0:
        return held
    interval = interval_at(state, now, pace)
    if state.bad and now < state.since + interval:
        return held._replace(since=max(state.since, held.held))
    return held._replace(bad=interval, since=held.held)


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


def tokens(standing: Standing, pace: Pace) -> float:
    """Return how many requests may leave at once; infinitely many if nothing limits them."""
    if standing.held > 0:
        return 0.0
    if pace.interval == 0:
        return math.inf
    full = pace.tolerance + standing.interval
    return min(max(0, full - standing.ahead), full) / standing.interval


# The operations. A store calls one with the bucket, its own present time and the arguments, keeps the bucket it returns
# first, and returns the other thing.

Operation = Callable[..., tuple[State, Any]]


def take(
    state: State, now: int, pace: Pace, max_wait: int | None = None
) -> tuple[State, tuple[Reservation | None, int]]:
    """Reserve a slot; see :func:`reserve`."""
    # The one function that must be fast: it looks nothing up twice, and calls nothing, not even max().
    tat, off, held, bad, since, born = state
    interval = pace.interval
    slot = (held if held > now else now) - off  # noqa: FURB136
    if interval and tat - pace.tolerance > slot:
        slot = tat - pace.tolerance
    wait = slot + off - now
    if max_wait is not None and wait > max_wait:
        return state, (None, wait)
    if bad:
        interval = interval_at(state, slot + off, pace)
    tat = slot if slot > tat else tat  # noqa: FURB136
    after = State(tat + interval, off, held, bad, since, born)
    return after, (Reservation(slot, state, after), wait)


def take_first(
    state: State, now: int, pace: Pace, max_wait: int | None = None
) -> tuple[State, tuple[Reservation | None, int]]:
    """Reserve a slot in front; see :func:`reserve_first`."""
    taken = reserve_first(state, now, pace, max_wait)
    return (state if taken[0] is None else taken[0].after), taken


def await_turn(state: State, now: int, pace: Pace, reservation: Reservation, patience: int) -> tuple[State, int | None]:
    """Return the time until the slot is due, None if this bucket does not know it.

    Waking a little late costs no rate. But if the whole process stood still (a suspended laptop, a stopped container),
    many slots have passed meanwhile, and their requests must not leave all at once: hence `patience`.
    """
    if state.born != reservation.after.born:
        return state, None
    wait = due(state, reservation.slot) - now
    stood_still = -wait > patience and pace.interval > 0
    return (freeze(state, now, reservation.slot) if stood_still else state), wait


def leave(state: State, now: int, _pace: Pace, reservation: Reservation) -> tuple[State, int | None]:
    """Look again at a slot before its request leaves; see :func:`confirm`. A slot of another bucket is lost."""
    if state.born != reservation.after.born:
        return state, None
    return confirm(state, now, reservation.slot)


def count_from_now(state: State, now: int, pace: Pace, reservation: Reservation) -> tuple[State, None]:
    """Count a request from this moment; see :func:`freeze`."""
    if state.born == reservation.after.born:
        return freeze(state, now, reservation.slot), None
    # Its slot was in a bucket that got lost. The service remembers the request all the same.
    full_price = virtual(state, now) + pace.tolerance + pace.interval
    return state._replace(tat=max(state.tat, full_price)), None


def undo(state: State, now: int, pace: Pace, reservation: Reservation) -> tuple[State, None]:
    """Give a slot back; see :func:`give_back`."""
    if state.born != reservation.after.born:
        return state, None
    return give_back(state, now, reservation, pace), None


def pause(state: State, now: int, pace: Pace, length: int) -> tuple[State, None]:
    """Hold everybody for some time from now; see :func:`hold`."""
    return hold(state, now, now + length, pace), None


def throttle(state: State, now: int, pace: Pace, length: int) -> tuple[State, None]:
    """Hold everybody for some time from now and go slower afterwards; see :func:`slow_down`."""
    return slow_down(state, now, now + length, pace), None


def look(state: State, now: int, pace: Pace) -> tuple[State, Standing]:
    """Change nothing; say how the bucket stands."""
    wait = reserve(state, now, pace)[1]
    ahead = state.tat - virtual(state, now)
    return state, Standing(wait, max(0, state.held - now), ahead, interval_at(state, max(now, state.held), pace))
