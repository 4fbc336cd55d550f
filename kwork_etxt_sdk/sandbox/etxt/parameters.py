"""The parameters of one call, read and checked as the manual describes them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.etxt.errors import IS_PRIVATE_DATA, MAX_LIMIT, NO_PARAMS, Refusal
from kwork_etxt_sdk.sandbox.etxt.php import to_decimal_text, to_integer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from kwork_etxt_sdk.sandbox.etxt.php import PhpValue
    from kwork_etxt_sdk.sandbox.http import UploadedFile

MOSCOW = timezone(timedelta(hours=3))
"""Dates without a zone are read as Moscow time."""

MOST_PER_PAGE = 100
END_OF_DAY = "23:59"

_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?:\+7|\b8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}\b|\bt\.me/\w+")
"""An e-mail address, a Russian telephone number or a messenger link."""


class Parameters:
    """Parameters by name. A text where an array is wanted counts as an array of one, as the live service does it."""

    def __init__(self, values: Mapping[str, PhpValue], files: Sequence[UploadedFile] = ()) -> None:
        self.values = values
        self.files = {file.field_name: file for file in files}

    def given(self, name: str) -> bool:
        """Whether the parameter came at all; an empty value counts as absent."""
        return self.values.get(name, "") != ""

    def text(self, name: str, *, least: int = 0, most: int | None = None) -> str:
        """A text whose length, in characters, is within the limits; absent is empty."""
        value = self.values.get(name, "")
        if not isinstance(value, str) or len(value) < least or (most is not None and len(value) > most):
            raise Refusal(NO_PARAMS)
        return value

    def public_text(self, name: str, *, least: int = 0, most: int | None = None) -> str:
        """A text that other people will read: contact details are refused."""
        text = self.text(name, least=least, most=most)
        if _CONTACT.search(text):
            raise Refusal(IS_PRIVATE_DATA)
        return text

    def word(self, name: str, allowed: Collection[str], default: str) -> str:
        """One of a few words; absent or unknown is the default."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) and value in allowed else default

    def required_word(self, name: str, allowed: Collection[str]) -> str:
        """One of a few words; anything else is refused."""
        word = self.word(name, allowed, "")
        if not word:
            raise Refusal(NO_PARAMS)
        return word

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; absent is the default, a text without digits is 0."""
        value = self.values.get(name, "")
        return to_integer(value) if isinstance(value, str) and value != "" else default

    def optional_integer(self, name: str) -> int | None:
        """A whole number, or None if the parameter is absent, which is not the same as 0."""
        return self.integer(name) if self.given(name) else None

    def choice(self, name: str, allowed: Collection[int], default: int) -> int:
        """One of a few numbers; absent is the default, anything else is refused."""
        value = self.integer(name, default)
        if value not in allowed:
            raise Refusal(NO_PARAMS)
        return value

    def flag(self, name: str) -> bool:
        """Whether the parameter is 1."""
        return self.integer(name) == 1

    def fits(self, **fields: int) -> bool:
        """Whether a record passes the filters that were given; a filter that is absent lets everything pass."""
        return all(not self.given(name) or self.integer(name) == value for name, value in fields.items())

    def within(self, value: Decimal | int, least_name: str, most_name: str) -> bool:
        """Whether a value is between two limits, each of which may be absent."""
        least, most = self.optional_money(least_name), self.optional_money(most_name)
        return (least is None or value >= least) and (most is None or value <= most)

    def identifier(self, name: str = "id") -> int:
        """A required id."""
        value = self.integer(name)
        if value <= 0:
            raise Refusal(NO_PARAMS)
        return value

    def identifiers(self, name: str = "id", *, most: int | None = None) -> list[int]:
        """A required array of ids, without repetitions."""
        value = self.values.get(name, "")
        texts = [value] if isinstance(value, str) else [item for item in value.values() if isinstance(item, str)]
        numbers = [number for number in dict.fromkeys(map(to_integer, texts)) if number > 0]
        if not numbers:
            raise Refusal(NO_PARAMS)
        if most is not None and len(numbers) > most:
            raise Refusal(MAX_LIMIT)
        return numbers

    def money(self, name: str) -> Decimal:
        """A required amount of roubles greater than 0."""
        number = to_decimal_text(self.text(name))
        if number is None or Decimal(number) <= 0:
            raise Refusal(NO_PARAMS)
        return Decimal(number).quantize(Decimal("0.01"))

    def optional_money(self, name: str) -> Decimal | None:
        """An amount of roubles used as a filter, or None."""
        number = to_decimal_text(self.text(name))
        return None if number is None else Decimal(number)

    def page(self, most: int = MOST_PER_PAGE) -> slice:
        """`count` and `from` as a slice; a count that is absent or too large is the largest allowed."""
        count = self.integer("count", most)
        start = max(self.integer("from"), 0)
        return slice(start, start + (count if 0 < count <= most else most))

    def moment(self, day_name: str = "deadline", time_name: str = "timeline") -> int | None:
        """Unix time of a day (dd.mm.yyyy) and a time (hh:mm, the end of the day by default); None without a day."""
        day = self.text(day_name)
        if not day:
            return None
        date_match = _DATE.fullmatch(day)
        time_match = _TIME.fullmatch(self.text(time_name) or END_OF_DAY)
        if date_match is None or time_match is None:
            raise Refusal(NO_PARAMS)
        day_of_month, month, year = map(int, date_match.groups())
        hour, minute = map(int, time_match.groups())
        try:
            return int(datetime(year, month, day_of_month, hour, minute, tzinfo=MOSCOW).timestamp())
        except ValueError:
            raise Refusal(NO_PARAMS) from None


def day_text(moment: int) -> str:
    """The Moscow day of a moment as ISO text."""
    return datetime.fromtimestamp(moment, MOSCOW).date().isoformat()
