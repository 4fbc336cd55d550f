"""What is behind the links that the exchange gives out."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.etxt.articles import PICTURE, article_text
from kwork_etxt_sdk.sandbox.etxt.life import forgive
from kwork_etxt_sdk.sandbox.etxt.links import open_link
from kwork_etxt_sdk.sandbox.etxt.texts import to_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange

ZIP_ENTRY_DATE = (2000, 1, 1, 0, 0, 0)
"""Fixed, so that the same articles always make the same archive."""


@dataclass(frozen=True)
class ServedFile:
    """A file as it goes over the wire."""

    name: str
    content: bytes
    content_type: str
    effect: str = ""
    """What fetching it has done, if anything: `rateup`."""


def read_file(exchange: Exchange, path: str) -> ServedFile | None:
    """The file behind a path of this server, or None if the link is dead."""
    target = open_link(exchange, path)
    if target is None:
        return None
    name = path.rpartition("/")[2]
    if target.kind == "articles":
        return ServedFile(name, _pack(exchange, target.ids), "application/zip")
    first = target.ids[0]
    if target.kind == "rateup":
        return ServedFile(name, b"<html><body>OK</body></html>", "text/html", _rate_up(exchange, first))
    if target.kind == "attachment":
        order = exchange.orders.get(first)
        return None if order is None else ServedFile(name, order.attachment_content, "application/octet-stream")
    # No charset: the live service has never named one.
    return ServedFile(name, to_file(exchange.results[first].text), "text/plain")


def _rate_up(exchange: Exchange, id_task: int) -> str:
    for fail in exchange.fails:
        if fail.id_task == id_task and not fail.returned_at:
            forgive(exchange, fail)
            return "rateup"
    return ""


def _pack(exchange: Exchange, ids: Sequence[int]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for id_article in ids:
            article = exchange.articles[id_article]
            archive.writestr(
                zipfile.ZipInfo(f"{id_article}/text.txt", ZIP_ENTRY_DATE), to_file(article_text(exchange, article))
            )
            for number in range(1, article.images + 1):
                entry = zipfile.ZipInfo(f"{id_article}/{number}.png", ZIP_ENTRY_DATE)
                archive.writestr(entry, base64.b64decode(PICTURE))
    return packed.getvalue()
