"""What the user of a client sees of its limiter."""

from __future__ import annotations

import attrs

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.options import Rule
from kwork_etxt_sdk.transport.limiter import Limiter


@attrs.frozen
class RuleState:
    """One rule at this moment.

    Attributes:
        group: Its group; ``""`` for the rule of all calls.
        rule: The rule; None if only holds limit this group.
        available: Requests that may leave at once.
        wait: Seconds a further request would have to wait.
        held_for: Seconds for which everybody is held yet.
        period: Seconds per request now: the rule's own, or more after the service said "too many". 0 without a rule.
    """

    group: str
    rule: Rule | None
    available: float
    wait: float
    held_for: float
    period: float


class ClientLimits:
    """The limits of a client as they stand: look at them, or stop everybody for a while.

    Whoever shares the limits (threads, other processes, other machines) is seen and stopped as well. ``group`` is the
    name of a rule of its own (``"messages"``); ``""`` is the rule of all calls. A name without a rule means all calls.

    Example:
        >>> client.limits.wait_time("messages")  # doctest: +SKIP
        42.7
        >>> client.limits.hold(60)  # doctest: +SKIP
    """

    __slots__ = ("_limiter",)

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def snapshot(self) -> dict[str, RuleState]:
        """Return how each rule stands, by group. Takes no slot and sends nothing."""
        return self._limiter.snapshot()

    def wait_time(self, group: str = "") -> float:
        """Return the seconds that a call of the group would wait now. Takes no slot and sends nothing."""
        return self._limiter.wait_time(group)

    def hold(self, seconds: float, group: str = "") -> None:
        """Let no call of the group leave for some seconds, those that wait already included.

        A shorter hold does not shorten a longer one, and none can be taken back.

        Raises:
            ConfigurationError: That is no length of time.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds >= 0:
            raise ConfigurationError(f"hold() needs a number of seconds, not {seconds!r}")
        self._limiter.hold(seconds, group=group)

    def __repr__(self) -> str:
        rows = ", ".join(
            f"{rule.group or 'all calls'}: {rule.available:g} at once, next in {rule.wait:.1f} s"
            for rule in self.snapshot().values()
        )
        return f"<ClientLimits {rows}>"
