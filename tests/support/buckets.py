"""Buckets and queues for the tests of the limiter and of its stores."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from kwork_etxt_sdk.transport.bucket import (
    Pace,
    State,
    due,
    give_back,
    hold,
    reserve,
    reserve_first,
    slow_down,
)
from kwork_etxt_sdk.transport.sharing import MemoryStore
from tests.support.clock import START

#: Rules in small numbers; every second one adapts.
PACES = st.builds(
    lambda interval, burst, ramp: Pace(interval, (burst - 1) * interval, ramp),
    st.integers(1, 20),
    st.integers(1, 4),
    st.just(0) | st.integers(1, 90),
)
GAPS = st.one_of(st.just(0), st.integers(0, 10), st.integers(0, 120))

#: What can happen to a `Queue`, in any order.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.booleans()),
        st.tuples(st.just("ask"), st.just(True)),
        st.tuples(st.sampled_from(["ask", "ask_first"]), st.booleans(), st.none() | st.integers(0, 30)),
        st.tuples(st.just("wait"), GAPS),
        st.tuples(st.sampled_from(["hold", "hold", "slow_down"]), GAPS),
        st.tuples(st.just("quit"), st.integers(0, 5)),
    ),
    max_size=40,
)


def burst_of(pace):
    return pace.tolerance // pace.interval + 1


def assert_never_too_fast(times, pace):
    """P1: in any stretch of t at most burst + t / interval leave."""
    times = sorted(times)
    for (i, early), (j, late) in itertools.combinations_with_replacement(enumerate(times), 2):
        assert (j - i + 1 - burst_of(pace)) * pace.interval <= late - early, (times, pace)


class Queue:
    """One bucket with callers that ask, wait, leave, give up; they wake exactly when they are due."""

    def __init__(self, pace):
        self.pace, self.state, self.now = pace, State(), START
        self.waiting, self.idle, self.left, self.holds = [], [], [], []
        self.number = itertools.count()

    def ask(self, leaves=True, max_wait=None, take=reserve):
        reservation, _ = take(self.state, self.now, self.pace, max_wait)
        if reservation is not None:
            self.state = reservation.after
            self.waiting.append((next(self.number) if take is reserve else None, reservation, leaves))
            self.wait(0)

    def ask_first(self, leaves=True, max_wait=None):
        self.ask(leaves, max_wait, reserve_first)

    def wait(self, gap):
        until = self.now + gap
        while self.waiting:
            first = min(self.waiting, key=lambda one: due(self.state, one[1].slot))
            moment = due(self.state, first[1].slot)
            if moment > until:
                break
            self.now = max(self.now, moment)
            self.waiting.remove(first)
            if first[2]:
                self.left.append((self.now, first[0]))
            else:
                self.idle.append(first)  # has its slot, but waits for something else and may yet give it back
        self.now = until

    def hold(self, length, way=hold):
        self.state = way(self.state, self.now, self.now + length, self.pace)
        self.holds.append((self.now + length, len(self.left)))

    def slow_down(self, length):
        self.hold(length, slow_down)

    def quit(self, index):
        ready = self.waiting + self.idle
        if ready:
            one = ready[index % len(ready)]
            (self.waiting if one in self.waiting else self.idle).remove(one)
            self.state = give_back(self.state, self.now, one[1], self.pace)

    def play(self, steps):
        for name, *args in steps:
            getattr(self, name)(*args)
        self.wait(10**6)
        assert not self.waiting


def reached(pace, steps):
    """The bucket after some steps, and the time then."""
    queue = Queue(pace)
    for name, *args in steps:
        getattr(queue, name)(*args)
    return queue.state, queue.now


class CountingStore(MemoryStore):
    """Knows how many slots of each bucket are taken."""

    def __init__(self):
        super().__init__()
        self.slots = {}

    def apply(self, key, *action):
        before = self.state(key)
        result = super().apply(key, *action)
        change = self.state(key).tat - before.tat
        if change and self.state(key)[1:] == before[1:]:  # else it was a hold
            self.slots[key] = self.slots.get(key, 0) + (1 if change > 0 else -1)
        return result
