"""``kwork-etxt etxt workflows``, in the sandbox."""

from __future__ import annotations

import json

import pytest

from kwork_etxt_sdk import EtxtClient
from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.sandbox import Sandbox

WORKFLOWS = ("etxt", "workflows")
ORDER = ("--price", "60", "--size", "3000", "--category-id", "1790", "--public", "--auto-work")


@pytest.fixture
def box(monkeypatch):
    with Sandbox(speed=0) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield box


@pytest.fixture
def task_id(box):
    """An order in review."""
    with EtxtClient.from_env() as client:
        task_id = client.tasks.save_task(
            "Обзор чайников", price=60, size=3000, category_id=1790, public=True, auto_work=True
        ).task_id
    box.advance(hours=8)
    return task_id


def test_orders_are_accepted_by_uniqueness(box, task_id, kwork_etxt):
    assert kwork_etxt(*WORKFLOWS, "accept-unique", "50").status == Exit.MISUSE
    ended = kwork_etxt(*WORKFLOWS, "accept-unique", "50", terminal=True, answer="n")
    assert (ended.status, box.executed["tasks.paidTask"]) == (Exit.FAILED, 0)
    assert "etxt workflows accept-unique is MONEY: it can spend roubles." in ended.err
    ended = kwork_etxt(*WORKFLOWS, "accept-unique", "50", "--yes")
    assert json.loads(ended.out) == {"accepted": [task_id], "left": {}}
    assert box.executed["tasks.paidTask"] == 1


def test_a_dry_run_shows_what_would_be_accepted(box, task_id, kwork_etxt):
    ended = kwork_etxt(*WORKFLOWS, "accept-unique", "50", "--text", "Спасибо!", "--dry-run")
    request, _, rest = ended.out.partition("\n")
    assert request.endswith("?method=tasks.paidTask&token=***&sign=***")
    assert rest == f"\n  id[] = {task_id}\n  text = Спасибо!\n\neffect: MONEY\n"
    assert (ended.status, ended.err, box.executed["tasks.paidTask"]) == (0, "", 0)


def test_a_dry_run_says_what_would_be_left_and_why(box, task_id, kwork_etxt):
    ended = kwork_etxt(*WORKFLOWS, "accept-unique", "99.9", "--dry-run")
    assert (ended.status, ended.out) == (0, "nothing that changes anything would be sent\n")
    assert ended.err.startswith(f"left: {task_id}: its uniqueness is ")
    assert kwork_etxt(*WORKFLOWS, "accept-unique", "99.9", "--dry-run", "--quiet").err == ""


def test_a_dry_run_of_an_order_shows_it_and_keeps_no_state(box, kwork_etxt, tmp_path):
    state = tmp_path / "order.json"
    order = (*WORKFLOWS, "order-and-wait", "Обзор чайников", *ORDER, "--wait", "1d", "--state", state, "--dry-run")
    ended = kwork_etxt(*order)
    assert "?method=tasks.saveTask&token=***" in ended.out
    assert "  title = Обзор чайников\n" in ended.out
    assert ended.out.endswith("effect: MONEY\n")
    assert ended.err == "Then it would look at the order now and again, until there is a result.\n"
    assert (ended.status, box.calls, state.exists()) == (0, [], False)


def test_a_dry_run_of_an_order_that_was_placed_shows_how_it_would_be_waited_for(box, task_id, kwork_etxt, tmp_path):
    state = tmp_path / "order.json"
    state.write_text(json.dumps({"title": "Обзор чайников", "newest": 0}))
    box.clear_calls()
    order = (*WORKFLOWS, "order-and-wait", "Обзор чайников", *ORDER, "--wait", "1d", "--state", state, "--dry-run")
    ended = kwork_etxt(*order)
    assert "?method=tasks.listTasks" in ended.out
    assert f"  id = {task_id}\n" in ended.out
    assert ended.out.endswith("effect: READ\n")
    assert {call.method for call in box.calls} == {"tasks.listTasks"}, "this is how it found out"


def test_a_dry_run_of_buying_shows_each_article(box, kwork_etxt, tmp_path):
    ended = kwork_etxt(
        *(*WORKFLOWS, "buy-articles", "--price-to", "300", "--most", "3", "--budget", "300"),
        *("--to", tmp_path / "texts", "--dry-run"),
    )
    assert ended.out.count("?method=articles.buy&") + ended.err.count("left: ") == 3
    assert ended.out.count("effect: MONEY") == ended.out.count("?method=articles.buy&") > 0
    assert ended.err.endswith("Then it would fetch the texts and save them.\n")
    assert (ended.status, box.executed["articles.buy"], list(tmp_path.iterdir())) == (0, 0, [])


@pytest.mark.parametrize("reading", [("statement", "2020-01-01"), ("wait-for-result", "7", "--deadline", "1d")])
def test_a_dry_run_of_what_only_reads_shows_its_first_request(box, kwork_etxt, reading):
    ended = kwork_etxt(*WORKFLOWS, *reading, "--dry-run")
    assert ended.out.endswith("\n\neffect: READ\n")
    assert (ended.status, ended.err, box.calls) == (0, "", [])


def test_a_statement_has_a_row_per_operation(box, task_id, kwork_etxt):
    kwork_etxt("etxt", "tasks", "paid-task", task_id, "--yes")
    ended = kwork_etxt(*WORKFLOWS, "statement", "2020-01-01", "--csv", "--fields", "operation,amount")
    header, *rows = ended.out.splitlines()
    assert header == "operation,amount"
    assert any("-" in row for row in rows)
    ended = kwork_etxt(*WORKFLOWS, "statement", "2020-01-01", "--json")
    assert json.loads(ended.out)[0]["date"].endswith("+03:00")


def test_an_order_is_placed_and_waited_for(box, kwork_etxt, tmp_path):
    state = tmp_path / "order.json"
    order = (*WORKFLOWS, "order-and-wait", "Обзор чайников", *ORDER, "--wait", "0.01", "--state", state, "--yes")
    ended = kwork_etxt(*order)
    assert ended.status == Exit.TRY_LATER
    assert "has no result after 0.01 s" in ended.err
    box.advance(hours=8)
    ended = kwork_etxt(*order, "--poll", "1")
    task_id = json.loads(ended.out)["task_id"]
    assert box.executed["tasks.saveTask"] == 1, "the state file knows the order"
    ended = kwork_etxt(*WORKFLOWS, "wait-for-result", task_id, "--deadline", "1min")
    assert json.loads(ended.out)["task_id"] == task_id


def test_articles_are_bought_within_a_budget(box, kwork_etxt, tmp_path):
    ended = kwork_etxt(
        *(*WORKFLOWS, "buy-articles", "--price-to", "300", "--most", "3", "--budget", "300"),
        *("--to", tmp_path / "texts", "--yes"),
    )
    done = json.loads(ended.out)
    assert done["bought"]
    assert len(done["bought"]) + len(done["left"]) == 3
    assert sorted(path.name for path in (tmp_path / "texts").iterdir()) == [f"{n}.html" for n in sorted(done["bought"])]


def test_overdue_orders_are_restarted(box, kwork_etxt):
    ended = kwork_etxt(*WORKFLOWS, "restart-overdue", "--dry-run")
    assert (ended.status, ended.out) == (0, "nothing that changes anything would be sent\n")
    ended = kwork_etxt(*WORKFLOWS, "restart-overdue", "--yes")
    assert json.loads(ended.out) == {"restarted": {}, "left": {}}


def test_each_explains_itself(capsys):
    for name in ("order-and-wait", "wait-for-result", "accept-unique", "restart-overdue", "buy-articles", "statement"):
        assert main([*WORKFLOWS, name, "--help"]) == 0
        shown = capsys.readouterr().out
        assert "Effect: " in shown
        assert "--dry-run" in shown
        assert "Arguments:" not in shown.partition("\nOptions:")[2]
