"""Rules for single values: what JSON may bring for an ``int``, a ``Decimal``, a ``datetime``, and nothing else.

Every function here takes a value of parsed JSON and returns exactly its type or raises
:class:`~kwork_etxt_sdk.mapping.problems.WrongValueError`. They are strict where Python is not: ``12.9`` is no ``int``,
``"false"`` is no ``bool`` and nothing but text is a ``str``. The services write numbers as text (``"150.00"``), so
that is read; grouping, spaces, other alphabets' digits and Python's ``1_000`` are not.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, cast

from kwork_etxt_sdk.mapping.problems import WrongValueError

#: Times written without an offset are Moscow times. The offset has been fixed since 2014; no time-zone data is needed.
MOSCOW: Final = timezone(timedelta(hours=3), "MSK")
_MOSCOW_SECONDS: Final = 3 * 3600
#: A naive day, and the same one in the zones of the offsets met so far, as they are written; how many are remembered.
#: (A naive time becomes one of a zone by way of its distance from that day, which is the quickest way.)
START: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - naive on purpose
STARTS: Final = {"": START.replace(tzinfo=MOSCOW), "Z": START.replace(tzinfo=timezone.utc)}
_MOST_ZONES: Final = 256
#: Where the parts of a usual moment stand: what is read by Python itself, what is between its numbers, its offset.
MOMENT: Final = slice(19)
MARKS: Final = slice(4, 17, 3)
OFFSET: Final = slice(19, None)

#: The longest text read as a number, in characters. Far above any real one, and parsing stays cheap.
LONGEST_NUMBER: Final = 40

#: From here on, a float no longer tells neighbouring integers apart.
_EXACT_FLOAT: Final = 2.0**53
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Where ``datetime.fromtimestamp`` works on every platform (years 1970 to 3000), in seconds.
_PORTABLE_SECONDS: Final = 32_503_680_000
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MOMENT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:?[0-5]\d)?", re.ASCII
)
_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)

#: The texts of 0 to 255: codes and flags are most of the numbers that come as text, and looking them up is quicker.
SMALL_NUMBERS: Final = {str(number): number for number in range(256)}
#: How flags come as text.
FLAG_TEXTS: Final = {"0": False, "1": True}
#: Prices repeat; sharing their immutable Decimals saves time and memory. These are the ones read lately. (Not zero as a
#: float: zero and minus zero are equal, so what was remembered of the one would be taken for the other.)
PRICES_OF_TEXTS: Final[dict[str, Decimal]] = {}
PRICES_OF_FLOATS: Final[dict[float, Decimal]] = {}
PRICES_OF_INTS: Final[dict[int, Decimal]] = {}
_MOST_PRICES: Final = 1024
#: How the services write "no time".
NO_TIME: Final = frozenset({"", "0", "0000-00-00 00:00:00", "0000-00-00"})


def _is_number_text(value: str) -> bool:
    return len(value) <= LONGEST_NUMBER and _NUMBER.fullmatch(value) is not None


def to_int(value: Any) -> int:
    """Read an integer: a JSON integer of any size, a whole float, or text of at most 40 ASCII digits."""
    kind = value.__class__
    if kind is int:
        return value  # type: ignore[no-any-return]
    if kind is str and len(value) <= LONGEST_NUMBER and value.isascii():
        digits = value[1:] if value[:1] == "-" else value
        if digits.isdecimal():
            return int(value)
    elif kind is float and -_EXACT_FLOAT <= value <= _EXACT_FLOAT and value.is_integer():
        return int(value)
    raise WrongValueError("int")


def to_float(value: Any) -> float:
    """Read a finite float from a JSON number or from text."""
    kind = value.__class__
    if kind is float or kind is int or (kind is str and _is_number_text(value)):
        try:
            number = float(value)
        except OverflowError:
            raise WrongValueError("float") from None
        if math.isfinite(number):
            return number
    raise WrongValueError("float")


def to_bool(value: Any) -> bool:
    """Read a flag: ``true``, ``false``, 0, 1, ``"0"`` or ``"1"``."""
    kind = value.__class__
    if kind is bool or (kind is int and value in (0, 1)) or (kind is str and value in FLAG_TEXTS):
        return bool(int(value))
    raise WrongValueError("bool")


def to_str(value: Any) -> str:
    """Read text; nothing else becomes text."""
    if value.__class__ is str:
        return value
    raise WrongValueError("str")


def to_decimal(value: Any) -> Decimal:
    """Read money: an integer, a float by its shortest text (0.1 is ``Decimal("0.1")``), or text; never rounded."""
    kind = value.__class__
    if kind is int and -(10**LONGEST_NUMBER) < value < 10**LONGEST_NUMBER:
        return _remembered(PRICES_OF_INTS, value, Decimal(value))
    if kind is str and _is_number_text(value):
        return _remembered(PRICES_OF_TEXTS, value, Decimal(value))
    if kind is float and math.isfinite(value):
        price = Decimal(repr(value))
        return _remembered(PRICES_OF_FLOATS, value, price) if value else price
    raise WrongValueError("Decimal")


def _remembered(prices: dict[Any, Decimal], value: Any, price: Decimal) -> Decimal:
    if len(prices) >= _MOST_PRICES:
        prices.clear()
    return prices.setdefault(value, price)


def _from_unix_time(seconds: float) -> datetime:
    try:
        if 0 <= seconds < _PORTABLE_SECONDS:
            return datetime.fromtimestamp(seconds, timezone.utc)
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise WrongValueError("datetime") from None


def to_datetime(value: Any) -> datetime:
    """Read an aware datetime: unix time (a number or its text, in seconds), or ISO 8601 text.

    Unix time is given in UTC; text keeps its offset, and is Moscow time if it has none. Zero is no time.
    """
    kind = value.__class__
    if kind is str:
        if _is_number_text(value):
            value = int(value) if value.lstrip("-").isdecimal() else float(value)
        else:
            return _from_iso_text(value)
    elif kind is not int and kind is not float:
        raise WrongValueError("datetime")
    if value == 0:
        raise WrongValueError("datetime")
    return _from_unix_time(value)


def _from_iso_text(text: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise WrongValueError("datetime")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "").ljust(6, "0")),
            tzinfo=_zone(offset or ""),
        )
    except ValueError:
        raise WrongValueError("datetime") from None


def _zone(offset: str) -> timezone:
    """Return the zone of an offset (``+03:00``, ``+0300``), one object for each: times of a list share theirs."""
    start = STARTS.get(offset)
    if start is not None:
        return cast("timezone", start.tzinfo)
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    seconds = (hours * 60 + minutes) * (-60 if offset[0] == "-" else 60)
    zone = MOSCOW if seconds == _MOSCOW_SECONDS else timezone(timedelta(seconds=seconds))
    if len(STARTS) < _MOST_ZONES:
        STARTS[offset] = START.replace(tzinfo=zone)
    return zone


def to_date(value: Any) -> date:
    """Read a calendar day, ``YYYY-MM-DD``."""
    found = _DATE.fullmatch(value) if value.__class__ is str else None
    if found is None:
        raise WrongValueError("date")
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise WrongValueError("date") from None


def to_none(value: Any) -> None:
    """Read ``null``."""
    if value is not None:
        raise WrongValueError("null")


def is_empty_text(value: Any) -> bool:
    """Tell whether the service wrote "nothing" as empty text."""
    return value.__class__ is str and not value


def is_no_time(value: Any) -> bool:
    """Tell whether the service wrote "no time": empty text, zero in any form, or MySQL's day zero."""
    kind = value.__class__
    if kind is str:
        return value in NO_TIME or (_is_number_text(value) and float(value) == 0)
    return (kind is int or kind is float) and value == 0
