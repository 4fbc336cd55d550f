"""Scripts about money and people: the statement, articles, answers, and how cron runs them."""

from __future__ import annotations

import csv
import os
import re
import shutil
import stat
import subprocess
from datetime import date
from decimal import Decimal

import pytest

from kwork_etxt_sdk import EtxtClient
from kwork_etxt_sdk.etxt.models.articles import ArticleFilter
from kwork_etxt_sdk.etxt.workflows import statement
from kwork_etxt_sdk.mapping import MOSCOW
from tests.examples.conftest import EXAMPLES


def stated():
    with EtxtClient.from_env() as client:
        return statement(client, date(2000, 1, 1))


class TestStatement:
    def test_csv(self, run, tmp_path):
        expected = stated()
        assert len(expected) > 3

        assert run("statement", "--since", "2000-01-01", "a.csv") == (0, f"{len(expected)} operations in a.csv\n", "")

        with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert sorted(Decimal(row["amount"]) for row in rows) == sorted(row["amount"] for row in expected)
        assert {row["operation"] for row in rows} == {row["operation"] for row in expected}

    def test_excel(self, run, tmp_path):
        openpyxl = pytest.importorskip("openpyxl", reason="the extra pandas is not installed")
        expected = stated()

        assert run("statement", "--since", "2000-01-01", "a.xlsx")[0] == 0

        names, *rows = openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True)
        assert list(names) == list(expected[0])
        for row, wanted in zip(rows, expected, strict=True):
            found = dict(zip(names, row, strict=True))
            assert found["date"] == wanted["date"].astimezone(MOSCOW).replace(tzinfo=None)
            assert found["operation"] == wanted["operation"]
            assert Decimal(str(found["amount"])) == wanted["amount"]

    def test_a_text_that_looks_like_a_formula_stays_text(self, run, tmp_path, monkeypatch):
        openpyxl = pytest.importorskip("openpyxl", reason="the extra pandas is not installed")
        evil = {**stated()[0], "operation": "=HYPERLINK(1)"}
        monkeypatch.setattr("kwork_etxt_sdk.etxt.workflows.statement", lambda *_: [evil])

        assert run("statement", "--since", "2000-01-01", "a.xlsx")[0] == 0

        cell = openpyxl.load_workbook(tmp_path / "a.xlsx").active["B2"]
        assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")

    def test_no_operations(self, run, tmp_path):
        for name in ("a.csv", "a.xlsx"):
            arguments = ["--since", "2001-01-01", "--until", "2001-01-02", name]
            assert run("statement", *arguments) == (0, f"0 operations in {name}\n", "")
        assert (tmp_path / "a.csv").read_text(encoding="utf-8-sig").startswith("date,operation,amount")

    def test_another_kind_of_file(self, run, box):
        code, _, errors = run("statement", "--since", "2001-01-01", "a.doc")
        assert (code, "has to end in .xlsx or .csv" in errors) == (2, True)
        assert box.calls == []


class TestAnswerDialogs:
    @pytest.fixture
    def writers(self, box):
        """Ids of people who wrote something that was not read."""
        with EtxtClient.from_env() as client:
            found = {user.author_id for user in client.messages.get_count_unread().users}
        assert len(found) > 1
        box.clear_calls()
        return found

    def test_drafts_are_only_shown(self, run, box, writers):
        code, output, errors = run("answer_dialogs")
        assert (code, errors) == (0, "")
        assert {int(number) for number in re.findall(r"(?m)^(\d+) wrote: ", output)} == writers
        assert output.count("  draft: Здравствуйте!") == len(writers)
        assert not box.executed
        with EtxtClient.from_env() as client:
            assert {user.author_id for user in client.messages.get_count_unread().users} == writers

    def test_answers_are_sent_once(self, run, box, writers):
        for number in range(len(writers)):  # the service takes one message a minute
            code, output, errors = run("answer_dialogs", "--text", "Да.", "--yes", "--most", "1")
            assert (code, errors) == (0, "")
            assert output.endswith(f"  answer: Да.\nanswered before: {number}\n")
            box.advance(minutes=2)
        answered = run("answer_dialogs", "--text", "Нет?", "--yes")
        assert answered == (0, f"answered before: {len(writers)}\n", "")
        assert box.executed == {"messages.writePrivate": len(writers)}
        with EtxtClient.from_env() as client:
            for number in writers:
                assert [message.text for message in client.messages.read_private(number)].count("Да.") == 1

    def test_a_lost_answer_has_a_status_of_its_own_and_is_not_sent_again(self, run, box, writers):
        box.fail_next("reset_in_body", method="messages.writePrivate", times=1)
        code, _, errors = run("answer_dialogs", "--yes", "--most", "1")
        assert code == 4
        assert "Ask with messages.read_private" in errors
        assert run("answer_dialogs")[1].endswith("answered before: 1\n")
        assert box.executed == {"messages.writePrivate": 1}


class TestBuyArticles:
    def test_lists_and_buys_within_the_budget(self, run, box, tmp_path):
        code, listed, _ = run("buy_articles", "а", "--budget", "600", "--limit", "5")
        assert (code, len(listed.splitlines())) == (0, 5)
        assert not box.executed

        code, output, errors = run("buy_articles", "а", "--budget", "600", "--limit", "5", "--yes")
        assert (code, errors) == (0, "")
        bought = {int(number) for number in re.findall(r"(?m)^bought (\d+): ", output)}
        assert box.executed == {"articles.buy": len(bought)}
        with EtxtClient.from_env() as client:
            mine = {article.article_id: article for article in client.articles.get_list(filter=ArticleFilter.BOUGHT)}
        assert bought <= set(mine)
        for number in bought:
            path = tmp_path / "articles" / f"{number}.html"
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        prices = {int(line.split()[0]): Decimal(line.split()[1]) for line in listed.splitlines()}
        assert 0 < sum(prices[number] for number in bought) <= 600
        assert output.count("left ") == 5 - len(bought)

    def test_run_again_it_buys_no_article_twice(self, run, box):
        run("buy_articles", "а", "--budget", "600", "--limit", "2", "--yes")
        before = dict(box.executed)
        code, output, _ = run("buy_articles", "а", "--budget", "0", "--limit", "2", "--yes")
        assert (code, "bought" in output) == (0, False)
        assert box.executed == before


@pytest.mark.skipif(not (shutil.which("sh") and shutil.which("flock")), reason="the recipe needs sh and flock")
class TestRunJob:
    @pytest.fixture
    def job(self, tmp_path):
        credentials = tmp_path / "credentials.env"
        credentials.write_text("ETXT_TOKEN='t k'\nDUE=soon\n")
        credentials.chmod(0o600)

        def job(*command):
            return subprocess.run(
                ["sh", str(EXAMPLES / "cron" / "run-job"), "daily", *command],
                env={"PATH": os.environ["PATH"], "KWORK_ETXT_JOBS": str(tmp_path)},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )

        return job

    def test_silent_if_all_is_well_and_the_log_has_it(self, job, tmp_path):
        done = job("sh", "-c", 'echo "with $ETXT_TOKEN $DUE"; echo bad >&2')
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        log = tmp_path / "daily.log"
        assert re.fullmatch(r"== \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\nwith t k soon\nbad\n", log.read_text())
        assert stat.S_IMODE(log.stat().st_mode) == 0o600

    def test_tells_what_failed_with_the_status_of_the_command(self, job):
        done = job("sh", "-c", "echo nobody knows; exit 4")
        assert (done.returncode, done.stdout) == (4, "daily ended with status 4:\nnobody knows\n")

    def test_a_second_run_at_the_same_time_ends_at_once(self, job, tmp_path):
        nested = f"sh {EXAMPLES / 'cron' / 'run-job'} daily echo twice; echo $?"
        done = job("sh", "-c", nested)
        assert done.returncode == 0
        assert (tmp_path / "daily.log").read_text().endswith("\n0\n")
        assert "twice" not in (tmp_path / "daily.log").read_text()

    def test_credentials_that_others_can_read_are_refused(self, job, tmp_path):
        (tmp_path / "credentials.env").chmod(0o640)
        done = job("echo", "ran")
        assert done.returncode == 78
        assert "chmod 600" in done.stderr
        assert not (tmp_path / "daily.log").exists()


def test_the_crontab_calls_scripts_that_exist_with_options_they_have(run):
    text = (EXAMPLES / "cron" / "crontab.example").read_text(encoding="utf-8")
    jobs = re.findall(r"\$JOBS/(\w+)\.py([^'\n]*)", text)
    assert len(jobs) == 5
    for script, arguments in jobs:
        code, usage, _ = run(script, "--help")
        assert code == 0
        assert all(option in usage for option in re.findall(r"--[a-z][\w-]+", arguments))
