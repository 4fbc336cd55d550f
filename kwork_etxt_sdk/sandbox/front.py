"""What stands between the web server and the services, and lets go wrong what was asked for."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from kwork_etxt_sdk.sandbox.damage import Damage
from kwork_etxt_sdk.sandbox.etxt.php import read_pairs, to_arrays
from kwork_etxt_sdk.sandbox.faults import Slot
from kwork_etxt_sdk.sandbox.http import Delivery, Outgoing
from kwork_etxt_sdk.sandbox.record import CREDENTIAL_PARAMETERS, describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from kwork_etxt_sdk.sandbox.faults import Faults, Strike
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.world import World

ETXT_API, KWORK = "/etxt/api/json/", "/kwork/"
FILES = ("/etxt/files/", "/kwork/pics/")
HTML_TYPE = "text/html; charset=utf-8"
RESET_STATUS = 0
"""The status in the record of a request that got no answer."""
EXPIRED = "expired"
TOKEN = "token"  # noqa: S105 - a name
TOKEN_COOKIE = "web_auth_token"  # noqa: S105 - a name
PAGES = {
    "429": (429, "Too Many Requests"),
    "rate_limit": (429, "Too Many Requests"),
    "500": (500, "Internal Server Error"),
    "502": (502, "Bad Gateway"),
    "503": (503, "Service Temporarily Unavailable"),
    "504": (504, "Gateway Time-out"),
    "html": (200, "Технические работы"),
    "blocked": (403, "Forbidden"),
}


class Front:
    """Answers requests: as the world does, unless a fault strikes.

    Args:
        world: Both services.
        faults: What shall go wrong.
        sleep: Waits so many seconds.
    """

    def __init__(self, world: World, faults: Faults, sleep: Callable[[float], object] = time.sleep) -> None:
        self._world = world
        self._faults = faults
        self._sleep = sleep
        self._damage = Damage()

    def answer(self, head: Incoming, read: Callable[[], Incoming]) -> Outgoing:
        """The answer to a request.

        Args:
            head: The request without its body.
            read: Reads the body and returns the whole request.
        """
        service, method = name_of(head)
        strikes = self._faults.strike(service, method)
        if not strikes:
            return self._world.answer(read())
        names = " ".join(strike.fault.kind for strike in strikes)
        late = [strike for strike in strikes if strike.fault.slot is Slot.DELAY]
        instead = next((strike for strike in strikes if strike.fault.slot is Slot.INSTEAD), None)
        if instead is None:
            outgoing = self._spoilt(read(), strikes, method)
        else:
            outgoing = _refusal(instead)
            incoming = head if instead.fault.kind == "reset_before_reading" else read()
            status = RESET_STATUS if outgoing.delivery else outgoing.status
            if instead.fault.executed:
                with self._world.lock:
                    self._world.answer(incoming)
                    self._world.record.note_fault(names, status)
            else:
                at = self._world.clock.now()
                call = describe(
                    incoming,
                    service=service,
                    method=method,
                    status=status,
                    at=at,
                    params=_params(incoming),
                    fault=names,
                )
                self._world.record.add(call)
        for strike in late:
            self._sleep(strike.fault.seconds + strike.draw.uniform(0, strike.fault.jitter))
        return outgoing

    def _spoilt(self, incoming: Incoming, strikes: list[Strike], method: str) -> Outgoing:
        """The answer to a call that reaches the service, with everything that goes wrong before and after."""
        struck = []
        for strike in strikes:
            if strike.fault.slot is Slot.REQUEST:
                incoming = _with_expired_token(incoming)
        with self._world.lock:
            outgoing = self._world.answer(incoming)
            for strike in strikes:
                spoilt: Outgoing | None = outgoing
                if strike.fault.slot is Slot.ANSWER:
                    spoilt = self._damage.spoil(outgoing, strike, method, _params(incoming))
                elif strike.fault.slot is Slot.DELIVERY:
                    spoilt = replace(outgoing, delivery=_delivery(strike))
                if spoilt is None:
                    strike.give_back()
                else:
                    outgoing = spoilt
                    struck.append(strike.fault.kind)
            if struck:
                self._world.record.note_fault(" ".join(struck), outgoing.status)
        return outgoing


def name_of(head: Incoming) -> tuple[str, str]:
    """The service and the method that a request is for, as the record calls them."""
    if head.path.startswith(FILES):
        return "files", head.path
    if head.path == ETXT_API:
        return "etxt", dict(read_pairs(head.query)).get("method", "")
    if head.path.startswith(KWORK):
        return "kwork", head.path.removeprefix(KWORK)
    return "other", head.path


def _params(incoming: Incoming) -> dict[str, Any]:
    params: dict[str, Any] = dict(to_arrays([*read_pairs(incoming.query), *incoming.form]))
    if incoming.body and not incoming.form:
        try:
            body = json.loads(incoming.body)
        except ValueError:
            body = None
        if isinstance(body, dict):
            params |= body
    hidden = ("method", *CREDENTIAL_PARAMETERS)
    return {name: value for name, value in params.items() if name not in hidden}


def _refusal(strike: Strike) -> Outgoing:
    """The answer that takes the place of the service's."""
    if strike.fault.kind not in PAGES:
        return Outgoing(b"-", delivery=Delivery("reset"))
    status, title = PAGES[strike.fault.kind]
    heading = title if status == PAGES["html"][0] else f"{status} {title}"
    page = f"<html>\n<head><title>{heading}</title></head>\n<body>\n<h1>{heading}</h1>\n</body>\n</html>\n"
    retry_after = strike.retry_after
    if isinstance(retry_after, (int, float)):
        retry_after = str(math.ceil(retry_after))
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Outgoing(page.encode(), status, HTML_TYPE, headers)


def _delivery(strike: Strike) -> Delivery:
    fault = strike.fault
    if fault.kind == "drip":
        return Delivery("drip", fault.seconds)
    if fault.kind == "cut":
        return Delivery("cut")
    return Delivery("reset_in_headers" if fault.kind == "reset_in_headers" else "reset_in_body")


def _with_expired_token(incoming: Incoming) -> Incoming:
    """The request as if its token had run out: the service itself says what it says then."""
    query = [(name, EXPIRED if name == TOKEN else value) for name, value in read_pairs(incoming.query)]
    form = [(name, EXPIRED if name == TOKEN else value) for name, value in incoming.form]
    cookies = dict(incoming.cookies)
    if TOKEN_COOKIE in cookies:
        cookies[TOKEN_COOKIE] = EXPIRED
    return replace(incoming, query=urlencode(query).encode(), form=form, cookies=cookies)
