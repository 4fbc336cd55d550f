"""The rows of the table: what is divided by what, what should come out, and what did."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.harness import Group, Measured, Sample
from benchmarks.servers import Servers

Measure = Literal["cpu", "wall", "bytes", "peak"]
#: Below and above these shares of the rounds lie the ends of the spread.
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True)
class Site:
    """Where the measuring takes place.

    Attributes:
        servers: What is running.
        folder: For files of its own.
        quick: Whether the large numbers are made smaller.
        big_file_bytes: Size of the file for downloads.
    """

    servers: Servers
    folder: Path
    quick: bool
    big_file_bytes: int

    def url(self, name: str) -> str:
        """Return the address of a server; of one that is not running, none."""
        return self.servers.urls.get(name, "")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        work: What is done.
        part: Who does it.
        against: By what it is divided: the name of another part; a number for a value that is told by itself
            (seconds by 1e-6 are microseconds).
        named: What that is called in the table.
        measure: What is divided.
        target: The most that should come out; None where nothing was set.
        others: Further parts, divided by the same, by what they are called in the table.
        per: By what the parts are divided themselves, where a unit of one holds more than that of another.
        why: Why it misses its target, where it is known to.
    """

    work: str
    part: str
    against: str | float
    named: str
    measure: Measure = "cpu"
    target: float | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    per: Mapping[str, int] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Section:
    """Rows that belong together.

    Attributes:
        title: Over the rows.
        needs: Servers without which none of it can be measured.
        groups: What is run for them.
        rows: The rows.
    """

    title: str
    needs: Sequence[str]
    groups: Sequence[Group]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Result:
    """What came out for a row.

    Attributes:
        section: Title of its section.
        row: The row.
        values: One quotient a round.
        others: Medians of the comparisons, by name.
        missing: Why nothing came out.
    """

    section: str
    row: Row
    values: Sequence[float] = ()
    others: Mapping[str, float] = field(default_factory=dict)
    missing: str = ""

    @property
    def median(self) -> float:
        """The figure."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """Its 10th and 90th percentile."""
        return percentile(self.values, LOW), percentile(self.values, HIGH)

    @property
    def verdict(self) -> str:
        """Whether the target was met, and if not, why."""
        if self.missing:
            return f"not run: {self.missing}"
        if self.row.target is None:
            return ""
        if self.median <= self.row.target:
            return "met"
        return f"missed: {self.row.why or 'the cause is not known yet'}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, in a straight line between two of them."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def result_of(section: str, row: Row, measured: Measured) -> Result:
    """Return what a row came to."""
    for part in (row.part, row.against):
        if isinstance(part, str) and part in measured.failed:
            return Result(section, row, missing=measured.failed[part])
    values = _quotients(row, row.part, measured.rounds)
    if not values:
        return Result(section, row, missing="no round was completed")
    others = {name: _quotients(row, part, measured.rounds) for name, part in row.others.items()}
    return Result(
        section, row, values=values, others={name: statistics.median(found) for name, found in others.items() if found}
    )


def _quotients(row: Row, part: str, rounds: Sequence[Mapping[str, Sample]]) -> list[float]:
    if isinstance(row.against, str):
        against = row.against
        names = {part, against}
        return [
            _value(row, part, samples) / _value(row, against, samples)
            for samples in rounds
            if names <= set(samples) and samples[against][row.measure] > 0
        ]
    return [_value(row, part, samples) / row.against for samples in rounds if part in samples]


def _value(row: Row, part: str, samples: Mapping[str, Sample]) -> float:
    return samples[part][row.measure] / row.per.get(part, 1)
