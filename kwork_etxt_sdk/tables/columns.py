"""The columns of models and their types, as the classes declare them: the same whatever was sent."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.mapping.fields import field_types
from kwork_etxt_sdk.tables.rows import check_fields

#: ``{name of a column: type of its values}``; ``object`` for lists, dicts and what has no one type.
Columns = dict[str, Any]


def columns_of(models: Iterable[type[Model]], fields: Sequence[str] | None) -> Columns:
    """Return the columns wanted of all these models, with the types of their values.

    Raises:
        ConfigurationError: A model has no such field.
    """
    columns: Columns = dict.fromkeys(fields or (), None)
    for model in models:
        check_fields(model, fields or ())
        found = {**(_properties(model) if fields else {}), **dict(_walk(model, "", ()))}
        for name in found if fields is None else fields:
            kind = found.get(name, object)
            if columns.get(name) not in (None, kind):
                kind = object
            columns[name] = kind
    return {name: object if kind is None else kind for name, kind in columns.items()}


def classes_of(items: Sequence[Model], model: type[Model] | None) -> list[type[Model]]:
    """Return the classes of the items, the expected one first.

    Raises:
        ConfigurationError: Something is no model.
    """
    classes = list(dict.fromkeys([*([model] if model is not None else []), *map(type, items)]))
    for kind in classes:
        if not issubclass(kind, Model):
            raise ConfigurationError(f"tables are made of this SDK's models, not of {kind.__name__}")
    return classes


def _walk(model: type[Model], prefix: str, above: tuple[type[Model], ...]) -> Iterable[tuple[str, Any]]:
    hints = field_types(model)
    for name in model.field_names():
        kind = _without_none(hints[name])
        # A model that may hold itself has no end of columns: there the inner one is a column as a whole.
        if isinstance(kind, type) and issubclass(kind, Model) and kind not in (*above, model):
            yield from _walk(kind, f"{prefix}{name}.", (*above, model))
        else:
            yield prefix + name, kind if _is_single(kind) else object


def _properties(model: type[Model]) -> Columns:
    found = {name: getattr(model, name, None) for name in dir(model)}
    hints = {name: typing.get_type_hints(one.fget) for name, one in found.items() if isinstance(one, property)}
    return {name: kind for name, hint in hints.items() if _is_single(kind := _without_none(hint.get("return")))}


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else object
    return hint


def _is_single(kind: Any) -> bool:
    return kind in (int, float, bool, str, Decimal, datetime, date) or (
        isinstance(kind, type) and issubclass(kind, Enum)
    )
