"""What every model can do, and that models made by the quick reader are like any others."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest

from kwork_etxt_sdk.mapping import MOSCOW, Converter, Model, Records, default_converter, model, wire
from tests.mapping.support import FAILED, FITTING, Everything, Kind, Person, Status, read_both_ways


@model
class Task(Model):
    """An order."""

    WORDS: ClassVar[int] = 5

    task_id: int = wire("id")
    """Order id."""
    title: str | None = wire(default=None)
    status: Status | None = wire(default=None)
    deadline: datetime | None = wire(default=None)
    price: Decimal | None = wire(default=None)
    author: Person | None = wire(default=None)
    token: str | None = wire(default=None)
    tags: list[str] = wire(default_factory=list)
    more: dict[str, Any] | None = wire(default=None)

    @property
    def words(self) -> int:
        return self.WORDS


@model
class LongTask(Task):
    pages: int = wire()
    title: str | None = wire("long_title", default=None)


FULL = {
    "id": 7,
    "title": "Обзор чайников",
    "status": 3,
    "deadline": 1893456000,
    "price": "150.00",
    "author": {"username": "demo"},
    "token": "hunter2",
    "tags": ["a"],
    "more": {"a": [1]},
    "new": {"b": 2},
}


@pytest.fixture(params=["by the converter", "by hand"])
def task(request):
    if request.param == "by the converter":
        return Converter().structure(FULL, Task)
    return Task(
        task_id=7,
        title="Обзор чайников",
        status=Status.IN_WORK,
        deadline=datetime(2030, 1, 1, tzinfo=timezone.utc),
        price=Decimal("150.00"),
        author=Person(name="demo"),
        token="hunter2",
        tags=["a"],
        more={"a": [1]},
        extra={"new": {"b": 2}},
    )


@pytest.fixture(params=["by the converter", "by hand"])
def small(request):
    return Converter().structure({"id": 7}, Task) if request.param == "by the converter" else Task(task_id=7)


def test_models_are_values(task):
    assert task == Converter().structure(FULL, Task)
    assert task != task.replace(task_id=8)
    assert task != task.replace(extra={})
    assert task != 7
    assert Task(task_id=7) != LongTask(task_id=7, pages=1)
    assert task.words == 5


def test_models_do_not_change(task, small):
    for item in (task, small):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            item.title = "x"
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            item.extra = {}
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            del item.title
        with pytest.raises((AttributeError, TypeError)):
            item.brand_new = 1
    assert not hasattr(task, "__dict__")


def test_unknown_attributes_are_errors(small):
    with pytest.raises(AttributeError, match="'Task' object has no attribute 'titel'"):
        small.titel  # noqa: B018 - reading it is the test


def test_hashing_works_if_all_fields_can(small):
    assert hash(Person(name="a")) == hash(Converter().structure({"login": "a", "new": []}, Person))
    assert len({Person(name="a"), Person(name="a"), Person(name="b")}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(small)  # `tags` is a list


def test_extra_is_empty_and_never_shared(small):
    assert small.extra == {}
    assert small.extra is small.extra
    small.extra["mine"] = 1
    assert Task(task_id=7).extra == {}
    assert Converter().structure({"id": 7}, Task).extra == {}
    assert small.replace(task_id=8).extra == {"mine": 1}
    assert small.replace(task_id=8).extra is not small.extra


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_models_pickle(task, small, protocol):
    for item in (task, small):
        if protocol >= 2:  # older ones know no slots
            assert pickle.loads(pickle.dumps(item, protocol)) == item


def test_models_copy(task, small):
    for item in (task, small):
        assert copy.copy(item) == item
        assert copy.deepcopy(item) == item
        assert attrs.evolve(item, task_id=8).task_id == 8
    deep = copy.deepcopy(task)
    deep.extra["new"]["b"] = 3
    assert task.extra == {"new": {"b": 2}}


def test_subclasses_add_and_replace_fields():
    item = read_both_ways({"id": "7", "pages": 3, "long_title": "a", "title": "b", "new": 1}, LongTask)
    assert item == LongTask(task_id=7, pages=3, title="a", extra={"title": "b", "new": 1})
    assert isinstance(item, Task)
    assert LongTask.field_names()[-2:] == ("pages", "title")
    assert read_both_ways({"id": 7}, LongTask) is FAILED


def test_construction_by_keyword_only():
    with pytest.raises(TypeError):
        Task(7)
    with pytest.raises(TypeError, match="task_id"):
        Task()
    with pytest.raises(TypeError, match="titel"):
        Task(task_id=7, titel="x")


def test_to_dict_is_plain_data(task, small):
    assert task.to_dict() == {
        "task_id": 7,
        "title": "Обзор чайников",
        "status": 3,
        "deadline": "2030-01-01T00:00:00+00:00",
        "price": "150.00",
        "author": {"name": "demo", "rating": None, "friends": None},
        "token": "hunter2",
        "tags": ["a"],
        "more": {"a": [1]},
        "extra": {"new": {"b": 2}},
    }
    json.dumps(task.to_dict())
    assert type(task.to_dict()["status"]) is int
    assert "extra" not in small.to_dict()


def test_to_dict_of_every_kind():
    item = Converter().structure({**FITTING, "status": 99, "maybe_kind": "other", "counts": {}}, Everything)
    plain = item.replace(
        maybe_moment=datetime(2030, 1, 1, tzinfo=MOSCOW),
        anything=(
            Status.NEW,
            {Status.NEW: Decimal(1)},
            {date(2030, 1, 1)},
            Kind("x"),
            object,
            Records([Person(name="a")]),
        ),
    ).to_dict()
    assert plain["maybe_moment"] == "2030-01-01T00:00:00+03:00"
    assert plain["day"] == "2030-01-31"
    assert (plain["status"], plain["maybe_kind"], plain["closed"]) == (99, "other", "text")
    assert plain["anything"][:4] == [1, {1: "1"}, ["2030-01-01"], "x"]
    assert plain["anything"][4] is object
    assert plain["anything"][5] == [{"name": "a", "rating": None, "friends": None}]
    assert type(plain["maybe_kind"]) is str
    assert plain["by_id"] == {5: {"name": "five", "rating": None, "friends": None}}


def test_to_dict_does_not_walk_into_the_deep():
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert Task(task_id=7, extra={"deep": deep}).to_dict()["extra"]["deep"]


# Declaring


def test_a_default_that_would_be_shared_is_refused():
    for default in ([], {}, set()):
        with pytest.raises(TypeError, match="use default_factory"):
            wire(default=default)
    with pytest.raises(TypeError, match="not both"):
        wire(default=None, default_factory=list)


class Undecorated(Model):
    number: int = wire()


@model
class LyingDefault(Model):
    number: int = wire(default=None)


@model
class UnknownType(Model):
    number: NoSuchType = wire()  # noqa: F821 - that is the test


def test_mistakes_in_models_are_told_to_the_programmer():
    with pytest.raises(TypeError, match="Undecorated inherits from Model but lacks the decorator @model"):
        Converter().structure({}, Undecorated)
    with pytest.raises(TypeError, match=r"the default of number is None, so its type has to be"):
        Converter().structure({}, LyingDefault)
    with pytest.raises(TypeError, match=r"UnknownType can't be found at run time: name 'NoSuchType'"):
        Converter().structure({}, UnknownType)


# Models that the quick reader can't fill by itself


@model
class Checked(Model):
    number: int = attrs.field(validator=attrs.validators.gt(0))
    doubled: int = attrs.field(init=False, default=attrs.Factory(lambda self: self.number * 2, takes_self=True))
    half: int = attrs.field(default=attrs.Factory(lambda self: self.number // 2, takes_self=True))
    _private: int | None = wire("private", default=None)


@model
class Converted(Model):
    name: str = attrs.field(converter=str.upper)
    other: str = attrs.field(converter=str.upper, default="other")


@model
class AfterInit(Model):
    number: int = wire()

    def __attrs_post_init__(self) -> None:
        if self.number > 100:
            raise OverflowError("too large: " + "x" * 100)


@model
class BeforeInit(Model):
    number: int = wire()

    def __attrs_pre_init__(self) -> None:
        pass


@model
class OwnInit(Model):
    number: int = wire()

    def __init__(self, number: int, **others: Any) -> None:
        self.__attrs_init__(number=number + 1, **others)


@model
class OwnNew(Model):
    number: int = wire()

    def __new__(cls, **_fields):
        return super().__new__(cls)


@model
class Registering(Model):
    made: ClassVar[list[type]] = []
    number: int = wire()

    def __init_subclass__(cls) -> None:
        cls.made.append(cls)


class WithDict:
    pass


@model
class Mixed(WithDict, Model):
    """Its instances have a ``__dict__``, which the twin has too."""

    number: int = wire()


@attrs.define(frozen=True, slots=False, eq=False, kw_only=True)
class WithoutSlots(Model):
    number: int = wire()

    _field_names = ("number",)


def test_models_with_checks_and_conversions_are_made_by_their_init():
    assert read_both_ways({"number": "4", "private": 1, "new": 1}, Checked) == Checked(
        number=4, half=2, private=1, extra={"new": 1}
    )
    assert read_both_ways({"number": 4, "half": 3}, Checked).half == 3
    assert read_both_ways({"number": 4}, Checked).doubled == 8
    assert read_both_ways({"number": 0}, Checked) is FAILED
    assert read_both_ways({"name": "a"}, Converted) == Converted(name="A", other="OTHER")
    assert read_both_ways({"number": 5}, AfterInit) == AfterInit(number=5)
    with pytest.raises(Exception, match=r"AfterInit refuses these values: OverflowError: too large: x+… @ \$"):
        Converter().structure({"number": 500}, AfterInit)
    assert read_both_ways({"number": 5}, BeforeInit) == BeforeInit(number=5)
    assert read_both_ways({"number": 5, "new": 1}, OwnInit).number == 6
    assert read_both_ways({"number": 5}, OwnNew) == OwnNew(number=5)


def test_models_of_other_layouts_are_made_by_their_init():
    before = list(Registering.made)
    assert read_both_ways({"number": 5}, Registering) == Registering(number=5)
    assert Registering.made == before
    mixed = read_both_ways({"number": 5, "new": 1}, Mixed)
    assert (mixed.number, mixed.extra) == (5, {"new": 1})
    mixed.__dict__["free"] = 1
    assert read_both_ways({"number": 5, "new": 1}, WithoutSlots).number == 5


# Cold start


def test_importing_and_declaring_does_not_import_cattrs():
    code = (
        "import sys\n"
        "from kwork_etxt_sdk.mapping import Converter, default_converter\n"
        "from tests.mapping.support import Everything\n"
        "default_converter()\n"
        "assert 'cattrs' not in sys.modules\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )


@model
class Wrapped(Model):
    data: Any = wire("data", "response", default=None)


def test_any_value_under_none_of_its_names_is_the_default():
    made = default_converter().structure({"a": 1}, Wrapped)
    assert made.data is None
    assert made.extra == {"a": 1}
    assert default_converter().structure({"response": [1]}, Wrapped).data == [1]
