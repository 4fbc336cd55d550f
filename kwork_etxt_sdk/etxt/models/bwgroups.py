"""Groups within your white and black lists."""

from __future__ import annotations

from kwork_etxt_sdk.mapping import Model, model, wire


@model
class Group(Model):
    """A group within your white and black lists."""

    group_id: int = wire("id_category")
    """Id of the group."""
    parent_id: int | None = wire("id_parent", default=None)
    """Id of the group above it; 0 at the top."""
    name: str | None = wire(default=None)
    """Name."""
    depth: int | None = wire(default=None)
    """How many groups are above it."""
    last: bool | None = wire(default=None)
    """Whether it is the deepest of its branch."""


@model
class SavedGroup(Model):
    """A group that was created or edited."""

    group_id: int = wire("id")
    """Id of the group."""


@model
class DeletedGroups(Model):
    """Groups that were deleted together."""

    ids: list[int] = wire(default_factory=list)
    """Ids of the group and of those below it."""


@model
class GroupedUser(Model):
    """A user who was moved to another group."""

    user_id: int | None = wire("id_user", default=None)
    """Id of the user."""
    group_id: int | None = wire("id_group", default=None)
    """Id of the group; 0 if in none."""
    name: str | None = wire(default=None)
    """Name of the group; empty if in none."""
