"""``doctor`` and the service: what it says of network, clock, TLS, answers and limits."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kwork_etxt_sdk import Limits, Rule
from kwork_etxt_sdk.cli import doctor
from kwork_etxt_sdk.cli.reachability import unreachable
from kwork_etxt_sdk.transport.clock import SystemClock
from tests.support.planted import PLANTED


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
