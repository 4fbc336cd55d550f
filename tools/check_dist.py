"""Build the source distribution and the wheel from a clean copy of the tree, and check what is in them.

The wheel must hold the package, complete, and nothing else; the source distribution must hold what is needed to test,
document and rebuild the project; the metadata must say what pyproject.toml promises; and every module must import from
the wheel. Prints one line per complaint and ends with status 1 if there is any.

``python -m tools.check_dist``; with ``--out FOLDER`` it builds twice, in two places, demands that both give the same
bytes, and leaves the distributions in the folder; with ``--tag v1.2.3`` it demands that this is their version.
"""

from __future__ import annotations

import argparse
import email.parser
import email.policy
import os
import runpy
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tools import build_dist

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "kwork_etxt_sdk"
NAME = "kwork-etxt-sdk"
RUNTIME = {"requests", "urllib3", "attrs", "cattrs", "tenacity"}
EXTRAS = {"cli", "sync", "pandas", "notebooks", "redis", "fast", "keyring", "sandbox", "testing", "docs", "dev", "all"}

#: Folders and files of the tree that the source distribution holds completely. Those that may be absent yet are
#: checked when they are there.
SDIST_FOLDERS = (PACKAGE, "tests", "docs", "tools", "constraints", ".ci", ".gitea", ".github", "examples", "benchmarks")
SDIST_FILES = (
    "CHANGELOG.md",
    "CONTRIBUTING.rst",
    "LICENSE",
    "MANIFEST.in",
    "Makefile",
    "README.rst",
    "SECURITY.md",
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
)
SDIST_OPTIONAL_FILES = ("README.ru.rst", ".editorconfig", ".pre-commit-config.yaml")
#: What of the hidden files and folders belongs to the project.
HIDDEN = {".ci", ".editorconfig", ".gitea", ".github", ".pre-commit-config.yaml"}
DIST_INFO = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}

#: What tools leave in the tree. Hidden names are left out too, but for those above.
LITTER = ("__pycache__", "*.py[cod]", "*.egg-info", "build", "dist", "_build", "htmlcov")

#: Imports every module of the installed wheel and loads its commands.
IMPORT_ALL = f"""
import importlib, importlib.metadata, pkgutil, sys
target = sys.argv[1]
import {PACKAGE}
assert {PACKAGE}.__file__.startswith(target), "imported from " + {PACKAGE}.__file__
(dist,) = importlib.metadata.distributions(name="{NAME}", path=[target])
assert {PACKAGE}.__version__ == dist.version, (
    "__version__ is " + {PACKAGE}.__version__ + ", the metadata say " + dist.version)
def fail(name):
    raise
for module in pkgutil.walk_packages({PACKAGE}.__path__, "{PACKAGE}.", onerror=fail):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
commands = [point for point in dist.entry_points if point.group == "console_scripts"]
assert [point.name for point in commands] == ["kwork-etxt"], "commands: " + str(commands)
assert callable(commands[0].load()), "the command cannot be called"
"""


def copy_tree(target: Path) -> None:
    """Copy the project to ``target`` without what tools left in it."""
    litter = shutil.ignore_patterns(*LITTER)

    def ignore(folder: str, names: list[str]) -> set[str]:
        hidden = {name for name in names if name.startswith(".") and name not in HIDDEN}
        return litter(folder, names) | hidden

    shutil.copytree(ROOT, target, ignore=ignore)


def files_below(tree: Path, *folders: str) -> set[str]:
    """Return the files in these folders of the tree, as paths relative to it."""
    return {
        path.relative_to(tree).as_posix() for folder in folders for path in (tree / folder).rglob("*") if path.is_file()
    }


def check_wheel(wheel: Path, tree: Path, version: str) -> Iterator[str]:
    """The package and its metadata, all of it and nothing else."""
    if wheel.name != f"{PACKAGE}-{version}-py3-none-any.whl":
        yield f"the wheel is named {wheel.name}"
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
        info = f"{PACKAGE}-{version}.dist-info/"
        metadata = archive.read(info + "METADATA")
    wanted = files_below(tree, PACKAGE) | {info + name for name in DIST_INFO}
    yield from (f"the wheel lacks {name}" for name in sorted(wanted - held))
    yield from (f"the wheel holds {name}" for name in sorted(held - wanted))
    if f"{PACKAGE}/py.typed" not in held:
        yield "the wheel is not marked as typed"
    yield from check_metadata(metadata, version)


def check_metadata(text: bytes, version: str) -> Iterator[str]:
    """Names, numbers and promises."""
    metadata = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(text)
    promises = {
        "Name": NAME,
        "Version": version,
        "License-Expression": "MIT",
        "License-File": "LICENSE",
        "Requires-Python": ">=3.10",
        "Description-Content-Type": "text/x-rst",
    }
    for key, promised in promises.items():
        if metadata[key] != promised:
            yield f"metadata: {key} is {metadata[key]}, not {promised}"
    required = metadata.get_all("Requires-Dist", [])
    runtime = {
        "".join(char if char.isalnum() or char in "-_." else " " for char in line).split()[0].lower()
        for line in required
        if "extra ==" not in line
    }
    if runtime != RUNTIME:
        yield f"metadata: the run-time packages are {sorted(runtime)}"
    if set(metadata.get_all("Provides-Extra", [])) != EXTRAS:
        yield f"metadata: the extras are {sorted(metadata.get_all('Provides-Extra', []))}"


def check_sdist(sdist: Path, tree: Path, version: str) -> Iterator[str]:
    """Everything needed to test, document and rebuild the project, and nothing that is not in the tree."""
    top = f"{PACKAGE}-{version}"
    with tarfile.open(sdist) as archive:
        members = [PurePosixPath(member.name) for member in archive.getmembers() if member.isfile()]
    yield from (f"the source distribution holds {path} outside {top}" for path in members if path.parts[0] != top)
    held = {path.relative_to(top).as_posix() for path in members if path.parts[0] == top}
    wanted = files_below(tree, *SDIST_FOLDERS) | set(SDIST_FILES)
    wanted |= {name for name in SDIST_OPTIONAL_FILES if (tree / name).exists()}
    generated = {name for name in held if name == "PKG-INFO" or name.startswith(f"{PACKAGE}.egg-info/")}
    yield from (f"the source distribution lacks {name}" for name in sorted(wanted - held))
    yield from (f"the source distribution holds {name}" for name in sorted(held - wanted - generated))


def check_import(wheel: Path, target: Path) -> Iterator[str]:
    """Every module imports from the wheel, and the command loads."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*install, "--target", str(target), str(wheel)], capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"the wheel cannot be installed: {done.stderr.strip()}"
        return
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, str(target)],
        cwd=target,
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        yield f"the wheel does not work once installed: {done.stderr.strip()}"


def check_reproducible(built: list[Path], again: list[Path]) -> Iterator[str]:
    """Built a second time, elsewhere, the files are the same to the last byte."""
    for first, second in zip(built, again, strict=True):
        if build_dist.fingerprint(first) != build_dist.fingerprint(second):
            yield f"built twice, {first.name} is not the same"


def main(arguments: list[str]) -> int:
    """Build, check, report."""
    parser = argparse.ArgumentParser(description="Build the distributions and check what is in them.")
    parser.add_argument("--out", type=Path, help="build twice, and leave the files in this folder")
    parser.add_argument("--tag", default="", help="the tag that they are built for")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="check-dist-") as name:
        folder = Path(name).resolve()
        tree = folder / "tree"
        copy_tree(tree)
        if chosen.out:  # taken now: a build leaves its traces in the tree
            shutil.copytree(tree, folder / "elsewhere" / "tree")
        version = runpy.run_path(str(tree / PACKAGE / "_version.py"))["__version__"]
        sdist, wheel = build_dist.build(tree, folder / "dist")
        complaints = [
            *check_sdist(sdist, tree, version),
            *check_wheel(wheel, tree, version),
            *check_import(wheel, folder / "target"),
        ]
        if chosen.tag and chosen.tag != f"v{version}":
            complaints.append(f"the tag is {chosen.tag}, but {PACKAGE}/_version.py says {version}")
        if chosen.out:
            again = build_dist.build(folder / "elsewhere" / "tree", folder / "again")
            complaints += check_reproducible([sdist, wheel], [*again])
        for file in (sdist, wheel):
            print(f"{file.name}: {file.stat().st_size / 1024:.0f} KiB, sha256 {build_dist.fingerprint(file)}")
        if chosen.out and not complaints:
            for old in (*chosen.out.glob("*.whl"), *chosen.out.glob("*.tar.gz")):
                old.unlink()  # publishing takes whatever is there
            shutil.copytree(folder / "dist", chosen.out, dirs_exist_ok=True)
    for complaint in complaints:
        print(complaint)
    print(f"{len(complaints)} complaints" if complaints else "complete, and nothing else in them")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
