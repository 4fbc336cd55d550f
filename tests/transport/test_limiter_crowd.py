"""The limiter and many callers: order, fairness, and no rule broken, in fake time and in real time."""

from __future__ import annotations

import itertools
import signal
import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kwork_etxt_sdk.options import Limits, Rule
from kwork_etxt_sdk.transport.bucket import Pace, pace_of
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.limiter import Limiter, LimitWait
from tests.support.buckets import assert_never_too_fast
from tests.support.clock import START, TurnClock

UNIT = SECOND // 10


def rules(**more):
    return st.builds(lambda period, burst: Rule(period / 10, burst, **more), st.integers(1, 60), st.integers(1, 3))


CALLS = st.lists(
    st.tuples(
        st.integers(0, 100),  # when it comes
        st.sampled_from([(), (), ("a",), ("b",)]),
        st.none() | st.none() | st.integers(0, 100),  # how long it may wait
    ),
    max_size=14,
)
HOLDS = st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["", "a", "b"]), st.integers(0, 80)), max_size=3)


def simulate(limiter, clock, calls, holds):
    """Let all callers loose, each in a thread; return when each left, by group, and check that no hold was broken."""
    left = {"": [], "a": [], "b": []}
    ends = {"": 0, "a": 0, "b": 0}

    def caller(start, groups, max_wait):
        clock.sleep(start * UNIT)
        try:
            grant = limiter.acquire(groups, max_wait=None if max_wait is None else max_wait * UNIT)
        except LimitWait:
            assert clock.now() <= START + (start + max_wait) * UNIT
            return
        for group in ("", *groups):
            assert grant.sent_at >= ends[group]  # P4
            left[group].append(grant.sent_at)

    def holder(start, group, length):
        clock.sleep(start * UNIT)
        ends[group] = max(ends[group], clock.now() + length * UNIT)
        (limiter.throttle if length % 2 else limiter.hold)(length / 10, group=group)

    clock.run(*(lambda c=call: caller(*c) for call in calls), *(lambda h=held: holder(*h) for held in holds))
    return left


@settings(max_examples=150, deadline=None)
@example(  # the rule of all calls is the slower one, and the group is held
    default=Rule(2.0), a=Rule(1.0), b=Rule(1.0), calls=[(1, ("a",), None)] + [(1, (), None)] * 6, holds=[(0, "a", 100)]
)
@given(default=rules(), a=rules(), b=rules(), calls=CALLS, holds=HOLDS)
def test_every_rule_holds_when_the_requests_leave_however_long_they_waited_for_the_other(default, a, b, calls, holds):
    clock = TurnClock()
    limits = {"": default, "a": a, "b": b}
    limiter = Limiter(Limits(default=default, groups={"a": a, "b": b}), clock=clock)
    for group, times in simulate(limiter, clock, calls, holds).items():
        assert_never_too_fast(times, pace_of(limits[group]))


@settings(max_examples=100, deadline=None)
@example(  # three wait for the rule of all calls so long that the second must go back to the first rule
    period=4, default=Rule(0.3), calls=[(0, False, 0)] * 3 + [(0, True, 0)] * 3 + [(5, False, 0)]
)
@given(
    period=st.integers(1, 60),
    default=rules(),
    calls=st.lists(st.tuples(st.integers(0, 100), st.booleans(), st.integers(0, 1000)), max_size=12),
)
def test_a_rule_counted_from_the_response_keeps_its_distance_from_it(period, default, calls):  # P12
    clock = TurnClock()
    rule = Rule(period / 10, count_from="response")
    limiter = Limiter(Limits(default=default, groups={"a": rule}), clock=clock)
    sent = []

    def caller(start, in_group, latency):
        clock.sleep(start * UNIT)
        grant = limiter.acquire(("a",) if in_group else ())
        clock.sleep(latency * period * UNIT // 1001)
        limiter.responded(grant)
        if in_group:
            sent.append((grant.sent_at, clock.now()))

    clock.run(*(lambda c=call: caller(*c) for call in calls))
    sent.sort()
    for (_, response), (following, _) in itertools.pairwise(sent):
        assert following - response >= period * UNIT


def test_callers_who_never_stop_asking_get_equal_shares():  # T14
    clock = TurnClock()
    limiter = Limiter(Limits(default=Rule.per_second(5)), clock=clock)
    shares = [0] * 16

    def greedy(me):
        while clock.now() < START + 30 * SECOND:
            limiter.acquire()
            shares[me] += 1
            clock.sleep((me * 7 % 16) * UNIT // 10)

    clock.run(*(lambda me=me: greedy(me) for me in range(16)))
    assert max(shares) - min(shares) <= 2
    assert sum(shares) >= 150


def test_after_the_process_stood_still_the_waiting_do_not_leave_all_at_once():
    clock = TurnClock()
    limiter = Limiter(Limits(default=Rule.every(1)), clock=clock)
    left = []

    def stop_the_world():
        clock.sleep(3 * SECOND // 2)
        clock.advance(60 * SECOND)

    clock.run(stop_the_world, *[lambda: left.append(limiter.acquire().sent_at) for _ in range(12)])
    resumed = [moment for moment in left if moment > START + 60 * SECOND]
    assert len(resumed) == 10
    assert_never_too_fast(resumed, Pace(SECOND, 2 * SECOND))


# ------------------------------------------------------------------------------------------- real threads, real time


def test_real_threads_get_their_slots_in_the_order_of_asking_and_never_early():  # T14
    limiter = Limiter(Limits(default=Rule(0.01)), clock=SystemClock())
    first = limiter.acquire()
    grants = {}
    turns = [threading.Event() for _ in range(17)]

    def ask(me):
        turns[me].wait(10)
        grants[me] = limiter.acquire(on_wait=lambda *_: turns[me + 1].set())
        turns[me + 1].set()

    threads = [threading.Thread(target=ask, args=(me,)) for me in range(16)]
    for thread in threads:
        thread.start()
    turns[0].set()
    for thread in threads:
        thread.join(10)
    slots = [grants[me].taken[0][1].slot for me in range(16)]
    assert slots == sorted(set(slots))
    for k, me in enumerate(range(16), 1):
        assert grants[me].sent_at >= first.taken[0][1].slot + k * SECOND // 100


def test_real_threads_that_never_stop_asking_stay_within_the_rule():  # T14
    clock = SystemClock()
    limiter = Limiter(Limits(default=Rule(0.004, burst=5)), clock=clock)
    began, grants = clock.now(), []

    def greedy():
        while clock.now() < began + SECOND // 4:
            grants.append(limiter.acquire())

    threads = [threading.Thread(target=greedy) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    pace = pace_of(Rule(0.004, burst=5))
    assert_never_too_fast([grant.taken[0][1].slot for grant in grants], pace)
    assert all(grant.sent_at >= grant.taken[0][1].slot for grant in grants)
    assert len(grants) <= 5 + (clock.now() - began) / pace.interval


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals can't be sent to a thread here")
def test_a_real_interrupt_ends_the_wait_at_once_and_gives_the_slot_back():  # T15
    finished = []

    class Noting(SystemClock):
        def sleep(self, nanoseconds):
            super().sleep(nanoseconds)
            finished.append(nanoseconds)

    interrupt = KeyboardInterrupt()

    def ctrl_c(*_):
        raise interrupt

    limiter = Limiter(Limits(default=Rule.every(60)), clock=Noting())
    limiter.acquire()
    before = limiter.snapshot()[""].wait
    killer = threading.Timer(0.1, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    usual = signal.signal(signal.SIGINT, ctrl_c)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            limiter.acquire(on_wait=lambda *_: killer.start())
        killer.join()
    finally:
        signal.signal(signal.SIGINT, usual)
    assert caught.value is interrupt
    assert finished == []  # not even the slice of the wait was slept to its end
    assert limiter.snapshot()[""].wait < before  # as if nobody had asked
