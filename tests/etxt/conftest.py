from __future__ import annotations

import pytest

from kwork_etxt_sdk import OutcomeUnknown
from kwork_etxt_sdk.etxt.errors import EtxtValidationError
from tests.support.etxt_server import EtxtServer


@pytest.fixture
def server():
    with EtxtServer() as server:
        yield server


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture
def refusal(server):
    """Make a call that must be refused before anything is sent, and return `{parameter: [problem]}`."""

    def refused(call):
        with pytest.raises(EtxtValidationError) as caught:
            call()
        assert caught.value.sent is False
        assert server.requests == []
        return caught.value.fields

    return refused


@pytest.fixture
def lost(server):
    """Make a call whose answer gets lost; it must be sent once, and its outcome be told as unknown."""

    def lose(method, call):
        server.drop(method)
        with pytest.raises(OutcomeUnknown) as caught:
            call()
        assert [request.method for request in server.requests] == [method]
        return caught.value

    return lose


@pytest.fixture
def repeated(server):
    """Make a call whose first answer gets lost; it must be sent again by itself."""

    def repeat(method, answer, call):
        server.drop(method)
        server.answer(method, answer)
        made = call()
        first, second = server.requests
        assert first.method == second.method == method
        assert first.body == second.body
        return made

    return repeat
