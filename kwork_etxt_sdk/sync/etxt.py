"""What is mirrored of eTXT, and what is asked for again.

====================  ================================================================================================
orders                from the newest down to the oldest that is not done, and the oldest of all; the whole list once a
                      week
archive of orders     down to the oldest order that has left the list, if any has; the whole archive once a week
results               of orders in work, in review and overdue; of done ones once more
texts                 once each
articles              all that were bought, because their order is not by purchase; the archive if one has left the
                      list; texts once each
statement             down to the last row known
messages              of authors at work and of those who wrote something unread, since the last message known
news                  all unread ones: one call
====================  ================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from kwork_etxt_sdk.etxt.client import EtxtClient
from kwork_etxt_sdk.etxt.models.articles import ArticleFilter, SortOrder
from kwork_etxt_sdk.etxt.models.messages import PrivateMessage
from kwork_etxt_sdk.paging import Pager
from kwork_etxt_sdk.sync import etxt_tables as t
from kwork_etxt_sdk.sync.database import ListState
from kwork_etxt_sdk.sync.etxt_texts import articles_texts, results
from kwork_etxt_sdk.sync.mirroring import Site
from kwork_etxt_sdk.sync.run import Listing, Run
from kwork_etxt_sdk.sync.shape import Table

#: An order whose results can still change.
OPEN: Final = "gone_at IS NULL AND date_archive IS NULL AND (status IS NULL OR status != 4)"
_LEFT: Final = "gone_at IS NULL AND is_listed = 0"


def _steps(run: Run[EtxtClient], settings: Mapping[str, Any]) -> Iterator[Callable[[], None]]:
    if "orders" in run.what:
        yield lambda: _orders(run)
    if "results" in run.what:
        yield lambda: results(run)
    if "articles" in run.what:
        yield lambda: _articles(run)
        yield lambda: articles_texts(run)
    if "statement" in run.what:
        yield lambda: _statement(run)
    if "messages" in run.what:
        yield lambda: _messages(run, settings["users"])
    if "news" in run.what:
        yield lambda: _news(run)


def _orders(run: Run[EtxtClient]) -> None:
    tasks, archive = run.client.tasks, run.client.tasks_archive
    active = Listing(
        name="etxt orders", table=t.ORDERS, pages=lambda start: tasks.list_tasks(offset=start), row=t.order_row
    )
    stored = Listing(
        name="etxt orders archive",
        table=t.ORDERS,
        pages=lambda start: archive.list_tasks(order=SortOrder.DESC, offset=start),
        row=t.archived_order_row,
    )

    def oldest_open() -> int | None:
        newest = run.mirror.value("SELECT max(task_id) FROM etxt_orders")
        oldest: int | None = run.mirror.value(f"SELECT min(task_id) FROM etxt_orders WHERE {OPEN}")
        return oldest if oldest is not None else None if newest is None else newest + 1

    def mark_left(state: ListState) -> None:
        _note_left(run, t.ORDERS, active.name, state)

    def oldest_left() -> int | None:
        oldest: int | None = run.mirror.value(
            f"SELECT min(task_id) FROM etxt_orders WHERE {_LEFT} AND date_archive IS NULL"
        )
        return oldest

    run.walk(active, floor=oldest_open, at_end=mark_left)
    _look_for_oldest(run, run.mirror.state(active.name).floor)
    if run.needs_whole(stored.name) or run.mirror.state(stored.name).position or oldest_left() is not None:
        run.walk(stored, floor=oldest_left)
    with run.mirror.transaction():
        run.mark_gone(t.ORDERS, "is_listed = 0 AND date_archive IS NULL")


def _look_for_oldest(run: Run[EtxtClient], floor: int | None) -> None:
    """Look whether the oldest done order is still where it was: the walk has not come that far."""
    oldest = run.mirror.value(
        "SELECT min(task_id) FROM etxt_orders WHERE gone_at IS NULL AND is_listed = 1 AND task_id < ?", (floor,)
    )
    if oldest is None or run.mirror.state("etxt orders").whole_at == run.now:
        return
    run.check()
    if run.client.tasks.list_tasks(task_id=oldest, only_id=True).first() is None:
        run.mirror.change("UPDATE etxt_orders SET is_listed = 0 WHERE task_id = ?", (oldest,))


def _articles(run: Run[EtxtClient]) -> None:
    articles, archive = run.client.articles, run.client.articles_archive
    active = Listing(
        name="etxt articles",
        table=t.ARTICLES,
        pages=lambda start: articles.get_list(filter=ArticleFilter.BOUGHT, offset=start),
        row=t.article_row,
    )
    stored = Listing(
        name="etxt articles archive",
        table=t.ARTICLES,
        pages=lambda start: archive.get_list(offset=start),
        row=t.archived_article_row,
    )

    def mark_left(state: ListState) -> None:
        _note_left(run, t.ARTICLES, active.name, state)

    run.walk(active, at_end=mark_left)
    left = run.mirror.value(f"SELECT count(*) FROM etxt_articles WHERE {_LEFT} AND is_archived = 0")
    if run.needs_whole(stored.name) or run.mirror.state(stored.name).position or left:
        run.walk(stored)
    with run.mirror.transaction():
        run.mark_gone(t.ARTICLES, "is_listed = 0 AND is_archived = 0")


def _note_left(run: Run[EtxtClient], table: Table, name: str, state: ListState) -> None:
    """Note which rows are no longer where the walk has been; whether they are in the archive is seen there."""
    run.mirror.change(
        f"UPDATE {table.name} SET is_listed = 0 WHERE is_listed = 1 AND {table.key} >= ? AND NOT EXISTS"
        f" (SELECT 1 FROM sync_seen WHERE list = ? AND walk = ? AND key = CAST({table.key} AS TEXT))",
        (state.floor or 0, name, state.walk),
    )


def _statement(run: Run[EtxtClient]) -> None:
    def newest() -> int | None:
        known: int | None = run.mirror.value("SELECT max(row_id) FROM etxt_statement")
        return None if known is None else known + 1

    listing = Listing(
        name="etxt statement",
        table=t.STATEMENT,
        pages=lambda start: run.client.users.get_stats(offset=start),
        row=t.statement_row,
    )
    run.walk(listing, floor=newest)


def _messages(run: Run[EtxtClient], users: tuple[int, ...]) -> None:
    run.check()
    unread = {user.author_id for user in run.client.messages.get_count_unread().users}
    known = run.mirror.query(
        "SELECT user_id, max(is_open) FROM ("
        f" SELECT user_id, {OPEN} AS is_open FROM etxt_orders"
        " UNION ALL SELECT user_id, 0 FROM etxt_messages"
        " UNION ALL SELECT user_to_id, 0 FROM etxt_statement) WHERE user_id > 0 GROUP BY user_id"
    )
    at_work = {user for user, is_open in known if is_open}
    for user in sorted({user for user, _ in known} | unread | set(users)):
        name = f"etxt messages {user}"
        if user in unread or user in at_work or user in users or run.needs_whole(name) or _is_interrupted(run, name):
            _messages_of(run, user, name)


def _is_interrupted(run: Run[EtxtClient], name: str) -> bool:
    return run.mirror.state(name).position is not None


def _messages_of(run: Run[EtxtClient], user: int, name: str) -> None:
    def latest() -> int | None:
        date = run.mirror.value("SELECT max(date) FROM etxt_messages WHERE user_id = ?", (user,))
        return None if date is None else int(datetime.fromisoformat(date).timestamp())

    def since(start: int) -> Pager[PrivateMessage]:
        floor = run.mirror.state(name).floor
        moment = None if floor is None else datetime.fromtimestamp(floor, timezone.utc)
        return run.client.messages.read_private(user, date_from=moment, offset=start)

    run.walk(Listing(name=name, table=t.MESSAGES, pages=since, row=t.message_row), floor=latest)


def _news(run: Run[EtxtClient]) -> None:
    run.check()
    found = run.client.messages.get_list()
    with run.mirror.transaction():
        for item in found:
            run.put(t.NEWS, t.NEWS.row(item), of="etxt news")
        run.put_bad("etxt news", found.bad_items)


SITE: Final = Site(
    needs={
        "orders": (),
        "results": ("orders",),
        "texts": ("orders", "results"),
        "articles": (),
        "statement": (),
        "messages": (),
        "news": (),
    },
    tables=t.TABLES,
    views=t.VIEWS,
    steps=_steps,
    account=lambda client: int(client.users.get_balance().user_id),
)
