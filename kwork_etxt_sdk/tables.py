"""Results as files that other programs read: CSV and JSON lines."""

from __future__ import annotations

import csv
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import Model

#: A spreadsheet takes a cell that begins so for a formula, and runs it; the last four are what Asian ones also take.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


def to_rows(items: Iterable[Model], fields: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Turn models into flat dicts: nested models become ``seller.username``, lists and leftovers JSON text.

    A nested model that is asked for as a whole (``seller``) becomes JSON text, too.

    Args:
        items: Models, for example a pager.
        fields: The columns wanted, in this order; all of them if left out.

    Raises:
        ConfigurationError: The models have no such field.

    Example:
        >>> rows = to_rows(client.projects.iter_list().limit(10), ["id", "title", "budget"])  # doctest: +SKIP
    """
    for item in items:
        _check_fields(item, fields or ())
        plain = item.to_dict()
        flat = _flat(plain, "")
        yield flat if fields is None else {name: flat[name] if name in flat else _whole(plain, name) for name in fields}


def to_csv(items: Iterable[Model], path: str | Path, fields: Sequence[str] | None = None) -> int:
    """Write models into a CSV file that spreadsheets open: UTF-8 with a mark, one header line.

    Cells that a spreadsheet would run as a formula are neutralised with a leading apostrophe; numbers stay numbers. The
    file appears whole or not at all.

    Args:
        items: Models, for example a pager.
        path: Where to.
        fields: The columns; those of all items together if left out, which keeps all rows in memory.

    Returns:
        Rows written.

    Raises:
        ConfigurationError: The models have no such field.
    """
    rows: Iterable[dict[str, Any]] = to_rows(items, fields)
    if fields is None:
        rows = list(rows)
        fields = _columns(rows)
    columns = fields

    def write(sink: TextIO) -> int:
        writer = csv.DictWriter(sink, columns, extrasaction="ignore")
        writer.writeheader()
        count = 0
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})
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


def _write_whole(path: Path, write: Callable[[TextIO], int], *, encoding: str, newline: str) -> int:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    temporary = Path(name)
    try:
        # Half a character (services cut texts) can't be UTF-8: it is written as an escape rather than losing the row.
        with os.fdopen(descriptor, "w", encoding=encoding, newline=newline, errors="backslashreplace") as sink:
            count = write(sink)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return count


def _check_fields(item: Model, fields: Sequence[str]) -> None:
    known = (*item.field_names(), "extra")
    unknown = [field for field in fields if field.partition(".")[0] not in known]
    if unknown:
        name = type(item).__name__
        raise ConfigurationError(f"{name} has no field {', '.join(unknown)}; its fields are {', '.join(known)}")


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
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


def _whole(plain: dict[str, Any], name: str) -> str | None:
    value: Any = plain
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value
