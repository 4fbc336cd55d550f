"""Whatever is sent, in whatever order, the eTXT sandbox answers in its own way, and its books balance."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal

import pytest

from kwork_etxt_sdk.sandbox.access import Access
from kwork_etxt_sdk.sandbox.clock import SimulatedClock
from kwork_etxt_sdk.sandbox.etxt.registry import METHODS
from kwork_etxt_sdk.sandbox.etxt.shapes import Shapes
from kwork_etxt_sdk.sandbox.http import Incoming
from kwork_etxt_sdk.sandbox.record import CallRecord
from kwork_etxt_sdk.sandbox.world import World
from tests.sandbox.callers import START, signature

TASK = (
    "title description text price price_type uniq multione whitespaces size checksize id_type id_subtype deadline "
    "timeline auto_work id_category multitask multicount id_folder target_task id_target keywords public"
)
PARAMETERS = {
    "categories.listCategories": "",
    "folders.listFolders": "sort",
    "folders.addFolder": "name id_parent:folder",
    "folders.moveToFolder": "id_folder type ids:task",
    "users.getList": "count from rate_from rate_out online",
    "users.getBW": "count from id_group type",
    "users.getNote": "id:person",
    "users.setNote": "id:person text",
    "users.getStats": "count from date_from date_to login promo id_folder sub",
    "users.getUser": "id:person login",
    "users.getWorks": "id:person",
    "users.getReports": "id:person",
    "users.setReport": "id_user id_report long:text rate",
    "users.getUserBW": "id:person",
    "users.setUserBW": "id:person id_group type",
    "users.getBalance": "",
    "tasks.listTasks": "count from id:task id_user id_folder status filter target only_id",
    "tasks.setClientComment": "id:task text",
    "tasks.viewNotes": "id[]:task",
    "tasks.viewNotesAll": "",
    "tasks.setNote": "id:application comment",
    "tasks.unsetNote": "id:application",
    "tasks.paidTask": "id[]:task text",
    "tasks.cancelTask": "id[]:task text",
    "tasks.getResults": "id[]:task",
    "tasks.deleteTask": "id[]:task",
    "tasks.extraPaid": "id:task count:price note autopay",
    "tasks.saveTask": TASK,
    "tasks.failTask": "id:task copy deadline timeline",
    "tasks.copyTask": "id:task deadline timeline",
    "tasks.setDeadline": "id:task deadline timeline public",
    "tasks.saveComment": "id:task text hide",
    "tasks.sendNoteFail": "id:task text",
    "tasks_archive.listTasks": "count from order id:task id_folder id_user",
    "tasks_archive.getResults": "id:task",
    "options.getLangs": "",
    "articles.getList": "count from id_user id_category subcat id_subtype filter basket id:article text sort",
    "articles.buy": "id:article",
    "articles.getText": "id[]:article",
    "articles.download": "id[]:article",
    "articles_archive.getList": "count from id_user id_subtype order id_category subcat text",
    "articles_archive.getText": "id[]:article",
    "articles_archive.download": "id[]:article",
    "bwgroups.listGroups": "",
    "bwgroups.saveGroup": "name id:group id_parent:group",
    "bwgroups.deleteGroup": "id:group",
    "bwgroups.updateGroup": "id_user id_group",
    "messages.getList": "from:date_from",
    "messages.setRead": "ids:message",
    "messages.setDelete": "ids:message",
    "messages.readPrivate": "id_user count from date_from date_to unread",
    "messages.getCountUnread": "",
    "messages.writePrivate": "id_user text",
    "rating.listTasksFails": "id_task id_user back",
    "rating.ratingUserBack": "id_task:lost id_user:loser",
    "diff.compareText": "source:long text:long",
    "correction.add": "title description text id_folder deadline timeline",
    "correction.import": "type id_object object_type deadline timeline",
}
JUNK = ("", "0", "-1", "1", "2", "нет", "99999999999999999999", "x" * 60, "1.5", "ivan@example.invalid")
# What happens most of the time: orders are placed and carried through.
USUAL = (
    "tasks.setNote",
    "tasks.extraPaid",
    "tasks.paidTask",
    "tasks.cancelTask",
    "tasks.failTask",
    "tasks.setDeadline",
)


class Monkey:
    """Calls methods at random, with parameters that mostly make sense in the present state."""

    def __init__(self, seed, shapes):
        self.draw = random.Random(seed)
        self.access = Access.for_seed(1)
        clock = SimulatedClock(speed=0, start=START)
        self.world = World(
            seed=seed, clock=clock, base_url="http://box", access=self.access, shapes=shapes, record=CallRecord()
        )
        self.exchange = self.world.exchange

    def step(self):
        if self.draw.random() < 0.2:
            return "tasks.saveTask", self.send("tasks.saveTask", self.sensible_order())
        method = self.draw.choice(USUAL) if self.draw.random() < 0.5 else self.draw.choice(sorted(METHODS))
        pairs = [self.pair(field) for field in PARAMETERS[method].split() if self.draw.random() < 0.9]
        if self.draw.random() < 0.1:
            pairs.append((self.draw.choice(("id", "text", "count", "type")), self.draw.choice(JUNK)))
        return method, self.send(method, pairs)

    def sensible_order(self):
        fields = {"title": "Обзор", "price": self.value("price"), "size": "1000", "id_category": "1828", "public": "1"}
        maybe = {
            "auto_work": "1",
            "uniq": "80",
            "multitask": "1",
            "multicount": "2",
            "target_task": self.draw.choice("123"),
            "id_target": self.draw.choice(("700022", "700023", "700024", "700028")),
        }
        return [*fields.items(), *(pair for pair in maybe.items() if self.draw.random() < 0.5)]

    def pair(self, field):
        name, _, kind = field.partition(":")
        value = self.draw.choice(JUNK) if self.draw.random() < 0.05 else self.value(kind or name)
        return (f"{name}[]" if name == "ids" else name), value

    def value(self, kind):
        exchange, draw = self.exchange, self.draw
        state = {
            "task": list(exchange.orders)[-4:],
            "application": list(exchange.applications)[-6:],
            "article": list(exchange.articles)[:6],
            "person": [700_021, 700_022, 700_023, 700_024, 500_002],
            "id_user": [700_021, 700_022, 700_024],
            "id_target": [700_022, 700_023, 700_024, 12],
            "id_object": [*exchange.results, *list(exchange.articles)[:3], 900_001],
            "group": exchange.groups.nodes,
            "id_group": exchange.groups.nodes,
            "folder": exchange.folders.nodes,
            "id_folder": [0, *exchange.folders.nodes],
            "message": exchange.system,
            "lost": [fail.id_task for fail in exchange.fails],
            "loser": [fail.id_user for fail in exchange.fails],
            "date_from": [START - 86_400],
            "date_to": [exchange.now],
        }
        words = {
            "title": ["Обзор"],
            "name": ["Имя"],
            "text": ["Ещё раз, пожалуйста"],
            "description": ["Спокойно"],
            "comment": ["", "Проще"],
            "long": ["Нагрейте воду до кипения, снимите с огня и подождите пять минут. " * 2],
            "price": ["20", "150", "1.5", "4000"],
            "price_type": ["1", "1", "1", "2"],
            "size": ["1000", "300"],
            "id_category": ["1828", "1790"],
            "target_task": ["1", "1", "2", "3"],
            "deadline": [f"{day:02}.02.2030" for day in range(1, 28)],
            "timeline": ["17:00", ""],
            "autopay": ["", "get", "pay"],
            "type": ["task", "article", "whiteList", "blackList", "delete", "a_task", "a_article"],
            "login": ["anna_slovo", "a"],
            "sort": ["price", "date", ""],
            "order": ["asc", "desc"],
            "object_type": ["", "file"],
            "multicount": ["1", "2"],
            "uniq": ["", "80"],
            "keywords": ["чай, кофе"],
        }
        values = list(state[kind]) if kind in state else words.get(kind, ["0", "1", "1", "2", "5"])
        return str(draw.choice(values or ["1"]))

    def send(self, method, pairs):
        query = {"method": method, "token": self.access.etxt_token}
        query["sign"] = signature(query, self.access.etxt_api_pass)
        encoded = "&".join(f"{name}={value}" for name, value in query.items()).encode()
        return self.world.answer(Incoming("POST", "/etxt/api/json/", encoded, {}, {}, form=pairs))

    def pass_time(self):
        self.world.clock.advance(hours=self.draw.choice((0, 0, 0.2, 1, 5, 30, 200)))
        self.world.catch_up()

    def check_books(self):
        account = self.exchange.account
        assert account.total == sum(row.amount for row in account.rows)
        assert account.held == sum(order.held for order in self.exchange.orders.values())
        assert account.available >= Decimal(0)
        for order in self.exchange.orders.values():
            in_progress = order.status in (2, 3) or (order.status == 5 and not order.cancelled_at)
            assert (order.held > 0) == in_progress
            assert bool(order.id_user) == (order.status != 1)
            assert all(result.status in (1, 2) for result in order.results[:-1])


def test_the_table_knows_every_method():
    assert set(PARAMETERS) == set(METHODS)
    assert len(METHODS) == 58


def play(seed, shapes, steps=120):
    monkey = Monkey(seed, shapes)
    succeeded, codes = Counter(), Counter()
    for _ in range(steps):
        executed_before = sum(monkey.world.record.executed().values())
        method, outgoing = monkey.step()
        assert outgoing.status == 200
        answer = json.loads(outgoing.body)
        if isinstance(answer, dict) and "error" in answer:
            codes[answer["error"]] += 1
            assert sum(monkey.world.record.executed().values()) == executed_before
        else:
            succeeded[method] += 1
        monkey.check_books()
        monkey.pass_time()
        monkey.check_books()
    return succeeded, codes


@pytest.mark.parametrize("shapes", ["live", "lists", "keyed", "numbers"])
def test_every_call_is_answered_and_the_books_balance(shapes):
    succeeded, codes = Counter(), Counter()
    for seed in range(4):
        some_succeeded, some_codes = play(seed, Shapes.named(shapes))
        succeeded += some_succeeded
        codes += some_codes
    # Otherwise the calls would be too foolish to prove anything.
    assert len(succeeded) > 40
    assert {"no_params", "no_object", "no_access", "max_limit"} <= set(codes)
