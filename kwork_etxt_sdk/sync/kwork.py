"""What is mirrored of Kwork, and what is asked for again.

====================  ================================================================================================
orders                all, every time: any of them can change, and the service says not which
dialogs               all, every time
messages              of dialogs whose last message is another one, down to the last message known (app wire)
offers                all, every time
kworks                all, every time (app wire)
projects              the newest, down to a page that brings nothing new
====================  ================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.kwork.client import KworkClient
from kwork_etxt_sdk.kwork.endpoint import Endpoint
from kwork_etxt_sdk.kwork.models.catalog import Kwork
from kwork_etxt_sdk.kwork.models.projects import Order
from kwork_etxt_sdk.kwork.projects import GET_PAYER_ORDERS, GET_WORKER_ORDERS
from kwork_etxt_sdk.mapping import Records, default_converter
from kwork_etxt_sdk.options import DEFAULT
from kwork_etxt_sdk.paging import NumberedPager, Page, Pager
from kwork_etxt_sdk.sync import kwork_tables as t
from kwork_etxt_sdk.sync.database import ListState
from kwork_etxt_sdk.sync.mirroring import Site
from kwork_etxt_sdk.sync.run import Listing, Run
from kwork_etxt_sdk.sync.shape import Table

T = TypeVar("T")

#: What the documented wire has no method for.
_APP_ONLY: Final = frozenset({"messages", "kworks"})
#: The state that stands for all of them.
_ALL: Final = 0


def _steps(run: Run[KworkClient], settings: Mapping[str, Any]) -> Iterator[Callable[[], None]]:
    lacking = sorted(_lacking(run.client) & run.what)
    if lacking:
        raise ConfigurationError(
            f"the documented wire of Kwork has no method for {' and '.join(lacking)}.",
            hint="Set app_authorization (KWORK_APP_AUTHORIZATION), or leave them out.",
        )
    if "orders" in run.what:
        yield lambda: _orders(run)
    if "dialogs" in run.what:
        yield lambda: _dialogs(run)
    if "messages" in run.what:
        yield lambda: _messages(run)
    if "offers" in run.what:
        yield lambda: _offers(run)
    if "kworks" in run.what:
        yield lambda: _kworks(run)
    if "projects" in run.what:
        for category in settings["categories"] or (None,):
            yield partial(_projects, run, category, settings["projects"])


def _lacking(client: KworkClient) -> frozenset[str]:
    return frozenset() if _is_on_app(client) else _APP_ONLY


def _is_on_app(client: KworkClient) -> bool:
    return bool(client._market.wire == "app")


def _orders(run: Run[KworkClient]) -> None:
    for role, endpoint in (("payer", GET_PAYER_ORDERS), ("worker", GET_WORKER_ORDERS)):
        listing = Listing(
            name=f"kwork orders {role}",
            table=t.ORDERS,
            pages=partial(_orders_from, run, endpoint),
            row=partial(t.order_row, role=role),
        )
        run.relist(listing, at_end=_mark_gone(run, listing, f"role = '{role}'"))


def _orders_from(run: Run[KworkClient], endpoint: Endpoint[Order], _start: int) -> Pager[Order]:
    return run.client.projects._list(endpoint, DEFAULT)


def _dialogs(run: Run[KworkClient]) -> None:
    listing = Listing(
        name="kwork dialogs",
        table=t.DIALOGS,
        pages=lambda _start: run.client.notifications.iter_dialogs(),
        row=t.dialog_row,
    )
    run.relist(listing, at_end=_mark_gone(run, listing))


def _messages(run: Run[KworkClient]) -> None:
    dialogs = run.mirror.query(
        "SELECT user_id, username, updated_at, last_message FROM kwork_dialogs WHERE gone_at IS NULL"
        " AND username IS NOT NULL AND (messages_until IS NULL OR messages_until IS NOT updated_at"
        " OR messages_last IS NOT last_message) ORDER BY updated_at, user_id"
    )
    for user_id, username, *latest in dialogs:
        _messages_of(run, user_id, username, latest)


def _messages_of(run: Run[KworkClient], user_id: int, username: str, latest: list[str | None]) -> None:
    """Mirror a dialog from its newest page back to the last message known: the service counts pages from the oldest."""
    name = f"kwork messages {user_id}"
    before = run.mirror.state(name)
    was_whole = before.done_at is not None and before.position is None
    known = run.mirror.value("SELECT max(message_id) FROM kwork_messages WHERE user_id = ?", (user_id,))
    state = run.mirror.begin_walk(name, known if was_whole else None)
    passed = 0
    number: int | None = None
    while number is None or number >= 1:
        run.check()
        rows = run.client.call("inboxes", {"username": username, "page": number}, effect=Effect.READ)
        found = _items(rows, t.Message)
        pages = [message.message_page for message in found if message.message_page is not None]
        newest = max((message.message_id for message in found), default=0)
        # Where an earlier run was interrupted and nobody has written since, it goes on behind the pages it has passed.
        passed = (before.position or 1) if number is None and newest == known else passed + 1
        with run.mirror.transaction():
            for message in found:
                run.put(t.MESSAGES, t.message_row(message, user_id), of=name)
            run.put_bad(name, found.bad_items, "message_id")
            run.mirror.advance(name, state.walk, passed, ())
        oldest = min((message.message_id for message in found), default=0)
        if not pages or (state.floor is not None and oldest <= state.floor):
            break
        number = max(pages) - max(passed, 1) if number is None else number - 1
    with run.mirror.transaction():
        run.mirror.end_walk(name, state.walk)
        run.mirror.change(
            "UPDATE kwork_dialogs SET messages_until = ?, messages_last = ? WHERE user_id = ?", (*latest, user_id)
        )


def _offers(run: Run[KworkClient]) -> None:
    def fetch(number: int) -> Page[t.Offer]:
        answer = run.client.other.get_offers(page=number if _is_on_app(run.client) else None)
        paging = answer.get("paging")
        pages = paging.get("pages") if isinstance(paging, dict) else 1
        return Page(items=_items(answer.get("offers"), t.Offer), number=number, pages=pages)

    listing = Listing(
        name="kwork offers",
        table=t.OFFERS,
        pages=lambda _start: NumberedPager(fetch, key=lambda offer: offer.id),
        row=t.OFFERS.row,
    )
    run.relist(listing, at_end=_mark_gone(run, listing))


def _kworks(run: Run[KworkClient]) -> None:
    run.check()
    groups = run.client.other.get_kworks_status().get("statuses", [])
    own = run.client._own_id(DEFAULT)
    for group in groups:
        state = group.get("id") if isinstance(group, dict) else None
        if isinstance(state, int) and state != _ALL:
            listing = Listing(
                name=f"kwork kworks {state}",
                table=t.KWORKS,
                pages=partial(_kworks_of, run, own, group),
                row=t.KWORKS.row,
            )
            run.relist(listing, at_end=_mark_gone(run, listing, f"status_id = {state}"))


def _kworks_of(run: Run[KworkClient], own: int, group: Mapping[str, Any], _start: int) -> Pager[Kwork]:
    """Return your kworks in a state; the service says how many there are, and not how many stand on a page."""
    total, passed = group.get("kworks_count"), 0

    def fetch(number: int) -> Page[Kwork]:
        nonlocal passed
        if total == 0:
            return Page(items=Records(), number=number)
        given = {"user_id": own, "status_id": group["id"], "page": number}
        found = _items(run.client.call("userKworks", given, effect=Effect.READ), Kwork)
        passed += len(found) + len(found.bad_items)
        is_last = True if isinstance(total, int) and passed >= total else None
        return Page(items=found, number=number, is_last=is_last)

    return NumberedPager(fetch, key=lambda kwork: kwork.id)


def _projects(run: Run[KworkClient], category: int | None, most: int) -> None:
    name = "kwork projects" if category is None else f"kwork projects {category}"
    # After an interruption a page of known projects does not mean that those behind it are known, too.
    was_whole = run.mirror.state(name).position is None and not run.needs_whole(name)

    def brings_nothing_new(page: Page[Any]) -> bool:
        ids = [project.id for project in page.items]
        marks = ", ".join("?" * len(ids))
        found = run.mirror.value(f"SELECT count(*) FROM kwork_projects WHERE id IN ({marks})", ids)
        return bool(was_whole and found == len(ids))

    listing = Listing(
        name=name,
        table=t.PROJECTS,
        pages=lambda _start: run.client.projects.iter_list(category_id=category).limit(most),
        row=t.project_row,
    )
    run.relist(listing, until=brings_nothing_new)


def _mark_gone(run: Run[KworkClient], listing: Listing[Any], where: str = "1") -> Callable[[ListState], None]:
    table: Table = listing.table

    def mark(state: ListState) -> None:
        run.mark_gone(
            table,
            f"{where} AND NOT EXISTS (SELECT 1 FROM sync_seen WHERE list = ? AND walk = ?"
            f" AND key = CAST({table.key} AS TEXT))",
            (listing.name, state.walk),
        )

    return mark


def _items(rows: Any, kind: type[T]) -> Records[T]:
    """Read what came as plain data; what is no list at all is one bad item."""
    found = rows if isinstance(rows, list) else [] if rows in (None, {}) else [rows]
    return default_converter().structure_items(enumerate(found), kind, path_of="$[{}]".format, bad_items="keep")


SITE: Final = Site(
    needs={
        "orders": (),
        "dialogs": (),
        "messages": ("dialogs",),
        "offers": (),
        "kworks": (),
        "projects": (),
    },
    tables=t.TABLES,
    views=t.VIEWS,
    steps=_steps,
    account=lambda client: int(client.user.get_info()["id"]),
    lacking=_lacking,
)
