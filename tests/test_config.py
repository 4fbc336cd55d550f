"""Arguments before environment before profile before defaults; and what becomes of a sign-in that was kept."""

from __future__ import annotations

import logging
import os
import sys
from datetime import timedelta
from decimal import Decimal

import pytest

from kwork_etxt_sdk import (
    CallOptions,
    ConfigurationError,
    Effect,
    EtxtClient,
    KworkClient,
    Limits,
    Rule,
    SpendingCapError,
    Timeouts,
)
from kwork_etxt_sdk.config import (
    VARIABLES,
    environment_secret,
    environment_settings,
    environment_value,
    open_client,
    settings_for,
)
from kwork_etxt_sdk.kwork import KworkAuthError
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.store import StoredSession, session_path
from kwork_etxt_sdk.transport.clock import SECOND
from tests.support.clock import START_OF_DAY, FakeClock
from tests.support.etxt_server import API_PASS, TOKEN, EtxtServer
from tests.support.kwork_server import RecordingServer, answer
from tests.support.shown import everything_shown

APP = "Basic cGxhbnRlZDphcHA="
PASSWORD = "planted-password-1"
PLANTED = "planted-6f1e0c5b"


@pytest.fixture(autouse=True)
def _clean(monkeypatch, tmp_path):
    for variables in VARIABLES.values():
        for variable in variables.values():
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.delenv("KWORK_ETXT_PROFILE", raising=False)
    monkeypatch.setenv("KWORK_ETXT_CONFIG", str(tmp_path / "profiles.toml"))
    monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "profiles.toml"
        path.write_text(text)
        path.chmod(0o600)
        return path

    return write


@pytest.fixture(scope="module")
def box():
    with Sandbox(speed=0) as box:
        yield box


@pytest.fixture
def etxt():
    with EtxtServer() as server:
        for _ in range(5):
            server.answer("users.getBalance", {"id": 1, "balance": "5"})
        yield server


def balance_by(client):
    with client:
        return client.users.get_balance().balance


class TestEtxt:
    @pytest.fixture
    def work(self, write, etxt):
        return write(f"[work.etxt]\ntoken = '{TOKEN}'\napi_pass = '{API_PASS}'\nbase_url = '{etxt.base_url}'\n")

    def test_a_profile_is_enough(self, work, etxt):
        assert balance_by(EtxtClient.from_profile("work")) == 5
        assert dict(etxt.only().query)["token"] == TOKEN

    def test_default_is_the_name_of_the_profile_of_those_who_have_one(self, work, write, etxt):
        write(work.read_text().replace("work", "default"))
        assert balance_by(EtxtClient.from_profile()) == 5

    def test_a_profile_named_by_an_argument_goes_before_the_environment(self, work, etxt, monkeypatch):
        monkeypatch.setenv("ETXT_TOKEN", "of-another-account")
        monkeypatch.setenv("ETXT_BASE_URL", "http://127.0.0.1:1/")
        assert balance_by(EtxtClient.from_profile("work")) == 5
        assert balance_by(open_client("etxt", profile="work")) == 5

    def test_the_environment_goes_before_the_profile_it_names(self, work, etxt, write, monkeypatch):
        write(work.read_text().replace(TOKEN, "stale-token").replace(etxt.base_url, "http://127.0.0.1:1/"))
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "work")
        monkeypatch.setenv("ETXT_TOKEN", TOKEN)
        monkeypatch.setenv("ETXT_BASE_URL", etxt.base_url)
        assert balance_by(EtxtClient.from_env()) == 5
        assert balance_by(open_client("etxt")) == 5

    def test_without_a_named_profile_from_env_reads_none(self, work, write, etxt, monkeypatch):
        write(work.read_text().replace("work", "default"))
        with pytest.raises(ConfigurationError) as caught:
            EtxtClient.from_env()
        assert str(caught.value) == (
            "set ETXT_TOKEN and ETXT_API_PASS in the environment, or name a profile in KWORK_ETXT_PROFILE"
        )

    def test_the_command_line_looks_for_the_profile_default_as_well(self, work, write, etxt, monkeypatch):
        write(work.read_text().replace("work", "default"))
        assert balance_by(open_client("etxt")) == 5
        monkeypatch.setenv("ETXT_BASE_URL", "http://127.0.0.1:1/")
        assert repr(open_client("etxt")) == "<EtxtClient http://127.0.0.1:1/>"

    def test_the_current_folder_says_nothing(self, work, etxt, monkeypatch, tmp_path):
        monkeypatch.setenv("KWORK_ETXT_CONFIG", str(tmp_path / "elsewhere" / "profiles.toml"))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ConfigurationError, match=r"has no such profile \(there is no such file\)"):
            EtxtClient.from_profile("work")

    def test_everything_in_a_profile_reaches_the_client(self, write, etxt, tmp_path):
        write(
            f"[work.etxt]\ntoken = '{TOKEN}'\napi_pass_command = ['echo', '{API_PASS}']\nbase_url = '{etxt.base_url}'\n"
            "timeout = 7\nmax_spend = 100.5\nproxy = 'http://someone:secret@127.0.0.1:1'\nverify = 'ca.pem'\n"
            "journal = 'calls.journal'\nlimits = { per_second = 5, share = 'process' }"
        )
        with EtxtClient.from_profile("work") as client:
            settings = client._session.settings()
            assert settings["timeout"] == Timeouts.of(7)
            assert settings["limits"] == Limits(default=Rule.per_second(5, burst=3), share="process")
            assert settings["verify"] == str(tmp_path / "ca.pem")
            assert settings["proxy"] == "http://someone:secret@127.0.0.1:1"
            assert settings["journal"].path == tmp_path / "calls.journal"
            with pytest.raises(SpendingCapError, match=r"more than the 100\.5 allowed"):
                client.tasks.save_task("Обзор", price=150, size=3000, category_id=1790, public=True)
        assert etxt.requests == []

    def test_arguments_go_before_everything(self, write, etxt, tmp_path, monkeypatch):
        write(
            f"[work.etxt]\ntoken = '{TOKEN}'\napi_pass = '{API_PASS}'\nbase_url = 'http://127.0.0.1:1'\ntimeout = 7\n"
            f"max_spend = 1\nproxy_command = ['false']\nverify = false\njournal = 'no-such-folder/calls'\n"
            "limits = 'off'"
        )
        from kwork_etxt_sdk import Journal

        monkeypatch.setenv("no_proxy", "127.0.0.1")
        mine = Journal(tmp_path / "mine")
        given = {
            "base_url": etxt.base_url,
            "timeout": 9,
            "limits": Limits(max_hold=1),
            "proxy": "http://127.0.0.1:2",
            "verify": True,
            "journal": mine,
            "options": CallOptions(max_spend=500, allow=Effect.READ),
        }
        with EtxtClient.from_profile("work", **given) as client:
            settings = client._session.settings()
            assert client._base_url == etxt.base_url
            assert [settings[name] for name in ("timeout", "limits", "proxy", "verify", "journal")] == [
                Timeouts.of(9),
                given["limits"],
                given["proxy"],
                True,
                mine,
            ]
            assert client._options.max_spend.cap == 500
        with EtxtClient.from_profile("work", **{**given, "options": CallOptions(retries=0)}) as client:
            assert (client._options.max_spend.cap, client._options.retries) == (Decimal(1), 0)
        mine.close()

    def test_what_is_missing_is_named_with_the_way_to_set_it_up(self, write, monkeypatch):
        path = write("[work.etxt]\ntoken = 'a'")
        how = f"set it up in [work.etxt] of {path}: kwork-etxt login etxt --profile work"
        with pytest.raises(ConfigurationError) as caught:
            EtxtClient.from_profile("work")
        assert str(caught.value) == f"the profile 'work' has no api_pass: {how}"
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "work")
        with pytest.raises(ConfigurationError) as caught:
            EtxtClient.from_env()
        assert str(caught.value) == f"set ETXT_API_PASS in the environment, or {how}"

    def test_nothing_set_up_names_both_ways(self, tmp_path):
        for site, variables in (("etxt", "ETXT_TOKEN and ETXT_API_PASS"), ("kwork", "KWORK_LOGIN and KWORK_PASSWORD")):
            with pytest.raises(ConfigurationError) as caught:
                open_client(site)
            assert str(caught.value) == f"set {variables} in the environment, or run: kwork-etxt login {site}"

    @pytest.mark.parametrize("make", [EtxtClient.from_env, lambda: open_client("etxt"), lambda: open_client("kwork")])
    def test_a_slip_in_the_name_of_a_profile_does_not_pass(self, write, monkeypatch, make):
        # Its cap on spending would not hold.
        write("[work.etxt]\nmax_spend = 100")
        monkeypatch.setenv("ETXT_TOKEN", TOKEN)
        monkeypatch.setenv("ETXT_API_PASS", API_PASS)
        monkeypatch.setenv("KWORK_TOKEN", "a-token")
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "wrok")
        with pytest.raises(
            ConfigurationError, match=r"KWORK_ETXT_PROFILE names .* has no such profile \(it has work\)"
        ):
            make()

    def test_a_name_that_is_none(self):
        with pytest.raises(ConfigurationError, match="a profile is named with up to 64 letters"):
            EtxtClient.from_profile("../work")

    def test_there_are_two_sites(self):
        with pytest.raises(ConfigurationError, match="there are the sites 'etxt' and 'kwork', not 'fl'"):
            open_client("fl")

    def test_without_the_extra_the_environment_still_works(self, etxt, monkeypatch):
        monkeypatch.delenv("KWORK_ETXT_CONFIG")
        monkeypatch.setitem(sys.modules, "platformdirs", None)
        monkeypatch.setenv("ETXT_TOKEN", TOKEN)
        monkeypatch.setenv("ETXT_API_PASS", API_PASS)
        monkeypatch.setenv("ETXT_BASE_URL", etxt.base_url)
        assert balance_by(open_client("etxt")) == 5

    def test_a_file_that_is_named_must_be_readable(self, write, monkeypatch):
        write("[default.etxt]")
        for name in ("tomllib", "tomli"):
            monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(ConfigurationError, match=r"kwork-etxt-sdk\[cli\]"):
            open_client("etxt")

    def test_where_each_setting_comes_from(self, work, monkeypatch):
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "work")
        monkeypatch.setenv("ETXT_TOKEN", TOKEN)
        settings = environment_settings("etxt")
        assert settings.origins == {
            "token": "ETXT_TOKEN in the environment",
            "api_pass": f"api_pass in [work.etxt] of {work}",
            "base_url": f"base_url in [work.etxt] of {work}",
        }
        assert (settings.profile, settings.account) == ("work", None)
        assert settings_for("etxt", "work").account == "work"

    def test_a_token_of_the_environment_is_not_sent_to_the_address_of_the_default_profile(
        self, etxt, write, monkeypatch
    ):
        write(f"[default.etxt]\ntoken = 'another'\napi_pass = 'another'\nbase_url = '{etxt.base_url}'\n")
        monkeypatch.setenv("ETXT_TOKEN", TOKEN)
        monkeypatch.setenv("ETXT_API_PASS", API_PASS)
        with pytest.raises(ConfigurationError, match=r"^ETXT_TOKEN in the environment .* Set ETXT_BASE_URL as well"):
            open_client("etxt")
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "default")
        assert balance_by(open_client("etxt")) == 5
        monkeypatch.delenv("KWORK_ETXT_PROFILE")
        monkeypatch.setenv("ETXT_BASE_URL", etxt.base_url)
        assert balance_by(open_client("etxt")) == 5

    @pytest.mark.skipif(sys.platform == "win32", reason="there variables are always text")
    def test_a_variable_that_is_no_text_is_told_without_showing_it(self, monkeypatch):
        monkeypatch.setitem(os.environb, b"ETXT_TOKEN", PLANTED.encode() + b"\xff")
        monkeypatch.setitem(os.environb, b"ETXT_BASE_URL", b"https://\xff")
        for ask in (environment_secret, environment_value):
            with pytest.raises(
                ConfigurationError, match=r"^ETXT_\w+ in the environment holds bytes that are"
            ) as caught:
                ask("etxt", "token" if ask is environment_secret else "base_url")
            assert PLANTED not in everything_shown(caught.value)

    def test_a_login_of_the_environment_is_not_sent_to_the_address_of_the_default_profile(self, write, monkeypatch):
        write("[default.kwork]\nlogin = 'another'\nbase_url = 'http://127.0.0.1:1'\n")
        assert settings_for("kwork").values["base_url"] == "http://127.0.0.1:1"
        monkeypatch.setenv("KWORK_LOGIN", "me")
        with pytest.raises(ConfigurationError, match=r"^KWORK_LOGIN in the environment .* Set KWORK_BASE_URL as well"):
            settings_for("kwork")

    def test_no_error_shows_a_secret(self, write, monkeypatch):
        write(
            f"[work.etxt]\ntoken = '{PLANTED}'\napi_pass_command = ['sh', '-c', 'echo {PLANTED}; false']\n"
            f"proxy = 'http://a:{PLANTED}@127.0.0.1:1'\n"
            f"[work.kwork]\nlogin = 'a'\ntoken = '{PLANTED} x'\npassword = '{PLANTED}'\nphone_last = '{PLANTED}'\n"
            f"app_authorization = '{PLANTED}'\nwire = 'documented'\n"
            f"[proxied.etxt]\ntoken = '{PLANTED}'\napi_pass = '{PLANTED}'\nproxy = 'http://a:{PLANTED}@127.0.0.1:1'\n"
            "journal = 'no-such-folder/x'\n"
            f"[proxied.kwork]\ntoken = '{PLANTED}'\nproxy = 'http://a:{PLANTED}@127.0.0.1:1'\n"
            f"[late.kwork]\nlogin = 'a'\npassword = '{PLANTED}'\nphone_last = '{PLANTED}'"
        )
        for make in (
            lambda: EtxtClient.from_profile("work"),
            lambda: KworkClient.from_profile("work"),
            lambda: KworkClient.from_profile("late"),
            lambda: open_client("kwork", profile="work", base_url="http://plain.example"),
            lambda: open_client("etxt", profile="proxied"),
            lambda: open_client("etxt", profile="proxied", base_url="http://plain.example"),
            lambda: open_client("kwork", profile="proxied", base_url="http://plain.example"),
        ):
            with pytest.raises(ConfigurationError) as caught:
                make()
            assert PLANTED not in everything_shown(caught.value)


class TestKwork:
    @pytest.fixture
    def work(self, write, box):
        box.clear_calls()
        return write(
            f"[work.kwork]\nlogin = '{box.kwork_login}'\npassword_command = ['echo', '{box.kwork_password}']\n"
            f"base_url = '{box.kwork_base_url}'\n"
        )

    @staticmethod
    def who(client):
        with client:
            return client.other.get_actor()["username"]

    @staticmethod
    def methods(box):
        found = [call.method for call in box.calls]
        box.clear_calls()
        return found

    def test_the_first_time_it_signs_in_and_keeps_that(self, box, work, write):
        assert self.who(KworkClient.from_profile("work")) == box.kwork_login
        assert self.methods(box) == ["signIn", "getWebAuthToken", "actor"]
        write(work.read_text().replace("'echo'", "'false'"))  # the password is not even looked for
        assert self.who(KworkClient.from_profile("work")) == box.kwork_login
        assert self.who(open_client("kwork", profile="work")) == box.kwork_login
        assert self.methods(box) == ["actor", "actor"]
        assert session_path("kwork", "work").exists()

    def test_a_token_that_ran_out_is_replaced_and_the_new_one_kept(self, box, work):
        with KworkClient.from_profile("work") as client:
            before = client.token
            with box.lock:
                box.market.tokens.clear()
            assert client.other.get_actor()["username"] == box.kwork_login
            assert client.token != before
            kept = StoredSession.load(session_path("kwork", "work"), site="kwork")
            assert kept.token.reveal() == client.token
        self.methods(box)
        assert self.who(KworkClient.from_profile("work")) == box.kwork_login
        assert self.methods(box) == ["actor"]

    def test_one_of_another_account_is_not_used(self, box, work, write):
        self.who(KworkClient.from_profile("work"))
        self.methods(box)
        write(work.read_text().replace(f"login = '{box.kwork_login}'", "login = 'somebody-else'"))
        with pytest.raises(KworkAuthError):
            KworkClient.from_profile("work")
        assert self.methods(box) == ["signIn"]

    def test_a_kept_sign_in_is_enough(self, box):
        with KworkClient.login(box.kwork_login, box.kwork_password, base_url=box.kwork_base_url) as client:
            client.save_session(profile="shop")
        assert self.who(KworkClient.from_profile("shop")) == box.kwork_login
        assert settings_for("kwork", "shop").is_complete

    def test_the_environment_may_name_a_profile_that_is_a_sign_in_only(self, box, monkeypatch):
        with KworkClient.login(box.kwork_login, box.kwork_password, base_url=box.kwork_base_url) as client:
            client.save_session(profile="shop")
            client.save_session()
        assert self.who(open_client("kwork")) == box.kwork_login
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "shop")
        assert self.who(KworkClient.from_env()) == box.kwork_login

    def test_one_for_another_address_is_not_sent_there(self, box, work, write):
        assert self.who(KworkClient.from_profile("work")) == box.kwork_login
        self.methods(box)
        with RecordingServer() as other:
            other.on("/signIn", answer({"success": False}))
            write(work.read_text().replace(box.kwork_base_url, other.url))
            with pytest.raises(KworkAuthError):
                KworkClient.from_profile("work")
            (request,) = other.received
            assert request.cookies == {}
            assert dict(request.form)["login_or_email"] == box.kwork_login
        assert self.methods(box) == []

    def test_one_for_another_wire_is_not_used(self, box, work, write):
        self.who(KworkClient.from_profile("work"))
        self.methods(box)
        write(work.read_text() + f"wire = 'app'\napp_authorization = '{box.kwork_app_authorization}'")
        with KworkClient.from_profile("work") as client:
            assert client.wire == "app"
        assert self.methods(box) == ["signIn"]

    def test_what_names_the_app_may_come_from_the_environment(self, box, work, write, monkeypatch):
        write(work.read_text() + "wire = 'app'")
        with pytest.raises(ConfigurationError, match="KWORK_APP_AUTHORIZATION"):
            KworkClient.from_profile("work")
        monkeypatch.setenv("KWORK_APP_AUTHORIZATION", box.kwork_app_authorization)
        monkeypatch.setenv("KWORK_LOGIN", "of-another-account")
        assert self.who(KworkClient.from_profile("work")) == box.kwork_login

    def save(self, box, expires_at):
        StoredSession(
            site="kwork",
            wire="documented",
            base_url=box.kwork_base_url,
            token=None,
            cookies={},
            expires_at=expires_at,
        ).save(session_path("kwork", "work"))

    def test_one_that_ran_out_is_replaced_or_told(self, box, work, write):
        clock = FakeClock()
        self.save(box, START_OF_DAY)
        assert self.who(KworkClient.from_profile("work", clock=clock)) == box.kwork_login
        assert self.methods(box)[:2] == ["signIn", "getWebAuthToken"]
        self.save(box, START_OF_DAY)
        write("")
        with pytest.raises(ConfigurationError) as caught:
            KworkClient.from_profile("work", clock=clock)
        assert str(caught.value) == (
            f"the session file {session_path('kwork', 'work')} ran out 2026-03-14 09:26 UTC. "
            "Run: kwork-etxt login kwork --profile work"
        )
        self.save(box, START_OF_DAY + timedelta(seconds=1))
        KworkClient.from_profile("work", clock=clock).close()
        clock.advance(SECOND)
        with pytest.raises(ConfigurationError, match="ran out"):
            KworkClient.from_profile("work", clock=clock)

    def test_a_token_of_the_profile_goes_first_and_is_replaced_by_its_password(self, box, work, write):
        write(work.read_text() + "token = 'ran-out-long-ago'")
        assert self.who(KworkClient.from_profile("work")) == box.kwork_login
        assert self.methods(box) == ["actor", "signIn", "getWebAuthToken", "actor"]
        assert not session_path("kwork", "work").exists()

    def test_a_token_of_the_environment_is_not_replaced_by_another_accounts_password(self, box, work, monkeypatch):
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "work")
        monkeypatch.setenv("KWORK_TOKEN", "ran-out-long-ago")
        assert settings_for("kwork").origins.keys() == {"token", "base_url"}
        with KworkClient.from_env() as client, pytest.raises(KworkAuthError):
            client.other.get_actor()
        assert self.methods(box) == ["actor"]

    def test_a_login_of_the_environment_does_not_use_the_profiles_sign_in(self, box, work, monkeypatch):
        self.who(KworkClient.from_profile("work"))
        self.methods(box)
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "work")
        monkeypatch.setenv("KWORK_LOGIN", "of-another-account")
        with pytest.raises(KworkAuthError):
            KworkClient.from_env()
        assert self.methods(box) == ["signIn"]

    def test_a_password_of_the_environment_completes_the_profile(self, box, work, write, monkeypatch):
        write(work.read_text().replace("'echo'", "'false'"))
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "work")
        monkeypatch.setenv("KWORK_PASSWORD", box.kwork_password)
        assert self.who(KworkClient.from_env()) == box.kwork_login
        assert session_path("kwork", "work").exists()

    def test_the_command_line_signs_in_once_for_name_and_password_of_the_environment(self, box, monkeypatch):
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        box.clear_calls()
        for _ in range(3):
            assert self.who(open_client("kwork")) == box.kwork_login
        assert self.methods(box) == ["signIn", "getWebAuthToken", "actor", "actor", "actor"]
        assert self.who(KworkClient.from_env()) == box.kwork_login
        assert self.methods(box) == ["signIn", "getWebAuthToken", "actor"]
        (kept,) = session_path("kwork").parent.iterdir()
        assert kept.name.startswith("kwork-env-")

    def test_that_it_can_not_be_kept_stops_nothing(self, box, work, monkeypatch, tmp_path, caplog):
        (tmp_path / "state").write_text("no folder")
        with caplog.at_level(logging.WARNING, "kwork_etxt_sdk"):
            assert self.who(KworkClient.from_profile("work")) == box.kwork_login
        assert "the sign-in could not be kept" in caplog.text

    def test_the_password_is_asked_for_when_it_is_needed_and_a_failure_says_where(self, box, work, write):
        write(work.read_text().replace("'echo'", "'false'"))
        with pytest.raises(ConfigurationError, match=r"password_command in \[work\.kwork\] of .*'false' ended"):
            KworkClient.from_profile("work")

    def test_phone_digits_of_the_profile_answer_what_kwork_asks(self, write):
        with Sandbox(speed=0, wire="app") as box:
            write(
                f"[work.kwork]\nlogin = '{box.kwork_login}'\npassword = '{box.kwork_password}'\nwire = 'app'\n"
                f"base_url = '{box.kwork_base_url}'\napp_authorization = '{box.kwork_app_authorization}'\n"
                f"phone_last = '{box.kwork_demand('phone')}'"
            )
            assert self.who(KworkClient.from_profile("work")) == box.kwork_login
            right = box.kwork_demand("captcha")
            session_path("kwork", "work").unlink()
            asked = []

            def person(challenge):
                asked.append(challenge.kind)
                return right

            assert self.who(KworkClient.from_profile("work", on_challenge=person)) == box.kwork_login
            assert asked == ["captcha"]
