"""Read a large part of Kwork's catalogue on several workers at once, and show the median price of each category.

    python examples/walk_catalog_with_dask.py --limit 2000 --workers 4 --redis redis://localhost:6379/0
    python examples/walk_catalog_with_dask.py --scheduler tcp://10.0.0.5:8786 --redis redis://10.0.0.5:6379/0

Workers are processes of this machine, or those of the Dask cluster whose scheduler is named. Each fetches pages with a
copy of the client; the pages come back in order, and no item comes twice. However many workers there are, all calls
take their turn from one rate limit, which is kept in Redis: more workers never mean more calls a second, but slow
answers no longer add up. Without --redis the workers of one machine share a limit by a file.

The copies take the sign-in along (with_pickled_secrets): use a cluster of your own, over a network of your own.

Needs: pip install 'dask[distributed]' 'kwork-etxt-sdk[redis]'. Credentials: KWORK_TOKEN, or KWORK_LOGIN and
KWORK_PASSWORD. To try it without an account, in the sandbox:

    import os, subprocess, sys
    from kwork_etxt_sdk.sandbox import Sandbox

    with Sandbox() as box:
        command = [sys.executable, "examples/walk_catalog_with_dask.py", "--limit", "200", "--workers", "2"]
        subprocess.run(command, env={**os.environ, **box.environment()}, check=True)
"""

import argparse
import contextlib
import statistics
import sys
from collections import defaultdict
from concurrent.futures import Executor
from decimal import Decimal

from kwork_etxt_sdk import Effect, KworkClient, Limits, RedisShare, Rule, SdkError


def prices_by_category(client: KworkClient, executor: Executor, workers: int, most: int) -> dict[int, list[Decimal]]:
    """Return the prices in each category, read by the workers of an executor."""
    catalog = client.with_pickled_secrets().catalog.iter_list().limit(most)
    prices = defaultdict(list)
    for kwork in catalog.prefetch(workers, executor=executor):
        if kwork.category_id is not None and kwork.price is not None:
            prices[kwork.category_id].append(kwork.price)
    return prices


def main() -> int:
    parser = argparse.ArgumentParser(description="Read Kwork's catalogue on several workers; show median prices.")
    parser.add_argument("--limit", type=int, default=1000, metavar="N", help="the first N kworks (default: 1000)")
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="calls at once (default: 4)")
    parser.add_argument("--redis", metavar="URL", help="where all workers share the rate limit")
    parser.add_argument("--rate", type=float, metavar="CALLS", help="calls a second of all together (default: 1)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster (default: processes of this machine)")
    arguments = parser.parse_args()
    if arguments.scheduler and not arguments.redis:
        parser.error("workers on several machines share the rate limit through Redis: name it with --redis")

    from dask.distributed import Client, LocalCluster

    limits = None
    if arguments.redis or arguments.rate:
        rule = Rule(period=1 / arguments.rate, burst=3) if arguments.rate else Rule(period=1.0, burst=3)
        limits = Limits(default=rule, share=RedisShare(arguments.redis) if arguments.redis else "machine")
    try:
        with contextlib.ExitStack() as stack:
            signed_in = stack.enter_context(KworkClient.from_env(limits=limits))
            cluster = arguments.scheduler or stack.enter_context(
                LocalCluster(n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None)
            )
            dask = stack.enter_context(Client(cluster))
            client = signed_in.with_options(allow=Effect.READ)
            prices = prices_by_category(client, dask.get_executor(), arguments.workers, arguments.limit)
    except SdkError as error:
        print(error, file=sys.stderr)
        return 1
    for category_id, found in sorted(prices.items(), key=lambda item: -len(item[1])):
        print(f"category {category_id}: {len(found)} kworks, median price {statistics.median(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
