"""What the topics of Kwork have in common."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

from kwork_etxt_sdk.client import Topic
from kwork_etxt_sdk.kwork.endpoint import Endpoint
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import CallOptions
from kwork_etxt_sdk.paging import NumberedPager, Page, Pager
from kwork_etxt_sdk.params import Whole
from kwork_etxt_sdk.prefetch import PageCalls

#: The page of a list that the documented wire sends whole.
PAGE: Final = Whole("page", least=1)


def id_or_all(item: Any) -> Hashable:
    """Return what tells items apart: their id, or if they have none, all they say."""
    return item.id if item.id is not None else str(item.to_dict())


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


class KworkTopic(Topic):
    """A group of the documented client."""

    @property
    def _is_on_app(self) -> bool:
        return bool(self._client._market.wire == "app")

    def _all(self, endpoint: Endpoint[Any], options: CallOptions, **arguments: Any) -> Records[Any]:
        """Call a method that answers with nothing but a list."""
        records: Records[Any] = self._client._make(endpoint, arguments, options).value
        return records

    def _list(
        self, endpoint: Endpoint[Any], options: CallOptions, *, key: Callable[[Any], Hashable] = id_or_all
    ) -> Pager[Any]:
        """Return a list that the app wire sends in pages and the documented wire as a whole."""
        self._client._session.market.build(endpoint, {})  # what can't be asked is told here, not at the first item
        return NumberedPager(KworkListCalls(self, endpoint, options, {}), key=key)

    def _pager(
        self,
        endpoint: Endpoint[Any],
        options: CallOptions,
        *,
        key: Callable[[Any], Hashable] = id_or_all,
        **arguments: Any,
    ) -> Pager[Any]:
        """Return the items of all pages of a method that answers with a page."""
        start = arguments["page"]
        self._client._session.market.build(endpoint, arguments)  # bad arguments are told here, not at the first item
        return NumberedPager(KworkPageCalls(self, endpoint, options, arguments), key=key, start=start)
