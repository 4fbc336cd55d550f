from __future__ import annotations

import json

import pytest

from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.config import VARIABLES
from kwork_etxt_sdk.sandbox import Sandbox
from tests.support.planted import PLANTED

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(scope="module")
def shared_box():
    with Sandbox(speed=0) as box:
        yield box


@pytest.fixture(scope="module")
def app_box():
    with Sandbox(speed=0, wire="app") as box:
        yield box


@pytest.fixture(autouse=True)
def path(monkeypatch, tmp_path):
    for variables in VARIABLES.values():
        for variable in variables.values():
            monkeypatch.delenv(variable, raising=False)
    for name in ("KWORK_ETXT_PROFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", *_PROXIES, *map(str.upper, _PROXIES)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("KWORK_ETXT_CONFIG", str(tmp_path / "profiles.toml"))
    monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "profiles.toml"


@pytest.fixture
def box(shared_box, monkeypatch):
    for name, value in shared_box.environment().items():
        monkeypatch.setenv(name, value)
    shared_box.clear_calls()
    return shared_box


@pytest.fixture
def run(capfd, shared_box):
    """Run it; `{(site, check): (status, message, advice)}`."""

    def run(*arguments):
        code = main(["doctor", *arguments, "--json"])
        captured = capfd.readouterr()
        for secret in (PLANTED, shared_box.etxt_token, shared_box.etxt_api_pass, shared_box.kwork_password):
            assert secret not in captured.out + captured.err
        answer = json.loads(captured.out)
        assert code == (1 if answer["status"] == "fail" else 0)
        assert answer["status"] == max((check["status"] for check in answer["checks"]), key="ok fail".find)
        found = {
            (one["site"], one["check"]): (one["status"], one["message"], one["advice"]) for one in answer["checks"]
        }
        assert len(found) == len(answer["checks"])
        return found

    return run
