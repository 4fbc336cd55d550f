"""Exit statuses: what a shell, cron or another program learns from how a command ended."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """How a command ended."""

    OK = 0
    """Done. A dry run, and a call whose once_key was used before, count as done, too."""
    FAILED = 1
    """Something else went wrong: an answer nobody can read, a file that can't be written."""
    MISUSE = 2
    """The command line or the configuration is wrong. Nothing was sent."""
    REFUSED = 3
    """The service said no. The same command will hear it again."""
    UNKNOWN = 4
    """Sent, and nobody knows whether it took effect. Look before you try again."""
    TRY_LATER = 75
    """Rate limit, network or deadline. The same command may work later."""
    INTERRUPTED = 130
    """Ctrl-C."""
    BROKEN_PIPE = 141
    """Whoever read the output stopped reading."""


#: The same in a few words each, for ``--help``.
IN_SHORT = {
    Exit.OK: "done",
    Exit.FAILED: "something else went wrong",
    Exit.MISUSE: "wrong command line or configuration; nothing was sent",
    Exit.REFUSED: "the service said no",
    Exit.UNKNOWN: "sent, and nobody knows whether it took effect: look first",
    Exit.TRY_LATER: "rate limit, network or deadline: try again later",
    Exit.INTERRUPTED: "Ctrl-C",
    Exit.BROKEN_PIPE: "the reader of the output went away",
}
