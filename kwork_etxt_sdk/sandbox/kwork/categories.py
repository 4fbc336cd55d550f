"""Categories: a tree of three levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Category:
    """A category of kworks and projects."""

    id: int
    name: str
    slug: str
    parent_id: int | None
    description: str
    base_price: int
    """The usual price of the smallest piece of work, in roubles."""


class Tree:
    """All categories, by id, and who is below whom."""

    def __init__(self, categories: list[Category]) -> None:
        self.by_id = {category.id: category for category in categories}

    def children(self, parent_id: int | None) -> list[Category]:
        """The categories directly below one; None asks for the roots."""
        return [category for category in self.by_id.values() if category.parent_id == parent_id]

    @cached_property
    def leaves(self) -> list[int]:
        """Ids of the categories that have none below: kworks and projects are in these."""
        parents = {category.parent_id for category in self.by_id.values()}
        return [id_category for id_category in self.by_id if id_category not in parents]

    def root_of(self, id_category: int) -> Category:
        """The category of the first level above one, or itself."""
        category = self.by_id[id_category]
        return category if category.parent_id is None else self.root_of(category.parent_id)

    def within(self, id_category: int | None) -> set[int]:
        """The category and all below it; all there are for None, nothing for an unknown one."""
        if id_category is None:
            return set(self.by_id)
        if id_category not in self.by_id:
            return set()
        found = {id_category}
        for child in self.children(id_category):
            found |= self.within(child.id)
        return found
