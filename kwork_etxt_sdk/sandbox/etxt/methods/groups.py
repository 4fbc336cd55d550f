"""`bwgroups.*`: groups within the white and black lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.etxt.errors import NO_OBJECT, Refusal
from kwork_etxt_sdk.sandbox.etxt.registry import changes, reads
from kwork_etxt_sdk.sandbox.etxt.shapes import Page
from kwork_etxt_sdk.sandbox.etxt.trees import ROOT

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

MOST_GROUP_NAME = 40


@reads("bwgroups.listGroups")
def list_groups(exchange: Exchange, _given: Parameters) -> Page:
    """The customer's groups as a tree."""
    return Page(exchange.groups.rows(), key="id_category")


@changes("bwgroups.saveGroup")
def save_group(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Creates a group, or renames and moves one."""
    name = given.text("name", least=1, most=MOST_GROUP_NAME)
    parent = given.integer("id_parent", ROOT)
    if not given.given("id"):
        return {"id": exchange.groups.add(name, parent, exchange.now).id}
    id_group = given.identifier()
    exchange.groups.require(id_group)
    node = exchange.groups.nodes[id_group]
    exchange.groups.move(node, parent)
    node.name = name
    return {"id": node.id}


@changes("bwgroups.deleteGroup")
def delete_group(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Deletes a group with those below it; its users stay on their lists."""
    id_group = given.identifier()
    exchange.groups.require(id_group)
    removed = exchange.groups.remove(id_group)
    for entry in exchange.listed.values():
        if entry.id_group in removed:
            entry.id_group = ROOT
    return {"ids": removed}


@changes("bwgroups.updateGroup")
def update_group(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Moves a listed user to another group, or out of all groups."""
    entry = exchange.listed.get(given.identifier("id_user"))
    if entry is None:
        raise Refusal(NO_OBJECT)
    id_group = given.integer("id_group", ROOT)
    exchange.groups.require(id_group)
    entry.id_group = id_group
    name = exchange.groups.nodes[id_group].name if id_group else ""
    return {"id_user": entry.id_user, "id_group": id_group, "name": name}
