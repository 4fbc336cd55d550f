"""Placing, changing, copying and deleting orders, with every refusal."""

from __future__ import annotations

import pytest
import requests

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START, TIMEOUT, EtxtCaller

DAY = 86_400
LATE_AUTHOR, DEAR_AUTHOR, OFFENDED_AUTHOR = "700022", "700026", "700025"
WHITE_LISTED = {"700021", "700024"}

REQUIRED = {"title": "Обзор", "price": 50, "size": 1000, "id_category": 1828}


def test_a_draft_is_invisible_under_a_status_and_attracts_nobody(box, etxt):
    draft = etxt("tasks.saveTask", **REQUIRED)["id_task"]
    row = etxt.order(draft)
    assert (row["public"], row["status"]) == ("0", "1")
    assert etxt.rows("tasks.listTasks", status=1) == []
    box.advance(days=1)
    assert etxt.rows("tasks.viewNotes", id=draft) == []


def test_defaults(etxt):
    row = etxt.order(etxt("tasks.saveTask", **REQUIRED)["id_task"])
    assert row["deadline"] == str(START + 5 * DAY)
    assert (row["id_type"], row["price_type"], row["target"], row["quick"]) == ("1", "1", "1", "0")
    assert not {"uniq", "id_target", "filename", "language_from"} & set(row)


def test_every_field_is_kept(etxt):
    given = {
        "title": "Перевод",
        "description": "С английского",
        "text": "The kettle is on the table.",
        "price": "75.50",
        "price_type": 1,
        "uniq": 85,
        "whitespaces": 1,
        "size": 2000,
        "checksize": 1,
        "id_type": 3,
        "id_subtype": 2,
        "id_category": 1860,
        "id_folder": 31,
        "language_from": 2,
        "language_to": 1,
    }
    row = etxt.order(etxt("tasks.saveTask", deadline="05.01.2030", timeline="17:00", **given)["id_task"])
    expected = {name: str(value) for name, value in given.items()} | {"price": "151.00", "deadline": "1893852000"}
    assert {name: row[name] for name in expected} == expected


def test_without_size_the_source_text_is_counted(etxt):
    params = {name: value for name, value in REQUIRED.items() if name != "size"}
    text = "один два\nтри"
    by_letters = etxt("tasks.saveTask", id_type=2, text=text, **params)["id_task"]
    with_spaces = etxt("tasks.saveTask", id_type=2, text=text, whitespaces=1, **params)["id_task"]
    assert (etxt.order(by_letters)["size"], etxt.order(with_spaces)["size"]) == ("10", "12")
    # For other kinds of work a text is no source text.
    assert etxt("tasks.saveTask", id_type=1, text=text, **params) == {"error": "no_params"}


@pytest.mark.parametrize("missing", sorted(REQUIRED))
def test_required_parameters(reader, missing):
    params = {name: value for name, value in REQUIRED.items() if name != missing}
    assert reader("tasks.saveTask", **params) == {"error": "no_params"}
    assert reader("tasks.listTasks") == {"error": "no_object"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "x" * 513},
        {"description": "x" * 10_001},
        {"text": "x" * 40_001, "id_type": 2},
        {"price": "даром"},
        {"price": 0},
        {"price_type": 3},
        {"id_category": 1},
        {"id_type": 5},
        {"id_subtype": 7},
        {"target_task": 4},
        {"robot": 2},
        {"attestat": 1},
        {"uniq": 101},
        {"deadline": "2030-01-05"},
        {"deadline": "31.02.2030"},
        {"deadline": "05.01.2030", "timeline": "25:00"},
        {"deadline": "05.01.2030", "timeline": "полдень"},
        {"deadline": "31.12.2029"},
        {"deadline": "02.04.2030"},
    ],
)
def test_wrong_values(reader, wrong):
    assert reader("tasks.saveTask", **(REQUIRED | wrong)) == {"error": "no_params"}


def test_certified_authors_only_in_their_categories(etxt):
    assert "id_task" in etxt("tasks.saveTask", **(REQUIRED | {"attestat": 1, "id_category": 1850, "robot": -1}))


@pytest.mark.parametrize("contact", ["ivan@example.invalid", "+7 (900) 123-45-67", "пишите на t.me/ivan"])
def test_contact_details_are_refused(reader, contact):
    assert reader("tasks.saveTask", **(REQUIRED | {"description": contact})) == {"error": "is_private_data"}


def test_an_unknown_folder_or_group_is_refused(reader):
    assert reader("tasks.saveTask", **(REQUIRED | {"id_folder": 999})) == {"error": "no_object"}
    assert reader("tasks.saveTask", **(REQUIRED | {"target_task": 2, "id_target": 999})) == {"error": "no_object"}


def test_an_edit_overwrites_everything(box, etxt):
    id_task = etxt.place(uniq=90, checksize=1)
    assert etxt("tasks.saveTask", id=id_task, **(REQUIRED | {"title": "Новое"})) == {"id_task": id_task}
    row = etxt.order(id_task)
    assert (row["title"], row["public"], row["checksize"]) == ("Новое", "0", "0")
    assert "uniq" not in row
    box.advance(hours=5)
    assert etxt.rows("tasks.viewNotes", id=id_task) == []


def test_an_order_in_work_cannot_be_edited(box, etxt):
    id_task = etxt.deliver()
    assert etxt("tasks.saveTask", id=id_task, **REQUIRED) == {"error": "no_access"}
    assert etxt("tasks.saveTask", id=77, **REQUIRED) == {"error": "no_object"}
    assert etxt("tasks.saveTask", id=999_001, **REQUIRED) == {"error": "no_access"}


# --- whom an order is for -------------------------------------------------------------------------------------------


def test_an_individual_order_reaches_its_author(box, etxt):
    id_task = etxt.place(target_task=3, id_target=700_024)
    assert etxt.order(id_task)["id_target"] == "700024"
    box.advance(hours=1)
    assert {note["id_user"] for note in etxt.rows("tasks.viewNotes", id=id_task)} == {"700024"}


@pytest.mark.parametrize("target", ["", "1", "500002", OFFENDED_AUTHOR])
def test_an_individual_order_needs_an_author_who_is_willing(reader, target):
    answer = reader("tasks.saveTask", target_task=3, id_target=target, **REQUIRED)
    assert answer == {"error": "no_utarget"}


def test_a_black_listed_author_gets_no_individual_order(etxt):
    etxt("users.setUserBW", id=LATE_AUTHOR, type="blackList")
    assert etxt("tasks.saveTask", target_task=3, id_target=LATE_AUTHOR, **REQUIRED) == {"error": "no_utarget"}


def test_the_price_must_suit_the_author(etxt):
    params = {"target_task": 3, "id_target": DEAR_AUTHOR}
    assert etxt("tasks.saveTask", **params, **REQUIRED) == {"error": "no_work"}
    assert etxt("tasks.saveTask", **params, **(REQUIRED | {"price_type": 2, "price": 899})) == {"error": "no_work"}
    assert "id_task" in etxt("tasks.saveTask", **params, **(REQUIRED | {"price_type": 2, "price": 900}))


def test_an_order_for_the_white_list_or_one_of_its_groups(box, etxt):
    for_all, for_group = etxt.place(target_task=2), etxt.place(target_task=2, id_target=12, bwgroup_send=1)
    box.advance(hours=3)
    assert {note["id_user"] for note in etxt.rows("tasks.viewNotes", id=for_all)} == WHITE_LISTED
    assert {note["id_user"] for note in etxt.rows("tasks.viewNotes", id=for_group)} == {"700021"}


def test_black_listed_authors_do_not_apply(box, etxt):
    ids = [person["id_user"] for person in etxt.rows("users.getList")]
    for id_user in ids:
        etxt("users.setUserBW", id=id_user, type="blackList")
    id_task = etxt.place()
    box.advance(days=1)
    assert etxt.rows("tasks.viewNotes", id=id_task) == []


def test_an_author_black_listed_meanwhile_does_not_apply(box, etxt):
    id_task = etxt.place(target_task=3, id_target=700_024)
    etxt("users.setUserBW", id=700_024, type="blackList")
    box.advance(hours=1)
    assert etxt.rows("tasks.viewNotes", id=id_task) == []


@pytest.mark.parametrize("demand", [{"auto_rate": 100_000}, {"auto_reports": 1_000}, {"auto_reports_n": -1}], ids=str)
def test_automatic_acceptance_has_its_conditions(box, etxt, demand):
    id_task = etxt.place(auto_work=1, **demand)
    box.advance(hours=3)
    assert etxt.order(id_task)["status"] == "1"
    assert etxt.rows("tasks.viewNotes", id=id_task)


def test_nobody_applies_after_the_deadline(box, etxt):
    id_task = etxt.place(deadline="01.01.2030", timeline="03:02")
    assert etxt.order(id_task)["quick"] == "1"
    box.advance(days=1)
    assert etxt.rows("tasks.viewNotes", id=id_task) == []


def test_whoever_keeps_deadlines_applies_first(box, etxt):
    for author in box.exchange.authors():
        author.miss_share = 1.0
    reliable = box.exchange.people[700_101]
    reliable.miss_share, reliable.lowest_prices = 0.0, {1: 0}
    ids = [etxt.place(), etxt.place(), etxt.place()]
    box.advance(minutes=12)
    assert {etxt.rows("tasks.viewNotes", id=id_task)[0]["id_user"] for id_task in ids} == {"700101"}
    reliable.miss_share = 1.0
    id_task = etxt.place()
    box.advance(minutes=12)
    assert etxt.rows("tasks.viewNotes", id=id_task)


@pytest.mark.parametrize("seed", range(6))
def test_the_first_to_apply_keeps_even_a_short_deadline(seed):
    with Sandbox(speed=0, start_time=START, seed=seed) as box:
        etxt = EtxtCaller(box)
        id_task = etxt.place(auto_work=1, deadline="01.01.2030", timeline="03:40")
        box.advance(minutes=39)
        assert etxt.order(id_task)["status"] == "3"
        etxt.session.close()


# --- files ----------------------------------------------------------------------------------------------------------


def upload(etxt, name, content):
    parts = {key: (None, str(value)) for key, value in REQUIRED.items()}
    return etxt.send("tasks.saveTask", files=parts | {"file": (name, content)}).json()


def test_a_file_can_be_attached(etxt):
    answer = upload(etxt, "задание.docx", b"PK...")
    row = etxt.order(answer["id_task"])
    assert row["filename"].endswith(".docx")
    assert requests.get(row["filename"], timeout=TIMEOUT).content == b"PK..."
    assert etxt.order(etxt("tasks.saveTask", id=answer["id_task"], **REQUIRED)["id_task"])["filename"]
    etxt("tasks.deleteTask", id=[answer["id_task"]])
    assert requests.get(row["filename"], timeout=TIMEOUT).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"", "file_is_empty"),
        ("a.txt", b"x" * (5 * 1024 * 1024 + 1), "file_too_big"),
        ("a.exe", b"MZ", "file_bad_type"),
        ("без расширения", b"x", "file_bad_type"),
        ("a.txt", b"X5O!P%@AP EICAR-STANDARD-ANTIVIRUS-TEST-FILE!", "file_has_virus"),
    ],
)
def test_bad_files(reader, name, content, code):
    assert upload(reader, name, content) == {"error": code}


def test_a_file_sent_as_text_is_not_a_file(reader):
    assert reader("tasks.saveTask", file="задание.docx", **REQUIRED) == {"error": "file_not_uploaded"}


# --- multi-orders ---------------------------------------------------------------------------------------------------


def test_a_multi_order_makes_one_order_per_author(box, etxt):
    parent = etxt.place(multitask=1, multione=1, multicount=2)
    box.advance(hours=3)
    notes = etxt.rows("tasks.viewNotes", id=parent)
    first = etxt("tasks.setNote", id=notes[0]["id_note"])
    assert first["id_task"] != parent
    assert (etxt.order(parent)["multicount"], etxt.order(parent)["public"]) == ("1", "1")
    assert etxt("tasks.setNote", id=notes[0]["id_note"]) == {"error": "no_access"}
    assert etxt("tasks.unsetNote", id=notes[0]["id_note"]) == {"error": "no_access"}
    part = etxt.order(first["id_task"])
    assert (part["status"], part["multitask"], part["id_user"]) == ("2", "0", notes[0]["id_user"])
    etxt("tasks.setNote", id=notes[1]["id_note"])
    assert (etxt.order(parent)["multicount"], etxt.order(parent)["public"]) == ("0", "0")
    assert etxt("tasks.setNote", id=notes[2]["id_note"]) == {"error": "no_access"}


def test_automatic_multi_orders_fill_up(box, etxt):
    parent = etxt.place(multitask=1, multicount=3, auto_work=1)
    box.advance(hours=6)
    rows = etxt.rows("tasks.listTasks")
    assert len(rows) == 4
    assert etxt.order(parent)["multicount"] == "0"


# --- copies, deadlines, removal -------------------------------------------------------------------------------------


def test_a_copy_is_public_without_automatic_acceptance(etxt):
    original = etxt.place(multitask=1, multicount=3, auto_work=1, uniq=80)
    copy = etxt.order(etxt("tasks.copyTask", id=original, deadline="10.01.2030", timeline="12:00")["id_copy"])
    assert (copy["public"], copy["multitask"], copy["uniq"], copy["deadline"]) == ("1", "0", "80", "1894266000")
    assert etxt("tasks.copyTask", id=1) == {"error": "no_object"}
    assert etxt("tasks.copyTask") == {"error": "no_params"}


@pytest.mark.parametrize("deadline", ["", "завтра", "10.12.2029", "10.10.2030"])
def test_a_wrong_deadline_of_a_copy_is_replaced(etxt, deadline):
    copy = etxt("tasks.copyTask", id=etxt.place(), deadline=deadline)["id_copy"]
    assert etxt.order(copy)["deadline"] == str(START + 5 * DAY)


def test_the_copy_of_an_urgent_order_is_urgent(etxt):
    original = etxt.place(deadline="01.01.2030", timeline="20:00")
    copy = etxt.order(etxt("tasks.copyTask", id=original)["id_copy"])
    assert (copy["deadline"], copy["quick"]) == (str(START + 5 * 3600), "1")


def test_the_deadline_of_a_draft_can_be_moved_and_the_draft_published(box, etxt):
    draft = etxt("tasks.saveTask", **REQUIRED)["id_task"]
    answer = etxt("tasks.setDeadline", id=draft, deadline="10.01.2030")
    assert answer == {"deadline": "1894309140", "id": draft, "status": "1", "quick": "0"}
    assert etxt.order(draft)["public"] == "0"
    etxt("tasks.setDeadline", id=draft, deadline="11.01.2030", timeline="12:16", public=1)
    assert etxt.order(draft)["public"] == "1"
    box.advance(hours=1)
    assert etxt.rows("tasks.viewNotes", id=draft)


@pytest.mark.parametrize("deadline", ["", "не знаю", "02.01.2030", "10.10.2030"])
def test_deadlines_move_forward_only_and_not_too_far(etxt, deadline):
    assert etxt("tasks.setDeadline", id=etxt.place(), deadline=deadline) == {"error": "no_params"}


def test_delivered_work_has_no_deadline_to_move(etxt):
    assert etxt("tasks.setDeadline", id=etxt.deliver(), deadline="10.01.2030") == {"error": "no_access"}


def test_more_time_for_an_order_in_work(box, etxt):
    id_task = etxt.place(auto_work=1)
    box.advance(minutes=15)
    assert etxt("tasks.setDeadline", id=id_task, deadline="10.01.2030")["status"] == "2"
    box.advance(hours=3)
    assert etxt.order(id_task)["status"] == "3"


def test_drafts_and_waiting_orders_can_be_deleted(box, etxt):
    draft, waiting, delivered = etxt("tasks.saveTask", **REQUIRED)["id_task"], etxt.place(), etxt.deliver()
    note = etxt.rows("tasks.viewNotes", id=waiting)[0]
    assert etxt("tasks.deleteTask", id=[draft, waiting, delivered]) == {"ids": [draft, waiting]}
    assert etxt("tasks.deleteTask", id=[draft]) == {"error": "no_object"}
    assert etxt("tasks.deleteTask", id=[delivered]) == {"error": "no_access"}
    assert etxt("tasks.deleteTask", id=[999_001]) == {"error": "no_access"}
    assert etxt("tasks.deleteTask") == {"error": "no_params"}
    assert etxt("tasks.setNote", id=note["id_note"]) == {"error": "no_object"}
    box.advance(hours=5)


def test_a_client_comment(etxt):
    id_task = etxt.place()
    assert etxt("tasks.setClientComment", id=id_task, text="для сайта") == {"status": 1}
    assert etxt.order(id_task)["client_comment"] == "для сайта"
    assert etxt("tasks.setClientComment", id=id_task, text="x" * 5_001) == {"error": "no_params"}


# --- listing --------------------------------------------------------------------------------------------------------


def test_orders_are_listed_newest_first_page_by_page(etxt):
    ids = [etxt.place() for _ in range(5)]
    assert [row["id"] for row in etxt.rows("tasks.listTasks", only_id=1)] == ids[::-1]
    assert etxt.rows("tasks.listTasks", only_id=1, count=2)[0] == {"id": ids[4]}
    assert [row["id"] for row in etxt.rows("tasks.listTasks", only_id=1, count=2, **{"from": 2})] == [ids[2], ids[1]]
    assert etxt("tasks.listTasks", **{"from": 5}) == {"error": "no_object"}
    assert len(etxt.rows("tasks.listTasks", count=1_000)) == 5
    assert len(etxt.rows("tasks.listTasks", count="True", **{"from": -3})) == 5


def test_orders_can_be_filtered(etxt):
    plain, white, delivered = etxt.place(id_folder=31), etxt.place(target_task=2), etxt.deliver()
    author = etxt.order(delivered)["id_user"]

    def found(**filters):
        return {row["id"] for row in etxt.rows("tasks.listTasks", only_id=1, **filters)}

    assert found(status=1) == {plain, white}
    assert found(status=3) == {delivered}
    assert found(target=2) == {white}
    assert found(id_folder=31) == {plain}
    assert found(id_user=author) == {delivered}
    assert found(id=plain) == {plain}
    assert found(id=999_001) == set()
    assert found(filter=10) == set()
    assert found(filter=11) == {plain, white, delivered}
