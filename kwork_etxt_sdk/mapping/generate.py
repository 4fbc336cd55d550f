"""Writes, for each model, the straight-line function that reads it quickly.

A generic reader asks for every value of every item what its field is called, what its type is, and whether it is
optional. All of that is known once per class, so it is written out as code once: a lookup, a few tests and a store
per field. The instance is filled through a mutable twin class of equal layout, whose plain attribute stores skip the
frozen class's ``__init__``, and is then turned into the real class.

The first few items of a model are read field by field: writing the function would take longer than that.

The function raises anything at all on data that doesn't fit; the thorough reader then finds out what it was.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import CodeType
from typing import Any, Final

import attrs

from kwork_etxt_sdk.mapping.drift import DRIFT, fields_note
from kwork_etxt_sdk.mapping.extras import Extras
from kwork_etxt_sdk.mapping.fields import ABSENT, Field
from kwork_etxt_sdk.mapping.model import Model
from kwork_etxt_sdk.mapping.shapes import Reader, Samples, Shape, ShapedReader, shaped_reader, written_later

_INDENT: Final = "    "
#: How long a text may be that is shared by all items that came with it, and up to where Python shares integers itself.
_LONGEST_SHARED: Final = 40
_MOST_SMALL: Final = 256

#: So that threads that write readers of one model at once give no name twice.
_NUMBERS: Final = itertools.count()

_BEGIN: Final = """
if data.__class__ is not dict:
    raise TypeError
get = data.get
missing = 0
""".strip().splitlines()

# The keys are compared with those of the last item of this shape: within a page they are the very same objects, as a
# rule, and then that takes a third of the time of looking the shape up.
_BEGIN_SHAPED: Final = """
nonlocal keys
if not is_of_shape:
    if data.__class__ is not dict:
        raise TypeError
    found = [*data]
    if found != keys:
        return read_other(data)
    keys = found
""".strip().splitlines()


def fast_reader(
    cls: type[Model], fields: tuple[Field, ...], extras: Extras, prefer: Callable[[Reader], None]
) -> Reader:
    """Return the generated function that reads a model or raises.

    Args:
        cls: The model.
        fields: Its fields.
        extras: Collects what is in no field.
        prefer: Is told of readers that are quicker for items like those read lately.
    """
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
    end_with_extra = ["if extra:", _INDENT + ("item.extra = extra" if twin else "values['extra'] = extra")]
    end = ["item.__class__ = Model", "return item"] if twin else ["return Model(**values)"]
    body = [*_BEGIN, begin, *(line for code in codes for line in code.lines())]
    # Every field accounts for one key of the data, unless it is missing; what is left over is more than we know.
    # If two fields share a name this sum means nothing: then nobody has counted.
    is_distinct = _names_are_distinct(fields)
    body.append(f"surplus = len(data) + missing - {len(fields)}" if is_distinct else "surplus = -1")

    def write_for_any() -> Reader:
        lines = [*body, "extra = collect(data, surplus) if surplus else None", *end_with_extra, *end]
        return _compiled(["def read(data):", *_indented(lines)], names)

    if not is_distinct:
        return write_for_any()

    def write_reader(shape: Shape, samples: Samples, read_other: Reader) -> ShapedReader | None:
        try:
            body = [line for code in codes for line in code.lines_for(shape, samples)]
        except KeyError:  # a required field is missing
            return None
        taken = "".join(f"v{place}, " for place in range(len(shape)))
        unpacked = [f"{taken}= data.values()"] if shape else []
        extra = _extra_of(shape, fields, extras, names)
        lines = [*_BEGIN_SHAPED, *unpacked, begin, *body, *extra, *(end_with_extra if extra else ()), *end]
        make = _compiled(
            [
                "def read(keys, read_other):",
                *_indented(["def read(data, is_of_shape=False):", *_indented(lines), "return read"]),
            ],
            names,
        )
        reader: ShapedReader = make([*shape], read_other)
        return reader

    return shaped_reader(written_later(_unwritten(cls, twin, fields, extras), write_for_any), write_reader, prefer)


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


def _new_name(kind: str) -> str:
    return f"{kind}_{next(_NUMBERS)}"


def _indented(lines: Iterable[str]) -> list[str]:
    return [_INDENT + line for line in lines]


def _compiled(lines: list[str], names: dict[str, Any]) -> Callable[..., Any]:
    """Return the function ``read`` that these lines define."""
    made: dict[str, Any] = {}
    text = "\n".join(lines)
    exec(compile(text, f"<reader of {names['Model'].__qualname__}>", "exec"), names, made)  # noqa: S102 - written above, not received
    read: Callable[..., Any] = made["read"]
    return read


def _extra_of(shape: Shape, fields: tuple[Field, ...], extras: Extras, names: dict[str, Any]) -> list[str]:
    """Return the lines that collect what no field of the model holds of an item of this shape; none if it all fits."""
    lines = []
    unknown = [place for place, name in enumerate(shape) if not extras.is_known(name)]
    if unknown:
        note = _new_name("note")
        names[note] = fields_note(names["Model"].__name__, tuple(shape[place] for place in unknown))
        # repr() writes any text as a literal that means just that text.
        lines = ["extra = {" + ", ".join(f"{shape[place]!r}: v{place}" for place in unknown) + "}", f"count({note})"]
    for field in fields:
        places = [shape.index(name) for name in field.wire_names if name in shape]
        for other in places[1:]:
            second = f"{{**(extra or {{}}), {shape[other]!r}: v{other}}}"
            lines = lines or ["extra = None"]
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
        self._read = f"read_{number}"
        self._default = "None" if field.default is None else f"default_{number}" + ("()" if field.factory else "")
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
            *_indented(self._stores()),
        ]

    def lines_for(self, shape: Shape, samples: Samples) -> list[str]:
        """Return the lines for items of this shape, whose values are in ``v0``, ``v1``, ...

        Args:
            shape: The keys of the items.
            samples: The values of some of them: what most are is tried first.

        Raises:
            KeyError: The field is required, and such items lack it.
        """
        place = next((shape.index(name) for name in self._field.wire_names if name in shape), None)
        if place is not None:
            return self._stores_of(f"v{place}", [sample[place] for sample in samples])
        if self._field.is_required:
            raise KeyError(self._first)
        return [f"{self._target} = {self._default}"] if self._fills_slots else []

    def _stores_of(self, variable: str, samples: list[Any]) -> list[str]:
        """Return the lines that read a variable: at once if it is what most samples are, else by a chain."""
        branches = self._branches(("value is None", "None") if self._may_be_none else None)
        for kind in (str, int):
            if (f"kind is {kind.__name__}", "value") in branches:
                branches[:0] = self._shared(kind, samples)
        taken = Counter(self._taken(branches, sample) for sample in samples)
        branches.sort(key=lambda branch: -taken[branch])
        if not branches:
            return self._chain([], variable)
        (condition, stored), *others = branches
        return [
            f"if {_about(variable, condition, kind=f'{variable}.__class__')}:",
            f"{_INDENT}{self._target} = {_about(variable, stored)}",
            "else:",
            *_indented(self._chain(others, variable)),
        ]

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
            "None",
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

    def _stores(self, nothing: tuple[str, ...] | None = None) -> list[str]:
        """Return the lines that read ``value``.

        Args:
            nothing: The branch for "nothing", if that is a value of its own here.
        """
        return self._chain(self._branches(nothing), "value")

    def _branches(self, nothing: tuple[str, ...] | None) -> list[tuple[str, ...]]:
        """Return the commonest shortcut, "nothing", and the other shortcuts.

        Each is a condition, what to store if it holds, and maybe more statements.
        """
        branches: list[tuple[str, ...]] = [*self._field.rule.shortcuts]
        if nothing:
            branches.insert(1, nothing)
            if self._field.rule.nothing:
                branches.append((self._field.rule.nothing, "None"))
        return branches

    def _chain(self, branches: list[tuple[str, ...]], variable: str) -> list[str]:
        """Return an if-chain that ends with the rule's reader."""
        otherwise = f"{self._target} = {self._read}({variable})"
        if not branches:
            return [otherwise]
        lines = [f"kind = {variable}.__class__"] if any("kind" in branch[0] for branch in branches) else []
        for number, (condition, stored, *more) in enumerate(branches):
            statements = [f"{self._target} = {_about(variable, stored)}", *more]
            lines += [f"{'elif' if number else 'if'} {_about(variable, condition)}:", *_indented(statements)]
        return [*lines, "else:", f"{_INDENT}{otherwise}"]

    def _shared(self, kind: type, samples: list[Any]) -> list[tuple[str, ...]]:
        """Return the branch for what comes again and again (a language, a category): then one is kept for all."""
        counts: Counter[Any] = Counter(sample for sample in samples if sample.__class__ is kind)
        repeated = {value: value for value, count in counts.items() if count > 1 and _takes_memory(value)}
        if sum(counts[value] for value in repeated) * 2 < len(samples):
            return []
        shared = _new_name("shared")  # a value never becomes code itself
        if len(repeated) == 1:
            (self._names[shared],) = repeated
            return [(f"kind is {kind.__name__} and value == {shared}", shared)]
        self._names[shared] = repeated.get
        return [(f"kind is {kind.__name__} and (known := {shared}(value)) is not None", "known")]

    def _taken(self, branches: list[tuple[str, ...]], value: Any) -> tuple[str, ...] | None:
        """Return the first branch whose condition holds."""
        value_and_kind = {"value": value, "kind": value.__class__}
        for branch in branches:
            if eval(_condition(branch[0]), self._names, value_and_kind):  # noqa: S307 - ours
                return branch
        return None


def _takes_memory(value: str | int) -> bool:
    """Tell whether a value is none of those that Python keeps anyway, and is short enough to be kept by us."""
    if isinstance(value, str):
        return 1 < len(value) <= _LONGEST_SHARED
    return _MOST_SMALL < abs(value) < 1 << 64


def _about(variable: str, code: str, kind: str = "kind") -> str:
    """Return the code of a shortcut with other names for ``value`` and ``kind``."""
    new = {"value": variable, "kind": kind}
    return re.sub(r"\b(?:value|kind)\b", lambda found: new[found[0]], code)


@lru_cache(maxsize=256)
def _condition(text: str) -> CodeType:
    return compile(text, "<condition>", "eval")


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
        "__slots__": (),
        "__module__": cls.__module__,
        "__init__": object.__init__,
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    try:
        # A subclass that adds no slots, so that Python need not compare all slots when an instance changes its class.
        twin = type(f"_{cls.__name__}BeingFilled", (cls,), content)
        twin().__class__ = cls
    except TypeError:
        return None
    return twin
