from __future__ import annotations

import csv
import json
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk import ConfigurationError
from kwork_etxt_sdk.mapping import Model, OpenIntEnum, model, wire
from kwork_etxt_sdk.tables import to_csv, to_jsonl, to_rows


class Status(OpenIntEnum):
    OPEN = 1


@model
class Seller(Model):
    id: int = wire()
    name: str | None = wire(default=None)


@model
class Offer(Model):
    id: int = wire()
    title: str | None = wire(default=None)
    price: Decimal | None = wire(default=None)
    seller: Seller | None = wire(default=None)
    tags: list[str] | None = wire(default=None)
    facts: dict[str, Any] | None = wire(default=None)
    status: Status | None = wire(default=None)
    date: datetime | None = wire(default=None)

    @property
    def is_cheap(self) -> bool | None:
        return None if self.price is None else self.price < 1000


@model
class Cell(Model):
    text: str | None = wire(default=None)


FULL = Offer(
    id=1,
    title="Логотип",
    price=Decimal("500.50"),
    seller=Seller(id=7, name="Анна"),
    tags=["лого", "дизайн"],
    facts={"depth": {"a": 1}, "list": [1]},
    status=Status.OPEN,
    date=datetime(2030, 1, 2, 3, 4, tzinfo=timezone.utc),
    extra={"new": "field"},
)
BARE = Offer(id=2)


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.reader(source))


class TestRows:
    def test_nested_models_get_dotted_names_and_the_rest_becomes_json(self):
        assert list(to_rows([FULL])) == [
            {
                "id": 1,
                "title": "Логотип",
                "price": "500.50",
                "seller.id": 7,
                "seller.name": "Анна",
                "tags": '["лого", "дизайн"]',
                "facts.depth.a": 1,
                "facts.list": "[1]",
                "status": 1,
                "date": "2030-01-02T03:04:00+00:00",
                "extra": '{"new": "field"}',
            }
        ]

    def test_wanted_columns_come_in_the_wanted_order(self):
        rows = list(to_rows([FULL, BARE], ["seller.name", "id", "price"]))
        assert rows == [
            {"seller.name": "Анна", "id": 1, "price": "500.50"},
            {"seller.name": None, "id": 2, "price": None},
        ]
        assert list(rows[0]) == ["seller.name", "id", "price"]

    def test_a_nested_model_may_be_wanted_as_a_whole(self):
        rows = list(to_rows([FULL, BARE], ["seller", "facts.depth", "extra"]))
        assert rows == [
            {"seller": '{"id": 7, "name": "Анна"}', "facts.depth": '{"a": 1}', "extra": '{"new": "field"}'},
            {"seller": None, "facts.depth": None, "extra": None},
        ]

    def test_properties_may_be_wanted_too(self):
        rows = list(to_rows([FULL, BARE], ["id", "is_cheap", "seller.nothing"]))
        assert [list(row.values()) for row in rows] == [[1, True, None], [2, None, None]]

    @pytest.mark.parametrize("field", ["titel", "sellers.name", "", "to_dict", "_field_names"])
    def test_a_field_that_does_not_exist_is_told_rather_than_left_empty(self, field):
        with pytest.raises(ConfigurationError, match=f"Offer has no field {field}; its fields are id, title, price"):
            list(to_rows([FULL], ["id", field]))

    def test_they_are_made_one_at_a_time(self):
        def endless():
            while True:
                yield BARE

        row = next(iter(to_rows(endless())))
        assert row.pop("id") == 2
        assert set(row.values()) == {None}


class TestCsv:
    def test_a_file_that_spreadsheets_open(self, tmp_path):
        path = tmp_path / "offers.csv"
        assert to_csv([FULL, BARE], path) == 2
        assert path.read_bytes().startswith(b"\xef\xbb\xbfid,title,price,")
        header, full, bare = read(path)
        assert dict(zip(header, full, strict=True)) == {
            "id": "1",
            "title": "Логотип",
            "price": "500.50",
            "seller.id": "7",
            "seller.name": "Анна",
            "tags": '["лого", "дизайн"]',
            "facts.depth.a": "1",
            "facts.list": "[1]",
            "status": "1",
            "date": "2030-01-02T03:04:00+00:00",
            "extra": '{"new": "field"}',
        }
        assert set(bare) == {"2", ""}

    def test_columns_are_those_of_all_rows_without_empty_ones_for_nested_models(self, tmp_path):
        to_csv([BARE, FULL], tmp_path / "a.csv")
        header = read(tmp_path / "a.csv")[0]
        assert "seller" not in header
        assert {"seller.id", "tags", "extra"} <= set(header)
        to_csv([BARE], tmp_path / "b.csv")
        assert "seller" in read(tmp_path / "b.csv")[0]

    def test_wanted_columns_stream(self, tmp_path):
        path = str(tmp_path / "a.csv")
        assert to_csv((Offer(id=number) for number in range(3)), path, ["id", "title"]) == 3
        assert read(tmp_path / "a.csv") == [["id", "title"], ["0", ""], ["1", ""], ["2", ""]]

    def test_no_rows_are_a_file_with_its_header(self, tmp_path):
        assert to_csv([], tmp_path / "a.csv", ["id"]) == 0
        assert read(tmp_path / "a.csv") == [["id"]]
        assert to_csv([], tmp_path / "b.csv") == 0

    @pytest.mark.parametrize(
        "text",
        [
            "=1+1",
            "+cmd|'/c calc'!A1",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1+1",
            "-inf",
            "+1_000",
            "-",
            "+７",
            "-1 000",
            " =1+1",
            "\u00a0 =1+1",
            "\u200b=1+1",
            "\ufeff@SUM(A1)",
            "|calc",
            "%0A=1",
            " \n=1",
            "- a list",
        ],
    )
    def test_a_formula_is_neutralised(self, tmp_path, text):
        to_csv([Cell(text=text)], tmp_path / "a.csv")
        assert read(tmp_path / "a.csv") == [["text"], ["'" + text]]

    @pytest.mark.parametrize(
        "text", ["-5", "+79001234567", "-1.50", "-1,50", "-1e-7", "a=1", "'=1", "1-2", "", "—", " -5", "a|b"]
    )
    def test_numbers_and_harmless_text_stay(self, tmp_path, text):
        to_csv([Cell(text=text)], tmp_path / "a.csv")
        assert read(tmp_path / "a.csv") == [["text"], [text]]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("чай;=cmd|'/c calc'!A1", "чай;'=cmd|'/c calc'!A1"),
            ('чай\t "=HYPERLINK("http://a.invalid")', 'чай\t "\'=HYPERLINK("http://a.invalid")'),
            ("чай\n@SUM(A1);+A(1)", "чай\n'@SUM(A1);'+A(1)"),
            ('чай;+WEBSERVICE ("a")\n-A(1)\n-1|2', "чай;'+WEBSERVICE (\"a\")\n'-A(1)\n'-1|2"),
            ("план:\n- чай (зелёный)\n-кофе;=1", "план:\n- чай (зелёный)\n-кофе;=1"),
            ("пример ;-) (да)", "пример ;-) (да)"),
        ],
    )
    def test_so_is_one_that_another_separator_would_uncover(self, tmp_path, text, expected):
        to_csv([Cell(text=text)], tmp_path / "a.csv")
        assert read(tmp_path / "a.csv") == [["text"], [expected]]

    def test_money_and_numbers_below_zero_stay_numbers(self, tmp_path):
        to_csv(
            [Offer(id=-1, price=Decimal("-500.50"), facts={"a": -0.5})], tmp_path / "a.csv", ["id", "price", "facts.a"]
        )
        assert read(tmp_path / "a.csv")[1] == ["-1", "-500.50", "-0.5"]

    def test_a_name_that_the_service_chose_is_no_formula_either(self, tmp_path):
        to_csv([Offer(id=1, facts={"a;=cmd|' /c calc'!A1": 1})], tmp_path / "a.csv")
        assert "facts.a;'=cmd|' /c calc'!A1" in read(tmp_path / "a.csv")[0]

    def test_another_separator_for_other_settings(self, tmp_path):
        to_csv([FULL], tmp_path / "a.csv", ["id", "title"], delimiter=";")
        assert (tmp_path / "a.csv").read_text(encoding="utf-8-sig") == "id;title\n1;Логотип\n"
        with pytest.raises(ConfigurationError, match=r"cells are separated by one of ',', ';', .*, not '\|'"):
            to_csv([FULL], tmp_path / "a.csv", delimiter="|")

    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
    def test_texts_come_back(self, tmp_path_factory, texts):
        path = tmp_path_factory.getbasetemp() / "round.csv"
        to_csv([Cell(text=text) for text in texts], path, ["text"])
        for text, (cell,) in zip(texts, [row or [""] for row in read(path)[1:]], strict=True):
            assert cell.replace("'", "") == text.replace("'", "")
            assert not cell.lstrip().startswith(("=", "@"))
            assert not cell.startswith(("\t", "\r", "\n"))

    def test_half_a_character_is_written_as_an_escape(self, tmp_path):
        to_csv([Cell(text="a\ud83d")], tmp_path / "a.csv")
        assert read(tmp_path / "a.csv")[1] == ["a\\ud83d"]


class TestJsonLines:
    def test_one_object_a_line(self, tmp_path):
        path = tmp_path / "offers.jsonl"
        assert to_jsonl([FULL, BARE], path) == 2
        lines = path.read_bytes().decode().split("\n")
        assert lines.pop() == ""
        assert [json.loads(line) for line in lines] == [FULL.to_dict(), BARE.to_dict()]
        assert "Логотип" in lines[0]

    @given(st.lists(st.text()))
    def test_texts_come_back_half_characters_too(self, tmp_path_factory, texts):
        path = tmp_path_factory.getbasetemp() / "round.jsonl"
        assert to_jsonl((Cell(text=text) for text in texts), str(path)) == len(texts)
        with path.open(encoding="utf-8", newline="\n") as source:
            assert [json.loads(line)["text"] for line in source] == texts


def failing(error):
    yield BARE
    yield FULL
    raise error


class TestWholeOrNotAtAll:
    @pytest.mark.parametrize("write", [to_csv, to_jsonl, lambda items, path: to_csv(items, path, ["id"])])
    @pytest.mark.parametrize("error", [OSError("lost"), KeyboardInterrupt()])
    def test_what_breaks_in_the_middle_leaves_the_old_file(self, tmp_path, write, error):
        path = tmp_path / "a.out"
        path.write_text("old")
        with pytest.raises(type(error)):
            write(failing(error), path)
        assert path.read_text() == "old"
        assert [item.name for item in tmp_path.iterdir()] == ["a.out"]

    def test_and_no_file_where_there_was_none(self, tmp_path):
        with pytest.raises(OSError, match="lost"):
            to_jsonl(failing(OSError("lost")), tmp_path / "a.jsonl")
        assert [item.name for item in tmp_path.iterdir()] == []

    def test_a_field_that_does_not_exist_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("old")
        with pytest.raises(ConfigurationError):
            to_csv([FULL], path, ["titel"])
        assert path.read_text() == "old"

    def test_readers_see_the_old_file_until_the_new_one_is_done(self, tmp_path):
        path = tmp_path / "a.jsonl"
        path.write_text("old")

        def watching():
            yield BARE
            assert path.read_text() == "old"
            yield FULL

        to_jsonl(watching(), path)
        assert len(path.read_text(encoding="utf-8").splitlines()) == 2

    def test_a_folder_that_does_not_exist_is_told(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            to_csv([BARE], tmp_path / "missing" / "a.csv")

    def test_a_long_name_is_no_obstacle(self, tmp_path):
        path = tmp_path / ("ж" * 120 + ".csv")
        assert to_csv([BARE], path) == 1
        assert path.exists()
