"""Subjects of orders and articles."""

from __future__ import annotations

from kwork_etxt_sdk.mapping import Model, model, wire


@model
class Category(Model):
    """A subject of orders and articles."""

    category_id: int = wire("id_category")
    """Id of the category."""
    parent_id: int | None = wire("id_parent", default=None)
    """Id of the category above it; 0 at the top."""
    name: str | None = wire(default=None)
    """Name."""
    keyword: str | None = wire(default=None)
    """Its key word, in Latin letters."""
