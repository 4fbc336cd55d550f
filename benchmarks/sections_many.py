"""Many pages at once, long lists, large files."""

from __future__ import annotations

from benchmarks import pages
from benchmarks.environments import ROOT
from benchmarks.harness import Case, Group, Program
from benchmarks.latency import LATENCY
from benchmarks.rows import Row, Section, Site

_SCRIPTS = ROOT / "benchmarks" / "scripts"
#: At how many at once, and what should come out against aiohttp and against the ideal.
_AT_ONCE = ((16, 0.9, 1.1), (32, 0.8, 1.1))
_UNEVEN_WORKERS = 8
_BARE = "bare sockets that only read bytes need almost as long: see the next row"
_NEARLY_BARE = "handshakes and pages share one core with whatever else a client does"


def sections(site: Site) -> list[Section]:
    """Return the sections of this module."""
    return [_at_once(site), _uneven(site), _long(site), _downloads(site)]


def _at_once(site: Site) -> Section:
    groups, rows = [], []
    for workers, target, ideal_target in _AT_ONCE:
        arguments = {"url": site.url("late"), "bundle": site.servers.bundle, "workers": workers}
        peer = {**arguments, "folder": str(site.folder)}
        parts = {
            f"{workers} sdk": Case("sdk", "sdk_calls:many_pages", {**arguments, "expected": pages.PAGES}, times=1),
            f"{workers} untold": Case("sdk", "sdk_calls:many_pages", arguments, times=1),
            f"{workers} data": Case("sdk", "sdk_calls:many_pages_of_data", arguments, times=1),
            f"{workers} requests": Case("sdk", "requests_plain:many_pages", arguments, times=1),
            f"{workers} aiohttp": Case("aiohttp", "aiohttp_peer:many_pages", peer, times=1),
            f"{workers} aiohttp data": Case("aiohttp", "aiohttp_peer:many_pages", peer | {"as_models": False}, times=1),
            f"{workers} httpx": Case("httpx", "httpx_peer:many_pages", peer, times=1),
            f"{workers} raw": Case("sdk", "raw_socket:many_pages", arguments, times=1),
        }
        groups.append(Group(f"{pages.PAGES} pages, {workers} at once", parts, (5, 1)))
        work = f"{pages.PAGES} pages over TLS, 100 ms latency, {workers} at once, from cold"
        compared = {
            "httpx": f"{workers} httpx",
            "requests on threads, no models": f"{workers} requests",
        }
        unexpected = {"sdk, without expected_pages": f"{workers} untold"}
        rows += [
            Row(
                work,
                f"{workers} sdk",
                f"{workers} aiohttp",
                "aiohttp and pydantic",
                "wall",
                target,
                {**unexpected, **compared},
                why=_BARE,
            ),
            Row(
                work,
                f"{workers} sdk",
                LATENCY * -(-pages.PAGES // workers),
                "ideal",
                "wall",
                ideal_target,
                {
                    **unexpected,
                    "aiohttp": f"{workers} aiohttp",
                    **compared,
                    "bare sockets, bytes only": f"{workers} raw",
                },
                why=_NEARLY_BARE,
            ),
            Row(f"{work}: CPU", f"{workers} sdk", f"{workers} aiohttp", "aiohttp and pydantic", others=compared),
            Row(f"{work}, no models", f"{workers} data", f"{workers} aiohttp data", "aiohttp, no models", "wall"),
        ]
    return Section("Many pages at once (wall time, where nothing else is said)", ("late",), groups, rows)


def _uneven(site: Site) -> Section:
    arguments = {"url": site.url("late uneven"), "workers": _UNEVEN_WORKERS}
    parts = {
        "prefetch": Case("sdk", "sdk_calls:uneven_pages", arguments, times=1),
        "pool.map": Case("sdk", "sdk_calls:uneven_pages_by_map", arguments, times=1),
    }
    row = Row(
        f"{pages.PAGES} pages of uneven latency (40 to 250 ms), {_UNEVEN_WORKERS} at once, in order",
        "prefetch",
        "pool.map",
        "pool.map, unbounded",
        "wall",
        1.1,
    )
    return Section("Prefetch (wall time)", ("late uneven",), [Group("uneven pages", parts, (3, 1))], [row])


def _long(site: Site) -> Section:
    few, many = 10_000, 100_000 if site.quick else 1_000_000
    walk = str(_SCRIPTS / "walk.py")
    parts = {
        "few orders": Program("sdk", (walk, site.url("orders"), str(few))),
        "many orders": Program("sdk", (walk, site.url("orders"), str(many)), warm=False),
    }
    row = Row(
        f"{many:,} orders through a pager, none kept",
        "many orders",
        "few orders",
        f"{few:,} orders",
        "peak",
        1.1,
    )
    return Section("Long lists (peak memory of the process)", ("orders",), [Group("long lists", parts, (1, 1))], [row])


def _downloads(site: Site) -> Section:
    arguments = {"url": site.url("http"), "folder": str(site.folder)}
    parts: dict[str, Case | Program] = {
        "download": Case("sdk", "sdk_calls:download", arguments, times=1),
        "download requests": Case("sdk", "requests_plain:download", arguments, times=1),
    }
    fetch, target = str(_SCRIPTS / "fetch.py"), str(site.folder / "fetched")
    memory = {
        "large file": Program("sdk", (fetch, f"{site.url('http')}/big.bin", target)),
        "small file": Program("sdk", (fetch, f"{site.url('http')}/small.bin", target)),
    }
    size = f"{site.big_file_bytes >> 20} MiB"
    rows = [
        Row(f"file of {size} to disk, wall time", "download", "download requests", "requests, in pieces", "wall"),
        Row(f"file of {size} to disk, CPU", "download", "download requests", "requests, in pieces"),
        Row(f"file of {size} to disk, peak memory of the process", "large file", "small file", "1 MiB", "peak"),
    ]
    groups = [Group("downloads", parts, (7, 2)), Group("memory of downloads", memory, (3, 1))]
    return Section("Downloads", ("http",), groups, rows)
