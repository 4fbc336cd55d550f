"""The file by which a workflow remembers that it placed an order."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.store import write_private

_WHAT = "state file"


class OrderState:
    """What is known of an order from earlier runs.

    Args:
        path: The file; it need not be there.
        title: The title of the order.

    Raises:
        ConfigurationError: The file can't be read, or belongs to an order with another title.
    """

    def __init__(self, path: str | Path, title: str) -> None:
        self._path = Path(path).expanduser()
        self._title = title
        known = _read(self._path, title)
        #: The newest order when placing began; None before that.
        self.newest: int | None = known.get("newest")
        #: The order, once it is placed.
        self.task_id: int | None = known.get("task_id")

    def begin(self, newest: int) -> None:
        """Note that the order is about to be placed; orders up to `newest` are not it."""
        self.newest = newest
        self._write()

    def end(self, task_id: int) -> None:
        """Note the order that was placed."""
        if task_id != self.task_id:
            self.task_id = task_id
            self._write()

    def is_about(self, title: str) -> bool:
        """Whether a title, as the service stores it, is that of the order."""
        return _plain(title) == _plain(self._title)

    def _write(self) -> None:
        known = {"title": self._title, "newest": self.newest}
        if self.task_id is not None:
            known["task_id"] = self.task_id
        write_private(self._path, json.dumps(known), _WHAT)


def _plain(title: str) -> str:
    # The service may store a title escaped for HTML, and without surrounding spaces.
    return " ".join(html.unescape(title).split())


def _read(path: Path, title: str) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as failure:
        raise ConfigurationError(f"the {_WHAT} {path} can't be read: {failure}") from None
    if not isinstance(known, dict) or not isinstance(known.get("newest"), int):
        raise ConfigurationError(f"{path} is no {_WHAT} of an order")
    if known.get("title") != title:
        raise ConfigurationError(f"the {_WHAT} {path} belongs to another order: {known.get('title')!r}")
    return known
