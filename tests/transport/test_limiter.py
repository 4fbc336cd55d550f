"""The limiter seen by one caller: slots, waits, holds, limits of patience, Ctrl-C."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.options import Limits, Rule
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.limiter import SLICE, Limiter, LimitWait
from kwork_etxt_sdk.transport.sharing import MemoryStore
from tests.support.buckets import GAPS, CountingStore
from tests.support.clock import START, FakeClock

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
        store.apply = None
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
