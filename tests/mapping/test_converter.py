"""Containers, wire names, unknown fields, error texts, bad items, and what users register with cattrs."""

from __future__ import annotations

import json
import pickle
import threading
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from kwork_etxt_sdk.mapping import BadItem, Converter, MappingError, Model, Records, default_converter, model, wire
from kwork_etxt_sdk.mapping.problems import MOST_PROBLEMS, Problems
from tests.mapping.support import (
    FAILED,
    FITTING,
    Everything,
    Kind,
    Person,
    Status,
    at_once,
    one_field,
    read_both_ways,
    same,
)

pytestmark = pytest.mark.usefixtures("_every_reader")


def problems_of(data: Any, wanted: Any, **options: Any) -> tuple[str, ...]:
    with pytest.raises(MappingError) as caught:
        Converter().structure(data, wanted, **options)
    return caught.value.problems


# Containers


@pytest.mark.parametrize(
    ("wanted", "raw", "value"),
    [
        (list[int], [1, "2"], [1, 2]),
        (list[int], [], []),
        (list[int], {}, []),
        (list[int], {"0": "5", "2": 6}, [5, 6]),
        (list[int | None], [None, "", 1], [None, None, 1]),
        (list[list[str]], [["a"], {"7": "b"}], [["a"], ["b"]]),
        (list[str], [None], FAILED),
        (list[int], {"a": 1}, FAILED),
        (list[int], {"-1": 1}, FAILED),
        (list[int], {"٣": 1}, FAILED),
        (list[int], {"": 1}, FAILED),
        (list[int], None, FAILED),
        (list[int], "12", FAILED),
        (list[int], 5, FAILED),
        (list, [1, "a"], [1, "a"]),
        (dict[str, int], {"a": "1"}, {"a": 1}),
        (dict[str, int], {}, {}),
        (dict[str, int], [], {}),
        (dict[int, str], {"7": "a", "8": "b"}, {7: "a", 8: "b"}),
        (dict[Status, str], {"3": "a"}, {Status.IN_WORK: "a"}),
        (dict[str, int], [1], FAILED),
        (dict[str, int], {"a": None}, FAILED),
        (dict[str, int], {1: 1}, FAILED),
        (dict[int, str], {"a": "a"}, FAILED),
        (dict[int, str], {"7": "a", "07": "b"}, FAILED),
        (dict[str, int], None, FAILED),
        (dict[str, int], "", FAILED),
        (dict, {"a": [1]}, {"a": [1]}),
        (Person, {"username": "a"}, Person(name="a")),
        (Person, [], FAILED),
        (Person, [{"username": "a"}], FAILED),
        (Person, "a", FAILED),
        (Person, None, FAILED),
        (Person | None, {}, FAILED),
        (dict[str, list[Person]], {"x": [{"login": "a"}]}, {"x": [Person(name="a")]}),
    ],
)
def test_containers(wanted, raw, value):
    read = read_both_ways(raw, wanted)
    assert read is value if value is FAILED else same(read, value)


def test_containers_are_not_shared_with_the_data():
    data = {"a": 1}
    assert Converter().structure(data, dict[str, int]) is not data
    numbers = [1]
    assert Converter().structure(numbers, list[int]) is not numbers


# Wire names and defaults


@model
class Renamed(Model):
    budget: int | None = wire("budget", "price", "cost", default=None)
    title: str = wire("title", "name")
    tags: list[str] = wire(default_factory=list)
    limit: int = wire(default=10)
    plain: int = 3


def test_the_first_wire_name_present_wins():
    data = {"name": "a", "price": "5"}
    assert read_both_ways(data, Renamed) == Renamed(title="a", budget=5)
    assert read_both_ways({"name": "a", "cost": 5}, Renamed).budget == 5
    assert read_both_ways({"title": "a", "budget": None, "price": 5}, Renamed).budget is None
    assert read_both_ways({"title": "a", "plain": "4"}, Renamed).plain == 4
    assert read_both_ways({"budget": 5}, Renamed) is FAILED


def test_a_second_name_is_kept_only_if_it_says_something_else():
    assert read_both_ways({"title": "a", "name": "a"}, Renamed).extra == {}
    assert read_both_ways({"title": "a", "name": "b"}, Renamed).extra == {"name": "b"}
    item = read_both_ways({"title": "a", "budget": 1, "price": 1, "cost": 2, "new": 3}, Renamed)
    assert item.extra == {"cost": 2, "new": 3}


def test_defaults_are_for_what_was_not_sent():
    assert read_both_ways({"title": "a"}, Renamed) == Renamed(title="a", tags=[], limit=10, plain=3)
    assert read_both_ways({"title": "a", "limit": None}, Renamed) is FAILED
    assert read_both_ways({"title": "a", "tags": None}, Renamed) is FAILED
    assert read_both_ways({**FITTING, "optional_with_default": None}, Everything).optional_with_default is None
    assert read_both_ways(FITTING, Everything).optional_with_default == 5


def test_made_defaults_are_not_shared():
    converter = Converter()
    one, other = converter.structure([{"title": "a"}, {"title": "b"}], list[Renamed])
    one.tags.append("x")
    assert other.tags == []


@model
class Overlapping(Model):
    """Two fields may read one wire name."""

    own_id: int = wire("id")
    task_id: int | None = wire("id_task", "id", default=None)


def test_fields_may_share_a_wire_name():
    assert read_both_ways({"id": 1, "new": 2}, Overlapping) == Overlapping(own_id=1, task_id=1, extra={"new": 2})
    assert read_both_ways({"id": 1, "id_task": 2}, Overlapping) == Overlapping(own_id=1, task_id=2, extra={"id": 1})


# Unknown fields


def test_unknown_fields_are_kept_as_they_came():
    converter = Converter()
    for unknown in ({}, {"a": 1}, {"b": [None]}, {"a": 1, "b": 2}, {"b": 2}, {"c": {}, "extra": 1}, {}):
        item = read_both_ways({"title": "t", **unknown}, Renamed, converter)
        assert item.extra == unknown


def test_many_or_long_unknown_names_are_kept_too():
    converter = Converter()
    for unknown in ({f"n{n}": n for n in range(100)}, {"x" * 5000: 1}, {f"m{n}": n for n in range(64)}, {"o": 1}):
        assert read_both_ways({"title": "t", **unknown}, Renamed, converter).extra == unknown


def test_names_that_are_not_text_are_refused():
    assert read_both_ways({"title": "t", 5: 1}, Renamed) is FAILED
    assert problems_of({"title": "t", 5: 1}, Renamed) == ("expected text as field name, got 5 (int) @ $",)


# Errors


def test_all_problems_are_told_at_once_each_with_its_path():
    data = {
        "kworks": [
            {"username": "a"},
            {"username": 5, "rating": "12,9"},
            {"rating": None, "friends": [{"username": "x"}, {"username": None}, 7]},
        ],
        "odd name": {},
        "keyed": {"12": {"rating": 1}},
    }
    assert problems_of(data, dict[str, list[Person]]) == (
        "expected str, got 5 (int) @ $.kworks[1].username",
        "expected float, got '12,9' (str) @ $.kworks[1].rating",
        "missing field 'username' or 'login' of Person @ $.kworks[2]",
        "expected str, got null @ $.kworks[2].friends[1].username",
        "expected object (Person), got 7 (int) @ $.kworks[2].friends[2]",
        "missing field 'username' or 'login' of Person @ $.keyed['12']",
    )


def test_the_path_begins_where_the_caller_says():
    assert problems_of([1, "x"], list[int], path="$.response.ids") == (
        "expected int, got 'x' (str) @ $.response.ids[1]",
    )


def test_other_error_texts():
    assert problems_of("x", list[int]) == ("expected array, got 'x' (str) @ $",)
    assert problems_of([[]], dict[str, int]) == ("expected object, got [1 items] (list) @ $",)
    assert problems_of({"a b": 1, "x": "y"}, dict[int, int]) == (
        "expected int, got 'a b' (str) @ $['a b'] (key)",
        "expected int, got 'x' (str) @ $.x (key)",
        "expected int, got 'y' (str) @ $.x",
    )
    assert problems_of({"1": 1, "01": 1}, dict[int, int]) == ("two keys mean the same @ $['01']",)
    assert problems_of({"x": {"y": 1}}, dict[str, Status]) == ("expected Status, got {1 fields} (dict) @ $.x",)
    assert problems_of({"x": []}, dict[str, Status]) == ("expected Status, got [] (list) @ $.x",)
    assert problems_of({"x": {}}, dict[str, str]) == ("expected str, got {} (dict) @ $.x",)


def test_values_are_shown_cut_and_escaped():
    (text,) = problems_of({"x": "Я" * 10_000_000}, one_field(int))
    assert text == f"expected int, got '{'Я' * 39}…' (str) @ $.x"
    (text,) = problems_of({"x": "\ud800\n"}, one_field(int))
    assert text == r"expected int, got '\ud800\n' (str) @ $.x"
    (text,) = problems_of({"x": 10**5000}, one_field(Decimal))
    assert text == "expected Decimal, got an integer of 16610 bits (int) @ $.x"
    (text,) = problems_of({"k" * 1000: "x"}, dict[str, int])
    assert len(text) < 120


@pytest.mark.parametrize("name", ["token", "web_auth_token", "api_pass", "Password", "session_id", "cookies"])
def test_secret_values_are_never_shown(name):
    (text,) = problems_of({name: "hunter2"}, dict[str, int])
    assert text == f"expected int, got *** @ $.{name}"
    (text,) = problems_of({name: ["hunter2"]}, dict[str, list[int]])
    assert "hunter2" not in text


def test_the_error_pickles_and_reads_well():
    error = MappingError(("one @ $", "two @ $"))
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
    assert str(error) == "one @ $; two @ $"


def test_a_page_of_junk_does_not_become_a_book():
    problems = problems_of(["x"] * (MOST_PROBLEMS + 5), list[int])
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1] == "... and 5 more problems"
    with pytest.raises(MappingError) as caught:
        Converter().structure_items([("$", ["x"] * 700), ("$", ["x"] * 700)], list[int])
    assert len(caught.value.problems) == MOST_PROBLEMS + 1
    assert caught.value.problems[-1] == "... and 400 more problems"
    assert len(Problems()) == 0


# Items


ITEMS = [("$[0]", {"username": "a"}), ("$[1]", {"username": 5}), ("$[2]", {"username": "c"}), ("$[3]", [])]
BAD_TEXTS = (("expected str, got 5 (int) @ $[1].username",), ("expected object (Person), got [] (list) @ $[3]",))


def test_bad_items_raise_all_at_once():
    with pytest.raises(MappingError) as caught:
        Converter().structure_items(ITEMS, Person)
    assert caught.value.problems == BAD_TEXTS[0] + BAD_TEXTS[1]


@pytest.mark.parametrize(("choice", "raws"), [("skip", (None, None)), ("keep", ({"username": 5}, []))])
def test_bad_items_may_be_left_out(choice, raws):
    records = Converter().structure_items(iter(ITEMS), Person, bad_items=choice)
    assert records == [Person(name="a"), Person(name="c")]
    assert records.bad_items == [
        BadItem(index=1, path="$[1]", raw=raws[0], problems=BAD_TEXTS[0]),
        BadItem(index=3, path="$[3]", raw=raws[1], problems=BAD_TEXTS[1]),
    ]


def test_a_path_is_made_for_bad_items_only():
    made = []

    def path_of(place):
        made.append(place)
        return f"$.people[{place}]"

    rows = [{"username": "a"}, {"username": 5}]
    records = Converter().structure_items(enumerate(rows), Person, path_of=path_of, bad_items="skip")
    assert records.bad_items[0].problems == ("expected str, got 5 (int) @ $.people[1].username",)
    assert made == [1]


def test_good_items_leave_nothing_behind():
    records = Converter().structure_items(ITEMS[:1], Person)
    assert (type(records), records, records.bad_items) == (Records, [Person(name="a")], [])


def test_bad_items_has_three_choices():
    with pytest.raises(ValueError, match="'raise', 'skip' or 'keep', not 'drop'"):
        Converter().structure_items([], Person, bad_items="drop")


def test_items_may_need_the_thorough_reader_and_be_good():
    """The quick reader may be stricter; then the thorough one's result stands."""
    converter = Converter()
    converter.rule_for(Person).fast = _refuse
    assert converter.structure_items(ITEMS[:1], Person) == [Person(name="a")]
    assert converter.structure({"username": "a"}, Person) == Person(name="a")


def _refuse(_value):
    raise ValueError


# Hostile data


def test_deep_nesting_is_an_error_not_a_crash():
    data: Any = {"username": "a"}
    for _ in range(5000):
        data = {"username": "a", "friends": [data]}
    assert problems_of(data, Person) == ("nested too deeply @ $",)
    deep_list: Any = []
    for _ in range(100_000):
        deep_list = [deep_list]
    assert Converter().structure({"x": deep_list}, one_field(Any)).x is deep_list
    assert Converter().structure({"x": 1, "new": deep_list}, one_field(Any)).extra["new"] is deep_list
    assert problems_of({"x": deep_list}, one_field(str)) == ("expected str, got [1 items] (list) @ $.x",)


def test_self_containing_models_are_read_some_way_down():
    data: Any = {"username": "a"}
    for _ in range(50):
        data = {"username": "a", "friends": [data]}
    item = read_both_ways(data, Person)
    assert json.dumps(item.to_dict()).count("username") == 0
    assert json.dumps(item.to_dict()).count('"name"') == 51


# The cattrs converter inside


def test_users_may_register_hooks_for_their_own_types():
    converter = Converter()
    converter.cattrs.register_structure_hook(Fraction, lambda value, _wanted: Fraction(value))
    fraction_field = one_field(Fraction)
    maybe_fraction = one_field(Fraction | None, default=None)
    assert read_both_ways({"x": "1/3"}, fraction_field, converter).x == Fraction(1, 3)
    assert read_both_ways({"x": None}, maybe_fraction, converter).x is None
    assert read_both_ways({"x": "a third"}, fraction_field, converter) is FAILED
    with pytest.raises(MappingError, match=r"expected Fraction, got a value its hook refuses: ValueError @ \$\.x"):
        converter.structure({"x": "a third"}, fraction_field)


def test_users_may_replace_our_hooks():
    converter = Converter()
    converter.cattrs.register_structure_hook(int, lambda value, _wanted: round(value))
    converter.cattrs.register_structure_hook(Person, lambda value, _wanted: Person(name=value))
    assert read_both_ways({"x": 12.9}, one_field(int), converter).x == 13
    assert converter.structure(["a"], list[Person]) == [Person(name="a")]


def test_the_cattrs_converter_reads_by_the_same_rules():
    cattrs_converter = Converter().cattrs
    assert cattrs_converter.structure({"username": "a", "friends": [{"login": "b"}]}, Person) == Person(
        name="a", friends=[Person(name="b")]
    )
    assert cattrs_converter.structure("3", Status) is Status.IN_WORK
    assert cattrs_converter.structure("copy", Kind) is Kind.COPY
    assert cattrs_converter.structure("5", int) == 5
    assert cattrs_converter.structure(["5"], list[int]) == [5]
    for raw, wanted in ((12.9, int), (None, str), ("false", bool), (b"x", bytes)):
        with pytest.raises((ValueError, TypeError)):
            cattrs_converter.structure(raw, wanted)


@pytest.mark.parametrize(
    "wanted", [Fraction, tuple[int, ...], set[int], int | str, int | str | None, bytes, dict[Person, int]]
)
def test_types_without_a_rule_are_the_programmers_error(wanted):
    with pytest.raises(TypeError, match=r"no rule for|can't be read"):
        Converter().structure({}, wanted)
    with pytest.raises(TypeError):
        Converter().structure_items([], wanted)


def test_a_model_with_a_type_that_gets_its_hook_later_is_read_then():
    converter = Converter()
    node = one_field(Fraction | None, default=None)
    with pytest.raises(TypeError, match="no rule for"):
        converter.structure({}, node)
    converter.cattrs.register_structure_hook(Fraction, lambda value, _wanted: Fraction(value))
    assert converter.structure({"x": "1/2"}, node).x == Fraction(1, 2)


def test_the_default_converter_is_one():
    found = []
    threads = [threading.Thread(target=lambda: found.append(default_converter())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(converter) for converter in found}) == 1


def test_threads_may_ask_for_the_same_models_at_once():
    converter = Converter()
    gate = threading.Barrier(8)
    results: list[Any] = []

    def read() -> None:
        gate.wait()
        results.append((converter.structure(FITTING, Everything), converter.cattrs))

    at_once(read, 8)
    assert len(results) == 8
    assert all(item == results[0][0] and made is converter.cattrs for item, made in results)


# Shapes as the services send them


@model
class EtxtTask(Model):
    task_id: int = wire("id")
    user_id: int | None = wire("id_user", default=None)
    created: datetime | None = wire("date", default=None)
    ended: datetime | None = wire("end_date", default=None)
    title: str | None = wire(default=None)
    status: Status | None = wire(default=None)
    is_public: bool | None = wire("public", default=None)
    price: Decimal | None = wire(default=None)
    text: str | None = wire(default=None)


def test_an_order_of_etxt():
    data = {
        "id": "1000001",
        "id_user": "0",
        "date": "1893456000",
        "end_date": "0",
        "title": "Обзор чайников",
        "status": "5",
        "public": "1",
        "price": "150.00",
        "text": "",
        "id_level": "0",
    }
    task = read_both_ways(data, EtxtTask)
    assert task == EtxtTask(
        task_id=1000001,
        user_id=0,
        created=datetime(2030, 1, 1, tzinfo=timezone.utc),
        ended=None,
        title="Обзор чайников",
        status=Status(5),
        is_public=True,
        price=Decimal("150.00"),
        text="",
        extra={"id_level": "0"},
    )


@model
class Seller(Model):
    user_id: int | None = wire("id", default=None)
    username: str | None = wire(default=None)
    rating: float | None = wire(default=None)
    is_online: bool | None = wire("is_online", "online", default=None)


@model
class Kwork(Model):
    kwork_id: int = wire("id")
    title: str = wire()
    price: Decimal | None = wire("price", "budget", default=None)
    is_viewed: bool | None = wire(default=None)
    seller: Seller | None = wire("seller", "worker", default=None)
    badges: list[str] | None = wire(default=None)


@model
class KworkPage(Model):
    count: int | None = wire("kworks_count", default=None)
    kworks: list[Kwork] = wire(default_factory=list)


def test_a_page_of_kwork():
    worker = {"id": 1002, "username": "demo_worker", "rating": 4.9, "online": False, "profilepicture": "/x.jpg"}
    kwork = {"id": 7000001, "title": "Сделаю А", "price": 500, "is_viewed": None, "worker": worker, "badges": []}
    page = read_both_ways({"kworks_count": 2, "kworks": [kwork, {**kwork, "worker": []}]}, KworkPage)
    seller = Seller(
        user_id=1002, username="demo_worker", rating=4.9, is_online=False, extra={"profilepicture": "/x.jpg"}
    )
    assert page.kworks[0] == Kwork(kwork_id=7000001, title="Сделаю А", price=Decimal(500), seller=seller, badges=[])
    assert page.kworks[1].seller is None
