"""Folders for orders, articles and corrections."""

from __future__ import annotations

from kwork_etxt_sdk.mapping import Model, OpenStrEnum, model, wire


class FolderSort(OpenStrEnum):
    """How folders are sorted."""

    NAME = "name"
    """By name."""
    DATE = "date"
    """By the time they were created."""


class MovedKind(OpenStrEnum):
    """What is moved into a folder."""

    ORDER = "task"
    ARCHIVED_ORDER = "archive"
    ARTICLE = "article"
    ARCHIVED_ARTICLE = "article_archive"
    CORRECTION = "correction"
    ASSIGNMENT = "bhv_task"
    """What the site calls assignments, a thing apart from orders."""


@model
class Folder(Model):
    """A folder."""

    folder_id: int = wire("id_category")
    """Id of the folder."""
    parent_id: int | None = wire("id_parent", default=None)
    """Id of the folder above it; 0 at the top."""
    name: str | None = wire(default=None)
    """Name."""
    depth: int | None = wire(default=None)
    """How many folders are above it."""
    last: bool | None = wire(default=None)
    """Whether it is the deepest of its branch."""


@model
class AddedFolder(Model):
    """A folder that was created."""

    folder_id: int = wire("id_folder")
    """Id of the folder."""


@model
class MovedObjects(Model):
    """What a move into a folder did."""

    count: int
    """How many objects were moved."""
