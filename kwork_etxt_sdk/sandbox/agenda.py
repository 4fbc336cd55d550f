"""What is going to happen: future events in the order of simulated time."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Event:
    """Something that happens by itself at a moment of simulated time.

    `kind` names the handler, `subject` and `person` are the ids it is about. `turn` lets the handler recognise an
    event that circumstances have overtaken: an author taken off an order delivers nothing.
    """

    at: float
    number: int
    kind: str = field(compare=False)
    subject: int = field(compare=False, default=0)
    person: int = field(compare=False, default=0)
    turn: int = field(compare=False, default=0)


class Agenda:
    """A queue of events. Events of the same moment happen in the order in which they were added."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._added = 0

    def add(self, at: float, kind: str, *, subject: int = 0, person: int = 0, turn: int = 0) -> None:
        """Plans an event."""
        heapq.heappush(self._events, Event(at, self._added, kind, subject, person, turn))
        self._added += 1

    def take_due(self, now: float) -> Event | None:
        """Removes and returns the earliest event that is due, if there is one."""
        if self._events and self._events[0].at <= now:
            return heapq.heappop(self._events)
        return None
