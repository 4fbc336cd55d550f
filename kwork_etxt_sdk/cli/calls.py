"""How a command becomes a call: settings, question, client, call, answer."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from kwork_etxt_sdk.cli import standard_output
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.cli.help import HELP_NAMES, SectionedCommand
from kwork_etxt_sdk.cli.methods import Method, click_parameters, explanation, parameters_of, spelling_of, topic_command
from kwork_etxt_sdk.cli.output import Form, Output, json_text
from kwork_etxt_sdk.cli.printable import one_line
from kwork_etxt_sdk.cli.settings import Settings, common_options, default_journal
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError, DryRun, ValidationError
from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.options import DEFAULT, UNSET, CallOptions
from kwork_etxt_sdk.paging import Pager
from kwork_etxt_sdk.progress import show_waits
from kwork_etxt_sdk.redaction import MASK, SECRET_NAMES
from kwork_etxt_sdk.tables import rows
from kwork_etxt_sdk.transport.events import Answered, Event, Sent

#: Answers with files, and what is downloaded of them.
_FILES = {
    "Records[TaskResult]": "the file of each result",
    "Records[ArchivedResult]": "the file of each result",
    "ArticleZip": "the ZIP file",
}
_MEANING = {Effect.ONCE: "it can't be undone", Effect.MONEY: "it can spend roubles"}


def command_for(method: Method) -> click.Command:
    """Return the command of a method."""
    doc = method.doc
    own = click_parameters(method.function, method.records, doc)
    taken = frozenset(spelling for param in own for spelling in param.opts)
    return SectionedCommand(
        method.command,
        params=[
            *own,
            *common_options(
                taken=taken,
                grave=method.may_be_grave,
                money=method.endpoint.effect is Effect.MONEY,
                pages=method.returns.startswith("Pager"),
                files=_FILES.get(method.returns, ""),
            ),
        ],
        help=explanation(doc),
        short_help=doc.summary,
        epilog=f"In Python: client.{method.topic}.{method.name}(). {doc.source}",
        callback=lambda **values: run_method(method, values),
        context_settings=HELP_NAMES,
    )


def run_method(method: Method, values: dict[str, Any]) -> int:
    """Make the call of a command line, and show its answer.

    Args:
        method: What to call.
        values: The values of all arguments and options.
    """
    settings = Settings.taken_from(values)
    typed = arguments_given(values)
    given = {name: typed[name] for name in parameters_of(method.function) if name in typed}
    effect = method.endpoint.effect_for(method.arguments(given))
    check_consent(effect, settings)

    def make(client: Any, options: CallOptions) -> Any:
        function = getattr(getattr(client, method.topic), method.name)
        answer = function(**given, options=options)
        if isinstance(answer, Pager) and settings.limit is not None:
            answer = answer.limit(settings.limit)
        return answer

    def preview(client: Any) -> str | None:
        return shown_request(lambda: make(client.with_options(dry_run=True), DEFAULT))

    saves_files = settings.out is not None and method.returns in _FILES
    output = Output.of(settings, saves_files=saves_files)
    with problems_by_option(method), opened(method.site, settings) as client:
        if settings.dry_run:
            output.text(preview(client) or "nothing would be sent")
            return Exit.OK
        if effect >= Effect.ONCE and not settings.yes:
            preview(client)  # nobody is asked about a call that can't be made
            name = f"{method.site} {topic_command(method.topic)} {method.command}"
            if not agreed(
                name, effect, given, method.endpoint.price and method.endpoint.price(method.arguments(given))
            ):
                return Exit.FAILED
        if effect > Effect.READ:
            check_fields(output, method)
        answer = make(client, once_options(settings))
        if saves_files and settings.out is not None:
            from kwork_etxt_sdk.cli.downloads import save_files

            answer = save_files(client, answer, settings.out)
        return show_done(output, answer, effect, items=getattr(method.endpoint, "items", None))


def check_fields(output: Output, method: Method) -> None:
    """Refuse fields that the answer will not have, before anything is done for nothing.

    Raises:
        ConfigurationError: There is no such field.
    """
    result = method.endpoint.result
    is_shown = isinstance(result, type) and issubclass(result, Model) and not getattr(method.endpoint, "items", None)
    if output.fields is not None and is_shown:
        rows.check_fields(result, output.fields)


def show_done(output: Output, answer: Any, effect: Effect, *, items: str | None = None) -> int:
    """Show the answer of a call that was made.

    Whatever keeps the answer of a call that changed something from being shown as asked must neither lose it nor look
    as if nothing was sent: somebody would send it again.

    Args:
        output: How.
        answer: What the method returned.
        effect: What the call did.
        items: The field of the answer that holds a list, where that is what matters.

    Returns:
        The exit status.
    """
    try:
        return output.show(answer, items=items)
    except BrokenPipeError:
        raise
    except (ConfigurationError, click.ClickException, OSError) as failure:
        if effect is Effect.READ or isinstance(answer, Pager):
            raise
        is_full = isinstance(failure, OSError)
        problem = failure.strerror if isinstance(failure, OSError) else getattr(failure, "message", "")
    click.echo(f"kwork-etxt: it is done, but its answer can't be shown as asked: {one_line(problem or '')}", err=True)
    if is_full:
        standard_output.give_it_up()
        click.echo(json_text(answer), err=True)
    else:
        Output(form=Form.JSON, quiet=True).show(answer)
    return Exit.FAILED


def arguments_given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call: what was given on the command line, and nothing else."""
    given: dict[str, Any] = {}
    for name, value in values.items():
        if value is None or value == ():
            continue
        if isinstance(value, tuple):
            is_pairs = all(isinstance(part, dict) for part in value)
            given[name] = {key: inner for part in value for key, inner in part.items()} if is_pairs else list(value)
        else:
            given[name] = value
    return given


def once_options(settings: Settings) -> CallOptions:
    """Return the options of the one call of a command."""
    return CallOptions(once_key=UNSET if settings.once_key is None else settings.once_key)


@contextlib.contextmanager
def opened(site: str, settings: Settings) -> Iterator[Any]:
    """Open a client as the settings want it."""
    from kwork_etxt_sdk.cli.notices import notices

    sent = _Sent(quiet=settings.quiet)
    with notices(settings) as protect, sent.watched():
        overrides: dict[str, Any] = {}
        if settings.once_key is not None:
            overrides["journal"] = _journal(settings.journal or default_journal())
        with _open_site(site, settings, **overrides) as client:
            protect(client)
            yield client.with_options(
                timeout=UNSET if settings.timeout is None else settings.timeout,
                deadline=UNSET if settings.deadline is None else settings.deadline,
                max_spend=UNSET if settings.max_spend is None else settings.max_spend,
                bad_items="keep",
                on_event=sent,
            )


def _journal(path: Path) -> Any:
    from kwork_etxt_sdk.transport.journal import Journal

    try:
        path.expanduser().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failure:
        problem = failure.strerror or failure
        raise ConfigurationError(f"the folder of the journal {path} can't be made: {problem}") from None
    return Journal(path)


class _Sent:
    """Hears of all calls: why they wait, and whether one was sent that may have changed something."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._calls: list[str] = []
        self._answered: list[str] = []

    def __call__(self, event: Event) -> None:
        """Hear of an event."""
        if isinstance(event, Sent) and event.effect != Effect.READ.name and event.call not in self._calls:
            self._calls.append(event.call)
        elif isinstance(event, Answered) and event.call in self._calls and event.call not in self._answered:
            self._answered.append(event.call)
        if not self._quiet:
            show_waits(event)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Let nothing look like a mistake before sending that comes after it: the exit status would say so.

        Whoever interrupts what takes several calls hears which of them were made; of a call that is under way the
        library tells.
        """
        try:
            yield
        except KeyboardInterrupt:
            if self._answered:
                click.echo(f"kwork-etxt: this was sent before: {', '.join(self._answered)}.", err=True)
            raise
        except (ConfigurationError, ValidationError, click.UsageError) as failure:
            if not self._calls or getattr(failure, "sent", False):
                raise
            problem = one_line(str(failure)).rstrip(".")
        else:
            return
        raise click.ClickException(f"{problem}. This was sent before: {', '.join(self._calls)}.")


def _open_site(site: str, settings: Settings, **overrides: Any) -> Any:
    from kwork_etxt_sdk.config import open_client, settings_for

    if site == "kwork" and settings.dry_run:
        from kwork_etxt_sdk.kwork.client import KworkClient

        # Signing in is a call, too, and a dry run makes none: the token is masked in what it shows anyway.
        known = settings_for(site, settings.profile)
        return KworkClient(
            "not-signed-in",
            base_url=known.values.get("base_url"),
            wire=known.values.get("wire"),
            app_authorization=known.secret("app_authorization"),
        )
    return open_client(site, profile=settings.profile, **overrides)


def shown_request(call: Callable[[], Any]) -> str | None:
    """Make a call of a client that sends nothing, and return the request it would send; None if there is none."""
    try:
        answer = call()
        if isinstance(answer, Pager):
            answer.page()
    except DryRun as dry_run:
        return request_text(dry_run)
    return None


def request_text(dry_run: DryRun) -> str:
    """Return a request that was not sent, as a person reads it."""
    return f"{dry_run.wire}\n\neffect: {dry_run.request['effect']}"


def check_consent(effect: Effect, settings: Settings) -> None:
    """Refuse a grave call that nobody can be asked about."""
    is_watched = sys.stdin is not None and sys.stdin.isatty()
    if effect >= Effect.ONCE and not settings.yes and not settings.dry_run and not is_watched:
        raise click.UsageError(
            f"this call is {effect.name} ({_MEANING[effect]}), and nobody is there to be asked: "
            "say --yes if it may be sent"
        )


def agreed(name: str, effect: Effect, given: Mapping[str, Any], price: Decimal | None) -> bool:
    """Say what is about to happen, and ask whether it may."""
    from kwork_etxt_sdk.cli.screen import cell

    click.echo(f"{name} is {effect.name}: {_MEANING[effect]}.", err=True)
    width = max(map(len, given), default=0)
    for key, value in given.items():
        shown = MASK if key.casefold() in SECRET_NAMES else cell(value)
        click.echo(f"  {key:<{width}}  {shown}", err=True)
    if effect is Effect.MONEY:
        told = "What it costs is not known before." if price is None else f"It may cost {cell(price)} roubles."
        click.echo(told, err=True)
    if click.confirm("Send it?", err=True):
        return True
    click.echo("Nothing was sent.", err=True)
    return False


@contextlib.contextmanager
def problems_by_option(method: Method) -> Iterator[None]:
    """Tell what is wrong with arguments by the names they have on the command line."""
    try:
        yield
    except ValidationError as error:
        if error.sent or not error.fields:
            raise
        texts = [
            f"{spelling_of(method, name)} {problem}" for name, problems in error.fields.items() for problem in problems
        ]
        problem = "; ".join(texts)
    else:
        return
    raise click.UsageError(f"{problem}. Nothing was sent.")
