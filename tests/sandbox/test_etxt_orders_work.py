"""Orders in work: rework, extra pay, missed deadlines, tickets, comments, the archive."""

from __future__ import annotations

import requests

from tests.sandbox.callers import TIMEOUT

LATE, SLOPPY, WORDY, SILENT, ATTACHES = 700_022, 700_023, 700_024, 700_027, 700_028


def individual(etxt, author, **changed):
    return etxt.place(auto_work=1, target_task=3, id_target=author, **changed)


# --- applications ---------------------------------------------------------------------------------------------------


def test_all_open_applications_at_once(box, etxt):
    one, other = etxt.place(), etxt.place()
    box.advance(hours=3)
    rows = etxt.rows("tasks.viewNotesAll")
    assert {row["id_task"] for row in rows} == {one, other}
    assert set(rows[0]) == {
        "id_note", "title", "price", "deadline", "id_task", "id_user", "user", "date", "text",
    }  # fmt: skip
    etxt("tasks.setNote", id=rows[0]["id_note"])
    assert {row["id_task"] for row in etxt.rows("tasks.viewNotesAll")} == {one, other} - {rows[0]["id_task"]}


def test_a_declined_application_disappears_and_somebody_else_applies(box, etxt):
    id_task = etxt.place()
    box.advance(hours=3)
    before = etxt.rows("tasks.viewNotes", id=id_task)
    assert etxt("tasks.unsetNote", id=before[0]["id_note"]) == {"id_task": id_task, "id_user": before[0]["id_user"]}
    assert etxt("tasks.unsetNote", id=before[0]["id_note"])["id_user"] == before[0]["id_user"]
    assert etxt("tasks.setNote", id=before[0]["id_note"]) == {"error": "no_access"}
    assert len(etxt.rows("tasks.viewNotes", id=id_task)) == len(before) - 1
    box.advance(minutes=30)
    after = etxt.rows("tasks.viewNotes", id=id_task)
    assert len(after) == len(before)
    assert before[0]["id_user"] not in {note["id_user"] for note in after}
    assert etxt("tasks.unsetNote", id=2_999) == {"error": "no_access"}
    etxt("tasks.setNote", id=after[0]["id_note"])
    assert etxt("tasks.unsetNote", id=after[0]["id_note"]) == {"error": "no_access"}


def test_when_everybody_has_applied_nobody_comes_after_a_refusal(box, etxt):
    id_task = etxt.place(target_task=3, id_target=WORDY)
    box.advance(hours=1)
    (note,) = etxt.rows("tasks.viewNotes", id=id_task)
    etxt("tasks.unsetNote", id=note["id_note"])
    box.advance(hours=5)
    assert etxt.rows("tasks.viewNotes", id=id_task) == []


def test_an_application_cannot_be_accepted_after_the_deadline(box, etxt):
    id_task = etxt.place(deadline="01.01.2030", timeline="09:00")
    box.advance(hours=1)
    (note, *_) = etxt.rows("tasks.viewNotes", id=id_task)
    box.advance(hours=6)
    assert etxt("tasks.setNote", id=note["id_note"]) == {"error": "no_access"}


def test_notes_of_more_than_a_hundred_orders_are_too_many(reader):
    assert reader("tasks.viewNotes", id=list(range(1, 102))) == {"error": "max_limit"}
    assert reader("tasks.viewNotes", id=list(range(1, 101))) == {"error": "no_object"}


# --- rework ---------------------------------------------------------------------------------------------------------


def test_work_can_be_sent_back_and_comes_again(box, etxt):
    id_task = etxt.deliver()
    assert etxt("tasks.cancelTask", id=[id_task]) == {"error": "no_params"}
    assert etxt("tasks.cancelTask", id=[id_task], text="x" * 5_001) == {"error": "no_params"}
    assert etxt("tasks.cancelTask", id=[id_task], text="Больше примеров") == {"status": 1, "ids": [id_task]}
    assert etxt.order(id_task)["status"] == "2"
    (returned,) = etxt.results(id_task)
    assert (returned["status"], returned["date_reset"]) == ("1", str(int(box.clock.now())))
    assert etxt("tasks.cancelTask", id=[id_task], text="Ещё") == {"error": "no_access"}
    box.advance(hours=1)
    latest, first = etxt.results(id_task)
    assert (latest["status"], first["status"]) == ("0", "1")
    assert "Больше примеров" in {note["text"] for note in etxt.rows("tasks.viewNotes", id=id_task)}
    assert etxt.balance() == "9895.00"


def test_several_orders_are_sent_back_without_a_reason(etxt):
    ids = [etxt.deliver(), etxt.deliver()]
    assert etxt("tasks.cancelTask", id=ids, text="Причина пропадёт") == {"status": 1, "ids": ids}
    assert all(note["id_note"] != "0" for note in etxt.rows("tasks.viewNotes", id=ids))


def test_rework_after_the_deadline_has_at_least_a_day(box, etxt):
    id_task = individual(etxt, WORDY, deadline="01.01.2030", timeline="09:00")
    box.advance(hours=12)
    assert etxt.order(id_task)["status"] == "3"
    etxt("tasks.cancelTask", id=[id_task], text="Исправьте")
    assert etxt.order(id_task)["deadline"] == str(int(box.clock.now()) + 86_400)


def test_what_is_not_original_enough_is_sent_back_by_the_system(box, etxt):
    id_task = individual(etxt, SLOPPY, uniq=80)
    box.advance(hours=3)
    results = etxt.results(id_task)
    assert [result["status"] for result in results][-1] == "1"
    assert results[-1]["files"]["text"]["per_antiplagiat"] == "58"
    box.advance(hours=2)
    assert etxt.order(id_task)["status"] == "3"
    assert int(etxt.results(id_task)[0]["files"]["text"]["per_antiplagiat"]) >= 80


def test_the_system_may_need_time_to_check(box, etxt):
    id_task = individual(etxt, SILENT)
    while etxt.order(id_task)["status"] != "3":
        box.advance(minutes=5)
    (result,) = etxt.results(id_task)
    assert result["check"] == "0"
    assert "per_antiplagiat" not in result["files"]["text"]
    assert result["files"]["text"]["auto_check_date"] == "0"
    box.advance(minutes=30)
    (result,) = etxt.results(id_task)
    assert (result["check"], "per_antiplagiat" in result["files"]["text"]) == ("1", True)


def test_work_accepted_before_the_check_stays_unchecked(box, etxt):
    id_task = individual(etxt, SILENT)
    while etxt.order(id_task)["status"] != "3":
        box.advance(minutes=5)
    etxt("tasks.paidTask", id=id_task)
    box.advance(minutes=30)
    assert etxt.results(id_task)[0]["check"] == "0"


def test_results_of_rewriting_and_seo_say_more(box, etxt):
    seo = etxt.deliver(id_type=4, keywords="чайник, кофе")
    rewriting = etxt.deliver(id_type=2, text="Чайник стоит на столе. " * 20)
    files = etxt.results(seo)[0]["files"]["text"]
    assert files["per_keywords"] == "100"
    text = requests.get(files["path"], timeout=TIMEOUT).content.decode("cp1251")
    assert "чайник" in text
    assert 5 <= int(etxt.results(rewriting)[0]["files"]["text"]["per_diff"]) <= 30


def test_a_file_beside_the_text(box, etxt):
    id_task = individual(etxt, ATTACHES)
    box.advance(hours=3)
    files = etxt.results(id_task)[0]["files"]
    assert list(files) == ["file", "text"]
    assert requests.get(files["file"]["path"], timeout=TIMEOUT).ok


# --- extra pay ------------------------------------------------------------------------------------------------------


def test_extra_length_can_be_priced_and_paid(box, etxt):
    id_task = individual(etxt, WORDY)
    box.advance(hours=3)
    priced = etxt("tasks.extraPaid", id=id_task, autopay="get")
    assert priced["status"] == 1
    # A fifth more than 2000 characters at 50 roubles per 1000, and the end of a sentence
    assert 20 <= float(priced["count"]) < 30
    assert "tasks.extraPaid" not in box.executed
    before = float(etxt.balance())
    assert etxt("tasks.extraPaid", id=id_task, autopay="pay") == {"status": 1}
    assert round(before - float(etxt.balance()), 2) == round(float(priced["count"]) * 1.05, 2)
    assert box.executed["tasks.extraPaid"] == 1


def test_extra_pay_of_a_given_amount(box, etxt):
    id_task = etxt.deliver()
    assert etxt("tasks.extraPaid", id=id_task, count=300, note=0) == {"status": 1}
    assert etxt.balance() == "9580.00"
    assert etxt("tasks.extraPaid", id=id_task, count="300.01") == {"error": "max_limit"}
    assert etxt("tasks.extraPaid", id=id_task) == {"error": "no_params"}
    assert etxt("tasks.extraPaid", id=etxt.place(), count=10) == {"error": "no_access"}
    assert box.executed["tasks.extraPaid"] == 1
    row = etxt.rows("users.getStats", count=1)[0]
    assert (row["count"], row["comission"], row["balance"]) == ("-315.00", "15.00", "9685.00")


def test_nothing_to_pay_for(box, etxt):
    id_task = etxt.deliver(size=2_000)
    box.exchange.orders[int(id_task)].size = 10_000
    assert etxt("tasks.extraPaid", id=id_task, autopay="get") == {"status": 1, "count": "0.00"}
    assert etxt("tasks.extraPaid", id=id_task, autopay="pay") == {"error": "no_object"}


# --- missed deadlines -----------------------------------------------------------------------------------------------


def overdue(box, etxt, **changed):
    id_task = individual(etxt, LATE, **changed)
    box.advance(days=6)
    assert etxt.order(id_task)["status"] == "5"
    return id_task


def test_an_overdue_order_gets_a_second_chance(box, etxt):
    id_task = overdue(box, etxt)
    assert [row["id"] for row in etxt.rows("tasks.listTasks", filter=10)] == [id_task]
    assert etxt("tasks.setDeadline", id=id_task, deadline="15.01.2030")["status"] == "2"
    box.advance(hours=2)
    assert etxt.order(id_task)["status"] == "3"
    assert etxt("tasks.failTask", id=id_task) == {"error": "no_access"}


def test_an_overdue_order_is_taken_back_with_its_money(box, etxt):
    rate = box.exchange.people[LATE].rate
    id_task = overdue(box, etxt)
    assert etxt.balance() == "9895.00"
    answer = etxt("tasks.failTask", id=id_task)
    assert set(answer) == {"id", "rateup"}
    assert etxt.balance() == "10000.00"
    assert box.exchange.people[LATE].rate == rate - 15
    assert etxt.rows("tasks.listTasks", filter=10) == []
    assert etxt("tasks.failTask", id=id_task) == {"error": "no_access"}
    assert etxt("tasks.deleteTask", id=[id_task]) == {"error": "no_access"}
    assert etxt("tasks.setDeadline", id=id_task, deadline="20.01.2030") == {"error": "no_access"}
    box.advance(days=15)
    assert etxt("tasks.listTasks", id=id_task) == {"error": "no_object"}


def test_opening_the_rateup_link_gives_the_rating_back_once(box, etxt):
    rate = box.exchange.people[LATE].rate
    link = etxt("tasks.failTask", id=overdue(box, etxt))["rateup"]
    assert box.executed["rateup"] == 0
    assert requests.get(link, timeout=TIMEOUT).status_code == 200
    assert requests.get(link, timeout=TIMEOUT).status_code == 200
    assert box.exchange.people[LATE].rate == rate
    assert box.executed["rateup"] == 1


def test_an_overdue_order_can_be_started_again(box, etxt):
    id_task = overdue(box, etxt)
    assert etxt("tasks.failTask", id=id_task, copy=1, deadline="01.01.2030") == {"error": "no_params"}
    answer = etxt("tasks.failTask", id=id_task, copy=1, deadline="20.01.2030", timeline="17:00")
    copy = etxt.order(answer["id_copy"])
    assert (copy["deadline"], copy["public"], copy["status"]) == ("1895148000", "1", "1")
    default = etxt("tasks.failTask", id=overdue(box, etxt), copy=1)
    assert etxt.order(default["id_copy"])["deadline"] == str(int(box.clock.now()) + 5 * 86_400)


def test_some_ordinary_authors_miss_deadlines_too(box, etxt):
    box.exchange.account.total *= 100
    ids = [etxt.place(price=20, size=500) for _ in range(60)]
    box.advance(hours=3)
    for id_task in ids:
        # The last to apply is the least reliable one.
        etxt("tasks.setNote", id=etxt.rows("tasks.viewNotes", id=id_task)[-1]["id_note"])
    box.advance(days=6)
    late = len(etxt.rows("tasks.listTasks", status=5))
    assert 0 < late < 30


# --- tickets, comments ----------------------------------------------------------------------------------------------


def test_the_staff_takes_an_author_off(box, etxt):
    id_task = etxt.deliver()
    author = etxt.order(id_task)["id_user"]
    answer = etxt("tasks.sendNoteFail", id=id_task, text="Не то")
    assert answer == {"status": 1, "ticket": f"{box.url}/etxt/feedback/ticket/41"}
    assert etxt.order(id_task)["status"] == "3"
    box.advance(hours=24)
    row = etxt.order(id_task)
    assert (row["status"], row["id_user"], row["public"]) == ("1", "0", "1")
    assert etxt.balance() == "10000.00"
    assert etxt("tasks.deleteTask", id=[id_task]) == {"error": "no_access"}
    assert author in {row["id_user"] for row in etxt.rows("rating.listTasksFails")}
    etxt("tasks.saveTask", id=id_task, title="Черновик", price=50, size=1000, id_category=1828)
    box.advance(days=7)
    assert etxt("tasks.deleteTask", id=[id_task]) == {"ids": [id_task]}


def test_a_ticket_about_accepted_work_comes_too_late(box, etxt):
    id_task = etxt.deliver()
    etxt("tasks.sendNoteFail", id=id_task, text="Не то")
    etxt("tasks.paidTask", id=[id_task])
    assert etxt("tasks.sendNoteFail", id=id_task) == {"error": "no_access"}
    box.advance(days=2)
    assert etxt.order(id_task)["status"] == "4"


def test_comments(box, etxt):
    id_task = etxt.deliver()
    answer = etxt("tasks.saveComment", id=id_task, text="Когда ждать?", hide=1)
    assert (answer["id"], answer["comments"]) == (id_task, "1")
    assert etxt("tasks.saveComment", id=id_task, text="") == {"error": "no_params"}
    assert etxt("tasks.saveComment", id=id_task, text="x" * 2_049) == {"error": "no_params"}
    assert etxt("tasks.saveComment", id=id_task, text="звоните 8 900 123 45 67") == {"error": "is_private_data"}
    box.advance(hours=1)
    comments = [note for note in etxt.rows("tasks.viewNotes", id=id_task) if note["id_note"] == "0"]
    assert [note["id_user"] for note in comments] == ["500001", etxt.order(id_task)["id_user"]]
    assert comments[0]["login"] == "demo_zakaz"


def test_comments_that_nobody_answers(box, etxt):
    waiting, silent = etxt.place(), individual(etxt, SILENT)
    box.advance(hours=1)
    for id_task in (waiting, silent):
        etxt("tasks.saveComment", id=id_task, text="Есть кто?")
    box.advance(hours=2)
    comments = [note for note in etxt.rows("tasks.viewNotes", id=[waiting, silent]) if note["id_note"] == "0"]
    assert {note["id_user"] for note in comments} == {"500001"}


def test_an_answer_to_a_deleted_or_reassigned_order_is_not_written(box, etxt):
    id_task = etxt.deliver()
    etxt("tasks.saveComment", id=id_task, text="Когда ждать?")
    box.exchange.orders[int(id_task)].id_user = 0
    box.advance(hours=1)
    assert len(box.exchange.orders[int(id_task)].notes) == len(etxt.rows("tasks.viewNotes", id=id_task))
    assert [note.text for note in box.exchange.orders[int(id_task)].notes if not note.id_note] == ["Когда ждать?"]


# --- the archive ----------------------------------------------------------------------------------------------------


def test_finished_orders_move_to_the_archive(box, etxt):
    id_task = etxt.deliver()
    etxt("tasks.paidTask", id=[id_task])
    box.advance(days=15)
    assert etxt("tasks.listTasks", id=id_task) == {"error": "no_object"}
    assert etxt("tasks.copyTask", id=id_task) == {"error": "no_object"}
    assert etxt("tasks.getResults", id=id_task) == {"error": "no_object"}
    (row,) = etxt.rows("tasks_archive.listTasks", id=id_task)
    assert len(row) == 18
    assert int(row["date_archive"]) == int(row["end_date"]) + 14 * 86_400
    (result,) = etxt.rows("tasks_archive.getResults", id=id_task)
    assert result["content"].startswith("<p>")
    assert result["files"] == []
    assert set(result["check"]) == {"per_antiplagiat", "per_mistakes"}


def test_the_archive_is_listed_by_id(reader):
    ids = [row["id"] for row in reader.rows("tasks_archive.listTasks")]
    assert ids == ["900001", "900002", "900003"]
    assert [row["id"] for row in reader.rows("tasks_archive.listTasks", order="desc", count=1)] == ["900003"]
    assert reader.rows("tasks_archive.listTasks", id_user=1) == []
    assert len(reader.rows("tasks_archive.listTasks", id_folder=0)) == 3
    assert reader("tasks_archive.getResults", id=1) == {"error": "no_object"}


def test_an_archived_result_with_a_file(reader):
    (result,) = reader.rows("tasks_archive.getResults", id=900_003)
    assert requests.get(result["files"]["file"]["path"], timeout=TIMEOUT).ok


def test_archived_translations_name_their_languages(box, etxt):
    id_task = etxt.deliver(id_type=3, language_from=2, language_to=1)
    etxt("tasks.paidTask", id=[id_task])
    box.advance(days=15)
    (row,) = etxt.rows("tasks_archive.listTasks", id=id_task)
    assert (row["language_from"], row["language_to"]) == ("2", "1")
