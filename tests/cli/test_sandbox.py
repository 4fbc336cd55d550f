"""``kwork-etxt sandbox``, in a process of its own."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

from kwork_etxt_sdk import EtxtClient, KworkClient
from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.sandbox import Sandbox

PATIENCE = 60


@contextmanager
def running(*arguments):
    """The process, once it is ready, and the environment it has printed."""
    command = [sys.executable, "-m", "kwork_etxt_sdk.cli", "sandbox", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        process.ready = process.stderr.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def environment(text):
    return dict(shlex.split(line)[0].split("=", 1) for line in text.splitlines())


def end(process, number):
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, environment(out), err


def test_its_lines_point_programs_to_it_until_it_is_asked_to_stop(monkeypatch):
    with running("--seed", "5", "--speed", "0", "--wire", "documented") as process:
        assert process.ready.startswith("ready: eTXT and Kwork on http://127.0.0.1:")
        port = process.ready.partition("127.0.0.1:")[2].partition(",")[0]
        lines = [process.stdout.readline() for _ in range(7)]
        names = environment("".join(lines))
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        with EtxtClient.from_env() as etxt, KworkClient.from_env() as kwork:
            assert etxt.users.get_balance().balance == 10_000
            assert kwork.projects.get_list().projects
        assert names["ETXT_BASE_URL"] == f"http://127.0.0.1:{port}/etxt/api/json/"
        assert names["ETXT_TOKEN"] == Sandbox(seed=5).etxt_token
        assert end(process, signal.SIGTERM) == (0, {}, "")


def test_ctrl_c_ends_it_as_shells_expect():
    with running("--wire", "app") as process:
        status, names, err = end(process, signal.SIGINT)
    assert (status, err.strip()) == (130, "interrupted")
    assert names["KWORK_WIRE"] == "app"
    assert names["KWORK_APP_AUTHORIZATION"] == Sandbox().kwork_app_authorization  # quoted: it has a space


def test_what_happened_is_there_in_the_next_run(tmp_path):
    state = str(tmp_path / "state.db")
    for expected in (0, 1):
        with running("--state", state, "--speed", "0") as process:
            names = environment("".join(process.stdout.readline() for _ in range(7)))
            with EtxtClient(names["ETXT_TOKEN"], names["ETXT_API_PASS"], base_url=names["ETXT_BASE_URL"]) as client:
                found = [folder for folder in client.folders.list_folders() if folder.name == "Kept"]
                assert len(found) == expected
                client.folders.add_folder("Kept")
            assert end(process, signal.SIGTERM)[0] == 0


def test_faults_are_there_from_the_start():
    with running("--fault", "503:method=users.*,times=1", "--shapes", "keyed") as process:
        names = environment("".join(process.stdout.readline() for _ in range(7)))
        with EtxtClient(names["ETXT_TOKEN"], names["ETXT_API_PASS"], base_url=names["ETXT_BASE_URL"]) as client:
            events = []
            client.with_options(on_event=events.append).users.get_balance()
        assert "Retried" in [type(event).__name__ for event in events]


def test_a_port_in_use_is_one_line(capsys):
    with Sandbox() as box:
        assert main(["sandbox", "--port", str(box.port)]) == 1
    assert capsys.readouterr().err == f"Error: cannot listen on port {box.port}: it is in use\n"


def test_a_port_that_is_not_allowed_is_one_line(capsys, monkeypatch):
    def refuse(_box):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Sandbox, "start", refuse)
    assert main(["sandbox", "--port", "1"]) == 1
    assert capsys.readouterr().err == "Error: cannot listen on port 1: [Errno 13] Permission denied\n"


def test_a_state_file_that_cannot_be_used_is_one_line(tmp_path, capsys):
    path = tmp_path / "state.db"
    path.write_text("something else entirely, " * 100)
    assert main(["sandbox", "--state", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"Error: the state file {path} is damaged")


def test_a_fault_that_does_not_exist_is_misuse(capsys):
    assert main(["sandbox", "--fault", "laten"]) == 2
    assert "did you mean 'latency'" in capsys.readouterr().err


def test_it_stops_in_this_process_too(capsys, monkeypatch):
    class Stop(threading.Event):
        def wait(self, timeout=None):
            os.kill(os.getpid(), signal.SIGTERM)
            return super().wait(timeout)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("kwork_etxt_sdk.cli.sandbox.threading.Event", Stop)
    assert main(["sandbox"]) == 0
    assert signal.getsignal(signal.SIGTERM) == before
    captured = capsys.readouterr()
    assert environment(captured.out)["KWORK_LOGIN"] == "demo_buyer"
    assert captured.err.startswith("ready: ")


def run(*arguments):
    command = [sys.executable, "-m", "kwork_etxt_sdk.cli", "sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_command_runs_in_its_environment_and_says_how_it_ended():
    program = (
        "import sys; from kwork_etxt_sdk import EtxtClient; "
        "print(EtxtClient.from_env().users.get_balance().balance); sys.exit(7)"
    )
    done = run("--seed", "5", sys.executable, "-c", program)
    assert (done.returncode, done.stdout) == (7, "10000.00\n")
    assert done.stderr.startswith("eTXT and Kwork are on http://127.0.0.1:")


def test_nothing_of_a_real_account_reaches_a_command(monkeypatch):
    for name in ("KWORK_TOKEN", "KWORK_ETXT_PROFILE", "ETXT_TOKEN"):
        monkeypatch.setenv(name, "real-account")
    done = run(sys.executable, "-c", "import os; print(*os.environ.values())")
    assert done.returncode == 0
    assert "real-account" not in done.stdout


def test_a_command_that_a_signal_ended_has_the_status_of_shells():
    done = run(sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert done.returncode == 128 + signal.SIGKILL


def test_a_command_that_is_not_there_is_told():
    done = run("no-such-program-anywhere")
    assert done.returncode != 0
    assert "cannot run no-such-program-anywhere: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr
