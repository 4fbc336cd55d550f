"""The life of an order, from publication to payment and download."""

from __future__ import annotations

import html

import requests

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START, TIMEOUT, EtxtCaller


def first_application(etxt, id_task):
    return next(note for note in etxt.rows("tasks.viewNotes", id=[id_task]) if note["id_note"] != "0")


def test_an_order_goes_from_published_to_paid(box, etxt):
    assert etxt("tasks.listTasks") == {"error": "no_object"}
    id_task = etxt.place()
    assert etxt.order(id_task)["status"] == "1"
    assert etxt("tasks.viewNotes", id=[id_task]) == {"error": "no_object"}

    box.advance(minutes=12)
    note = first_application(etxt, id_task)
    assert note["id_task"] == id_task
    assert etxt.balance() == "10000.00"

    assert etxt("tasks.setNote", id=note["id_note"], comment="Пишите проще.") == {
        "id_task": id_task,
        "id_user": note["id_user"],
    }
    # 50 roubles per 1000 characters, 2000 characters, 5 % for the exchange
    assert etxt.balance() == "9895.00"
    taken = etxt.order(id_task)
    assert (taken["status"], taken["id_user"], taken["price"]) == ("2", note["id_user"], "100.00")
    assert taken["description"] == "Спокойный тон.\nПишите проще."
    assert etxt("tasks.getResults", id=[id_task]) == {"error": "no_object"}

    box.advance(hours=2)
    assert etxt.order(id_task)["status"] == "3"
    (result,) = etxt.results(id_task)
    assert (result["status"], result["check"], result["id_user"]) == ("0", "1", note["id_user"])
    assert int(result["files"]["text"]["per_antiplagiat"]) >= 94
    assert int(result["files"]["text"]["size"]) >= 2000

    assert etxt("tasks.paidTask", id=[id_task], text="Спасибо!") == {"status": 1, "ids": [id_task]}
    done = etxt.order(id_task)
    assert (done["status"], done["end_date"]) == ("4", str(int(box.clock.now())))
    assert etxt.results(id_task)[0]["status"] == "2"
    assert etxt.balance() == "9895.00"
    assert box.exchange.account.held == 0
    payment = box.exchange.account.rows[-1]
    assert (str(payment.amount), str(payment.commission)) == ("-105.00", "5.00")
    assert etxt("tasks.paidTask", id=[id_task]) == {"error": "no_access"}


def test_with_automatic_acceptance_no_call_is_needed(etxt):
    id_task = etxt.deliver()
    assert etxt.balance() == "9895.00"
    assert etxt.results(id_task)


def test_the_same_seed_and_start_give_the_same_story():
    stories = []
    for _ in range(2):
        with Sandbox(speed=0, start_time=START, seed=7) as box:
            etxt = EtxtCaller(box)
            id_task = etxt.deliver()
            (result,) = etxt.results(id_task)
            text = requests.get(result["files"]["text"].pop("path"), timeout=TIMEOUT).content
            stories.append((etxt.order(id_task), result, etxt.rows("tasks.viewNotes", id=id_task), text))
            etxt.session.close()
    assert stories[0] == stories[1]


def test_another_seed_gives_another_story():
    authors = set()
    for seed in range(4):
        with Sandbox(speed=0, start_time=START, seed=seed) as box:
            etxt = EtxtCaller(box)
            authors.add(etxt.order(etxt.deliver())["id_user"])
            etxt.session.close()
    assert len(authors) > 1


def test_a_whole_price_is_not_multiplied(etxt):
    assert etxt.order(etxt.place(price_type=2, price=300))["price"] == "300.00"


def test_a_result_file_is_windows_1251_with_entities_and_needs_no_credentials(box, etxt):
    (result,) = etxt.results(etxt.deliver())
    path = result["files"]["text"]["path"]
    assert path.startswith(box.url + "/etxt/files/")
    answer = requests.get(path, timeout=TIMEOUT)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain"
    text = answer.content.decode("cp1251")
    assert "&nbsp;" in text
    assert len(html.unescape(text).replace(" ", "").replace("\xa0", "")) >= 2000
    call = box.calls[-1]
    assert (call.service, call.credentials) == ("files", ())


def test_credentials_sent_along_with_a_download_are_noticed(box, etxt):
    (result,) = etxt.results(etxt.deliver())
    requests.get(
        result["files"]["text"]["path"],
        params={"token": "abc", "sign": "def"},
        auth=("user", "password"),
        cookies={"userId": "1"},
        timeout=TIMEOUT,
    )
    assert box.calls[-1].credentials == ("Authorization", "Cookie", "query:token", "query:sign")


def test_a_link_dies_after_a_day_and_a_new_one_can_be_asked_for(box, etxt):
    id_task = etxt.deliver()
    path = etxt.results(id_task)[0]["files"]["text"]["path"]
    box.advance(hours=23)
    assert requests.get(path, timeout=TIMEOUT).status_code == 200
    box.advance(hours=2)
    assert requests.get(path, timeout=TIMEOUT).status_code == 404
    fresh = etxt.results(id_task)[0]["files"]["text"]["path"]
    assert requests.get(fresh, timeout=TIMEOUT).status_code == 200


def test_a_forged_link_leads_nowhere(box, etxt):
    path = etxt.results(etxt.deliver())[0]["files"]["text"]["path"]
    head, _, name = path.rpartition("/")
    for forged in (f"{head}/9{name}", f"{head}/x.txt", f"{box.url}/etxt/files/text"):
        assert requests.get(forged, timeout=TIMEOUT).status_code == 404


def test_only_what_is_in_review_is_accepted(box, etxt):
    delivered, waiting = etxt.deliver(), etxt.place()
    assert etxt("tasks.paidTask", id=[waiting]) == {"error": "no_access"}
    assert etxt("tasks.paidTask", id=["77"]) == {"error": "no_object"}
    assert etxt("tasks.paidTask", id=[waiting, delivered, "77"]) == {"status": 1, "ids": [delivered]}
    assert box.executed["tasks.paidTask"] == 1


def test_an_application_can_be_accepted_once(box, etxt):
    id_task = etxt.place()
    box.advance(hours=2)
    notes = etxt.rows("tasks.viewNotes", id=id_task)
    assert len(notes) > 1
    etxt("tasks.setNote", id=notes[0]["id_note"])
    assert etxt("tasks.setNote", id=notes[0]["id_note"]) == {"error": "no_access"}
    assert etxt("tasks.setNote", id=notes[1]["id_note"]) == {"error": "no_access"}
    assert etxt("tasks.setNote", id=99) == {"error": "no_object"}
    assert box.executed["tasks.setNote"] == 1


def test_money_that_is_not_there_cannot_be_committed(box, etxt):
    id_task = etxt.place(price_type=2, price=9_900)
    box.advance(hours=1)
    assert etxt("tasks.setNote", id=first_application(etxt, id_task)["id_note"]) == {"error": "max_limit"}
    assert etxt.order(id_task)["status"] == "1"
    assert etxt.balance() == "10000.00"


def test_automatic_acceptance_without_money_leaves_the_application_open(box, etxt):
    id_task = etxt.place(price_type=2, price=9_900, auto_work=1)
    box.advance(hours=1)
    assert etxt.order(id_task)["status"] == "1"
    assert first_application(etxt, id_task)["id_note"] != "0"
