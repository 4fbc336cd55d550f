"""What stands on a command line, as the values that methods take."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.params import Amount, Choice, Flag, Ids, Moment, Param, Problem, Text, Upload, Whole, Words

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_RELATIVE = re.compile(r"([+-])(\d{1,4})(d|h|min)", re.ASCII)
_UNITS = {"d": "days", "h": "hours", "min": "minutes"}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


if TYPE_CHECKING:
    _Kind = click.ParamType[Any]
else:
    _Kind = click.ParamType  # generic only in newer versions


class Value(_Kind):
    """A kind of value.

    Args:
        name: What stands for it in help texts.
        read: Makes it from its text; raises ValueError with what is wrong.
        record: Checks it as the method will.
        choices: The only texts there are, for completion.
    """

    def __init__(
        self, name: str, read: Callable[[str], Any], record: Param | None = None, choices: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.choices = tuple(choices)
        self._read = read
        self._record = record

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read and check a text; anything else has been read already."""
        if not isinstance(value, str):
            return value
        try:
            made = self._read(value)
            if self._record is not None:
                self._record.encode(made, datetime.now(timezone.utc))
        except ValueError as problem:
            self.fail(f"{problem}.", param, ctx)
        return made

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the texts that begin so; file names where a file is wanted."""
        if self.name == "FILE":
            return [CompletionItem(incomplete, type="file")]
        return super().shell_complete(ctx, param, incomplete) or [
            CompletionItem(choice) for choice in self.choices if choice.startswith(incomplete)
        ]


def value_for(annotation: str, record: Param | None) -> Value:
    """Return the kind of value a parameter takes.

    Args:
        annotation: Its annotation in the signature.
        record: Its record; None if the method has none for it.
    """
    made = _from_record(record) if record is not None else None
    if made is not None:
        return made
    kinds = annotation.removesuffix(" | None").split(" | ")
    for known, (name, read) in _ANNOTATED.items():
        if known in kinds or annotation.startswith(known):
            return Value(name, read)
    raise TypeError(f"no kind of value is known for {annotation!r}")


def _from_record(record: Param) -> Value | None:
    if isinstance(record, Ids):  # one of them; how many there may be is checked by the call
        return Value("ID", read_whole, Whole(record.name, least=1))
    if isinstance(record, Choice):
        spellings = spellings_of(record.values)
        return Value("CODE", lambda text: _chosen(spellings, text, record), record, list(spellings))
    for kind, (name, read) in _RECORDED.items():
        if isinstance(record, kind):
            return Value(name, read, None if isinstance(record, Words) else record)
    return None


def read_whole(text: str) -> int:
    """Read a whole number."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def read_amount(text: str) -> Decimal:
    """Read an amount of roubles."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount of roubles such as 150 or 99.50") from None


def read_number(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None


def read_moment(text: str) -> datetime | date:
    """Read a day or a moment: ``2026-12-31``, ``2026-12-31 18:00``, ``today``, ``+3d``, ``-12h``.

    What names no zone is Moscow time.
    """
    if text in _DAYS:
        return (datetime.now(MOSCOW) + timedelta(days=_DAYS[text])).date()
    relative = _RELATIVE.fullmatch(text)
    if relative is not None:
        distance = timedelta(**{_UNITS[relative[3]]: int(relative[1] + relative[2])})
        return (datetime.now(MOSCOW) + distance).replace(microsecond=0)
    try:
        if len(text) <= len("2026-12-31"):
            return date.fromisoformat(text)
        # Python 3.10 does not know the Z.
        return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no day or time such as 2026-12-31, '2026-12-31 18:00', today, +3d or -12h"
        ) from None


def read_span(text: str) -> float:
    """Read a span of time, in seconds: ``90``, ``30min``, ``12h``, ``2d``."""
    span = _RELATIVE.fullmatch(f"+{text}")
    return timedelta(**{_UNITS[span[3]]: int(span[2])}).total_seconds() if span else read_number(text)


def read_pairs(text: str) -> dict[str, Any]:
    """Read ``NAME=VALUE``, whose value is a text, or a JSON object."""
    if text.startswith("{"):
        try:
            made = json.loads(text)
        except ValueError as problem:
            raise ValueError(f"it is no JSON: {problem}") from None
        return dict(made)
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ValueError(f"{text!r} is neither NAME=VALUE nor a JSON object")
    return {name: value}


def spellings_of(values: Sequence[Any]) -> dict[str, Any]:
    """Return how each of some codes can be written: its name in lower case, and its value."""
    named = {label_of(value): value for value in values}
    return {**named, **{str(_raw(value)): value for value in values}}


def label_of(value: Any) -> str:
    """Return the name of a code as people write it: ``in-review``; a code without a name is written as it is."""
    if not isinstance(value, enum.Enum):
        return str(value)
    if isinstance(value.value, str) or not getattr(value, "is_known", True):
        return str(value.value)
    return value.name.lower().replace("_", "-")


def limits_of(record: Param) -> str:
    """Return the limits of a parameter in words."""
    if isinstance(record, Choice):
        return "one of " + ", ".join(
            label if label == str(_raw(value)) else f"{label} ({_raw(value)})"
            for label, value in ((label_of(value), value) for value in record.values)
        )
    return record.limits


def _raw(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


def _chosen(spellings: Mapping[str, Any], text: str, record: Choice) -> Any:
    known = {name.casefold(): value for name, value in spellings.items()}
    try:
        return known[text.casefold().replace("_", "-")] if text not in spellings else spellings[text]
    except KeyError:
        raise Problem(f"must be {limits_of(record)}, not {text!r}") from None


def _same(text: str) -> str:
    return text


_RECORDED: dict[type[Param], tuple[str, Callable[[str], Any]]] = {
    Whole: ("NUMBER", read_whole),
    Amount: ("ROUBLES", read_amount),
    Flag: ("YES", _same),
    Words: ("WORDS", _same),
    Upload: ("FILE", Path),
    Moment: ("WHEN", read_moment),
    Text: ("TEXT", _same),
}
_ANNOTATED: dict[str, tuple[str, Callable[[str], Any]]] = {
    "float | timedelta": ("TIME", read_span),
    "Poll": ("TIME", read_span),
    "bool": ("YES", _same),
    "int": ("NUMBER", read_whole),
    "Decimal": ("ROUBLES", read_amount),
    "datetime": ("WHEN", read_moment),
    "date": ("WHEN", read_moment),
    "Mapping": ("NAME=VALUE", read_pairs),
    "float": ("NUMBER", read_number),
    "str": ("TEXT", _same),
}
