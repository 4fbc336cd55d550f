"""Short texts and tables for people: cut, escaped, without secrets."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.mapping import BadItem, Converter, Model, Records, model, wire
from kwork_etxt_sdk.mapping.show import page_html, pager_html
from kwork_etxt_sdk.paging import NumberedPager, Page
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
    assert html.endswith("<p>Fields without a value: card_id, token, price, moment, day, status, owner, no</p></div>")
    assert "<caption>Card</caption>" in html
    assert len(html.partition("</style>")[2]) < 1000
    html.encode()


def test_html_of_records_is_a_table():
    records = Records([Card(card_id=1, title="<b>"), Person(name="a"), "<text>"])
    html = records._repr_html_()
    assert html.count("<tr>") == 4
    assert "<th>card_id</th>" in html
    assert "<th>name</th>" in html
    assert "<th>value</th>" in html
    assert "<td>a</td>" in html
    assert html.endswith(
        "<p>Columns without a value: token, price, moment, day, status, owner, rating, friends</p></div>"
    )
    assert "<b>" not in html
    assert "&lt;text&gt;" in html
    assert "more" not in html
    assert Records()._repr_html_().endswith("</style><p>no items</p></div>")


def test_html_of_many_records_is_cut():
    html = Records([Card(card_id=number) for number in range(27)])._repr_html_()
    assert html.count("<tr>") == 21
    assert "</table><p>… and 7 more</p>" in html


def test_html_shows_values_as_people_read_them():
    card = Card(
        card_id=7,
        price=Decimal("150.00"),
        moment=datetime(2030, 1, 1, 23, 30, tzinfo=timezone.utc),
        day=date(2030, 1, 2),
        status=Status.IN_WORK,
        owner=Status(99),
    )
    html = Records([card])._repr_html_()
    assert "<td class=number>7</td>" in html
    assert "<td class=number>150.00</td>" in html
    assert "<td>2030-01-02 02:30 MSK</td><td>2030-01-02</td><td>IN_WORK</td><td>Status(99)</td>" in html
    for amount, shown in (
        ("1234567.5", "1\u00a0234\u00a0567.50"),
        ("-1000", "-1\u00a0000.00"),
        ("0.001", "0.001"),
        ("1E+9", "1E+9"),
        ("1" * 20, "1" * 20),
    ):
        assert f"<td class=number>{shown}</td>" in Records([Card(price=Decimal(amount))])._repr_html_()
    assert "<td class=number>NaN</td>" in Records([Card(price=Decimal("NaN"))])._repr_html_()
    assert "<td>True</td>" in Records([Card(owner=True)])._repr_html_()


def test_a_part_of_records_shows_itself_as_a_table_too():
    records = Records([Person(name=name) for name in "abc"], [BadItem(0, "$[0]", None, ("wrong",))])
    part = records[:2]
    assert type(part) is Records
    assert (part, part.bad_items) == (list(records)[:2], records.bad_items)
    assert part._repr_html_().count("<tr>") == 3
    assert records[-1] == Person(name="c")
    assert records[:0] == []


def test_html_tells_what_could_not_be_read():
    bad = BadItem(index=1, path="$[1]", raw={"a": "hunter2"}, problems=("expected int @ $[1]",))
    html = Records([Person(name="a")], [bad])._repr_html_()
    assert html.endswith("<p>1 could not be read: see bad_items</p></div>")
    assert "hunter2" not in html


def test_html_of_a_page_tells_which_one_it_is():
    page = Page(items=Records([Person(name="a")]), number=2, pages=7, total=118)
    assert page._repr_html_() == page_html(page)
    assert page_html(page).endswith("<p>page 2 of 7, 118 items in all</p></div>")
    assert page_html(Page(items=Records(), offset=20)).endswith("<p>no items</p><p>from row 21</p></div>")


def test_html_of_a_pager_fetches_nothing():
    def fetch(number):
        raise AssertionError("fetched")

    pager = NumberedPager(fetch, key=id)
    html = pager_html(pager)
    assert pager._repr_html_() == html
    assert "<code>&lt;NumberedPager: iterate to fetch&gt;</code>" in html
    assert "Nothing is fetched until you iterate." in html


def test_html_takes_its_colours_from_the_page():
    style = Records([Person(name="a")])._repr_html_().partition("</style>")[0]
    assert "color:inherit" in style
    assert "#" not in style


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
