"""Plain requests: one ``Session``, no limiter, no retries, no models."""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from benchmarks import pages
from benchmarks.cases import requested

_CHUNK = 64 * 1024
_TIMEOUT = (5, 30)


def _post(session: requests.Session, url: str, what: requested.Request, **settings: Any) -> Any:
    answer = session.post(
        url + what.path, params=what.query, data=what.form, headers=what.headers, timeout=_TIMEOUT, **settings
    )
    answer.raise_for_status()
    return json.loads(answer.content)


def call(url: str, what: str) -> Callable[[int], None]:
    """One call, parsed."""
    session, request = requests.Session(), requested.REQUESTS[what]

    def run(times: int) -> None:
        for _ in range(times):
            _post(session, url, request)

    return run


def sandbox(url: str, token: str, api_pass: str) -> Callable[[int], None]:
    """One call to the sandbox, signed by hand as the manual says."""
    session = requests.Session()
    password = hashlib.md5((api_pass + "api-pass").encode(), usedforsecurity=False).hexdigest()

    def once() -> Any:
        query = {"method": "users.getBalance", "token": token}
        text = "".join(f"{name}={query[name]}" for name in sorted(query)) + password
        query["sign"] = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        answer = session.post(url, params=query, timeout=_TIMEOUT)
        return json.loads(answer.content)

    assert "balance" in once()

    def run(times: int) -> None:
        for _ in range(times):
            once()

    return run


def new_connections(url: str, bundle: str) -> Callable[[int], None]:
    """Calls to a server that closes every connection after its answer."""
    session, request = requests.Session(), requested.REQUESTS["balance"]

    def run(times: int) -> None:
        for _ in range(times):
            _post(session, url, request, verify=bundle)

    return run


def many_pages(url: str, bundle: str, workers: int) -> Callable[[int], None]:
    """All pages on a thread pool, parsed."""

    def run(times: int) -> None:
        for _ in range(times):
            session = requests.Session()
            session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=workers))
            with session, concurrent.futures.ThreadPoolExecutor(workers) as pool:
                answers = pool.map(
                    lambda number: _post(session, url, requested.catalogue(number), verify=bundle),  # noqa: B023
                    range(1, pages.PAGES + 1),
                )
                assert sum(len(answer["response"]["kworks"]) for answer in answers) == pages.PAGES * pages.KWORKS

    return run


def download(url: str, folder: str) -> Callable[[int], None]:
    """A file to disk, piece by piece."""
    session, path = requests.Session(), Path(folder) / "requests.download"

    def run(times: int) -> None:
        for _ in range(times):
            with session.get(f"{url}/big.bin", stream=True, timeout=_TIMEOUT) as answer, path.open("wb") as sink:
                for piece in answer.iter_content(_CHUNK):
                    sink.write(piece)
            path.unlink()

    return run
