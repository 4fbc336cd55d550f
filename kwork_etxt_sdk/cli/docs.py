"""``kwork-etxt docs``: the documentation of every method, on the terminal."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from kwork_etxt_sdk.cli.help import HELP_NAMES
from kwork_etxt_sdk.cli.methods import Method, click_parameters, methods, parameters_of, topic_command
from kwork_etxt_sdk.cli.output import Form, Output
from kwork_etxt_sdk.cli.screen import Pipe, Screen
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.params import Ids
from kwork_etxt_sdk.registry import TOPICS

_NO_LETTER = re.compile(r"[\W_]+")
_INDENT = (0, 0, 0, 2)


@click.command(context_settings=HELP_NAMES)
@click.argument("words", nargs=-1, metavar="[METHOD or WORDS]...")
@click.option("--json", "as_json", is_flag=True, help="The list as JSON.")
def docs(words: tuple[str, ...], *, as_json: bool) -> int:
    """Print the documentation of a method, or list the methods that some words are about.

    A method is named as on the command line (etxt tasks save-task), in Python (tasks.save_task), or in the service
    (tasks.saveTask). Without words all methods are listed.
    """
    everything = list(_all())
    found = _named(everything, words) or _about(everything, words)
    if len(found) == 1 and words:
        _print(found[0])
        return 0
    if not found:
        raise click.UsageError(f"nothing is known of {' '.join(words)!r}.{_guess(everything, words)}")
    form = Form.JSON if as_json else Form.TABLE if sys.stdout.isatty() else Form.JSONL
    rows = [
        {"method": _command(method), "effect": method.endpoint.effect.name, "what it does": method.doc.summary}
        for method in found
    ]
    if form is Form.TABLE:
        Screen(sys.stdout, remarks=None, fold=True).rows([rows], None)
        return 0
    return Output(form=form, quiet=True).show(rows)


def _all() -> Iterator[Method]:
    for site in TOPICS:
        for group in methods(site).values():
            yield from group.values()


def _command(method: Method) -> str:
    return f"{method.site} {topic_command(method.topic)} {method.command}"


def _names(method: Method) -> set[str]:
    names = {method.name, f"{method.topic} {method.name}"}
    if method.name == method.endpoint.method:  # a pager beside it makes the same call
        names.add(method.endpoint.name)
    return {_plain(name) for name in names} | {_plain(f"{method.site} {name}") for name in names}


def _plain(name: str) -> str:
    return _NO_LETTER.sub("", name).lower()


def _named(everything: Sequence[Method], words: Sequence[str]) -> list[Method]:
    wanted = _plain("".join(words).removeprefix("client."))
    return [method for method in everything if wanted in _names(method)]


def _about(everything: Sequence[Method], words: Sequence[str]) -> list[Method]:
    wanted = [word.lower() for word in words]
    return [method for method in everything if all(word in _text(method) for word in wanted)]


def _text(method: Method) -> str:
    doc = method.doc
    parts = (
        _command(method),
        method.endpoint.name,
        doc.summary,
        *doc.description,
        *doc.arguments,
        *doc.arguments.values(),
    )
    return " ".join(parts).lower()


def _guess(everything: Sequence[Method], words: Sequence[str]) -> str:
    known = {name: _command(method) for method in everything for name in _names(method)}
    close = difflib.get_close_matches(_plain("".join(words)), known, n=1)
    return f" Did you mean {known[close[0]]!r}?" if close else ""


def _print(method: Method) -> None:
    console = Pipe(highlight=False)
    endpoint, doc = method.endpoint, method.doc
    or_less = " or less, see below" if endpoint.effect_of is not None else ""
    console.print(Text(f"kwork-etxt {_command(method)}", style="bold"))
    console.print(Text(f"client.{method.topic}.{method.name}()  {endpoint.effect.name}{or_less}  {endpoint.standing}"))
    for paragraph in (doc.summary, *doc.description, f"Effect: {doc.effect}" if doc.effect else ""):
        if paragraph:
            console.print()
            console.print_trimmed(Text(paragraph))
    _heading(console, "Parameters", _parameters(method))
    _heading(console, "Returns", _lines([f"{method.returns}: {doc.returns}", *_fields(endpoint.result)]))
    _heading(console, "Errors", _pairs(doc.raises.items()))
    _heading(console, "Example", _lines(doc.example))
    console.print()
    console.print(Text(f"Source: {doc.source}", style="dim"))


def _heading(console: Pipe, title: str, table: Table) -> None:
    if table.row_count:
        console.print()
        console.print(Text(title, style="bold"))
        console.print_trimmed(table)


def _parameters(method: Method) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    params = click_parameters(method.function, method.records, method.doc)
    for name, param in zip(parameters_of(method.function), params, strict=True):
        record = method.records.get(name)
        wire = (
            ""
            if record is None
            else ", ".join(f"{name}[]" if isinstance(record, Ids) else name for name in record.wires)
        )
        shown = param.get_help_record(click.Context(click.Command("x"))) or (name, "")
        text = Text(shown[1])
        if wire and wire != name:
            text.append(f"  (on the wire: {wire})", style="dim")
        table.add_row(Text("  " + shown[0]), text)
    return table


def _fields(result: Any) -> list[str]:
    if not (isinstance(result, type) and issubclass(result, Model)):
        return []
    return [f"Fields: {', '.join(result.field_names())}"]


def _lines(lines: Sequence[str]) -> Table:
    table = Table.grid(padding=_INDENT)
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row(Text("  " + line))
    return table


def _pairs(pairs: Any) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in pairs:
        table.add_row(Text("  " + name), Text(text))
    return table
