from __future__ import annotations

import pytest

from kwork_etxt_sdk.errors import UnexpectedResponseError
from kwork_etxt_sdk.etxt.errors import EtxtNotFoundError
from kwork_etxt_sdk.etxt.models.bwgroups import DeletedGroups, Group, GroupedUser

ROWS = [
    {"id_category": "12", "id_parent": "0", "name": "Медицина", "depth": "0", "last": "0"},
    {"id_category": "13", "id_parent": "12", "name": "Хирургия", "depth": "1", "last": "1"},
]
MADE = [
    Group(group_id=12, parent_id=0, name="Медицина", depth=0, last=False),
    Group(group_id=13, parent_id=12, name="Хирургия", depth=1, last=True),
]


# --- list_groups ---


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param(ROWS, MADE, id="list"),
        pytest.param({row["id_category"]: row for row in ROWS}, MADE, id="keyed"),
        pytest.param([{"id_category": 12, "depth": 0, "last": 0}], [Group(group_id=12, depth=0, last=False)], id="few"),
        pytest.param([], [], id="empty"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_the_list_is_read(server, client, answer, made):
    server.answer("bwgroups.listGroups", answer)
    assert client.bwgroups.list_groups() == made
    assert server.sent("bwgroups.listGroups") == []


def test_a_lost_list_is_asked_for_again(client, repeated):
    assert repeated("bwgroups.listGroups", ROWS, client.bwgroups.list_groups) == MADE


# --- save_group ---


@pytest.mark.parametrize("answer", [{"id": "13"}, {"id": 13}, {"13": {"id": "13"}}])
def test_a_group_is_created(server, client, answer):
    server.answer("bwgroups.saveGroup", answer)
    assert client.bwgroups.save_group("Хирургия", parent_id=12).group_id == 13
    assert server.sent("bwgroups.saveGroup") == [("name", "Хирургия"), ("id_parent", "12")]


def test_a_group_is_edited(server, client):
    server.answer("bwgroups.saveGroup", {"id": "13"})
    assert client.bwgroups.save_group("Хирургия", group_id=13, parent_id=0).group_id == 13
    assert server.sent("bwgroups.saveGroup") == [("name", "Хирургия"), ("id", "13"), ("id_parent", "0")]


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"name": ""}, {"name": ["must have 1 to 40 characters, this has 0"]}),
        ({"name": "я" * 41}, {"name": ["must have 1 to 40 characters, this has 41"]}),
        ({"name": "Блог", "group_id": 0}, {"group_id": ["must be at least 1, not 0"]}),
        ({"name": "Блог", "parent_id": -1}, {"parent_id": ["must be at least 0, not -1"]}),
    ],
)
def test_groups_that_can_not_be_meant_are_refused(client, refusal, arguments, problems):
    assert refusal(lambda: client.bwgroups.save_group(**arguments)) == problems


def test_a_lost_answer_does_not_create_a_second_group(server, client, lost):
    unknown = lost("bwgroups.saveGroup", lambda: client.bwgroups.save_group("Хирургия", parent_id=12))
    assert (unknown.effect, unknown.check) == ("ONCE", "bwgroups.list_groups")
    server.answer("bwgroups.listGroups", ROWS)
    assert unknown.ask() == MADE[1:]


def test_an_edit_may_be_repeated(client, repeated):
    saved = repeated("bwgroups.saveGroup", {"id": "13"}, lambda: client.bwgroups.save_group("Хирургия", group_id=13))
    assert saved.group_id == 13


# --- delete_group ---


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ({"ids": ["13", "14"]}, [13, 14]),
        ({"ids": {"1": 13, "4": 14}}, [13, 14]),
        ({"ids": []}, []),
    ],
)
def test_all_deleted_groups_are_named(server, client, answer, ids):
    server.answer("bwgroups.deleteGroup", answer)
    assert client.bwgroups.delete_group(13) == DeletedGroups(ids=ids)
    assert server.sent("bwgroups.deleteGroup") == [("id", "13")]


def test_the_group_to_delete_must_be_an_id(client, refusal):
    assert refusal(lambda: client.bwgroups.delete_group(0)) == {"group_id": ["must be at least 1, not 0"]}


def test_a_deletion_may_be_repeated(client, repeated):
    assert repeated("bwgroups.deleteGroup", {"ids": ["13"]}, lambda: client.bwgroups.delete_group(13)).ids == [13]


def test_deleting_what_is_not_there_is_not_found(server, client):
    server.answer("bwgroups.deleteGroup", {"error": "no_object"})
    with pytest.raises(EtxtNotFoundError):
        client.bwgroups.delete_group(13)


# --- update_group ---


@pytest.mark.parametrize("group_id", [12, 0])
def test_a_user_is_moved_to_a_group(server, client, group_id):
    server.answer("bwgroups.updateGroup", {"id_user": "700021", "id_group": str(group_id), "name": "Медицина"})
    moved = client.bwgroups.update_group(700021, group_id=group_id)
    assert moved == GroupedUser(user_id=700021, group_id=group_id, name="Медицина")
    assert server.sent("bwgroups.updateGroup") == [("id_user", "700021"), ("id_group", str(group_id))]


def test_without_a_group_the_user_leaves_all_groups(server, client):
    server.answer("bwgroups.updateGroup", {"id_user": 700021, "id_group": 0, "name": ""})
    assert client.bwgroups.update_group(700021).name == ""
    assert server.sent("bwgroups.updateGroup") == [("id_user", "700021")]


def test_both_ids_are_checked_at_once(client, refusal):
    assert refusal(lambda: client.bwgroups.update_group(0, group_id=-1)) == {
        "user_id": ["must be at least 1, not 0"],
        "group_id": ["must be at least 0, not -1"],
    }


def test_a_move_may_be_repeated(client, repeated):
    answer = {"id_user": "700021", "id_group": "12", "name": "Медицина"}
    moved = repeated("bwgroups.updateGroup", answer, lambda: client.bwgroups.update_group(700021, group_id=12))
    assert moved.group_id == 12


def test_an_answer_that_does_not_fit_is_told_with_its_place(server, client):
    server.answer("bwgroups.updateGroup", {"id_user": "700021", "id_group": "first"})
    with pytest.raises(UnexpectedResponseError) as caught:
        client.bwgroups.update_group(700021, group_id=12)
    assert caught.value.problems == ("expected int, got 'first' (str) @ $.id_group",)
