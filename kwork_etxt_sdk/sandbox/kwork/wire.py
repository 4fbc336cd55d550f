"""The HTTP surface of Kwork: both wires below one address, told apart by what a request looks like.

A request belongs to the app wire if it names the application in the header `Authorization`, or brings a form (in the
body or in the query) that is not the documented sign-in; everything else, JSON and cookies, is the documented wire.
`Sandbox(wire="documented")` and `Sandbox(wire="app")` leave one wire only: with `app`, whoever does not name the
application meets the 401 of the live service's front end.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal

from kwork_etxt_sdk.sandbox.http import Outgoing
from kwork_etxt_sdk.sandbox.kwork.app import front as app_wire
from kwork_etxt_sdk.sandbox.kwork.app import web
from kwork_etxt_sdk.sandbox.kwork.documented import front as documented_wire
from kwork_etxt_sdk.sandbox.kwork.door import Door
from kwork_etxt_sdk.sandbox.record import describe

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.kwork.answer import Said
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.record import CallRecord

Wire = Literal["documented", "app"]
WIRES: tuple[Wire, ...] = ("documented", "app")

PREFIX = "/kwork/"
PICTURES_PATH = "/kwork/pics/"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")
"""The smallest picture: every avatar and image of the sandbox."""
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
DOCUMENTED_LOGIN = "login_or_email"


class KworkService:
    """Answers requests to Kwork's paths.

    Args:
        market: The state.
        login: The account's login.
        password: The account's password.
        app_authorization: What the application's header `Authorization` has to say.
        wire: The only wire that answers; None for both.
        record: Where received requests are remembered.
    """

    def __init__(
        self,
        market: Market,
        *,
        login: str,
        password: str,
        app_authorization: str,
        wire: Wire | None,
        record: CallRecord,
    ) -> None:
        self.market = market
        self.door = Door(market, login, password)
        self._app_authorization = app_authorization
        self._wire = wire
        self._record = record

    def answer(self, incoming: Incoming) -> Outgoing:
        """The answer to a request below `/kwork/`. The caller holds the lock and has let time pass."""
        if incoming.path.startswith(PICTURES_PATH):
            call = describe(incoming, service="files", method=incoming.path, status=200, at=self.market.now)
            self._record.add(call)
            return Outgoing(PIXEL, 200, "image/png")
        name = incoming.path.removeprefix(PREFIX)
        said = self._say(incoming, name)
        call = describe(
            incoming,
            service="kwork",
            method=name,
            status=said.status,
            at=self.market.now,
            params=said.params,
            refusal=said.refusal,
        )
        self._record.add(call, executed=said.changed)
        return said.outgoing()

    def _say(self, incoming: Incoming, name: str) -> Said:
        if self._wire != "documented" and web.is_meant(incoming, name):
            return web.answer(self.door, incoming, name)
        wire = self._wire or wire_of(incoming)
        if wire == "app":
            return app_wire.answer(self.door, incoming, name, self._app_authorization)
        return documented_wire.answer(self.door, incoming, name)


def wire_of(incoming: Incoming) -> Wire:
    """Which wire a request speaks."""
    if incoming.header("Authorization"):
        return "app"
    names = {name for name, _ in incoming.form}
    if DOCUMENTED_LOGIN in names:
        return "documented"
    content_type = incoming.header("Content-Type").partition(";")[0].strip().casefold()
    return "app" if names or incoming.query or content_type in FORM_TYPES else "documented"
