"""Buckets shared by processes: exclusive, forgetful of damage, never in the way of a call."""

from __future__ import annotations

import fcntl
import logging
import multiprocessing
import os
import random
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from kwork_etxt_sdk.options import Limits, Rule
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.limiter import Limiter, State
from kwork_etxt_sdk.transport.state_file import RECOVERY, FileStore, boot_stamp, default_directory

STATE = State(tat=11, off=-5, held=7)


def put(state):
    return lambda _old: (state, None)


def get(store, key="k"):
    return store.update(key, lambda state: (state, state))


def only_file(directory):
    (path,) = directory.iterdir()
    return path


def test_what_one_store_writes_another_reads(tmp_path):
    FileStore(tmp_path).update("k", put(STATE))
    assert get(FileStore(tmp_path)) == STATE
    assert get(FileStore(tmp_path), "other") == State()


def test_the_files_are_for_their_owner_alone_and_tell_no_names(tmp_path):
    directory = tmp_path / "state"
    FileStore(directory).update("secret account/messages", put(STATE))
    path = only_file(directory)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert path.stat().st_size == 64
    assert "secret" not in path.name


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 200])
def test_damage_of_any_kind_is_a_full_bucket(tmp_path, size):
    store = FileStore(tmp_path)
    store.update("k", put(STATE))
    path = only_file(tmp_path)
    path.write_bytes(random.Random(size).randbytes(size))
    assert get(store) == State()
    store.update("k", put(STATE))
    assert get(FileStore(tmp_path)) == STATE


def test_every_single_flipped_bit_is_noticed(tmp_path):
    store = FileStore(tmp_path)
    store.update("k", put(STATE))
    path = only_file(tmp_path)
    good = path.read_bytes()
    for bit in range(len(good) * 8):
        damaged = bytearray(good)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        assert get(store) == State()


def test_a_record_of_another_boot_is_a_full_bucket(tmp_path):
    FileStore(tmp_path, stamp=b"a" * 16).update("k", put(STATE))
    assert get(FileStore(tmp_path, stamp=b"b" * 16)) == State()
    assert boot_stamp() == boot_stamp()
    assert len(boot_stamp()) == 16


def test_without_a_boot_id_the_time_of_the_boot_stands_in(monkeypatch):
    def missing(*_arguments):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_bytes", missing)
    monkeypatch.setattr(Path, "readlink", missing)
    assert len(boot_stamp()) == 16


def test_a_deleted_file_is_made_anew(tmp_path):
    store = FileStore(tmp_path)
    store.update("k", put(STATE))
    only_file(tmp_path).unlink()
    assert get(store) == State()
    store.update("k", put(STATE))
    assert get(FileStore(tmp_path)) == STATE


class Time:
    def __init__(self):
        self.now = 0.0

    def sleep(self, seconds):
        self.now += seconds

    def __call__(self):
        return self.now


def test_a_stuck_holder_is_waited_for_briefly_then_memory_serves_with_one_warning(tmp_path, caplog):
    clock = Time()
    store = FileStore(tmp_path, sleep=clock.sleep, now=clock)
    store.update("k", put(STATE))
    with only_file(tmp_path).open("rb") as holder, caplog.at_level(logging.DEBUG, "kwork_etxt_sdk"):
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert get(store) == State()  # from memory
        assert 2.0 <= clock.now < 2.1
        assert get(store) == State()
        assert clock.now < 2.1  # not waited for again
        clock.now += RECOVERY
        assert get(store) == State()
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG"]
    clock.now += RECOVERY
    assert get(store) == STATE  # back to the file


def test_an_unusable_folder_leaves_the_memory(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    store = FileStore(tmp_path / "file" / "state")
    store.update("k", put(STATE))
    assert get(store) == STATE
    assert "not shared with other processes" in caplog.text


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path):
    store = FileStore(tmp_path / "state")
    store.update("k", put(STATE))
    path = only_file(tmp_path / "state")
    target = tmp_path / "precious"
    target.write_text("precious")
    path.unlink()
    path.symlink_to(target)
    FileStore(tmp_path / "state").update("k", put(STATE))
    assert target.read_text() == "precious"


def test_an_error_of_the_caller_leaves_the_bucket_and_frees_the_lock(tmp_path):
    store = FileStore(tmp_path)
    store.update("k", put(STATE))
    with pytest.raises(KeyboardInterrupt):
        store.update("k", lambda _state: (_ for _ in ()).throw(KeyboardInterrupt()))
    assert get(FileStore(tmp_path, patience=0.0)) == STATE


def test_the_folder_is_the_named_one_else_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path))
    assert default_directory() == tmp_path
    monkeypatch.delenv("KWORK_ETXT_STATE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for platform, home in (("linux", "cache"), ("darwin", "Library"), ("win32", "Local")):
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
        directory = default_directory()
        assert home in directory.parts
        assert directory.name == "kwork_etxt_sdk"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_excludes_its_parent(tmp_path):
    store = FileStore(tmp_path)
    get(store)
    child = os.fork()
    if child == 0:
        for _ in range(300):
            store.update("k", lambda state: (state._replace(tat=state.tat + 1), None))
        os._exit(0)
    for _ in range(300):
        store.update("k", lambda state: (state._replace(tat=state.tat + 1), None))
    os.waitpid(child, 0)
    assert get(store).tat == 600


def run_taker(arguments):
    directory, rule, stop_at = arguments
    limiter = Limiter(Limits(default=rule), clock=SystemClock(), scope="s", store=FileStore(Path(directory)))
    taken = []
    while (grant := limiter.acquire()).sent_at < stop_at:
        taken.append(grant.sent_at)
    return taken


def test_four_processes_share_one_rate_without_loss_or_excess(tmp_path):
    period, burst, seconds = 0.01, 3, 2.0
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        pool.map(abs, range(16))  # all four are up
        start = time.monotonic_ns()
        stop_at = start + round(seconds * SECOND)
        results = pool.map(run_taker, [(str(tmp_path), Rule(period, burst), stop_at)] * 4, chunksize=1)
    grants = sorted(moment for result in results for moment in result)
    allowed = burst + (grants[-1] - grants[0]) / (period * SECOND)
    assert len(grants) <= allowed + 1
    assert len(grants) >= 0.97 * (allowed - 1)


KILLED = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from kwork_etxt_sdk.options import Limits, Rule
    from kwork_etxt_sdk.transport.clock import SystemClock
    from kwork_etxt_sdk.transport.limiter import Limiter
    from kwork_etxt_sdk.transport.state_file import FileStore
    limiter = Limiter(
        Limits(default=Rule(0.0005, 2)), clock=SystemClock(), scope="s", store=FileStore(Path(sys.argv[1]))
    )
    print("up", flush=True)
    while True:
        limiter.acquire()
    """
)


def test_kill_9_in_the_middle_neither_blocks_nor_damages(tmp_path):
    chance = random.Random(7)
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
        ) as victim:
            victim.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.02))
            victim.send_signal(signal.SIGKILL)
        store = FileStore(tmp_path, patience=0.5)
        state = get(store, "s/")
        now = time.monotonic_ns()
        assert state != State()
        assert state.tat + state.off < now + SECOND
        assert store._use_memory_until == 0.0
