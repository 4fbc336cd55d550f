"""Compare what is public with the snapshot in tests/meta/api, or write the snapshot anew (``make api``).

``python -m tools.api`` writes it and says what changed; ``python -m tools.api --check`` only says so, and ends with
status 1 if there is a difference.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "tests" / "meta" / "api"

#: In how many lines of each kind a report shows what changed; the difference of the files shows the rest.
SHOWN = 40
PARAMETERS = {"arg", "keyword"}
#: The end of a field whose class is made by callers, as options are; models are made by the SDK.
POSITIONAL = "(positional)"

WHAT_TO_DO = """\
What to do:
  - Not meant? Undo it.
  - A break can mostly be avoided: keep the old name working and let it warn (CONTRIBUTING.rst, "Deprecating something
    public").
  - If it must break: run `make api`, and commit the snapshot and the code as `feat!:` (or another type with `!`) with
    a paragraph `BREAKING CHANGE: ...` that says what users have to do. The next version is a major one.
    `make release-check` refuses to release a break that no commit announces.
  - A changed line that breaks nobody (a parameter that accepts more): `make api`, and `feat:`.
  - Additions: `make api`, and commit the snapshot with the code that adds them (`feat:`).
"""

#: A line of the snapshot: the headings it stands under, and its own kind and name.
Key = tuple[str, ...]


class Difference(NamedTuple):
    """What is public now and was not, and the other way round."""

    breaks: list[str]
    """Gone, or demanded of callers that did not have to give it."""
    changes: list[str]
    """There still, but not as it was: a break unless it only accepts more."""
    additions: list[str]
    """New."""

    def __bool__(self) -> bool:
        return any(self)

    def report(self) -> str:
        """Return it in words; empty if there is nothing to say."""
        titles = ("Breaks", "Changed, a break unless it only accepts more", "Added")
        parts = [
            "\n".join([f"{title} ({len(lines)}):", *(f"  - {line}" for line in lines[:SHOWN])])
            + (f"\n  ... and {len(lines) - SHOWN} more" if len(lines) > SHOWN else "")
            for title, lines in zip(titles, self, strict=True)
            if lines
        ]
        return "\n".join(parts)


def parse(lines: Iterable[str]) -> dict[Key, str]:
    """Return ``{key: line}`` of a snapshot, in its order; lines that begin with # are comments."""
    entries: dict[Key, str] = {}
    above: list[tuple[int, str]] = []
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        while above and above[-1][0] >= depth:
            above.pop()
        above.append((depth, _name(text)))
        entries[tuple(name for _, name in above)] = text
    return entries


def _name(text: str) -> str:
    """The kind and the name that a line begins with; a parameter keeps its name when its kind changes."""
    if text.startswith("command "):
        return text
    kind, _, rest = text.partition(" ")
    name = rest.split(":")[0].split("(")[0].split(" ->")[0].split(" = ")[0].split(" is ")[0].strip()
    if kind == "option":  # it may get another short form
        name = max(name.split(), key=len)
    return name if kind in PARAMETERS else f"{kind} {name}"


def compare(old: Mapping[Key, str], new: Mapping[Key, str]) -> Difference:
    """Return what lies between two snapshots; what stands under something new or gone is not told again."""
    gone = [key for key in old if key not in new]
    came = [key for key in new if key not in old]
    breaks = [f"{_path(key)} is gone" for key in gone if key[:-1] in new or len(key) == 1]
    additions: list[str] = []
    for key in came:
        if key[:-1] in old or len(key) == 1:
            demanded = _is_demanded(new[key])
            (breaks if demanded else additions).append(
                f"{_path(key)}: {new[key]}" + (" is new, and has to be given" if demanded else "")
            )
    breaks += _reordered(old, new)
    changes = [f"{_path(key)}: {old[key]}  ->  {new[key]}" for key in old if key in new and old[key] != new[key]]
    return Difference(breaks, changes, additions)


def _is_demanded(line: str) -> bool:
    given_by_callers = line.split(" ", maxsplit=1)[0] in PARAMETERS or line.endswith(POSITIONAL)
    return (given_by_callers and " = " not in line) or line.endswith("(required)")


def _reordered(old: Mapping[Key, str], new: Mapping[Key, str]) -> Iterator[str]:
    """Positional parameters that no longer stand where callers put their values."""
    places = [_positional(entries) for entries in (old, new)]
    for function in sorted(places[0].keys() & places[1].keys()):
        before, now = (place[function] for place in places)
        kept = [name for name in before if name in now]
        if now[: len(kept)] != kept:
            yield f"{_path(function)}: the order of its parameters was {', '.join(before)}; it is {', '.join(now)}"


def _positional(entries: Mapping[Key, str]) -> dict[Key, list[str]]:
    found: dict[Key, list[str]] = {}
    for key, line in entries.items():
        if line.startswith("arg ") or line.endswith(POSITIONAL):
            found.setdefault(key[:-1], []).append(key[-1])
    return found


def _path(key: Key) -> str:
    return " > ".join(key)


def header(file: str) -> str:
    """Return the first lines of a file of the snapshot."""
    return (
        f"# What is public: {file}. Written by `make api`; CONTRIBUTING.rst says what a change here means.\n"
        "# arg: parameter that may be positional; keyword: one that may not be; no default: it has to be given.\n"
    )


def read(folder: Path) -> dict[Key, str]:
    """Return the snapshot in a folder."""
    entries: dict[Key, str] = {}
    for path in sorted(folder.glob("*.txt")):
        entries |= {(path.stem, *key): line for key, line in parse(path.read_text("utf-8").splitlines()).items()}
        entries[(path.stem,)] = path.stem
    return entries


def flat(files: Mapping[str, Iterable[str]]) -> dict[Key, str]:
    """Return the same for files that are not written yet."""
    entries: dict[Key, str] = {}
    for file, lines in files.items():
        entries |= {(file, *key): line for key, line in parse(lines).items()}
        entries[(file,)] = file
    return entries


def write(files: Mapping[str, Iterable[str]], folder: Path) -> None:
    """Make a folder hold this snapshot and no other."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.txt"):
        if path.stem not in files:
            path.unlink()
    for file, lines in files.items():
        text = header(file) + "".join(f"{line}\n" for line in lines)
        (folder / f"{file}.txt").write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Compare, then write unless told only to check."""
    from tools.api_surface import surface

    files = surface()
    difference = compare(read(SNAPSHOT), flat(files))
    print(difference.report() or "The public surface is what the snapshot says.")
    if "--check" not in arguments:
        write(files, SNAPSHOT)
        print(f"Written: {SNAPSHOT.relative_to(ROOT)}")
    if difference:
        print(f"\n{WHAT_TO_DO}")
    return 1 if difference and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
