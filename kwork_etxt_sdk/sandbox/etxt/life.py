"""How orders live: authors apply, write, deliver, miss deadlines; finished orders go to the archive.

Every step is planned on the agenda when its cause happens, with delays that depend on nothing but the seed and the
order. An event whose order has taken another turn meanwhile does nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from kwork_etxt_sdk.sandbox.etxt import orders as o
from kwork_etxt_sdk.sandbox.etxt import people as p
from kwork_etxt_sdk.sandbox.etxt.errors import NO_ACCESS, Refusal
from kwork_etxt_sdk.sandbox.etxt.office import SystemMessage, TaskFail
from kwork_etxt_sdk.sandbox.etxt.registry import happens
from kwork_etxt_sdk.sandbox.etxt.relations import BLACK, WHITE
from kwork_etxt_sdk.sandbox.etxt.texts import count_characters, prose
from kwork_etxt_sdk.sandbox.seeds import words

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange

# Simulated minutes, from and to
FIRST_APPLICATION_AFTER = (4, 12)
NEXT_APPLICATION_AFTER = (6, 30)
WRITING_TAKES = (35, 110)
REWORK_TAKES = (20, 60)
LATE_CHECK_AFTER = 25

APPLICANTS = (2, 4)
"""How many authors apply for an ordinary order."""
ARCHIVED_AFTER = 14 * SECONDS_PER_DAY
CANCELLED_KEPT_FOR = 14 * SECONDS_PER_DAY
"""The manual gives two weeks; for the move into the archive it gives no time, the sandbox takes the same."""
STAFF_DECIDES_AFTER = SECONDS_PER_DAY
RATE_LOST = 15
"""What a lost order costs its author; the manual gives no number."""
TIME_LEFT_SHARE = 0.8
"""A punctual author delivers within this share of a short time limit."""
URGENT_WITHIN = SECONDS_PER_DAY
"""The sandbox calls an order urgent if it is due within a day; the manual gives no limit."""
MOST_SYSTEM_MESSAGES = 1_000
"""A sandbox that nobody reads the news of must not grow for ever."""
WORDY_FACTOR = 1.2
SLOPPY_START = 58
SLOPPY_STEP = 30


# --- applications ---------------------------------------------------------------------------------------------------


def publish(exchange: Exchange, order: o.Order) -> None:
    """Makes an order visible to authors, some of whom are going to apply."""
    order.public = True
    order.turn += 1
    draw = exchange.chance("applications", order.id, order.turn)
    at = exchange.now
    for position, author in enumerate(_choose_applicants(exchange, order)):
        fastest, slowest = NEXT_APPLICATION_AFTER if position else FIRST_APPLICATION_AFTER
        at += draw.randint(fastest * SECONDS_PER_MINUTE, slowest * SECONDS_PER_MINUTE)
        exchange.agenda.add(at, "apply", subject=order.id, person=author.id, turn=order.turn)


def withdraw(order: o.Order) -> None:
    """Takes an order back from the public; planned applications come to nothing."""
    order.public = False
    order.turn += 1


def may_work(exchange: Exchange, order: o.Order, author: p.Person) -> bool:
    """Whether the order is open to this author, and the author takes orders like this one from this customer."""
    entry = exchange.listed.get(author.id)
    if p.REFUSES_CUSTOMER in author.habits or (entry is not None and entry.colour == BLACK):
        return False
    if order.target == o.ONE_AUTHOR and author.id != order.id_target:
        return False
    if order.target == o.WHITE_LIST:
        groups = exchange.groups.within(order.id_target) if order.id_target else None
        if entry is None or entry.colour != WHITE or (groups is not None and entry.id_group not in groups):
            return False
    return author.works_for(order.id_type, order.price_per_thousand)


def _choose_applicants(exchange: Exchange, order: o.Order) -> list[p.Person]:
    able = [author for author in exchange.authors() if may_work(exchange, order, author)]
    if order.target != o.EVERYBODY:
        return able
    # Authors with habits are there to practise on: they apply only when they are chosen on purpose.
    ordinary = [author for author in able if not author.habits]
    draw = exchange.chance("applicants", order.id, order.turn)
    wanted = draw.randint(*APPLICANTS) + order.multicount
    if order.multitask and not order.multione and ordinary:
        chosen = draw.choices(ordinary, k=wanted)
    else:
        chosen = draw.sample(ordinary, min(wanted, len(ordinary)))
    # The first to apply is somebody who keeps deadlines, so that the simplest script ends well.
    punctual = [author for author in ordinary if author.miss_share == 0]
    if punctual and all(author.miss_share > 0 for author in chosen):
        chosen[0] = draw.choice(punctual)
    return sorted(chosen, key=lambda author: author.miss_share > 0)


def replace_applicant(exchange: Exchange, order: o.Order) -> None:
    """Lets somebody apply who has not done so yet."""
    others = [
        author
        for author in exchange.authors()
        if not author.habits and may_work(exchange, order, author) and not order.applied(author.id)
    ]
    if others:
        draw = exchange.chance("replacement", order.id, exchange.now)
        fastest, slowest = NEXT_APPLICATION_AFTER
        at = exchange.now + draw.randint(fastest * SECONDS_PER_MINUTE, slowest * SECONDS_PER_MINUTE)
        exchange.agenda.add(at, "apply", subject=order.id, person=draw.choice(others).id, turn=order.turn)


@happens("apply")
def _on_apply(exchange: Exchange, event: Event) -> None:
    order = _unless_overtaken(exchange, event)
    author = exchange.people[event.person]
    if order is None or order.applied(author.id) or order.deadline <= exchange.now:
        return
    if not may_work(exchange, order, author):
        return
    text = exchange.chance("application", order.id, author.id).choice(words()["application_texts"])
    note = add_note(exchange, order, author.id, text, application=True)
    tell(exchange, f"Новая заявка на заказ <b>{order.title}</b> от автора [b]{author.login}[/b]")
    if order.auto_work and _accepted_by_itself(order, author):
        try:
            accept(exchange, order, note)
        except Refusal:
            tell(exchange, f"Заявка на заказ <b>{order.title}</b> не принята автоматически: не хватает средств")


def _accepted_by_itself(order: o.Order, author: p.Person) -> bool:
    most_bad = order.auto_reports_n
    return (
        author.rate >= order.auto_rate
        and author.count_reviews(good=True) >= order.auto_reports
        and (most_bad is None or author.count_reviews(good=False) <= most_bad)
    )


def add_note(
    exchange: Exchange, order: o.Order, id_user: int, text: str, *, application: bool = False, hidden: bool = False
) -> o.Note:
    """Puts an application or a comment under an order."""
    note = o.Note(
        id=exchange.next_id("comment"),
        id_task=order.id,
        id_user=id_user,
        text=text,
        date=exchange.now,
        id_note=exchange.next_id("application") if application else 0,
        hidden=hidden,
    )
    order.notes.append(note)
    if application:
        exchange.applications[note.id_note] = note
    return note


def accept(exchange: Exchange, order: o.Order, note: o.Note) -> o.Order:
    """Makes an applicant the author; of a multi-order, the author of a new order that is returned."""
    if not order.open_to_applications or note.fate != o.APPLIED or order.deadline <= exchange.now:
        raise Refusal(NO_ACCESS)
    exchange.account.require(order.cost)
    note.fate = o.CHOSEN
    if not order.multitask:
        _give(exchange, order, note.id_user)
        return order
    part = copy_order(exchange, order)
    order.multicount -= 1
    if order.multicount <= 0:
        withdraw(order)
    _give(exchange, part, note.id_user)
    return part


def copy_order(exchange: Exchange, order: o.Order) -> o.Order:
    """A new order with the same task, without history, automatic acceptance and multi-order settings."""
    duplicate = o.Order(
        id=exchange.next_id("order"),
        price=order.price,
        date=exchange.now,
        deadline=order.deadline,
        **{name: getattr(order, name) for name in _COPIED_FIELDS},
    )
    exchange.orders[duplicate.id] = duplicate
    return duplicate


_COPIED_FIELDS = (
    "title",
    "price_type",
    "size",
    "id_category",
    "description",
    "text",
    "id_type",
    "id_subtype",
    "id_level",
    "id_folder",
    "whitespaces",
    "checksize",
    "only_stars",
    "locate",
    "quick",
    "uniq",
    "keywords",
    "language_from",
    "language_to",
    "target",
    "id_target",
    "attestat",
    "diplom",
    "robot",
    "attachment",
    "attachment_content",
)


# --- work -----------------------------------------------------------------------------------------------------------


def _give(exchange: Exchange, order: o.Order, id_user: int) -> None:
    exchange.account.hold(order.cost)
    order.held = order.cost
    order.public = True
    order.id_user = id_user
    resume(exchange, order, WRITING_TAKES)


def resume(exchange: Exchange, order: o.Order, minutes: tuple[int, int]) -> None:
    """Puts an order into work and plans what the author will make of it."""
    order.status = o.IN_WORK
    order.turn += 1
    exchange.agenda.add(order.deadline, "deadline", subject=order.id, turn=order.turn)
    if _will_be_late(exchange, order):
        return
    draw = exchange.chance("writing", order.id, order.turn)
    fastest, slowest = minutes
    takes = draw.randint(fastest * SECONDS_PER_MINUTE, slowest * SECONDS_PER_MINUTE)
    takes = min(takes, int((order.deadline - exchange.now) * TIME_LEFT_SHARE))
    exchange.agenda.add(exchange.now + takes, "deliver", subject=order.id, turn=order.turn)


def _will_be_late(exchange: Exchange, order: o.Order) -> bool:
    if order.results or order.second_chances:
        return False
    author = exchange.people[order.id_user]
    return p.LATE in author.habits or exchange.chance("late", order.id, author.id).random() < author.miss_share


@happens("deliver")
def _on_deliver(exchange: Exchange, event: Event) -> None:
    order = _unless_overtaken(exchange, event)
    if order is None:
        return
    author = exchange.people[order.id_user]
    result = _write(exchange, order, author)
    order.results.append(result)
    exchange.results[result.id] = result
    order.status = o.IN_REVIEW
    order.turn += 1
    tell(exchange, f"Заказ <b>{order.title}</b> сдан на проверку")
    if p.CHECKED_LATER in author.habits:
        at = exchange.now + LATE_CHECK_AFTER * SECONDS_PER_MINUTE
        exchange.agenda.add(at, "check", subject=order.id, turn=order.turn)
    else:
        _check(exchange, order)


def _unless_overtaken(exchange: Exchange, event: Event) -> o.Order | None:
    """The order that an event is about, if nothing has happened to it since the event was planned."""
    order = exchange.orders.get(event.subject)
    return order if order is not None and order.turn == event.turn else None


def _write(exchange: Exchange, order: o.Order, author: p.Person) -> o.Result:
    attempt = len(order.results)
    draw = exchange.chance("text", order.id, attempt)
    keywords = [word.strip() for word in order.keywords.split(",") if word.strip()]
    length = int(order.size * (WORDY_FACTOR if p.WORDY in author.habits else 1))
    uniqueness = draw.randint(94, 100)
    if p.SLOPPY in author.habits:
        uniqueness = min(SLOPPY_START + SLOPPY_STEP * attempt, uniqueness)
    comments = words()["rework_comments" if attempt else "delivery_comments"]
    return o.Result(
        id=exchange.next_id("result"),
        id_task=order.id,
        id_user=author.id,
        comment=draw.choice(comments),
        date=exchange.now,
        text=prose(draw, length, spaces_count=order.whitespaces, keywords=keywords),
        uniqueness=uniqueness,
        mistakes=Decimal(draw.randint(0, 12)) / 10,
        keywords_found=100 if order.id_type == o.SEO else None,
        similarity=draw.randint(5, 30) if order.id_type == o.REWRITING and order.text else None,
        attached=p.ATTACHES in author.habits,
    )


@happens("check")
def _on_check(exchange: Exchange, event: Event) -> None:
    order = _unless_overtaken(exchange, event)
    if order is not None:
        _check(exchange, order)


def _check(exchange: Exchange, order: o.Order) -> None:
    result = order.results[-1]
    result.checked_at = exchange.now
    if order.uniq is not None and result.uniqueness < order.uniq:
        tell(exchange, f"Заказ <b>{order.title}</b> отправлен на доработку: уникальность {result.uniqueness}%")
        return_for_rework(exchange, order)


def return_for_rework(exchange: Exchange, order: o.Order) -> None:
    """Sends the latest result back; the author gets at least a day for the next one."""
    _reject_result(exchange, order)
    order.deadline = max(order.deadline, exchange.now + SECONDS_PER_DAY)
    resume(exchange, order, REWORK_TAKES)


def _reject_result(exchange: Exchange, order: o.Order) -> None:
    order.results[-1].status = o.RESULT_RETURNED
    order.results[-1].returned_at = exchange.now


@happens("deadline")
def _on_deadline(exchange: Exchange, event: Event) -> None:
    order = _unless_overtaken(exchange, event)
    if order is not None:
        order.status = o.OVERDUE
        order.turn += 1
        tell(exchange, f"Заказ <b>{order.title}</b> просрочен")


# --- the end --------------------------------------------------------------------------------------------------------


def finish(exchange: Exchange, order: o.Order) -> None:
    """Accepts the work: what was committed is paid, and after some days the order goes to the archive."""
    exchange.account.release(order.held)
    commission = order.held - order.full_price
    exchange.spend(
        order.full_price, commission, f"Оплата заказа {order.id}", id_user=order.id_user, folder=order.id_folder
    )
    order.held = Decimal("0.00")
    order.status = o.DONE
    order.end_date = exchange.now
    order.turn += 1
    order.results[-1].status = o.RESULT_ACCEPTED
    exchange.agenda.add(exchange.now + ARCHIVED_AFTER, "archive", subject=order.id, turn=order.turn)


def cancel(exchange: Exchange, order: o.Order) -> None:
    """Takes an overdue order from its author: committed money comes back, and in two weeks the order is gone."""
    _punish(exchange, order)
    order.cancelled_at = exchange.now
    order.turn += 1
    exchange.agenda.add(exchange.now + CANCELLED_KEPT_FOR, "vanish", subject=order.id, turn=order.turn)


def open_ticket(exchange: Exchange, order: o.Order) -> int:
    """Asks the staff to take the author off an order; about a day later they do, unless it has moved on."""
    exchange.agenda.add(exchange.now + STAFF_DECIDES_AFTER, "ticket", subject=order.id, turn=order.turn)
    return exchange.next_id("ticket")


@happens("ticket")
def _on_ticket(exchange: Exchange, event: Event) -> None:
    order = _unless_overtaken(exchange, event)
    if order is None:
        return
    _punish(exchange, order)
    _reject_result(exchange, order)
    order.id_user = 0
    order.status = o.WAITING
    order.author_removed_at = exchange.now
    tell(exchange, f"Исполнитель снят с заказа <b>{order.title}</b>")
    order.deadline = max(order.deadline, exchange.now + SECONDS_PER_DAY)
    publish(exchange, order)


def _punish(exchange: Exchange, order: o.Order) -> None:
    """The committed money is free again, and the author loses rating."""
    exchange.account.release(order.held)
    order.held = Decimal("0.00")
    author = exchange.people[order.id_user]
    author.rate -= RATE_LOST
    exchange.fails.append(TaskFail(order.id, author.id, order.title, exchange.now, RATE_LOST))


def forgive(exchange: Exchange, fail: TaskFail) -> None:
    """Gives an author the rating back that an order has cost."""
    fail.returned_at = exchange.now
    exchange.people[fail.id_user].rate += fail.rate_lost


@happens("archive")
def _on_archive(exchange: Exchange, event: Event) -> None:
    # Nothing can happen to a finished order before.
    exchange.orders[event.subject].archived_at = exchange.now


@happens("vanish")
def _on_vanish(exchange: Exchange, event: Event) -> None:
    exchange.orders.pop(event.subject, None)


def is_urgent(exchange: Exchange, deadline: int) -> bool:
    """Whether an order due at this moment counts as urgent."""
    return deadline - exchange.now <= URGENT_WITHIN


def tell(exchange: Exchange, text: str) -> None:
    """Leaves a system message for the customer."""
    message = SystemMessage(exchange.next_id("message"), text, exchange.now)
    exchange.system[message.id] = message
    if len(exchange.system) > MOST_SYSTEM_MESSAGES:
        del exchange.system[next(iter(exchange.system))]


def oversize(order: o.Order) -> int:
    """By how many characters the latest result is longer than ordered."""
    return max(count_characters(order.results[-1].text, spaces_count=order.whitespaces) - order.size, 0)
