"""What the clients of both marketplaces have in common."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.options import DEFAULT, UNSET, BadItems, CallOptions, Retry, Timeouts, Unset
from kwork_etxt_sdk.spending import Budget
from kwork_etxt_sdk.transport.endpoint import Endpoint

if TYPE_CHECKING:
    from decimal import Decimal

    from typing_extensions import Self

    from kwork_etxt_sdk.transport.client_limits import ClientLimits
    from kwork_etxt_sdk.transport.events import Event
    from kwork_etxt_sdk.transport.exchange import Result
    from kwork_etxt_sdk.transport.session import Session

T = TypeVar("T")
TopicT = TypeVar("TopicT", bound="Topic")


class Client(ABC):
    """A marketplace for one account: topics with methods over one shared session. Safe to share between threads."""

    def __init__(self, session: Session, options: CallOptions = DEFAULT) -> None:
        self._session = session
        self._options = options
        self._topics: dict[type[Topic], Topic] = {}
        self._pickles_secrets = False

    def with_options(
        self,
        *,
        timeout: float | Timeouts | Unset = UNSET,
        deadline: float | Unset | None = UNSET,
        retries: int | Retry | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        allow: Effect | Unset = UNSET,
        bad_items: BadItems | Unset = UNSET,
        on_event: Callable[[Event], None] | Unset | None = UNSET,
        max_spend: Decimal | int | Unset = UNSET,
    ) -> Self:
        """Return a client with other options and the same connection, limits and sign-in.

        The arguments are those of :class:`~kwork_etxt_sdk.options.CallOptions`; what is left out stays as it is.

        Example:
            >>> careful = client.with_options(allow=Effect.READ)  # doctest: +SKIP
        """
        options = CallOptions(
            timeout=timeout,
            deadline=deadline,
            retries=retries,
            dry_run=dry_run,
            allow=allow,
            bad_items=bad_items,
            on_event=on_event,
            max_spend=UNSET if isinstance(max_spend, Unset) else Budget(max_spend),
        )
        other = copy.copy(self)
        other._options = options.over(self._options)
        return other

    @property
    def limits(self) -> ClientLimits:
        """The rate limits as they stand: ``snapshot()``, ``wait_time(group)``, ``hold(seconds)``."""
        from kwork_etxt_sdk.transport.client_limits import ClientLimits

        return ClientLimits(self._session.limiter)

    def call(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        effect: Effect,
        result: Any = Any,
        options: CallOptions = DEFAULT,
    ) -> Any:
        """Call a method that this SDK has no method for, with the same limits, credentials, retries and errors.

        Args:
            name: Its name in the service.
            parameters: Its parameters by their names there; those that are None are left out of forms.
            effect: What it does to the world: it decides what happens if the outcome is unknown, so nobody but you can
                say it. Take the graver one if in doubt.
            result: A model, ``list[Model]`` and the like to read the answer into; left out, it stays as it is.
            options: How the call is made.

        Returns:
            The answer, without its envelope.

        Raises:
            ConfigurationError: Name, parameters or effect can't be right.
            OutcomeUnknown: A call with the effect ONCE or MONEY was sent, and nobody knows whether it took effect.
            SdkError: Anything else, by meaning.

        Example:
            >>> client.call("getChannel", effect=Effect.READ)  # doctest: +SKIP
            {'channel': 'u1001'}
        """
        if not isinstance(effect, Effect):
            raise ConfigurationError(f"effect must be an Effect such as Effect.READ, not {effect!r}")
        given = {} if parameters is None else parameters
        endpoint = self._raw_endpoint(name, given, effect, object if result is Any else result)
        return self._make(endpoint, given, options).value

    @abstractmethod
    def _raw_endpoint(self, name: str, parameters: Mapping[str, Any], effect: Effect, result: Any) -> Endpoint[Any]:
        """Return a record for a method that the SDK has none for."""

    def with_pickled_secrets(self) -> Self:
        """Return a client that takes its credentials along when it is pickled.

        Without this a pickled client carries none: the process that gets it takes them from its own environment, and
        raises ConfigurationError at the first call if there are none. Pickle secrets only for processes of your own.

        Example:
            >>> pool.map(work, [client.with_pickled_secrets()])  # doctest: +SKIP
        """
        other = copy.copy(self)
        other._pickles_secrets = True
        return other

    def __copy__(self) -> Self:
        # Not by way of pickling: a copy shares connection, limits and sign-in.
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._topics = {}
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        settings, secrets = self._made_with()
        return (_revive, (type(self), settings, secrets if self._pickles_secrets else None, self._options))

    @abstractmethod
    def _made_with(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return arguments of the constructor: settings, and credentials in plain text."""

    @classmethod
    @abstractmethod
    def _without_secrets(cls, settings: dict[str, Any]) -> Client:
        """Return a client with the credentials of this process's environment, or one that says it has none."""

    def close(self) -> None:
        """Close the connections, of all clients made by :meth:`with_options` as well."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _topic(self, cls: type[TopicT]) -> TopicT:
        topic = self._topics.get(cls)
        if topic is None:
            topic = self._topics.setdefault(cls, cls(self))
        return topic  # type: ignore[return-value]

    def _make(
        self, endpoint: Endpoint[Any], arguments: Mapping[str, Any], options: CallOptions, *, is_page: bool = False
    ) -> Result:
        def ask() -> Any:
            return endpoint.ask(self, arguments) if endpoint.ask is not None else None

        return self._session.call(
            endpoint,
            arguments,
            options.over(self._options),
            ask=ask if endpoint.ask is not None else None,
            is_page=is_page,
        )


def _revive(
    cls: type[Client], settings: dict[str, Any], secrets: dict[str, Any] | None, options: CallOptions
) -> Client:
    client = cls._without_secrets(settings) if secrets is None else cls(**settings, **secrets)
    client._options = options
    client._pickles_secrets = secrets is not None
    return client


class Topic:
    """One section of a service: its methods are thin, each an endpoint record and one expression.

    Args:
        client: The client it belongs to.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def _call(self, endpoint: Endpoint[T], options: CallOptions, **arguments: Any) -> T:
        """Make a call and return its typed answer."""
        value: T = self._client._make(endpoint, arguments, options).value
        return value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"
