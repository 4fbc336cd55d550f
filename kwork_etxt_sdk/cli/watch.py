"""``kwork-etxt watch``: what is new, as JSON lines or handed to a command."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import attrs
import click

from kwork_etxt_sdk.cli.calls import opened
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.cli.help import Group
from kwork_etxt_sdk.cli.output import json_text, picked
from kwork_etxt_sdk.cli.printable import one_line
from kwork_etxt_sdk.cli.settings import Settings
from kwork_etxt_sdk.cli.values import Value, read_amount
from kwork_etxt_sdk.cli.watch_sources import SOURCES, Filters, Source
from kwork_etxt_sdk.config import settings_for
from kwork_etxt_sdk.errors import SdkError
from kwork_etxt_sdk.etxt.client import EtxtClient
from kwork_etxt_sdk.kwork.client import KworkClient
from kwork_etxt_sdk.store import DEFAULT_PROFILE, state_directory
from kwork_etxt_sdk.watch import TRIES, AlreadyRunningError, Watch

#: Both services allow one request a second.
_SHORTEST_PAUSE: Final = 1.0
_EXEC_HELP: Final = (
    "Hand each item to CMD (all that follows, run without a shell) as JSON on its standard input. It counts as seen "
    "once CMD ended with 0."
)


@attrs.frozen(kw_only=True)
class _How:
    """How a source is watched."""

    source: str
    filters: Filters
    once: bool
    every: float
    since: Literal["now", "all"]
    fields: str | None
    state: Path | None
    profile: str | None
    command: tuple[str, ...]
    timeout: float
    tries: int
    quiet: bool
    log_file: Path | None


@click.group(cls=Group)
def watch() -> None:
    """Tell what is new: each item once, as a line of JSON, or handed to a command.

    What was seen is kept in a file, so that nothing is told twice or lost between two runs.
    """


class _Handing:
    """Hands items to a command."""

    def __init__(self, command: tuple[str, ...], timeout: float) -> None:
        self._command = command
        self._timeout = timeout

    def __call__(self, item: dict[str, Any]) -> bool:
        """Run the command with an item on its standard input; tell whether it succeeded."""
        # A group of its own, so that whatever the command has started ends with it when its time is up.
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
                self._command, stdin=subprocess.PIPE, start_new_session=True
            )
        except OSError as failure:
            raise click.UsageError(f"{self._command[0]} can't be run: {failure.strerror or failure}") from None
        try:
            process.communicate(_line(item).encode("utf-8", "backslashreplace"), timeout=self._timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            click.echo(f"kwork-etxt: {self._command[0]} took longer than {self._timeout:g} s", err=True)
            return False
        except BaseException:
            _end(process)
            raise
        if process.returncode:
            click.echo(f"kwork-etxt: {self._command[0]} ended with {process.returncode}", err=True)
        return process.returncode == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):  # all of them have ended by themselves
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


class _Printing:
    """Prints items."""

    def __init__(self, fields: str | None) -> None:
        self._fields = None if fields is None else [name.strip() for name in fields.split(",")]

    def __call__(self, item: dict[str, Any]) -> bool:
        """Print an item; it counts as seen once it has left this program."""
        sys.stdout.write(_line(item if self._fields is None else {name: picked(item, name) for name in self._fields}))
        sys.stdout.flush()
        return True


def _line(item: Mapping[str, Any]) -> str:
    return json_text(item).encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _options(source: Source) -> list[click.Parameter]:
    amount = Value("ROUBLES", read_amount)
    options: list[click.Parameter] = [
        click.Option(["--once"], is_flag=True, help="Look once and end: for cron."),
        click.Option(
            ["--every"],
            type=click.FloatRange(min=_SHORTEST_PAUSE),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="Pause between two looks, until Ctrl-C.",
        ),
        click.Option(
            ["--since"],
            type=click.Choice(["now", "all"]),
            default="now",
            show_default=True,
            help="What the very first look does with what is there: take it as known, or tell it.",
        ),
    ]
    if source.has_category:
        options.append(
            click.Option(
                ["--category", "categories"],
                type=click.IntRange(min=1),
                multiple=True,
                metavar="ID",
                help="Only this category; may be repeated.",
            )
        )
    if source.price is not None:
        options += [
            click.Option(["--min-price"], type=amount, metavar="ROUBLES", help="Only from this price on."),
            click.Option(["--max-price"], type=amount, metavar="ROUBLES", help="Only up to this price."),
        ]
    options += [
        click.Option(
            ["--word", "words"], multiple=True, metavar="TEXT", help="Only with this in it; of several, any will do."
        ),
        click.Option(
            ["--without-word", "without_words"], multiple=True, metavar="TEXT", help="Only without this in it."
        ),
        click.Option(["--fields", "-f"], metavar="A,B.C", help="Print only these fields; a CMD gets them all."),
        click.Option(
            ["--state"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="The file that remembers what was seen; one for each account and set of filters unless given.",
        ),
        click.Option(["--exec", "has_command"], is_flag=True, help=_EXEC_HELP),
        click.Option(
            ["--timeout"],
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="How long CMD may take for an item; then it is killed.",
        ),
        click.Option(
            ["--tries"],
            type=click.IntRange(min=1),
            default=TRIES,
            show_default=True,
            metavar="N",
            help="How often an item is handed to a CMD that fails.",
        ),
        click.Option(["--profile"], metavar="NAME", help="Whose account, where there are several."),
        click.Option(["--quiet", "-q"], is_flag=True, help="Say nothing but errors, and what is new."),
        click.Option(
            ["--log-file"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Write down all that happens, secrets masked.",
        ),
        click.Argument(["command"], nargs=-1, type=click.UNPROCESSED, metavar="[--exec CMD ARG...]"),
    ]
    return options


def _command(name: str, source: Source) -> click.Command:
    def callback(**given: Any) -> int:
        has_command, command = given.pop("has_command"), given["command"]
        if has_command != bool(command):
            raise click.UsageError("--exec takes a command" if has_command else f"what is {command[0]!r}? See --exec.")
        filters = Filters(**{field: given.pop(field) for field in attrs.fields_dict(Filters) if field in given})
        return _watch(_How(source=name, filters=filters, **given))

    # What follows --exec belongs to the command, whatever it looks like.
    settings = {"allow_interspersed_args": False}
    return click.Command(
        name, params=_options(source), callback=callback, help=source.summary, context_settings=settings
    )


for _name, _source in SOURCES.items():
    watch.add_command(_command(_name, _source))


def _watch(how: _How) -> int:
    source = SOURCES[how.source]
    with opened(source.site, Settings(profile=how.profile, quiet=how.quiet, log_file=how.log_file)) as client:
        watcher: Watch[Any] = Watch(
            lambda: source.items(client, how.filters.categories),
            how.state or _state_path(how, client),
            key=source.key,
            version=source.version,
            wanted=lambda item: how.filters.fit(source, item),
            since=how.since,
            depth=source.depth,
            whole=source.whole,
            tries=how.tries,
            clock=client._session.clock,
        )
        handle = _Handing(how.command, how.timeout) if how.command else _Printing(how.fields)
        try:
            return _go(watcher, handle, how)
        except AlreadyRunningError as busy:
            click.echo(f"kwork-etxt: {busy}", err=True)
            return Exit.TRY_LATER


def _go(watcher: Watch[Any], handle: Callable[[dict[str, Any]], bool], how: _How) -> int:
    if how.once:
        look = watcher.look(handle)
        if look.is_first and how.since == "now" and not how.quiet:
            click.echo(f"{look.passed_over} items are known now; the next look tells what is new.", err=True)
        if look.given_up:
            click.echo(f"kwork-etxt: {look.given_up} items are given up", err=True)
        return Exit.FAILED if look.failed or look.given_up or look.unreadable else Exit.OK

    def told(failure: SdkError) -> None:
        click.echo(f"kwork-etxt: {one_line(str(failure))}", err=True)

    with contextlib.suppress(KeyboardInterrupt):  # that is how one ends it
        watcher.run(handle, every=how.every, on_error=told)
    return Exit.OK


def _state_path(how: _How, client: EtxtClient | KworkClient) -> Path:
    """Return the file for a source, an account and a set of filters: two jobs must not take each other's items."""
    account = client._session.market.scope[:8]
    if isinstance(client, KworkClient):  # whose token is another one with every sign-in
        login = settings_for("kwork", how.profile).values.get("login")
        account = hashlib.sha256(f"{client.base_url} {login}".encode()).hexdigest()[:8] if login else account
    parts = [how.source, how.profile or DEFAULT_PROFILE, account, how.filters.name]
    return state_directory() / "watch" / ("-".join(part for part in parts if part) + ".json")
