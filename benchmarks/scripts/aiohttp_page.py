"""One page over TLS with aiohttp and the documented client's models, from start to exit."""

import asyncio
import ssl
import sys

import aiohttp
from documented_models import Kwork


async def main() -> None:
    url, bundle = sys.argv[1:]
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=bundle))
    asked = {"page": 1, "sort": "recommend"}
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(f"{url}/catalogMainv2", json=asked) as answer,
    ):
        assert [Kwork(**row) for row in (await answer.json(content_type=None))["kworks"]]


asyncio.run(main())
