"""``kwork-etxt demo``: the main job of the SDK, against the sandbox."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape

from kwork_etxt_sdk.cli.screen import Pipe, Screen
from kwork_etxt_sdk.errors import ConfigurationError, DeadlineError
from kwork_etxt_sdk.etxt.client import EtxtClient
from kwork_etxt_sdk.etxt.models.tasks import Note, TaskResult
from kwork_etxt_sdk.kwork.client import KworkClient
from kwork_etxt_sdk.options import Limits, Rule
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.tables import to_csv, to_jsonl
from kwork_etxt_sdk.transport.events import Event, Retried, Sent, Waiting

T = TypeVar("T")

#: Simulated seconds per second: an order is written in about three seconds.
SPEED = 3600
#: The marketplaces themselves get one call a second; the sandbox is ours, and nobody wants to watch for minutes.
LIMITS = Limits(default=Rule.per_second(12, burst=3))
CHEAP = Decimal(1000)
GOOD_BUDGET = Decimal(5000)
ENOUGH_UNIQUENESS = 90
POLL_SECONDS = 0.3
PATIENCE_SECONDS = 15.0


class Tally:
    """Counts what the clients tell of their calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: Counter[str] = Counter()
        self.retries = 0
        self.waits = 0
        self.waited = 0.0

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        with self._lock:
            if isinstance(event, Sent):
                self.sent[event.call] += 1
            elif isinstance(event, Retried):
                self.retries += 1
            elif isinstance(event, Waiting):
                self.waits += 1
                self.waited += event.seconds


def run_demo(out: Path | None, *, seed: int = 1, console: Console | None = None) -> None:
    """Do the work and print a report.

    Args:
        out: Folder for the files; a new temporary one if None.
        seed: Seed of the sandbox.
        console: Where to print.
    """
    console = console if console is not None else Pipe(highlight=False, soft_wrap=True)
    folder = _folder(out)
    tally = Tally()
    started = time.monotonic()
    console.print("[bold]Both marketplaces on this machine[/bold] - invented people, no rouble at stake\n")
    with Sandbox(seed=seed, speed=SPEED) as box:
        _kwork(box, folder, tally, console)
        spent = _etxt(box, folder, tally, console)
    _report(tally, spent, folder, time.monotonic() - started, console)


def _folder(out: Path | None) -> Path:
    if out is None:
        return Path(tempfile.mkdtemp(prefix="kwork-etxt-demo-"))
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise ConfigurationError(f"the folder {out} can't be made: {failure.strerror or failure}") from None
    return out


def _kwork(box: Sandbox, folder: Path, tally: Tally, console: Console) -> None:
    console.print("[bold]Kwork[/bold]")
    with KworkClient.login(
        box.kwork_login, box.kwork_password, base_url=box.kwork_base_url, limits=LIMITS
    ) as signed_in:
        client = signed_in.with_options(on_event=tally)
        _done(console, f"signed in as {box.kwork_login}")
        services = client.catalog.iter_list(sort="price_asc")
        cheap = []
        for (
            kwork
        ) in services:  # sorted by price: the walk ends at the first that is too dear, further pages are not asked
            if (kwork.price or 0) > CHEAP:
                break
            cheap.append(kwork)
        to_csv(cheap, folder / "kworks.csv", ["id", "title", "price", "seller.username", "rating", "reviews_count"])
        to_jsonl(cheap, folder / "kworks.jsonl")
        _done(console, f"catalogue: {len(cheap)} services up to {_roubles(CHEAP)} -> kworks.csv, kworks.jsonl")
        projects = client.projects.iter_list().to_list()
        good = [project for project in projects if (project.budget or 0) >= GOOD_BUDGET]
        to_csv(good, folder / "projects.csv", ["id", "title", "budget", "bids_count", "created_at"])
        to_jsonl(good, folder / "projects.jsonl")
        _done(
            console,
            f"projects: {len(good)} of {len(projects)} from {_roubles(GOOD_BUDGET)} -> projects.csv, projects.jsonl",
        )
        best = sorted(good, key=lambda one: one.budget or 0, reverse=True)[:4]
        _table(
            console,
            [{"budget": one.budget, "offers": one.bids_count, "the best paid projects": one.title} for one in best],
        )


def _etxt(box: Sandbox, folder: Path, tally: Tally, console: Console) -> Decimal:
    console.print("\n[bold]eTXT[/bold]")
    plain = EtxtClient(box.etxt_token, box.etxt_api_pass, base_url=box.etxt_base_url, limits=LIMITS)
    with plain, console.status("working") as status:
        client = plain.with_options(on_event=tally)
        before = client.users.get_balance().balance or Decimal(0)
        _done(console, f"balance: {_roubles(before)}")
        task_id = client.tasks.save_task(
            "Обзор электрических чайников",
            description="Нейтральный тон, без воды, с выводом в конце.",
            price=150,
            category_id=1790,
            size=3000,
            uniq=ENOUGH_UNIQUENESS,
            deadline=datetime.now(timezone.utc) + timedelta(days=3),
            public=True,
        ).task_id
        _done(console, f"order {task_id} placed")

        def applications() -> Note | None:
            notes = [note for note in client.tasks.view_notes(task_id) if note.is_application]
            return min(notes, key=lambda note: note.note_id or 0, default=None)  # the first to apply

        status.update("waiting for an application")
        note = _wait_for(applications, f"an application for order {task_id}")
        client.tasks.set_note(note.note_id or 0)
        _done(console, f"application of {note.login} taken: {note.text}")

        def results() -> TaskResult | None:
            return next(iter(client.tasks.get_results(task_id)), None)

        status.update("waiting for the text")
        result = _wait_for(results, f"a result of order {task_id}")
        uniqueness = result.uniqueness or 0.0
        _done(console, f"text delivered, uniqueness {uniqueness:g} %")
        text = client.files.text(result)
        path = client.files.save(result, folder)
        _done(console, f"text of {len(text)} characters -> {path.name}: {text[:48].strip()}...")
        if uniqueness >= ENOUGH_UNIQUENESS:
            accepted = client.tasks.paid_task([task_id])
            _done(console, f"order {accepted.ids[0]} accepted, its author is paid")
        else:
            _done(console, f"below the {ENOUGH_UNIQUENESS} % asked for: left for you to decide")
        after = client.users.get_balance().balance or Decimal(0)
    return before - after


def _wait_for(look: Callable[[], T | None], what: str) -> T:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        found = look()
        if found is not None:
            return found
        time.sleep(POLL_SECONDS)
    raise DeadlineError(f"{what} did not come within {PATIENCE_SECONDS:g} s")


def _report(tally: Tally, spent: Decimal, folder: Path, seconds: float, console: Console) -> None:
    console.print("\n[bold]What it took[/bold]")
    _table(console, [{"calls": count, "method": call} for call, count in sorted(tally.sent.items())])
    waits = f"{tally.waits} waits of {tally.waited:.1f} s in all for the rate limit"
    console.print(f"  {tally.sent.total()} calls in {seconds:.1f} s, {waits}, {tally.retries} retries")
    console.print(f"  {_roubles(spent)} spent (in the sandbox)")
    console.print(f"  files: {folder}")


def _table(console: Console, rows: list[dict[str, Any]]) -> None:
    Screen(console.file, remarks=None, indent=2).rows([rows], None)


def _done(console: Console, text: str) -> None:
    console.print("  [green]+[/green]", escape(text))


def _roubles(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", " ").removesuffix(".00") + " RUB"
