"""The walk on several workers: complete, in order, and at one rate."""

from __future__ import annotations

import contextlib
import os
import runpy
import statistics
import subprocess
import sys
import time
import warnings
from collections import Counter, defaultdict

import pytest

from kwork_etxt_sdk import KworkClient
from tests.examples.conftest import EXAMPLES
from tests.support.redis_server import RedisServer

SCRIPT = EXAMPLES / "walk_catalog_with_dask.py"
COUNT = 150


@pytest.fixture
def expected(box):
    """The prices of the first kworks, read one page after the other."""
    prices = defaultdict(list)
    with KworkClient.from_env() as client:
        for kwork in client.catalog.iter_list().limit(COUNT):
            prices[kwork.category_id].append(kwork.price)
    box.clear_calls()
    return dict(prices)


def pages_asked_for(box):
    return Counter(call.params.get("page") for call in box.calls if call.method == "catalogMainv2")


def test_workers_read_the_same_as_one(box, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dask and what it stands on
        distributed = pytest.importorskip("distributed", reason="dask is not installed")
        prices_by_category = runpy.run_path(str(SCRIPT))["prices_by_category"]
        with (
            KworkClient.from_env() as client,
            distributed.Client(
                n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None, protocol="inproc"
            ) as dask,
        ):
            found = prices_by_category(client, dask.get_executor(), 2, COUNT)

    assert found == expected
    assert set(pages_asked_for(box).values()) == {1}


@pytest.mark.slow
def test_processes_share_one_limit_through_redis(box, expected, tmp_path):
    pytest.importorskip("distributed", reason="dask is not installed")
    rate, burst = 0.5, 3  # so slow that limits of their own, three calls at once for each worker, would show
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(RedisServer(tmp_path))
        arguments = ["--limit", COUNT, "--workers", 3, "--rate", rate, "--redis", server.url]
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, SCRIPT, *map(str, arguments)],
            env={**os.environ, "no_proxy": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        took = time.monotonic() - began

    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == sorted(
        f"category {number}: {len(prices)} kworks, median price {statistics.median(prices)}"
        for number, prices in expected.items()
    )
    pages = pages_asked_for(box)
    assert set(pages.values()) == {1}
    assert took > (len(pages) - burst) / rate
