from __future__ import annotations

import pytest

from kwork_etxt_sdk.etxt.models.users import ListAction, ListChange, ListCounts, ListedUser, ListKind
from tests.support.etxt_server import part_of

LISTED = {
    "id_user": "700021",
    "id_group": "12",
    "login": "demo_author",
    "fio": "Иванова Демо",
    "online": "1",
    "type": "whiteList",
}
MADE_LISTED = ListedUser(
    user_id=700021, group_id=12, login="demo_author", fio="Иванова Демо", online=True, type=ListKind.WHITE
)


@pytest.mark.parametrize("kind", [ListKind.BLACK, "blackList"])
def test_lists_are_filtered_by_the_service(server, client, kind):
    server.answer("users.getBW", [LISTED])
    client.users.get_bw(type=kind, group_id=0, count=5, offset=1).to_list()
    assert server.sent("users.getBW") == [("count", "5"), ("from", "1"), ("id_group", "0"), ("type", "blackList")]


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        pytest.param([LISTED], [MADE_LISTED], id="list"),
        pytest.param({"700021": LISTED}, [MADE_LISTED], id="keyed"),
        pytest.param([{**LISTED, "id_user": 700021, "id_group": 12, "online": True}], [MADE_LISTED], id="numbers"),
        pytest.param([{"id_user": "5"}], [ListedUser(user_id=5)], id="missing fields"),
        pytest.param([], [], id="empty"),
        pytest.param({"error": "no_object"}, [], id="no_object"),
    ],
)
def test_every_shape_of_the_lists_is_read(server, client, answer, made):
    server.answer("users.getBW", answer)
    assert client.users.get_bw().to_list() == made
    assert server.sent("users.getBW") == [("count", "100"), ("from", "0")]


def test_a_user_on_both_lists_comes_twice(server, client):
    server.answer("users.getBW", [LISTED, {**LISTED, "type": "blackList"}])
    assert [user.type for user in client.users.get_bw()] == [ListKind.WHITE, ListKind.BLACK]


def test_all_listed_users_are_fetched(server, client):
    rows = [{**LISTED, "id_user": str(number)} for number in range(1, 151)]
    for _ in range(10):
        server.answer("users.getBW", part_of(rows))
    assert [user.user_id for user in client.users.get_bw()] == list(range(1, 151))


def test_an_unknown_list_is_refused_at_once(client, refusal):
    assert refusal(lambda: client.users.get_bw(type="grey")) == {
        "type": ["must be one of whiteList (WHITE), blackList (BLACK), not 'grey'"]
    }


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        (
            {"id_user": "700021", "whiteList": "120", "blackList": "2"},
            ListCounts(user_id=700021, white_list=120, black_list=2),
        ),
        ([{"id_user": 700021, "whiteList": 0, "blackList": 0}], ListCounts(user_id=700021, white_list=0, black_list=0)),
        ({"whiteList": "1"}, ListCounts(white_list=1)),
    ],
)
def test_the_lists_of_others_are_counted(server, client, answer, made):
    server.answer("users.getUserBW", answer)
    assert client.users.get_user_bw(700021) == made
    assert server.sent("users.getUserBW") == [("id", "700021")]


@pytest.mark.parametrize("action", [*ListAction, "whiteList", "blackList", "delete"])
def test_a_user_is_put_on_a_list_or_taken_off(server, client, action):
    server.answer("users.setUserBW", {"id": "700021", "type": str(action)})
    changed = client.users.set_user_bw(700021, action, group_id=12)
    assert changed == ListChange(user_id=700021, type=ListAction(str(action)))
    assert server.sent("users.setUserBW") == [("id", "700021"), ("id_group", "12"), ("type", str(action))]


def test_without_a_group_none_is_sent(server, client):
    server.answer("users.setUserBW", {"id": 700021, "type": "delete"})
    client.users.set_user_bw(700021, "delete")
    assert server.sent("users.setUserBW") == [("id", "700021"), ("type", "delete")]


def test_other_actions_are_refused(client, refusal):
    assert refusal(lambda: client.users.set_user_bw(700021, "remove", group_id=-1)) == {
        "group_id": ["must be at least 0, not -1"],
        "type": ["must be one of whiteList (WHITE), blackList (BLACK), delete (DELETE), not 'remove'"],
    }


def test_putting_on_a_list_may_be_repeated(client, repeated):
    answer = {"id": "700021", "type": "whiteList"}
    changed = repeated("users.setUserBW", answer, lambda: client.users.set_user_bw(700021, "whiteList"))
    assert changed.type is ListAction.WHITE
