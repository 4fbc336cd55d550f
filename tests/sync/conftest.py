from __future__ import annotations

import pytest

from kwork_etxt_sdk.sandbox import Sandbox
from tests.support.box import START


@pytest.fixture
def box():
    """A sandbox whose clock stands still unless a test winds it forward."""
    with Sandbox(speed=0, start_time=START) as box:
        yield box


@pytest.fixture
def etxt(box):
    with box.etxt_client() as client:
        yield client


@pytest.fixture
def place(box, etxt):
    """Place orders; after eight hours their texts are delivered."""

    def place(count, *, hours=8):
        ids = [
            etxt.tasks.save_task(
                f"Обзор {number}", price=60, size=500, category_id=1790, public=True, auto_work=True
            ).task_id
            for number in range(count)
        ]
        box.advance(hours=hours)
        return ids

    return place
