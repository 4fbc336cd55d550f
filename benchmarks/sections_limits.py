"""The limiter, and how things grow."""

from __future__ import annotations

import os

from benchmarks.harness import Case, Group
from benchmarks.rows import Row, Section, Site

#: So that times are told in microseconds.
_MICROSECOND = 1e-6
_THREADS = (1, 4, 16, 64, 256)
_PROCESSES = (1, 2, 4, 8)
#: Items that are compared with the largest number; per item a page of a hundred is where it is easy.
_ITEMS = (1, 10, 100, 1_000, 10_000, 100_000)


def sections(site: Site) -> list[Section]:
    """Return the sections of this module."""
    return [_acquire(site), _redis(site), _items(site), _crowds(site), _keys(site)]


def _acquire(site: Site) -> Section:
    parts = {
        "memory": Case("sdk", "limiters:acquire", {"where": "memory"}),
        "8 threads": Case("sdk", "limiters:threads", {"count": 8}),
        "file": Case("sdk", "limiters:acquire", {"where": "file", "folder": str(site.folder / "state")}),
    }
    rows = [
        Row(
            "limiter.acquire, in memory, 8 threads",
            "8 threads",
            _MICROSECOND,
            "(microseconds)",
            target=5.0,
            others={"1 thread": "memory"},
        ),
        Row("limiter.acquire, state file", "file", _MICROSECOND, "(microseconds)", target=30.0),
    ]
    return Section("The limiter (CPU)", ("files",), [Group("limiter", parts, (11, 3))], rows)


def _redis(site: Site) -> Section:
    url = site.url("redis")
    parts = {
        "redis": Case("sdk", "limiters:acquire", {"where": "redis", "url": url}),
        "bare redis": Case("sdk", "limiters:bare_redis", {"url": url}),
    }
    row = Row("limiter.acquire, Redis", "redis", "bare redis", "bare round trip (GET)", "wall", 1.5)
    return Section("The limiter in Redis (wall time)", ("redis",), [Group("Redis", parts, (11, 3))], [row])


def _items(site: Site) -> Section:
    counts = _ITEMS if site.quick else (*_ITEMS, 1_000_000)
    parts = {
        f"{count:,} items": Case(
            "sdk",
            "sdk_mapping:many_items",
            {"folder": str(site.folder), "count": count},
            times=1 if count >= _ITEMS[-1] else None,
        )
        for count in counts
    }
    most = f"{counts[-1]:,} items"
    base = "100 items"
    row = Row(
        f"{most} mapped into one list, per item",
        most,
        base,
        f"{base}, per item",
        others={name: name for name in parts if name not in (most, base)},
        per={f"{count:,} items": count for count in counts},
    )
    return Section("Growth: items (CPU)", ("files",), [Group("items", parts, (2, 1))], [row])


def _crowds(site: Site) -> Section:
    crowd = {f"{count} threads": Case("sdk", "limiters:threads", {"count": count}) for count in _THREADS}
    folder = str(site.folder / "crowd")
    crowd_at_file = {
        f"{count} processes": Case("sdk", "limiters:processes", {"count": count, "folder": folder}, times=8_000)
        for count in _PROCESSES
    }
    cores = os.cpu_count()
    rows = [
        Row(
            "256 threads at one limiter, per acquire",
            "256 threads",
            "1 threads",
            "1 thread",
            others={f"{count} threads": f"{count} threads" for count in _THREADS[1:-1]},
        ),
        Row(
            f"8 processes at one state file, {cores} cores, per acquire, wall time",
            "8 processes",
            "1 processes",
            "1 process",
            "wall",
            others={f"{count} processes": f"{count} processes" for count in _PROCESSES[1:-1]},
        ),
    ]
    groups = [Group("threads", crowd, (7, 2)), Group("processes", crowd_at_file, (3, 1))]
    return Section("Growth: threads and processes", ("files",), groups, rows)


def _keys(site: Site) -> Section:
    few, many = 1_000, 10_000 if site.quick else 1_000_000
    folder = str(site.folder)
    parts = {
        f"{what} {count}": Case("sdk", f"limiters:{function}", {"keys": count, "folder": folder})
        for what, function in (("file", "file_with_keys"), ("journal", "journal_with_keys"))
        for count in (few, many)
    }
    rows = [
        Row(f"{words} with {many:,} keys", f"{what} {many}", f"{what} {few}", f"{few:,} keys", "wall")
        for what, words in (
            ("file", "limiter.acquire, state folder"),
            ("journal", "a call noted in the journal and marked done,"),
        )
    ]
    return Section("Growth: keys (wall time)", ("files",), [Group("keys", parts, (7, 2))], rows)
