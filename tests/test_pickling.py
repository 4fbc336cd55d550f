"""Clients travel to other processes: without their credentials, unless asked."""

from __future__ import annotations

import multiprocessing
import os
import pickle

import pytest
import requests

from kwork_etxt_sdk import CallOptions, Effect, EtxtClient, KworkClient, Limits, Retry
from kwork_etxt_sdk.errors import ConfigurationError, EffectNotAllowedError
from tests.support.etxt_server import API_PASS, TOKEN, EtxtServer

NAMES = ("ETXT_TOKEN", "ETXT_API_PASS", "KWORK_TOKEN", "KWORK_APP_AUTHORIZATION")


@pytest.fixture(autouse=True)
def _no_credentials_in_the_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    with EtxtServer() as made:
        made.answer("users.getBalance", {"id": "1", "balance": "5"})
        yield made


def client_of(server, **settings):
    return EtxtClient(TOKEN, API_PASS, base_url=server.base_url, **settings)


def test_a_pickle_holds_no_secret(server):
    data = pickle.dumps(client_of(server))
    assert TOKEN.encode() not in data
    assert API_PASS.encode() not in data
    kwork = KworkClient(token="tok-planted-1", cookies={"userId": "cookie-planted"}, base_url="http://127.0.0.1:9")
    assert b"planted" not in pickle.dumps(kwork)
    app = KworkClient(token="tok-planted-1", app_authorization="Basic planted", base_url="http://127.0.0.1:9")
    assert b"planted" not in pickle.dumps(app)


def test_without_credentials_it_says_so_at_the_first_call(server):
    for client, name in (
        (client_of(server), "users.getBalance"),
        (KworkClient(token="t" * 8, base_url="http://127.0.0.1:9"), "actor"),
    ):
        again = pickle.loads(pickle.dumps(client))
        with pytest.raises(ConfigurationError, match="pickled without its credentials"):
            again.call(name, effect=Effect.READ)
    assert server.requests == []


def test_it_takes_those_of_the_environment(server, monkeypatch):
    data = pickle.dumps(client_of(server))
    monkeypatch.setenv("ETXT_TOKEN", TOKEN)
    monkeypatch.setenv("ETXT_API_PASS", API_PASS)
    assert pickle.loads(data).users.get_balance().balance == 5
    data = pickle.dumps(KworkClient(token="t" * 8, base_url="http://127.0.0.1:9"))
    monkeypatch.setenv("KWORK_TOKEN", "from-the-environment")
    assert pickle.loads(data).token == "from-the-environment"


def test_asked_to_it_takes_them_along(server):
    client = client_of(server).with_pickled_secrets()
    again = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(client))))
    assert again.users.get_balance().balance == 5
    kwork = KworkClient(token="t" * 8, cookies={"userId": "7"}, base_url="http://127.0.0.1:9").with_pickled_secrets()
    assert pickle.loads(pickle.dumps(kwork)).credentials == kwork.credentials
    app = KworkClient(token="t" * 8, app_authorization="Basic x", base_url="http://127.0.0.1:9").with_pickled_secrets()
    assert pickle.loads(pickle.dumps(app)).wire == "app"


def test_settings_and_options_come_along(server):
    client = client_of(server, limits=Limits.off, retry=Retry.none, timeout=3, verify="/ca.pem")
    again = pickle.loads(pickle.dumps(client.with_options(allow=Effect.READ, retries=2).with_pickled_secrets()))
    assert again._session.retry == Retry.none
    assert again._session.timeouts.read == 3
    assert again._session.limits.default is None
    assert again._options == CallOptions(allow=Effect.READ, retries=2)
    with pytest.raises(EffectNotAllowedError):
        again.articles.buy(1)


def test_a_session_of_the_callers_own_stays_here(server):
    with requests.Session() as session, pytest.raises(ConfigurationError, match="can't be pickled"):
        pickle.dumps(client_of(server, session=session))


def balance_in_another_process(client):
    return os.getpid(), client.users.get_balance().balance


def test_another_process_works_with_it(server):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pid, balance = pool.apply(balance_in_another_process, (client_of(server).with_pickled_secrets(),))
    assert (pid != os.getpid(), balance) == (True, 5)
