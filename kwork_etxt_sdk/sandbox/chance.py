"""Chance that can be replayed: the same seed and the same names give the same numbers, on every Python."""

from __future__ import annotations

import random


def chance(seed: int, *names: object) -> random.Random:
    """A random generator of its own for one purpose, so that one more draw here changes nothing there."""
    return random.Random(":".join(map(str, (seed, *names))))  # noqa: S311 - a game, no cryptography
