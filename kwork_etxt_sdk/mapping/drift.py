"""What the services send that the models don't know yet.

Unknown fields and codes never fail a call; they are kept in the data and counted here, so that whoever looks after the
models sees what to add.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from kwork_etxt_sdk.forks import new_lock
from kwork_etxt_sdk.mapping.problems import cut

#: How many different names are counted one by one; a hostile answer must not fill the memory.
MOST_NAMES: Final = 1000
#: Under this name stands all that came when there were already :data:`MOST_NAMES`.
OTHERS: Final = "(others)"

#: How many characters of a name are kept, and how many names of one item.
_LONGEST_NAME: Final = 100
_MOST_FIELDS: Final = 64
#: How many notes may wait before they are added up.
_MOST_WAITING: Final = 1024

#: A model and the unknown fields that one item of it came with.
FieldsNote = tuple[str, tuple[str, ...]]


def fields_note(owner: str, names: tuple[str, ...]) -> FieldsNote:
    """Return the note for an item of a model (``owner``) that came with these unknown fields."""
    return owner, tuple(cut(name, _LONGEST_NAME) for name in names[:_MOST_FIELDS])


class Drift:
    """Counts unknown fields (``"Task.new_field"``) and unknown codes (``"TaskStatus(99)"``); safe between threads.

    A service that adds a field adds it to every item of every page, so counting has to cost next to nothing: an item
    leaves a note, without a lock (a deque's ``append`` and ``pop`` are atomic), and the notes are added up when
    somebody asks or when there are many. What doesn't fit its model is counted as far as it was read.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._notes: deque[FieldsNote] = deque()
        self._lock = new_lock()

    def count(self, name: str) -> None:
        """Note that something unknown was sent once more."""
        with self._lock:
            self._add(name, 1)

    def count_fields(self, note: FieldsNote) -> None:
        """Note that one more item came with unknown fields."""
        self._notes.append(note)
        if len(self._notes) > _MOST_WAITING:
            with self._lock:
                self._add_up()

    def snapshot(self) -> dict[str, int]:
        """Return what was counted so far."""
        with self._lock:
            self._add_up()
            return dict(self._counts)

    def clear(self) -> None:
        """Start again from nothing."""
        with self._lock:
            self._add_up()
            self._counts.clear()

    def _add_up(self) -> None:
        times_of: dict[FieldsNote, int] = {}
        # No more than are there now: with writers at work, "until it is empty" might be never.
        for _ in range(len(self._notes)):
            note = self._notes.popleft()
            times_of[note] = times_of.get(note, 0) + 1
        for (owner, names), times in times_of.items():
            for name in names:
                self._add(f"{owner}.{name}", times)

    def _add(self, name: str, times: int) -> None:
        name = cut(name, _LONGEST_NAME)
        if name not in self._counts and len(self._counts) >= MOST_NAMES:
            name = OTHERS
        self._counts[name] = self._counts.get(name, 0) + times

    def __repr__(self) -> str:
        return f"Drift({self.snapshot()!r})"


#: What every converter of this process has met.
DRIFT: Final = Drift()
