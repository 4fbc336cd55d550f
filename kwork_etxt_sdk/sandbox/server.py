"""`Sandbox`: both marketplaces as one local server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.access import Access
from kwork_etxt_sdk.sandbox.clock import SimulatedClock
from kwork_etxt_sdk.sandbox.etxt.shapes import Shapes
from kwork_etxt_sdk.sandbox.record import CallRecord

if TYPE_CHECKING:
    from collections import Counter
    from types import TracebackType

    from typing_extensions import Self

    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.record import Call
    from kwork_etxt_sdk.sandbox.serving import LoopbackServer
    from kwork_etxt_sdk.sandbox.world import World


class SandboxUnavailableError(ImportError):
    """The packages that the sandbox needs are not installed."""


class Sandbox:
    """Kwork and eTXT on one loopback port, in memory, for practice and tests.

    Start it with `with Sandbox() as box:` or with `start()` and `stop()`. The same seed gives the same world.

    Args:
        port: The port to listen on; 0 takes a free one.
        seed: Chooses names, prices, texts and everything that chance decides.
        speed: Simulated seconds per real second; with 3600 an order is delivered within about three seconds.
        shapes: `live`, `lists`, `keyed`, `numbers`, or a `Shapes` of your own: the outer shapes of eTXT's answers.
        start_time: Simulated unix time of the start; the real time if left out.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        speed: float = 1.0,
        shapes: str | Shapes = "live",
        start_time: float | None = None,
    ) -> None:
        self.seed = seed
        self.clock = SimulatedClock(speed=speed, start=start_time)
        self._wanted_port = port
        self._shapes = Shapes.named(shapes) if isinstance(shapes, str) else shapes
        self._access = Access.for_seed(seed)
        self._record = CallRecord()
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None
        self._world: World | None = None

    # --- starting and stopping --------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Starts the server in the background; the world begins at this moment."""
        if self._world is not None:
            raise RuntimeError("a sandbox starts once: make a new one")
        try:
            from kwork_etxt_sdk.sandbox.app import build_app
            from kwork_etxt_sdk.sandbox.serving import LoopbackServer
        except ImportError as error:
            raise SandboxUnavailableError(
                f'the sandbox needs the package {error.name!r}; install it with: pip install "kwork-etxt-sdk[sandbox]"'
            ) from error
        from kwork_etxt_sdk.sandbox.world import World

        server = LoopbackServer(self._wanted_port)
        server.prepare()
        self._world = World(
            seed=self.seed,
            clock=self.clock,
            base_url=server.url,
            access=self._access,
            shapes=self._shapes,
            record=self._record,
        )
        server.wsgi_app = build_app(self._world)
        self._server = server
        self._thread = threading.Thread(target=server.serve, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops the server; what it knows can still be read. Stopping twice is harmless."""
        if self._server is None or self._thread is None:
            return
        self._server.stop()
        self._thread.join()
        self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- where it is and what opens it ------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where the server is, without a trailing slash."""
        return self._started.base_url

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def etxt_base_url(self) -> str:
        """What an eTXT client takes as its base URL."""
        return f"{self.url}/etxt/api/json/"

    @property
    def kwork_base_url(self) -> str:
        """What a Kwork client takes as its base URL: sign-in, token and calls are all below it."""
        return f"{self.url}/kwork"

    @property
    def etxt_token(self) -> str:
        """The eTXT token of the customer."""
        return self._access.etxt_token

    @property
    def etxt_api_pass(self) -> str:
        """The eTXT API password of the customer."""
        return self._access.etxt_api_pass

    @property
    def kwork_login(self) -> str:
        """The Kwork login of the buyer."""
        return self._access.kwork_login

    @property
    def kwork_password(self) -> str:
        """The Kwork password of the buyer."""
        return self._access.kwork_password

    def environment(self) -> dict[str, str]:
        """The environment variables that point the programs of this SDK to the sandbox."""
        return {
            "ETXT_BASE_URL": self.etxt_base_url,
            "ETXT_TOKEN": self.etxt_token,
            "ETXT_API_PASS": self.etxt_api_pass,
            "KWORK_BASE_URL": self.kwork_base_url,
            "KWORK_LOGIN": self.kwork_login,
            "KWORK_PASSWORD": self.kwork_password,
            "KWORK_WIRE": "documented",
        }

    # --- time -------------------------------------------------------------------------------------------------------

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Winds the simulated clock forward; everything that is due on the way happens before this returns."""
        self.clock.advance(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self._started.catch_up()

    # --- what happened ----------------------------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """The latest requests, oldest first."""
        return self._record.calls()

    @property
    def executed(self) -> Counter[str]:
        """How many executions of each method changed something."""
        return self._record.executed()

    def clear_calls(self) -> None:
        """Forgets the requests and executions recorded so far."""
        self._record.clear()

    @property
    def exchange(self) -> Exchange:
        """The state of eTXT; hold `lock` while you use it."""
        return self._started.exchange

    @property
    def market(self) -> Market:
        """The state of Kwork; hold `lock` while you use it."""
        return self._started.market

    @property
    def lock(self) -> threading.RLock:
        """Keeps requests out while you look at the state or change it."""
        return self._started.lock

    @property
    def _started(self) -> World:
        if self._world is None:
            raise RuntimeError("the sandbox has not been started")
        return self._world
