"""``kwork-etxt etxt workflows``: what people do every day, made of several calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from kwork_etxt_sdk.cli.calls import agreed, arguments_given, check_consent, opened, request_text, show_done
from kwork_etxt_sdk.cli.docstrings import Docstring
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.cli.help import HELP_NAMES, LazyGroup, SectionedCommand, SectionedOption
from kwork_etxt_sdk.cli.methods import click_parameters, explanation, methods
from kwork_etxt_sdk.cli.output import Output
from kwork_etxt_sdk.cli.printable import one_line
from kwork_etxt_sdk.cli.settings import Settings, common_options
from kwork_etxt_sdk.cli.values import Value, read_amount, read_span
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import DryRun
from kwork_etxt_sdk.etxt import workflows as functions

#: Takes each request that would change something, in place of its being sent.
Preview = Callable[[DryRun], None]

_SPAN = Value("TIME", read_span)
#: What ``--dry-run`` does for those that only read, and for the others.
_SHOWS_FIRST = "Show its first request, send nothing."
_SHOWS_CHANGES = "Read what it needs to know, show each request that would change something, and send none of them."


@attrs.frozen(kw_only=True)
class Workflow:
    """A workflow as a command.

    Attributes:
        function: What does it.
        effect: The gravest effect of its calls.
        run: Does it, given the client and the arguments.
        rehearse: Does it up to what would change something, given also what takes such requests. It may raise DryRun.
        params: Its arguments and options.
        then: What would come after the requests that a dry run shows.
    """

    function: Callable[..., Any]
    effect: Effect
    run: Callable[[Any, dict[str, Any]], Any]
    rehearse: Callable[[Any, dict[str, Any], Preview], Any]
    params: list[click.Parameter]
    then: str = ""

    @property
    def doc(self) -> Docstring:
        """Its documentation."""
        return Docstring(self.function.__doc__)


def _reading(function: Callable[..., Any]) -> Workflow:
    def rehearse(client: Any, given: dict[str, Any], _preview: Preview) -> None:
        function(client.with_options(dry_run=True), **given)

    return _simple(function, Effect.READ, rehearse)


def _spending(function: Callable[..., Any]) -> Workflow:
    def rehearse(client: Any, given: dict[str, Any], preview: Preview) -> Any:
        return function(client, **given, preview=preview)

    return _simple(function, Effect.MONEY, rehearse)


def _simple(
    function: Callable[..., Any], effect: Effect, rehearse: Callable[[Any, dict[str, Any], Preview], Any]
) -> Workflow:
    return Workflow(
        function=function,
        effect=effect,
        run=lambda client, given: function(client, **given),
        rehearse=rehearse,
        params=click_parameters(function, {}, Docstring(function.__doc__)),
    )


def _order_and_wait() -> Workflow:
    def run(client: Any, given: dict[str, Any]) -> Any:
        wait = given.pop("wait")
        how = {name: given.pop(name) for name in ("poll", "state") if name in given}
        return functions.order_and_wait(client, given, deadline=wait, **how)

    def rehearse(client: Any, given: dict[str, Any], _preview: Preview) -> None:
        order = {name: value for name, value in given.items() if name not in {"wait", "poll", "state"}}
        placed = functions.placed_before(client, order, given["state"]) if "state" in given else None
        if placed is None:
            client.with_options(dry_run=True).tasks.save_task(**order)
        else:
            functions.wait_for_result(client.with_options(dry_run=True), placed, deadline=given["wait"])

    return Workflow(
        function=functions.order_and_wait,
        effect=Effect.MONEY,
        run=run,
        rehearse=rehearse,
        then="Then it would look at the order now and again, until there is a result.",
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
    def buy(client: Any, given: dict[str, Any], preview: Preview | None = None) -> Any:
        to, budget, most = given.pop("to"), given.pop("budget"), given.pop("most")
        wanted = client.articles.get_list(**given).limit(most)
        return functions.buy_articles(client, wanted, to, budget=budget, preview=preview)

    return Workflow(
        function=functions.buy_articles,
        effect=Effect.MONEY,
        run=buy,
        rehearse=buy,
        then="Then it would fetch the texts and save them.",
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
    "wait-for-result": functools.partial(_reading, functions.wait_for_result),
    "accept-unique": functools.partial(_spending, functions.accept_unique),
    "restart-overdue": functools.partial(_spending, functions.restart_overdue),
    "buy-articles": _buy_articles,
    "statement": functools.partial(_reading, functions.statement),
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
                    dry_run=_SHOWS_FIRST if workflow.effect is Effect.READ else _SHOWS_CHANGES,
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
    if settings.dry_run:
        return _rehearse(workflow, given, settings, output)
    grave = workflow.effect >= Effect.ONCE
    if grave and not settings.yes and not agreed(f"etxt workflows {name}", workflow.effect, given, None):
        return Exit.FAILED
    with opened("etxt", settings) as client:
        answer = workflow.run(client, given)
    shown = attrs.asdict(answer) if attrs.has(type(answer)) and _is_ours(answer) else answer
    return show_done(output, shown, workflow.effect)


def _rehearse(workflow: Workflow, given: dict[str, Any], settings: Settings, output: Output) -> int:
    """Show what a workflow would send."""
    requests: list[DryRun] = []
    left: dict[int, str] = {}
    with opened("etxt", settings) as client:
        try:
            answer = workflow.rehearse(client, given, requests.append)
        except DryRun as request:
            requests.append(request)
        else:
            left = answer.left
    output.text("\n\n".join(map(request_text, requests)) or "nothing that changes anything would be sent")
    if not settings.quiet:
        remarks = [f"left: {number}: {reason}" for number, reason in left.items()]
        for remark in [*remarks, *([workflow.then] if workflow.then and requests else [])]:
            click.echo(one_line(remark), err=True)
    return Exit.OK


def _is_ours(answer: Any) -> bool:
    return type(answer).__module__ == functions.__name__


workflows = LazyGroup(name="workflows", help="What people do every day, in one command.", lazy=_commands)
