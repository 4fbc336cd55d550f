"""What follows from what happened: pure functions, every cell of which has a row in the tests."""

from __future__ import annotations

import enum

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.options import Retry
from kwork_etxt_sdk.transport.phase import Phase


class Happened(enum.Enum):
    """What an attempt came to."""

    ANSWERED = "answered"
    """The service answered the call."""
    REFUSED = "refused"
    """The service refused, and said so: it did nothing."""
    EXPIRED = "expired"
    """The service refused because the sign-in ran out: it did nothing."""
    THROTTLED = "throttled"
    """429: refused before doing anything, try later."""
    BLOCKED = "blocked"
    """The front end or a captcha turned the request away."""
    UNAVAILABLE = "unavailable"
    """502, 503 or 504: something in front of the service answered for it."""
    BROKEN = "broken"
    """Another 5xx: the service failed while working on it, perhaps after doing it."""
    GARBLED = "garbled"
    """A good status, but the body was lost, empty or unreadable."""
    REDIRECTED = "redirected"
    """3xx: redirects are not followed."""
    MISFIT = "misfit"
    """A readable answer that does not fit the documented types."""
    LOST = "lost"
    """At least a byte was handed over, no status came."""
    UNSENT = "unsent"
    """Not one byte of the request was handed over."""


class Step(enum.Enum):
    """What to do next."""

    RETURN = "return"
    AGAIN = "again"
    RENEW = "renew"
    """Sign in anew, then again."""
    RAISE = "raise"
    """Raise the typed error: the call was not executed, or it was a read."""
    UNKNOWN = "unknown"
    """Raise OutcomeUnknown."""


#: Attempts that ended so may or may not have been executed.
AMBIGUOUS = frozenset(
    {
        Happened.UNAVAILABLE,
        Happened.BROKEN,
        Happened.GARBLED,
        Happened.REDIRECTED,
        Happened.MISFIT,
        Happened.LOST,
    }
)
#: Of the ambiguous ones, trying again would only bring the same answer.
_POINTLESS = frozenset({Happened.REDIRECTED, Happened.MISFIT})

_GATEWAY_STATUSES = frozenset({502, 503, 504})
_TOO_MANY_REQUESTS = 429


def classify_failure(phase: Phase) -> Happened:
    """Say what an attempt without a status came to."""
    if phase.is_unsent:
        return Happened.UNSENT
    return Happened.LOST if phase < Phase.STATUS else Happened.GARBLED


def classify_status(status: int) -> Happened | None:
    """Say what the status alone decides; None if the body has to be read."""
    if status == _TOO_MANY_REQUESTS:
        return Happened.THROTTLED
    if status in _GATEWAY_STATUSES:
        return Happened.UNAVAILABLE
    if status >= 500:  # noqa: PLR2004 - the server's own failures begin here
        return Happened.BROKEN
    if 300 <= status < 400:  # noqa: PLR2004 - redirects
        return Happened.REDIRECTED
    return None


def attempts_allowed(effect: Effect, retry: Retry) -> int:
    """Return how many attempts a call with this effect may have in all."""
    return {
        Effect.READ: retry.read,
        Effect.REPEATABLE: retry.repeatable,
        Effect.ONCE: retry.once,
        Effect.MONEY: retry.money,
    }[effect]


def decide(effect: Effect, happened: Happened, attempt: int, retry: Retry, *, renewed: bool = False) -> Step:
    """Return the next step after attempt number `attempt` (from 1) of a call.

    Args:
        effect: The call's effect.
        happened: What the attempt came to.
        attempt: Number of the attempt.
        retry: The policy.
        renewed: Whether this call has signed in anew already, which it does only once.
    """
    if happened is Happened.ANSWERED:
        return Step.RETURN
    if happened in {Happened.REFUSED, Happened.BLOCKED}:
        return Step.RAISE
    if happened is Happened.EXPIRED:
        return Step.RAISE if renewed else Step.RENEW
    if happened in AMBIGUOUS:
        if not effect.may_repeat:
            return Step.UNKNOWN
        if happened in _POINTLESS:
            return Step.RAISE
    if happened is Happened.THROTTLED and effect is Effect.MONEY:
        return Step.RAISE
    return Step.AGAIN if attempt < attempts_allowed(effect, retry) else Step.RAISE


def nominal_pause(happened: Happened, row: int, retry: Retry) -> float:
    """Return the seconds to pause after the `row`-th failure in a row, before jitter.

    A service that said "too many" gets twice the time of one that failed.
    """
    base = retry.base * (2 if happened is Happened.THROTTLED else 1)
    exponent = min(row - 1, 60)  # beyond, the cap has long been reached and floats would overflow
    return min(retry.cap, base * 2.0**exponent)


def with_jitter(seconds: float, chance: float) -> float:
    """Spread a pause over [half, full]: never near zero, so that a busy service is not asked again at once."""
    return seconds * (0.5 + 0.5 * chance)
