"""Links to files: absolute, open to anybody who has them, and dead after about a day.

A link says itself what it leads to and until when, guarded by a checksum, so that the sandbox need not remember the
links it has given out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange

FILES_PATH = "/etxt/files/"
LINK_LIFETIME = SECONDS_PER_DAY


@dataclass(frozen=True)
class Target:
    """What a link leads to: the ids of one kind of object."""

    kind: str
    ids: tuple[int, ...]


def link(exchange: Exchange, kind: str, ids: Sequence[int], extension: str) -> str:
    """A fresh absolute link."""
    name = "-".join(map(str, ids))
    expires = exchange.now + LINK_LIFETIME
    return f"{exchange.base_url}{FILES_PATH}{kind}/{expires}/{_guard(exchange, kind, expires, name)}/{name}.{extension}"


def open_link(exchange: Exchange, path: str) -> Target | None:
    """What a path of this server leads to; None if it is forged or has expired."""
    try:
        kind, expires, guard, file_name = path.removeprefix(FILES_PATH).split("/")
        name = file_name.partition(".")[0]
        target = Target(kind, tuple(map(int, name.split("-"))))
        expired = int(expires) < exchange.now
    except ValueError:
        return None
    if expired or guard != _guard(exchange, kind, int(expires), name):
        return None
    return target


def _guard(exchange: Exchange, kind: str, expires: int, name: str) -> str:
    secret = f"{exchange.seed}:{kind}:{expires}:{name}"
    return hashlib.sha256(secret.encode()).hexdigest()[:24]
