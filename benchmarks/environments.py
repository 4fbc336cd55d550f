"""The environments: the SDK's own, and one for each peer, so that none changes how another starts or runs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What the SDK needs at run time, as pyproject.toml says (a test compares them). The SDK itself is not installed: it
#: runs from this tree, so that what is measured is what stands here.
RUN_TIME = ("requests>=2.32.2", "urllib3>=2.0.2", "attrs>=25.4", "cattrs>=24.1", "tenacity>=9.0,<10")
_PATH = re.compile(r"(?:/[^\s/'\":]+)+/([^\s/'\":]+)")
#: Seconds that making an environment may take.
PATIENCE = 600


@dataclass(frozen=True)
class Environment:
    """One virtual environment beside the project's own.

    Attributes:
        name: Last part of the folder's name.
        packages: What is installed into it.
        shown: Packages whose versions belong into the report.
        probe: Must run in it, else it is made with the next Python; for peers that need an old one.
        pythons: Pythons to try; the one that runs this program if left out.
    """

    name: str
    packages: Sequence[str]
    shown: Sequence[str]
    probe: str = "pass"
    pythons: Sequence[str] = (os.path.realpath(sys.executable),)

    @property
    def folder(self) -> Path:
        """Where it is."""
        return ROOT / f".venv-bench-{self.name}"

    @property
    def python(self) -> Path:
        """The Python in it."""
        return self.folder / "bin" / "python"


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "sdk",
            (*RUN_TIME, "click>=8.1.7", "rich>=13.7", "redis>=5.0", "Flask>=3.0", "cheroot>=10.0.1"),
            ("requests", "urllib3", "attrs", "cattrs", "redis"),
        ),
        Environment("fast", (*RUN_TIME, "orjson>=3.10", "msgspec"), ("orjson", "msgspec")),
        Environment("httpx", ("httpx", "pydantic>=2"), ("httpx", "pydantic")),
        Environment("aiohttp", ("aiohttp", "pydantic>=2"), ("aiohttp", "pydantic")),
        Environment(
            "kwork",
            ("kwork",),
            ("kwork", "aiohttp", "pydantic"),
            probe="import kwork",
            pythons=(
                os.path.realpath(sys.executable),
                "python3.12",
                "python3.11",
                "python3.10",
                "python3.9",
                "python3.8",
            ),
        ),
    )
}


class UnusableError(Exception):
    """An environment could not be made; the text says why."""


def prepare(environment: Environment) -> dict[str, str]:
    """Make an environment unless it is there, and return the versions in it.

    Raises:
        UnusableError: It could not be made with any Python.
    """
    stamp = environment.folder / "made.json"
    wanted = hashlib.sha256("\n".join((*environment.packages, *environment.pythons)).encode()).hexdigest()
    if stamp.exists():
        made = json.loads(stamp.read_text(encoding="utf-8"))
        if made.get("wanted") == wanted and environment.python.exists():
            return dict(made["versions"])
    reasons: list[str] = []
    for python in dict.fromkeys(filter(None, map(_usable, environment.pythons))):
        reason = _make(environment, python)
        if not reason:
            versions = _versions(environment)
            stamp.write_text(json.dumps({"wanted": wanted, "versions": versions}), encoding="utf-8")
            return versions
        reasons.append(reason)
    shutil.rmtree(environment.folder, ignore_errors=True)
    raise UnusableError(
        f"{environment.packages[0]} can't be installed: {'; '.join(dict.fromkeys(reasons)) or 'no Python'}"
    )


def _usable(python: str) -> str | None:
    """Return the path of a Python that really runs; version managers leave names on the PATH that refuse to."""
    found = shutil.which(python)
    if found is None:
        return None
    asked = _run([found, "-c", "import ensurepip, sys, venv; print(sys.executable)"])
    return asked.stdout.strip() if asked.returncode == 0 else None


def _make(environment: Environment, python: str) -> str:
    """Make the environment; return why that failed, or nothing."""
    shutil.rmtree(environment.folder, ignore_errors=True)
    steps = (
        [python, "-m", "venv", str(environment.folder)],
        [
            str(environment.python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *environment.packages,
        ],
        [str(environment.python), "-c", environment.probe],
    )
    for step in steps:
        done = _run(step)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            version = _run([python, "-c", "import platform; print(platform.python_version())"]).stdout.strip()
            return f"Python {version}: {without_paths(lines[-1]) if lines else 'no reason given'}"
    return ""


def _versions(environment: Environment) -> dict[str, str]:
    code = (
        "import importlib.metadata as m, json, platform, sys; "
        "print(json.dumps({'python': platform.python_version(), **{n: m.version(n) for n in sys.argv[1:]}}))"
    )
    versions: dict[str, str] = json.loads(_run([str(environment.python), "-c", code, *environment.shown]).stdout)
    return versions


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


def without_paths(text: str) -> str:
    """Return a reason that names nothing of this machine: of paths only the last part stays."""
    return _PATH.sub(r"\1", text)[:200]
