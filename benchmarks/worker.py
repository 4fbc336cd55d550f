"""One process in one environment: prepares what is to be measured, then runs it again and again as it is told.

Run as ``python -m benchmarks.worker``, with one JSON object a line on standard input and one a line as the answer:

* ``{"prepare": key, "case": "module:function", "arguments": {...}}`` -> ``{"ready": key}``
* ``{"run": key, "times": n}`` -> ``{"cpu": seconds, "wall": seconds, ...}``, for all n together

A failure is answered with ``{"failed": reason}``; the process goes on.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, TextIO

#: Runs something n times; what it returns beside the times is reported with them.
Runner = Callable[[int], "dict[str, float] | None"]


def prepare(case: str, arguments: dict[str, Any]) -> Runner:
    """Find the function of a case, call it, and let what it returns run once."""
    module, _, function = case.partition(":")
    runner: Runner = getattr(importlib.import_module(f"benchmarks.cases.{module}"), function)(**arguments)
    return runner


def measure(runner: Runner, times: int) -> dict[str, float]:
    """Run n times; return CPU (user and system, all threads) and wall seconds, and what the runner itself measured."""
    gc.collect()
    # What was prepared, for whichever case, must not make the collections during another one longer.
    gc.freeze()
    wall, cpu = time.perf_counter(), time.process_time()
    own = runner(times)
    found = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    gc.unfreeze()
    return found | (own or {})


def answer(order: dict[str, Any], runners: dict[str, Runner]) -> dict[str, Any]:
    """Do what one line says."""
    try:
        if "prepare" in order:
            runners[order["prepare"]] = prepare(order["case"], order["arguments"])
            return {"ready": order["prepare"]}
        return measure(runners[order["run"]], order["times"])
    except Exception as failure:  # noqa: BLE001 - whatever a peer raises is the reason why its row is missing
        return {"failed": f"{type(failure).__name__}: {failure}"[:300]}


def serve(orders: Iterable[str], answers: TextIO) -> None:
    """Answer lines until there are no more."""
    runners: dict[str, Runner] = {}
    for line in orders:
        answers.write(json.dumps(answer(json.loads(line), runners)) + "\n")
        answers.flush()


if __name__ == "__main__":
    # Whatever a peer prints must not be taken for an answer.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, channel)
