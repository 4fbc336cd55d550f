"""Tells the listener of one call, and the log, what happens to it; makes no event while nobody wants to know."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kwork_etxt_sdk.transport.events import Event

logger = logging.getLogger("kwork_etxt_sdk")
#: Waits from this many seconds on are told in the log at INFO.
_LONG_WAIT = 5.0


class Teller:
    """Says what happens to a call, attempt by attempt.

    Args:
        call: The method, as ``"etxt tasks.listTasks"``.
        listener: Told of every event; None if only the log is.
    """

    __slots__ = ("_call", "_listener")

    def __init__(self, call: str, listener: Callable[[Event], None] | None) -> None:
        self._call = call
        self._listener = listener

    def sent(self, attempt: int, effect: str) -> None:
        """Tell that a request is about to leave."""
        if self._is_heard():
            from kwork_etxt_sdk.transport.events import Sent, tell

            tell(self._listener, Sent(call=self._call, attempt=attempt, effect=effect))

    def answered(self, attempt: int, *, status: int, seconds: float, size: int) -> None:
        """Tell that an answer came."""
        if self._is_heard():
            from kwork_etxt_sdk.transport.events import Answered, tell

            event = Answered(call=self._call, attempt=attempt, status=status, seconds=seconds, size=size)
            tell(self._listener, event)

    def waiting(self, attempt: int, seconds: float, reason: str) -> None:
        """Tell that the call waits before an attempt."""
        if seconds >= _LONG_WAIT:
            logger.info("%s waits %.1f s: %s", self._call, seconds, reason)
        if self._is_heard():
            from kwork_etxt_sdk.transport.events import Waiting, tell

            tell(self._listener, Waiting(call=self._call, attempt=attempt, seconds=seconds, reason=reason))

    def retried(self, attempt: int, reason: str) -> None:
        """Tell that an attempt failed and the call will be tried again."""
        if self._is_heard():
            from kwork_etxt_sdk.transport.events import Retried, tell

            tell(self._listener, Retried(call=self._call, attempt=attempt, reason=reason))

    def _is_heard(self) -> bool:
        return self._listener is not None or logger.isEnabledFor(logging.DEBUG)
