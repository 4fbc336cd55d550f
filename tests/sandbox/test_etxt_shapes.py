"""The switch among the shapes in which the live service has been seen to answer."""

from __future__ import annotations

import pytest

from kwork_etxt_sdk.sandbox import Sandbox, Shapes
from kwork_etxt_sdk.sandbox.etxt.shapes import render
from tests.sandbox.callers import START, EtxtCaller


@pytest.fixture
def etxt_with():
    opened = []

    def open_with(shapes):
        box = Sandbox(speed=0, start_time=START, shapes=shapes).start()
        caller = EtxtCaller(box)
        opened.append(caller)
        return caller

    yield open_with
    for caller in opened:
        caller.session.close()
        caller.box.stop()


def raw_results(etxt):
    id_task = etxt.deliver()
    return id_task, etxt("tasks.getResults", id=[id_task])


def test_live(etxt_with):
    etxt = etxt_with("live")
    id_task, results = raw_results(etxt)
    assert list(results) == [id_task]
    assert isinstance(results[id_task], list)
    assert list(etxt("tasks.listTasks")) == [id_task]
    assert isinstance(etxt("categories.listCategories"), dict)
    assert isinstance(etxt("folders.listFolders"), list)
    assert isinstance(etxt("users.getUser", id=700_021), list)
    assert etxt("users.getReports", id=500_002) == {"positive": [], "negative": []}
    assert etxt("users.getBW", id_group=99) == {"error": "no_object"}


def test_lists(etxt_with):
    etxt = etxt_with("lists")
    id_task, results = raw_results(etxt)
    assert [result["id_task"] for result in results] == [id_task]
    assert isinstance(etxt("tasks.listTasks"), list)
    assert isinstance(etxt("categories.listCategories"), list)
    assert etxt("users.getUser", id=700_021)["login"] == "anna_slovo"
    assert etxt("users.getReports", id=500_002) == {"positive": {}, "negative": {}}
    assert etxt("users.getBW", id_group=99) == []
    assert etxt("tasks.getResults", id=[1]) == []
    # Public clients rely on this error: it stays whatever the shapes.
    assert etxt("tasks.listTasks", id=1) == {"error": "no_object"}


def test_keyed(etxt_with):
    etxt = etxt_with("keyed")
    id_task, results = raw_results(etxt)
    assert list(results[id_task]) == ["5004"]
    assert list(etxt("users.getUser", id=700_021)) == ["700021"]
    assert list(etxt("folders.listFolders")) == ["33", "31", "32"]
    assert list(etxt("messages.readPrivate", id_user=700_021)) == ["1", "2", "3"]
    assert list(etxt("messages.getCountUnread")["users"]) == ["700021", "700024"]
    for id_user in (700_021, 700_024):
        etxt("messages.readPrivate", id_user=id_user, unread=1)
    assert etxt("messages.getCountUnread") == {"count": "0", "users": []}


def test_no_results_by_task(etxt_with):
    assert etxt_with(Shapes(results="by_task", empty_page="list"))("tasks.getResults", id=[1]) == []
    shapes = Shapes(results="by_task", empty_page="list", empty_map="object")
    assert etxt_with(shapes)("tasks.getResults", id=[1]) == {}


def test_keyed_but_flat_and_empty():
    with Sandbox(speed=0, start_time=START, shapes=Shapes(collections="keyed", empty_page="list")) as box:
        etxt = EtxtCaller(box)
        _, results = raw_results(etxt)
        assert list(results) == ["5004"]
        assert etxt("users.getBW", id_group=99) == []
        etxt.session.close()


def test_numbers(etxt_with):
    etxt = etxt_with("numbers")
    assert etxt("users.getBalance") == {"id": 500_001, "balance": 10_000.0, "date": START}
    id_task, results = raw_results(etxt)
    assert results[0]["id_task"] == int(id_task)
    assert isinstance(results[0]["files"]["text"]["per_mistakes"], float)


def test_what_the_service_computes_is_a_number_in_every_shape(etxt):
    id_task = etxt.deliver()
    assert etxt("tasks.paidTask", id=[id_task])["status"] == 1


def test_there_are_only_so_many_names():
    with pytest.raises(ValueError, match="live, lists, keyed, numbers"):
        Sandbox(shapes="wrapped")


def test_what_cannot_be_sent_is_a_mistake_of_the_sandbox():
    with pytest.raises(TypeError, match="cannot be sent"):
        render({"when": object()}, Shapes(), "users.getUser")
