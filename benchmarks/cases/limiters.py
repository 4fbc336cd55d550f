"""The limiter, per permission to send: in memory, in a file, in Redis; with many threads, processes and keys."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import redis

from benchmarks import processors
from benchmarks.cases.limiter_places import FAST_RULE, limiter_at, take
from kwork_etxt_sdk.options import Limits
from kwork_etxt_sdk.transport.clock import SystemClock
from kwork_etxt_sdk.transport.journal import Journal
from kwork_etxt_sdk.transport.limiter import Limiter
from kwork_etxt_sdk.transport.state_file import FileStore

#: As many names as one file can have on every usual file system.
_LINKS = 30_000


def acquire(where: str, folder: str = "", url: str = "") -> Callable[[int], None]:
    """One thread."""
    limiter = limiter_at(where, folder, url)

    def run(times: int) -> None:
        for _ in range(times):
            limiter.acquire()

    return run


def threads(count: int, where: str = "memory", folder: str = "") -> Callable[[int], dict[str, float]]:
    """Many threads at one limiter; together they take as many as there are times.

    The threads wait at a gate until all are there; only what follows is timed.
    """
    limiter = limiter_at(where, folder)

    def run(times: int) -> dict[str, float]:
        gate = threading.Barrier(count + 1)
        each = max(1, times // count)

        def take_share() -> None:
            gate.wait()
            for _ in range(each):
                limiter.acquire()

        crowd = [threading.Thread(target=take_share) for _ in range(count)]
        for thread in crowd:
            thread.start()
        gate.wait()
        wall, cpu = time.perf_counter(), time.process_time()
        for thread in crowd:
            thread.join()
        share = times / (each * count)
        return {"cpu": (time.process_time() - cpu) * share, "wall": (time.perf_counter() - wall) * share}

    return run


def processes(count: int, folder: str) -> Callable[[int], dict[str, float]]:
    """Many processes at one state file, on all processors; reported is the wall time from gate to gate."""
    context = multiprocessing.get_context("spawn")

    def run(times: int) -> dict[str, float]:
        each = max(1, times // count)
        gate = context.Barrier(count + 1)
        crowd = [context.Process(target=take, args=(folder, each, gate)) for _ in range(count)]
        with processors.on(processors.EVERY):
            for process in crowd:
                process.start()
        gate.wait()
        wall = time.perf_counter()
        gate.wait()
        wall = time.perf_counter() - wall
        for process in crowd:
            process.join()
        return {"wall": wall * times / (each * count), "cpu": 0.0}

    return run


def bare_redis(url: str) -> Callable[[int], None]:
    """One round trip of the client that the limiter uses: a value is read."""
    client = redis.Redis.from_url(url)
    client.set("bench-bare", "value")

    def run(times: int) -> None:
        for _ in range(times):
            client.get("bench-bare")

    return run


def file_with_keys(keys: int, folder: str) -> Callable[[int], None]:
    """A state folder that holds many buckets: permissions for one of them after the other."""
    place = Path(folder) / f"keys-{keys}"
    place.mkdir()
    clock = SystemClock()
    limits = Limits(default=FAST_RULE)
    template = Limiter(limits, clock=clock, scope="0", store=FileStore(place))
    template.acquire()
    # The other accounts' files. Links to a few files make a folder as long, and take seconds instead of minutes.
    source = place / "other"
    for number in range(keys):
        if number % _LINKS == 0:
            source.unlink(missing_ok=True)
            source.write_bytes(b"")
        os.link(source, place / f"{number:024x}.lim")
    store = FileStore(place)
    crowd = [Limiter(limits, clock=clock, scope=str(number), store=store) for number in range(200)]

    def run(times: int) -> None:
        for number in range(times):
            crowd[number % len(crowd)].acquire()

    return run


def journal_with_keys(keys: int, folder: str) -> Callable[[int], None]:
    """A journal that holds many calls: one more is written down before it is sent, and marked done."""
    path = Path(folder) / f"journal-{keys}"
    journal = Journal(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO calls (scope, key, call, digest, state, sent_at, done_at, answer) "
            "VALUES ('bench', ?, 'etxt tasks.saveTask', ?, 'done', 1764547200, 1764547201, ?)",
            ((f"order {number:07}", "0" * 64, json.dumps({"id_task": number})) for number in range(keys)),
        )
    connection.close()
    last = [0]

    def run(times: int) -> None:
        for _ in range(times):
            last[0] += 1
            key = f"new {last[0]}"
            assert journal.begin("bench", key, "etxt tasks.saveTask", "0" * 64) is None
            journal.done("bench", key, {"id_task": 1})

    return run
