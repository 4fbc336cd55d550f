"""Commands whose help texts have sections, and groups that import a command when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import click

#: ``-h`` does what ``--help`` does.
HELP_NAMES = {"help_option_names": ["-h", "--help"]}
#: Characters of the longest sentence in a list of commands; click cuts them at 45.
_WHOLE = 200


class SectionedOption(click.Option):
    """An option that stands under a heading of its own.

    Args:
        declarations: Its spellings and the name of its value.
        section: The heading.
        settings: As for ``click.Option``.
    """

    def __init__(self, declarations: list[str], *, section: str = "Options", **settings: Any) -> None:
        super().__init__(declarations, **settings)
        self.section = section


class Operand(click.Argument):
    """An argument that the help text explains.

    Args:
        declarations: The name of its value.
        meaning: What it is.
        settings: As for ``click.Argument``.
    """

    section = "Arguments"

    def __init__(self, declarations: list[str], *, meaning: str = "", **settings: Any) -> None:
        super().__init__(declarations, **settings)
        self.meaning = meaning

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Return its line in the help text."""
        del ctx
        return self.metavar or self.human_readable_name, self.meaning


class SectionedCommand(click.Command):
    """A command that lists its arguments and options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the arguments, then the sections of options in the order of their first."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in sorted(self.get_params(ctx), key=lambda param: not isinstance(param, Operand)):
            record = param.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(param, "section", "Help"), []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)


class Group(click.Group):
    """A group that lists its commands with whole sentences."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self.commands[name].get_short_help_str(_WHOLE)) for name in self.list_commands(ctx)]
            )


class LazyGroup(click.Group):
    """A group whose commands are made when they are called, or asked for their own help.

    Args:
        settings: As for ``click.Group``.
        lazy: ``{name: (what one reads in the list, what makes the command)}``.
    """

    def __init__(
        self, *, lazy: Callable[[], Mapping[str, tuple[str, Callable[[], click.Command]]]], **settings: Any
    ) -> None:
        super().__init__(context_settings=HELP_NAMES, **settings)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in their order."""
        del ctx
        return list(self._lazy())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make a command; underscores in its name are as good as dashes."""
        del ctx
        found = self._lazy().get(cmd_name) or self._lazy().get(cmd_name.replace("_", "-"))
        return None if found is None else found[1]()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names; a typing mistake is answered with what was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as mistake:
            import difflib

            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not close or "Did you mean" in mistake.message:  # newer versions of click may ask, too
                raise
            problem = f"{mistake.message} Did you mean {close[0]!r}?"
        raise click.UsageError(problem, ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without making any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (summary, _) in self._lazy().items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Return the commands that begin so, without making any."""
        from click.shell_completion import CompletionItem

        own = [
            CompletionItem(name, help=summary)
            for name, (summary, _) in self._lazy().items()
            if name.startswith(incomplete.replace("_", "-"))
        ]
        return own + click.Command.shell_complete(self, ctx, incomplete)


def imported(module: str, name: str) -> Callable[[], click.Command]:
    """Return what imports a command from a module of this package when it is called."""

    def load() -> click.Command:
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), name)
        return command

    return load
