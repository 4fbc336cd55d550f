"""``kwork-etxt etxt workflows``: what people do every day, made of several calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from kwork_etxt_sdk.cli.calls import agreed, arguments_given, check_consent, opened, show_done
from kwork_etxt_sdk.cli.docstrings import Docstring
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.cli.help import HELP_NAMES, LazyGroup, SectionedCommand, SectionedOption
from kwork_etxt_sdk.cli.methods import click_parameters, explanation, methods
from kwork_etxt_sdk.cli.output import Output
from kwork_etxt_sdk.cli.settings import Settings, common_options
from kwork_etxt_sdk.cli.values import Value, read_amount, read_span
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt import workflows as functions

_SPAN = Value("TIME", read_span)


@attrs.frozen(kw_only=True)
class Workflow:
    """A workflow as a command.

    Attributes:
        function: What does it.
        effect: The gravest effect of its calls.
        run: Does it, given the client and the arguments.
        params: Its arguments and options.
    """

    function: Callable[..., Any]
    effect: Effect
    run: Callable[[Any, dict[str, Any]], Any]
    params: list[click.Parameter]

    @property
    def doc(self) -> Docstring:
        """Its documentation."""
        return Docstring(self.function.__doc__)


def _simple(function: Callable[..., Any], effect: Effect) -> Workflow:
    params = click_parameters(function, {}, Docstring(function.__doc__))
    return Workflow(
        function=function, effect=effect, run=lambda client, given: function(client, **given), params=params
    )


def _order_and_wait() -> Workflow:
    def run(client: Any, given: dict[str, Any]) -> Any:
        wait = given.pop("wait")
        how = {name: given.pop(name) for name in ("poll", "state") if name in given}
        return functions.order_and_wait(client, given, deadline=wait, **how)

    return Workflow(
        function=functions.order_and_wait,
        effect=Effect.MONEY,
        run=run,
        params=[
            SectionedOption(
                ["--wait"], type=_SPAN, metavar="TIME", required=True, help="How long to wait: 3600, 12h, 2d."
            ),
            SectionedOption(["--poll"], type=_SPAN, metavar="TIME", help="Time between two looks. [default: 60]"),
            SectionedOption(
                ["--state"],
                type=click.Path(dir_okay=False, path_type=Path),
                metavar="FILE",
                help="Remembers the order, so that the same command, called again, does not place it again.",
            ),
            *_of_method("tasks", "save-task", section="The order"),
        ],
    )


def _buy_articles() -> Workflow:
    def run(client: Any, given: dict[str, Any]) -> Any:
        to, budget, most = given.pop("to"), given.pop("budget"), given.pop("most")
        return functions.buy_articles(client, client.articles.get_list(**given).limit(most), to, budget=budget)

    return Workflow(
        function=functions.buy_articles,
        effect=Effect.MONEY,
        run=run,
        params=[
            SectionedOption(
                ["--to"],
                type=click.Path(file_okay=False, path_type=Path),
                metavar="FOLDER",
                required=True,
                help="Where the texts go.",
            ),
            SectionedOption(
                ["--budget"],
                type=Value("ROUBLES", read_amount),
                metavar="ROUBLES",
                required=True,
                help="What it may spend at most.",
            ),
            SectionedOption(["--most"], type=int, metavar="NUMBER", required=True, help="Articles at most."),
            *_of_method("articles", "get-list", section="Which articles"),
        ],
    )


def _of_method(topic: str, command: str, *, section: str) -> list[click.Parameter]:
    method = methods("etxt")[topic][command]
    params = click_parameters(method.function, method.records, method.doc)
    for param in params:
        if isinstance(param, SectionedOption):
            param.section = section
    return params


_WORKFLOWS: Mapping[str, Callable[[], Workflow]] = {
    "order-and-wait": _order_and_wait,
    "wait-for-result": functools.partial(_simple, functions.wait_for_result, Effect.READ),
    "accept-unique": functools.partial(_simple, functions.accept_unique, Effect.MONEY),
    "restart-overdue": functools.partial(_simple, functions.restart_overdue, Effect.MONEY),
    "buy-articles": _buy_articles,
    "statement": functools.partial(_simple, functions.statement, Effect.READ),
}


def _commands() -> dict[str, tuple[str, Callable[[], click.Command]]]:
    return {name: (_summary(name), functools.partial(_command, name, make)) for name, make in _WORKFLOWS.items()}


def _summary(name: str) -> str:
    return Docstring(getattr(functions, name.replace("-", "_")).__doc__).summary


def _command(name: str, make: Callable[[], Workflow]) -> click.Command:
    workflow = make()
    taken = frozenset(spelling for param in workflow.params for spelling in param.opts)
    return SectionedCommand(
        name,
        params=[
            *workflow.params,
            *(
                option
                for option in common_options(
                    taken=taken,
                    grave=workflow.effect >= Effect.ONCE,
                    money=workflow.effect is Effect.MONEY,
                    pages=False,
                    dry_run=False,
                )
                if option.name not in {"cli_once_key", "cli_journal"}  # of one call only
            ),
        ],
        help=explanation(workflow.doc),
        short_help=workflow.doc.summary,
        epilog=f"In Python: kwork_etxt_sdk.etxt.workflows.{workflow.function.__name__}().",
        callback=lambda **values: _run(name, workflow, values),
        context_settings=HELP_NAMES,
    )


def _run(name: str, workflow: Workflow, values: dict[str, Any]) -> int:
    settings = Settings.taken_from(values)
    given = arguments_given(values)
    check_consent(workflow.effect, settings)
    output = Output.of(settings)
    grave = workflow.effect >= Effect.ONCE
    if grave and not settings.yes and not agreed(f"etxt workflows {name}", workflow.effect, given, None):
        return Exit.FAILED
    with opened("etxt", settings) as client:
        answer = workflow.run(client, given)
    shown = attrs.asdict(answer) if attrs.has(type(answer)) and _is_ours(answer) else answer
    return show_done(output, shown, workflow.effect)


def _is_ours(answer: Any) -> bool:
    return type(answer).__module__ == functions.__name__


workflows = LazyGroup(name="workflows", help="What people do every day, in one command.", lazy=_commands)
