"""What a request of the app wire brings: texts, read as PHP reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.etxt.php import PhpValue, read_pairs, to_arrays, to_integer
from kwork_etxt_sdk.sandbox.kwork.app.registry import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kwork_etxt_sdk.sandbox.http import Incoming

_NUMBER = re.compile(r"-?\d{1,18}")


class Given:
    """The parameters of one call, from the query and the form alike; unknown ones disturb nobody.

    Args:
        values: The parameters.
        is_guest: Whether the call came without a good token.
    """

    def __init__(self, values: Mapping[str, PhpValue], *, is_guest: bool) -> None:
        self.values = values
        self.is_guest = is_guest

    def text(self, name: str) -> str:
        """A text; empty if it is absent, or no text."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""

    def has(self, name: str) -> bool:
        """Whether a parameter came and holds something."""
        return self.values.get(name, "") not in ("", {})

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; what does not begin with digits is 0."""
        text = self.text(name)
        return to_integer(text) if text else default

    def optional(self, name: str) -> int | None:
        """A whole number, or None if it is absent."""
        return self.integer(name) if self.has(name) else None

    def identifier(self, name: str) -> int:
        """An id, which has to be a number."""
        text = self.text(name).strip()
        if not _NUMBER.fullmatch(text):
            raise invalid()
        return int(text)

    def flag(self, name: str) -> bool:
        """Whether a parameter is 1."""
        return self.integer(name) == 1

    def page(self) -> int:
        """The number of a page; the first if there is none that makes sense."""
        return max(self.integer("page", 1), 1)

    def numbers(self, name: str) -> set[int]:
        """Numbers separated by commas."""
        return {int(part) for part in self.text(name).split(",") if _NUMBER.fullmatch(part.strip())}

    def listed(self, name: str) -> set[int]:
        """Numbers sent as `name[]`."""
        value = self.values.get(name, "")
        texts = value.values() if isinstance(value, dict) else [value]
        return {to_integer(text) for text in texts if isinstance(text, str) and text}


def read(incoming: Incoming) -> dict[str, PhpValue]:
    """All parameters; those of the form win over those of the query. A JSON body is not read."""
    return to_arrays([*read_pairs(incoming.query), *incoming.form])
