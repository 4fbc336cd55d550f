"""Proof-reading."""

from __future__ import annotations

from kwork_etxt_sdk.mapping import Model, OpenStrEnum, model, wire


class CorrectionSource(OpenStrEnum):
    """Where a text for proof-reading is taken from."""

    RESULT = "task"
    """A result of an order: goes by the id of the result, not by that of the order."""
    ARCHIVED_ORDER = "a_task"
    """An order in the archive."""
    ARTICLE = "article"
    """A bought article."""
    ARCHIVED_ARTICLE = "a_article"
    """A bought article in the archive."""


class CorrectionPart(OpenStrEnum):
    """Which part of an object is preferred."""

    FILE = "file"
    """The attached file rather than the typed-in text."""


@model
class CorrectionJob(Model):
    """A text that was handed to a proof-reader."""

    correction_id: int = wire("id")
    """Id of the job."""
