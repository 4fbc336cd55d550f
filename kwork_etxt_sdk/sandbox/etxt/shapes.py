"""The outer shapes of answers.

The live service answers the same question in several shapes: PHP writes an array as a JSON list or as an object,
depending on its keys, numbers come as text or as numbers, an empty map as an empty list. Handlers say what an answer
is; this module decides how it looks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from kwork_etxt_sdk.sandbox.etxt.errors import NO_OBJECT, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row: TypeAlias = "Mapping[str, Any]"


class PlainNumber(int):
    """A number that PHP computed and did not read from the database: always a JSON number."""


@dataclass(frozen=True)
class Items:
    """A collection of records, `key` being the field that identifies one, if any; a list or an object keyed by it."""

    rows: Sequence[Row]
    key: str = "id"


@dataclass(frozen=True)
class KeyedMap:
    """A map whose keys mean something; empty, PHP writes it as a list."""

    entries: Mapping[Any, Any]


@dataclass(frozen=True)
class Page:
    """The collection a list method answers with."""

    rows: Sequence[Row]
    key: str = "id"
    empty_is_refused: bool = False
    """True where public clients have seen an error instead of an empty page, whatever the shapes."""


@dataclass(frozen=True)
class Single:
    """One record that the live service wraps in a collection."""

    row: Row
    key: str = "id"


@dataclass(frozen=True)
class Grouped:
    """Records that the live service groups by the object they belong to."""

    rows: Sequence[Row]
    group: str
    key: str = "id"


Answer: TypeAlias = "Row | Page | Single | Grouped | KeyedMap"

CollectionShape: TypeAlias = Literal["list", "keyed"]
NumberShape: TypeAlias = Literal["text", "number"]


@dataclass(frozen=True)
class Shapes:
    """Which of the observed shapes the sandbox uses. `Shapes.named("live")` and the like give the usual mixtures."""

    collections: CollectionShape = "list"
    """Collections are JSON lists, or objects keyed by id."""
    keyed_methods: frozenset[str] = field(default=frozenset())
    """Methods whose collection is keyed although `collections` says list."""
    single: Literal["plain", "list", "keyed"] = "plain"
    """`users.getUser`: the object itself, a list of one, an object of one."""
    results: Literal["flat", "by_task", "by_task_keyed"] = "flat"
    """`tasks.getResults`: a flat collection, `{task: [results]}`, `{task: {result: ...}}`."""
    numbers: NumberShape = "text"
    """Numbers as text, the way they come from PHP's database driver, or as JSON numbers."""
    empty_map: Literal["list", "object"] = "list"
    """An empty map is `[]`, as PHP writes it, or `{}`."""
    empty_page: Literal["error", "list"] = "error"
    """An empty page is the error `no_object`, or an empty collection. `tasks.listTasks` always refuses."""

    @classmethod
    def named(cls, name: str) -> Shapes:
        """The shapes called `live`, `lists`, `keyed` or `numbers`."""
        try:
            return _NAMED[name]
        except KeyError:
            raise ValueError(f"no shapes are called {name!r}; there are {', '.join(_NAMED)}") from None


_NAMED = {
    # What public clients have met, as far as it is known; the rest is plain.
    "live": Shapes(
        keyed_methods=frozenset({"categories.listCategories", "tasks.listTasks"}), single="list", results="by_task"
    ),
    "lists": Shapes(empty_map="object", empty_page="list"),
    "keyed": Shapes(collections="keyed", single="keyed", results="by_task_keyed"),
    "numbers": Shapes(numbers="number", empty_page="list"),
}


def render(answer: Answer, shapes: Shapes, method: str) -> str:
    """The JSON text of an answer."""
    return encode(_Renderer(shapes, method).outer(answer))


def encode(value: Any) -> str:
    """JSON as `json_encode` writes it by default: no spaces, nothing but ASCII, an escaped slash."""
    return json.dumps(value, separators=(",", ":")).replace("/", r"\/")


class _Renderer:
    def __init__(self, shapes: Shapes, method: str) -> None:
        self._shapes = shapes
        self._collections: CollectionShape = "keyed" if method in shapes.keyed_methods else shapes.collections

    def outer(self, answer: Answer) -> Any:
        if isinstance(answer, Page):
            self._refuse_if_empty(answer.rows, always=answer.empty_is_refused)
            return self._collection(answer.rows, answer.key, self._collections)
        if isinstance(answer, Single):
            if self._shapes.single == "plain":
                return self._inner(answer.row)
            return self._collection([answer.row], answer.key, self._shapes.single)
        if isinstance(answer, Grouped):
            return self._groups(answer)
        return self._inner(answer)

    def _refuse_if_empty(self, rows: Sequence[Row], *, always: bool = False) -> None:
        if not rows and (always or self._shapes.empty_page == "error"):
            raise Refusal(NO_OBJECT)

    def _groups(self, answer: Grouped) -> Any:
        self._refuse_if_empty(answer.rows)
        if self._shapes.results == "flat":
            return self._collection(answer.rows, answer.key, self._collections)
        if not answer.rows:
            return self._inner(KeyedMap({}))
        groups: dict[str, list[Row]] = {}
        for row in answer.rows:
            groups.setdefault(str(row[answer.group]), []).append(row)
        inner: CollectionShape = "keyed" if self._shapes.results == "by_task_keyed" else "list"
        return {name: self._collection(rows, answer.key, inner) for name, rows in groups.items()}

    def _collection(self, rows: Sequence[Row], key: str, shape: CollectionShape) -> Any:
        if shape == "list":
            return [self._inner(row) for row in rows]
        if not rows:
            return self._inner(KeyedMap({}))
        # What has no id of its own is counted; not from 0, or PHP would write a list.
        return {str(row[key] if key else index): self._inner(row) for index, row in enumerate(rows, start=1)}

    def _inner(self, value: Any) -> Any:
        if isinstance(value, PlainNumber):
            return int(value)
        if isinstance(value, (int, Decimal)):
            return self._number(value)
        if isinstance(value, str):
            return value
        if isinstance(value, Items):
            return self._collection(value.rows, value.key, self._collections)
        if isinstance(value, KeyedMap):
            if not value.entries and self._shapes.empty_map == "list":
                return []
            return {str(key): self._inner(entry) for key, entry in value.entries.items()}
        if isinstance(value, dict):
            return {key: self._inner(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._inner(entry) for entry in value]
        raise TypeError(f"cannot be sent: {value!r}")

    def _number(self, value: int | Decimal) -> Any:
        if self._shapes.numbers == "text":
            return str(int(value) if isinstance(value, int) else value)
        return int(value) if isinstance(value, int) else float(value)
