"""What users can import, call, read from a model and type on the command line, as text.

One line says one thing, and nothing in it depends on the Python that runs this, on the width of a terminal or on the
place of the code: a module may be split and a method may move to a base class without changing a line.
"""

from __future__ import annotations

import ast
import builtins
import enum
import functools
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, TypeVar

import attrs
import click

PACKAGE = "kwork_etxt_sdk"

#: ``{file: modules whose names users import}``. What several modules offer is described with the first of them.
MODULES = {
    "etxt": (f"{PACKAGE}.etxt", f"{PACKAGE}.etxt.workflows"),
    "kwork": (f"{PACKAGE}.kwork",),
    "sandbox": (f"{PACKAGE}.sandbox",),
    "testing": (f"{PACKAGE}.testing", f"{PACKAGE}.testing.plugin", f"{PACKAGE}.testing.stubs"),
    "core": (
        PACKAGE,
        f"{PACKAGE}.config",
        f"{PACKAGE}.errors",
        f"{PACKAGE}.options",
        f"{PACKAGE}.paging",
        f"{PACKAGE}.progress",
        f"{PACKAGE}.sync",
        f"{PACKAGE}.tables",
        f"{PACKAGE}.text",
        f"{PACKAGE}.watch",
        f"{PACKAGE}.transport.events",
        f"{PACKAGE}.transport.journal",
    ),
}
#: The file of what nobody imports by name, but gets from a method or hands to one.
REACHED = "reached"
COMMANDS = "commands"

#: Texts of annotations, each with the module in which its names have their meaning.
Texts = list[tuple[str, str]]

#: Methods with two underscores that belong to how a class is used.
PROTOCOLS = {"__call__", "__contains__", "__enter__", "__exit__", "__getitem__", "__iter__", "__len__", "__next__"}
#: Bases whose members are described with them, not again with every class that inherits them.
SHARED = {"SdkError", "Model", "OpenEnum", "OpenIntEnum", "OpenStrEnum"}
INDENT = "    "


def surface() -> dict[str, list[str]]:
    """Return ``{file: lines}`` of everything public."""
    described: dict[int, str] = {}
    waiting: Texts = []
    files = {file: [*_of_modules(modules, described, waiting)] for file, modules in MODULES.items()}
    files[REACHED] = [*_of_reached(described, waiting)]
    from kwork_etxt_sdk.cli.app import cli

    files[COMMANDS] = [*_of_command("kwork-etxt", cli)]
    return files


def _of_modules(modules: Iterable[str], described: dict[int, str], waiting: Texts) -> Iterator[str]:
    for place in modules:
        module = importlib.import_module(place)
        yield f"module {place}"
        for name in public_names(module):
            value = getattr(module, name)
            known = described.get(id(value)) if _is_class(value) else None
            if known is not None:
                yield f"{INDENT}name {name} is {known}"
                continue
            if _is_class(value):
                described[id(value)] = f"{place}.{name}"
            yield from _indented(_of_value(name, value, module, waiting))


def _of_reached(described: dict[int, str], waiting: Texts) -> Iterator[str]:
    found: dict[str, dict[int, list[str]]] = {}
    while waiting:
        text, place = waiting.pop()
        if place.startswith(f"{PACKAGE}.sandbox"):  # its insides are no promise; what is, has a name of its own
            continue
        for name in re.findall(r"(?<![\w.])[A-Z]\w+", text):
            home, value = _resolve(name, place)
            if home is None or id(value) in described or id(value) in found.setdefault(name, {}):
                continue
            if _is_class(value):
                found[name][id(value)] = [*_of_class(name, value, waiting, constructor=False)]
            else:
                found[name][id(value)] = [f"alias {name} = {value}"]
                waiting.append((value, home))
    for name in sorted(found):
        for lines in sorted(found[name].values()):
            yield from lines


def _is_class(value: Any) -> bool:
    return isinstance(value, type) and not hasattr(value, "__origin__")  # Python 3.10 takes list[int] for a class


def _resolve(name: str, place: str) -> tuple[str | None, Any]:
    """Find the class, or the text of the alias, that a module of this package means by a name; and where it is."""
    while place.startswith(PACKAGE):
        if name in _aliases(place):
            return place, _aliases(place)[name]
        value = vars(importlib.import_module(place)).get(name)
        if _is_class(value):
            return (place, value) if value.__module__.startswith(PACKAGE) else (None, value)
        place = _imported_from(place).get(name, "")
    return None, None


@functools.cache
def _tree(place: str) -> tuple[str, ast.Module]:
    source = inspect.getsource(importlib.import_module(place))
    return source, ast.parse(source)


@functools.cache
def _imported_from(place: str) -> dict[str, str]:
    """Where the names come from that a module imports, those that only type checkers see included."""
    return {
        alias.name: node.module or ""
        for node in ast.walk(_tree(place)[1])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def public_names(module: ModuleType) -> list[str]:
    """Return the names a module offers: its ``__all__``, or what is defined in it and has no underscore."""
    if hasattr(module, "__all__"):
        return sorted(name for name in module.__all__ if name != "__version__")
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, TypeVar)
        and getattr(inspect.unwrap(value) if callable(value) else value, "__module__", None) == module.__name__
    )


@functools.cache
def _aliases(place: str) -> dict[str, str]:
    """Types that have a name: ``Wire = Literal[...]``."""
    source, tree = _tree(place)
    return {
        node.targets[0].id: " ".join((ast.get_source_segment(source, node.value) or "").split())
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if re.fullmatch(r"[A-Z]\w*[a-z]\w*", node.targets[0].id)
        and isinstance(node.value, (ast.Subscript, ast.BinOp, ast.Name))
    }


def _of_value(name: str, value: Any, module: ModuleType, waiting: Texts) -> Iterator[str]:
    if _is_class(value):
        yield from _of_class(name, value, waiting, constructor=True)
    elif callable(value):
        kind = "def" if inspect.isfunction(value) else "fixture"
        yield from _of_function(kind, name, inspect.unwrap(value), waiting)
    elif (alias := _resolve(name, module.__name__))[0] is not None:
        waiting.append((alias[1], alias[0]))
        yield f"alias {name} = {alias[1]}"
    else:
        yield f"constant {name}: {type(value).__name__}"


def _of_class(name: str, cls: type, waiting: Texts, *, constructor: bool) -> Iterator[str]:
    yield f"class {name}{_ancestors(cls)}"
    yield from _indented(_of_members(cls, waiting, constructor=constructor))


def _ancestors(cls: type) -> str:
    """Bases that ``except`` and ``isinstance`` may rely on, in alphabetical order."""
    names = {
        base.__name__
        for base in cls.__mro__[1:]
        if base not in {object, BaseException} and not base.__name__.startswith("_")
        if base.__module__ == builtins.__name__
        or base is enum.Enum
        or base.__name__ in SHARED
        or issubclass(base, Exception)
    }
    return f"({', '.join(sorted(names))})" if names else ""


def _of_members(cls: type, waiting: Texts, *, constructor: bool) -> Iterator[str]:
    fields = {field.name: field for field in attrs.fields(cls)} if attrs.has(cls) else {}
    members = {name: base for base in reversed(cls.__mro__) for name in vars(base)}
    annotations = {
        name: (base, type_) for base in reversed(cls.__mro__) for name, type_ in _annotations_of(base).items()
    }
    own = {
        name: base
        for name, base in {**{name: found[0] for name, found in annotations.items()}, **members}.items()
        if base.__module__.startswith(PACKAGE) and (base is cls or base.__name__ not in SHARED)
        if not name.startswith("_") or name in PROTOCOLS
    }
    for name, field in fields.items():
        if name in own:
            base, type_ = annotations[name]
            yield _of_field(field, _typed(type_, base, waiting))
    if issubclass(cls, enum.Enum):
        for member in cls:
            yield f"member {member.name} = {member.value!r}"
    made_by = members["__init__"]
    shared = made_by is not cls and made_by.__name__ in SHARED
    if constructor and made_by.__module__.startswith(PACKAGE) and not attrs.has(made_by) and not shared:
        yield from _of_function("constructor", "__init__", vars(made_by)["__init__"], waiting)
    for name in sorted(own):
        if name in fields or (issubclass(cls, enum.Enum) and name in cls.__members__):
            continue
        if name in annotations:
            base, type_ = annotations[name]
            yield f"attribute {name}: {_typed(type_, base, waiting)}"
        else:
            yield from _of_member(name, inspect.getattr_static(cls, name), waiting)


def _annotations_of(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = vars(cls).get("__annotations__", {})
    return found


def _of_field(field: attrs.Attribute[Any], type_: str) -> str:
    how = "" if field.init else " (not in the constructor)"
    if field.init and not field.kw_only:
        how = " (positional)"
    return f"field {field.name}: {type_}{_default(field.default, {})}{how}"


def _of_member(name: str, value: Any, waiting: Texts) -> Iterator[str]:
    if isinstance(value, (property, functools.cached_property)):
        getter = value.fget if isinstance(value, property) else value.func
        type_ = _typed(inspect.signature(getter).return_annotation, getter, waiting) if getter else "Any"
        settable = " (settable)" if isinstance(value, property) and value.fset else ""
        yield f"property {name}: {type_}{settable}"
    elif isinstance(value, (classmethod, staticmethod)):
        yield from _of_function(type(value).__name__, name, value.__func__, waiting, bound=type(value) is classmethod)
    elif inspect.isfunction(value):
        yield from _of_function("def", name, value, waiting, bound=True)
    else:
        yield f"attribute {name}: {type(value).__name__}"


def _of_function(kind: str, name: str, function: Any, waiting: Texts, *, bound: bool = False) -> Iterator[str]:
    """Name and result, then a line for each parameter; a leading ``self`` or ``cls`` is nobody's argument."""
    signature = inspect.signature(function)
    parameters = [*signature.parameters.values()]
    result = signature.return_annotation
    returned = "" if result is signature.empty or kind == "constructor" else _typed(result, function, waiting)
    yield f"{kind} {name}{' -> ' if returned else ''}{returned}"
    kinds = {
        inspect.Parameter.POSITIONAL_ONLY: "arg",
        inspect.Parameter.POSITIONAL_OR_KEYWORD: "arg",
        inspect.Parameter.KEYWORD_ONLY: "keyword",
        inspect.Parameter.VAR_POSITIONAL: "rest",
        inspect.Parameter.VAR_KEYWORD: "any",
    }
    if kind == "fixture":  # pytest fills in what a fixture asks for
        return
    for parameter in parameters[1 if bound or kind == "constructor" else 0 :]:
        type_ = "" if parameter.annotation is parameter.empty else _typed(parameter.annotation, function, waiting)
        default = "" if parameter.default is parameter.empty else _default(parameter.default, function.__globals__)
        yield f"{INDENT}{kinds[parameter.kind]} {parameter.name}{': ' if type_ else ''}{type_}{default}"


def _typed(annotation: Any, owner: Any, waiting: Texts) -> str:
    """Return an annotation as one line, and note what else it leads to."""
    annotation = getattr(annotation, "__forward_arg__", annotation)  # what named tuples make of a text
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = " ".join(text.replace(f"{PACKAGE}.", "").split())
    waiting.append((text, owner.__module__))
    return text


def _default(value: Any, namespace: dict[str, Any]) -> str:
    if value is attrs.NOTHING:
        return ""
    if isinstance(value, attrs.Factory):  # type: ignore[arg-type]
        return f" = {value.factory.__name__.strip('<>')}()"
    return f" = {_shown(value, namespace)}"


def _shown(value: Any, namespace: dict[str, Any]) -> str:
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, (tuple, list)):
        inner = ", ".join(_shown(item, namespace) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if value is None or type(value) in {bool, int, float, str, bytes}:
        return repr(value)
    if isinstance(value, type) or callable(value):
        return str(getattr(value, "__qualname__", type(value).__name__))
    named = [name for name, other in namespace.items() if other is value and name.isupper()]
    return named[0] if named else f"{type(value).__name__}(...)"


def _of_command(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"command {path}"
    for parameter in command.params:
        yield f"{INDENT}{_of_parameter(parameter)}"
    if isinstance(command, click.Group):
        for name in sorted(command.list_commands(context)):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _of_command(f"{path} {name}", inner)


def _of_parameter(parameter: click.Parameter) -> str:
    names = " ".join(sorted([*parameter.opts, *parameter.secondary_opts], key=lambda name: name.lstrip("-")))
    kind = "argument" if isinstance(parameter, click.Argument) else "option"
    if getattr(parameter, "is_flag", False):
        type_ = "flag"
    elif isinstance(parameter.type, click.Choice):
        type_ = "|".join(str(getattr(choice, "value", choice)) for choice in parameter.type.choices)
    else:
        type_ = parameter.type.name
    default = parameter.default
    known = type(default) in {int, float, str} and type_ != "flag" and not str(default).startswith("/")
    return " ".join(
        [
            f"{kind} {names}: {type_}",
            *(["repeated"] if parameter.nargs == -1 or getattr(parameter, "multiple", False) else []),
            *([f"= {default!r}"] if known else []),
            *(["(required)"] if parameter.required else []),
        ]
    )


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{INDENT}{line}"
