"""What goes over the wire and what comes back, as plain data between a marketplace's module and the session."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

import attrs

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import SNAPSHOT_TEXT_LIMIT, ResponseSnapshot, SdkError
from kwork_etxt_sdk.mapping import Converter
from kwork_etxt_sdk.options import BadItems, Rule
from kwork_etxt_sdk.redaction import MASK, SECRET_NAMES, Redactor, Secret
from kwork_etxt_sdk.transport.endpoint import Endpoint

Pairs = list[tuple[str, "str | Secret"]]

#: Headers that an error may remember; all others could hold cookies or internals.
_HARMLESS_HEADERS = ("content-type", "content-length", "date", "retry-after", "server", "www-authenticate", "location")

# These classes are made in every program, and each method that attrs writes takes half as long as the rest of a class:
# they have no more than is used. What they hold may be secret; the repr of `object` shows nothing of it to debuggers.


@attrs.frozen(kw_only=True, repr=False)
class FilePart:
    """A file inside a multipart body.

    Attributes:
        field: Name of the form field.
        name: File name the service sees.
        content: The bytes.
    """

    field: str
    name: str
    content: bytes

    def __repr__(self) -> str:
        return f"FilePart(field={self.field!r}, name={self.name!r}, content=<{len(self.content)} bytes>)"


@attrs.frozen(kw_only=True, repr=False)
class Request:
    """One request, before it is handed to the HTTP library. Secrets in it stay :class:`Secret`.

    Attributes:
        url: Address without a query.
        query: Parameters of the URL.
        form: Parameters of a form body; with :attr:`files` it becomes multipart.
        json: A JSON body in place of a form.
        files: Files of a multipart body.
        headers: Further headers.
    """

    url: str
    query: Pairs = attrs.field(factory=list)
    form: Pairs | None = None
    json: Any = None
    files: list[FilePart] = attrs.field(factory=list)
    headers: dict[str, str | Secret] = attrs.field(factory=dict)

    def preview(self, redactor: Redactor) -> dict[str, Any]:
        """Return the request as data that can be shown."""

        def shown(name: str, value: str | Secret) -> str:
            if isinstance(value, Secret) or name.casefold() in SECRET_NAMES:
                return MASK
            return redactor(value)

        query = urlencode([(name, shown(name, value)) for name, value in self.query], safe="*")
        body: Any = None
        if self.json is not None:
            body = redactor.tree(self.json)
        elif self.form is not None or self.files:
            body = [(name, shown(name, value)) for name, value in self.form or []]
            body += [(part.field, f"<file {part.name}, {len(part.content)} bytes>") for part in self.files]
        return {
            "method": "POST",
            "url": self.url + ("?" + query if query else ""),
            "headers": {name: shown(name, value) for name, value in self.headers.items()},
            "body": body,
        }

    def shown(self, redactor: Redactor) -> str:
        """Return the request as text that can be shown."""
        data = self.preview(redactor)
        lines = [f"POST {data['url']}"]
        lines += [f"{name}: {value}" for name, value in data["headers"].items()]
        body = data["body"]
        if isinstance(body, list):
            lines += ["", *(f"  {name} = {value}" for name, value in body)]
        elif body is not None:
            lines += ["", json.dumps(body, ensure_ascii=False, indent=2)]
        return "\n".join(lines)


@attrs.frozen(kw_only=True, repr=False)
class Reply:
    """A whole answer.

    Attributes:
        status: HTTP status.
        headers: Header names in lower case, without ``set-cookie``: :attr:`cookies` holds what it says.
        body: The bytes, decompressed.
        url: The address asked, without its query.
        cookies: What the answer set.
        seconds: From handing the request over to having the whole answer.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""
    cookies: Mapping[str, Secret] = attrs.field(factory=dict)
    seconds: float = 0.0

    @property
    def is_html(self) -> bool:
        """Whether the body looks like a page for people."""
        return self.body.lstrip()[:1] == b"<" or "text/html" in self.headers.get("content-type", "")

    def text(self) -> str:
        """Return the body as text; bytes that are no UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def snapshot(self, redactor: Redactor) -> ResponseSnapshot:
        """Return what an error may remember of this answer."""
        return ResponseSnapshot(
            status_code=self.status,
            url=self.url,
            headers={name: redactor(self.headers[name]) for name in _HARMLESS_HEADERS if name in self.headers},
            text=redactor(self.body[: 2 * SNAPSHOT_TEXT_LIMIT].decode("utf-8", "replace"))[:SNAPSHOT_TEXT_LIMIT],
        )


class Paging(NamedTuple):
    """What an answer said of its place in a list; None where it said nothing.

    Attributes:
        page: Number of this page, from 1.
        pages: How many pages there are.
        total: How many items there are in all.
        size: How many items a full page has.
    """

    page: int | None = None
    pages: int | None = None
    total: int | None = None
    size: int | None = None


class Answered(NamedTuple):
    """The service did what was asked; :attr:`data` is its answer without the envelope."""

    data: Any
    paging: Paging | None = None

    def __repr__(self) -> str:
        # Answers may hold tokens, and debuggers show the locals of the frames through which an error came.
        return f"Answered(data=<{type(self.data).__name__}>, paging={self.paging!r})"


class Cause(enum.Enum):
    """Why the service refused, as far as it changes what the session does next."""

    REFUSED = "refused"
    EXPIRED = "expired"
    THROTTLED = "throttled"
    BLOCKED = "blocked"
    CAPTCHA = "captcha"


class Refused(NamedTuple):
    """The service did not do it; :attr:`error` is what the caller gets.

    Attributes:
        error: That.
        cause: Why.
        postpone: Seconds for which further calls of the same limiter groups would be refused as too early.
    """

    error: SdkError
    cause: Cause = Cause.REFUSED
    postpone: float | None = None


class Unreadable(NamedTuple):
    """The answer says neither yes nor no."""

    reason: str


Reading = Answered | Refused | Unreadable


class Market(Protocol):
    """What the session must know of a marketplace: one wire of one service for one account."""

    @property
    def site(self) -> str:
        """``"etxt"`` or ``"kwork"``: the first word of calls in messages."""

    @property
    def scope(self) -> str:
        """Host and account, hashed: calls with the same scope share their limits."""

    @property
    def groups(self) -> Mapping[str, Rule]:
        """The marketplace's own limiter rules by group."""

    @property
    def redactor(self) -> Redactor:
        """Knows this account's secrets."""

    @property
    def is_local(self) -> bool:
        """Whether all requests go to this machine."""

    def build(self, endpoint: Endpoint[Any], arguments: Mapping[str, Any]) -> Request:
        """Return the request without credentials; raises ValidationError for arguments that can't be right."""

    def authorize(self, request: Request) -> Request:
        """Return the request with credentials; called after every wait, for every attempt."""

    def renew(self) -> bool:
        """Get new credentials after the old ones ran out; False if that is not possible or not wanted."""

    def read(self, endpoint: Endpoint[Any], reply: Reply) -> Reading:
        """Open the envelope."""

    def convert(self, endpoint: Endpoint[Any], data: Any, converter: Converter, bad_items: BadItems) -> Any:
        """Turn the answer into the endpoint's result; raises MappingError where it doesn't fit."""

    def error(self, meaning: type[SdkError]) -> type[SdkError]:
        """Return the marketplace's own class for a meaning."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Result:
    """What a call came to, with how it went.

    Attributes:
        value: The typed answer.
        paging: What the answer said of its place in a list.
        effect: The call's effect.
        attempts: Requests sent.
        waited: Seconds spent waiting.
        sent_at: When the last attempt left.
        reply: The answer itself; None if it was given before, to an earlier call with the same ``once_key``.
    """

    value: Any
    paging: Paging | None
    effect: Effect
    attempts: int
    waited: float
    sent_at: datetime | None
    reply: Reply | None


def has_markers(value: object, markers: Sequence[str]) -> bool:
    """Whether a JSON object holds one of the keys that mark a record."""
    return isinstance(value, dict) and not value.keys().isdisjoint(markers)
