from __future__ import annotations

import itertools
import signal
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk import ConfigurationError, Page, prefetch
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.paging import NumberedPager
from tests.support.etxt_server import EtxtServer
from tests.support.guesses import PATIENCE, Eager, Lazy, Service, Whim, same, threads_of

#: What happens between two fetches: how many rows appear in front, and which leave (as shares of the list's length).
moves = st.lists(
    st.tuples(st.integers(0, 4), st.lists(st.floats(0, 1, exclude_max=True), max_size=6)),
    max_size=40,
)


#: How many pages the caller expects.
expected = st.none() | st.integers(1, 12)


class TestMovingList:
    @given(
        count=st.integers(0, 60),
        size=st.integers(2, 7),
        moves=moves,
        workers=st.integers(1, 4),
        seed=st.integers(),
        tells=st.booleans(),
        expected=expected,
    )
    def test_no_row_that_stays_is_missed_and_none_comes_twice(
        self, *, count, size, moves, workers, seed, tells, expected
    ):
        fresh = itertools.count(1000)
        gone = set()
        left = iter(moves)

        def move(service):
            inserted, removed = next(left, (0, []))
            for share in removed:
                if service.rows:
                    gone.add(service.rows.pop(int(share * len(service.rows))))
            service.rows[:0] = [next(fresh) for _ in range(inserted)]

        service = Service(range(count), move, tells=tells)
        found = list(service.by_offset(size).prefetch(workers, executor=Whim(seed), expected_pages=expected))
        assert len(found) == len(set(found))
        assert set(range(count)) - gone <= set(found)

    @given(
        count=st.integers(0, 60),
        size=st.integers(2, 9),
        kept=st.integers(0, 20),
        workers=st.integers(1, 4),
        seed=st.integers(),
        expected=expected,
    )
    def test_everything_may_be_accepted_while_iterating(self, *, count, size, kept, workers, seed, expected):
        service = Service(range(count))
        found = []
        for row in service.by_offset(size).prefetch(workers, executor=Whim(seed), expected_pages=expected):
            found.append(row)
            if row >= kept:
                service.rows.remove(row)
        assert found == list(range(count))

    @given(
        count=st.integers(0, 60),
        size=st.integers(1, 7),
        moves=st.lists(st.integers(0, 20), max_size=40),
        workers=st.integers(1, 4),
        seed=st.integers(),
        expected=expected,
    )
    def test_rows_that_appear_push_none_through_between_two_numbered_pages(
        self, *, count, size, moves, workers, seed, expected
    ):
        fresh = itertools.count(1000)
        left = iter(moves)

        def move(service):
            service.rows[:0] = [next(fresh) for _ in range(next(left, 0))]

        service = Service(range(count), move, tells=True)
        found = list(service.by_number(size).prefetch(workers, executor=Whim(seed), expected_pages=expected))
        assert len(found) == len(set(found))
        assert set(range(count)) <= set(found)

    def test_many_rows_at_once_are_told_by_the_length(self):
        """Pages 6 to 3 are cut, then 30 rows appear in front, then page 2 is cut: it holds no row of another."""

        def move(service):
            if len(service.calls) == 5:
                service.rows[:0] = range(1000, 1030)

        executor = Lazy()
        executor._random.randrange = lambda length: length - 1
        found = list(Service(range(60), move, tells=True).by_number(10).prefetch(3, executor=executor))
        assert set(range(60)) <= set(found)

    def test_without_a_length_known_rows_tell_that_others_appeared(self):
        """Page 3 is cut before three rows appear in front, page 2 after that: rows 17 to 19 are on neither."""

        class Late(Lazy):
            def submit(self, action, /, *arguments):
                future = super().submit(action, *arguments)
                if len(self._waiting) == 2:
                    self.work_last()
                return future

            def work_last(self):
                self._waiting.reverse()
                self.work()
                service.rows[:0] = [100, 101, 102]

        service = Service(range(40))
        assert sorted(service.by_number(10).prefetch(2, executor=Late())) == list(range(40))


class TestListThatStandsStill:
    @given(
        count=st.integers(0, 60),
        size=st.integers(1, 9),
        workers=st.integers(1, 4),
        limit=st.one_of(st.none(), st.integers(0, 70)),
        tells=st.booleans(),
        by_offset=st.booleans(),
        seed=st.integers(),
        expected=expected,
    )
    def test_the_same_comes_with_few_more_calls(self, *, count, size, workers, limit, tells, by_offset, seed, expected):
        def walk(change):
            service = Service(range(count), tells=tells)
            pager = change(service.by_offset(size) if by_offset else service.by_number(size))
            pages = list((pager if limit is None else pager.limit(limit)).pages())
            return pages, service.calls

        straight, calls = walk(same)
        ahead, more = walk(lambda pager: pager.prefetch(workers, executor=Whim(seed), expected_pages=expected))
        assert ahead == straight
        assert [page.is_last for page in ahead] == [page.is_last for page in straight]
        assert set(calls) <= set(more)
        assert len(more) == len(set(more))
        guessed = 0 if tells else min(2 * workers, 2 * len(calls))
        asked_for = 0 if expected is None or limit is not None else min(expected, 2 * workers)
        assert len(more) <= len(calls) + max(guessed, asked_for)

    def test_no_page_beyond_a_limit_is_fetched(self):
        service = Service(range(1000), tells=True)
        assert len(list(service.by_offset(11).limit(95).prefetch(8, executor=Whim(1)))) == 95
        assert sorted(service.calls) == list(range(0, 100, 10))

    def test_one_page_is_fetched_here_and_needs_no_threads(self):
        before = threading.active_count()
        here = []
        service = Service(
            range(9), lambda _service: here.append((threading.current_thread(), threading.active_count()))
        )
        assert service.by_offset(10).prefetch(8).to_list() == list(range(9))
        assert service.by_offset(2).prefetch(8).first() == 0
        assert here == [(threading.current_thread(), before)] * 2

    def test_where_the_length_is_told_all_workers_begin_after_the_first_page(self):
        gate = threading.Barrier(5, timeout=PATIENCE)

        def fetch(number):
            if 1 < number < 6:
                gate.wait()
            return Page(items=Records([number]), number=number, pages=6)

        pages = NumberedPager(fetch, key=same).prefetch(4).pages()
        assert next(pages).items == [1]
        gate.wait()  # four pages are being fetched at once, while nobody has asked for the second
        assert [page.number for page in pages] == [2, 3, 4, 5, 6]


class TestWindow:
    def test_no_more_than_two_pages_a_worker_wait(self):
        service = Service(range(1000), tells=True)
        pages = service.by_number(10).prefetch(3, executor=Eager()).pages()
        for taken in range(1, 20):
            next(pages)
            assert len(service.calls) == taken + 6

    def test_where_the_length_is_not_told_it_grows_with_the_pages_that_came(self):
        service = Service(range(1000))
        pages = service.by_offset(10).prefetch(3, executor=Eager()).pages()
        waiting = []
        for taken in range(1, 9):
            next(pages)
            waiting.append(len(service.calls) - taken)
        assert waiting == [2, 4, 6, 6, 6, 6, 6, 6]

    def test_after_a_wrong_guess_it_begins_anew(self):
        service = Service(range(200))
        found = []
        pages = service.by_offset(11).prefetch(4, executor=Eager()).pages()
        for _ in range(5):
            found.extend(next(pages))
        assert service.calls == list(range(0, 130, 10))
        del service.rows[:50]
        calls = []
        for page in pages:
            found.extend(page)
            calls.append(len(service.calls))
        assert found == list(range(200))
        # The page at 130 holds no known row: back to where one is, and from there with one guess, then two.
        back = service.calls.index(119)
        assert back <= 13 + 8
        assert service.calls[back:][:8] == [119, 108, 97, 86, 75, 85, 95, 105]
        assert [number for number in calls if number > back][:2] == [back + 6, back + 8]

    def test_a_page_that_was_not_guessed_is_fetched_when_it_is_asked_for(self):
        fetched = []
        source = prefetch.Ahead(lambda number: fetched.append(number) or number, 2, Eager())
        assert source.get((1,)) == 1
        source.expect((1,), lambda place: (place[0] + 1,), rows=1, is_end_known=True)
        source.fill(None)
        assert fetched == [1, 2, 3, 4, 5]
        assert source.get((7,)) == 7
        assert not source.is_ahead

    def test_of_wrong_guesses_those_that_have_not_begun_are_never_fetched(self):
        with ThreadPoolExecutor(1) as pool:
            begun, release, fetched = threading.Event(), threading.Event(), []

            def fetch(number):
                if number == 2:
                    begun.set()
                    release.wait(PATIENCE)
                fetched.append(number)

            source = prefetch.Ahead(fetch, 2, pool)
            source.get((1,))
            source.expect((1,), lambda place: (place[0] + 1,), rows=1, is_end_known=True)
            source.fill(None)
            assert begun.wait(PATIENCE)
            source.drop()
            release.set()
        assert fetched == [1, 2]

    def test_threads_that_have_nothing_to_do_keep_no_page(self):
        class Item:
            def __init__(self, number):
                self.number = number

        items = {}
        both = threading.Barrier(2, timeout=PATIENCE)

        def fetch(number):
            if number > 1:
                both.wait()
            item = Item(number)
            items[number] = weakref.ref(item)
            return Page(items=Records([item]), number=number, pages=5)

        walk = NumberedPager(fetch, key=lambda item: item.number).prefetch(2).pages()
        for _ in range(5):
            next(walk)
        pause = threading.Event()
        assert any(not pause.wait(0.01) and not any(items[number]() for number in range(1, 5)) for _ in range(1000))
        walk.close()

    def test_its_size_is_that_of_the_executor(self):
        with ThreadPoolExecutor(3) as pool:
            pager = Service(range(100)).by_offset(10)
            assert repr(pager.prefetch(executor=pool)) == "<OffsetPager: iterate to fetch, prefetch=3>"
            assert repr(pager.prefetch(2, executor=pool)) == "<OffsetPager: iterate to fetch, prefetch=2>"
            assert repr(pager.prefetch(executor=Whim(0))) == "<OffsetPager: iterate to fetch, prefetch=8>"
            assert list(pager.prefetch(executor=pool)) == list(range(100))
        assert repr(pager.prefetch().limit(2)) == "<OffsetPager: iterate to fetch, limit=2, prefetch=8>"
        assert repr(pager) == "<OffsetPager: iterate to fetch>"


class TestWrongArguments:
    @pytest.mark.parametrize("workers", [0, -1, 1.5, True, "4"])
    def test_workers(self, workers):
        pager = Service([]).by_offset(2)
        with pytest.raises(ConfigurationError, match="workers must be a whole number of at least 1"):
            pager.prefetch(workers)
        with pytest.raises(ConfigurationError, match="workers must be a whole number of at least 1"):
            pager.map(same, workers=workers)

    def test_executor(self):
        with pytest.raises(ConfigurationError, match=r"must be a concurrent.futures.Executor, not 8"):
            Service([]).by_offset(2).prefetch(executor=8)

    def test_unread_messages_are_not_fetched_ahead(self):
        with EtxtServer() as server, pytest.raises(ConfigurationError, match="counts as read"):
            server.client().messages.read_private(7, unread=True).prefetch()


def numbered(fetch, workers=4, **facts):
    def page(number):
        return Page(items=Records([fetch(number)]), number=number, **{"pages": 1000, **facts})

    return NumberedPager(page, key=same).prefetch(workers)


class TestEarlyExit:
    @pytest.fixture(autouse=True)
    def _no_threads_are_left(self):
        yield
        assert threads_of() == []

    @pytest.mark.parametrize("how", ["break", "limit", "close", "error", "interrupt"])
    def test_what_is_not_needed_is_not_begun(self, how):
        begun = []

        def fetch(number):
            begun.append(number)
            return number

        pager = numbered(fetch, workers=2)
        if how == "break":
            for number in pager:
                if number == 10:
                    break
        elif how == "limit":
            assert pager.limit(10).to_list() == list(range(1, 11))
        elif how == "close":
            walk = iter(pager)
            assert [next(walk) for _ in range(10)][-1] == 10
            walk.close()
        else:
            kind = KeyboardInterrupt if how == "interrupt" else OSError
            with pytest.raises(kind):  # noqa: PT012 - the loop is what ends
                for number in pager:
                    if number == 10:
                        raise kind
        assert set(range(1, 11)) <= set(begun) <= set(range(1, 15))

    @pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows can't send Ctrl-C to one thread")
    def test_a_ctrl_c_while_a_page_is_awaited_ends_it(self, monkeypatch):
        monkeypatch.setattr(prefetch, "GRACE", 0.01)
        asked, interrupted, release = threading.Event(), threading.Event(), threading.Event()
        begun = []

        def interrupt(_number, _frame):
            if not interrupted.is_set():
                interrupted.set()
                raise KeyboardInterrupt

        def fetch(number):
            begun.append(number)
            if number == 2:
                assert asked.wait(PATIENCE)
                while not walk.gi_running:
                    pass
                while not interrupted.wait(0.02):  # one that comes just before Python waits is noticed only after it
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                release.wait(PATIENCE)
            return number

        walk = numbered(fetch, workers=1, pages=9).pages()
        before = signal.signal(signal.SIGINT, interrupt)
        try:
            assert next(walk).items == [1]
            asked.set()
            with pytest.raises(KeyboardInterrupt):
                next(walk)
        finally:
            signal.signal(signal.SIGINT, before)
        assert list(walk) == []
        release.set()
        for thread in threads_of("kwork-etxt-prefetch"):
            thread.join(PATIENCE)
        assert begun == [1, 2]

    def test_a_request_that_hangs_is_left_behind_after_a_while(self, monkeypatch):
        monkeypatch.setattr(prefetch, "GRACE", 0.01)
        release = threading.Event()
        walk = iter(numbered(lambda number: number == 1 or release.wait(PATIENCE), workers=1, pages=3))
        assert next(walk) is True
        walk.close()
        (left,) = threads_of("kwork-etxt-prefetch")
        assert left.daemon
        release.set()
        left.join(PATIENCE)

    def test_an_error_comes_at_its_page_after_those_before_it(self):
        def fetch(number):
            if number == 4:
                raise OSError("page 4")
            return number

        found = []
        with pytest.raises(OSError, match="page 4"):
            found.extend(numbered(fetch, pages=9).pages())
        walk = iter(numbered(fetch, pages=9))
        assert [next(walk), next(walk), next(walk)] == [1, 2, 3]
        with pytest.raises(OSError, match="page 4"):
            next(walk)
        assert list(walk) == []

    def test_an_error_of_a_page_that_is_not_needed_is_none(self):
        def fetch(number):
            if number > 2:
                raise OSError("there is no such page")
            return number

        assert list(numbered(fetch, workers=8, pages=2)) == [1, 2]
        assert list(numbered(fetch, workers=8).limit(2)) == [1, 2]
        unknown = NumberedPager(
            lambda number: Page(items=Records([fetch(number)] * (2 if number < 2 else 1)), number=number, size=2),
            key=lambda item: object(),
        )
        assert list(unknown.prefetch(8)) == [1, 1, 2]

    def test_threads_of_the_callers_own_pool_stay(self):
        with ThreadPoolExecutor(2, thread_name_prefix="own") as pool:
            pager = Service(range(100)).by_offset(10).prefetch(executor=pool)
            assert list(pager) == list(pager) == list(range(100))
            assert pool.submit(same, 7).result() == 7
