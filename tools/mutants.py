"""Shows that the tests of the limiter see its mistakes: breaks copies of it on purpose, one at a time.

Each mutation must turn a test red; the table says which. Run by ``make mutants``; exits with 1 if a mutant survives.
Names of mutations, or parts of them, as arguments choose some.
"""

from __future__ import annotations

import concurrent.futures
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
#: Seconds for the tests of one mutant; one that hangs is dead as well.
PATIENCE = 300
#: For the copies: no time is spent on making a failing example smaller.
PROFILE = """
from hypothesis import Phase, settings
settings.register_profile("mutants", database=None, phases=[Phase.explicit, Phase.generate])
"""
#: How many mutants are tried at a time: the tests of the crowd are busy with two threads already.
WORKERS = max(1, (os.cpu_count() or 1) // 2 + 1)

BUCKET = "kwork_etxt_sdk/transport/bucket.py"
LIMITER = "kwork_etxt_sdk/transport/limiter.py"
REDIS = "kwork_etxt_sdk/transport/state_redis.py"

_TESTS = "tests/transport/test_limiter"
TESTS = {
    BUCKET: [f"{_TESTS}_bucket.py", f"{_TESTS}_crowd.py", f"{_TESTS}.py"],
    LIMITER: [f"{_TESTS}.py", f"{_TESTS}_sharing.py", f"{_TESTS}_crowd.py"],
    REDIS: ["tests/transport/test_state_redis.py", "-k", "script or clock or expires"],
}


class Mutation(NamedTuple):
    """One mistake: in a file, `old` becomes `new`."""

    name: str
    file: str
    old: str
    new: str


MUTATIONS = [
    # the five that a limiter of this kind must not survive
    Mutation(
        "a hold leaves the saved-up burst", BUCKET, "tat=max(state.tat, reading + pace.tolerance)", "tat=state.tat"
    ),
    Mutation(
        "a slot one tick early",
        BUCKET,
        "        slot = tat - pace.tolerance\n",
        "        slot = tat - pace.tolerance - 1\n",
    ),
    Mutation("any slot can be given back", BUCKET, "if newest and slot > virtual(state, now):", "if True:"),
    Mutation(
        "virtual time forgets its lag", BUCKET, "return max(now, state.held) - state.off", "return max(now, state.held)"
    ),
    Mutation(
        "an idle bucket counts from its past", BUCKET, "tat = slot if slot > tat else tat  # noqa: FURB136", "tat += 0"
    ),
    # holds
    Mutation(
        "a short hold shortens a long one", BUCKET, "held = max(now, state.held, until)", "held = max(now, until)"
    ),
    Mutation("a hold does not stop the clock", BUCKET, "off=held - reading, held=held)", "held=held)"),
    Mutation("time goes on during a hold", BUCKET, "return max(now, state.held) - state.off", "return now - state.off"),
    Mutation(
        "a passed slot excuses from a hold",
        BUCKET,
        "return max(slot + state.off, state.held)",
        "return slot + state.off",
    ),
    Mutation(
        "a hold does not take old slots", BUCKET, "if state.held > now and slot < virtual(state, now):", "if False:"
    ),
    # reservations
    Mutation(
        "the limit of patience is refused itself",
        BUCKET,
        "and wait > max_wait:\n        return state, (None, wait)",
        "and wait >= max_wait:\n        return state, (None, wait)",
    ),
    Mutation(
        "a refusal takes the slot",
        BUCKET,
        "return state, (None, wait)\n    if bad:",
        "return state._replace(tat=tat + interval), (None, wait)\n    if bad:",
    ),
    Mutation("one request more in a burst", BUCKET, "(rule.burst - 1) * interval", "rule.burst * interval"),
    Mutation("periods are rounded down", BUCKET, "return math.ceil(", "return math.floor("),
    Mutation("who goes first makes too little room", BUCKET, "room = cost if gap else 2 * cost", "room = cost"),
    Mutation("who goes first does not wait", BUCKET, "first = reading + (gap or cost)", "first = reading + gap"),
    Mutation(
        "who goes first moves nobody",
        BUCKET,
        "state._replace(off=state.off + room)",
        "state._replace(off=state.off + 0)",
    ),
    Mutation("a slot is undone though a hold came", BUCKET, "if state[:3] == after[:3]:", "if state[:1] == after[:1]:"),
    Mutation("a passed slot is given back", BUCKET, "if newest and slot > virtual(state, now):", "if newest:"),
    Mutation(
        "a dear slot is given back cheaply", BUCKET, "cost = after.tat - max(before.tat, slot)", "cost = pace.interval"
    ),
    # requests that leave late, or count from their response
    Mutation(
        "late requests add up",
        BUCKET,
        "return state._replace(off=max(state.off, now - slot))",
        "return state._replace(off=state.off + max(0, now - slot))",
    ),
    Mutation(
        "an early look brings the clock forward",
        BUCKET,
        "return state._replace(off=max(state.off, now - slot))",
        "return state._replace(off=now - slot)",
    ),
    Mutation("an old slot is used without counting anew", BUCKET, "(freeze(state, now, slot), 0)", "(state, 0)"),
    Mutation("who stood still catches up", BUCKET, "stood_still = -wait > patience and", "stood_still = False and"),
    Mutation("an unlimited service is slowed down", BUCKET, "> patience and pace.interval > 0", "> patience"),
    Mutation(
        "a slot of a lost bucket is used",
        BUCKET,
        "return state, None\n    return confirm(",
        "pass\n    return confirm(",
    ),
    Mutation(
        "a slot of a lost bucket is given back",
        BUCKET,
        "return state, None\n    return give_back(",
        "pass\n    return give_back(",
    ),
    Mutation("a request of a lost bucket is not counted", BUCKET, "tat=max(state.tat, full_price)", "tat=state.tat"),
    # the adaptive rate
    Mutation("every refusal is a step", BUCKET, "if state.bad and now < state.since + interval:", "if False:"),
    Mutation("slower than the floor", BUCKET, "floor = max(too_fast // 2, LEAST)", "floor = max(too_fast // 2, 1)"),
    Mutation("faster than configured", BUCKET, "return min(FULL, ceiling +", "return max(0, ceiling +"),
    Mutation(
        "slower without a refusal",
        BUCKET,
        "if state.bad == 0 or pace.ramp == 0:\n        return pace.interval",
        "if pace.ramp == 0:\n        return pace.interval",
    ),
    Mutation("it recovers during the hold", BUCKET, "bad=interval, since=held.held)", "bad=interval, since=now)"),
    Mutation("it comes back to all that was too fast", BUCKET, "too_fast * 9 // 10", "too_fast"),
    Mutation(
        "a step is from the configured rate",
        BUCKET,
        "_replace(bad=interval, since",
        "_replace(bad=pace.interval, since",
    ),
    # the limiter
    Mutation(
        "a fast rule first", LIMITER, "key=lambda line: -line.pace.interval", "key=lambda line: line.pace.interval"
    ),
    Mutation(
        "the rule of all calls first",
        LIMITER,
        "return [*sorted(lines, key=lambda line: -line.pace.interval), self._all_calls]",
        "return [self._all_calls, *sorted(lines, key=lambda line: -line.pace.interval)]",
    ),
    Mutation("slots that grew old are not looked at", LIMITER, "enumerate(taken[:-1])", "enumerate(taken[:0])"),
    Mutation("who goes back loses his place", LIMITER, "way = take if until is None else take_first", "way = take"),
    Mutation(
        "an interrupted wait keeps its slot",
        LIMITER,
        "for line, reservation in reversed(taken):",
        "for line, reservation in ():",
    ),
    Mutation("one long sleep", LIMITER, "self.clock.sleep(min(until - now, SLICE))", "self.clock.sleep(until - now)"),
    Mutation("a response counts again", LIMITER, "        if grant.answered:\n            return\n", ""),
    Mutation("a response counts nothing", LIMITER, 'line.rule.count_from == "response"', "False"),
    # the script for Redis: any difference from the arithmetic above
    Mutation(
        "script: a slot one tick early",
        REDIS,
        "tat - tolerance > slot then slot = tat - tolerance end\n  three",
        "tat - tolerance > slot then slot = tat - tolerance - 1 end\n  three",
    ),
    Mutation(
        "script: an idle bucket counts from its past",
        REDIS,
        "tat = max(tat, slot) + interval_at",
        "tat = tat + interval_at",
    ),
    Mutation(
        "script: a hold leaves the saved-up burst",
        REDIS,
        "tat, off = max(tat, reading + tolerance), held - reading",
        "off = held - reading",
    ),
    Mutation(
        "script: a short hold shortens a long one",
        REDIS,
        "held = max(now, held, now + a1)",
        "held = max(now, now + a1)",
    ),
    Mutation(
        "script: any slot can be given back", REDIS, "elseif a1 == tat - cost - tolerance and a1 > reading then", "else"
    ),
    Mutation("script: a lost bucket's slots count", REDIS, "if born == a6 and not", "if not"),
    Mutation(
        "script: who goes first makes too little room",
        REDIS,
        "local step, room = cost, 2 * cost",
        "local step, room = cost, cost",
    ),
    Mutation(
        "script: periods are rounded down",
        REDIS,
        "return math.ceil(interval * FULL / speed)",
        "return floor(interval * FULL / speed)",
    ),
    Mutation(
        "script: every refusal is a step",
        REDIS,
        "local same = bad ~= 0 and now < since + current",
        "local same = false",
    ),
    Mutation("script: the clock goes back", REDIS, "lag, now = lag + seen - now, seen", "lag = lag + 0"),
    Mutation(
        "script: a key expires too early",
        REDIS,
        "local last = max(now, tat + off, held, since + 100 * ramp) - now + KEEP",
        "local last = KEEP / 10",
    ),
]


class Verdict(NamedTuple):
    """What became of a mutant."""

    killer: str
    seconds: float


def copy_of(folder: Path) -> Path:
    """Copy what the tests of the limiter need, and return the copy."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "kwork_etxt_sdk", folder / "kwork_etxt_sdk", ignore=ignore)
    shutil.copytree(ROOT / "tests" / "support", folder / "tests" / "support", ignore=ignore)
    (folder / "tests" / "transport").mkdir()
    (folder / "conftest.py").write_text(PROFILE, encoding="utf-8")
    names = ["tests/__init__.py", "tests/conftest.py", "tests/transport/__init__.py", "setup.cfg"]
    names += [name for tests in TESTS.values() for name in tests if name.endswith(".py")]
    for name in names:
        shutil.copy(ROOT / name, folder / name)
    return folder


def run_tests(folder: Path, file: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a file in a copy, until the first failure."""
    options = [
        "-x",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "--hypothesis-profile=mutants",
        "--hypothesis-seed=1",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *TESTS[file]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def mutated(source: str, mutation: Mutation) -> str:
    """Return the source with the mistake in it."""
    if source.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.name!r}: {mutation.file} has {source.count(mutation.old)} places for it, not 1")
    return source.replace(mutation.old, mutation.new)


def examine(mutation: Mutation) -> Verdict:
    """Say which test notices the mistake; the killer is empty if none does."""
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(Path(name))
        path = folder / mutation.file
        path.write_text(mutated(path.read_text(encoding="utf-8"), mutation), encoding="utf-8")
        started = time.monotonic()
        try:
            done = run_tests(folder, mutation.file)
        except subprocess.TimeoutExpired:
            return Verdict("(it hangs)", time.monotonic() - started)
        found = re.search(r"^(?:FAILED|ERROR) \S*?(\w+)(?:\[.*?\])?(?: -.*)?$", done.stdout, flags=re.MULTILINE)
        killer = "" if done.returncode == 0 else found[1] if found else "(a crash)"
        return Verdict(killer, time.monotonic() - started)


def check_healthy(files: list[str]) -> None:
    """Make sure that the tests pass without a mutation: only then their failure says something."""
    with tempfile.TemporaryDirectory() as name:
        folder = copy_of(Path(name))
        for file in files:
            done = run_tests(folder, file)
            if done.returncode != 0:
                raise SystemExit(f"the tests fail without any mutation:\n{done.stdout}{done.stderr}")


def main(wanted: list[str]) -> int:
    """Examine the mutants, print the table, and return the exit status."""
    chosen = [mutation for mutation in MUTATIONS if not wanted or any(part in mutation.name for part in wanted)]
    if shutil.which("redis-server") is None or importlib.util.find_spec("redis") is None:
        print("Without redis-server and the package redis the mutants of the script are left out.")
        chosen = [mutation for mutation in chosen if mutation.file != REDIS]
    check_healthy(sorted({mutation.file for mutation in chosen}))
    survivors = 0
    width = max(len(mutation.name) for mutation in chosen)
    print(f"{'mutation':{width}}  seconds  noticed by")
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for mutation, verdict in zip(chosen, pool.map(examine, chosen), strict=True):
            survivors += not verdict.killer
            print(f"{mutation.name:{width}}  {verdict.seconds:7.1f}  {verdict.killer or 'NOBODY'}", flush=True)
    print(f"{len(chosen)} mutants, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
