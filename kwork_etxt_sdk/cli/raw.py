"""``kwork-etxt etxt call``: methods that the SDK has no method for."""

from __future__ import annotations

from typing import Any

import click

from kwork_etxt_sdk.cli.calls import (
    agreed,
    arguments_given,
    check_consent,
    once_options,
    opened,
    show_done,
    shown_request,
)
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.cli.help import HELP_NAMES, Operand, SectionedCommand, SectionedOption
from kwork_etxt_sdk.cli.output import Output
from kwork_etxt_sdk.cli.settings import Settings, common_options
from kwork_etxt_sdk.cli.values import Value, read_pairs
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.options import CallOptions

_EXAMPLES = {"etxt": "tasks.listTasks", "kwork": "getChannel"}


def raw_command(site: str) -> click.Command:
    """Return the command that calls any method of a marketplace by its name there."""
    return SectionedCommand(
        "call",
        params=[
            Operand(["name"], metavar="NAME", meaning=f"Its name in the service, for example {_EXAMPLES[site]}."),
            SectionedOption(
                ["--effect"],
                required=True,
                type=click.Choice([effect.name for effect in Effect], case_sensitive=False),
                help="What it does to the world. Nobody but you can know; take the graver one if in doubt.",
            ),
            SectionedOption(
                ["--param", "-p"],
                type=Value("NAME=VALUE", read_pairs),
                multiple=True,
                metavar="NAME=VALUE",
                help="A parameter by its name in the service, or several as a JSON object. Can be given several times.",
            ),
            *common_options(grave=True, money=False, pages=False),
        ],
        help="Call a method by its name in the service, with the same limits, credentials, retries and errors as all "
        "others.\n\nREAD changes nothing, REPEATABLE may be done twice, ONCE creates or sends something, MONEY can "
        "spend roubles.",
        callback=lambda **values: _call(site, values),
        context_settings=HELP_NAMES,
    )


def _call(site: str, values: dict[str, Any]) -> int:
    settings = Settings.taken_from(values)
    name: str = values["name"]
    effect = Effect[values["effect"].upper()]
    given = arguments_given({"param": values["param"]}).get("param", {})
    check_consent(effect, settings)

    def make(client: Any, options: CallOptions) -> Any:
        return client.call(name, given, effect=effect, options=options)

    output = Output.of(settings)
    with opened(site, settings) as client:
        careful = CallOptions(dry_run=True)
        if settings.dry_run:
            output.text(shown_request(lambda: make(client, careful)) or "")
            return Exit.OK
        if effect >= Effect.ONCE and not settings.yes:
            shown_request(lambda: make(client, careful))
            if not agreed(f"{site} call {name}", effect, given, None):
                return Exit.FAILED
        return show_done(output, make(client, once_options(settings)), effect)
