"""Who shares limits with whom, and what happens when the place where they share fails."""

from __future__ import annotations

import errno
import logging
import os
import pickle
import threading

import attrs
import pytest

from kwork_etxt_sdk import ConfigurationError, EtxtClient, Limits, Retry, Rule
from kwork_etxt_sdk.options import RedisShare
from kwork_etxt_sdk.transport import sharing
from kwork_etxt_sdk.transport.bucket import Pace, await_turn, hold, leave, look, pause, take, throttle
from kwork_etxt_sdk.transport.client_limits import ClientLimits, RuleState
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.limiter import Limiter
from kwork_etxt_sdk.transport.session import Session
from kwork_etxt_sdk.transport.sharing import RECOVERY, MemoryStore, SharedStore, scope_for, store_for
from kwork_etxt_sdk.transport.state_file import FileStore, default_directory
from tests.support.clock import START, FakeClock
from tests.support.fake_market import FakeMarket

PACE = Pace(10, 0)


# ------------------------------------------------------------------------------------------------- who shares with whom


def session_of(limits=None, *, clock=None, is_local=False, scope="someone"):
    market = FakeMarket("http://127.0.0.1:9", scope=scope)
    market.is_local = is_local
    return Session(market, limits=limits, clock=clock)


def waits(*sessions, each=1):
    """Take slots through the first session; return what a call would have to wait in each of them."""
    for _ in range(each):
        sessions[0].limiter.acquire()
    return [session.limiter.wait_time() > 0 for session in sessions]


ONE = Rule.every(3600)


def test_by_default_the_machine_shares_by_host_and_account():
    assert waits(session_of(), session_of(), session_of(scope="other"), each=3) == [True, True, False]
    assert sorted(path.stat().st_size > 0 for path in default_directory().iterdir()) == [False, True]
    assert os.fspath(default_directory()) == os.environ["KWORK_ETXT_STATE_DIR"]


def test_another_folder_is_another_machine(tmp_path):
    here = Limits(default=ONE, state_dir=tmp_path / "here")
    there = Limits(default=ONE, state_dir=str(tmp_path / "there"))
    assert waits(session_of(here), session_of(here), session_of(there)) == [True, True, False]
    assert {path.name for path in tmp_path.iterdir()} == {"here"} | {"there"}
    assert not default_directory().exists()


def test_a_process_shares_in_memory_only():
    limits = Limits(default=ONE, share="process")
    scope = f"process {os.urandom(4).hex()}"
    sessions = [session_of(limits, scope=name) for name in (scope, scope, scope + "x")]
    assert waits(*sessions) == [True, True, False]
    assert not default_directory().exists()


def test_a_key_of_ones_own_joins_accounts_of_one_marketplace():
    limits = Limits(default=ONE, limits_key="office")
    sessions = [session_of(limits, scope=scope) for scope in "ab"]
    assert waits(*sessions, session_of(Limits(default=ONE), scope="a")) == [True, True, False]
    assert scope_for(limits, "etxt", "a") != scope_for(limits, "kwork", "a")
    assert scope_for(Limits(), "etxt", "a") == "a"


@pytest.mark.parametrize(
    ("limits", "settings"),
    [
        (None, {"is_local": True}),
        (Limits(default=ONE), {"is_local": True}),
        (Limits.off, {}),
        (Limits(default=ONE), {"clock": FakeClock()}),
        (Limits(default=ONE, share=RedisShare("redis://127.0.0.1:1")), {"clock": FakeClock()}),
    ],
)
def test_sandboxes_fake_clocks_and_the_unlimited_keep_to_themselves(limits, settings):
    first, second = session_of(limits, **settings), session_of(limits, **settings)
    first.limiter.hold(60)
    assert waits(first, second, each=0) == [True, False]
    assert not default_directory().exists()


def test_a_sandbox_shares_where_that_is_asked_for(tmp_path):
    for limits in (Limits(default=ONE, state_dir=tmp_path), Limits(default=ONE, share="process")):
        scope = os.urandom(4).hex()
        sessions = [session_of(limits, is_local=True, scope=scope) for _ in range(2)]
        assert waits(*sessions) == [True, True]


def test_one_place_is_opened_once():
    clock = SystemClock()
    store = store_for(Limits(), clock, is_local=False)
    assert store is store_for(Limits(default=ONE), clock, is_local=False)
    assert isinstance(store, FileStore)


def test_the_rate_adapts_unless_told_not_to():
    for adaptive, period in ((True, 2.0), (False, 1.0)):
        session = session_of(Limits(default=Rule.every(1), adaptive=adaptive), clock=FakeClock())
        session.limiter.throttle(0)
        assert session.limiter.snapshot()[""].period == period


@pytest.mark.parametrize(
    "given",
    [
        {"share": "world"},
        {"share": None},
        {"share": ["machine"]},
        {"state_dir": 5},
        {"state_dir": ""},
        {"limits_key": ""},
        {"limits_key": 7},
        {"adaptive": 1},
    ],
)
def test_what_can_not_be_shared_that_way_is_refused_where_it_is_given(given):
    (name,) = given
    with pytest.raises(ConfigurationError, match=name):
        Limits(**given)


@pytest.mark.parametrize("server", ["localhost", "http://localhost", "", 5, object()])
def test_what_is_no_redis_is_refused_where_it_is_given(server):
    with pytest.raises(ConfigurationError, match="RedisShare needs a URL"):
        RedisShare(server)
    with pytest.raises(ConfigurationError, match="prefix"):
        RedisShare("redis://localhost", prefix="")


def test_a_share_pickles_and_compares_by_value_unless_it_holds_a_password():
    limits = Limits(share=RedisShare("redis://localhost:1/2", prefix="p"), limits_key="k", adaptive=False)
    same = pickle.loads(pickle.dumps(limits))
    assert same == limits
    assert hash(same) == hash(limits)
    assert same != attrs.evolve(limits, adaptive=True)
    for url in ("redis://:hunter22@localhost", "redis://localhost?password=hunter22"):
        share = RedisShare(url)
        assert "hunter22" not in repr(Limits(share=share))
        with pytest.raises(ConfigurationError, match="does not pickle"):
            pickle.dumps(Limits(share=share))


# ------------------------------------------------------------------------------------------------------- what is seen


def test_a_client_shows_and_holds_its_limits():
    clock = FakeClock()
    limits = Limits(default=Rule.every(4), groups={"messages": Rule.every(61)})
    client = EtxtClient("token", "password", limits=limits, retry=Retry.none, clock=clock)
    assert isinstance(client.limits, ClientLimits)
    assert client.limits.snapshot() == {
        "messages": RuleState("messages", Rule.every(61), 1.0, 0.0, 0.0, 61.0),
        "": RuleState("", Rule.every(4), 1.0, 0.0, 0.0, 4.0),
    }
    client.limits.hold(7.5, "messages")
    client.with_options(timeout=5).limits.hold(2)
    assert (client.limits.wait_time("messages"), client.limits.wait_time()) == (7.5, 2.0)
    assert client.limits.snapshot()["messages"] == RuleState("messages", Rule.every(61), 0.0, 7.5, 7.5, 61.0)
    assert repr(client.limits) == (
        "<ClientLimits messages: 0 at once, next in 7.5 s, all calls: 0 at once, next in 2.0 s>"
    )
    for nonsense in (-1, float("nan"), True, "5", None):
        with pytest.raises(ConfigurationError, match="number of seconds"):
            client.limits.hold(nonsense)
    client.close()


# ------------------------------------------------------------------------------------------------------------- memory


def test_a_store_lets_one_in_at_a_time():
    store, order = MemoryStore(), []

    def note(state, _now, _pace):
        order.append("second")
        return state, None

    other = threading.Thread(target=store.apply, args=("key", note, int, PACE))

    def linger(state, _now, _pace):
        other.start()
        other.join(0.05)
        order.append("first")
        return state, None

    store.apply("key", linger, int, PACE)
    other.join(10)
    assert order == ["first", "second"]


def test_a_forked_child_is_not_stopped_by_a_lock_that_its_parent_held(monkeypatch):
    store = MemoryStore()
    store._lock.acquire()
    parent = os.getpid()
    monkeypatch.setattr(sharing.os, "getpid", lambda: parent + 1)
    assert store.apply("key", take, lambda: START, PACE)[1] == 0


# ----------------------------------------------------------------------------------------- a place that can fail


class Flaky(SharedStore):
    """A shared place that fails on request; its buckets are in `place`."""

    shared_with = "with anybody"

    def __init__(self, clock):
        super().__init__(lambda: clock.now() / SECOND)
        self.place = MemoryStore()
        self.failure = None
        self.attempts = 0

    def _attempt(self, key, operation, now, pace, arguments):
        self.attempts += 1
        if self.failure is not None:
            raise self.failure
        result = self.place.apply(key, operation, now, pace, *arguments)
        return self.place.state(key), result


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(clock):
    return Flaky(clock)


def limiter_of(store, clock, rule=Rule.every(10)):  # noqa: B008 - a rule never changes
    return Limiter(Limits(default=rule, adaptive=False), clock=clock, store=store)


def test_a_failure_costs_one_attempt_and_one_warning_and_is_tried_again_later(store, clock, caplog):
    limiter = limiter_of(store, clock)
    store.failure = OSError(errno.ENOSPC, "No space left on device")
    with caplog.at_level(logging.DEBUG, "kwork_etxt_sdk"):
        for _ in range(5):
            limiter.acquire()
        assert store.attempts == 1
        clock.advance(round(RECOVERY * SECOND))
        limiter.acquire()
        assert store.attempts == 2
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (level, "the rate limit is not shared with anybody for now: No space left on device (OSError)")
        for level in ("WARNING", "DEBUG")
    ]


def test_the_memory_goes_on_where_the_shared_bucket_was(store, clock):
    limiter, other = limiter_of(store, clock), limiter_of(store, clock)
    limiter.acquire()
    other.hold(30)
    limiter.wait_time()
    store.failure = OSError("gone")
    assert limiter.wait_time() == 30 + 10  # neither the hold nor the slot is forgotten
    store.failure = None
    clock.advance(round(RECOVERY * SECOND))
    assert limiter.acquire().waited == 0
    assert limiter.wait_time() == 10


def test_a_place_that_fails_while_somebody_waits_changes_nothing_for_him(store, clock):
    limiter = limiter_of(store, clock)
    limiter.acquire()
    limiter.hold(20)

    def fail():
        store.failure = OSError("gone")

    clock.after(4 * SECOND, fail)
    assert limiter.acquire().waited == 30 * SECOND
    assert limiter.acquire().waited == 10 * SECOND


def test_a_hold_set_alone_is_passed_on_when_the_others_are_back(store, clock):
    limiter, other = limiter_of(store, clock), limiter_of(store.place, clock)
    store.failure = OSError("gone")
    limiter.acquire()
    limiter.hold(300)
    limiter.throttle(200)
    assert other.wait_time() == 0
    store.failure = None
    clock.advance(round(RECOVERY * SECOND))
    assert limiter.wait_time() == other.wait_time() == 300 - RECOVERY
    limiter.hold(1)
    assert store._owed == {}


def test_a_hold_that_has_passed_meanwhile_is_not_passed_on(store, clock):
    limiter, other = limiter_of(store, clock), limiter_of(store.place, clock)
    store.failure = OSError("gone")
    limiter.hold(RECOVERY - 1)
    store.failure = None
    clock.advance(round(RECOVERY * SECOND))
    limiter.acquire()
    assert other.wait_time() == 10
    assert store._owed == {}


def test_a_bucket_that_was_lost_lets_nobody_leave_early_and_stops_nobody(store, clock):
    limiter = limiter_of(store, clock)
    store.place.put("/", store.place.state("/")._replace(born=1))
    limiter.acquire()
    for _ in range(50):
        limiter.hold(60)
        clock.advance(60 * SECOND)
    limiter.acquire()

    def lose():
        store.place.put("/", store.place.state("other")._replace(born=2))

    clock.after(3 * SECOND, lose)
    assert limiter.acquire().waited == 10 * SECOND
    assert limiter.wait_time() == 0  # the new bucket is full, and no slot of the old one weighs on it


def test_who_has_a_slot_of_a_lost_bucket_takes_one_of_the_new(store, clock):
    rules = {"slow": Rule.every(30)}
    limiter = Limiter(Limits(default=Rule.every(10), groups=rules, adaptive=False), clock=clock, store=store)
    limiter.acquire()

    def lose():
        store.place.put("/slow", store.place.state("other")._replace(born=2))

    clock.after(3 * SECOND, lose)
    assert limiter.acquire(["slow"]).waited == 10 * SECOND
    assert limiter.wait_time("slow") == 30


def test_a_response_to_a_request_from_a_lost_bucket_still_counts(store, clock):
    limiter = limiter_of(store, clock, Rule.every(61, count_from="response"))
    grant = limiter.acquire()
    store.place.put("/", store.place.state("other")._replace(born=2))
    clock.advance(SECOND)
    limiter.responded(grant)
    assert limiter.wait_time() == 61


def test_operations_of_a_store_come_out_of_the_shared_place(store, clock):
    reservation, wait = store.apply("k", take, clock.now, PACE, None)
    assert (reservation.slot, wait) == (START, 0)
    assert store.apply("k", leave, clock.now, PACE, reservation) == 0
    assert store.apply("k", await_turn, clock.now, PACE, reservation, 5) == 0
    store.apply("k", pause, clock.now, PACE, 7)
    store.apply("k", throttle, clock.now, PACE, 9)
    assert store.apply("k", look, clock.now, PACE).held == 9
    assert store.place.state("k") == hold(reservation.after, START, START + 9, PACE)
    assert store._memory.state("k") == store.place.state("k")
