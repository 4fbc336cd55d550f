"""``login``, ``logout``, ``whoami`` and ``profiles``, against the sandbox, as a person and as a program use them."""

from __future__ import annotations

import json
import stat
import sys

import click
import keyring
import keyring.backend
import pytest

from kwork_etxt_sdk import EtxtClient, KworkClient
from kwork_etxt_sdk.cli import accounts, main
from kwork_etxt_sdk.config import VARIABLES
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.store import session_path


@pytest.fixture(scope="module")
def shared_box():
    with Sandbox(speed=0) as box:
        yield box


@pytest.fixture
def box(shared_box):
    shared_box.clear_calls()
    return shared_box


@pytest.fixture(autouse=True)
def path(monkeypatch, tmp_path):
    for variables in VARIABLES.values():
        for variable in variables.values():
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.delenv("KWORK_ETXT_PROFILE", raising=False)
    monkeypatch.setenv("KWORK_ETXT_CONFIG", str(tmp_path / "profiles.toml"))
    monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "profiles.toml"


@pytest.fixture
def secrets(box):
    return [box.etxt_token, box.etxt_api_pass, box.kwork_password, box.kwork_app_authorization]


@pytest.fixture
def run(capfd, monkeypatch, secrets):
    """Run a command; `answers` is what a person types at the terminal, by a word of the question."""

    def run(*arguments, answers=None, terminal=False):
        terminal = terminal or answers is not None
        monkeypatch.setattr("sys.stdin.isatty", lambda: terminal)
        monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
        asked = []

        def answer(kind):
            def answered(prompt):
                asked.append((kind, prompt))
                (found,) = [text for word, text in answers.items() if word in prompt]
                return found

            return answered

        monkeypatch.setattr(click.termui, "hidden_prompt_func", answer("hidden"))
        monkeypatch.setattr(click.termui, "visible_prompt_func", answer("shown"))
        status = main(list(map(str, arguments)))
        captured = capfd.readouterr()
        for secret in secrets:
            assert secret not in captured.out + captured.err
        return status, captured.out, captured.err, asked

    return run


def etxt_answers(box):
    return {"Token": box.etxt_token, "API password": box.etxt_api_pass}


class TestLoginToEtxt:
    def test_a_person_is_asked_without_echo_and_the_profile_written(self, box, path, run):
        path.write_text("# mine\n[work.etxt]\ntimeout = 9 # slow line\ntoken_command = ['false']\n\n[z.etxt]\n")
        path.chmod(0o600)
        status, output, errors, asked = run(
            "login", "etxt", "--profile", "work", "--base-url", box.etxt_base_url, answers=etxt_answers(box)
        )
        assert (status, errors) == (0, "")
        assert output == f"eTXT knows you as user 500001. Kept in the profile 'work' of {path}.\n"
        assert [kind for kind, _ in asked] == ["hidden", "hidden"]
        assert path.read_text() == (
            f'# mine\n[work.etxt]\ntimeout = 9 # slow line\nbase_url = "{box.etxt_base_url}"\n'
            f'token = "{box.etxt_token}"\napi_pass = "{box.etxt_api_pass}"\n\n[z.etxt]\n'
        )
        if sys.platform != "win32":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [call.method for call in box.calls] == ["users.getBalance"]
        with EtxtClient.from_profile("work") as client:
            assert client.users.get_balance().user_id == 500001

    def test_the_environment_answers_for_a_program(self, box, path, run, monkeypatch):
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        status, output, _, asked = run("login", "etxt")
        assert (status, asked) == (0, [])
        assert "in the profile 'default'" in output
        assert box.etxt_base_url in path.read_text()

    def test_commands_are_kept_in_place_of_what_they_print(self, box, path, run):
        status, _, _, asked = run(
            "login",
            "etxt",
            f"--base-url={box.etxt_base_url}",
            f"--token-command=sh -c 'printf {box.etxt_token[:16]}; echo {box.etxt_token[16:]}'",
            f"--api-pass-command=printf {box.etxt_api_pass[:5]}%s {box.etxt_api_pass[5:]}",
        )
        assert (status, asked) == (0, [])
        text = path.read_text()
        assert box.etxt_token not in text
        assert '"sh", "-c", "printf' in text
        with EtxtClient.from_profile() as client:
            assert client.users.get_balance().user_id == 500001

    def test_refused_credentials_are_not_kept(self, box, path, run):
        status, output, errors, _ = run(
            "login",
            "etxt",
            f"--base-url={box.etxt_base_url}",
            answers={"Token": box.etxt_token, "API password": "planted-wrong"},
        )
        assert (status, output) == (3, "")
        assert "eTXT says" in errors
        assert "planted-wrong" not in errors
        assert not path.exists()

    def test_nobody_to_be_asked(self, path, run):
        status, _, errors, _ = run("login", "etxt")
        assert status == 2
        assert "set ETXT_TOKEN in the environment, or give --token-command" in errors
        assert not path.exists()

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--profile", "../x"], "a name has up to 64 letters"),
            (["--token-command", "echo 'a"], "a quote in a command has no end"),
        ],
    )
    def test_misuse(self, run, arguments, words):
        status, _, errors, _ = run("login", "etxt", *arguments)
        assert status == 2
        assert words in errors

    def test_a_file_that_others_can_read_is_neither_read_nor_written(self, path, run, box):
        path.write_text("[a.etxt]")
        path.chmod(0o644)
        status, _, errors, asked = run("login", "etxt", answers=etxt_answers(box))
        assert (status, asked) == (2, [])
        assert f"chmod 600 {path}" in errors


class TestLoginToKwork:
    def test_a_person_is_asked_and_only_the_sign_in_kept(self, box, path, run):
        status, output, _, asked = run(
            "login",
            "kwork",
            "--base-url",
            box.kwork_base_url,
            answers={"Name": box.kwork_login, "Password": box.kwork_password},
        )
        kept = session_path("kwork")
        assert status == 0
        assert output == f"Signed in to Kwork as demo_buyer. Kept for the profile 'default' in {kept}.\n"
        assert [kind for kind, _ in asked] == ["shown", "hidden"]
        assert box.kwork_password not in kept.read_text()
        assert not path.exists()
        with KworkClient.from_profile() as client:
            assert client.other.get_actor()["username"] == "demo_buyer"

    def test_with_a_command_the_profile_can_renew_it(self, box, path, run):
        status, _, _, _ = run(
            "login",
            "kwork",
            "--profile=shop",
            f"--login={box.kwork_login}",
            f"--password-command=printf %s%s {box.kwork_password[:5]} {box.kwork_password[5:]}",
            f"--base-url={box.kwork_base_url}",
            "--wire=documented",
        )
        assert status == 0
        head, password = box.kwork_password[:5], box.kwork_password[5:]
        assert path.read_text() == (
            f'[shop.kwork]\nlogin = "demo_buyer"\nbase_url = "{box.kwork_base_url}"\nwire = "documented"\n'
            f'password_command = ["printf", "%s%s", "{head}", "{password}"]\n'
        )
        session_path("kwork", "shop").unlink()
        with KworkClient.from_profile("shop") as client:
            assert client.other.get_actor()["username"] == "demo_buyer"

    def test_another_address_goes_into_the_profile_of_the_account(self, box, path, run):
        path.write_text(f"[shop.kwork]\nlogin = '{box.kwork_login}'\n")
        path.chmod(0o600)
        given = ["login", "kwork", "--profile=shop", f"--base-url={box.kwork_base_url}"]
        assert run(*given, answers={"Password": box.kwork_password})[0] == 0
        assert f'base_url = "{box.kwork_base_url}"' in path.read_text()
        with KworkClient.from_profile("shop") as client:
            assert client.other.get_actor()["username"] == "demo_buyer"
        status, _, errors, _ = run(*given, "--login=somebody-else", answers={"Password": "x"})
        assert status == 2
        assert "is that of another account" in errors

    @pytest.mark.parametrize(("demand", "word"), [("phone", "Last four digits"), ("captcha", "Answer of the captcha")])
    def test_what_kwork_asks_back_a_person_answers(self, run, monkeypatch, demand, word):
        with Sandbox(speed=0, wire="app") as box:
            for name, value in box.environment().items():
                monkeypatch.setenv(name, value)
            right = box.kwork_demand(demand)
            status, output, errors, asked = run("login", "kwork", answers={word: right})
            assert status == 0
            assert " UTC." in output
            assert "Kwork says: " in errors
            assert [kind for kind, _ in asked] == ["hidden"]
            assert right not in output + errors
            box.kwork_demand(demand)
            status, _, errors, _ = run("login", "kwork")
            assert status == 3
            status, _, errors, _ = run("login", "kwork", answers={word: ""})
            assert status == 3

    def test_a_wrong_password_keeps_nothing(self, box, run):
        status, _, errors, _ = run(
            "login",
            "kwork",
            f"--base-url={box.kwork_base_url}",
            answers={"Name": box.kwork_login, "Password": "planted-wrong"},
        )
        assert status == 3
        assert "planted-wrong" not in errors
        assert not session_path("kwork").exists()

    def test_nobody_to_be_asked(self, run):
        status, _, errors, _ = run("login", "kwork")
        assert status == 2
        assert "set KWORK_LOGIN in the environment, or give --login" in errors


class Ring(keyring.backend.KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.held = {}

    def get_password(self, service, username):
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self.held[service, username] = password

    def delete_password(self, service, username):
        del self.held[service, username]


@pytest.fixture
def ring():
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


class TestKeyring:
    def test_kept_used_and_removed(self, box, path, run, ring):
        given = ["--keyring", "--base-url", box.etxt_base_url]
        assert run("login", "etxt", *given, answers=etxt_answers(box))[0] == 0
        assert ring.held == {
            ("kwork-etxt-sdk", "default.etxt.token"): box.etxt_token,
            ("kwork-etxt-sdk", "default.etxt.api_pass"): box.etxt_api_pass,
        }
        assert box.etxt_token not in path.read_text()
        assert box.etxt_api_pass not in path.read_text()
        assert json.loads(run("whoami", "etxt")[1])["user_id"] == 500001
        status, output, _, _ = run("logout", "etxt")
        assert (status, output) == (0, "Removed: token (keyring), api_pass (keyring), base_url (of a sandbox).\n")
        assert ring.held == {}
        assert path.read_text() == "[default.etxt]\n"

    def test_what_others_put_there_stays(self, path, run, ring):
        ring.held["kwork", "me"] = "x"
        path.write_text("[default.kwork]\npassword_keyring = 'kwork/me'\n")
        path.chmod(0o600)
        status, output, _, _ = run("logout", "kwork")
        assert status == 0
        assert output == (
            f"Nothing is kept of Kwork for 'default'.\nLeft as it is: password_keyring in [default.kwork] of {path}.\n"
        )
        assert ring.held == {("kwork", "me"): "x"}


class TestLogout:
    def test_everything_that_lets_somebody_in_goes_and_the_rest_stays(self, box, path, run):
        answers = {"Name": "demo_buyer", "Password": box.kwork_password}
        run("login", "kwork", f"--base-url={box.kwork_base_url}", answers=answers)
        path.write_text(
            "# mine\n[default.kwork]\nlogin = 'demo_buyer'\npassword = 'a'\ntoken = 'b'\nphone_last = '1234'\n"
            "app_authorization_command = ['pass', 'app']\nproxy = 'http://a:b@c'\ntimeout = 3\n"
            "[work.kwork]\ntoken='c'\n"
        )
        path.chmod(0o600)
        status, output, _, _ = run("logout", "kwork")
        kept = session_path("kwork")
        assert status == 0
        assert output == (
            f"Removed: the sign-in in {kept}, password (file), token (file), phone_last (file).\n"
            f"Left as it is: app_authorization_command in [default.kwork] of {path}.\n"
        )
        assert not kept.exists()
        assert path.read_text() == (
            "# mine\n[default.kwork]\nlogin = 'demo_buyer'\napp_authorization_command = ['pass', 'app']\n"
            "proxy = 'http://a:b@c'\ntimeout = 3\n[work.kwork]\ntoken='c'\n"
        )

    def test_the_address_of_a_sandbox_goes_too(self, box, path, run):
        answers = {"Token": box.etxt_token, "API password": box.etxt_api_pass}
        run("login", "etxt", f"--base-url={box.etxt_base_url}", answers=answers)
        assert "base_url" in path.read_text()
        status, output, _, _ = run("logout", "etxt")
        assert status == 0
        assert "base_url (of a sandbox)" in output
        assert "base_url" not in path.read_text()

    def test_what_the_command_kept_for_the_environment_goes_too(self, box, run, monkeypatch):
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        assert run("whoami", "kwork")[0] == 0
        (kept,) = session_path("kwork").parent.iterdir()
        assert run("logout", "kwork")[1] == f"Removed: the sign-in in {kept}.\n"
        assert not kept.exists()

    def test_the_environment_may_name_the_profile(self, path, run, monkeypatch):
        monkeypatch.setenv("KWORK_ETXT_PROFILE", "work")
        path.write_text("[work.etxt]\ntoken = 'a'\n[default.etxt]\ntoken = 'b'\n")
        path.chmod(0o600)
        assert run("logout", "etxt")[:2] == (0, "Removed: token (file).\n")
        assert path.read_text() == "[work.etxt]\n[default.etxt]\ntoken = 'b'\n"

    def test_nothing_there(self, path, run):
        assert run("logout", "etxt", "--profile", "x")[:2] == (0, "Nothing is kept of eTXT for 'x'.\n")
        assert not path.exists()


class TestWhoami:
    @pytest.fixture
    def both(self, box, path):
        path.write_text(
            f"[default.etxt]\ntoken = '{box.etxt_token}'\napi_pass = '{box.etxt_api_pass}'\n"
            f"base_url = '{box.etxt_base_url}'\n[default.kwork]\nlogin = '{box.kwork_login}'\n"
            f"password = '{box.kwork_password}'\nbase_url = '{box.kwork_base_url}'\n"
        )
        path.chmod(0o600)

    def test_a_program_gets_json_lines(self, both, run):
        status, output, _, _ = run("whoami")
        assert status == 0
        assert list(map(json.loads, output.splitlines())) == [
            {
                "site": "etxt",
                "profile": "default",
                "user_id": 500001,
                "username": "demo_zakaz",
                "balance": "10000.00",
                "error": None,
            },
            {
                "site": "kwork",
                "profile": "default",
                "user_id": 2001,
                "username": "demo_buyer",
                "balance": "4250.5",
                "error": None,
            },
        ]

    def test_a_person_gets_a_table(self, both, run):
        status, output, _, _ = run("whoami", terminal=True)
        assert status == 0
        assert output.splitlines()[1:] == [
            "──────────────────────────────────────────────",
            "etxt   default   500001  demo_zakaz  10 000.00",
            "kwork  default     2001  demo_buyer   4 250.50",
        ]

    def test_the_environment_is_no_profile(self, both, box, run, monkeypatch):
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        assert [json.loads(line)["profile"] for line in run("whoami")[1].splitlines()] == [None, None]

    def test_what_does_not_work_is_told_and_the_rest_goes_on(self, both, path, run):
        path.write_text(path.read_text().replace("api_pass = '", "api_pass = 'planted"))
        status, output, _, _ = run("whoami")
        etxt, kwork = map(json.loads, output.splitlines())
        assert status == 1
        assert etxt["error"].startswith("etxt users.getBalance: eTXT says")
        assert kwork["error"] is None
        assert "planted" not in output

    def test_nothing_set_up(self, run):
        status, _, errors, _ = run("whoami")
        assert status == 2
        assert "run kwork-etxt login etxt or kwork-etxt login kwork, or set ETXT_TOKEN and ETXT_API_PASS or" in errors
        status, _, errors, _ = run("whoami", "kwork")
        assert status == 2
        assert "no account of Kwork is set up: run kwork-etxt login kwork, or set KWORK_LOGIN and KWORK_PASS" in errors

    def test_a_profile_with_one_site(self, box, run):
        with KworkClient.login(box.kwork_login, box.kwork_password, base_url=box.kwork_base_url) as client:
            client.save_session(profile="shop")
        status, output, _, _ = run("whoami", "--profile", "shop")
        assert (status, json.loads(output)["user_id"]) == (0, 2001)


class TestProfiles:
    @pytest.fixture
    def some(self, box, path):
        path.write_text(
            f"[work.etxt]\ntoken = '{box.etxt_token}'\napi_pass_command = ['echo', '{box.etxt_api_pass}']\n"
            f"proxy = 'http://a:{box.kwork_password}@c'\nmax_spend = 500\n"
            f"[work.kwork]\npassword_keyring = 'a/b'\nlogin = 'planted-name'\n"
            f"[bad.etxt]\ntokn = '{box.etxt_token}'\n"
        )
        path.chmod(0o600)
        with KworkClient.login(box.kwork_login, box.kwork_password, base_url=box.kwork_base_url) as client:
            client.save_session(profile="shop")
            client.save_session(profile="env-0123456789ab")
        session_path("kwork", "torn").write_text("{")

    def test_names_and_what_each_holds_but_no_values(self, some, path, run):
        status, output, _, _ = run("profiles")
        assert status == 0
        rows = {(row["profile"], row["site"]): row for row in map(json.loads, output.splitlines())}
        assert list(rows) == [
            ("bad", "etxt"),
            ("shop", "kwork"),
            ("torn", "kwork"),
            ("work", "etxt"),
            ("work", "kwork"),
        ]
        assert "unknown key etxt.'tokn'" in rows["bad", "etxt"]["problem"]
        assert rows["shop", "kwork"]["session"] == "documented wire"
        assert "is damaged" in rows["torn", "kwork"]["problem"]
        assert rows["work", "etxt"] == {
            "profile": "work",
            "site": "etxt",
            "secrets": {"token": "file", "api_pass": "command", "proxy": "file"},
            "settings": ["max_spend"],
            "session": None,
            "problem": None,
        }
        assert rows["work", "kwork"]["secrets"] == {"password": "keyring"}
        assert "planted-name" not in output
        assert "500" not in output.replace(str(path), "")

    def test_a_person_gets_a_table(self, some, path, run):
        status, output, _, _ = run("profiles", terminal=True)
        assert status == 0
        assert output.startswith(f"{path}\n")
        assert "token (file), api_pass (command), proxy (file)" in output
        assert f"bad etxt: the profile file {path}, profile 'bad': unknown key etxt.'tokn'" in output

    def test_none(self, path, run):
        assert run("profiles")[:2] == (0, "")
        status, output, _, _ = run("profiles", terminal=True)
        assert (status, output) == (0, f"{path} (not there yet: kwork-etxt login etxt)\n")


@pytest.mark.parametrize("command", ["login", "logout", "whoami", "profiles"])
def test_help(run, command):
    assert run(command, "--help")[0] == 0


def test_real_credentials_do_not_go_to_the_sandbox_of_yesterday(box, path, run, monkeypatch):
    tried = []

    def try_etxt(earlier, found, base_url):
        tried.append((dict(earlier.values), base_url))  # the service's own address then: no test may go there
        return "user 1"

    monkeypatch.setattr(accounts, "_try_etxt", try_etxt)
    path.write_text(f"[default.etxt]\nbase_url = '{box.etxt_base_url}'\ntoken = 'a'\napi_pass = 'b'\ntimeout = 3\n")
    path.chmod(0o600)
    status, _, _, _ = run("login", "etxt", answers={"Token": "t" * 32, "API password": "word-1"})
    assert (status, tried) == (0, [({"timeout": 3}, None)])
    assert "base_url" not in path.read_text()
    assert "timeout = 3" in path.read_text()
