"""Writes, for each model, the straight-line function that reads it quickly.

A generic reader asks for every value of every item what its field is called, what its type is, and whether it is
optional. All of that is known once per class, so it is written out as code once: a lookup, a few tests and a store
per field. The instance is filled through a mutable twin class of equal layout, whose plain attribute stores skip the
frozen class's ``__init__``, and is then turned into the real class.

The first few items of a model are read field by field: writing the function would take longer than that.

The function raises anything at all on data that doesn't fit; the thorough reader then finds out what it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from kwork_etxt_sdk.mapping.drift import DRIFT, fields_note
from kwork_etxt_sdk.mapping.extras import Extras
from kwork_etxt_sdk.mapping.fields import ABSENT, Field
from kwork_etxt_sdk.mapping.model import Model
from kwork_etxt_sdk.mapping.shapes import Shape, shaped_reader, written_later

_INDENT: Final = "    "

_BEGIN: Final = """
if data.__class__ is not dict:
    raise TypeError
get = data.get
missing = 0
""".strip().splitlines()

_END_OF_TWIN: Final = """
if extra:
    item.extra = extra
item.__class__ = Model
return item
""".strip().splitlines()

_END_WITH_INIT: Final = """
if extra:
    values['extra'] = extra
return Model(**values)
""".strip().splitlines()


def fast_reader(cls: type[Model], fields: tuple[Field, ...], extras: Extras) -> Callable[[Any], Any]:
    """Return the generated function that reads a model or raises."""
    twin = _twin_of(cls)
    names: dict[str, Any] = {
        "__name__": __name__,
        "ABSENT": ABSENT,
        "Model": cls,
        "Twin": twin,
        "collect": extras.collect_quickly,
        "count": DRIFT.count_fields,
    }
    codes = [_FieldCode(field, number, names, fills_slots=twin is not None) for number, field in enumerate(fields)]
    begin = "item = Twin()" if twin else "values = {}"
    end = _END_OF_TWIN if twin else _END_WITH_INIT
    body = [*_BEGIN, begin, *(line for code in codes for line in code.lines())]
    # Every field accounts for one key of the data, unless it is missing; what is left over is more than we know.
    # If two fields share a name this sum means nothing: then nobody has counted.
    is_distinct = _names_are_distinct(fields)
    body.append(f"surplus = len(data) + missing - {len(fields)}" if is_distinct else "surplus = -1")

    def write_for_any() -> Callable[[Any], Any]:
        return _compiled([*body, "extra = collect(data, surplus) if surplus else None", *end], names)

    if not is_distinct:
        return write_for_any()

    def write_reader(shape: Shape, sample: dict[str, Any]) -> Callable[[Any], Any] | None:
        try:
            body = [line for code in codes for line in code.lines_for(shape, sample)]
        except KeyError:  # a required field is missing
            return None
        taken = "".join(f"v{place}, " for place in range(len(shape)))
        unpacked = [f"{taken}= data.values()"] if shape else []
        return _compiled([*unpacked, begin, *body, *_extra_of(shape, fields, extras, names), *end], names)

    return shaped_reader(written_later(_unwritten(cls, twin, fields, extras), write_for_any), write_reader)


def _unwritten(
    cls: type[Model], twin: type[Any] | None, fields: tuple[Field, ...], extras: Extras
) -> Callable[[Any], Any]:
    """Return the function that does what the written ones do, field by field: for a few items that takes less time."""

    def read(data: Any) -> Any:
        if data.__class__ is not dict:
            raise TypeError
        values: dict[str, Any] = {}
        for field in fields:
            name = field.found_in(data)
            if name is not None:
                values[field.argument] = field.rule.fast(data[name])
            elif field.is_required:
                raise KeyError(field.name)
            elif twin is not None:
                values[field.argument] = field.factory() if field.factory else field.default
        extra = extras.collect_quickly(data, -1)
        if twin is None:
            return cls(**values, **({"extra": extra} if extra else {}))
        item = twin()
        for field in fields:
            setattr(item, field.name, values[field.argument])
        if extra:
            item.extra = extra
        item.__class__ = cls
        return item

    return read


def _compiled(body: list[str], names: dict[str, Any]) -> Callable[[Any], Any]:
    text = "\n".join(["def read(data):", *(_INDENT + line for line in body)])
    made: dict[str, Any] = {}
    exec(compile(text, f"<reader of {names['Model'].__qualname__}>", "exec"), names, made)  # noqa: S102 - written above, not received
    read: Callable[[Any], Any] = made["read"]
    return read


def _extra_of(shape: Shape, fields: tuple[Field, ...], extras: Extras, names: dict[str, Any]) -> list[str]:
    """Return the lines that collect what no field of the model holds of an item of this shape."""
    unknown = [place for place, name in enumerate(shape) if not extras.is_known(name)]
    lines = ["extra = None"]
    if unknown:
        note = f"note_{len(names)}"
        names[note] = fields_note(names["Model"].__name__, tuple(shape[place] for place in unknown))
        # repr() writes any text as a literal that means just that text.
        lines = ["extra = {" + ", ".join(f"{shape[place]!r}: v{place}" for place in unknown) + "}", f"count({note})"]
    for field in fields:
        places = [shape.index(name) for name in field.wire_names if name in shape]
        for other in places[1:]:
            second = f"{{**(extra or {{}}), {shape[other]!r}: v{other}}}"
            lines += [f"if v{other} != v{places[0]}:", f"{_INDENT}extra = {second}"]
    return lines


def _names_are_distinct(fields: tuple[Field, ...]) -> bool:
    names = [name for field in fields for name in field.wire_names]
    return len(names) == len(set(names))


class _FieldCode:
    """The lines that read one field into ``item`` (or ``values``), by way of ``value``."""

    def __init__(self, field: Field, number: int, names: dict[str, Any], *, fills_slots: bool) -> None:
        self._field = field
        self._first, *self._others = field.wire_names
        self._fills_slots = fills_slots
        self._target = f"item.{field.name}" if fills_slots else f"values[{field.argument!r}]"
        self._read = f"read_{number}(value)"
        self._default = f"default_{number}()" if field.factory else f"default_{number}"
        names[f"read_{number}"] = field.rule.fast
        names[f"default_{number}"] = field.factory or field.default
        names.update(field.rule.names)
        self._names = names

    def lines(self) -> list[str]:
        """Return the lines, not indented."""
        if self._field.is_required:
            return self._required()
        if self._may_be_none:
            return self._usual()
        # If `__init__` is called, it knows the defaults itself.
        default = [f"{_INDENT}{self._target} = {self._default}"] if self._fills_slots else []
        return [
            *self._lookup(),
            "if value is ABSENT:",
            f"{_INDENT}missing += 1",
            *default,
            "else:",
            *(_INDENT + line for line in self._stores()),
        ]

    def lines_for(self, shape: Shape, sample: dict[str, Any]) -> list[str]:
        """Return the lines for items of this shape, whose values are in ``v0``, ``v1``, ...

        Args:
            shape: The keys of the items.
            sample: One of them: what its values are is tried first.

        Raises:
            KeyError: The field is required, and such items lack it.
        """
        place = next((shape.index(name) for name in self._field.wire_names if name in shape), None)
        if place is not None:
            nothing = ("value is None", f"{self._target} = None") if self._may_be_none else None
            return [f"value = v{place}", *self._stores(nothing, (sample[shape[place]],))]
        if self._field.is_required:
            raise KeyError(self._first)
        return [f"{self._target} = {self._default}"] if self._fills_slots else []

    @property
    def _may_be_none(self) -> bool:
        return self._field.rule.is_optional and self._field.default is None

    def _required(self) -> list[str]:
        if not self._others:
            return [f"value = data[{self._first!r}]", *self._stores()]
        return [*self._lookup(), "if value is ABSENT:", f"{_INDENT}raise KeyError", *self._stores()]

    def _usual(self) -> list[str]:
        """Return the lines for the usual field: optional, and None if it was not sent."""
        if not self._others:
            # `get` can't tell "missing" from `null`, but only those two need a second look.
            lookup, is_nothing, is_missing = [f"value = get({self._first!r})"], "None", f"{self._first!r} not in data"
        else:
            lookup, is_nothing, is_missing = self._lookup(), "None or value is ABSENT", "value is ABSENT"
        nothing = (
            f"value is {is_nothing}",
            f"{self._target} = None",
            f"if {is_missing}:",
            f"{_INDENT}missing += 1",
        )
        return [*lookup, *self._stores(nothing)]

    def _lookup(self) -> list[str]:
        """Return the lines that try the names in turn, each within the last."""
        lines = [f"value = get({self._first!r}, ABSENT)"]
        for depth, name in enumerate(self._others):
            lines += [
                f"{_INDENT * depth}if value is ABSENT:",
                f"{_INDENT * (depth + 1)}value = get({name!r}, ABSENT)",
            ]
        return lines

    def _stores(self, nothing: tuple[str, ...] | None = None, samples: tuple[Any, ...] = ()) -> list[str]:
        """Return an if-chain: the commonest shortcut, "nothing", the other shortcuts, and else the rule's reader.

        Args:
            nothing: The branch for "nothing", if that is a value of its own here.
            samples: Values whose branches come before all others.
        """
        branches: list[tuple[str, ...]] = [
            (condition, f"{self._target} = {stored}") for condition, stored in self._field.rule.shortcuts
        ]
        if nothing:
            branches.insert(1, nothing)
            if self._field.rule.nothing:
                branches.append((self._field.rule.nothing, nothing[1]))
        for sample in samples:
            branches.sort(key=lambda branch: not self._holds(branch[0], sample))
        if not branches:
            return [f"{self._target} = {self._read}"]
        lines = ["kind = value.__class__"] if self._field.rule.shortcuts else []
        for number, (condition, *statements) in enumerate(branches):
            lines += [f"{'elif' if number else 'if'} {condition}:", *(_INDENT + line for line in statements)]
        return [*lines, "else:", f"{_INDENT}{self._target} = {self._read}"]

    def _holds(self, condition: str, value: Any) -> bool:
        return bool(eval(condition, dict(self._names), {"value": value, "kind": value.__class__}))  # noqa: S307 - ours


def _twin_of(cls: type[Model]) -> type[Any] | None:
    """Return a mutable class whose instances may become instances of ``cls``, or None if there can be none.

    There is none if making an instance takes more than storing its fields, or if the class has another layout.
    """
    attributes = attrs.fields(cls)
    takes_more = (
        hasattr(cls, "__attrs_post_init__")
        or hasattr(cls, "__attrs_pre_init__")
        or hasattr(cls, "__attrs_init__")  # it has an `__init__` of its own
        or cls.__new__ is not object.__new__
        or hasattr(cls.__init_subclass__, "__func__")  # which would take the twin for a model
        or any(attribute.converter or attribute.validator or not attribute.init for attribute in attributes)
        or any(getattr(attribute.default, "takes_self", False) for attribute in attributes)
    )
    if takes_more:
        return None
    content = {
        "__slots__": vars(cls).get("__slots__", ()),
        "__module__": cls.__module__,
        "__init__": object.__init__,
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    try:
        twin = type(f"_{cls.__name__}BeingFilled", cls.__bases__, content)
        twin().__class__ = cls
    except TypeError:
        return None
    return twin
