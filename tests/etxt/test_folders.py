from __future__ import annotations

import pytest

from kwork_etxt_sdk.etxt.errors import EtxtNotFoundError
from kwork_etxt_sdk.etxt.models.folders import Folder, FolderSort, MovedKind

ROWS = [
    {"id_category": "31", "id_parent": "0", "name": "Проект А", "depth": "0", "last": "0"},
    {"id_category": "32", "id_parent": "31", "name": "Блог", "depth": "1", "last": "1"},
]
MADE = [
    Folder(folder_id=31, parent_id=0, name="Проект А", depth=0, last=False),
    Folder(folder_id=32, parent_id=31, name="Блог", depth=1, last=True),
]


# --- list_folders ---


@pytest.mark.parametrize("sort", [FolderSort.DATE, "date"])
def test_folders_are_listed_in_the_order_wanted(server, client, sort):
    server.answer("folders.listFolders", ROWS)
    client.folders.list_folders(sort=sort)
    assert server.sent("folders.listFolders") == [("sort", "date")]


def test_without_an_order_none_is_sent(server, client):
    server.answer("folders.listFolders", ROWS)
    client.folders.list_folders()
    assert server.sent("folders.listFolders") == []


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param(ROWS, MADE, id="list"),
        pytest.param({row["id_category"]: row for row in ROWS}, MADE, id="keyed"),
        pytest.param(
            [{"id_category": 31, "id_parent": 0, "name": "Проект А", "depth": 0, "last": False}], MADE[:1], id="numbers"
        ),
        pytest.param([{"id_category": "31"}], [Folder(folder_id=31)], id="missing fields"),
        pytest.param([], [], id="empty"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_the_list_is_read(server, client, answer, made):
    server.answer("folders.listFolders", answer)
    assert client.folders.list_folders() == made


def test_an_unknown_order_is_refused(client, refusal):
    assert refusal(lambda: client.folders.list_folders(sort="size")) == {
        "sort": ["must be one of name (NAME), date (DATE), not 'size'"]
    }


# --- add_folder ---


@pytest.mark.parametrize("answer", [{"id_folder": "33"}, {"id_folder": 33}, [{"id_folder": "33"}]])
def test_a_folder_is_added_below_another(server, client, answer):
    server.answer("folders.addFolder", answer)
    assert client.folders.add_folder("Блог & Ко", parent_id=31).folder_id == 33
    assert server.sent("folders.addFolder") == [("name", "Блог & Ко"), ("id_parent", "31")]


def test_the_top_can_be_named(server, client):
    server.answer("folders.addFolder", {"id_folder": "33"})
    client.folders.add_folder("Блог", parent_id=0)
    assert server.sent("folders.addFolder") == [("name", "Блог"), ("id_parent", "0")]


@pytest.mark.parametrize("length", [1, 128])
def test_names_of_all_allowed_lengths_are_sent(server, client, length):
    server.answer("folders.addFolder", {"id_folder": "33"})
    client.folders.add_folder("я" * length)
    assert server.sent("folders.addFolder") == [("name", "я" * length)]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "must have 1 to 128 characters, this has 0"),
        ("я" * 129, "must have 1 to 128 characters, this has 129"),
        (7, "must be text, not int"),
        (None, "is required"),
    ],
)
def test_other_names_are_refused(client, refusal, name, problem):
    assert refusal(lambda: client.folders.add_folder(name)) == {"name": [problem]}


def test_a_folder_above_must_be_an_id(client, refusal):
    assert refusal(lambda: client.folders.add_folder("Блог", parent_id=-1)) == {
        "parent_id": ["must be at least 0, not -1"]
    }


def test_a_lost_answer_does_not_add_a_second_folder(server, client, lost):
    unknown = lost("folders.addFolder", lambda: client.folders.add_folder("Блог", parent_id=31))
    assert (unknown.effect, unknown.check) == ("ONCE", "folders.list_folders")
    server.answer("folders.listFolders", [*ROWS, {**ROWS[1], "id_category": "40", "id_parent": "0"}])
    assert [folder.folder_id for folder in unknown.ask()] == [32]


def test_asking_for_a_folder_at_the_top_finds_those_at_the_top(server, client, lost):
    unknown = lost("folders.addFolder", lambda: client.folders.add_folder("Проект А"))
    server.answer("folders.listFolders", ROWS)
    assert [folder.folder_id for folder in unknown.ask()] == [31]


# --- move_to_folder ---


@pytest.mark.parametrize("kind", [MovedKind.ARCHIVED_ARTICLE, "article_archive"])
def test_objects_are_moved(server, client, kind):
    server.answer("folders.moveToFolder", {"count": 2})
    assert client.folders.move_to_folder([7, 8, 7], folder_id=33, type=kind).count == 2
    assert server.sent("folders.moveToFolder") == [
        ("id_folder", "33"),
        ("type", "article_archive"),
        ("ids[]", "7"),
        ("ids[]", "8"),
    ]


@pytest.mark.parametrize("kind", ["task", "archive", "article", "article_archive", "correction", "bhv_task"])
def test_every_kind_of_object_can_be_moved(server, client, kind):
    server.answer("folders.moveToFolder", {"count": "1"})
    assert client.folders.move_to_folder(7, folder_id=0, type=kind).count == 1
    assert server.sent("folders.moveToFolder") == [("id_folder", "0"), ("type", kind), ("ids[]", "7")]


def test_many_objects_are_moved_by_the_hundred(server, client):
    for count in (100, 100, "49"):
        server.answer("folders.moveToFolder", {"count": count})
    assert client.folders.move_to_folder(range(1, 251), folder_id=33, type="task").count == 249
    sent = [[int(value) for name, value in request.body if name == "ids[]"] for request in server.requests]
    assert sent == [list(range(1, 101)), list(range(101, 201)), list(range(201, 251))]


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (
            {"object_ids": [7], "folder_id": 33, "type": "orders"},
            {
                "type": [
                    (
                        "must be one of task (ORDER), archive (ARCHIVED_ORDER), article (ARTICLE), article_archive "
                        "(ARCHIVED_ARTICLE), correction (CORRECTION), bhv_task (ASSIGNMENT), not 'orders'"
                    )
                ]
            },
        ),
        ({"object_ids": [7], "folder_id": -1, "type": "task"}, {"folder_id": ["must be at least 0, not -1"]}),
        ({"object_ids": [7], "folder_id": None, "type": None}, {"folder_id": ["is required"], "type": ["is required"]}),
        (
            {"object_ids": [], "folder_id": 33, "type": "task"},
            {"object_ids": ["must have 1 to 100 ids, this has 0"]},
        ),
        (
            {"object_ids": [7, "8"], "folder_id": 33, "type": "task"},
            {"object_ids": ["must be a list of ids, and '8' is none"]},
        ),
    ],
)
def test_moves_that_can_not_be_meant_are_refused(client, refusal, arguments, problems):
    assert refusal(lambda: client.folders.move_to_folder(**arguments)) == problems


def test_a_move_may_be_repeated(client, repeated):
    moved = repeated(
        "folders.moveToFolder", {"count": 1}, lambda: client.folders.move_to_folder(7, folder_id=33, type="task")
    )
    assert moved.count == 1


@pytest.mark.parametrize("ids", [7, range(1, 151)])
def test_a_move_of_nothing_that_exists_is_not_found(server, client, ids):
    for _ in range(2):
        server.answer("folders.moveToFolder", {"error": "no_object"})
    with pytest.raises(EtxtNotFoundError):
        client.folders.move_to_folder(ids, folder_id=33, type="task")


def test_a_hundred_that_do_not_exist_do_not_hide_those_that_were_moved(server, client):
    for answer in ({"count": 100}, {"error": "no_object"}, {"count": 50}):
        server.answer("folders.moveToFolder", answer)
    assert client.folders.move_to_folder(range(1, 251), folder_id=33, type="task").count == 150
