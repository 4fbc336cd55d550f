"""What a request of the documented wire brings: a JSON object, whose types count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.kwork.documented.registry import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping


class Given:
    """The parameters of one call. None and absent are the same."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def integer(self, name: str) -> int | None:
        """A whole number."""
        value = self.values.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise Refusal(400, "INVALID", "Нужно целое число", name)
        return value

    def identifier(self, name: str) -> int:
        """A required id."""
        value = self.integer(name)
        if value is None:
            raise Refusal(400, "REQUIRED", "Поле не заполнено", name)
        return value

    def page(self) -> int:
        """The number of a page; the first if none is given."""
        page = self.integer("page")
        if page is not None and page < 1:
            raise Refusal(400, "INVALID", "Номер страницы начинается с 1", "page")
        return page or 1

    def text(self, name: str, default: str | None = None) -> str:
        """A text, required if there is no default."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            raise Refusal(400, "REQUIRED" if value in (None, "") else "INVALID", "Нужен текст", name)
        return value
