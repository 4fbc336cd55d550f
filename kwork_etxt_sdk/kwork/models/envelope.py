"""What answers come wrapped in."""

from __future__ import annotations

from typing import Any

from kwork_etxt_sdk.mapping import Model, model, wire


@model
class DataResponse(Model):
    """What Kwork wraps around answers: whether it worked, and the data.

    Ask for it where you want to see the wrapping: ``client.call("offline", effect=Effect.REPEATABLE,
    result=DataResponse)``.
    """

    success: bool | None = wire(default=None)
    """Whether it worked."""
    data: Any = wire(default=None)
    """The data: an object, as documented; on the app wire also a list, or nothing."""
    message: str | None = wire(default=None)
    """What the service says."""
