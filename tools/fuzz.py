"""Throw damaged answers at envelopes and models: whatever comes, only our own errors may come out.

Run it with ``make fuzz``. The inputs are the sample answers, mutated as bytes and as data, and plain noise; the seed is
printed, and ``--seed`` replays a run.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kwork_etxt_sdk import EtxtClient, KworkClient
from kwork_etxt_sdk.errors import SdkError
from kwork_etxt_sdk.mapping import MappingError, default_converter
from kwork_etxt_sdk.registry import endpoints
from kwork_etxt_sdk.transport.exchange import Answered, Reading, Refused, Reply, Unreadable

SAMPLES = Path(__file__).parent.parent / "kwork_etxt_sdk" / "testing" / "samples"
#: Seconds that a single answer of this size may take at most: far more than any does, far less than a hang.
TOO_LONG = 5.0
STATUSES = (*[200] * 20, 201, 400, 401, 403, 404, 422, 429, 500)
WHIMS: tuple[Callable[[random.Random], Any], ...] = (
    lambda _: None,
    lambda _: True,
    lambda _: "",
    lambda _: [],
    lambda _: {},
    lambda _: float("nan"),
    lambda _: float("inf"),
    lambda _: -0.0,
    lambda _: 1e300,
    lambda chance: chance.randrange(-(2**70), 2**70),
    lambda chance: str(chance.randrange(10**30)),
    lambda _: "\ud800",
    lambda _: "не число",
    lambda _: "0000-00-00 00:00:00",
    lambda _: "9" * 5000,
    lambda _: {"error": "no_params"},
    lambda _: {"success": False, "error_code": [], "errors": {"a": 1}},
    lambda chance: [[chance.random()] * 3] * 3,
)


def mutated(value: Any, chance: random.Random) -> Any:
    """Return the data with something in it replaced, dropped, doubled, renamed or wrapped."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        kind = chance.random()
        if kind < 0.1:
            return {name: inner for name, inner in value.items() if name != key}
        if kind < 0.2:
            return {**value, f"{key}_new": value[key]}
        if kind < 0.25:
            return list(value.values())
        return {**value, key: mutated(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        index = chance.randrange(len(value))
        kind = chance.random()
        if kind < 0.1:
            return value[:index] + value[index + 1 :]
        if kind < 0.2:
            return [*value, value[index]]
        if kind < 0.25:
            return {str(number): inner for number, inner in enumerate(value)}
        return [*value[:index], mutated(value[index], chance), *value[index + 1 :]]
    return chance.choice(WHIMS)(chance)


def damaged(body: bytes, chance: random.Random) -> bytes:
    """Return the bytes cut, flipped, doubled, nested or replaced by noise."""
    kind = chance.random()
    if kind < 0.3:
        return body[: chance.randrange(len(body) + 1)]
    if kind < 0.6 and body:
        at = chance.randrange(len(body))
        return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
    if kind < 0.7:
        depth = chance.choice((50, 900, 20_000))
        return b"[" * depth + body + b"]" * depth
    if kind < 0.75:
        return b'{"a":' * 2_000 + b"1" + b"}" * 2_000
    if kind < 0.8:
        return b"<html>" + body
    if kind < 0.9:
        return chance.randbytes(chance.randrange(200))
    return b'{"id": 1, "id": "2", "error": null, ' + body[1:]


def targets() -> list[tuple[str, Any, Any, list[Any]]]:
    """Return (name, market, endpoint, sample answers) of every method."""
    etxt = EtxtClient("t" * 32, "invented", base_url="http://127.0.0.1:9/")._session.market
    kwork = KworkClient(token="invented", base_url="http://127.0.0.1:9")._session.market  # noqa: S106 - invented
    kwork_samples = [
        answer
        for path in sorted((SAMPLES / "kwork").glob("*.json"))
        for answer in json.loads(path.read_text(encoding="utf-8")).values()
    ]
    found = []
    for site, market in (("etxt", etxt), ("kwork", kwork)):
        for registered in endpoints(site):
            paths = sorted((SAMPLES / site).glob(f"{registered.endpoint.name}.*json")) if site == "etxt" else []
            samples = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
            found.append((registered.name, market, registered.endpoint, samples or kwork_samples))
    return found


def inputs(samples: list[Any], chance: random.Random) -> Iterator[bytes]:
    """Yield damaged answers without end."""
    while True:
        data = chance.choice(samples)
        for _ in range(chance.randrange(4)):
            data = mutated(data, chance)
        body = json.dumps(data, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        yield damaged(body, chance) if chance.random() < 0.4 else body


def try_one(market: Any, endpoint: Any, body: bytes, chance: random.Random) -> str:
    """Read one answer as the session would and say what came of it."""
    headers = {"content-type": chance.choice(("application/json", "application/json", "text/html", "")), "date": "?"}
    reply = Reply(status=chance.choice(STATUSES), headers=headers, body=body, url="http://127.0.0.1:9/")
    reading: Reading = market.read(endpoint, reply)
    reply.snapshot(market.redactor)
    if isinstance(reading, Refused):
        if not isinstance(reading.error, SdkError):
            raise TypeError(f"refused with {reading.error!r}")
        str(reading.error)
        return "refused"
    if isinstance(reading, Unreadable):
        return "unreadable"
    if not isinstance(reading, Answered):
        raise TypeError(f"read as {reading!r}")
    try:
        value = market.convert(endpoint, reading.data, default_converter(), chance.choice(("raise", "skip", "keep")))
    except MappingError:
        return "does not fit"
    repr(value)
    return "fits"


def main() -> int:
    """Run, print what came of the inputs, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=None, help="replays a run")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)  # noqa: S311 - mutations, not cryptography
    print(f"fuzz: seed {seed}, {arguments.count} inputs")
    everything = [(*target[:3], inputs(target[3], chance)) for target in targets()]
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for number in range(arguments.count):
        name, market, endpoint, source = everything[number % len(everything)]
        body = next(source)
        started = time.perf_counter()
        try:
            outcomes[try_one(market, endpoint, body, chance)] += 1
        except Exception:  # noqa: BLE001 - finding any other error is what this is for
            traceback.print_exc()
            print(f"FOUND in {name} at input {number}: {body[:2000]!r}")
            return 1
        slowest = max(slowest, time.perf_counter() - started)
        if slowest > TOO_LONG:
            print(f"FOUND in {name} at input {number}: took {slowest:.1f} s for {len(body)} bytes: {body[:2000]!r}")
            return 1
    for outcome, count in outcomes.most_common():
        print(f"{count:>8} {outcome}")
    print(f"slowest input: {slowest * 1000:.0f} ms; only our own errors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
