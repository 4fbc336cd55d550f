"""The commands, and how they end."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from kwork_etxt_sdk._version import __version__
from kwork_etxt_sdk.cli import standard_output
from kwork_etxt_sdk.cli.exits import IN_SHORT, Exit
from kwork_etxt_sdk.cli.help import LazyGroup, imported

#: ``{command: (module, what one reads in the list)}``. The modules are imported when a command is called, or asked for
#: its own help: the list alone needs none of them.
_COMMANDS = {
    "etxt": ("sites", "Call eTXT.ru: orders, texts, articles, messages."),
    "kwork": ("sites", "Call Kwork.ru: services, projects, dialogs."),
    "docs": ("docs", "Find and read the documentation of a method."),
    "login": ("accounts", "Keep credentials, so that commands and programs find them."),
    "logout": ("accounts", "Forget kept credentials."),
    "whoami": ("accounts", "Tell whose account is used, and whether it works."),
    "profiles": ("accounts", "List the accounts that are kept."),
    "doctor": ("doctor", "Find out why something does not work."),
    "sync": ("sync", "Keep a copy of your own data in an SQLite file."),
    "watch": ("watch", "Tell what is new: projects, dialogs, notifications, orders."),
    "journal": ("journal", "Look into the calls made with a once_key, and settle them."),
    "sandbox": ("local", "Run both marketplaces on this machine, to try things out."),
    "demo": ("local", "See the SDK at work in the sandbox: nothing is spent."),
    "completion": ("completion", "Let the shell complete commands."),
}
#: What newer versions of click raise where a command is missing; older ones print the help.
_NO_ARGUMENTS: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())
#: Commands that are made when they are called.
_MADE = frozenset({"etxt", "kwork"})

_EPILOG = "\b\nExit statuses:\n" + "\n".join(f"  {status:>3}  {meaning}" for status, meaning in IN_SHORT.items())


def _commands() -> Mapping[str, tuple[str, Callable[[], click.Command]]]:
    return {name: (summary, _maker(module, name)) for name, (module, summary) in _COMMANDS.items()}


def _maker(module: str, name: str) -> Callable[[], click.Command]:
    if name not in _MADE:
        return imported(module, name)

    def make() -> click.Command:
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), name)()
        return command

    return make


class _Commands(LazyGroup):
    """All commands; whoever reads their output may stop reading."""

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Read the command line; help and version are printed here."""
        with _ends_of_printing():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _ends_of_printing():
            return super().invoke(ctx)


@contextlib.contextmanager
def _ends_of_printing() -> Iterator[None]:
    """Show the help where a command is missing; and end quietly if nobody reads any more."""
    try:
        try:
            yield
        except _NO_ARGUMENTS as usage:
            click.echo(usage.format_message())
            raise click.exceptions.Exit(Exit.MISUSE) from None
    except BrokenPipeError:
        standard_output.give_it_up()
        raise click.exceptions.Exit(Exit.BROKEN_PIPE) from None


cli = _Commands(
    name="kwork-etxt",
    help="Kwork.ru and eTXT.ru on the command line.\n\nOn a terminal answers are tables, behind a pipe JSON lines. "
    "Nothing that spends money or speaks to people is sent without asking.",
    epilog=_EPILOG,
    lazy=_commands,
)
click.version_option(__version__, prog_name="kwork-etxt", message="%(prog)s %(version)s")(cli)


def run(arguments: Sequence[str]) -> int:
    """Run a command; every way it can end is one readable line and an exit status.

    Args:
        arguments: What stands behind ``kwork-etxt``.
    """
    standard_output.make_sure_of_it()
    try:
        result = cli.main(args=list(arguments), prog_name="kwork-etxt", standalone_mode=False)
    except click.UsageError as usage:
        where = f" (see {usage.ctx.command_path} --help)" if usage.ctx is not None else ""
        click.echo(f"Error: {' '.join(usage.format_message().split())}{where}", err=True)
        return usage.exit_code
    except click.ClickException as failure:
        failure.show()
        return failure.exit_code
    except (click.Abort, KeyboardInterrupt) as end:
        # At a question the cursor stands behind what was asked; everywhere else click has begun a new line.
        at_question = isinstance(end, click.Abort) and end.__cause__ is None and sys.stderr.isatty()
        click.echo("\ninterrupted" if at_question else "interrupted", err=True)
        return Exit.INTERRUPTED
    except ImportError as missing:
        if "pip install" not in str(missing):
            raise
        click.echo(f"kwork-etxt: {missing}", err=True)
        return Exit.MISUSE
    except Exception as error:
        status = _told(error)
        if status is None:
            raise
        return status
    return result if isinstance(result, int) else Exit.OK


def _told(error: Exception) -> int | None:
    """Say what an error of this package means, or a full disk, and return the exit status; None for other errors."""
    if isinstance(error, OSError) and standard_output.is_full(error):
        standard_output.give_it_up()
        click.echo(f"kwork-etxt: the output can't be written: {error.strerror}", err=True)
        return Exit.FAILED
    from kwork_etxt_sdk.errors import SdkError

    if not isinstance(error, SdkError):
        return None
    from kwork_etxt_sdk.cli.failures import lines_of, status_of

    for line in lines_of(error):
        click.echo(f"kwork-etxt: {line}", err=True)
    return status_of(error)
