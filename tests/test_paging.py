from __future__ import annotations

import itertools
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kwork_etxt_sdk import ConfigurationError, Page, Pager, paging
from kwork_etxt_sdk.mapping import BadItem, Records
from kwork_etxt_sdk.paging import PATIENCE, NumberedPager, OffsetPager
from tests.support.guesses import Eager

MOST_CALLS = 400


def same(item):
    return item


def bad(index, problem="expected int, got 'x'"):
    path = f"$[{index}]"
    return BadItem(index, path, None, (f"{problem} @ {path}.price",))


class Service:
    """A list that is read by offset; `before` is called before each fetch and may change `rows`."""

    def __init__(self, rows, before=lambda _service: None):
        self.rows = list(rows)
        self.calls = []
        self._before = before

    def at(self, offset):
        """Where a page really begins."""
        return offset

    def fetch(self, offset, count):
        assert len(self.calls) < MOST_CALLS, "no end in sight"
        self._before(self)
        self.calls.append((offset, count))
        begin = self.at(offset)
        items, bad_items = [], []
        for index, row in enumerate(self.rows[begin : begin + count]):
            if isinstance(row, str):
                bad_items.append(bad(index, row))
            else:
                items.append(row)
        return Page(items=Records(items, bad_items))

    def pager(self, size, start=0):
        return OffsetPager(self.fetch, key=same, size=size, start=start)


class Rounding(Service):
    """Cuts pages only at multiples of a step."""

    def __init__(self, rows, step):
        super().__init__(rows)
        self._step = step

    def at(self, offset):
        return offset // self._step * self._step


class Deaf(Service):
    """Heeds no offset."""

    def at(self, offset):
        return 0


class Clamping(Service):
    """Sends the last full page for any offset behind it."""

    def __init__(self, rows, size):
        super().__init__(rows)
        self._size = size

    def at(self, offset):
        return min(offset, max(0, len(self.rows) - self._size))


#: What happens between two fetches: how many rows appear in front, and which leave (as shares of the list's length).
moves = st.lists(
    st.tuples(st.integers(0, 4), st.lists(st.floats(0, 1, exclude_max=True), max_size=6)),
    max_size=25,
)


class TestMovingList:
    @given(st.integers(0, 40), st.integers(2, 7), moves)
    @example(5, 2, [(0, []), (0, [0.0]), (1, []), (0, [0.0, 0.0])] * 3)
    def test_no_row_that_stays_is_missed_and_none_comes_twice(self, count, size, moves):
        fresh = itertools.count(1000)
        gone = set()
        left = iter(moves)

        def move(service):
            inserted, removed = next(left, (0, []))
            for share in removed:
                if service.rows:
                    gone.add(service.rows.pop(int(share * len(service.rows))))
            service.rows[:0] = [next(fresh) for _ in range(inserted)]

        service = Service(range(count), move)
        found = list(service.pager(size))
        assert len(found) == len(set(found))
        assert set(range(count)) - gone <= set(found)

    @given(st.integers(0, 60), st.integers(2, 9), st.integers(0, 20))
    def test_everything_may_be_accepted_while_iterating(self, count, size, kept):
        """Each row leaves the list as soon as it was seen, except the first few, which stay."""
        service = Service(range(count))
        found = []
        for row in service.pager(size):
            found.append(row)
            if row >= kept:
                service.rows.remove(row)
        assert found == list(range(count))

    @given(st.integers(0, 60), st.integers(1, 9), st.integers(0, 70))
    def test_a_list_that_stands_still_comes_in_order(self, count, size, start):
        service = Service(range(count))
        pager = service.pager(size, start)
        assert list(pager) == list(range(count))[start:]
        assert all(size == asked for _, asked in service.calls)
        full = max(0, count - start) // max(1, size - 1)
        assert len(service.calls) <= full + 3 + (PATIENCE if size == 1 else 0)

    def test_a_hundred_rows_a_page_take_hardly_more_calls_than_pages(self):
        service = Service(range(350))
        assert len(list(service.pager(100))) == 350
        assert [offset for offset, _ in service.calls] == [0, 99, 198, 297]

    def test_rows_that_slipped_are_looked_for_where_they_went(self):
        service = Service(range(30))
        found = []
        for row in service.pager(10):
            found.append(row)
            if row == 9:
                del service.rows[:5]
        assert sorted(found) == list(range(30))
        assert [offset for offset, _ in service.calls] == [0, 9, 0, 9, 18]


class TestStubbornServices:
    @given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 9))
    def test_one_that_rounds_offsets_is_read_as_far_as_it_lets_itself_be(self, count, size, step):
        service = Rounding(range(count), step)
        found = list(service.pager(size))
        assert len(found) == len(set(found))
        reachable = {row for begin in range(0, count, step) for row in range(begin, min(begin + size, count))}
        assert set(found) <= reachable
        if step <= size:
            assert set(found) == set(range(count))

    def test_looking_back_in_vain_is_given_up(self):
        service = Rounding(range(1000), 100)
        assert list(service.pager(100)) == list(range(1000))
        assert len(service.calls) <= 10 + 2 * PATIENCE + 3

    @given(st.integers(0, 40), st.integers(1, 9))
    def test_one_that_heeds_no_offset_is_not_asked_for_ever(self, count, size):
        service = Deaf(range(count))
        assert list(service.pager(size)) == list(range(min(count, size)))
        assert len(service.calls) <= 3

    def test_neither_if_none_of_its_rows_can_be_read(self):
        service = Deaf(["broken"] * 10)
        assert list(service.pager(5)) == []
        assert len(service.calls) <= 3

    @given(st.integers(0, 40), st.integers(1, 9))
    def test_one_that_repeats_its_last_page_is_left_there(self, count, size):
        service = Clamping(range(count), size)
        assert list(service.pager(size)) == list(range(count))

    @given(
        st.lists(st.one_of(st.integers(0, 10**6), st.sampled_from(["broken", "odd"])), max_size=60), st.integers(1, 9)
    )
    def test_rows_that_can_not_be_read_neither_hide_others_nor_hold_the_walk_up(self, rows, size):
        rows = list(dict.fromkeys(row if isinstance(row, int) else f"{row}-{place}" for place, row in enumerate(rows)))
        found = Service(rows).pager(size).to_list()
        assert found == [row for row in rows if isinstance(row, int)]
        told = [item.problems[0].partition(" @")[0] for item in found.bad_items]
        assert told == [row for row in rows if isinstance(row, str)]

    def test_a_run_of_rows_that_can_not_be_read_is_walked_through(self):
        rows = [*range(50), *["broken"] * 300, *range(50, 60)]
        service = Service(rows)
        found = service.pager(100).to_list()
        assert found == list(range(60))
        assert len(found.bad_items) == 300
        assert len(service.calls) < 10


class TestPagerOfOffsets:
    def test_nothing_is_fetched_before_it_is_asked_for(self):
        service = Service(range(5))
        pager = service.pager(2)
        iterator = iter(pager)
        pages = pager.pages()
        assert repr(pager) == "<OffsetPager: iterate to fetch>"
        assert repr(pager.limit(3)) == "<OffsetPager: iterate to fetch, limit=3>"
        assert service.calls == []
        assert next(iterator) == 0
        assert len(service.calls) == 1
        assert next(pages).items == [0, 1]
        assert len(service.calls) == 2

    def test_it_can_be_iterated_anew(self):
        service = Service(range(5))
        pager = service.pager(3)
        assert list(pager) == [0, 1, 2, 3, 4]
        service.rows.append(5)
        assert list(pager) == [0, 1, 2, 3, 4, 5]

    def test_a_limit_fetches_no_page_beyond_it(self):
        service = Service(range(100))
        assert list(service.pager(10).limit(10)) == list(range(10))
        assert service.calls == [(0, 10)]
        service.calls.clear()
        assert service.pager(10).limit(11).to_list() == list(range(11))
        assert [offset for offset, _ in service.calls] == [0, 9]

    def test_a_limit_of_zero_fetches_nothing(self):
        service = Service(range(5))
        pager = service.pager(2).limit(0)
        assert list(pager) == pager.to_list() == list(pager.pages()) == []
        assert pager.first() is None
        assert service.calls == []

    def test_limits_only_get_tighter_and_leave_the_original_alone(self):
        pager = Service(range(9)).pager(4)
        assert list(pager.limit(3).limit(5)) == [0, 1, 2]
        assert list(pager.limit(5).limit(2)) == [0, 1]
        assert len(list(pager)) == 9

    def test_pages_end_at_the_limit_too(self):
        service = Service(range(9))
        assert [list(page) for page in service.pager(4).limit(5).pages()] == [[0, 1, 2, 3], [4]]
        assert len(service.calls) == 2

    def test_first_asks_for_one_page(self):
        service = Service(range(9))
        assert service.pager(4).first() == 0
        assert service.calls == [(0, 4)]
        assert Service([]).pager(4).first() is None

    def test_a_page_comes_as_the_service_sends_it(self):
        service = Service([0, 1, 2, "broken", 4, 5, 6])
        page = service.pager(3, start=1).page(2)
        assert (list(page), page.offset, page.size, page.is_last) == ([4, 5, 6], 4, 3, False)
        assert service.pager(3).page(2).items.bad_items == [bad(0, "broken")]
        assert service.pager(3).page(9).is_last

    def test_pages_say_truly_which_is_the_last_though_rows_are_left_out(self):
        pages = list(Service(range(9)).pager(4).pages())
        assert [list(page) for page in pages] == [[0, 1, 2, 3], [4, 5, 6], [7, 8]]
        assert [page.is_last for page in pages] == [False, False, True]
        assert [page.offset for page in pages] == [0, 3, 6]

    def test_bad_items_of_all_pages_are_kept_once(self):
        service = Service([0, 1, "broken", 3, 4, "odd", 6])
        found = service.pager(3).to_list()
        assert isinstance(found, Records)
        assert found == [0, 1, 3, 4, 6]
        assert [item.problems[0].split(" @")[0] for item in found.bad_items] == ["broken", "odd"]

    def test_the_memory_of_a_long_walk_is_bounded(self, monkeypatch):
        walks = []

        class Watched(paging._Seen):
            def __init__(self):
                super().__init__()
                walks.append(self)

        monkeypatch.setattr(paging, "REMEMBERED", 50)
        monkeypatch.setattr(paging, "_Seen", Watched)
        assert len(list(Service(range(3000)).pager(20))) == 3000
        (walk,) = walks
        assert (len(walk._keys), len(walk._old_keys)) == (0, 50)
        assert all(row in walk for row in range(2950, 3000))

    @pytest.mark.parametrize("count", [-1, 1.0, True, "3", None])
    def test_a_limit_is_a_whole_number(self, count):
        with pytest.raises(ConfigurationError, match="a limit must be a whole number of at least 0"):
            Service([]).pager(2).limit(count)

    @pytest.mark.parametrize("number", [0, -1, 1.0, True, "1", None])
    def test_pages_are_counted_from_one(self, number):
        service = Service(range(5))
        with pytest.raises(ConfigurationError, match="pages are counted from 1"):
            service.pager(2).page(number)
        with pytest.raises(ConfigurationError, match="pages are counted from 1"):
            NumberedPager(lambda number: Page(items=Records()), key=same, start=number)
        assert service.calls == []


class Book:
    """A list whose pages have numbers."""

    def __init__(self, *pages, **facts):
        self.pages = pages
        self.facts = facts
        self.calls = []

    def fetch(self, number):
        assert len(self.calls) < MOST_CALLS, "no end in sight"
        self.calls.append(number)
        items = self.pages[min(number, len(self.pages)) - 1]
        return Page(items=items if isinstance(items, Records) else Records(items), number=number, **self.facts)

    def pager(self, start=1):
        return NumberedPager(self.fetch, key=same, start=start)


class TestPagerOfNumbers:
    @pytest.mark.parametrize(
        ("book", "expected", "calls"),
        [
            # The service says how many pages there are.
            (Book([1, 2], [3, 4], [5], pages=3), [1, 2, 3, 4, 5], 3),
            (Book([1, 2], [3, 4], pages=1), [1, 2], 1),
            # It says how long a full page is.
            (Book([1, 2], [3], [9], size=2), [1, 2, 3], 2),
            # It says nothing: an empty page ends the list.
            (Book([1, 2], [3], []), [1, 2, 3], 3),
            (Book([]), [], 1),
            # An empty page ends it even if more were announced.
            (Book([1, 2], [], [3], pages=3), [1, 2], 2),
            # Behind the last page it sends the last one again.
            (Book([1, 2], [3, 4]), [1, 2, 3, 4], 3),
            # It heeds no number but claims to have many pages.
            (Book([1, 2], pages=50), [1, 2], 3),
        ],
    )
    def test_where_it_ends(self, book, expected, calls):
        assert list(book.pager()) == expected
        assert len(book.calls) == calls
        assert book.calls == list(range(1, calls + 1))

    def test_behind_the_last_page_the_first_may_come_again(self):
        book = Book([1, 2], [3, 4], [1, 2])
        assert list(book.pager()) == [1, 2, 3, 4]
        assert len(book.calls) == 4

    def test_a_list_that_moved_on_by_a_page_goes_on(self):
        book = Book([1, 2], [1, 2], [3, 4], pages=3)
        assert list(book.pager()) == [1, 2, 3, 4]
        shifted = Book([1, 2, 3], [0, 1, 2], [3, 4, 5], [])
        assert list(shifted.pager()) == [1, 2, 3, 0, 4, 5]

    def test_pages_without_a_readable_item_do_not_end_a_list_that_says_how_long_it_is(self):
        broken = Records([], [bad(0), bad(1)])
        book = Book([1, 2], broken, broken, broken, [3], pages=5)
        found = book.pager().to_list()
        assert found == [1, 2, 3]
        assert len(found.bad_items) == 6

    def test_but_end_one_that_does_not(self):
        book = Book([1, 2], Records([], [bad(0), bad(1)]))
        found = book.pager().to_list()
        assert found == [1, 2]
        assert len(found.bad_items) == 2
        assert len(book.calls) == 3

    def test_items_on_two_pages_come_once(self):
        pages = list(Book([1, 2], [2, 3], [3, 4], pages=3).pager().pages())
        assert [list(page) for page in pages] == [[1, 2], [3], [4]]
        assert [page.is_last for page in pages] == [False, False, True]

    def test_it_may_begin_further_on(self):
        book = Book([1, 2], [3, 4], [5], pages=3)
        pager = book.pager(start=2)
        assert list(pager) == [3, 4, 5]
        assert book.calls == [2, 3]
        assert list(pager.page(1)) == [1, 2]

    @pytest.mark.parametrize(
        ("facts", "start", "expected"),
        [
            ({"pages": 3}, 1, 3),
            ({"pages": 3}, 2, 2),
            ({"total": 5, "size": 2}, 1, 3),
            ({"pages": 0}, 1, 1),
            ({}, 1, None),
        ],
    )
    def test_it_tells_how_many_calls_a_walk_takes_once_it_knows(self, facts, start, expected):
        pager = Book([1, 2], [3, 4], [5], **facts).pager(start)
        assert pager.expected_calls is None
        next(iter(pager))
        assert pager.expected_calls == expected

    def test_an_error_ends_the_walk_and_another_begins_anew(self):
        class Broken(Book):
            def fetch(self, number):
                page = super().fetch(number)
                if self.calls == [1, 2]:
                    raise OSError("lost")
                return page

        pager = Broken([1, 2], [3], pages=2).pager()
        iterator = iter(pager)
        assert [next(iterator), next(iterator)] == [1, 2]
        with pytest.raises(OSError, match="lost"):
            next(iterator)
        assert list(iterator) == []
        assert list(pager) == [1, 2, 3]


class TestPage:
    @pytest.mark.parametrize(
        ("items", "facts", "is_last"),
        [
            ([], {}, True),
            ([], {"number": 1, "pages": 5}, True),
            ([1], {}, False),
            ([1], {"number": 4, "pages": 5}, False),
            ([1], {"number": 5, "pages": 5}, True),
            ([1], {"number": 6, "pages": 5}, True),
            ([1], {"pages": 5, "size": 1}, False),
            ([1], {"number": 1, "size": 2}, True),
            ([1, 2], {"number": 1, "size": 2}, False),
        ],
    )
    def test_which_page_is_the_last(self, items, facts, is_last):
        assert Page(items=Records(items), **facts).is_last is is_last

    def test_items_that_can_not_be_read_count(self):
        assert not Page(items=Records([], [bad(0)])).is_last
        assert not Page(items=Records([1], [bad(0)]), size=2).is_last
        assert Page(items=Records([1], [bad(0)]), size=3).is_last

    def test_it_is_iterable_and_sized(self):
        page = Page(items=Records([1, 2]))
        assert list(page) == [1, 2]
        assert len(page) == 2

    def test_pagers_share_a_base(self):
        assert isinstance(Service([]).pager(1), Pager)
        assert isinstance(Book([]).pager(), Pager)


class Row:
    """As large as an order: what a walk keeps of it would be seen."""

    __slots__ = ("number", "text")

    def __init__(self, number):
        self.number = number
        self.text = bytes(1000)


def peak_of_a_walk(count, prefetched):
    """Bytes in use at the worst moment of a walk whose rows are dropped."""

    def fetch(offset, size):
        return Page(items=Records(map(Row, range(offset, min(count, offset + size)))))

    pager = OffsetPager(fetch, key=lambda row: row.number, size=100)
    tracemalloc.start()
    try:
        assert sum(1 for _ in (pager.prefetch(2, executor=Eager()) if prefetched else pager)) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestMemory:
    @pytest.mark.parametrize("prefetched", [False, True])
    def test_a_long_walk_takes_no_more_memory_than_a_short_one(self, prefetched, monkeypatch):
        monkeypatch.setattr(paging, "REMEMBERED", 500)
        peak_of_a_walk(200, prefetched)  # what is loaded on first use
        short, long = peak_of_a_walk(2_000, prefetched), peak_of_a_walk(30_000, prefetched)
        assert long <= 1.1 * short

    @pytest.mark.slow
    def test_neither_do_a_million_rows(self):
        peak_of_a_walk(200, prefetched=False)
        assert peak_of_a_walk(1_000_000, prefetched=False) <= 1.1 * peak_of_a_walk(10_000, prefetched=False)
