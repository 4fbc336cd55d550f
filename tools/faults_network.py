"""Fault scenarios 1 to 11: what networks and services do to a call."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest import mock

from kwork_etxt_sdk import Effect, EtxtClient, Limits, Retry, Rule
from tests.support.faulty_server import (
    Act,
    Wire,
    answer,
    at_accept,
    broken_gzip,
    cut_body,
    cut_chunk,
    cut_headers,
    full_backlog,
    garbage,
    greeting,
    head,
    mid_request,
    raw,
    refusing,
    silent,
)
from tools.faults_bench import (
    ALL,
    DEADLINE,
    GRAVE,
    ONCE,
    READ,
    READ_TIMEOUT,
    Row,
    Sends,
    Service,
    against,
    measure,
    outcome,
)

#: More than the buffers of both ends of a connection take.
BIG = 30 * 1024 * 1024


def before_sending() -> Iterator[Row]:
    """1. Nothing ever reaches the service."""
    for effects in ALL:
        with refusing() as url:
            yield measure("connection refused", effects, url=url, expect="EtxtNetworkError")
        with mock.patch("socket.getaddrinfo", side_effect=socket.gaierror(-2, "Name or service not known")):
            yield measure("no such host", effects, url="https://nowhere.invalid", expect="EtxtNetworkError")
        with full_backlog() as url:
            yield measure("connecting takes for ever", effects, url=url, expect="EtxtNetworkError")
    tls = {
        "TLS to a port without it": greeting(b"HTTP/1.1 400 This is no TLS\r\n\r\n"),
        "the TLS handshake hangs": mid_request("hang"),
    }
    for name, act in tls.items():
        yield from _unsent(name, act)
    yield from _bad_certificate()
    proxies = {
        "the proxy says 502": raw(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        "the proxy hangs up": silent("close"),
    }
    for effects in ALL:
        with refusing() as proxy:
            yield measure("the proxy is down", effects, url="https://localhost", proxy=proxy, expect="EtxtNetworkError")
        for name, act in proxies.items():
            with Service() as service:
                service.server.default = act
                yield measure(name, effects, url="https://localhost", proxy=service.url, expect="EtxtNetworkError")


def _unsent(name: str, act: Act, who: Any = ALL) -> Iterator[Row]:
    for effects in who:
        with Service() as service:
            service.server.default = act
            url = service.url.replace("http:", "https:")
            yield measure(name, effects, url=url, service=service, expect="EtxtNetworkError")


def _bad_certificate() -> Iterator[Row]:
    if shutil.which("openssl") is None:
        yield Row(scenario="a bad certificate", got="not run: no openssl")
        return
    import ssl

    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key"), Path(folder, "certificate")
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        def act(wire: Wire) -> bool:
            with contextlib.suppress(OSError):  # the client hangs up as soon as it has seen the certificate
                context.wrap_socket(wire._sock, server_side=True)  # the only place that speaks TLS
            return False

        yield from _unsent("a bad certificate", act)


def at_accepting() -> Iterator[Row]:
    """2. The service hangs up at once."""
    yield from against("closed at accept", at_accept("close"))
    yield from against("reset at accept", at_accept("reset"))


def request_read() -> Iterator[Row]:
    """3. The service has the request and says nothing."""
    for then in ("close", "reset", "hang"):
        yield from against(f"request read, then {then}", silent(then), who=(READ,), expect="the answer")
        yield from against(f"request read, then {then}", silent(then), who=GRAVE, expect="OutcomeUnknown")


def keep_alive() -> Iterator[Row]:
    """4. The service gives up connections that were used before."""
    for effects in ALL:
        with Service() as service:
            used: set[int] = set()

            def act(wire: Wire, used: set[int] = used, service: Service = service) -> bool:
                if wire.number in used:
                    wire.reset()
                    return False
                used.add(wire.number)
                return service.serve(wire)

            service.server.default = act
            row = measure(
                "a used connection is reset",
                effects,
                url=service.url,
                service=service,
                before=lambda client: client.users.get_balance(),
                expect="the answer",
            )
            yield row


def _dripping(before: bytes, drops: bytes) -> Act:
    def act(wire: Wire) -> bool:
        wire.read()
        wire.send(before)
        for number in range(len(drops)):
            wire.send(drops[number : number + 1])
            if wire.server.over.wait(0.05):
                break
        return False

    return act


def cut_answers() -> Iterator[Row]:
    """5. The answer comes in part, or never ends."""
    acts = {
        "cut inside the headers": cut_headers(),
        "body cut": cut_body(),
        "body reset": cut_body("reset"),
        "chunk cut": cut_chunk(),
        "body stalls": cut_body("hang"),
    }
    for name, act in acts.items():
        yield from against(name, act, who=(READ,), expect="the answer")
        yield from against(name, act, who=GRAVE, expect="OutcomeUnknown")
    drops = {
        "headers drip": _dripping(b"HTTP/1.1 200 OK\r\n", b"X-Drop: " + b"x" * 400),
        "body drips": _dripping(head(200, {"Content-Length": "400"}), b" " * 400),
    }
    for name, act in drops.items():
        yield from against(name, act, who=(READ,), deadline=0.6, expect="EtxtDeadlineError")
        yield from against(name, act, who=GRAVE, deadline=0.6, expect="OutcomeUnknown")


def strange_answers() -> Iterator[Row]:
    """6. The answer is none."""
    acts = {
        "garbage for a status line": garbage(),
        "a page with status 200": answer("<html>please wait</html>", Content_Type="text/html"),
        "an empty body with status 200": answer(""),
        "broken gzip": broken_gzip(),
    }
    for name, act in acts.items():
        yield from against(name, act, who=(READ,), expect="the answer")
        yield from against(name, act, who=GRAVE, expect="OutcomeUnknown")


def failures() -> Iterator[Row]:
    """7. The service fails, or what stands in front of it."""
    acts = {f"status {status}": answer("", status) for status in (500, 502, 503, 504)}
    acts["503 with Retry-After"] = answer("", 503, Retry_After="1")
    for name, act in acts.items():
        yield from against(name, act, who=(READ,), expect="the answer")
        yield from against(name, act, who=GRAVE, expect="OutcomeUnknown")


def _throttled(name: str, who: Any = (READ, ONCE), expect: str = "the answer", **headers: str) -> Iterator[Row]:
    yield from against(f"429, {name}", who=who, make=lambda service: (service.refusing(**headers),), expect=expect)


def too_many() -> Iterator[Row]:
    """8. 429 in all spellings, and nobody of those who share the limit goes on before it ends."""
    now = datetime.now(timezone.utc)

    def date(**delta: float) -> str:
        return format_datetime(now + timedelta(**delta), usegmt=True)

    yield from _throttled("Retry-After: 1", Retry_After="1")
    yield from _throttled("Retry-After: 1", GRAVE[1:], expect="EtxtRateLimitError", Retry_After="1")
    skewed = {"Date": date(days=3), "Retry_After": date(days=3, seconds=1)}
    yield from _throttled("a date on a clock three days ahead", **skewed)
    yield from _throttled("a date that has passed", Retry_After=date(days=-1))
    yield from _throttled("garbage for a date", Retry_After="soon")
    yield from _throttled("no Retry-After")
    yield from _throttled("Retry-After: 10^20", expect="EtxtRateLimitError", Retry_After="1" + "0" * 20)
    yield _crowd_and_429()


def _crowd_and_429() -> Row:
    limits = Limits(default=Rule.per_second(20), adaptive=False)
    with Service() as service:
        service.server.plan(service.refusing(Retry_After="1"))
        with measured_client(service.url, limits=limits) as (client, sends):
            started = time.monotonic()
            got = in_threads(8, client.users.get_balance)
            seconds = time.monotonic() - started
        first, *later = sorted(service.moments) or [started]
        # Those whose turn came before the answer may be under way; after it nobody may leave before the pause ends.
        early = [moment for moment in later if 0.1 < moment - first < 1.0]  # the second it asked for
        resumed = [moment for moment in later if moment - first >= 1.0]
        gaps = [after - before for before, after in itertools.pairwise(resumed)]
        wrong = f"{len(early)} sent too early" if early else ""
        if not wrong and gaps and sum(gaps) / len(gaps) < 0.045:  # 20 a second, and the scheduler
            wrong = "a burst after the pause"
        return Row(
            scenario="429 to one of 8 threads",
            sends=sends.count,
            executed=service.executed(READ.method),
            got=f"{got}, {len(early)} early",
            seconds=seconds,
            wrong=wrong or ("" if got == "8 answers" else "somebody got no answer"),
        )


@contextlib.contextmanager
def measured_client(url: str, **settings: Any) -> Iterator[tuple[EtxtClient, Sends]]:
    """Give a client for many calls and what counts them."""
    from tools.faults_bench import client_for

    sends = Sends()
    with client_for(url, **settings) as client:
        yield client.with_options(on_event=sends), sends


def in_threads(count: int, call: Callable[[], Any]) -> str:
    """Make a call in so many threads at once and say what they got."""
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(outcome(call))) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _counted(got)


def _counted(got: list[str]) -> str:
    kinds = {kind: got.count(kind) for kind in dict.fromkeys(got)}
    return ", ".join(f"{count} {'answers' if kind == 'the answer' else kind}" for kind, count in kinds.items())


def hidden_limit() -> Iterator[Row]:
    """9. The service allows less than the client was told: 10 in half a second."""
    allowed, window, span = 10, 0.5, 4.0
    taken: list[float] = []
    with Service() as service:
        refuse = service.refusing()

        def act(wire: Wire) -> bool:
            now = time.monotonic()
            recent = [moment for moment in taken if now - moment < window]
            if len(recent) >= allowed:
                return refuse(wire)
            taken.append(now)
            return service.serve(wire)

        service.server.default = act
        limits = Limits(default=Rule.per_second(40, burst=5))
        with measured_client(service.url, limits=limits, retry=Retry(base=0.1)) as (client, sends):
            started = time.monotonic()
            got = []
            while time.monotonic() - started < span:
                got.append(outcome(client.users.get_balance))
            seconds = time.monotonic() - started
        share = 100 * service.refused / max(1, sends.count)
        used = len(taken) / (allowed / window * seconds)
        yield Row(
            scenario="a limit that nobody published",
            sends=sends.count,
            executed=service.executed(READ.method),
            got=f"{share:.0f} % of 429, {used:.0%} of the limit used",
            seconds=seconds,
            limit=span + DEADLINE,
            wrong="" if set(got) == {"the answer"} and share < 25 else f"got {_counted(got)}",  # a storm
        )


def outage() -> Iterator[Row]:
    """10. 503 for four seconds, eight threads with a hundred calls: a minute and a thousand, made small."""
    span = 4.0
    with Service() as service:
        failing = answer("", 503)
        into: list[float] = []
        end = time.monotonic() + span

        def act(wire: Wire) -> bool:
            if time.monotonic() >= end:
                return service.serve(wire)
            into.append(time.monotonic())
            return failing(wire)

        service.server.default = act
        limits = Limits(default=Rule.per_second(50))
        with measured_client(service.url, limits=limits, retry=Retry(read=8, base=0.1)) as (client, sends):
            patient = client.with_options(deadline=20)
            started = time.monotonic()

            def work() -> None:
                for _ in range(12):
                    patient.users.get_balance()

            got = in_threads(8, work)
            seconds = time.monotonic() - started
        yield Row(
            scenario=f"503 for {span:g} s, 8 threads",
            sends=sends.count,
            executed=service.executed(READ.method) - len(into),
            got=f"{got}; {len(into)} requests into it",
            seconds=seconds,
            limit=20 + READ_TIMEOUT,
            wrong="" if len(into) < 20 else "a storm",  # without a common pause it would be two hundred
        )


def big_bodies() -> Iterator[Row]:
    """11. A request too big for the buffers, to a service that does not read it, or stops."""
    for name, act in {
        "30 MB, nobody reads": at_accept("hang"),
        "30 MB, reset in the middle": mid_request("reset"),
        "30 MB, closed in the middle": mid_request("close"),
    }.items():
        yield from against(name, act, who=(ONCE,), call=call_big, expect="OutcomeUnknown")


def call_big(client: EtxtClient) -> Any:
    """Send thirty megabytes, by the method's name: the SDK's own method would find the text too long."""
    return client.call(ONCE.method, {"id": 7, "text": "x" * BIG}, effect=Effect.ONCE)


SCENARIOS = {
    1: before_sending,
    2: at_accepting,
    3: request_read,
    4: keep_alive,
    5: cut_answers,
    6: strange_answers,
    7: failures,
    8: too_many,
    9: hidden_limit,
    10: outage,
    11: big_bodies,
}
