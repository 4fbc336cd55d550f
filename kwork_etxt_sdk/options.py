"""What a caller can set: how fast, how often, how long, and how one call is made."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import attrs

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.redaction import Secret, scrub
from kwork_etxt_sdk.spending import Budget

if TYPE_CHECKING:
    from decimal import Decimal

    from kwork_etxt_sdk.transport.events import Event


#: The profile of those who have one account only.
DEFAULT_PROFILE: Final = "default"
#: Longest `once_key`, in characters.
_LONGEST_KEY = 500


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


def _budget(value: Budget | Decimal | int | Unset) -> Budget | Unset:
    return value if isinstance(value, (Budget, Unset)) else Budget(value)


def _key(_instance: Any, _attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_KEY:
        raise ConfigurationError(f"once_key must be a text of 1 to {_LONGEST_KEY} characters, not {value!r}")


def _effect(_instance: Any, _attribute: Any, value: Any) -> None:
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


def _is_name(_instance: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{attribute.name} must be a text that is not empty, not {value!r}")


def _server(value: Any) -> Any:
    return Secret(value) if isinstance(value, str) else value


def _is_server(_instance: Any, _attribute: Any, value: Any) -> None:
    if isinstance(value, Secret):
        if value.reveal().partition("://")[0] not in {"redis", "rediss", "unix"}:
            raise ConfigurationError("RedisShare needs a URL such as 'redis://host:6379/0'")
    elif not hasattr(value, "connection_pool"):
        raise ConfigurationError(f"RedisShare needs a URL or a redis.Redis, not {type(value).__name__}")


def _shown_server(server: Any) -> str:
    return repr(scrub(server.reveal())) if isinstance(server, Secret) else f"<{type(server).__name__}>"


@attrs.frozen
class RedisShare:
    """Limits shared by all machines that use the same Redis server (5 or newer). Needs the extra ``redis``.

    A Redis that is down, slow or emptied stops no call: the limits then hold within the process, with one warning.

    Attributes:
        server: Its URL (``"redis://host:6379/0"``), or a ``redis.Redis``, of which address and credentials are taken;
            waits for it are short in any case. Only a URL without a password can be pickled.
        prefix: First part of the keys. Clients with the same prefix share.

    Example:
        >>> Limits(share=RedisShare("redis://localhost")).share
        RedisShare(server='redis://localhost', prefix='kwork_etxt_sdk')
    """

    server: Any = attrs.field(converter=_server, validator=_is_server, repr=_shown_server)
    prefix: str = attrs.field(default="kwork_etxt_sdk", validator=_is_name)

    def __reduce__(self) -> tuple[Any, ...]:
        url = self.server.reveal() if isinstance(self.server, Secret) else None
        if url is None or scrub(url) != url:
            raise ConfigurationError("a RedisShare with a client or a password does not pickle: give the URL anew")
        return (RedisShare, (url, self.prefix))


def _is_share(_instance: Any, _attribute: Any, value: Any) -> None:
    if not isinstance(value, RedisShare) and value not in ("process", "machine"):
        raise ConfigurationError(f"Limits.share must be 'process', 'machine' or a RedisShare, not {value!r}")


def _folder(value: Any) -> Any:
    return Path(value).expanduser() if isinstance(value, str) and value else value


def _is_folder(_instance: Any, _attribute: Any, value: Any) -> None:
    if not isinstance(value, Path):
        raise ConfigurationError(f"Limits.state_dir must be the path of a folder, not {value!r}")


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
        share: Who takes from the same bucket, beside the threads and copies of one client: all clients of this account
            in this ``"process"``, those of this user on this ``"machine"``, or everybody with the same
            :class:`RedisShare`. For a server on this machine (the sandbox), ``"machine"`` needs :attr:`state_dir`:
            without it each client is limited by itself.
        state_dir: Folder of the small files by which the processes of a machine share. None: ``KWORK_ETXT_STATE_DIR``,
            else the user's cache folder. Not on a network drive, where locks may lock nobody out.
        limits_key: Any name in place of host and account: clients of a marketplace with the same name share, for
            several accounts behind one address.
        adaptive: Whether to go slower after the service said "too many": at half the rate, then recovering over
            minutes. Without such an answer the rate is the configured one.
    """

    default: Rule | None = attrs.field(default=Rule(period=1.0, burst=3), validator=_rule_or_none)
    groups: Mapping[str, Rule] = attrs.field(factory=dict, converter=_read_only, validator=_rules, eq=_sorted_items)
    max_hold: float = attrs.field(default=300.0, validator=_seconds("Limits.max_hold"))
    share: Literal["process", "machine"] | RedisShare = attrs.field(default="machine", validator=_is_share)
    state_dir: Path | None = attrs.field(
        default=None, converter=_folder, validator=attrs.validators.optional(_is_folder)
    )
    limits_key: str | None = attrs.field(default=None, validator=attrs.validators.optional(_is_name))
    adaptive: bool = attrs.field(default=True, validator=_yes_or_no)

    #: No limit at all: for servers of your own.
    off: ClassVar[Limits]

    def with_groups(self, defaults: Mapping[str, Rule]) -> Limits:
        """Return these limits with rules for further groups, unless this is :attr:`off` or names them itself."""
        if self.default is None and not self.groups:
            return self
        return attrs.evolve(self, groups={**defaults, **self.groups})

    def __reduce__(self) -> tuple[Any, ...]:
        values = {field.name: getattr(self, field.name) for field in attrs.fields(Limits)}
        return (_limits, ({**values, "groups": dict(self.groups)},))


def _limits(values: dict[str, Any]) -> Limits:
    return Limits(**values)


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
        max_spend: Roubles that MONEY calls may spend in all; one whose known price would pass it raises
            :class:`~kwork_etxt_sdk.errors.SpendingCapError` before anything is sent. All calls made with the same
            options share it.
        once_key: A name of your own for this one call: a call with the same key is never executed again, not by another
            run of the program either. Needs a client made with ``journal=``.
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
    max_spend: Budget | Unset = attrs.field(default=UNSET, converter=_budget)
    once_key: str | Unset = attrs.field(default=UNSET, validator=_unless(Unset, _key))

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
