"""The arithmetic of a bucket: what must be true of every order of requests, holds and retreats."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kwork_etxt_sdk.options import Rule
from kwork_etxt_sdk.transport.bucket import (
    FULL,
    LEAST,
    LONGEST,
    Pace,
    Standing,
    State,
    await_turn,
    confirm,
    count_from_now,
    due,
    freeze,
    give_back,
    hold,
    interval_at,
    leave,
    look,
    nanoseconds,
    pace_of,
    pause,
    reserve,
    reserve_first,
    slow_down,
    speed,
    take,
    take_first,
    throttle,
    tokens,
    undo,
    virtual,
)
from kwork_etxt_sdk.transport.clock import SECOND
from tests.support.buckets import GAPS, PACES, STEPS, Queue, assert_never_too_fast, burst_of, reached
from tests.support.clock import START


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
        assert tokens(look(state, now, pace)[1], pace) == pytest.approx(float(content))
        reservation, wait = reserve(state, now, pace, 0)
        assert (reservation is not None) == (content >= 1)
        if reservation is None:
            assert wait == (1 - content) * pace.interval
        else:
            content, state = content - 1, reservation.after


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


@example(pace=Pace(1, 0), steps=[("hold", 1)], count=1, max_wait=None)  # all are held: who goes first is before them
@example(pace=Pace(1, 1, 1), steps=[("ask", False)] * 2 + [("slow_down", 0)], count=0, max_wait=None)
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


def test_who_goes_first_makes_room_for_one_who_may_be_just_about_to_leave():
    pace = Pace(10, 0)
    first = reserve(State(), START, pace)[0]
    due_now = reserve(first.after, START, pace)[0]
    later = reserve(due_now.after, START, pace)[0]
    mine, wait = reserve_first(later.after, START + 10, pace)
    assert wait == 10
    assert [due(mine.after, other.slot) - START for other in (due_now, later)] == [30, 40]


def test_who_goes_first_makes_room_even_where_the_slots_are_out_of_step():
    pace = Pace(10, 0, 300)
    first = reserve(State(), START, pace)[0]
    slower = slow_down(first.after, START, START, pace)
    waiting = reserve(slower, START, pace)[0]
    mine, wait = reserve_first(waiting.after, START + 3, pace)
    assert wait == interval_at(slower, START + 3, pace) == 20
    assert due(mine.after, waiting.slot) == START + 10 + 2 * 20


def test_a_slot_taken_at_a_slow_rate_is_given_back_as_a_whole():
    pace = Pace(10, 0, 300)
    slower = slow_down(reserve(State(), START, pace)[0].after, START, START, pace)
    mine = reserve(slower, START, pace)[0]
    assert mine.after.tat == slower.tat + 20
    later = freeze(mine.after, START + 1, START)
    assert give_back(later, START + 1, mine, pace) == later._replace(tat=slower.tat)


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
    assert freeze(frozen, used, reservation.slot + more) == frozen  # of two under way, the later moment decides


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
    assert tokens(look(state, START, pace)[1], pace) == 0
    assert [reserve(state, START + t, pace)[1] for t in (0, 4, 5, 6)] == [5, 1, 0, 0]
    assert slow_down(state, START, START + 5, pace) == state
    crowded = State(tat=START + 1000)  # by others, who do have a rule
    assert [take(crowded, START, pace)[1] for take in (reserve, reserve_first)] == [0, 0]
    assert tokens(look(state, START + 5, pace)[1], pace) == math.inf


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(61, 61 * SECOND), (0.5, SECOND // 2), (1 / 3, 333_333_334), (0, 0), (-1, 0), (1e-12, 1), (math.inf, 2**63)],
)
def test_seconds_are_rounded_up_and_stay_within_64_bits(seconds, expected):
    result = nanoseconds(seconds)
    assert result == expected or (expected == 2**63 and result == LONGEST * SECOND < 2**63 - 2**62)


def test_a_rule_in_nanoseconds():
    assert pace_of(Rule.per_second(2, burst=3)) == Pace(SECOND // 2, SECOND, 0)
    assert pace_of(Rule(1e-15)) == Pace(1, 0, 0)
    assert pace_of(Rule(3600), adaptive=True) == Pace(3600 * SECOND, 0, 30 * SECOND)
    assert pace_of(Rule(3601), adaptive=True) == Pace(3601 * SECOND, 0, 0)
    assert pace_of(None, adaptive=True) == Pace(0, 0, 0)


# ------------------------------------------------------------------------------------------------- a rate that adapts

ADAPTING = st.builds(
    lambda interval, burst, ramp: Pace(interval, (burst - 1) * interval, ramp),
    st.integers(1, 10**6),
    st.integers(1, 4),
    st.integers(30, 10**6),
)
MOMENTS = st.lists(st.tuples(st.one_of(GAPS, st.integers(0, 10**8)), st.integers(0, 10**5)), max_size=30)


def told_off(pace, moments):
    """The bucket after the service said "too many" at these times, and the last of them."""
    state, now = State(), START
    for gap, length in moments:
        now += gap
        state = slow_down(state, now, now + length, pace)
    return state, now


@example(pace=Pace(10, 0, 10**6), moments=[(2000, 0)] * 20, later=0)  # refused again and again
@given(pace=ADAPTING, moments=MOMENTS, later=st.integers(0, 10**9))
def test_the_rate_stays_between_its_floor_and_the_configured_one(pace, moments, later):  # P19
    state, now = told_off(pace, moments)
    assert LEAST <= speed(state, now + later, pace) <= FULL
    assert pace.interval <= interval_at(state, now + later, pace) <= pace.interval * FULL // LEAST
    assert (state.bad == 0) == (not moments)


@given(pace=PACES, steps=STEPS)
def test_without_a_429_every_request_costs_what_the_rule_says(pace, steps):  # P19
    state, now = reached(pace, [step for step in steps if step[0] != "slow_down"])
    assert state.bad == 0
    assert {interval_at(state, moment, pace) for moment in (0, now, now + 10**9)} == {pace.interval}
    reservation, _ = reserve(state, now, pace)
    assert reservation.after.tat == max(state.tat, reservation.slot) + pace.interval


@given(pace=ADAPTING, moments=MOMENTS, length=GAPS, more=st.lists(st.tuples(GAPS, GAPS), max_size=8))
def test_one_hold_is_one_step_however_many_meet_it(pace, moments, length, more):  # P19
    state, now = told_off(pace, moments)
    once = slow_down(state, now, now + length, pace)
    many = once
    for gap, again in more:
        moment = now + min(gap, max(0, many.since + pace.interval - 1 - now))
        many = slow_down(many, moment, moment + again, pace)
    assert many.bad == once.bad
    assert many.since == many.held >= once.since


def test_the_first_refusal_after_a_hold_says_that_it_was_too_short_and_the_second_that_we_are_too_fast():
    pace = pace_of(Rule.per_second(5), adaptive=True)
    state = slow_down(State(), START, START + SECOND, pace)
    first = START + SECOND + SECOND // 10
    longer = slow_down(state, first, first + 2 * SECOND, pace)
    assert (longer.bad, longer.since) == (state.bad, first + 2 * SECOND)
    second = longer.since + 2 * SECOND // 5
    assert slow_down(longer, second, second + SECOND, pace).bad > longer.bad


@given(pace=ADAPTING, moments=MOMENTS, gap=st.integers(0, 10**8))
def test_a_step_halves_the_rate_that_was_too_fast_and_it_comes_back_to_nine_tenths_of_it(pace, moments, gap):
    state, now = told_off(pace, moments)
    now += gap
    assume(not state.bad or now >= state.since + interval_at(state, now, pace))
    before = Fraction(FULL * pace.interval, interval_at(state, now, pace))
    after = slow_down(state, now, now + 5, pace)
    assert after.since == after.held >= now + 5
    expected = max(before / 2, LEAST)
    assert abs(speed(after, after.since, pace) - expected) <= 1
    ceiling = max(before * Fraction(9, 10), expected)
    assert abs(speed(after, after.since + pace.ramp, pace) - ceiling) <= 3
    half_way = speed(after, after.since + pace.ramp // 2, pace)
    assert expected - 1 <= half_way <= ceiling + 1
    assert abs(half_way - (expected + (ceiling - expected) * (pace.ramp // 2) / pace.ramp)) <= 4


@given(pace=ADAPTING, moments=MOMENTS, times=st.lists(st.integers(0, 10**9), min_size=2, max_size=2))
def test_left_alone_it_only_gets_faster_and_in_the_end_is_what_it_was(pace, moments, times):
    state, now = told_off(pace, moments)
    early, late = sorted(times)
    assert speed(state, now + early, pace) <= speed(state, now + late, pace)
    assert interval_at(state, state.since + 101 * pace.ramp, pace) == pace.interval


def test_the_way_back_in_numbers():
    pace = pace_of(Rule.per_second(5), adaptive=True)
    state = slow_down(State(), START, START + 2 * SECOND, pace)
    back = START + 2 * SECOND

    speeds = [speed(state, back + t * SECOND, pace) * 100 / FULL for t in (-1, 0, 15, 30, 90, 150, 330, 390)]
    assert speeds == [50, 50, 70, 90, 92, 94, 100, 100]
    again = slow_down(state, back + 15 * SECOND, back + 16 * SECOND, pace)
    assert SECOND / again.bad == pytest.approx(0.7 * 5)
    assert speed(again, again.since, pace) == pytest.approx(0.35 * FULL, abs=1)


def test_waiting_slots_keep_their_places_when_the_rate_changes():
    pace = Pace(10, 20, 300)
    state = State()
    slots = []
    for _ in range(5):
        reservation, _ = reserve(state, START, pace)
        state, slots = reservation.after, [*slots, reservation.slot]
    state = slow_down(state, START, START + 100, pace)
    following, wait = reserve(state, START, pace)
    assert following.slot == slots[-1] + 10
    assert wait == 100 + 30
    behind, _ = reserve(following.after, START, pace)
    assert behind.slot == following.slot + interval_at(state, START + wait, pace) == following.slot + 19


# ------------------------------------------------------------------------------------ the operations, as stores do them


@given(pace=PACES, steps=STEPS, max_wait=st.none() | GAPS)
def test_taking_is_reserving(pace, steps, max_wait):
    state, now = reached(pace, steps)
    for operation, function in ((take, reserve), (take_first, reserve_first)):
        after, taken = operation(state, now, pace, max_wait)
        assert taken == function(state, now, pace, max_wait)
        assert after == (state if taken[0] is None else taken[0].after)


@given(pace=PACES, steps=STEPS, length=GAPS)
def test_pausing_and_throttling_count_from_now(pace, steps, length):
    state, now = reached(pace, steps)
    assert pause(state, now, pace, length) == (hold(state, now, now + length, pace), None)
    assert throttle(state, now, pace, length) == (slow_down(state, now, now + length, pace), None)


@given(pace=PACES, steps=STEPS)
def test_looking_tells_what_would_be_and_changes_nothing(pace, steps):
    state, now = reached(pace, steps)
    after, standing = look(state, now, pace)
    assert after is state
    assert standing == Standing(
        wait=reserve(state, now, pace)[1],
        held=max(0, state.held - now),
        ahead=state.tat - virtual(state, now),
        interval=interval_at(state, max(now, state.held), pace),
    )


@given(pace=PACES, steps=STEPS, age=GAPS, length=st.none() | GAPS)
def test_the_operations_on_a_slot_are_those_of_its_bucket(pace, steps, age, length):
    state, now = reached(pace, steps)
    mine, _ = reserve(state, now, pace)
    state, now = mine.after, now + age
    if length is not None:
        state = hold(state, now, now + length, pace)
    assert leave(state, now, pace, mine) == confirm(state, now, mine.slot)
    assert undo(state, now, pace, mine) == (give_back(state, now, mine, pace), None)
    assert count_from_now(state, now, pace, mine) == (freeze(state, now, mine.slot), None)
    wait = due(state, mine.slot) - now
    assert await_turn(state, now, pace, mine, 10**9) == (state, wait)
    assert await_turn(state, now, pace, mine, 7) == (freeze(state, now, mine.slot) if wait < -7 else state, wait)


@given(pace=PACES, steps=STEPS, lost=STEPS, length=GAPS)
def test_a_slot_of_a_bucket_that_was_lost_moves_nothing_but_its_request_is_counted(pace, steps, lost, length):
    former, now = reached(pace, lost)
    mine, _ = reserve(hold(former, now, now + length, pace), now, pace)
    state, present = reached(pace, steps)
    state, now = state._replace(born=77), max(now, present)
    assert leave(state, now, pace, mine) == (state, None)
    assert undo(state, now, pace, mine) == (state, None)
    assert await_turn(state, now, pace, mine, 0) == (state, None)
    counted, _ = count_from_now(state, now, pace, mine)
    assert reserve(counted, now, pace)[1] >= max(pace.interval, reserve(state, now, pace)[1])
    assert reserve(counted, now, pace)[1] <= max(0, counted.held - now) + max(
        pace.interval, reserve(state, now, pace)[1]
    )


def test_a_process_that_stood_still_does_not_catch_up():
    pace = Pace(10, 0)
    mine, _ = reserve(State(), START, pace)
    assert await_turn(mine.after, START + 50, pace, mine, 49) == (freeze(mine.after, START + 50, mine.slot), -50)
    assert await_turn(mine.after, START + 50, pace, mine, 50) == (mine.after, -50)
    free, _ = reserve(State(), START, Pace(0, 0))
    assert await_turn(free.after, START + 50, Pace(0, 0), free, 0) == (free.after, -50)
