"""Who the account is: limits and ``once_key`` know it by its name, whichever token a sign-in brought."""

from __future__ import annotations

import json
import pickle

import pytest

from kwork_etxt_sdk import CallOptions, ConfigurationError, Effect, Journal, KworkClient
from tests.kwork.conftest import COOKIES, PASSWORD, TOKEN, USER
from tests.support.kwork_server import answer

OTHER_TOKEN = "another-token-0123456789abcd"


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path / "calls.journal")
    yield made
    made.close()


@pytest.fixture
def run(server, clock, journal):
    """One run of a program: it makes a client and does something once."""
    server.on("/buySomething", answer({"id": 7}))
    server.on("/signIn", answer({"success": True}, Set_Cookie=COOKIES))
    server.on("/getWebAuthToken", *(answer({"web_auth_token": token}) for token in (TOKEN, OTHER_TOKEN)))

    def go(make, **given):
        with make(base_url=server.url, clock=clock, journal=journal, **given) as client:
            once = CallOptions(once_key="the order of today")
            return client.call("buySomething", effect=Effect.ONCE, options=once), client

    return go


def login(name=USER):
    return lambda **given: KworkClient.login(name, PASSWORD, **given)


def bought(server):
    return len(server.at("/buySomething"))


def test_a_new_sign_in_is_the_same_account(server, run):
    first, client = run(login())
    second, again = run(login(f" {USER.upper()} "))
    assert client.token != again.token
    assert first == second == {"id": 7}
    assert bought(server) == 1


def test_another_name_is_another_account(server, run):
    run(login())
    run(login("somebody-else"))
    assert bought(server) == 2


def test_a_session_that_was_saved_is_still_of_that_account(server, run, tmp_path):
    _, client = run(login())
    path = client.save_session(tmp_path / "session")
    assert USER not in path.read_text()
    run(lambda **given: KworkClient.from_session(path, **{**given, "base_url": None}))
    run(lambda **given: KworkClient(**json.loads(json.dumps(client.credentials)), **given))
    assert bought(server) == 1


def test_a_token_of_ones_own_is_known_by_the_name_one_gives(server, run):
    for token in (TOKEN, OTHER_TOKEN):
        run(KworkClient, token=token, account="shop")
    assert bought(server) == 1
    for token in (TOKEN, OTHER_TOKEN):  # without a name, the token is all there is
        run(KworkClient, token=token)
    assert bought(server) == 3


def test_a_copy_for_another_process_takes_from_the_same_limit(server, clock):
    with KworkClient.login(USER, PASSWORD, base_url=server.url, clock=clock) as client:
        copy = pickle.loads(pickle.dumps(client.with_pickled_secrets()))
        assert copy._market.scope == client._market.scope
        assert USER.encode() not in pickle.dumps(client)


@pytest.mark.parametrize("account", ["", 7, b"shop"])
def test_a_name_that_is_none_is_refused(account):
    with pytest.raises(ConfigurationError, match="account must be a text that is not empty"):
        KworkClient(TOKEN, account=account)
