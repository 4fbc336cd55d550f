"""Which function answers which method of the app wire, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.app.given import Given
    from kwork_etxt_sdk.sandbox.kwork.market import Market

Row: TypeAlias = dict[str, Any]
Handler: TypeAlias = "Callable[[Market, Given], Row]"

MISSING, INVALID, MAY_NOT_WRITE, NO_PAYER_ORDERS, NO_WORKER_ORDERS = 100, 101, 130, 150, 151


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the sandbox
    """The service refuses, with HTTP status 200.

    Args:
        code: The error code, a number or a text of digits; None if nobody has recorded it.
        message: The reason.
        more: What else the body holds.
    """

    def __init__(self, code: int | str | None, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code = code
        body: Row = {"success": False, "error": message}
        if code is not None:
            body["error_code"] = code
        self.body = body | more


@dataclass(frozen=True)
class Method:
    """A method of the app wire."""

    path: str
    handler: Handler
    needs: tuple[str, ...]
    """Names of required parameters."""
    is_open: bool
    """Whether it answers without a token."""
    changes: bool
    """Whether a call that is not refused changes something."""


METHODS: dict[str, Method] = {}


def answers(path: str, *needs: str, is_open: bool = False, changes: bool = False) -> Callable[[Handler], Handler]:
    """Registers the function that answers a path."""

    def register(handler: Handler) -> Handler:
        METHODS[path] = Method(path, handler, needs, is_open, changes)
        return handler

    return register


def missing() -> Refusal:
    """The refusal of a call that lacks a required parameter."""
    return Refusal(MISSING, "Недостаточно параметров для метода API")


def invalid(**more: Any) -> Refusal:
    """The refusal of a parameter whose value is wrong, or the id of nothing."""
    return Refusal(INVALID, "Неверное значение параметра", **more)
