"""Articles in the archive: what is sent, how answers are read, what is refused."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from kwork_etxt_sdk import Effect
from kwork_etxt_sdk.etxt.errors import EtxtAccessError
from kwork_etxt_sdk.etxt.models.articles import ArticleKind, SortOrder
from kwork_etxt_sdk.testing import samples

SAMPLES = Path(samples.__file__).parent / "etxt"
LISTED = json.loads((SAMPLES / "articles_archive.getList.json").read_text(encoding="utf-8"))
TEXTS = json.loads((SAMPLES / "articles_archive.getText.json").read_text(encoding="utf-8"))


def test_every_parameter_of_the_list_is_sent(server, client):
    server.answer("articles_archive.getList", LISTED)
    client.articles_archive.get_list(
        "чай",
        user_id=42,
        id_subtype=ArticleKind.NEWS,
        category_id=1790,
        subcat=True,
        order=SortOrder.ASC,
        count=7,
        offset=1,
    ).page(2)
    assert server.only().body == [
        ("count", "7"),
        ("from", "8"),
        ("id_user", "42"),
        ("id_subtype", "2"),
        ("order", "asc"),
        ("id_category", "1790"),
        ("subcat", "1"),
        ("text", "чай"),
    ]


@pytest.mark.parametrize("shape", ["list", "keyed", "gaps"])
def test_archived_articles_are_read_in_every_form(server, client, shape):
    keyed = {row["id"]: row for row in LISTED}
    gaps = {str(2 * number): row for number, row in enumerate(LISTED)}
    server.answer("articles_archive.getList", {"list": LISTED, "keyed": keyed, "gaps": gaps}[shape])
    checked, unchecked = client.articles_archive.get_list()
    assert (checked.article_id, checked.title, checked.description) == (600000, "Старый текст", "Описание")
    assert checked.date == datetime.fromtimestamp(1880000000, timezone.utc)
    assert (checked.id_type, checked.id_subtype) == (1, ArticleKind.NEWS)
    assert (checked.category_id, checked.language_id) == (1790, 1)
    assert (checked.full_price, checked.size, checked.images) == (Decimal("180.00"), 2100, 1)
    assert checked.quality == {"moder_orph": "1", "moder_punc": "1", "moder_style": "1"}
    assert unchecked.quality == {}


@pytest.mark.parametrize(("quality", "read"), [(None, None), ({}, {}), ("", None)])
def test_marks_may_be_missing_in_several_ways(server, client, quality, read):
    server.answer("articles_archive.getList", [{"id": 1, "quality": quality}])
    assert client.articles_archive.get_list().first().quality == read


@pytest.mark.parametrize("answer", [{"error": "no_object"}, [], {}])
def test_nothing_in_the_archive_is_an_empty_list(server, client, answer):
    server.answer("articles_archive.getList", answer)
    assert client.articles_archive.get_list().to_list() == []


@pytest.mark.parametrize("wrap", [lambda row: [row], lambda row: {"600000": row}])
def test_texts_are_read_in_every_form(server, client, wrap):
    server.answer("articles_archive.getText", wrap(TEXTS[0]))
    (text,) = client.articles_archive.get_text(600000)
    assert (text.article_id, text.title, text.text) == (600000, "Старый текст", "<p>Текст из архива.</p>")
    assert server.only().body == [("id[]", "600000")]


def test_any_number_of_texts_can_be_asked_for(server, client):
    for _ in range(2):
        server.answer("articles_archive.getText", lambda request: [{"id": value} for _, value in request.body])
    assert len(client.articles_archive.get_text(range(1, 102))) == 101
    assert [len(request.body) for request in server.requests] == [100, 1]


@pytest.mark.parametrize("wrap", [lambda row: row, lambda row: [row]])
def test_a_zip_remembers_what_is_in_it_and_that_it_is_from_the_archive(server, client, wrap):
    server.answer("articles_archive.download", wrap({"path": "https://files.example.invalid/old.zip"}))
    made = client.articles_archive.download([600000, 599999])
    assert server.only().body == [("id[]", "600000"), ("id[]", "599999")]
    assert made.path == "https://files.example.invalid/old.zip"
    assert made.asked == [600000, 599999]
    assert made.is_archive is True


def test_articles_of_others_are_refused(server, client):
    for method in ("getText", "download"):
        server.answer(f"articles_archive.{method}", {"error": "no_access"})
    with pytest.raises(EtxtAccessError):
        client.articles_archive.get_text(1)
    with pytest.raises(EtxtAccessError):
        client.articles_archive.download(1)


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda archive: archive.get_list("ч" * 41), "text"),
        (lambda archive: archive.get_list(count=21), "count"),
        (lambda archive: archive.get_list(id_subtype=11), "id_subtype"),
        (lambda archive: archive.get_list(order="up"), "order"),
        (lambda archive: archive.get_list(subcat=1), "subcat"),
        (lambda archive: archive.get_text([]), "article_ids"),
        (lambda archive: archive.get_text([1.5]), "article_ids"),
        (lambda archive: archive.download(range(1, 102)), "article_ids"),
    ],
)
def test_what_can_not_be_right_is_not_sent(client, refusal, call, parameter):
    assert list(refusal(lambda: call(client.articles_archive))) == [parameter]


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("articles_archive.getList", lambda archive: archive.get_list().to_list()),
        ("articles_archive.getText", lambda archive: archive.get_text(1)),
        ("articles_archive.download", lambda archive: archive.download(1)),
    ],
)
def test_the_archive_is_only_read(client, repeated, method, call):
    archive = client.with_options(allow=Effect.READ).articles_archive
    repeated(method, [{"id": 1, "path": "https://files.example.invalid/a.zip"}], lambda: call(archive))
