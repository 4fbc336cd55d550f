"""Samples of answers: real shapes, invented values."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

#: The marketplaces that have samples.
Site = Literal["etxt", "kwork"]
_FOLDER = Path(__file__).parent


def sample_names(site: Site) -> list[str]:
    """Return the names of all samples of a marketplace.

    Args:
        site: ``"etxt"`` or ``"kwork"``.

    Example:
        >>> "tasks.paidTask" in sample_names("etxt")
        True
    """
    return sorted(_files(site))


def sample(site: Site, name: str) -> Any:
    """Return a sample: the decoded answer, fresh each time, yours to change.

    Args:
        site: ``"etxt"`` or ``"kwork"``.
        name: eTXT: the method, for example ``"tasks.listTasks"``, or with the shape, ``"tasks.listTasks.only_id"``.
            Kwork, whose samples are answers of the app wire: a file and a key in it, for example ``"kworks.page"``.

    Returns:
        What JSON holds; a text for the answers that are plain text.

    Raises:
        LookupError: There is none of this name; the message names the nearest.

    Example:
        >>> sample("etxt", "tasks.paidTask")["ids"]
        ['1000002']
    """
    found = _files(site)
    if name not in found:
        found = {known: path for known, path in found.items() if known.startswith(f"{name}.")} or found
        if len(found) == len(_files(site)):
            nearest = get_close_matches(name, found, n=1, cutoff=0.0)[0]
            raise LookupError(f"{site} has no sample {name!r}; the nearest is {nearest!r}")
        name = min(found)
    path = found[name]
    text = path.read_text(encoding="utf-8")
    if path.name.endswith(".txt"):
        return text
    data = json.loads(text)
    return data if site == "etxt" else data[name.partition(".")[2]]


def _files(site: Site) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in (_FOLDER / site).iterdir():
        stem, _, _ = path.name.rpartition(".")
        if site == "etxt":
            found[stem] = path
        else:
            found |= {f"{stem}.{key}": path for key in json.loads(path.read_text(encoding="utf-8"))}
    return found
