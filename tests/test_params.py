from __future__ import annotations

import decimal
import enum
import io
import tempfile
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal

import attrs
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kwork_etxt_sdk.mapping import MOSCOW, OpenIntEnum, OpenStrEnum
from kwork_etxt_sdk.params import (
    MAX_DEADLINE_DAYS,
    Amount,
    Choice,
    Deadline,
    Flag,
    Ids,
    Moment,
    Problem,
    Text,
    Upload,
    Whole,
    Words,
    encode_all,
    identifier,
    ids_of,
    one_of,
)
from kwork_etxt_sdk.transport.exchange import FilePart

NOW = datetime(2030, 6, 15, 9, 30, 20, tzinfo=timezone.utc)  # 12:30:20 in Moscow


class Status(OpenIntEnum):
    WAITING = 1
    DONE = 4


class Other(OpenIntEnum):
    DONE = 4


class Sort(OpenStrEnum):
    NAME = "name"


def pairs(param, value, now=NOW):
    return param.encode(value, now)


def problem(param, value, now=NOW):
    with pytest.raises(Problem) as caught:
        param.encode(value, now)
    return str(caught.value)


def attempt(param, value, now):
    try:
        return param.encode(value, now), ""
    except Problem as refused:
        return None, str(refused)


class TestText:
    @given(st.text(max_size=12))
    def test_text_of_the_right_length_goes_as_it_is(self, value):
        param = Text("title", wire="name", least=2, most=8)
        try:
            value.encode()
        except UnicodeEncodeError:
            assume(2 <= len(value) <= 8)
            assert "lone surrogate" in problem(param, value)
            return
        if 2 <= len(value) <= 8:
            assert pairs(param, value) == [("name", value)]
        else:
            assert problem(param, value) == f"must have 2 to 8 characters, this has {len(value)}"

    @pytest.mark.parametrize(
        ("given", "limits"),
        [
            ({}, ""),
            ({"most": 5}, "at most 5 characters"),
            ({"least": 1}, "at least 1 characters"),
            ({"least": 1, "most": 5}, "1 to 5 characters"),
        ],
    )
    def test_its_limits_in_words(self, given, limits):
        assert Text("title", **given).limits == limits

    def test_least_without_most_says_what_is_wrong(self):
        assert problem(Text("title", least=1), "") == "must have at least 1 characters, this has 0"

    @pytest.mark.parametrize("value", [5, b"x", ["x"], Sort.NAME, True])
    def test_nothing_else_is_text(self, value):
        assert problem(Text("title"), value) == f"must be text, not {type(value).__name__}"

    def test_half_a_character_is_refused(self):
        assert "lone surrogate" in problem(Text("title"), "a\ud83d")


class TestWhole:
    @given(st.integers())
    def test_numbers_in_range_are_written_plainly(self, value):
        param = Whole("count", least=1, most=100)
        if 1 <= value <= 100:
            assert pairs(param, value) == [("count", str(value))]
        else:
            assert problem(param, value) == f"must be 1 to 100, not {value}"

    @pytest.mark.parametrize("value", [1.0, "1", True, None, Decimal(1), Sort.NAME])
    def test_nothing_else_is_a_whole_number(self, value):
        assert problem(Whole("count"), value).startswith("must be a whole number, not ")

    def test_codes_are_numbers(self):
        assert pairs(Whole("status"), Status.DONE) == [("status", "4")]
        assert problem(Whole("status", most=3), Status.DONE) == "must be at most 3, not 4"

    @pytest.mark.parametrize(
        ("given", "limits"),
        [({}, ""), ({"least": 0}, "at least 0"), ({"most": 0}, "at most 0"), ({"least": 0, "most": 5}, "0 to 5")],
    )
    def test_its_limits_in_words(self, given, limits):
        assert Whole("count", **given).limits == limits

    def test_an_identifier_is_at_least_one(self):
        whole = Whole("task_id", wire="id", required=True, least=1)
        assert attrs.asdict(identifier("task_id", "id", required=True)) == attrs.asdict(whole)
        assert pairs(identifier("task_id"), 7) == [("task_id", "7")]
        assert problem(identifier("task_id"), 0) == "must be at least 1, not 0"


class TestAmount:
    @given(st.decimals(min_value=0, max_value=10**9, places=2))
    @example(Decimal("-0.00"))
    @example(Decimal("1E+3"))
    @example(Decimal("10.10"))
    def test_what_is_written_is_the_amount_in_plain_digits(self, value):
        ((name, text),) = pairs(Amount("price"), value)
        assert name == "price"
        assert Decimal(text) == value
        assert set(text) <= set("0123456789.")
        assert not text.endswith(".")
        assert "." not in text or not text.endswith("0")

    @given(st.one_of(st.integers(0, 10**12), st.integers(0, 10**12).map(str)))
    def test_whole_roubles_may_be_numbers_or_text(self, value):
        assert pairs(Amount("price"), value) == [("price", str(value))]

    @given(st.decimals(allow_nan=True, allow_infinity=True))
    def test_everything_else_is_refused(self, value):
        with decimal.localcontext() as context:
            context.prec = 100
            assume(not value.is_finite() or not 0 <= value < 10**30 or value != value.quantize(Decimal("0.01")))
        assert problem(Amount("price"), value).startswith("must be ")

    @pytest.mark.parametrize(
        "value",
        [
            1.5,
            True,
            None,
            b"1",
            [1],
            "",
            "abc",
            "1_000",
            " 5",
            "5\n",
            "1e3",
            "1,50",
            "٥",
            "NaN",
            "Infinity",
            "+5",
            "0x1",
            ".5",
        ],
    )
    def test_what_is_no_amount_is_refused(self, value):
        assert problem(Amount("price"), value).startswith("must be a")

    @pytest.mark.parametrize("value", ["0.001", "-1", "-0.01", Decimal("1.005"), "12345678901234567890.123"])
    def test_parts_of_kopecks_and_debts_are_refused(self, value):
        assert problem(Amount("price"), value).startswith("must be roubles, at least 0, at most two decimals, not ")

    @pytest.mark.parametrize("value", [10**30, -(10**30), "1" + "0" * 40, Decimal("1E+9999")])
    def test_sums_that_nobody_has_are_refused(self, value):
        assert problem(Amount("price"), value).startswith("must be an amount in roubles")

    def test_the_least_amount_is_kept_to(self):
        assert pairs(Amount("count", least=Decimal("0.50")), "0.5") == [("count", "0.5")]
        assert "at least 0.50" in problem(Amount("count", least=Decimal("0.50")), "0.49")

    def test_the_callers_own_rounding_does_not_touch_money(self):
        with decimal.localcontext() as context:
            context.prec = 3
            context.traps[decimal.Inexact] = True
            assert pairs(Amount("price"), Decimal("123456.78")) == [("price", "123456.78")]


class TestFlagAndChoice:
    def test_flags_are_one_and_zero(self):
        assert Flag("public").limits == ""
        assert pairs(Flag("public"), True) == [("public", "1")]
        assert pairs(Flag("public"), False) == [("public", "0")]

    @pytest.mark.parametrize("value", [1, 0, "1", "yes", [True], Decimal(1)])
    def test_only_real_flags_are_taken(self, value):
        assert problem(Flag("public"), value).startswith("must be True or False")

    @pytest.mark.parametrize("value", [Status.DONE, 4])
    def test_a_code_may_be_its_number(self, value):
        assert pairs(Choice("status", values=tuple(Status)), value) == [("status", "4")]

    def test_a_choice_may_be_of_texts_and_numbers(self):
        assert pairs(Choice("sort", values=tuple(Sort)), "name") == [("sort", "name")]
        assert pairs(Choice("order", values=("asc", "desc")), "desc") == [("order", "desc")]
        assert pairs(Choice("rate", values=(1, 2)), 2) == [("rate", "2")]
        assert pairs(Choice("status", values=(1, 4)), Status.DONE) == [("status", "4")]

    @pytest.mark.parametrize("value", [3, "4", True, 4.0, None, Status(99), Other.DONE, Sort.NAME])
    def test_anything_else_is_refused_with_the_choice_in_words(self, value):
        words = problem(Choice("status", values=tuple(Status)), value)
        assert words.startswith("must be one of 1 (WAITING), 4 (DONE), not ")

    def test_limits_of_plain_values(self):
        assert Choice("order", values=("asc", 2)).limits == "one of asc, 2"


class TestIds:
    @given(st.lists(st.integers(1, 10**9), min_size=1, max_size=120))
    def test_each_comes_once_in_order_with_brackets(self, ids):
        wanted = list(dict.fromkeys(ids))
        if len(wanted) > 100:
            assert problem(Ids("task_ids", wire="id"), ids) == f"must have 1 to 100 ids, this has {len(wanted)}"
        else:
            assert pairs(Ids("task_ids", wire="id"), ids) == [("id[]", str(number)) for number in wanted]

    @pytest.mark.parametrize("value", [7, [7], (7,), {7}, iter([7, 7]), range(7, 8), {7: 1}.keys()])
    def test_one_may_come_alone_or_in_anything_iterable(self, value):
        assert pairs(Ids("ids"), value) == [("ids[]", "7")]

    @pytest.mark.parametrize("value", ["7", b"7", {7: 1}, 7.0, True, 0, -7, None])
    def test_what_is_no_list_of_ids_is_refused(self, value):
        assert problem(Ids("ids"), value).startswith("must be a")

    @pytest.mark.parametrize("value", [[1, "2"], [1, True], [1, 0], [1, None], [[1]], [1.0]])
    def test_a_single_bad_one_is_named(self, value):
        assert problem(Ids("ids"), value) == f"must be a list of ids, and {value[-1]!r} is none"

    def test_none_at_all_are_refused(self):
        assert problem(Ids("ids", most=5), []) == "must have 1 to 5 ids, this has 0"

    def test_ids_of_keeps_repeated_ones(self):
        assert ids_of(number for number in (3, 1, 3)) == [3, 1, 3]


class Aimless(tzinfo):
    """A zone that does not know its offset: such a time is naive for Python."""

    def utcoffset(self, _moment):
        return None

    def dst(self, _moment):
        return None

    def tzname(self, _moment):
        return None


class TestMoment:
    @given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001
    def test_it_is_unix_time_and_naive_ones_are_moscow_times(self, moment, hours):
        aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
        seconds = int((aware - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
        assert pairs(Moment("since", wire="from"), aware) == [("from", str(seconds))]
        moscow = int((moment - timedelta(hours=3) - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001
        assert pairs(Moment("since"), moment) == [("since", str(moscow))]
        assert pairs(Moment("since"), moment.replace(tzinfo=Aimless())) == [("since", str(moscow))]

    def test_a_date_is_its_midnight_in_moscow(self):
        assert pairs(Moment("since"), date(1970, 1, 2)) == [("since", str(86400 - 3 * 3600))]

    @pytest.mark.parametrize("value", ["2030-01-01", 1893456000, time(1), timedelta(1)])
    def test_nothing_else_is_a_moment(self, value):
        assert problem(Moment("since"), value).startswith("must be a datetime or date")


class TestDeadline:
    DAY = Deadline("deadline", earliest=timedelta(days=1))

    @given(
        st.datetimes(timezones=st.sampled_from([timezone.utc, MOSCOW, timezone(timedelta(hours=-11))])), st.datetimes()
    )
    @example(datetime.max.replace(tzinfo=timezone.utc), datetime(2030, 1, 1))  # noqa: DTZ001
    @example(datetime.min.replace(tzinfo=timezone(timedelta(hours=5))), datetime(2030, 1, 1))  # noqa: DTZ001
    def test_whatever_is_accepted_lies_ahead_by_the_clock_of_moscow(self, value, now):
        assume(1971 < now.year < 9000)
        now = now.replace(tzinfo=timezone.utc)
        encoded, refused = attempt(Deadline("deadline"), value, now)
        if encoded is None:
            assert refused.startswith("must be in the future, at most 90 days ahead; Moscow time unless aware, not ")
            assert not now + timedelta(minutes=1) <= value <= now + timedelta(days=89)
            return
        read = datetime.strptime(" ".join(text for _, text in encoded), "%d.%m.%Y %H:%M").replace(tzinfo=MOSCOW)
        assert [name for name, _ in encoded] == ["deadline", "timeline"]
        assert now < read <= value < read + timedelta(minutes=1)
        assert (read.date() - now.astimezone(MOSCOW).date()).days <= MAX_DEADLINE_DAYS

    @given(st.integers(-400, 60 * 24 * 100))
    def test_minutes_ahead(self, minutes):
        value = NOW + timedelta(minutes=minutes)
        moscow = value.astimezone(MOSCOW)
        # Seconds are not sent: what is only seconds ahead would be late on arrival.
        if minutes >= 1 and (moscow.date() - NOW.astimezone(MOSCOW).date()).days <= MAX_DEADLINE_DAYS:
            assert pairs(Deadline("deadline"), value) == [
                ("deadline", f"{moscow:%d.%m.%Y}"),
                ("timeline", f"{moscow:%H:%M}"),
            ]
        else:
            assert problem(Deadline("deadline"), value)

    def test_half_a_minute_ahead_is_sent_as_a_time_that_has_passed_and_so_refused(self):
        assert problem(Deadline("deadline"), NOW + timedelta(seconds=30)).endswith("not 15.06.2030 12:30")

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (datetime(2030, 6, 15, 12, 31), ("15.06.2030", "12:31")),  # noqa: DTZ001
            (datetime(2030, 6, 15, 22, 0, tzinfo=timezone.utc), ("16.06.2030", "01:00")),
            (datetime(2030, 6, 16, 8, 0, tzinfo=Aimless()), ("16.06.2030", "08:00")),
            (date(2030, 6, 15), ("15.06.2030", "23:59")),
            (date(2030, 9, 13), ("13.09.2030", "23:59")),
        ],
    )
    def test_examples(self, value, expected):
        assert [text for _, text in pairs(Deadline("deadline"), value)] == list(expected)

    @pytest.mark.parametrize("value", [date(2030, 6, 14), date(2030, 9, 14), datetime(2030, 6, 15, 12, 30)])  # noqa: DTZ001
    def test_yesterday_and_the_91st_day_are_refused(self, value):
        assert "at most 90 days ahead" in problem(Deadline("deadline"), value)

    def test_it_may_have_to_lie_further_ahead(self):
        assert self.DAY.limits == "at least 1 day ahead, at most 90 days ahead; Moscow time unless aware"
        assert problem(self.DAY, NOW + timedelta(hours=23, minutes=59)).startswith("must be at least 1 day ahead")
        assert pairs(self.DAY, NOW + timedelta(days=1, minutes=1))

    def test_it_writes_two_names(self):
        assert Deadline("due", wire="deadline").wires == ("deadline", "timeline")
        assert Whole("count").wires == ("count",)

    @pytest.mark.parametrize("value", ["15.06.2030", 1893456000, timedelta(days=1)])
    def test_nothing_else_is_a_deadline(self, value):
        assert problem(Deadline("deadline"), value).startswith("must be a datetime or date")


class TestWords:
    @pytest.mark.parametrize(
        "value", [["чайник", " купить чайник "], "чайник,купить чайник", ("чайник", "купить чайник")]
    )
    def test_they_are_joined_with_commas(self, value):
        assert pairs(Words("keywords"), value) == [("keywords", "чайник,купить чайник")]

    @pytest.mark.parametrize("value", [[1], 5, {"a"}, ["a", None], b"a"])
    def test_nothing_else_is_taken(self, value):
        assert problem(Words("keywords"), value).startswith("must be a list of texts")

    def test_half_a_character_is_refused(self):
        assert "lone surrogate" in problem(Words("keywords"), ["\ud83d"])


class TestUpload:
    def test_a_file_may_be_a_path_an_open_file_or_a_pair(self, tmp_path):
        path = tmp_path / "Задание №1.docx"
        path.write_bytes(b"content")
        expected = [FilePart(field="file", name="Задание №1.docx", content=b"content")]
        assert pairs(Upload("source", wire="file"), path) == expected
        assert pairs(Upload("source", wire="file"), str(path)) == expected
        assert pairs(Upload("source", wire="file"), ("Задание №1.docx", b"content")) == expected
        with path.open("rb") as opened:
            assert pairs(Upload("source", wire="file"), opened) == expected

    def test_a_file_without_a_name_gets_one(self):
        assert pairs(Upload("file"), io.BytesIO(b"x")) == [FilePart(field="file", name="file", content=b"x")]
        with tempfile.TemporaryFile() as numbered:
            numbered.write(b"x")
            numbered.seek(0)
            assert not isinstance(numbered.name, str)
            assert pairs(Upload("file"), numbered)[0].name == "file"

    def test_its_content_is_not_shown(self):
        assert repr(FilePart(field="file", name="a", content=b"12345")) == (
            "FilePart(field='file', name='a', content=<5 bytes>)"
        )

    @pytest.mark.parametrize("value", [("a.txt", b""), io.BytesIO(b"")])
    def test_an_empty_file_is_refused(self, value):
        assert problem(Upload("file"), value) == "must not be an empty file"

    def test_a_file_that_can_not_be_read_says_why(self, tmp_path):
        assert problem(Upload("file"), tmp_path / "missing.txt") == "can't be read: No such file or directory"
        assert problem(Upload("file"), tmp_path) == "can't be read: Is a directory"
        assert problem(Upload("file"), "a\0b").startswith("can't be read: ")
        closed = io.BytesIO(b"x")
        closed.close()
        assert problem(Upload("file"), closed).startswith("can't be read: ")

    def test_a_file_opened_for_writing_says_why(self, tmp_path):
        with (tmp_path / "new.txt").open("wb") as sink:
            assert problem(Upload("file"), sink).startswith("can't be read: ")

    @pytest.mark.parametrize("value", [b"bytes", ("a.txt", "text"), ("a.txt",), 5, io.StringIO("text"), (1, b"x")])
    def test_nothing_else_is_a_file(self, value):
        assert problem(Upload("file"), value) == "must be a path, a file opened for reading bytes, or (name, bytes)"

    def test_a_name_that_can_not_be_sent_is_refused(self):
        assert "lone surrogate" in problem(Upload("file"), ("\udcff.txt", b"x"))


class TestEncodeAll:
    PARAMS = (
        identifier("task_id", "id", required=True),
        Text("title", most=5),
        Flag("public"),
        Upload("file"),
        Deadline("deadline"),
    )

    def encode(self, checks=(), **arguments):
        return encode_all(self.PARAMS, checks, arguments, NOW)

    def test_pairs_come_in_the_order_of_the_record_and_files_apart(self):
        written, files, problems = self.encode(
            file=("a.txt", b"x"), public=False, deadline=date(2030, 6, 20), title="", task_id=7
        )
        assert written == [
            ("id", "7"),
            ("title", ""),
            ("public", "0"),
            ("deadline", "20.06.2030"),
            ("timeline", "23:59"),
        ]
        assert files == [FilePart(field="file", name="a.txt", content=b"x")]
        assert problems == {}

    def test_none_and_left_out_are_the_same(self):
        assert self.encode(task_id=7, title=None) == ([("id", "7")], [], {})

    def test_all_problems_are_told_at_once_by_their_python_names(self):
        _, _, problems = self.encode([one_of("title", "text")], public="yes", title=None)
        assert problems == {
            "task_id": ["is required"],
            "public": ["must be True or False, not 'yes'"],
            "title": ["is required, or text"],
        }

    def test_checks_add_to_what_is_known(self):
        _, _, problems = self.encode([lambda _arguments: {"title": "clashes with public"}], task_id=1, title="too long")
        assert problems == {"title": ["must have at most 5 characters, this has 8", "clashes with public"]}

    @given(st.dictionaries(st.sampled_from(["title", "text", "file"]), st.one_of(st.none(), st.just(0), st.just("x"))))
    def test_one_of_wants_at_least_one(self, arguments):
        found = one_of("title", "text", "file")(arguments)
        assert bool(found) == all(value is None for value in arguments.values())
        assert found in ({}, {"title": "is required, or text or file"})

    def test_plain_enums_are_choices_too(self):
        class Colour(enum.Enum):
            RED = "red"

        assert pairs(Choice("colour", values=(Colour.RED,)), Colour.RED) == [("colour", "red")]
        assert pairs(Choice("colour", values=(Colour.RED,)), "red") == [("colour", "red")]
