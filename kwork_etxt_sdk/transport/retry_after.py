"""Reading ``Retry-After``: how long a service asks to be left alone."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

#: A longer pause than this (a hundred years, in seconds) counts as this one, so that arithmetic with it stays finite.
LONGEST_PAUSE = 3_155_760_000.0


def parse_retry_after(value: str | None, *, date: str | None, wall: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks to wait.

    A date is measured from the answer's own ``Date``: the clocks of the service and of this machine may disagree, and
    coming back early is what the header forbids.

    Args:
        value: The header: whole seconds, or a date in any of HTTP's three forms.
        date: The ``Date`` header of the same answer, if it has one.
        wall: The time of day here, aware; used where `date` is missing or can't be read.

    Returns:
        Finite seconds, 0.0 for a moment that has passed, None where nothing usable was said. No text raises.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():  # isdigit() alone also takes digits of other scripts
        return min(float(text), LONGEST_PAUSE)
    until = _http_date(text)
    if until is None:
        return None
    seconds = (until - (_http_date(date or "") or wall)).total_seconds()
    return min(max(0.0, seconds), LONGEST_PAUSE)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # which one for which rubbish varies with the Python
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)
