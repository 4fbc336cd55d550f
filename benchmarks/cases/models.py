"""The peers' models, made from the description in ``models.json``; and the pages they read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Optional

PLAIN: dict[str, Any] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "decimal": Decimal,
    "datetime": datetime,
    "any": Any,
    "dict": dict[str, Any],
}
#: Makes a class of a name and its fields, each with name, name on the wire, type, and whether it must be there.
Maker = Callable[[str, list[tuple[str, str, Any, bool]]], Any]


def make(folder: str, page: str, maker: Maker) -> Any:
    """Make the models of a page, and return that of its rows."""
    described = json.loads((Path(folder) / "models.json").read_text(encoding="utf-8"))[page]
    made: dict[str, Any] = {}

    def kind_of(kind: Any) -> Any:
        if isinstance(kind, str):
            return PLAIN[kind]
        container, inner = kind
        return list[kind_of(inner)] if container == "list" else model(inner)  # type: ignore[misc]

    def model(name: str) -> Any:
        if name not in made:
            fields = [
                (field, wire, kind_of(kind) if required else Optional[kind_of(kind)], required)  # noqa: UP045
                for field, wire, kind, required in described[name]
            ]
            made[name] = maker(name, fields)
        return made[name]

    return model(next(iter(described)))


def body_of(folder: str, page: str) -> bytes:
    """Return a page as it comes from the service."""
    return (Path(folder) / f"{page}.json").read_bytes()


def rows_of(page: str, data: Any) -> list[dict[str, Any]]:
    """Return the rows of a page that was parsed."""
    rows: list[dict[str, Any]]
    if page in {"kworks-app", "kworks-news"}:
        rows = data["response"]["kworks"]
    elif page == "kworks-documented":
        rows = data["kworks"]
    else:
        rows = data
    return rows


def has_news(page: str) -> bool:
    """Return whether the rows have a field that the models don't know, which is to be kept."""
    return page.endswith("-news")
