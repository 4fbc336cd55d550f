"""How the pages of eTXT's lists are fetched."""

from __future__ import annotations

from typing import Any

from kwork_etxt_sdk.paging import Page
from kwork_etxt_sdk.portable import PageCalls


class EtxtPageCalls(PageCalls):
    """Fetches the pages of a method with ``count`` and ``from``."""

    def __call__(self, offset: int, count: int) -> Page[Any]:
        """Fetch the page at an offset."""
        return Page(items=self.make(offset=offset, count=count).value)
