"""Models as text files: CSV and JSON lines."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.tables.rows import all_columns, to_rows
from kwork_etxt_sdk.whole_file import whole_file

#: What a text may begin with and a spreadsheet does not look at: blanks and characters without width.
_PASSED_OVER = "\\s\0\u00ad\u200b-\u200f\u2060\ufeff"
#: A spreadsheet takes a cell that begins so for a formula and runs it: today's, those that ask other programs for data
#: (DDE) in the old way, and the wide characters that Asian ones also take.
_FORMULA = re.compile(f"[{_PASSED_OVER}]*[=+\\-@|%＝＋－＠]")
#: A cell that begins with a line end or tab is taken apart by some spreadsheets, and what follows is a cell of its own.
_BREAK = re.compile(r"[\t\r\n]")
#: The same inside of a text: where a spreadsheet expects other separators than ours (a Russian one: semicolons), it
#: may begin a cell in the middle. Only what calls a function or a program is meant, not lists with dashes.
_INNER_FORMULA = re.compile(
    f"""([;\t\r\n][{_PASSED_OVER}"]*)"""
    r"""(?=[=@＝＠][^;\t\r\n]*[|(]|[+\-＋－][^;\t\r\n]*(?:\||\w\(|\w[ ]+\("))"""
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_DELIMITERS = (",", ";", "\t")


def to_csv(
    items: Iterable[Model], path: str | Path, fields: Sequence[str] | None = None, *, delimiter: str = ","
) -> int:
    r"""Write models into a CSV file that spreadsheets open: UTF-8 with a mark, one header line.

    Cells that a spreadsheet would run as a formula are neutralised with a leading apostrophe; numbers stay numbers. The
    file appears whole or not at all.

    Args:
        items: Models, for example a pager.
        path: Where to.
        fields: The columns; those of all items together if left out, which keeps all rows in memory.
        delimiter: What stands between cells: ``","``, ``";"`` (Excel with Russian settings) or ``"\t"``.

    Returns:
        Rows written.

    Raises:
        ConfigurationError: The models have no such field, or the delimiter is another one.
    """
    if delimiter not in _DELIMITERS:
        raise ConfigurationError(
            f"cells are separated by one of {', '.join(map(repr, _DELIMITERS))}, not {delimiter!r}"
        )
    rows: Iterable[dict[str, Any]] = to_rows(items, fields)
    if fields is None:
        rows = list(rows)
        fields = all_columns(rows)
    columns = fields

    def write(sink: TextIO) -> int:
        writer = csv.DictWriter(sink, columns, extrasaction="ignore", delimiter=delimiter)
        writer.writerow({name: harmless(name) for name in columns})
        count = 0
        for row in rows:
            writer.writerow({name: harmless(value) for name, value in row.items()})
            count += 1
        return count

    return _write_whole(Path(path), write, encoding="utf-8-sig", newline="")


def to_jsonl(items: Iterable[Model], path: str | Path) -> int:
    """Write models into a file of JSON lines: one object a line, UTF-8, whole or not at all.

    Returns:
        Lines written.
    """

    def write(sink: TextIO) -> int:
        count = 0
        for item in items:
            sink.write(json.dumps(item.to_dict(), ensure_ascii=False) + "\n")
            count += 1
        return count

    return _write_whole(Path(path), write, encoding="utf-8", newline="\n")


def harmless(value: Any) -> Any:
    """Return a cell's value so that no spreadsheet runs it: text that looks like a formula gets an apostrophe.

    Example:
        >>> harmless("=1+1"), harmless("-5"), harmless("- a list")
        ("'=1+1", '-5', "'- a list")
    """
    if not isinstance(value, str) or not value or _NUMBER.fullmatch(value.strip()):
        return value
    value = _INNER_FORMULA.sub(r"\1'", value)
    return "'" + value if _FORMULA.match(value) or _BREAK.match(value) else value


def _write_whole(path: Path, write: Callable[[TextIO], int], *, encoding: str, newline: str) -> int:
    with whole_file(path) as file:
        # Half a character (services cut texts) can't be UTF-8: it is written as an escape rather than losing the row.
        sink = io.TextIOWrapper(file, encoding=encoding, newline=newline, errors="backslashreplace")
        count = write(sink)
        sink.detach()  # what it holds goes to the file, which stays open
    return count
