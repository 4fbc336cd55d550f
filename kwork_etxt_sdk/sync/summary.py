"""What a run of ``sync`` did."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.define
class Counts:
    """What became of the rows of one table.

    Attributes:
        new: Rows that were not there before.
        changed: Rows whose content is another one now.
        unchanged: Rows that came again as they were.
        gone: Rows that the service no longer has; they are kept and marked.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


@attrs.define
class Summary:
    """What a run did.

    Attributes:
        site: ``"etxt"`` or ``"kwork"``.
        tables: Counts by table.
        files: Text files written.
        bad: Items that could not be read; they are in the table ``problems``.
        calls: Requests sent, repetitions and downloads included.
        seconds: How long it took.
        stopped: Why it ended before everything was mirrored; None if it is complete.
    """

    site: str
    tables: dict[str, Counts] = attrs.field(factory=dict)
    files: int = 0
    bad: int = 0
    calls: int = 0
    seconds: float = 0.0
    stopped: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that was chosen is mirrored."""
        return self.stopped is None

    def total(self, kind: str) -> int:
        """Return the sum of one of the counts over all tables: ``summary.total("new")``."""
        return sum(getattr(counts, kind) for counts in self.tables.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that ``json.dumps`` takes."""
        plain = attrs.asdict(self)
        plain["seconds"] = round(self.seconds, 3)
        return {**plain, "is_complete": self.is_complete}

    def __str__(self) -> str:
        counted = ", ".join(f"{self.total(kind)} {kind}" for kind in ("new", "changed", "unchanged", "gone"))
        bad = f", {self.bad} unreadable" if self.bad else ""
        end = f"; not complete: {self.stopped}" if self.stopped else ""
        calls = f"{self.calls} call{'' if self.calls == 1 else 's'}"
        return f"{self.site}: {counted}{bad}, {self.files} files; {calls} in {self.seconds:.1f} s{end}"
