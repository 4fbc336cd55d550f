"""A run that is killed at any moment and started again ends with the same mirror as one that never was."""

from __future__ import annotations

import random
import threading

import pytest

from kwork_etxt_sdk.sync import mirror
from tests.support import mirrors

ETXT = ("orders", "texts", "articles", "statement", "messages", "news")
KWORK = ("orders", "dialogs", "messages", "offers", "kworks", "projects")


def kill_after(box, calls, process):
    """Kill a run once it has made so many calls, or let it end."""
    while process.poll() is None and len(box.calls) < calls:
        threading.Event().wait(0.002)
    mirrors.kill(process)


def killed_and_clean(box, client, tmp_path, moments, *, site="etxt", what=ETXT, **environment):
    """Two mirrors of the same: one was killed at these numbers of calls, the other was not."""
    killed, clean = tmp_path / "killed.db", tmp_path / "clean.db"
    for calls in moments:
        box.clear_calls()
        kill_after(box, calls, mirrors.start(box, site, killed, what, **environment))
    assert mirror(client, killed, what).is_complete
    mirror(client, clean, what)
    return killed, clean


def test_three_times(box, etxt, place, tmp_path):
    etxt.tasks.paid_task(place(6)[:3])

    killed, clean = killed_and_clean(box, etxt, tmp_path, [1, 7, 12])

    assert mirrors.dump(killed) == mirrors.dump(clean)
    assert mirrors.files(killed) == mirrors.files(clean)
    assert len(mirrors.files(clean)) == 6 + 3 + 1 + 3  # orders, those in the archive (one with an attachment), articles


# Five times ten: a test may take two minutes, and on a busy machine a program takes seconds to start.
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_fifty_times(box, etxt, place, tmp_path, seed):
    etxt.tasks.paid_task(place(30)[:20])
    draw = random.Random(seed)

    killed, clean = killed_and_clean(box, etxt, tmp_path, [draw.randint(0, 40) for _ in range(10)])

    assert mirrors.dump(killed) == mirrors.dump(clean)
    assert mirrors.files(killed) == mirrors.files(clean)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_kwork_too(box, tmp_path, seed):
    draw = random.Random(seed)
    app = {"KWORK_WIRE": "app", "KWORK_APP_AUTHORIZATION": box.kwork_app_authorization}
    with box.kwork_client(wire="app") as client:
        moments = [draw.randint(0, 50) for _ in range(10)]
        killed, clean = killed_and_clean(box, client, tmp_path, moments, site="kwork", what=KWORK, **app)

    assert mirrors.dump(killed) == mirrors.dump(clean)
