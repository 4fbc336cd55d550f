"""Notifications, and the queue of push events for telephones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.market import Market

MESSAGE, ORDER, WANT, KWORK, SYSTEM = "message", "order", "want", "kwork", "system"
FIRST_NOTICE, FIRST_PUSH = 500_001, 800_001
MOST_NOTICES = 200
READ_AFTER = 2 * SECONDS_PER_DAY
"""No method marks a notification as read: in the sandbox it counts as read when it is this old."""
PUSH_LIVES = SECONDS_PER_DAY


@dataclass(frozen=True)
class Notice:
    """Something the account is told."""

    id: int
    kind: str
    title: str
    text: str
    link: str
    entity_id: int
    added: int
    member_id: int | None = None

    def is_read(self, now: int) -> bool:
        """Whether it is old enough to count as read."""
        return now - self.added >= READ_AFTER


@dataclass(frozen=True)
class Push:
    """An entry of the queue of push events."""

    id: int
    event: str
    entity_id: int
    member_id: int | None
    created_at: int


def tell(
    market: Market,
    kind: str,
    title: str,
    text: str,
    *,
    link: str = "/",
    entity_id: int = 0,
    member_id: int | None = None,
    at: int | None = None,
) -> None:
    """Notifies the account; the oldest notification makes room."""
    added = market.now if at is None else at
    id_notice = market.number("notice", FIRST_NOTICE)
    market.notices.append(Notice(id_notice, kind, title, text, link, entity_id, added, member_id))
    event = "new_inbox" if kind == MESSAGE else "notify"
    market.pushes.append(Push(market.number("push", FIRST_PUSH), event, entity_id, member_id, added))


def unread_notices(market: Market) -> list[Notice]:
    """Newest first."""
    return [notice for notice in reversed(market.notices) if not notice.is_read(market.now)]


def waiting_pushes(market: Market) -> list[Push]:
    """Newest first; what nobody has fetched within a day is gone."""
    return [push for push in reversed(market.pushes) if market.now - push.created_at < PUSH_LIVES]


def seed_news(market: Market) -> None:
    """What the account was told before the sandbox started."""
    tell(
        market, SYSTEM, "Правила обновлены", "Прочитайте новую редакцию правил.", link="/rules", at=market.now - 500_000
    )
    for own in list(market.own_kworks.values())[:3]:
        tell(
            market,
            KWORK,
            "Кворк проверен",
            f"Кворк «{own.title}» прошёл проверку.",
            link=f"/kwork/{own.id}",
            entity_id=own.id,
            at=market.now - 40_000,
        )
