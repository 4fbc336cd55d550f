"""What a person hears of while a command works: what the library warns of; and the log file."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from kwork_etxt_sdk.cli.printable import one_line
from kwork_etxt_sdk.cli.settings import Settings
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.redaction import RedactingFilter

_LOGGER = logging.getLogger("kwork_etxt_sdk")
_PRIVATE = 0o600


class _ToPerson(logging.Handler):
    """Shows warnings and errors of the library as one line each."""

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record."""
        click.echo(f"kwork-etxt: {one_line(record.getMessage())}", err=True)


@contextlib.contextmanager
def notices(settings: Settings) -> Iterator[Callable[[Any], None]]:
    """Show warnings of the library as lines, and keep the log file.

    An interrupted call that may have taken effect is such a warning: Ctrl-C is quiet otherwise.

    Yields:
        What hides the secrets of a client in both.
    """
    handlers: list[logging.Handler] = [_ToPerson(logging.WARNING)]
    if settings.log_file is not None:
        handlers.append(_log_file(settings.log_file))
    masks = RedactingFilter()
    level, propagate = _LOGGER.level, _LOGGER.propagate
    for handler in handlers:
        handler.addFilter(masks)
        _LOGGER.addHandler(handler)
    _LOGGER.propagate = False
    if settings.log_file is not None:
        _LOGGER.setLevel(logging.DEBUG)
    try:
        yield lambda client: masks.add(client._session.market.redactor)
    finally:
        _LOGGER.setLevel(level)
        _LOGGER.propagate = propagate
        for handler in handlers:
            _LOGGER.removeHandler(handler)
            handler.close()


def _make_private(path: Path) -> None:
    # Made by us first: logging would create it readable for everybody. One that is there may be so already.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _PRIVATE)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):  # and no terminal or pipe
            path.chmod(_PRIVATE)
    finally:
        os.close(descriptor)


def _log_file(path: Path) -> logging.Handler:
    try:
        _make_private(path.expanduser())
        handler = logging.FileHandler(path.expanduser(), encoding="utf-8", errors="backslashreplace")
    except OSError as failure:
        problem = f"the log file {path} can't be written: {failure.strerror or failure}"
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        return handler
    raise ConfigurationError(problem)
