"""Do to calls what networks, services and operating systems do, and show what became of each.

Run it with ``make faults``: twenty scenarios on this machine, against a service that counts what it executed, and a
table at the end. It fails if a call that creates, sends or pays was executed twice, if a caller got the wrong thing, or
if anything took longer than its deadline and one read timeout.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for the faulty servers of the tests

from tools import faults_callers, faults_network, faults_programs
from tools.faults_bench import Row

SCENARIOS: dict[int, Callable[[], Iterator[Row]]] = {
    **faults_network.SCENARIOS,
    **faults_callers.SCENARIOS,
    **faults_programs.SCENARIOS,
    8: lambda: itertools.chain(faults_network.too_many(), faults_programs.four_programs()),
}


def run(numbers: list[int], console: Console) -> list[tuple[int, Row]]:
    """Run scenarios one after the other and return their rows."""
    rows = []
    for number in numbers:
        started = time.monotonic()
        found = list(SCENARIOS[number]())
        rows.extend((number, row) for row in found)
        bad = sum(bool(row.complaint) for row in found)
        words = f"{len(found)} rows, {time.monotonic() - started:.1f} s" + (f", {bad} WRONG" if bad else "")
        console.print(f"scenario {number:>2}: {words}")
    return rows


def table(rows: list[tuple[int, Row]]) -> Table:
    """Return the rows as a table."""
    drawn = Table("", "Scenario", "Effect", "Sends", "Executed", "The caller got", "Seconds", "", box=None)
    for number, row in rows:
        counts = ["" if count is None else str(count) for count in (row.sends, row.executed)]
        took = f"{row.seconds:.2f} of {row.limit:g}" if row.seconds else ""
        verdict = f"[red]{row.complaint}[/red]" if row.complaint else ""
        drawn.add_row(str(number), row.scenario, row.effect, *counts, row.got, took, verdict)
    return drawn


def main() -> int:
    """Run, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", type=int, nargs="*", choices=sorted(SCENARIOS), help="only these scenarios")
    arguments = parser.parse_args()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    # What the SDK warns of is part of the scenarios, and would only tear the report apart.
    logging.getLogger("kwork_etxt_sdk").addHandler(logging.NullHandler())
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    started = time.monotonic()
    rows = run(sorted(arguments.only or SCENARIOS), console)
    console.print(table(rows))
    wrong = [row for _, row in rows if row.complaint]
    grave = [row for _, row in rows if row.effect in {"ONCE", "MONEY"}]
    twice = sum((row.executed or 0) > 1 for row in grave)
    console.print(
        f"{len(rows)} rows in {time.monotonic() - started:.0f} s; {len(grave)} of ONCE and MONEY calls, "
        f"executed twice: {twice}; wrong: {len(wrong)}"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
