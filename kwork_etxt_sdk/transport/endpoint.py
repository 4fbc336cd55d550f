"""What a call is, and what may be done with it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

import attrs

from kwork_etxt_sdk.effect import Effect

T = TypeVar("T")


Standing = Literal["documented", "observed", "inferred"]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Endpoint(Generic[T]):
    """The record beside each method: it feeds the retry decision, the command line, the docs and the contract tests.

    Attributes:
        name: Name in the service's documentation, ``"tasks.saveTask"``.
        effect: The gravest effect the call can have.
        effect_of: Narrows the effect by the call's arguments, where they change it.
        result: The type of the answer; for lists and pages, of one item. ``object`` leaves the answer as it came.
        groups: Limiter rules of its own, beside the rule for all calls.
        check: The method that tells whether a ONCE or MONEY call took effect, as ``"tasks.list_tasks"``.
        ask: Makes that call: given the client and the original arguments.
        price: Roubles a call with these arguments spends, where they tell it; None where they don't.
        source: Where it is described.
        standing: ``"documented"``, ``"observed"`` in the live service, or ``"inferred"``.
    """

    name: str = attrs.field(kw_only=False)
    effect: Effect
    effect_of: Callable[[Mapping[str, Any]], Effect] | None = None
    result: type[T]
    groups: tuple[str, ...] = ()
    check: str | None = None
    ask: Callable[[Any, Mapping[str, Any]], Any] | None = None
    price: Callable[[Mapping[str, Any]], Decimal | None] | None = None
    source: str = ""
    standing: Standing = "documented"

    @property
    def topic(self) -> str:
        """The part before the dot: the attribute of the client."""
        return self.name.partition(".")[0]

    @property
    def method(self) -> str:
        """Name of the Python method: the service's name in snake case, with ``_`` behind a Python keyword."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name.rpartition(".")[2])
        return words.lower() + ("_" if keyword.iskeyword(words.lower()) else "")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def effect_for(self, arguments: Mapping[str, Any]) -> Effect:
        """Return the effect of a call with these arguments."""
        return self.effect if self.effect_of is None else self.effect_of(arguments)
