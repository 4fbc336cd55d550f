"""Progress bars for long walks, and words for long waits: on standard error, and only where somebody looks.

The same for scripts, notebooks and the command line: :func:`with_progress` draws a bar for anything that is iterated,
:func:`show_waits` tells of the waits of single calls.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Sized
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from kwork_etxt_sdk.errors import MissingExtraError
from kwork_etxt_sdk.transport.events import Event, Sent, Waiting

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

#: Shorter waits are not shown, in seconds: at one call a second every call waits.
LONG_WAIT = 3.0


def require_bars() -> None:
    """Make sure that progress bars can be drawn.

    Raises:
        MissingExtraError: The package tqdm is not installed.
    """
    if find_spec("tqdm") is None:
        raise MissingExtraError("progress bars need the package tqdm: pip install 'kwork-etxt-sdk[cli]'")


def is_watched() -> bool:
    """Whether somebody looks at standard error: it is a terminal, or this is a notebook."""
    return _is_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def _is_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and "IPKernelApp" in shell.config


class Progress:
    """One progress bar, which also shows why its calls wait. Use it in ``with``; silent where nobody looks.

    Args:
        label: What stands before the bar.
        total: How many items there will be, if known.
        after: Seconds before it is drawn: what is done by then needs no bar.

    Example:
        >>> with Progress("orders", total=2) as progress:
        ...     for _ in range(2):
        ...         progress.advance(1)
    """

    def __init__(self, label: str = "", *, total: int | None = None, after: float = 0.0) -> None:
        self._bar = _bar(label, total, after) if is_watched() else None
        self._after = after
        self._says_why = False

    @property
    def is_shown(self) -> bool:
        """Whether there is a bar to be seen."""
        return self._bar is not None

    def advance(self, count: int) -> None:
        """Show that so many further items are done."""
        if self._bar is not None:
            self._bar.update(count)

    def expect(self, total: int | None) -> None:
        """Show how many items there will be; None if nobody knows."""
        if self._bar is not None and total != self._bar.total:
            self._bar.total = total
            if not self._after:  # tqdm heeds it in update() alone
                self._bar.refresh()

    def finish(self) -> None:
        """Show that everything has come, whatever was expected."""
        if self._bar is not None:
            self.expect(self._bar.n)

    def hear(self, event: Event) -> None:
        """Show why a call waits, until it is sent: an ``on_event`` listener, for several threads."""
        if self._bar is None:
            return
        if isinstance(event, Waiting) and event.seconds >= LONG_WAIT:
            self._says_why = True
            self._bar.set_postfix_str(f"waits {event.seconds:.0f} s: {event.reason}")
        elif isinstance(event, Sent) and self._says_why:
            self._says_why = False
            self._bar.set_postfix_str("")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def with_progress(items: Iterable[T], label: str = "", *, total: int | None = None) -> Iterator[T]:
    """Iterate anything with a progress bar: a pager, the results of its ``map``, a list.

    A pager tells how long it is and why it waits; for anything else `total` says how many items there are.

    Args:
        items: What to iterate.
        label: What stands before the bar.
        total: How many items there are, if known; a list is counted.

    Raises:
        MissingExtraError: The package tqdm is not installed.

    Example:
        >>> texts = client.tasks_archive.list_tasks().map(read_texts)  # doctest: +SKIP
        >>> for text in with_progress(texts, "texts", total=120):  # doctest: +SKIP
        ...     print(len(text))
    """
    own = getattr(items, "progress", None)
    if callable(own) and total is None:
        return iter(own(label))
    require_bars()
    if total is None and isinstance(items, Sized):
        total = len(items)
    return _shown(items, label, total)


def _shown(items: Iterable[T], label: str, total: int | None) -> Iterator[T]:
    with Progress(label, total=total) as progress:
        for item in items:
            yield item
            progress.advance(1)
        progress.finish()


def show_waits(event: Event) -> None:
    """Say on standard error why a call waits for more than a few seconds; nothing where nobody looks.

    Example:
        >>> client = client.with_options(on_event=show_waits)  # doctest: +SKIP
        >>> client.messages.write_private(700021, "...")  # doctest: +SKIP
        etxt messages.writePrivate waits 58 s: the limit of 'messages'
    """
    if not isinstance(event, Waiting) or event.seconds < LONG_WAIT or not is_watched():
        return
    line = f"{event.call} waits {event.seconds:.0f} s: {event.reason}"
    bars = sys.modules.get("tqdm")
    if bars is None:
        print(line, file=sys.stderr)  # noqa: T201 - that is its purpose
    else:
        bars.tqdm.write(line, file=sys.stderr)  # above the bars that stand there, if any do


def _bar(label: str, total: int | None, after: float) -> Any:
    require_bars()
    with warnings.catch_warnings():
        # Without ipywidgets a notebook gets the bar of a terminal, which does as well.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

        # It would start a thread that stays until the program ends. It is there to redraw bars that are rarely updated,
        # so each update has to look at the time itself (miniters).
        kind = type("Bar", (tqdm,), {"monitor_interval": 0})
        return kind(
            desc=label or None, total=total, unit=" items", file=sys.stderr, disable=False, miniters=1, delay=after
        )
