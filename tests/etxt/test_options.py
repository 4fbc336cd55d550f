from __future__ import annotations

import pytest

METHOD = "options.getLangs"


@pytest.mark.parametrize(
    ("answer", "langs"),
    [
        ({"1": "Русский", "2": "Английский", "5": "Немецкий"}, {1: "Русский", 2: "Английский", 5: "Немецкий"}),
        ([], {}),
        ({}, {}),
    ],
)
def test_languages_by_id(server, client, answer, langs):
    server.answer(METHOD, answer)
    assert client.options.get_langs() == langs
    assert server.sent(METHOD) == []


def test_languages_as_the_list_that_php_makes_of_ids_from_zero(server, client):
    server.answer(METHOD, ["Русский", "Английский"])
    assert client.options.get_langs() == {0: "Русский", 1: "Английский"}


def test_a_lost_answer_is_asked_for_again(client, repeated):
    assert repeated(METHOD, {"1": "Русский"}, client.options.get_langs) == {1: "Русский"}


def test_the_topic_does_not_hide_the_options_of_the_client(server):
    client = server.client().with_options(deadline=7)
    server.answer(METHOD, {"1": "Русский"})
    assert client.options.get_langs() == {1: "Русский"}
    assert client._options.deadline == 7
