"""Models of every kind, and helpers that read data both ways."""

from __future__ import annotations

import enum
import math
import sys
import threading
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Union

from kwork_etxt_sdk.mapping import Converter, Model, OpenIntEnum, OpenStrEnum, model, wire
from kwork_etxt_sdk.mapping.problems import Problems
from kwork_etxt_sdk.mapping.rules import Rule

FAILED = object()


class Status(OpenIntEnum):
    NEW = 1
    IN_WORK = 3


class Kind(OpenStrEnum):
    COPY = "copy"
    REWRITE = "rewrite"


class Closed(enum.Enum):
    TEXT = "text"
    NUMBER = 7


@model
class Person(Model):
    name: str = wire("username", "login")
    rating: float | None = wire(default=None)
    friends: list[Person] | None = wire(default=None)


@model
class Everything(Model):
    """One field of each kind: required, optional, and with a default."""

    an_int: int = wire()
    a_float: float = wire()
    a_bool: bool = wire()
    a_str: str = wire()
    money: Decimal = wire()
    moment: datetime = wire()
    day: date = wire()
    status: Status = wire()
    kind: Kind = wire()
    closed: Closed = wire()
    person: Person = wire()
    numbers: list[int] = wire()
    people: list[Person] = wire()
    counts: dict[str, int] = wire()
    by_id: dict[int, Person] = wire()
    anything: Any = wire()
    nothing: None = wire()
    maybe_int: int | None = wire(default=None)
    maybe_float: float | None = wire(default=None)
    maybe_bool: bool | None = wire(default=None)
    maybe_str: str | None = wire(default=None)
    maybe_money: Decimal | None = wire(default=None)
    maybe_moment: datetime | None = wire(default=None)
    maybe_day: date | None = wire(default=None)
    maybe_status: Status | None = wire(default=None)
    maybe_kind: Kind | None = wire(default=None)
    maybe_person: Person | None = wire(default=None)
    maybe_numbers: list[int] | None = wire(default=None)
    maybe_counts: dict[str, Decimal] | None = wire(default=None)
    maybe_anything: Any = wire(default=None)
    two_names: int | None = wire("two_names", "second_name", "third_name", default=None)
    required_of_two: str = wire("this", "that")
    optional_but_required: int | None = wire()
    with_default: int = wire(default=5)
    optional_with_default: int | None = wire(default=5)
    with_factory: list[str] = wire("strings", "texts", default_factory=list)
    nested: list[list[int | None]] = wire(default_factory=list)


#: Data that fits :class:`Everything`, with each required field.
FITTING: dict[str, Any] = {
    "an_int": "7",
    "a_float": 0.5,
    "a_bool": "1",
    "a_str": "text",
    "money": "150.00",
    "moment": 1893456000,
    "day": "2030-01-31",
    "status": "3",
    "kind": "copy",
    "closed": "text",
    "person": {"username": "demo"},
    "numbers": [1, "2"],
    "people": [{"login": "demo", "rating": "4.8"}],
    "counts": {"a": 1},
    "by_id": {"5": {"username": "five"}},
    "anything": [None],
    "nothing": None,
    "that": "here",
    "optional_but_required": None,
}


@model
class OneField(Model):
    """Made for each type by :func:`one_field`; here for its name in error texts."""


def one_field(annotation: Any, **default: Any) -> type[Model]:
    """Return a model whose only field, ``x``, has this type."""
    return model(types.new_class("OneField", (Model,), exec_body=lambda body: _fill(body, annotation, default)))


def _fill(body: dict[str, Any], annotation: Any, default: dict[str, Any]) -> None:
    body["__module__"] = __name__
    body["__annotations__"] = {"x": annotation}
    body["x"] = wire(**default)


def read_both_ways(data: Any, wanted: Any, converter: Converter | None = None) -> Any:
    """Return what the quick and the thorough reader agree on, or :data:`FAILED`."""
    rule = (converter or Converter()).rule_for(wanted)
    quick = _read_quickly(data, rule)
    # The first time may have found a quicker reader for what comes next.
    again = _read_quickly(data, rule)
    assert same(quick, again), f"first {quick!r}, then {again!r}"
    problems = Problems()
    thorough = rule.detailed(data, "$", problems)
    if problems:
        thorough = FAILED
    assert same(quick, thorough), f"quick {quick!r}, thorough {thorough!r}, {problems.told()}"
    return quick


def _read_quickly(data: Any, rule: Rule) -> Any:
    try:
        return rule.fast(data)
    except Exception:  # noqa: BLE001 - it may raise anything
        return FAILED


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal and of equal types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Model):
        names = (*one.field_names(), "extra")
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, float):
        return repr(one) == repr(other)
    if isinstance(one, datetime):
        return one == other and one.utcoffset() == other.utcoffset()
    return bool(one == other)


def fits(value: Any, annotation: Any) -> bool:
    """Tell whether a value is what the annotation says, exactly."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return any(fits(value, part) for part in parts)
    if origin is list:
        return type(value) is list and all(fits(item, parts[0]) for item in value)
    if origin is dict:
        return type(value) is dict and all(fits(key, parts[0]) and fits(item, parts[1]) for key, item in value.items())
    if annotation is Any:
        return True
    if type(value) is not annotation:
        return False
    if isinstance(value, Model):
        annotations = typing.get_type_hints(type(value))
        return all(fits(getattr(value, name), annotations[name]) for name in value.field_names())
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Decimal):
        return value.is_finite()
    if isinstance(value, datetime):
        return value.utcoffset() is not None
    return True


def at_once(action, times):
    """Do something in so many threads, which take turns as often as the interpreter can."""
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=action) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
