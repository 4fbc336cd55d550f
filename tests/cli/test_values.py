"""What is typed becomes the value that was meant, or a sentence that says why not."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.cli.docstrings import Docstring, plain
from kwork_etxt_sdk.cli.values import (
    read_amount,
    read_moment,
    read_number,
    read_pairs,
    read_span,
    read_whole,
    spellings_of,
    value_for,
)
from kwork_etxt_sdk.etxt.models.tasks import Autopay, TaskStatus
from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.params import Choice

RAISES = pytest.raises(ValueError, match=r"no |neither")


@given(st.datetimes(), st.integers(-12, 12))
def test_moments_are_read_as_python_writes_them(moment, hours):
    assert read_moment(str(moment)) == moment
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert read_moment(aware.isoformat()) == aware
    assert read_moment(str(moment.date())) == moment.date()


def test_moments_may_be_relative():
    now = datetime.now(MOSCOW)
    assert abs(read_moment("+3d") - now - timedelta(days=3)) < timedelta(seconds=5)
    assert abs(read_moment("-12h") - now + timedelta(hours=12)) < timedelta(seconds=5)
    assert abs(read_moment("+30min") - now - timedelta(minutes=30)) < timedelta(seconds=5)
    assert read_moment("tomorrow") - read_moment("yesterday") == timedelta(days=2)
    assert type(read_moment("today")) is date
    assert read_moment("2030-01-02T03:04:05Z") == datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@given(
    st.text(max_size=12), st.sampled_from([read_moment, read_whole, read_amount, read_number, read_span, read_pairs])
)
def test_any_text_is_read_or_refused_in_words(text, read):
    with contextlib.suppress(ValueError):
        read(text)


@given(st.integers())
def test_whole_numbers(number):
    assert read_whole(str(number)) == number
    with RAISES:
        read_whole(f"{number}.0")


def test_numbers_spans_amounts_and_pairs():
    assert read_amount("99.50") == Decimal("99.50")
    assert (read_number("0.5"), read_span("90"), read_span("2d"), read_span("30min")) == (0.5, 90, 172_800, 1800)
    assert read_pairs("a=b=c") == {"a": "b=c"}
    assert read_pairs('{"a": [1]}') == {"a": [1]}
    for wrong in ("=x", "x", ""):
        with RAISES:
            read_pairs(wrong)


def test_codes_have_names_and_numbers():
    assert spellings_of(tuple(TaskStatus))["in-review"] is TaskStatus.IN_REVIEW
    assert spellings_of(tuple(TaskStatus))["3"] is TaskStatus.IN_REVIEW
    assert list(spellings_of(tuple(Autopay))) == ["get", "pay"]
    assert spellings_of(("asc", 2)) == {"asc": "asc", "2": 2}
    kind = value_for("TaskStatus | int | None", Choice("status", values=tuple(TaskStatus)))
    assert kind.convert("IN_REVIEW", None, None) is TaskStatus.IN_REVIEW
    assert kind.convert(TaskStatus.DONE, None, None) is TaskStatus.DONE


def test_an_annotation_nobody_thought_of_is_not_guessed():
    with pytest.raises(TypeError, match="no kind of value is known for 'complex'"):
        value_for("complex", None)


def test_docstrings_are_taken_apart():
    doc = Docstring(
        """Do it, see :meth:`~a.b.other` and ``code``.

        More,
        of `this`.

        Effect: READ. Twice
        as often.

        Args:
            one: First
                goes on.
            two: Second.

        Returns:
            What it `returns`.

        Example:
            >>> do()  # doctest: +SKIP
            1

        Source: Somewhere.
        """
    )
    assert doc.summary == "Do it, see a.b.other and code."
    assert doc.description == ("More, of this.",)
    assert doc.effect == "READ. Twice as often."
    assert doc.arguments == {"one": "First goes on.", "two": "Second."}
    assert doc.returns == "What it returns."
    assert doc.example == (">>> do()", "1")
    assert doc.source == "Somewhere."
    assert plain("See `the site <https://example.invalid>`_.") == "See `the site <https://example.invalid>`_."


def test_the_reference_gets_docstrings_as_they_are():
    doc = Docstring(
        """Do it, see :meth:`~a.b.other`.

        Mind the gap: it ``is`` there.

        Effect: MONEY when it is `new`.

        Args:
            one: Another: with a ``colon``.

        Returns:
            What :class:`came`.

        Raises:
            OneError: In ``one`` case.
        """,
        write=str,
    )
    assert doc.summary == "Do it, see :meth:`~a.b.other`."
    assert doc.description == ("Mind the gap: it ``is`` there.",)
    assert doc.effect == "MONEY when it is `new`."
    assert doc.arguments == {"one": "Another: with a ``colon``."}
    assert (doc.returns, doc.raises) == ("What :class:`came`.", {"OneError": "In ``one`` case."})


@pytest.mark.parametrize("nothing", [None, "", "\n  \n"])
def test_a_docstring_of_nothing(nothing):
    doc = Docstring(nothing)
    assert (doc.summary, doc.description, doc.arguments, doc.raises, doc.example) == ("", (), {}, {}, ())
