"""Prefetch behind a rate limit: who waits, who is sent, and what becomes of deadlines."""

from __future__ import annotations

import threading

import pytest

from kwork_etxt_sdk import Limits, Page, Rule, prefetch
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.paging import NumberedPager
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.events import Answered, Retried, Sent, Waiting
from tests.support.etxt_server import EtxtServer, part_of
from tests.support.guesses import PATIENCE, same, threads_of


class Calls:
    """Calls that tell of themselves as those of clients do; each waits for its limit until it is let go."""

    def __init__(self, answer=lambda: None):
        self.answer = answer
        self.listener = None
        self.in_queue = 0
        self.most_in_queue = 0
        self.sent = []
        self.free = threading.Semaphore(0)
        self._lock = threading.Lock()

    def heard_by(self, listener):
        self.listener = listener
        return self

    def tell(self, event):
        if self.listener is not None:
            self.listener(event)

    def __call__(self, number):
        if number == 1:
            return Page(items=Records([1]), number=1, pages=6)
        with self._lock:
            self.in_queue += 1
            self.most_in_queue = max(self.most_in_queue, self.in_queue)
        try:
            assert self.free.acquire(timeout=PATIENCE)
        finally:
            with self._lock:
                self.in_queue -= 1
        self.tell(Sent(call="a", attempt=1, effect="READ"))
        self.sent.append(number)
        self.answer()
        self.tell(Answered(call="a", attempt=1, status=200, seconds=0.1, size=1))
        return Page(items=Records([number]), number=number, pages=6)


class TestBehindALimit:
    def test_one_thread_at_a_time_stands_in_the_queue(self):
        calls = Calls()
        calls.free.release(10)
        assert list(NumberedPager(calls, key=same).prefetch(4)) == [1, 2, 3, 4, 5, 6]
        assert (calls.most_in_queue, calls.sent) == (1, [2, 3, 4, 5, 6])

    def test_once_a_call_is_sent_the_next_one_stands_there(self):
        calls = Calls(threading.Barrier(5, timeout=PATIENCE).wait)
        calls.free.release(10)
        assert list(NumberedPager(calls, key=same).prefetch(5)) == [1, 2, 3, 4, 5, 6]

    def test_an_early_exit_sends_nothing_more(self):
        calls = Calls()
        walk = iter(NumberedPager(calls, key=same).prefetch(4))
        assert next(walk) == 1
        closing = threading.Thread(target=walk.close)
        closing.start()
        while not calls.listener.__self__._is_over:
            pass
        calls.free.release(10)
        closing.join(PATIENCE)
        assert calls.sent == []
        assert threads_of() == []

    @pytest.mark.parametrize(
        "event",
        [
            Waiting(call="a", attempt=1, seconds=9.0, reason="b"),
            Retried(call="a", attempt=1, reason="b"),
            Sent(call="a", attempt=1, effect="READ"),
        ],
    )
    def test_whoever_nobody_waits_for_any_more_gives_up_at_the_next_event(self, event):
        calls = Calls()
        turns = prefetch._Turns(calls)
        calls.tell(event)
        turns.close()
        with pytest.raises(prefetch.GivenUp):
            calls.tell(event)
        calls.tell(Answered(call="a", attempt=1, status=200, seconds=0.1, size=1))
        with pytest.raises(prefetch.GivenUp):
            turns(2)

    def test_waiting_for_a_turn_does_not_count_against_the_deadline_of_a_page(self):
        """A call every 200 s; a page has 300: four pages in the queue at once would be refused their slots."""
        rows = [{"id": str(number), "date": "1"} for number in range(1, 31)]
        limits = Limits(default=Rule(200.0), share="process")
        with EtxtServer() as server:
            for _ in range(12):
                server.answer("tasks.listTasks", part_of(rows))
            heard = []
            client = server.client(limits=limits).with_options(on_event=heard.append)
            found = [task.task_id for task in client.tasks.list_tasks(count=6).prefetch(4)]
            assert found == list(range(1, 31))
            assert sum(isinstance(event, Sent) for event in heard) == len(server.requests) <= 7 + 6
            turns = (server.clock.now() - server.clock._start) / (200 * SECOND)
            # A guess may stand in the queue when the walk ends; on this clock its wait passes although it is not sent.
            assert len(server.requests) - 1 <= round(turns, 2) <= len(server.requests)
