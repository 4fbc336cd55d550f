"""The reference pages as reStructuredText, from the rows of :mod:`reference_tables`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any

from reference_tables import (
    CodeRow,
    FieldRow,
    MethodEntry,
    ParameterRow,
    code_rows,
    field_rows,
    is_open,
    method_entries,
    topics,
    types_in,
    with_parts,
)

from kwork_etxt_sdk.cli.docstrings import Docstring
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.mapping import Model

Lines = Iterator[str]


def site_lines(site: str) -> Lines:
    """Yield the reference of a marketplace: an overview, then topic by topic, then what answers are made of."""
    entries = method_entries(site)
    # A model is told at the first method that answers with it; what only occurs inside of others comes last.
    roots = {cls: None for group in entries.values() for entry in group for cls in entry.types}
    codes = [cls for group in entries.values() for entry in group for cls in entry.codes]
    parts = sorted((cls for cls in with_parts([*roots, *codes]) if cls not in roots), key=lambda cls: cls.__name__)
    untold = dict(roots)
    for effect in Effect:
        yield f".. role:: {effect.name.lower()}"
        yield ""
    yield from _overview(entries)
    for attribute, topic in topics(site).items():
        yield from _title(f"client.{attribute}", "=", f"{site}-{attribute}")
        yield from _paragraph(Docstring(topic.__doc__, write=str).summary)
        for entry in entries[attribute]:
            yield from method_lines(entry, untold)
    if parts:
        yield from _title("Parts of answers, and codes", "=", f"{site}-parts")
        for cls in parts:
            yield from _title(cls.__name__, "-", label_of(cls))
            yield from type_lines(cls)


def _overview(entries: dict[str, list[MethodEntry]]) -> Lines:
    rows = [
        [f":ref:`{entry.path} <{_label(entry)}>`", _effect(entry, " or less"), entry.doc.summary]
        for group in entries.values()
        for entry in group
    ]
    yield from table(["Method", "Effect", "What it does"], rows, widths=(32, 18, 50))


# ---------------------------------------------------------------------------------------------------------- methods


def method_lines(entry: MethodEntry, untold: dict[type[Any], None]) -> Lines:
    """Yield the section of a method.

    Args:
        entry: The method.
        untold: Types whose fields no section has listed yet; those listed here are taken out.
    """
    yield from _title(entry.path, "-", _label(entry))
    yield f".. py:method:: {entry.qualified}()"
    yield "   :no-typesetting:"
    yield ""
    yield from _paragraph(entry.doc.summary)
    yield from _block(".. code-block:: python", entry.signature.splitlines())
    yield from _facts(entry)
    for paragraph in entry.doc.description:
        yield from _paragraph(paragraph)
    if entry.parameters:
        yield from _rubric("Parameters")
        yield from table(
            ["Parameter", "On the wire", "Limits", "What it is"], parameter_cells(entry.parameters), (22, 20, 22, 36)
        )
    yield from _rubric("Answer")
    yield from _paragraph(f"{type_text(entry.returns, _module_of(entry))}: {entry.doc.returns or 'nothing more.'}")
    for cls in entry.types:
        if cls in untold:
            del untold[cls]
            yield f".. _{label_of(cls)}:"
            yield ""
            yield from _paragraph(f"**{cls.__name__}**")
            yield from type_lines(cls)
        else:
            yield from _paragraph(f"The fields of :ref:`{cls.__name__} <{label_of(cls)}>` are told there.")
    if entry.doc.raises:
        yield from _rubric("Errors")
        yield from table(
            ["Error", "When"], [[f"``{name}``", text] for name, text in entry.doc.raises.items()], (40, 60)
        )
    if entry.doc.example:
        yield from _rubric("Example")
        yield from _block(".. code-block:: pycon", entry.doc.example)


def _facts(entry: MethodEntry) -> Lines:
    effect = _effect(entry, " or less, by its arguments.")
    words = re.sub(r"^[A-Z]+\b[.:]?\s*", "", entry.doc.effect) if entry.registered else entry.doc.effect
    yield f":Effect: {effect} {_sentence(words)}".rstrip()
    registered = entry.registered
    if registered is not None:
        endpoint = registered.endpoint
        if endpoint.check:
            asks = " ``error.ask()`` makes that call." if endpoint.ask is not None else ""
            yield f":After OutcomeUnknown: ask {_method_reference(entry.site, endpoint.check)}.{asks}"
        yield f":At the service: ``{getattr(endpoint, 'path', endpoint.name)}``"
        if endpoint.groups:
            yield f":Limits of its own: {', '.join(endpoint.groups)}"
        yield f":Source: {endpoint.source or entry.doc.source} ({endpoint.standing})"
    elif entry.doc.source:
        yield f":Source: {entry.doc.source}"
    yield ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _effect(entry: MethodEntry, if_it_depends: str) -> str:
    if entry.registered is None:
        name = entry.doc.effect.partition(".")[0].strip()
        return f":{name.lower()}:`{name}`" if name in Effect.__members__ else ""
    endpoint = entry.registered.endpoint
    pill = f":{endpoint.effect.name.lower()}:`{endpoint.effect.name}`"
    return pill if endpoint.effect_of is None else pill + if_it_depends


def _method_reference(site: str, path: str) -> str:
    known = {entry.path: entry for group in method_entries(site).values() for entry in group}
    return f":ref:`{path} <{_label(known[path])}>`" if path in known else f"``{path}``"


def _label(entry: MethodEntry) -> str:
    return f"{entry.site}-{entry.path}".replace(".", "-").replace("_", "-")


def _module_of(entry: MethodEntry) -> Any:
    return sys.modules[entry.qualified.rpartition(".")[0].rpartition(".")[0]]


def parameter_cells(rows: Iterable[ParameterRow]) -> Iterator[list[str]]:
    """Yield the table cells of parameters."""
    for row in rows:
        limits = ". ".join(text for text in ("**Required**" if row.required else "", _escaped(row.limits)) if text)
        yield [f"``{row.name}``", _literals(row.wires), limits, row.meaning]


# ------------------------------------------------------------------------------------------------------------ types


def type_lines(cls: type[Any]) -> Lines:
    """Yield what is to be told of a model or an enum."""
    yield from _paragraph(Docstring(cls.__doc__, write=str).summary)
    if issubclass(cls, Model):
        cells = field_cells(field_rows(cls), cls)
        yield from table(["Field", "Type", "On the wire", "What it is"], cells, (20, 24, 18, 38))
    else:
        yield from table(["Code", "Name", "Meaning"], code_cells(code_rows(cls)), (16, 34, 50))
        if is_open(cls):
            yield from _paragraph("Codes that are not in the table pass and keep their value.")


def field_cells(rows: Iterable[FieldRow], model: type[Model]) -> Iterator[list[str]]:
    """Yield the table cells of fields."""
    for row in rows:
        # A field of a base class names types that its own module may not import: look in all of them.
        cell = type_text(row.type, *(sys.modules[cls.__module__] for cls in model.__mro__))
        yield [f"``{row.name}``", cell, _literals(row.wires) or "(made by the SDK)", row.meaning]


def code_cells(rows: Iterable[CodeRow]) -> Iterator[list[str]]:
    """Yield the table cells of codes."""
    for row in rows:
        yield [f"``{row.value}``", f"``{row.name}``", row.meaning]


def type_text(annotation: str, *modules: Any) -> str:
    """Return an annotation with its models and enums linked to where they are told."""
    linked: dict[str, type[Any]] = {}
    for module in modules:
        for cls in types_in(annotation, module):
            linked.setdefault(cls.__name__, cls)
    pieces = []
    for piece in re.split(r"(\w+)", annotation):
        cls = linked.get(piece)
        pieces.append(f"\\ :ref:`{piece} <{label_of(cls)}>`\\ " if cls else _escaped(piece))
    return "".join(pieces)


def label_of(cls: type[Any]) -> str:
    """Return the label of a model or enum."""
    kind = "code" if issubclass(cls, Enum) else "model"
    site, section = cls.__module__.split(".")[1], cls.__module__.rpartition(".")[2]
    return f"{site}-{section}-{kind}-{cls.__name__}".lower()


# ------------------------------------------------------------------------------------------------------------- text


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> Lines:
    """Yield a table whose cells are reStructuredText."""
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield f"   :widths: {' '.join(map(str, widths))}"
    yield ""
    for row in [headers, *rows]:
        for position, cell in enumerate(row):
            yield f"   {'* -' if position == 0 else '  -'} {cell}".rstrip()
    yield ""


def _title(text: str, line: str, label: str) -> Lines:
    yield f".. _{label}:"
    yield ""
    yield text
    yield line * len(text)
    yield ""


def _rubric(text: str) -> Lines:
    yield f".. rubric:: {text}"
    yield ""


def _paragraph(text: str) -> Lines:
    if text:
        yield text
        yield ""


def _block(directive: str, lines: Iterable[str]) -> Lines:
    yield directive
    yield ""
    for line in lines:
        yield f"   {line}".rstrip()
    yield ""


def _literals(names: Iterable[str]) -> str:
    return ", ".join(f"``{name}``" for name in names)


def _escaped(text: str) -> str:
    return re.sub(r"([\\*`|_])", r"\\\1", text)
