from __future__ import annotations

import io
import re
import subprocess
import sys
import textwrap
import types

import pytest

from kwork_etxt_sdk import MissingExtraError, Page
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.paging import NumberedPager, OffsetPager
from kwork_etxt_sdk.progress import Progress, is_watched, show_waits, with_progress
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.events import Answered, Sent, Waiting
from tests.support.etxt_server import EtxtServer, part_of

LONG = Waiting(call="etxt tasks.listTasks", attempt=1, seconds=12.4, reason="the rate limit")
SHORT = Waiting(call="etxt tasks.listTasks", attempt=1, seconds=2.9, reason="the rate limit")
SENT = Sent(call="etxt tasks.listTasks", attempt=1, effect="READ")
ANSWERED = Answered(call="etxt tasks.listTasks", attempt=1, status=200, seconds=0.1, size=1)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def put_in_place_of_standard_error(stream, monkeypatch):
    # Not into the real `sys`: pytest would put its own back before the test begins.
    monkeypatch.setattr("kwork_etxt_sdk.progress.sys", types.SimpleNamespace(stderr=stream, modules=sys.modules))
    return stream


@pytest.fixture
def pipe(monkeypatch):
    """What comes out of standard error while nobody looks."""
    return put_in_place_of_standard_error(io.StringIO(), monkeypatch)


@pytest.fixture
def terminal(capsys, monkeypatch):
    """What somebody sees who looks at standard error; nothing may come on standard output."""
    yield put_in_place_of_standard_error(Terminal(), monkeypatch)
    assert capsys.readouterr() == ("", "")


def drawn(terminal):
    """The states of the bars, one after the other."""
    return [state.strip() for state in re.split(r"[\r\n]", terminal.getvalue()) if state.strip()]


def rows(count, size=10, **facts):
    def fetch(offset, size):
        return Page(items=Records(range(offset, min(count, offset + size))), **facts)

    return OffsetPager(fetch, key=lambda row: row, size=size)


def pages(*facts, start=1):
    def fetch(number):
        return Page(items=Records([number]), number=number, **facts[number - 1])

    return NumberedPager(fetch, key=lambda row: row, start=start)


class TestPager:
    def test_a_walk_is_shown_with_what_is_known_of_its_length(self, terminal):
        assert list(rows(25, total=25).progress("orders")) == list(range(25))
        states = drawn(terminal)
        assert states[0].startswith("orders: 0 items")
        assert "orders: 100%" in states[-1]
        assert "25/25" in states[-1]

    def test_one_of_unknown_length_ends_complete(self, terminal):
        assert [len(page) for page in rows(25).progress("orders").pages()] == [10, 9, 6]
        assert "100%" not in drawn(terminal)[0]
        assert "25/25" in drawn(terminal)[-1]

    @pytest.mark.parametrize(
        ("pager", "first", "last"),
        [
            (rows(25, total=25).limit(5), "0/5", "5/5"),
            (rows(25).limit(50), "0/50", "25/25"),
            (rows(25, total=25).limit(50), "0/25", "25/25"),
            (pages(*[{"pages": 3, "size": 1}] * 3), "0/3", "3/3"),
            (pages(*[{"total": 3, "size": 1}] * 3, {"total": 4, "size": 1}, {"size": 2}, start=2), "0/2", "4/4"),
        ],
    )
    def test_how_many_are_expected(self, terminal, pager, first, last):
        for _ in pager.progress():
            pass
        states = drawn(terminal)
        assert any(first in state for state in states[:2])
        assert last in states[-1]

    def test_an_early_end_leaves_the_bar_where_it_was(self, terminal):
        for row in rows(25, total=25).progress("orders"):
            if row == 4:
                break
        assert "4/25" in drawn(terminal)[-1]
        assert terminal.getvalue().endswith("\n")

    def test_to_list_and_prefetch_and_map_show_it_too(self, terminal):
        pager = rows(25, total=25).progress("orders")
        assert pager.to_list() == pager.prefetch(2).to_list() == list(pager.map(abs, workers=2)) == list(range(25))
        assert sum("25/25" in state for state in drawn(terminal)) == 3

    def test_it_says_why_it_waits_until_the_call_is_sent(self, terminal):
        with EtxtServer() as server:
            for _ in range(3):
                server.answer("tasks.listTasks", part_of([{"id": str(number)} for number in range(1, 4)]))
            heard = []
            client = server.client().with_options(on_event=heard.append)
            client.limits.hold(12)
            assert len(client.tasks.list_tasks().progress("orders").to_list()) == 3
            assert server.clock.slept == 12 * SECOND
        waits = [state for state in drawn(terminal) if "waits 12 s: the rate limit" in state]
        assert len(waits) == 1
        assert "waits" not in drawn(terminal)[-1]
        assert [type(event) for event in heard] == [Waiting, Sent, Answered]

    def test_where_nobody_looks_nothing_is_shown(self, pipe):
        assert list(rows(25).progress("orders")) == list(range(25))
        assert len(list(rows(25).progress("orders").pages())) == 3
        assert pipe.getvalue() == ""

    def test_the_first_item_needs_no_bar(self, terminal):
        assert rows(25).progress("orders").first() == 0
        assert terminal.getvalue() == ""


class TestBar:
    def test_only_long_waits_are_shown_and_as_long_as_they_last(self, terminal):
        with Progress("orders", total=2) as progress:
            assert progress.is_shown
            for event in (SHORT, ANSWERED, SENT):
                progress.hear(event)
            assert "waits" not in terminal.getvalue()
            progress.hear(LONG)
            assert drawn(terminal)[-1].endswith("waits 12 s: the rate limit]")
            progress.hear(SENT)
            assert drawn(terminal)[-1].endswith("items/s]") or "waits" not in drawn(terminal)[-1]

    def test_what_is_done_before_it_is_due_needs_none(self, terminal):
        with Progress("orders", after=60) as progress:
            progress.advance(1)
            progress.expect(2)
            progress.advance(1)
            progress.finish()
        assert terminal.getvalue() == ""

    def test_it_is_drawn_once_it_is_due(self, terminal):
        with Progress("orders", after=1e-9) as progress:
            progress.expect(2)
            progress.advance(2)
        assert "2/2" in drawn(terminal)[-1]

    def test_it_leaves_no_thread(self, terminal):
        program = """
            import sys, threading
            sys.stderr.isatty = lambda: True
            from kwork_etxt_sdk.progress import Progress
            with Progress("orders") as progress:
                progress.advance(1)
            print(threading.active_count())
        """
        made = subprocess.run(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
        )
        assert made.stdout == "1\n"
        assert "orders: 1 items" in made.stderr

    def test_where_nobody_looks_tqdm_is_not_even_loaded(self):
        program = """
            import sys
            from kwork_etxt_sdk.progress import Progress, with_progress
            print(list(with_progress([1, 2], "numbers")))
            with Progress("orders") as progress:
                progress.advance(1)
                progress.expect(2)
                progress.finish()
            print(progress.is_shown, "tqdm" in sys.modules)
        """
        made = subprocess.run(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
        )
        assert (made.stdout, made.stderr) == ("[1, 2]\nFalse False\n", "")


class TestAnything:
    def test_a_list_is_counted(self, terminal):
        assert list(with_progress([1, 2, 3], "numbers")) == [1, 2, 3]
        assert "numbers:   0%" in drawn(terminal)[0]
        assert "3/3" in drawn(terminal)[-1]

    def test_of_an_iterator_the_caller_may_know_the_length(self, terminal):
        assert list(with_progress(iter("ab"), "letters", total=4)) == ["a", "b"]
        assert "0/4" in drawn(terminal)[0]
        assert "2/2" in drawn(terminal)[-1]

    def test_a_pager_shows_itself(self, terminal):
        assert list(with_progress(rows(25, total=25), "orders")) == list(range(25))
        assert "25/25" in drawn(terminal)[-1]
        assert sum("orders: 100%" in state for state in drawn(terminal)) <= 2

    def test_without_tqdm_the_extra_is_named_at_once(self, monkeypatch):
        monkeypatch.setattr("kwork_etxt_sdk.progress.find_spec", lambda _name: None)
        for ask in (lambda: rows(5).progress("orders"), lambda: with_progress([1], "numbers")):
            with pytest.raises(MissingExtraError, match=r"pip install 'kwork-etxt-sdk\[cli\]'"):
                ask()


class TestShowWaits:
    def test_a_long_wait_is_told_with_its_reason(self, terminal):
        for event in (SHORT, SENT, LONG, ANSWERED):
            show_waits(event)
        assert terminal.getvalue() == "etxt tasks.listTasks waits 12 s: the rate limit\n"

    def test_above_the_bars_that_are_drawn(self, terminal):
        with Progress("orders", total=2) as progress:
            show_waits(LONG)
            progress.advance(2)
        assert "etxt tasks.listTasks waits 12 s: the rate limit" in drawn(terminal)
        assert "2/2" in drawn(terminal)[-1]

    def test_without_tqdm_as_well(self, terminal, monkeypatch):
        monkeypatch.delitem(sys.modules, "tqdm", raising=False)
        show_waits(LONG)
        assert terminal.getvalue() == "etxt tasks.listTasks waits 12 s: the rate limit\n"

    def test_where_nobody_looks_nothing_is_said(self, pipe):
        show_waits(LONG)
        assert pipe.getvalue() == ""

    def test_it_listens_to_any_call(self, terminal):
        with EtxtServer() as server:
            server.answer("users.getBalance", {"id": "1", "balance": "5"})
            client = server.client().with_options(on_event=show_waits)
            client.limits.hold(61)
            assert client.users.get_balance().balance == 5
        assert terminal.getvalue() == "etxt users.getBalance waits 61 s: the rate limit\n"


class TestWhoLooks:
    @pytest.mark.parametrize(("kernel", "expected"), [({"IPKernelApp": {}}, True), ({}, False), (None, False)])
    def test_a_notebook_is_looked_at(self, pipe, monkeypatch, kernel, expected):
        shell = None if kernel is None else types.SimpleNamespace(config=kernel)
        monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
        assert is_watched() is expected

    def test_a_program_without_standard_error_is_not(self, monkeypatch):
        put_in_place_of_standard_error(None, monkeypatch)
        assert not is_watched()
        with Progress("orders") as progress:
            progress.hear(LONG)
        assert not progress.is_shown
