"""The table: on the terminal, as reStructuredText for the documentation, as CSV, and with every round as JSON."""

from __future__ import annotations

import csv
import json
import os
import platform
import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.rows import Result

#: Columns, with their widths on the terminal.
COLUMNS = {"Work": 46, "Against": 26, "Target": 8, "Reached": 9, "p10-p90": 15, "Verdict": 34}
_COMPARED = "For comparison"


def describe_machine() -> dict[str, str]:
    """Return what the figures depend on, and nothing that names the machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return {"processor": model, "cores": str(os.cpu_count()), "system": f"{platform.system()} {platform.machine()}"}


def number(value: float) -> str:
    """Return a figure with as many digits as it deserves."""
    return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f}"


def cells(result: Result) -> dict[str, str]:
    """Return a row as text."""
    row = result.row
    target = "" if row.target is None else f"<= {row.target:g}"
    found = {"Work": row.work, "Against": row.named, "Target": target}
    if result.missing:
        return found | {"Reached": "", "p10-p90": "", "Verdict": result.verdict, _COMPARED: ""}
    low, high = result.spread
    compared = "; ".join(f"{name} {number(value)}" for name, value in result.others.items())
    return found | {
        "Reached": number(result.median),
        "p10-p90": f"{number(low)}-{number(high)}",
        "Verdict": result.verdict,
        _COMPARED: compared,
    }


def summary(results: Sequence[Result]) -> str:
    """Return how many targets were met."""
    aimed = [result for result in results if result.row.target is not None]
    met = sum(result.verdict == "met" for result in aimed)
    missing = sum(bool(result.missing) for result in results)
    return f"{len(results)} rows; {met} of {len(aimed)} targets met; {missing} rows not run"


def for_terminal(results: Sequence[Result]) -> str:
    """Return the table for people."""
    lines: list[str] = []
    section = ""
    for result in results:
        if result.section != section:
            section = result.section
            lines += ["", section, "=" * len(section), _line(dict(zip(COLUMNS, COLUMNS, strict=True)))[0]]
        row = cells(result)
        lines += _line(row)
        if row[_COMPARED]:
            lines += textwrap.wrap(row[_COMPARED], 130, initial_indent="    ", subsequent_indent="    ")
    return "\n".join([*lines, "", summary(results)])


def _line(row: Mapping[str, str]) -> list[str]:
    wrapped = [textwrap.wrap(row[name], width) or [""] for name, width in COLUMNS.items()]
    height = max(map(len, wrapped))
    return [
        "  ".join(
            (part[line] if line < len(part) else "").ljust(width)
            for part, width in zip(wrapped, COLUMNS.values(), strict=True)
        ).rstrip()
        for line in range(height)
    ]


def for_documentation(results: Sequence[Result], facts: Mapping[str, Any]) -> str:
    """Return the tables as reStructuredText."""
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    machine = facts["machine"]
    how = "in a quick run, " if facts["quick"] else ""
    where = f"on {machine['cores']} cores of {machine['processor']} ({machine['system']})"
    first = f"Measured on {facts['date']} {where}, {how}at commit {facts['commit']}. Versions: {versions}."
    lines = [first, "", f"{summary(results)}."]
    names = [*COLUMNS, _COMPARED]
    section = ""
    for result in results:
        if result.section != section:
            section = result.section
            lines += ["", f".. rubric:: {section}", "", ".. csv-table::", "   :header-rows: 1", "   :widths: auto", ""]
            lines.append("   " + ", ".join(map(_quoted, names)))
        row = cells(result)
        lines.append("   " + ", ".join(_quoted(_marked_up(row[name])) for name in names))
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _marked_up(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("<=", "≤").replace("`", "'").replace("_", "\\_")


def save(results: Sequence[Result], facts: Mapping[str, Any], folder: Path, name: str) -> list[Path]:
    """Write the three files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{ending}" for ending in ("json", "rst", "csv")]
    rows = [
        {"section": result.section, **cells(result), "rounds": [round(value, 4) for value in result.values]}
        for result in results
    ]
    paths[0].write_text(json.dumps({**facts, "rows": rows}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    paths[1].write_text(for_documentation(results, facts), encoding="utf-8")
    with paths[2].open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow(["Section", *COLUMNS, _COMPARED])
        writer.writerows([result.section, *cells(result).values()] for result in results)
    return paths


def today() -> str:
    """Return the date, in universal time."""
    return datetime.now().astimezone().strftime("%Y-%m-%d")
