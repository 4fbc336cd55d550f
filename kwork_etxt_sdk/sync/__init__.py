"""``sync``: one's own data at a marketplace, mirrored into SQLite (extra ``sync``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.lazy import lazy_names

if TYPE_CHECKING:
    from kwork_etxt_sdk.sync.mirroring import ETXT, KWORK, mirror, mirrorable
    from kwork_etxt_sdk.sync.summary import Counts, Summary

__all__ = ["ETXT", "KWORK", "Counts", "Summary", "mirror", "mirrorable"]

__getattr__, __dir__ = lazy_names(
    __name__, globals(), {"mirroring": ("ETXT", "KWORK", "mirror", "mirrorable"), "summary": ("Counts", "Summary")}
)
