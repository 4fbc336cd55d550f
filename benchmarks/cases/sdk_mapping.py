"""The SDK: from answers to models, by the very steps of a call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from benchmarks import pages
from benchmarks.cases import kept, models
from kwork_etxt_sdk import EtxtClient, KworkClient
from kwork_etxt_sdk.etxt.tasks import LIST_TASKS
from kwork_etxt_sdk.kwork.catalog import GET_LIST
from kwork_etxt_sdk.mapping import default_converter
from kwork_etxt_sdk.transport.exchange import Answered, Market, Reply

_NOWHERE = "http://127.0.0.1:1/"


def _market_of(page: str) -> tuple[Market, Any]:
    if page.startswith("orders"):
        return EtxtClient("token", "password", base_url=_NOWHERE)._market, LIST_TASKS
    if page in {"kworks-app", "kworks-news"}:
        return KworkClient("token", app_authorization="Basic x", wire="app", base_url=_NOWHERE)._market, GET_LIST
    return KworkClient("token", base_url=_NOWHERE)._market, GET_LIST


def _reader(folder: str, page: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Return what opens the envelope, and what makes models of the data in it."""
    market, endpoint = _market_of(page)
    converter = default_converter()
    reply = Reply(status=200, headers={}, body=models.body_of(folder, page), url=_NOWHERE, cookies={}, seconds=0.0)

    def read() -> Any:
        reading = market.read(endpoint, reply)
        assert isinstance(reading, Answered), reading
        return reading.data

    return read, lambda data: market.convert(endpoint, data, converter, "raise")


def _check(page: str, made: Any) -> None:
    wanted = pages.ORDERS if page.startswith("orders") else pages.KWORKS
    found = made if page.startswith("orders") else made.kworks
    assert len(found) == wanted, f"{len(found)} models of {wanted}"
    assert bool(found[0].extra) == models.has_news(page), f"unknown fields: {found[0].extra}"


def from_dicts(folder: str, page: str) -> Callable[[int], None]:
    """What was parsed, to models: shape of the wire, aliases, codes, unknown fields, each item by itself."""
    read, convert = _reader(folder, page)
    data = read()
    _check(page, convert(data))

    def run(times: int) -> None:
        for _ in range(times):
            convert(data)

    return run


def from_bytes(folder: str, page: str) -> Callable[[int], None]:
    """The body of an answer to models, envelope included."""
    read, convert = _reader(folder, page)

    def run(times: int) -> None:
        for _ in range(times):
            convert(read())

    return run


def page_kept(folder: str, page: str) -> Callable[[int], dict[str, float]]:
    """A page of models in memory."""
    read, convert = _reader(folder, page)
    return kept.runner(lambda: convert(read()))


def many_items(folder: str, count: int) -> Callable[[int], None]:
    """As many models of eTXT's orders in one list as there are, made of the same hundred dicts."""
    from kwork_etxt_sdk.etxt.models.tasks import Task

    rows = json.loads(models.body_of(folder, "orders"))
    data = [rows[index % len(rows)] for index in range(count)]
    converter = default_converter()
    converter.structure(rows, list[Task])

    def run(times: int) -> None:
        for _ in range(times):
            converter.structure(data, list[Task])

    return run
