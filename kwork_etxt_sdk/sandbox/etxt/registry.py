"""Which function answers which method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters
    from kwork_etxt_sdk.sandbox.etxt.shapes import Answer

Handler: TypeAlias = "Callable[[Exchange, Parameters], Answer]"
EventHandler: TypeAlias = "Callable[[Exchange, Event], None]"
Condition: TypeAlias = "Callable[[Parameters], bool]"


@dataclass(frozen=True)
class Method:
    """A method of the service."""

    name: str
    handler: Handler
    changes: Condition
    """Whether a call that is not refused changes something."""


METHODS: dict[str, Method] = {}
EVENTS: dict[str, EventHandler] = {}


def happens(kind: str) -> Callable[[EventHandler], EventHandler]:
    """Registers what happens when a planned event of this kind is due."""

    def register(handler: EventHandler) -> EventHandler:
        EVENTS[kind] = handler
        return handler

    return register


def reads(name: str) -> Callable[[Handler], Handler]:
    """Registers the handler of a method that changes nothing."""
    return changes(name, when=_never)


def changes(name: str, *, when: Condition | None = None) -> Callable[[Handler], Handler]:
    """Registers the handler of a method that changes something, always or under a condition."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, when or _always)
        return handler

    return register


def _always(_given: Parameters) -> bool:
    return True


def _never(_given: Parameters) -> bool:
    return False
