"""Models as flat dicts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.mapping.model import _plain


def to_rows(items: Iterable[Model], fields: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Turn models into flat dicts: nested models become ``seller.username``, lists and leftovers JSON text.

    A nested model that is asked for as a whole (``seller``) becomes JSON text, too.

    Args:
        items: Models, for example a pager.
        fields: The columns wanted, in this order: fields and properties; all fields if left out.

    Raises:
        ConfigurationError: The models have no such field.

    Example:
        >>> rows = to_rows(client.projects.iter_list().limit(10), ["id", "title", "budget"])  # doctest: +SKIP
    """
    for item in items:
        check_fields(type(item), fields or ())
        plain = item.to_dict()
        flat = _flat(plain, "")
        if fields is None:
            yield flat
        else:
            yield {name: flat[name] if name in flat else _single(value_at(item, name)) for name in fields}


def check_fields(model: type[Model], fields: Sequence[str]) -> None:
    """Raise :class:`ConfigurationError` if a field is asked for that the model does not have."""
    known = (*model.field_names(), "extra")
    unknown = [field for field in fields if not _has(model, field.partition(".")[0])]
    if unknown:
        raise ConfigurationError(
            f"{model.__name__} has no field {', '.join(unknown)}; its fields are {', '.join(known)}"
        )


def value_at(item: Any, name: str) -> Any:
    """Return what stands in a column: a field or property, or one of a nested model or dict; None if there is none."""
    for part in name.split("."):
        if isinstance(item, Mapping):
            item = item.get(part)
        else:
            item = getattr(item, part) if isinstance(item, Model) and _has(type(item), part) else None
            if part == "extra":
                item = item or None
    return item


def _has(model: type[Model], name: str) -> bool:
    return name in model.field_names() or name == "extra" or isinstance(getattr(model, name, None), property)


def all_columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the names of all columns that some row has."""
    names = dict.fromkeys(name for row in rows for name in row)
    # Where a nested model was not sent, its row has a column for the whole of it, always empty.
    groups = {name.rpartition(".")[0] for name in names}
    return [name for name in names if name not in groups or any(row.get(name) is not None for row in rows)]


def _flat(value: dict[str, Any], prefix: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, dict) and name != "extra":
            flat.update(_flat(inner, f"{prefix}{name}."))
        elif isinstance(inner, (dict, list)):
            flat[prefix + name] = json.dumps(inner, ensure_ascii=False)
        else:
            flat[prefix + name] = inner
    return flat


def _single(value: Any) -> Any:
    value = _plain(value, 0)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
