"""The eTXT exchange: everything it knows, and the passing of simulated time."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.agenda import Agenda
from kwork_etxt_sdk.sandbox.chance import chance
from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.etxt.categories import all_categories, all_languages
from kwork_etxt_sdk.sandbox.etxt.errors import NO_ACCESS, NO_OBJECT, Refusal
from kwork_etxt_sdk.sandbox.etxt.money import Account, StatementRow
from kwork_etxt_sdk.sandbox.etxt.registry import EVENTS

if TYPE_CHECKING:
    import random

    from kwork_etxt_sdk.sandbox.etxt.articles import Article
    from kwork_etxt_sdk.sandbox.etxt.office import Correction, PrivateMessage, SystemMessage, TaskFail
    from kwork_etxt_sdk.sandbox.etxt.orders import Note, Order, Result
    from kwork_etxt_sdk.sandbox.etxt.people import Person
    from kwork_etxt_sdk.sandbox.etxt.relations import ListEntry, UserNote
    from kwork_etxt_sdk.sandbox.etxt.trees import Tree

USUAL_TERM = 5 * SECONDS_PER_DAY
LONGEST_TERM = 90 * SECONDS_PER_DAY

FIRST_IDS = {
    "order": 1_000_001,
    "comment": 9_001,
    "application": 3_001,
    "result": 5_001,
    "row": 800_001,
    "report": 4_001,
    "message": 77_001,
    "correction": 2_001,
    "ticket": 41,
}


class Exchange:
    """The state of the sandbox's eTXT for one customer.

    Plain data all through: `seeding` fills it, `life` moves orders, the modules in `methods` read and change it.
    Whoever calls it holds the lock of the sandbox.

    Args:
        seed: Chooses everything that chance decides.
        now: Unix time at which the exchange opens.
        customer: The user on whose behalf the API is called.
        base_url: Where the sandbox serves files, without a trailing slash.
    """

    def __init__(self, *, seed: int, now: int, customer: Person, base_url: str) -> None:
        self.seed = seed
        self.now = now
        self.base_url = base_url
        self.customer = customer
        self.api_enabled = True
        self.agenda = Agenda()
        self.account = Account()
        self.promo_account = Account()
        self.people: dict[int, Person] = {customer.id: customer}
        self.orders: dict[int, Order] = {}
        self.applications: dict[int, Note] = {}
        self.results: dict[int, Result] = {}
        self.foreign_orders: set[int] = set()
        """Orders of other customers: they exist, but are nobody else's business."""
        self.foreign_applications: set[int] = set()
        self.categories = all_categories()
        self.languages = all_languages()
        self.articles: dict[int, Article] = {}
        self.basket: set[int] = set()
        self.folders: Tree
        self.groups: Tree
        self.listed: dict[int, ListEntry] = {}
        self.user_notes: dict[int, UserNote] = {}
        self.private: list[PrivateMessage] = []
        self.last_private_at = 0
        self.system: dict[int, SystemMessage] = {}
        self.fails: list[TaskFail] = []
        self.corrections: dict[int, Correction] = {}
        self._used_ids: Counter[str] = Counter()

    # --- time -------------------------------------------------------------------------------------------------------

    def live_until(self, now: float) -> None:
        """Lets everything happen that was due until this moment, each event at its own time."""
        while (event := self.agenda.take_due(now)) is not None:
            self.now = max(self.now, int(event.at))
            EVENTS[event.kind](self, event)
        self.now = max(self.now, int(now))

    def chance(self, *names: object) -> random.Random:
        """A random generator for one purpose; the same names give the same numbers."""
        return chance(self.seed, "etxt", *names)

    def next_id(self, kind: str) -> int:
        """The next free id of a kind of object."""
        number = FIRST_IDS[kind] + self._used_ids[kind]
        self._used_ids[kind] += 1
        return number

    def may_end_at(self, deadline: int) -> bool:
        """Whether an order may be due at this moment: in the future, at most 90 days away."""
        return self.now < deadline <= self.now + LONGEST_TERM

    # --- who and what -----------------------------------------------------------------------------------------------

    def authors(self) -> list[Person]:
        """Everybody who writes."""
        return [person for person in self.people.values() if person.is_author]

    def person(self, id_user: int) -> Person:
        """A user, or the refusal `no_object`."""
        person = self.people.get(id_user)
        if person is None:
            raise Refusal(NO_OBJECT)
        return person

    def order(self, id_task: int) -> Order:
        """An order of the customer outside the archive; `no_access` if it is somebody else's."""
        if id_task in self.foreign_orders:
            raise Refusal(NO_ACCESS)
        order = self.orders.get(id_task)
        if order is None or order.archived_at:
            raise Refusal(NO_OBJECT)
        return order

    def archived_order(self, id_task: int) -> Order:
        """An order of the customer in the archive."""
        order = self.orders.get(id_task)
        if order is None or not order.archived_at:
            raise Refusal(NO_OBJECT)
        return order

    def application(self, id_note: int) -> tuple[Note, Order]:
        """An application to an order of the customer, and that order."""
        if id_note in self.foreign_applications:
            raise Refusal(NO_ACCESS)
        note = self.applications.get(id_note)
        if note is None:
            raise Refusal(NO_OBJECT)
        return note, self.order(note.id_task)

    # --- money ------------------------------------------------------------------------------------------------------

    def spend(self, price: Decimal, commission: Decimal, operation: str, *, id_user: int = 0, folder: int = 0) -> None:
        """Pays from the account and enters it into the statement."""
        self._book(-(price + commission), operation, commission=commission, id_user=id_user, folder=folder)

    def top_up(self, amount: Decimal, operation: str) -> None:
        """Adds money to the account."""
        self._book(amount, operation)

    def _book(
        self,
        amount: Decimal,
        operation: str,
        *,
        commission: Decimal = Decimal("0.00"),
        id_user: int = 0,
        folder: int = 0,
    ) -> None:
        row = StatementRow(
            id=self.next_id("row"),
            date=self.now,
            amount=amount,
            balance=self.account.total + amount,
            operation=operation,
            id_user_to=id_user,
            commission=commission,
            id_folder=folder,
        )
        self.account.book(row)
