"""Calls by name: Kwork methods that the SDK has no method for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kwork_etxt_sdk import ConfigurationError, Effect, KworkClient, OutcomeUnknown
from kwork_etxt_sdk.kwork import DataResponse, KworkValidationError, Order
from tests.support.kwork_server import answer

TOKEN = "app-token-0123456789abcdef"
APP = "Basic aW52ZW50ZWQ6bm90LXJlYWw="
PAGING = {"page": 1, "total": 2, "limit": 10, "pages": 1}


@pytest.fixture
def app(server, clock):
    with KworkClient(token=TOKEN, base_url=server.url, app_authorization=APP, clock=clock) as client:
        yield client


def ok(response=None, **siblings):
    return answer({"success": True, "response": response, **siblings})


class TestEscapeHatch:
    def test_a_call_by_name(self, server, app):
        server.on("/getWantsCount", ok({"count": 3}))
        assert app.call("getWantsCount", {"attributes": [1, 2], "x": None, "on": True}, effect=Effect.READ) == {
            "count": 3
        }
        request = server.only("/getWantsCount")
        assert request.form == [("attributes[]", "1"), ("attributes[]", "2"), ("on", "1"), ("token", TOKEN)]
        assert request.header("Authorization") == APP

    def test_into_a_model_or_with_its_envelope(self, server, app):
        server.on("/myWants", ok([{"id": 1}], paging=PAGING, message="да"))
        assert app.call("/myWants", effect=Effect.READ) == [{"id": 1}]
        assert app.call("myWants", effect=Effect.READ, result=list[Order])[0].id == 1
        whole = app.call("myWants", effect=Effect.READ, result=DataResponse)
        assert whole == DataResponse(success=True, data=[{"id": 1}], message="да", extra={"paging": PAGING})

    def test_a_guest_sends_no_token(self, server, clock):
        server.on("/categories", ok([]))
        with KworkClient(base_url=server.url, app_authorization=APP, clock=clock) as client:
            assert client.call("categories", effect=Effect.READ) == []
        assert server.only("/categories").body == b""

    def test_the_effect_decides_what_an_unknown_outcome_means(self, server, app):
        server.on("/inboxCreate", answer(b"", 502))
        with pytest.raises(OutcomeUnknown) as caught:
            app.call("inboxCreate", {"user_id": 5, "text": "Привет"}, effect=Effect.ONCE)
        assert caught.value.call == "kwork inboxCreate"
        assert len(server.received) == 1

    @pytest.mark.parametrize("effect", [None, 0, "READ"])
    def test_the_effect_has_to_be_said(self, server, app, effect):
        with pytest.raises(ConfigurationError, match="effect must be an Effect"):
            app.call("actor", effect=effect)

    @pytest.mark.parametrize("name", ["", "a b", "https://a.invalid", "../x", 5, None, "a?b=1", "signIn"])
    def test_names_that_are_none(self, server, app, name):
        with pytest.raises(ConfigurationError):
            app.call(name, effect=Effect.READ)
        assert server.received == []

    @pytest.mark.parametrize("parameters", [[], {1: 2}, {"": 1}])
    def test_parameters_that_are_none(self, app, parameters):
        with pytest.raises(ConfigurationError, match="parameters are names and values"):
            app.call("actor", parameters, effect=Effect.READ)

    def test_on_the_documented_wire_it_sends_json(self, server, client):
        server.on("/api/anything", answer({"a": 1}))
        assert client.call("api/anything", {"b": [1, {"c": None}]}, effect=Effect.READ) == {"a": 1}
        assert server.only("/api/anything").json == {"b": [1, {"c": None}]}
        assert client.call("api/anything", effect=Effect.READ, result=DataResponse).extra == {"a": 1}
        client.call("api/anything", {"b": Decimal("1.5"), "c": Decimal(2), "d": 2.5, "e": "т"}, effect=Effect.READ)
        assert server.received[-1].json == {"b": 1.5, "c": 2, "d": 2.5, "e": "т"}
        with pytest.raises(KworkValidationError, match="can't be sent"):
            client.call("api/anything", {"b": object()}, effect=Effect.READ)
