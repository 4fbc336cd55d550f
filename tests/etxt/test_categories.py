from __future__ import annotations

import pytest

from kwork_etxt_sdk.etxt.models.categories import Category

METHOD = "categories.listCategories"
ROWS = [
    {"id_category": "1791", "id_parent": "1790", "name": "Дети", "keyword": "kids"},
    {"id_category": "1790", "id_parent": "0", "name": "Дом и быт", "keyword": "home"},
]
MADE = [
    Category(category_id=1791, parent_id=1790, name="Дети", keyword="kids"),
    Category(category_id=1790, parent_id=0, name="Дом и быт", keyword="home"),
]


def test_nothing_is_sent_but_the_method(server, client):
    server.answer(METHOD, ROWS)
    client.categories.list_categories()
    assert server.sent(METHOD) == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(ROWS, id="list"),
        pytest.param({row["id_category"]: row for row in ROWS}, id="keyed"),
        pytest.param({"3": ROWS[0], "7": ROWS[1]}, id="list with gaps"),
        pytest.param(
            [{**row, "id_category": int(row["id_category"]), "id_parent": int(row["id_parent"])} for row in ROWS],
            id="numbers",
        ),
    ],
)
def test_every_shape_of_the_answer_is_read_in_its_order(server, client, answer):
    server.answer(METHOD, answer)
    assert client.categories.list_categories() == MADE


@pytest.mark.parametrize("answer", [[], {}, {"error": "no_object"}])
def test_an_empty_answer_is_an_empty_list(server, client, answer):
    server.answer(METHOD, answer)
    assert client.categories.list_categories() == []


def test_what_is_missing_is_none_and_what_is_new_is_kept(server, client):
    server.answer(METHOD, [{"id_category": "5", "tasks": "12"}])
    (category,) = client.categories.list_categories()
    assert category.to_dict() == {
        "category_id": 5,
        "parent_id": None,
        "name": None,
        "keyword": None,
        "extra": {"tasks": "12"},
    }


def test_a_lost_answer_is_asked_for_again(client, repeated):
    assert repeated(METHOD, ROWS, client.categories.list_categories) == MADE
