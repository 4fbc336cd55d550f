"""Codes that nobody told us about, and counting what is new."""

from __future__ import annotations

import copy
import json
import pickle
import threading

import pytest

from kwork_etxt_sdk.mapping import DRIFT, Converter, Drift
from kwork_etxt_sdk.mapping.drift import MOST_NAMES, OTHERS, fields_note
from tests.mapping.support import FITTING, Everything, Kind, Person, Status


@pytest.fixture(autouse=True)
def clear_drift():
    DRIFT.clear()
    yield
    DRIFT.clear()


def test_known_codes_are_members():
    assert Status(3) is Status.IN_WORK
    assert Status.IN_WORK.is_known
    assert repr(Status.IN_WORK) == "Status.IN_WORK"
    assert (str(Status.IN_WORK), f"{Status.IN_WORK:>3}") == ("3", "  3")
    assert (str(Kind.COPY), f"{Kind.COPY:>6}") == ("copy", "  copy")
    assert Status.IN_WORK == 3
    assert Kind.COPY == "copy"


@pytest.mark.parametrize(
    ("code", "raw", "text"),
    [
        (Status(99), 99, "Status(99)"),
        (Status(-1), -1, "Status(-1)"),
        (Status(2**100), 2**100, f"Status({2**100})"),
        (Kind("new"), "new", "Kind('new')"),
    ],
)
def test_unknown_codes_pass(code, raw, text):
    enum = type(code)
    assert not code.is_known
    assert (code.value, type(code.value)) == (raw, type(raw))
    assert code == raw
    assert code == enum(raw)
    assert hash(code) == hash(raw) == hash(enum(raw))
    assert repr(code) == text
    assert str(code) == str(raw)
    assert code.name.startswith("UNKNOWN")
    assert isinstance(code, enum)
    assert code not in list(enum)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(code, protocol))
        assert (again, type(again), again.is_known, again.value) == (code, enum, False, raw)
    assert copy.copy(code) is copy.deepcopy(code) is code
    assert json.loads(json.dumps(code)) == raw


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_known_codes_pickle_to_themselves(protocol):
    assert pickle.loads(pickle.dumps(Status.IN_WORK, protocol)) is Status.IN_WORK
    assert pickle.loads(pickle.dumps(Kind.COPY, protocol)) is Kind.COPY


def test_unknown_codes_are_not_remembered_by_the_enum():
    before = len(Status._value2member_map_)
    for code in range(1000, 1100):
        Status(code)
    assert len(Status._value2member_map_) == before


@pytest.mark.parametrize("value", ["3", 1.5, None, [], "new"])
def test_other_types_are_no_codes(value):
    with pytest.raises(ValueError, match="not a valid Status"):
        Status(value)
    with pytest.raises(ValueError, match="not a valid Kind"):
        Kind(5)


def test_what_is_new_is_counted():
    converter = Converter()
    data = {**FITTING, "status": 99, "maybe_kind": "odd", "new": 1, "person": {"username": "a", "city": "Тверь"}}
    for _ in range(3):
        converter.structure(data, Everything)
    converter.structure({**FITTING, "other": 1}, Everything)
    converter.structure({**FITTING, "new": 1, "other": 1}, Everything)
    converter.structure({"username": "a", "login": "b"}, Person)  # a second name is no news
    assert DRIFT.snapshot() == {
        "Everything.new": 4,
        "Everything.other": 2,
        "Person.city": 3,
        "Status(99)": 3,
        "Kind('odd')": 3,
    }
    DRIFT.clear()
    assert DRIFT.snapshot() == {}


def test_counting_is_bounded():
    drift = Drift()
    for number in range(MOST_NAMES + 10):
        drift.count(f"Task.field_{number}")
    assert len(drift.snapshot()) == MOST_NAMES + 1
    assert drift.snapshot()[OTHERS] == 10
    drift = Drift()
    drift.count("x" * 10_000)
    drift.count_fields(fields_note("Task", ("y" * 10_000,)))
    drift.count_fields(fields_note("Task", tuple(map(str, range(1000)))))
    assert max(map(len, drift.snapshot())) <= 100
    assert len(drift.snapshot()) == 66
    for number in range(5000):
        drift.count_fields(fields_note("Task", (f"field_{number}",)))
    assert len(drift._notes) < 2000
    assert len(drift.snapshot()) == MOST_NAMES + 1
    assert sum(drift.snapshot().values()) == 5066
    assert repr(Drift()) == "Drift({})"


def test_nothing_is_lost_between_threads():
    drift = Drift()
    note = fields_note("Task", ("new",))

    def count() -> None:
        for _ in range(5000):
            drift.count_fields(note)
            drift.count("Status(99)")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        drift.snapshot()
    for thread in threads:
        thread.join()
    assert drift.snapshot() == {"Task.new": 20_000, "Status(99)": 20_000}
