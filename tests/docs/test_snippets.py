"""What the pages tell people to run does run: every block, against the sandbox."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest

from kwork_etxt_sdk import EtxtClient, KworkClient, OutcomeUnknown
from kwork_etxt_sdk.cli import main
from tests.docs.pages import DOCS, PAGES, READMES, code_blocks, name_of, run_blocks

#: Pages whose blocks belong together and need a client, orders to act upon, or both.
APART = ("etxt-raw.rst", "testing.rst", "configuration.rst")  # each has its own way of being run
# Those in Russian are not run: test_russian.py proves that their code is that of the English ones.
GUIDES = [page for page in PAGES if page.parent == DOCS / "guide" and page.name not in APART]
QUICKSTARTS = [DOCS / "quickstart.rst", DOCS / "ru" / "quickstart.rst"]
RAW = DOCS / "guide" / "etxt-raw.rst"


@pytest.mark.parametrize("page", [*READMES, *PAGES], ids=name_of)
def test_python_blocks_compile_and_no_page_has_another_kind_of_python(page):
    for block in code_blocks(page, "python"):
        compile(block.text, f"{name_of(page)}:{block.line}", "exec")
    kinds = set(re.findall(r"(?m)^\.\. code-block:: (\w+)$", page.read_text(encoding="utf-8")))
    assert kinds <= {"python", "text", "sh"}


@pytest.mark.parametrize("page", READMES, ids=name_of)
class TestReadme:
    @pytest.mark.usefixtures("box")
    def test_commands_show_and_write_what_they_say(self, page, tmp_path, capsys):
        (block,) = code_blocks(page, "sh")
        commands = [shlex.split(line) for line in block.text.splitlines()]
        assert {command[0] for command in commands} == {"kwork-etxt"}

        assert [main(command[1:]) for command in commands] == [0] * len(commands)

        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert len(lines) > 5 + 1  # five projects, the balance, and what is new
        assert lines[5]["balance"] == "10000.00"
        assert len((tmp_path / "kworks.csv").read_text(encoding="utf-8-sig").splitlines()) == 1 + 100

    def test_script_reads_the_balance_orders_and_projects(self, page, box, orders_in_review, capsys):
        run_blocks(page, [self.block(page, "list_tasks().limit")])

        assert [call.method for call in box.calls] == [
            "users.getBalance",
            "tasks.listTasks",
            "signIn",
            "getWebAuthToken",
            "projects",
        ]
        output = capsys.readouterr().out
        assert all(str(task_id) in output for task_id in orders_in_review)

    def test_notebook_keeps_thirty_projects(self, page, box, tmp_path):
        left = run_blocks(page, [self.block(page, "to_csv")])

        lines = (tmp_path / "projects.csv").read_text(encoding="utf-8-sig").splitlines()
        assert lines[0] == "id,title,budget,bids_count"
        assert len(lines) == 1 + len(left["frame"]) == 31
        assert "<table" in left["projects"]._repr_html_()

    def test_cron_job_lists_what_waits_and_ends_well(self, page, box, orders_in_review, capsys):
        with pytest.raises(SystemExit) as end:
            run_blocks(page, [self.block(page, "sys.exit")])

        assert end.value.code == 0
        assert sorted(capsys.readouterr().out.split()[::3]) == sorted(map(str, orders_in_review))
        assert not box.executed

    def test_cron_job_says_that_it_failed(self, page, box, monkeypatch, capsys):
        monkeypatch.setenv("ETXT_API_PASS", "wrong-password")

        with pytest.raises(SystemExit) as end:
            run_blocks(page, [self.block(page, "sys.exit")])

        assert end.value.code == 1
        captured = capsys.readouterr()
        assert captured.err.startswith("etxt tasks.listTasks: eTXT says:")
        assert "wrong-password" not in captured.err

    @staticmethod
    def block(page, text):
        (found,) = [block for block in code_blocks(page, "python") if text in block.text]
        return found


@pytest.mark.parametrize("page", QUICKSTARTS, ids=name_of)
class TestQuickstart:
    """Each of its ways in stands on its own: it is run without what the others leave."""

    def test_commands_order_accept_and_mirror(self, page, box, tmp_path, capsys):
        commands = [
            shlex.split(line)
            for block in code_blocks(page, "sh")
            for line in block.text.replace("\\\n", "").splitlines()
            if " login " not in line and "doctor" not in line
        ]
        for command in commands:
            if "--status" in command:
                box.advance(hours=8)
            assert main(command[1:]) == 0, command

        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert lines[6:9] == [
            {"task_id": 1000001},
            {**lines[7], "task_id": 1000001, "status": 3},
            {"accepted": [1000001], "left": {}},
        ]
        with closing(sqlite3.connect(tmp_path / "mirror.db")) as database:
            assert database.execute("SELECT status FROM etxt_orders WHERE task_id = 1000001").fetchall() == [(4,)]

    def test_script_keeps_projects(self, page, box, tmp_path, capsys):
        left = run_blocks(page, [self.block(page, "to_csv")])

        lines = (tmp_path / "projects.csv").read_text(encoding="utf-8-sig").splitlines()
        assert lines[0] == "id,title,budget,customer.username"
        assert len(lines) == 1 + len(left["found"]) > 10
        assert capsys.readouterr().out.splitlines()[-1].startswith(f"{len(left['found'])} ")

    def test_notebook_places_and_pays(self, page, box, capsys):
        cells = [block for block in code_blocks(page, "python") if "open_client" not in block.text]
        left = run_blocks(page, cells)

        output = capsys.readouterr().out
        assert "method=tasks.saveTask&token=***&sign=***" in output
        assert re.search(r": \[1000001\] .*: \[\]", output)  # paid, and nothing left unpaid
        assert "189.00" in output  # 3 x 60 roubles and the service's 5 %
        assert "<table" in left["projects"]._repr_html_()
        assert not box.calls  # it has a sandbox of its own

    def test_cron_job_accepts(self, page, box, orders_in_review, capsys):
        with pytest.raises(SystemExit) as end:
            run_blocks(page, [self.block(page, "sys.exit")])

        assert end.value.code == 0
        accepted = [int(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
        assert accepted
        assert set(accepted) <= set(orders_in_review)
        assert dict(box.executed) == {"tasks.paidTask": 1}

    def test_cron_job_says_that_it_failed(self, page, box, monkeypatch, capsys):
        monkeypatch.setenv("ETXT_API_PASS", "wrong-password")

        with pytest.raises(SystemExit) as end:
            run_blocks(page, [self.block(page, "sys.exit")])

        assert end.value.code == 1
        assert capsys.readouterr().err.startswith("etxt tasks.listTasks: eTXT says:")

    def test_commands_and_options_of_the_rest_are_there(self, page):
        (crontab,) = code_blocks(page, "text")
        own = [line for block in code_blocks(page, "sh") for line in block.text.splitlines() if " login " in line]
        jobs = re.findall(r"  kwork-etxt (.*)", crontab.text)
        assert (len(own), len(jobs)) == (2, 2)
        for line in [command.removeprefix("kwork-etxt ") for command in own] + jobs:
            assert main([*shlex.split(line), "--help"]) == 0

    @staticmethod
    def block(page, text):
        (found,) = [block for block in code_blocks(page, "python") if text in block.text]
        return found


#: What guides change at the service: executions that changed something. All others change nothing.
CHANGES = {
    "what-happens-when.rst": {"tasks.saveTask": 2, "tasks.paidTask": 3},
    "safety.rst": {"tasks.saveTask": 1, "tasks.paidTask": 1},
    "errors.rst": {"tasks.paidTask": 1},
    "paging.rst": {"tasks.paidTask": 3},
    "results.rst": {},
    "notebooks.rst": {},
    "files.rst": {"tasks.saveTask": 1},
}


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_guide_does_what_it_says(page, box, orders_in_review):
    with EtxtClient.from_env() as client, KworkClient.from_env() as kwork:
        run_blocks(page, code_blocks(page, "python"), client=client, kwork=kwork)

    assert dict(box.executed) == CHANGES.get(page.name, {})


@pytest.mark.parametrize(
    "page", [DOCS / "index.rst", DOCS / "reference" / "etxt.rst", DOCS / "reference" / "kwork.rst"], ids=name_of
)
def test_first_page_and_reference_examples_run(page, box, orders_in_review, capsys):
    run_blocks(page, code_blocks(page, "python"))

    assert capsys.readouterr().out
    assert not box.executed


class TestFolderByHand:
    """The page that shows what the manual leaves out: a folder, made in three ways."""

    @pytest.mark.parametrize("number", [0, 1], ids=["with the SDK", "without it"])
    def test_python(self, box, number, capsys):
        run_blocks(RAW, [code_blocks(RAW, "python")[number]])

        assert self.created(box) == int(capsys.readouterr().out)

    @pytest.mark.skipif(
        not (shutil.which("sh") and shutil.which("curl") and shutil.which("md5sum")),
        reason="the page's shell commands need sh, curl and md5sum",
    )
    def test_shell(self, box):
        (block,) = code_blocks(RAW, "sh")

        done = subprocess.run(["sh", "-c", block.text], capture_output=True, text=True, check=False, timeout=60)

        assert (done.returncode, done.stderr) == (0, "")
        assert int(json.loads(done.stdout)["id_folder"]) == self.created(box)

    @staticmethod
    def created(box):
        (call,) = box.calls
        assert (call.method, call.params["name"], call.refusal) == ("folders.addFolder", "Folder name", None)
        assert sorted(call.credentials) == ["query:sign", "query:token"]
        with EtxtClient.from_env() as client:
            (folder,) = [folder for folder in client.folders.list_folders() if folder.name == "Folder name"]
        assert not folder.parent_id
        return folder.folder_id


class TestCronRecipe:
    """The recipe "order once a day" where it matters: the answer is lost, or the job is started again."""

    PAGE = DOCS / "guide" / "what-happens-when.rst"

    def run(self, capsys):
        (recipe,) = [block for block in code_blocks(self.PAGE, "python") if "def order_of_today" in block.text]
        run_blocks(self.PAGE, [recipe])
        return capsys.readouterr().out

    def test_a_second_run_orders_nothing(self, box, capsys):
        assert self.run(capsys) == self.run(capsys)
        assert dict(box.executed) == {"tasks.saveTask": 1}

    def test_a_lost_answer_is_asked_for(self, box, capsys):
        box.fail_next("reset_in_body", method="tasks.saveTask", times=1)
        first = self.run(capsys)
        assert first == self.run(capsys)
        with EtxtClient.from_env() as client:
            (task,) = client.tasks.list_tasks()
        assert first == f"order {task.task_id}\n"
        assert dict(box.executed) == {"tasks.saveTask": 1}

    def test_what_cannot_be_told_is_left_to_a_person(self, box, capsys):
        box.fail_next("reset_before_reading", method="tasks.saveTask", times=1)
        with pytest.raises(OutcomeUnknown):
            self.run(capsys)
        with pytest.raises(OutcomeUnknown):
            self.run(capsys)
        assert not box.executed
