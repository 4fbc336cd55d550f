"""What follows from what happened: every cell of the table."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.options import Retry
from kwork_etxt_sdk.transport.decide import (
    AMBIGUOUS,
    Happened,
    Step,
    attempts_allowed,
    classify_failure,
    classify_status,
    decide,
    nominal_pause,
    with_jitter,
)
from kwork_etxt_sdk.transport.phase import Phase

STEPS = {"v": Step.RETURN, ">": Step.AGAIN, "s": Step.RENEW, "!": Step.RAISE, "?": Step.UNKNOWN}
#: With the default policy: the step after attempts 1 to 5, for each effect.
TABLE = """
               READ   REPEATABLE  ONCE   MONEY
answered       vvvvv  vvvvv       vvvvv  vvvvv
refused        !!!!!  !!!!!       !!!!!  !!!!!
expired        sssss  sssss       sssss  sssss
throttled      >>>!!  >>!!!       >>!!!  !!!!!
blocked        !!!!!  !!!!!       !!!!!  !!!!!
unavailable    >>>!!  >>!!!       ?????  ?????
broken         >>>!!  >>!!!       ?????  ?????
garbled        >>>!!  >>!!!       ?????  ?????
redirected     !!!!!  !!!!!       ?????  ?????
misfit         !!!!!  !!!!!       ?????  ?????
lost           >>>!!  >>!!!       ?????  ?????
unsent         >>>!!  >>!!!       >>!!!  >!!!!
"""


def _cells():
    head, *rows = (line.split() for line in TABLE.strip().splitlines())
    for name, *cells in rows:
        for effect, steps in zip(head, cells, strict=True):
            for attempt, sign in enumerate(steps, 1):
                yield Effect[effect], Happened(name), attempt, STEPS[sign]


CELLS = list(_cells())

effects = st.sampled_from(Effect)
happenings = st.sampled_from(Happened)
policies = st.builds(
    Retry,
    read=st.integers(1, 6),
    repeatable=st.integers(1, 6),
    once=st.integers(1, 6),
    money=st.integers(1, 6),
    base=st.floats(0, 100),
    cap=st.floats(0.001, 1000),
)


def test_the_table_has_every_cell_once():
    cells = [(effect, happened, attempt) for effect, happened, attempt, _ in CELLS]
    assert sorted(map(str, cells)) == sorted(map(str, itertools.product(Effect, Happened, range(1, 6))))


@pytest.mark.parametrize(("effect", "happened", "attempt", "step"), CELLS)
def test_the_step_after_an_attempt(effect, happened, attempt, step):
    assert decide(effect, happened, attempt, Retry()) is step


@pytest.mark.parametrize("effect", Effect)
def test_having_signed_in_anew_changes_one_thing_it_is_not_done_twice(effect):
    for _, happened, attempt, step in (cell for cell in CELLS if cell[0] is effect):
        expected = Step.RAISE if happened is Happened.EXPIRED else step
        assert decide(effect, happened, attempt, Retry(), renewed=True) is expected


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("happened", Happened)
def test_without_retries_there_is_no_second_attempt(effect, happened):
    assert decide(effect, happened, 1, Retry.none) is not Step.AGAIN


@given(effects, happenings, st.integers(1, 20), policies, st.booleans())
def test_an_attempt_that_may_have_been_executed_is_repeated_only_if_that_does_no_harm(
    effect, happened, attempt, retry, renewed
):
    step = decide(effect, happened, attempt, retry, renewed=renewed)
    may_have_been_executed = happened in AMBIGUOUS
    if effect >= Effect.ONCE:
        assert (step is Step.UNKNOWN) == may_have_been_executed
        if step is Step.AGAIN:
            assert happened in {Happened.UNSENT, Happened.THROTTLED}
    else:
        assert step is not Step.UNKNOWN
    if effect is Effect.MONEY and step is Step.AGAIN:
        assert happened is Happened.UNSENT


@given(effects, policies, st.lists(happenings, min_size=30, max_size=30))
def test_a_whole_call_ends_and_executes_a_grave_request_at_most_once(effect, retry, script):
    renewed, attempt, executed, sends = False, 0, 0, 0
    for happened in script:
        attempt, sends = attempt + 1, sends + 1
        executed += happened in AMBIGUOUS or happened is Happened.ANSWERED
        step = decide(effect, happened, attempt, retry, renewed=renewed)
        if step is Step.RENEW:
            renewed, attempt = True, attempt - 1
        elif step is not Step.AGAIN:
            break
    else:
        pytest.fail("it never ended")
    assert sends <= attempts_allowed(effect, retry) + 1  # one more after signing in anew
    if effect >= Effect.ONCE:
        assert executed <= 1


@pytest.mark.parametrize(
    ("phase", "happened"),
    [
        (Phase.PREPARING, Happened.UNSENT),
        (Phase.UNKNOWN, Happened.LOST),
        (Phase.CONNECTING, Happened.UNSENT),
        (Phase.HEADERS, Happened.LOST),
        (Phase.BODY, Happened.LOST),
        (Phase.SENT, Happened.LOST),
        (Phase.STATUS, Happened.GARBLED),
        (Phase.DONE, Happened.GARBLED),
    ],
)
def test_without_a_status_the_phase_says_what_happened(phase, happened):
    assert classify_failure(phase) is happened


def test_every_phase_has_a_row_above():
    rows = test_without_a_status_the_phase_says_what_happened.pytestmark[0].args[1]
    assert [phase for phase, _ in rows] == list(Phase)


@pytest.mark.parametrize(
    ("statuses", "happened"),
    [
        (range(100, 300), None),
        (range(300, 400), Happened.REDIRECTED),
        ([*range(400, 429), *range(430, 500)], None),
        ([429], Happened.THROTTLED),
        ([502, 503, 504], Happened.UNAVAILABLE),
        ([500, 501, *range(505, 1000)], Happened.BROKEN),
    ],
)
def test_what_the_status_alone_decides(statuses, happened):
    assert {classify_status(status) for status in statuses} == {happened}


@pytest.mark.parametrize(
    ("effect", "attempts"), [(Effect.READ, 4), (Effect.REPEATABLE, 3), (Effect.ONCE, 3), (Effect.MONEY, 2)]
)
def test_attempts_allowed_by_default(effect, attempts):
    assert attempts_allowed(effect, Retry()) == attempts


@pytest.mark.parametrize(("row", "seconds"), [(1, 0.5), (2, 1), (3, 2), (7, 32), (8, 60), (9, 60), (10**9, 60)])
def test_a_pause_doubles_up_to_the_cap(row, seconds):
    assert nominal_pause(Happened.LOST, row, Retry()) == seconds


@pytest.mark.parametrize(("row", "seconds"), [(1, 1), (2, 2), (6, 32), (7, 60)])
def test_a_service_that_said_too_many_gets_twice_the_time(row, seconds):
    assert nominal_pause(Happened.THROTTLED, row, Retry()) == seconds


@given(happenings, st.integers(1, 10**6), policies, st.floats(0, 1, exclude_max=True))
def test_pauses_stay_within_half_and_full_and_never_shrink(happened, row, retry, chance):
    nominal = nominal_pause(happened, row, retry)
    assert 0 <= nominal <= retry.cap
    assert nominal <= nominal_pause(happened, row + 1, retry)
    assert nominal / 2 <= with_jitter(nominal, chance) <= nominal
