"""`users.*`: the account, other people, and what the customer thinks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY, SECONDS_PER_HOUR
from kwork_etxt_sdk.sandbox.etxt.errors import IS_TIMEOUT, NO_ACCESS, NO_OBJECT, NO_PARAMS, Refusal
from kwork_etxt_sdk.sandbox.etxt.people import Review
from kwork_etxt_sdk.sandbox.etxt.registry import changes, reads
from kwork_etxt_sdk.sandbox.etxt.relations import BLACK, WHITE, ListEntry, UserNote
from kwork_etxt_sdk.sandbox.etxt.shapes import KeyedMap, Page, PlainNumber, Single
from kwork_etxt_sdk.sandbox.etxt.trees import ROOT

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters
    from kwork_etxt_sdk.sandbox.etxt.people import Person

MOST_NOTE = 1_000
MOST_LOGIN = 15
REVIEW_LENGTH = (50, 5_000)
REVIEW_EDITABLE_FOR = SECONDS_PER_HOUR
NEXT_REVIEW_AFTER = SECONDS_PER_DAY
GOOD, BAD = 1, 2


@reads("users.getBalance")
def get_balance(exchange: Exchange, _given: Parameters) -> dict[str, Any]:
    """What is available on the account."""
    return {"id": exchange.customer.id, "balance": exchange.account.available, "date": exchange.now}


@reads("users.getStats")
def get_stats(exchange: Exchange, given: Parameters) -> Page:
    """The statement, newest row first."""
    account = exchange.promo_account if given.flag("promo") else exchange.account
    login = given.text("login", most=MOST_LOGIN).casefold()
    id_folder = given.integer("id_folder")
    folders = exchange.folders.within(id_folder) if given.flag("sub") else [id_folder]
    rows = [
        {
            "id": row.id,
            "date": row.date,
            "count": row.amount,
            "balance": row.balance,
            "operation": row.operation,
            "id_user_to": row.id_user_to,
            "comission": row.commission,
            "id_folder": row.id_folder,
        }
        for row in reversed(account.rows)
        if given.within(row.date, "date_from", "date_to")
        and (not id_folder or row.id_folder in folders)
        and (not login or (row.id_user_to in exchange.people and login in exchange.people[row.id_user_to].login))
    ]
    return Page(rows[given.page()])


# --- people ---------------------------------------------------------------------------------------------------------


@reads("users.getList")
def get_list(exchange: Exchange, given: Parameters) -> Page:
    """Authors, unsorted."""
    online = given.optional_integer("online")
    rows = [
        _person_row(author)
        for author in exchange.authors()
        if given.within(author.rate, "rate_from", "rate_out") and online in (None, int(author.online))
    ]
    return Page(rows[given.page()], key="id_user")


@reads("users.getUser")
def get_user(exchange: Exchange, given: Parameters) -> Single:
    """Everything about one user; an id goes before a login."""
    if given.given("id"):
        person = exchange.person(given.identifier())
    else:
        login = given.text("login", least=1)
        found = [person for person in exchange.people.values() if person.login == login]
        if not found:
            raise Refusal(NO_OBJECT)
        person = found[0]
    row = _person_row(person) | {
        "photo": f"{exchange.base_url}/kwork/pics/avatar/{person.id}.png" if person.portfolio else "",
        "group": "Исполнители" if person.is_author else "Заказчики",
        "reports": person.count_reviews(good=True),
        "reports_n": person.count_reviews(good=False),
    }
    if person.is_author:
        row |= {
            "works": _works(person),
            "categories": KeyedMap({number: exchange.categories[number].name for number in person.categories}),
            "langs": KeyedMap({number: exchange.languages[number] for number in person.languages}),
            "portfolio": person.portfolio,
        }
    return Single(row, key="id_user")


def _person_row(person: Person) -> dict[str, Any]:
    return {
        "id_user": person.id,
        "login": person.login,
        "fio": person.full_name,
        "description": person.description,
        "country": person.country,
        "city": person.city,
        "online": int(person.online),
        "regdate": person.registered_at,
        "rate": person.rate,
    }


@reads("users.getWorks")
def get_works(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Kinds of work of an author, with the lowest prices."""
    return {"works": _works(exchange.person(given.identifier()))}


def _works(person: Person) -> KeyedMap:
    return KeyedMap({kind: {"id_type": kind, "minprice": price} for kind, price in person.lowest_prices.items()})


# --- reviews and notes ----------------------------------------------------------------------------------------------


@reads("users.getReports")
def get_reports(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Reviews of a user, good and bad, each grouped by author."""
    person = exchange.person(given.identifier())
    return {"positive": _reviews(person, good=True), "negative": _reviews(person, good=False)}


def _reviews(person: Person, *, good: bool) -> KeyedMap:
    groups: dict[int, list[dict[str, Any]]] = {}
    for review in person.reviews:
        if review.good is good:
            row = {"id_author": review.id_author, "text": review.text, "date": review.date}
            groups.setdefault(review.id_author, []).append(row)
    return KeyedMap(groups)


@changes("users.setReport")
def set_report(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Reviews somebody the customer has worked with, or changes a fresh review."""
    person = exchange.person(given.identifier("id_user"))
    least, most = REVIEW_LENGTH
    text = given.public_text("text", least=least, most=most)
    good = given.choice("rate", (GOOD, BAD), GOOD) == GOOD
    if given.given("id_report"):
        review = _own_fresh_review(exchange, person, given.identifier("id_report"))
        review.text, review.good = text, good
        return {"id_report": review.id}
    if not _have_worked_together(exchange, person):
        raise Refusal(NO_ACCESS)
    mine = [review for review in person.reviews if review.id_author == exchange.customer.id]
    if any(exchange.now - review.date < NEXT_REVIEW_AFTER for review in mine):
        raise Refusal(IS_TIMEOUT)
    review = Review(exchange.next_id("report"), person.id, exchange.customer.id, text, exchange.now, good)
    person.reviews.append(review)
    return {"id_report": review.id}


def _own_fresh_review(exchange: Exchange, person: Person, id_report: int) -> Review:
    for review in person.reviews:
        if review.id == id_report:
            if review.id_author == exchange.customer.id and exchange.now - review.date <= REVIEW_EDITABLE_FOR:
                return review
            raise Refusal(NO_ACCESS)
    raise Refusal(NO_OBJECT)


def _have_worked_together(exchange: Exchange, person: Person) -> bool:
    worked = any(result.id_user == person.id for result in exchange.results.values())
    bought = any(article.bought_at and article.id_user == person.id for article in exchange.articles.values())
    return worked or bought


@reads("users.getNote")
def get_note(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """What the customer wrote down about a user; empty and without date if nothing."""
    person = exchange.person(given.identifier())
    note = exchange.user_notes.get(person.id, UserNote("", 0))
    return {"id_user": person.id, "text": note.text, "date": note.date}


@changes("users.setNote")
def set_note(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Writes something down about a user."""
    person = exchange.person(given.identifier())
    exchange.user_notes[person.id] = UserNote(given.text("text", most=MOST_NOTE), exchange.now)
    return {"status": PlainNumber(1)}


# --- white and black list -------------------------------------------------------------------------------------------


@reads("users.getBW")
def get_lists(exchange: Exchange, given: Parameters) -> Page:
    """Users on the customer's lists. A group goes before a colour."""
    colour = given.word("type", (WHITE, BLACK), "")
    by_group = given.given("id_group")
    rows = [
        {
            "id_user": entry.id_user,
            "id_group": entry.id_group,
            "login": exchange.people[entry.id_user].login,
            "fio": exchange.people[entry.id_user].full_name,
            "online": int(exchange.people[entry.id_user].online),
            "type": entry.colour,
        }
        for entry in exchange.listed.values()
        if (entry.id_group == given.integer("id_group") if by_group else colour in ("", entry.colour))
    ]
    return Page(rows[given.page()], key="id_user")


@reads("users.getUserBW")
def count_lists(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """How many users have this user on their lists."""
    person = exchange.person(given.identifier())
    entry = exchange.listed.get(person.id)
    colour = entry.colour if entry is not None else ""
    return {
        "id_user": person.id,
        "whiteList": person.listed_white + (colour == WHITE),
        "blackList": person.listed_black + (colour == BLACK),
    }


@changes("users.setUserBW")
def set_list(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Puts a user on a list, moves it to the other one, or takes it off."""
    person = exchange.person(given.identifier())
    action = given.required_word("type", (WHITE, BLACK, "delete"))
    id_group = given.integer("id_group", ROOT)
    if person.id == exchange.customer.id:
        raise Refusal(NO_PARAMS)
    exchange.groups.require(id_group)
    if action == "delete":
        exchange.listed.pop(person.id, None)
    else:
        exchange.listed[person.id] = ListEntry(person.id, action, id_group)
    return {"id": person.id, "type": action}
