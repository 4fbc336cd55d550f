"""What the peers' models look like: the fields of the SDK's own, so that everybody reads the same into the same types.

Run in the SDK's environment as ``python -m benchmarks.describe``: prints, for every page, its models as plain data.
Where a field of ours may come under several names, the peers get the one that the page uses: a peer that is written for
one wire needs no other. Open codes are plain integers there, which is less work.
"""

from __future__ import annotations

import json
import sys
import types
import typing
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from benchmarks import pages
from kwork_etxt_sdk.etxt.models.tasks import Task
from kwork_etxt_sdk.etxt.models.users import Balance
from kwork_etxt_sdk.kwork.models.catalog import Kwork
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.mapping.model import WIRE_NAMES

_PLAIN = {int: "int", float: "float", str: "str", bool: "bool", Decimal: "decimal", datetime: "datetime", Any: "any"}

#: Fields of a model, each with its name, its name on the wire, its type, and whether it must be there.
Described = dict[str, list[tuple[str, str, Any, bool]]]


def describe(cls: type[Model], rows: Sequence[Any], into: Described) -> Described:
    """Add a model, and those in its fields, to the described ones."""
    if cls.__name__ in into:
        return into
    fields = into[cls.__name__] = []
    hints = typing.get_type_hints(cls)
    for attribute in attrs.fields(cls):
        if attribute.name == "extra":
            continue
        names = attribute.metadata.get(WIRE_NAMES) or (attribute.name,)
        wire = next((name for name in names if any(name in row for row in rows)), names[0])
        inner = [row[wire] for row in rows if row.get(wire) is not None]
        kind = _kind(hints[attribute.name], inner, into)
        fields.append((attribute.name, wire, kind, attribute.default is attrs.NOTHING))
    return into


def _kind(hint: Any, values: Sequence[Any], into: Described) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
    if typing.get_origin(hint) is list:
        flat = [item for value in values for item in value]
        return ["list", _kind(typing.get_args(hint)[0], flat, into)]
    if typing.get_origin(hint) is dict:
        return "dict"
    if hint in _PLAIN:
        return _PLAIN[hint]
    if issubclass(hint, Model):
        describe(hint, values, into)
        return ["model", hint.__name__]
    return "int" if issubclass(hint, int) else "str"


def everything() -> dict[str, Any]:
    """Return the models of every page, by the page's name; the first is that of its rows."""
    app, documented = pages.kworks_on_app()["response"]["kworks"], pages.kworks_as_documented()["kworks"]
    return {
        "kworks-app": describe(Kwork, app, {}),
        "kworks-news": describe(Kwork, app, {}),
        "orders-news": describe(Task, pages.orders(), {}),
        "kworks-documented": describe(Kwork, documented, {}),
        "orders": describe(Task, pages.orders(), {}),
        "balance": describe(Balance, [pages.BALANCE], {}),
    }


if __name__ == "__main__":
    json.dump(everything(), sys.stdout)
