"""Values as SQLite stores them, and the rows made of them."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.etxt.models.tasks import PriceType, ResultFile, Task, TaskResult, TaskStatus
from kwork_etxt_sdk.etxt.models.users import StatementRow
from kwork_etxt_sdk.kwork.models.common import KworkUser
from kwork_etxt_sdk.kwork.models.notifications import Dialog
from kwork_etxt_sdk.sync import etxt_tables, kwork_tables
from kwork_etxt_sdk.sync.shape import Table, cell, moment

TASKS = Table.of("tasks", Task, "task_id", note=str)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (True, 1),
        (2**63 - 1, 2**63 - 1),
        (2**63, str(2**63)),
        (1.5, 1.5),
        (Decimal("1E+3"), "1000"),
        (Decimal("99.50"), "99.50"),
        (date(2030, 1, 2), "2030-01-02"),
        (datetime(2030, 1, 1, 3, tzinfo=timezone(timedelta(hours=3))), "2030-01-01T00:00:00+00:00"),
        (TaskStatus.IN_REVIEW, 3),
        (TaskStatus(77), 77),
        ("половина \ud83d", "половина \\ud83d"),
        (["б", {"path": "https://secret.invalid/1", "size": 3}], '["б", {"size": 3}]'),
    ],
)
def test_a_value_is_stored(value, stored):
    assert (cell(value), type(cell(value))) == (stored, type(stored))


@given(
    st.one_of(
        st.integers(),
        st.text(st.characters()),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.datetimes(timezones=st.just(timezone.utc)),
        st.lists(st.text(st.characters())),
    )
)
def test_sqlite_takes_and_returns_whatever_is_stored(value):
    connection = sqlite3.connect(":memory:")
    (back,) = connection.execute("SELECT ?", (cell(value),)).fetchone()
    connection.close()

    assert back == cell(value)
    if isinstance(value, Decimal):
        assert Decimal(back) == value
    if isinstance(value, datetime):
        assert datetime.fromisoformat(back) == value
        assert back == moment(value)


def test_columns_have_the_types_of_the_fields():
    assert next(iter(TASKS.columns)) == "task_id"
    types = {name: TASKS.columns[name] for name in ("task_id", "price", "status", "public", "date", "note", "extra")}
    assert types == {"task_id": int, "price": str, "status": int, "public": int, "date": str, "note": str, "extra": str}
    assert etxt_tables.STATEMENT.columns["amount"] is str
    assert kwork_tables.KWORKS.columns["rating"] is float
    assert "filename" not in TASKS.columns


def test_a_row_has_what_the_model_says_and_keeps_what_it_does_not_know():
    task = Task(
        task_id=7, price=Decimal("60.50"), price_type=PriceType.WHOLE, filename="https://x.invalid/1", public=False
    )

    row = TASKS.row(task.replace(extra={"colour": "red", "path": "gone"}), note="hm")

    assert {name: value for name, value in row.items() if value is not None} == {
        "task_id": 7,
        "price": "60.50",
        "price_type": 2,
        "public": 0,
        "extra": '{"colour": "red"}',
        "note": "hm",
    }


def test_addresses_of_files_are_left_out():
    file = ResultFile(path="https://files.invalid/1", name="txt", size=5)
    row = etxt_tables.result_row(TaskResult(result_id=5, files={"text": file}))

    assert "files.invalid" not in row["files"]
    assert '"size": 5' in row["files"]


def test_a_booking_without_an_id_is_known_by_what_it_says():
    rows = [StatementRow(amount=Decimal(amount)) for amount in (1, 1, 2)]
    first, same, other = (etxt_tables.statement_row(row)["row_id"] for row in rows)

    assert first == same < 0
    assert other < 0 != first - other
    assert etxt_tables.statement_row(StatementRow(row_id=5))["row_id"] == 5


def test_a_dialog_is_known_by_the_other_side():
    assert kwork_tables.dialog_row(Dialog(id=4, participant=KworkUser(id=7, username="anna")))["user_id"] == 7
    assert kwork_tables.dialog_row(Dialog(id=4))["user_id"] == -4
