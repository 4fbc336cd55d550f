"""Fault scenarios 13 to 16, and a part of 8: what operating systems and other programs do to a call."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from kwork_etxt_sdk import Journal, Limits, Rule
from kwork_etxt_sdk.options import RedisShare
from kwork_etxt_sdk.transport import sharing
from tests.support.faulty_server import Act, Wire, at_accept, silent
from tests.support.redis_server import RedisServer, free_port, slow_line
from tools.faults_bench import (
    API_PASS,
    MONEY,
    ONCE,
    READ,
    READ_TIMEOUT,
    TOKEN,
    Effects,
    Row,
    Service,
    client_for,
    measure,
    program,
)

#: Seconds a program may take to start on a busy machine.
START = 10.0

#: A cron job: one call under a key, and what came of it.
JOB = textwrap.dedent(
    f"""
    import sys
    from kwork_etxt_sdk import CallOptions, EtxtClient, Journal, Limits, SdkError, Timeouts
    url, path, method, timeout = sys.argv[1:]
    timeouts = Timeouts(connect=float(timeout), read=float(timeout), unsafe_read=float(timeout), total=30)
    client = EtxtClient({TOKEN!r}, {API_PASS!r}, base_url=url, journal=Journal(path), timeout=timeouts)
    options = CallOptions(once_key="job of today")
    print("begins", flush=True)
    try:
        if method == "tasks.saveComment":
            client.tasks.save_comment(7, "text", options=options)
        else:
            client.articles.buy(7, options=options)
    except SdkError as error:
        print(type(error).__name__)
    else:
        print("the answer")
    """
)
#: A reader that shares its limit with others on this machine.
READER = textwrap.dedent(
    f"""
    import sys
    from kwork_etxt_sdk import EtxtClient, Limits, Rule
    url, folder = sys.argv[1:]
    limits = Limits(default=Rule.per_second(20), state_dir=folder, adaptive=False)
    client = EtxtClient({TOKEN!r}, {API_PASS!r}, base_url=url, limits=limits)
    client.users.get_balance()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(3):
        client.users.get_balance()
    print("the answer")
    """
)


def four_programs() -> Iterator[Row]:
    """8, for programs. 429 to one of four, which share a limit by a file."""
    with Service() as service, tempfile.TemporaryDirectory() as folder:
        programs = [program(READER, service.url, folder) for _ in range(4)]
        for running in programs:
            assert running.stdout is not None  # noqa: S101 - it was asked for
            running.stdout.readline()  # it has made its first call: what Python loads late is loaded
        service.moments.clear()
        service.server.plan(service.refusing(Retry_After="1"))
        started = time.monotonic()
        for running in programs:
            assert running.stdin is not None  # noqa: S101 - it was asked for
            running.stdin.write("\n")
            running.stdin.flush()
        got = [running.communicate()[0].strip() for running in programs]
        first, *later = sorted(service.moments) or [started]
        early = sum(0.1 < moment - first < 1.0 for moment in later)  # the second it asked for
        yield Row(
            scenario="429 to one of 4 programs",
            executed=service.executed(READ.method),
            got=f"{got.count('the answer')} of 4 got all answers, {early} early",
            seconds=time.monotonic() - started,
            limit=START,
            wrong="somebody did not wait" if early else "" if got == ["the answer"] * 4 else "not all were answered",
        )


def killed() -> Iterator[Row]:
    """13. kill -9 at each phase of a call with a once_key, and a second run of the job."""
    phases: dict[str, tuple[tuple[Act, ...], str]] = {
        "before anything is read": ((at_accept("hang"),), "OutcomeUnknown"),
        "after the request": ((silent("hang"),), "OutcomeUnknown"),
        "after the answer": ((), "the answer"),
    }
    for effects in (ONCE, MONEY):
        for name, (acts, expect) in phases.items():
            with Service(*acts) as service, tempfile.TemporaryDirectory() as folder:
                path = str(Path(folder, "journal"))
                started = time.monotonic()
                job = program(JOB, service.url, path, effects.method, "20")
                _wait_for(lambda service=service: service.server.connections > 0)
                if acts:
                    time.sleep(0.1)  # the request is on its way
                else:
                    job.wait()
                job.kill()
                job.communicate()
                got = _run_job(service.url, path, effects)
                yield Row(
                    scenario=f"kill -9 {name}, run again",
                    effect=effects.name,
                    executed=service.executed(effects.method),
                    got=got,
                    seconds=time.monotonic() - started,
                    limit=2 * START,
                    wrong="" if got == expect else f"should have got {expect}",
                )


def _wait_for(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + START
    while not happened():
        if time.monotonic() > give_up:
            raise TimeoutError("the job did not get that far")
        time.sleep(0.01)


def _run_job(url: str, path: str, effects: Effects, timeout: float = READ_TIMEOUT) -> str:
    return program(JOB, url, path, effects.method, str(timeout)).communicate()[0].split("\n")[1]


def two_at_once() -> Iterator[Row]:
    """14. Two runs of a job with the same key at the same instant."""
    for effects in (ONCE, MONEY):
        with Service() as service, tempfile.TemporaryDirectory() as folder:

            def act(wire: Wire, service: Service = service) -> bool:
                wire.wait_for_request()
                time.sleep(0.3)  # so that the other is there before the answer
                return service.serve(wire)

            service.server.default = act
            path = str(Path(folder, "journal"))
            Journal(path).close()
            started = time.monotonic()
            jobs = [program(JOB, service.url, path, effects.method, "5") for _ in range(2)]
            got = sorted(job.communicate()[0].split("\n")[1] for job in jobs)
            fine = "the answer" in got and set(got) <= {"the answer", "OutcomeUnknown"}
            yield Row(
                scenario="two jobs, one key, one instant",
                effect=effects.name,
                executed=service.executed(effects.method),
                got=" / ".join(got),
                seconds=time.monotonic() - started,
                limit=START,
                wrong="" if fine else "expected one answer",
            )


@contextlib.contextmanager
def _shared_by_file() -> Iterator[tuple[Service, Path, Limits]]:
    """Give a service, a folder of state files and limits that use it."""
    with Service() as service, tempfile.TemporaryDirectory() as folder:
        yield service, Path(folder), Limits(default=Rule.per_second(50, burst=5), state_dir=Path(folder))


def _damage(change: Callable[[Path], object]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        for path in folder.glob("*.lim"):
            change(path)

    return damage


def limiter_file() -> Iterator[Row]:
    """15. The small file by which programs share a limit: damaged, deleted, locked."""
    damages = {
        "truncated": _damage(lambda path: path.write_bytes(path.read_bytes()[:20])),
        "garbage": _damage(lambda path: path.write_bytes(os.urandom(300))),
        "empty": _damage(lambda path: path.write_bytes(b"")),
        "deleted while in use": _damage(lambda path: path.unlink()),
        "of another boot": _damage(lambda path: path.write_bytes(path.read_bytes()[:8] + bytes(16))),
        "its folder is deleted": shutil.rmtree,
    }
    for name, damage in damages.items():
        with _shared_by_file() as (service, folder, limits):

            def before(client: Any, damage: Any = damage, folder: Path = folder) -> None:
                client.users.get_balance()
                damage(folder)

            yield measure(
                f"limiter file: {name}",
                ONCE,
                url=service.url,
                service=service,
                before=before,
                limits=limits,
                expect="the answer",
            )
            folder.mkdir(exist_ok=True)
    yield from _unwritable()
    yield from _holders()
    yield from _fork()
    yield from _wall_clock()


def _unwritable() -> Iterator[Row]:
    with Service() as service, tempfile.TemporaryDirectory() as folder:
        taken = Path(folder, "file")
        taken.write_text("no folder", encoding="utf-8")
        limits = Limits(default=Rule.per_second(50), state_dir=taken)
        yield measure(
            "limiter file: unwritable",
            ONCE,
            url=service.url,
            service=service,
            limits=limits,
            expect="the answer",
        )


#: Takes the locks of all state files in a folder and goes on holding them.
HOLDER = """
import fcntl, pathlib, sys, time
files = [path.open("rb+") for path in pathlib.Path(sys.argv[1]).glob("*.lim")]
for file in files:
    fcntl.flock(file, fcntl.LOCK_EX)
print("holds", len(files), flush=True)
time.sleep(60)
"""


def _holders() -> Iterator[Row]:
    for name, blow in (("stopped", signal.SIGSTOP), ("killed -9", signal.SIGKILL)):
        with _shared_by_file() as (service, folder, limits):
            with client_for(service.url, limits=limits) as first:
                first.users.get_balance()
            with program(HOLDER, str(folder)) as holder:
                assert holder.stdout is not None  # noqa: S101 - it was asked for
                holder.stdout.readline()
                holder.send_signal(blow)
                yield measure(
                    f"limiter file: its holder is {name}",
                    ONCE,
                    url=service.url,
                    service=service,
                    limits=limits,
                    expect="the answer",
                )
                holder.kill()


def _fork() -> Iterator[Row]:
    if not hasattr(os, "fork"):
        yield Row(scenario="fork with the file open", got="not run: no fork")
        return
    limits: dict[str, Any] = {"default": Rule.per_second(20), "adaptive": False}
    with Service() as service, tempfile.TemporaryDirectory() as folder:
        with client_for(service.url, limits=Limits(**limits, state_dir=Path(folder))) as client:
            client.users.get_balance()
            started = time.monotonic()
            child = os.fork()
            for _ in range(8):
                client.users.get_balance()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
            seconds = time.monotonic() - started
        moments = sorted(service.moments)
        # At 20 a second two of them take 0.1 s.
        crowded = [True for a, b in zip(moments[2:], moments[4:], strict=False) if b - a < 0.07]
        yield Row(
            scenario="fork with the file open",
            executed=len(moments),
            got=f"{len(moments)} answers, {seconds / 16 * 1000:.0f} ms each",
            seconds=seconds,
            wrong="the two did not exclude each other" if len(crowded) > 2 or seconds < 0.7 else "",
        )


def _wall_clock() -> Iterator[Row]:
    for hours in (-1, 1):
        with _shared_by_file() as (service, _, limits):
            jump = time.time() + 3600 * hours

            def before(client: Any, jump: float = jump) -> None:
                client.users.get_balance()
                patch = mock.patch("time.time", return_value=jump)
                patch.start()

            try:
                yield measure(
                    f"the wall clock jumps {hours:+d} h",
                    ONCE,
                    url=service.url,
                    service=service,
                    before=before,
                    limits=limits,
                    expect="the answer",
                )
            finally:
                mock.patch.stopall()


def redis() -> Iterator[Row]:
    """16. The Redis by which machines share a limit: down, dying, emptied, slow."""
    if shutil.which("redis-server") is None:
        yield Row(scenario="Redis", got="not run: no redis-server")
        return
    if importlib.util.find_spec("redis") is None:
        yield Row(scenario="Redis", got="not run: no package redis (the extra of this name)")
        return
    nobody = free_port()
    yield _with_redis("down at the start", f"redis://127.0.0.1:{nobody}")
    with tempfile.TemporaryDirectory() as folder:
        with RedisServer(folder) as server:
            yield _with_redis("there", server.url)
            yield _with_redis("emptied", server.url, lambda: _flush(server.port))
            with slow_line(server.port, 0.2) as port:
                yield _with_redis("200 ms away", f"redis://127.0.0.1:{port}")
        server = RedisServer(folder)
        server.start()
        yield _with_redis("dies meanwhile", server.url, server.stop)
        server = RedisServer(folder)
        server.start()

        def fail_over() -> None:
            server.stop()
            server.start()

        yield _with_redis("restarts empty", server.url, fail_over)
        server.freeze()
        yield _with_redis("does not answer", server.url)
        server.thaw()
        server.stop()
    yield from _dies_mid_wait()


def _with_redis(name: str, url: str, then: Callable[[], object] | None = None) -> Row:
    sharing._SHARED.clear()  # each row is a new program to it
    limits = Limits(default=Rule.per_second(50, burst=5), share=RedisShare(url))
    with Service() as service:

        def before(client: Any) -> None:
            client.users.get_balance()
            if then is not None:
                then()

        return measure(
            f"Redis: {name}",
            MONEY,
            url=service.url,
            service=service,
            before=before,
            limits=limits,
            expect="the answer",
        )


def _dies_mid_wait() -> Iterator[Row]:
    sharing._SHARED.clear()  # a new program to it
    with tempfile.TemporaryDirectory() as folder, Service() as service:
        server = RedisServer(folder)
        server.start()
        timer = threading.Timer(0.5, server.stop)

        def before(client: Any) -> None:
            client.users.get_balance()
            client.limits.hold(1)
            timer.start()

        limits = Limits(default=Rule.per_second(50, burst=5), share=RedisShare(server.url))
        row = measure(
            "Redis: dies while a call waits",
            MONEY,
            url=service.url,
            service=service,
            before=before,
            limits=limits,
            expect="the answer",
        )
        timer.join()
        yield row


def _flush(port: int) -> None:
    import redis as package

    with package.Redis(port=port) as connection:
        connection.flushall()


SCENARIOS = {13: killed, 14: two_at_once, 15: limiter_file, 16: redis}
