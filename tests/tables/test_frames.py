"""Models as a DataFrame: the same columns and types whatever was sent."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from kwork_etxt_sdk import ConfigurationError, MissingExtraError
from kwork_etxt_sdk.mapping import Model, OpenIntEnum, Records, model, wire
from kwork_etxt_sdk.tables import to_frame

pandas = pytest.importorskip("pandas", reason="the extra pandas is not installed with the oldest packages")


class Status(OpenIntEnum):
    OPEN = 1
    DONE = 2


@model
class Seller(Model):
    id: int = wire()
    name: str | None = wire(default=None)


@model
class Offer(Model):
    id: int = wire()
    title: str | None = wire(default=None)
    price: Decimal | None = wire(default=None)
    rating: float | None = wire(default=None)
    is_open: bool | None = wire(default=None)
    seller: Seller | None = wire(default=None)
    tags: list[list[int]] | None = wire(default=None)
    facts: dict[str, Any] | None = wire(default=None)
    anything: Any = wire(default=None)
    status: Status | None = wire(default=None)
    date: datetime | None = wire(default=None)
    day: date | None = wire(default=None)

    @property
    def is_cheap(self) -> bool | None:
        return None if self.price is None else self.price < 1000

    @property
    def words(self) -> list[str]:
        return (self.title or "").split()


@model
class Branch(Model):
    id: int = wire()
    parent: Branch | None = wire(default=None)


@model
class Folder(Model):
    id: int = wire()
    owner: Owner | None = wire(default=None)


@model
class Owner(Model):
    id: int = wire()
    home: Folder | None = wire(default=None)


@model
class Other(Model):
    id: str = wire()
    views: int | None = wire(default=None)


MOMENT = datetime(2030, 1, 2, 23, 4, 5, 678901, tzinfo=timezone.utc)
FULL = Offer(
    id=1,
    title="Логотип \ud83d",
    price=Decimal("500.50"),
    rating=4.5,
    is_open=False,
    seller=Seller(id=7, name="Анна"),
    tags=[[1], [2]],
    facts={"a": {"b": 1}},
    anything={"x": Decimal(1)},
    status=Status.DONE,
    date=MOMENT,
    day=date(2030, 1, 2),
)
BARE = Offer(id=2)
TYPES = {
    "id": "Int64",
    "title": "string",
    "price": "object",
    "rating": "float64",
    "is_open": "boolean",
    "seller.id": "Int64",
    "seller.name": "string",
    "tags": "object",
    "facts": "object",
    "anything": "object",
    "status": "category",
    "date": "datetime64[us, MSK]",
    "day": "datetime64[us]",
}


def types(frame):
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


@pytest.mark.parametrize("items", [[FULL, BARE], [BARE], [FULL], []], ids=["both", "bare", "full", "none"])
def test_types_depend_on_the_model_only(items):
    frame = to_frame(items, model=Offer)
    assert types(frame) == TYPES
    assert len(frame) == len(items)


def test_values():
    frame = to_frame(Records([FULL, BARE]))
    first, second = frame.to_dict("records")
    assert first == {
        "id": 1,
        "title": "Логотип \\ud83d",
        "price": Decimal("500.50"),
        "rating": 4.5,
        "is_open": False,
        "seller.id": 7,
        "seller.name": "Анна",
        "tags": [[1], [2]],
        "facts": {"a": {"b": 1}},
        "anything": {"x": "1"},
        "status": "DONE",
        "date": pandas.Timestamp("2030-01-03 02:04:05.678901+03:00"),
        "day": pandas.Timestamp("2030-01-02"),
    }
    assert first["date"].utcoffset() == timedelta(hours=3)
    assert second.pop("id") == 2
    assert all(pandas.isna(value) for value in second.values())
    assert second["price"] is second["tags"] is None
    assert list(frame.index) == [0, 1]


def test_money_is_exact_unless_floats_are_asked_for():
    items = [Offer(id=number, price=Decimal("0.1")) for number in range(3)]
    assert to_frame(items)["price"].sum() == Decimal("0.3")
    floats = to_frame([*items, BARE], money="float")["price"]
    assert str(floats.dtype) == "float64"
    assert floats.sum() == pytest.approx(0.3)
    assert floats.isna().tolist() == [False, False, False, True]
    with pytest.raises(ConfigurationError, match="money is 'decimal' or 'float', not 'roubles'"):
        to_frame(items, money="roubles")


def test_codes_are_categories_and_unknown_ones_pass():
    frame = to_frame([FULL, BARE, Offer(id=3, status=Status(99))])
    assert list(frame["status"].cat.categories) == ["OPEN", "DONE", "UNKNOWN_99"]
    assert (frame["status"] == "DONE").tolist() == [True, False, False]


def test_chosen_columns_come_in_the_wanted_order():
    frame = to_frame([FULL, BARE], ["seller.name", "price", "seller", "facts.a", "id"])
    assert list(frame.columns) == ["seller.name", "price", "seller", "facts.a", "id"]
    assert frame["seller"].tolist() == [{"id": 7, "name": "Анна"}, None]
    assert frame["facts.a"].tolist() == [{"b": 1}, None]
    assert list(to_frame([], ["id", "title"]).columns) == ["id", "title"]
    with pytest.raises(ConfigurationError, match="Offer has no field titel; its fields are id, title"):
        to_frame([FULL], ["titel"])


def test_properties_are_columns_if_they_are_asked_for():
    frame = to_frame([FULL, BARE], ["is_cheap", "words", "seller.to_dict"])
    assert types(frame) == {"is_cheap": "boolean", "words": "object", "seller.to_dict": "object"}
    assert frame["is_cheap"].tolist() == [True, pandas.NA]
    assert frame["words"].tolist() == [["Логотип", "\ud83d"], []]
    assert frame["seller.to_dict"].tolist() == [None, None]


def test_unknown_fields_are_kept_if_there_are_any():
    frame = to_frame([BARE, Offer(id=3, extra={"new": 1})])
    assert frame["extra"].tolist() == [None, {"new": 1}]


def test_a_model_within_itself_has_an_end():
    frame = to_frame([Branch(id=1, parent=Branch(id=2, parent=Branch(id=3)))])
    assert frame["parent"].tolist() == [{"id": 2, "parent": {"id": 3, "parent": None}}]
    assert list(to_frame([], model=Folder).columns) == ["id", "owner.id", "owner.home"]


def test_different_models_share_what_they_have_in_common():
    frame = to_frame([Other(id="a", views=1), BARE])
    assert frame["id"].tolist() == ["a", 2]
    assert types(frame)["id"] == "object"
    assert types(frame)["views"] == "Int64"
    assert frame["views"].isna().tolist() == [False, True]


@pytest.mark.parametrize("year", [1, 1677, 2263, 9999])
def test_all_times_fit(year):
    moment = datetime(year, 6, 1, tzinfo=timezone.utc)
    assert to_frame([Offer(id=1, date=moment)])["date"].tolist() == [pandas.Timestamp(moment)]


def test_integers_of_any_size_stay_exact():
    frame = to_frame([Offer(id=2**63), BARE])
    assert frame["id"].tolist() == [2**63, 2]


def test_nothing_at_all():
    assert to_frame([]).shape == (0, 0)
    with pytest.raises(ConfigurationError, match="models, not of dict"):
        to_frame([{"id": 1}])


def test_without_pandas_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'kwork-etxt-sdk\[pandas\]'"):
        to_frame([FULL])
