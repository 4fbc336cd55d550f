"""What a short program does not pay for: modules that are not loaded before they are needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.etxt_server import API_PASS, TOKEN, EtxtServer, part_of
from tests.support.kwork_server import RecordingServer, answer

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
#: What one answer in models does without: hooks of the user's own, the journal, HTML, retries, profiles, listeners.
UNUSED = {
    *("cattrs", "typing_extensions", "tenacity", "sqlite3", "_sqlite3", "html.parser", "html.entities", "difflib"),
    *(f"kwork_etxt_sdk.{room}" for room in ("config", "credentials", "profiles", "store", "text", "raw", "paging")),
    *(f"kwork_etxt_sdk.{room}" for room in ("prefetch", "progress", "whole_file")),
    *(f"kwork_etxt_sdk.transport.{part}" for part in ("events", "journal", "once", "client_limits", "download")),
}
#: What a page of Kwork's app wire does without: signing in, refusals, the other wire, lists of several pages.
UNUSED_OF_KWORK = {
    f"kwork_etxt_sdk.kwork.{part}"
    for part in ("auth", "documented", "refusals", "opening", "pages", "raw", "models.auth", "models.envelope")
}
#: Rooms that a client has nothing to do with.
APART = {f"kwork_etxt_sdk.{room}" for room in ("cli", "sandbox", "testing", "sync", "watch", "tables", "registry")}

MAKE = f"from kwork_etxt_sdk import EtxtClient; client = EtxtClient({TOKEN!r}, {API_PASS!r}, base_url=%r)"
MAKE_KWORK = "from kwork_etxt_sdk import KworkClient; client = KworkClient(token='t' * 8)"
KWORK_PAGE = (
    "from kwork_etxt_sdk import KworkClient; "
    "client = KworkClient('t' * 8, app_authorization='Basic x', base_url=%r); "
    "assert [kwork.id for kwork in client.catalog.get_list().kworks] == [1, 2]"
)
BALANCE = f"{MAKE}; assert client.users.get_balance().balance == 5"
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
    assert modules & UNUSED <= {"kwork_etxt_sdk.raw"}  # the documented wire writes its parameters
    assert not {name for name in modules if ".models" in name}


def test_a_page_needs_no_second_topic_and_nothing_for_what_went_well(server):
    modules = loaded(PAGE % server.base_url)
    assert "requests" in modules
    assert modules & {*EXTRAS, *SLOW, *APART, "tenacity"} == set()
    assert {name for name in modules if name.startswith("kwork_etxt_sdk.etxt.models.")} == {
        "kwork_etxt_sdk.etxt.models.codes",
        "kwork_etxt_sdk.etxt.models.common",
        "kwork_etxt_sdk.etxt.models.moments",
        "kwork_etxt_sdk.etxt.models.tasks",
    }
    assert not {name for name in modules if name.startswith("kwork_etxt_sdk.kwork")}


def test_an_answer_in_models_loads_nothing_that_it_does_not_use(server):
    server.answer("users.getBalance", {"id": "1", "balance": "5"})
    modules = loaded(BALANCE % server.base_url)
    assert "requests" in modules
    assert (modules - loaded("import requests")) & UNUSED == set()
    assert "kwork_etxt_sdk.etxt.models.tasks" not in modules


def test_a_page_of_kwork_loads_nothing_that_it_does_not_use():
    with RecordingServer() as kwork:
        kwork.on("/kworks", answer({"success": True, "response": [{"id": 1}, {"id": 2}]}))
        modules = loaded(KWORK_PAGE % kwork.url)
    assert "requests" in modules
    assert (modules - loaded("import requests")) & UNUSED == set()
    assert modules & UNUSED_OF_KWORK == set()
    assert not {name for name in modules if name.startswith("kwork_etxt_sdk.etxt")}
