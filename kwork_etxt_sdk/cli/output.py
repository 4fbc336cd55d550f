"""Answers as a table, JSON lines, JSON or CSV."""

from __future__ import annotations

import contextlib
import csv
import enum
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

import attrs
import click

from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.cli.printable import one_line
from kwork_etxt_sdk.cli.settings import Settings
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import BadItem, Model, Records
from kwork_etxt_sdk.paging import Pager
from kwork_etxt_sdk.progress import Progress
from kwork_etxt_sdk.tables import to_rows
from kwork_etxt_sdk.tables.files import harmless
from kwork_etxt_sdk.tables.rows import all_columns
from kwork_etxt_sdk.whole_file import whole_file

#: Control characters that JSON leaves as they are and a terminal may obey.
_CONTROLS = {number: f"\\u{number:04x}" for number in (0x2028, 0x2029, *range(0x7F, 0xA0))}

#: Seconds before there is a bar: whoever reads the pipe may write to the same terminal, and short lists need none.
_BAR_AFTER = 2.0

Pages = Iterable[Sequence[Any]]


class Form(enum.Enum):
    """How answers are written."""

    TABLE = "table"
    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"


@attrs.frozen(kw_only=True)
class Output:
    """Where answers go, and how they look there.

    Attributes:
        form: How they are written.
        fields: The fields wanted, in order; None for all.
        out: A file; standard output if None.
        quiet: Whether remarks are left out.
    """

    form: Form
    fields: tuple[str, ...] | None = None
    out: Path | None = None
    quiet: bool = False

    @classmethod
    def of(cls, settings: Settings, *, saves_files: bool = False) -> Output:
        """Return the output that the settings ask for: a table on a terminal, JSON lines elsewhere.

        Args:
            settings: What the command line says.
            saves_files: Whether ``--out`` is where downloads go, and not the output.

        Raises:
            click.UsageError: They ask for several forms at once, name an empty field, or a folder that is not there.
        """
        out = None if saves_files else settings.out
        if out is not None and not out.expanduser().parent.is_dir():
            raise click.UsageError(f"there is no folder {str(out.parent)!r}.")
        asked = [form for form in Form if getattr(settings, form.value)]
        if len(asked) > 1:
            raise click.UsageError(f"--{asked[0].value} and --{asked[1].value} exclude each other.")
        suffix = out.suffix[1:].lower() if out is not None else ""
        by_suffix = [form for form in (Form.JSONL, Form.JSON, Form.CSV) if form.value == suffix]
        usual = Form.TABLE if out is None and sys.stdout.isatty() else Form.JSONL
        fields = None if settings.fields is None else tuple(name.strip() for name in settings.fields.split(","))
        if fields is not None and not all(fields):
            raise click.UsageError("--fields wants names with commas between them, such as id,title,seller.username.")
        return cls(form=(asked or by_suffix or [usual])[0], fields=fields, out=out, quiet=settings.quiet)

    def text(self, text: str) -> None:
        """Write a text as it is."""
        with self._sink() as sink:
            sink.write(text + "\n")

    def show(self, answer: Any, *, items: str | None = None) -> int:
        """Write an answer.

        Args:
            answer: What a method returned.
            items: The field of the answer that holds a list, where that is what matters.

        Returns:
            The exit status: whether all items could be read, and all that was to be done was done.
        """
        bad: list[BadItem] = []
        with self._sink() as sink:
            if isinstance(answer, Pager):
                self._many(_pages_of(answer, bad, with_bar=self._has_bar), sink)
            elif isinstance(answer, list):
                bad += getattr(answer, "bad_items", [])
                self._many([answer], sink)
            elif items is not None and isinstance(answer, Model) and self.form is not Form.JSON:
                rows = getattr(answer, items)
                bad += getattr(rows, "bad_items", [])
                self._many([rows], sink)
            else:
                self._one(answer, sink)
        for item in bad:
            words = one_line(f"{item.path}: {'; '.join(item.problems)}")
            click.echo(f"left out, because it can't be read: {words}", err=True)
        not_done = getattr(answer, "missing", None) or []
        if not_done:
            click.echo(f"not done: {', '.join(map(str, not_done))}", err=True)
        return Exit.FAILED if bad or not_done else Exit.OK

    @property
    def _has_bar(self) -> bool:
        # On the same terminal the rows themselves show that it goes on.
        return not self.quiet and not (self.out is None and sys.stdout.isatty())

    def _many(self, pages: Pages, sink: TextIO) -> None:
        if self.form is Form.TABLE:
            from kwork_etxt_sdk.cli.screen import Screen

            Screen(sink, remarks=None if self.quiet else sys.stderr).rows(pages, self.fields)
        elif self.form is Form.CSV:
            self._csv(chain.from_iterable(pages), sink)
        elif self.form is Form.JSON:
            self._array(chain.from_iterable(pages), sink)
        else:
            for page in pages:
                sink.writelines(json_text(self._picked(item)) + "\n" for item in page)
                sink.flush()

    def _one(self, answer: Any, sink: TextIO) -> None:
        if self.form is Form.TABLE:
            from kwork_etxt_sdk.cli.screen import Screen

            Screen(sink, remarks=None if self.quiet else sys.stderr).record(answer, self.fields)
        elif self.form is Form.CSV:
            self._csv([answer], sink)
        else:
            indent = 2 if self.form is Form.JSON else None
            sink.write(json_text(self._picked(answer), indent=indent) + "\n")

    def _array(self, found: Iterable[Any], sink: TextIO) -> None:
        # Written as it comes: a long walk need not fit into memory, and `[` alone is no JSON if it ends early.
        separator = "[\n"
        for item in found:
            sink.write(separator + json_text(self._picked(item)))
            separator = ",\n"
        sink.write("[]\n" if separator == "[\n" else "\n]\n")

    def _csv(self, found: Iterable[Any], sink: TextIO) -> None:
        rows = flat_rows(found, self.fields)
        if self.fields is None:
            everything = list(rows)
            rows, columns = iter(everything), all_columns(everything)
        else:
            first = list(islice(rows, 1))  # so that a field that does not exist is told before the header is written
            rows, columns = chain(first, rows), list(self.fields)
        writer = csv.DictWriter(sink, columns, extrasaction="ignore", lineterminator="\n")
        if columns:
            writer.writerow({name: harmless(name) for name in columns})
        for row in rows:
            writer.writerow({name: harmless(value) for name, value in row.items()})

    def _picked(self, item: Any) -> Any:
        if self.fields is None:
            return item.to_dict() if isinstance(item, Model) else item
        return {name: picked(item, name) for name in self.fields}

    @contextlib.contextmanager
    def _sink(self) -> Iterator[TextIO]:
        if self.out is None:
            if hasattr(sys.stdout, "reconfigure"):
                # Half a character (services cut texts) must not end a walk; programs behind a pipe expect UTF-8.
                encoding = None if sys.stdout.isatty() else "utf-8"
                sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
            yield sys.stdout
            sys.stdout.flush()
            return
        try:
            with whole_file(self.out.expanduser()) as file:
                encoding = "utf-8-sig" if self.form is Form.CSV else "utf-8"
                sink = io.TextIOWrapper(file, encoding=encoding, newline="", errors="backslashreplace")
                yield sink
                sink.detach()
        except OSError as failure:
            problem = f"{self.out} can't be written: {failure.strerror or failure}"
        else:
            return
        raise click.ClickException(problem)


def flat_rows(found: Iterable[Any], fields: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """Return items as flat dicts, whatever they are."""
    for item in found:
        if isinstance(item, Model):
            yield from to_rows([item], fields)
        elif fields is not None:
            yield {name: _cell(picked(item, name)) for name in fields}
        elif isinstance(item, Mapping):
            yield {str(name): _cell(value) for name, value in item.items()}
        else:
            yield {"value": _cell(item)}


def picked(item: Any, name: str) -> Any:
    """Return what stands in a field, or in a field of what stands there, as plain data.

    Raises:
        ConfigurationError: There is no such field.
    """
    if isinstance(item, Model):
        if name.partition(".")[0] not in (*item.field_names(), "extra"):
            fields = ", ".join(item.field_names())
            raise ConfigurationError(f"{type(item).__name__} has no field {name}; its fields are {fields}")
        item = item.to_dict()
    elif isinstance(item, Mapping):
        if name.partition(".")[0] not in map(str, item):
            raise ConfigurationError(
                f"there is no field {name} in the answer; its fields are {', '.join(map(str, item))}"
            )
    else:
        item = {"value": item}
    for part in name.split("."):
        item = {str(key): value for key, value in item.items()}.get(part) if isinstance(item, Mapping) else None
    return item


def _pages_of(pager: Pager[Any], bad: list[BadItem], *, with_bar: bool) -> Iterator[Records[Any]]:
    with Progress(after=_BAR_AFTER) if with_bar else contextlib.nullcontext() as progress:
        for page in pager.pages():
            bad += page.items.bad_items
            yield page.items
            if progress is not None:
                progress.expect(page.total)
                progress.advance(len(page.items))


def _cell(value: Any) -> Any:
    return json_text(value) if isinstance(value, (Mapping, list, tuple)) else value


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return plain data, times, amounts and models as JSON that a terminal can show."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)
    return text.translate(_CONTROLS)


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value.to_dict() if isinstance(value, Model) else str(value)
