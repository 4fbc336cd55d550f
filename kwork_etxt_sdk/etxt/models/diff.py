"""How much alike two texts are."""

from __future__ import annotations

from kwork_etxt_sdk.mapping import Model, model, wire


@model
class Comparison(Model):
    """How much alike two texts are."""

    result: float | None = wire(default=None)
    """Share that is the same, percent."""
    text: str | None = wire(default=None)
    """The text compared, with the service's marks; their form is not documented."""
    source: str | None = wire(default=None)
    """The source text, likewise."""
