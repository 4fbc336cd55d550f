"""What can be watched: where it comes from, what makes an item new, and what filters look at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

import attrs

from kwork_etxt_sdk.mapping import Model
from kwork_etxt_sdk.watch import DEPTH

#: Orders looked at: any of them can change, and older ones than these seldom do.
ORDERS: Final = 500


@attrs.frozen(kw_only=True)
class Source:
    """Something to watch.

    Attributes:
        site: ``"etxt"`` or ``"kwork"``.
        summary: What it tells.
        items: Returns the items for a client; with the categories wanted.
        key: What identifies an item.
        version: What tells that it has changed.
        texts: Fields in which words are looked for.
        price: Field with the price; None if there is none.
        has_category: Whether categories can be chosen.
        category: Field that is compared with these; None where the service is asked for them.
        depth: How many items are looked at, at most.
        whole: Whether any of these can be the new one.
    """

    site: str
    summary: str
    items: Callable[[Any, tuple[int, ...]], Any]
    key: Callable[[Any], Any]
    version: Callable[[Any], Any] | None = None
    texts: tuple[str, ...]
    price: str | None = None
    has_category: bool = False
    category: str | None = None
    depth: int = DEPTH
    whole: bool = False


@attrs.frozen(kw_only=True)
class Filters:
    """Which items are wanted.

    Attributes:
        categories: Ids of categories; all if there are none.
        min_price: Lowest price, roubles.
        max_price: Highest price, roubles.
        words: Of these at least one has to occur.
        without_words: Of these none may.
    """

    categories: tuple[int, ...] = ()
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    words: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A short name for these filters; empty if there are none."""
        if self == Filters():
            return ""
        return hashlib.sha256(repr(attrs.astuple(self)).encode()).hexdigest()[:8]

    def fit(self, source: Source, item: Model) -> bool:
        """Tell whether an item is wanted. One that tells no price fits no limit on prices."""
        if self.categories and source.category and getattr(item, source.category) not in self.categories:
            return False
        price = None if source.price is None else getattr(item, source.price)
        if self.min_price is not None and (price is None or price < self.min_price):
            return False
        if self.max_price is not None and (price is None or price > self.max_price):
            return False
        text = "\n".join(str(getattr(item, name) or "") for name in source.texts).casefold()
        if self.words and not any(word.casefold() in text for word in self.words):
            return False
        return not any(word.casefold() in text for word in self.without_words)


def _projects(client: Any, categories: tuple[int, ...]) -> Any:
    return [client.projects.iter_list(category_id=category) for category in categories or (None,)]


def _letters(client: Any, _categories: tuple[int, ...]) -> Iterator[Any]:
    """Yield what others have written and you have not read; nothing is marked as read."""
    for user in client.messages.get_count_unread().users:
        page = client.messages.read_private(user.author_id).page()
        yield from (letter for letter in page.items if letter.author_id == user.author_id and not letter.reads)


def _kwork_orders(client: Any, _categories: tuple[int, ...]) -> Iterator[Any]:
    yield from client.projects.get_payer_orders()
    yield from client.projects.get_worker_orders()


def _other_side(dialog: Any) -> Any:
    return dialog.id if dialog.participant is None else dialog.participant.id


def _identity(item: Any) -> Any:
    return item.id if item.id is not None else item.to_dict()


SOURCES: Final = {
    "kwork-projects": Source(
        site="kwork",
        summary="New projects on the exchange of Kwork.",
        items=_projects,
        key=lambda project: project.id,
        texts=("title", "description"),
        price="budget",
        has_category=True,
    ),
    "kwork-dialogs": Source(
        site="kwork",
        summary="Dialogs of Kwork whose last message is a new one.",
        items=lambda client, _: client.notifications.iter_dialogs(),
        key=_other_side,
        version=lambda dialog: (dialog.updated_at, dialog.last_message),
        texts=("last_message",),
    ),
    "kwork-notifications": Source(
        site="kwork",
        summary="New notifications of Kwork.",
        items=lambda client, _: client.notifications.get_list().notifications,
        key=_identity,
        texts=("title", "message", "type"),
    ),
    "kwork-orders": Source(
        site="kwork",
        summary="Orders of Kwork that are new or have another status.",
        items=_kwork_orders,
        key=lambda order: order.id,
        version=lambda order: order.status,
        texts=("title", "description"),
        price="budget",
    ),
    "etxt-orders": Source(
        site="etxt",
        summary="Orders of eTXT that are new or have another status.",
        items=lambda client, _: client.tasks.list_tasks(),
        key=lambda task: task.task_id,
        version=lambda task: None if task.status is None else task.status.value,
        texts=("title", "description"),
        price="price",
        has_category=True,
        category="category_id",
        depth=ORDERS,
        whole=True,
    ),
    "etxt-applications": Source(
        site="etxt",
        summary="New applications of authors for your orders of eTXT.",
        items=lambda client, _: client.tasks.view_notes_all(),
        key=lambda application: application.note_id,
        texts=("title", "text", "user"),
        price="price",
    ),
    "etxt-messages": Source(
        site="etxt",
        summary="Private messages of eTXT that you have not read; none is marked as read.",
        items=_letters,
        key=lambda letter: (str(letter.date), letter.author_id, letter.text),
        texts=("text",),
    ),
    "etxt-news": Source(
        site="etxt",
        summary="News from eTXT that you have not read.",
        items=lambda client, _: client.messages.get_list(),
        key=lambda message: message.message_id,
        texts=("text",),
    ),
}
