"""Processes that share a rate, for the tests of the stores."""

from __future__ import annotations

import contextlib
import multiprocessing
import time

from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.limiter import Limiter
from kwork_etxt_sdk.transport.sharing import store_for


def limiter_of(limits):
    """A limiter as a client makes it."""
    clock = SystemClock()
    return Limiter(limits, clock=clock, scope="takers", store=store_for(limits, clock, is_local=False))


def take_until(limits, stop_at):
    """Take one slot after the other until a moment; return when each was given."""
    limiter = limiter_of(limits)
    taken = []
    while (grant := limiter.acquire()).sent_at < stop_at:
        taken.append(grant.sent_at)
    return taken


def is_up(_number):
    """Tell the parent that this process runs and has imported what it needs."""
    time.sleep(0.02)  # so that each of the four gets some of these calls


def look(limits):
    """Use the limiter without taking anything."""
    limiter_of(limits).wait_time()
    time.sleep(0.02)


@contextlib.contextmanager
def four_processes():
    """Four fresh processes; gives a function that has all of them take slots for some time."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(is_up, range(16))

        def run(limits, seconds, meanwhile=lambda: None):
            pool.map(look, [limits] * 16, chunksize=1)  # what the first use imports and opens is not the limit's fault
            stop_at = time.monotonic_ns() + round(seconds * SECOND)
            result = pool.starmap_async(take_until, [(limits, stop_at)] * 4, chunksize=1)
            meanwhile()
            return sorted(moment for taken in result.get(30) for moment in taken)

        yield run


def assert_shared_with_a_hold(grants, rule, began, ended):
    """The processes together used the rate up and no more than it; and nobody left between these two moments.

    Who was leaving just when the hold began has a little time for it.
    """
    before = [moment for moment in grants if moment <= began + SECOND // 20]
    after = [moment for moment in grants if moment >= ended]
    assert before, f"nobody left before the hold: {(grants[0] - began) / SECOND}"
    assert after, f"nobody left after the hold: {(grants[-1] - ended) / SECOND}"
    inside = [(moment - began) / SECOND for moment in grants[len(before) : len(grants) - len(after)]]
    assert inside == [], f"left during the hold, so many seconds after its beginning: {inside}"
    period = round(rule.period * SECOND)
    for part, burst in ((before, rule.burst), (after, 1)):  # no saved-up burst after a hold
        # A busy machine wakes some late. When this part really began is told by the most punctual of the first five.
        start = min(moment - max(0, n - burst + 1) * period for n, moment in enumerate(part[:5]))
        allowed = burst + (part[-1] - start) / period
        assert 0.97 * (allowed - 1) <= len(part) <= allowed + 1, f"{len(part)} left, {allowed:.2f} were allowed"
