"""The pages of the documentation, and the pieces of them that tests read."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from kwork_etxt_sdk.client import Client

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
READMES = [ROOT / "README.rst", ROOT / "README.ru.rst"]
PAGES = sorted(page for page in DOCS.rglob("*.rst") if "_build" not in page.parts)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@attrs.frozen
class Block:
    line: int
    text: str


def code_blocks(page: Path, language: str) -> list[Block]:
    lines = page.read_text(encoding="utf-8").splitlines()
    return [
        Block(number + 3, _indented(lines[number + 1 :]))
        for number, line in enumerate(lines)
        if line == f".. code-block:: {language}"
    ]


def _indented(lines: list[str]) -> str:
    taken = []
    for line in lines:
        if line and not line.startswith("    "):
            break
        taken.append(line[4:])
    return "\n".join(taken).strip("\n") + "\n"


def run_blocks(page: Path, blocks: list[Block], **names: object) -> dict[str, object]:
    """Execute blocks one after the other, as if typed into one console; close the clients they leave open."""
    namespace: dict[str, object] = {"__name__": "__main__", **names}
    try:
        for block in blocks:
            # Blank lines in front, so that a failure names the line of the page.
            code = compile("\n" * (block.line - 1) + block.text, name_of(page), "exec")
            exec(code, namespace)
    finally:
        for value in namespace.values():
            if isinstance(value, Client):
                value.close()
    return namespace


def list_table(page: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first ``list-table`` behind a text, without its header."""
    text = page.read_text(encoding="utf-8").partition(heading)[2]
    body = text.partition(".. list-table::")[2]
    rows: list[list[str]] = []
    for line in body.splitlines()[1:]:
        cell = re.fullmatch(r"   (\* -|  -) ?(.*)", line)
        if cell is not None:
            if cell[1] == "* -":
                rows.append([])
            rows[-1].append(cell[2])
        elif line and not line.startswith("   "):
            break
    return rows[1:]
