"""``kwork-etxt completion``: the shell completes commands, options and codes."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from kwork_etxt_sdk.cli.help import HELP_NAMES

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_KWORK_ETXT_COMPLETE"


@click.command(
    context_settings=HELP_NAMES,
    epilog="\b\nPut one of these lines where your shell starts:\n"
    '  ~/.bashrc                   eval "$(kwork-etxt completion bash)"\n'
    '  ~/.zshrc                    eval "$(kwork-etxt completion zsh)"\n'
    "  ~/.config/fish/config.fish  kwork-etxt completion fish | source",
)
@click.argument("shell", required=False, type=click.Choice(_SHELLS))
def completion(shell: str | None) -> None:
    """Print what makes a shell complete commands, options and codes; your own shell unless SHELL is given."""
    from kwork_etxt_sdk.cli.app import cli

    named = shell or Path(os.environ.get("SHELL", "")).name
    kind = get_completion_class(named) if named in _SHELLS else None
    if kind is None:
        raise click.UsageError(f"say which shell: {', '.join(_SHELLS)}")
    click.echo(kind(cli, {}, "kwork-etxt", _VARIABLE).source())
