"""Session files: private from their first byte, whole or not there, and clear about what is wrong with them."""

from __future__ import annotations

import json
import os
import stat
import sys
import traceback

import pytest

from kwork_etxt_sdk import ConfigurationError, KworkClient, store
from kwork_etxt_sdk.kwork.wires import account_of
from kwork_etxt_sdk.store import session_path, state_directory
from tests.kwork.conftest import PASSWORD
from tests.support.kwork_server import answer

APP = "Basic aW52ZW50ZWQ6bm90LXJlYWw="
TOKEN = "stored-token-0123456789"
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such permissions")


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def client(server, clock):
    given = {"base_url": server.url, "app_authorization": APP, "expires_at": "2030-01-02T03:04:05+00:00"}
    with KworkClient(TOKEN, clock=clock, **given) as client:
        yield client


class TestSaving:
    def test_what_comes_back_is_what_was_saved(self, server, client, tmp_path):
        path = client.save_session(tmp_path / "mine.json")
        with KworkClient.from_session(path, app_authorization=APP) as again:
            assert again.credentials == client.credentials
            assert (again.base_url, again.wire) == (server.url, "app")
            server.on("/actor", answer({"success": True, "response": {"id": 1}}))
            again.other.get_actor()
        assert server.only("/actor").form == [("token", TOKEN)]

    def test_the_usual_place_is_that_of_the_profile(self, client, state):
        assert client.save_session() == state / "sessions" / "kwork-default.json"
        assert client.save_session(profile="shop") == state / "sessions" / "kwork-shop.json"
        assert KworkClient.from_session(profile="shop", app_authorization=APP).token == TOKEN

    def test_neither_password_nor_app_authorization_are_in_it(self, server, clock, tmp_path):
        server.on("/signIn", answer({"success": True, "response": {"token": TOKEN, "expired": 60}}))
        with KworkClient.login(
            "demo",
            PASSWORD,
            base_url=server.url,
            app_authorization=APP,
            clock=clock,
            keep_password=True,
            phone_last="8642",
        ) as client:
            text = client.save_session(tmp_path / "s").read_text()
        for secret in (PASSWORD, APP, APP.split()[1], "8642"):
            assert secret not in text
        assert json.loads(text) == {
            "kind": "kwork-etxt-sdk session",
            "version": 1,
            "site": "kwork",
            "wire": "app",
            "base_url": server.url,
            "token": TOKEN,
            "cookies": {},
            "expires_at": client.expires_at.isoformat(),
            "account": account_of("demo"),
        }

    def test_the_documented_wire_keeps_its_cookies(self, tmp_path):
        with KworkClient(TOKEN, {"userId": "5"}) as client:
            path = client.save_session(tmp_path / "s")
        with KworkClient.from_session(path, app_authorization=APP) as again:
            assert (again.wire, again.cookies) == ("documented", {"userId": "5", "web_auth_token": TOKEN})
            assert again.base_url == KworkClient.BASE_URL

    @on_posix
    def test_only_its_owner_can_read_it_from_the_first_byte_on(self, client, tmp_path, monkeypatch):
        seen = []
        real = os.open

        def spy(path, flags, mode=0o777, **more):
            descriptor = real(path, flags, mode, **more)
            if "mine" in str(path):
                seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            return descriptor

        monkeypatch.setattr(os, "open", spy)
        old = os.umask(0)
        try:
            path = client.save_session(tmp_path / "new folder" / "mine.json")
        finally:
            os.umask(old)
        assert seen == [0o600]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_a_failure_leaves_the_earlier_file_whole_and_no_other(self, client, tmp_path, monkeypatch):
        path = client.save_session(tmp_path / "mine.json")
        before = path.read_bytes()
        monkeypatch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(ConfigurationError, match="can't be written: No space left") as caught:
            client.save_session(path)
        assert path.read_bytes() == before
        assert [entry.name for entry in tmp_path.iterdir()] == ["mine.json"]
        assert TOKEN not in shown(caught.value)

    def test_nobody_signed_in_has_no_session(self, tmp_path):
        with pytest.raises(ConfigurationError, match="nobody is signed in"):
            KworkClient().save_session(tmp_path / "s")

    def test_a_place_that_is_none(self, client, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(ConfigurationError, match="can't be written"):
            client.save_session(tmp_path / "file" / "s")


def shown(error):
    """All a person may see of an error, the variables of the SDK's own frames included."""
    frames = [
        frame for frame, _ in traceback.walk_tb(error.__traceback__) if "kwork_etxt_sdk" in frame.f_code.co_filename
    ]
    return " ".join([str(error), repr(error.__context__), *(repr(frame.f_locals) for frame in frames)])


class TestReading:
    def good(self, **changes):
        return {
            "kind": "kwork-etxt-sdk session",
            "version": 1,
            "site": "kwork",
            "wire": "app",
            "base_url": None,
            "token": TOKEN,
            "cookies": {},
            "expires_at": None,
            **changes,
        }

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "is damaged: it holds no JSON object"),
            (b'{"kind": "kwork', "is damaged"),
            (b"[" * 100_000, "is damaged"),
            (b"[]", "is damaged"),
            (b"\xff\xfe", "is damaged"),
            (b'{"a": "' + b"x" * 1_100_000 + b'"}', "is damaged"),
            (b"{}", "no session file of this version"),
        ],
    )
    def test_a_damaged_file_says_what_to_do(self, tmp_path, content, words):
        path = tmp_path / "s"
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=words) as caught:
            KworkClient.from_session(path, app_authorization=APP)
        assert str(path) in str(caught.value)
        assert "Sign in again" in str(caught.value)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"version": 2}, "no session file of this version"),
            ({"kind": "x"}, "no session file"),
            ({"site": "etxt"}, "belongs to another service than kwork"),
            ({"wire": "web"}, "of the wrong type"),
            ({"wire": None}, "of the wrong type"),
            ({"base_url": 5}, "of the wrong type"),
            ({"token": 5}, "of the wrong type"),
            ({"cookies": [TOKEN]}, "of the wrong type"),
            ({"cookies": {"a": 5}}, "of the wrong type"),
            ({"account": 5}, "of the wrong type"),
            ({"expires_at": "soon"}, "the time of expiry can't be read"),
        ],
    )
    def test_values_that_are_wrong_are_told_without_showing_any(self, tmp_path, changes, words):
        path = tmp_path / "s"
        path.write_text(json.dumps(self.good(**changes)))
        with pytest.raises(ConfigurationError, match=words) as caught:
            KworkClient.from_session(path, app_authorization=APP)
        assert TOKEN not in shown(caught.value)

    def test_the_app_wire_needs_its_header_again(self, tmp_path):
        path = tmp_path / "s"
        path.write_text(json.dumps(self.good()))
        with pytest.raises(ConfigurationError, match="KWORK_APP_AUTHORIZATION"):
            KworkClient.from_session(path)

    def test_no_file_at_all(self, tmp_path):
        with pytest.raises(ConfigurationError, match=r"there is no session file .*sign in and call save_session first"):
            KworkClient.from_session(tmp_path / "none")
        with pytest.raises(ConfigurationError, match="can't be read"):
            KworkClient.from_session(tmp_path)

    def test_another_address_may_be_given(self, server, tmp_path):
        path = tmp_path / "s"
        path.write_text(json.dumps(self.good(base_url="https://elsewhere.invalid")))
        assert KworkClient.from_session(path, app_authorization=APP).base_url == "https://elsewhere.invalid"
        assert KworkClient.from_session(path, app_authorization=APP, base_url=server.url).base_url == server.url


class TestPlaces:
    @pytest.mark.parametrize("profile", ["", "../x", "a/b", ".hidden", "a" * 65, 5, "имя"])
    def test_names_that_can_not_be_part_of_a_file_name(self, profile):
        with pytest.raises(ConfigurationError, match="a profile is named with"):
            session_path("kwork", profile)

    @pytest.mark.parametrize(
        ("platform", "variables", "folder"),
        [
            ("linux", {"XDG_STATE_HOME": "/xdg"}, "/xdg/kwork_etxt_sdk"),
            ("linux", {"HOME": "/home/me"}, "/home/me/.local/state/kwork_etxt_sdk"),
            ("darwin", {"HOME": "/home/me"}, "/home/me/Library/Application Support/kwork_etxt_sdk"),
            ("win32", {"LOCALAPPDATA": "/local"}, "/local/kwork_etxt_sdk"),
            ("win32", {"HOME": "/home/me"}, "/home/me/AppData/Local/kwork_etxt_sdk"),
        ],
    )
    def test_the_folder_is_that_of_the_system(self, monkeypatch, platform, variables, folder):
        for name in ("KWORK_ETXT_STATE_DIR", "XDG_STATE_HOME", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(store.sys, "platform", platform)
        assert state_directory().as_posix() == folder
