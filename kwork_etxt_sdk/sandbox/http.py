"""Requests and answers without a web framework, so that the services can be read and tested without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class UploadedFile:
    """A file part of a multipart body."""

    field_name: str
    file_name: str
    content: bytes


@dataclass(frozen=True)
class Incoming:
    """One received request."""

    verb: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes = b""
    form: Sequence[tuple[str, str]] = ()
    """Text parts of an urlencoded or multipart body, repeated names and their order kept."""
    files: Sequence[UploadedFile] = ()

    def header(self, name: str) -> str:
        """The value of a header whatever its case, or an empty text."""
        wanted = name.casefold()
        return next((value for key, value in self.headers.items() if key.casefold() == wanted), "")


@dataclass(frozen=True)
class Delivery:
    """How an answer leaves that does not leave whole and at once."""

    kind: Literal["reset", "reset_in_headers", "reset_in_body", "cut", "drip"]
    """The connection is reset before the answer, inside its headers or inside its body; it ends in the middle of the
    body; the body comes in small pieces."""
    seconds: float = 0.0
    """How long the pieces take altogether."""


@dataclass(frozen=True)
class Outgoing:
    """One answer."""

    body: bytes
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Sequence[tuple[str, str]] = field(default=())
    delivery: Delivery | None = None
    """None: whole and at once."""
