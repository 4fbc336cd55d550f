"""``kwork-etxt sandbox``: both marketplaces on this machine, until a signal comes."""

from __future__ import annotations

import errno
import shlex
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from kwork_etxt_sdk.sandbox import Fault, Sandbox, StateError


def faults_from(texts: Sequence[str]) -> list[Fault]:
    """Read faults as they stand on the command line.

    Raises:
        click.BadParameter: One can't be understood.
    """
    try:
        return [Fault.parse(text) for text in texts]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fault") from None


def serve(*, faults: Sequence[Fault], **settings: Any) -> None:
    """Run a sandbox: its environment goes to standard output, one line when it is ready to standard error.

    SIGTERM ends it well; Ctrl-C comes out as ``KeyboardInterrupt``, after it has stopped as well.

    Args:
        faults: What goes wrong from the start.
        settings: The other arguments of ``Sandbox``.
    """
    box = Sandbox(faults=faults, **settings)
    with _asked_to_stop() as stop:
        try:
            box.start()
        except StateError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise click.ClickException(f"cannot listen on port {settings['port']}: {_reason(error)}") from None
        try:
            for name, value in box.environment().items():
                click.echo(f"{name}={shlex.quote(value)}")
            click.echo(f"ready: eTXT and Kwork on {box.url}, control on {box.url}/control/; Ctrl-C stops", err=True)
            stop.wait()
        finally:
            box.stop()


def _reason(error: OSError) -> str:
    # cheroot tells the error of the system in the text of its own only.
    return "it is in use" if f"[Errno {errno.EADDRINUSE}]" in str(error) else str(error)


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
