"""The life of one call, over a real socket to a server that misbehaves; only the waits are not real."""

from __future__ import annotations

import logging
import pickle
from datetime import timezone

import pytest
import requests

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
from kwork_etxt_sdk.options import Limits, Retry, Rule
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.endpoint import Endpoint
from kwork_etxt_sdk.transport.events import Answered, Retried, Sent, Waiting
from tests.support.clock import START_OF_DAY
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


@pytest.mark.parametrize(("called", "is_told"), [(READ, False), (REPEATABLE, True)], ids=name_of)
@pytest.mark.parametrize("lost", [silent("close"), answer("", 503), cut_body()])
def test_a_refusal_after_a_lost_answer_may_be_the_work_of_the_first_attempt(called, is_told, lost):
    with FaultyServer(lost, answer({"error": "no such thing"})) as server, Caller(server.url) as call:
        error = call.failure(called)
        assert server.executed == 2
    assert isinstance(error, RefusedError)
    assert ("An earlier attempt of this call" in str(error)) is is_told


@pytest.mark.parametrize(("called", "kind"), [(READ, UnexpectedResponseError), (MONEY, OutcomeUnknown)], ids=name_of)
def test_an_answer_too_large_to_read_is_not_asked_for_again(called, kind, monkeypatch):
    monkeypatch.setattr("kwork_etxt_sdk.transport.http.MAX_ANSWER_BYTES", 1000)
    with FaultyServer(answer({"ok": "x" * 2000})) as server, Caller(server.url) as call:
        error = call.failure(called)
        assert server.executed == 1
    assert type(error) is kind
    assert "larger than 1000 bytes" in error.message
    assert error.status_code == 200


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
