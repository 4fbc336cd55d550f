"""Both marketplaces behind one lock and one clock."""

from __future__ import annotations

import threading
from functools import cached_property, partial
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.etxt.seeding import open_exchange
from kwork_etxt_sdk.sandbox.etxt.wire import EtxtService
from kwork_etxt_sdk.sandbox.http import Outgoing
from kwork_etxt_sdk.sandbox.kwork.market import open_market
from kwork_etxt_sdk.sandbox.kwork.wire import KworkService
from kwork_etxt_sdk.sandbox.record import describe

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.access import Access
    from kwork_etxt_sdk.sandbox.clock import SimulatedClock
    from kwork_etxt_sdk.sandbox.etxt.shapes import Shapes
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.record import CallRecord

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
    """

    def __init__(
        self, *, seed: int, clock: SimulatedClock, base_url: str, access: Access, shapes: Shapes, record: CallRecord
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.base_url = base_url
        self._access = access
        self.record = record
        now = int(clock.now())
        self.exchange = open_exchange(seed=seed, now=now, base_url=base_url)
        self._open_market = partial(open_market, seed=seed, now=now, base_url=base_url)
        self.etxt = EtxtService(
            self.exchange, token=access.etxt_token, api_pass=access.etxt_api_pass, shapes=shapes, record=record
        )

    @cached_property
    def kwork(self) -> KworkService:
        """The Kwork service. Many a test never asks for it, and its catalogue takes the longest to fill."""
        market = self._open_market()
        market.live_until(self.clock.now())
        return KworkService(
            market, login=self._access.kwork_login, password=self._access.kwork_password, record=self.record
        )

    @property
    def market(self) -> Market:
        """The state of Kwork."""
        with self.lock:
            return self.kwork.market

    def answer(self, incoming: Incoming) -> Outgoing:
        """The answer to any request."""
        with self.lock:
            self.catch_up()
            if incoming.path.startswith(ETXT_PREFIX):
                return self.etxt.answer(incoming)
            if incoming.path.startswith(KWORK_PREFIX):
                return self.kwork.answer(incoming)
        self.record.add(describe(incoming, service="other", method=incoming.path, status=404, at=self.clock.now()))
        return Outgoing(b"Not here: the services are below /etxt/ and /kwork/.\n", 404)

    def catch_up(self) -> None:
        """Lets happen in both marketplaces what is due at the present simulated moment."""
        with self.lock:
            now = self.clock.now()
            self.exchange.live_until(now)
            if "kwork" in vars(self):
                self.market.live_until(now)
