"""Whole calls, one after the other."""

from __future__ import annotations

from benchmarks.harness import Case, Group
from benchmarks.rows import Row, Section, Site

_SMALL = "half of it is requests, urllib3 and the system; signing, events, retries and limiter are the rest"
_PAGE = "reading the page is most of it: see above"
_HANDSHAKE = "the handshake itself is most of it, the same for all"


def sections(site: Site) -> list[Section]:
    """Return the sections of this module."""
    url, folder = site.url("http"), str(site.folder)
    return [
        _small(url, folder),
        _sandbox(site),
        _pages(url, folder),
        _connections(site.url("one call"), site.servers.bundle),
    ]


def _small(url: str, folder: str) -> Section:
    peer = {"url": url, "folder": folder, "what": "balance"}
    parts = {
        "small": Case("sdk", "sdk_calls:small", {"url": url}),
        "small in memory": Case("sdk", "sdk_calls:small", {"url": url, "share": "process"}),
        "small requests": Case("sdk", "requests_plain:call", {"url": url, "what": "balance"}),
        "small raw": Case("sdk", "raw_socket:call", {"url": url, "what": "balance"}),
        "small httpx": Case("httpx", "httpx_peer:call", peer),
        "small aiohttp": Case("aiohttp", "aiohttp_peer:call", peer),
        "offline": Case("sdk", "sdk_calls:offline", {"url": url}),
        "offline package": Case("kwork", "kwork_package:offline", {"url": url}),
    }
    rows = [
        Row(
            "small call, signed, limiter in a file",
            "small",
            "small requests",
            "requests.Session",
            target=0.45,
            why=_SMALL,
            others={"limiter in memory": "small in memory", "bare socket": "small raw"},
        ),
        Row(
            "small call, signed, limiter in a file",
            "small",
            "small httpx",
            "httpx and pydantic",
            target=0.33,
            why=_SMALL,
            others={"limiter in memory": "small in memory", "aiohttp and pydantic": "small aiohttp"},
        ),
        Row("small call, signed, limiter in a file", "small", "small aiohttp", "aiohttp and pydantic"),
        Row("small call at Kwork", "offline", "offline package", "package kwork, no limiter"),
    ]
    return Section("Small calls (CPU)", ("http",), [Group("small calls", parts, (15, 4))], rows)


def _sandbox(site: Site) -> Section:
    arguments = {"url": site.url("sandbox"), **site.servers.credentials}
    parts = {
        "sandbox": Case("sdk", "sdk_calls:sandbox", arguments),
        "sandbox requests": Case("sdk", "requests_plain:sandbox", arguments),
    }
    rows = [
        Row("small call, signed, CPU of the client", "sandbox", "sandbox requests", "requests, signed by hand"),
        Row("small call, signed, wall time", "sandbox", "sandbox requests", "requests, signed by hand", "wall"),
    ]
    return Section("Calls to the sandbox", ("sandbox",), [Group("sandbox", parts, (11, 3))], rows)


def _pages(url: str, folder: str) -> Section:
    groups, rows = [], []
    for page, words, target in (("kworks", "Kwork page", 0.55), ("orders", "eTXT page", 0.7)):
        peer = {"url": url, "folder": folder, "what": page}
        parts = {
            page: Case("sdk", "sdk_calls:page", {"url": url, "site": page}),
            f"{page} fast": Case("fast", "sdk_calls:page", {"url": url, "site": page}),
            f"{page} httpx": Case("httpx", "httpx_peer:call", peer),
            f"{page} aiohttp": Case("aiohttp", "aiohttp_peer:call", peer),
            f"{page} requests": Case("sdk", "requests_plain:call", {"url": url, "what": page}),
            f"{page} raw": Case("sdk", "raw_socket:call", {"url": url, "what": page}),
        }
        others = {
            "extra fast": f"{page} fast",
            "aiohttp and pydantic": f"{page} aiohttp",
            "requests, no models": f"{page} requests",
            "bare socket, no models": f"{page} raw",
        }
        groups.append(Group(f"{words}: calls", parts, (11, 3)))
        rows.append(
            Row(
                f"{words}, whole call",
                page,
                f"{page} httpx",
                "httpx and pydantic",
                target=target,
                others=others,
                why=_PAGE,
            )
        )
    groups.append(
        Group(
            "projects: calls",
            {
                "projects": Case("sdk", "sdk_calls:page", {"url": url, "site": "projects"}),
                "projects package": Case("kwork", "kwork_package:projects", {"url": url}),
            },
            (11, 3),
        )
    )
    rows.append(Row("page of projects, whole call", "projects", "projects package", "package kwork, no limiter"))
    return Section("Calls for a page (CPU)", ("http",), groups, rows)


def _connections(url: str, bundle: str) -> Section:
    arguments = {"url": url, "bundle": bundle}
    parts = {
        "connection": Case("sdk", "sdk_calls:new_connections", arguments),
        "connection requests": Case("sdk", "requests_plain:new_connections", arguments),
        "connection httpx": Case("httpx", "httpx_peer:new_connections", arguments),
        "connection aiohttp": Case("aiohttp", "aiohttp_peer:new_connections", arguments),
    }
    row = Row(
        "small call on a new TLS connection, after the first",
        "connection",
        "connection requests",
        "requests.Session",
        target=0.1,
        why=_HANDSHAKE,
        others={"httpx": "connection httpx", "aiohttp": "connection aiohttp"},
    )
    return Section("New connections (CPU)", ("one call",), [Group("new connections", parts, (11, 3))], [row])
