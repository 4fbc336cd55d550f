"""``kwork-etxt sandbox``: both marketplaces on this machine, until a signal comes."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from kwork_etxt_sdk.sandbox import Fault, Sandbox, StateError

#: What shells add to the number of the signal that ended a program.
_KILLED = 128
#: Variables that would bring a real account into the sandbox.
_OF_REAL_ACCOUNTS = frozenset({"KWORK_TOKEN", "KWORK_APP_AUTHORIZATION", "KWORK_ETXT_PROFILE"})


def faults_from(texts: Sequence[str]) -> list[Fault]:
    """Read faults as they stand on the command line.

    Raises:
        click.BadParameter: One can't be understood.
    """
    try:
        return [Fault.parse(text) for text in texts]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fault") from None


def serve(*, faults: Sequence[Fault], command: Sequence[str] = (), **settings: Any) -> int:
    """Run a sandbox, as long as a command runs in its environment, or until it is asked to stop.

    Without a command its environment goes to standard output, and one line when it is ready to standard error. SIGTERM
    ends it well; Ctrl-C comes out as ``KeyboardInterrupt``, after it has stopped as well.

    Args:
        faults: What goes wrong from the start.
        command: The program to run, with its arguments.
        settings: The other arguments of ``Sandbox``.

    Returns:
        The exit status: that of the command, if there is one.
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
            if command:
                return _run(command, box)
            for name, value in box.environment().items():
                click.echo(f"{name}={shlex.quote(value)}")
            click.echo(f"ready: eTXT and Kwork on {box.url}, control on {box.url}/control/; Ctrl-C stops", err=True)
            stop.wait()
        finally:
            box.stop()
    return 0


def _run(command: Sequence[str], box: Sandbox) -> int:
    click.echo(f"eTXT and Kwork are on {box.url} as long as {command[0]} runs", err=True)
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_REAL_ACCOUNTS}
    try:
        process = subprocess.Popen(command, env={**inherited, **box.environment()})  # noqa: S603 - the user's own command
    except OSError as error:
        raise click.ClickException(f"cannot run {command[0]}: {error.strerror}") from None
    while True:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            continue  # the command was sent the same Ctrl-C, and knows what to do
        return status if status >= 0 else _KILLED - status


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
