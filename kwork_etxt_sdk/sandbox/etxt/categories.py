"""Subject categories of orders and articles, and the languages of the exchange."""

from __future__ import annotations

from dataclasses import dataclass

from kwork_etxt_sdk.sandbox.seeds import load


@dataclass(frozen=True)
class Category:
    """A subject."""

    id: int
    parent: int
    name: str
    keyword: str


def all_categories() -> dict[int, Category]:
    """Every category by id."""
    return {entry["id"]: Category(**entry) for entry in load("etxt")["categories"]}


def all_languages() -> dict[int, str]:
    """Every language by id."""
    return {int(number): name for number, name in load("etxt")["languages"].items()}


def with_subcategories(categories: dict[int, Category], id_category: int) -> set[int]:
    """A category and those directly or indirectly below it."""
    found = {id_category}
    for category in categories.values():
        if category.parent == id_category:
            found |= with_subcategories(categories, category.id)
    return found
