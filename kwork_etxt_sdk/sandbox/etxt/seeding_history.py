"""What happened before the exchange opened: archived orders, bought articles, letters, reviews, payments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY, SECONDS_PER_HOUR
from kwork_etxt_sdk.sandbox.etxt import orders as o
from kwork_etxt_sdk.sandbox.etxt.articles import make_articles
from kwork_etxt_sdk.sandbox.etxt.life import tell
from kwork_etxt_sdk.sandbox.etxt.money import StatementRow, commission_of
from kwork_etxt_sdk.sandbox.etxt.office import PrivateMessage, TaskFail
from kwork_etxt_sdk.sandbox.etxt.people import Person, Review
from kwork_etxt_sdk.sandbox.etxt.relations import BLACK, WHITE, ListEntry, UserNote
from kwork_etxt_sdk.sandbox.etxt.texts import prose
from kwork_etxt_sdk.sandbox.seeds import words

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange

FIRST_OTHER_CUSTOMER = 500_002
OTHER_CUSTOMERS = 8
RELIABLE_AUTHOR, LATE_AUTHOR, ANOTHER_AUTHOR = 700_021, 700_022, 700_024
ARCHIVED_ORDERS = range(900_001, 900_004)
FOREIGN_ORDER, FOREIGN_APPLICATION, FAILED_ORDER = 999_001, 2_999, 900_007
BOUGHT_ARTICLES = {0: True, 1: True, 2: False}
"""Articles by position in the shop, and whether they are in the archive already."""
BASKET = (5, 9)


def add_history(exchange: Exchange, first_balance: Decimal) -> None:
    """Gives the exchange a past; when it is over, the customer has exactly the first balance."""
    opened_at = exchange.now
    exchange.foreign_orders.add(FOREIGN_ORDER)
    exchange.foreign_applications.add(FOREIGN_APPLICATION)
    _other_customers(exchange)
    exchange.articles = make_articles(exchange)
    exchange.basket = {list(exchange.articles)[position] for position in BASKET}
    exchange.now = opened_at - 90 * SECONDS_PER_DAY
    exchange.top_up(first_balance, "Пополнение лицевого счёта")
    _relations(exchange)
    for number, id_task in enumerate(ARCHIVED_ORDERS):
        exchange.now = opened_at - (70 - number * 10) * SECONDS_PER_DAY
        _archived_order(exchange, id_task)
    exchange.now = opened_at - 40 * SECONDS_PER_DAY
    for position, archived in BOUGHT_ARTICLES.items():
        _bought_article(exchange, position, archived=archived)
    exchange.fails.append(
        TaskFail(FAILED_ORDER, LATE_AUTHOR, "Чем занять ребёнка в поезде", exchange.now, rate_lost=15)
    )
    _promo_points(exchange)
    exchange.now = opened_at - 3 * SECONDS_PER_DAY
    exchange.top_up(first_balance - exchange.account.total, "Пополнение лицевого счёта")
    _letters(exchange)
    exchange.now = opened_at


def _other_customers(exchange: Exchange) -> None:
    draw = exchange.chance("customers")
    vocabulary = words()
    for number in range(OTHER_CUSTOMERS):
        id_user = FIRST_OTHER_CUSTOMER + number
        exchange.people[id_user] = Person(
            id=id_user,
            login=f"zakaz_{number + 2}",
            full_name=f"{draw.choice(vocabulary['first_names'])} {draw.choice(vocabulary['last_names'])}",
            is_author=False,
            rate=draw.randint(100, 9_000),
            registered_at=exchange.now - draw.randint(100, 2_000) * SECONDS_PER_DAY,
            country="Россия",
            city=draw.choice(vocabulary["cities"]),
            online=draw.random() < 1 / 2,
        )
    for author in exchange.authors():
        author.listed_white, author.listed_black = draw.randint(0, 150), draw.randint(0, 4)
        for _ in range(draw.randint(0, 5)):
            good = draw.random() < 5 / 6
            review = Review(
                id=exchange.next_id("report"),
                id_user=author.id,
                id_author=FIRST_OTHER_CUSTOMER + draw.randrange(OTHER_CUSTOMERS),
                text=draw.choice(vocabulary["praise" if good else "blame"]),
                date=exchange.now - draw.randint(1, 300) * SECONDS_PER_DAY,
                good=good,
            )
            author.reviews.append(review)


def _relations(exchange: Exchange) -> None:
    project = exchange.folders.add("Проект А", 0, exchange.now)
    exchange.folders.add("Блог", project.id, exchange.now + SECONDS_PER_HOUR)
    exchange.folders.add("Архив рассылок", 0, exchange.now + 2 * SECONDS_PER_HOUR)
    group = exchange.groups.add("Проверенные", 0, exchange.now)
    exchange.listed[RELIABLE_AUTHOR] = ListEntry(RELIABLE_AUTHOR, WHITE, group.id)
    exchange.listed[ANOTHER_AUTHOR] = ListEntry(ANOTHER_AUTHOR, WHITE)
    ordinary = exchange.authors()[-1]
    exchange.listed[ordinary.id] = ListEntry(ordinary.id, BLACK)
    exchange.user_notes[RELIABLE_AUTHOR] = UserNote("Быстро отвечает, сдаёт в срок.", exchange.now)


def _archived_order(exchange: Exchange, id_task: int) -> None:
    draw = exchange.chance("archived order", id_task)
    finished_at = exchange.now + 2 * SECONDS_PER_DAY
    order = o.Order(
        id=id_task,
        title=draw.choice(words()["task_topics"]),
        price=Decimal(draw.randint(20, 90)),
        price_type=o.PER_THOUSAND,
        size=draw.randint(10, 40) * 100,
        id_category=1828,
        date=exchange.now,
        deadline=exchange.now + 5 * SECONDS_PER_DAY,
        description="Нейтральный тон, без воды.",
        public=True,
        status=o.DONE,
        id_user=RELIABLE_AUTHOR,
        end_date=finished_at,
        archived_at=finished_at + 14 * SECONDS_PER_DAY,
    )
    result = o.Result(
        id=exchange.next_id("result"),
        id_task=id_task,
        id_user=order.id_user,
        comment=draw.choice(words()["delivery_comments"]),
        date=finished_at - SECONDS_PER_HOUR,
        text=prose(draw, order.size),
        uniqueness=draw.randint(94, 100),
        mistakes=Decimal(draw.randint(0, 9)) / 10,
        attached=id_task == ARCHIVED_ORDERS[-1],
        checked_at=finished_at - SECONDS_PER_HOUR,
        status=o.RESULT_ACCEPTED,
    )
    order.results.append(result)
    exchange.results[result.id] = result
    exchange.orders[id_task] = order
    exchange.now = finished_at
    commission = commission_of(order.full_price)
    exchange.spend(order.full_price, commission, f"Оплата заказа {id_task}", id_user=order.id_user)


def _bought_article(exchange: Exchange, position: int, *, archived: bool) -> None:
    article = list(exchange.articles.values())[position]
    article.bought_at = exchange.now
    article.archived = archived
    price = article.discounted_price(exchange.now)
    exchange.spend(price, commission_of(price), f"Покупка статьи {article.id}", id_user=article.id_user)


def _promo_points(exchange: Exchange) -> None:
    for amount, operation in ((50, "Промобаллы за регистрацию"), (-20, "Оплата промобаллами")):
        balance = exchange.promo_account.total + amount
        row = StatementRow(exchange.next_id("row"), exchange.now, Decimal(amount), balance, operation)
        exchange.promo_account.book(row)


def _letters(exchange: Exchange) -> None:
    replies = words()["replies"]
    for hours, id_user, id_author, text, read in (
        (0, RELIABLE_AUTHOR, exchange.customer.id, "Здравствуйте! Возьмёте ещё один обзор?", True),
        (1, RELIABLE_AUTHOR, RELIABLE_AUTHOR, replies[0], False),
        (2, RELIABLE_AUTHOR, RELIABLE_AUTHOR, replies[3], False),
        (5, ANOTHER_AUTHOR, ANOTHER_AUTHOR, replies[1], False),
    ):
        date = exchange.now + hours * SECONDS_PER_HOUR
        exchange.private.append(PrivateMessage(id_user, id_author, text, date, read=read))
    tell(exchange, "<b>Добро пожаловать!</b> Правила биржи: [url=https://www.example.invalid/rules]читать[/url]")
    tell(exchange, "Счёт пополнен")
