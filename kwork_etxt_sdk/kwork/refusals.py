"""What an error body says, whichever form it has."""

from __future__ import annotations

from typing import Any

import attrs

from kwork_etxt_sdk.kwork.models.auth import APIErrorResponse, ErrorDetail
from kwork_etxt_sdk.redaction import Redactor
from kwork_etxt_sdk.text import plain_text


@attrs.frozen(eq=False)
class Told:
    """An error body.

    Attributes:
        body: Its content; scrubbed, as all texts here.
        words: All it says in words, once each.
        code: The first code it names.
        fields: What is wrong with single fields.
    """

    body: APIErrorResponse
    words: str
    code: str | None
    fields: dict[str, list[str]]


def told_by(data: Any, redactor: Redactor) -> Told:
    """Read an error body.

    Both forms are read: the documented ``{"message", "errors": [{"code", "message", "field"}]}``, and that of the live
    service, ``{"error", "error_code", "errors": [{"target", "text"}]}`` or ``[text]``. What is of another type is
    passed over: an error must not be lost because its body is odd.
    """
    body = data if isinstance(data, dict) else {}
    listed = body.get("errors")
    details = [_detail(item, redactor) for item in (listed if isinstance(listed, list) else [])]
    own = [text for text in (_text(body.get("message"), redactor), _text(body.get("error"), redactor)) if text]
    code = _code(body.get("error_code"), redactor)
    fields: dict[str, list[str]] = {}
    for detail in details:
        if detail.field:
            fields.setdefault(detail.field, []).append(detail.message or "")
    words = dict.fromkeys([*own, *(detail.message for detail in details if detail.message)])
    message = "; ".join(dict.fromkeys(own)) or None
    return Told(
        body=APIErrorResponse(success=False, errors=details, message=message, error_code=code),
        words="; ".join(words),
        code=next((found for found in [code, *(detail.code for detail in details)] if found), None),
        fields=fields,
    )


def _detail(item: Any, redactor: Redactor) -> ErrorDetail:
    told = item if isinstance(item, dict) else {"message": item}
    return ErrorDetail(
        code=_code(told.get("code"), redactor),
        message=_text(told.get("message", told.get("text")), redactor),
        field=_text(told.get("field", told.get("target")), redactor),
    )


def _text(value: Any, redactor: Redactor) -> str | None:
    return redactor(plain_text(value)) if isinstance(value, str) and value else None


def _code(value: Any, redactor: Redactor) -> str | None:
    return redactor(str(value)) if isinstance(value, (int, str)) and value != "" and value is not False else None
