"""What several sections answer with."""

from __future__ import annotations

from kwork_etxt_sdk.mapping import Model, model, wire


@model
class Processed(Model):
    """What a call on several objects did.

    The service names the objects on which it was really done; :attr:`missing` are the others.
    """

    ids: list[int] = wire(default_factory=list)
    """Ids of the objects on which it was done."""
    status: bool | None = wire(default=None)
    """Whether the service calls it a success; None where it doesn't say."""
    asked: list[int] = wire("kwork_etxt_sdk.asked", default_factory=list)
    """Ids that were asked for; the SDK fills this in."""

    @property
    def missing(self) -> list[int]:
        """Ids that were asked for on which it was not done."""
        done = set(self.ids)
        return [number for number in self.asked if number not in done]
