"""Calls by name: eTXT methods that the SDK has no method for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kwork_etxt_sdk import CallOptions, ConfigurationError, Effect, EtxtClient, OutcomeUnknown, ValidationError
from kwork_etxt_sdk.etxt.models.users import Balance
from tests.support.etxt_server import EtxtServer


@pytest.fixture
def server():
    with EtxtServer() as server:
        yield server


def test_parameters_are_written_as_php_reads_them(server):
    server.answer("tasks.newThing", {"any": ["thing"]})
    given = {"id": 7, "ids": [1, 2], "on": True, "off": False, "price": Decimal("1.50"), "rate": 2.5, "none": None}
    given |= {"nested": {"a": [1], "b": "текст"}}
    assert server.client().call("tasks.newThing", given, effect=Effect.READ) == {"any": ["thing"]}
    assert server.last.body == [
        ("id", "7"),
        ("ids[]", "1"),
        ("ids[]", "2"),
        ("on", "1"),
        ("off", "0"),
        ("price", "1.50"),
        ("rate", "2.5"),
        ("nested[a][]", "1"),
        ("nested[b]", "текст"),
    ]
    assert [key for key, _ in server.last.query] == ["method", "token", "sign"]


def test_the_answer_may_be_read_into_a_model(server):
    server.answer("users.getBalance", {"id": "5", "balance": "12.50"})
    assert server.client().call("users.getBalance", effect=Effect.READ, result=Balance).balance == Decimal("12.50")


def test_an_unknown_outcome_is_told(server):
    server.answer("tasks.newThing", b"", status=502)
    with pytest.raises(OutcomeUnknown, match="Look on the site"):
        server.client().call("tasks.newThing", effect=Effect.MONEY)


@pytest.mark.parametrize("name", ["", "listTasks", "tasks.", "a.b&c=d", 5, None])
def test_names_that_are_none(server, name):
    with pytest.raises(ConfigurationError, match=r"named like 'tasks\.listTasks'"):
        server.client().call(name, effect=Effect.READ)


@pytest.mark.parametrize(
    "value", [object(), [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]], float("inf"), Decimal("NaN"), "\ud800", [object()]]
)
def test_values_that_can_not_be_sent(server, value):
    with pytest.raises(ValidationError):
        server.client().call("tasks.newThing", {"a": value}, effect=Effect.READ)


def test_options_of_a_client_hold_for_all_its_calls(server):
    careful = CallOptions(allow=Effect.READ)
    with (
        EtxtClient("key", "pass", base_url=server.base_url, options=careful) as client,
        pytest.raises(ConfigurationError, match="may only make calls up to READ"),
    ):
        client.call("tasks.newThing", effect=Effect.ONCE)
