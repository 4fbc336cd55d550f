"""The record of an eTXT method."""

from __future__ import annotations

import enum
from typing import TypeVar

import attrs

from kwork_etxt_sdk.params import Check, Param
from kwork_etxt_sdk.transport import endpoint

T = TypeVar("T")

#: Items per page where the manual names no other number.
PAGE_SIZE = 100


class Shape(enum.Enum):
    """How a method's answer is built. The service mixes forms; each reader accepts every variant it was seen in."""

    RECORD = "record"
    """One object; also as a list or collection of one."""
    RECORDS = "records"
    """A list of objects; also as a collection keyed by id, also grouped by the id of an order."""
    MAPPING = "mapping"
    """An object whose keys are data; also ``[]`` when empty."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Endpoint(endpoint.Endpoint[T]):
    """The record beside each eTXT method.

    Attributes:
        shape: How the answer is built.
        markers: Keys of which a record has at least one; they tell records from collections.
        params: The parameters.
        checks: Checks over several parameters.
        page_size: Items per page, for methods with ``count`` and ``from``.
    """

    shape: Shape = Shape.RECORD
    markers: tuple[str, ...] = ("id",)
    params: tuple[Param, ...] = ()
    checks: tuple[Check, ...] = ()
    page_size: int | None = None
    source: str = attrs.field(
        default=attrs.Factory(lambda self: f"eTXT API manual, section {self.name}", takes_self=True), kw_only=True
    )
