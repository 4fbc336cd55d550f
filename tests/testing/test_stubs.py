"""Stubs: payloads without a server, and what they say about calls nobody expected."""

from __future__ import annotations

import pytest
import requests

from kwork_etxt_sdk import AuthError, EtxtClient, KworkClient, NetworkError, OutcomeUnknown, SdkError
from kwork_etxt_sdk.testing.stubs import KWORK_SAMPLES


@pytest.fixture
def etxt(etxt_stub):
    with etxt_stub.client() as client:
        yield client


@pytest.fixture
def kwork(kwork_stub):
    with kwork_stub.client() as client:
        yield client


class TestEtxt:
    def test_answers_with_the_sample_of_a_method(self, etxt_stub, etxt):
        etxt_stub.answer("tasks.listTasks")
        assert [task.task_id for task in etxt.tasks.list_tasks()] == [1000001, 1000002, 1000003]
        (call,) = etxt_stub.calls
        assert (call.method, call.params) == ("tasks.listTasks", {"count": "100", "from": "0"})

    def test_answers_with_a_payload_and_shows_what_was_sent(self, etxt_stub, etxt):
        payload = etxt_stub.sample("tasks.paidTask")
        payload["ids"] = ["7"]
        etxt_stub.answer("tasks.paidTask", payload)
        assert etxt.tasks.paid_task([7, 8]).missing == [8]
        assert etxt_stub.calls[0].params == {"id": ["7", "8"]}

    def test_answers_come_in_turn_and_the_last_one_stays(self, etxt_stub, etxt):
        for balance in ("1.00", "2.00"):
            etxt_stub.answer("users.getBalance", {**etxt_stub.sample("users.getBalance"), "balance": balance})
        assert [etxt.users.get_balance().balance for _ in range(3)] == [1, 2, 2]

    def test_a_text_goes_out_as_it_is(self, etxt_stub, etxt):
        etxt_stub.answer("users.getBalance", etxt_stub.sample("error.bad_sign"))
        with pytest.raises(AuthError, match="Подпись не верна"):
            etxt.users.get_balance()

    def test_refusals_statuses_and_headers(self, etxt_stub, etxt):
        etxt_stub.answer("tasks.paidTask", etxt_stub.sample("error.no_access"))
        etxt_stub.answer("tasks.paidTask", "<html>", status=502, headers={"Content-Type": "text/html"})
        with pytest.raises(SdkError, match="no_access"):
            etxt.tasks.paid_task(7)
        with pytest.raises(OutcomeUnknown):
            etxt.tasks.paid_task(7)

    def test_an_exception_stands_for_a_failure_of_the_network(self, etxt_stub, etxt):
        etxt_stub.answer("users.getBalance", requests.ConnectionError("no route"))
        with pytest.raises(NetworkError, match="no route"):
            etxt.with_options(retries=1).users.get_balance()

    def test_a_client_of_the_test_itself_is_answered_too(self, etxt_stub):
        etxt_stub.answer("users.getBalance")
        with EtxtClient("t" * 32, "invented") as client:
            assert client.users.get_balance().balance is not None

    def test_a_method_that_does_not_exist_is_refused(self, etxt_stub):
        with pytest.raises(LookupError, match=r"no method 'tasks.payTask'; the nearest is 'tasks.paidTask'"):
            etxt_stub.answer("tasks.payTask")

    def test_a_call_without_an_answer_fails_with_the_nearest(self, etxt_stub, etxt):
        with pytest.raises(pytest.fail.Exception, match=r"no answer for 'users.getBalance'; none has been given"):
            etxt.users.get_balance()
        etxt_stub.answer("users.getUser")
        with pytest.raises(pytest.fail.Exception, match=r"'users.getBalance'; the nearest is 'users.getUser'"):
            etxt.users.get_balance()


class TestKwork:
    def test_answers_with_the_sample_of_a_method(self, kwork_stub, kwork):
        kwork_stub.answer("projects")
        projects = kwork.projects.get_list(page=1).projects
        assert [project.id for project in projects] == [row["id"] for row in kwork_stub.sample("projects")["response"]]
        (call,) = kwork_stub.calls
        assert (call.method, call.params["page"]) == ("projects", "1")
        assert "token" not in call.params

    def test_answers_on_the_documented_wire_too(self, kwork_stub):
        kwork_stub.answer("projects", {"projects": [], "pagination": {"current_page": 3, "total_pages": 3}})
        with kwork_stub.client(wire="documented", app_authorization=None) as client:
            assert client.projects.get_list(page=3).projects == []
        assert kwork_stub.calls[0].params["page"] == 3

    def test_a_client_of_the_test_itself_is_answered_too(self, kwork_stub):
        kwork_stub.answer("projects")
        with KworkClient(token="invented", app_authorization="Basic invented") as client:
            assert client.projects.get_list().projects

    def test_both_stubs_work_side_by_side(self, kwork_stub, kwork, etxt_stub, etxt):
        kwork_stub.answer("projects")
        etxt_stub.answer("users.getBalance")
        assert kwork.projects.get_list().projects
        assert etxt.users.get_balance()
        assert [len(stub.calls) for stub in (kwork_stub, etxt_stub)] == [1, 1]

    @pytest.mark.parametrize("method", sorted(KWORK_SAMPLES))
    def test_every_sample_is_there(self, kwork_stub, method):
        kwork_stub.answer(method)
        assert kwork_stub.sample(method)

    def test_a_method_without_a_sample_wants_a_payload(self, kwork_stub):
        with pytest.raises(
            LookupError, match="no sample of Kwork's 'project': give a payload; the nearest is 'projects'"
        ):
            kwork_stub.answer("project")
        kwork_stub.answer("offers", {"success": True, "response": []})

    def test_a_call_without_an_answer_fails_with_the_nearest(self, kwork_stub, kwork):
        kwork_stub.answer("actor")
        with pytest.raises(pytest.fail.Exception, match="kwork_stub: no answer for 'projects'; the nearest is 'actor'"):
            kwork.projects.get_list()
