"""Models in an SQLite table: exact, sorted, all or none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from kwork_etxt_sdk import ConfigurationError
from kwork_etxt_sdk.mapping import Model, OpenIntEnum, OpenStrEnum, model, wire
from kwork_etxt_sdk.tables import to_sqlite


class Status(OpenIntEnum):
    OPEN = 1


class Kind(OpenStrEnum):
    NEW = "new"


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
    tags: list[str] | None = wire(default=None)
    status: Status | None = wire(default=None)
    kind: Kind | None = wire(default=None)
    date: datetime | None = wire(default=None)
    day: date | None = wire(default=None)


@model
class Wider(Model):
    id: int = wire()
    title: str | None = wire(default=None)
    views: int | None = wire(default=None)


FULL = Offer(
    id=1,
    title='Лого "тип" \ud83d',
    price=Decimal("1E+2"),
    rating=4.5,
    is_open=True,
    seller=Seller(id=7, name="Анна"),
    tags=["лого"],
    status=Status(99),
    kind=Kind.NEW,
    date=datetime(2030, 1, 2, 23, 4, tzinfo=timezone.utc),
    day=date(2030, 1, 2),
    extra={"new": [1]},
)


def rows(path, table="offers"):
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(f'SELECT * FROM "{table}" ORDER BY 1')]


def test_values_are_exact_and_sort(tmp_path):
    path = tmp_path / "a.db"
    assert to_sqlite([FULL], path, "offers") == 1
    assert rows(path) == [
        {
            "id": 1,
            "title": 'Лого "тип" \\ud83d',
            "price": "100",
            "rating": 4.5,
            "is_open": 1,
            "seller.id": 7,
            "seller.name": "Анна",
            "tags": '["лого"]',
            "status": 99,
            "kind": "new",
            "date": "2030-01-03T02:04:00+03:00",
            "day": "2030-01-02",
            "extra": '{"new": [1]}',
        }
    ]
    with closing(sqlite3.connect(path)) as database:
        kinds = {name: kind for _, name, kind, *_ in database.execute("PRAGMA table_info(offers)")}
    assert (kinds["id"], kinds["rating"], kinds["is_open"], kinds["status"]) == (
        "INTEGER",
        "REAL",
        "INTEGER",
        "INTEGER",
    )
    assert (kinds["price"], kinds["kind"], kinds["date"], kinds["tags"]) == ("TEXT", "TEXT", "TEXT", "TEXT")


def test_money_of_any_length_stays_exact(tmp_path):
    amount = Decimal("12345678901234567890.12")
    to_sqlite([Offer(id=1, price=amount)], tmp_path / "a.db", "offers")
    assert Decimal(rows(tmp_path / "a.db")[0]["price"]) == amount


def test_what_is_there_is_replaced_and_the_rest_stays(tmp_path):
    path = tmp_path / "a.db"
    to_sqlite([Offer(id=1, title="a"), Offer(id=2, title="b")], path, "offers")
    assert to_sqlite([Offer(id=2, title="new"), Offer(id=3), Offer(id=3, title="twice")], path, "offers") == 3
    assert [(row["id"], row["title"]) for row in rows(path)] == [(1, "a"), (2, "new"), (3, "twice")]


def test_chosen_columns_leave_the_others_alone(tmp_path):
    path = tmp_path / "a.db"
    to_sqlite([Offer(id=1, title="a", rating=1.0)], path, "offers")
    to_sqlite([Offer(id=1, title="b", rating=2.0)], path, "offers", ["rating"])
    assert [(row["title"], row["rating"]) for row in rows(path)] == [("a", 2.0)]
    to_sqlite([Offer(id=5, seller=Seller(id=6))], path, "few", ["seller", "seller.id"])
    assert rows(path, "few") == [{"id": 5, "seller": '{"id": 6, "name": null}', "seller.id": 6}]


def test_columns_that_are_missing_are_added(tmp_path):
    path = tmp_path / "a.db"
    to_sqlite([Wider(id=1, title="a")], path, "offers", ["title"])
    to_sqlite([Wider(id=2, title="b", views=7)], path, "offers")
    assert rows(path) == [
        {"id": 1, "title": "a", "views": None, "extra": None},
        {"id": 2, "title": "b", "views": 7, "extra": None},
    ]


def test_any_columns_may_be_the_key(tmp_path):
    path = tmp_path / "a.db"
    items = [Offer(id=1, title="a", rating=1.0), Offer(id=1, title="b"), Offer(id=1, title="a", rating=3.0)]
    to_sqlite(items, path, "offers", ["rating"], key=["id", "title"])
    assert [(row["title"], row["rating"]) for row in rows(path)] == [("a", 3.0), ("b", None)]
    to_sqlite(items, path, "keys", [], key="title")
    assert rows(path, "keys") == [{"title": "a"}, {"title": "b"}]


def test_no_items(tmp_path):
    path = tmp_path / "a.db"
    assert to_sqlite([], path, "offers") == 0
    assert not path.exists()
    assert to_sqlite([], path, "offers", model=Wider) == 0
    assert rows(path) == []


def test_names_of_tables_are_only_names(tmp_path):
    name = 'x"; DROP TABLE offers; --'
    to_sqlite([Wider(id=1)], tmp_path / "a.db", "offers")
    to_sqlite([Wider(id=1)], tmp_path / "a.db", name)
    assert len(rows(tmp_path / "a.db")) == 1
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        assert (name,) in list(database.execute("SELECT name FROM sqlite_master"))


class TestAllOrNone:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "a.db"
        to_sqlite([Offer(id=1, title="old")], path, "offers", ["title"])
        return path

    def refused(self, path, match, items, *arguments: Any, **options: Any):
        before = rows(path)
        with pytest.raises(ConfigurationError, match=match) as caught:
            to_sqlite(items, path, *(arguments or ["offers"]), **options)
        assert rows(path) == before
        return str(caught.value)

    def test_a_field_that_does_not_exist(self, path):
        self.refused(path, "Offer has no field titel; its fields are", [FULL], "offers", ["titel"])
        self.refused(path, "Offer has no field titel; its fields are", [FULL], key="titel")

    def test_a_row_without_its_key(self, path):
        self.refused(path, "item 1 has no title, which tells", [Offer(id=1, title="a"), Offer(id=2)], key="title")

    def test_a_row_that_cannot_be_stored_in_the_middle(self, path):
        self.refused(path, "can't be written: .* Nothing was changed", [Offer(id=5, title="x"), Offer(id=2**70)])

    def test_a_table_with_another_key(self, path):
        message = self.refused(path, "ON CONFLICT", [Offer(id=1, title="a")], key="title")
        assert f"the table 'offers' of {path} can't be written" in message

    def test_what_is_no_model(self, path):
        self.refused(path, "made of this SDK's models, not of dict", [{"id": 1}])

    def test_a_walk_that_breaks(self, path):
        def breaking():
            yield Offer(id=2)
            raise OSError("lost")

        with pytest.raises(OSError, match="lost"):
            to_sqlite(breaking(), path, "offers")
        assert len(rows(path)) == 1

    def test_a_file_that_is_no_database(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("no database at all, but long enough to look at" * 100)
        with pytest.raises(ConfigurationError, match="file is not a database"):
            to_sqlite([FULL], path, "offers")
