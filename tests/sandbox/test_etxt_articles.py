"""Ready-made articles, text comparison and proof-reading."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
import requests

from tests.sandbox.callers import START, TIMEOUT

SHOP_FIELDS = {
    "id", "title", "description", "keywords", "date", "id_type", "id_subtype", "id_folder", "id_category", "id_user",
    "id_language", "full_price", "discount", "date_discount", "size", "images", "unq", "unq_shin", "moder_check",
    "moder_orph", "moder_punc", "moder_style",
}  # fmt: skip
ARCHIVE_FIELDS = {
    "id", "title", "description", "keywords", "date", "id_type", "id_subtype", "id_category", "id_language",
    "full_price", "size", "images", "quality",
}  # fmt: skip


def whole_shop(etxt, **filters):
    found, start = [], 0
    while rows := etxt.rows("articles.getList", **{"from": start}, **filters):
        found += rows
        start += 20
    return found


# --- searching ------------------------------------------------------------------------------------------------------


def test_the_shop_has_pages_of_twenty_newest_first(reader):
    rows = reader.rows("articles.getList", count=100)
    assert len(rows) == 20
    assert set(rows[0]) == SHOP_FIELDS
    assert base64.b64decode(rows[0]["description"]).startswith(b"\x89PNG")
    shop = whole_shop(reader)
    assert len({row["id"] for row in shop}) == 237
    assert [row["date"] for row in shop] == sorted((row["date"] for row in shop), reverse=True)
    assert {bool(int(row["discount"])) == bool(row["date_discount"]) for row in shop} == {True}


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"id_category": 1790}, lambda row: row["id_category"] == "1790"),
        ({"id_category": 1790, "subcat": 1}, lambda row: row["id_category"] in ("1790", "1791", "1792", "1793")),
        ({"id_subtype": 4}, lambda row: row["id_subtype"] == "4"),
        ({"id_language": 2}, lambda row: row["id_language"] == "2"),
        ({"price_from": 100, "price_to": 150}, lambda row: 100 <= float(row["full_price"]) <= 150),
        (
            {"price_from": 50, "price_to": 60, "price_type": "any"},
            lambda row: 50 <= float(row["full_price"]) * 1000 / int(row["size"]) <= 60,
        ),
        ({"size_from": 2000, "size_to": 3000}, lambda row: 2000 <= int(row["size"]) <= 3000),
        ({"uniq_from": 95, "uniq_to": 97}, lambda row: 95 <= int(row["unq"]) <= 97),
        ({"text": "Кофе", "text_type": "title"}, lambda row: "Кофе" in row["title"]),
        ({"text": "кофе", "text_type": "keywords"}, lambda row: "кофе" in row["keywords"]),
    ],
)
def test_filters(reader, filters, fits):
    ids = {row["id"] for row in whole_shop(reader, **filters)}
    assert ids == {row["id"] for row in whole_shop(reader) if fits(row)}
    assert 0 < len(ids) < 237


def test_more_filters(box, etxt):
    shop = whole_shop(etxt)
    author = shop[0]["id_user"]
    assert {row["id_user"] for row in whole_shop(etxt, id_user=author)} == {author}
    assert whole_shop(etxt, id=shop[5]["id"]) == [shop[5]]
    assert len(whole_shop(etxt, id_language=77)) == len(shop)
    assert len(whole_shop(etxt, basket=1)) == 2
    good = {row["id_user"] for row in whole_shop(etxt, min_rate=9_000)}
    assert good == {row["id_user"] for row in shop if box.exchange.people[int(row["id_user"])].rate >= 9_000}
    assert whole_shop(etxt, text="кофе") != []
    assert whole_shop(etxt, text="кофе", text_type="description") != []
    assert etxt("articles.getList", text="ы" * 40) == {"error": "no_object"}
    assert etxt("articles.getList", text="ы" * 41) == {"error": "no_params"}


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("title", lambda row: row["title"]),
        ("price", lambda row: float(row["full_price"])),
        ("size", lambda row: int(row["size"])),
        ("uniq", lambda row: int(row["unq"])),
        ("date", lambda row: int(row["date"])),
        ("relevancy", lambda row: "кофе" in row["title"].casefold()),
    ],
)
def test_sorting(reader, sort, value):
    params = {"text": "кофе"} if sort == "relevancy" else {}
    rising = [value(row) for row in whole_shop(reader, sort=sort, order="asc", **params)]
    falling = [value(row) for row in whole_shop(reader, sort=sort, **params)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)


# --- buying ---------------------------------------------------------------------------------------------------------


def test_buying(box, etxt):
    article = etxt.rows("articles.getList", basket=1)[0]
    assert etxt("articles.buy", id=article["id"]) == {"id": article["id"]}
    assert float(etxt.balance()) == pytest.approx(10_000 - float(article["full_price"]))
    assert len(etxt.rows("articles.getList", basket=1)) == 1
    assert etxt.rows("articles.getList", basket=1, filter=1) == []
    bought = etxt.rows("articles.getList", filter=1, id=article["id"])[0]
    assert bought["date_buy"] == str(START)
    assert etxt.rows("articles.getList", id=article["id"]) == []
    row = etxt.rows("users.getStats", count=1)[0]
    assert (row["count"], row["id_user_to"]) == (f"-{article['full_price']}", article["id_user"])
    assert etxt("articles.buy", id=article["id"]) == {"error": "no_access"}
    assert etxt("articles.buy", id=1) == {"error": "no_object"}
    assert etxt("articles.buy") == {"error": "no_params"}
    assert box.executed["articles.buy"] == 1


def test_buying_without_money(box, etxt):
    box.exchange.account.hold(box.exchange.account.available)
    article = etxt.rows("articles.getList")[0]
    assert etxt("articles.buy", id=article["id"]) == {"error": "max_limit"}


def test_a_discount_ends(box, etxt):
    article = next(row for row in whole_shop(etxt) if row["discount"] != "0")
    box.advance(days=90)
    dearer = etxt.rows("articles.getList", id=article["id"])[0]
    assert float(dearer["full_price"]) > float(article["full_price"])


def test_texts_and_archives_of_bought_articles_only(box, etxt):
    other, article = etxt.rows("articles.getList", count=2)
    assert etxt("articles.getText", id=[article["id"]]) == {"error": "no_access"}
    assert etxt("articles.download", id=[article["id"]]) == {"error": "no_access"}
    etxt("articles.buy", id=article["id"])
    (text,) = etxt.rows("articles.getText", id=[article["id"], other["id"]])
    assert (text["id"], text["title"]) == (article["id"], article["title"])
    assert text["text"].startswith("<p>")
    assert len(text["text"]) >= int(article["size"])
    path = etxt("articles.download", id=[article["id"]])["path"]
    answer = requests.get(path, timeout=TIMEOUT)
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read(f"{article['id']}/text.txt").decode("cp1251")
        assert len(archive.namelist()) == 1 + int(article["images"])
    assert etxt("articles.getText", id=[1]) == {"error": "no_object"}
    assert etxt("articles.getText") == {"error": "no_params"}
    assert box.calls[-1].refusal == "no_params"


def test_a_zip_of_several_articles_with_pictures(box, etxt):
    for article in box.exchange.articles.values():
        article.images = 2
    ids = [row["id"] for row in etxt.rows("articles.getList", count=2)]
    for id_article in ids:
        etxt("articles.buy", id=id_article)
    content = requests.get(etxt("articles.download", id=ids)["path"], timeout=TIMEOUT).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == sorted(
            f"{id_article}/{name}" for id_article in ids for name in ("text.txt", "1.png", "2.png")
        )


# --- the archive ----------------------------------------------------------------------------------------------------


def test_bought_articles_are_put_away(box, etxt):
    article = etxt.rows("articles.getList")[0]
    etxt("articles.buy", id=article["id"])
    box.advance(days=15)
    assert etxt.rows("articles.getList", filter=1, id=article["id"]) == []
    row = next(row for row in etxt.rows("articles_archive.getList") if row["id"] == article["id"])
    assert set(row) == ARCHIVE_FIELDS
    assert row["full_price"] == article["full_price"]
    assert etxt("articles.getText", id=[article["id"]]) == {"error": "no_access"}
    assert etxt.rows("articles_archive.getText", id=[article["id"]])[0]["text"]
    path = etxt("articles_archive.download", id=[article["id"]])["path"]
    assert requests.get(path, timeout=TIMEOUT).content.startswith(b"PK")


def test_the_archive_is_searched_and_sorted(reader):
    rows = reader.rows("articles_archive.getList")
    assert [row["id"] for row in rows] == ["600001", "600002"]
    assert reader.rows("articles_archive.getList", order="desc") == rows[::-1]
    assert reader.rows("articles_archive.getList", text=rows[0]["title"].lower()[:40], text_type="title")[0] == rows[0]
    assert reader.rows("articles_archive.getList", id_category=rows[0]["id_category"])[0] == rows[0]
    assert reader.rows("articles_archive.getList", id_user=1) == []


def test_quality_is_empty_unless_moderated(box, etxt):
    first, second = list(box.exchange.articles.values())[:2]
    first.moderated, second.moderated = True, False
    rows = etxt.rows("articles_archive.getList")
    assert set(rows[0]["quality"]) == {"moder_orph", "moder_punc", "moder_style"}
    assert rows[1]["quality"] == []


# --- comparing ------------------------------------------------------------------------------------------------------


def test_texts_are_compared(reader):
    source = "Нагрейте воду до 95 градусов и подождите пять минут"
    answer = reader("diff.compareText", source=source, text=source.replace("подождите", "ждите <b>"))
    assert set(answer) == {"result", "text", "source"}
    assert 80 < float(answer["result"]) < 100
    assert '<span class="same">воду</span>' in answer["text"]
    assert "ждите &lt;b&gt; " in answer["text"]
    assert reader("diff.compareText", source=source, text=source)["result"] == "100.0"


@pytest.mark.parametrize(("source", "text"), [("x" * 29, "x" * 30), ("x" * 30, "x" * 20_001), ("x" * 30, "")])
def test_compared_texts_have_their_lengths(reader, source, text):
    assert reader("diff.compareText", source=source, text=text) == {"error": "no_params"}


# --- proof-reading --------------------------------------------------------------------------------------------------


def test_a_text_is_handed_to_a_proof_reader(box, etxt):
    answer = etxt("correction.add", title="Письмо", text="я" * 1_000, id_folder=31, deadline="05.01.2030")
    assert answer == {"id": "2001"}
    assert etxt.balance() == "9980.00"
    correction = box.exchange.corrections[2_001]
    assert (correction.id_folder, correction.deadline) == (31, 1_893_877_140)
    assert etxt("correction.add", title="Письмо", text="Текст")["id"] == "2002"
    assert box.exchange.corrections[2_002].deadline == START + 86_400


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": ""}, "no_params"),
        ({"text": ""}, "no_params"),
        ({"deadline": "01.01.2030"}, "no_params"),
        ({"id_folder": 99}, "no_object"),
        ({"text": "я" * 600_000}, "max_limit"),
    ],
)
def test_proof_reading_has_its_conditions(box, etxt, wrong, code):
    assert etxt("correction.add", **({"title": "Письмо", "text": "Текст"} | wrong)) == {"error": code}
    assert not box.exchange.corrections
    assert not box.executed


def test_proof_reading_of_what_is_there_already(box, etxt):
    result = etxt.results(etxt.deliver())[0]["id"]
    bought = etxt.rows("articles.getList", filter=1)[0]["id"]
    archived = etxt.rows("articles_archive.getList")[0]["id"]

    def import_text(kind, id_object, **more):
        return etxt("correction.import", type=kind, id_object=id_object, **more)

    assert "id" in import_text("task", result, object_type="file")
    assert "id" in import_text("a_task", 900_001)
    assert "id" in import_text("article", bought)
    assert "id" in import_text("a_article", archived)
    assert len(box.exchange.corrections) == 4
    assert import_text("task", 1) == {"error": "no_object"}
    assert import_text("a_task", 1) == {"error": "no_object"}
    assert import_text("article", 1) == {"error": "no_object"}
    assert import_text("article", archived) == {"error": "no_access"}
    assert import_text("article", bought, object_type="text") == {"error": "no_params"}
    assert import_text("book", bought) == {"error": "no_params"}
    assert etxt("correction.import", type="task") == {"error": "no_params"}
