"""What a call does to the world."""

from __future__ import annotations

import enum


class Effect(enum.IntEnum):
    """What a call does to the world; graver effects compare as greater.

    It is never derived from the HTTP verb: at both services everything may be a POST.
    """

    READ = 0
    """Changes nothing. Sent again after failures."""
    REPEATABLE = 1
    """Doing it twice equals doing it once. Sent again after failures."""
    ONCE = 2
    """Every execution creates or sends something, or can't be undone. Sent again only if it was provably not done."""
    MONEY = 3
    """Every execution can spend or commit roubles. Sent again only if not one byte of it was handed over."""

    @property
    def may_repeat(self) -> bool:
        """Whether a second execution does no harm."""
        return self <= Effect.REPEATABLE
