"""Two runs at once: the second says so; and even if both run, nothing doubles."""

from __future__ import annotations

import contextlib
import threading

import pytest

from kwork_etxt_sdk.exclusive import AlreadyRunningError, only_run
from kwork_etxt_sdk.sync import mirror, mirroring
from tests.support import mirrors

WHAT = ("orders", "texts", "articles", "statement", "messages", "news")


def test_the_second_does_nothing_and_says_so(box, etxt, tmp_path):
    path = tmp_path / "mirror.db"
    with only_run(path, "the mirror"), pytest.raises(AlreadyRunningError, match="another run works on the mirror"):
        mirror(etxt, path, WHAT)

    assert (box.calls, path.exists()) == ([], False)


def both_at_once(etxt, path, count, monkeypatch):
    """Let several runs work on a mirror at the same time, as if the lock had been lost."""
    monkeypatch.setattr(mirroring, "only_run", lambda *_, **__: contextlib.nullcontext())
    failures = []
    together = threading.Barrier(count)

    def run():
        together.wait()
        try:
            mirror(etxt, path, WHAT)
        except Exception as failure:  # noqa: BLE001 - looked at below
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def compare(box, etxt, place, tmp_path, monkeypatch, *, orders, runs):
    etxt.tasks.paid_task(place(orders)[: orders // 2])
    both_at_once(etxt, tmp_path / "both.db", runs, monkeypatch)
    mirror(etxt, tmp_path / "one.db", WHAT)

    assert mirrors.dump(tmp_path / "both.db") == mirrors.dump(tmp_path / "one.db")
    assert mirrors.files(tmp_path / "both.db") == mirrors.files(tmp_path / "one.db")


def test_without_the_lock_nothing_doubles(box, etxt, place, tmp_path, monkeypatch):
    compare(box, etxt, place, tmp_path, monkeypatch, orders=4, runs=2)


@pytest.mark.slow
def test_two_at_once_again_and_again(box, etxt, place, tmp_path, monkeypatch):
    for number in range(10):
        (tmp_path / str(number)).mkdir()
        compare(box, etxt, place, tmp_path / str(number), monkeypatch, orders=10, runs=3)


@pytest.mark.slow
def test_two_processes_at_once(box, etxt, place, tmp_path):
    etxt.tasks.paid_task(place(20)[:10])
    path = tmp_path / "both.db"
    runs = [mirrors.start(box, "etxt", path, WHAT) for _ in range(2)]
    outcomes = [(run.communicate()[1], run.returncode) for run in runs]

    assert sorted(status for _, status in outcomes) in ([0, 0], [0, 1])
    assert all(status == 0 or "another run works on the mirror" in err for err, status in outcomes)
    mirror(etxt, tmp_path / "one.db", WHAT)
    assert mirrors.dump(path) == mirrors.dump(tmp_path / "one.db")
