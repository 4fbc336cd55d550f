"""Faults on request: each does what it says over real sockets, is counted, and can be replayed."""

from __future__ import annotations

import json
import socket
from collections import Counter

import pytest
import requests

from kwork_etxt_sdk.sandbox import Fault, Sandbox
from kwork_etxt_sdk.sandbox.damage import CODED_FIELDS, NEW_FIELD, Records, _new_code, _other_type
from kwork_etxt_sdk.sandbox.faults import KINDS, Faults
from kwork_etxt_sdk.sandbox.front import Front
from kwork_etxt_sdk.sandbox.http import Incoming
from tests.sandbox.callers import START, TIMEOUT, EtxtCaller, signature

STATUSES = {"429": 429, "500": 500, "502": 502, "503": 503, "504": 504, "html": 200, "blocked": 403}
RESETS = ("reset_before_reading", "reset_after_reading", "reset_in_headers", "reset_in_body")


def raw(box, body=b"", method="users.getBalance"):
    """The bytes that come back, and how the connection ended."""
    query = {"method": method, "token": box.etxt_token}
    query["sign"] = signature(query, box.etxt_api_pass)
    path = requests.Request("POST", box.etxt_base_url, params=query).prepare().path_url
    request = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    request += "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
    received = b""
    with socket.create_connection(("127.0.0.1", box.port), timeout=TIMEOUT) as connection:
        connection.sendall(request.encode() + body)
        while True:
            try:
                piece = connection.recv(65_536)
            except ConnectionResetError:
                return received, "reset"
            if not piece:
                return received, "end"
            received += piece


class TestAnotherAnswer:
    @pytest.mark.parametrize(("kind", "status"), STATUSES.items())
    def test_takes_the_place_of_the_answer_once(self, box, etxt, kind, status):
        box.fail_next(kind)
        answer = etxt.send("folders.addFolder", {"name": "A"})
        assert (answer.status_code, "<html>" in answer.text) == (status, True)
        assert "Retry-After" not in answer.headers
        assert not box.executed
        (call,) = box.calls
        assert (call.method, call.params, call.status, call.fault) == ("folders.addFolder", {"name": "A"}, status, kind)
        assert "id_folder" in etxt("folders.addFolder", name="A")
        assert box.calls[-1].fault == ""

    @pytest.mark.parametrize("kind", [*STATUSES, "reset_after_reading"])
    def test_an_execution_before_the_fault_counts(self, box, etxt, kind):
        box.fail_next(kind, method="folders.addFolder", executed=True)
        if kind == "reset_after_reading":
            with pytest.raises(requests.ConnectionError):
                etxt.send("folders.addFolder", {"name": "A"})
        else:
            assert etxt.send("folders.addFolder", {"name": "A"}).status_code == STATUSES[kind]
        assert box.executed == {"folders.addFolder": 1}
        (call,) = box.calls
        assert (call.status, call.fault) == (STATUSES.get(kind, 0), kind)
        assert "A" in [row["name"] for row in etxt.rows("folders.listFolders")]

    @pytest.mark.parametrize(("given", "sent"), [(5, "5"), (0.2, "1"), ("Wed, 21 Oct 2099 07:28:00 GMT",) * 2])
    def test_retry_after_is_sent_as_wanted(self, box, etxt, given, sent):
        box.fail_next("429", retry_after=given)
        assert etxt.send("users.getBalance").headers["Retry-After"] == sent

    def test_only_the_methods_meant_fail_and_as_often_as_meant(self, box, etxt):
        box.fail_next("503", method="folders.*", times=2)
        statuses = [
            etxt.send(method).status_code
            for method in ("users.getBalance", "folders.listFolders", "folders.addFolder", "folders.listFolders")
        ]
        assert statuses == [200, 503, 503, 200]

    def test_faults_for_the_same_call_come_one_after_the_other(self, box, etxt):
        for kind in ("500", "429"):
            box.fail_next(kind)
        assert [etxt.send("users.getBalance").status_code for _ in range(3)] == [500, 429, 200]

    def test_a_service_can_be_meant(self, box, etxt, kwork):
        box.fail_next("502", service="kwork", times=None)
        assert etxt.send("users.getBalance").status_code == 200
        assert [kwork.send("projects", {}).status_code for _ in range(3)] == [502] * 3
        box.faults.clear()
        assert kwork.send("projects", {}).status_code == 401

    def test_what_was_sent_to_kwork_is_recorded_without_credentials(self, box, kwork):
        box.fail_next("502", times=3)
        kwork.send("projects", {"page": 2, "token": "secret"})
        kwork.session.post(f"{box.kwork_base_url}/projects", data=b"no JSON", timeout=TIMEOUT)
        kwork.session.post(f"{box.kwork_base_url}/projects", json=[1], timeout=TIMEOUT)
        assert [call.params for call in box.calls] == [{"page": 2}, {}, {}]

    def test_files_can_fail_too(self, box, etxt):
        id_task = etxt.deliver()
        (result,) = etxt.results(id_task)
        url = next(iter(result["files"].values()))["path"] if isinstance(result["files"], dict) else None
        box.fail_next("503", service="files")
        assert requests.get(url, timeout=TIMEOUT).status_code == 503
        assert requests.get(url, timeout=TIMEOUT).status_code == 200


class TestRateLimit:
    def test_so_many_calls_pass_in_so_much_simulated_time(self, box, etxt):
        box.faults.add(Fault("rate_limit", limit=2, window=10, retry_after="auto"))
        first = [etxt.send("users.getBalance") for _ in range(3)]
        assert [answer.status_code for answer in first] == [200, 200, 429]
        assert first[-1].headers["Retry-After"] == "10"
        box.advance(seconds=4)
        assert etxt.send("users.getBalance").headers["Retry-After"] == "6"
        box.advance(seconds=6)
        assert etxt.send("users.getBalance").status_code == 200

    def test_it_may_keep_the_time_to_itself(self, box, etxt):
        box.faults.add(Fault("rate_limit", limit=1, window=10))
        assert etxt.send("users.getBalance").status_code == 200
        assert "Retry-After" not in etxt.send("users.getBalance").headers


class TestConnections:
    @pytest.mark.parametrize("kind", RESETS)
    def test_resets_at_each_phase(self, box, kind):
        box.fail_next(kind)
        received, end = raw(box)
        assert end == "reset"
        assert (received == b"") == (kind in ("reset_before_reading", "reset_after_reading"))
        assert received.startswith(b"HTTP/1.1 200 OK\r\n") or not received
        assert (b"\r\n\r\n" in received) == (kind == "reset_in_body")
        assert raw(box)[1] == "end"

    @pytest.mark.parametrize(("kind", "count"), [*zip(RESETS, (0, 0, 1, 1), strict=True), ("cut", 1)])
    def test_what_breaks_off_inside_the_answer_was_executed(self, box, kind, count):
        box.fail_next(kind)
        raw(box, b"name=A", "folders.addFolder")
        assert box.executed["folders.addFolder"] == count
        assert box.calls[0].params == ({} if kind == "reset_before_reading" else {"name": "A"})
        assert box.calls[0].fault == kind

    def test_a_cut_answer_ends_in_the_middle(self, box):
        whole = raw(box)[0].partition(b"\r\n\r\n")[2]
        box.fail_next("cut")
        received, end = raw(box)
        assert end == "end"
        assert received.partition(b"\r\n\r\n")[2] == whole[: len(whole) // 2] != b""

    def test_a_dripping_answer_comes_whole(self, box, etxt):
        box.fail_next("drip", seconds=0.01)
        answer = etxt.send("categories.listCategories")
        assert len(answer.json()) > 10
        assert answer.elapsed.total_seconds() < 5

    def test_connections_live_on_after_other_faults(self, box, etxt):
        for kind in ("429", "drip", "unknown_field", "latency"):
            box.fail_next(kind)
        for _ in range(6):
            etxt.send("users.getBalance")
        (pool,) = etxt.session.get_adapter(box.url).poolmanager.pools._container.values()
        assert pool.num_connections == 1

    def test_cheroot_has_nothing_to_say_about_resets(self, box, caplog):
        for kind in RESETS:
            box.fail_next(kind)
        with caplog.at_level("DEBUG", "kwork_etxt_sdk.sandbox"):
            assert [raw(box)[1] for _ in RESETS] == ["reset"] * 4
            assert raw(box)[1] == "end"
        assert caplog.messages == []


class TestLatency:
    @staticmethod
    def answer(box, sleep):
        head = Incoming("POST", "/etxt/api/json/", b"method=users.getBalance", {}, {})
        return Front(box._world, box.faults, sleep).answer(head, lambda: head)

    def test_a_late_answer_was_executed_at_once(self, box):
        done = []
        box.fail_next("latency", seconds=3, jitter=1)
        answer = self.answer(box, lambda seconds: done.append((seconds, len(box.calls))))
        assert answer.status == 200
        ((slept, calls_before),) = done
        assert 3 <= slept <= 4
        assert calls_before == 1
        assert box.calls[0].fault == "latency"

    def test_a_refusal_can_be_late_too(self, box):
        slept = []
        box.fail_next("latency", seconds=3)
        box.fail_next("503")
        assert self.answer(box, slept.append).status == 503
        assert slept == [3]
        assert box.calls[0].fault == "latency 503"


class TestExpiredTokens:
    def test_etxt_says_what_it_says_to_unknown_tokens(self, box, etxt):
        box.fail_next("expired")
        assert etxt.send("users.getBalance").text.startswith("Настройки пользователя")
        assert box.calls[0].fault == "expired"
        assert etxt.balance()

    def test_kwork_says_what_it_says_to_unknown_tokens(self, box, kwork):
        kwork.enter()
        box.fail_next("expired")
        assert kwork.send("projects", {}).status_code == 401
        assert kwork.send("projects", {}).status_code == 200
        box.fail_next("expired")
        form, headers = {"token": "x", "page": "1"}, {"Authorization": box.kwork_app_authorization}
        answer = kwork.session.post(f"{box.kwork_base_url}/projects", data=form, headers=headers, timeout=TIMEOUT)
        assert answer.json()["success"] is False
        assert box.calls[-1].params == {"page": "1"}


class TestSpoiltData:
    def test_new_fields_come_in_every_record(self, box, etxt):
        box.fail_next("unknown_field")
        assert all(NEW_FIELD in row for row in etxt.rows("users.getList"))
        box.fail_next("unknown_field")
        assert NEW_FIELD in etxt("users.getBalance")

    def test_new_codes_take_the_place_of_known_ones(self, box, etxt):
        etxt.place()
        box.fail_next("unknown_enum", field="status")
        (row,) = etxt.rows("tasks.listTasks")
        assert row["status"] == "9999"
        box.fail_next("unknown_enum")
        (row,) = etxt.rows("tasks.listTasks")
        assert sum(row.get(name) == "9999" for name in CODED_FIELDS) == 1

    def test_wrong_types_take_the_place_of_right_ones(self, box, etxt):
        box.fail_next("wrong_type", field="balance")
        assert etxt("users.getBalance")["balance"] == ["10000.00"]
        before = etxt.rows("users.getList", count=3)
        box.fail_next("wrong_type")
        after = etxt.rows("users.getList", count=3)
        changed = [
            (old[name], new[name])
            for old, new in zip(before, after, strict=True)
            for name in old
            if old[name] != new[name]
        ]
        assert len(changed) == 1
        assert type(changed[0][0]) is not type(changed[0][1])

    def test_a_record_comes_twice(self, box, etxt):
        box.fail_next("duplicates")
        ids = [row["id_user"] for row in etxt.rows("users.getList", count=10)]
        assert len(ids) == 11
        assert sorted(Counter(ids).values())[-2:] == [1, 2]

    @pytest.mark.parametrize("shapes", ["live", "keyed"])
    def test_records_shift_between_pages(self, shapes):
        with Sandbox(speed=0, start_time=START, shapes=shapes) as box:
            etxt = EtxtCaller(box)
            pages = [
                [row["id_user"] for row in etxt.rows("users.getList", count=5, **{"from": start})] for start in (0, 5)
            ]
            box.fail_next("shift", method="users.getList")
            shifted = [
                [row["id_user"] for row in etxt.rows("users.getList", count=5, **{"from": start})]
                for start in (0, 5, 5)
            ]
            etxt.session.close()
        assert shifted[0] == pages[0]
        assert shifted[1] == [pages[0][-1], *pages[1][:-1]]
        assert shifted[2] == pages[1]

    def test_kwork_shifts_by_page_numbers(self, box, kwork):
        kwork.enter()
        first, second = (kwork("projects", page=page)["projects"] for page in (1, 2))
        box.fail_next("shift")
        again, shifted = (kwork("projects", page=page)["projects"] for page in (1, 2))
        assert again == first
        assert shifted == [first[-1], *second[:-1]]

    @pytest.mark.parametrize("kind", ["duplicates", "shift", "unknown_field", "unknown_enum", "wrong_type"])
    def test_a_fault_waits_for_an_answer_that_it_can_spoil(self, box, etxt, kind):
        box.fail_next(kind)
        refused = etxt.send("tasks.deleteTask", {"id[]": "77"}).json()
        assert refused == {"error": "no_object"}
        assert etxt.send("nonsense").json() == {"error": "no_params"}
        requests.get(f"{box.etxt_base_url}x", timeout=TIMEOUT)
        if kind == "shift":
            etxt.balance()  # there is no list in it
        assert {call.fault for call in box.calls} == {""}
        assert box.faults.waiting()[0]["left"] == 1

    def test_an_object_keyed_by_id_has_no_duplicates(self):
        with Sandbox(speed=0, start_time=START, shapes="keyed") as box:
            etxt = EtxtCaller(box)
            box.fail_next("duplicates")
            rows = etxt.rows("users.getList", count=5)
            box.fail_next("unknown_field")
            spoilt = etxt.rows("users.getList", count=5)
            etxt.session.close()
        assert len(rows) == 5
        assert all(NEW_FIELD in row for row in spoilt)

    def test_a_field_that_no_record_has_stays_away(self, box, etxt):
        box.fail_next("wrong_type", field="nonsense")
        assert etxt.balance() == "10000.00"
        assert box.faults.waiting()[0]["left"] == 1

    @pytest.mark.parametrize(
        ("before", "after"), [("12", "9999"), ("open", "sandbox_new_code"), (3, 9999), (True, 9999)]
    )
    def test_new_codes_look_like_codes(self, before, after):
        assert _new_code(before) == after

    @pytest.mark.parametrize(("before", "after"), [("12", ["12"]), ([1], "?"), ({"a": 1}, "?"), (None, [None])])
    def test_wrong_types_are_of_another_kind(self, before, after):
        assert _other_type(before) == after

    def test_different_kinds_combine(self, box, etxt):
        for kind in ("unknown_field", "duplicates", "drip"):
            box.fail_next(kind)
        rows = etxt.rows("users.getList", count=5)
        assert len(rows) == 6
        assert all(NEW_FIELD in row for row in rows)
        assert box.calls[0].fault == "unknown_field duplicates drip"

    @pytest.mark.parametrize(
        ("data", "count"),
        [
            ([{"id": 1}, 2], 1),
            ({"7": {"id": 7}}, 1),
            ({"success": True, "response": {"kworks": [{"id": 1}, {"id": 2}], "paging": {}}}, 2),
            ({"12": [{"id": 1}], "13": [{"id": 2}]}, 1),
            ({"success": True, "response": {"id": 1}}, 1),
            ({"balance": "1"}, 1),
            ({}, 0),
            ([], 0),
            ("text", 0),
            ({"response": []}, 0),
        ],
    )
    def test_records_are_found_in_every_shape(self, data, count):
        assert len(Records(data).all()) == count


class TestReplay:
    @staticmethod
    def run(seed):
        with Sandbox(seed=seed, speed=0, start_time=START, faults=["503:share=0.5", "wrong_type:share=0.5"]) as box:
            etxt = EtxtCaller(box)
            answers = [etxt.send("users.getList", {"count": "3"}).text for _ in range(20)]
            etxt.session.close()
            return answers, [call.fault for call in box.calls]

    def test_the_same_seed_fails_in_the_same_way(self):
        answers, faults = self.run(3)
        assert (answers, faults) == self.run(3)
        assert faults != self.run(4)[1]
        assert {"", "503", "wrong_type"} <= set(faults)

    def test_cleared_faults_begin_anew(self):
        clock = Sandbox(speed=0, start_time=START).clock
        faults = Faults(1, clock)

        def pattern():
            faults.clear()
            faults.add(Fault("503", share=0.5))
            return [bool(faults.strike("etxt", "x")) for _ in range(30)]

        first = pattern()
        assert first == pattern()
        assert 5 < sum(first) < 25


class TestSettings:
    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("html", Fault("html")),
            ("429:method=tasks.*,times=3,retry_after=5", Fault("429", method="tasks.*", times=3, retry_after=5)),
            (
                "rate_limit:limit=2,window=1.5,retry_after=auto",
                Fault("rate_limit", limit=2, window=1.5, retry_after="auto"),
            ),
            ("500:executed=true,times=none,share=0.5", Fault("500", executed=True, share=0.5)),
            ("wrong_type:field=12", Fault("wrong_type", field="12")),
        ],
    )
    def test_faults_can_be_written_down(self, text, fault):
        assert Fault.parse(text) == fault

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("laten", "did you mean 'latency'"),
            ("429:times", "is not NAME=VALUE"),
            ("429:time=1", "no setting 'time'"),
            ("429:times=many", "wrong type"),
            ("429:times=true", "wrong type"),
            ("429:times=0", "once or more"),
            ("429:share=0", "above 0"),
            ("latency:seconds=-1", "backwards"),
            ("drip:executed=true", "says nothing"),
            ("reset_before_reading:executed=true", "says nothing"),
            ("rate_limit:limit=1", "needs limit= "),
        ],
    )
    def test_nonsense_is_refused_at_once(self, text, complaint):
        with pytest.raises(ValueError, match=complaint):
            Fault.parse(text)

    def test_a_fault_needs_a_kind(self):
        with pytest.raises(ValueError, match="needs a kind"):
            Fault.of({"times": 1})

    def test_a_sandbox_takes_both_forms(self):
        box = Sandbox(faults=[Fault("html"), "latency"])
        assert [fault["kind"] for fault in box.faults.waiting()] == ["html", "latency"]

    def test_every_kind_can_be_asked_for(self, box):
        for kind in KINDS:
            more = {"limit": 1, "window": 1.0} if kind == "rate_limit" else {}
            box.fail_next(kind, **more)
        assert [json.loads(json.dumps(fault))["kind"] for fault in box.faults.waiting()] == list(KINDS)
