"""The commands, and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kwork_etxt_sdk._version import __version__
from kwork_etxt_sdk.cli import MISUSE
from kwork_etxt_sdk.cli.journal import journal
from kwork_etxt_sdk.errors import SdkError

#: Exit status after Ctrl-C, as shells have it.
INTERRUPTED = 130
FAILED = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kwork-etxt", message="%(prog)s %(version)s")
def cli() -> None:
    """Kwork.ru and eTXT.ru on the command line."""


@cli.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files it writes; a new temporary one unless given.",
)
@click.option("--seed", default=1, show_default=True, help="Chooses the invented people, prices and texts.")
def demo(out: Path | None, seed: int) -> None:
    """Do real work on both marketplaces, in a sandbox on this machine: nothing is spent, nobody is written to."""
    from kwork_etxt_sdk.cli.demo import run_demo

    run_demo(out, seed=seed)


@cli.command()
@click.option("--port", default=0, show_default="a free one", type=click.IntRange(0, 65_535), help="Where to listen.")
@click.option("--seed", default=1, show_default=True, help="Chooses the invented people, prices and texts.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps everything between runs; in memory unless given.",
)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Simulated seconds per second; 0 lets time stand still but for /control/advance.",
)
@click.option("--wire", type=click.Choice(["documented", "app"]), help="The only wire of Kwork; both unless given.")
@click.option(
    "--shapes",
    type=click.Choice(["live", "lists", "keyed", "numbers"]),
    default="live",
    show_default=True,
    help="Outer shapes of eTXT's answers.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[:NAME=VALUE,...]",
    help="Something that goes wrong, for example latency:seconds=0.2,share=0.5 or 429:method=tasks.*,times=3.",
)
def sandbox(faults: tuple[str, ...], **settings: Any) -> None:
    """Both marketplaces on this machine, until Ctrl-C or SIGTERM.

    Standard output gets NAME=value lines: the environment that points the programs of this SDK to it.
    """
    from kwork_etxt_sdk.cli.sandbox import faults_from, serve

    serve(faults=faults_from(faults), **settings)


cli.add_command(journal)


def run(arguments: Sequence[str]) -> int:
    """Run a command; every way it can end is one readable line and an exit status.

    Args:
        arguments: What stands behind ``kwork-etxt``.
    """
    try:
        result = cli.main(args=list(arguments), prog_name="kwork-etxt", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as usage:
        click.echo(usage.format_message())
        return MISUSE
    except click.ClickException as usage:
        usage.show()
        return usage.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except SdkError as error:
        click.echo(f"kwork-etxt: {error}", err=True)
        return FAILED
    except ImportError as missing:
        if "pip install" not in str(missing):
            raise
        click.echo(f"kwork-etxt: {missing}", err=True)
        return MISUSE
    return result if isinstance(result, int) else 0
