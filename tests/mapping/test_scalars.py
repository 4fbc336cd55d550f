"""Each rule for single values, as a table: what is read, what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from kwork_etxt_sdk.mapping import MOSCOW, Converter, MappingError
from kwork_etxt_sdk.mapping.problems import brief
from tests.mapping.support import FAILED, Closed, Kind, Person, Status, one_field, read_both_ways, same

pytestmark = pytest.mark.usefixtures("_every_reader")

UTC = timezone.utc
NAN, INFINITY = float("nan"), float("inf")
NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC)

READ: list[tuple[Any, Any, Any]] = [
    (int, 7, 7),
    (int, -7, -7),
    (int, 2**80, 2**80),
    (int, "7", 7),
    (int, "0", 0),
    (int, "-0", 0),
    (int, "007", 7),
    (int, "-1893456000", -1893456000),
    (int, "1893456000", 1893456000),
    (int, "9" * 40, int("9" * 40)),
    (int, 12.0, 12),
    (int, -0.0, 0),
    (int, 2.0**53, 2**53),
    (float, 4.9, 4.9),
    (float, 4, 4.0),
    (float, "4.8", 4.8),
    (float, "-4", -4.0),
    (float, "1.0E-5", 0.00001),
    (bool, True, True),
    (bool, False, False),
    (bool, 1, True),
    (bool, 0, False),
    (bool, "1", True),
    (bool, "0", False),
    (str, "", ""),
    (str, "текст", "текст"),
    (str, "\ud800", "\ud800"),
    (Decimal, 500, Decimal(500)),
    (Decimal, 0, Decimal(0)),
    (Decimal, 0.1, Decimal("0.1")),
    (Decimal, 1523.75, Decimal("1523.75")),
    (Decimal, "150.00", Decimal("150.00")),
    (Decimal, "-157.50", Decimal("-157.50")),
    (Decimal, "1.0E-5", Decimal("0.000010")),
    (datetime, 1893456000, NEW_YEAR),
    (datetime, "1893456000", NEW_YEAR),
    (datetime, 1893456000.5, NEW_YEAR + timedelta(seconds=0.5)),
    (datetime, "1893456000.5", NEW_YEAR + timedelta(seconds=0.5)),
    (datetime, 1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
    (datetime, "1", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
    (datetime, -1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    (datetime, "-1", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    (datetime, 32_503_680_000, datetime(3000, 1, 1, tzinfo=UTC)),
    (datetime, "32503680000", datetime(3000, 1, 1, tzinfo=UTC)),
    (datetime, "2030-01-01T00:00:00Z", NEW_YEAR),
    (datetime, "2030-01-01T03:00:00+03:00", NEW_YEAR.astimezone(MOSCOW)),
    (datetime, "2030-01-01T03:00:00+0300", NEW_YEAR.astimezone(MOSCOW)),
    (
        datetime,
        "2029-12-31T22:30:00.5-01:30",
        datetime(2029, 12, 31, 22, 30, 0, 500_000, timezone(timedelta(hours=-1.5))),
    ),
    (datetime, "2030-01-01 03:00:00", datetime(2030, 1, 1, 3, tzinfo=MOSCOW)),
    (datetime, "2030-01-01T03:00", datetime(2030, 1, 1, 3, tzinfo=MOSCOW)),
    (date, "2030-01-31", date(2030, 1, 31)),
    (Status, 3, Status.IN_WORK),
    (Status, "3", Status.IN_WORK),
    (Status, "03", Status.IN_WORK),
    (Status, 3.0, Status.IN_WORK),
    (Status, 99, Status(99)),
    (Status, "-99", Status(-99)),
    (Status, 2**80, Status(2**80)),
    (Kind, "copy", Kind.COPY),
    (Kind, "translation", Kind("translation")),
    (Kind, "", Kind("")),
    (Closed, "text", Closed.TEXT),
    (Closed, 7, Closed.NUMBER),
    (type(None), None, None),
    (None, None, None),
    (Any, {"as": ["it", "came"]}, {"as": ["it", "came"]}),
    (Any, None, None),
]

REFUSED: dict[Any, list[Any]] = {
    int: [
        *(True, False, None, 12.9, NAN, INFINITY, -INFINITY, 1e300, 2.0**53 + 2, [], {}, [1], {"a": 1}),
        *("", " 7", "7 ", "+7", "7.0", "1_000", "0x7", "٣", "-", "--7", "-٣", "9" * 41, "9" * 10_000_000),
    ],
    float: [
        *(True, None, NAN, INFINITY, -INFINITY, 10**400, [], {}),
        *("", "nan", "inf", "1e999", "1,5", " 1", "1_0", ".5", "5.", "1" * 41, "٣"),
    ],
    bool: [None, 2, -1, 1.0, 0.0, "true", "false", "yes", "", "2", "01", [], {}, Decimal(1)],
    str: [None, 1, 1.5, True, [], {}, b"bytes"],
    Decimal: [
        *(True, None, NAN, INFINITY, -INFINITY, 10**40, 10**5000, [], {}),
        *("", "NaN", "Infinity", "1 500,50", "1,5", "1_000", " 1", "1" * 41, "1e9999", "٣"),
    ],
    datetime: [
        *(True, None, 0, 0.0, NAN, INFINITY, 1e300, 10**400, 1893456000000, -(10**12), [], {}),
        *("", "0", "0.0", "-0", "0000000000", "1893456000000", "٣٣٣٣٣٣٣٣٣٣", "9" * 41, "tomorrow"),
        *("2030-01-01", "2030-13-01 00:00:00", "2030-01-01 24:00:00", "2030-01-01T00:00:00+99:00"),
        *("0000-00-00 00:00:00", "2030-01-01T00:00:00+03:60", "2030-01-01T00:00:00.1234567Z"),
    ],
    date: [None, 0, 1893456000, "", "0000-00-00", "2030-02-30", "31.01.2030", "2030-01-31 00:00:00", "2030-1-31", []],
    Status: [True, None, 1.5, "", "new", [], {}, NAN],
    Kind: [None, 1, True, [], {}],
    Closed: ["other", 8, "7", True, 7.0, None, [], {}],
    None: ["", 0, False, []],
}

NOTHING: dict[Any, list[Any]] = {
    int: [None, ""],
    float: [None, ""],
    bool: [None, ""],
    str: [None],
    Decimal: [None, ""],
    datetime: [None, "", 0, 0.0, "0", "0.0", "-0", "0000000000", "0000-00-00 00:00:00"],
    date: [None, "", 0, "0", "0000-00-00"],
    Status: [None, ""],
    Kind: [None, ""],
    Person: [None, "", [], False],
    list[int]: [None, ""],
    dict[str, int]: [None, ""],
    Any: [None],
}


def name_of(value: Any) -> str:
    return brief(value)


@pytest.mark.parametrize(("wanted", "raw", "value"), READ, ids=name_of)
def test_what_fits_is_read(wanted, raw, value):
    assert same(read_both_ways(raw, wanted), value)
    assert same(Converter().structure(raw, wanted), value)


@pytest.mark.parametrize(("wanted", "raw", "value"), READ, ids=name_of)
def test_what_fits_is_read_in_fields_of_every_form(wanted, raw, value):
    """Generated code has shortcuts of its own, another set for each form of field."""
    assert same(read_both_ways({"x": raw}, one_field(wanted)).x, value)
    if raw is not None and not (wanted is Kind and raw == ""):  # which is None where the type allows it
        for model in (one_field(wanted | None, default=None), one_field(wanted | None)):
            assert same(read_both_ways({"x": raw}, model).x, value)


@pytest.mark.parametrize(
    ("wanted", "raw"), [(wanted, raw) for wanted, values in REFUSED.items() for raw in values], ids=name_of
)
def test_what_does_not_fit_is_refused(wanted, raw):
    assert read_both_ways(raw, wanted) is FAILED
    assert read_both_ways({"x": raw}, one_field(wanted)) is FAILED
    if wanted is not None and raw is not None and not any(same(raw, nothing) for nothing in NOTHING.get(wanted, [])):
        assert read_both_ways({"x": raw}, one_field(wanted | None, default=None)) is FAILED
    with pytest.raises(MappingError) as caught:
        Converter().structure(raw, wanted)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("wanted", "raw"), [(wanted, raw) for wanted, values in NOTHING.items() for raw in values], ids=name_of
)
def test_nothing_is_none_where_the_type_allows_it(wanted, raw):
    assert read_both_ways(raw, wanted | None) is None
    for model in (one_field(wanted | None, default=None), one_field(wanted | None)):
        assert read_both_ways({"x": raw}, model).x is None


def test_empty_text_stays_text_and_empty_containers_stay_containers():
    assert read_both_ways("", str | None) == ""
    assert read_both_ways([], list[int] | None) == []
    assert read_both_ways([], dict[str, int] | None) == {}
    assert read_both_ways({}, list[int] | None) == []


def test_a_code_that_is_empty_text_is_that_code():
    import enum

    class Mood(enum.Enum):
        NONE = ""

    assert read_both_ways("", Mood | None) is Mood.NONE


def test_equal_prices_are_one_object():
    """Decimals never change, and prices repeat: sharing them keeps a page small."""
    converter = Converter()
    assert converter.structure("150.00", Decimal) is converter.structure("150.00", Decimal)
    assert str(converter.structure("150.0", Decimal)) == "150.0"


def test_times_far_away_are_read():
    model = one_field(datetime)
    assert Converter().structure({"x": 253402300799}, model).x.year == 9999
    assert Converter().structure({"x": "-62135596800"}, model).x.year == 1
