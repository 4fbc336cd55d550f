"""Parameters of methods: how each is checked before anything is sent, and how it is written into a form body.

Each kind names its limits, so that the docs and the command line can tell them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any

import attrs

from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.transport.exchange import FilePart

#: Longest deadline of an order, in days (manual, tasks.saveTask).
MAX_DEADLINE_DAYS = 90
#: Most ids in one call (manual, tasks.viewNotes; PHP reads no more than 1000 fields of a form).
MAX_IDS = 100
#: The time of day eTXT takes if a deadline has none.
DEFAULT_TIME = time(23, 59)

#: Amounts as text: no grouping, no spaces, no digits of other alphabets, all of which ``Decimal`` would take.
_AMOUNT = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_EXACT = Context(prec=40)
_KOPECK = Decimal("0.01")
_TOO_MUCH = Decimal(10) ** 30

Encoded = list["tuple[str, str] | FilePart"]


class Problem(ValueError):  # noqa: N818 - becomes a line of a ValidationError
    """What is wrong with a value, in words that follow the parameter's name."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Param:
    """A parameter of a method.

    Attributes:
        name: Its name in Python.
        wire: Its name in the body; the same if left out.
        required: Whether the call makes no sense without it.
    """

    name: str = attrs.field(kw_only=False)
    wire: str = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True), kw_only=True)
    required: bool = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def wires(self) -> tuple[str, ...]:
        """All names it may write into the body."""
        return (self.wire,)

    @property
    def limits(self) -> str:
        """Its limits in words; empty if it has none."""
        return ""

    def encode(self, value: Any, now: datetime) -> Encoded:
        """Return what goes into the body; raises :class:`Problem`."""
        del now
        return [(self.wire, self.text(value))]

    def text(self, value: Any) -> str:
        """Return the value as eTXT reads it; raises :class:`Problem`."""
        raise NotImplementedError  # pragma: no cover - every kind defines this or `encode`


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Text(Param):
    """Text of :attr:`least` to :attr:`most` characters."""

    least: int = 0
    most: int | None = None

    @property
    def limits(self) -> str:
        """Its limits in words."""
        if self.most is None:
            return f"at least {self.least} characters" if self.least else ""
        return f"{self.least} to {self.most} characters" if self.least else f"at most {self.most} characters"

    def text(self, value: Any) -> str:
        """Check type, length and that it can be written as UTF-8."""
        if not isinstance(value, str) or isinstance(value, enum.Enum):
            raise Problem(f"must be text, not {type(value).__name__}")
        if len(value) < self.least or (self.most is not None and len(value) > self.most):
            raise Problem(f"must have {self.limits}, this has {len(value)}")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Problem("holds half of a character (a lone surrogate), which can't be sent") from None
        return value


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Whole(Param):
    """A whole number."""

    least: int | None = None
    most: int | None = None

    @property
    def limits(self) -> str:
        """Its limits in words."""
        if self.least is not None and self.most is not None:
            return f"{self.least} to {self.most}"
        if self.least is not None:
            return f"at least {self.least}"
        return f"at most {self.most}" if self.most is not None else ""

    def text(self, value: Any) -> str:
        """Check type and range."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise Problem(f"must be a whole number, not {value!r}")
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            raise Problem(f"must be {self.limits}, not {int(value)}")
        return str(int(value))


def identifier(name: str, wire: str = "", *, required: bool = False) -> Whole:
    """Return the parameter for the id of one object."""
    return Whole(name, wire=wire or name, required=required, least=1)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Amount(Param):
    """Roubles: a Decimal, a whole number, or their text; no float, which can't hold kopecks exactly."""

    least: Decimal = Decimal(0)

    @property
    def limits(self) -> str:
        """Its limits in words."""
        return f"roubles, at least {self.least}, at most two decimals"

    def text(self, value: Any) -> str:
        """Check type, sign and kopecks."""
        if isinstance(value, (bool, float)) or not isinstance(value, (int, str, Decimal)):
            raise Problem(f"must be a Decimal or a whole number of roubles, not {value!r}")
        if isinstance(value, str) and not _AMOUNT.fullmatch(value):
            raise Problem(f"must be an amount in roubles, not {value!r}")
        with localcontext(_EXACT):  # the caller's own may round
            amount = Decimal(value)
            if not amount.is_finite() or abs(amount) >= _TOO_MUCH:
                raise Problem(f"must be an amount in roubles, not {value!r}")
            if amount != amount.quantize(_KOPECK) or amount < self.least:
                raise Problem(f"must be {self.limits}, not {value}")
            return format(amount.normalize() + 0, "f")  # a zero is written without its sign


class Flag(Param):
    """Yes or no."""

    def text(self, value: Any) -> str:
        """Write 1 or 0: the word ``True`` would be read as 0."""
        if not isinstance(value, bool):
            raise Problem(f"must be True or False, not {value!r}")
        return "1" if value else "0"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Choice(Param):
    """One of several values."""

    values: tuple[Any, ...]

    @property
    def limits(self) -> str:
        """The values in words."""
        return "one of " + ", ".join(_plain(value) for value in self.values)

    def text(self, value: Any) -> str:
        """Check that the value is one of those documented."""
        for known in self.values:
            raw, known_raw = _raw(value), _raw(known)
            is_foreign = (
                isinstance(value, enum.Enum) and isinstance(known, enum.Enum) and type(value) is not type(known)
            )
            if type(raw) is type(known_raw) and raw == known_raw and not is_foreign:
                return str(known_raw)
        raise Problem(f"must be {self.limits}, not {value!r}")


def _raw(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


def _plain(value: Any) -> str:
    return f"{value.value} ({value.name})" if isinstance(value, enum.Enum) else str(value)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Ids(Param):
    """Ids of several objects, written as ``id[]=1&id[]=2``: PHP reads only the last of ``id=1&id=2``."""

    most: int = MAX_IDS

    @property
    def limits(self) -> str:
        """Its limits in words."""
        return f"1 to {self.most} ids"

    def encode(self, value: Any, now: datetime) -> Encoded:
        """Check each id, drop repeated ones."""
        del now
        ids = list(dict.fromkeys(ids_of(value)))
        if not 1 <= len(ids) <= self.most:
            raise Problem(f"must have {self.limits}, this has {len(ids)}")
        return [(f"{self.wire}[]", str(number)) for number in ids]


def ids_of(value: Any) -> list[int]:
    """Return one id or several as a list; raises :class:`Problem` for anything that is no id."""
    ids = [value] if isinstance(value, int) else value
    if isinstance(ids, (str, bytes, Mapping)) or not isinstance(ids, Iterable):
        raise Problem(f"must be an id or a list of ids, not {value!r}")
    numbers = list(ids)
    for number in numbers:
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise Problem(f"must be a list of ids, and {number!r} is none")
    return numbers


class Moment(Param):
    """A point in time, written as unix time; a naive one is Moscow time."""

    def text(self, value: Any) -> str:
        """Accept datetime, and date as its midnight."""
        if isinstance(value, datetime):
            moment = _aware(value)
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day, tzinfo=MOSCOW)
        else:
            raise Problem(f"must be a datetime or date, not {value!r}")
        return str(int(moment.timestamp()))


def _aware(moment: datetime) -> datetime:
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=MOSCOW)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Deadline(Param):
    """When work is due: written as ``deadline`` (day) and ``timeline`` (time) in Moscow time.

    Attributes:
        earliest: How far ahead it must lie at least.
    """

    earliest: timedelta = timedelta(0)

    @property
    def wires(self) -> tuple[str, ...]:
        """Both names it writes."""
        return (self.wire, "timeline")

    @property
    def limits(self) -> str:
        """Its limits in words."""
        ahead = f"at least {self.earliest.days} day ahead" if self.earliest else "in the future"
        return f"{ahead}, at most {MAX_DEADLINE_DAYS} days ahead; Moscow time unless aware"

    def encode(self, value: Any, now: datetime) -> Encoded:
        """Accept a datetime, or a date as its last minute."""
        if isinstance(value, datetime):
            due = _aware(value)
        elif isinstance(value, date):
            due = datetime.combine(value, DEFAULT_TIME, MOSCOW)
        else:
            raise Problem(f"must be a datetime or date, not {value!r}")
        try:
            # Only whole minutes are sent, so only they are checked.
            due = due.astimezone(MOSCOW).replace(second=0, microsecond=0)
        except OverflowError:
            raise Problem(f"must be {self.limits}, not {value}") from None
        last_day = (now.astimezone(MOSCOW) + timedelta(MAX_DEADLINE_DAYS)).date()
        if due <= now + self.earliest or due.date() > last_day:
            raise Problem(f"must be {self.limits}, not {due:%d.%m.%Y %H:%M}")
        return [(self.wire, f"{due:%d.%m.%Y}"), ("timeline", f"{due:%H:%M}")]


class Words(Param):
    """Key words: a list, or text with commas."""

    def text(self, value: Any) -> str:
        """Join with commas."""
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, Sequence) or not all(isinstance(word, str) for word in words):
            raise Problem(f"must be a list of texts, not {value!r}")
        return Text(self.name).text(",".join(word.strip() for word in words))


class Upload(Param):
    """A file: a path, an open binary file, or ``(name, bytes)``. It is read whole, so that it can be sent again."""

    def encode(self, value: Any, now: datetime) -> Encoded:
        """Read the file."""
        del now
        name, content = _read_upload(value)
        if not content:
            raise Problem("must not be an empty file")
        Text(self.name).text(name)
        return [FilePart(field=self.wire, name=name, content=content)]


def _read_upload(value: Any) -> tuple[str, bytes]:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], bytes):  # noqa: PLR2004
        return value[0], value[1]
    try:
        if isinstance(value, (str, Path)):
            return Path(value).name, Path(value).read_bytes()
        content = value.read() if hasattr(value, "read") else None
    except (OSError, ValueError) as failure:
        raise Problem(f"can't be read: {getattr(failure, 'strerror', None) or failure}") from None
    if isinstance(content, bytes):
        name = getattr(value, "name", None)  # that of a file opened by its number is a number
        return Path(name).name if isinstance(name, str) else "file", content
    raise Problem("must be a path, a file opened for reading bytes, or (name, bytes)")


Check = Callable[[Mapping[str, Any]], Mapping[str, str]]


def one_of(*names: str) -> Check:
    """Return the check that at least one of these parameters is given."""

    def check(arguments: Mapping[str, Any]) -> Mapping[str, str]:
        if all(arguments.get(name) is None for name in names):
            return {names[0]: f"is required, or {' or '.join(names[1:])}"}
        return {}

    return check


def encode_all(
    params: Sequence[Param], checks: Sequence[Check], arguments: Mapping[str, Any], now: datetime
) -> tuple[list[tuple[str, str]], list[FilePart], dict[str, list[str]]]:
    """Write all arguments, leaving out those that are None.

    Returns:
        Form pairs, files, and what is wrong: ``{parameter: [problem]}``.
    """
    pairs: list[tuple[str, str]] = []
    files: list[FilePart] = []
    problems: dict[str, list[str]] = {}
    for param in params:
        value = arguments.get(param.name)
        if value is None:
            if param.required:
                problems[param.name] = ["is required"]
            continue
        try:
            encoded = param.encode(value, now)
        except Problem as problem:
            problems[param.name] = [str(problem)]
            continue
        files.extend(part for part in encoded if isinstance(part, FilePart))
        pairs.extend(part for part in encoded if not isinstance(part, FilePart))
    for check in checks:
        for name, problem_text in check(arguments).items():
            problems.setdefault(name, []).append(problem_text)
    return pairs, files, problems
