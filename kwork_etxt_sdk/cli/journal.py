"""``kwork-etxt journal``: look into the file behind ``once_key``, and settle by hand what nobody knows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from kwork_etxt_sdk.cli.help import Group
from kwork_etxt_sdk.cli.settings import default_journal
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.transport.journal import Entry, EntryState, Journal

#: What a person reads for each state.
_WORDS = {EntryState.SENT: "outcome unknown", EntryState.DONE: "done"}


@click.group(cls=Group)
@click.option(
    "--journal",
    "path",
    envvar="KWORK_ETXT_JOURNAL",
    show_envvar=True,
    default=default_journal,
    type=click.Path(path_type=Path),
    help="The file given to the client as journal=; that of commands with --once-key unless given.",
)
@click.pass_context
def journal(context: click.Context, path: Path) -> None:
    """Show and settle the calls made with a once_key."""
    # A mistyped path must not leave an empty journal behind that looks as if nothing was ever sent.
    if not path.expanduser().is_file():
        raise ConfigurationError(f"there is no journal {str(path)!r}; --journal names another one")
    context.obj = Journal(path)
    context.call_on_close(context.obj.close)


@journal.command("list")
@click.option("--pending", is_flag=True, help="Only calls of which nobody knows whether they took effect.")
@click.pass_obj
def list_entries(book: Journal, *, pending: bool) -> None:
    """List the calls, oldest first: a table on a terminal, otherwise JSON lines."""
    entries = book.pending() if pending else book.entries()
    if sys.stdout.isatty():
        _print_table(entries)
        return
    for entry in entries:
        click.echo(json.dumps(_plain(entry), ensure_ascii=False))


@journal.command()
@click.argument("key")
@click.option("--answer", metavar="JSON", help="What the service answered; a later call with the key returns it.")
@click.option("--scope", help="Which account, where several used the same key.")
@click.pass_obj
def resolve(book: Journal, key: str, answer: str | None, scope: str | None) -> None:
    """Say that the call with KEY took effect: it will not be sent again."""
    book.mark_done(key, None if answer is None else _parsed(answer), scope=scope)
    click.echo(f"{key}: done")


@journal.command()
@click.argument("key")
@click.option("--yes", is_flag=True, help="Don't ask. Needed where there is no terminal.")
@click.option("--scope", help="Which account, where several used the same key.")
@click.pass_obj
def forget(book: Journal, key: str, scope: str | None, *, yes: bool) -> None:
    """Forget the call with KEY: the next one with it will be sent."""
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is there to be asked: say --yes if the call may be sent again")
        click.confirm(f"Forget {key!r}, so that the next call with it is sent, and perhaps executed twice?", abort=True)
    book.forget(key, scope=scope)
    click.echo(f"{key}: forgotten")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise click.BadParameter("it is no JSON", param_hint="--answer") from None


def _plain(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "call": entry.call,
        "state": entry.state.value,
        "sent_at": entry.sent_at.isoformat(timespec="seconds"),
        "done_at": None if entry.done_at is None else entry.done_at.isoformat(timespec="seconds"),
        "scope": entry.scope,
    }


def _print_table(entries: list[Entry]) -> None:
    from kwork_etxt_sdk.cli.screen import Screen

    rows = [
        {"key": entry.key, "call": entry.call, "sent_at": entry.sent_at, "state": _WORDS[entry.state]}
        for entry in entries
    ]
    Screen(sys.stdout, remarks=sys.stderr, fold=True).rows([rows], ["key", "call", "sent_at", "state"])
