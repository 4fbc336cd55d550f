"""Short texts and HTML tables of models, for people: cut, escaped, and without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from kwork_etxt_sdk.mapping.problems import brief, cut, is_secret_name
from kwork_etxt_sdk.mapping.scalars import MOSCOW

if TYPE_CHECKING:
    from kwork_etxt_sdk.mapping.model import Model

#: How many fields a ``repr`` shows.
REPR_FIELDS: Final = 6
#: How many characters of a value an HTML table shows.
CELL_CHARACTERS: Final = 200
#: How many rows an HTML table shows.
TABLE_ROWS: Final = 20

#: Colours come from the page: the table is readable on light and on dark.
STYLE: Final = (
    ".kwork-etxt{overflow-x:auto;color:inherit}"
    ".kwork-etxt table{border-collapse:collapse;color:inherit}"
    ".kwork-etxt caption{text-align:left;font-weight:600;padding:.3em .6em;color:inherit}"
    ".kwork-etxt th,.kwork-etxt td{text-align:left!important;vertical-align:top;padding:.25em .6em;max-width:28em;"
    "overflow-wrap:break-word;white-space:normal;border:0;border-bottom:1px solid rgba(128,128,128,.35)}"
    ".kwork-etxt thead~tbody td{max-width:16em;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
    ".kwork-etxt thead~tbody td:hover{white-space:normal}"
    ".kwork-etxt th{font-weight:600;background:rgba(128,128,128,.14);white-space:nowrap}"
    ".kwork-etxt thead~tbody td.number{text-align:right!important;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".kwork-etxt p{margin:.4em .6em;font-size:90%;opacity:.75}"
)

_HIDDEN: Final = "***"
#: Digits behind the point of money.
_KOPECKS: Final = 2
#: Digits before the point of what is shown as money.
_MOST_DIGITS: Final = 15


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
    if is_secret_name(name):
        text = _HIDDEN
    elif value.__class__ is str:
        text = cut(value, CELL_CHARACTERS)
    elif isinstance(value, datetime):
        text = value.astimezone(MOSCOW).isoformat(" ", "minutes")[: len("2030-01-02 03:04")] + " MSK"
    elif isinstance(value, Decimal):
        text = _roubles(value)
    elif isinstance(value, Enum):
        text = cut(value.name if value.name in type(value).__members__ else repr(value))
    else:
        text = _repr_of(name, value)
    # A lone surrogate (PHP cuts texts in the middle of a character) cannot be sent to a browser.
    return html.escape(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def _roubles(value: Decimal) -> str:
    """Return ``25 500.00``; what has more digits than money has is shown as it is."""
    exponent = value.as_tuple().exponent
    is_money = isinstance(exponent, int) and -_KOPECKS <= exponent <= 0 and value.adjusted() < _MOST_DIGITS
    return f"{value:,.2f}".replace(",", "\N{NO-BREAK SPACE}") if is_money else cut(str(value))


def _is_blank(value: Any) -> bool:
    return value is None or (value.__class__ is str and not value)


def _td(name: str, value: Any) -> str:
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, (bool, Enum))
    return f"<td{' class=number' if is_number else ''}>{_cell(name, value)}</td>"


def _framed(table: str, *notes: str) -> str:
    told = "".join(f"<p>{note}</p>" for note in notes if note)
    return f'<div class="kwork-etxt"><style>{STYLE}</style>{table}{told}</div>'


def _not_sent(what: str, names: Iterable[str]) -> str:
    listed = ", ".join(_cell("", name) for name in names)
    return f"{what} without a value: {listed}" if listed else ""


def model_html(item: Model) -> str:
    """Return a table of two columns, field and value; a line below it names the fields without a value."""
    fields = {**{name: getattr(item, name) for name in item.field_names()}, **item.extra}
    rows = "".join(
        f"<tr><th>{_cell('', name)}</th>{_td(name, value)}</tr>"
        for name, value in fields.items()
        if not _is_blank(value)
    )
    table = f"<table><caption>{_cell('', type(item).__name__)}</caption><tbody>{rows}</tbody></table>"
    return _framed(table, _not_sent("Fields", [name for name, value in fields.items() if _is_blank(value)]))


def records_html(items: list[Any], *notes: str) -> str:
    """Return a table with a row per model (:data:`TABLE_ROWS` at most) and a column per field that has a value.

    Lines below it tell what the table does not show.
    """
    rows = [_values(item) for item in items[:TABLE_ROWS]]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [name for name in names if not all(_is_blank(row.get(name)) for row in rows)]
    head = "".join(f"<th>{_cell('', name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(_td(name, row.get(name)) for name in columns)}</tr>" for row in rows)
    hidden = len(items) - len(rows)
    bad = len(getattr(items, "bad_items", ()))
    return _framed(
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if items else "",
        f"… and {hidden} more" if hidden else "" if items else "no items",
        _not_sent("Columns", [name for name in names if name not in columns]),
        f"{bad} could not be read: see bad_items" if bad else "",
        *notes,
    )


def page_html(page: Any) -> str:
    """Return the table of a page's items, and which page it is."""
    number = "" if page.number is None else f"page {page.number}" + (f" of {page.pages}" if page.pages else "")
    offset = f"from row {page.offset + 1}" if page.offset is not None else ""
    total = f"{page.total} items in all" if page.total is not None else ""
    return records_html(page.items, ", ".join(part for part in (number, offset, total) if part))


def pager_html(pager: Any) -> str:
    """Return what to do with a pager, which has fetched nothing that could be shown."""
    return _framed(
        "",
        f"<code>{_cell('', repr(pager))}</code>",
        "Nothing is fetched until you iterate. To see some of it: <code>.limit(20).to_list()</code>",
    )


def _values(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.field_names()} if is_model(item) else {"value": item}
