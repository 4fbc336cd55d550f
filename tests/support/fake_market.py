"""A marketplace small enough to see through, for tests of the transport."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest
import requests

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import (
    AuthError,
    BlockedError,
    RefusedError,
    SdkError,
    ValidationError,
)
from kwork_etxt_sdk.mapping import Converter
from kwork_etxt_sdk.options import BadItems, CallOptions, Limits, Retry, Rule, Timeouts
from kwork_etxt_sdk.redaction import Redactor, Secret
from kwork_etxt_sdk.transport.clock import Clock
from kwork_etxt_sdk.transport.endpoint import Endpoint
from kwork_etxt_sdk.transport.exchange import (
    Answered,
    Cause,
    Paging,
    Reading,
    Refused,
    Reply,
    Request,
    Result,
    Unreadable,
)
from kwork_etxt_sdk.transport.session import Session
from tests.support.clock import FakeClock
from tests.support.faulty_server import Act, hangs

#: The invented secrets of an account; any of them in the wrong place is a leak.
TOKEN = "tok-5f1e9c77d0aa4b"
API_PASS = "pass-word-81c3e2"
COOKIE = "cook-b07d44f19e21"
SECRETS = (TOKEN, API_PASS, COOKIE)


class FakeMarket:
    """Answers are ``{"ok": data}`` or ``{"error": words}``; anything else is unreadable.

    `renewals` says what each call of `renew` answers. `meanings` maps meanings to the marketplace's classes.
    """

    site = "fake"

    def __init__(
        self,
        url: str,
        *,
        groups: Mapping[str, Rule] | None = None,
        renewals: tuple[bool, ...] = (),
        meanings: Mapping[type[SdkError], type[SdkError]] | None = None,
        scope: str = "fake",
    ) -> None:
        self.url = url
        self.groups: Mapping[str, Rule] = groups or {}
        self.is_local = True
        self.scope = scope
        self.token = Secret(TOKEN)
        self.redactor = Redactor(SECRETS)
        self.renewals = list(renewals)
        self.authorized = 0
        self._meanings = meanings

    def build(self, endpoint: Endpoint[Any], arguments: Mapping[str, Any]) -> Request:
        if arguments.get("bad"):
            raise ValidationError("bad is set", {"bad": ["must not be set"]}, sent=False)
        form = [(name, value if isinstance(value, Secret) else str(value)) for name, value in arguments.items()]
        return Request(url=f"{self.url}/{endpoint.name}", form=form)

    def authorize(self, request: Request) -> Request:
        self.authorized += 1
        return attrs.evolve(
            request,
            query=[*request.query, ("token", self.token)],
            headers={**request.headers, "Cookie": Secret(f"session={COOKIE}")},
        )

    def renew(self) -> bool:
        return bool(self.renewals) and self.renewals.pop(0)

    def read(self, endpoint: Endpoint[Any], reply: Reply) -> Reading:
        try:
            data = json.loads(reply.body)
        except ValueError:
            if reply.is_html and reply.status == 403:
                return Refused(error=BlockedError("a page for people"), cause=Cause.BLOCKED)
            return Unreadable(reason="the answer is no JSON")
        if "error" in data:
            words = str(data["error"])
            if words == "expired":
                return Refused(error=AuthError("sign in again"), cause=Cause.EXPIRED)
            if words == "slow down":
                return Refused(error=RefusedError("slow down", code="slow"), cause=Cause.THROTTLED)
            return Refused(error=RefusedError(f"the service says: {self.redactor(words)}", code="no"))
        if "ok" not in data:
            return Unreadable(reason="the answer has no 'ok'")
        return Answered(data=data["ok"], paging=Paging(page=data.get("page")))

    def convert(self, endpoint: Endpoint[Any], data: Any, converter: Converter, bad_items: BadItems) -> Any:
        return data if endpoint.result is object else converter.structure(data, endpoint.result)

    def error(self, meaning: type[SdkError]) -> type[SdkError]:
        return meaning if self._meanings is None else self._meanings[meaning]


def endpoint(effect: Effect = Effect.READ, name: str = "things.do", **more: Any) -> Endpoint[Any]:
    return Endpoint(name, effect=effect, **{"result": object, **more})


#: An endpoint per effect; the grave ones say how to ask what became of them.
READ = endpoint(Effect.READ, "things.list")
REPEATABLE = endpoint(Effect.REPEATABLE, "things.set")
ONCE = endpoint(Effect.ONCE, "things.say", check="things.list")
MONEY = endpoint(Effect.MONEY, "things.buy", check="things.list")
BY_EFFECT: dict[Effect, Endpoint[Any]] = {
    Effect.READ: READ,
    Effect.REPEATABLE: REPEATABLE,
    Effect.ONCE: ONCE,
    Effect.MONEY: MONEY,
}


#: For servers that must answer, in seconds: a busy machine shall fail no test.
PATIENT = Timeouts(connect=10, read=10, unsafe_read=10, total=120.0)
#: For servers that hang on purpose.
TINY = Timeouts(connect=0.2, read=0.1, unsafe_read=0.1, total=120.0)


def timeouts_for(act: Act) -> Timeouts:
    return TINY if hangs(act) else PATIENT


class Caller:
    """A session over a `FakeMarket`, with a clock of its own; keeps the events of its calls. Use it in ``with``."""

    def __init__(
        self,
        url: str,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        timeouts: Timeouts = PATIENT,
        http_session: requests.Session | None = None,
        proxy: str | None = None,
        **market: Any,
    ) -> None:
        self.clock = clock if clock is not None else FakeClock()
        self.market = FakeMarket(url, **market)
        self.session = Session(
            self.market,
            limits=limits,
            retry=retry,
            timeouts=timeouts,
            http_session=http_session,
            proxy=proxy,
            clock=self.clock,
        )
        self.events: list[Any] = []

    def __call__(
        self,
        called: Endpoint[Any],
        arguments: Mapping[str, Any] | None = None,
        *,
        ask: Callable[[], Any] | None = None,
        is_page: bool = False,
        **options: Any,
    ) -> Result:
        given = CallOptions(**{"on_event": self.events.append, **options})
        return self.session.call(
            called, {"text": "hi"} if arguments is None else arguments, given, ask=ask, is_page=is_page
        )

    def failure(self, called: Endpoint[Any], arguments: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Make a call that must fail, and return its error."""
        with pytest.raises(SdkError) as caught:
            self(called, arguments, **options)
        return caught.value

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()
