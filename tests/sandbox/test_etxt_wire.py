"""The door of the eTXT sandbox: signature, credentials, how parameters are read."""

from __future__ import annotations

import pytest
import requests

from kwork_etxt_sdk.sandbox.etxt.wire import sign
from tests.sandbox.callers import TIMEOUT, md5, signature

WRONG_SIGNATURE = "Подпись не верна"
WRONG_SETTINGS = "Настройки пользователя для работы с API не верны"

TOKEN = "0123456789abcdef0123456789abcdef"
PASSWORD = "demo-pass-1"
# Computed by four public clients and PHP itself, with invented credentials.
VECTORS = [
    ({"method": "users.getBalance"}, PASSWORD, "0516e39e92aa643c9b317f7601299b48"),
    ({"method": "tasks.saveTask"}, PASSWORD, "482da65cdcc4e1646e47ee75d1698d1d"),
    ({"method": "tasks.getResults", "id": "1000001"}, PASSWORD, "3a8c1a4f96503420b7895247d4eb12af"),
    (
        {"method": "tasks.listTasks", "status": "4", "from": "100", "only_id": "1"},
        PASSWORD,
        "cb2a040ca6fdfe3143fae467dd3d3c52",
    ),
    (
        {"method": "articles.getList", "text": "кофе и чай+сахар 50%", "count": "20"},
        PASSWORD,
        "e2ff155964017dcfc4ba847c372edb6d",
    ),
    ({"method": "users.getUser", "id": "42", "login": ""}, PASSWORD, "61685f30c060b5046ef8810b1ca2be28"),
    ({"method": "users.getBalance"}, "Пароль#2 %+&", "356e6f4efc156258cef938f6593ac0e1"),
    (
        {"method": "tasks.failTask", "id": "1000001", "copy": "1", "deadline": "25.12.2030", "timeline": "17:00"},
        PASSWORD,
        "fa21d4db58c6885366c9b64fd973de49",
    ),
]


@pytest.mark.parametrize(("query", "password", "expected"), VECTORS)
def test_signatures_agree_with_what_public_clients_send(query, password, expected):
    pairs = [*query.items(), ("token", TOKEN), ("sign", "anything")]
    assert sign(pairs, password) == expected


def test_elements_of_an_array_in_the_url_are_signed_one_by_one():
    pairs = [("method", "tasks.deleteTask"), ("token", TOKEN), ("id[0]", "11"), ("id[1]", "12"), ("id[2]", "13")]
    assert sign(pairs, PASSWORD) == "eaf84b7054572bd6f1ee67d98b06c702"
    pairs = [("method", "tasks.deleteTask"), ("token", TOKEN), ("id[]", "11"), ("id[]", "12"), ("id[]", "13")]
    assert sign(pairs, PASSWORD) == "b393a5d02903f591763086c4a55d41c2"


def test_a_read_may_be_a_get_with_everything_in_the_url(etxt):
    answer = etxt.send("users.getBalance", verb="GET", query={"note": "кофе и чай+сахар 50%"})
    assert answer.json()["id"] == "500001"


def test_parameters_in_the_url_count_and_the_body_goes_before_them(etxt):
    ids = [etxt.place(), etxt.place()]

    def listed(**more):
        answer = etxt.send("tasks.listTasks", query={"id": ids[0], "only_id": "1"}, **more).json()
        return list(answer)

    assert listed(verb="GET") == [ids[0]]
    assert listed(body={"id": ids[1]}) == [ids[1]]


def test_a_wrong_signature_is_refused_in_plain_text_with_status_200(etxt):
    answer = etxt.send("users.getBalance", query={"sign": "0" * 32})
    assert (answer.status_code, answer.content.decode()) == (200, WRONG_SIGNATURE)
    assert not answer.headers["Content-Type"].startswith("application/json")
    assert etxt.box.calls[-1].refusal == WRONG_SIGNATURE


def test_a_signature_over_the_body_is_wrong(box, etxt):
    base = {"method": "users.getList", "token": box.etxt_token}
    body_signed = signature(base | {"online": "1"}, box.etxt_api_pass)
    answer = etxt.send("users.getList", {"online": "1"}, query={"sign": body_signed})
    assert answer.content.decode() == WRONG_SIGNATURE


def test_an_unknown_token_is_refused_in_plain_text(etxt):
    answer = etxt.send("users.getBalance", query={"token": TOKEN})
    assert (answer.status_code, answer.content.decode()) == (200, WRONG_SETTINGS)


def test_a_profile_without_api_is_refused_like_an_unknown_token(box, etxt):
    box.exchange.api_enabled = False
    assert etxt.send("users.getBalance").content.decode() == WRONG_SETTINGS


def test_credentials_count_only_in_the_query(box):
    query = {"method": "users.getBalance", "token": box.etxt_token}
    body = query | {"sign": signature(query, box.etxt_api_pass)}
    answer = requests.post(box.etxt_base_url, data=body, timeout=TIMEOUT)
    assert answer.content.decode() == WRONG_SETTINGS


def test_an_unknown_or_missing_method_is_a_logical_error(box, etxt):
    assert etxt("users.getMoon") == {"error": "no_params"}
    query = {"token": box.etxt_token}
    query["sign"] = md5(f"token={box.etxt_token}" + md5(box.etxt_api_pass + "api-pass"))
    assert requests.post(box.etxt_base_url, params=query, timeout=TIMEOUT).json() == {"error": "no_params"}


def test_a_url_longer_than_2048_characters_is_not_accepted(etxt):
    answer = etxt.send("users.getBalance", verb="GET", query={"note": "x" * 2048})
    assert answer.status_code == 414
    assert answer.text.startswith("<")


def test_other_verbs_are_not_accepted(etxt):
    assert etxt.send("users.getBalance", verb="PUT").status_code == 405


def test_without_its_trailing_slash_the_api_is_somewhere_else(box):
    answer = requests.post(box.etxt_base_url.rstrip("/"), timeout=TIMEOUT, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, "/etxt/api/json/")
    assert (box.calls[-1].service, box.calls[-1].status) == ("other", 301)


def test_answers_look_like_php(etxt):
    id_task = etxt.place(title="Чай/кофе")
    body = etxt.send("tasks.listTasks", {"id": id_task}).text
    assert r"\u0427\u0430\u0439\/" in body


@pytest.mark.parametrize(
    ("body", "deleted"),
    [
        ([("id[]", "{0}"), ("id[]", "{1}")], [0, 1]),
        ([("id[0]", "{0}"), ("id[1]", "{1}")], [0, 1]),
        ([("id", "{0}"), ("id", "{1}")], [1]),
        ([("id", "{0}")], [0]),
    ],
)
@pytest.mark.parametrize("multipart", [False, True])
def test_arrays_are_read_as_php_reads_them(etxt, body, deleted, multipart):
    ids = [etxt.deliver(), etxt.deliver()]
    pairs = [(name, value.format(*ids)) for name, value in body]
    if multipart:
        answer = etxt.send("tasks.paidTask", files=[(name, (None, value)) for name, value in pairs])
    else:
        answer = etxt.send("tasks.paidTask", pairs)
    assert answer.json() == {"status": 1, "ids": [ids[index] for index in deleted]}


def test_requests_are_recorded_without_token_and_sign(box, etxt):
    etxt("tasks.listTasks", count=5, id_=["1", "2"])
    call = box.calls[-1]
    assert (call.service, call.method, call.status, call.refusal) == ("etxt", "tasks.listTasks", 200, "no_object")
    assert call.params == {"count": "5", "id": {"0": "1", "1": "2"}}
    assert call.credentials == ("query:token", "query:sign")
    assert (call.verb, call.query_names) == ("POST", ("method", "token", "sign"))
    assert call.headers["User-Agent"].startswith("python-requests")
    assert box.etxt_token not in repr(call)


def test_only_executions_that_change_something_are_counted(box, etxt):
    etxt.place()
    etxt("users.getBalance")
    etxt("tasks.saveTask", title="Без цены")
    assert box.executed == {"tasks.saveTask": 1}
    box.clear_calls()
    assert not box.calls
    assert not box.executed
