"""Fault scenarios 12 and 17 to 20: Ctrl-C, sign-ins that ran out, and what callers set."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry as UrllibRetry

from kwork_etxt_sdk import CallOptions, Effect, EtxtClient, KworkClient
from tests.support.faulty_server import (
    FaultyServer,
    answer,
    at_accept,
    full_backlog,
    silent,
)
from tests.support.kwork_server import RecordingServer
from tests.support.kwork_server import answer as kwork_answer
from tools.faults_bench import (
    ALL,
    DEADLINE,
    GRAVE,
    ONCE,
    READ,
    Row,
    Sends,
    Service,
    against,
    measure,
    outcome,
)
from tools.faults_network import call_big


def ctrl_c() -> Iterator[Row]:
    """12. Ctrl-C while a call waits, connects, sends or reads."""

    def held(client: EtxtClient) -> None:
        client.limits.hold(60)

    for effects in (READ, ONCE):
        with Service() as service:
            yield _interrupted("waiting", effects, service.url, service, before=held)
        with full_backlog() as url:
            yield _interrupted("connecting", effects, url)
        with Service(silent("hang")) as service:
            yield _interrupted("reading", effects, service.url, service)
    with Service(at_accept("hang")) as service:
        yield _interrupted("sending", ONCE, service.url, service, call=call_big)


def _interrupted(when: str, effects: Any, url: str, service: Service | None = None, **more: Any) -> Row:
    def interrupt() -> None:
        while when == "sending" and service is not None and not service.server.connections and not over.wait(0.01):
            pass  # thirty megabytes take a while to prepare
        if over.wait(0.05):
            return
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    over = threading.Event()
    timer = threading.Timer(0.2, interrupt)
    with mock.patch.multiple("tools.faults_bench", READ_TIMEOUT=2.0):  # the call must not end before it is interrupted
        timer.start()
        try:
            row = measure(f"Ctrl-C while {when}", effects, url=url, service=service, deadline=60.0, **more)
        finally:
            over.set()  # a call that ended by itself is not to be interrupted afterwards
            timer.cancel()
            timer.join()
    limit = 4.0 if when == "sending" else 1.5
    is_open = effects is ONCE and when in {"sending", "reading"}
    expected = "KeyboardInterrupt + note" if is_open and hasattr(BaseException, "add_note") else "KeyboardInterrupt"
    late = row.seconds > limit
    return Row(
        scenario=row.scenario,
        effect=row.effect,
        sends=row.sends,
        executed=row.executed,
        got=row.got,
        seconds=row.seconds,
        limit=limit,
        wrong="" if row.got == expected and not late else f"should have got {expected} at once",
    )


def expired() -> Iterator[Row]:
    """17. The sign-in has run out: once, or for good."""
    token = {"success": True, "response": {"token": "invented-token-0123456789", "expired": 3600}}
    refusal = kwork_answer({"success": False, "message": "Войдите", "error_code": 401}, 401)
    fine = kwork_answer({"success": True, "response": {"id": 5}})
    for name, answers, expect in (
        ("signed out once", (refusal, fine), "the answer"),
        ("signed out for good", (refusal,), "KworkAuthError"),
    ):
        for effect in (Effect.READ, Effect.ONCE):
            with RecordingServer() as server:
                server.on("/signIn", kwork_answer(token))
                server.on("/actor", *answers)
                client = KworkClient.login(
                    "demo",
                    "invented-pass",
                    base_url=server.url,
                    app_authorization="Basic aW52ZW50ZWQ6bm90LXJlYWw=",
                    keep_password=True,
                )
                sends = Sends()
                options = CallOptions(on_event=sends, deadline=DEADLINE)
                with client:
                    started = time.monotonic()
                    got = outcome(lambda client=client, effect=effect, options=options: _actor(client, effect, options))
                    seconds = time.monotonic() - started
                signed_in = len(server.at("/signIn"))
                executed = len(server.at("/actor")) - (1 if expect == "the answer" else len(server.at("/actor")))
            wrong = "" if got == expect else f"should have got {expect}"
            yield Row(
                scenario=f"{name}, {signed_in} sign-ins",
                effect=effect.name,
                sends=sends.count,
                executed=executed,
                got=got,
                seconds=seconds,
                wrong=wrong or ("" if signed_in == 2 else f"signed in {signed_in} times"),  # once anew
            )


def _actor(client: KworkClient, effect: Effect, options: CallOptions) -> Any:
    return client.call("actor", effect=effect, options=options)


def own_session() -> Iterator[Row]:
    """18. The user's own session resends everything by itself."""
    for effects in ALL:
        with Service() as service, requests.Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=UrllibRetry(3, allowed_methods=None)))

            def make(session: requests.Session = session, url: str = service.url, call: Any = effects.call) -> Any:
                client = EtxtClient("t" * 8, "p" * 8, base_url=url, session=session)
                with client:
                    return call(client)

            got = outcome(make)
            yield Row(
                scenario="a session that retries",
                effect=effects.name,
                sends=0,
                executed=service.executed(effects.method),
                got=got,
                wrong="" if got == "ConfigurationError" and not service.moments else "should have been refused",
            )


def redirects() -> Iterator[Row]:
    """19. A redirect to another place."""
    for effects in ALL:
        with FaultyServer() as elsewhere:
            act = answer("", 307, Location=f"{elsewhere.url}/api")
            expect = "EtxtUnexpectedResponseError" if effects is READ else "OutcomeUnknown"
            (row,) = against("307 to another server", act, who=(effects,), expect=expect)
            followed = elsewhere.connections
        yield row if not followed else Row(scenario=row.scenario, effect=row.effect, got=row.got, wrong="followed it")


def short_deadlines() -> Iterator[Row]:
    """20. A deadline shorter than the queue, than Retry-After, than the read timeout."""

    def held(client: EtxtClient) -> None:
        client.limits.hold(60)

    yield from against("deadline < queue", before=held, deadline=0.5, expect="EtxtDeadlineError")
    yield from against(
        "deadline < Retry-After",
        make=lambda service: (service.refusing(Retry_After="30"),),
        deadline=0.5,
        expect="EtxtRateLimitError",
    )
    yield from against("deadline < read timeout", silent("hang"), who=(READ,), deadline=0.2, expect="EtxtDeadlineError")
    yield from against("deadline < read timeout", silent("hang"), who=GRAVE, deadline=0.2, expect="OutcomeUnknown")


SCENARIOS = {12: ctrl_c, 17: expired, 18: own_session, 19: redirects, 20: short_deadlines}
