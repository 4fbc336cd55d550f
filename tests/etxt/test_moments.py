"""Times and days in fields whose form is not documented."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kwork_etxt_sdk.etxt.models.moments import read_day, read_moment
from kwork_etxt_sdk.mapping import MOSCOW

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(st.dates(date(1971, 1, 1), date(2999, 1, 1)), st.times())
def test_every_form_of_a_moment_is_read(day, time):
    moment = datetime.combine(day, time.replace(microsecond=0), MOSCOW)
    seconds = int(moment.timestamp())
    minute = moment.replace(second=0)
    for form in (
        seconds,
        str(seconds),
        moment.isoformat(),
        f"{moment:%Y-%m-%d %H:%M:%S}",
        f"{moment:%d.%m.%Y %H:%M:%S}",
    ):
        assert read_moment(form) == moment
        assert read_day(form) == moment.date()
    assert read_moment(f"{moment:%d.%m.%Y %H:%M}") == minute
    assert read_moment(f" {moment:%d.%m.%Y} ") == minute.replace(hour=0, minute=0)


@given(st.dates(date(1971, 1, 1), date(2999, 1, 1)))
def test_every_form_of_a_day_is_read(day):
    for form in (day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%d.%m.%Y} 23:59"):
        assert read_day(form) == day


@given(ANYTHING)
@example("9999-12-31T23:59:59Z")
@example("0001-01-01T00:00:00+23:59")
@example("99.99.2030")
@example(float("inf"))
def test_whatever_comes_it_is_a_moment_with_a_zone_or_none(value):
    moment, day = read_moment(value), read_day(value)
    assert moment is None or (type(moment) is datetime and moment.tzinfo is not None)
    assert day is None or type(day) is date


@pytest.mark.parametrize("value", [0, "0", "", None, [], {}, True, "завтра", "2030-13-01", "0000-00-00"])
def test_what_means_no_time_is_none(value):
    assert read_moment(value) is None
    assert read_day(value) is None


def test_a_day_begins_in_moscow_three_hours_before_utc():
    assert read_day(datetime(2030, 1, 30, 21, 0, tzinfo=timezone.utc).isoformat()) == date(2030, 1, 31)
    assert read_day(datetime(2030, 1, 30, 20, 59, tzinfo=timezone.utc).isoformat()) == date(2030, 1, 30)
