"""Models as a pandas DataFrame."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from kwork_etxt_sdk.errors import ConfigurationError, MissingExtraError
from kwork_etxt_sdk.mapping import MOSCOW, Model
from kwork_etxt_sdk.mapping.model import _plain
from kwork_etxt_sdk.tables.columns import classes_of, columns_of
from kwork_etxt_sdk.tables.rows import value_at

if TYPE_CHECKING:
    import pandas as pd

#: Microseconds hold every moment that Python knows; pandas' nanoseconds end in 2262.
_MOMENTS = "datetime64[us]"
_NULLABLE = {int: "Int64", bool: "boolean", str: "string"}


def to_frame(
    items: Iterable[Model],
    fields: Sequence[str] | None = None,
    *,
    money: Literal["decimal", "float"] = "decimal",
    model: type[Model] | None = None,
) -> pd.DataFrame:
    """Turn models into a DataFrame with a column per field, whose types depend on the model only, not on the data.

    Numbers are ``Int64`` and ``float64``, flags ``boolean``, texts ``string``, codes categories of their names
    (``"IN_REVIEW"``), times ``datetime64`` in Moscow time, days ``datetime64`` without a zone, lists and dicts objects.
    What the service did not send is missing (``<NA>``, ``NaN``, ``NaT`` or ``None``). Needs the extra ``pandas``.

    Args:
        items: Models, for example a pager.
        fields: The columns, in this order; all if left out. Nested ones are ``"seller.username"``.
        money: ``"decimal"``: exact ``Decimal`` objects. ``"float"``: numbers that pandas is quick with and can plot,
            exact to about 15 digits.
        model: Their class: with it there are all columns even if there are no items.

    Raises:
        ConfigurationError: The models have no such field, or `money` is something else.
        MissingExtraError: pandas is not installed.

    Example:
        >>> frame = to_frame(client.projects.iter_list().limit(100), money="float")  # doctest: +SKIP
        >>> frame.groupby("category_id")["budget"].median()  # doctest: +SKIP
    """
    if money not in ("decimal", "float"):
        raise ConfigurationError(f"money is 'decimal' or 'float', not {money!r}")
    try:
        pandas = importlib.import_module("pandas")
    except ImportError as missing:
        raise MissingExtraError("to_frame needs the package pandas: pip install 'kwork-etxt-sdk[pandas]'") from missing
    rows = list(items)
    columns = columns_of(classes_of(rows, model), fields)
    if fields is None and any(row.extra for row in rows):
        columns["extra"] = object
    made = {name: _column(pandas, [value_at(row, name) for row in rows], kind, money) for name, kind in columns.items()}
    frame: pd.DataFrame = pandas.DataFrame(made, index=pandas.RangeIndex(len(rows)), columns=list(columns))
    return frame


def _column(pandas: Any, values: list[Any], kind: Any, money: str) -> Any:
    if kind is int and not all(value is None or -(2**63) <= value < 2**63 for value in values):
        kind = object
    if kind in _NULLABLE:
        return pandas.array(list(map(_cell, values)), dtype=_NULLABLE[kind])
    if kind is float or (kind is Decimal and money == "float"):
        return pandas.Series([None if value is None else float(value) for value in values], dtype="float64")
    if kind is datetime:
        moments = [None if value is None else value.astimezone(timezone.utc).replace(tzinfo=None) for value in values]
        return pandas.Series(_moments(moments)).dt.tz_localize("UTC").dt.tz_convert(MOSCOW)
    if kind is date:
        return pandas.Series(_moments(values))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _codes(pandas, values, kind)
    cells = importlib.import_module("numpy").empty(len(values), dtype=object)
    for place, value in enumerate(values):  # one by one: a list of lists would be taken for a table
        cells[place] = value if kind is Decimal else _plain(value, 0)
    return cells


def _moments(values: list[Any]) -> Any:
    numpy = importlib.import_module("numpy")
    return numpy.array(values, dtype=_MOMENTS)


def _codes(pandas: Any, values: list[Any], kind: type[Enum]) -> Any:
    names = [None if value is None else value.name for value in values]
    known = [code.name for code in kind]
    unknown = sorted({name for name in names if name is not None}.difference(known))
    return pandas.Categorical(names, categories=[*known, *unknown])


def _cell(value: Any) -> Any:
    # Half a character (services cut texts) can't be UTF-8, as which pandas may keep texts.
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
