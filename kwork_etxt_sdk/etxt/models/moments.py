"""Times and days in fields whose form is not documented."""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from typing import Any, TypeVar

from kwork_etxt_sdk.mapping import MOSCOW, MappingError, default_converter

T = TypeVar("T")

#: How eTXT takes days and times in parameters, and so may write them; Moscow time.
_RUSSIAN_FORMS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")


def read_moment(value: Any) -> datetime | None:
    """Return the point in time that a value means; None if it means none.

    Read are unix time, ISO 8601, and day and time as Russians write them, in Moscow time.

    Example:
        >>> read_moment("25.12.2030 17:00").isoformat()
        '2030-12-25T17:00:00+03:00'
    """
    if isinstance(value, str):
        for form in _RUSSIAN_FORMS:
            with contextlib.suppress(ValueError):
                return datetime.strptime(value.strip(), form).replace(tzinfo=MOSCOW)
    return _as_it_may_be(value, datetime)


def read_day(value: Any) -> date | None:
    """Return the day, in Moscow, that a value means; None if it means none.

    Example:
        >>> read_day("2030-01-31"), read_day("31.01.2030") == read_day("2030-01-31"), read_day("")
        (datetime.date(2030, 1, 31), True, None)
    """
    day = _as_it_may_be(value, date)
    if day is not None:
        return day
    moment = read_moment(value)
    try:
        return None if moment is None else moment.astimezone(MOSCOW).date()
    except OverflowError:  # at either end of the calendar, Moscow's day can't be written any more
        return None


def _as_it_may_be(value: Any, kind: type[T]) -> T | None:
    try:
        read: T | None = default_converter().structure(value, kind | None)
    except MappingError:
        return None
    return read
