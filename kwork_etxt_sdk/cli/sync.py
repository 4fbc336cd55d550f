"""``kwork-etxt sync``: a copy of your own data in an SQLite file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kwork_etxt_sdk.cli.calls import opened
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.cli.help import Group
from kwork_etxt_sdk.cli.settings import Settings
from kwork_etxt_sdk.cli.values import Value
from kwork_etxt_sdk.errors import SdkError
from kwork_etxt_sdk.exclusive import AlreadyRunningError

if TYPE_CHECKING:
    from kwork_etxt_sdk.sync.summary import Summary

ETXT = ("orders", "results", "texts", "articles", "statement", "messages", "news")
KWORK = ("orders", "dialogs", "messages", "offers", "kworks", "projects")
KNOWN = {"etxt": ETXT, "kwork": KWORK}
ALL = "all"


def _chosen_from(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        if names == (ALL,):
            return names  # how much that is depends on the wire
        unknown = [name for name in names if name not in known]
        if unknown == [ALL]:
            raise ValueError(f"{ALL} stands alone")
        if unknown or not names:
            problem = f"{', '.join(unknown) or 'nothing'} can't be mirrored"
            raise ValueError(f"{problem}; there are {', '.join(known)}; or {ALL}")
        return names

    return read


@click.group(cls=Group)
def sync() -> None:
    """Keep a copy of your own data in an SQLite file, and texts in a folder beside it.

    What is known not to change is not fetched again. A run may be killed at any moment: the next one goes on. Only you
    can read the files: there are other people's words in them.
    """


def _shared(known: tuple[str, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    options = (
        click.option(
            "--into",
            required=True,
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="The database; texts go to the folder FILE.files, without the ending of FILE.",
        ),
        click.option(
            "--what",
            required=True,
            type=Value("A,B,...", _chosen_from(known)),
            metavar="A,B,...",
            help=f"What to mirror: {', '.join(known)}; or {ALL} that there is on your wire.",
        ),
        click.option("--whole", is_flag=True, help="Ask for whole lists again; this happens by itself once a week."),
        click.option("--max-calls", type=click.IntRange(min=1), metavar="N", help="Stop after so many requests."),
        click.option(
            "--deadline",
            "seconds",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="Stop after so many seconds; the next run goes on.",
        ),
        click.option(
            "--wait",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="SECONDS",
            help="Wait for another run on the same file; without it, say so and end with status 75.",
        ),
        click.option("--profile", metavar="NAME", help="Whose account, where there are several."),
        click.option("--json", "as_json", is_flag=True, help="The summary as JSON; a pipe gets that anyway."),
        click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors."),
        click.option(
            "--log-file",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Write down all that happens, secrets masked.",
        ),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@sync.command("etxt")
@_shared(ETXT)
@click.option(
    "--user",
    "users",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="ID",
    help="Mirror the messages with this user, too, who is in none of your orders; may be repeated.",
)
def sync_etxt(**given: Any) -> int:
    """Mirror eTXT: orders with the archive, results and their texts, articles, statement, messages, news."""
    return _run("etxt", **given)


@sync.command("kwork")
@_shared(KWORK)
@click.option(
    "--category",
    "categories",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="ID",
    help="Projects of this category only; may be repeated.",
)
@click.option(
    "--projects",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="How many projects of each category to look at, at most.",
)
def sync_kwork(**given: Any) -> int:
    """Mirror Kwork: orders, dialogs and their messages, offers, kworks, projects."""
    return _run("kwork", **given)


def _run(
    site: str,
    *,
    into: Path,
    what: tuple[str, ...],
    profile: str | None,
    as_json: bool,
    quiet: bool,
    log_file: Path | None,
    **given: Any,
) -> int:
    from kwork_etxt_sdk.sync.mirroring import mirror, mirrorable

    ends: list[Summary] = []
    with opened(site, Settings(profile=profile, quiet=quiet, log_file=log_file)) as client:
        if what == (ALL,):
            what = mirrorable(client)
            left_out = [name for name in KNOWN[site] if name not in what]
            if left_out and not quiet:
                click.echo(
                    f"left out: {', '.join(left_out)}; only the app wire has them (KWORK_APP_AUTHORIZATION)", err=True
                )
        try:
            mirror(client, into, what, on_end=ends.append, **given)
        except AlreadyRunningError as busy:
            click.echo(f"kwork-etxt: {busy}", err=True)
            return Exit.TRY_LATER
        except SdkError:
            if ends and ends[0].calls and not quiet:
                click.echo(f"What came before is mirrored. {ends[0]}", err=True)
            raise
    if not quiet:
        _show(ends[0], as_json=as_json)
    return Exit.OK


def _show(summary: Summary, *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        click.echo(json.dumps(summary.to_dict(), ensure_ascii=False))
    else:
        click.echo(str(summary))
