"""Install the wheel that the source distribution gives into empty environments, and use it there.

``python -m tools.check_install [--extras cli,sandbox] PYTHON...``: for every Python a new environment, far from the
project, gets the wheel and nothing else but what the wheel asks for. Then the package is imported, the command tells
its version, and the demo does its work. Without a Python, the one that runs this.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import build_dist, check_dist

#: Seconds for an installation without a cache, and for the demo.
PATIENCE = 600

#: Variables that would lead an environment back to the project, or change what Python or make do.
OURS = ("PYTHON", "VIRTUAL_ENV", "COV", "MAKE", "MFLAGS", "KWORK", "ETXT")

PROBE = """
import sys, kwork_etxt_sdk
from kwork_etxt_sdk import EtxtClient, KworkClient
assert kwork_etxt_sdk.__file__.startswith(sys.prefix), kwork_etxt_sdk.__file__
print("import:", kwork_etxt_sdk.__version__, "on", sys.version.split()[0])
"""


class InstallFailedError(Exception):
    """A step went wrong; the message has what it said."""


def run(command: list[str], folder: Path) -> str:
    """Run a command in a folder, with the environment of a user who has never seen the project."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment |= {"KWORK_ETXT_STATE_DIR": str(folder / "state"), "PYTHONNOUSERSITE": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if done.returncode:
        raise InstallFailedError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def try_wheel(wheel: Path, python: str, extras: str, folder: Path) -> None:
    """Install the wheel for a Python and use it; prints what it sees."""
    folder.mkdir()
    run([python, "-m", "venv", "environment"], folder)
    commands = folder / "environment" / ("Scripts" if os.name == "nt" else "bin")
    inside = str(commands / "python")
    run([inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[{extras}]"], folder)
    run([inside, "-m", "pip", "check", "--disable-pip-version-check"], folder)
    print(run([inside, "-c", PROBE], folder).strip())
    version = wheel.name.split("-")[1]
    told = run([str(commands / "kwork-etxt"), "--version"], folder).strip()
    if told != f"kwork-etxt {version}":
        raise InstallFailedError(f"kwork-etxt --version says {told!r}, the wheel is {version}")
    print(told)
    demo = run([str(commands / "kwork-etxt"), "demo", "--out", str(folder / "demo")], folder)
    files = [path.name for path in (folder / "demo").rglob("*") if path.is_file()]
    if not demo.strip() or not files:
        raise InstallFailedError(f"the demo said {demo!r} and wrote {files}")
    print(f"demo: {len(demo.splitlines())} lines, {len(files)} files")


def main(arguments: list[str]) -> int:
    """Build, then try each Python."""
    parser = argparse.ArgumentParser(description="Install the wheel into empty environments and use it.")
    parser.add_argument("--extras", default="cli,sandbox")
    parser.add_argument("python", nargs="*", default=[sys.executable])
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="check-install-") as name:
        folder = Path(name).resolve()
        check_dist.copy_tree(folder / "tree")
        _, wheel = build_dist.build(folder / "tree", folder / "dist")
        print(wheel.name)
        try:
            for number, python in enumerate(chosen.python):
                print(f"== {python}")
                try_wheel(wheel, python, chosen.extras, folder / f"user-{number}")
        except (InstallFailedError, OSError) as error:
            print(error)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
