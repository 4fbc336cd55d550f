"""What the topics of eTXT have in common."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from kwork_etxt_sdk.client import Topic
from kwork_etxt_sdk.etxt.endpoint import Endpoint
from kwork_etxt_sdk.etxt.errors import EtxtAccessError, EtxtNotFoundError
from kwork_etxt_sdk.etxt.models.common import Processed
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import CallOptions
from kwork_etxt_sdk.params import Ids, Problem, ids_of

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

T = TypeVar("T")


class EtxtTopic(Topic):
    """A section of the manual."""

    def _list(self, endpoint: Endpoint[T], options: CallOptions, **arguments: Any) -> Records[T]:
        """Call a method that answers with a whole list; more ids than fit into a call are sent in several."""
        found: Records[T] = Records()
        for part in self._chunks(endpoint, arguments):
            records = self._client._make(endpoint, part, options).value
            found.extend(records)
            found.bad_items.extend(records.bad_items)
        return found

    def _process(self, endpoint: Endpoint[Processed], options: CallOptions, **arguments: Any) -> Processed:
        """Call a method on several objects, and say which of them it was done on.

        Calls that may be repeated are sent in chunks; for the others more ids than fit into one call are refused, so
        that an unknown outcome is about one call.
        """
        name = _ids_param(endpoint).name
        arguments = _with_list(arguments, name)
        done: list[int] = []
        status: bool | None = None
        extra: dict[str, Any] = {}
        refused: EtxtNotFoundError | EtxtAccessError | None = None
        any_done = False
        parts = self._chunks(endpoint, arguments) if endpoint.effect.may_repeat else [arguments]
        for part in parts:
            try:
                answer = self._call(endpoint, options, **part)
            except (EtxtNotFoundError, EtxtAccessError) as error:  # it must not hide what the other calls did
                refused = error
                status = False
                continue
            any_done = True
            done.extend(answer.ids)
            status = answer.status if status is None or answer.status is False else status
            extra.update(answer.extra)
        if refused is not None and not any_done:
            raise refused
        return Processed(ids=done, status=status, asked=list(dict.fromkeys(ids_of(arguments[name]))), extra=extra)

    def _pager(
        self, endpoint: Endpoint[T], options: CallOptions, *, key: Callable[[T], Hashable], **arguments: Any
    ) -> Pager[T]:
        """Return the pages of a method with ``count`` and ``from``."""
        from kwork_etxt_sdk.etxt.pages import EtxtPageCalls
        from kwork_etxt_sdk.paging import OffsetPager

        size, start = arguments["count"], arguments["offset"]
        self._client._session.market.build(endpoint, arguments)  # bad arguments are told here, not at the first item
        return OffsetPager(EtxtPageCalls(self, endpoint, options, arguments), key=key, size=size, start=start)

    @staticmethod
    def _chunks(endpoint: Endpoint[Any], arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        param = next((param for param in endpoint.params if isinstance(param, Ids)), None)
        if param is None:
            yield arguments
            return
        arguments = _with_list(arguments, param.name)
        try:
            ids = list(dict.fromkeys(ids_of(arguments[param.name])))
        except Problem:
            ids = []
        if not ids:
            yield arguments  # the check of the parameters says what is wrong
        for start in range(0, len(ids), param.most):
            yield {**arguments, param.name: ids[start : start + param.most]}


def _with_list(arguments: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the arguments with the ids in a list: an iterator gives them only once, and they are looked at often."""
    return {**arguments, name: list(arguments[name])} if isinstance(arguments[name], Iterator) else arguments


def _ids_param(endpoint: Endpoint[Any]) -> Ids:
    return next(param for param in endpoint.params if isinstance(param, Ids))
