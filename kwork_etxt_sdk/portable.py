"""What others do for a list, in threads, processes machines: the calls for its pages, and how they get there."""

from __future__ import annotations

import copy
import functools
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from kwork_etxt_sdk.errors import ConfigurationError, SdkError
from kwork_etxt_sdk.options import CallOptions
from kwork_etxt_sdk.transport.endpoint import Endpoint
from kwork_etxt_sdk.transport.events import Event

# What only other processes need is imported there: every list is a pager, few are fetched so.
if TYPE_CHECKING:
    from concurrent.futures import Executor

    from kwork_etxt_sdk.transport.exchange import Result

#: Actions that a process remembers, so that a client sent with them keeps its connections from task to task.
_REMEMBERED_ACTIONS = 8


def check_portable(action: object, executor: Executor | None) -> None:
    """Make sure that an action can be sent where the executor works, as far as that is known.

    Raises:
        ConfigurationError: It works in other processes, and the action can't be pickled.
    """
    import pickle
    from concurrent.futures import ProcessPoolExecutor

    if not isinstance(executor, ProcessPoolExecutor):
        return
    try:
        pickle.dumps(action)
    except SdkError:
        raise  # a client says itself what it can't take along
    except Exception as failure:
        raise ConfigurationError(
            f"what other processes shall do must be picklable, and this is not: {failure}. Use functions of a module "
            "(no lambdas, also not for on_event), or threads: leave out executor=."
        ) from failure


class Portable:
    """An action that other processes can be given: each unpickles it once and remembers it.

    A client that belongs to it so keeps its connections there from one task to the next.

    Args:
        action: What to do.
    """

    def __init__(self, action: Callable[..., Any]) -> None:
        self._action = action
        self._pickled: bytes | None = None

    def __call__(self, *arguments: Any) -> Any:
        """Do it."""
        return self._action(*arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        import pickle

        if self._pickled is None:
            try:
                self._pickled = pickle.dumps(self._action)
            except SdkError:
                raise
            except Exception:  # noqa: BLE001 - the pickler that asks (dask's) may be able to do more than ours
                return (Portable, (self._action,))
        return (_remembered, (self._pickled,))


@functools.lru_cache(maxsize=_REMEMBERED_ACTIONS)
def _remembered(pickled: bytes) -> Portable:
    import pickle

    return Portable(pickle.loads(pickled))  # noqa: S301 - what a process of our own was sent, by way of pickle


class PageCalls:
    """The calls that fetch the pages of one list. They can be pickled: the record of the endpoint goes by its name.

    Args:
        topic: The topic of the client whose method lists.
        endpoint: What to call, a record in the topic's module.
        options: How.
        arguments: With what, but for the place of the page.
    """

    def __init__(self, topic: Any, endpoint: Any, options: CallOptions, arguments: Mapping[str, Any]) -> None:
        self.topic = topic
        self.endpoint = endpoint
        self.options = options
        self.arguments = arguments

    def make(self, **place: int) -> Result:
        """Fetch the page at a place."""
        arguments = {**self.arguments, **place}
        result: Result = self.topic._client._make(self.endpoint, arguments, self.options, is_page=True)
        return result

    def heard_by(self, listener: Callable[[Event], None]) -> PageCalls:
        """Return the same calls, which tell `listener` of their events as well."""
        theirs = self.options.over(self.topic._client._options).on_event

        def tell_both(event: Event) -> None:
            listener(event)
            if callable(theirs):
                theirs(event)

        other = copy.copy(self)
        other.options = attrs.evolve(self.options, on_event=tell_both)
        return other

    def __copy__(self) -> PageCalls:
        return type(self)(self.topic, self.endpoint, self.options, self.arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_page_calls, (type(self), self.topic, self.endpoint.name, self.options, dict(self.arguments)))


def _page_calls(
    cls: type[PageCalls], topic: Any, name: str, options: CallOptions, arguments: dict[str, Any]
) -> PageCalls:
    endpoint = next(
        record
        for part in type(topic).__mro__
        for record in vars(sys.modules[part.__module__]).values()
        if isinstance(record, Endpoint) and record.name == name
    )
    return cls(topic, endpoint, options, arguments)
