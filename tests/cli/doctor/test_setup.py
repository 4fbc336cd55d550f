"""``doctor`` on this machine and what is set up on it: each thing that can be wrong is told with what to do."""

from __future__ import annotations

import click
import pytest

from kwork_etxt_sdk import __version__
from kwork_etxt_sdk.cli import doctor, main
from kwork_etxt_sdk.config import Settings
from kwork_etxt_sdk.decoding import decoder_in_use
from kwork_etxt_sdk.store import session_path
from tests.support.planted import PLANTED


def test_all_is_well(box, run, path, tmp_path):
    found = run()
    assert {status for status, _, _ in found.values()} == {"ok"}
    assert list(found) == [
        (None, "versions"),
        (None, "extras"),
        (None, "JSON"),
        (None, "profiles"),
        (None, "state folder"),
        (None, "shared limits"),
        *(
            (site, check)
            for site in ("etxt", "kwork")
            for check in ("credentials", "network", "clock", "account", "answers", "limits")
        ),
    ]
    assert found[None, "JSON"][1] == f"answers are read by {decoder_in_use()}"
    assert f"kwork-etxt-sdk {__version__}, Python 3." in found[None, "versions"][1]
    assert found[None, "state folder"][1] == str(tmp_path / "state")
    assert found["etxt", "credentials"][1] == "ETXT_TOKEN in the environment; ETXT_API_PASS in the environment"
    assert found["etxt", "account"][1] == "user 500001, demo_zakaz"
    assert found["kwork", "account"][1] == "user 2001, demo_buyer"
    assert found["etxt", "answers"][1] == "3 answers fit the models, nothing in them is unknown"
    assert not box.executed
    assert list((tmp_path / "state").rglob("tmp*")) == []


def test_a_person_reads_lines(box, capfd):
    assert main(["doctor", "etxt"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert all(line.startswith("ok    ") for line in lines)
    assert "ok    etxt   account        user 500001, demo_zakaz" in lines


def test_long_lines_are_folded_below_each_other_on_a_terminal(box, capfd, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("KWORK_LOGIN")
    main(["doctor"])
    lines = click.unstyle(capfd.readouterr().out).splitlines()
    at = next(number for number, line in enumerate(lines) if "versions" in line)
    assert lines[at + 1].startswith(" " * 28 + "requests ") or lines[at + 1].startswith(" " * 28 + "urllib3 ")
    advice = next(number for number, line in enumerate(lines) if line.startswith(" " * 28 + "-> If you want it: "))
    assert lines[advice + 1].startswith(" " * 31)
    assert max(len(line) for line in lines if "/" not in line) <= 80, "paths stay in one piece"


@pytest.mark.parametrize(("no_color", "start"), [("", "\x1b[32mok  \x1b[0m  "), ("1", "ok    ")])
def test_colours_are_left_out_if_one_wants_none(box, capfd, monkeypatch, no_color, start):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", no_color)
    main(["doctor", "etxt"])
    assert capfd.readouterr().out.startswith(start)


def test_nothing_set_up(run):
    found = run()
    assert found["etxt", "credentials"][:2] == ("warn", "not set up")
    assert "kwork-etxt login etxt" in found["etxt", "credentials"][2]
    assert found[None, "accounts"][0] == "fail"
    assert "run kwork-etxt login etxt or kwork-etxt login kwork" in found[None, "accounts"][1]


def test_one_site_is_enough(box, run, monkeypatch):
    monkeypatch.delenv("KWORK_LOGIN")
    found = run()
    assert found["kwork", "credentials"][:2] == ("warn", "not set up")
    assert (None, "accounts") not in found


class TestThisMachine:
    def test_extras_that_are_missing(self, box, run, monkeypatch):
        monkeypatch.setattr(doctor, "EXTRAS", {"cli": ("click",), "odd": ("no_such_module_here",)})
        assert run("etxt")[None, "extras"][1] == "cli; not installed: odd (pip install 'kwork-etxt-sdk[NAME]')"

    def test_a_profile_file_that_others_can_read(self, box, run, path):
        path.write_text(f"[default.etxt]\ntoken = '{PLANTED}'")
        path.chmod(0o644)
        found = run("etxt")
        assert found[None, "profiles"][0] == found["etxt", "credentials"][0] == "fail"
        assert f"Run: chmod 600 {path}" in found[None, "profiles"][1]

    def test_profiles_are_counted(self, box, run, path):
        path.write_text("[a.etxt]\n[b.kwork]")
        path.chmod(0o600)
        assert run("etxt")[None, "profiles"][1] == f"2 in {path}"

    def test_a_state_folder_that_can_not_be_written_to(self, box, run, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("KWORK_ETXT_STATE_DIR", str(tmp_path / "file" / "x"))
        found = run("etxt")
        assert found[None, "state folder"][:2] == (
            "fail",
            f"{tmp_path / 'file' / 'x'} can't be written to: Not a directory",
        )
        assert found[None, "shared limits"][0] == "warn"
        assert "KWORK_ETXT_STATE_DIR" in found[None, "shared limits"][2]


class TestCredentials:
    def test_a_command_that_fails(self, run, path):
        path.write_text(
            f"[default.etxt]\ntoken = '{PLANTED}'\napi_pass_command = ['sh', '-c', 'echo {PLANTED}; exit 4']\n"
        )
        path.chmod(0o600)
        found = run("etxt")
        status, message, _ = found["etxt", "credentials"]
        assert status == "fail"
        assert "api_pass_command in [default.etxt] of" in message
        assert "ended with status 4" in message
        assert ("etxt", "network") not in found

    def test_wrong_ones(self, box, run, monkeypatch):
        monkeypatch.setenv("ETXT_API_PASS", PLANTED)
        found = run("etxt")
        status, message, advice = found["etxt", "account"]
        assert (status, advice) == ("fail", "Run: kwork-etxt login etxt")
        assert message.startswith("etxt users.getBalance: eTXT says")
        assert ("etxt", "answers") not in found
        assert found["etxt", "limits"][0] == "ok"

    def test_a_wrong_password(self, box, run, monkeypatch):
        monkeypatch.setenv("KWORK_PASSWORD", PLANTED)
        status, message, advice = run("kwork")["kwork", "account"]
        assert (status, advice) == ("fail", "Run: kwork-etxt login kwork")
        assert message.startswith("kwork login: ")

    def test_a_profile_and_a_kept_sign_in(self, shared_box, run, path):
        path.write_text(
            f"[work.kwork]\nlogin = 'demo_buyer'\npassword = '{shared_box.kwork_password}'\n"
            f"base_url = '{shared_box.kwork_base_url}'\n"
        )
        path.chmod(0o600)
        found = run("kwork", "--profile", "work")
        assert found["kwork", "credentials"][1] == (
            f"login in [work.kwork] of {path}; password in [work.kwork] of {path}"
        )
        path.write_text("")
        assert run("kwork", "--profile", "work")["kwork", "credentials"][1] == "the sign-in kept for 'work'"

    def test_a_damaged_sign_in(self, run, path):
        kept = session_path("kwork", "work")
        kept.parent.mkdir(parents=True)
        kept.write_text(f"{{{PLANTED}")
        status, message, _ = run("kwork", "--profile", "work")["kwork", "account"]
        assert status == "fail"
        assert f"the session file {kept} is damaged" in message

    def test_where_calls_go_unless_something_else_is_said(self):
        for site, address in (("etxt", "https://www.etxt.ru/api/json/"), ("kwork", "https://api.kwork.ru")):
            settings = Settings(site=site, values={}, secrets={}, origins={})
            assert doctor._address(settings) == address

    def test_a_slip_in_the_name(self, box, run):
        status, message, _ = run("etxt", "--profile", "wrok")["etxt", "credentials"]
        assert status == "fail"
        assert "the profile 'wrok' was asked for" in message


class TestNameOfTheApp:
    """What happens to everybody who takes the documents at their word: the live service wants more."""

    def test_a_host_that_wants_it(self, app_box, run, monkeypatch):
        for name, value in app_box.environment().items():
            if name not in {"KWORK_APP_AUTHORIZATION", "KWORK_WIRE"}:
                monkeypatch.setenv(name, value)
        status, message, advice = run("kwork")["kwork", "network"]
        assert (status, message) == ("fail", "127.0.0.1 lets in no app that does not name itself (401, Basic)")
        assert "app_authorization" in advice
        assert "KWORK_APP_AUTHORIZATION" in advice

    def test_a_wrong_one(self, app_box, run, monkeypatch):
        for name, value in app_box.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KWORK_APP_AUTHORIZATION", f"Basic {PLANTED}")
        status, _, advice = run("kwork")["kwork", "account"]
        assert status == "fail"
        assert "KWORK_APP_AUTHORIZATION" in advice

    def test_the_right_one(self, app_box, run, monkeypatch):
        for name, value in app_box.environment().items():
            monkeypatch.setenv(name, value)
        found = run("kwork")
        assert found["kwork", "network"][1] == "127.0.0.1 answers, and wants app_authorization, which is set"
        assert found["kwork", "token"][0] == "ok"
        assert found["kwork", "answers"][0] == "ok"


def test_secrets_in_all_places_show_in_no_output(run, path, monkeypatch, capfd):
    path.write_text(
        f"[default.etxt]\ntoken = '{PLANTED}'\napi_pass = '{PLANTED}'\nproxy = 'http://{PLANTED}:{PLANTED}@127.0.0.1:1'\n"
        f"[default.kwork]\nlogin = 'name'\npassword = '{PLANTED}'\ntoken = '{PLANTED}'\nphone_last = '1234'\n"
        f"app_authorization = '{PLANTED}'\nbase_url = 'http://127.0.0.1:1'\n"
    )
    path.chmod(0o600)
    run()
    for command in (["doctor"], ["whoami"], ["profiles"]):
        assert main(command) in (0, 1, 75)
        captured = capfd.readouterr()
        assert PLANTED not in captured.out + captured.err
        assert captured.out
