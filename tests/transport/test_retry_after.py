"""Retry-After: any text gives None or a finite number of seconds."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kwork_etxt_sdk.transport.retry_after import LONGEST_PAUSE, parse_retry_after

WALL = datetime(2026, 3, 14, 12, 0, 0, tzinfo=timezone.utc)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)).map(  # noqa: DTZ001 - made aware just below
    lambda moment: moment.replace(microsecond=0, tzinfo=timezone.utc)
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def imf_fixdate(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def rfc_850(moment: datetime) -> str:
    day, month = DAYS[moment.weekday()], MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02}-{month}-{moment.year % 100:02} {moment:%H:%M:%S} GMT"


def asctime(moment: datetime) -> str:
    day, month = DAYS[moment.weekday()][:3], MONTHS[moment.month - 1]
    return f"{day} {month} {moment.day:2} {moment:%H:%M:%S} {moment.year}"


FORMS = pytest.mark.parametrize("form", [imf_fixdate, rfc_850, asctime])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("1", 1.0), ("120", 120.0), (" 7\t", 7.0), ("007", 7.0), ("9" * 20, LONGEST_PAUSE)],
)
def test_whole_seconds(text, seconds):
    assert parse_retry_after(text, date=None, wall=WALL) == seconds


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "soon",
        "-1",
        "+5",
        "1.5",
        "1e3",
        "1 2",
        "120, 120",
        "0x10",
        "\u0663\u0663",  # digits, but not ASCII
        "\u00b2",  # isdigit() says yes, float() says no
        "Sat, 32 Mar 2026 12:00:00 GMT",
        "Sat, 14 Mar 2026",
        "Sat, 14 Mar 99999999999999999999 12:00:00 GMT",
        "Sat, 14 Mar 2026 12:00:00 +99999999999999999999",
        "None",
    ],
)
def test_anything_else_says_nothing(text):
    assert parse_retry_after(text, date=imf_fixdate(WALL), wall=WALL) is None


def test_a_number_too_long_for_a_float_stays_finite():
    assert parse_retry_after("9" * 10_000, date=None, wall=WALL) == LONGEST_PAUSE


@FORMS
@given(moment=MOMENTS, seconds=st.integers(-(10**6), 10**6), skew=st.integers(-(10**6), 10**6))
def test_a_date_counts_from_the_answers_own_date(form, moment, seconds, skew):
    until = moment + timedelta(seconds=seconds)
    wall = moment + timedelta(seconds=skew)  # this machine's clock is wrong, which must not matter
    if not 1970 <= until.year <= 2068:  # the two digits of RFC 850 reach no further
        return
    assert parse_retry_after(form(until), date=imf_fixdate(moment), wall=wall) == max(0, seconds)


@FORMS
@pytest.mark.parametrize("date", [None, "", "yesterday", "2026-03-14"])
def test_without_a_usable_date_the_local_clock_counts(form, date):
    until = WALL + timedelta(seconds=90)
    assert parse_retry_after(form(until), date=date, wall=WALL) == 90.0


def test_the_local_clock_may_be_in_any_time_zone():
    moscow = WALL.astimezone(timezone(timedelta(hours=3)))
    assert parse_retry_after(imf_fixdate(WALL + timedelta(seconds=5)), date=None, wall=moscow) == 5.0


def test_a_moment_that_has_passed_is_now():
    assert parse_retry_after(imf_fixdate(WALL), date=imf_fixdate(WALL + timedelta(days=1)), wall=WALL) == 0.0


def test_a_date_in_a_far_future_stays_finite():
    text = "Fri, 31 Dec 9999 23:59:59 GMT"
    assert parse_retry_after(text, date=None, wall=WALL) == LONGEST_PAUSE


WORDS = ["Sun,", "Sun", "Sunday,", "Nov", "GMT", "+0000", "-0000", "+9999", "08:49:37", "08:49", "8.49", "24:61"]
NUMBERS = ["6", "06", "94", "1994", "0", "-1", "99999999999", "\u0666", "06-Nov-94", "06-Nov-1994"]
SCRAPS = st.lists(st.sampled_from([*WORDS, *NUMBERS, *"-,:.+", ""]), max_size=8).map(" ".join)


@given(text=st.text() | SCRAPS, date=st.none() | st.text() | SCRAPS)
@example(text="1 Jan 0 1:1:1", date=None)
def test_any_text_gives_none_or_a_finite_number_that_is_not_negative(text, date):
    seconds = parse_retry_after(text, date=date, wall=WALL)
    assert seconds is None or (isinstance(seconds, float) and math.isfinite(seconds) and seconds >= 0)
