"""Short texts and tables for people: cut, escaped, without secrets."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.mapping import BadItem, Converter, Model, Records, model, wire
from tests.mapping.support import Closed, Kind, Person, Status


@model
class Card(Model):
    card_id: int | None = wire(default=None)
    title: str | None = wire(default=None)
    token: str | None = wire(default=None)
    price: Decimal | None = wire(default=None)
    moment: datetime | None = wire(default=None)
    day: date | None = wire(default=None)
    status: Any = wire(default=None)
    owner: Any = wire(default=None)


def test_repr_shows_the_first_fields_that_have_a_value():
    assert repr(Card(card_id=7, status=Status.IN_WORK)) == "Card(card_id=7, status=Status.IN_WORK)"
    assert repr(Card(title="Я" * 100)) == f"Card(title='{'Я' * 39}…')"
    assert repr(
        Card(price=Decimal("150.00"), moment=datetime(2030, 1, 1, tzinfo=timezone.utc), day=date(2030, 1, 2))
    ) == ("Card(price=150.00, moment=2030-01-01T00:00:00+00:00, day=2030-01-02)")
    assert repr(Card()) == "Card()"
    many = Card(
        card_id=1, title="t", price=Decimal(1), day=date(2030, 1, 2), status=[1], owner={"a": 1}, extra={"x": 1}
    )
    assert repr(many) == "Card(card_id=1, title='t', price=1, day=2030-01-02, status=[1 items], owner={1 fields})"
    more = many.replace(token="hunter2")
    assert repr(more).endswith("status=[1 items], ...)")


def test_repr_of_nested_things_is_short():
    assert repr(Card(owner=Person(name="a", rating=5.0))) == "Card(owner=Person(name='a'))"
    assert repr(Card(owner=Card(token="hunter2"))) == "Card(owner=Card(token=***))"
    assert repr(Card(owner=Card())) == "Card(owner=Card())"
    assert repr(Card(status=Status(99), owner=Kind("x"))) == "Card(status=Status(99), owner=Kind('x'))"
    assert repr(Card(owner=Closed.TEXT)) == "Card(owner=<Closed.TEXT: 'text'>)"
    assert repr(Card(card_id=10**5000)) == "Card(card_id=an integer of 16610 bits)"
    assert repr(Card(owner=(), status=[])) == "Card(status=[], owner=[])"


def test_no_secret_is_shown():
    card = Card(card_id=1, token="hunter2", extra={"api_pass": "hunter2", "password": {"a": "hunter2"}})
    assert repr(card) == "Card(card_id=1, token=***)"
    for text in (repr(card), card._repr_html_(), Records([card])._repr_html_()):
        assert "hunter2" not in text


def test_html_of_a_model_is_escaped():
    card = Card(title="<script>alert(1)</script>" + "x" * 500, extra={"<b>": "<i>", "lone": "\ud800", "no": None})
    html = card._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<tr><th>&lt;b&gt;</th><td>&lt;i&gt;</td></tr>" in html
    assert "<tr><th>no</th><td></td></tr>" in html
    assert "<caption>Card</caption>" in html
    assert len(html) < 1500
    html.encode()


def test_html_of_records_is_a_table():
    records = Records([Card(card_id=1, title="<b>"), Person(name="a"), "<text>"])
    html = records._repr_html_()
    assert html.count("<tr>") == 4
    assert "<th>card_id</th>" in html
    assert "<th>rating</th>" in html
    assert "<th>value</th>" in html
    assert "<b>" not in html
    assert "&lt;text&gt;" in html
    assert "more" not in html
    assert Records()._repr_html_() == "<table><thead><tr></tr></thead><tbody></tbody></table>"


def test_html_of_many_records_is_cut():
    html = Records([Card(card_id=number) for number in range(57)])._repr_html_()
    assert html.count("<tr>") == 51
    assert html.endswith("<p>… and 7 more</p>")


def test_records_are_lists_that_copy_and_pickle():
    bad = BadItem(index=1, path="$[1]", raw={"password": "hunter2"}, problems=("expected int @ $[1]",))
    records = Records([Person(name="a")], [bad])
    assert "hunter2" not in repr(bad)
    for again in (pickle.loads(pickle.dumps(records)), copy.copy(records), copy.deepcopy(records)):
        assert type(again) is Records
        assert again == records == [Person(name="a")]
        assert again.bad_items == [bad]
    assert Records().bad_items == []
    assert Converter().structure([{"login": "a"}], list[Person]) == records
