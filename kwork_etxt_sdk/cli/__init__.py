"""``kwork-etxt``: the SDK on the command line (extra ``cli``)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kwork_etxt_sdk._version import __version__
from kwork_etxt_sdk.cli.exits import Exit

#: Exit status of misuse, and of a missing extra.
MISUSE = Exit.MISUSE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        argv: The arguments; those of the process if left out.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        sys.stdout.write(f"kwork-etxt {__version__}\n")
        return 0
    try:
        from kwork_etxt_sdk.cli.app import run
    except ModuleNotFoundError as missing:
        if missing.name and missing.name.startswith("kwork_etxt_sdk"):
            raise
        sys.stderr.write(
            f"kwork-etxt needs the package {missing.name!r}; install it with: pip install 'kwork-etxt-sdk[cli]'\n"
        )
        return MISUSE
    return run(arguments)
