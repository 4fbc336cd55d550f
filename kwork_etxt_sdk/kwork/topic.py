"""What the topics of Kwork have in common."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Final

from kwork_etxt_sdk.client import Topic
from kwork_etxt_sdk.kwork.endpoint import Endpoint
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import CallOptions
from kwork_etxt_sdk.params import Whole

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

#: The page of a list that the documented wire sends whole.
PAGE: Final = Whole("page", least=1)


def id_or_all(item: Any) -> Hashable:
    """Return what tells items apart: their id, or if they have none, all they say."""
    return item.id if item.id is not None else str(item.to_dict())


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
        from kwork_etxt_sdk.kwork.pages import KworkListCalls
        from kwork_etxt_sdk.paging import NumberedPager

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
        from kwork_etxt_sdk.kwork.pages import KworkPageCalls
        from kwork_etxt_sdk.paging import NumberedPager

        start = arguments["page"]
        self._client._session.market.build(endpoint, arguments)  # bad arguments are told here, not at the first item
        return NumberedPager(KworkPageCalls(self, endpoint, options, arguments), key=key, start=start)
