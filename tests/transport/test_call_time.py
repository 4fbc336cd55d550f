"""Deadlines, pauses and holds of calls: time is not real, the sockets are."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from kwork_etxt_sdk.errors import (
    BlockedError,
    DeadlineError,
    NetworkError,
    RateLimitError,
    UnexpectedResponseError,
)
from kwork_etxt_sdk.options import Limits, Retry, Rule, Timeouts
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.endpoint import Endpoint
from tests.support.clock import FakeClock, TurnClock
from tests.support.fake_market import (
    MONEY,
    ONCE,
    READ,
    Caller,
)
from tests.support.faulty_server import (
    FaultyServer,
    answer,
    head,
    raw,
    silent,
)


def name_of(value):
    return value.effect.name if isinstance(value, Endpoint) else None


# --------------------------------------------------------------------------------------------------------- deadline


def test_no_free_slot_before_the_deadline_is_told_at_once():
    with FaultyServer() as server, Caller(server.url, limits=Limits(default=Rule.every(60))) as call:
        call(READ)
        error = call.failure(READ, deadline=10)
        assert server.executed == 1
    assert type(error) is DeadlineError
    assert call.clock.slept == 0
    assert (error.retry_in, error.attempts) == (60.0, 0)
    assert str(error) == (
        "fake things.list: the rate limit has no free slot within the deadline of 10 s; nothing was sent. "
        "A slot is free in 60.0 s."
    )


def test_no_free_slot_for_a_second_attempt_raises_what_the_first_came_to():
    with FaultyServer(answer("", 500)) as server, Caller(server.url, limits=Limits(default=Rule.every(60))) as call:
        error = call.failure(READ, deadline=30)
        assert server.executed == 1
    assert type(error) is UnexpectedResponseError
    assert (error.attempts, error.status_code) == (1, 500)
    assert error.retry_in == 60 - 0.375


@pytest.mark.parametrize(
    ("deadline", "is_page", "allowed"),
    [
        (None, False, True),
        (61, False, True),
        (60, False, True),
        (59, False, False),
        ("total", False, False),
        ("page", True, True),
    ],
)
def test_which_deadline_holds(deadline, is_page, allowed):
    timeouts = Timeouts(connect=1, read=1, unsafe_read=1, total=50, page=70)
    options = {} if isinstance(deadline, str) else {"deadline": deadline}
    with FaultyServer() as server, Caller(server.url, limits=Limits(default=Rule.every(60)), timeouts=timeouts) as call:
        call(READ)
        if allowed:
            assert call(READ, is_page=is_page, **options).waited == 60
        else:
            assert type(call.failure(READ, is_page=is_page, **options)) is DeadlineError


def test_a_pause_beyond_the_deadline_is_not_begun():
    with FaultyServer() as server, Caller(server.url, retry=Retry(base=20)) as call:
        server.default = answer("", 500)
        error = call.failure(READ, deadline=40)
        assert server.executed == 2  # 15 s, then 30 s would be too much
    assert type(error) is UnexpectedResponseError
    assert call.clock.slept == 15 * SECOND


def test_a_deadline_that_passed_meanwhile_is_told_with_what_happened_last():
    with FaultyServer() as server, Caller(server.url) as call:
        server.default = answer("", 500, before=lambda: call.clock.advance(25 * SECOND))
        error = call.failure(READ, deadline=40)
        assert server.executed == 2
    assert type(error) is DeadlineError
    assert (error.attempts, error.response.status_code) == (2, 500)
    assert error.message == (
        "the deadline of 40 s passed; the last attempt ended so: the service failed with HTTP status 500."
    )


@pytest.mark.parametrize("called", [READ, ONCE], ids=name_of)
def test_a_retry_after_beyond_the_deadline_is_an_error_at_once_and_holds_the_others(called):
    with FaultyServer(answer("", 429, Retry_After="60")) as server, Caller(server.url) as call:
        error = call.failure(called, deadline=59)
        assert (type(error), error.retry_after, error.retry_in) == (RateLimitError, 60.0, 60.0)
        assert call.clock.slept == 0
        assert type(call.failure(READ, deadline=59)) is DeadlineError
        assert server.executed == 1
        assert call(READ, deadline=61).waited == 60


def test_a_retry_after_beyond_any_patience_is_an_error_at_once_and_a_hold_of_the_longest_kind():
    limits = Limits(default=None, max_hold=100)
    with FaultyServer(answer("", 429, Retry_After=str(10**20))) as server, Caller(server.url, limits=limits) as call:
        error = call.failure(READ, deadline=None)
        assert type(error) is RateLimitError
        assert (error.attempts, error.retry_in) == (1, 100.0)
        assert error.retry_after > 10**9
        assert call(READ).waited == 100
        assert server.executed == 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": "0"}, 0),
        ({"Retry_After": "Sat, 14 Mar 2026 10:00:07 GMT", "Date": "Sat, 14 Mar 2026 10:00:00 GMT"}, 7),
        ({"Retry_After": "Sat, 14 Mar 2026 09:27:00 GMT"}, 7),
        ({"Retry_After": "Sat, 14 Mar 2020 09:27:00 GMT"}, 0),
        ({"Retry_After": "soon"}, 0.75),
        ({"Retry_After": "-5"}, 0.75),
        ({}, 0.75),
    ],
)
@pytest.mark.parametrize("cut", [False, True])
def test_all_forms_of_retry_after(headers, seconds, cut):
    if cut:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        act = raw(head(429, {**named, "Content-Length": "9"}) + b"x")
    else:
        act = answer("", 429, **headers)
    with FaultyServer(act) as server, Caller(server.url) as call:
        assert call(READ).attempts == 2
    assert call.clock.slept == round(seconds * SECOND)


def test_the_read_timeout_of_a_harmless_call_is_cut_to_what_is_left():
    started = time.monotonic()
    timeouts = Timeouts(connect=5, read=5, unsafe_read=5)
    with FaultyServer() as server, Caller(server.url, clock=SystemClock(), timeouts=timeouts) as call:
        server.default = silent("hang")
        error = call.failure(READ, deadline=0.25)
    assert isinstance(error, (DeadlineError, NetworkError))
    assert time.monotonic() - started < 2


def test_a_grave_call_keeps_its_read_timeout_past_the_deadline():
    timeouts = Timeouts(connect=5, read=0.01, unsafe_read=0.4)
    with FaultyServer() as server, Caller(server.url, timeouts=timeouts) as call:
        server.plan(silent("hang"))
        error = call.failure(MONEY, deadline=0.1)
    assert error.reason == "no answer within 0.4 s"


def test_timeouts_of_a_single_call():
    timeouts = Timeouts(connect=5, read=5, unsafe_read=5)
    with FaultyServer() as server, Caller(server.url, timeouts=timeouts) as call:
        server.default = silent("hang")
        assert "no answer within 0.1 s" in str(call.failure(READ, timeout=0.1, retries=0, deadline=None))
        assert "no answer within 0.05 s" in str(call.failure(MONEY, timeout=0.05))
        other = Timeouts(connect=5, read=0.15, unsafe_read=5)
        assert "no answer within 0.15 s" in str(call.failure(READ, timeout=other, retries=0))


# ------------------------------------------------------------------------------------------------ holding the others


def test_while_one_thread_was_told_to_wait_no_other_sends():
    clock = TurnClock()
    moments = []
    with FaultyServer() as server, Caller(server.url, clock=clock) as call:
        server.plan(answer("", 429, Retry_After="30", before=lambda: moments.append(clock.now())))
        server.default = answer({"ok": 1}, before=lambda: moments.append(clock.now()))
        first = clock.now()

        def later():
            clock.sleep(SECOND)
            call(MONEY)

        clock.run(lambda: call(READ), later, later)
        assert server.executed == 4
    assert moments[0] == first
    assert all(moment - first >= 30 * SECOND for moment in moments[1:])


def test_those_who_wait_already_are_held_as_well_and_leave_one_by_one():
    clock = TurnClock()
    moments = []
    limits = Limits(default=Rule.every(2))
    with FaultyServer() as server, Caller(server.url, clock=clock, limits=limits) as call:
        server.plan(answer({"ok": 1}, 429, Retry_After="30"))
        server.default = answer({"ok": 1}, before=lambda: moments.append(clock.now()))
        first = clock.now()
        clock.run(*[lambda: call(READ)] * 4)
    assert len(moments) == 4
    assert moments[0] - first >= 30 * SECOND
    assert all(later - earlier >= 2 * SECOND for earlier, later in itertools.pairwise(moments))


def test_an_outage_holds_everybody_one_step_at_a_time_and_an_answer_ends_it():
    with FaultyServer() as server, Caller(server.url, retry=Retry(read=3)) as call:
        server.default = answer("", 502)
        call.failure(READ)
        call.failure(READ, retries=0)
        assert call.session.limiter.wait_time() == 0.75 * 4
        server.default = answer({"ok": 1})
        assert call(READ).waited == 3
        server.default = answer("", 502)
        call.failure(READ, retries=0)
        assert call.session.limiter.wait_time() == 0.375


def test_a_broken_object_holds_nobody_and_ends_no_outage():
    with FaultyServer() as server, Caller(server.url) as call:
        server.plan(answer("", 502), answer("", 500), answer("", 502))
        call.failure(READ, retries=0)
        call.failure(READ, retries=0)
        assert call.session.limiter.wait_time() == 0
        call.failure(READ, retries=0)
        assert call.session.limiter.wait_time() == 0.75


def test_throttling_is_counted_until_something_succeeds():
    with FaultyServer() as server, Caller(server.url) as call:
        server.plan(answer("", 429), answer("", 429), answer({"error": "no"}), answer("", 429))
        waits = []
        for _ in range(4):
            call.failure(READ, retries=0)
            waits.append(call.session.limiter.wait_time())
        assert waits == [0.75, 1.5, 0, 3]
        call(READ)
        server.plan(answer("", 429))
        call.failure(READ, retries=0)
        assert call.session.limiter.wait_time() == 0.75


def test_a_front_end_that_turned_us_away_is_left_alone_for_five_minutes():
    with FaultyServer(answer("<html>", 403)) as server, Caller(server.url) as call:
        assert type(call.failure(READ)) is BlockedError
        assert call.session.limiter.wait_time() == 300


def test_threads_that_meet_the_same_outage_count_it_once():
    clock = FakeClock()
    with FaultyServer() as server, Caller(server.url, clock=clock) as call:
        together = threading.Barrier(4)
        server.default = answer("", 502, before=together.wait)
        threads = [threading.Thread(target=call.failure, args=(READ,), kwargs={"retries": 0}) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.executed == 4
        assert call.session.limiter.wait_time() == 0.375
