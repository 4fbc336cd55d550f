"""Buckets on a Redis server: the script equals the model, and nothing that happens to the server stops a call."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import pickle
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kwork_etxt_sdk import ConfigurationError
from kwork_etxt_sdk.errors import MissingExtraError
from kwork_etxt_sdk.options import Limits, RedisShare, Rule
from kwork_etxt_sdk.transport import bucket, state_redis
from kwork_etxt_sdk.transport.bucket import Pace, State
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.limiter import Limiter
from kwork_etxt_sdk.transport.sharing import RECOVERY, store_for
from kwork_etxt_sdk.transport.state_redis import ANSWER_TIMEOUT, CONNECT_TIMEOUT, SCRIPT, UNIT, RedisStore
from tests.support.redis_server import RedisServer, free_port, slow_line, stranger
from tests.support.takers import assert_shared_with_a_hold, four_processes, limiter_of

redis = pytest.importorskip("redis", reason="the package redis (extra redis) is not installed")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    with redis.Redis(port=server.port) as client:
        yield client


@pytest.fixture
def share(server, client):
    client.flushall()
    return RedisShare(server.url)


def limiter(store, rule=Rule.every(3600), **groups):  # noqa: B008 - a rule never changes
    return Limiter(Limits(default=rule, groups=groups), clock=SystemClock(), scope="s", store=store)


# ------------------------------------------------------------------------------------ the script equals the model (P10)

#: A moment like any other, in microseconds.
NOW = 1_794_000_000_123_456
TIME = "redis.call('TIME')"


class PuppetStore(RedisStore):
    """Its server reads the time that the test has set."""

    script = SCRIPT.replace(TIME, "{redis.call('GET', 'seconds'), redis.call('GET', 'micros')}").encode()


def test_the_time_is_read_in_one_place():
    assert SCRIPT.count(TIME) == 1


class Twins:
    """A bucket on the server and the model of it; every operation is done to both and must come to the same."""

    _numbers = itertools.count()

    def __init__(self, store, client, pace):
        self._store, self._client, self._pace = store, client, pace
        self._key = f"twins {next(self._numbers)}"
        self._state = None
        self._taken = []
        self._now = NOW

    def wait(self, gap):
        self._now += gap

    def lose(self):
        self._state = None
        self._client.delete(f"kwork_etxt_sdk:{self._key}")

    def do(self, name, *arguments):
        if name in {"leave", "await_turn", "count_from_now", "undo"}:
            if not self._taken:
                return
            index, *arguments = arguments
            arguments = [self._taken[index % len(self._taken)], *arguments]
        operation = getattr(bucket, name)
        after, expected = operation(self._state or State(born=self._now), self._now, self._pace, *arguments)
        if name != "look":  # which does not even make a new bucket
            self._state = after
        seconds, micros = divmod(self._now, 10**6)
        self._client.mset({"seconds": seconds, "micros": micros})
        state, result = self._store._attempt(
            self._key, operation, lambda: self._now * UNIT, scaled(self._pace), tuple(map(scaled, arguments))
        )
        assert state == scaled(after)
        assert result == scaled(expected)
        if name in {"take", "take_first"} and expected[0] is not None:
            self._taken.append(expected[0])


def scaled(value):
    """The same in nanoseconds."""
    if value is None:
        return None
    if isinstance(value, int):
        return value * UNIT
    kind = type(value)
    parts = [scaled(part) for part in value]
    return tuple(parts) if kind is tuple else kind(*parts)


LENGTHS = st.one_of(st.just(0), st.integers(0, 50), st.integers(0, 10**4), st.integers(0, 10**9))
INDEX = st.integers(0, 5)
TRACES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["take", "take", "take_first"]), st.none() | LENGTHS),
        st.tuples(st.just("wait"), LENGTHS),
        st.tuples(st.sampled_from(["leave", "count_from_now", "undo"]), INDEX),
        st.tuples(st.just("await_turn"), INDEX, LENGTHS),
        st.tuples(st.sampled_from(["pause", "throttle"]), LENGTHS),
        st.sampled_from([("look",), ("look",), ("lose",)]),
    ),
    max_size=25,
)
PACES = st.builds(
    lambda interval, burst, ramp: Pace(interval, (burst - 1) * interval, ramp if interval else 0),
    st.one_of(st.integers(0, 30), st.integers(1, 10**4), st.integers(1, 3600 * 10**6)),
    st.integers(1, 5),
    st.sampled_from([0, 0, 30, 1000, 30 * 10**6]),
)


@pytest.fixture(scope="module")
def puppet(server):
    return PuppetStore(RedisShare(server.url))


@settings(max_examples=400, deadline=None)
@given(pace=PACES, trace=TRACES)
def test_the_script_does_what_the_model_does(puppet, client, pace, trace):
    twins = Twins(puppet, client, pace)
    for name, *arguments in trace:
        if name in {"wait", "lose"}:
            getattr(twins, name)(*arguments)
        else:
            twins.do(name, *arguments)


def test_a_server_clock_that_goes_back_stops_nobody(puppet, client):
    pace, key = Pace(10 * UNIT, 0), "back"

    def take(now):
        client.mset({"seconds": 0, "micros": now})
        return puppet.apply(key, bucket.take, lambda: 0, pace, None)[1]

    assert take(NOW) == 0
    assert take(NOW - 3600 * 10**6) == 10 * UNIT
    assert take(NOW - 3600 * 10**6 + 4) == 16 * UNIT
    assert take(NOW) == 0


def test_it_runs_on_the_servers_own_time(share):
    store = RedisStore(share)
    before = time.time_ns()
    reservation, wait = store.apply("k", bucket.take, time.monotonic_ns, Pace(SECOND, 0), None)
    assert wait == 0
    assert before - UNIT <= reservation.slot <= time.time_ns()
    assert reservation.slot == reservation.after.tat - SECOND == reservation.after.born


def test_the_memory_follows_on_the_clock_of_this_machine(share):
    store = RedisStore(share)
    seen = limiter(store)
    seen.acquire()
    seen.hold(1000)
    state, now = store._memory.state("s/"), time.monotonic_ns()
    assert state.held == pytest.approx(now + 1000 * SECOND, abs=SECOND)
    assert bucket.look(state, now, bucket.pace_of(Rule.every(3600)))[1].wait == pytest.approx(4600 * SECOND, abs=SECOND)


# ---------------------------------------------------------------------------------------------------- keys and sharing


def test_a_key_expires_when_the_bucket_has_long_been_full(share, client):
    mine = limiter(RedisStore(share), Rule.every(600))
    mine.acquire()
    mine.hold(300)
    assert client.keys() == [b"kwork_etxt_sdk:s/"]
    assert 900 <= client.ttl("kwork_etxt_sdk:s/") <= 900 + 3600


def test_a_free_slot_takes_one_round_trip(share, client):
    store = RedisStore(share)
    free = limiter(store, Rule(0.000001, 10**6))
    free.acquire()
    client.config_resetstat()
    for _ in range(7):
        free.acquire(max_wait=SECOND)
    stats = client.info("commandstats")
    assert stats["cmdstat_evalsha"]["calls"] == 7
    assert {name for name in stats if name not in {"cmdstat_info", "cmdstat_config|resetstat"}} == {
        "cmdstat_evalsha",
        "cmdstat_time",
        "cmdstat_get",
        "cmdstat_set",
    }


def test_clients_of_one_prefix_share_and_others_do_not(server, share):
    one, same = limiter(RedisStore(share)), limiter(RedisStore(RedisShare(server.url)))
    other = limiter(RedisStore(RedisShare(server.url, prefix="other")))
    one.acquire()
    assert [seen.wait_time() > 0 for seen in (one, same, other)] == [True, True, False]


def test_a_place_is_chosen_by_the_limits(share):
    limits = Limits(share=share)
    store = store_for(limits, SystemClock(), is_local=True)
    assert isinstance(store, RedisStore)
    assert store is store_for(pickle.loads(pickle.dumps(limits)), SystemClock(), is_local=False)


@pytest.mark.parametrize("settings", [{}, {"decode_responses": True, "protocol": 3}, {"socket_timeout": None}])
def test_a_client_of_the_users_own_lends_its_address(server, share, settings):
    with redis.Redis(port=server.port, db=3, **settings) as own:
        store = RedisStore(RedisShare(own))
        limiter(store).acquire()
        assert [str(key) for key in own.scan_iter()] in (["b'kwork_etxt_sdk:s/'"], ["kwork_etxt_sdk:s/"])
        (connection,) = store._idle
        assert (connection.socket_connect_timeout, connection.socket_timeout) == (CONNECT_TIMEOUT, ANSWER_TIMEOUT)
        assert connection.retry._retries == 0


def test_a_url_can_not_make_it_wait_longer(server, share):
    store = RedisStore(RedisShare(f"{server.url}?socket_timeout=99&retry_on_timeout=yes"))
    limiter(store).acquire()
    assert store._idle[0].socket_timeout == ANSWER_TIMEOUT


def test_a_url_that_can_not_be_read_is_told_without_its_password():
    with pytest.raises(ConfigurationError, match="can't be read") as caught:
        RedisStore(RedisShare("redis://:hunter22@localhost:port"))
    assert "hunter22" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_without_the_package_it_says_which_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(MissingExtraError, match=r"kwork-etxt-sdk\[redis\]"):
        RedisStore(RedisShare("redis://localhost"))


def test_four_processes_share_one_rate_and_obey_the_hold_of_any(share):
    rule = Rule(0.02, 3)
    limits = Limits(default=rule, share=share)
    moments = []

    def hold():
        time.sleep(0.9)
        limiter_of(limits).hold(0.3)
        moments.append(time.monotonic_ns())

    with four_processes() as run:
        grants = run(limits, 2.1, hold)
    assert_shared_with_a_hold(grants, rule, moments[0], moments[0] + round(0.29 * SECOND))


def ask_in_child(store, results):
    results.put((limiter(store).wait_time() > 0, len(store._idle), store.is_alone))


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_a_connection_of_its_own(share):
    store = RedisStore(share)
    parent = limiter(store)
    parent.acquire()
    (connection,) = store._idle
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    child = context.Process(target=ask_in_child, args=(store, results))
    child.start()
    child.join()
    assert results.get() == (True, 1, False)
    assert parent.wait_time() > 0
    assert store._idle == [connection]


def test_threads_have_a_connection_each_and_keep_within_the_rule(share):
    store = RedisStore(share)
    shared = limiter(store, Rule(0.002, 5))
    grants = []

    def ask():
        grants.extend(shared.acquire().taken[0][1].slot for _ in range(15))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(set(grants)) == len(grants) == 120
    assert max(grants) - min(grants) >= (120 - 5) * 2 * 10**6
    assert len(store._idle) <= 8


# --------------------------------------------------------------------------------------- what can happen to the server


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_a_server_that_is_down_at_the_start_is_not_waited_for(caplog):
    store = RedisStore(RedisShare(f"redis://127.0.0.1:{free_port()}"))
    alone = limiter(store, Rule(0.001))
    started = time.monotonic()
    for _ in range(5):
        alone.acquire()
    assert time.monotonic() - started < CONNECT_TIMEOUT
    (warning,) = warnings_of(caplog)
    assert "not shared through Redis for now" in warning


def test_a_server_that_dies_and_comes_back(tmp_path, caplog):
    seconds = [0.0]
    with RedisServer(tmp_path) as server:
        share = RedisShare(server.url)
        store = RedisStore(share, seconds=lambda: seconds[0])
        mine = limiter(store, Rule(0.2))
        first = mine.acquire()
        server_dies = threading.Timer(0.05, server.stop)
        server_dies.start()
        second = mine.acquire()  # it dies while we wait
        server_dies.join()
        third = mine.acquire()
        assert 0.19 * SECOND < second.sent_at - first.sent_at < 0.39 * SECOND
        assert 0.39 * SECOND < third.sent_at - first.sent_at < 0.9 * SECOND
        mine.hold(90)
        assert store.is_alone
        server.start()
        other = limiter(RedisStore(share))
        assert other.wait_time() == 0
        seconds[0] += RECOVERY
        assert mine.wait_time() == pytest.approx(90, abs=1)
        assert not store.is_alone
        assert other.wait_time() == pytest.approx(90, abs=1)  # the hold was passed on
    assert len(warnings_of(caplog)) == 1


def test_a_server_that_hangs_is_waited_for_briefly(tmp_path, caplog, monkeypatch):
    assert CONNECT_TIMEOUT + ANSWER_TIMEOUT < 2
    monkeypatch.setattr(state_redis, "ANSWER_TIMEOUT", 0.1)
    with RedisServer(tmp_path) as server:
        store = RedisStore(RedisShare(server.url))
        mine = limiter(store)
        mine.acquire()
        server.freeze()
        try:
            started = time.monotonic()
            assert mine.wait_time() > 3000  # from memory, where nothing is forgotten
            assert 0.1 <= time.monotonic() - started < 0.5
        finally:
            server.thaw()
    assert len(warnings_of(caplog)) == 1


def test_two_hundred_milliseconds_away_it_still_shares(server, share, caplog):
    with slow_line(server.port, 0.2) as port:
        far = limiter(RedisStore(RedisShare(f"redis://127.0.0.1:{port}")))
        far.wait_time()  # connects
        started = time.monotonic()
        far.acquire()
        assert 0.2 <= time.monotonic() - started < 0.4
    assert limiter(RedisStore(share)).wait_time() > 3000
    assert warnings_of(caplog) == []


def test_an_emptied_server_costs_at_most_a_burst_and_stops_nobody(share, client, caplog):
    mine = limiter(RedisStore(share), Rule(0.05, 2))
    moments = []
    for number in range(12):
        if number == 6:
            mine.hold(0.1)
        if number == 8:
            client.flushall()
        moments.append(mine.acquire().sent_at)
    assert moments[-1] - moments[0] <= (12 * 0.05 + 0.1 + 0.1) * SECOND
    assert moments[-1] - moments[0] >= (12 - 1 - 2 * 2) * 0.05 * SECOND
    assert warnings_of(caplog) == []


def test_who_waits_while_the_server_is_emptied_leaves_at_his_time(share, client, monkeypatch):
    monkeypatch.setattr("kwork_etxt_sdk.transport.limiter.SLICE", SECOND // 50)
    mine = limiter(RedisStore(share), Rule(0.2))
    mine.hold(0.3)  # slots of this bucket look that much earlier in any other
    before = mine.acquire()
    emptied = threading.Timer(0.05, client.flushall)
    emptied.start()
    after = mine.acquire()
    emptied.join()
    assert after.sent_at - before.sent_at > 0.19 * SECOND
    assert mine.acquire().waited < 0.1 * SECOND  # the new bucket is full


def test_a_server_that_forgot_the_script_or_closed_the_connection_is_no_failure(share, client, caplog):
    store = RedisStore(share)
    mine = limiter(store)
    mine.acquire()
    client.script_flush()
    assert mine.wait_time() > 3000
    client.client_kill_filter(_type="normal", skipme=True)
    assert mine.wait_time() > 3000
    assert len(store._idle) == 1
    assert warnings_of(caplog) == []


def test_a_key_that_holds_something_else(share, client, caplog):
    client.set("kwork_etxt_sdk:s/", "garbage")
    mine = limiter(RedisStore(share))
    assert mine.wait_time() == 0
    mine.acquire()
    assert mine.wait_time() > 3000
    client.delete("kwork_etxt_sdk:s/")
    client.hset("kwork_etxt_sdk:s/", "not", "ours")
    assert warnings_of(caplog) == []
    assert mine.wait_time() > 3000
    assert "WRONGTYPE" in warnings_of(caplog)[0]


def test_a_server_that_refuses_us_is_told_without_the_password(tmp_path, caplog):
    with RedisServer(tmp_path, "--requirepass", "correct-horse") as server:
        good = limiter(RedisStore(RedisShare(f"redis://:correct-horse@127.0.0.1:{server.port}")))
        good.acquire()
        assert caplog.text == ""
        bad = limiter(RedisStore(RedisShare(f"redis://:hunter22@127.0.0.1:{server.port}")))
        assert bad.wait_time() == 0
        assert "AuthenticationError" in warnings_of(caplog)[0]
        assert "hunter22" not in caplog.text


def test_what_is_no_redis_at_all(caplog):
    with stranger() as port:
        mine = limiter(RedisStore(RedisShare(f"redis://127.0.0.1:{port}")))
        started = time.monotonic()
        mine.acquire()
        assert mine.wait_time() > 3000
        assert time.monotonic() - started < 2 * (ANSWER_TIMEOUT + CONNECT_TIMEOUT)
    assert len(warnings_of(caplog)) == 1
