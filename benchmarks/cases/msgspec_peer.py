"""msgspec: what is possible in Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from benchmarks.cases import models


def _struct_of(folder: str, page: str) -> Any:
    def maker(name: str, fields: list[tuple[str, str, Any, bool]]) -> Any:
        return msgspec.defstruct(
            name,
            [(field, kind) if required else (field, kind, None) for field, _, kind, required in fields],
            rename={field: wire for field, wire, _, _ in fields},
            kw_only=True,
        )

    return models.make(folder, page, maker)


def from_dicts(folder: str, page: str) -> Callable[[int], None]:
    """Dicts to structs."""
    rows = models.rows_of(page, json.loads(models.body_of(folder, page)))
    kind = list[_struct_of(folder, page)]  # type: ignore[misc, valid-type]

    def run(times: int) -> None:
        for _ in range(times):
            msgspec.convert(rows, kind, strict=False)

    return run


def from_bytes(folder: str, page: str) -> Callable[[int], None]:
    """Bytes to structs; it is given the rows without their envelope."""
    rows = models.rows_of(page, json.loads(models.body_of(folder, page)))
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    decoder = msgspec.json.Decoder(list[_struct_of(folder, page)], strict=False)  # type: ignore[misc, valid-type]

    def run(times: int) -> None:
        for _ in range(times):
            decoder.decode(body)

    return run
