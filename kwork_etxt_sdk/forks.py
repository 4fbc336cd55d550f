"""What a forked child must make anew: locks that a thread of the parent may have held, connections both would use."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: Owners, with what renews them. Weak: being renewable keeps nobody alive.
_RENEWED: weakref.WeakKeyDictionary[Any, Callable[[Any], None]] = weakref.WeakKeyDictionary()


def renew_after_fork(owner: T, renew: Callable[[T], None]) -> None:
    """Call ``renew(owner)`` in every child that this process forks from now on.

    Only the thread that forked lives on in the child; what the others were doing stays half done there.

    Args:
        owner: Something hashable that can be referred to weakly.
        renew: A function that does not hold the owner: a method of its class, not a bound one.
    """
    _RENEWED[owner] = renew


def _renew_all() -> None:
    for owner, renew in list(_RENEWED.items()):
        renew(owner)


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_renew_all)


def new_lock() -> threading.Lock:
    """Return a lock that is free in a forked child, whoever held it in the parent.

    It is Python's own: a Ctrl-C between taking it and entering the ``with`` block can't leave it taken.
    """
    lock = threading.Lock()
    renew_after_fork(lock, _free)
    return lock


def _free(lock: Any) -> None:
    lock._at_fork_reinit()  # what the standard library calls for its own locks
