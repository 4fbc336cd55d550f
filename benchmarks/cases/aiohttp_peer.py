"""aiohttp and pydantic: ``ClientSession``, ``response.json()``, ``Model(**o)``."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

from benchmarks import pages
from benchmarks.cases import models, pydantic_peer, requested


async def _post(session: aiohttp.ClientSession, url: str, what: requested.Request) -> Any:
    async with session.post(
        url + what.path, params=what.query, data=what.form, headers=what.headers, raise_for_status=True
    ) as answer:
        return await answer.json(content_type=None)


async def _new_session(**settings: Any) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(**settings))  # it wants a running loop


def call(url: str, folder: str, what: str) -> Callable[[int], None]:
    """One call, read into models."""
    loop, request = asyncio.new_event_loop(), requested.REQUESTS[what]
    session = loop.run_until_complete(_new_session())
    model = pydantic_peer.model_of(folder, request.page)

    async def several(times: int) -> None:
        for _ in range(times):
            data = await _post(session, url, request)
            if request.page == "balance":
                model(**data)
            else:
                [model(**row) for row in models.rows_of(request.page, data)]

    return lambda times: loop.run_until_complete(several(times))


def new_connections(url: str, bundle: str) -> Callable[[int], None]:
    """Calls to a server that closes every connection after its answer."""
    loop = asyncio.new_event_loop()
    session = loop.run_until_complete(_new_session(ssl=ssl.create_default_context(cafile=bundle)))

    async def several(times: int) -> None:
        for _ in range(times):
            await _post(session, url, requested.REQUESTS["balance"])

    return lambda times: loop.run_until_complete(several(times))


def many_pages(url: str, bundle: str, folder: str, workers: int, *, as_models: bool = True) -> Callable[[int], None]:
    """All pages, several at once, in models or as plain data, from a session that has no connection yet."""
    loop = asyncio.new_event_loop()
    model = pydantic_peer.model_of(folder, "kworks-app")

    async def fetch(session: aiohttp.ClientSession, gate: asyncio.Semaphore, number: int) -> list[Any]:
        async with gate:
            rows = models.rows_of("kworks-app", await _post(session, url, requested.catalogue(number)))
            return [model(**row) for row in rows] if as_models else rows

    async def everything() -> None:
        gate = asyncio.Semaphore(workers)
        async with await _new_session(ssl=ssl.create_default_context(cafile=bundle), limit=workers) as session:
            found = await asyncio.gather(*(fetch(session, gate, number) for number in range(1, pages.PAGES + 1)))
        assert sum(map(len, found)) == pages.PAGES * pages.KWORKS

    def run(times: int) -> None:
        for _ in range(times):
            loop.run_until_complete(everything())

    return run
