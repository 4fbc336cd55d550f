"""`messages.*`: news from the exchange and letters between users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_MINUTE
from kwork_etxt_sdk.sandbox.etxt.errors import MAX_LIMIT, NO_ACCESS, NO_OBJECT, Refusal
from kwork_etxt_sdk.sandbox.etxt.letters import plan_letter
from kwork_etxt_sdk.sandbox.etxt.office import PrivateMessage
from kwork_etxt_sdk.sandbox.etxt.registry import changes, reads
from kwork_etxt_sdk.sandbox.etxt.shapes import Items, Page, PlainNumber

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

MOST_SYSTEM_MESSAGES = 100
MOST_LETTER = 10_000
RATE_TO_WRITE = 10_000
NEXT_LETTER_AFTER = SECONDS_PER_MINUTE


@reads("messages.getList")
def get_list(exchange: Exchange, given: Parameters) -> Page:
    """Unread news since a date, oldest first."""
    since = given.integer("from")
    found = [message for message in exchange.system.values() if message.date >= since][:MOST_SYSTEM_MESSAGES]
    return Page([{"id": message.id, "date": message.date, "text": message.text} for message in found])


@changes("messages.setRead")
def set_read(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Marks news as read; it is not shown again."""
    return _put_away(exchange, given)


@changes("messages.setDelete")
def set_delete(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Deletes news."""
    return _put_away(exchange, given)


def _put_away(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    ids = [id_message for id_message in given.identifiers("ids") if id_message in exchange.system]
    if not ids:
        raise Refusal(NO_OBJECT)
    for id_message in ids:
        del exchange.system[id_message]
    return {"ids": ids}


@changes("messages.readPrivate", when=lambda given: given.flag("unread"))
def read_private(exchange: Exchange, given: Parameters) -> Page:
    """Letters to and from a user, newest first; asking for unread ones marks them read."""
    person = exchange.person(given.identifier("id_user"))
    only_unread = given.flag("unread")
    found = [
        letter
        for letter in reversed(exchange.private)
        if letter.id_user == person.id
        and given.within(letter.date, "date_from", "date_to")
        and (not only_unread or _is_unread(exchange, letter))
    ][given.page()]
    rows = [
        {
            "date": letter.date,
            "text": letter.text,
            "id_author": letter.id_author,
            "id_user": letter.id_user,
            "reads": int(letter.read),
        }
        for letter in found
    ]
    if only_unread:
        for letter in found:
            letter.read = True
    return Page(rows, key="")


@reads("messages.getCountUnread")
def get_count_unread(exchange: Exchange, _given: Parameters) -> dict[str, Any]:
    """How many letters are unread, by author."""
    counts: dict[int, int] = {}
    for letter in exchange.private:
        if _is_unread(exchange, letter):
            counts[letter.id_author] = counts.get(letter.id_author, 0) + 1
    rows = [{"id_author": id_author, "count": count} for id_author, count in counts.items()]
    return {"count": sum(counts.values()), "users": Items(rows, key="id_author")}


def _is_unread(exchange: Exchange, letter: PrivateMessage) -> bool:
    return not letter.read and letter.id_author != exchange.customer.id


@changes("messages.writePrivate")
def write_private(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Writes to a user. One letter a minute, and only for customers with a high rating."""
    person = exchange.person(given.identifier("id_user"))
    text = given.public_text("text", least=1, most=MOST_LETTER)
    if exchange.customer.rate <= RATE_TO_WRITE or person.id == exchange.customer.id:
        raise Refusal(NO_ACCESS)
    # The manual names no code for haste: of the documented ones `max_limit` says it best.
    if exchange.now - exchange.last_private_at < NEXT_LETTER_AFTER:
        raise Refusal(MAX_LIMIT)
    exchange.last_private_at = exchange.now
    exchange.private.append(PrivateMessage(person.id, exchange.customer.id, text, exchange.now))
    plan_letter(exchange, person.id)
    return {"id_user": person.id, "text": text, "time": PlainNumber(exchange.now)}
