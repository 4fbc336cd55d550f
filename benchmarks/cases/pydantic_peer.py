"""pydantic, the peers' way: ``json.loads``, and ``Model(**o)`` for each item."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from benchmarks.cases import kept, models


def model_of(folder: str, page: str) -> type[BaseModel]:
    """Return the model of a page's rows; unknown fields are ignored, as by default, unless the page has some."""

    def maker(name: str, fields: list[tuple[str, str, Any, bool]]) -> Any:
        definitions: dict[str, Any] = {
            field: (kind, Field(validation_alias=wire) if required else Field(default=None, validation_alias=wire))
            for field, wire, kind, required in fields
        }
        settings = ConfigDict(extra="allow") if models.has_news(page) else None
        return create_model(name, __config__=settings, **definitions)

    made: type[BaseModel] = models.make(folder, page, maker)
    return made


def from_dicts(folder: str, page: str) -> Callable[[int], None]:
    """Dicts to models, one by one."""
    model, rows = model_of(folder, page), models.rows_of(page, json.loads(models.body_of(folder, page)))

    def run(times: int) -> None:
        for _ in range(times):
            [model(**row) for row in rows]

    return run


def validate_python(folder: str, page: str) -> Callable[[int], None]:
    """Dicts to models, the list at once."""
    rows = models.rows_of(page, json.loads(models.body_of(folder, page)))
    adapter = TypeAdapter(list[model_of(folder, page)])  # type: ignore[misc, valid-type]

    def run(times: int) -> None:
        for _ in range(times):
            adapter.validate_python(rows)

    return run


def from_bytes(folder: str, page: str) -> Callable[[int], None]:
    """Bytes to models."""
    model, body = model_of(folder, page), models.body_of(folder, page)

    def run(times: int) -> None:
        for _ in range(times):
            [model(**row) for row in models.rows_of(page, json.loads(body))]

    return run


def validate_json(folder: str, page: str) -> Callable[[int], None]:
    """Bytes to models by pydantic's own reader; it is given the rows without their envelope."""
    rows = models.rows_of(page, json.loads(models.body_of(folder, page)))
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    adapter = TypeAdapter(list[model_of(folder, page)])  # type: ignore[misc, valid-type]

    def run(times: int) -> None:
        for _ in range(times):
            adapter.validate_json(body)

    return run


def page_kept(folder: str, page: str) -> Callable[[int], dict[str, float]]:
    """A page of models in memory."""
    model, body = model_of(folder, page), models.body_of(folder, page)
    return kept.runner(lambda: [model(**row) for row in models.rows_of(page, json.loads(body))])


def dicts_kept(folder: str, page: str) -> Callable[[int], dict[str, float]]:
    """A page of plain dicts in memory."""
    body = models.body_of(folder, page)
    return kept.runner(lambda: models.rows_of(page, json.loads(body)))
