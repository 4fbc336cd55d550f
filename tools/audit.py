"""Ask a public database about known vulnerabilities of every pinned package (``make audit``).

All pins are asked about, those of other Pythons and systems included. Status 0: all were looked up, and nothing is
known. 1: something is. 75 (try again later): no database could be reached, or it did not know all packages, so nothing
was proved. A check that could not look is not a check that found nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (ROOT / "constraints" / "dev.txt", ROOT / "constraints" / "release.txt")

#: The databases that pip-audit knows, asked in this order until one has answered for every package.
SERVICES = ("pypi", "osv")
FOUND, NOT_AUDITED = 1, 75

#: Of what pip-audit says when it fails, in characters.
LONGEST_REASON = 160


class Answer(NamedTuple):
    """What a database said."""

    known: list[str]
    """One line per vulnerability."""
    unknown: list[str]
    """Packages that it could not say anything about."""
    failure: str = ""
    """Why it did not answer at all."""


def pins(texts: Iterable[str]) -> dict[str, set[str]]:
    """Return ``{package: versions}`` of lock files."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", "\n".join(texts)):
        found.setdefault(name, set()).add(version)
    return found


def rounds(found: dict[str, set[str]]) -> list[dict[str, str]]:
    """Spread packages with several versions over several lists: a list can name each only once."""
    left = {name: sorted(versions) for name, versions in found.items()}
    result = []
    while any(left.values()):
        result.append({name: versions.pop() for name, versions in left.items() if versions})
    return result


def understand(output: str) -> Answer:
    """Read the JSON of pip-audit."""
    dependencies: list[dict[str, Any]] = json.loads(output)["dependencies"]
    known = [
        f"{item['name']} {item['version']}: {flaw['id']}"
        + (f", fixed in {', '.join(flaw['fix_versions'])}" if flaw["fix_versions"] else ", no fix yet")
        for item in dependencies
        for flaw in item.get("vulns", [])
    ]
    return Answer(known, [item["name"] for item in dependencies if "skip_reason" in item])


def ask(service: str, wanted: dict[str, str]) -> Answer:
    """Ask one database about these packages."""
    with tempfile.TemporaryDirectory(prefix="audit-") as name:
        requirements = Path(name, "requirements.txt")
        requirements.write_text("".join(f"{package}=={version}\n" for package, version in wanted.items()), "utf-8")
        command = [str(Path(sys.executable).with_name("pip-audit")), "--requirement", str(requirements)]
        command += ["--disable-pip", "--no-deps", "--format=json", "--progress-spinner=off"]
        done = subprocess.run(
            [*command, f"--vulnerability-service={service}"], capture_output=True, text=True, check=False
        )
    try:
        return understand(done.stdout)
    except (json.JSONDecodeError, KeyError):
        return Answer([], [], failure=(done.stderr.strip().splitlines() or ["no answer"])[-1][:LONGEST_REASON])


def whole(service: str, lists: list[dict[str, str]]) -> Answer:
    """Ask one database about everything; its first failure ends it."""
    known: list[str] = []
    unknown: list[str] = []
    for wanted in lists:
        answer = ask(service, wanted)
        known += answer.known
        unknown += answer.unknown
        if answer.failure:
            return Answer(known, unknown, answer.failure)
    return Answer(known, unknown)


def verdict(answers: dict[str, Answer], total: int) -> tuple[list[str], int]:
    """Return what to print and the exit status."""
    known = sorted({line for answer in answers.values() for line in answer.known})
    if known:
        return [f"{len(known)} known vulnerabilities:", *known], FOUND
    for service, answer in answers.items():
        if not answer.failure and not answer.unknown:
            return [f"{total} pins looked up ({service}): no known vulnerabilities."], 0
    lines = ["NOT AUDITED: no database answered for all packages. This says nothing about vulnerabilities."]
    for service, answer in answers.items():
        why = answer.failure or f"it did not know {len(answer.unknown)} of {total} pins"
        lines.append(f"  {service}: {why}")
    return lines, NOT_AUDITED


def main() -> int:
    """Ask, and report."""
    lists = rounds(pins(path.read_text(encoding="utf-8") for path in LOCKS))
    answers: dict[str, Answer] = {}
    for service in SERVICES:
        answers[service] = whole(service, lists)
        if not answers[service].failure and not answers[service].unknown:
            break
    lines, status = verdict(answers, sum(map(len, lists)))
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
