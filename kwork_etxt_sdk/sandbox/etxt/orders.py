"""Orders, the applications and comments under them, and the results that authors deliver."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from kwork_etxt_sdk.sandbox.etxt.money import to_kopecks, with_commission

# Status of an order
WAITING = 1
IN_WORK = 2
IN_REVIEW = 3
DONE = 4
OVERDUE = 5

# Kind of work
COPYWRITING = 1
REWRITING = 2
TRANSLATION = 3
SEO = 4
KINDS_OF_WORK = (COPYWRITING, REWRITING, TRANSLATION, SEO)

# Price
PER_THOUSAND = 1
WHOLE_ORDER = 2

# Who may apply
EVERYBODY = 1
WHITE_LIST = 2
ONE_AUTHOR = 3

# Status of a result
RESULT_IN_REVIEW = 0
RESULT_RETURNED = 1
RESULT_ACCEPTED = 2

# Fate of an application
APPLIED = "applied"
CHOSEN = "chosen"
DECLINED = "declined"


@dataclass
class Note:
    """An application (`id_note` above 0) or a comment (`id_note` 0)."""

    id: int
    id_task: int
    id_user: int
    text: str
    date: int
    id_note: int = 0
    fate: str = APPLIED
    hidden: bool = False


@dataclass
class Result:
    """A delivered text and what the system found in it."""

    id: int
    id_task: int
    id_user: int
    comment: str
    date: int
    text: str
    uniqueness: int
    mistakes: Decimal
    keywords_found: int | None = None
    similarity: int | None = None
    attached: bool = False
    checked_at: int = 0
    returned_at: int = 0
    status: int = RESULT_IN_REVIEW


@dataclass
class Order:
    """An order of the customer, as `tasks.saveTask` describes it, and what has become of it."""

    id: int
    title: str
    price: Decimal
    """As given: per 1000 characters or for the whole order, see `price_type`."""
    price_type: int
    size: int
    id_category: int
    date: int
    deadline: int
    description: str = ""
    text: str = ""
    public: bool = False
    status: int = WAITING
    id_type: int = COPYWRITING
    id_subtype: int = 0
    id_level: int = 0
    id_folder: int = 0
    whitespaces: bool = False
    checksize: bool = False
    only_stars: bool = False
    locate: bool = False
    quick: bool = False
    uniq: int | None = None
    keywords: str = ""
    language_from: int = 0
    language_to: int = 0
    target: int = EVERYBODY
    id_target: int = 0
    auto_work: bool = False
    auto_rate: int = 0
    auto_reports: int = 0
    auto_reports_n: int | None = None
    multitask: bool = False
    multione: bool = False
    multicount: int = 0
    attestat: bool = False
    diplom: bool = False
    robot: int = 0
    attachment: str = ""
    attachment_content: bytes = b""

    id_user: int = 0
    end_date: int = 0
    client_comment: str = ""
    turn: int = 0
    """Counts what makes planned events void: unpublishing, a new author, rework, a new deadline."""
    second_chances: int = 0
    """How often the author was given more time."""
    held: Decimal = Decimal("0.00")
    extra_paid: Decimal = Decimal("0.00")
    author_removed_at: int = 0
    cancelled_at: int = 0
    archived_at: int = 0
    notes: list[Note] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    @property
    def full_price(self) -> Decimal:
        """The price of the whole order, whatever the type of the price."""
        if self.price_type == WHOLE_ORDER:
            return to_kopecks(self.price)
        return to_kopecks(self.price * self.size / 1000)

    @property
    def cost(self) -> Decimal:
        """What the customer pays for the order."""
        return with_commission(self.full_price)

    @property
    def price_per_thousand(self) -> Decimal:
        """The price of 1000 characters, whatever the type of the price."""
        if self.price_type == PER_THOUSAND or not self.size:
            return self.price
        return self.price * 1000 / self.size

    @property
    def open_to_applications(self) -> bool:
        """Whether authors may apply."""
        return self.public and self.status == WAITING

    def applied(self, id_user: int) -> bool:
        """Whether the author has applied and may not do so again."""
        again = self.multitask and not self.multione
        return any(
            note.id_note and note.id_user == id_user and not (again and note.fate == CHOSEN) for note in self.notes
        )
