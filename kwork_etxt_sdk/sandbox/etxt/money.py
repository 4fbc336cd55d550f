"""The customer's account: what is available, what is committed to orders, and the statement.

The balance that the service shows is what is available. Giving an order to an author commits its price and the
commission; accepting the work turns what was committed into a payment, and only payments stand in the statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from kwork_etxt_sdk.sandbox.etxt.errors import MAX_LIMIT, Refusal

COMMISSION_SHARE = Decimal("0.05")
"""What the sandbox adds to every payment; the manual does not publish the real share."""

KOPECK = Decimal("0.01")


def to_kopecks(amount: Decimal) -> Decimal:
    """The amount rounded to whole kopecks."""
    return amount.quantize(KOPECK, ROUND_HALF_UP)


def commission_of(price: Decimal) -> Decimal:
    """What the exchange takes on top of a price."""
    return to_kopecks(price * COMMISSION_SHARE)


def with_commission(price: Decimal) -> Decimal:
    """What the customer pays for a price."""
    return price + commission_of(price)


@dataclass(frozen=True)
class StatementRow:
    """A finished movement of money."""

    id: int
    date: int
    amount: Decimal
    balance: Decimal
    operation: str
    id_user_to: int = 0
    commission: Decimal = Decimal("0.00")
    id_folder: int = 0
    promo: bool = False


@dataclass
class Account:
    """Roubles of the customer."""

    total: Decimal = Decimal("0.00")
    """Everything on the account, committed money included."""
    held: Decimal = Decimal("0.00")
    """What is committed to orders in work."""
    rows: list[StatementRow] = field(default_factory=list)

    @property
    def available(self) -> Decimal:
        """What can still be spent."""
        return self.total - self.held

    def hold(self, amount: Decimal) -> None:
        """Commits money; refused if it is not there."""
        self.require(amount)
        self.held += amount

    def release(self, amount: Decimal) -> None:
        """Gives committed money back."""
        self.held -= amount

    def require(self, amount: Decimal) -> None:
        """Refuses if the amount is not available. The manual names no code for this: the sandbox says `max_limit`."""
        if amount > self.available:
            raise Refusal(MAX_LIMIT)

    def book(self, row: StatementRow) -> None:
        """Enters a movement into the statement and changes the total."""
        self.total += row.amount
        self.rows.append(row)
