"""What the fault scenarios have in common: one measured call, the service that counts, and a row of the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from kwork_etxt_sdk import EtxtClient, Limits, Retry, Rule, SdkError, Timeouts
from kwork_etxt_sdk.transport.events import Event, Sent
from tests.support.faulty_server import Act, FaultyServer, Wire, answer

if TYPE_CHECKING:
    from typing_extensions import Self

ROOT = Path(__file__).resolve().parents[1]
#: Deadline and read timeout of a call, in seconds, unless its scenario is about them.
DEADLINE, READ_TIMEOUT = 3.0, 0.4
#: What the machine itself may add to a row: two busy cores wake nobody to the millisecond.
GRACE = 0.5
#: The limiter is not what most scenarios are about.
FAST = Limits(default=Rule.per_second(500, burst=50))
#: What stands behind the name of an exception that should never reach a caller.
FOREIGN = " (not ours)"
TOKEN, API_PASS = "0123456789abcdef0123456789abcdef", "invented-pass"  # invented

#: What the service answers, by method.
ANSWERS: Mapping[str, Any] = {
    "users.getBalance": {"id": "1", "balance": "5", "date": ""},
    "tasks.saveComment": {"id": "7", "id_comment": "5", "comments": "1"},
    "articles.buy": {"id": "7"},
}


@attrs.frozen
class Effects:
    """A call with a certain effect.

    Attributes:
        name: Name of the effect.
        method: The method in the service.
        call: Makes the call.
    """

    name: str
    method: str
    call: Callable[[EtxtClient], Any]


READ = Effects("READ", "users.getBalance", lambda client: client.users.get_balance())
ONCE = Effects("ONCE", "tasks.saveComment", lambda client: client.tasks.save_comment(7, "Спасибо"))
MONEY = Effects("MONEY", "articles.buy", lambda client: client.articles.buy(7))
ALL, GRAVE = (READ, ONCE, MONEY), (ONCE, MONEY)


@attrs.frozen(kw_only=True)
class Row:
    """A line of the table.

    Attributes:
        scenario: What was done to the call.
        effect: Its effect; empty where many calls are meant.
        sends: Requests that the SDK began to send; None where another program sent.
        executed: Requests that the service took whole and did not refuse.
        got: What the caller got.
        seconds: How long that took.
        limit: How long it might.
        wrong: What should not have been, if anything.
    """

    scenario: str
    effect: str = ""
    sends: int | None = None
    executed: int | None = None
    got: str
    seconds: float = 0.0
    limit: float = DEADLINE + READ_TIMEOUT
    wrong: str = ""

    @property
    def complaint(self) -> str:
        """What is wrong with this row; empty if nothing is."""
        if self.effect in {"ONCE", "MONEY"} and (self.executed or 0) > 1:
            return f"executed {self.executed} times"
        if FOREIGN in self.got:
            return "not an error of ours"
        if self.wrong:
            return self.wrong
        return f"took longer than {self.limit:g} s" if self.seconds > self.limit + GRACE else ""


class Service:
    """The service behind a server: it answers every method, and counts what it executed and when.

    Attributes:
        refused: Requests that it took whole and definitely refused: they are not executed.
    """

    def __init__(self, *script: Act) -> None:
        self.server = FaultyServer(*script)
        self.server.default = self.serve
        self.refused = 0
        self.moments: list[float] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url

    def serve(self, wire: Wire) -> bool:
        """Answer properly."""
        received = wire.read()
        if received is None:
            return False
        with self._lock:
            self.moments.append(time.monotonic())
        body = json.dumps(ANSWERS[received.query["method"]]).encode()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return True

    def refusing(self, body: Any = "", status: int = 429, **headers: str) -> Act:
        """Take the request, refuse it, and count it as not executed."""
        return answer(body, status, before=self._refuse, **headers)

    def executed(self, method: str) -> int:
        """How many requests for a method arrived whole and were not refused."""
        return sum(request.query.get("method") == method for request in self.server.requests) - self.refused

    def _refuse(self) -> None:
        with self._lock:
            self.refused += 1
            self.moments.append(time.monotonic())

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()


class Sends:
    """Counts requests that begin to be sent."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        self.count += isinstance(event, Sent)


def client_for(url: str, **settings: Any) -> EtxtClient:
    """Return a client with short timeouts and no patience for pauses."""
    timeouts = Timeouts(connect=READ_TIMEOUT, read=READ_TIMEOUT, unsafe_read=READ_TIMEOUT, total=DEADLINE)
    given = {"timeout": timeouts, "retry": Retry(base=0.02), "limits": FAST, **settings}
    return EtxtClient(TOKEN, API_PASS, base_url=url, **given)


def outcome(call: Callable[[], Any]) -> str:
    """Make a call and say in a few words what the caller got."""
    try:
        call()
    except SdkError as error:
        return type(error).__name__
    except Exception as error:  # noqa: BLE001 - that such a one comes out is what the table must show
        return f"{type(error).__name__}{FOREIGN}"
    except KeyboardInterrupt as interrupt:
        return "KeyboardInterrupt" + (" + note" if getattr(interrupt, "__notes__", None) else "")
    return "the answer"


def measure(
    scenario: str,
    effects: Effects,
    *,
    url: str,
    service: Service | None = None,
    before: Callable[[EtxtClient], object] | None = None,
    call: Callable[[EtxtClient], Any] | None = None,
    deadline: float = DEADLINE,
    read_timeout: float = READ_TIMEOUT,
    expect: str = "",
    **settings: Any,
) -> Row:
    """Make one call against a faulty service and write down what came of it.

    Args:
        scenario: What is done to it.
        effects: Which call.
        url: Where to.
        service: What counts executions, if anything is there to count.
        before: Called with the client before the call; its requests don't count.
        call: The call, if it is not the usual one of this effect.
        deadline: Seconds for the call.
        read_timeout: Seconds it may take beyond.
        expect: What the caller must get, if there is only one right thing.
        settings: Further settings of the client.
    """
    sends = Sends()
    with client_for(url, **settings) as opened:
        if before is not None:
            before(opened)
        client = opened.with_options(on_event=sends, deadline=deadline)
        started = time.monotonic()
        got = outcome(lambda: (call or effects.call)(client))
        seconds = time.monotonic() - started
    return Row(
        scenario=scenario,
        effect=effects.name,
        sends=sends.count,
        executed=0 if service is None else service.executed(effects.method),
        got=got,
        seconds=seconds,
        limit=deadline + read_timeout,
        wrong=f"should have got {expect}" if expect and got != expect else "",
    )


def against(
    scenario: str,
    *acts: Act,
    who: tuple[Effects, ...] = ALL,
    make: Callable[[Service], tuple[Act, ...]] | None = None,
    **settings: Any,
) -> Iterator[Row]:
    """Measure a call of each effect: the service misbehaves as scripted and is healthy afterwards.

    So a call that is wrongly sent again succeeds, and is counted twice.
    """
    for effects in who:
        with Service(*acts) as service:
            if make is not None:
                service.server.plan(*make(service))
            yield measure(scenario, effects, url=service.url, service=service, **settings)


def program(code: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start another Python program."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
