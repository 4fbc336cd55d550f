"""httpx and pydantic, as the documented client uses them: ``AsyncClient``, ``response.json()``, ``Model(**o)``."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import httpx

from benchmarks import pages
from benchmarks.cases import models, pydantic_peer, requested


async def _post(client: httpx.AsyncClient, url: str, what: requested.Request) -> Any:
    answer = await client.post(url + what.path, params=what.query, data=what.form, headers=what.headers)
    answer.raise_for_status()
    return answer.json()


def call(url: str, folder: str, what: str) -> Callable[[int], None]:
    """One call, read into models."""
    loop, client, request = asyncio.new_event_loop(), httpx.AsyncClient(timeout=30), requested.REQUESTS[what]
    model = pydantic_peer.model_of(folder, request.page)

    async def several(times: int) -> None:
        for _ in range(times):
            data = await _post(client, url, request)
            if request.page == "balance":
                model(**data)
            else:
                [model(**row) for row in models.rows_of(request.page, data)]

    return lambda times: loop.run_until_complete(several(times))


def new_connections(url: str, bundle: str) -> Callable[[int], None]:
    """Calls to a server that closes every connection after its answer."""
    context = ssl.create_default_context(cafile=bundle)
    loop, client = asyncio.new_event_loop(), httpx.AsyncClient(timeout=30, verify=context)

    async def several(times: int) -> None:
        for _ in range(times):
            await _post(client, url, requested.REQUESTS["balance"])

    return lambda times: loop.run_until_complete(several(times))


def many_pages(url: str, bundle: str, folder: str, workers: int) -> Callable[[int], None]:
    """All pages, several at once, in models, from a client that has no connection yet."""
    loop = asyncio.new_event_loop()
    model = pydantic_peer.model_of(folder, "kworks-app")

    async def fetch(client: httpx.AsyncClient, gate: asyncio.Semaphore, number: int) -> list[Any]:
        async with gate:
            data = await _post(client, url, requested.catalogue(number))
            return [model(**row) for row in models.rows_of("kworks-app", data)]

    async def everything() -> None:
        gate = asyncio.Semaphore(workers)
        context = ssl.create_default_context(cafile=bundle)
        bounds = httpx.Limits(max_connections=workers, max_keepalive_connections=workers)
        async with httpx.AsyncClient(timeout=60, verify=context, limits=bounds) as client:
            found = await asyncio.gather(*(fetch(client, gate, number) for number in range(1, pages.PAGES + 1)))
        assert sum(map(len, found)) == pages.PAGES * pages.KWORKS

    def run(times: int) -> None:
        for _ in range(times):
            loop.run_until_complete(everything())

    return run
