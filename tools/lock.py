"""Pin every package of development and of releases, with hashes, for all supported Pythons (``make lock``).

``--upgrade`` takes the newest versions; without it what is pinned stays where it still fits. ``--check`` only says
whether ``constraints/dev.txt`` was made from the packages that pyproject.toml now names (status 1 if not); it needs
nothing but Python, because it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints"

#: The oldest Python; the pins of newer ones stand beside its own, with markers.
OLDEST = "3.10"
#: ``{file: what it is made from}``
LOCKS = {
    "dev.txt": ("pyproject.toml", "--extra=dev", "--extra=all", "--extra=docs"),
    "release.txt": ("constraints/release.in",),
}
#: The parts of pyproject.toml that decide what is installed.
PACKAGES_OF_PYPROJECT = (
    r"^requires-python = [^\n]*",
    r"^dependencies = \[.*?^\]",
    r"^\[project\.optional-dependencies\]\n.*?(?=^\[)",
)
HEADER = """\
# Made by `make lock` from {source}; do not edit. Every package with its hashes, for Python {oldest} and newer.
# Made from: {digest}
"""


def wanted(source: str) -> str:
    """Return what a file asks for, so that two that ask for the same are equal: without comments and other tables."""
    text = re.sub(r"(?m)(^|\s)#.*$", "", (ROOT / source).read_text(encoding="utf-8"))
    if source.endswith(".toml"):
        text = " ".join(re.findall("|".join(PACKAGES_OF_PYPROJECT), text, flags=re.MULTILINE | re.DOTALL))
    return " ".join(text.split())


def digest(source: str) -> str:
    """Return a fingerprint of what a file asks for."""
    return hashlib.sha256(wanted(source).encode()).hexdigest()[:32]


def stale() -> list[str]:
    """Return the files that were made from other wishes than today's."""
    return [
        name
        for name, (source, *_) in LOCKS.items()
        if f"# Made from: {digest(source)}\n" not in (CONSTRAINTS / name).read_text(encoding="utf-8")
    ]


def lock(*, upgrade: bool) -> None:
    """Write the files."""
    uv = Path(sys.executable).with_name("uv")
    for name, (source, *choice) in LOCKS.items():
        path = CONSTRAINTS / name
        command = [str(uv), "pip", "compile", source, *choice, "--universal", f"--python-version={OLDEST}"]
        # Where packages come from is each machine's own business.
        command += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--quiet"]
        command += ["--output-file", str(path), *(["--upgrade"] if upgrade else [])]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        header = HEADER.format(source=source, oldest=OLDEST, digest=digest(source))
        pins = path.read_text(encoding="utf-8")
        path.write_text(header + pins, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(re.findall(r'^[a-z].*==', pins, flags=re.MULTILINE))} pins")


def main(arguments: list[str]) -> int:
    """Lock, or check."""
    if "--check" not in arguments:
        lock(upgrade="--upgrade" in arguments)
        return 0
    for name in stale():
        print(f"constraints/{name} does not fit what it is made from any more: run `make lock`", file=sys.stderr)
    return 1 if stale() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
