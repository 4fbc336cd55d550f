"""What tests of ``sync`` look at: the content of a mirror, and runs in processes of their own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

from kwork_etxt_sdk.sandbox.etxt import orders as sandbox_orders

#: When a run did something, and how many walks there were, differs between runs that mirror the same.
OF_THE_RUN = {"first_seen_at", "changed_at", "last_seen_at", "done_at", "whole_at", "walk", "done_walk", "floor"}

#: A run that says when it begins to call, so that it can be killed in the middle.
PROGRAM = """
import sys
from kwork_etxt_sdk.config import open_client
from kwork_etxt_sdk.sync import mirror
site, path, what = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
with open_client(site) as client:
    print("ready", flush=True)
    print(mirror(client, path, what), flush=True)
"""


def dump(path):
    """Everything in a mirror, times of the run aside."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        return {
            name: sorted(
                (
                    tuple(
                        (column, bool(row[column]) if column == "gone_at" else row[column])
                        for column in row.keys()  # noqa: SIM118 - a Row is no dict
                        if column not in OF_THE_RUN
                    )
                    for row in connection.execute(f'SELECT * FROM "{name}"')
                ),
                key=repr,
            )
            for name in names
        }


def files(path):
    """The text files beside a mirror, with what is in them."""
    folder = Path(path).with_suffix(".files")
    found = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in found}


def start(box, site, path, what, **environment):
    """Start a run in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, site, str(path), ",".join(what)],
        env={**os.environ, **box.environment(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill(process):
    """Kill a run as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


def rows(path, sql, *parameters):
    """The rows of a query."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, parameters).fetchall()


def calls(box):
    """How often each method was called; all downloads of texts together."""
    return Counter("file" if call.service == "files" else call.method for call in box.calls)


def offsets(box, method):
    """From where the pages were that a list was asked for; looking for a single order does not count."""
    return [int(call.params.get("from", 0)) for call in box.calls if call.method == method and "id" not in call.params]


def add_done_orders(box, count):
    """Put finished orders into the sandbox, without authors; return their ids."""
    with box.lock:
        exchange = box.exchange
        ids = []
        for number in range(count):
            order = sandbox_orders.Order(
                id=exchange.next_id("order"),
                title=f"Готовый заказ {number}",
                price=exchange.account.total / 1000,
                price_type=sandbox_orders.PER_THOUSAND,
                size=1000,
                id_category=1790,
                date=exchange.now,
                deadline=exchange.now + 1000,
                status=sandbox_orders.DONE,
                end_date=exchange.now,
            )
            exchange.orders[order.id] = order
            ids.append(order.id)
    return ids
