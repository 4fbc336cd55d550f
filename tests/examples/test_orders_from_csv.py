"""Orders of a CSV file: each is placed once, whatever happens in between."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kwork_etxt_sdk import EtxtClient
from kwork_etxt_sdk.etxt.models.tasks import TaskStatus
from kwork_etxt_sdk.etxt.tasks import Tasks
from tests.support.box import Crash

HEADER = "id,title,description,category_id,size,price,uniqueness,deadline\n"


@pytest.fixture
def orders(tmp_path):
    lines = [f"k-{number},Обзор {number},Без воды,1790,3000,60.50,95,\n" for number in range(12)]
    (tmp_path / "orders.csv").write_text(HEADER + "".join(lines), encoding="utf-8-sig")
    return "orders.csv"


def placed():
    with EtxtClient.from_env() as client:
        return sorted(task.title for task in client.tasks.list_tasks())


ALL = sorted(f"Обзор {number}" for number in range(12))


def test_every_order_is_placed_once_however_often_it_runs(box, run, orders):
    code, first, errors = run("orders_from_csv", orders, "--publish")
    assert (code, errors) == (0, "")
    assert run("orders_from_csv", orders, "--publish") == (0, first, "")

    assert placed() == ALL
    assert box.executed == {"tasks.saveTask": 12}
    with EtxtClient.from_env() as client:
        tasks = {str(task.task_id): task for task in client.tasks.list_tasks(status=TaskStatus.WAITING)}
    assert {line.split()[0]: tasks[line.split()[1]].title for line in first.splitlines()} == {
        f"k-{number}": f"Обзор {number}" for number in range(12)
    }
    assert {(task.price, task.uniq, task.size) for task in tasks.values()} == {(Decimal("181.50"), 95, 3000)}


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
def test_killed_in_the_middle_it_goes_on_where_it_ended(box, run, orders, monkeypatch, executed):
    real, made = Tasks.save_task, []

    def dying(self, *args, **kwargs):
        made.append(kwargs)
        if len(made) == 12 + 5 and not executed:  # the first twelve are the checks
            raise Crash
        answer = real(self, *args, **kwargs)
        if len(made) == 12 + 5:
            raise Crash
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Tasks, "save_task", dying)
        with pytest.raises(Crash):
            run("orders_from_csv", orders)
    assert run("orders_from_csv", orders)[0] == 0
    assert placed() == ALL
    assert box.executed == {"tasks.saveTask": 12}


def test_a_lost_answer_is_asked_for(box, run, orders):
    box.fail_next("reset_in_body", method="tasks.saveTask", times=1)
    code, output, _ = run("orders_from_csv", orders)
    assert (code, len(output.splitlines())) == (0, 12)
    box.clear_calls()
    assert run("orders_from_csv", orders) == (0, output, "")
    assert box.calls == []  # the journal knows what was found


def test_what_nobody_knows_has_a_status_of_its_own_and_stops_no_other_order(box, run, orders):
    box.fail_next("reset_before_reading", method="tasks.saveTask", times=1)
    code, output, errors = run("orders_from_csv", orders)
    assert code == 4
    assert output.startswith("k-0 unknown\nk-1 ")
    assert errors.startswith("orders.csv/k-0: etxt tasks.saveTask: ")
    assert box.executed == {"tasks.saveTask": 11}
    assert run("orders_from_csv", orders)[0] == 4  # until a person has looked
    assert box.executed == {"tasks.saveTask": 11}


def test_a_wrong_line_stops_it_before_the_first_order(box, run, orders, tmp_path):
    path = tmp_path / orders
    text = path.read_text(encoding="utf-8")
    for wrong, message in (
        ("k-3,Again,,1790,3000,60,95,", "line 14: the id 'k-3' is missing or was used above"),
        (",Nameless,,1790,3000,60,95,", "line 14: the id '' is missing or was used above"),
        ("k-99,Words,,1790,many,60,95,", "line 14: ValueError: invalid literal"),
        ("k-99,Words,,1790,3000,cheap,95,", "line 14: InvalidOperation"),
        ("k-99,Late,,1790,3000,60,95,2030-02-30", "line 14: ValueError"),
        ("k-99,Late,,1790,3000,60,95,2001-01-01", "order k-99: etxt tasks.saveTask: deadline must be"),
    ):
        path.write_text(text + wrong + "\n", encoding="utf-8")
        code, output, errors = run("orders_from_csv", orders)
        assert (code, output) == (1, "")
        assert message in errors
    path.write_text("id,title\nk-1,Обзор\n", encoding="utf-8")
    assert "line 2: KeyError: 'description'" in run("orders_from_csv", orders)[2]
    assert box.calls == []


def test_dry_run_sends_nothing(box, run, orders):
    assert run("orders_from_csv", orders, "--publish", "--dry-run") == (0, "12 orders are fine\n", "")
    assert box.calls == []


def test_spending_ends_where_it_was_told_to(box, run, orders):
    code, output, errors = run("orders_from_csv", orders, "--publish", "--max-spend", "400")
    assert (code, len(output.splitlines())) == (1, 2)
    assert "400" in errors
    assert box.executed == {"tasks.saveTask": 2}
    assert run("orders_from_csv", orders, "--publish", "--max-spend", "4000")[0] == 0
    assert box.executed == {"tasks.saveTask": 12}
