"""What the session tells its listeners: progress bars, logs, tests."""

from __future__ import annotations

import logging
from collections.abc import Callable

import attrs

logger = logging.getLogger("kwork_etxt_sdk")


@attrs.frozen(kw_only=True)
class Event:
    """Something happened to a call.

    Attributes:
        call: The method, as ``"etxt tasks.listTasks"``.
        attempt: Which attempt, counted from 1.
    """

    call: str
    attempt: int


@attrs.frozen(kw_only=True)
class Sent(Event):
    """A request is about to leave.

    Attributes:
        effect: Name of the call's effect.
    """

    effect: str


@attrs.frozen(kw_only=True)
class Answered(Event):
    """An answer came, of whatever kind.

    Attributes:
        status: HTTP status.
        seconds: From handing the request over to having the whole answer.
        size: Bytes of the body.
    """

    status: int
    seconds: float
    size: int


@attrs.frozen(kw_only=True)
class Waiting(Event):
    """The call waits before its next attempt.

    Attributes:
        seconds: How long, as far as known; a pause set meanwhile by the service can make it longer.
        reason: Why, in words.
    """

    seconds: float
    reason: str


@attrs.frozen(kw_only=True)
class Retried(Event):
    """An attempt failed and the call will be tried again.

    Attributes:
        reason: What went wrong, secrets masked.
    """

    reason: str


@attrs.frozen(kw_only=True)
class Downloaded(Event):
    """A part of a file arrived.

    Attributes:
        received: Bytes so far.
        total: Bytes in all, if the service said so.
    """

    received: int
    total: int | None


def tell(listener: Callable[[Event], None] | None, event: Event) -> None:
    """Tell the log of an event, and the listener if there is one."""
    logger.debug("%s", event)
    if listener is None:
        return
    try:
        listener(event)
    except Exception:
        # The listener is the user's code; its mistake must not turn a call that was made into one that failed.
        logger.exception("%s: the on_event listener failed", event.call)
