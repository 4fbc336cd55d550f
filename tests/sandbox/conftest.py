from __future__ import annotations

import pytest

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START, EtxtCaller, KworkCaller


@pytest.fixture
def box():
    """A sandbox whose clock stands still unless a test winds it forward."""
    with Sandbox(speed=0, start_time=START) as box:
        yield box


@pytest.fixture
def etxt(box):
    caller = EtxtCaller(box)
    yield caller
    caller.session.close()


@pytest.fixture
def kwork(box):
    caller = KworkCaller(box)
    yield caller
    caller.session.close()


@pytest.fixture(scope="module")
def reader():
    """A caller for tests that change nothing: they share one sandbox."""
    with Sandbox(speed=0, start_time=START) as box:
        caller = EtxtCaller(box)
        yield caller
        caller.session.close()
