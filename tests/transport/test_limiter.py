"""The limiter: what must be true of every order of calls, holds, retreats and answers."""

from __future__ import annotations

import itertools
import math
import os
import signal
import threading
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kwork_etxt_sdk.options import Limits, Rule
from kwork_etxt_sdk.transport import limiter as module
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.limiter import (
    LONGEST,
    SLICE,
    Limiter,
    LimitWait,
    MemoryStore,
    Pace,
    State,
    confirm,
    due,
    freeze,
    give_back,
    hold,
    nanoseconds,
    pace_of,
    reserve,
    reserve_first,
    tokens,
    virtual,
)
from tests.support.clock import START, FakeClock, TurnClock

PACES = st.builds(lambda interval, burst: Pace(interval, (burst - 1) * interval), st.integers(1, 20), st.integers(1, 4))
GAPS = st.one_of(st.just(0), st.integers(0, 10), st.integers(0, 120))


def burst_of(pace):
    return pace.tolerance // pace.interval + 1


def assert_never_too_fast(times, pace):
    """P1: in any stretch of t at most burst + t / interval leave."""
    times = sorted(times)
    for (i, early), (j, late) in itertools.combinations_with_replacement(enumerate(times), 2):
        assert (j - i + 1 - burst_of(pace)) * pace.interval <= late - early, (times, pace)


# ------------------------------------------------------------------------------------------------------- arithmetic


class Queue:
    """One bucket with callers that ask, wait, leave, give up; they wake exactly when they are due."""

    def __init__(self, pace):
        self.pace, self.state, self.now = pace, State(), START
        self.waiting, self.idle, self.left, self.holds = [], [], [], []
        self.number = itertools.count()

    def ask(self, leaves=True, max_wait=None, take=reserve):
        reservation, _ = take(self.state, self.now, self.pace, max_wait)
        if reservation is not None:
            self.state = reservation.after
            self.waiting.append((next(self.number) if take is reserve else None, reservation, leaves))
            self.wait(0)

    def ask_first(self, leaves=True, max_wait=None):
        self.ask(leaves, max_wait, reserve_first)

    def wait(self, gap):
        until = self.now + gap
        while self.waiting:
            first = min(self.waiting, key=lambda one: due(self.state, one[1].slot))
            moment = due(self.state, first[1].slot)
            if moment > until:
                break
            self.now = max(self.now, moment)
            self.waiting.remove(first)
            if first[2]:
                self.left.append((self.now, first[0]))
            else:
                self.idle.append(first)  # has its slot, but waits for something else and may yet give it back
        self.now = until

    def hold(self, length):
        self.state = hold(self.state, self.now, self.now + length, self.pace)
        self.holds.append((self.now + length, len(self.left)))

    def quit(self, index):
        ready = self.waiting + self.idle
        if ready:
            one = ready[index % len(ready)]
            (self.waiting if one in self.waiting else self.idle).remove(one)
            self.state = give_back(self.state, self.now, one[1], self.pace)

    def play(self, steps):
        for name, *args in steps:
            getattr(self, name)(*args)
        self.wait(10**6)
        assert not self.waiting


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.booleans()),
        st.tuples(st.just("ask"), st.just(True)),
        st.tuples(st.sampled_from(["ask", "ask_first"]), st.booleans(), st.none() | st.integers(0, 30)),
        st.tuples(st.just("wait"), GAPS),
        st.tuples(st.just("hold"), GAPS),
        st.tuples(st.just("quit"), st.integers(0, 5)),
    ),
    max_size=40,
)


@settings(max_examples=500)
@given(pace=PACES, steps=STEPS)
def test_no_order_of_events_makes_it_too_fast_or_lets_anyone_overtake_or_leave_inside_a_hold(pace, steps):
    queue = Queue(pace)
    queue.play(steps)
    times = [moment for moment, _ in queue.left]
    assert_never_too_fast(times, pace)  # P1, P7
    in_line = [number for _, number in queue.left if number is not None]
    assert in_line == sorted(in_line)  # P2
    for end, before in queue.holds:
        for k, moment in enumerate(times[before:]):
            assert moment >= end + k * pace.interval  # P4, P5: not inside, and no saved-up burst after it


@given(pace=PACES, gaps=st.lists(GAPS, max_size=40))
def test_slots_are_exactly_those_of_a_token_bucket_with_a_queue(pace, gaps):  # P3
    size = burst_of(pace) * pace.interval  # the bucket's content counted in time: one request costs one interval
    content, moment, state, now = size, START, State(), START
    for gap in gaps:
        now += gap
        arrival = max(now, moment)  # behind everybody who came before
        content = min(size, content + arrival - moment)
        wait = max(0, pace.interval - content)
        moment, content = arrival + wait, content + wait - pace.interval
        reservation, known = reserve(state, now, pace)
        assert now + known == moment == due(reservation.after, reservation.slot)
        state = reservation.after


@given(pace=PACES, gaps=st.lists(GAPS, max_size=40))
def test_without_waiting_it_decides_as_a_token_bucket_does(pace, gaps):  # P9
    content, state, now = Fraction(burst_of(pace)), State(), START
    for gap in gaps:
        now += gap
        content = min(Fraction(burst_of(pace)), content + Fraction(gap, pace.interval))
        assert tokens(state, now, pace) == pytest.approx(float(content))
        reservation, wait = reserve(state, now, pace, 0)
        assert (reservation is not None) == (content >= 1)
        if reservation is None:
            assert wait == (1 - content) * pace.interval
        else:
            content, state = content - 1, reservation.after


def reached(pace, steps):
    queue = Queue(pace)
    for name, *args in steps:
        getattr(queue, name)(*args)
    return queue.state, queue.now


@given(pace=PACES, steps=STEPS, first=GAPS, second=GAPS, later=GAPS)
def test_only_the_longest_hold_counts_whatever_the_order(pace, steps, first, second, later):  # P8
    state, now = reached(pace, steps)
    both = hold(hold(state, now, now + first, pace), now, now + second, pace)
    assert both == hold(hold(state, now, now + second, pace), now, now + first, pace)
    assert both == hold(state, now, now + max(first, second), pace)
    if now + later <= both.held:
        assert hold(both, now + later, min(both.held, now + later + first), pace) == both


@given(pace=PACES, steps=STEPS, max_wait=GAPS)
def test_a_refusal_names_the_true_wait_and_needs_no_change(pace, steps, max_wait):  # P6
    state, now = reached(pace, steps)
    reservation, wait = reserve(state, now, pace, max_wait)
    unlimited, true_wait = reserve(state, now, pace)
    assert wait == true_wait >= 0
    assert reservation == (unlimited if wait <= max_wait else None)
    assert reserve(state, now + wait, pace, 0)[0] is not None


@given(pace=PACES, steps=STEPS, gap=GAPS)
def test_giving_back_the_newest_slot_restores_the_bucket(pace, steps, gap):  # P7
    state, now = reached(pace, steps)
    reservation, _ = reserve(state, now, pace)
    assert give_back(reservation.after, now + gap, reservation, pace) == state


def test_a_waiting_slot_that_is_not_the_newest_stays_taken():
    pace = Pace(10, 0)
    first = reserve(reserve(State(), START, pace)[0].after, START, pace)[0]
    second = reserve(first.after, START, pace)[0]
    assert give_back(second.after, START, first, pace) == second.after
    assert give_back(second.after, START, second, pace) == first.after


def test_a_waiting_newest_slot_can_be_given_back_after_a_hold_but_a_passed_one_cannot():
    pace = Pace(10, 20)
    state = State(tat=START + 20)  # the burst is used up to the last request
    passed = reserve(state, START, pace)[0]
    held = hold(passed.after, START + 5, START + 50, pace)
    assert give_back(held, START + 6, passed, pace) == held
    waiting = reserve(held, START + 6, pace)[0]
    longer = hold(waiting.after, START + 7, START + 90, pace)
    assert give_back(longer, START + 8, waiting, pace).tat == held.tat


@given(pace=PACES, steps=STEPS, count=st.integers(0, 5), max_wait=st.none() | GAPS)
def test_who_goes_first_gets_the_next_slot_and_the_others_come_after(pace, steps, count, max_wait):
    state, now = reached(pace, steps)
    others = []
    for _ in range(count):
        reservation, wait = reserve(state, now, pace)
        state = reservation.after
        if wait:
            others.append(reservation.slot)
    mine, wait = reserve_first(state, now, pace, max_wait)
    assert wait <= reserve(state, now, pace)[1]
    if max_wait is not None and wait > max_wait:
        assert mine is None
        return
    assert now + wait == due(mine.after, mine.slot)
    if others:
        assert min(due(mine.after, slot) for slot in others) >= now + wait + pace.interval
        assert give_back(mine.after, now, mine, pace) == mine.after


@given(pace=PACES, steps=STEPS, age=GAPS, more=GAPS)
def test_a_frozen_bucket_goes_on_as_if_the_slot_were_only_now(pace, steps, age, more):
    state, now = reached(pace, steps)
    reservation, wait = reserve(state, now, pace)
    used = now + wait + age
    frozen = freeze(reservation.after, used, reservation.slot)
    assert virtual(frozen, max(used, frozen.held)) == reservation.slot + max(0, frozen.held - used)
    assert due(frozen, reservation.slot) >= used
    assert freeze(frozen, used, reservation.slot) == frozen
    assert freeze(frozen, used + more, reservation.slot).off == frozen.off + more


def test_a_slot_looked_at_again_is_used_now_or_comes_again_or_is_lost():
    pace = Pace(10, 0)
    mine = reserve(State(), START, pace)[0]
    assert confirm(mine.after, START + 4, mine.slot) == (freeze(mine.after, START + 4, mine.slot), 0)
    moved = freeze(mine.after, START + 30, START - 10)
    assert confirm(moved, START + 30, mine.slot) == (moved, 10)
    held_then = hold(mine.after, START, START + 9, pace)
    assert confirm(held_then, START + 4, mine.slot) == (held_then, 5)
    held_later = hold(mine.after, START + 3, START + 9, pace)
    assert confirm(held_later, START + 4, mine.slot) == (held_later, None)
    assert due(held_later, mine.slot) == START + 9  # who woke late, and had not left when the hold came


def test_no_rule_limits_nothing_but_obeys_holds():
    pace = pace_of(None)
    state = hold(reserve(State(), START, pace)[0].after, START, START + 5, pace)
    assert tokens(state, START, pace) == 0
    assert [reserve(state, START + t, pace)[1] for t in (0, 4, 5, 6)] == [5, 1, 0, 0]
    assert tokens(state, START + 5, pace) == math.inf


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(61, 61 * SECOND), (0.5, SECOND // 2), (1 / 3, 333_333_334), (0, 0), (-1, 0), (1e-12, 1), (math.inf, 2**63)],
)
def test_seconds_are_rounded_up_and_stay_within_64_bits(seconds, expected):
    result = nanoseconds(seconds)
    assert result == expected or (expected == 2**63 and result == LONGEST * SECOND < 2**63 - 2**62)


def test_a_rule_in_nanoseconds():
    assert pace_of(Rule.per_second(2, burst=3)) == Pace(SECOND // 2, SECOND)
    assert pace_of(Rule(1e-15)) == Pace(1, 0)


# ------------------------------------------------------------------------------------------ the limiter, one caller


class CountingStore(MemoryStore):
    """Knows how many slots of each bucket are taken."""

    def __init__(self):
        super().__init__()
        self.slots = {}

    def state(self, key):
        return self._states.get(key, State())

    def update(self, key, fn):
        before = self.state(key)
        result = super().update(key, fn)
        change = self.state(key).tat - before.tat
        if change and self.state(key)[1:] == before[1:]:  # else it was a hold
            self.slots[key] = self.slots.get(key, 0) + (1 if change > 0 else -1)
        return result


RULES = {"slow": Rule.every(5), "answered": Rule.every(61, count_from="response")}


def make(default=Rule.per_second(1, burst=3), clock=None, **groups):  # noqa: B008 - a rule never changes
    clock = clock or FakeClock()
    store = CountingStore()
    return Limiter(Limits(default=default, groups=groups), clock=clock, scope="me", store=store), clock, store


def test_a_burst_leaves_at_once_and_then_one_per_period():
    limiter, clock, _ = make()
    grants = [limiter.acquire() for _ in range(6)]
    assert [(grant.sent_at - START) / SECOND for grant in grants] == [0, 0, 0, 1, 2, 3]
    assert [grant.waited / SECOND for grant in grants] == [0, 0, 0, 1, 1, 1]
    assert clock.slept == 3 * SECOND


@given(
    calls=st.lists(st.tuples(st.sampled_from([(), ("slow",), ("answered", "slow"), ("unknown",)]), GAPS), max_size=20)
)
def test_every_acquire_takes_exactly_one_slot_of_each_of_its_rules(calls):  # P13
    limiter, clock, store = make(**RULES)
    for groups, gap in calls:
        clock.advance(gap * SECOND // 7)
        limiter.acquire(groups)
    assert store.slots.get("me/", 0) == len(calls)
    for group in RULES:
        assert store.slots.get(f"me/{group}", 0) == sum(group in groups for groups, _ in calls)


def test_a_group_named_twice_or_the_rule_of_all_calls_by_name_costs_no_second_slot():
    limiter, _, store = make(slow=Rule.every(5))
    limiter.acquire(["slow", "", "slow"])
    assert store.slots == {"me/": 1, "me/slow": 1}


def test_the_slowest_rule_comes_first_and_each_wait_is_announced_once():
    limiter, clock, _ = make(Rule.every(3), fast=Rule.every(4), slow=Rule.every(10))
    told = []
    limiter.acquire(["fast", "slow"], on_wait=lambda *wait: told.append(wait))
    assert told == []
    clock.advance(2 * SECOND)
    clock.after(7 * SECOND, lambda: limiter.hold(5, group="fast"))
    clock.after(8 * SECOND, lambda: limiter.hold(9))
    limiter.acquire(["fast", "slow"], on_wait=lambda *wait: told.append(wait))
    assert told == [(8 * SECOND, "slow"), (4 * SECOND, "fast"), (5 * SECOND, "")]
    assert max(clock.sleeps) == SLICE


@pytest.mark.parametrize("limits", [Limits.off, Limits(default=None, groups={"slow": Rule.every(5)})])
def test_without_a_rule_nobody_waits_except_for_a_hold(limits):
    clock = FakeClock()
    limiter = Limiter(limits, clock=clock)
    assert [limiter.acquire().waited for _ in range(50)] == [0] * 50
    limiter.hold(2.5)
    assert limiter.wait_time() == 2.5
    assert limiter.acquire().waited == 2.5 * SECOND
    assert [limiter.acquire(("unknown",)).waited for _ in range(50)] == [0] * 50


def test_a_caller_of_an_unlimited_service_who_oversleeps_delays_nobody():
    limiter, clock, _ = make(None)
    limiter.hold(1)

    def oversleep():
        clock.advance(20 * SECOND)
        limiter.acquire()
        clock.advance(10 * SECOND)

    clock.after(SECOND // 2, oversleep)
    assert limiter.acquire().sent_at == START + 61 * SECOND // 2
    assert limiter.acquire().waited == 0


def test_a_hold_set_meanwhile_reaches_a_waiting_caller():
    limiter, clock, _ = make(Rule.every(10))
    limiter.acquire()
    clock.after(4 * SECOND, lambda: limiter.hold(30))
    assert limiter.acquire().sent_at == START + (4 + 30 + 6) * SECOND  # 6 s of its wait were still to come


def test_holding_a_group_holds_that_group_only_and_an_unknown_one_everybody():
    limiter, _, _ = make(slow=Rule.every(5))
    limiter.hold(7, group="slow")
    assert (limiter.wait_time("slow"), limiter.wait_time()) == (7, 0)
    limiter.hold(9, group="unknown")
    assert (limiter.wait_time("slow"), limiter.wait_time()) == (9, 9)


def test_a_hold_of_a_rule_already_passed_is_obeyed_while_waiting_for_the_next():
    limiter, clock, store = make(Rule.every(4), slow=Rule.every(10))
    limiter.acquire()
    clock.after(2 * SECOND, lambda: limiter.hold(30, group="slow"))
    assert limiter.acquire(["slow"]).sent_at == START + (2 + 30 + 8) * SECOND  # behind the slot that the hold took away
    assert store.slots == {"me/": 2, "me/slow": 2}


def test_a_wait_beyond_the_limit_is_refused_at_once_and_changes_nothing():  # P6
    limiter, clock, store = make(Rule.every(4), slow=Rule(10, 2))
    limiter.acquire()
    before = [store.state(key) for key in ("me/", "me/slow")]
    for groups, group, wait in ([(), "", 4], [("slow",), "", 4]):
        with pytest.raises(LimitWait) as caught:
            limiter.acquire(groups, max_wait=4 * SECOND - 1)
        assert (caught.value.retry_in_ns, caught.value.group) == (wait * SECOND, group)
    assert [store.state(key) for key in ("me/", "me/slow")] == before
    assert clock.sleeps == []
    assert limiter.acquire(("slow",), max_wait=4 * SECOND).waited == 4 * SECOND


def test_a_wait_that_the_second_rule_makes_hopeless_is_not_begun():
    limiter, clock, _ = make(Rule.every(4), slow=Rule.every(10))
    limiter.acquire(("slow",))
    limiter.hold(30)
    with pytest.raises(LimitWait) as caught:
        limiter.acquire(("slow",), max_wait=20 * SECOND)
    assert (caught.value.group, clock.sleeps) == ("", [])
    assert caught.value.retry_in_ns == 34 * SECOND


def test_waking_a_little_after_the_limit_is_not_refused():
    limiter, clock, _ = make(Rule.every(4), slow=Rule.every(10))
    limiter.acquire(("slow",))
    clock.after(10 * SECOND, lambda: clock.advance(1000))
    assert limiter.acquire(("slow",), max_wait=10 * SECOND).waited == 10 * SECOND + 1000


def test_the_limit_is_for_all_waits_together_and_slots_are_given_back():
    limiter, clock, store = make(Rule.every(4), slow=Rule.every(10))
    limiter.acquire(("slow",))
    before = store.state("me/slow")
    clock.after(9 * SECOND, lambda: limiter.hold(9))
    with pytest.raises(LimitWait) as caught:
        limiter.acquire(("slow",), max_wait=17 * SECOND)
    assert (caught.value.retry_in_ns, caught.value.group) == (8 * SECOND, "")
    assert store.state("me/slow") == before
    assert clock.now() == START + 10 * SECOND


def test_a_hold_that_exceeds_the_limit_ends_the_wait_and_the_slot_is_given_back():
    limiter, clock, store = make(Rule.every(10))
    limiter.acquire()
    taken = store.state("me/").tat
    clock.after(3 * SECOND + 1, lambda: limiter.hold(60))
    with pytest.raises(LimitWait) as caught:
        limiter.acquire(max_wait=11 * SECOND)
    assert clock.now() == START + 4 * SECOND
    assert caught.value.retry_in_ns == 66 * SECOND
    assert store.state("me/").tat == taken


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError])
@pytest.mark.parametrize("where", ["sleep", "on_wait"])
def test_what_interrupts_a_wait_comes_out_unchanged_and_every_slot_is_given_back(kind, where):
    limiter, clock, store = make(Rule.every(4), slow=Rule(10, 2))
    limiter.acquire()
    before = [store.state(key) for key in ("me/", "me/slow")]
    interrupt = kind()

    def interrupted(*_):
        raise interrupt

    if where == "sleep":
        clock.after(2 * SECOND, interrupted)
    with pytest.raises(kind) as caught:
        limiter.acquire(("slow",), on_wait=interrupted if where == "on_wait" else None)
    assert caught.value is interrupt
    assert [store.state(key) for key in ("me/", "me/slow")] == before
    assert clock.now() == START + (2 * SECOND if where == "sleep" else 0)


def test_a_store_that_fails_while_giving_back_does_not_hide_the_interrupt():
    limiter, clock, store = make(Rule.every(4))
    limiter.acquire()

    def break_and_interrupt():
        store.update = None
        raise KeyboardInterrupt

    clock.after(SECOND, break_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        limiter.acquire()


def test_the_response_is_counted_once():
    limiter, clock, _ = make(answered=Rule.every(61, count_from="response"), slow=Rule.every(5))
    grant = limiter.acquire(("answered", "slow"))
    clock.advance(7 * SECOND)
    limiter.responded(grant)
    clock.advance(SECOND)
    limiter.responded(grant)
    assert limiter.wait_time("answered") == 60
    assert limiter.wait_time("slow") == 0


def test_wait_time_and_snapshot_take_nothing():
    limiter, _, store = make(Rule.per_second(1, burst=3), slow=Rule.every(5))
    limiter.acquire(("slow",))
    before = dict(store.slots)
    assert (limiter.wait_time(), limiter.wait_time("slow"), limiter.wait_time("unknown")) == (0, 5, 0)
    limiter.hold(2, group="slow")
    shown = limiter.snapshot()
    assert list(shown) == ["slow", ""]
    assert (shown[""].group, shown[""].rule, shown[""].available) == ("", Rule.per_second(1, burst=3), 2)
    assert (shown["slow"].available, shown["slow"].wait, shown["slow"].held_for) == (0, 7, 2)
    assert Limiter(Limits.off, clock=FakeClock()).snapshot()[""].available == math.inf
    assert store.slots == before


def test_limiters_of_one_scope_and_store_share_their_buckets():
    clock, store = FakeClock(), MemoryStore()
    one, same, other = (
        Limiter(Limits(default=Rule.every(9)), clock=clock, scope=scope, store=store) for scope in ("a", "a", "b")
    )
    one.acquire()
    assert (same.wait_time(), other.wait_time()) == (9, 0)


def test_a_store_lets_one_in_at_a_time():
    store, order = MemoryStore(), []
    other = threading.Thread(target=lambda: store.update("key", lambda state: (state, order.append("second"))))

    def linger(state):
        other.start()
        other.join(0.05)
        return state, order.append("first")

    store.update("key", linger)
    other.join(10)
    assert order == ["first", "second"]


def test_a_forked_child_is_not_stopped_by_a_lock_that_its_parent_held(monkeypatch):
    store = MemoryStore()
    store._lock.acquire()
    parent = os.getpid()
    monkeypatch.setattr(module.os, "getpid", lambda: parent + 1)
    assert store.update("key", lambda state: (state, "in")) == "in"


# ----------------------------------------------------------------------------- the limiter, many callers, fake time

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
        limiter.hold(length / 10, group=group)

    clock.run(*(lambda c=call: caller(*c) for call in calls), *(lambda h=held: holder(*h) for held in holds))
    return left


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=150, deadline=None)
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
    slots = [grants[me].taken[0].reservation.slot for me in range(16)]
    assert slots == sorted(set(slots))
    for k, me in enumerate(range(16), 1):
        assert grants[me].sent_at >= first.taken[0].reservation.slot + k * SECOND // 100


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
    assert_never_too_fast([grant.taken[0].reservation.slot for grant in grants], pace)
    assert all(grant.sent_at >= grant.taken[0].reservation.slot for grant in grants)
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
