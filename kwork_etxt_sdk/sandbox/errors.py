"""What can go wrong with the sandbox itself."""

from __future__ import annotations


class StateError(Exception):
    """The state file cannot be used; the message says why, and what to do."""
