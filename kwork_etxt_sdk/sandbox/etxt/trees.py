"""Folders, and groups of the white and black lists: named nodes below each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from kwork_etxt_sdk.sandbox.etxt.errors import NO_OBJECT, Refusal

ROOT = 0


@dataclass
class Node:
    """A folder or a group."""

    id: int
    parent: int
    name: str
    created_at: int


@dataclass
class Tree:
    """Nodes by id; the root, 0, is not a node."""

    next_id: int
    nodes: dict[int, Node] = field(default_factory=dict)

    def add(self, name: str, parent: int, now: int) -> Node:
        """Creates a node below another one, or below the root."""
        self.require(parent)
        node = Node(self.next_id, parent, name, now)
        self.nodes[node.id] = node
        self.next_id += 1
        return node

    def require(self, id_node: int) -> None:
        """Refuses unless the node exists; the root always does."""
        if id_node != ROOT and id_node not in self.nodes:
            raise Refusal(NO_OBJECT)

    def within(self, id_node: int) -> list[int]:
        """A node and everything below it."""
        found = [id_node]
        for child in self.nodes.values():
            if child.parent == id_node:
                found.extend(self.within(child.id))
        return found

    def move(self, node: Node, parent: int) -> None:
        """Hangs a node below another one; not below itself."""
        self.require(parent)
        if parent in self.within(node.id):
            raise Refusal(NO_OBJECT)
        node.parent = parent

    def remove(self, id_node: int) -> list[int]:
        """Removes a node with everything below it and returns their ids."""
        removed = self.within(id_node)
        for id_removed in removed:
            del self.nodes[id_removed]
        return removed

    def rows(self, *, by_date: bool = False) -> list[dict[str, int | str]]:
        """The nodes in the order in which a tree is printed, as both listing methods send them."""
        return self._rows_below(ROOT, 0, by_date=by_date)

    def _rows_below(self, parent: int, depth: int, *, by_date: bool) -> list[dict[str, int | str]]:
        children = [node for node in self.nodes.values() if node.parent == parent]
        children.sort(key=lambda node: (node.created_at, node.id) if by_date else (node.name.casefold(), node.id))
        rows: list[dict[str, int | str]] = []
        for node in children:
            below = self._rows_below(node.id, depth + 1, by_date=by_date)
            row: dict[str, int | str] = {"id_category": node.id, "id_parent": node.parent, "name": node.name}
            rows += [row | {"depth": depth, "last": int(not below)}, *below]
        return rows
