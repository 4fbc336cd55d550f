"""What the converter knows of a model's fields, and the thorough reader made of it."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any, Final

import attrs

from kwork_etxt_sdk.mapping.extras import Extras
from kwork_etxt_sdk.mapping.model import WIRE_NAMES, Model
from kwork_etxt_sdk.mapping.problems import Problems, cut, field_path
from kwork_etxt_sdk.mapping.rules import Rule

ABSENT: Final = object()


class Field:
    """One field of a model.

    Attributes:
        name: Its name in the class.
        argument: Its name as an argument of ``__init__``.
        wire_names: The names under which the services send it; the first present counts.
        rule: How its values are read.
        is_required: Whether it has no default.
        default: Its default, :data:`ABSENT` if it has none or a factory makes it.
        factory: Makes the default anew, or None.
    """

    __slots__ = ("argument", "default", "factory", "is_required", "name", "rule", "wire_names")

    def __init__(self, attribute: attrs.Attribute[Any], rule: Rule) -> None:
        self.name = attribute.name
        self.argument = attribute.alias or attribute.name
        self.wire_names: tuple[str, ...] = tuple(attribute.metadata.get(WIRE_NAMES) or ()) or (attribute.name,)
        self.rule = rule
        self.is_required = attribute.default is attrs.NOTHING
        self.default: Any = ABSENT
        # What `attrs.Factory` makes has a factory; type checkers know it as a function only.
        self.factory: Callable[[], Any] | None = getattr(attribute.default, "factory", None)
        if self.factory is None and not self.is_required:
            self.default = attribute.default
        if self.default is None and not rule.is_optional:
            raise TypeError(f"the default of {attribute.name} is None, so its type has to be `... | None`")

    def found_in(self, data: dict[Any, Any]) -> str | None:
        """Return the wire name under which the field is present, or None."""
        for name in self.wire_names:
            if name in data:
                return name
        return None


def own_attributes(cls: type[Model]) -> tuple[attrs.Attribute[Any], ...]:
    """Return the attrs attributes that the wire may fill.

    Raises:
        TypeError: The class lacks its own ``@model``, so that its annotations are no fields.
    """
    if "__attrs_attrs__" not in vars(cls):
        raise TypeError(f"{cls.__qualname__} inherits from Model but lacks the decorator @model")
    return tuple(attribute for attribute in attrs.fields(cls) if attribute.name != "extra" and attribute.init)


def field_types(cls: type[Model]) -> dict[str, Any]:
    """Return the types of a model's fields.

    Raises:
        TypeError: An annotation names something that does not exist at run time.
    """
    try:
        return typing.get_type_hints(cls)
    except NameError as missing:
        raise TypeError(
            f"a type of {cls.__qualname__} can't be found at run time: {missing}; "
            "import it outside `if TYPE_CHECKING`, and define models at the top level of a module"
        ) from None


def detailed_reader(cls: type[Model], fields: tuple[Field, ...], extras: Extras) -> Callable[[Any, str, Problems], Any]:
    """Return the function that reads a model thoroughly, telling everything that is wrong."""

    def detailed(data: Any, path: str, problems: Problems) -> Any:
        if data.__class__ is not dict:
            return problems.expected(f"object ({cls.__name__})", data, path)
        before = len(problems)
        values: dict[str, Any] = {}
        for field in fields:
            name = field.found_in(data)
            if name is not None:
                values[field.argument] = field.rule.detailed(data[name], field_path(path, name), problems)
            elif field.is_required:
                names = " or ".join(map(repr, field.wire_names))
                problems.add(f"missing field {names} of {cls.__name__}", path)
        for key in data:
            if key.__class__ is not str:
                problems.expected("text as field name", key, path)
        if len(problems) > before:
            return None
        extra = extras.collect(data)
        try:
            return cls(**values, **({"extra": extra} if extra else {}))
        except Exception as failure:  # noqa: BLE001 - a model's own check may raise anything
            text = f"{type(failure).__name__}: {cut(str(failure))}"
            return problems.add(f"{cls.__name__} refuses these values: {text}", path)

    return detailed
