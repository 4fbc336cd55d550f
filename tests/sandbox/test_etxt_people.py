"""Users, the account, folders, groups, lists, reviews and ratings."""

from __future__ import annotations

import pytest

from tests.sandbox.callers import START

DAY = 86_400
AUTHOR, LATE, WORDY = "700021", "700022", "700024"
GOOD_TEXT = "Работа сдана в срок, текст живой, ошибок нет. Обращусь ещё раз."


# --- the account ----------------------------------------------------------------------------------------------------


def test_the_balance(reader):
    assert reader("users.getBalance") == {"id": "500001", "balance": "10000.00", "date": str(START)}


def test_the_statement_adds_up(reader):
    rows = reader.rows("users.getStats")
    assert set(rows[0]) == {"id", "date", "count", "balance", "operation", "id_user_to", "comission", "id_folder"}
    assert [int(row["id"]) for row in rows] == sorted((int(row["id"]) for row in rows), reverse=True)
    assert rows[0]["balance"] == "10000.00"
    assert sum(float(row["count"]) for row in rows) == pytest.approx(10_000)


def test_the_statement_can_be_filtered(box, etxt):
    id_task = etxt.deliver(id_folder=32)
    etxt("tasks.paidTask", id=id_task)
    author = etxt.order(id_task)["id_user"]
    login = box.exchange.people[int(author)].login
    (row,) = etxt.rows("users.getStats", date_from=START)
    assert (row["count"], row["comission"], row["id_user_to"], row["id_folder"]) == ("-105.00", "5.00", author, "32")
    assert [row] == etxt.rows("users.getStats", id_folder=32)
    assert [row] == etxt.rows("users.getStats", id_folder=31, sub=1)
    assert [row] == etxt.rows("users.getStats", login=login.upper()[:15])
    assert etxt.rows("users.getStats", id_folder=31) == []
    assert row not in etxt.rows("users.getStats", date_to=START)
    assert etxt.rows("users.getStats", count=1, **{"from": 1}) == etxt.rows("users.getStats")[1:2]
    assert etxt("users.getStats", login="x" * 16) == {"error": "no_params"}


def test_promo_points_have_a_statement_of_their_own(reader):
    assert [(row["count"], row["balance"]) for row in reader.rows("users.getStats", promo=1)] == [
        ("-20", "30.00"),
        ("50", "50.00"),
    ]


# --- users ----------------------------------------------------------------------------------------------------------


def test_authors_are_listed_and_filtered(reader):
    rows = reader.rows("users.getList")
    assert set(rows[0]) == {
        "id_user", "login", "fio", "description", "country", "city", "online", "regdate", "rate",
    }  # fmt: skip
    assert len(rows) == 68
    assert len(reader.rows("users.getList", count=10)) == 10
    online = reader.rows("users.getList", online=1)
    offline = reader.rows("users.getList", online=0)
    assert (len(online) + len(offline), {row["online"] for row in offline}) == (68, {"0"})
    rates = [int(row["rate"]) for row in reader.rows("users.getList", rate_from=300, rate_out=3_300)]
    assert rates
    assert all(300 <= rate <= 3_300 for rate in rates)


def test_a_user_comes_wrapped(reader):
    (author,) = reader("users.getUser", id=AUTHOR, login="ignored")
    assert (author["login"], author["group"], author["portfolio"] > "0") == ("anna_slovo", "Исполнители", True)
    assert author["works"]["1"] == {"id_type": "1", "minprice": "20"}
    assert author["langs"] == {"1": "Русский", "2": "Английский"}
    assert author["categories"] == {"1828": "Общая тематика", "1790": "Дом и быт"}
    (customer,) = reader("users.getUser", login="demo_zakaz")
    assert (customer["group"], customer["photo"], "works" in customer) == ("Заказчики", "", False)
    assert reader("users.getUser", id=1) == {"error": "no_object"}
    assert reader("users.getUser", login="nobody") == {"error": "no_object"}
    assert reader("users.getUser") == {"error": "no_params"}


def test_kinds_of_work(reader):
    assert set(reader("users.getWorks", id=AUTHOR)["works"]) == {"1", "2", "3", "4"}
    assert reader("users.getWorks", id=500_002) == {"works": []}
    assert reader("users.getWorks", id="x") == {"error": "no_params"}


def test_notes_about_users(box, etxt):
    assert etxt("users.getNote", id=WORDY) == {"id_user": WORDY, "text": "", "date": "0"}
    assert etxt("users.setNote", id=WORDY, text="много пишет") == {"status": 1}
    assert etxt("users.getNote", id=WORDY) == {"id_user": WORDY, "text": "много пишет", "date": str(START)}
    assert etxt("users.getNote", id=AUTHOR)["text"]
    assert etxt("users.setNote", id=WORDY, text="x" * 1_001) == {"error": "no_params"}
    assert etxt("users.setNote", id=1) == {"error": "no_object"}
    assert box.executed["users.setNote"] == 1


# --- reviews --------------------------------------------------------------------------------------------------------


def test_reviews_are_grouped_by_sign_and_author(reader):
    for row in reader.rows("users.getList"):
        reports = reader("users.getReports", id=row["id_user"])
        assert set(reports) == {"positive", "negative"}
        if reports["positive"]:
            break
    else:
        raise AssertionError("nobody has a good review")
    author, reviews = next(iter(reports["positive"].items()))
    assert {review["id_author"] for review in reviews} == {author}
    (person,) = reader("users.getUser", id=row["id_user"])
    assert int(person["reports"]) == sum(map(len, reports["positive"].values()))


def test_a_review_of_somebody_the_customer_has_worked_with(box, etxt):
    answer = etxt("users.setReport", id_user=AUTHOR, text=GOOD_TEXT)
    assert etxt("users.getReports", id=AUTHOR)["positive"]["500001"][0]["text"] == GOOD_TEXT
    assert etxt("users.setReport", id_user=AUTHOR, text=GOOD_TEXT) == {"error": "is_timeout"}
    box.advance(minutes=59)
    changed = etxt("users.setReport", id_user=AUTHOR, id_report=answer["id_report"], text=GOOD_TEXT, rate=2)
    assert changed == answer
    assert etxt("users.getReports", id=AUTHOR)["negative"]["500001"][0]["text"] == GOOD_TEXT
    box.advance(minutes=2)
    late = etxt("users.setReport", id_user=AUTHOR, id_report=answer["id_report"], text=GOOD_TEXT)
    assert late == {"error": "no_access"}
    box.advance(days=1)
    assert etxt("users.setReport", id_user=AUTHOR, text=GOOD_TEXT)["id_report"] != answer["id_report"]


def test_reviews_have_their_limits(reader):
    assert reader("users.setReport", id_user=AUTHOR, text="x" * 49) == {"error": "no_params"}
    assert reader("users.setReport", id_user=AUTHOR, text="x" * 5_001) == {"error": "no_params"}
    assert reader("users.setReport", id_user=AUTHOR, text=GOOD_TEXT, rate=3) == {"error": "no_params"}
    assert reader("users.setReport", id_user=AUTHOR, text=GOOD_TEXT, id_report=999_999) == {"error": "no_object"}
    assert reader("users.setReport", id_user=1, text=GOOD_TEXT) == {"error": "no_object"}
    assert reader("users.setReport", id_user=LATE, text=GOOD_TEXT) == {"error": "no_access"}
    assert reader("users.setReport", id_user=AUTHOR, text=GOOD_TEXT + " a@b.example") == {"error": "is_private_data"}


def test_having_bought_an_article_is_common_work(etxt):
    article = etxt.rows("articles.getList", id_user=LATE)[0]
    etxt("articles.buy", id=article["id"])
    assert "id_report" in etxt("users.setReport", id_user=LATE, text=GOOD_TEXT)


# --- lists and groups -----------------------------------------------------------------------------------------------


def test_white_and_black_list(reader):
    rows = reader.rows("users.getBW")
    assert set(rows[0]) == {"id_user", "id_group", "login", "fio", "online", "type"}
    assert len(rows) == 3
    assert {row["id_user"] for row in reader.rows("users.getBW", type="whiteList")} == {AUTHOR, WORDY}
    assert len(reader.rows("users.getBW", type="blackList")) == 1
    assert [row["id_user"] for row in reader.rows("users.getBW", id_group=12)] == [AUTHOR]


def test_putting_users_on_lists(etxt):
    before = etxt("users.getUserBW", id=LATE)
    assert etxt("users.setUserBW", id=LATE, type="whiteList", id_group=12) == {"id": LATE, "type": "whiteList"}
    after = etxt("users.getUserBW", id=LATE)
    assert int(after["whiteList"]) == int(before["whiteList"]) + 1
    etxt("users.setUserBW", id=LATE, type="blackList")
    assert int(etxt("users.getUserBW", id=LATE)["blackList"]) == int(before["blackList"]) + 1
    for _ in range(2):
        assert etxt("users.setUserBW", id=LATE, type="delete") == {"id": LATE, "type": "delete"}
    assert etxt("users.getUserBW", id=LATE) == before
    assert etxt("users.setUserBW", id=LATE, type="greyList") == {"error": "no_params"}
    assert etxt("users.setUserBW", id=LATE) == {"error": "no_params"}
    assert etxt("users.setUserBW", id=500_001, type="whiteList") == {"error": "no_params"}
    assert etxt("users.setUserBW", id=LATE, type="whiteList", id_group=999) == {"error": "no_object"}


def test_groups(etxt):
    top = etxt("bwgroups.saveGroup", name="Медицина")["id"]
    below = etxt("bwgroups.saveGroup", name="Стоматология", id_parent=top)["id"]
    assert etxt("bwgroups.saveGroup", name="Зубы", id=below, id_parent=top) == {"id": below}
    rows = etxt.rows("bwgroups.listGroups")
    assert [(row["id_category"], row["depth"], row["last"], row["name"]) for row in rows] == [
        (top, "0", "0", "Медицина"),
        (below, "1", "1", "Зубы"),
        ("12", "0", "1", "Проверенные"),
    ]
    assert etxt("bwgroups.updateGroup", id_user=AUTHOR, id_group=below) == {
        "id_user": AUTHOR,
        "id_group": below,
        "name": "Зубы",
    }
    assert etxt("bwgroups.deleteGroup", id=top) == {"ids": [top, below]}
    assert etxt("bwgroups.deleteGroup", id=top) == {"error": "no_object"}
    assert etxt.rows("users.getBW", type="whiteList")[0]["id_group"] == "0"
    assert etxt("bwgroups.updateGroup", id_user=AUTHOR) == {"id_user": AUTHOR, "id_group": "0", "name": ""}
    assert etxt("bwgroups.updateGroup", id_user=LATE, id_group=12) == {"error": "no_object"}
    assert etxt("bwgroups.updateGroup", id_user=AUTHOR, id_group=99) == {"error": "no_object"}


@pytest.mark.parametrize("wrong", [{}, {"name": ""}, {"name": "x" * 41}])
def test_a_group_needs_a_name(reader, wrong):
    assert reader("bwgroups.saveGroup", **wrong) == {"error": "no_params"}


def test_a_group_does_not_hang_below_itself(etxt):
    below = etxt("bwgroups.saveGroup", name="Ниже", id_parent=12)["id"]
    assert etxt("bwgroups.saveGroup", name="Круг", id=12, id_parent=below) == {"error": "no_object"}
    assert etxt("bwgroups.saveGroup", name="Круг", id=99) == {"error": "no_object"}


# --- folders, categories, languages ---------------------------------------------------------------------------------


def test_folders_are_a_tree(reader):
    rows = reader.rows("folders.listFolders")
    assert [(row["name"], row["depth"], row["last"]) for row in rows] == [
        ("Архив рассылок", "0", "1"),
        ("Проект А", "0", "0"),
        ("Блог", "1", "1"),
    ]
    assert reader.rows("folders.listFolders", sort="date")[0]["name"] == "Проект А"


def test_folders_can_be_added(etxt):
    answer = etxt("folders.addFolder", name="Новая", id_parent=31)
    row = next(row for row in etxt.rows("folders.listFolders") if row["id_category"] == answer["id_folder"])
    assert (row["id_parent"], row["name"]) == ("31", "Новая")
    assert etxt("folders.addFolder", name="") == {"error": "no_params"}
    assert etxt("folders.addFolder", name="x" * 129) == {"error": "no_params"}
    assert etxt("folders.addFolder", name="Ничья", id_parent=99) == {"error": "no_object"}


def test_things_move_between_folders(box, etxt):
    ids = [etxt.place(), etxt.place()]
    bought = etxt.rows("articles.getList", filter=1)[0]["id"]
    archived = etxt.rows("articles_archive.getList")[0]["id"]
    correction = etxt("correction.add", title="Проверить", text="Текст.")["id"]
    assert etxt("folders.moveToFolder", id_folder="32", type="task", ids=[*ids, "1"]) == {"count": 2}
    assert {row["id"] for row in etxt.rows("tasks.listTasks", id_folder=32)} == set(ids)
    assert etxt("folders.moveToFolder", id_folder=32, type="archive", ids=[900_001]) == {"count": 1}
    assert [row["id"] for row in etxt.rows("tasks_archive.listTasks", id_folder=32)] == ["900001"]
    assert etxt("folders.moveToFolder", id_folder=32, type="article", ids=[bought, archived]) == {"count": 1}
    assert [row["id"] for row in etxt.rows("articles.getList", filter=1, id_folder=32)] == [bought]
    assert etxt("folders.moveToFolder", id_folder=32, type="article_archive", ids=[archived]) == {"count": 1}
    assert etxt("folders.moveToFolder", id_folder=32, type="correction", ids=[correction]) == {"count": 1}
    assert box.exchange.corrections[int(correction)].id_folder == 32
    assert etxt("folders.moveToFolder", id_folder=32, type="bhv_task", ids=[1]) == {"error": "no_object"}
    assert etxt("folders.moveToFolder", id_folder=32, type="order", ids=ids) == {"error": "no_params"}
    assert etxt("folders.moveToFolder", id_folder=99, type="task", ids=ids) == {"error": "no_object"}
    assert etxt("folders.moveToFolder", id_folder=32, type="task") == {"error": "no_params"}


def test_categories_and_languages(reader):
    categories = reader("categories.listCategories")
    assert categories["1791"] == {
        "id_category": "1791",
        "id_parent": "1790",
        "name": "Дети и родители",
        "keyword": "kids",
    }
    names = [row["name"] for row in categories.values()]
    assert names == sorted(names)
    assert reader("options.getLangs")["2"] == "Английский"


# --- ratings --------------------------------------------------------------------------------------------------------


def test_lost_orders_and_forgiveness(box, etxt):
    (row,) = etxt.rows("rating.listTasksFails")
    assert (row["id_task"], row["id_user"], row["back"], row["date_back"]) == ("900007", LATE, "0", "0")
    assert etxt.rows("rating.listTasksFails", back=1) == []
    assert etxt.rows("rating.listTasksFails", back=2, id_task=900_007, id_user=LATE) == [row]
    assert etxt.rows("rating.listTasksFails", id_user=AUTHOR) == []
    rate = box.exchange.people[int(LATE)].rate
    assert etxt("rating.ratingUserBack", id_task=900_007, id_user=LATE)["rate_back"] == "15"
    assert box.exchange.people[int(LATE)].rate == rate + 15
    assert etxt("rating.ratingUserBack", id_task=900_007, id_user=LATE) == {"error": "no_access"}
    assert etxt.rows("rating.listTasksFails", back=1)[0]["date_back"] == str(START)
    assert etxt.rows("rating.listTasksFails", back=2) == []
    assert etxt("rating.ratingUserBack", id_task=1, id_user=LATE) == {"error": "no_object"}
    assert etxt("rating.ratingUserBack", id_task=900_007) == {"error": "no_params"}
