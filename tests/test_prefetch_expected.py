"""Prefetch of pages that the caller expects: they are asked for before the first one has come."""

from __future__ import annotations

import threading

import pytest

from kwork_etxt_sdk import ConfigurationError, Page
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.paging import NumberedPager
from tests.support.etxt_server import EtxtServer, part_of
from tests.support.guesses import PATIENCE, Eager, Lazy, Service, same


def test_they_are_asked_for_before_the_first_one_has_come():
    gate = threading.Barrier(4, timeout=PATIENCE)

    def fetch(number):
        gate.wait()
        return Page(items=Records([number]), number=number, pages=8)

    assert NumberedPager(fetch, key=same).prefetch(4, expected_pages=8).to_list() == list(range(1, 9))


@pytest.mark.parametrize("by", ["by_number", "by_offset"])
def test_where_the_length_is_not_told_all_of_them_are_asked_for_as_fast_as_the_window_allows(by):
    service = Service(range(100))
    pages = getattr(service, by)(10).prefetch(2, executor=Eager(), expected_pages=8).pages()
    waiting = []
    for taken in range(1, 9):
        next(pages)
        waiting.append(len(service.calls) - taken)
    assert waiting[:5] == [4, 4, 4, 4, 4]


@pytest.mark.parametrize("by", ["by_number", "by_offset"])
def test_those_there_are_none_of_are_not_begun_once_the_end_is_known(by):
    service, executor = Service(range(25), tells=True), Lazy()
    pages = getattr(service, by)(10).prefetch(8, executor=executor, expected_pages=12).pages()
    found = list(next(pages))
    executor.finish()  # the walk has only just heard how long the list is
    assert len(service.calls) == 3
    assert found + [row for page in pages for row in page] == list(range(25))


def test_a_limit_counts_for_more():
    service = Service(range(1000), tells=True)
    pager = service.by_number(10).limit(5).prefetch(4, executor=Eager(), expected_pages=50)
    assert pager.to_list() == list(range(5))
    assert len(service.calls) == 1


def test_a_page_cut_before_the_first_one_is_fetched_anew_if_rows_have_appeared_meanwhile():
    """Page 2 is cut, a row appears in front, then page 1 is cut: row 9 is on neither."""

    def move(service):
        if len(service.calls) == 1:
            service.rows.insert(0, 1000)

    executor = Lazy()
    executor._random.randrange = lambda length: length - 1
    service = Service(range(20), move, tells=True)
    found = service.by_number(10).prefetch(1, executor=executor, expected_pages=2).to_list()
    assert found == [1000, *range(20)]
    assert service.calls == [10, 0, 10, 20]


def test_an_error_is_raised_at_its_page():
    def fetch(number):
        if number == 3:
            raise OSError("gone")
        return Page(items=Records([number]), number=number, pages=5)

    walk = iter(NumberedPager(fetch, key=same).prefetch(4, expected_pages=5))
    assert [next(walk), next(walk)] == [1, 2]
    with pytest.raises(OSError, match="gone"):
        next(walk)


def test_a_client_asks_for_them_at_once():
    rows = [{"id": str(number)} for number in range(1, 15)]
    with EtxtServer() as server:
        for _ in range(12):
            server.answer("tasks.listTasks", part_of(rows))
        tasks = server.client().tasks.list_tasks(count=6).prefetch(4, expected_pages=3)
        assert [task.task_id for task in tasks] == list(range(1, 15))
        assert sorted(int(dict(request.body)["from"]) for request in server.requests)[:3] == [0, 5, 10]


@pytest.mark.parametrize("pages", [0, -1, 1.5, True, "4"])
def test_a_number_that_is_none_is_refused(pages):
    with pytest.raises(ConfigurationError, match="expected_pages must be a whole number of at least 1"):
        Service([]).by_offset(2).prefetch(2, expected_pages=pages)
