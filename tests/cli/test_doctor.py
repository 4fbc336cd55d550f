"""``doctor``: each thing that can be wrong is found, told with what to do, and no secret is told with it."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kwork_etxt_sdk import Limits, Rule, __version__
from kwork_etxt_sdk.cli import doctor, main
from kwork_etxt_sdk.cli.reachability import unreachable
from kwork_etxt_sdk.config import VARIABLES, Settings
from kwork_etxt_sdk.decoding import decoder_in_use
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.store import session_path
from kwork_etxt_sdk.transport.clock import SystemClock

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
PLANTED = "planted-6f1e0c5b"


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


class Front(ThreadingHTTPServer):
    """Gives every request the same answer."""

    daemon_threads = True

    def __init__(self, status=200, **headers):
        front = self
        self.seen = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                front.seen.append(dict(self.headers))
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                self.do_GET()

            def log_message(self, *_):
                return

        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_):
        """Clients that hang up in the middle of a handshake are what some tests are about."""

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()


class TestNetwork:
    @pytest.fixture(autouse=True)
    def _credentials(self, monkeypatch):
        monkeypatch.setenv("ETXT_TOKEN", PLANTED)
        monkeypatch.setenv("ETXT_API_PASS", PLANTED)

    def look(self, monkeypatch, url, run):
        monkeypatch.setenv("ETXT_BASE_URL", url)
        return run("etxt")

    def test_nobody_listens(self, run, monkeypatch):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            found = self.look(monkeypatch, f"http://127.0.0.1:{port}", run)
        status, message, advice = found["etxt", "network"]
        assert (status, message) == ("fail", f"no connection to 127.0.0.1:{port}: Connection refused")
        assert "proxy" in advice
        assert ("etxt", "account") not in found

    def test_no_such_name(self, run, monkeypatch):
        def unknown(*_arguments, **_more):
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        found = self.look(monkeypatch, "https://no-such.example", run)
        assert found["etxt", "network"][:2] == ("fail", "DNS knows no no-such.example")

    def test_a_proxy_is_asked_instead_and_its_password_not_shown(self, run, path):
        with Front() as proxy:
            path.write_text(
                f"[default.etxt]\nproxy = 'http://someone:{PLANTED}@127.0.0.1:{proxy.server_port}'\n"
                "base_url = 'https://no-such.example'\n"
            )
            path.chmod(0o600)
            status, message, _ = run("etxt")["etxt", "network"]
        assert (status, message) == ("fail", "no-such.example:443 gives no answer (ProxyError)")

    @pytest.mark.parametrize(
        ("status", "found"),
        [
            (403, ("warn", "the front end of 127.0.0.1 turned a request away (403)")),
            (503, ("warn", "127.0.0.1 answers with status 503")),
            (404, ("ok", "127.0.0.1 answers")),
            (302, ("ok", "127.0.0.1 answers")),
        ],
    )
    def test_what_the_front_says(self, run, monkeypatch, status, found):
        with Front(status, Location="http://127.0.0.1:1/") as front:
            answer = self.look(monkeypatch, f"http://127.0.0.1:{front.server_port}", run)
        assert answer["etxt", "network"][:2] == found
        assert answer["etxt", "clock"][1] == "the service does not tell its time"
        assert answer["etxt", "account"][0] == "fail"
        assert ("etxt", "answers") not in answer
        assert not {"Authorization", "Cookie"} & front.seen[0].keys()

    def test_somebody_listens_and_says_nothing(self, run, monkeypatch):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]

            def hang_up():
                for _ in range(2):
                    listening.accept()[0].close()

            thread = threading.Thread(target=hang_up, daemon=True)
            thread.start()
            found = self.look(monkeypatch, f"http://127.0.0.1:{port}", run)
            thread.join()
        assert found["etxt", "network"][:2] == ("fail", f"127.0.0.1:{port} gives no answer (ConnectionError)")

    def test_certificates_that_are_not_checked(self, run, path):
        with Front() as front:
            path.write_text(f"[default.etxt]\nverify = false\nbase_url = 'http://127.0.0.1:{front.server_port}'")
            path.chmod(0o600)
            assert run("etxt")["etxt", "network"][:2] == (
                "warn",
                "127.0.0.1 answers, but its certificate is not checked (verify = false)",
            )

    @pytest.mark.parametrize(
        ("seconds", "found"),
        [
            (0, ("ok", "as the service has it, to a few seconds")),
            (4, ("ok", "as the service has it, to a few seconds")),
            (120, ("warn", r"1(19|20) s behind the service")),
            (-120, ("warn", r"1(19|20) s ahead of the service")),
            (7200, ("fail", r"7(199|200) s behind the service")),
        ],
    )
    def test_the_clock(self, run, monkeypatch, seconds, found):
        class Wall(SystemClock):
            def wall(self):
                return datetime(2026, 3, 14, 9, 26, 53, 500_000, tzinfo=timezone.utc)

        monkeypatch.setattr(doctor, "SystemClock", Wall)
        told = format_datetime(datetime(2026, 3, 14, 9, 26, 53, tzinfo=timezone.utc) + timedelta(seconds=seconds), True)
        with Front(Date=told) as front:
            status, message, advice = self.look(monkeypatch, f"http://127.0.0.1:{front.server_port}", run)[
                "etxt", "clock"
            ]
        assert status == found[0]
        assert re.fullmatch(found[1], message)
        assert bool(advice) is (status != "ok")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    what = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    command = ["openssl", *what.split(), "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*command, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True
    )
    return folder


class TestTls:
    @pytest.fixture
    def port(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        with Front() as front:
            front.socket = context.wrap_socket(front.socket, server_side=True)
            yield front.server_port

    def test_a_certificate_that_nobody_knows(self, port):
        message, advice = unreachable("localhost", port, verify=True)
        assert message == "TLS with localhost failed: self-signed certificate"
        assert "clock" in advice

    def test_one_that_the_user_knows(self, port, certificate, monkeypatch):
        assert unreachable("localhost", port, verify=str(certificate / "cert.pem")) is None
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
        assert unreachable("localhost", port, verify=True) is None

    def test_a_folder_of_certificates(self, port, certificate, tmp_path):
        assert unreachable("localhost", port, verify=str(tmp_path)) is not None

    def test_not_checked(self, port):
        assert unreachable("localhost", port, verify=False) is None

    def test_no_tls_behind_it(self):
        with Front() as front:
            message, _ = unreachable("127.0.0.1", front.server_port, verify=True)
        assert message.startswith("TLS with 127.0.0.1 failed: ")


class TestAnswers:
    def test_what_the_models_do_not_know(self, box, run):
        box.fail_next("unknown_field", method="folders.listFolders")
        status, message, advice = run("etxt")["etxt", "answers"]
        assert status == "warn"
        assert "what the models don't know: " in message
        assert "disturbs nothing" in advice

    def test_what_does_not_fit(self, box, run):
        box.fail_next("wrong_type", method="categories.listCategories", times=None)
        try:
            status, message, advice = run("etxt")["etxt", "answers"]
        finally:
            box.faults.clear()
        assert status == "fail"
        assert "etxt categories.listCategories" in message
        assert advice

    def test_one_that_says_who_one_is_does_not_fit(self, box, run):
        box.fail_next("wrong_type", method="users.getBalance", times=1)
        found = run("etxt")
        assert found["etxt", "account"][0] == "fail"
        assert "Tell the project" in found["etxt", "account"][2]
        assert found["etxt", "answers"][0] == "ok"

    def test_no_answer(self, box, run):
        box.fail_next("429", method="tasks.listTasks", times=None)
        try:
            status, _, advice = run("etxt")["etxt", "answers"]
        finally:
            box.faults.clear()
        assert status == "fail"
        assert advice.startswith("Try again later")


class TestLimits:
    def test_as_they_stand(self, box, run, path):
        path.write_text("[default.etxt]\nlimits = { per_second = 20, burst = 9, share = 'process' }")
        path.chmod(0o600)
        status, message, _ = run("etxt")["etxt", "limits"]
        assert status == "ok"
        assert re.fullmatch(
            r"all calls [\d.]+ at once, then one in 0.05 s; messages 1 at once, then one in 61 s", message
        )

    def test_a_folder_that_can_not_be_shared(self, box, run, path, tmp_path):
        (tmp_path / "file").write_text("")
        path.write_text("[default.etxt]\nlimits = { per_second = 20, burst = 9, state_dir = 'file/x' }")
        path.chmod(0o600)
        status, message, _ = run("etxt")["etxt", "limits"]
        assert (status, message) == ("warn", "not shared with other processes for now")

    def test_a_hold(self, box, run, path):
        path.write_text("[default.etxt]\nlimits = { per_second = 20, burst = 9, share = 'process' }")
        path.chmod(0o600)
        limits = Limits(default=Rule.per_second(20, burst=9), share="process")
        with box.etxt_client(limits=limits) as other:
            other.limits.hold(600)
        found = run("etxt")
        assert found["etxt", "limits"][0] == "warn"
        assert found["etxt", "account"][0] == "fail"

    def test_a_token_that_runs_out_soon(self, app_box, run, monkeypatch, path):
        for name, value in app_box.environment().items():
            monkeypatch.setenv(name, value)
        client = app_box.kwork_client(wire="app")
        client.save_session(profile="soon")
        end = client.expires_at
        client.close()
        for name in ("KWORK_LOGIN", "KWORK_PASSWORD"):
            monkeypatch.delenv(name)

        class Late(SystemClock):
            def wall(self):
                return end - timedelta(hours=3)

        monkeypatch.setattr(doctor, "SystemClock", Late)
        status, message, advice = run("kwork", "--profile", "soon")["kwork", "token"]
        assert (status, message) == ("warn", f"the token is good until {end:%Y-%m-%d %H:%M} UTC")
        assert "login kwork" in advice


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
