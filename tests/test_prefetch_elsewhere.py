"""Work on the items of a list, and prefetch where others do the work: threads, processes."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from concurrent.futures import ProcessPoolExecutor

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk import ConfigurationError, EtxtClient, KworkClient, Page
from kwork_etxt_sdk.etxt.errors import EtxtError
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.paging import NumberedPager
from kwork_etxt_sdk.portable import Portable
from tests.support.etxt_server import API_PASS, TOKEN, EtxtServer, part_of
from tests.support.guesses import PATIENCE, Lazy, Service, Whim, same, threads_of

# ------------------------------------------------------------------------------------------------------ other processes


@pytest.fixture(scope="module")
def process():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.fixture
def server():
    with EtxtServer() as made:
        yield made


def etxt_client(server, **settings):
    return EtxtClient(TOKEN, API_PASS, base_url=server.base_url, **settings)


def title_and_process(task):
    return task.title, multiprocessing.current_process().name


class TestOtherProcesses:
    def test_pages_are_fetched_there_by_one_client(self, server, process):
        rows = [{"id": str(number), "title": f"т {number}", "date": "1"} for number in range(1, 26)]
        for _ in range(10):
            server.answer("tasks.listTasks", part_of(rows))
        client = etxt_client(server).with_pickled_secrets()
        pager = client.tasks.list_tasks(count=10)
        found = pager.prefetch(executor=process).to_list()
        assert [task.title for task in found] == [row["title"] for row in rows]
        assert found[20] == pager.page(3).items[0]

    def test_a_progress_bar_stays_here(self, server, process, monkeypatch, capsys):
        monkeypatch.setattr("kwork_etxt_sdk.progress.is_watched", lambda: True)
        for _ in range(5):
            server.answer("tasks.listTasks", part_of([{"id": str(number)} for number in range(1, 26)]))
        client = etxt_client(server).with_pickled_secrets()
        pager = client.tasks.list_tasks(count=10).progress("orders").prefetch(executor=process)
        assert [task.task_id for task in pager] == list(range(1, 26))
        assert "25/25" in capsys.readouterr().err

    def test_items_are_worked_on_there(self, server, process):
        server.answer("tasks.listTasks", part_of([{"id": "1", "title": "a"}, {"id": "2", "title": "b"}]))
        results = list(etxt_client(server).tasks.list_tasks().map(title_and_process, executor=process))
        assert [title for title, _ in results] == ["a", "b"]
        assert multiprocessing.current_process().name not in {name for _, name in results}

    def test_without_credentials_it_says_so_at_the_page(self, server, process, monkeypatch):
        monkeypatch.delenv("ETXT_TOKEN", raising=False)
        rows = [{"id": str(number), "date": "1"} for number in range(1, 26)]
        server.answer("tasks.listTasks", part_of(rows))
        walk = iter(etxt_client(server).tasks.list_tasks(count=10).prefetch(executor=process))
        assert [next(walk).task_id for _ in range(10)] == list(range(1, 11))
        with pytest.raises(ConfigurationError, match="pickled without its credentials"):
            next(walk)
        assert len(server.requests) == 1

    def test_a_client_is_unpickled_once(self, server):
        calls = etxt_client(server).with_pickled_secrets().tasks.list_tasks()._fetch
        action = Portable(calls)
        there = [pickle.loads(pickle.dumps(action)) for _ in range(2)]
        assert there[0] is there[1]
        assert there[0]._action.endpoint is calls.endpoint
        assert there[0]._action.topic._client is not calls.topic._client

    def test_what_can_not_be_pickled_is_told_at_once(self, server, process):
        client = etxt_client(server)
        listening = client.with_options(on_event=lambda event: None)
        with pytest.raises(ConfigurationError, match=r"must be picklable.*or threads"):
            listening.tasks.list_tasks().prefetch(executor=process)
        with pytest.raises(ConfigurationError, match=r"must be picklable"):
            client.tasks.list_tasks().map(lambda task: task, executor=process)
        with requests.Session() as own, pytest.raises(ConfigurationError, match="requests session of your own"):
            etxt_client(server, session=own).tasks.list_tasks().prefetch(executor=process)
        assert server.requests == []

    def test_another_pickler_gets_what_ours_can_not_do(self, server):
        portable = Portable(lambda: 7)
        rebuild, arguments = portable.__reduce__()
        assert rebuild(*arguments)() == 7
        with requests.Session() as own, pytest.raises(ConfigurationError, match="requests session of your own"):
            pickle.dumps(Portable(etxt_client(server, session=own).tasks.list_tasks()._fetch))

    @pytest.mark.parametrize(
        "pager",
        [
            lambda etxt, kwork: etxt.users.get_list(),
            lambda etxt, kwork: etxt.users.get_stats(),
            lambda etxt, kwork: etxt.users.get_bw(),
            lambda etxt, kwork: etxt.tasks.list_tasks(status=3),
            lambda etxt, kwork: etxt.tasks_archive.list_tasks(order="desc"),
            lambda etxt, kwork: etxt.articles.get_list(),
            lambda etxt, kwork: etxt.articles_archive.get_list(),
            lambda etxt, kwork: etxt.messages.read_private(7),
            lambda etxt, kwork: kwork.catalog.iter_list(),
            lambda etxt, kwork: kwork.projects.iter_list(category_id=4),
            lambda etxt, kwork: kwork.user.iter_reviews(7),
            lambda etxt, kwork: kwork.notifications.iter_dialogs(),
        ],
    )
    def test_every_list_can_be_fetched_anywhere(self, pager):
        with EtxtClient(TOKEN, API_PASS) as etxt, KworkClient(token="t" * 8) as kwork:
            calls = pager(etxt, kwork)._fetch
            there = pickle.loads(pickle.dumps(calls))
            assert type(there) is type(calls)
            assert (there.endpoint, there.options) == (calls.endpoint, calls.options)
            assert there.arguments == calls.arguments


# ----------------------------------------------------------------------------------------------------------------- map


class TestMap:
    @given(st.integers(0, 60), st.integers(1, 4), st.integers())
    def test_results_come_in_order(self, count, workers, seed):
        pager = Service(range(count)).by_offset(10)
        doubled = pager.map(lambda row: 2 * row, workers=workers, executor=Whim(seed))
        assert list(doubled) == [2 * row for row in range(count)]

    def test_nothing_happens_before_the_first_result_is_asked_for_and_little_ahead(self):
        service = Service(range(100))
        begun = []
        results = service.by_offset(10).map(begun.append, workers=2)
        assert service.calls == begun == []
        for taken in range(1, 50):
            next(results)
            assert taken <= len(begun) <= taken + 3
        results.close()
        assert len(service.calls) <= 6

    def test_workers_work_at_once(self):
        gate = threading.Barrier(4, timeout=PATIENCE)
        assert len(list(Service(range(8)).by_offset(10).map(lambda row: gate.wait(), workers=4))) == 8
        assert threads_of("kwork-etxt-map") == []

    def test_an_error_comes_at_its_item_and_what_had_begun_is_carried_out(self):
        ended = []
        begun = threading.Semaphore(0)
        release = threading.Event()

        def work(row):
            if row == 2:
                assert begun.acquire(timeout=PATIENCE)
                threading.Timer(0.01, release.set).start()
                raise OSError("row 2")
            if row == 3:
                begun.release()
                assert release.wait(PATIENCE)
            ended.append(row)
            return row

        results = Service(range(100)).by_offset(10).map(work, workers=2)
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(OSError, match="row 2"):
            next(results)
        assert 3 in ended
        assert len(ended) <= 6
        assert list(results) == []
        assert threads_of("kwork-etxt-map") == []

    def test_in_an_executor_of_the_callers_own_too_what_has_not_begun_is_cancelled(self):
        executor = Lazy()
        begun = []
        results = Service(range(100)).by_offset(10).map(begun.append, workers=2, executor=executor)
        next(results)
        results.close()
        executor.finish()
        assert begun == [0]

    def test_an_error_of_a_page_comes_after_the_results_of_the_pages_before(self):
        def fetch(number):
            if number == 3:
                raise EtxtError("page 3")
            return Page(items=Records([2 * number, 2 * number + 1]), number=number)

        found = []
        with pytest.raises(EtxtError, match="page 3"):
            found.extend(iter_into(found, NumberedPager(fetch, key=same).map(same)))
        assert found == [2, 3, 4, 5]

    def test_it_goes_with_prefetch_and_a_limit(self):
        pager = Service(range(100)).by_offset(10).prefetch(2).limit(33)
        assert list(pager.map(str, workers=3)) == [str(row) for row in range(33)]
        assert threads_of() == []


def iter_into(found, results):
    """Take results one by one, so that those before an error are kept."""
    for result in results:
        found.append(result)
    return ()
