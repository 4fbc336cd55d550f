"""Both marketplaces behind one lock and one clock, and the state file if there is one."""

from __future__ import annotations

import threading
from functools import cached_property, partial
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.etxt.seeding import open_exchange
from kwork_etxt_sdk.sandbox.etxt.wire import EtxtService
from kwork_etxt_sdk.sandbox.http import Outgoing
from kwork_etxt_sdk.sandbox.kwork.seeding import open_market
from kwork_etxt_sdk.sandbox.kwork.wire import KworkService
from kwork_etxt_sdk.sandbox.record import describe

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.access import Access
    from kwork_etxt_sdk.sandbox.clock import SimulatedClock
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.shapes import Shapes
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.kwork.door import Door
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.wire import Wire
    from kwork_etxt_sdk.sandbox.record import CallRecord
    from kwork_etxt_sdk.sandbox.state import StateFile

ETXT_PREFIX = "/etxt/"
KWORK_PREFIX = "/kwork/"


class World:
    """Routes requests to the services, one at a time, after letting happen what was due.

    Args:
        seed: Chooses everything that chance decides.
        clock: The simulated time.
        base_url: Where the server is reached, without a trailing slash.
        access: The credentials that open both services.
        shapes: The outer shapes of eTXT's answers.
        record: Where received requests are remembered.
        wire: The only wire of Kwork that answers; None for both.
        state: Where everything is kept between runs, if anywhere.
    """

    def __init__(
        self,
        *,
        seed: int,
        clock: SimulatedClock,
        base_url: str,
        access: Access,
        shapes: Shapes,
        record: CallRecord,
        wire: Wire | None = None,
        state: StateFile | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.base_url = base_url
        self._access = access
        self.record = record
        self._wire = wire
        self._state = state
        saved = state.load() if state is not None else None
        if saved is not None:
            clock.start_at(saved.now)
        parts = {} if saved is None else saved.parts
        now = int(clock.now())
        self.exchange: Exchange = parts.get("etxt") or open_exchange(seed=seed, now=now, base_url=base_url)
        self.exchange.base_url = base_url
        self._saved_door: Door | None = parts.get("kwork")
        self._open_market = partial(open_market, seed=seed, now=now, base_url=base_url, login=access.kwork_login)
        self.etxt = EtxtService(
            self.exchange, token=access.etxt_token, api_pass=access.etxt_api_pass, shapes=shapes, record=record
        )

    @cached_property
    def kwork(self) -> KworkService:
        """The Kwork service. Many a test never asks for it, and its catalogue takes the longest to fill."""
        market = self._open_market() if self._saved_door is None else self._saved_door.market
        market.base_url = self.base_url
        market.live_until(self.clock.now())
        service = KworkService(
            market,
            login=self._access.kwork_login,
            password=self._access.kwork_password,
            app_authorization=self._access.kwork_app_authorization,
            wire=self._wire,
            record=self.record,
        )
        if self._saved_door is not None:
            service.door = self._saved_door
        return service

    @property
    def market(self) -> Market:
        """The state of Kwork."""
        with self.lock:
            return self.kwork.market

    def answer(self, incoming: Incoming) -> Outgoing:
        """The answer to any request."""
        with self.lock:
            self.catch_up()
            service = self._service(incoming.path)
            if service is not None:
                before = self.record.executions
                outgoing = service.answer(incoming)
                if self.record.executions != before:
                    self.save(service)
                return outgoing
        self.record.add(describe(incoming, service="other", method=incoming.path, status=404, at=self.clock.now()))
        return Outgoing(b"Not here: the services are below /etxt/ and /kwork/.\n", 404)

    def _service(self, path: str) -> EtxtService | KworkService | None:
        if path.startswith(ETXT_PREFIX):
            return self.etxt
        return self.kwork if path.startswith(KWORK_PREFIX) else None

    def save(self, only: EtxtService | KworkService | None = None) -> None:
        """Keeps the present state for the next run, if there is a state file.

        Args:
            only: The service that has changed; the other one catches up with the time when it is read again.
        """
        if self._state is None:
            return
        with self.lock:
            parts: dict[str, object] = {}
            if only in (None, self.etxt):
                parts["etxt"] = self.exchange
            if "kwork" in vars(self) and only in (None, self.kwork):
                parts["kwork"] = self.kwork.door
            self._state.save(self.clock.now(), parts)

    def catch_up(self) -> None:
        """Lets happen in both marketplaces what is due at the present simulated moment."""
        with self.lock:
            now = self.clock.now()
            self.exchange.live_until(now)
            if "kwork" in vars(self):
                self.market.live_until(now)
