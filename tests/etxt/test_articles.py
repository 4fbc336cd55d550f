"""Ready-made articles: what is sent, how answers are read, what is refused, and what buying can do."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from kwork_etxt_sdk import Effect
from kwork_etxt_sdk.errors import EffectNotAllowedError
from kwork_etxt_sdk.etxt.errors import EtxtAccessError, EtxtMaxLimitError, EtxtNotFoundError
from kwork_etxt_sdk.etxt.models.articles import ArticleField, ArticleFilter, ArticleKind, ArticleSort, SortOrder
from kwork_etxt_sdk.etxt.models.tasks import PriceType
from kwork_etxt_sdk.testing import samples

SAMPLES = Path(samples.__file__).parent / "etxt"
LISTED = json.loads((SAMPLES / "articles.getList.json").read_text(encoding="utf-8"))
TEXTS = json.loads((SAMPLES / "articles.getText.json").read_text(encoding="utf-8"))


def test_every_parameter_of_the_search_is_sent(server, client):
    server.answer("articles.getList", LISTED)
    client.articles.get_list(
        "чай",
        text_type=ArticleField.KEYWORDS,
        filter=ArticleFilter.BOUGHT,
        article_id=600001,
        user_id=42,
        category_id=1790,
        subcat=False,
        id_subtype=ArticleKind.POETRY,
        folder_id=0,
        basket=True,
        price_from=Decimal("10.50"),
        price_to=300,
        price_type=PriceType.PER_1000,
        size_from=0,
        size_to=5000,
        uniq_from=90,
        uniq_to=100,
        language_id=0,
        min_rate=-1000,
        sort=ArticleSort.UNIQ,
        order=SortOrder.ASC,
        count=5,
        offset=40,
    ).page()
    assert server.only().body == [
        ("count", "5"),
        ("from", "40"),
        ("id_user", "42"),
        ("id_category", "1790"),
        ("subcat", "0"),
        ("id_subtype", "10"),
        ("id_folder", "0"),
        ("filter", "1"),
        ("basket", "1"),
        ("id", "600001"),
        ("text", "чай"),
        ("text_type", "keywords"),
        ("price_from", "10.5"),
        ("price_to", "300"),
        ("price_type", "1"),
        ("size_from", "0"),
        ("size_to", "5000"),
        ("uniq_from", "90"),
        ("uniq_to", "100"),
        ("id_language", "0"),
        ("min_rate", "-1000"),
        ("sort", "uniq"),
        ("order", "asc"),
    ]


def test_a_search_for_everything_sends_nothing_but_the_page(server, client):
    server.answer("articles.getList", LISTED)
    client.articles.get_list().page(3)
    assert server.only().body == [("count", "20"), ("from", "40")]


@pytest.mark.parametrize(
    ("method", "call", "body"),
    [
        ("buy", lambda articles: articles.buy(600001), [("id", "600001")]),
        ("getText", lambda articles: articles.get_text([600001, 600002]), [("id[]", "600001"), ("id[]", "600002")]),
        ("getText", lambda articles: articles.get_text(600001), [("id[]", "600001")]),
        ("download", lambda articles: articles.download((600001, 600002)), [("id[]", "600001"), ("id[]", "600002")]),
    ],
)
def test_ids_are_sent_as_etxt_wants_them(server, client, method, call, body):
    server.answer(f"articles.{method}", {"id": "600001", "path": "https://files.example.invalid/a.zip"})
    call(client.articles)
    assert server.only().method == f"articles.{method}"
    assert server.only().body == body


@pytest.mark.parametrize("wrap", [lambda row: [row], lambda row: {"600001": row}, lambda row: {"5": row}])
def test_articles_are_read_in_every_form(server, client, wrap):
    server.answer("articles.getList", wrap(LISTED[0]))
    (article,) = client.articles.get_list()
    assert (article.article_id, article.title, article.keywords) == (600001, "Как заварить чай", "чай, заварка")
    assert article.description_png[:8] == b"\x89PNG\r\n\x1a\n"
    assert article.date == datetime.fromtimestamp(1893000000, timezone.utc)
    assert article.date_buy is None
    assert (article.id_type, article.id_subtype) == (1, ArticleKind.GENERAL)
    assert (article.folder_id, article.category_id, article.user_id, article.language_id) == (0, 1790, 700021, 1)
    assert (article.full_price, article.discount) == (Decimal("210.00"), 10.0)
    assert (article.size, article.images, article.unq, article.unq_shin) == (2500, 0, 99.0, 98.0)
    assert (article.moder_check, article.moder_orph, article.moder_punc, article.moder_style) == (
        True,
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2030-01-31", date(2030, 1, 31)),
        ("31.01.2030", date(2030, 1, 31)),
        ("1896123599", date(2030, 1, 31)),  # 23:59:59 in Moscow
        (1896037200, date(2030, 1, 31)),  # 00:00:00 in Moscow
        ("0", None),
        ("", None),
        ("скоро", None),
        (None, None),
    ],
)
def test_the_last_day_of_a_discount_is_kept_and_read_if_it_can_be(server, client, raw, day):
    server.answer("articles.getList", [{"id": 1, "date_discount": raw}])
    (article,) = client.articles.get_list()
    assert article.date_discount_raw == raw
    assert article.date_discount == day


@pytest.mark.parametrize("description", [None, "", "это не картинка", "a", "abcd"])
def test_a_description_that_is_no_picture_is_none(server, client, description):
    server.answer("articles.getList", [{"id": 1, "description": description}])
    assert client.articles.get_list().first().description_png is None


def test_a_picture_may_come_in_several_lines(server, client):
    picture = LISTED[0]["description"]
    server.answer("articles.getList", [{"id": 1, "description": f"{picture[:40]}\r\n{picture[40:]}\r\n"}])
    assert client.articles.get_list().first().description_png.endswith(b"IEND\xaeB`\x82")


def test_a_bought_article_tells_when(server, client):
    server.answer("articles.getList", [{"id": "1", "date_buy": "1893100000", "id_subtype": 11}])
    article = client.articles.get_list(filter=1).first()
    assert article.date_buy == datetime.fromtimestamp(1893100000, timezone.utc)
    assert not article.id_subtype.is_known


@pytest.mark.parametrize("answer", [{"error": "no_object"}, [], {}])
def test_no_articles_are_an_empty_list(server, client, answer):
    server.answer("articles.getList", answer)
    assert client.articles.get_list("такого нет").to_list() == []


def test_a_long_search_comes_twenty_at_a_time(server, client):
    rows = [{"id": number} for number in range(1, 46)]
    for _ in range(3):
        server.answer("articles.getList", lambda request: page_of(rows, dict(request.body)))
    assert [article.article_id for article in client.articles.get_list()] == list(range(1, 46))
    assert {dict(request.body)["count"] for request in server.requests} == {"20"}


def page_of(rows, body):
    start = int(body["from"])
    return rows[start : start + int(body["count"])]


@pytest.mark.parametrize("wrap", [lambda row: [row], lambda row: {"600001": row}])
def test_texts_are_read_in_every_form(server, client, wrap):
    server.answer("articles.getText", wrap(TEXTS[0]))
    (text,) = client.articles.get_text(600001)
    assert (text.article_id, text.title) == (600001, "Как заварить чай")
    assert (text.description, text.text) == ("Короткая инструкция", "<p>Нагрейте воду…</p>")


def test_any_number_of_texts_can_be_asked_for(server, client):
    for _ in range(2):
        server.answer("articles.getText", lambda request: [{"id": value} for _, value in request.body])
    assert [text.article_id for text in client.articles.get_text(range(1, 131))] == list(range(1, 131))
    assert [len(request.body) for request in server.requests] == [100, 30]


@pytest.mark.parametrize("wrap", [lambda row: row, lambda row: [row], lambda row: {"0": row}])
def test_a_zip_remembers_what_is_in_it(server, client, wrap):
    server.answer("articles.download", wrap({"path": "https://files.example.invalid/a.zip"}))
    made = client.articles.download(number for number in (600001, 600002))
    assert made.path == "https://files.example.invalid/a.zip"
    assert made.asked == [600001, 600002]
    assert made.is_archive is False


@pytest.mark.parametrize("wrap", [lambda row: row, lambda row: [row], lambda row: {"0": row}])
def test_a_purchase_names_the_article(server, client, wrap):
    server.answer("articles.buy", wrap({"id": "600001"}))
    assert client.articles.buy(600001).article_id == 600001


@pytest.mark.parametrize(
    ("call", "parameter", "words"),
    [
        (lambda articles: articles.get_list("ч" * 41), "text", "40"),
        (lambda articles: articles.get_list(count=21), "count", "1 to 20"),
        (lambda articles: articles.get_list(text_type="author"), "text_type", "one of title"),
        (lambda articles: articles.get_list(filter=2), "filter", "1 (BOUGHT)"),
        (lambda articles: articles.get_list(id_subtype=0), "id_subtype", "10 (POETRY)"),
        (lambda articles: articles.get_list(id_subtype=11), "id_subtype", "10 (POETRY)"),
        (lambda articles: articles.get_list(price_type=PriceType.WHOLE), "price_type", "1 (PER_1000)"),
        (lambda articles: articles.get_list(price_from=1.5), "price_from", "Decimal"),
        (lambda articles: articles.get_list(uniq_to=101), "uniq_to", "0 to 100"),
        (lambda articles: articles.get_list(min_rate=-1001), "min_rate", "-1000 to 100000"),
        (lambda articles: articles.get_list(min_rate=100_001), "min_rate", "-1000 to 100000"),
        (lambda articles: articles.get_list(sort="author"), "sort", "one of relevancy"),
        (lambda articles: articles.get_list(sort="price", order="up"), "order", "asc"),
        (lambda articles: articles.get_list(order="asc"), "order", "needs sort"),
        (lambda articles: articles.buy(0), "article_id", "at least 1"),
        (lambda articles: articles.buy(None), "article_id", "required"),
        (lambda articles: articles.get_text([]), "article_ids", "1 to 100"),
        (lambda articles: articles.get_text("600001"), "article_ids", "list of ids"),
        (lambda articles: articles.download(range(1, 102)), "article_ids", "1 to 100"),
        (lambda articles: articles.download(None), "article_ids", "required"),
    ],
)
def test_what_can_not_be_right_is_not_sent(client, refusal, call, parameter, words):
    fields = refusal(lambda: call(client.articles))
    assert list(fields) == [parameter]
    assert words in fields[parameter][0]


@pytest.mark.parametrize(
    ("code", "error"),
    [("no_object", EtxtNotFoundError), ("no_access", EtxtAccessError), ("max_limit", EtxtMaxLimitError)],
)
def test_a_refused_purchase_is_that_refusal(server, client, code, error):
    server.answer("articles.buy", {"error": code})
    with pytest.raises(error):
        client.articles.buy(600001)


def test_buying_needs_leave_to_spend(server, client):
    with pytest.raises(EffectNotAllowedError, match="MONEY"):
        client.with_options(allow=Effect.ONCE).articles.buy(600001)
    assert server.requests == []


@pytest.mark.parametrize("rows", [[{"id": 600001, "date_buy": 1893100000}], []])
def test_after_a_lost_answer_the_article_is_looked_for_among_those_bought(server, client, lost, rows):
    error = lost("articles.buy", lambda: client.articles.buy(600001))
    assert (error.effect, error.check) == ("MONEY", "articles.get_list")
    server.answer("articles.getList", rows)
    assert [article.article_id for article in error.ask()] == [row["id"] for row in rows]
    assert dict(server.last.body) == {"count": "20", "from": "0", "id": "600001", "filter": "1"}


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("articles.getList", lambda articles: articles.get_list().to_list()),
        ("articles.getText", lambda articles: articles.get_text(1)),
        ("articles.download", lambda articles: articles.download(1)),
    ],
)
def test_everything_else_only_reads(client, repeated, method, call):
    articles = client.with_options(allow=Effect.READ).articles
    repeated(method, [{"id": 1, "path": "https://files.example.invalid/a.zip"}], lambda: call(articles))
