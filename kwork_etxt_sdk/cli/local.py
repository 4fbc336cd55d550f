"""``kwork-etxt demo`` and ``kwork-etxt sandbox``: what needs no account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kwork_etxt_sdk.cli.help import HELP_NAMES


@click.command(context_settings=HELP_NAMES)
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


@click.command(context_settings={**HELP_NAMES, "allow_interspersed_args": False})
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
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sandbox(faults: tuple[str, ...], command: tuple[str, ...], **settings: Any) -> int:
    """Both marketplaces on this machine: while COMMAND runs, or until Ctrl-C.

    COMMAND (a shell, for example) finds an environment that points the programs of this SDK to the sandbox. Without one
    that environment is printed, as NAME=value lines.
    """
    from kwork_etxt_sdk.cli.sandbox import faults_from, serve

    return serve(faults=faults_from(faults), command=command, **settings)
