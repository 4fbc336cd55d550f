"""cattrs as it comes, with the hooks that Decimal and datetime need."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, override

from benchmarks.cases import models


def _moment(value: Any, _kind: Any) -> datetime:
    text = str(value)
    return datetime.fromtimestamp(int(text), timezone.utc) if text.isdecimal() else datetime.fromisoformat(text)


def from_dicts(folder: str, page: str) -> Callable[[int], None]:
    """Dicts to models."""
    converter = cattrs.Converter()
    converter.register_structure_hook(Decimal, lambda value, _kind: Decimal(str(value)))
    converter.register_structure_hook(datetime, _moment)

    def maker(name: str, fields: list[tuple[str, str, Any, bool]]) -> Any:
        attributes = {
            field: attrs.field(type=kind) if required else attrs.field(type=kind, default=None)
            for field, _, kind, required in fields
        }
        cls = attrs.make_class(name, attributes, frozen=True, slots=True, kw_only=True)
        renames: dict[str, Any] = {field: override(rename=wire) for field, wire, _, _ in fields if field != wire}
        converter.register_structure_hook(cls, make_dict_structure_fn(cls, converter, **renames))
        return cls

    model = models.make(folder, page, maker)
    rows = models.rows_of(page, json.loads(models.body_of(folder, page)))

    def run(times: int) -> None:
        for _ in range(times):
            converter.structure(rows, list[model])  # type: ignore[valid-type]

    return run
