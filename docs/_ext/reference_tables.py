"""What the reference says of every method and model, as plain rows.

All of it comes from the code: the endpoint records, the signatures, the docstrings, and the texts under the fields of
models, which only the source holds. No Sphinx here: the tests read these rows without it.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from enum import Enum
from importlib import import_module
from types import ModuleType
from typing import Any

import attrs

from kwork_etxt_sdk.cli.docstrings import Docstring
from kwork_etxt_sdk.client import Topic
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.mapping.enums import OpenEnum
from kwork_etxt_sdk.mapping.model import WIRE_NAMES
from kwork_etxt_sdk.params import Ids, Param
from kwork_etxt_sdk.registry import TOPICS, Registered, endpoints

#: Fields that the SDK fills in by itself have a wire name that no service can send.
_NOT_SENT = "kwork_etxt_sdk."
#: Parameters that every method has; the page tells them once.
_COMMON = frozenset({"self", "options"})
#: Longest signature that stays on one line, in characters.
_LINE = 88


@attrs.frozen(kw_only=True)
class ParameterRow:
    """A parameter of a method."""

    name: str
    wires: tuple[str, ...]
    required: bool
    limits: str
    meaning: str


@attrs.frozen(kw_only=True)
class FieldRow:
    """A field of a model, or a property the SDK derives from its fields (it then has no wire names)."""

    name: str
    type: str
    wires: tuple[str, ...]
    required: bool
    meaning: str


@attrs.frozen(kw_only=True)
class CodeRow:
    """A member of an enum."""

    name: str
    value: Any
    meaning: str


@attrs.frozen(kw_only=True)
class MethodEntry:
    """All that the reference says of a method.

    Attributes:
        site: ``"etxt"`` or ``"kwork"``.
        call: As one writes it: ``"client.tasks.save_task"``.
        path: The same without the client: ``"tasks.save_task"``.
        qualified: Full name of the method, for the index.
        signature: The call with its parameters and the type of its answer.
        returns: The type of its answer.
        doc: Its docstring.
        registered: The endpoint; None for a method that only builds on others.
        parameters: Its parameters but for `options`.
        types: Models that its answer is made of, the outermost first.
        codes: Enums that its parameters take.
    """

    site: str
    call: str
    path: str
    qualified: str
    signature: str
    returns: str
    doc: Docstring
    registered: Registered | None
    parameters: tuple[ParameterRow, ...]
    types: tuple[type[Any], ...]
    codes: tuple[type[Any], ...]


def topics(site: str) -> dict[str, type[Topic]]:
    """Return the topics of a marketplace: ``{attribute of the client: class}``."""
    found = {}
    for attribute, path in TOPICS[site].items():
        (found[attribute],) = {
            value
            for value in vars(import_module(path)).values()
            if isinstance(value, type) and issubclass(value, Topic) and value.__module__ == path
        }
    return found


@functools.cache
def method_entries(site: str) -> dict[str, list[MethodEntry]]:
    """Return all public methods of a marketplace by topic, in the order of their classes."""
    records = {(registered.topic, registered.endpoint.method): registered for registered in endpoints(site)}
    return {
        attribute: [
            _method_entry(site, attribute, name, function, records.get((topic, name)))
            for name, function in _public_methods(topic).items()
        ]
        for attribute, topic in topics(site).items()
    }


def _public_methods(topic: type[Topic]) -> dict[str, Callable[..., Any]]:
    """Return its own methods, then those of the classes it is put together from."""
    found: dict[str, Callable[..., Any]] = {}
    for part in topic.__mro__:
        for name, value in vars(part).items():
            if inspect.isfunction(value) and not name.startswith("_"):
                found.setdefault(name, value)
    return found


def _method_entry(
    site: str, attribute: str, name: str, function: Callable[..., Any], registered: Registered | None
) -> MethodEntry:
    doc = Docstring(function.__doc__, write=str)
    module = sys.modules[function.__module__]
    signature = inspect.signature(function)
    returns = _annotation(signature.return_annotation)
    takes = " ".join(_annotation(parameter.annotation) for parameter in signature.parameters.values())
    return MethodEntry(
        site=site,
        call=f"client.{attribute}.{name}",
        path=f"{attribute}.{name}",
        qualified=f"{function.__module__}.{function.__qualname__}",
        signature=signature_of(f"client.{attribute}.{name}", function),
        returns=returns,
        doc=doc,
        registered=registered,
        parameters=tuple(parameter_rows(function, doc, registered)),
        types=tuple(types_in(returns, module)),
        codes=tuple(cls for cls in types_in(takes, module) if issubclass(cls, Enum)),
    )


# ------------------------------------------------------------------------------------------------------- parameters


def parameter_rows(
    function: Callable[..., Any], doc: Docstring, registered: Registered | None
) -> Iterable[ParameterRow]:
    """Return the parameters in the order of the signature, with what the endpoint record knows of them."""
    params: tuple[Param, ...] = getattr(registered.endpoint, "params", ()) if registered else ()
    known = {param.name: param for param in params}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in _COMMON:
            continue
        param = known.get(name)
        yield ParameterRow(
            name=name,
            wires=_wires(param) if param else (),
            required=parameter.default is inspect.Parameter.empty,
            limits=param.limits if param else "",
            meaning=doc.arguments.get(name, ""),
        )


def _wires(param: Param) -> tuple[str, ...]:
    return (f"{param.wire}[]",) if isinstance(param, Ids) else tuple(param.wires)


def signature_of(call: str, function: Callable[..., Any]) -> str:
    """Return a call with its parameters, one a line if they don't fit into one; `options` is left out."""
    shown: list[str] = []
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name not in _COMMON]
    for position, parameter in enumerate(parameters):
        if parameter.kind is parameter.KEYWORD_ONLY and all(
            before.kind is not parameter.KEYWORD_ONLY for before in parameters[:position]
        ):
            shown.append("*")
        text = f"{parameter.name}: {_annotation(parameter.annotation)}"
        shown.append(text if parameter.default is parameter.empty else f"{text} = {parameter.default!r}")
    returns = _annotation(inspect.signature(function).return_annotation)
    line = f"{call}({', '.join(shown)}) -> {returns}"
    if len(line) <= _LINE:
        return line
    inner = "".join(f"    {text},\n" for text in shown)
    return f"{call}(\n{inner}) -> {returns}"


def _annotation(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    return "None" if annotation is inspect.Signature.empty else inspect.formatannotation(annotation)


# ----------------------------------------------------------------------------------------------------- models, codes


def types_in(annotation: str, module: ModuleType) -> Iterable[type[Any]]:
    """Return the models and enums that an annotation of a module names."""
    for name in dict.fromkeys(re.findall(r"\w+", annotation)):
        value = getattr(module, name, None)
        if isinstance(value, type) and issubclass(value, (Model, Enum)) and value is not Model:
            yield value


def with_parts(roots: Iterable[type[Any]]) -> list[type[Any]]:
    """Return these types and all that their fields are made of, each once, the outer before the inner."""
    found: dict[type[Any], None] = {}
    waiting = list(roots)
    while waiting:
        current = waiting.pop(0)
        if current in found:
            continue
        found[current] = None
        if issubclass(current, Model):
            waiting.extend(
                inner
                for name, declared in _declared(current).items()
                for inner in types_in(declared.type, sys.modules[declared.module])
                if name != "extra"
            )
    return list(found)


def field_rows(model: type[Model]) -> list[FieldRow]:
    """Return the fields of a model in the order of their declaration, then its properties."""
    declared = _declared(model)
    rows = []
    for field in attrs.fields(model):
        if field.name == "extra":
            continue
        wires = field.metadata.get(WIRE_NAMES) or (field.name,)
        source = declared[field.name]
        rows.append(
            FieldRow(
                name=field.name,
                type=source.type,
                wires=tuple(wire for wire in wires if not wire.startswith(_NOT_SENT)),
                required=field.default is attrs.NOTHING,
                meaning=source.doc,
            )
        )
    return rows + [
        FieldRow(
            name=name,
            type=_annotation(inspect.signature(value.fget).return_annotation),
            wires=(),
            required=False,
            meaning=Docstring(value.__doc__, write=str).summary,
        )
        for cls in reversed(model.__mro__)
        if issubclass(cls, Model) and cls is not Model
        for name, value in vars(cls).items()
        if isinstance(value, property) and value.fget is not None and not name.startswith("_")
    ]


def code_rows(enum: type[Enum]) -> list[CodeRow]:
    """Return the members of an enum as its source lists them: an open one may have met others meanwhile."""
    return [
        CodeRow(name=name, value=getattr(enum, name).value, meaning=declared.doc)
        for name, declared in _class_body(enum).items()
        if not declared.type and isinstance(vars(enum).get(name), enum)
    ]


def is_open(enum: type[Enum]) -> bool:
    """Whether codes that are not in the table pass, too."""
    return issubclass(enum, OpenEnum)


@attrs.frozen(kw_only=True)
class _Declared:
    type: str
    doc: str
    module: str


def _declared(model: type[Any]) -> dict[str, _Declared]:
    found: dict[str, _Declared] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, Model):
            found.update(_class_body(cls))
    return found


@functools.cache
def _class_body(cls: type[Any]) -> dict[str, _Declared]:
    """Return what a class declares: annotated and plain names, each with the text that stands under it."""
    body = _class_node(cls).body
    found: dict[str, _Declared] = {}
    for node, below in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(node, ast.AnnAssign):
            target, kind = node.target, ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign):
            target, kind = node.targets[0], ""
        else:
            continue
        if isinstance(target, ast.Name):
            found[target.id] = _Declared(type=kind, doc=_text_of(below), module=cls.__module__)
    return found


def _text_of(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


def _class_node(cls: type[Any]) -> ast.ClassDef:
    nodes: list[Any] = _tree(cls.__module__).body
    for part in cls.__qualname__.split("."):
        (node,) = [node for node in nodes if isinstance(node, ast.ClassDef) and node.name == part]
        nodes = node.body
    return node


@functools.cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))
