"""The SDK: whole calls, as a user makes them, with limiter, retries, events and signature."""

from __future__ import annotations

import concurrent.futures
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.cases.limiter_places import FAST_RULE
from kwork_etxt_sdk import CallOptions, EtxtClient, KworkClient, Limits
from kwork_etxt_sdk.transport.events import Event


class _Listener:
    """What a user's progress display would do with events."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _event: Event) -> None:
        self.count += 1


def limits(share: str) -> Limits:
    """Return limits that are kept in memory, or in a file as they are by default."""
    if share == "process":
        return Limits(default=FAST_RULE, share="process")
    return Limits(default=FAST_RULE, state_dir=Path(tempfile.mkdtemp(prefix="bench-limits-")))


def etxt_client(url: str, share: str = "machine", bundle: str = "") -> EtxtClient:
    """Return a client of eTXT."""
    return EtxtClient(
        "0123456789abcdef",
        "password",
        base_url=url,
        limits=limits(share),
        verify=bundle or True,
        options=CallOptions(on_event=_Listener()),
    )


def kwork_client(url: str, share: str = "machine", bundle: str = "") -> KworkClient:
    """Return a client of Kwork on the wire of the live service."""
    return KworkClient(
        "0123456789abcdef",
        app_authorization="Basic ZGVtbzpkZW1v",
        wire="app",
        base_url=url,
        limits=limits(share),
        verify=bundle or True,
        options=CallOptions(on_event=_Listener()),
    )


def small(url: str, share: str = "machine") -> Callable[[int], None]:
    """A small signed call: your balance at eTXT."""
    client = etxt_client(f"{url}/api/json/", share)
    assert client.users.get_balance().balance

    def run(times: int) -> None:
        for _ in range(times):
            client.users.get_balance()

    return run


def sandbox(url: str, token: str, api_pass: str) -> Callable[[int], None]:
    """A small signed call to the sandbox, which checks the signature."""
    client = EtxtClient(
        token, api_pass, base_url=url, limits=limits("machine"), options=CallOptions(on_event=_Listener())
    )
    assert client.users.get_balance().balance is not None

    def run(times: int) -> None:
        for _ in range(times):
            client.users.get_balance()

    return run


def offline(url: str) -> Callable[[int], None]:
    """A small call at Kwork."""
    client = kwork_client(url)
    client.other.go_offline()

    def run(times: int) -> None:
        for _ in range(times):
            client.other.go_offline()

    return run


def page(url: str, site: str) -> Callable[[int], None]:
    """A whole page: of Kwork's catalogue, of its projects, or of your orders at eTXT."""
    fetch: Callable[[], Any]
    if site == "orders":
        tasks = etxt_client(f"{url}/api/json/").tasks
        fetch = lambda: tasks.list_tasks().page(1).items  # noqa: E731
    elif site == "projects":
        projects = kwork_client(url).projects
        fetch = lambda: projects.get_list().projects  # noqa: E731
    else:
        catalog = kwork_client(url).catalog
        fetch = lambda: catalog.get_list().kworks  # noqa: E731
    assert len(fetch()) in (pages.KWORKS, pages.ORDERS)

    def run(times: int) -> None:
        for _ in range(times):
            fetch()

    return run


def new_connections(url: str, bundle: str) -> Callable[[int], None]:
    """Calls to a server that closes every connection after its answer."""
    client = etxt_client(f"{url}/api/json/", bundle=bundle)
    client.users.get_balance()

    def run(times: int) -> None:
        for _ in range(times):
            client.users.get_balance()

    return run


def many_pages(url: str, bundle: str, workers: int, expected: int | None = None) -> Callable[[int], None]:
    """All pages of the catalogue, several at once, in order, from a client that has no connection yet."""

    def run(times: int) -> None:
        for _ in range(times):
            with kwork_client(url, bundle=bundle) as client:
                walk = client.catalog.iter_list().prefetch(workers, expected_pages=expected)
                found = sum(1 for _ in walk)
            assert found == pages.PAGES * pages.KWORKS, f"{found} items"

    return run


def many_pages_of_data(url: str, bundle: str, workers: int) -> Callable[[int], None]:
    """The same pages as plain data, without models, by hand on a thread pool."""
    from kwork_etxt_sdk import Effect

    def run(times: int) -> None:
        for _ in range(times):
            with kwork_client(url, bundle=bundle) as client, concurrent.futures.ThreadPoolExecutor(workers) as pool:

                def fetch(number: int, client: KworkClient = client) -> Any:
                    return client.call("kworks", {"page": number}, effect=Effect.READ)

                found = sum(len(data["kworks"]) for data in pool.map(fetch, range(1, pages.PAGES + 1)))
            assert found == pages.PAGES * pages.KWORKS, f"{found} items"

    return run


def uneven_pages(url: str, workers: int) -> Callable[[int], None]:
    """Pages that take 40 to 250 ms, prefetched by the pager."""
    client = kwork_client(url)

    def run(times: int) -> None:
        for _ in range(times):
            found = sum(1 for _ in client.catalog.iter_list().prefetch(workers=workers))
            assert found == pages.PAGES * pages.KWORKS, f"{found} items"

    return run


def uneven_pages_by_map(url: str, workers: int) -> Callable[[int], None]:
    """The same pages by ``pool.map``, which asks for all of them at once and keeps what came too early."""
    client = kwork_client(url)

    def run(times: int) -> None:
        for _ in range(times):
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                answers = pool.map(client.catalog.get_list, range(1, pages.PAGES + 1))
                found = sum(len(answer.kworks) for answer in answers)
            assert found == pages.PAGES * pages.KWORKS, f"{found} items"

    return run


def download(url: str, folder: str) -> Callable[[int], None]:
    """A file to disk, whole or not at all."""
    client = etxt_client(f"{url}/api/json/")
    path = Path(folder) / "sdk.download"

    def run(times: int) -> None:
        for _ in range(times):
            client.files.save(f"{url}/big.bin", path)
            path.unlink()

    return run
