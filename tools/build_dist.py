"""Build the source distribution and, from it, the wheel, so that the same commit gives the same bytes every time.

Times come from ``SOURCE_DATE_EPOCH`` or else from the last commit; owners, permissions and the order of the files are
the same wherever it is built.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: 1980-01-01, the earliest time that a zip file can hold; stands for commits that are not known.
EARLIEST = 315_532_800


def epoch() -> int:
    """Return the time that all files get, in seconds since 1970."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # without git, as without commits, the time of the last one is not known
        return EARLIEST
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else EARLIEST


def build(tree: Path, out: Path) -> tuple[Path, Path]:
    """Build both distributions of a tree and return their paths."""
    seconds = epoch()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="build-dist-") as name:
        folder = Path(name).resolve()
        _run_build("--sdist", folder / "raw", tree, seconds)
        (raw,) = (folder / "raw").glob("*.tar.gz")
        sdist = out / raw.name
        normalise(raw, sdist, seconds)
        with tarfile.open(sdist) as archive:
            archive.extractall(folder / "unpacked", filter="data")
        (unpacked,) = (folder / "unpacked").iterdir()
        _run_build("--wheel", out, unpacked, seconds)
    (wheel,) = out.glob("*.whl")
    return sdist, wheel


def _run_build(what: str, out: Path, tree: Path, seconds: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", what, "--outdir", str(out), str(tree)],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(seconds)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"The build failed:\n{done.stdout}{done.stderr}")


def normalise(source: Path, target: Path, seconds: int) -> None:
    """Pack a source distribution again, without what differs between two machines."""
    with (
        tarfile.open(source) as old,
        target.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=seconds) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            clean = tarfile.TarInfo(member.name)
            clean.type, clean.size, clean.mtime = member.type, member.size, seconds
            clean.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            if not (member.isfile() or member.isdir()):
                sys.exit(f"{member.name} is neither a file nor a folder: it has no place in a distribution")
            new.addfile(clean, old.extractfile(member) if member.isfile() else None)


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
