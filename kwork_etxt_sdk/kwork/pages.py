"""How the pages of Kwork's lists are fetched."""

from __future__ import annotations

from typing import Any

from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.paging import Page
from kwork_etxt_sdk.portable import PageCalls


class KworkPageCalls(PageCalls):
    """Fetches the pages of a method that answers with a page."""

    def __call__(self, number: int) -> Page[Any]:
        """Fetch the page with a number."""
        answer = self.make(page=number).value
        items = getattr(answer, self.endpoint.items)
        info = answer.pagination
        return Page(
            items=items if isinstance(items, Records) else Records(items),
            number=number,
            pages=info.total_pages if info else None,
            total=info.total_items if info else None,
            size=info.items_per_page if info else None,
        )


class KworkListCalls(PageCalls):
    """Fetches the pages of a list that the app wire sends in pages and the documented wire as a whole."""

    def __call__(self, number: int) -> Page[Any]:
        """Fetch the page with a number."""
        if not self.topic._is_on_app:
            return Page(items=self.topic._all(self.endpoint, self.options), number=number, pages=1)
        result = self.make(page=number)
        paging = result.paging
        return Page(
            items=result.value,
            number=number,
            pages=paging.pages if paging else None,
            total=paging.total if paging else None,
            size=paging.size if paging else None,
        )
