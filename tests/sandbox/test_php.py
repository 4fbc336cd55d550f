"""Parameters as PHP reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.sandbox.etxt.errors import Refusal
from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters
from kwork_etxt_sdk.sandbox.etxt.php import MOST_FIELDS, read_pairs, to_arrays, to_decimal_text, to_integer


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (b"a=1&b=", {"a": "1", "b": ""}),
        (b"a", {"a": ""}),
        (b"a=%D1%87+%2B", {"a": "ч +"}),
        ("a=чай".encode(), {"a": "чай"}),
        (b"a=%FF", {"a": "\ufffd"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a[]=1&a[]=2", {"a": {"0": "1", "1": "2"}}),
        (b"a%5B%5D=1&a%5B7%5D=2&a%5B%5D=3", {"a": {"0": "1", "7": "2", "8": "3"}}),
        (b"a[x][]=1&a[x][]=2&a[y]=3", {"a": {"x": {"0": "1", "1": "2"}, "y": "3"}}),
        (b"a=1&a[]=2", {"a": {"0": "2"}}),
        (b"a[]=1&a=2", {"a": "2"}),
        (b"a.b=1&c d=2", {"a_b": "1", "c_d": "2"}),
        (b"", {}),
    ],
)
def test_arrays(encoded, expected):
    assert to_arrays(read_pairs(encoded)) == expected


def test_what_comes_after_the_thousandth_field_is_dropped():
    assert len(to_arrays([("id[]", "1")] * (MOST_FIELDS + 1))["id"]) == MOST_FIELDS


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), (" -3", -3), ("+4", 4), ("12abc", 12), ("True", 0), ("", 0), ("1.9", 1)]
)
def test_whole_numbers(text, number):
    assert to_integer(text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("12", "12"), ("12.50", "12.50"), ("12,5 руб.", "12.5"), ("даром", None), ("", None)]
)
def test_amounts(text, number):
    assert to_decimal_text(text) == number


def refusal(read, *arguments):
    """The code of a refusal, or None if the reading went well; anything else is an error of the sandbox."""
    try:
        read(*arguments)
    except Refusal as refused:
        return refused.code
    return None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(encoded):
    values = to_arrays(read_pairs(encoded))
    given = Parameters(values)
    for name in values:
        for read in (given.integer, given.text, given.money, given.identifiers, given.optional_money, given.identifier):
            assert refusal(read, name) in (None, "no_params")


@pytest.mark.parametrize("huge", ["9" * 5_000, "1" + "0" * 400, "-" + "9" * 50 + ".5"])
def test_no_number_is_too_long(huge):
    given = Parameters({"id": huge})
    for read in (given.integer, given.money, given.optional_money, given.identifier):
        assert refusal(read, "id") in (None, "no_params")


@given(st.text(max_size=12), st.text(max_size=7))
def test_no_text_breaks_the_reading_of_dates(day, time):
    assert refusal(Parameters({"deadline": day, "timeline": time}).moment) in (None, "no_params")


def test_an_array_where_a_text_belongs_is_refused():
    parameters = Parameters({"text": {"0": "a"}, "id": {"0": {"1": "2"}}})
    with pytest.raises(Refusal, match="no_params"):
        parameters.text("text")
    with pytest.raises(Refusal, match="no_params"):
        parameters.identifiers("id")
    assert parameters.integer("text", 7) == 7
