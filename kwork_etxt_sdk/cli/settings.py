"""The options that all calls have: how they are made, and how their answers are shown."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import click

from kwork_etxt_sdk.cli.help import SectionedOption
from kwork_etxt_sdk.cli.values import Value, read_amount, read_span, read_whole
from kwork_etxt_sdk.params import Whole
from kwork_etxt_sdk.store import state_directory

CALL = "How it is called"
OUTPUT = "Output"
SAFETY = "Before it spends money or speaks to people"
#: Names of values begin so, lest they meet the name of a parameter.
_PREFIX = "cli_"


@attrs.frozen(kw_only=True)
class Settings:
    """What the common options say.

    Attributes:
        profile: Whose account.
        timeout: Seconds for connecting and for each wait for bytes.
        deadline: Seconds over all attempts and waits.
        dry_run: Show the request, send nothing.
        quiet: Say nothing but errors.
        log_file: Where everything that happens is written down.
        yes: Don't ask.
        once_key: A name for this call, by which it is never made twice.
        journal: The file that remembers such names.
        max_spend: Roubles that it may cost.
        table: Show a table.
        jsonl: Print JSON lines.
        json: Print JSON.
        csv: Print CSV.
        fields: The fields wanted.
        limit: How many items at most.
        out: Where the output or the files go.
    """

    profile: str | None = None
    timeout: float | None = None
    deadline: float | None = None
    dry_run: bool = False
    quiet: bool = False
    log_file: Path | None = None
    yes: bool = False
    once_key: str | None = None
    journal: Path | None = None
    max_spend: Decimal | None = None
    table: bool = False
    jsonl: bool = False
    json: bool = False
    csv: bool = False
    fields: str | None = None
    limit: int | None = None
    out: Path | None = None

    @classmethod
    def taken_from(cls, values: dict[str, Any]) -> Settings:
        """Take the common options out of the values of a command line."""
        own = {name: values.pop(name) for name in list(values) if name.startswith(_PREFIX)}
        return cls(**{name.removeprefix(_PREFIX): value for name, value in own.items() if value is not None})


def default_journal() -> Path:
    """Return the file that remembers once_keys unless another is named."""
    return state_directory() / "calls.journal"


def common_options(
    *,
    taken: frozenset[str] = frozenset(),
    grave: bool,
    money: bool,
    pages: bool,
    files: str = "",
    dry_run: str = "Show the request, send nothing.",
) -> list[SectionedOption]:
    """Return the options that all calls have.

    Args:
        taken: Options that the method has itself.
        grave: Whether the call can be one that must not happen twice.
        money: Whether it can spend roubles.
        pages: Whether it walks pages.
        files: What it downloads, if anything.
        dry_run: What ``--dry-run`` does.
    """
    deadline = ["--call-deadline" if "--deadline" in taken else "--deadline"]
    options = [
        _option(CALL, "dry_run", ["--dry-run"], is_flag=True, help=dry_run),
        _option(CALL, "profile", ["--profile"], metavar="NAME", help="Whose account, where there are several."),
        _option(CALL, "timeout", ["--timeout"], type=_SPAN, help="Longest wait for the connection, and for bytes."),
        _option(CALL, "deadline", deadline, type=_SPAN, help="Longest time over all attempts and waits of a call."),
        *(_grave_options(money=money, once=not pages) if grave else ()),
        *_output_options(pages=pages, files=files),
        _option(CALL, "quiet", ["--quiet", "-q"], is_flag=True, help="Say nothing but errors."),
        _option(
            CALL,
            "log_file",
            ["--log-file"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Write down all that happens, secrets masked; only you can read the file.",
        ),
    ]
    return sorted(options, key=lambda option: [SAFETY, CALL, OUTPUT].index(option.section))


def _grave_options(*, money: bool, once: bool) -> list[SectionedOption]:
    options = [
        _option(SAFETY, "yes", ["--yes", "-y"], is_flag=True, help="Don't ask. Needed where there is no terminal."),
    ]
    if once:  # a key stands for one call, and a list takes several
        options += _once_options()
    if money:
        options.append(
            _option(
                SAFETY,
                "max_spend",
                ["--max-spend"],
                type=Value("ROUBLES", read_amount),
                metavar="ROUBLES",
                help="Send nothing if it would cost more, as far as the price is known.",
            )
        )
    return options


def _once_options() -> list[SectionedOption]:
    return [
        _option(
            SAFETY,
            "once_key",
            ["--once-key"],
            metavar="NAME",
            help="A name of your own for this call: a call with the same name is never executed again.",
        ),
        _option(
            SAFETY,
            "journal",
            ["--journal"],
            envvar="KWORK_ETXT_JOURNAL",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="The file that remembers such names; one in your folder for state unless given.",
        ),
    ]


def _output_options(*, pages: bool, files: str) -> list[SectionedOption]:
    options = [
        _option(OUTPUT, "table", ["--table"], is_flag=True, help="A table: what one gets on a terminal."),
        _option(OUTPUT, "jsonl", ["--jsonl"], is_flag=True, help="A JSON object per line: what a pipe gets."),
        _option(OUTPUT, "json", ["--json"], is_flag=True, help="The answer as one piece of JSON."),
        _option(OUTPUT, "csv", ["--csv"], is_flag=True, help="CSV, harmless to spreadsheets."),
        _option(
            OUTPUT,
            "fields",
            ["--fields", "-f"],
            metavar="A,B.C",
            help="Only these fields, in this order; B.C is the field C of what stands in B.",
        ),
    ]
    if pages:
        options.append(
            _option(
                OUTPUT,
                "limit",
                ["--limit", "-n"],
                type=Value("NUMBER", read_whole, Whole("limit", least=0)),
                metavar="NUMBER",
                help="Stop after so many; all pages are fetched unless given.",
            )
        )
    help_out = (
        f"Save {files} there." if files else "Write into a file, whole or not at all; CSV with the mark of Excel."
    )
    options.append(
        _option(OUTPUT, "out", ["--out", "-o"], type=click.Path(path_type=Path), metavar="PATH", help=help_out)
    )
    return options


def _option(section: str, name: str, spellings: list[str], **settings: Any) -> SectionedOption:
    if settings.get("is_flag"):
        settings["default"] = False
    if settings.get("type") is _SPAN:
        settings["metavar"] = "SECONDS"
    return SectionedOption([*spellings, _PREFIX + name], section=section, **settings)


_SPAN = Value("SECONDS", read_span)
