"""`Sandbox` itself: starting, stopping, time, records, several callers at once."""

from __future__ import annotations

import ast
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

import kwork_etxt_sdk.sandbox
from kwork_etxt_sdk.sandbox import Sandbox, SandboxUnavailableError, SimulatedClock
from kwork_etxt_sdk.sandbox.record import CALLS_KEPT, Call, CallRecord
from tests.sandbox.callers import START, TIMEOUT, EtxtCaller


def test_it_tells_where_it_is_and_what_opens_it(box):
    assert box.url == f"http://127.0.0.1:{box.port}"
    assert box.environment() == {
        "ETXT_BASE_URL": f"{box.url}/etxt/api/json/",
        "ETXT_TOKEN": box.etxt_token,
        "ETXT_API_PASS": box.etxt_api_pass,
        "KWORK_BASE_URL": f"{box.url}/kwork",
        "KWORK_LOGIN": box.kwork_login,
        "KWORK_PASSWORD": box.kwork_password,
        "KWORK_WIRE": "documented",
    }
    assert len(box.etxt_token) == 32


def test_credentials_belong_to_the_seed():
    assert Sandbox(seed=1).etxt_token == Sandbox(seed=1).etxt_token != Sandbox(seed=2).etxt_token


def test_a_port_can_be_chosen(box):
    box.stop()
    with Sandbox(port=box.port) as again:
        assert again.port == box.port
        assert requests.get(again.url, timeout=TIMEOUT).status_code == 404


def test_a_port_that_is_taken_is_an_error_and_not_the_end(box):
    other = Sandbox(port=box.port)
    with pytest.raises(OSError, match="No socket could be created"):
        other.start()
    box.stop()
    with other:
        assert other.port == box.port


def test_it_starts_once_and_stops_as_often_as_you_like(box):
    with pytest.raises(RuntimeError, match="starts once"):
        box.start()
    port = box.port
    box.stop()
    box.stop()
    assert box.port == port
    with pytest.raises(requests.ConnectionError):
        requests.get(box.url, timeout=TIMEOUT)
    with pytest.raises(RuntimeError, match="starts once"):
        box.start()


def test_before_the_start_there_is_nothing_to_look_at():
    box = Sandbox()
    box.stop()
    with pytest.raises(RuntimeError, match="not been started"):
        _ = box.url


def test_elsewhere_there_is_nothing(box):
    assert requests.get(f"{box.url}/etx", timeout=TIMEOUT).status_code == 404
    assert requests.get(f"{box.url}/etxt/feedback", timeout=TIMEOUT).status_code == 404
    assert [(call.service, call.method) for call in box.calls] == [("other", "/etx"), ("other", "/etxt/feedback")]


def test_the_state_can_be_looked_at_and_changed(box, etxt):
    with box.lock:
        box.exchange.account.total += 1
    assert etxt.balance() == "10001.00"
    assert box.market.kworks


def test_a_fast_clock_delivers_an_order_within_seconds():
    with Sandbox(speed=36_000) as box:
        etxt = EtxtCaller(box)
        id_task = etxt.place(auto_work=1)
        while etxt.order(id_task)["status"] != "3":
            pass
        etxt.session.close()


def test_many_callers_at_once(box):
    def work(_):
        etxt = EtxtCaller(box)
        ids = [etxt.place(size=100) for _ in range(5)]
        etxt.session.close()
        return ids

    with ThreadPoolExecutor(8) as threads:
        ids = [id_task for made in threads.map(work, range(8)) for id_task in made]
    assert len(set(ids)) == 40
    assert box.executed["tasks.saveTask"] == 40
    assert len(box.calls) == 40


def test_connections_are_kept_alive(box):
    with requests.Session() as session:
        for _ in range(30):
            session.post(box.etxt_base_url, timeout=TIMEOUT)
        (pool,) = session.get_adapter(box.url).poolmanager.pools._container.values()
        assert pool.num_connections == 1


def test_without_its_packages_it_says_which_extra_brings_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "kwork_etxt_sdk.sandbox.app", None)
    monkeypatch.delitem(sys.modules, "kwork_etxt_sdk.sandbox.serving", raising=False)
    with pytest.raises(SandboxUnavailableError, match=r'pip install "kwork-etxt-sdk\[sandbox\]"'):
        Sandbox().start()


def test_importing_it_imports_no_web_framework():
    code = (
        "import sys, kwork_etxt_sdk.sandbox; print([m for m in ('flask', 'cheroot', 'requests') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "flask" not in done.stdout
    assert "cheroot" not in done.stdout


def test_a_program_that_forgets_to_stop_it_ends_nevertheless():
    code = "from kwork_etxt_sdk.sandbox import Sandbox; print(Sandbox().start().port)"
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=TIMEOUT)


def test_it_shares_no_code_with_the_clients():
    """Two conveniences make a client for its users; they are all that knows of the SDK."""
    package = Path(kwork_etxt_sdk.sandbox.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if path == package / "server.py" and isinstance(node, ast.ImportFrom) and node.module == "kwork_etxt_sdk":
                assert {alias.name for alias in node.names} <= {"EtxtClient", "KworkClient"}
                continue
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith("kwork_etxt_sdk") or name.startswith("kwork_etxt_sdk.sandbox"), path


def test_it_makes_clients_of_the_sdk_when_asked(box):
    with box.etxt_client(timeout=5) as etxt, box.kwork_client() as kwork, box.kwork_client(wire="app") as app:
        assert etxt.users.get_balance().balance == 10_000
        assert kwork.projects.get_list().projects
        assert app.projects.get_list().projects
    wires = [
        "app" if "Authorization" in call.headers else "documented" for call in box.calls if call.method == "projects"
    ]
    assert wires == ["documented", "app"]


def test_its_client_speaks_the_wire_that_it_has():
    with Sandbox(speed=0, wire="app") as box, box.kwork_client() as client:
        assert client.projects.get_list().projects


# --- clock and record -----------------------------------------------------------------------------------------------


def test_the_clock_runs_at_its_speed_and_can_be_wound_forward():
    real = [100.0]
    clock = SimulatedClock(speed=60, start=START, real=lambda: real[0])
    assert clock.now() == START
    real[0] += 2
    assert clock.now() == START + 120
    assert clock.advance(days=1, hours=1, minutes=1, seconds=1) == START + 120 + 90_061
    assert clock.speed == 60


def test_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="backwards"):
        SimulatedClock(speed=-1)
    with pytest.raises(ValueError, match="backwards"):
        SimulatedClock().advance(hours=-1)


def test_the_record_does_not_grow_for_ever():
    record = CallRecord()
    for number in range(CALLS_KEPT + 5):
        record.add(Call("etxt", str(number), "POST", (), {}, {}, (), 200, None, 0.0), executed=True)
    assert len(record.calls()) == CALLS_KEPT
    assert record.calls()[0].method == "5"


def test_errors_of_the_server_go_to_the_log(caplog):
    from kwork_etxt_sdk.sandbox.serving import LoopbackServer

    with caplog.at_level("INFO", "kwork_etxt_sdk.sandbox"):
        LoopbackServer(0).error_log("lost a client\n", 30)
    assert caplog.messages == ["lost a client"]
