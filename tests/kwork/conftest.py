from __future__ import annotations

import pytest

from kwork_etxt_sdk import KworkClient
from kwork_etxt_sdk.sandbox import Sandbox
from tests.support.clock import FakeClock
from tests.support.kwork_server import RecordingServer, answer

TOKEN = "web-token-0123456789abcdef"
USER = "demo_buyer"
PASSWORD = "пароль & секрет+1"
COOKIES = ["userId=2001; Path=/; HttpOnly", "RORSSQIHEK=session-abcdef123456; Path=/"]


@pytest.fixture
def server():
    """A server at which signing in works; all else has to be set."""
    with RecordingServer() as server:
        server.on("/signIn", answer({"success": True}, Set_Cookie=COOKIES))
        server.on("/getWebAuthToken", answer({"success": True, "user_id": 2001, "web_auth_token": TOKEN}))
        yield server


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def client(server, clock):
    """A client restored from a token: it sends nothing before it is asked to."""
    with KworkClient(token=TOKEN, base_url=server.url, clock=clock) as client:
        yield client


@pytest.fixture(scope="module")
def box():
    with Sandbox(speed=0) as box:
        yield box
