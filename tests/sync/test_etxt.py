"""What a run mirrors of eTXT, and what it asks the service for."""

from __future__ import annotations

import stat
from datetime import timedelta

import pytest

from kwork_etxt_sdk.sync import mirror
from tests.support import mirrors
from tests.support.mirrors import add_done_orders, calls, offsets, rows

ALL = ("orders", "texts", "articles", "statement", "messages", "news")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mirror.db"


class TestFirstRun:
    def test_everything_is_there_as_it_is_at_the_service(self, box, etxt, place, path):
        done, review = place(2)
        etxt.tasks.paid_task([done])

        summary = mirror(etxt, path, ALL)

        assert {name: counts.new for name, counts in summary.tables.items()} == {
            "etxt_orders": 2 + 3,
            "etxt_results": 2 + 3,
            "etxt_articles": 3,
            "etxt_statement": len(etxt.users.get_stats().to_list()),
            "etxt_messages": 4,
            "etxt_news": len(etxt.messages.get_list()),
        }
        assert summary.is_complete
        task = etxt.tasks.list_tasks(task_id=done).first()
        (row,) = rows(
            path, "SELECT title, price, date, public, id_type, status, gone_at FROM etxt_orders WHERE task_id = ?", done
        )
        assert row == (task.title, str(task.price), task.date.isoformat(), 1, 1, 4, None)
        assert row[2].endswith("+00:00")
        assert rows(path, "SELECT status, results_final FROM etxt_orders WHERE task_id = ?", review) == [(3, None)]

    def test_texts_are_what_the_authors_wrote(self, box, etxt, place, path):
        (task_id,) = place(1)
        (result,) = etxt.tasks.get_results(task_id)

        mirror(etxt, path, ["texts"])

        ((file, size),) = rows(path, "SELECT file, bytes FROM etxt_texts WHERE task_id = ?", task_id)
        text = (path.with_suffix(".files") / file).read_bytes().decode()
        assert text == etxt.files.text(result)
        assert size == len(text.encode())
        archived = etxt.tasks_archive.get_results(900_001)[0]
        ((file,),) = rows(path, "SELECT file FROM etxt_texts WHERE task_id = 900001")
        assert (path.with_suffix(".files") / file).read_text(encoding="utf-8") == archived.content

    def test_articles_have_their_texts(self, etxt, path):
        mirror(etxt, path, ["articles"])

        bought = [article.article_id for article in etxt.articles.get_list(filter=1)]
        archived = [article.article_id for article in etxt.articles_archive.get_list()]
        folder = path.with_suffix(".files") / "articles"
        assert {int(file.stem) for file in folder.iterdir()} == {*bought, *archived}
        text = etxt.articles.get_text(bought)[0].text
        assert (folder / f"{bought[0]}.html").read_text(encoding="utf-8") == text
        assert rows(path, "SELECT article_id FROM etxt_articles WHERE is_archived ORDER BY 1") == [
            (n,) for n in sorted(archived)
        ]

    def test_only_the_owner_can_read_it(self, etxt, path):
        path.touch(mode=0o644)
        mirror(etxt, path, ["texts"])

        folder = path.with_suffix(".files")
        found = {path: stat.S_IMODE(path.stat().st_mode) for path in (path, folder, *folder.rglob("*"))}
        assert {mode for place, mode in found.items() if place.is_dir()} == {0o700}
        assert {mode for place, mode in found.items() if place.is_file()} == {0o600}

    def test_nothing_is_marked_as_read(self, box, etxt, path):
        before = etxt.messages.get_count_unread().count, len(etxt.messages.get_list())

        mirror(etxt, path, ["messages", "news"])

        assert (etxt.messages.get_count_unread().count, len(etxt.messages.get_list())) == before
        assert not box.executed

    def test_what_was_not_chosen_is_not_asked_for(self, box, etxt, path):
        mirror(etxt, path, ["statement"])

        assert calls(box) == {"users.getBalance": 1, "users.getStats": 1}

    def test_views_answer_common_questions(self, etxt, place, path):
        done, review = place(2)
        etxt.tasks.paid_task([done])

        mirror(etxt, path, ["orders", "statement"])

        assert [row[0] for row in rows(path, "SELECT * FROM etxt_open_orders")] == [review]
        booked = etxt.users.get_stats().to_list()
        months = rows(path, 'SELECT month, "rows", amount FROM etxt_spending_by_month')
        assert sum(row[1] for row in months) == len(booked)
        assert round(sum(row[2] for row in months), 2) == float(sum(row.amount for row in booked))
        assert (700_021, 3, 3) in [row[:3] for row in rows(path, "SELECT * FROM etxt_authors")]

    def test_other_programs_can_ask_it(self, etxt, path):
        mirror(etxt, path, ["orders"])

        assert rows(path, "SELECT value FROM sync_meta WHERE name = 'schema_version'") == [("1",)]


class TestSecondRun:
    def test_asks_only_for_what_can_change(self, box, etxt, place, path):
        done, _ = place(2)
        etxt.tasks.paid_task([done])
        mirror(etxt, path, ALL)
        before = mirrors.dump(path), mirrors.files(path)
        box.clear_calls()

        summary = mirror(etxt, path, ALL)

        asked = calls(box)
        users = asked.pop("messages.readPrivate")
        assert users <= 1 + 2  # the author at work, and those who wrote something unread
        assert asked == {
            "tasks.listTasks": 1,
            "tasks.getResults": 1,
            "articles.getList": 1,
            "users.getStats": 1,
            "messages.getCountUnread": 1,
            "messages.getList": 1,
        }
        assert (summary.total("new"), summary.total("changed"), summary.total("gone"), summary.files) == (0, 0, 0, 0)
        assert (mirrors.dump(path), mirrors.files(path)) == before

    def test_results_of_done_orders_are_asked_for_once_more_and_texts_never(self, box, etxt, place, path):
        done, review = place(2)
        mirror(etxt, path, ["texts"])
        etxt.tasks.paid_task([done])
        asked = []
        for _ in range(3):
            box.clear_calls()
            mirror(etxt, path, ["texts"])
            asked += [call.params["id"] for call in box.calls if call.method == "tasks.getResults"]
            assert calls(box)["file"] == 0

        assert [sorted(map(int, ids.values())) for ids in asked] == [[done, review], [review], [review]]

    def test_a_new_result_brings_its_text_only(self, box, etxt, place, path):
        (task_id,) = place(1)
        mirror(etxt, path, ["texts"])
        etxt.tasks.cancel_task([task_id], text="Пожалуйста, добавьте вывод в конце текста.")
        box.advance(hours=3)
        box.clear_calls()

        summary = mirror(etxt, path, ["texts"])

        assert (summary.files, calls(box)["file"]) == (1, 1)
        statuses = rows(path, "SELECT status FROM etxt_results WHERE task_id = ? ORDER BY date", task_id)
        assert statuses == [(1,), (0,)]

    def test_old_finished_orders_are_not_listed_again(self, box, etxt, path):
        add_done_orders(box, 250)
        mirror(etxt, path, ["orders"])
        assert offsets(box, "tasks.listTasks") == [0, 99, 198]
        box.clear_calls()
        etxt.tasks.save_task("Новый заказ", price=60, size=500, category_id=1790)
        box.clear_calls()

        summary = mirror(etxt, path, ["orders"])

        assert (summary.total("new"), offsets(box, "tasks.listTasks")) == (1, [0])
        assert calls(box)["tasks_archive.listTasks"] == 0

    def test_whole_lists_are_walked_on_request(self, box, etxt, path):
        add_done_orders(box, 150)
        mirror(etxt, path, ["orders"])
        box.clear_calls()

        mirror(etxt, path, ["orders"], whole=True)

        assert offsets(box, "tasks.listTasks") == [0, 99]
        assert calls(box)["tasks_archive.listTasks"] == 1

    def test_whole_lists_are_walked_once_a_week(self, box, etxt, path):
        add_done_orders(box, 150)
        clock = etxt._session.clock
        mirror(etxt, path, ["orders"])
        walked = []
        for days in (6, 7):
            box.clear_calls()
            mirror(etxt, path, ["orders"], clock=_Later(clock, days))
            walked.append(len(offsets(box, "tasks.listTasks")))

        assert walked == [1, 2]

    def test_orders_that_went_to_the_archive_are_found_there(self, box, etxt, place, path):
        (task_id,) = place(1)
        etxt.tasks.paid_task([task_id])
        mirror(etxt, path, ["texts"])
        texts = mirrors.files(path)
        box.advance(days=15)
        box.clear_calls()

        summary = mirror(etxt, path, ["texts"])

        ((status, archived, gone),) = rows(
            path, "SELECT status, date_archive, gone_at FROM etxt_orders WHERE task_id = ?", task_id
        )
        assert (status, gone) == (4, None)
        assert archived == etxt.tasks_archive.list_tasks(task_id=task_id).first().date_archive.isoformat()
        assert summary.tables["etxt_orders"].changed == 1
        assert calls(box)["tasks_archive.getResults"] == 0
        assert mirrors.files(path) == texts

    def test_an_old_order_that_went_to_the_archive_is_missed_at_once(self, box, etxt, path):
        ids = add_done_orders(box, 250)
        mirror(etxt, path, ["orders"])
        with box.lock:
            for task_id in ids[:3]:
                box.exchange.orders[task_id].archived_at = box.exchange.now
        box.clear_calls()

        mirror(etxt, path, ["orders"])

        assert offsets(box, "tasks.listTasks") == [0]
        assert calls(box)["tasks_archive.listTasks"] == 1
        found = rows(path, "SELECT task_id FROM etxt_orders WHERE date_archive IS NOT NULL AND task_id >= 1000000")
        assert [task_id for (task_id,) in found] == ids[:3]
        assert rows(path, "SELECT count(*) FROM etxt_orders WHERE gone_at IS NOT NULL") == [(0,)]

    def test_an_order_that_was_accepted_and_archived_meanwhile_keeps_its_result(self, box, etxt, place, path):
        (task_id,) = place(1)
        mirror(etxt, path, ["texts"])
        etxt.tasks.paid_task([task_id])
        box.advance(days=15)

        mirror(etxt, path, ["texts"])

        assert rows(path, "SELECT count(*) FROM etxt_results WHERE task_id = ?", task_id) == [(1,)]
        assert rows(path, "SELECT kind FROM etxt_files WHERE task_id = ?", task_id) == [("text",)]
        assert rows(path, "SELECT results_final FROM etxt_orders WHERE task_id = ?", task_id) == [(1,)]

    def test_what_was_deleted_is_kept_and_marked(self, box, etxt, path):
        kept, deleted = (
            etxt.tasks.save_task(f"Черновик {n}", price=60, size=500, category_id=1790).task_id for n in range(2)
        )
        mirror(etxt, path, ["orders"])
        etxt.tasks.delete_task([deleted])

        summary = mirror(etxt, path, ["orders"])

        assert summary.tables["etxt_orders"].gone == 1
        found = rows(
            path,
            "SELECT task_id, title, gone_at IS NULL FROM etxt_orders WHERE date_archive IS NULL ORDER BY 1",
        )
        assert found == [(kept, "Черновик 0", 1), (deleted, "Черновик 1", 0)]
        assert mirror(etxt, path, ["orders"]).tables["etxt_orders"].gone == 0

    def test_an_article_that_went_to_the_archive_is_not_gone(self, box, etxt, path):
        mirror(etxt, path, ["articles"])
        with box.lock:
            moved = next(one for one in box.exchange.articles.values() if one.bought_at and not one.archived)
            moved.archived = True
        box.clear_calls()

        summary = mirror(etxt, path, ["articles"])

        assert rows(path, "SELECT is_archived, gone_at FROM etxt_articles WHERE article_id = ?", moved.id) == [
            (1, None)
        ]
        assert summary.total("gone") == 0
        assert calls(box) == {"articles.getList": 1, "articles_archive.getList": 1}

    def test_messages_are_asked_for_since_the_last_one(self, box, etxt, path):
        mirror(etxt, path, ["messages"])
        etxt.messages.write_private(700_021, "Здравствуйте, возьмёте ещё один?")
        box.clear_calls()

        summary = mirror(etxt, path, ["messages"])

        since = {
            call.params["id_user"]: int(call.params["date_from"]) for call in box.calls if "date_from" in call.params
        }
        dates = rows(path, "SELECT strftime('%s', date), text FROM etxt_messages WHERE user_id = 700021 ORDER BY date")
        assert since["700021"] == int(dates[-2][0])
        assert (summary.total("new"), dates[-1][1]) == (1, "Здравствуйте, возьмёте ещё один?")

    def test_users_may_be_named_whose_messages_are_wanted(self, box, etxt, path):
        mirror(etxt, path, ["messages"], users=[700_150])

        assert "700150" in {call.params["id_user"] for call in box.calls if call.method == "messages.readPrivate"}

    def test_a_user_who_is_not_there_is_passed_over(self, box, etxt, path):
        summary = mirror(etxt, path, ["messages", "news"], users=[1])

        assert summary.is_complete
        assert summary.tables["etxt_news"].new == 2


class _Later:
    """A clock whose time of day is some days ahead."""

    def __init__(self, clock, days):
        self._clock, self._ahead = clock, timedelta(days=days)

    def __getattr__(self, name):
        return getattr(self._clock, name)

    def wall(self):
        return self._clock.wall() + self._ahead
