"""Workflows against the sandbox: what they do, and that a crash in the middle makes nothing happen twice."""

from __future__ import annotations

import json
import pickle
from datetime import date, datetime, timedelta

import pytest

from kwork_etxt_sdk import ConfigurationError, DeadlineError, DryRun, OutcomeUnknown
from kwork_etxt_sdk.etxt.errors import EtxtNotFoundError, EtxtValidationError
from kwork_etxt_sdk.etxt.models.tasks import Access, TaskStatus
from kwork_etxt_sdk.etxt.tasks import Tasks
from kwork_etxt_sdk.etxt.workflows import (
    Acceptance,
    Restarts,
    ResultNotReadyError,
    accept_unique,
    order_and_wait,
    place_once,
    placed_before,
    restart_overdue,
    wait_for_result,
)
from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.transport.clock import SECOND
from tests.support.box import START, Crash, crashing, etxt_client

RELIABLE, LATE, SLOPPY, CHECKED_LATER = 700021, 700022, 700023, 700027
ORDER = {"title": "Обзор чайников", "price": 50, "size": 2000, "category_id": 1828, "public": True, "auto_work": True}


@pytest.fixture
def box():
    with Sandbox(speed=0, start_time=START) as box:
        yield box


@pytest.fixture
def etxt(box):
    with etxt_client(box) as client:
        yield client


def order_from(author, **changed):
    return {**ORDER, "target_task": Access.INDIVIDUAL, "target_id": author, **changed}


def place(client, *authors, **changed):
    """Place an individual order with each author and return the ids."""
    return [
        client.tasks.save_task(**order_from(author, title=f"Заказ {number}", **changed)).task_id
        for number, author in enumerate(authors, 1)
    ]


def status(client, task_id):
    return client.tasks.list_tasks(task_id=task_id).first().status


# --- an order and its result ------------------------------------------------------------------------------------------


def test_an_order_is_placed_and_its_result_waited_for(box, etxt):
    result = order_and_wait(etxt, ORDER, deadline=timedelta(days=2), poll=600)
    assert box.executed["tasks.saveTask"] == 1
    assert result.uniqueness >= 94
    assert status(etxt, result.task_id) is TaskStatus.IN_REVIEW
    sleeps = etxt._session.clock.sleeps
    assert len(sleeps) > 3
    assert set(sleeps) == {600}


def test_the_pause_may_depend_on_how_often_one_has_looked(etxt):
    order_and_wait(etxt, ORDER, deadline=200_000, poll=lambda looks: 60 * 2**looks)
    sleeps = etxt._session.clock.sleeps
    assert sleeps == [60 * 2**looks for looks in range(1, len(sleeps) + 1)]
    assert len(sleeps) > 3


def test_an_order_nobody_was_chosen_for_has_no_result_in_time_and_can_be_waited_for_later(box, etxt):
    order = {**ORDER, "auto_work": False}
    with pytest.raises(ResultNotReadyError, match="no result after 10000 s: nobody works on it") as caught:
        order_and_wait(etxt, order, deadline=10_000, poll=3_000)
    assert isinstance(caught.value, DeadlineError)
    assert etxt._session.clock.sleeps == [3_000, 3_000, 3_000, 1_000]
    task_id = pickle.loads(pickle.dumps(caught.value)).task_id
    assert str(task_id) in str(caught.value)

    note = next(note for note in etxt.tasks.view_notes(task_id) if note.is_application)
    etxt.tasks.set_note(note.note_id)
    with pytest.raises(ResultNotReadyError, match="its author works on it"):
        order_and_wait(etxt, order, deadline=1, poll=60, task_id=task_id)
    assert order_and_wait(etxt, order, deadline=20_000, poll=600, task_id=task_id).task_id == task_id
    assert box.executed["tasks.saveTask"] == 1


def test_a_result_that_was_sent_back_is_not_what_one_waits_for(etxt):
    first = order_and_wait(etxt, order_from(SLOPPY), deadline=100_000, poll=600)
    assert first.uniqueness < 90
    etxt.tasks.cancel_task(first.task_id, text="Мало своего.")
    second = wait_for_result(etxt, first.task_id, deadline=timedelta(hours=2), poll=60)
    assert second.result_id != first.result_id
    assert second.uniqueness > first.uniqueness
    etxt.tasks.paid_task(first.task_id)
    assert wait_for_result(etxt, first.task_id, deadline=1).result_id == second.result_id


def test_an_author_who_missed_the_deadline_is_not_waited_for(etxt):
    due = etxt._session.clock.wall() + timedelta(hours=8)
    with pytest.raises(ResultNotReadyError, match=r"missed its deadline.*set_deadline") as caught:
        order_and_wait(etxt, order_from(LATE, deadline=due), deadline=timedelta(days=9), poll=3600)
    assert etxt._session.clock.wall() < due + timedelta(hours=2)
    assert status(etxt, caught.value.task_id) is TaskStatus.OVERDUE


def test_an_order_that_is_not_there_is_not_waited_for(etxt):
    with pytest.raises(EtxtNotFoundError, match="tasks_archive"):
        wait_for_result(etxt, 77, deadline=1000)


def test_a_look_that_fails_on_the_way_is_made_again(server, client):
    for _ in range(4):  # all attempts of one look
        server.drop("tasks.listTasks")
    server.answer("tasks.listTasks", [{"id": 7, "status": 3}])
    server.answer("tasks.getResults", [{"id": 1, "id_task": 7, "status": 0}])
    assert wait_for_result(client, 7, deadline=3600, poll=60).result_id == 1
    assert 60 * SECOND in server.clock.sleeps


def test_in_the_end_it_says_why_the_last_look_failed(server, client):
    for _ in range(8):
        server.drop("tasks.listTasks")
    with pytest.raises(ResultNotReadyError, match=r"order 7 has no result after 30 s: the last look failed: .+"):
        wait_for_result(client, 7, deadline=30, poll=60)
    assert len(server.requests) == 8


# --- placed once ------------------------------------------------------------------------------------------------------


def test_a_crash_while_waiting_does_not_place_the_order_again(box, etxt, tmp_path):
    state = tmp_path / "order.json"

    def power_cut(looks):
        if looks == 2:
            raise Crash
        return 60

    with pytest.raises(Crash):
        order_and_wait(etxt, ORDER, deadline=100_000, poll=power_cut, state=state)
    result = order_and_wait(etxt, ORDER, deadline=100_000, poll=600, state=state)
    assert box.executed["tasks.saveTask"] == 1
    assert json.loads(state.read_text(encoding="utf-8"))["task_id"] == result.task_id
    assert place_once(etxt, ORDER, str(state)) == result.task_id
    assert list(tmp_path.iterdir()) == [state]


def test_a_state_file_may_be_in_the_home_folder(box, etxt, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    placed = place_once(etxt, ORDER, "~/order.json")
    assert place_once(etxt, ORDER, "~/order.json") == placed
    assert box.executed["tasks.saveTask"] == 1
    assert (tmp_path / "order.json").exists()


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("orders_before", [0, 2])
def test_a_crash_while_placing_leads_to_exactly_one_order(box, etxt, tmp_path, executed, orders_before):
    state = tmp_path / "order.json"
    order = {**ORDER, "title": 'Обзор  "чайников" & кружек'}
    older = [etxt.tasks.save_task(**order).task_id for _ in range(orders_before)]
    box.clear_calls()
    with crashing(Tasks, "save_task", executed=executed):
        place_once(etxt, order, state)
    assert box.executed["tasks.saveTask"] == executed
    etxt.tasks.save_task(**{**ORDER, "title": "Другой заказ"})
    placed = place_once(etxt, order, state)
    assert box.executed["tasks.saveTask"] == 2
    assert placed not in older
    titles = {task.task_id: task.title for task in etxt.tasks.list_tasks()}
    assert titles.pop(placed) == order["title"]
    assert list(titles.values()).count(order["title"]) == orders_before


def test_whether_an_order_was_placed_can_be_asked_without_placing_it(box, etxt, tmp_path):
    state = tmp_path / "order.json"
    assert placed_before(etxt, ORDER, state) is None
    assert list(tmp_path.iterdir()) == []
    with crashing(Tasks, "save_task", executed=True):
        place_once(etxt, ORDER, state)
    begun = state.read_bytes()
    placed = placed_before(etxt, ORDER, state)
    assert placed in {task.task_id for task in etxt.tasks.list_tasks()}
    assert state.read_bytes() == begun
    assert place_once(etxt, ORDER, state) == placed == placed_before(etxt, ORDER, state)
    assert box.executed["tasks.saveTask"] == 1


def test_a_title_that_comes_back_escaped_is_still_that_title(server, client, tmp_path):
    state = tmp_path / "order.json"
    server.answer("tasks.listTasks", [{"id": 6}, {"id": 5}])
    server.drop("tasks.saveTask")
    with pytest.raises(OutcomeUnknown):
        place_once(client, {**ORDER, "title": 'Чай & "кофе" '}, state)
    server.answer("tasks.listTasks", [{"id": 7, "title": "Чай &amp; &quot;кофе&quot;"}, {"id": 6, "title": "Чай"}])
    assert place_once(client, {**ORDER, "title": 'Чай & "кофе" '}, state) == 7
    assert [request.method for request in server.requests].count("tasks.saveTask") == 1


def test_an_order_that_was_refused_can_be_corrected_and_placed(box, etxt, tmp_path):
    state = tmp_path / "order.json"
    with pytest.raises(EtxtValidationError):
        place_once(etxt, {**ORDER, "category_id": 99}, state)
    place_once(etxt, ORDER, state)
    assert box.executed["tasks.saveTask"] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "can't be read"),
        (b"\xff", "can't be read"),
        (b"[]", "no state file"),
        (b'{"task_id": 7}', "no state file"),
        ('{"title": "Другой", "newest": 1, "task_id": 7}'.encode(), "another order: 'Другой'"),
    ],
)
def test_a_state_file_of_something_else_stops_everything(box, etxt, tmp_path, content, words):
    state = tmp_path / "order.json"
    state.write_bytes(content)
    with pytest.raises(ConfigurationError, match=words):
        order_and_wait(etxt, ORDER, deadline=1, state=state)
    assert box.calls == []
    assert state.read_bytes() == content


def test_a_state_file_that_can_not_be_written_stops_before_the_order(box, etxt, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="can't be"):
        place_once(etxt, ORDER, tmp_path / "file" / "order.json")
    assert box.executed["tasks.saveTask"] == 0


# --- accepting what is unique enough ----------------------------------------------------------------------------------


def delivered(client, *authors):
    """Place an order with each author, wait until all are delivered, and return the ids."""
    ids = place(client, *authors)
    for task_id in ids:
        wait_for_result(client, task_id, deadline=200_000, poll=60)
    return ids


def test_what_is_unique_enough_is_accepted_and_the_rest_left_with_its_reason(box, etxt):
    good, sloppy, other = delivered(etxt, RELIABLE, SLOPPY, RELIABLE)
    (unchecked,) = delivered(etxt, CHECKED_LATER)
    report = accept_unique(etxt, 90, text="Спасибо!")
    assert sorted(report.accepted) == [good, other]
    assert report.left == {
        sloppy: "its uniqueness is 58 %, less than 90 %",
        unchecked: "its uniqueness has not been checked yet",
    }
    assert status(etxt, good) is status(etxt, other) is TaskStatus.DONE
    assert status(etxt, sloppy) is status(etxt, unchecked) is TaskStatus.IN_REVIEW
    assert etxt.tasks.view_notes(good)[-1].text == "Спасибо!"

    box.advance(hours=1)
    again = accept_unique(etxt, 58)
    assert sorted(again.accepted) == [sloppy, unchecked]
    assert again.left == {}
    assert accept_unique(etxt, 58).accepted == []
    assert box.executed["tasks.paidTask"] == 2


def test_a_preview_of_accepting_gets_what_would_be_sent_and_nothing_is(box, etxt):
    good, sloppy, other = delivered(etxt, RELIABLE, SLOPPY, RELIABLE)
    shown = []
    report = accept_unique(etxt, 90, text="Спасибо!", preview=shown.append)
    (request,) = shown
    assert (request.call, request.request["effect"]) == ("etxt tasks.paidTask", "MONEY")
    assert sorted(int(value) for name, value in request.request["body"] if name == "id[]") == [good, other]
    assert report == Acceptance(accepted=[], left={sloppy: "its uniqueness is 58 %, less than 90 %"})
    assert box.executed["tasks.paidTask"] == 0


def test_a_crash_while_accepting_accepts_nothing_twice(box, etxt):
    tasks = delivered(etxt, RELIABLE, RELIABLE)
    with crashing(Tasks, "paid_task", executed=True):
        accept_unique(etxt, 90)
    assert accept_unique(etxt, 90).accepted == []
    assert {status(etxt, task_id) for task_id in tasks} == {TaskStatus.DONE}
    assert box.executed["tasks.paidTask"] == 1


def in_review(server, count):
    rows = [{"id": number, "status": 3} for number in range(1, count + 1)]

    def page(request):
        start = int(dict(request.body)["from"])
        return rows[start : start + 100] or {"error": "no_object"}

    def results(request):
        return [
            {"id": value, "id_task": value, "status": 0, "files": {"text": {"per_antiplagiat": "96"}}}
            for _, value in request.body
        ]

    for _ in range(10):
        server.answer("tasks.listTasks", page)
        server.answer("tasks.getResults", results)


def test_many_orders_are_collected_first_and_accepted_a_hundred_at_a_time(server, client):
    in_review(server, 250)
    server.answer("tasks.paidTask", lambda request: {"status": 1, "ids": [value for _, value in request.body[1:]]})
    server.answer("tasks.paidTask", {"error": "no_access"})
    server.answer("tasks.paidTask", lambda request: {"status": 1, "ids": [value for _, value in request.body]})
    report = accept_unique(client, 96)
    methods = [request.method for request in server.requests]
    assert methods[-3:] == ["tasks.paidTask"] * 3
    assert "tasks.paidTask" not in methods[:-3]
    assert [len(request.body) for request in server.requests[-3:]] == [100, 100, 50]
    assert report.accepted == [*range(2, 101), *range(201, 251)]
    assert list(report.left) == [1, *range(101, 201)]
    assert report.left[1] == "eTXT did not accept it"
    assert "no_access" in report.left[101]


def test_a_lost_answer_ends_the_run(server, client):
    in_review(server, 150)
    server.drop("tasks.paidTask")
    with pytest.raises(OutcomeUnknown):
        accept_unique(client, 96)
    assert [request.method for request in server.requests].count("tasks.paidTask") == 1


def test_the_newest_result_that_was_not_sent_back_decides(server, client):
    server.answer("tasks.listTasks", [{"id": 1, "status": 3}, {"id": 2, "status": 3}, {"id": 3, "status": 3}])
    told = {"files": {"text": {"per_antiplagiat": "99"}}}
    server.answer(
        "tasks.getResults",
        [
            {"id": 12, "id_task": 1, "date": 1893700200, "status": 0, "files": {"text": {"per_antiplagiat": "70"}}},
            {"id": 11, "id_task": 1, "date": 1893700100, "status": 0, **told},
            {"id": 21, "id_task": 2, "date": 1893700100, "status": 1, **told},
        ],
    )
    assert accept_unique(client, 90).left == {
        1: "its uniqueness is 70 %, less than 90 %",
        2: "no result was found",
        3: "no result was found",
    }


# --- overdue orders ---------------------------------------------------------------------------------------------------


@pytest.fixture
def overdue(box, etxt):
    """Two overdue orders, and one that is in work."""
    late = place(etxt, LATE, LATE, deadline=etxt._session.clock.wall() + timedelta(hours=8))
    box.advance(hours=9)
    place(etxt, RELIABLE)
    box.advance(minutes=20)
    assert {status(etxt, task_id) for task_id in late} == {TaskStatus.OVERDUE}
    return late


def test_overdue_orders_are_called_off_and_published_anew(box, etxt, overdue):
    told = []
    report = restart_overdue(etxt, on_restart=told.append)
    assert sorted(report.restarted) == overdue
    assert report.left == {}
    assert {failed.task_id: failed.copy_id for failed in told} == report.restarted
    for task_id, copy_id in report.restarted.items():
        old, new = (etxt.tasks.list_tasks(task_id=number).first() for number in (task_id, copy_id))
        assert (new.title, new.status, new.public) == (old.title, TaskStatus.WAITING, True)
    assert restart_overdue(etxt).restarted == {}
    assert box.executed["tasks.failTask"] == 2
    assert not any("rateup" in call.method for call in box.calls)


def test_a_preview_of_restarting_gets_a_request_for_each_order(box, etxt, overdue):
    shown, told = [], []
    report = restart_overdue(etxt, deadline=date(2030, 2, 1), on_restart=told.append, preview=shown.append)
    assert sorted(int(dict(request.request["body"])["id"]) for request in shown) == overdue
    assert {request.call for request in shown} == {"etxt tasks.failTask"}
    assert (report, told) == (Restarts(restarted={}, left={}), [])
    assert box.executed["tasks.failTask"] == 0


def test_a_preview_of_restarting_finds_a_wrong_deadline(box, etxt, overdue):
    with pytest.raises(EtxtValidationError, match="deadline"):
        restart_overdue(etxt, deadline=date(2031, 2, 1), preview=lambda _request: None)


def test_a_client_that_sends_nothing_shows_its_first_request(box, etxt, overdue):
    box.clear_calls()
    with pytest.raises(DryRun, match=r"tasks\.listTasks"):
        restart_overdue(etxt.with_options(dry_run=True))
    assert box.calls == []


def test_the_copies_are_due_when_one_wants(etxt, overdue):
    due = {number: datetime(2030, 2, day, 17, 0, tzinfo=MOSCOW) for day, number in enumerate(overdue, 1)}
    report = restart_overdue(etxt, deadline=lambda task: due[task.task_id])
    for task_id, copy_id in report.restarted.items():
        assert etxt.tasks.list_tasks(task_id=copy_id).first().deadline == due[task_id]


def test_a_day_as_deadline_is_its_last_minute(etxt, overdue):
    report = restart_overdue(etxt, deadline=date(2030, 2, 1))
    copies = [etxt.tasks.list_tasks(task_id=copy_id).first() for copy_id in report.restarted.values()]
    assert {copy.deadline.astimezone(MOSCOW) for copy in copies} == {datetime(2030, 2, 1, 23, 59, tzinfo=MOSCOW)}


def test_a_wrong_deadline_calls_nothing_off(box, etxt, overdue):
    with pytest.raises(EtxtValidationError, match="deadline"):
        restart_overdue(etxt, deadline=date(2031, 2, 1))
    assert box.executed["tasks.failTask"] == 0


@pytest.mark.parametrize(("call", "executed", "left"), [(1, True, 1), (1, False, 2), (2, True, 0)])
def test_a_crash_while_restarting_restarts_nothing_twice(*, box, etxt, overdue, call, executed, left):
    with crashing(Tasks, "fail_task", call=call, executed=executed):
        restart_overdue(etxt)
    assert len(restart_overdue(etxt).restarted) == left
    assert box.executed["tasks.failTask"] == 2
    assert len(etxt.tasks.list_tasks(status=TaskStatus.WAITING).to_list()) == 2


def test_what_is_not_overdue_or_no_longer_ours_to_decide_is_left(server, client):
    server.answer("tasks.listTasks", [{"id": 1, "status": 2}, {"id": 2, "status": 5}, {"id": 3, "status": 5}])
    server.answer("tasks.failTask", {"error": "no_access"})
    server.answer("tasks.failTask", {"id": 3, "id_copy": 4})
    report = restart_overdue(client)
    assert report.restarted == {3: 4}
    assert list(report.left) == [1, 2]
    assert report.left[1] == "it is not overdue"
    assert "no_access" in report.left[2]
    assert [dict(request.body)["id"] for request in server.requests[1:]] == ["2", "3"]
    assert ("filter", "10") in server.requests[0].body
