"""The record of a Kwork method: one method, two wires beside each other."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import attrs

from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.params import Param
from kwork_etxt_sdk.transport import endpoint

T = TypeVar("T")


class Host(enum.Enum):
    """Which of Kwork's addresses a method lives at."""

    API = "api"
    """Calls."""
    LOGIN = "login"
    """Sign-in."""
    TOKEN = "token"  # noqa: S105 - the address where tokens are made
    """Exchange of session cookies for a token."""


@attrs.frozen(eq=False, repr=False)
class OnApp:
    """A method on the app wire.

    Attributes:
        path: Its path.
        names: What the app wire calls parameters: ``{Python name: wire name}``.
        params: Parameters that only this wire has, and those it writes differently, which replace their namesakes.
        extra: Fields sent always, unless a parameter has written them.
        read: Brings the answer into the documented shape.
        gaps: What the documented client promises and this wire does not have.
        needs_token: Whether a user has to be signed in. Where none has to be, the token is not sent.
        empty_codes: Error codes that only mean "nothing there".
    """

    path: str
    names: Mapping[str, str] = attrs.field(factory=dict)
    params: tuple[Param, ...] = attrs.field(default=(), kw_only=True)
    extra: tuple[tuple[str, str], ...] = attrs.field(default=(), kw_only=True)
    read: Callable[[Any, shapes.Siblings], Any] = attrs.field(default=shapes.as_it_is, kw_only=True)
    gaps: str = attrs.field(default="", kw_only=True)
    needs_token: bool = attrs.field(default=True, kw_only=True)
    empty_codes: frozenset[str] = attrs.field(default=frozenset(), kw_only=True)

    def params_with(self, documented: tuple[Param, ...]) -> tuple[Param, ...]:
        """Return all parameters of a method as this wire writes them."""
        return _params_on_app(self, documented)


@cache
def _params_on_app(app: OnApp, documented: tuple[Param, ...]) -> tuple[Param, ...]:
    own = {param.name: param for param in app.params}
    shared = {param.name: attrs.evolve(param, wire=app.names.get(param.name, param.wire)) for param in documented}
    return tuple({**shared, **own}.values())


@attrs.frozen(eq=False, repr=False)
class NotOnApp:
    """A method the app wire does not have.

    Attributes:
        instead: Why, and what to call.
    """

    instead: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Endpoint(endpoint.Endpoint[T]):
    """The record beside each Kwork method.

    Attributes:
        path: Path on the documented wire; None if it is not there.
        app: The same method on the app wire.
        host: Which address, on the documented wire.
        params: The parameters; their wire names are the keys of the JSON body.
        leaves_out: Those of them that are not sent as null if they are not given.
        items: The key of the answer that holds a list, where one bad item must not lose the others.
        item_type: The type of its items, if the answer is more than the list.
        value: The key of the answer that holds all of it.
        is_form: Send a form in place of JSON.
        has_body: Whether there is a body.
        body_matters: Whether an answer with status 200 has to be read to know if it was a success.
        headers: Further headers.
    """

    path: str | None
    app: OnApp | NotOnApp = attrs.field(factory=lambda: NotOnApp("It belongs to the documented wire."))
    host: Host = Host.API
    params: tuple[Param, ...] = ()
    leaves_out: tuple[str, ...] = ()
    items: str | None = None
    item_type: type[Model] | None = None
    value: str | None = None
    is_form: bool = False
    has_body: bool = attrs.field(default=attrs.Factory(lambda self: bool(self.params), takes_self=True))
    body_matters: bool = True
    headers: Mapping[str, str] = attrs.field(factory=dict)
    source: str = attrs.field(
        default=attrs.Factory(lambda self: f"Kwork client reference, {self.name}", takes_self=True), kw_only=True
    )

    @property
    def is_whole(self) -> bool:
        """Whether the result is the whole answer, and not a part of it."""
        return self.items is None and self.value is None
