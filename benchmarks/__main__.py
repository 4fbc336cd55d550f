"""Measure the SDK against its peers, in one run on this machine, and print and save the table.

Run it with ``make bench``, or ``make bench-quick`` for the same rows with few rounds and smaller numbers.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import report, sections_calls, sections_limits, sections_many, sections_mapping, sections_start, servers
from benchmarks.environments import ENVIRONMENTS, ROOT, UnusableError, prepare
from benchmarks.harness import run
from benchmarks.rows import Result, Section, Site, result_of

RESULTS = ROOT / "benchmarks" / "results"
#: What the documentation includes; a quick run leaves it alone.
LATEST = RESULTS / "latest.rst"
_MODULES = (sections_mapping, sections_calls, sections_start, sections_many, sections_limits)
_BIG_FILE_BYTES = 200 << 20
_BIG_FILE_BYTES_WHEN_QUICK = 50 << 20


def sections(site: Site) -> list[Section]:
    """Return everything there is to measure."""
    return [section for module in _MODULES for section in module.sections(site)]


def measure(site: Site, unusable: Mapping[str, str], only: str = "") -> Iterator[Result]:
    """Run the sections and give their rows as they come."""
    draw = random.Random()
    for section in sections(site):
        if only and only.lower() not in section.title.lower():
            continue
        missing = next((site.servers.missing[name] for name in section.needs if name in site.servers.missing), "")
        found = {}
        for group in () if missing else section.groups:
            started = time.monotonic()
            measured = run(group, quick=site.quick, draw=draw, unusable=unusable)
            _say(f"{section.title}: {group.name}, {time.monotonic() - started:.1f} s")
            for name, reason in measured.failed.items():
                _say(f"    {name}: {reason}")
            found.update(dict.fromkeys(group.parts, measured))
        for row in section.rows:
            yield (
                Result(section.title, row, missing=missing)
                if missing
                else result_of(section.title, row, found[row.part])
            )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _prepare_environments() -> tuple[dict[str, str], dict[str, str]]:
    """Return the versions of everything, and why some environments can't be used."""
    versions: dict[str, str] = {}
    unusable: dict[str, str] = {}
    for environment in ENVIRONMENTS.values():
        try:
            found = prepare(environment)
        except UnusableError as reason:
            unusable[environment.name] = str(reason)
            continue
        if environment.name == "kwork":
            words = ", ".join(f"{name} {version}" for name, version in found.items() if name != "kwork")
            versions["kwork"] = f"{found['kwork']} ({words})"
        else:
            versions.update(found)
    if "sdk" in unusable:
        sys.exit(f"The SDK's own environment can't be made: {unusable['sdk']}")
    return versions, unusable


def _commit() -> str:
    """Return the short name of the commit that is measured, with a plus if files were changed since."""
    git = shutil.which("git")
    if git is None:
        return "unknown"

    def ask(*arguments: str) -> str:
        done = subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    return (ask("rev-parse", "--short", "HEAD") or "unknown") + (
        "+" if ask("status", "--porcelain", "kwork_etxt_sdk") else ""
    )


def _describe_models(folder: Path) -> None:
    """Write down what the SDK's models look like, for the peers to make theirs from."""
    done = subprocess.run(
        [str(ENVIRONMENTS["sdk"].python), "-m", "benchmarks.describe"], cwd=ROOT, capture_output=True, check=True
    )
    (folder / "models.json").write_bytes(done.stdout)


def main() -> int:
    """Measure, print the table and save it; return the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, smaller numbers: two minutes")
    parser.add_argument("--only", default="", help="only the sections with this in their title; nothing is saved")
    arguments = parser.parse_args()
    versions, unusable = _prepare_environments()
    started = time.monotonic()
    size = _BIG_FILE_BYTES_WHEN_QUICK if arguments.quick else _BIG_FILE_BYTES
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        tempfile.tempdir = name  # whatever else is written goes when this does
        with servers.running(folder, big_file_bytes=size) as up:
            _describe_models(folder)
            site = Site(up, folder, quick=arguments.quick, big_file_bytes=size)
            results = list(measure(site, unusable, arguments.only))
        facts = {
            "date": report.today(),
            "commit": _commit(),
            "quick": arguments.quick,
            "machine": report.describe_machine(),
            "versions": versions | up.versions,
        }
        print(report.for_terminal(results))
        shown = ", ".join(f"{package} {version}" for package, version in facts["versions"].items())
        print(f"{time.monotonic() - started:.0f} s; {shown}")
        if not arguments.only:
            save(results, facts)
    tempfile.tempdir = None
    return 0


def save(results: Sequence[Result], facts: Mapping[str, Any]) -> None:
    """Write the table into the folder of results; that of a whole run is what the documentation shows."""
    name = f"{facts['date']}-{facts['commit'].rstrip('+')}" + ("-quick" if facts["quick"] else "")
    paths = report.save(results, facts, RESULTS, name)
    if not facts["quick"]:
        LATEST.write_text(report.for_documentation(results, facts), encoding="utf-8")
        paths.append(LATEST)
    for path in paths:
        print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
