"""The life of one call, over a real socket to a server that misbehaves; only the waits are not real."""

from __future__ import annotations

import contextlib
import itertools
import logging
import pickle
import signal
import threading
import time
from datetime import timezone

import pytest
import requests
import responses

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import (
    AuthError,
    BlockedError,
    ConfigurationError,
    DeadlineError,
    NetworkError,
    OutcomeUnknown,
    RateLimitError,
    RefusedError,
    UnexpectedResponseError,
)
from kwork_etxt_sdk.etxt.errors import BY_MEANING as ETXT
from kwork_etxt_sdk.etxt.errors import EtxtError
from kwork_etxt_sdk.kwork.errors import BY_MEANING as KWORK
from kwork_etxt_sdk.kwork.errors import KworkError
from kwork_etxt_sdk.options import Limits, Retry, Rule, Timeouts
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.endpoint import Endpoint
from kwork_etxt_sdk.transport.events import Answered, Retried, Sent, Waiting
from tests.support.clock import START_OF_DAY, FakeClock, TurnClock
from tests.support.fake_market import (
    BY_EFFECT,
    MONEY,
    ONCE,
    READ,
    REPEATABLE,
    TOKEN,
    Caller,
    endpoint,
    timeouts_for,
)
from tests.support.faulty_server import (
    FaultyServer,
    answer,
    at_accept,
    broken_gzip,
    cut_body,
    cut_chunk,
    cut_headers,
    garbage,
    head,
    raw,
    refusing,
    silent,
)

GRAVE = [ONCE, MONEY]
ATTEMPTS = {Effect.READ: 4, Effect.REPEATABLE: 3, Effect.ONCE: 3, Effect.MONEY: 2}

#: What the server does each time -> what a harmless call comes to after all its attempts.
RETRIED = {
    "closes": (silent("close"), NetworkError),
    "resets": (silent("reset"), NetworkError),
    "hangs": (silent("hang"), NetworkError),
    "garbage": (garbage(), NetworkError),
    "cut body": (cut_body(), NetworkError),
    "reset body": (cut_body("reset"), NetworkError),
    "stalled body": (cut_body("hang"), NetworkError),
    "cut chunk": (cut_chunk(), NetworkError),
    "broken gzip": (broken_gzip(), NetworkError),
    "cut headers": (cut_headers(), UnexpectedResponseError),
    "empty": (answer(""), UnexpectedResponseError),
    "page": (answer("<html>please wait</html>"), UnexpectedResponseError),
    "neither yes nor no": (answer({"what": 1}), UnexpectedResponseError),
    "500": (answer({"error": "oops"}, 500), UnexpectedResponseError),
    "501": (answer("", 501), UnexpectedResponseError),
    "502": (answer("<html>", 502), UnexpectedResponseError),
    "503": (answer("", 503), UnexpectedResponseError),
    "503 and when": (answer("", 503, Retry_After="2"), UnexpectedResponseError),
    "504": (answer({"ok": 1}, 504), UnexpectedResponseError),
    "500 with a cut body": (raw(head(500, {"Content-Length": "9"})), UnexpectedResponseError),
}
#: Ambiguous as well, but trying again would bring the same.
POINTLESS = {
    "redirect": (answer("", 307, Location="/there"), UnexpectedResponseError),
    "redirect to nowhere": (answer("", 302, Location="http://[nonsense"), UnexpectedResponseError),
    "misfit": (answer({"ok": "many"}), UnexpectedResponseError),
}
#: Definite, whatever the call does.
REFUSALS = {
    "in so many words": (answer({"error": "no such thing"}), RefusedError),
    "400": (answer({"error": "no such thing"}, 400), RefusedError),
    "404 that looks like success": (answer({"ok": 1}, 404), RefusedError),
    "404 without a body": (answer("", 404), RefusedError),
    "404 with a cut body": (raw(head(404, {"Content-Length": "9"})), RefusedError),
    "blocked": (answer("<html>", 403), BlockedError),
    "expired": (answer({"error": "expired"}), AuthError),
}


def name_of(value):
    return value.effect.name if isinstance(value, Endpoint) else None


def number(called):
    """The same endpoint with an answer that must be a number."""
    return endpoint(called.effect, called.name, check=called.check, result=int)


# ----------------------------------------------------------------------------------------------- retries by effect


@pytest.mark.parametrize("called", [READ, REPEATABLE], ids=name_of)
@pytest.mark.parametrize(("act", "kind"), RETRIED.values(), ids=list(RETRIED))
def test_a_harmless_call_is_tried_again_and_says_in_the_end_what_was_wrong(act, kind, called):
    with FaultyServer() as server, Caller(server.url, timeouts=timeouts_for(act)) as call:
        server.default = act
        error = call.failure(number(called))
        attempts = ATTEMPTS[called.effect]
        assert server.wait_for(attempts) == attempts
    assert type(error) is kind
    assert (error.attempts, error.call) == (attempts, f"fake {called.name}")
    assert error.waited > 0
    assert [type(event) for event in call.events].count(Retried) == attempts - 1
    assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize("act", [act for act, _ in RETRIED.values()], ids=list(RETRIED))
def test_a_harmless_call_succeeds_as_soon_as_the_service_does(act):
    with FaultyServer(act, act, answer({"ok": 7})) as server, Caller(server.url, timeouts=timeouts_for(act)) as call:
        result = call(number(READ))
        assert server.wait_for(3) == 3
    assert (result.value, result.attempts, result.effect) == (7, 3, Effect.READ)


@pytest.mark.parametrize("called", GRAVE, ids=name_of)
@pytest.mark.parametrize(("act", "_kind"), [*RETRIED.values(), *POINTLESS.values()], ids=[*RETRIED, *POINTLESS])
def test_a_grave_call_that_may_have_been_executed_is_never_sent_again(act, _kind, called):
    with FaultyServer(act) as server, Caller(server.url, timeouts=timeouts_for(act)) as call:
        error = call.failure(number(called))
        assert server.wait_for(1) == 1
        assert server.connections == 1
    assert type(error) is OutcomeUnknown
    assert (error.attempts, error.effect, error.check) == (1, called.effect.name, "things.list")
    assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize("called", [READ, REPEATABLE], ids=name_of)
@pytest.mark.parametrize(("act", "kind"), POINTLESS.values(), ids=list(POINTLESS))
def test_a_harmless_call_is_not_tried_again_where_that_is_pointless(act, kind, called):
    with FaultyServer(act) as server, Caller(server.url) as call:
        error = call.failure(number(called))
        assert server.executed == 1
    assert type(error) is kind


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
@pytest.mark.parametrize(("act", "kind"), REFUSALS.values(), ids=list(REFUSALS))
def test_a_definite_refusal_is_its_own_error_and_final(act, kind, called):
    with FaultyServer(act) as server, Caller(server.url) as call:
        error = call.failure(called)
        assert server.executed == 1
    assert type(error) is kind
    assert (error.attempts, error.waited) == (1, 0)
    assert error.call == f"fake {called.name}"


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
def test_what_provably_never_left_is_tried_again_whatever_it_is(called):
    with refusing() as url, Caller(url) as call:
        error = call.failure(called)
    assert type(error) is NetworkError
    assert (error.attempts, error.phase) == (ATTEMPTS[called.effect], "connecting")
    assert "Connection refused" in str(error)


@pytest.mark.parametrize("called", GRAVE, ids=name_of)
def test_a_connection_closed_at_accept_is_at_most_unknown_and_never_executed(called):
    with FaultyServer() as server, Caller(server.url) as call:
        server.default = at_accept("close")
        error = call.failure(called)
        assert server.executed == 0
    assert isinstance(error, (OutcomeUnknown, NetworkError))


@pytest.mark.parametrize(("called", "sent"), [(READ, 4), (REPEATABLE, 3), (ONCE, 3), (MONEY, 1)], ids=name_of)
def test_too_many_requests_is_no_execution_but_money_is_not_tried_again(called, sent):
    with FaultyServer() as server, Caller(server.url) as call:
        server.default = answer({"error": "not so fast"}, 429, Retry_After="2")
        error = call.failure(called)
        assert server.executed == sent
    assert type(error) is RateLimitError
    assert (error.retry_after, error.retry_in, error.status_code) == (2.0, 2.0, 429)
    assert "not so fast" in error.message
    assert call.clock.slept == (sent - 1) * 2 * SECOND


def test_the_same_said_within_an_ordinary_answer():
    with FaultyServer(answer({"error": "slow down"}), answer({"ok": 1})) as server, Caller(server.url) as call:
        assert call(ONCE).attempts == 2
        assert server.executed == 2
    assert call.clock.slept == round(0.75 * SECOND)  # 1 s with jitter: a service that says "too many" gets twice 0.5 s


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
def test_an_expired_sign_in_is_renewed_once_and_the_call_sent_again(called):
    with FaultyServer(answer({"error": "expired"})) as server, Caller(server.url, renewals=(True,)) as call:
        assert call(called, retries=0).attempts == 2
        assert server.executed == 2
    assert call.market.authorized == 2
    assert [event.reason for event in call.events if isinstance(event, Retried)] == ["signed in anew"]
    assert call.clock.slept == 0


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
def test_an_expired_sign_in_is_not_renewed_for_ever(called):
    with FaultyServer() as server, Caller(server.url, renewals=(True, True, True)) as call:
        server.default = answer({"error": "expired"})
        assert type(call.failure(called)) is AuthError
        assert server.executed == 2


def test_the_attempt_that_found_the_sign_in_expired_does_not_count():
    acts = [answer({"error": "expired"}), *[answer("", 500)] * 3, answer({"ok": 1})]
    with FaultyServer(*acts) as server, Caller(server.url, renewals=(True,)) as call:
        assert call(READ).attempts == 5
        assert server.executed == 5


def test_what_signing_in_anew_fails_with_comes_out():
    with FaultyServer(answer({"error": "expired"})) as server, Caller(server.url) as call:

        def renew():
            raise AuthError("the password was changed")

        call.market.renew = renew
        assert call.failure(MONEY).message == "the password was changed"


def test_pauses_double_with_jitter_up_to_the_cap():
    retry = Retry(read=6, base=1, cap=5)
    with FaultyServer() as server, Caller(server.url, retry=retry) as call:
        server.default = answer("", 500)  # holds nobody: the pauses are the call's own
        error = call.failure(READ)
        call.clock.luck = 0.0
        call.failure(READ, retries=1)
        call.clock.luck = 1.0
        call.failure(READ, retries=1)
    assert [sleep / SECOND for sleep in call.clock.sleeps] == [0.75, 1.5, 3, 3.75, 3.75, 0.5, 1.0]
    assert error.waited == 12.75


def test_without_a_deadline_a_pause_may_take_as_long_as_it_must():
    with FaultyServer(answer("", 500)) as server, Caller(server.url, retry=Retry(base=9999, cap=9999)) as call:
        assert call(READ, deadline=None).waited == 9999 * 0.75


@pytest.mark.parametrize(("retries", "sent"), [(0, 1), (1, 2), (9, 4), (Retry(read=6), 6), (Retry.none, 1)])
def test_retries_of_a_single_call(retries, sent):
    with FaultyServer() as server, Caller(server.url) as call:
        server.default = answer("", 500)
        assert call.failure(READ, retries=retries).attempts == sent
        assert server.executed == sent


# ------------------------------------------------------------------------------------------ what a call comes to


def test_a_result_says_how_it_went():
    act = answer({"ok": [1, 2], "page": 3}, Set_Cookie="session=new; Path=/")
    with FaultyServer(answer("", 500), act) as server, Caller(server.url) as call:
        result = call(READ)
        assert result.reply.url == f"{server.url}/things.list"
    assert (result.value, result.paging.page, result.attempts) == ([1, 2], 3, 2)
    assert result.waited == call.clock.slept / SECOND == 0.375
    assert result.sent_at == call.clock.wall()
    assert result.reply.cookies == {"session": Secret("new")}


def test_events_tell_the_whole_story_in_order():
    limits = Limits(default=Rule.every(2))
    with FaultyServer(answer("", 500), answer({"ok": 1})) as server, Caller(server.url, limits=limits) as call:
        call(REPEATABLE)
    name = "fake things.set"
    assert call.events[0] == Sent(call=name, attempt=1, effect="REPEATABLE")
    assert [(type(event), event.attempt) for event in call.events] == [
        (Sent, 1),
        (Answered, 1),
        (Retried, 1),
        (Waiting, 2),
        (Waiting, 2),
        (Sent, 2),
        (Answered, 2),
    ]
    assert {event.call for event in call.events} == {name}
    assert [(event.status, event.size) for event in call.events if isinstance(event, Answered)] == [(500, 0), (200, 9)]
    pause, slot = (event for event in call.events if isinstance(event, Waiting))
    assert (pause.seconds, pause.reason) == (0.375, "a pause before the next attempt")
    assert (slot.seconds, slot.reason) == (1.625, "the rate limit")
    assert call.events[2].reason == "the service failed with HTTP status 500."


def test_waiting_for_a_group_names_it_and_a_long_wait_is_told_in_the_log(caplog):
    caplog.set_level(logging.INFO, "kwork_etxt_sdk")
    rule = Rule.every(60)
    called = endpoint(Effect.READ, groups=("messages",))
    with FaultyServer() as server, Caller(server.url, limits=Limits(groups={"messages": rule})) as call:
        call(called)
        call(called)
    assert [event.reason for event in call.events if isinstance(event, Waiting)] == ["the limit of 'messages'"]
    assert caplog.messages == ["fake things.do waits 60.0 s: the limit of 'messages'"]


def test_groups_of_the_marketplace_are_limited_from_the_response():
    called = endpoint(Effect.READ, groups=("messages",))
    moments = []
    with FaultyServer() as server:
        groups = {"messages": Rule.every(61, count_from="response")}
        with Caller(server.url, limits=Limits(), groups=groups) as call:

            def slowly():
                moments.append(call.clock.now())
                call.clock.advance(5 * SECOND)

            server.default = answer({"ok": 1}, before=slowly)
            call(called)
            call(called)
    assert moments[1] - moments[0] == (5 + 61) * SECOND


def test_a_failed_request_counts_from_its_failure():
    moments = []
    rule = Rule.every(61, count_from="response")
    with FaultyServer() as server, Caller(server.url, limits=Limits(default=rule)) as call:

        def slowly():
            moments.append(call.clock.now())
            call.clock.advance(5 * SECOND)

        server.default = silent("close", before=slowly)
        call.failure(READ, retries=1)
    assert moments[1] - moments[0] == (5 + 61) * SECOND + 375 * SECOND // 1000  # and the pause after a failure


@pytest.mark.parametrize("attribute", ["read", "convert"])
@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
def test_a_mistake_in_the_reading_of_an_answer_comes_out_but_not_without_a_word(monkeypatch, caplog, attribute, called):
    mistake = ZeroDivisionError("a mistake of ours")

    def fail(*_):
        raise mistake

    with FaultyServer() as server, Caller(server.url) as call:
        monkeypatch.setattr(call.market, attribute, fail)
        with pytest.raises(ZeroDivisionError) as caught:
            call(called)
    assert caught.value is mistake
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    if called in GRAVE:
        assert told == [
            (
                f"fake {called.name} ({called.effect.name}) was interrupted after it began to be sent (phase done): "
                "nobody knows whether it took effect. Ask with things.list before trying again."
            )
        ]
    else:
        assert told == []


# ------------------------------------------------------------------------------------------------- OutcomeUnknown


def test_an_unknown_outcome_says_what_was_called_when_how_far_and_how_to_ask():
    with FaultyServer() as server, Caller(server.url) as call:
        server.plan(silent("close", before=lambda: call.clock.advance(3 * SECOND)))
        call.clock.advance(7 * SECOND)
        error = call.failure(
            MONEY, {"task_id": 7, "text": f"hello {TOKEN}", "password": Secret("x")}, ask=lambda: "it did"
        )
    assert str(error) == (
        "fake things.buy: sent at 09:27:00 UTC, then: RemoteDisconnected: Remote end closed connection without "
        "response. Nobody knows whether it took effect; it was not sent again. "
        "Ask with things.list before trying again."
    )
    assert (error.call, error.effect, error.phase, error.status_code) == ("fake things.buy", "MONEY", "sent", None)
    assert error.reason == "RemoteDisconnected: Remote end closed connection without response"
    assert (error.sent_at - START_OF_DAY).total_seconds() == 7
    assert error.sent_at.tzinfo is timezone.utc
    assert error.parameters == {"task_id": 7, "text": "hello ***", "password": "***"}
    assert error.response is None
    assert error.ask() == "it did"


def test_an_unknown_outcome_is_no_error_that_people_catch_to_try_again():
    assert not issubclass(OutcomeUnknown, (NetworkError, DeadlineError, OSError, TimeoutError, ConnectionError))
    assert not issubclass(OutcomeUnknown, requests.RequestException)


def test_an_unknown_outcome_with_an_answer_keeps_what_it_said():
    with FaultyServer(answer({"error": f"database {TOKEN}"}, 500)) as server, Caller(server.url) as call:
        error = call.failure(ONCE)
    assert (error.phase, error.status_code) == ("done", 500)
    assert error.reason == "HTTP status 500: the service says: database ***"
    assert error.response.status_code == 500
    assert error.response.json() == {"error": "database ***"}


def test_an_unknown_outcome_without_a_way_to_ask_sends_people_to_the_site():
    with FaultyServer(silent("close")) as server, Caller(server.url) as call:
        error = call.failure(endpoint(Effect.ONCE))
    assert error.hint == "Look on the site before trying again."
    with pytest.raises(ConfigurationError, match="call the service yourself"):
        error.ask()


def test_an_unknown_outcome_survives_a_process_border_without_its_client():
    with FaultyServer(silent("close")) as server, Caller(server.url) as call:
        error = call.failure(MONEY, ask=lambda: 1)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.sent_at, copy.phase) == (str(error), error.sent_at, error.phase)
    with pytest.raises(ConfigurationError, match=r"call things\.list yourself"):
        copy.ask()


@pytest.mark.parametrize("called", GRAVE, ids=name_of)
def test_an_answer_that_does_not_fit_its_model_is_no_failure_of_a_grave_call(called):
    with FaultyServer(answer({"ok": "many"})) as server, Caller(server.url) as call:
        error = call.failure(number(called))
    assert (error.phase, error.status_code) == ("done", 200)
    assert error.reason.startswith("the answer does not fit the documented types: expected int, got 'many'")


def test_an_answer_that_does_not_fit_tells_the_first_problems_and_keeps_all():
    with FaultyServer(answer({"ok": ["a", "b", "c", "d", f"hm {TOKEN}"]})) as server, Caller(server.url) as call:
        error = call.failure(endpoint(result=list[int]))
    assert len(error.problems) == 5
    assert "; ".join(error.problems[:3]) + " (and 2 more)." in error.message
    assert TOKEN not in repr(error.problems)


# --------------------------------------------------------------------------------- the market's own classes of errors


@pytest.mark.parametrize(("meanings", "root"), [(ETXT, EtxtError), (KWORK, KworkError)], ids=["etxt", "kwork"])
@pytest.mark.parametrize(
    ("acts", "options", "kind"),
    [
        ([answer("x", 404)], {}, RefusedError),
        ([answer("x", 429)], {"retries": 0}, RateLimitError),
        ([answer("x", 500)], {"retries": 0}, UnexpectedResponseError),
        ([answer("x")], {"retries": 0}, UnexpectedResponseError),
        ([silent("close")], {"retries": 0}, NetworkError),
        ([answer({"ok": 1})], {"deadline": 1.0}, DeadlineError),
        ([answer("x", 500)], {"deadline": 70.0}, DeadlineError),
    ],
)
def test_each_marketplace_raises_its_own(meanings, root, acts, options, kind):
    with FaultyServer() as server, Caller(server.url, limits=Limits(default=Rule.every(60)), meanings=meanings) as call:
        if kind is DeadlineError:
            call(READ)  # takes the slot
            server.plan(*[answer("x", 500, before=lambda: call.clock.advance(20 * SECOND))] * 2)
        server.plan(*acts)
        error = call.failure(READ, **options)
    assert isinstance(error, root)
    assert isinstance(error, kind)
    assert error.call == "fake things.list"
    if kind not in {NetworkError, DeadlineError}:
        assert error.response.text == "x"
        assert error.status_code == error.response.status_code
    assert pickle.loads(pickle.dumps(error)).message == error.message


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


# ---------------------------------------------------------------------------------------------------- listeners, Ctrl-C


@pytest.mark.parametrize("called", [READ, MONEY], ids=name_of)
def test_a_listener_that_fails_changes_nothing_and_is_told_in_the_log(caplog, called):
    def listener(event):
        raise ValueError(f"no {type(event).__name__} for me, {TOKEN}")

    with FaultyServer(answer({"ok": 1})) as server, Caller(server.url) as call:
        assert call(called, on_event=listener).value == 1
        assert server.executed == 1
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in failures] == [f"fake {called.name}: the on_event listener failed"] * 2
    assert "no Sent for me, ***" in failures[0].exc_text


def test_no_listener_at_all():
    with FaultyServer() as server, Caller(server.url) as call:
        assert call(READ, on_event=None).attempts == 1
    assert call.events == []


@contextlib.contextmanager
def interrupting(end):
    """Make a function that interrupts the main thread from another one, as Ctrl-C does."""

    def handler(*_):
        raise end

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        yield lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
def test_an_interrupt_while_the_answer_is_awaited_is_the_same_object_after_one_send(caplog, called, end):
    interrupt = end("now")
    with FaultyServer() as server, Caller(server.url, timeouts=Timeouts()) as call, interrupting(interrupt) as strike:
        server.default = silent("hang", before=strike)
        with pytest.raises(end) as caught:
            call(called)
        assert (server.executed, server.connections) == (1, 1)
    assert caught.value is interrupt
    notes = getattr(interrupt, "__notes__", [])
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    if called in GRAVE:
        (text,) = told
        assert text.startswith(f"fake {called.name} ({called.effect.name}) was interrupted after it began to be sent ")
        assert "(phase sent)" in text or "(phase body)" in text  # the server may have it all before the client knows
        assert text.endswith("): nobody knows whether it took effect. Ask with things.list before trying again.")
        assert notes == ([text] if hasattr(interrupt, "add_note") else [])
    else:
        assert told == notes == []


def test_an_interrupt_between_the_answer_and_its_use_is_not_silent_either():
    def listener(event):
        if isinstance(event, Answered):
            raise interrupt

    interrupt = KeyboardInterrupt()
    with FaultyServer() as server, Caller(server.url) as call, pytest.raises(KeyboardInterrupt) as caught:
        call(endpoint(Effect.MONEY), on_event=listener)
    assert caught.value is interrupt
    if hasattr(interrupt, "add_note"):
        assert "(phase done)" in interrupt.__notes__[0]
        assert interrupt.__notes__[0].endswith("Look on the site before trying again.")


def test_where_exceptions_take_no_notes_the_log_tells_alone(caplog):
    class Old(KeyboardInterrupt):
        @property
        def add_note(self):
            raise AttributeError("Python 3.10 has none")

    def listener(event):
        if isinstance(event, Answered):
            raise Old

    with FaultyServer() as server, Caller(server.url) as call, pytest.raises(Old):
        call(MONEY, on_event=listener)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize("called", GRAVE, ids=name_of)
def test_an_interrupt_before_the_first_byte_is_no_alarm(monkeypatch, caplog, called):
    interrupt = KeyboardInterrupt()

    def listener(event):
        raise interrupt

    def connect(*_, **__):
        raise interrupt

    with FaultyServer() as server, Caller(server.url) as call:
        with pytest.raises(KeyboardInterrupt):
            call(called, on_event=listener)
        monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
        with pytest.raises(KeyboardInterrupt):
            call(called)
        assert server.requests == []
    assert not hasattr(interrupt, "__notes__")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("acts", [[], [answer("", 500)]], ids=["for a slot", "between attempts"])
def test_an_interrupt_while_waiting_sends_nothing_more(acts):
    interrupt = KeyboardInterrupt()

    def strike():
        raise interrupt

    with FaultyServer() as server, Caller(server.url, limits=Limits(default=Rule.every(60))) as call:
        call(READ)
        call.clock.advance(60 * SECOND if acts else 0)
        server.plan(*acts)
        call.clock.after(SECOND // 10, strike)
        with pytest.raises(KeyboardInterrupt) as caught:
            call(READ)
        assert server.executed == 1 + len(acts)
        assert caught.value is interrupt
        if not acts:
            call.clock.advance(60 * SECOND)
            assert call.session.limiter.wait_time() == 0  # the slot was given back


# ------------------------------------------------------------------------------------------------------ environment


def test_a_session_of_the_caller_s_own_is_used_and_one_that_retries_refused():
    with requests.Session() as session:
        session.headers["X-Trace"] = "7"
        with FaultyServer() as server, Caller(server.url, http_session=session) as call:
            call(MONEY)
            assert server.requests[0].header("X-Trace") == "7"
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=3))
        with pytest.raises(ConfigurationError, match="retries by itself"):
            Caller("http://127.0.0.1:1", http_session=session)


@pytest.mark.parametrize("called", GRAVE, ids=name_of)
def test_with_a_session_of_the_caller_s_own_nothing_is_known_to_be_unsent(called):
    with requests.Session() as session, refusing() as url, Caller(url, http_session=session) as call:
        error = call.failure(called)
    assert (type(error), error.phase, error.attempts) == (OutcomeUnknown, "unknown", 1)


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
def test_the_responses_library_intercepts_every_call(called):
    with responses.RequestsMock() as stand_in, Caller("https://api.example.invalid") as call:
        stand_in.post(f"https://api.example.invalid/{called.name}", json={"ok": 5})
        assert call(called).value == 5
        assert stand_in.calls[0].request.params == {"token": TOKEN}


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
def test_a_lost_answer_that_the_responses_library_plays_counts_as_lost(called):
    with responses.RequestsMock() as stand_in, Caller("https://api.example.invalid") as call:
        stand_in.post(f"https://api.example.invalid/{called.name}", body=requests.ConnectionError("lost"))
        error = call.failure(called)
        assert len(stand_in.calls) == (1 if called in GRAVE else ATTEMPTS[called.effect])
    assert type(error) is (OutcomeUnknown if called in GRAVE else NetworkError)


@pytest.mark.parametrize("called", [READ, MONEY], ids=name_of)
def test_netrc_and_redirects_can_not_lead_our_credentials_astray(tmp_path, monkeypatch, called):
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    with FaultyServer() as elsewhere, FaultyServer(answer("", 307, Location=elsewhere.url)) as server:
        with Caller(server.url) as call:
            error = call.failure(called)
        assert server.requests[0].header("Authorization") is None
        assert server.requests[0].header("Cookie").startswith("session=")
        assert elsewhere.connections == 0
    assert error.response.headers["location"] == elsewhere.url
    assert "redirects are not followed" in str(error)


def test_cookies_of_an_answer_stay_where_they_came():
    with FaultyServer(answer({"ok": 1}, Set_Cookie="other=1; Path=/")) as server, Caller(server.url) as call:
        call(READ)
        call(READ)
        assert server.requests[1].header("Cookie") == server.requests[0].header("Cookie")


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=name_of)
def test_a_request_that_can_not_be_written_is_neither_sent_nor_unknown(caplog, called):
    with FaultyServer() as server, Caller(server.url) as call:
        error = call.failure(called, {"text": "half a \ud83d smile"})
        assert server.connections == 0
    assert type(error) is ConfigurationError
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_threads_share_one_client():
    with FaultyServer() as server, Caller(server.url) as call:
        server.default = answer({"ok": 1})
        effects = [READ, MONEY, REPEATABLE, ONCE] * 4
        values = []

        def work(mine):
            values.extend(call(called, {"text": f"{number}"}).value for number, called in enumerate(mine))

        threads = [threading.Thread(target=work, args=(effects[start:] + effects[:start],)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert values == [1] * 64
        assert server.executed == 64
        grave = [request.connection for request in server.requests if request.path in {"/things.buy", "/things.say"}]
        assert len(set(grave)) == len(grave) == 32
