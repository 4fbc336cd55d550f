"""One page over TLS with httpx and the documented client's models, from start to exit."""

import asyncio
import ssl
import sys

import httpx
from documented_models import Kwork


async def main() -> None:
    url, bundle = sys.argv[1:]
    async with httpx.AsyncClient(timeout=30, verify=ssl.create_default_context(cafile=bundle)) as client:
        answer = await client.post(f"{url}/catalogMainv2", json={"page": 1, "sort": "recommend"})
        assert [Kwork(**row) for row in answer.json()["kworks"]]


asyncio.run(main())
