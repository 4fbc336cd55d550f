"""Answers on a terminal: tables that fit its width, records one field a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import zip_longest
from typing import IO, Any

import attrs
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kwork_etxt_sdk.cli.output import picked
from kwork_etxt_sdk.cli.printable import printable
from kwork_etxt_sdk.cli.values import label_of
from kwork_etxt_sdk.mapping import MOSCOW, Model
from kwork_etxt_sdk.tables.rows import check_fields
from kwork_etxt_sdk.text import plain_text

#: What people look for first: the name of a thing, then money, state, times, numbers.
_FIRST = (
    *("title", "name", "login", "username", "operation", "text", "comment", "last_message", "price", "full_price"),
    *("budget", "amount", "balance", "status", "status_name", "uniqueness", "unq", "date", "created_at", "deadline"),
    *("seller", "participant", "author", "rating", "size", "uniq", "bids_count", "reviews_count", "user_id", "task_id"),
)
#: What nobody wants to see in a table unasked.
_LAST = re.compile(r"(url|image|photo|avatar|icon|picture|_raw|hash|slug|lang)")
#: The field that names a nested thing.
_NAMES = ("username", "title", "name", "login", "id")
#: Characters of a cell that are looked at, and of the widest column where others want room, too.
_LONGEST, _WIDEST = 300, 60
#: Columns up to this width are not cut: times, codes, names.
_SHORT = 20
#: What the first long text gets before further columns do, at least (else a third of the line), and every other one.
_ROOM_FOR_FIRST, _ROOM = 30, 16
#: Characters of a field of a record; more is for --json.
_LONGEST_FIELD = 2000
_GAP = 2
_SPACES = re.compile(r"\s+")


@attrs.frozen(kw_only=True)
class Column:
    """A column of a table.

    Attributes:
        name: The field.
        width: Its width.
        right: Whether it holds numbers.
    """

    name: str
    width: int
    right: bool


class Pipe(Console):
    """A console that leaves it to its caller what happens if nobody reads any more."""

    def on_broken_pipe(self) -> None:
        """Let the error through that newer versions of rich end the program at."""
        raise BrokenPipeError

    def print_trimmed(self, shown: Table | Text) -> None:
        """Print without the blanks that fill lines up: they would go into files and selections."""
        with self.capture() as captured:
            self.print(shown)
        self.file.writelines(line.rstrip(" ") + "\n" for line in captured.get().splitlines())
        self.file.flush()


class Screen:
    """A terminal, or a file that is to look like one.

    Args:
        sink: Where to print.
        remarks: Where to say what a table leaves out; None for nowhere.
        fold: Whether a cell that is too long goes on in the next line; it is cut otherwise.
        indent: Blanks in front of each row.
    """

    def __init__(self, sink: IO[str], *, remarks: IO[str] | None, fold: bool = False, indent: int = 0) -> None:
        self._console = Pipe(file=sink, highlight=False)
        self._fold = fold
        self._indent = " " * indent
        self._remarks = Pipe(file=remarks, highlight=False) if remarks is not None else None

    def rows(self, pages: Iterable[Sequence[Any]], fields: Sequence[str] | None) -> None:
        """Print items as a table, page by page; the first page decides on the columns."""
        columns: list[Column] = []
        count = hidden = 0
        for page in pages:
            if not page:
                continue
            if not columns:
                columns, hidden = choose(page, fields, self._console.width - len(self._indent))
            self._print(page, columns, with_head=not count)
            count += len(page)
        self._remark(count, hidden)

    def record(self, answer: Any, fields: Sequence[str] | None) -> None:
        """Print one thing, a field a line; what has no value is left out."""
        if not isinstance(answer, (Model, Mapping)):
            self._console.print(Text(cell(answer, longest=_LONGEST_FIELD)))
            return
        pairs = [(name, at(answer, name)) for name in fields] if fields is not None else list(_leaves(answer, ""))
        table = Table.grid(padding=(0, _GAP))
        table.add_column(no_wrap=True, style="bold")
        table.add_column(overflow="fold")
        for name, value in pairs:
            if fields is not None or not _is_empty(value):
                table.add_row(Text(printable(name)), Text(block(value)))
        self._console.print_trimmed(table)

    def _print(self, page: Sequence[Any], columns: list[Column], *, with_head: bool) -> None:
        if with_head:
            head = _line([(column, printable(column.name)) for column in columns])
            self._write(Text(head, style="bold"))
            self._write(Text("─" * (sum(column.width for column in columns) + _GAP * (len(columns) - 1))))
        for item in page:
            cells = [(column, cell(at(item, column.name))) for column in columns]
            for line in self._folded(cells) if self._fold else [cells]:
                self._write(Text(_line(line)))

    def _folded(self, cells: Sequence[tuple[Column, str]]) -> Iterator[list[tuple[Column, str]]]:
        parts = [Text(text).wrap(self._console, column.width, overflow="fold") for column, text in cells]
        for line in zip_longest(*parts, fillvalue=Text()):
            yield [(column, part.plain.rstrip()) for (column, _), part in zip(cells, line, strict=True)]

    def _write(self, line: Text) -> None:
        self._console.print(self._indent, line, sep="", no_wrap=True, overflow="ignore", crop=False)

    def _remark(self, count: int, hidden: int) -> None:
        if self._remarks is None:
            return
        rows = _count(count, "row") if count else "nothing found"
        more = f"; {_count(hidden, 'more field')} (--fields, --json)" if hidden else ""
        self._remarks.print(rows + more, style="dim")


def _line(cells: Sequence[tuple[Column, str]]) -> str:
    return (" " * _GAP).join(_sized(text, column) for column, text in cells).rstrip()


def _sized(text: str, column: Column) -> str:
    length = cell_len(text)
    if length > column.width:
        return set_cell_size(text, column.width - 1) + "…"
    filling = " " * (column.width - length)
    return filling + text if column.right else text + filling


# ---------------------------------------------------------------------------------------------------------- columns


def choose(page: Sequence[Any], fields: Sequence[str] | None, width: int) -> tuple[list[Column], int]:
    """Return the columns of a table, and how many filled fields it leaves out.

    Args:
        page: The first items.
        fields: The columns the user wants; None to choose.
        width: Characters of a line.
    """
    if fields is not None:
        for item in page[:1]:
            _check(item, fields)
        return _widened(fit([_measured(page, name) for name in fields], width), page, width), 0
    names = list(dict.fromkeys(name for item in page for name in _names_of(item)))
    filled = [name for name in names if any(not _is_empty(at(item, name)) for item in page)] or names[:1]
    kept: dict[str, Column] = {}
    left = width + _GAP
    room = max(_ROOM_FOR_FIRST, width // 3)
    for name in sorted(filled, key=lambda name: _rank(name, is_key=name == filled[0])):
        column = _measured(page, name)
        is_long = column.width > _SHORT
        needed = (min(column.width, room) if is_long else column.width) + _GAP
        if needed <= left and (name == filled[0] or not _LAST.search(name)):
            kept[name] = column
            left -= needed
            room = _ROOM if is_long else room
    columns = fit([kept[name] for name in filled if name in kept], width)
    return _widened(columns, page, width), len(filled) - len(kept)


def fit(columns: list[Column], width: int) -> list[Column]:
    """Return the columns, cut until a line holds all: long ones, the first of them last, then whatever it takes."""
    widths = [column.width for column in columns]
    over = sum(widths) + _GAP * (len(columns) - 1) - width
    long = [number for number, size in enumerate(widths) if size > _SHORT]
    for numbers, least in ((long[1:], _ROOM), (long[:1], _ROOM), (range(len(widths)), 1)):
        while over > 0 and any(widths[number] > least for number in numbers):
            widths[max(numbers, key=widths.__getitem__)] -= 1
            over -= 1
    return [attrs.evolve(column, width=size) for column, size in zip(columns, widths, strict=True)]


def _measured(page: Sequence[Any], name: str) -> Column:
    right = _are_numbers(at(item, name) for item in page)
    return Column(name=name, width=min(_natural_width(page, name), _WIDEST), right=right)


def _natural_width(page: Sequence[Any], name: str) -> int:
    return max([cell_len(name), *(cell_len(cell(at(item, name))) for item in page)])


def _widened(columns: list[Column], page: Sequence[Any], width: int) -> list[Column]:
    """Return the columns, the widest of them as wide as their texts while there is room in the line."""
    room = width - sum(column.width for column in columns) - _GAP * (len(columns) - 1)
    widened = []
    for column in columns:
        lacking = _natural_width(page, column.name) - column.width if column.width == _WIDEST else 0
        more = max(min(lacking, room), 0)
        widened.append(attrs.evolve(column, width=column.width + more))
        room -= more
    return widened


def _are_numbers(values: Iterable[Any]) -> bool:
    kinds = {type(value) for value in values if value is not None}
    return (
        bool(kinds)
        and all(issubclass(kind, (int, float, Decimal)) for kind in kinds - {bool})
        and not any(issubclass(kind, (Enum, bool)) for kind in kinds)
    )


def _rank(name: str, *, is_key: bool) -> int:
    if is_key:
        return -1
    return _FIRST.index(name) if name in _FIRST else len(_FIRST) + bool(_LAST.search(name))


def _names_of(item: Any) -> Iterable[str]:
    if isinstance(item, Model):
        return item.field_names()
    return map(str, item) if isinstance(item, Mapping) else ("value",)


def _check(item: Any, fields: Sequence[str]) -> None:
    if isinstance(item, Model):
        check_fields(type(item), fields)
    else:
        for name in fields:
            picked(item, name)


# ----------------------------------------------------------------------------------------------------------- values


def at(item: Any, name: str) -> Any:
    """Return what stands in a field, or in a field of what stands there."""
    if not isinstance(item, (Model, Mapping)):
        return item
    for part in name.split("."):
        item = _inner(item, part)
    return item


def _inner(item: Any, name: str) -> Any:
    if isinstance(item, Mapping):
        return next((value for key, value in item.items() if str(key) == name), None)
    return getattr(item, name, None) if isinstance(item, Model) else None


def cell(value: Any, *, longest: int = _LONGEST) -> str:
    """Return a value as one line of text that a terminal can show."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return _cut(_SPACES.sub(" ", printable(plain_text(value[: longest * 10]))).strip(), longest)
    if isinstance(value, Model):
        return cell(next((value for value in (getattr(value, name, None) for name in _NAMES) if value), ""))
    if isinstance(value, (list, tuple)):
        plain = all(not isinstance(inner, (Model, Mapping, list, tuple)) for inner in value)
        return _cut(", ".join(cell(inner) for inner in value), longest) if plain else _count(len(value), "item")
    return _cut(printable(_scalar(value)), longest)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def block(value: Any) -> str:
    """Return a value as text of several lines."""
    if isinstance(value, str) and not isinstance(value, Enum):
        text = "\n".join(printable(line) for line in plain_text(value).splitlines())
        return _cut(text, _LONGEST_FIELD)
    if isinstance(value, (list, tuple)) and any(isinstance(inner, (Model, Mapping, list)) for inner in value):
        return "\n".join(_summary(inner) for inner in value)
    return cell(value, longest=_LONGEST_FIELD)


def _summary(value: Any) -> str:
    if isinstance(value, Model):
        return ", ".join(f"{name} {cell(inner)[:80]}" for name, inner in _leaves(value, "") if not _is_empty(inner))
    return cell(value)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return label_of(value)
    if isinstance(value, datetime):
        moment = value.astimezone(MOSCOW) if value.utcoffset() is not None else value
        return f"{moment:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:,.2f}".replace(",", " ")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _leaves(item: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in _names_of(item):
        value = _inner(item, name)
        if isinstance(value, (Model, Mapping)) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, (list, tuple, Mapping)) and not value)
