"""`Sandbox`: both marketplaces as one local server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.access import Access
from kwork_etxt_sdk.sandbox.clock import SimulatedClock
from kwork_etxt_sdk.sandbox.etxt.shapes import Shapes
from kwork_etxt_sdk.sandbox.faults import Fault, Faults
from kwork_etxt_sdk.sandbox.record import CallRecord

if TYPE_CHECKING:
    import os
    from collections import Counter
    from collections.abc import Iterable
    from types import TracebackType

    from typing_extensions import Self

    from kwork_etxt_sdk import EtxtClient, KworkClient
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.kwork.door import Demand
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.wire import Wire
    from kwork_etxt_sdk.sandbox.record import Call
    from kwork_etxt_sdk.sandbox.serving import LoopbackServer
    from kwork_etxt_sdk.sandbox.state import StateFile
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
        state: A file that keeps everything between runs; simulated time stands still in between, and `start_time`
            counts for the first run only. In memory if left out.
        faults: What goes wrong from the start: `Fault`s, or texts such as `"latency:seconds=0.2,share=0.5"`.
        wire: `documented` or `app`: the only wire of Kwork that answers. Left out, both do, below the same address:
            a request that names the application in its header `Authorization`, or brings a form that is not the
            documented sign-in, is answered in the shapes of the application, any other in the documented ones.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        speed: float = 1.0,
        shapes: str | Shapes = "live",
        start_time: float | None = None,
        state: str | os.PathLike[str] | None = None,
        faults: Iterable[Fault | str] = (),
        wire: Wire | None = None,
    ) -> None:
        if wire not in (None, "documented", "app"):
            raise ValueError(f"Kwork's wires are 'documented' and 'app', not {wire!r}")
        self.seed = seed
        self._wire = wire
        self.clock = SimulatedClock(speed=speed, start=start_time)
        self._wanted_port = port
        self._shapes = Shapes.named(shapes) if isinstance(shapes, str) else shapes
        self._access = Access.for_seed(seed)
        self._record = CallRecord()
        self.faults = Faults(seed, self.clock)
        for fault in faults:
            self.faults.add(Fault.parse(fault) if isinstance(fault, str) else fault)
        self._state_path = state
        self._state: StateFile | None = None
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

        server = LoopbackServer(self._wanted_port)
        server.prepare()
        try:
            self._state = self._open_state()
            self._world = self._open_world(server.url)
        except BaseException:
            server.stop()
            self._close_state()
            raise
        server.wsgi_app = build_app(self._world, self.faults)
        self._server = server
        self._thread = threading.Thread(target=server.serve, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def _open_world(self, url: str) -> World:
        from kwork_etxt_sdk.sandbox.world import World

        return World(
            seed=self.seed,
            clock=self.clock,
            base_url=url,
            access=self._access,
            shapes=self._shapes,
            record=self._record,
            state=self._state,
            wire=self._wire,
        )

    def _open_state(self) -> StateFile | None:
        if self._state_path is None:
            return None
        from kwork_etxt_sdk.sandbox.state import StateFile

        return StateFile(self._state_path, seed=self.seed)

    def _close_state(self) -> None:
        if self._state is not None:
            self._state.close()
            self._state = None

    def stop(self) -> None:
        """Stops the server; what it knows can still be read. Stopping twice is harmless."""
        if self._server is None or self._thread is None:
            return
        self._server.stop()
        self._thread.join()
        self._server = None
        self._started.save()
        self._close_state()

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

    @property
    def kwork_app_authorization(self) -> str:
        """What the header `Authorization` has to say on the app wire of Kwork: it names the application."""
        return self._access.kwork_app_authorization

    def kwork_demand(self, what: Demand) -> str:
        """Makes the next sign-ins to Kwork ask for more than the password, until one has answered.

        Args:
            what: `captcha` (error code 118) or `phone` (192, the last four digits of the telephone number).

        Returns:
            The right answer: for the form field `g-recaptcha-response` or `phone_last`.
        """
        with self.lock:
            return self._started.kwork.door.demand(what)

    def environment(self) -> dict[str, str]:
        """The environment variables that point the programs of this SDK to the sandbox."""
        app = {"KWORK_APP_AUTHORIZATION": self.kwork_app_authorization} if self._wire == "app" else {}
        return {
            "ETXT_BASE_URL": self.etxt_base_url,
            "ETXT_TOKEN": self.etxt_token,
            "ETXT_API_PASS": self.etxt_api_pass,
            "KWORK_BASE_URL": self.kwork_base_url,
            "KWORK_LOGIN": self.kwork_login,
            "KWORK_PASSWORD": self.kwork_password,
            "KWORK_WIRE": self._wire or "documented",
            **app,
        }

    def etxt_client(self, **options: Any) -> EtxtClient:
        """A client of the SDK for the customer; `options` are those of `EtxtClient`."""
        from kwork_etxt_sdk import EtxtClient

        return EtxtClient(self.etxt_token, self.etxt_api_pass, **({"base_url": self.etxt_base_url} | options))

    def kwork_client(self, **options: Any) -> KworkClient:
        """A client of the SDK that has signed in as the buyer; `options` are those of `KworkClient.login`.

        With `wire="app"` it speaks the wire of the mobile application.
        """
        from kwork_etxt_sdk import KworkClient

        if options.get("wire", self._wire) == "app":
            options = {"wire": "app", "app_authorization": self.kwork_app_authorization} | options
        return KworkClient.login(self.kwork_login, self.kwork_password, **({"base_url": self.kwork_base_url} | options))

    # --- what goes wrong --------------------------------------------------------------------------------------------

    def fail_next(self, kind: str, *, method: str = "*", times: int | None = 1, **settings: Any) -> None:
        """Lets the next call fail, or the next calls of some methods.

        Args:
            kind: What goes wrong: `429`, `500`, `reset_in_body`, `shift`, ...; all kinds are in `sandbox.faults.KINDS`.
            method: The method, or a pattern such as `tasks.*`.
            times: How many calls fail; None for all from now on.
            settings: The other settings of a `Fault`, for example `retry_after=5` or `executed=True`.

        Raises:
            ValueError: There is no such fault, or a setting makes no sense.
        """
        self.faults.add(Fault.of({"kind": kind, "method": method, "times": times, **settings}))

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
