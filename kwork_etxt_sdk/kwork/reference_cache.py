"""Reference data that was fetched already: for the life of a client, and in a file if the user wants that."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.forks import new_lock
from kwork_etxt_sdk.mapping import MappingError, Model, Records, default_converter

ModelT = TypeVar("ModelT", bound=Model)

_KIND = "kwork-etxt-sdk reference data"


class ReferenceCache:
    """Lists by the name of their method.

    Args:
        source: Names the service and the wire: lists of another one are not ours.
        now: Tells the time.
    """

    def __init__(self, source: str, now: Callable[[], datetime]) -> None:
        self._source = source
        self._now = now
        self._lock = new_lock()
        self._lists: dict[str, tuple[datetime, Records[Any]]] = {}
        self._path: Path | None = None
        self._max_age = timedelta(0)

    def keep_on_disk(self, path: str | os.PathLike[str] | None, max_age: timedelta) -> None:
        """Use a file, too; None stands for the usual one."""
        if not isinstance(max_age, timedelta) or max_age <= timedelta(0):
            raise ConfigurationError(f"max_age must be a positive timedelta, not {max_age!r}")
        from kwork_etxt_sdk.store import state_directory

        self._path = state_directory() / "kwork-reference.json" if path is None else Path(path).expanduser()
        self._max_age = max_age

    def fetched_at(self, name: str) -> datetime | None:
        """Tell when a list was fetched, of several lists of one method the oldest."""
        with self._lock:
            moments = [moment for key, (moment, _) in self._lists.items() if key.split(" ")[0] == name]
        return min(moments, default=None)

    def get(
        self, key: str, kind: type[ModelT], fetch: Callable[[], Records[ModelT]], *, refresh: bool
    ) -> Records[ModelT]:
        """Return a list: from memory, from the file, or by fetching it. What had to leave something out is not kept."""
        with self._lock:
            known = None if refresh else self._lists.get(key)
        if known is None and not refresh:
            known = self._from_disk(key, kind)
        if known is None:
            known = (self._now().astimezone(timezone.utc), fetch())
            if known[1].bad_items:
                return known[1]
            self._to_disk(key, *known)
        with self._lock:
            self._lists[key] = known
        return Records(known[1])  # the caller may change the list

    def _from_disk(self, key: str, kind: type[ModelT]) -> tuple[datetime, Records[ModelT]] | None:
        entry = self._content().get(key)
        if not isinstance(entry, dict):
            return None
        converter = default_converter()
        try:
            moment = converter.structure(entry.get("fetched_at"), datetime)
            items = converter.structure(entry.get("items"), list[kind])  # type: ignore[valid-type]
        except MappingError:
            return None
        if not timedelta(0) <= self._now() - moment <= self._max_age:
            return None
        return moment, Records(items)

    def _to_disk(self, key: str, moment: datetime, items: Records[Any]) -> None:
        if self._path is None:
            return
        from kwork_etxt_sdk.store import write_private

        with self._lock:
            lists = self._content()
            lists[key] = {"fetched_at": moment.isoformat(), "items": [_plain(item) for item in items]}
            record = {"kind": _KIND, "source": self._source, "lists": lists}
            write_private(self._path, json.dumps(record, ensure_ascii=False), "file of reference data")

    def _content(self) -> dict[str, Any]:
        """Return the lists in the file; what is no such file, or damaged, holds none and is written anew."""
        if self._path is None:
            return {}
        try:
            record = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(record, dict) or record.get("kind") != _KIND or record.get("source") != self._source:
            return {}
        lists = record.get("lists")
        return lists if isinstance(lists, dict) else {}


def _plain(item: Model) -> dict[str, Any]:
    plain = item.to_dict()
    return {**plain.pop("extra", {}), **plain}
