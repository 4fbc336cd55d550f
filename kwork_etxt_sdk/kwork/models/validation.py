"""What Kwork says of a text."""

from __future__ import annotations

from kwork_etxt_sdk.mapping import Model, model, wire


@model
class ValidationIssue(Model):
    """One thing that is wrong with a text."""

    type: str | None = wire(default=None)
    """``error``, ``warning`` or ``suggestion``."""
    code: str | None = wire(default=None)
    """``SPELLING``, ``GRAMMAR``, ``LENGTH`` and others."""
    message: str | None = wire(default=None)
    """What is wrong, in words."""
    position: int | None = wire(default=None)
    """Where, in characters from the start."""
    suggestion: str | None = wire(default=None)
    """What to write in its place."""


@model
class ValidationResponse(Model):
    """Whether Kwork would accept a text."""

    success: bool | None = wire(default=None)
    """Whether the check was made."""
    is_valid: bool | None = wire(default=None)
    """Whether the text may stay as it is."""
    issues: list[ValidationIssue] | None = wire(default=None)
    """What is wrong with it."""
    score: int | None = wire(default=None)
    """Quality, 0 to 100."""
    message: str | None = wire(default=None)
    """What the service says."""
