"""Which function answers which method of the documented wire, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.documented.given import Given
    from kwork_etxt_sdk.sandbox.kwork.market import Market


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the sandbox
    """The service refuses a request.

    Args:
        status: The HTTP status.
        code: The error code; the documentation names none, so these are the sandbox's.
        message: The reason.
        field: The field that is wrong, if it is one.
    """

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


Row: TypeAlias = dict[str, Any]
Handler: TypeAlias = "Callable[[Market, Given], Row]"


@dataclass(frozen=True)
class Method:
    """A method of the documented wire."""

    path: str
    handler: Handler
    changes: bool
    """Whether a call that is not refused changes something."""


METHODS: dict[str, Method] = {}


def answers(path: str, *, changes: bool = False) -> Callable[[Handler], Handler]:
    """Registers the function that answers a path."""

    def register(handler: Handler) -> Handler:
        METHODS[path] = Method(path, handler, changes)
        return handler

    return register


def not_found(what: str) -> Refusal:
    """The refusal for something that is not there."""
    return Refusal(404, "NOT_FOUND", f"{what} не найден")
