from __future__ import annotations

import pytest

from kwork_etxt_sdk.etxt.models.diff import Comparison

SOURCE = "Нагрейте воду до 95 градусов и подождите"
TEXT = "Нагрейте воду до 95 градусов & ждите = всё"
MARKED = {
    "result": "87.5",
    "text": '<span class="same">Нагрейте воду</span> и ждите',
    "source": '<span class="same">Нагрейте воду</span> и подождите',
}


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param(MARKED, Comparison(result=87.5, text=MARKED["text"], source=MARKED["source"]), id="plain"),
        pytest.param([MARKED], Comparison(result=87.5, text=MARKED["text"], source=MARKED["source"]), id="wrapped"),
        pytest.param({"result": 0}, Comparison(result=0.0), id="number, missing fields"),
        pytest.param(
            {"result": 100, "text": "", "source": ""}, Comparison(result=100.0, text="", source=""), id="same"
        ),
    ],
)
def test_texts_are_compared(server, client, answer, made):
    server.answer("diff.compareText", answer)
    assert client.diff.compare_text(SOURCE, TEXT) == made
    assert server.sent("diff.compareText") == [("source", SOURCE), ("text", TEXT)]


def test_texts_of_all_allowed_lengths_are_sent(server, client):
    server.answer("diff.compareText", MARKED)
    client.diff.compare_text("я" * 30, "ё" * 20_000)
    assert server.sent("diff.compareText") == [("source", "я" * 30), ("text", "ё" * 20_000)]


def test_texts_too_short_or_too_long_are_refused(client, refusal):
    assert refusal(lambda: client.diff.compare_text("я" * 29, "ё" * 20_001)) == {
        "source": ["must have 30 to 20000 characters, this has 29"],
        "text": ["must have 30 to 20000 characters, this has 20001"],
    }


def test_both_texts_are_required(client, refusal):
    assert refusal(lambda: client.diff.compare_text(None, None)) == {"source": ["is required"], "text": ["is required"]}


def test_a_lost_answer_is_asked_for_again(client, repeated):
    assert repeated("diff.compareText", MARKED, lambda: client.diff.compare_text(SOURCE, TEXT)).result == 87.5
