"""The tree of errors, from the classes themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType

from reference_text import table

import kwork_etxt_sdk.errors
import kwork_etxt_sdk.etxt.errors
import kwork_etxt_sdk.kwork.errors
from kwork_etxt_sdk.cli.docstrings import Docstring
from kwork_etxt_sdk.errors import SdkError

MODULES = {"etxt": kwork_etxt_sdk.etxt.errors, "kwork": kwork_etxt_sdk.kwork.errors}


def classes_of(module: ModuleType) -> list[type[SdkError]]:
    """Return the errors that a module defines, in its order."""
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, SdkError) and value.__module__ == module.__name__
    ]


def core_tree() -> str:
    """Return the errors that both marketplaces share, as an indented tree."""
    children: dict[type, list[type]] = {}
    for cls in classes_of(kwork_etxt_sdk.errors):
        children.setdefault(cls.__base__, []).append(cls)

    def walk(cls: type, indent: str, name_indent: str) -> Iterator[str]:
        yield f"{name_indent}{cls.__name__}"
        below = children.get(cls, [])
        for child in below:
            last = child is below[-1]
            yield from walk(child, indent + ("   " if last else "│  "), indent + ("└─ " if last else "├─ "))

    return "\n".join(walk(SdkError, "", ""))


def error_lines(site: str) -> Iterator[str]:
    """Yield the table of a marketplace's errors: class, what else it is, meaning."""
    rows = [
        [f"``{cls.__name__}``", ", ".join(f"``{base.__name__}``" for base in cls.__bases__), meaning_of(cls)]
        for cls in classes_of(MODULES[site])
    ]
    yield from table(["Error", "Is a", "Meaning"], rows, (30, 34, 36))


def meaning_of(cls: type[SdkError]) -> str:
    """Return the first paragraph of an error's documentation."""
    return Docstring(cls.__doc__, write=str).summary


def etxt_code_lines() -> Iterator[str]:
    """Yield the table of eTXT's own error codes."""
    rows = [
        [f"``{code}``", f"``{cls.__name__}``", hint] for code, (cls, hint) in kwork_etxt_sdk.etxt.errors.BY_CODE.items()
    ]
    yield from table(["Code", "Error", "What to do"], rows, (24, 32, 44))
