"""The control URL: what it does, and whom it answers."""

from __future__ import annotations

import pytest
import requests

from kwork_etxt_sdk.sandbox.control import _plain
from tests.sandbox.callers import START, TIMEOUT


def control(box, verb, name, json=None, **more):
    return requests.request(verb, f"{box.url}/control/{name}", json=json, timeout=TIMEOUT, **more)


def test_faults_are_added_listed_and_cleared(box, etxt):
    added = control(box, "POST", "faults", {"kind": "429", "method": "users.*", "retry_after": 5})
    assert added.status_code == 200
    (fault,) = added.json()
    assert (fault["kind"], fault["left"]) == ("429", 1)
    assert control(box, "GET", "faults").json() == added.json()
    answer = etxt.send("users.getBalance")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert control(box, "GET", "faults").json() == []
    control(box, "POST", "faults", {"kind": "503", "times": None})
    assert control(box, "DELETE", "faults").json() == []
    assert etxt.send("users.getBalance").status_code == 200


def test_time_can_be_wound_forward(box, etxt):
    id_task = etxt.place(auto_work=1)
    answer = control(box, "POST", "advance", {"hours": 4, "minutes": 1}).json()
    assert answer == {"now": START + 4 * 3600 + 60}
    assert str(etxt.order(id_task)["status"]) == "3"


def test_kworks_sign_in_can_be_made_to_ask_for_more(box):
    answer = control(box, "POST", "demand", {"what": "captcha"}).json()["answer"]
    assert answer == box.kwork_demand("captcha")
    refused = control(box, "POST", "demand", {"what": "money"})
    assert (refused.status_code, "'money'" in refused.json()["error"]) == (400, True)


def test_what_cannot_be_shown_is_a_mistake_of_ours(box):
    with pytest.raises(TypeError, match="cannot be shown"):
        _plain(object())


def test_calls_and_executions_can_be_read_and_forgotten(box, etxt):
    etxt.send("folders.addFolder", {"name": "A"}, files={"file": ("a.txt", b"text")})
    assert control(box, "GET", "executed").json() == {"folders.addFolder": 1}
    (call,) = control(box, "GET", "calls").json()
    assert (call["method"], call["params"]) == (
        "folders.addFolder",
        {"name": "A", "file": {"file_name": "a.txt", "size": 4}},
    )
    assert "headers" not in call
    assert box.etxt_token not in str(call)
    assert control(box, "DELETE", "calls").json() == []
    assert box.calls == []
    assert not box.executed


@pytest.mark.parametrize(
    ("request_", "status", "complaint"),
    [
        (("POST", "advance", {"hours": -1}), 400, "backwards"),
        (("POST", "advance", {"weeks": 1}), 400, "weeks=1"),
        (("POST", "advance", {"hours": True}), 400, "hours=True"),
        (("POST", "advance", [1]), 400, "not a JSON object"),
        (("POST", "faults", {"kind": "laten"}), 400, "latency"),
        (("POST", "faults", {}), 400, "needs a kind"),
        (("GET", "advance", None), 405, "advance takes POST"),
        (("PUT", "faults", None), 405, "faults takes DELETE, GET, POST"),
        (("GET", "nonsense", None), 404, "there is no /control/nonsense"),
    ],
)
def test_nonsense_is_refused(box, request_, status, complaint):
    answer = control(box, *request_)
    assert answer.status_code == status
    assert complaint in answer.json()["error"]


def test_a_body_that_is_not_json_is_refused(box):
    answer = requests.post(f"{box.url}/control/faults", data=b"kind=429", timeout=TIMEOUT)
    assert (answer.status_code, answer.json()) == (400, {"error": "the body is not JSON"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "localhost:{port}", "Origin": "http://localhost:{port}"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
    ],
)
def test_only_this_machine_and_no_foreign_page_may_ask(box, headers, status):
    filled = {name: value.format(port=box.port) for name, value in headers.items()}
    answer = control(box, "POST", "faults", {"kind": "html"}, headers=filled)
    assert answer.status_code == status
    assert len(box.faults.waiting()) == (status == 200)


def test_it_is_not_among_the_calls_and_no_fault_strikes_it(box):
    box.fail_next("500")
    assert control(box, "GET", "calls").json() == []
    assert box.calls == []
