"""Codes of orders that other models have as well: they need not load the models of orders for them."""

from __future__ import annotations

from kwork_etxt_sdk.mapping import OpenIntEnum


class TaskType(OpenIntEnum):
    """Kind of work."""

    COPYWRITING = 1
    REWRITING = 2
    TRANSLATION = 3
    SEO_COPYWRITING = 4


class TaskLevel(OpenIntEnum):
    """Level of difficulty of an order."""

    UNQUALIFIED = 0
    BASIC = 1
    MIDDLE = 2
    HIGH = 3


class PriceType(OpenIntEnum):
    """What a price counts for."""

    PER_1000 = 1
    """For 1000 characters."""
    WHOLE = 2
    """For the whole order."""
