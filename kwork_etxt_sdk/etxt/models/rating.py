"""Orders that authors gave up or lost, and the rating it cost them."""

from __future__ import annotations

from datetime import datetime

from kwork_etxt_sdk.mapping import Model, OpenIntEnum, model, wire


class BackFilter(OpenIntEnum):
    """Which failed orders are wanted."""

    ALL = 0
    RETURNED = 1
    """Those for which the rating was given back."""
    NOT_RETURNED = 2
    """Those for which it was not."""


@model
class TaskFail(Model):
    """An order that its author failed."""

    task_id: int = wire("id_task")
    """Id of the order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the author."""
    date: datetime | None = wire(default=None)
    """When it failed."""
    date_back: datetime | None = wire(default=None)
    """When the rating was given back; None if it was not."""
    back: bool | None = wire(default=None)
    """Whether the rating was given back."""
    title: str | None = wire(default=None)
    """Title of the order."""


@model
class ReturnedRating(Model):
    """Rating that was given back to an author."""

    task_id: int = wire("id_task")
    """Id of the order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the author."""
    rate_back: int | None = wire(default=None)
    """How much rating, in the service's own points."""
