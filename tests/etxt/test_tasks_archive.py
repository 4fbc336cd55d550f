"""Orders in the archive: what is sent, how answers are read, what is refused."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from kwork_etxt_sdk import Effect
from kwork_etxt_sdk.etxt.models.articles import SortOrder
from kwork_etxt_sdk.etxt.models.tasks import PriceType, TaskLevel, TaskType
from kwork_etxt_sdk.mapping import MappingError
from kwork_etxt_sdk.testing import samples

SAMPLES = Path(samples.__file__).parent / "etxt"
LISTED = json.loads((SAMPLES / "tasks_archive.listTasks.json").read_text(encoding="utf-8"))
RESULTS = json.loads((SAMPLES / "tasks_archive.getResults.json").read_text(encoding="utf-8"))
FILE = {"name": "docx", "size": "10", "path": "https://files.example.invalid/1.docx", "per_antiplagiat": "91.5"}


def test_every_parameter_of_the_list_is_sent(server, client):
    server.answer("tasks_archive.listTasks", LISTED)
    client.tasks_archive.list_tasks(
        order=SortOrder.DESC, task_id=900001, folder_id=0, user_id=42, count=10, offset=30
    ).page(2)
    assert server.only().body == [
        ("count", "10"),
        ("from", "40"),
        ("order", "desc"),
        ("id", "900001"),
        ("id_folder", "0"),
        ("id_user", "42"),
    ]


def test_the_id_of_the_order_is_no_array_here(server, client):
    server.answer("tasks_archive.getResults", RESULTS)
    client.tasks_archive.get_results(900001)
    assert server.only().body == [("id", "900001")]


@pytest.mark.parametrize("wrap", [lambda row: [row], lambda row: {"900001": row}, lambda row: {"3": row}])
def test_archived_orders_are_read_in_every_form(server, client, wrap):
    server.answer("tasks_archive.listTasks", wrap(LISTED[0]))
    (task,) = client.tasks_archive.list_tasks()
    assert (task.task_id, task.user_id, task.folder_id, task.category_id) == (900001, 700021, 0, 1911)
    assert (task.title, task.description) == ("Обзор чайников 900001", "Нейтральный тон, без воды.")
    assert (task.id_type, task.id_level, task.price_type) == (
        TaskType.COPYWRITING,
        TaskLevel.UNQUALIFIED,
        PriceType.PER_1000,
    )
    assert (task.price, task.size, task.whitespaces) == (Decimal("150.00"), 3000, False)
    assert task.date_archive == datetime.fromtimestamp(1894500000, timezone.utc)
    assert task.end_date == datetime.fromtimestamp(1893801600, timezone.utc)
    assert (task.language_from, task.language_to) == (None, None)


def test_the_whole_archive_comes_page_by_page(server, client):
    rows = [{"id": number} for number in range(1, 251)]
    for _ in range(3):
        server.answer("tasks_archive.listTasks", lambda request: page_of(rows, dict(request.body)))
    assert [task.task_id for task in client.tasks_archive.list_tasks()] == list(range(1, 251))


def page_of(rows, body):
    start = int(body["from"])
    return rows[start : start + int(body["count"])]


@pytest.mark.parametrize("answer", [{"error": "no_object"}, [], {}])
def test_nothing_in_the_archive_is_an_empty_list(server, client, answer):
    server.answer("tasks_archive.listTasks", answer)
    server.answer("tasks_archive.getResults", answer)
    assert client.tasks_archive.list_tasks().to_list() == []
    assert client.tasks_archive.get_results(1) == []


@pytest.mark.parametrize("wrap", [lambda row: [row], lambda row: {"0": row}, lambda row: {"900001": [row]}])
def test_archived_results_are_read_in_every_form(server, client, wrap):
    server.answer("tasks_archive.getResults", wrap(RESULTS[0]))
    (result,) = client.tasks_archive.get_results(900001)
    assert (result.task_id, result.user_id, result.comment) == (900001, 700021, "")
    assert result.content == "<p>Текст&nbsp;результата</p>"
    assert result.date == datetime.fromtimestamp(1893700000, timezone.utc)
    assert result.date_reset is None
    assert result.check == {"per_antiplagiat": "98", "per_mistakes": "0"}
    assert result.uniqueness == 98.0
    assert result.files == {}
    assert result.file is None


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"text": {**FILE, "name": "txt"}, "file": FILE}, "docx"),
        ({"text": {**FILE, "name": "txt"}}, "txt"),
        ({"0": FILE}, "docx"),
    ],
)
def test_the_attachment_is_preferred_and_tells_the_uniqueness_where_the_check_does_not(server, client, files, name):
    server.answer("tasks_archive.getResults", [{"id_task": 7, "check": [], "files": files}])
    (result,) = client.tasks_archive.get_results(7)
    assert result.file.name == name
    assert result.check == {}
    assert result.uniqueness == 91.5


def test_uniqueness_is_none_if_nothing_tells_it_and_an_error_if_it_is_no_number(server, client):
    server.answer("tasks_archive.getResults", [{"id_task": 7}, {"id_task": 7, "check": {"per_antiplagiat": "high"}}])
    silent, wrong = client.tasks_archive.get_results(7)
    assert silent.uniqueness is None
    with pytest.raises(MappingError, match="per_antiplagiat"):
        assert wrong.uniqueness


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda archive: archive.list_tasks(order="down"), "order"),
        (lambda archive: archive.list_tasks(count=101), "count"),
        (lambda archive: archive.list_tasks(count=0), "count"),
        (lambda archive: archive.list_tasks(offset=-1), "offset"),
        (lambda archive: archive.list_tasks(task_id=0), "task_id"),
        (lambda archive: archive.list_tasks(folder_id=-1), "folder_id"),
        (lambda archive: archive.list_tasks(user_id="42"), "user_id"),
        (lambda archive: archive.get_results(None), "task_id"),
        (lambda archive: archive.get_results([900001]), "task_id"),
    ],
)
def test_what_can_not_be_right_is_not_sent(client, refusal, call, parameter):
    assert list(refusal(lambda: call(client.tasks_archive))) == [parameter]


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("tasks_archive.listTasks", lambda archive: archive.list_tasks().to_list()),
        ("tasks_archive.getResults", lambda archive: archive.get_results(7)),
    ],
)
def test_the_archive_is_only_read(client, repeated, method, call):
    archive = client.with_options(allow=Effect.READ).tasks_archive
    assert repeated(method, [], lambda: call(archive)) == []
