"""Buckets shared by processes: exclusive, forgetful of damage, never in the way of a call."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import random
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from kwork_etxt_sdk.options import Limits, Rule
from kwork_etxt_sdk.transport.bucket import LONGEST, Pace, State, look, take
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.limiter import Limiter
from kwork_etxt_sdk.transport.sharing import RECOVERY
from kwork_etxt_sdk.transport.state_file import OPEN_FILES, FileStore, boot_stamp, default_directory
from tests.support.takers import assert_shared_with_a_hold, four_processes, limiter_of

STATE = State(tat=11, off=-5, held=7, bad=3, since=2, born=1)
NOW = 1234
#: What a store gives for a bucket that it does not know.
NEW = State(born=NOW)


def put(store, state, key="k"):
    store.apply(key, lambda _old, _now, _pace: (state, None), int, Pace(0, 0))


def get(store, key="k"):
    return store.apply(key, lambda state, _now, _pace: (state, state), lambda: NOW, Pace(0, 0))


def count(store, key="k"):
    store.apply(key, lambda state, _now, _pace: (state._replace(tat=state.tat + 1), None), int, Pace(0, 0))


def only_file(directory):
    (path,) = directory.iterdir()
    return path


def test_what_one_store_writes_another_reads(tmp_path):
    put(FileStore(tmp_path), STATE)
    assert get(FileStore(tmp_path)) == STATE
    assert get(FileStore(tmp_path), "other") == NEW


def test_the_files_are_for_their_owner_alone_and_tell_no_names(tmp_path):
    directory = tmp_path / "state"
    put(FileStore(directory), STATE, "secret account/messages")
    path = only_file(directory)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert path.stat().st_size == 76
    assert "secret" not in path.name


@pytest.mark.parametrize("size", [0, 1, 75, 76, 77, 200])
def test_damage_of_any_kind_is_a_full_bucket(tmp_path, size):
    store = FileStore(tmp_path)
    put(store, STATE)
    path = only_file(tmp_path)
    path.write_bytes(random.Random(size).randbytes(size))
    assert get(store) == NEW
    put(store, STATE)
    assert get(FileStore(tmp_path)) == STATE


def test_every_single_flipped_bit_is_noticed(tmp_path):
    store = FileStore(tmp_path)
    put(store, STATE)
    path = only_file(tmp_path)
    good = path.read_bytes()
    for bit in range(len(good) * 8):
        damaged = bytearray(good)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        assert get(store) == NEW


def test_a_record_of_another_boot_is_a_full_bucket(tmp_path):
    put(FileStore(tmp_path, stamp=b"a" * 16), STATE)
    assert get(FileStore(tmp_path, stamp=b"b" * 16)) == NEW
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
    put(store, STATE)
    only_file(tmp_path).unlink()
    assert get(store) == NEW
    put(store, STATE)
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
    store = FileStore(tmp_path, sleep=clock.sleep, seconds=clock)
    put(store, STATE)
    with only_file(tmp_path).open("rb") as holder, caplog.at_level(logging.DEBUG, "kwork_etxt_sdk"):
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert get(store) == STATE  # from memory, which knows it
        assert 2.0 <= clock.now < 2.1
        count(store)
        assert clock.now < 2.1  # not waited for again
        clock.now += RECOVERY
        assert get(store).tat == STATE.tat + 1
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG"]
    clock.now += RECOVERY
    assert get(store) == STATE  # back to the file


def test_an_unusable_folder_leaves_the_memory(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    store = FileStore(tmp_path / "file" / "state")
    put(store, STATE)
    assert get(store) == STATE
    assert "not shared with other processes" in caplog.text


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path):
    store = FileStore(tmp_path / "state")
    put(store, STATE)
    path = only_file(tmp_path / "state")
    target = tmp_path / "precious"
    target.write_text("precious")
    path.unlink()
    path.symlink_to(target)
    put(FileStore(tmp_path / "state"), STATE)
    assert target.read_text() == "precious"


def interrupted(*_arguments):
    raise KeyboardInterrupt


def test_an_error_of_the_caller_leaves_the_bucket_and_frees_the_lock(tmp_path):
    store = FileStore(tmp_path)
    put(store, STATE)
    with pytest.raises(KeyboardInterrupt):
        store.apply("k", interrupted, int, Pace(0, 0))
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


def test_an_interrupt_just_after_the_lock_frees_it(tmp_path, monkeypatch):
    store = FileStore(tmp_path)
    put(store, STATE)
    monkeypatch.setattr(os, "fstat", interrupted)
    with pytest.raises(KeyboardInterrupt):
        get(store)
    monkeypatch.undo()
    assert get(FileStore(tmp_path, patience=0.0)) == STATE


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_excludes_its_parent(tmp_path):
    store = FileStore(tmp_path)
    get(store)
    child = os.fork()
    if child == 0:
        for _ in range(300):
            count(store)
        os._exit(0)
    for _ in range(300):
        count(store)
    os.waitpid(child, 0)
    assert get(store).tat == 600


def test_four_processes_share_one_rate_and_obey_the_hold_of_any(tmp_path):
    rule = Rule(0.02, 3)
    limits = Limits(default=rule, state_dir=tmp_path)
    moments = []

    def hold():
        time.sleep(0.9)
        limiter_of(limits).hold(0.3)
        moments.append(time.monotonic_ns())

    with four_processes() as run:
        grants = run(limits, 2.1, hold)
    assert_shared_with_a_hold(grants, rule, moments[0], moments[0] + round(0.29 * SECOND))


STOPPED = textwrap.dedent(
    """
    import fcntl, os, signal, sys
    with open(sys.argv[1], "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        print("locked", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
    """
)


def test_a_process_that_was_stopped_while_it_held_the_lock_is_not_waited_for_long(tmp_path, caplog):
    limiter = Limiter(Limits(default=Rule(60)), clock=SystemClock(), store=FileStore(tmp_path, patience=0.2))
    limiter.acquire()
    with subprocess.Popen([sys.executable, "-c", STOPPED, only_file(tmp_path)], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        started = time.monotonic()
        waits = []
        threads = [threading.Thread(target=lambda: waits.append(limiter.wait_time())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert time.monotonic() - started < 1
        holder.kill()
    assert min(waits) > 50  # from memory, where nothing is forgotten
    assert [record.levelname for record in caplog.records] == ["WARNING"]


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


def kill_one_by_one(directory, times):
    chance = random.Random(7)
    for _ in range(times):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, directory], stdout=subprocess.PIPE, start_new_session=True
        ) as victim:
            victim.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.02))
            victim.send_signal(signal.SIGKILL)
        store = FileStore(directory, patience=0.5)
        state = get(store, "s/")
        assert state.born != NOW
        assert state.tat + state.off < time.monotonic_ns() + SECOND
        assert not store.is_alone


def test_kill_9_in_the_middle_neither_blocks_nor_damages(tmp_path):
    kill_one_by_one(tmp_path, 4)


@pytest.mark.slow
def test_kill_9_in_the_middle_two_hundred_times(tmp_path):
    kill_one_by_one(tmp_path, 200)


def test_numbers_too_large_for_a_file_stay_in_memory(tmp_path, caplog):
    store = FileStore(tmp_path)
    forever = round(LONGEST * SECOND)
    for _ in range(3):
        assert store.apply("k", take, lambda: NOW, Pace(forever, 9 * forever))[1] == 0
    assert store.apply("k", look, lambda: NOW, Pace(forever, 2 * forever)).wait == forever
    assert "not shared with other processes" in caplog.text


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the open files can't be counted here")
def test_only_so_many_files_are_open_at_a_time_and_none_is_left_behind(tmp_path):
    before = open_files()
    store = FileStore(tmp_path)
    for number in range(OPEN_FILES + 10):
        put(store, STATE, f"{number}")
    assert open_files() == before + OPEN_FILES
    assert get(store, "0") == STATE
    del store
    assert open_files() == before


def test_a_full_disk_is_no_obstacle(tmp_path, monkeypatch, caplog):
    store = FileStore(tmp_path)
    put(store, STATE)

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    count(store)
    assert get(store).tat == STATE.tat + 1
    assert "No space left on device" in caplog.text
