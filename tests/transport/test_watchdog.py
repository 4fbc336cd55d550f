"""A server that drips bytes holds nobody for ever, whatever it drips."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from kwork_etxt_sdk import EtxtClient, Retry, Timeouts
from kwork_etxt_sdk.errors import OutcomeUnknown
from kwork_etxt_sdk.etxt.errors import EtxtDeadlineError, EtxtError
from kwork_etxt_sdk.transport import watchdog
from kwork_etxt_sdk.transport.phase import Trace
from kwork_etxt_sdk.transport.watchdog import Watchdog
from tests.support.faulty_server import FaultyServer, head

PAUSE = 0.05
TIMEOUTS = Timeouts(connect=2, read=2, unsafe_read=0.3)


def dripping(before, drops):
    """Answer with `before` at once and with the rest a byte at a time."""

    def act(wire):
        wire.read()
        wire.send(before)
        for number in range(len(drops)):
            try:
                wire.send(drops[number : number + 1])
            except OSError:
                return False
            if wire.server.over.wait(PAUSE):
                return False
        return False

    return act


BODY = b'{"id": "1", "balance": "5", "date": ""}' + b" " * 400
IN_STATUS = dripping(b"HTTP/1.1 2", b"00 OK\r\nContent-Length: 2\r\n\r\n[]" + b" " * 400)
IN_HEADERS = dripping(b"HTTP/1.1 200 OK\r\n", b"X-Drop: " + b"x" * 400 + b"\r\n\r\n")
IN_BODY = dripping(head(200, {"Content-Length": str(len(BODY))}), BODY)
TO_THE_END = dripping(head(200, {"Connection": "close"}), BODY)
IN_CHUNKS = dripping(head(200, {"Transfer-Encoding": "chunked"}), b"1\r\n \r\n" * 400)


@pytest.mark.parametrize("act", [IN_STATUS, IN_HEADERS, IN_BODY, TO_THE_END, IN_CHUNKS])
def test_a_read_ends_by_its_deadline(act):
    with FaultyServer(act) as server:
        client = EtxtClient("t" * 8, "p" * 8, base_url=server.url, timeout=TIMEOUTS, retry=Retry.none)
        with client.with_options(deadline=0.4) as hurried:
            started = time.monotonic()
            with pytest.raises(EtxtDeadlineError, match=r"deadline of 0\.4 s passed.*not over after"):
                hurried.users.get_balance()
            assert time.monotonic() - started < 2


@pytest.mark.parametrize("act", [IN_STATUS, IN_HEADERS, IN_BODY, TO_THE_END])
def test_a_write_is_unknown_after_its_deadline_and_one_read_timeout(act):
    with FaultyServer(act) as server:
        client = EtxtClient("t" * 8, "p" * 8, base_url=server.url, timeout=TIMEOUTS)
        with client.with_options(deadline=0.3) as hurried:
            started = time.monotonic()
            with pytest.raises(OutcomeUnknown, match="not over after"):
                hurried.articles.buy(7)
            assert time.monotonic() - started < 2
        assert server.executed == 1


def test_a_file_that_drips_ends_by_its_deadline(tmp_path):
    with FaultyServer(TO_THE_END) as server:
        client = EtxtClient("t" * 8, "p" * 8, base_url=server.url, retry=Retry.none)
        with client.with_options(deadline=0.4) as hurried, pytest.raises(EtxtError):
            hurried.files.save(f"{server.url}/text.txt", tmp_path / "text.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def threads():
    """Return the watchdog threads that the test itself started: clients of other tests may have some yet."""
    before = set(threading.enumerate())
    return lambda: [
        thread for thread in threading.enumerate() if thread.name == "kwork-etxt-watchdog" and thread not in before
    ]


def test_there_is_one_thread_for_all_attempts_and_none_after_closing(threads):
    with FaultyServer() as server:
        server.default = dripping(head(200, {"Content-Length": "39"}) + BODY[:39], b"")
        with EtxtClient("t" * 8, "p" * 8, base_url=server.url) as client:
            assert threads() == []
            for _ in range(5):
                client.users.get_balance()
            (thread,) = threads()
        thread.join(5)
        assert not thread.is_alive()


def test_without_a_deadline_there_is_no_thread(threads):
    with FaultyServer() as server:
        server.default = dripping(head(200, {"Content-Length": "39"}) + BODY[:39], b"")
        with EtxtClient("t" * 8, "p" * 8, base_url=server.url).with_options(deadline=None) as client:
            client.users.get_balance()
            assert threads() == []


def test_the_thread_ends_when_idle_and_a_new_one_starts(monkeypatch, threads):
    monkeypatch.setattr(watchdog, "IDLE", 0.01)
    dog = Watchdog()
    with dog.watching(Trace(), 0.05):
        (thread,) = threads()
    thread.join(5)
    assert not thread.is_alive()
    trace = Trace()
    with dog.watching(trace, 0.01):
        give_up = time.monotonic() + 5
        while not trace.is_cut and time.monotonic() < give_up:
            time.sleep(0.001)
    assert trace.is_cut
    dog.close()


def test_an_earlier_deadline_wakes_the_thread():
    dog = Watchdog()
    late, soon = Trace(), Trace()
    with dog.watching(late, 60):
        time.sleep(0.02)
        with dog.watching(soon, 0.02):
            give_up = time.monotonic() + 5
            while not soon.is_cut and time.monotonic() < give_up:
                time.sleep(0.001)
    assert soon.is_cut
    assert not late.is_cut
    dog.close()


def test_closing_leaves_nobody_waiting_who_is_under_way(threads):
    dog = Watchdog()
    trace, long = Trace(), Trace()
    with dog.watching(long, 60):
        (thread,) = threads()
        with dog.watching(trace, 0.02):
            dog.close()
            give_up = time.monotonic() + 5
            while not trace.is_cut and time.monotonic() < give_up:
                time.sleep(0.001)
        assert trace.is_cut
    assert not long.is_cut
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_can_close_it_although_the_parent_held_the_lock():
    dog = Watchdog()
    is_held, is_over = threading.Event(), threading.Event()

    def hold():
        with dog._changed:
            is_held.set()
            is_over.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait(10)
    child = os.fork()
    if child == 0:
        signal.alarm(5)  # ends a child that waits for a lock whose holder stayed with the parent
        dog.close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    is_over.set()
    holder.join()
    assert os.waitstatus_to_exitcode(status) == 0


def test_what_is_over_is_not_cut():
    trace = Trace()
    trace.end()
    trace.cut()
    assert not trace.is_cut


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_a_watchdog_of_its_own():
    dog = Watchdog()
    with dog.watching(Trace(), 60):
        child = os.fork()
        if child == 0:
            trace = Trace()
            with dog.watching(trace, 0.01):
                give_up = time.monotonic() + 5
                while not trace.is_cut and time.monotonic() < give_up:
                    time.sleep(0.001)
            os._exit(0 if trace.is_cut else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    dog.close()
