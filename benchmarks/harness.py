"""Rounds, samples and rows: everything in a group is run in each round, in an order that changes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from benchmarks import processors
from benchmarks.environments import ENVIRONMENTS, ROOT, without_paths

#: What one turn of something measured, per unit: ``cpu`` and ``wall`` in seconds, ``bytes``, ``peak`` in bytes.
Sample = Mapping[str, float]
#: Seconds that a process may take for one line.
PATIENCE = 600
#: Turns are made so long that the clock's steps and the rest of the system don't show.
TURN = 0.15
_MOST_TIMES = 200_000


class FailedError(Exception):
    """Something could not be prepared or run; the text says why."""


@dataclass(frozen=True)
class Case:
    """Something that a worker runs again and again.

    Attributes:
        environment: In which it runs.
        case: Module and function, ``"httpx_peer:call"``.
        arguments: For the function.
        times: How many units a turn has; found out if left out.
    """

    environment: str
    case: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    times: int | None = None


@dataclass(frozen=True)
class Program:
    """Something that is started anew in each turn, and measured from start to exit.

    Attributes:
        environment: Whose Python runs it.
        command: Arguments of that Python.
        warm: Whether it is run once before the rounds, so that its files are compiled and cached.
    """

    environment: str
    command: Sequence[str]
    warm: bool = True


@dataclass(frozen=True)
class Group:
    """What is compared, and therefore run in the same rounds.

    Attributes:
        name: For the progress display.
        parts: What is run, by the names that rows use.
        rounds: How many rounds, in the whole run and in the quick one.
    """

    name: str
    parts: Mapping[str, Case | Program]
    rounds: tuple[int, int]


class Part(Protocol):
    """Something ready to be run."""

    def turn(self) -> Sample:
        """Run it once; return what that took per unit."""


@dataclass
class Measured:
    """What a group's rounds brought.

    Attributes:
        rounds: For each round, the samples by the names of the parts.
        failed: Why some parts have none.
    """

    rounds: list[dict[str, Sample]]
    failed: dict[str, str]


class Worker:
    """A process of :mod:`benchmarks.worker`."""

    def __init__(self, environment: str) -> None:
        with processors.on(processors.FIRST):
            self._process = subprocess.Popen(
                [str(ENVIRONMENTS[environment].python), "-m", "benchmarks.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                text=True,
                env=ordinary_environment(),
            )

    def ask(self, **order: Any) -> dict[str, Any]:
        """Send one line and return the answer.

        Raises:
            FailedError: It could not be done.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watchdog.cancel()
        if not line:
            raise FailedError(f"its process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise FailedError(answer["failed"])
        return answer

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


class _InWorker:
    def __init__(self, worker: Worker, name: str, case: Case, turn: float) -> None:
        self._worker, self._name = worker, name
        worker.ask(prepare=name, case=case.case, arguments=dict(case.arguments))
        self._times = case.times or self._calibrated(turn)

    def _calibrated(self, turn: float) -> int:
        """Return how many units fill a turn; running that many before is the warm-up, too."""
        times = 1
        while True:
            wall = float(self._worker.ask(run=self._name, times=times)["wall"])
            if wall >= turn / 3 or times >= _MOST_TIMES:
                return max(1, min(_MOST_TIMES, round(times * turn / max(wall, 1e-6))))
            times *= 4

    def turn(self) -> Sample:
        found = self._worker.ask(run=self._name, times=self._times)
        return {name: value / self._times for name, value in found.items()}


class _Process:
    def __init__(self, program: Program) -> None:
        self._command = [str(ENVIRONMENTS[program.environment].python), *program.command]
        # The SDK is not installed in its environment: it is found in this tree, like an installed package.
        self._variables = ordinary_environment() | ({"PYTHONPATH": str(ROOT)} if program.environment == "sdk" else {})
        if program.warm:
            self.turn()

    def turn(self) -> Sample:
        wall = time.perf_counter()
        with tempfile.TemporaryFile() as errors:
            with processors.on(processors.FIRST):
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    cwd=tempfile.gettempdir(),
                    env=self._variables,
                )
            watchdog = threading.Timer(PATIENCE, process.kill)
            watchdog.start()
            _, status, used = os.wait4(process.pid, 0)
            watchdog.cancel()
            wall = time.perf_counter() - wall
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                errors.seek(0)
                said = errors.read().decode(errors="replace").strip().splitlines()
                raise FailedError(said[-1][:300] if said else f"status {process.returncode}")
        return {"cpu": used.ru_utime + used.ru_stime, "wall": wall, "peak": used.ru_maxrss * 1024.0}


def ordinary_environment() -> dict[str, str]:
    """Return the environment of all that is measured: thirty variables, as a shell has, and the same everywhere.

    The more there are, the longer requests takes for every call.
    """
    temporary = tempfile.gettempdir()
    kept = {"PATH": os.environ.get("PATH", os.defpath), "HOME": temporary, "TMPDIR": temporary, "LANG": "C.UTF-8"}
    return kept | {f"BENCH_VARIABLE_{number:02}": "value" for number in range(30 - len(kept))}


def run(group: Group, *, quick: bool, draw: random.Random, unusable: Mapping[str, str] | None = None) -> Measured:
    """Prepare all parts of a group and run them round by round.

    Args:
        group: What to run.
        quick: Fewer rounds, shorter turns.
        draw: For the order of the turns.
        unusable: Why some environments can't be used.
    """
    workers: dict[str, Worker] = {}
    ready: dict[str, Part] = {}
    failed: dict[str, str] = {}

    def prepare(name: str, part: Case | Program) -> Part:
        if unusable and part.environment in unusable:
            raise FailedError(unusable[part.environment])
        if isinstance(part, Program):
            return _Process(part)
        worker = workers.get(part.environment) or workers.setdefault(part.environment, Worker(part.environment))
        return _InWorker(worker, name, part, TURN / 2 if quick else TURN)

    try:
        for name, part in group.parts.items():
            _unless_it_fails(failed, name, lambda: ready.update({name: prepare(name, part)}))  # noqa: B023
        rounds = [_round(ready, failed, draw) for _ in range(group.rounds[quick])]
    finally:
        for worker in workers.values():
            worker.close()
    return Measured(rounds, failed)


def _round(ready: dict[str, Part], failed: dict[str, str], draw: random.Random) -> dict[str, Sample]:
    samples: dict[str, Sample] = {}
    for name in draw.sample(sorted(ready), len(ready)):
        _unless_it_fails(failed, name, lambda: samples.update({name: ready[name].turn()}))  # noqa: B023
        if name in failed:
            del ready[name]
    return samples


def _unless_it_fails(failed: dict[str, str], name: str, action: Callable[[], None]) -> None:
    """Do something; if it fails, write down why, and let the others go on."""
    try:
        action()
    except FailedError as failure:
        failed[name] = without_paths(str(failure))
