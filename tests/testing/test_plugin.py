"""The fixtures for users' tests, used as users use them."""

from __future__ import annotations

import pytest

from kwork_etxt_sdk import KworkClient, OutcomeUnknown
from kwork_etxt_sdk.sandbox import SandboxUnavailableError
from kwork_etxt_sdk.testing.clock import SandboxClock


class TestFixtures:
    def test_both_marketplaces_are_one_sandbox(self, etxt_sandbox, kwork_sandbox):
        assert etxt_sandbox is kwork_sandbox
        assert etxt_sandbox.clock.speed == 0

    def test_clients_are_bound_to_it(self, etxt_client, kwork_client, calls):
        assert etxt_client.users.get_balance().balance == 10_000
        assert kwork_client.projects.get_list().projects
        assert [call.service for call in calls()] == ["kwork", "kwork", "etxt", "kwork"]
        assert [call.method for call in calls("users.getBalance")] == ["users.getBalance"]

    def test_time_passes_when_it_is_told_to(self, etxt_client, advance):
        task_id = etxt_client.tasks.save_task(
            "Обзор", price=60, size=3000, category_id=1790, public=True, auto_work=True
        ).task_id
        advance(hours=5)
        assert [task.task_id for task in etxt_client.tasks.list_tasks(status=3)] == [task_id]

    def test_waits_take_simulated_time_only(self, etxt_client, etxt_sandbox, fail_next, calls):
        fail_next("429", method="users.getBalance", retry_after=45)
        before = etxt_sandbox.clock.now()
        assert etxt_client.users.get_balance().balance == 10_000
        assert etxt_sandbox.clock.now() - before >= 45
        assert [call.status for call in calls("users.getBalance")] == [429, 200]

    def test_what_failed_can_be_counted(self, etxt_client, etxt_sandbox, fail_next):
        fail_next("502", method="folders.addFolder", executed=True)
        with pytest.raises(OutcomeUnknown):
            etxt_client.folders.add_folder("A")
        assert etxt_sandbox.executed == {"folders.addFolder": 1}


class TestOptions:
    @pytest.fixture
    def sandbox_options(self, sandbox_options):
        return {**sandbox_options, "seed": 7, "wire": "app"}

    def test_a_test_can_choose_its_sandbox(self, etxt_sandbox, kwork_client):
        assert etxt_sandbox.seed == 7
        assert etxt_sandbox.environment()["KWORK_WIRE"] == "app"
        assert isinstance(kwork_client, KworkClient)
        assert kwork_client.credentials["wire"] == "app"


def test_the_clock_is_the_sandboxs(etxt_sandbox):
    clock, other = SandboxClock(etxt_sandbox), SandboxClock(etxt_sandbox)
    before = clock.now()
    clock.sleep(5_000_000_000)
    assert clock.now() - before == pytest.approx(5_000_000_000)
    assert clock.wall().timestamp() == pytest.approx(etxt_sandbox.clock.now())
    assert clock.chance() == other.chance() != clock.chance()


PROBE = """
def test_nothing_heavy_was_imported():
    import sys
    heavy = {"kwork_etxt_sdk.sandbox", "kwork_etxt_sdk.testing.stubs", "flask", "cheroot", "requests", "responses",
             "attrs", "cattrs"}
    assert not heavy & set(sys.modules)

def test_it_works(etxt_client, kwork_client, etxt_stub, kwork_stub):
    pass
"""
LACKING = """
import pytest

@pytest.mark.parametrize("name", ["etxt_client", "kwork_client", "etxt_stub", "kwork_stub"])
def test_that_needs_it(name, request):
    request.getfixturevalue(name)
"""


def test_it_is_found_in_an_empty_directory_and_imports_nothing_heavy(run_pytest):
    done = run_pytest(PROBE, "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_fixtures_are_listed_with_what_they_are_for(run_pytest):
    listed = run_pytest("", "--fixtures").stdout
    for name in ("etxt_sandbox", "kwork_sandbox", "etxt_client", "kwork_client", "advance", "fail_next", "calls"):
        assert f"\n{name} -- " in listed
    assert "no docstring available" not in listed.partition("kwork_etxt_sdk.testing.plugin")[2]


@pytest.mark.parametrize(("package", "failures"), [("cheroot", 2), ("flask", 2), ("responses", 2)])
def test_what_lacks_its_extra_says_which_to_install(run_pytest, package, failures):
    done = run_pytest(LACKING, code=f"import sys; sys.modules[{package!r}] = None")
    assert done.returncode == 1
    assert f"{failures} passed" in done.stdout
    message = f"this fixture needs the package '{package}'; install it with: pip install 'kwork-etxt-sdk[testing]'"
    assert done.stdout.count(message) >= failures
    assert "Traceback" not in done.stdout


def test_a_missing_package_is_said_in_this_process_too(request, monkeypatch):
    def start(_box):
        raise SandboxUnavailableError("it needs cheroot") from ModuleNotFoundError(name="cheroot")

    monkeypatch.setattr("kwork_etxt_sdk.sandbox.Sandbox.start", start)
    with pytest.raises(pytest.fail.Exception, match="'cheroot'; install it with"):
        request.getfixturevalue("etxt_sandbox")


def test_a_missing_package_of_the_stubs_too(request, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "kwork_etxt_sdk.testing.stubs", None)
    with pytest.raises(pytest.fail.Exception, match="install it with: pip install"):
        request.getfixturevalue("kwork_stub")
