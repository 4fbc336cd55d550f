"""Readers written for items of one shape, when there have been enough of them."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from kwork_etxt_sdk.mapping import MOSCOW, Converter, MappingError, Model, model, shapes, wire
from kwork_etxt_sdk.mapping.drift import DRIFT
from tests.mapping.support import FAILED, at_once, one_field, read_both_ways, same

ENOUGH = 4


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(shapes, "ENOUGH", ENOUGH)
    monkeypatch.setattr(shapes, "FEW", 1)


@model
class Seller(Model):
    user_id: int = wire("id")
    level: str | None = wire(default=None)
    rating: float | None = wire(default=None)


@model
class Offer(Model):
    offer_id: int = wire("id")
    lang: str | None = wire(default=None)
    section: int | None = wire(default=None)
    seller: Seller | None = wire("seller", "worker", default=None)
    badges: list[dict[str, Any]] | None = wire(default=None)
    others: list[Seller] | None = wire(default=None)
    images: list[str] | None = wire(default=None)
    cover: dict[str, Any] | None = wire(default=None)
    made_at: datetime | None = wire(default=None)
    note: str | None = wire("note", "comment", default=None)
    limit: int = wire(default=7)


def offer(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "lang": "ru",
        "section": 3587,
        "worker": {"id": number, "level": ("Новичок", "value or kind")[number % 2], "rating": 4.5},
        "badges": [],
        "others": [{"id": 1, "level": "x"}],
        "images": ["a.jpg", "b.jpg"],
        "cover": {"phone": "a.jpg"},
        "made_at": "2025-01-31T10:20:30+03:00",
        **more,
    }


def parsed(data: Any) -> Any:
    """Return equal data of new objects, as every page brings them."""
    return json.loads(json.dumps(data))


@pytest.fixture
def converter():
    """A converter that has written its readers for offers."""
    made = Converter()
    for number in range(3 * ENOUGH):
        made.structure(parsed(offer(number)), Offer)
    return made


def test_items_are_read_as_before(converter):
    for number in range(4):
        item = read_both_ways(parsed(offer(number)), Offer, converter)
        assert item.seller == Seller(user_id=number, level=("Новичок", "value or kind")[number % 2], rating=4.5)
        assert (item.offer_id, item.lang, item.section, item.limit) == (number, "ru", 3587, 7)
        assert item.made_at == datetime(2025, 1, 31, 10, 20, 30, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("change", "reads"),
    [
        ({"lang": "en"}, True),
        ({"lang": None}, True),
        ({"lang": 5}, False),
        ({"section": 3588}, True),
        ({"section": "3587"}, True),
        ({"section": 3587.0}, True),
        ({"section": "x"}, False),
        ({"worker": None}, True),
        ({"worker": []}, True),
        ({"worker": ["id", "level", "rating"]}, False),
        ({"worker": {"rating": None, "level": "Новичок", "id": 7}}, True),
        ({"worker": {"id": 7}}, True),
        ({"worker": {"level": "Новичок", "rating": 4.5}}, False),
        ({"worker": {"id": 7, "level": "Новичок", "rating": 4.5, "new": 1}}, True),
        ({"worker": {"id": 7, "level": "Эксперт", "rating": float("nan")}}, False),
        ({"worker": OrderedDict(id=7, level="Новичок", rating=4.5)}, False),
        ({"badges": None}, True),
        ({"badges": {}}, True),
        ({"badges": [{"name": "a"}, {}]}, True),
        ({"badges": [{"name": "a"}, []]}, True),
        ({"badges": [{"name": "a"}, None]}, False),
        ({"badges": [{5: "a"}]}, False),
        ({"badges": {"0": {"name": "a"}}}, True),
        ({"badges": ""}, True),
        ({"others": [{"id": 1, "level": "x"}, {"level": "x", "id": 2}, {"id": 3}]}, True),
        ({"others": [{"id": 1, "level": "x"}, None]}, False),
        ({"others": [{"id": 1, "level": "x"}, {"level": "x"}]}, False),
        ({"images": []}, True),
        ({"images": ["a", None]}, False),
        ({"images": {"1": "a"}}, True),
        ({"cover": {}}, True),
        ({"cover": []}, True),
        ({"cover": {5: "a"}}, False),
        ({"cover": [1]}, False),
        ({"made_at": "0000-00-00 00:00:00"}, True),
        ({"made_at": ""}, True),
        ({"made_at": "2025-02-30T10:20:30+03:00"}, False),
        ({"comment": "a", "note": "b"}, True),
        ({"limit": None}, False),
    ],
)
def test_what_differs_is_read_or_refused_as_ever(converter, change, reads):
    for _ in range(2 * ENOUGH):  # at last it has a reader of its own
        assert (read_both_ways(offer(1, **change), Offer, converter) is not FAILED) is reads
        assert read_both_ways(parsed(offer(1)), Offer, converter) is not FAILED


def test_shapes_may_change_in_the_middle_of_a_list(converter):
    rows = [
        offer(1),
        dict(reversed(offer(2).items())),
        offer(3, new=[1]),
        {"id": 4},
        offer(5),
        offer(6, worker={"id": 6}),
    ] * ENOUGH
    read = read_both_ways(parsed(rows), list[Offer], converter)
    assert [item.offer_id for item in read] == [1, 2, 3, 4, 5, 6] * ENOUGH
    assert [item.extra for item in read[:4]] == [{}, {}, {"new": [1]}, {}]
    with pytest.raises(MappingError) as caught:
        converter.structure([*rows, offer(7, lang=5), {"lang": "ru"}], list[Offer])
    assert caught.value.problems == (
        "expected str, got 5 (int) @ $[24].lang",
        "missing field 'id' of Offer @ $[25]",
    )


def test_a_list_of_keys_is_no_item(converter):
    assert read_both_ways(list(offer(1)), Offer, converter) is FAILED
    assert read_both_ways(OrderedDict(offer(1)), Offer, converter) is FAILED


def test_items_of_a_shape_that_lacks_what_is_required_never_fit():
    converter = Converter()
    for _ in range(3 * ENOUGH):
        assert read_both_ways({"lang": "ru"}, Offer, converter) is FAILED
    assert read_both_ways({"id": 1, "lang": "ru"}, Offer, converter) is not FAILED


def test_texts_and_numbers_that_come_again_and_again_are_one_object(converter):
    one, other = (converter.structure(parsed(offer(7)), Offer) for _ in range(2))
    assert one.lang is other.lang
    assert one.section is other.section
    assert one.seller.level is other.seller.level
    assert one.images[0] is not other.images[0]


@pytest.mark.parametrize("text", ["value", "kind", "kind is value", "'", '"\\', "{}", "\ud800", "\n", "Ж" * 5000])
def test_texts_that_are_shared_never_become_code(text):
    converter, wanted = Converter(), one_field(str | None, default=None)
    for _ in range(2 * ENOUGH):
        assert read_both_ways({"x": text}, wanted, converter).x == text
    assert read_both_ways({"x": "other"}, wanted, converter).x == "other"


@pytest.mark.parametrize("values", [(1, True), (300, 300.0), ("300", 300), (-300, -300.0), (0, False), ("1", 1, True)])
@pytest.mark.parametrize("wanted", [int, int | None, bool, float, str, Any])
def test_values_that_are_equal_but_of_other_types_stay_what_they_are(values, wanted):
    converter, field = Converter(), one_field(wanted)
    for value in [*values * (2 * ENOUGH), *reversed(values)]:
        read_both_ways({"x": value}, field, converter)


def test_containers_are_never_shared(converter):
    data = parsed(offer(1, badges=[{"name": "a"}]))
    items = [converter.structure(data, Offer) for _ in range(2)]
    for name in ("badges", "others", "images", "cover"):
        one, other = (getattr(item, name) for item in items)
        assert one == other
        assert one is not other
        assert one is not data[name]
    assert items[0].badges[0] is not data["badges"][0]
    empty = [converter.structure(parsed(offer(1)), Offer).badges for _ in range(2)]
    assert empty[0] is not empty[1]


def test_what_was_read_may_be_changed_before_the_reader_is_written():
    converter = Converter()
    rows = [offer(number) for number in range(ENOUGH - 1)]
    for row in rows:
        converter.structure(row, Offer)
        row.clear()
    for number in range(ENOUGH):
        assert read_both_ways(offer(number), Offer, converter).offer_id == number


def test_unknown_fields_are_counted_for_every_item(converter):
    DRIFT.clear()
    rows = [offer(number, **({"new": 1} if number % 3 else {})) for number in range(9 * ENOUGH)]
    converter.structure(parsed(rows), list[Offer])
    assert DRIFT.snapshot() == {"Offer.new": 6 * ENOUGH}
    DRIFT.clear()


@pytest.mark.parametrize("limit", ["MOST_READERS", "_MOST_COUNTED"])
def test_more_shapes_than_are_remembered_are_read_too(monkeypatch, limit):
    monkeypatch.setattr(shapes, limit, 3)
    converter = Converter()
    for _ in range(2 * ENOUGH):
        for name in ("a", "b", "c", "d", "e"):
            assert read_both_ways(offer(1, **{name: 1}), Offer, converter).extra == {name: 1}


def test_a_few_shapes_are_counted_on_though_no_others_fit_in(monkeypatch):
    monkeypatch.setattr(shapes, "_MOST_COUNTED", 2)
    counts = shapes._Counts()
    for number in range(ENOUGH):
        samples = [counts.add((name,), {name: number}) for name in "ab"]
    assert samples == [[(number,) for number in range(ENOUGH)]] * 2


def test_threads_may_read_changing_shapes_at_once():
    converter = Converter()
    rows = [offer(number, **({"new": number} if number % 2 else {})) for number in range(20)]
    rows += [dict(reversed(row.items())) for row in rows]
    wanted = Converter().structure(rows, list[Offer])
    gate = threading.Barrier(8)
    results: list[Any] = []

    def read() -> None:
        gate.wait()
        results.extend(converter.structure(parsed(rows), list[Offer]) for _ in range(5))

    at_once(read, 8)
    assert len(results) == 40
    assert all(same(items, wanted) for items in results)


USUAL = "2025-01-31T10:20:30"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (USUAL, datetime(2025, 1, 31, 10, 20, 30, tzinfo=MOSCOW)),
        ("2025-01-31 10:20:30", datetime(2025, 1, 31, 10, 20, 30, tzinfo=MOSCOW)),
        (USUAL + "Z", datetime(2025, 1, 31, 10, 20, 30, tzinfo=timezone.utc)),
        (USUAL + "-0530", datetime(2025, 1, 31, 10, 20, 30, tzinfo=timezone(-timedelta(hours=5, minutes=30)))),
        (USUAL + ".5+03:00", datetime(2025, 1, 31, 10, 20, 30, 500_000, tzinfo=MOSCOW)),
        ("0001-01-01T00:00:00+03:00", datetime(1, 1, 1, tzinfo=MOSCOW)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
        ("2025-01-31T10:20", datetime(2025, 1, 31, 10, 20, tzinfo=MOSCOW)),
        ("2025-01-31x10:20:30", FAILED),
        ("2025-W05-5T10:20:30", FAILED),
        ("20250131T10:20:30.5", FAILED),
        ("2025-01-31T102030.5", FAILED),
        ("2025-01-31T10:20+03", FAILED),
        ("2025-01-31T10+03:00", FAILED),
        ("2025-01-31T10:20:3", FAILED),
        ("2025-01-31T10:20:", FAILED),
        ("2025-01-31T24:00:00", FAILED),
        ("2025-01-31T10:20:60", FAILED),
        ("0000-00-00T00:00:00", FAILED),
        ("2025-01-31T10:20:3٠", FAILED),
        (USUAL + "+3:00", FAILED),
        (USUAL + " ", FAILED),
    ],
)
def test_usual_moments(text, moment):
    converter, wanted = Converter(), one_field(datetime)
    for _ in range(ENOUGH + 1):
        read_both_ways({"x": USUAL + "+03:00"}, wanted, converter)
    for _ in range(2):  # the second time its offset has been met
        item = read_both_ways({"x": text}, wanted, converter)
        assert item is FAILED if moment is FAILED else same(item.x, moment)
