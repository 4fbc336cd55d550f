"""What answers tell the limiter: whom a 429 or an outage holds, for how long, and how the rate adapts to it."""

from __future__ import annotations

import collections

import pytest

from kwork_etxt_sdk.options import Limits, Retry, Rule
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.decide import Happened
from kwork_etxt_sdk.transport.limiter import Limiter
from kwork_etxt_sdk.transport.pressure import BLOCKED_HOLD, Pressure
from tests.support.clock import START, FakeClock

OUTAGES = [Happened.UNAVAILABLE, Happened.LOST, Happened.UNSENT]
HARMLESS = set(Happened) - {*OUTAGES, Happened.THROTTLED, Happened.BLOCKED}


class Scene:
    """A pressure and its limiter. No jitter: `luck` is as good as it gets."""

    def __init__(self, default=Rule.every(1), **settings):  # noqa: B008 - a rule never changes
        self.clock = FakeClock(luck=1.0)
        groups = {"messages": Rule.every(61), "sign_in": Rule.every(60)}
        limits = Limits(default=default, groups=groups, **settings)
        self.limiter = Limiter(limits, clock=self.clock)
        self.pressure = Pressure(self.limiter, limits, Retry(), self.clock)

    def note(self, happened, retry_after=None, groups=()):
        return self.pressure.note(happened, retry_after, groups)

    @property
    def held(self):
        """For how long each rule is held."""
        return {name or "all": rule.held_for for name, rule in self.limiter.snapshot().items() if rule.held_for}

    def pass_by(self, seconds):
        self.clock.advance(round(seconds * SECOND))


@pytest.mark.parametrize("happened", sorted(HARMLESS, key=lambda happened: happened.name))
def test_most_of_what_happens_holds_nobody(happened):
    scene = Scene()
    assert scene.note(happened, 30, ("messages",)) is None
    assert scene.held == {}


@pytest.mark.parametrize("happened", OUTAGES)
def test_an_outage_holds_everybody_longer_each_time(happened):
    scene = Scene()
    for seconds in (0.5, 1, 2, 4, 8, 16, 32, 60, 60):
        assert scene.note(happened, None, ("messages",)) == seconds
        assert scene.held == {"all": seconds}
        scene.pass_by(seconds)
    scene.note(Happened.BROKEN)
    assert scene.note(happened) == 60
    scene.pass_by(60)
    scene.note(Happened.REFUSED)  # an answer, though no good one: the outage is over
    assert scene.note(happened) == 0.5


def test_who_meets_the_same_outage_makes_no_second_step():
    scene = Scene()
    assert scene.note(Happened.UNAVAILABLE) == 0.5
    scene.pass_by(0.2)
    assert scene.note(Happened.LOST) == pytest.approx(0.3)
    assert scene.held == {"all": pytest.approx(0.3)}


@pytest.mark.parametrize("happened", [*OUTAGES, Happened.THROTTLED])
@pytest.mark.parametrize(("asked", "granted"), [(0, 0), (7.5, 7.5), (300, 300), (10**20, 300)])
def test_what_the_service_asks_for_is_granted_up_to_the_longest_hold(happened, asked, granted):
    scene = Scene()
    assert scene.note(happened, asked) == granted
    assert scene.limiter.wait_time() == granted


def test_too_many_is_said_of_the_rule_of_the_calls_group():
    scene = Scene()
    assert scene.note(Happened.THROTTLED, 30, ("messages",)) == 30
    assert scene.held == {"messages": 30}
    assert scene.note(Happened.THROTTLED, 20, ("unheard_of",)) == 20
    assert scene.held == {"messages": 30, "all": 20}
    assert scene.note(Happened.THROTTLED, 40, ("messages", "sign_in")) == 40
    assert scene.held == {"messages": 40, "sign_in": 40, "all": 20}


def test_each_rule_counts_its_own_refusals_until_one_of_its_calls_succeeds():
    scene = Scene()

    def throttled(*groups):
        seconds = scene.note(Happened.THROTTLED, None, groups)
        scene.pass_by(seconds)
        return seconds

    assert [throttled("messages") for _ in range(3)] == [1, 2, 4]
    assert throttled() == 1
    scene.note(Happened.ANSWERED)
    assert (throttled(), throttled("messages")) == (1, 8)
    scene.note(Happened.REFUSED, None, ("messages",))
    assert throttled("messages") == 16
    scene.note(Happened.ANSWERED, None, ("messages",))
    assert (throttled("messages"), throttled()) == (1, 1)


def test_a_front_end_that_turned_us_away_is_left_alone():
    scene = Scene()
    assert scene.note(Happened.BLOCKED, 1, ("messages",)) == BLOCKED_HOLD == 300
    assert scene.held == {"all": 300}


def test_a_call_that_was_too_early_for_its_kind_holds_that_kind():
    scene = Scene(max_hold=100)
    scene.pressure.postpone((), 61)
    scene.pressure.postpone(("unheard_of",), 61)
    assert scene.held == {}
    scene.pressure.postpone(("messages",), 61)
    assert scene.held == {"messages": 61}
    scene.pressure.postpone(("messages",), 500)
    assert scene.held == {"messages": 100}
    assert scene.limiter.snapshot()["messages"].period == 61


def test_too_many_slows_the_rate_and_an_outage_does_not():
    scene = Scene(Rule.per_second(5))
    scene.note(Happened.UNAVAILABLE, 1)
    scene.pass_by(1)
    assert scene.limiter.snapshot()[""].period == 0.2
    scene.note(Happened.THROTTLED, 10)
    assert scene.limiter.snapshot()[""].period == 0.4
    scene.pass_by(10 + 15)
    assert scene.limiter.snapshot()[""].period == pytest.approx(0.2 / 0.7)
    scene.pass_by(15)
    assert scene.limiter.snapshot()[""].period == pytest.approx(0.2 / 0.9)
    scene.pass_by(300)
    assert scene.limiter.snapshot()[""].period == 0.2


def against_a_hidden_limit(requests, seconds, **settings):
    """Call for an hour as fast as the limiter lets; return the share of refusals, and of the hidden limit used."""
    scene = Scene(Rule.per_second(5), **settings)
    counted = collections.deque()
    answers = collections.Counter()
    while scene.clock.now() < START + 3600 * SECOND:
        now = scene.limiter.acquire().sent_at
        while counted and counted[0] <= now - seconds * SECOND:
            counted.popleft()
        happened = Happened.THROTTLED if len(counted) >= requests else Happened.ANSWERED
        if happened is Happened.ANSWERED:
            counted.append(now)
        answers[happened] += 1
        scene.note(happened)
    done = answers[Happened.ANSWERED]
    return answers[Happened.THROTTLED] / answers.total(), done / (3600 * requests / seconds)


@pytest.mark.parametrize(("requests", "seconds"), [(1, 1), (3, 1), (30, 10), (60, 60)])
def test_a_limit_that_nobody_published_is_found(requests, seconds):
    refused, used = against_a_hidden_limit(requests, seconds)
    assert refused <= 0.05
    assert used >= 0.7


def test_without_adapting_it_is_run_into_again_and_again():
    assert against_a_hidden_limit(1, 1, adaptive=False)[0] > 0.3
