"""The scripts in ``examples`` do their jobs, in the sandbox."""

from __future__ import annotations

import json
import re
import runpy
import sys

import pytest

from kwork_etxt_sdk import EtxtClient, KworkClient
from kwork_etxt_sdk.etxt.models.tasks import TaskStatus
from tests.docs.pages import ROOT

EXAMPLES = ROOT / "examples"
ORDER = ["Обзор чайников", "--category-id", "1790", "--size", "3000", "--price", "60.50"]


@pytest.fixture
def run(box, monkeypatch, capsys):
    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        captured = capsys.readouterr()
        return end.value.code, captured.out, captured.err

    return run


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda script: script.stem)
def test_every_script_says_how_to_try_it_and_the_commands_are_true(script, run):
    text = script.read_text(encoding="utf-8")

    assert "with Sandbox() as box:" in text.partition('"""')[2].partition('"""')[0]
    code, output, _ = run(script.stem, "--help")
    assert code == 0
    usage = " ".join(output.split())
    for command in re.findall(rf"python examples/{script.name}.*", text):
        assert all(option in usage for option in re.findall(r"--[\w-]+", command))


class TestWatchProjects:
    def test_prints_new_projects_that_pay_enough(self, box, run):
        with KworkClient.from_env() as client:
            newest = client.projects.iter_list().limit(20).to_list()
        expected = [project.id for project in newest[:10] if project.budget and project.budget >= 20000]
        assert 0 < len(expected) < 10

        code, output, errors = run(
            "watch_projects", "--limit", "40", "--min-budget", "20000", "--newer-than", str(newest[10].id)
        )

        assert (code, errors) == (0, "")
        assert [json.loads(line)["id"] for line in output.splitlines()] == expected

    def test_category_reaches_the_service(self, box, run):
        code, output, _ = run("watch_projects", "--category-id", "41", "--limit", "5")

        assert code == 0
        assert {json.loads(line)["category_id"] for line in output.splitlines()} == {41}
        assert [call.params["category_id"] for call in box.calls if call.method == "projects"] == [41]

    def test_wrong_password(self, run, monkeypatch):
        monkeypatch.setenv("KWORK_PASSWORD", "not-the-password")

        code, output, errors = run("watch_projects")

        assert (code, output) == (1, "")
        assert errors.startswith("kwork login: ")
        assert "not-the-password" not in errors


class TestPlaceOrder:
    def test_draft(self, box, run):
        code, output, errors = run("place_order", *ORDER)

        assert (code, errors) == (0, "")
        with EtxtClient.from_env() as client:
            (task,) = client.tasks.list_tasks(task_id=int(output))
        assert (task.title, task.public, task.size, task.uniq) == ("Обзор чайников", False, 3000, 90)
        assert box.executed == {"tasks.saveTask": 1}

    def test_published(self, box, run):
        code, output, _ = run("place_order", *ORDER, "--publish", "--uniqueness", "95", "--days", "1.5")

        assert code == 0
        with EtxtClient.from_env() as client:
            (task,) = client.tasks.list_tasks(status=TaskStatus.WAITING)
        assert (task.task_id, task.uniq) == (int(output), 95)
        sent = box.calls[0].params
        assert (sent["price"], sent["price_type"], sent["public"]) == ("60.5", "1", "1")

    def test_dry_run_sends_nothing(self, box, run):
        code, output, _ = run("place_order", *ORDER, "--publish", "--dry-run")

        assert code == 0
        assert "method=tasks.saveTask&token=***&sign=***" in output
        assert box.calls == []

    def test_refused_before_sending(self, box, run):
        code, output, errors = run("place_order", *ORDER, "--days", "100")

        assert (code, output) == (1, "")
        assert "deadline must be" in errors
        assert box.calls == []

    def test_outcome_unknown_has_a_status_of_its_own(self, run, monkeypatch, mute_service):
        monkeypatch.setenv("ETXT_BASE_URL", mute_service)

        code, output, errors = run("place_order", *ORDER, "--publish")

        assert (code, output) == (4, "")
        assert "Ask with tasks.list_tasks before trying again." in errors


class TestAcceptByUniqueness:
    def test_accepts_what_is_unique_enough_and_leaves_the_rest(self, box, run, orders_in_review):
        with EtxtClient.from_env() as client:
            measured = {result.task_id: result.uniqueness for result in client.tasks.get_results(orders_in_review)}
        threshold = max(measured.values())
        good = {task_id for task_id, percent in measured.items() if percent == threshold}
        assert 0 < len(good) < 3

        code, output, errors = run("accept_by_uniqueness", "--at-least", str(threshold))

        assert (code, errors) == (0, "")
        assert output.count("accept ") == len(good)
        assert output.count("leave  ") == 3 - len(good)
        assert output.endswith(f"accepted {len(good)}, not accepted: none\n")
        with EtxtClient.from_env() as client:
            assert {task.task_id for task in client.tasks.list_tasks(status=TaskStatus.DONE)} == good
        assert box.executed == {"tasks.paidTask": 1}

    def test_dry_run_accepts_nothing(self, box, run, orders_in_review):
        code, output, _ = run("accept_by_uniqueness", "--at-least", "1", "--dry-run")

        assert code == 0
        assert output.count("accept ") == 3
        assert not box.executed

    def test_nothing_waits(self, box, run):
        assert run("accept_by_uniqueness", "--at-least", "90") == (0, "", "")
        assert not box.executed
