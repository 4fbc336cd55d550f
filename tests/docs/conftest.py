from __future__ import annotations

import socket
import sys
import threading

import pytest

from kwork_etxt_sdk import EtxtClient
from kwork_etxt_sdk.sandbox import Sandbox
from tests.docs.pages import ROOT

sys.path.insert(0, str(ROOT / "docs" / "_ext"))


@pytest.fixture
def box(monkeypatch, tmp_path):
    """A sandbox to which the environment points, with time standing still; the current folder is empty."""
    with Sandbox(speed=0) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.chdir(tmp_path)
        yield box


@pytest.fixture
def orders_in_review(box):
    """The ids of three orders whose texts were delivered and wait for a decision."""
    with EtxtClient.from_env() as client:
        task_ids = [
            client.tasks.save_task(
                f"Обзор {number}", price=60, size=3000, category_id=1790, public=True, auto_work=True
            ).task_id
            for number in range(3)
        ]
        box.advance(hours=8)
        assert {task.task_id for task in client.tasks.list_tasks(status=3)} == set(task_ids)
    box.clear_calls()
    return task_ids


@pytest.fixture
def mute_service():
    """The address of a service that takes requests and hangs up without an answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_hang_up, args=[listening])
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/json/"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def _hang_up(listening):
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return  # the fixture has ended the service
        with connection:
            connection.recv(65536)
