"""Buying articles, and the statement, against the sandbox: a crash in the middle makes nothing happen twice."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk import ConfigurationError
from kwork_etxt_sdk.etxt.article_buying import affordable
from kwork_etxt_sdk.etxt.articles import Articles
from kwork_etxt_sdk.etxt.models.articles import Article
from kwork_etxt_sdk.etxt.workflows import buy_articles, statement
from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.sandbox import Sandbox
from tests.support.box import START, crashing, etxt_client


@pytest.fixture
def box():
    with Sandbox(speed=0, start_time=START) as box:
        yield box


@pytest.fixture
def etxt(box):
    with etxt_client(box) as client:
        yield client


# --- articles ---------------------------------------------------------------------------------------------------------


def cheap(client, count=3):
    return client.articles.get_list(price_to=150, sort="price", order="asc").limit(count)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_articles_are_bought_and_saved(box, etxt, tmp_path):
    folder = tmp_path / "new" / "articles"
    found = cheap(etxt).to_list()
    before = etxt.users.get_balance().balance
    report = buy_articles(etxt, found, folder, budget=1000)
    ids = [article.article_id for article in found]
    assert report.bought == ids
    assert report.saved == {number: folder / f"{number}.html" for number in ids}
    assert report.left == {}
    assert names(folder) == sorted(f"{number}.html" for number in ids)
    assert before - etxt.users.get_balance().balance == sum(article.full_price for article in found)
    for text in etxt.articles.get_text(ids):
        page = report.saved[text.article_id].read_text(encoding="utf-8")
        assert text.text in page
        assert f"<title>{text.title}</title>" in page


def test_what_is_bought_already_is_only_saved_and_what_is_saved_is_left_alone(box, etxt, tmp_path):
    found = cheap(etxt).to_list()
    etxt.articles.buy(found[0].article_id)
    (tmp_path / f"{found[1].article_id}.html").write_text("mine")
    etxt.articles.buy(found[1].article_id)
    box.clear_calls()
    report = buy_articles(etxt, found, tmp_path, budget=1000)
    assert [call.params["id"] for call in box.calls if call.method == "articles.buy"] == [str(found[2].article_id)]
    assert (report.bought, report.left) == ([found[2].article_id], {})
    assert sorted(report.saved) == sorted([found[0].article_id, found[2].article_id])
    assert (tmp_path / f"{found[1].article_id}.html").read_text() == "mine"
    assert buy_articles(etxt, found, tmp_path, budget=1000).saved == {}
    assert box.executed["articles.buy"] == 1


def test_a_preview_gets_what_would_be_bought_and_leaves_no_trace(box, etxt, tmp_path):
    first, second, third = cheap(etxt).to_list()
    etxt.articles.buy(first.article_id)
    box.clear_calls()
    shown = []
    folder = tmp_path / "new"
    report = buy_articles(etxt, [first, second, third], folder, budget=second.full_price, preview=shown.append)
    assert [(request.call, dict(request.request["body"])) for request in shown] == [
        ("etxt articles.buy", {"id": str(second.article_id)})
    ]
    assert (report.bought, report.saved, list(report.left)) == ([], {}, [third.article_id])
    assert (box.executed["articles.buy"], folder.exists()) == (0, False)


def test_a_folder_that_can_not_be_made_stops_before_anything_is_bought(box, etxt, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="can't be written to"):
        buy_articles(etxt, cheap(etxt), tmp_path / "file" / "texts", budget=1000)
    assert box.executed["articles.buy"] == 0


def test_a_mark_that_can_not_be_made_stops_before_its_article_is_bought(box, etxt, tmp_path):
    (first,) = cheap(etxt, 1).to_list()
    (tmp_path / f"{first.article_id}.buying").symlink_to(tmp_path / "nowhere" / "file")
    with pytest.raises(ConfigurationError, match="can't be written to"):
        buy_articles(etxt, [first], tmp_path, budget=1000)
    assert box.executed["articles.buy"] == 0


def test_a_preview_leaves_the_marks_of_an_earlier_run(etxt, tmp_path):
    mark = tmp_path / "600001.buying"
    mark.touch()
    buy_articles(etxt, [], tmp_path, budget=1, preview=[].append)
    assert list(tmp_path.iterdir()) == [mark]


def test_no_more_than_the_budget_is_spent(box, etxt, tmp_path):
    found = cheap(etxt, 4).to_list()
    budget = found[0].full_price + found[1].full_price
    report = buy_articles(etxt, [*found, *found], tmp_path, budget=budget)
    assert report.bought == [article.article_id for article in found[:2]]
    assert report.left == {
        article.article_id: f"it costs {article.full_price}, and 0.00 of the budget is left" for article in found[2:]
    }
    assert box.executed["articles.buy"] == 2


@pytest.mark.parametrize(("call", "executed"), [(1, True), (2, True), (2, False), (3, True)])
def test_a_crash_while_buying_buys_nothing_twice_and_loses_no_text(box, etxt, tmp_path, call, executed):
    found = cheap(etxt).to_list()
    with crashing(Articles, "buy", call=call, executed=executed):
        buy_articles(etxt, found, tmp_path, budget=1000)
    assert len(list(tmp_path.glob("*.buying"))) == call
    buy_articles(etxt, found, tmp_path, budget=1000)
    assert box.executed["articles.buy"] == 3
    assert names(tmp_path) == sorted(f"{article.article_id}.html" for article in found)


@pytest.mark.parametrize("executed", [True, False])
def test_the_next_run_saves_what_was_bought_although_no_search_finds_it_any_more(box, etxt, tmp_path, executed):
    found = cheap(etxt).to_list()
    with crashing(Articles, "get_text", executed=executed):
        buy_articles(etxt, found, tmp_path, budget=1000)
    report = buy_articles(etxt, [], tmp_path, budget=0)
    assert report.bought == []
    assert sorted(report.saved) == sorted(article.article_id for article in found)
    assert names(tmp_path) == sorted(f"{article.article_id}.html" for article in found)
    assert box.executed["articles.buy"] == 3


def test_a_purchase_that_was_begun_but_not_made_is_told_and_forgotten(etxt, tmp_path):
    (wanted,) = cheap(etxt, 1)
    with crashing(Articles, "buy", executed=False):
        buy_articles(etxt, [wanted], tmp_path, budget=1000)
    (tmp_path / "notes.buying").touch()
    report = buy_articles(etxt, [], tmp_path, budget=0)
    assert report.left == {wanted.article_id: "an earlier run began to buy it, but it is not among the articles bought"}
    assert names(tmp_path) == ["notes.buying"]


@given(
    st.lists(st.none() | st.decimals(0, 500, places=2), max_size=12),
    st.decimals(0, 1500, places=2) | st.integers(0, 1500),
)
def test_the_budget_is_never_exceeded_and_nothing_is_left_that_would_fit(prices, budget):
    articles = [Article(article_id=number, full_price=price) for number, price in enumerate(prices, 1)]
    chosen, left = affordable(articles, budget)
    assert sorted([*chosen, *left]) == [article.article_id for article in articles]
    rest = Decimal(budget)
    for article in articles:
        if article.article_id in chosen:
            rest -= article.full_price
        else:
            assert article.full_price is None or article.full_price > rest
    assert rest >= 0


def test_articles_that_are_sold_too_dear_or_without_a_price_are_left(server, client, tmp_path):
    wanted = [{"id": number, "full_price": "10.00"} for number in (1, 2, 3)] + [{"id": 4}]
    server.answer("articles.getList", wanted)
    found = client.articles.get_list().to_list()
    server.answer("articles.getList", {"error": "no_object"})
    server.answer("articles.buy", {"error": "no_object"})
    server.answer("articles.buy", {"error": "max_limit"})
    server.answer("articles.buy", {"id": 3})
    server.answer("articles.getText", [])
    report = buy_articles(client, found, tmp_path, budget=30)
    assert (report.bought, report.saved) == ([3], {})
    assert sorted(report.left) == [1, 2, 3, 4]
    assert "no_object" in report.left[1]
    assert "max_limit" in report.left[2]
    assert report.left[3] == "eTXT did not send its text"
    assert report.left[4] == "eTXT tells no price"
    assert names(tmp_path) == ["3.buying"]


def test_half_a_character_does_not_lose_a_text(server, client, tmp_path):
    server.answer("articles.getList", [{"id": 1, "full_price": "0"}])
    server.answer("articles.getText", b'[{"id": 1, "title": "<1>", "text": "\\ud83d!"}]')
    buy_articles(client, [Article(article_id=1)], tmp_path, budget=0)
    page = (tmp_path / "1.html").read_text(encoding="utf-8")
    assert page.endswith("<title>&lt;1&gt;</title>\n\\ud83d!\n")


def test_a_page_appears_whole_or_not_at_all(etxt, tmp_path, monkeypatch):
    (wanted,) = cheap(etxt, 1)

    def full_disk(self, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", full_disk)
        with pytest.raises(ConfigurationError, match="No space"):
            buy_articles(etxt, [wanted], tmp_path, budget=1000)
    assert names(tmp_path) == [f"{wanted.article_id}.buying"]
    assert list(buy_articles(etxt, [], tmp_path, budget=0).saved) == [wanted.article_id]


# --- the statement ----------------------------------------------------------------------------------------------------


def test_a_statement_has_a_row_for_each_movement_oldest_first(etxt):
    before = etxt.users.get_balance().balance
    (wanted,) = cheap(etxt, 1)
    etxt.articles.buy(wanted.article_id)
    rows = statement(etxt, date(2029, 1, 1))
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert sum(row["amount"] for row in rows) == rows[-1]["balance"] == before - wanted.full_price
    assert rows[-1] == {
        "date": datetime(2030, 1, 1, 3, 0, tzinfo=MOSCOW),
        "operation": f"Покупка статьи {wanted.article_id}",
        "amount": -wanted.full_price,
        "commission": rows[-1]["commission"],
        "balance": before - wanted.full_price,
        "user_id": wanted.user_id,
        "folder_id": 0,
        "row_id": rows[-1]["row_id"],
    }
    assert rows[-1]["date"].tzinfo is MOSCOW
    assert rows[-1]["commission"] > Decimal(0)


def test_the_last_day_of_a_statement_is_included_and_the_next_is_not(box, etxt):
    found = cheap(etxt, 2).to_list()
    box.advance(hours=20, minutes=59, seconds=59)  # the last second of 1 January in Moscow
    etxt.articles.buy(found[0].article_id)
    box.advance(seconds=1)
    etxt.articles.buy(found[1].article_id)
    rows = statement(etxt, date(2030, 1, 1), date(2030, 1, 1))
    assert [row["operation"] for row in rows] == [f"Покупка статьи {found[0].article_id}"]
    moment = datetime(2030, 1, 2, 0, 0, tzinfo=MOSCOW)
    assert [row["date"] for row in statement(etxt, moment)] == [moment]


def test_a_statement_of_one_folder_asks_for_that_folder(server, client):
    server.answer("users.getStats", [{"id": 2}, {"id": 1, "date": 1893456000, "count": "5"}])
    rows = statement(client, datetime(2030, 1, 1, tzinfo=MOSCOW), date(2030, 1, 31), folder_id=31)
    assert [row["row_id"] for row in rows] == [2, 1]
    assert rows[0]["date"] is None
    body = dict(server.only().body)
    assert (body["id_folder"], body["date_from"], body["date_to"]) == ("31", "1893445200", "1896123599")
