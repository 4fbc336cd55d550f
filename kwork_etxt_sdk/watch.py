"""``Watch``: what is new in a list, told once, however often one looks.

What was seen is kept in a small file that only you can read. It is written after each item that was handled, so that
an item is told twice only if the program dies between handling it and that; none is lost.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

import attrs

from kwork_etxt_sdk.errors import (
    ConfigurationError,
    DeadlineError,
    NetworkError,
    RateLimitError,
    SdkError,
    UnexpectedResponseError,
)
from kwork_etxt_sdk.exclusive import AlreadyRunningError, only_run
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.paging import Pager
from kwork_etxt_sdk.store import write_private
from kwork_etxt_sdk.transport.clock import SECOND, Clock, SystemClock

if TYPE_CHECKING:
    from kwork_etxt_sdk.mapping import Records

__all__ = ["AlreadyRunningError", "Look", "Watch"]

T = TypeVar("T", bound=Model)

KIND: Final = "kwork-etxt-sdk watch"
VERSION: Final = 1
#: How many items are remembered, besides those of the last look.
REMEMBERED: Final = 5_000
#: How many items of a list are looked at, at most: what is new stands at its beginning.
DEPTH: Final = 120
#: How often an item is handed over until it is given up.
TRIES: Final = 5
#: How many items wait to be handed over again, at most.
MOST_WAITING: Final = 500
#: What passes by itself: the next look may succeed.
PASSING: Final = (NetworkError, RateLimitError, DeadlineError, UnexpectedResponseError)
_LONGEST_STATE: Final = 50_000_000
_LONGEST_KEY: Final = 40
logger = logging.getLogger("kwork_etxt_sdk")


@attrs.define
class Look:
    """What came of looking once.

    Attributes:
        told: New items that were handled.
        passed_over: New items that were not wanted.
        failed: New items that could not be handled, and will be tried again.
        given_up: Items that could not be handled so often that they won't be tried again.
        unreadable: New items that could not be read (clients with ``bad_items="keep"``); a warning is logged once.
        is_first: Whether nothing was known before.
    """

    told: int = 0
    passed_over: int = 0
    failed: int = 0
    given_up: int = 0
    unreadable: int = 0
    is_first: bool = False


@attrs.define
class _State:
    seen: dict[str, str | None]
    waiting: dict[str, dict[str, Any]]
    is_new: bool


class Watch(Generic[T]):
    """Tells what is new in a list: items that were not there before, or whose version is another one.

    Args:
        items: Returns the list anew: a pager, of which no more is fetched than needed, several of them, or plain items.
        state: The file that remembers what was seen.
        key: What identifies an item.
        version: What tells that an item has changed; an item is new once if left out.
        wanted: Which items to tell; all if left out. Others count as seen.
        since: What the first look does with the items that are there: ``"now"`` takes them as known, ``"all"`` tells
            them.
        depth: How many items are looked at, at most.
        whole: Look at all of these every time. Left out, a look ends with a page that brings nothing new, which is
            right for lists that begin with what is new.
        remembered: How many items the file remembers, besides those of the last look.
        tries: How often an item is handed over until it is given up.
        clock: Time.

    Example:
        >>> watch = Watch(client.projects.iter_list, "seen.json", key=lambda project: project.id)  # doctest: +SKIP
        >>> watch.look(lambda project: print(project["title"])).told  # doctest: +SKIP
        3
    """

    def __init__(
        self,
        items: Callable[[], Pager[T] | Sequence[Pager[T]] | Iterable[T]],
        state: str | Path,
        *,
        key: Callable[[T], Hashable],
        version: Callable[[T], Any] | None = None,
        wanted: Callable[[T], bool] | None = None,
        since: Literal["now", "all"] = "now",
        depth: int = DEPTH,
        whole: bool = False,
        remembered: int = REMEMBERED,
        tries: int = TRIES,
        clock: Clock | None = None,
    ) -> None:
        if since not in ("now", "all"):
            raise ConfigurationError(f"since is 'now' or 'all', not {since!r}")
        for name, number in (("depth", depth), ("remembered", remembered), ("tries", tries)):
            if number < 1:
                raise ConfigurationError(f"{name} must be at least 1, not {number}")
        self._items = items
        self._path = Path(state).expanduser()
        self._key = key
        self._version = version
        self._wanted = wanted
        self._since = since
        self._depth = depth
        self._whole = whole
        self._remembered = remembered
        self._tries = tries
        self._clock = clock or SystemClock()

    def look(self, handle: Callable[[dict[str, Any]], Any]) -> Look:
        """Look once, and hand what is new to a function, oldest first.

        Args:
            handle: Gets each item as plain data (``Model.to_dict()``). Returning False means that it failed: the item
                is handed over again by the next look, at most `tries` times. What it raises ends the look.

        Returns:
            How many there were.

        Raises:
            AlreadyRunningError: Another program watches with the same file.
            ConfigurationError: The file can't be read or written.
            SdkError: The service could not be asked.
        """
        with only_run(self._path, "the watch"):
            return self._look(handle)

    def run(
        self,
        handle: Callable[[dict[str, Any]], Any],
        *,
        every: float,
        on_error: Callable[[SdkError], None] | None = None,
        looks: int | None = None,
    ) -> None:
        """Look again and again. Ctrl-C ends it; nothing is lost by that.

        Args:
            handle: As for :meth:`look`.
            every: Seconds from the end of one look to the next; longer if the service asked for that.
            on_error: Told of what passes by itself (network, limits, an answer nobody can read); other errors end it.
            looks: How many looks to make; no end if left out.

        Raises:
            AlreadyRunningError: Another program watches with the same file.
            SdkError: Something that does not pass by itself.
        """
        with only_run(self._path, "the watch"):
            made = 0
            while True:
                pause = every
                try:
                    self._look(handle)
                except PASSING as failure:
                    pause = max(every, failure.retry_in or 0.0)
                    if on_error is not None:
                        on_error(failure)
                made += 1
                if looks is not None and made >= looks:
                    return
                self._clock.sleep(round(pause * SECOND))

    def _look(self, handle: Callable[[dict[str, Any]], Any]) -> Look:
        state = _load(self._path)
        done = Look(is_first=state.is_new)
        unreadable: set[str] = set()
        found = list(self._new(state, unreadable))
        here = {*unreadable, *(key for key, _, _, _ in found)}

        def save() -> None:
            self._save(state, here)

        done.unreadable = len(unreadable - state.seen.keys())
        if done.unreadable:
            logger.warning("%d new item(s) could not be read", done.unreadable)
        for key in unreadable:
            _remember(state, key, None)
        if state.is_new and self._since == "now":
            state.seen.update({key: version for key, version, _, _ in found})
            done.passed_over = len(found)
            save()
            return done
        for key, entry in list(state.waiting.items()):
            self._note(state, done, key, entry, succeeded=handle(entry["item"]) is not False)
            save()
        for key, version, item, is_new in reversed(found):
            if not is_new or key in state.waiting:
                continue
            if self._wanted is not None and not self._wanted(item):
                _remember(state, key, version)
                done.passed_over += 1
                continue
            entry = {"version": version, "tries": 0, "item": item.to_dict()}
            self._note(state, done, key, entry, succeeded=handle(entry["item"]) is not False)
            save()
        save()
        return done

    def _new(self, state: _State, unreadable: set[str]) -> Iterator[tuple[str, str | None, T, bool]]:
        """Yield the items looked at, with whether they are new: down to a page that brings nothing new."""
        met: set[str] = set()
        for one in _lists(self._items()):
            left = self._depth
            for page in _pages(one, self._depth):
                any_new = False
                unreadable.update(_digest(json.dumps(bad.raw, default=str)) for bad in getattr(page, "bad_items", ()))
                for item in page[:left]:
                    key = _written(self._key(item))
                    version = None if self._version is None else _written(self._version(item))
                    is_new = key not in state.seen or state.seen[key] != version
                    any_new = any_new or is_new
                    if key not in met:
                        met.add(key)
                        yield key, version, item, is_new
                left -= len(page)
                if left <= 0 or (page and not any_new and not self._whole):
                    break

    def _note(self, state: _State, done: Look, key: str, entry: dict[str, Any], *, succeeded: bool) -> None:
        """Note what came of handing over an item."""
        _remember(state, key, entry["version"])
        state.waiting.pop(key, None)
        if succeeded:
            done.told += 1
            return
        entry["tries"] += 1
        if entry["tries"] >= self._tries or len(state.waiting) >= MOST_WAITING:
            done.given_up += 1
        else:
            done.failed += 1
            state.waiting[key] = entry

    def _save(self, state: _State, here: set[str]) -> None:
        # What stands in the list now is never forgotten, or it would be new again.
        surplus = len(state.seen) - self._remembered
        for key in [key for key in state.seen if key not in here][: max(surplus, 0)]:
            del state.seen[key]
        record = {"kind": KIND, "version": VERSION, "seen": state.seen, "waiting": state.waiting}
        write_private(self._path, json.dumps(record, ensure_ascii=True), "state of the watch")
        state.is_new = False


def _lists(items: Any) -> list[Any]:
    """Return the lists to look at, one or several."""
    if isinstance(items, Pager):
        return [items]
    found = list(items)
    return found if found and all(isinstance(one, Pager) for one in found) else [found]


def _pages(items: Pager[T] | list[T], depth: int) -> Iterator[Records[T] | list[T]]:
    if isinstance(items, Pager):
        for page in items.limit(depth).pages():
            yield page.items
    else:
        yield items


def _remember(state: _State, key: str, version: str | None) -> None:
    # Taken out first: what was seen last is forgotten last.
    state.seen.pop(key, None)
    state.seen[key] = version


def _written(value: Any) -> str:
    """Return a key as it stands in the file: long ones, which may be people's words, as their checksum."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_KEY else _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and {"version", "tries", "item"} <= entry.keys() and isinstance(entry["tries"], int)


def _load(path: Path) -> _State:
    try:
        with path.open("rb") as file:
            record = json.loads(file.read(_LONGEST_STATE))
    except FileNotFoundError:
        return _State({}, {}, is_new=True)
    except (OSError, ValueError) as failure:
        problem = f"the state of the watch {path} can't be read: {failure}"
    else:
        if isinstance(record, dict) and (record.get("kind"), record.get("version")) == (KIND, VERSION):
            seen, waiting = record.get("seen"), record.get("waiting")
            if isinstance(seen, dict) and isinstance(waiting, dict) and all(map(_is_entry, waiting.values())):
                return _State(seen, waiting, is_new=False)
        problem = f"{path} is no state of a watch of this version of the SDK"
    raise ConfigurationError(f"{problem}.", hint="Remove the file to begin anew; what is there then counts as seen.")
