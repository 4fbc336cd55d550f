"""Dialogs between the account and other people, who write back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from kwork_etxt_sdk.sandbox.kwork.happening import happens
from kwork_etxt_sdk.sandbox.kwork.news import MESSAGE, tell
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.kwork.market import Market

FIRST_MESSAGE = 300_001
FIRST_DIALOGS = 34
LONG_DIALOG = 120
"""Messages of the longest dialog; the others have a few."""
MOST_MESSAGES = 300
"""A dialog forgets its oldest messages: a sandbox that runs for days must not grow."""
ANSWER_AFTER = (3, 40)
"""Simulated minutes, from and to."""
NEXT_LETTER_AFTER = (90, 420)
BLOCKED, ARCHIVED = 2, 3
"""How many of the first dialogs are blocked, how many put away."""


@dataclass
class Message:
    """One message."""

    id: int
    from_actor: bool
    text: str
    time: int
    unread: bool


@dataclass
class Dialog:
    """All messages with one person, oldest first."""

    member_id: int
    messages: list[Message] = field(default_factory=list)
    starred: bool = False
    archived: bool = False
    blocked: bool = False
    """The account has blocked the person."""

    @property
    def last(self) -> Message:
        """The newest message; there is no dialog without one."""
        return self.messages[-1]

    @property
    def unread_count(self) -> int:
        """How many messages the account has not read."""
        return sum(message.unread and not message.from_actor for message in self.messages)


def dialogs_by_time(market: Market) -> list[Dialog]:
    """Neither blocked nor archived ones; those with the newest messages first."""
    shown = [dialog for dialog in market.dialogs.values() if not dialog.blocked and not dialog.archived]
    return sorted(shown, key=lambda dialog: (-dialog.last.time, -dialog.last.id))


def blocked_dialogs(market: Market) -> list[Dialog]:
    """Dialogs with people whom the account has blocked."""
    return [dialog for dialog in market.dialogs.values() if dialog.blocked]


def archived_dialogs(market: Market) -> list[Dialog]:
    """Dialogs that are put away."""
    return [dialog for dialog in market.dialogs.values() if dialog.archived and not dialog.blocked]


def archived_count(market: Market) -> int:
    """How many dialogs are put away."""
    return len(archived_dialogs(market))


def unread_dialogs(market: Market) -> int:
    """How many dialogs hold unread messages."""
    return sum(dialog.unread_count > 0 for dialog in dialogs_by_time(market))


def unread_messages(market: Market) -> int:
    """How many messages of the shown dialogs are unread."""
    return sum(dialog.unread_count for dialog in dialogs_by_time(market))


def may_write(market: Market, member_id: int) -> bool:
    """Whether the account may write to a person: a dialog may go on where none may be opened."""
    dialog = market.dialogs.get(member_id)
    if dialog is not None:
        return not dialog.blocked
    return not market.members[member_id].refuses_letters


def write(market: Market, member_id: int, text: str) -> Message:
    """The account writes to a person, who reads it and usually answers."""
    message = _append(market, member_id, text, from_actor=True)
    if not market.members[member_id].is_silent:
        minutes = market.draw("answer", message.id).randint(*ANSWER_AFTER)
        at = market.now + minutes * SECONDS_PER_MINUTE
        market.agenda.add(at, "answer", subject=message.id, person=member_id)
    return message


@happens("answer")
def _answer(market: Market, event: Event) -> None:
    dialog = market.dialogs.get(event.person)
    if dialog is None or dialog.blocked:
        return
    for message in dialog.messages:
        message.unread = message.unread and not message.from_actor
    _receive(market, event.person, market.draw("answer text", event.subject).choice(load("kwork")["replies"]))


@happens("letter")
def _letter(market: Market, _event: Event) -> None:
    draw = market.draw("letter", market.last_number("message"))
    known = [dialog.member_id for dialog in dialogs_by_time(market)]
    if known:
        _receive(market, draw.choice(known), draw.choice(load("kwork")["remarks"]))
    plan_letter(market)


def plan_letter(market: Market) -> None:
    """Decides when somebody writes next."""
    minutes = market.draw("next letter", market.now).randint(*NEXT_LETTER_AFTER)
    market.agenda.add(market.now + minutes * SECONDS_PER_MINUTE, "letter")


def _receive(market: Market, member_id: int, text: str) -> None:
    message = _append(market, member_id, text, from_actor=False)
    name = market.members[member_id].username
    tell(
        market,
        MESSAGE,
        "Новое сообщение",
        f"{name} пишет вам.",
        link=f"/inbox/{name}",
        entity_id=message.id,
        member_id=member_id,
    )


def _append(market: Market, member_id: int, text: str, *, from_actor: bool, at: int | None = None) -> Message:
    time = market.now if at is None else at
    message = Message(market.number("message", FIRST_MESSAGE), from_actor, text, time, unread=at is None)
    dialog = market.dialogs.setdefault(member_id, Dialog(member_id))
    dialog.archived = False
    dialog.messages.append(message)
    del dialog.messages[:-MOST_MESSAGES]
    return message


def seed_talk(market: Market) -> None:
    """What people wrote before the sandbox started."""
    texts = load("kwork")
    draw = market.draw("dialogs")
    people = draw.sample([member.id for member in (*market.buyers, *market.sellers)], FIRST_DIALOGS)
    for place, member_id in enumerate(people):
        time = market.now - draw.randint(5, 60) * 24 * SECONDS_PER_HOUR
        count = LONG_DIALOG if place == 0 else draw.randint(1, 9)
        from_actor = False
        text = draw.choice(texts["greetings"])
        for _ in range(count):
            _append(market, member_id, text, from_actor=from_actor, at=time)
            time += draw.randint(1, 40) * SECONDS_PER_MINUTE
            from_actor = draw.random() < 1 / 2
            text = draw.choice(texts["answers" if from_actor else "remarks"])
        dialog = market.dialogs[member_id]
        dialog.starred = draw.random() < 1 / 6
        dialog.last.unread = not dialog.last.from_actor and draw.random() < 1 / 3
        dialog.blocked = FIRST_DIALOGS - place <= BLOCKED
        dialog.archived = BLOCKED < FIRST_DIALOGS - place <= BLOCKED + ARCHIVED
    plan_letter(market)
