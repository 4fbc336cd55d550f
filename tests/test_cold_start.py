"""What a short program does not pay for: modules that are not loaded before they are needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.etxt_server import API_PASS, TOKEN, EtxtServer, part_of

NETWORK = {"requests", "urllib3", "http.client", "ssl"}
#: Packages of extras, and parts of the library that are slow to load.
EXTRAS = {"click", "rich", "tqdm", "pandas", "numpy", "redis", "keyring", "sqlite_utils", "flask", "cheroot", "pytest"}
SLOW = {
    "asyncio",
    "multiprocessing",
    "concurrent.futures",
    "pickle",
    "unittest",
    "logging.handlers",
    "xml",
    "email.mime",
}
#: Rooms that a client has nothing to do with.
APART = {f"kwork_etxt_sdk.{room}" for room in ("cli", "sandbox", "testing", "sync", "watch", "tables", "registry")}

MAKE = f"from kwork_etxt_sdk import EtxtClient; client = EtxtClient({TOKEN!r}, {API_PASS!r}, base_url=%r)"
MAKE_KWORK = "from kwork_etxt_sdk import KworkClient; client = KworkClient(token='t' * 8)"
PAGE = f"{MAKE}; assert [task.task_id for task in client.tasks.list_tasks()] == [1, 2]"


def loaded(program):
    """The names of the modules that a program brings into memory: coverage may have brought some before."""
    made = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            f"import sys; before = set(sys.modules); {program}; print(*set(sys.modules) - before)",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")
    return set(made.stdout.split())


@pytest.fixture
def server():
    with EtxtServer() as made:
        made.answer("tasks.listTasks", part_of([{"id": "1"}, {"id": "2"}]))
        yield made


def test_the_import_loads_no_other_module_of_the_package():
    modules = loaded("import kwork_etxt_sdk")
    ours = {name for name in modules if name.startswith("kwork_etxt_sdk")}
    assert ours == {"kwork_etxt_sdk", "kwork_etxt_sdk._version", "kwork_etxt_sdk.lazy"}
    assert not modules & {*NETWORK, *EXTRAS, *SLOW, "attr", "cattrs", "tenacity", "logging", "json", "decimal"}


@pytest.mark.parametrize("program", [MAKE % "http://127.0.0.1:9/", MAKE_KWORK], ids=["etxt", "kwork"])
def test_a_client_is_made_without_network_models_and_threads(program):
    modules = loaded(program)
    assert modules & {*NETWORK, *EXTRAS, *SLOW, *APART, "tenacity"} == set()
    other = "kwork" if "Etxt" in program else "etxt"
    assert not {
        name for name in modules if name.startswith((f"kwork_etxt_sdk.{other}", "kwork_etxt_sdk.transport.state_r"))
    }
    assert not {name for name in modules if ".models." in name and not name.endswith((".common", ".auth"))}


def test_a_page_needs_no_second_topic_and_nothing_for_what_went_well(server):
    modules = loaded(PAGE % server.base_url)
    assert "requests" in modules
    assert modules & {*EXTRAS, *SLOW, *APART, "tenacity"} == set()
    assert {name for name in modules if name.startswith("kwork_etxt_sdk.etxt.models.")} == {
        "kwork_etxt_sdk.etxt.models.common",
        "kwork_etxt_sdk.etxt.models.moments",
        "kwork_etxt_sdk.etxt.models.tasks",
    }
    assert not {name for name in modules if name.startswith("kwork_etxt_sdk.kwork")}
