"""What a wire says to a request, before it is written down and sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.http import Outgoing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSON_TYPE = "application/json; charset=utf-8"
SESSION_COOKIE, USER_COOKIE = "RORSSQIHEK", "userId"


@dataclass(frozen=True)
class Said:
    """An answer, and what the record of calls should know about it."""

    data: Any
    """A JSON value, or the text of a page."""
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    content_type: str = JSON_TYPE
    params: Mapping[str, Any] = field(default_factory=dict)
    refusal: str | None = None
    changed: bool = False

    def outgoing(self) -> Outgoing:
        """The answer as it is sent."""
        text = self.data if isinstance(self.data, str) else json.dumps(self.data, ensure_ascii=False)
        return Outgoing(text.encode(), self.status, self.content_type, self.headers)


def set_cookies(cookies: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers that set cookies."""
    return tuple(("Set-Cookie", f"{name}={value}; Path=/; HttpOnly") for name, value in cookies.items())
