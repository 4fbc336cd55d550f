"""The package ``kwork`` from the registry, sent to our server: aiohttp, and the pydantic that it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from kwork import Kwork

from benchmarks import pages


def _client(url: str) -> tuple[asyncio.AbstractEventLoop, Any]:
    loop = asyncio.new_event_loop()

    async def make() -> Any:
        client = Kwork("demo", "demo")  # it wants a running loop
        client.host = url + "/{}"
        client._token = "0123456789abcdef"
        return client

    return loop, loop.run_until_complete(make())


def offline(url: str) -> Callable[[int], None]:
    """A small call."""
    loop, client = _client(url)

    async def several(times: int) -> None:
        for _ in range(times):
            assert (await client.set_offline())["success"]

    return lambda times: loop.run_until_complete(several(times))


def projects(url: str) -> Callable[[int], None]:
    """A page of projects."""
    loop, client = _client(url)

    async def several(times: int) -> None:
        for _ in range(times):
            assert len(await client.get_projects([41])) == pages.PROJECTS

    return lambda times: loop.run_until_complete(several(times))
