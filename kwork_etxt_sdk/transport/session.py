"""What all calls of a client share: the HTTP session, the limiter, the clock; and the entrance for a call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError, DryRun, EffectNotAllowedError
from kwork_etxt_sdk.forks import renew_after_fork
from kwork_etxt_sdk.options import CallOptions, Limits, Retry, Timeouts, Unset
from kwork_etxt_sdk.redaction import protect_logs
from kwork_etxt_sdk.spending import Budget
from kwork_etxt_sdk.transport.call import Call
from kwork_etxt_sdk.transport.clock import Clock, SystemClock
from kwork_etxt_sdk.transport.exchange import Market, Request, Result
from kwork_etxt_sdk.transport.limiter import Limiter
from kwork_etxt_sdk.transport.pressure import Pressure
from kwork_etxt_sdk.transport.sharing import scope_for, store_for

if TYPE_CHECKING:
    from decimal import Decimal

    import requests

    from kwork_etxt_sdk.transport.endpoint import Endpoint
    from kwork_etxt_sdk.transport.http import Http
    from kwork_etxt_sdk.transport.journal import Journal
    from kwork_etxt_sdk.transport.once import Once


class Session:
    """Makes calls to one marketplace for one account. Safe to share between threads.

    Args:
        market: The wire of the marketplace, with the account's credentials.
        limits: How fast; None for the defaults, which leave this machine's own servers unlimited.
        retry: How often.
        timeouts: How long.
        http_session: A requests session of the caller's own.
        proxy: URL of a proxy.
        verify: True, False, or the path of a CA bundle.
        clock: Time, for tests.
        journal: Remembers calls with a ``once_key``.
    """

    def __init__(
        self,
        market: Market,
        *,
        limits: Limits | None = None,
        retry: Retry | None = None,
        timeouts: Timeouts | None = None,
        http_session: requests.Session | None = None,
        proxy: str | None = None,
        verify: bool | str = True,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> None:
        if http_session is not None:
            from kwork_etxt_sdk.transport.http import check_session

            check_session(http_session)
        self.market = market
        self.clock: Clock = clock if clock is not None else SystemClock()
        self._given_limits = limits
        if limits is None:
            limits = Limits.off if market.is_local else Limits()
        self.limits = limits.with_groups(market.groups)
        self.retry = retry if retry is not None else Retry()
        self.timeouts = timeouts if timeouts is not None else Timeouts()
        self.limiter = Limiter(
            self.limits,
            clock=self.clock,
            scope=scope_for(self.limits, market.site, market.scope),
            store=store_for(self.limits, self.clock, is_local=market.is_local),
        )
        self.pressure = Pressure(self.limiter, self.limits, self.retry, self.clock)
        self.journal = journal
        self._http_settings: dict[str, Any] = {"session": http_session, "proxy": proxy, "verify": verify}
        self._http: Http | None = None
        self._left_to_parent: Http | None = None
        self._lock = threading.Lock()
        self._closed = False
        #: Why calls are refused, if they are.
        self.unusable = ""
        protect_logs(market.redactor)
        renew_after_fork(self, Session._renew)

    def _renew(self) -> None:
        # Two processes on one connection would read each other's answers. The parent's side of things is kept alive,
        # unused: cleaning it up takes locks that may be held for ever here.
        self._lock = threading.Lock()
        self._left_to_parent, self._http = self._http, None
        given = self._http_settings["session"]
        if given is not None:
            _forget_connections(given)

    @property
    def http(self) -> Http:
        """The HTTP side, made on first use: importing requests takes most of the time of a cold start."""
        with self._lock:
            self.check_open()
            if self._http is None:
                from kwork_etxt_sdk.transport.http import Http

                self._http = Http(**self._http_settings, redactor=self.market.redactor)
            return self._http

    def check_open(self) -> None:
        """Raise ConfigurationError if :meth:`close` was called."""
        if self._closed:
            raise ConfigurationError("this client is closed; make a new one")
        if self.unusable:
            raise ConfigurationError(self.unusable)

    def settings(self) -> dict[str, Any]:
        """Return what a client of another process needs to be made alike.

        Raises:
            ConfigurationError: It uses a requests session of the caller's own, which can't be taken along.
        """
        if self._http_settings["session"] is not None:
            raise ConfigurationError("a client with a requests session of your own can't be pickled: make it there")
        return {
            "limits": self._given_limits,
            "retry": self.retry,
            "timeout": self.timeouts,
            "proxy": self._http_settings["proxy"],
            "verify": self._http_settings["verify"],
            "journal": self.journal,
        }

    def call(
        self,
        endpoint: Endpoint[Any],
        arguments: Mapping[str, Any],
        options: CallOptions,
        *,
        ask: Callable[[], Any] | None = None,
        is_page: bool = False,
    ) -> Result:
        """Make one call.

        Args:
            endpoint: What to call.
            arguments: With what, by the names of the Python method's parameters.
            options: How; the client's own options are already merged in.
            ask: Finds out whether the call took effect, for OutcomeUnknown.
            is_page: The call fetches a page for a pager, which may take longer.

        Returns:
            What it came to.

        Raises:
            ValidationError: The arguments can't be right; nothing was sent.
            EffectNotAllowedError: The client may not make calls with this effect; nothing was sent.
            DryRun: ``dry_run`` is set; nothing was sent.
            OutcomeUnknown: Sent, and nobody knows whether it took effect.
            SdkError: Anything else, by meaning.
        """
        effect = endpoint.effect_for(arguments)
        allowed = options.allow
        if not isinstance(allowed, Unset) and effect > allowed:
            raise EffectNotAllowedError(
                f"{self.market.site} {endpoint.name} has the effect {effect.name}, "
                f"but this client may only make calls up to {allowed.name} (allow=); nothing was sent"
            )
        request = self.market.build(endpoint, arguments)
        if options.dry_run is True:
            raise self._dry_run(endpoint, request, effect.name)
        timeouts = self.timeouts_for(options)
        return Call(
            self,
            endpoint,
            arguments,
            request,
            retry=self.retry_for(options),
            timeouts=timeouts,
            deadline=self.deadline_for(options, timeouts, is_page=is_page),
            bad_items="raise" if isinstance(options.bad_items, Unset) else options.bad_items,
            on_event=None if isinstance(options.on_event, Unset) else options.on_event,
            ask=ask,
            once=self._once_for(endpoint, request, options),
            spending=self._spending_of(endpoint, effect, arguments, options),
        ).run()

    def _once_for(self, endpoint: Endpoint[Any], request: Request, options: CallOptions) -> Once | None:
        if isinstance(options.once_key, Unset):
            return None
        if self.journal is None:
            raise ConfigurationError(
                "once_key needs a journal: make the client with journal=Journal(path); nothing was sent"
            )
        from kwork_etxt_sdk.transport.once import Once, digest_of

        return Once(
            self.journal,
            scope=self.market.scope,
            key=options.once_key,
            call=f"{self.market.site} {endpoint.name}",
            digest=digest_of(request),
        )

    @staticmethod
    def _spending_of(
        endpoint: Endpoint[Any], effect: Effect, arguments: Mapping[str, Any], options: CallOptions
    ) -> tuple[Budget, Decimal] | None:
        if isinstance(options.max_spend, Unset) or effect is not Effect.MONEY or endpoint.price is None:
            return None
        price = endpoint.price(arguments)
        return None if price is None else (options.max_spend, price)

    def close(self) -> None:
        """Close the connections. Calls made later raise ConfigurationError."""
        with self._lock:
            self._closed = True
            http, self._http = self._http, None
        if http is not None:
            http.close()

    def timeouts_for(self, options: CallOptions) -> Timeouts:
        """Return the timeouts of a call with these options."""
        if isinstance(options.timeout, Timeouts):
            return options.timeout
        return self.timeouts if isinstance(options.timeout, Unset) else self.timeouts.limited_to(options.timeout)

    def retry_for(self, options: CallOptions) -> Retry:
        """Return the retry policy of a call with these options."""
        if isinstance(options.retries, Retry):
            return options.retries
        return self.retry if isinstance(options.retries, Unset) else self.retry.at_most(options.retries + 1)

    @staticmethod
    def deadline_for(options: CallOptions, timeouts: Timeouts, *, is_page: bool) -> float | None:
        """Return the deadline of a call with these options, in seconds."""
        if not isinstance(options.deadline, Unset):
            return options.deadline
        return timeouts.page if is_page else timeouts.total

    def _dry_run(self, endpoint: Endpoint[Any], request: Request, effect: str) -> DryRun:
        redactor = self.market.redactor
        request = self.market.authorize(request)
        data = {**request.preview(redactor), "effect": effect}
        error = DryRun(request.shown(redactor), data)
        error.call = f"{self.market.site} {endpoint.name}"
        return error


def _forget_connections(session: requests.Session) -> None:
    from requests.adapters import HTTPAdapter

    adapters: list[Any] = [adapter for adapter in session.adapters.values() if isinstance(adapter, HTTPAdapter)]
    for adapter in adapters:
        adapter.__setstate__(adapter.__getstate__())  # as if unpickled: with nothing in its pools
