"""Short texts and HTML tables of models, for people: cut, escaped, and without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from kwork_etxt_sdk.mapping.problems import brief, cut, is_secret_name

if TYPE_CHECKING:
    from kwork_etxt_sdk.mapping.model import Model

#: How many fields a ``repr`` shows.
REPR_FIELDS: Final = 6
#: How many characters of a value an HTML table shows.
CELL_CHARACTERS: Final = 200
#: How many rows an HTML table shows.
TABLE_ROWS: Final = 50

_HIDDEN: Final = "***"


def short_repr(item: Model) -> str:
    """Return ``Task(task_id=7, title='...')`` with the first few fields that have a value."""
    parts = [f"{name}={_repr_of(name, value)}" for name, value in _filled(item)]
    more = ["..."] if len(parts) > REPR_FIELDS else []
    return f"{type(item).__name__}({', '.join(parts[:REPR_FIELDS] + more)})"


def _filled(item: Model) -> Iterator[tuple[str, Any]]:
    for name in item.field_names():
        value = getattr(item, name)
        if value is not None:
            yield name, value


def _repr_of(name: str, value: Any) -> str:
    if is_secret_name(name):
        return _HIDDEN
    if is_model(value):
        # Only its first field, which is its id: a repr of reprs is no short text.
        first = next(_filled(value), None)
        return f"{type(value).__name__}({f'{first[0]}={_repr_of(*first)}' if first else ''})"
    if isinstance(value, Enum):
        return cut(repr(value))
    if isinstance(value, Decimal):
        return cut(str(value))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return brief(value)


def is_model(value: object) -> bool:
    """Tell whether a value is one of our models (without importing their module, which imports this one)."""
    return hasattr(type(value), "field_names")


def _cell(name: str, value: Any) -> str:
    import html  # brings a table of all entities; only notebooks need it

    if value is None:
        return ""
    is_plain_text = value.__class__ is str and not is_secret_name(name)
    text = cut(value, CELL_CHARACTERS) if is_plain_text else _repr_of(name, value)
    # A lone surrogate (PHP cuts texts in the middle of a character) cannot be sent to a browser.
    return html.escape(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def model_html(item: Model) -> str:
    """Return a table of two columns, field and value."""
    own = ((name, getattr(item, name)) for name in item.field_names())
    rows = (
        f"<tr><th>{_cell('', name)}</th><td>{_cell(name, value)}</td></tr>"
        for name, value in (*own, *item.extra.items())
    )
    return f"<table><caption>{_cell('', type(item).__name__)}</caption><tbody>{''.join(rows)}</tbody></table>"


def records_html(items: list[Any]) -> str:
    """Return a table with a row per model (:data:`TABLE_ROWS` at most) and a column per field."""
    shown_items = items[:TABLE_ROWS]
    columns = list(dict.fromkeys(name for item in shown_items for name in _columns_of(item)))
    head = "".join(f"<th>{_cell('', name)}</th>" for name in columns)
    rows = "".join(f"<tr>{''.join(_row(item, columns))}</tr>" for item in shown_items)
    hidden = len(items) - len(shown_items)
    more = f"<p>… and {hidden} more</p>" if hidden else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _columns_of(item: Any) -> Iterable[str]:
    return item.field_names() if is_model(item) else ("value",)


def _row(item: Any, columns: list[str]) -> Iterator[str]:
    own = set(_columns_of(item))
    for name in columns:
        value = (getattr(item, name) if is_model(item) else item) if name in own else None
        yield f"<td>{_cell(name, value)}</td>"
