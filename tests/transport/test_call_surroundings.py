"""Listeners, Ctrl-C, sessions of the caller's own, and threads."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from decimal import Decimal

import attrs
import pytest
import requests
import responses

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import (
    AlreadyDoneError,
    ConfigurationError,
    NetworkError,
    OutcomeUnknown,
)
from kwork_etxt_sdk.options import Limits, Rule, Timeouts
from kwork_etxt_sdk.spending import Budget
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.endpoint import Endpoint
from kwork_etxt_sdk.transport.events import Answered
from kwork_etxt_sdk.transport.journal import Journal
from kwork_etxt_sdk.transport.once import Once
from tests.support.fake_market import (
    BY_EFFECT,
    MONEY,
    ONCE,
    READ,
    REPEATABLE,
    TOKEN,
    Caller,
    endpoint,
)
from tests.support.faulty_server import (
    FaultyServer,
    answer,
    refusing,
    silent,
)

GRAVE = [ONCE, MONEY]
ATTEMPTS = {Effect.READ: 4, Effect.REPEATABLE: 3, Effect.ONCE: 3, Effect.MONEY: 2}


def name_of(value):
    return value.effect.name if isinstance(value, Endpoint) else None


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


# ---------------------------------------------------------------------------------------------------------- once_key


def priced(called=MONEY):
    return attrs.evolve(called, price=lambda _: Decimal(10))


def test_a_kept_answer_that_no_longer_fits_is_told_and_nothing_sent(tmp_path):
    journal = Journal(tmp_path / "journal")
    with FaultyServer(answer({"ok": f"text {TOKEN}"})) as server, Caller(server.url) as call:
        call.session.journal = journal
        call(MONEY, once_key="k")
        error = call.failure(attrs.evolve(MONEY, result=int), once_key="k")
        assert server.executed == 1
        assert call(MONEY, once_key="k").value == f"text {TOKEN}"  # and the key is as it was
    journal.close()
    assert type(error) is AlreadyDoneError
    assert "does not fit the types of today: expected int" in error.message
    assert TOKEN not in str(error)
    assert error.__context__ is None


def test_a_call_that_another_run_made_meanwhile_spends_nothing_here(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "journal")
    budget = Budget(100)
    with FaultyServer(answer({"ok": 1})) as server, Caller(server.url) as call:
        call.session.journal = journal
        call(priced(), once_key="k")
        monkeypatch.setattr(Once, "look", lambda _: None)  # it was made between the look and the claim
        assert call(priced(), once_key="k", max_spend=budget).attempts == 0
        assert server.executed == 1
    journal.close()
    assert budget.spent == 0
