"""A forked child: nothing is held for ever there, and nothing is shared that two processes can't share."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import threading
import time

import pytest
import requests

from kwork_etxt_sdk import Effect, EtxtClient, Limits, Rule
from kwork_etxt_sdk.forks import new_lock, renew_after_fork
from tests.support.faulty_server import FaultyServer

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]
#: Seconds after which a child that hangs is ended.
PATIENCE = 20


def in_child(work):
    """Run something in a forked child and say whether it came to its end without an exception."""
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        with contextlib.suppress(BaseException):
            work()
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


@contextlib.contextmanager
def held_by_another_thread(lock):
    taken, done = threading.Event(), threading.Event()

    def hold():
        with lock:
            taken.set()
            done.wait(PATIENCE)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(PATIENCE)
    yield
    done.set()
    thread.join()


def test_a_lock_that_another_thread_held_is_free_in_the_child():
    lock = new_lock()

    def work():
        with lock:
            pass

    with held_by_another_thread(lock):
        assert in_child(work)


def test_a_lock_still_excludes_in_the_parent():
    lock = new_lock()
    with held_by_another_thread(lock):
        assert in_child(lambda: None)
        second = threading.Thread(target=lock.acquire, daemon=True)
        second.start()
        second.join(0.02)
        assert second.is_alive()
    second.join(PATIENCE)
    assert not second.is_alive()


def test_being_renewable_keeps_nobody_alive():
    class Owner:
        pass

    owner, renewed = Owner(), []
    renew_after_fork(owner, lambda _owner: renewed.append(1))

    def work():
        assert renewed == [1]

    assert in_child(work)
    del owner
    gc.collect()
    assert not in_child(work)


def call(client, marker):
    return client.call("users.getBalance", {"marker": marker}, effect=Effect.READ)


@pytest.mark.parametrize("own_session", [False, True])
def test_parent_and_child_have_connections_of_their_own(own_session):
    session = requests.Session() if own_session else None
    with (
        FaultyServer() as server,
        EtxtClient("t" * 32, "pass-1", base_url=server.url, session=session, limits=Limits.off) as client,
    ):
        call(client, "before")
        assert in_child(lambda: [call(client, "child"), call(client, "child")])
        call(client, "after")

        connections = [(request.form["marker"], request.connection) for request in server.requests]
    assert connections == [("before", 1), ("child", 2), ("child", 2), ("after", 1)]
    if session is not None:
        session.close()


def test_a_client_works_in_a_child_forked_while_its_locks_were_held():
    with (
        FaultyServer() as server,
        EtxtClient("t" * 32, "pass-1", base_url=server.url, limits=Limits(default=Rule.per_second(1000))) as client,
        contextlib.ExitStack() as stack,
    ):
        session = client._session
        for lock in (session._lock, session.pressure._lock):
            stack.enter_context(held_by_another_thread(lock))
        started = time.monotonic()
        assert in_child(lambda: call(client, "child"))
        assert time.monotonic() - started < PATIENCE
        assert len(server.requests) == 1
