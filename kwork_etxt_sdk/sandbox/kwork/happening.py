"""Which function lets happen what was planned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.kwork.market import Market

EventHandler: TypeAlias = "Callable[[Market, Event], None]"
EVENTS: dict[str, EventHandler] = {}


def happens(kind: str) -> Callable[[EventHandler], EventHandler]:
    """Registers what happens when a planned event of this kind is due."""

    def register(handler: EventHandler) -> EventHandler:
        EVENTS[kind] = handler
        return handler

    return register
