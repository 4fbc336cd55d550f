"""The outer form of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row


def enveloped(response: Any, **siblings: Any) -> Row:
    """An answer."""
    return {"success": True, "response": response, **siblings}


def cut(found: Sequence[Any], page: int, size: int, *, pages: bool = True) -> tuple[Sequence[Any], Row]:
    """One page and its paging; some lists do not say how many pages there are."""
    paging = {"page": page, "total": len(found), "limit": size}
    if pages:
        paging["pages"] = -(-len(found) // size)
    return found[(page - 1) * size : page * size], paging


def listed(rows: Sequence[Row], **siblings: Any) -> Row:
    """A list that is left out altogether when it is empty, as some methods do."""
    return enveloped(list(rows), **siblings) if rows else {"success": True, **siblings}
