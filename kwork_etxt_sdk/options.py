"""What a caller can set: how fast, how often, how long, and how one call is made."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import attrs

from kwork_etxt_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    from kwork_etxt_sdk.transport.endpoint import Effect
    from kwork_etxt_sdk.transport.events import Event


class Unset(enum.Enum):
    """The type of :data:`UNSET`, which stands for "not given" where None is a value of its own."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET

_Check = Callable[[Any, Any, Any], None]


def _is_seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _seconds(name: str, *, zero: bool = False, none: bool = False) -> _Check:
    def check(_instance: Any, _attribute: Any, value: Any) -> None:
        if value is None and none:
            return
        if not _is_seconds(value) or (value == 0 and not zero):
            raise ConfigurationError(f"{name} must be a positive number of seconds, not {value!r}")

    return check


def _count(name: str, minimum: int) -> _Check:
    def check(_instance: Any, _attribute: Any, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise ConfigurationError(f"{name} must be a whole number of at least {minimum}, not {value!r}")

    return check


def _one_of(name: str, *values: str) -> _Check:
    def check(_instance: Any, _attribute: Any, value: Any) -> None:
        if not isinstance(value, str) or value not in values:
            raise ConfigurationError(f"{name} must be {' or '.join(map(repr, values))}, not {value!r}")

    return check


def _yes_or_no(_instance: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{attribute.name} must be True or False, not {value!r}")


def _unless(types: type | tuple[type, ...], check: _Check) -> _Check:
    def checked(instance: Any, attribute: Any, value: Any) -> None:
        if not isinstance(value, types):
            check(instance, attribute, value)

    return checked


def _effect(_instance: Any, _attribute: Any, value: Any) -> None:
    from kwork_etxt_sdk.transport.endpoint import Effect

    if not isinstance(value, Effect):
        raise ConfigurationError(f"allow must be an Effect such as Effect.READ, not {value!r}")


def _listener(_instance: Any, _attribute: Any, value: Any) -> None:
    if value is not None and not callable(value):
        raise ConfigurationError(f"on_event must be a function that takes an event, not {value!r}")


@attrs.frozen
class Rule:
    """One request per :attr:`period`, with up to :attr:`burst` saved up: a token bucket.

    In any stretch of t seconds at most ``burst + t / period`` requests leave.

    Attributes:
        period: Seconds per request.
        burst: Requests that may leave at once after a quiet time.
        count_from: ``"send"``, or ``"response"`` for services that count from when they answered: the bucket then
            stands still while a request is under way.

    Example:
        >>> Rule.per_second(2, burst=5)
        Rule(period=0.5, burst=5, count_from='send')
    """

    period: float = attrs.field(validator=_seconds("Rule.period"))
    burst: int = attrs.field(default=1, validator=_count("Rule.burst", 1))
    count_from: Literal["send", "response"] = attrs.field(
        default="send", validator=_one_of("Rule.count_from", "send", "response")
    )

    @classmethod
    def per_second(cls, rate: float, *, burst: int = 1) -> Rule:
        """Return the rule for `rate` requests per second."""
        if not _is_seconds(rate) or rate == 0:
            raise ConfigurationError(f"a rate must be a positive number, not {rate!r}")
        return cls(1 / rate, burst)

    @classmethod
    def every(cls, seconds: float, *, count_from: Literal["send", "response"] = "send") -> Rule:
        """Return the rule for one request every `seconds`."""
        return cls(seconds, 1, count_from)


def _rule_or_none(_instance: Any, _attribute: Any, value: Any) -> None:
    if value is not None and not isinstance(value, Rule):
        raise ConfigurationError(f"a limit must be a Rule such as Rule.per_second(2), or None, not {value!r}")


def _rules(_instance: Any, _attribute: Any, value: Mapping[str, Any]) -> None:
    for name, rule in value.items():
        if not isinstance(rule, Rule):
            raise ConfigurationError(f"the limit of {name!r} must be a Rule such as Rule.every(5), not {rule!r}")


def _read_only(groups: Mapping[str, Rule]) -> Mapping[str, Rule]:
    return MappingProxyType(dict(groups))


def _sorted_items(groups: Mapping[str, Rule]) -> tuple[tuple[str, Rule], ...]:
    return tuple(sorted(groups.items(), key=lambda item: item[0]))


@attrs.frozen(kw_only=True)
class Limits:
    """How fast calls may leave.

    Every call takes a slot of :attr:`default`; calls of a group (``"messages"``, ``"sign_in"``) take one of that
    group's rule as well. Neither service publishes a limit: the defaults are what careful clients do.

    Attributes:
        default: The rule of all calls. None: no such rule.
        groups: Further rules by group name; what is left out keeps the marketplace's own default.
        max_hold: Longest pause, in seconds, that a ``Retry-After`` can impose. If the service asks for more, the
            bucket is held for this long and the call raises `RateLimitError` at once.
    """

    default: Rule | None = attrs.field(default=Rule(period=1.0, burst=3), validator=_rule_or_none)
    groups: Mapping[str, Rule] = attrs.field(factory=dict, converter=_read_only, validator=_rules, eq=_sorted_items)
    max_hold: float = attrs.field(default=300.0, validator=_seconds("Limits.max_hold"))

    #: No limit at all: for servers of your own.
    off: ClassVar[Limits]

    def with_groups(self, defaults: Mapping[str, Rule]) -> Limits:
        """Return these limits with rules for further groups, unless this is :attr:`off` or names them itself."""
        if self.default is None and not self.groups:
            return self
        return attrs.evolve(self, groups={**defaults, **self.groups})

    def __reduce__(self) -> tuple[Any, ...]:
        return (_limits, (self.default, dict(self.groups), self.max_hold))


def _limits(default: Rule | None, groups: dict[str, Rule], max_hold: float) -> Limits:
    return Limits(default=default, groups=groups, max_hold=max_hold)


Limits.off = Limits(default=None)


@attrs.frozen(kw_only=True)
class Retry:
    """How often a call is tried, first attempt included, and how long it pauses between attempts.

    :attr:`once` and :attr:`money` count attempts that provably never left: a call with such an effect is not sent again
    once a byte of it was handed over.

    Attributes:
        read: Attempts of calls that change nothing.
        repeatable: Attempts of calls that may run twice.
        once: Attempts of calls that create or send something.
        money: Attempts of calls that can spend roubles.
        base: First pause, in seconds; each further one doubles.
        cap: Longest pause, in seconds.
    """

    read: int = attrs.field(default=4, validator=_count("Retry.read", 1))
    repeatable: int = attrs.field(default=3, validator=_count("Retry.repeatable", 1))
    once: int = attrs.field(default=3, validator=_count("Retry.once", 1))
    money: int = attrs.field(default=2, validator=_count("Retry.money", 1))
    base: float = attrs.field(default=0.5, validator=_seconds("Retry.base", zero=True))
    cap: float = attrs.field(default=60.0, validator=_seconds("Retry.cap"))

    #: One attempt, whatever happens.
    none: ClassVar[Retry]

    def at_most(self, attempts: int) -> Retry:
        """Return this policy with no more than `attempts` attempts for any effect."""
        return attrs.evolve(
            self,
            read=min(self.read, attempts),
            repeatable=min(self.repeatable, attempts),
            once=min(self.once, attempts),
            money=min(self.money, attempts),
        )


Retry.none = Retry(read=1, repeatable=1, once=1, money=1)


@attrs.frozen(kw_only=True)
class Timeouts:
    """How long a call may take, in seconds.

    Attributes:
        connect: For DNS, TCP and TLS of one attempt.
        read: For each wait for bytes of one attempt.
        unsafe_read: The same for ONCE and MONEY calls, where giving up early costs a person's time.
        total: Deadline over all attempts and waits of a call. None: no deadline.
        page: The same for each page of a pager.
    """

    connect: float = attrs.field(default=5.0, validator=_seconds("Timeouts.connect"))
    read: float = attrs.field(default=30.0, validator=_seconds("Timeouts.read"))
    unsafe_read: float = attrs.field(default=60.0, validator=_seconds("Timeouts.unsafe_read"))
    total: float | None = attrs.field(default=120.0, validator=_seconds("Timeouts.total", none=True))
    page: float | None = attrs.field(default=300.0, validator=_seconds("Timeouts.page", none=True))

    @classmethod
    def of(cls, value: Timeouts | float) -> Timeouts:
        """Return `value` itself, or the default timeouts with `value` seconds for connecting and reading."""
        if isinstance(value, Timeouts):
            return value
        return Timeouts().limited_to(value)

    def limited_to(self, seconds: float) -> Timeouts:
        """Return these timeouts with `seconds` for connecting and reading."""
        return attrs.evolve(self, connect=seconds, read=seconds, unsafe_read=seconds)


BadItems = Literal["raise", "skip", "keep"]


@attrs.frozen(kw_only=True)
class CallOptions:
    """How one call is made. What is left out is taken from the client.

    Attributes:
        timeout: Seconds for connecting and for each wait for bytes, or :class:`Timeouts`.
        deadline: Seconds over all attempts and waits; None for no deadline.
        retries: Further attempts after the first (0 turns them off), or a :class:`Retry` policy. A number can only
            lower what the call's effect allows.
        dry_run: Build, check and sign everything, send nothing, raise :class:`~kwork_etxt_sdk.errors.DryRun`, which
            shows the request with its secrets masked.
        allow: The gravest effect that may be sent; graver calls raise
            :class:`~kwork_etxt_sdk.errors.EffectNotAllowedError` before anything is sent.
        bad_items: What to do with an item of a list that does not fit its model: ``"raise"`` (default), ``"skip"`` it,
            or ``"keep"`` it aside in ``.bad_items`` of the list.
        on_event: Called with every event of the call: sent, answered, waiting, retried.
    """

    timeout: float | Timeouts | Unset = attrs.field(
        default=UNSET, validator=_unless((Timeouts, Unset), _seconds("timeout"))
    )
    deadline: float | Unset | None = attrs.field(
        default=UNSET, validator=_unless(Unset, _seconds("deadline", none=True))
    )
    retries: int | Retry | Unset = attrs.field(default=UNSET, validator=_unless((Retry, Unset), _count("retries", 0)))
    # Anything but a real bool is refused: what a truthy 1 or "yes" was meant to hold back would otherwise be sent.
    dry_run: bool | Unset = attrs.field(default=UNSET, validator=_unless(Unset, _yes_or_no))
    allow: Effect | Unset = attrs.field(default=UNSET, validator=_unless(Unset, _effect))
    bad_items: BadItems | Unset = attrs.field(
        default=UNSET, validator=_unless(Unset, _one_of("bad_items", "raise", "skip", "keep"))
    )
    on_event: Callable[[Event], None] | Unset | None = attrs.field(default=UNSET, validator=_unless(Unset, _listener))

    def over(self, base: CallOptions) -> CallOptions:
        """Return these options with the gaps filled from `base`."""
        if self is DEFAULT:
            return base
        gaps = {
            field.name: getattr(base, field.name)
            for field in attrs.fields(CallOptions)
            if getattr(self, field.name) is UNSET
        }
        return attrs.evolve(self, **gaps)


#: No options of its own: the call is made as the client is set.
DEFAULT: Final = CallOptions()
