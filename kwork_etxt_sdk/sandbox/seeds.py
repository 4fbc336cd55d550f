"""Invented words and names from which both services make their data."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, cast


@cache
def words() -> dict[str, list[str]]:
    """Russian words and phrases by purpose."""
    return cast("dict[str, list[str]]", load("words"))


@cache
def load(name: str) -> Any:
    """A JSON file of the data folder."""
    return json.loads((files(__package__) / "data" / f"{name}.json").read_text(encoding="utf-8"))
