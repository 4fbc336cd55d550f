"""A cap on what the calls of a client may spend."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.errors import ConfigurationError, SpendingCapError
from kwork_etxt_sdk.forks import new_lock


class Budget:
    """Roubles that calls may still spend. Safe for threads; it counts what this process sends.

    A call's price counts when it is sent, and is given back if the call provably was not executed. Calls whose price
    the SDK can't know (accepting an application, paying an order: the price stands in the order) are not counted.

    Args:
        cap: Roubles in all.
    """

    def __init__(self, cap: Decimal | int) -> None:
        if isinstance(cap, bool) or not isinstance(cap, (Decimal, int)) or not Decimal(cap).is_finite() or cap < 0:
            raise ConfigurationError(f"max_spend must be a Decimal or a whole number of roubles, not {cap!r}")
        self.cap = Decimal(cap)
        self._spent = Decimal(0)
        self._lock = new_lock()

    @property
    def spent(self) -> Decimal:
        """Roubles of the calls sent so far, those with unknown outcome included."""
        return self._spent

    def take(self, price: Decimal, call: str) -> None:
        """Count a price.

        Raises:
            SpendingCapError: It would pass the cap; nothing was counted.
        """
        with self._lock:
            if self._spent + price > self.cap:
                raise SpendingCapError(
                    f"{call} costs {price} roubles; with the {self._spent} spent before, that is more than the "
                    f"{self.cap} allowed (max_spend=). Nothing was sent."
                )
            self._spent += price

    def give_back(self, price: Decimal) -> None:
        """Count a price no longer: its call was not executed."""
        with self._lock:
            self._spent -= price

    def __repr__(self) -> str:
        return f"Budget({self._spent} of {self.cap} roubles spent)"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_budget, (self.cap, self._spent))


def _budget(cap: Decimal, spent: Decimal) -> Budget:
    budget = Budget(cap)
    budget._spent = spent
    return budget
