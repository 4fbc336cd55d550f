"""Tables fit the width of the terminal, and show what people look for."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from kwork_etxt_sdk.cli.printable import printable
from kwork_etxt_sdk.cli.screen import Column, Screen, block, cell, choose, fit
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.etxt.models.tasks import Task, TaskStatus
from kwork_etxt_sdk.kwork import Kwork, KworkUser
from kwork_etxt_sdk.mapping import MOSCOW

NOON = datetime(2030, 1, 2, 9, 0, tzinfo=timezone.utc)


def task(number=7, **fields):
    return Task(task_id=number, **fields)


def shown(pages, fields=None, width=80):
    sink = io.StringIO()
    screen = Screen(sink, remarks=None)
    screen._console.width = width
    screen.rows(pages, fields)
    return sink.getvalue().splitlines()


def test_values_are_readable():
    assert cell(None) == ""
    assert (cell(True), cell(False)) == ("yes", "no")
    assert cell(Decimal("1234567.5")) == "1 234 567.50"
    assert cell(4.0) == "4"
    assert cell(NOON) == "2030-01-02 12:00", "Moscow time, as on the sites"
    assert cell(NOON.replace(tzinfo=None)) == "2030-01-02 09:00"
    assert cell(date(2030, 1, 2)) == "2030-01-02"
    assert (cell(TaskStatus.IN_REVIEW), cell(TaskStatus(77))) == ("in-review", "77")
    assert cell([1, 2]) == "1, 2"
    assert cell([{"a": 1}]) == "1 item"
    assert cell([{"a": 1}, [1]]) == "2 items"
    assert cell({"a": "б"}) == '{"a": "б"}'
    assert cell(KworkUser(id=1, username="anna")) == "anna"
    assert cell("<b>Обзор</b>\n  чайников &mdash; скоро") == "Обзор чайников — скоро"


def test_other_peoples_texts_do_not_speak_to_the_terminal():
    assert printable("a\x1b[2Jb\x9bc\u202ed\x07") == "a�[2Jb�c�d�"
    assert printable("Обзор 👍🏽") == "Обзор 👍🏽"
    assert block("a\x1b[2J<br>b") == "a�[2J\nb"


def test_a_long_text_of_a_record_keeps_its_lines_and_ends():
    assert block("а\n\nб") == "а\n\nб"
    text = block("слово " * 1000)
    assert text.endswith("…")
    assert len(text) == 2000
    assert cell("слово " * 1000, longest=10) == "слово сло…"


def test_what_people_look_for_comes_before_what_fills_the_line():
    items = [
        task(
            title="Обзор чайников и прочей утвари",
            description="Нейтральный тон. " * 9,
            price=Decimal(60),
            status=TaskStatus.IN_WORK,
            folder_id=0,
            deadline=NOON,
        )
    ]
    columns, hidden = choose(items, None, 80)
    assert [column.name for column in columns] == ["task_id", "title", "deadline", "status", "price"]
    assert hidden == 2
    columns, hidden = choose(items, None, 160)
    assert [column.name for column in columns][:4] == ["task_id", "folder_id", "title", "description"]
    assert hidden == 0


def test_addresses_of_pictures_fill_no_table():
    kwork = Kwork(id=1, title="x", image_url="https://example.invalid/1.png", seller=KworkUser(id=2, username="anna"))
    columns, hidden = choose([kwork], None, 200)
    assert [column.name for column in columns] == ["id", "title", "seller"]
    assert hidden == 1


def test_fields_asked_for_are_all_there_however_narrow_it_gets():
    items = [task(title="Обзор чайников", description="длинно " * 20, deadline=NOON)]
    lines = shown([items], ["task_id", "title", "description", "deadline"], width=40)
    assert max(map(cell_len, lines)) <= 40
    assert len(lines) == 3
    assert "…" in lines[2]


def test_cells_that_are_folded_are_all_there():
    sink = io.StringIO()
    screen = Screen(sink, remarks=None, fold=True, indent=2)
    screen._console.width = 30
    screen.rows([[{"key": "раз два три четыре пять шесть", "n": 7}, {"key": "a", "n": 12}]], ["key", "n"])
    assert sink.getvalue().splitlines() == [
        "  key                        n",
        "  " + "─" * 28,
        "  раз два три четыре пять    7",
        "  шесть",
        "  a                         12",
    ]


def test_a_long_text_takes_the_room_that_is_left():
    pages = [[{"name": "a", "text": "слово " * 15 + "конец"}]]
    assert shown(pages, width=120)[2].endswith("конец")
    assert cell_len(shown(pages, width=80)[2]) == 80
    assert cell_len(shown(pages, ["name", "text"], width=90)[2]) == 90


def test_nested_fields_have_columns_of_their_own():
    kwork = Kwork(id=1, title="x", seller=KworkUser(id=2, username="anna"))
    lines = shown([[kwork]], ["id", "seller.username"])
    assert [line.split() for line in (lines[0], lines[2])] == [["id", "seller.username"], ["1", "anna"]]


def test_pages_of_plain_things():
    assert [line.split() for line in shown([[41, 37]])[2:]] == [["41"], ["37"]]
    assert [line.split() for line in shown([[{"a": 1, "b": None}], []])[2:]] == [["1"]]


def test_a_field_that_plain_things_do_not_have_is_told():
    with pytest.raises(ConfigurationError, match="no field nonsense"):
        shown([[{"a": 1}]], ["nonsense"])
    assert shown([[{"a": 1, "b": 2}]], ["b"])[2].split() == ["2"]


def test_a_record_shows_what_is_inside_of_it():
    sink = io.StringIO()
    screen = Screen(sink, remarks=None)
    screen.record(Kwork(id=1, seller=KworkUser(id=2, username="anna"), images=["a", "b"]), None)
    screen.record({"faq": [{"q": "a"}], "users": [KworkUser(id=2, username="anna")], "none": None}, None)
    screen.record({"a": 1, "none": None}, ["none"])
    screen.record(True, None)
    lines = [line.split() for line in sink.getvalue().splitlines()]
    assert ["seller.username", "anna"] in lines
    assert ["images", "a,", "b"] in lines
    assert ["faq", '{"q":', '"a"}'] in lines
    assert ["users", "id", "2,", "username", "anna"] in lines
    assert lines[-2:] == [["none"], ["yes"]]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(40, 200))
def test_columns_fit(widths, width):
    columns = [Column(name=str(number), width=size, right=False) for number, size in enumerate(widths)]
    fitted = fit(columns, width)
    total = sum(column.width for column in fitted) + 2 * (len(fitted) - 1)
    assert total <= width
    assert all(1 <= after.width <= before.width for before, after in zip(columns, fitted, strict=True))
    if sum(widths) + 2 * (len(widths) - 1) <= width:
        assert fitted == columns


@settings(max_examples=40)
@given(st.text(max_size=80), st.integers(30, 160))
def test_no_text_breaks_a_table(text, width):
    lines = shown([[task(title=text, description=text[::-1], date=NOON - timedelta(days=1))]], width=width)
    assert len(lines) == 3
    assert max(map(cell_len, lines)) <= width


def test_moscow_is_where_times_are():
    assert MOSCOW.utcoffset(None) == timedelta(hours=3)
