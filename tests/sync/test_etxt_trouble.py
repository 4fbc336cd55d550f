"""Runs that are interrupted, files of all kinds, and what can't be read, written or used."""

from __future__ import annotations

import json
import sqlite3

import pytest

from kwork_etxt_sdk import ConfigurationError, MissingExtraError, SdkError, UnexpectedResponseError
from kwork_etxt_sdk.etxt.tasks import Tasks
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.sandbox.etxt.methods import tasks_lists
from kwork_etxt_sdk.sync import mirror
from kwork_etxt_sdk.sync.database import Mirror
from kwork_etxt_sdk.transport.events import Sent
from tests.support import mirrors
from tests.support.mirrors import add_done_orders, calls, offsets, rows


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mirror.db"


class TestInterrupted:
    def test_goes_on_behind_the_last_page_it_has(self, box, etxt, path):
        add_done_orders(box, 250)
        first = mirror(etxt, path, ["orders"], max_calls=3)
        assert (first.stopped, first.calls) == ("3 calls were made", 3)
        assert rows(path, "SELECT count(*) FROM etxt_orders") == [(199,)]
        box.clear_calls()

        second = mirror(etxt, path, ["orders"])

        # Behind what was there, and then whatever is new at the top.
        assert offsets(box, "tasks.listTasks") == [198, 0]
        assert second.is_complete
        assert rows(path, "SELECT count(*) FROM etxt_orders WHERE date_archive IS NULL AND gone_at IS NULL") == [(250,)]

    def test_misses_nothing_that_moved_up_meanwhile(self, box, etxt, path):
        ids = add_done_orders(box, 250)
        mirror(etxt, path, ["orders"], max_calls=3)
        with box.lock:
            for task_id in ids[-60:]:  # the newest, which stand on the first page
                del box.exchange.orders[task_id]

        mirror(etxt, path, ["orders"])
        assert {task_id for (task_id,) in rows(path, "SELECT task_id FROM etxt_orders")} >= set(ids)
        mirror(etxt, path, ["orders"], whole=True)

        found = rows(path, "SELECT task_id FROM etxt_orders WHERE date_archive IS NULL AND gone_at IS NULL ORDER BY 1")
        assert [task_id for (task_id,) in found] == ids[:-60]
        assert rows(path, "SELECT count(*) FROM etxt_orders WHERE gone_at IS NOT NULL") == [(60,)]

    def test_time_ends_it_too(self, box, etxt, path):
        class Hasty:
            def __init__(self, clock):
                self.clock = clock
                self.looks = 0

            def wall(self):
                return self.clock.wall()

            def now(self):
                self.looks += 1
                return self.looks * 1_000_000_000

        summary = mirror(etxt, path, ["orders"], seconds=2, clock=Hasty(etxt._session.clock))

        assert summary.stopped == "2 s are over"
        assert len(box.calls) == 1

    def test_an_error_leaves_what_came_before(self, box, etxt, place, path):
        place(3)
        box.fail_next("503", method="users.getStats", times=None)
        ends = []
        with pytest.raises(UnexpectedResponseError):
            mirror(etxt.with_options(retries=0), path, ["orders", "statement"], on_end=ends.append)
        assert rows(path, "SELECT count(*) FROM etxt_orders") == [(6,)]
        assert (ends[0].total("new"), ends[0].is_complete) == (6, False)
        box.faults.clear()

        assert mirror(etxt, path, ["orders", "statement"]).is_complete

    def test_a_file_that_was_written_before_the_end_is_not_fetched_again(self, box, etxt, place, path):
        place(1)
        mirror(etxt, path, ["texts"])
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("UPDATE etxt_files SET file = NULL, bytes = NULL")
        connection.close()
        box.clear_calls()

        mirror(etxt, path, ["texts"])

        assert calls(box)["file"] == 0
        assert rows(path, "SELECT count(*) FROM etxt_files WHERE file IS NULL OR bytes IS NULL") == [(0,)]

    def test_texts_can_be_chosen_later(self, box, etxt, place, path):
        etxt.tasks.paid_task(place(2))
        mirror(etxt, path, ["results"])
        assert mirrors.files(path) == {}

        summary = mirror(etxt, path, ["texts"])

        assert summary.files == 2 + 3 + 1
        assert rows(path, "SELECT count(*) FROM etxt_files WHERE file IS NULL") == [(0,)]
        assert mirror(etxt, path, ["texts"]).files == 0


class TestFiles:
    """Files of other kinds than typed-in text."""

    def deliver(self, monkeypatch, **files):
        monkeypatch.setattr(
            tasks_lists,
            "_files",
            lambda exchange, order, result: {
                kind: tasks_lists._file(exchange, order, result) | changes for kind, changes in files.items()
            },
        )

    def test_attachments_are_kept_as_they_are(self, etxt, place, path, monkeypatch):
        (task_id,) = place(1)
        self.deliver(monkeypatch, file={"name": "docx"}, text={})
        mirror(etxt, path, ["texts"])

        found = dict(rows(path, "SELECT kind, file FROM etxt_files WHERE task_id = ?", task_id))
        assert {kind: file.rpartition(".")[2] for kind, file in found.items()} == {"file": "docx", "text": "txt"}
        (result,) = etxt.tasks.get_results(task_id)
        assert (path.with_suffix(".files") / found["file"]).read_bytes() == etxt.files.read(result)

    def test_a_file_with_another_size_is_fetched_again(self, box, etxt, place, path, monkeypatch):
        (task_id,) = place(1)
        mirror(etxt, path, ["texts"])
        self.deliver(monkeypatch, text={"size": 7})
        box.clear_calls()

        summary = mirror(etxt, path, ["texts"])

        assert (summary.files, calls(box)["file"]) == (1, 1)
        ((file,),) = rows(path, "SELECT file FROM etxt_files WHERE task_id = ?", task_id)
        assert file.endswith("-7-text.txt")

    def test_no_name_leads_out_of_the_folder(self, etxt, place, path, monkeypatch):
        (task_id,) = place(1)
        self.deliver(monkeypatch, **{"../../../evil": {"name": "../sh"}})
        mirror(etxt, path, ["texts"])

        ((file,),) = rows(path, "SELECT file FROM etxt_files WHERE task_id = ?", task_id)
        assert file.endswith("_________evil.txt")
        assert (path.with_suffix(".files") / file).resolve().is_relative_to(path.with_suffix(".files"))

    def test_a_result_whose_file_is_told_at_the_top(self, etxt, place, path, monkeypatch):
        (task_id,) = place(1)
        real = Tasks.get_results

        def flat(self, task_ids):
            return Records(
                result.replace(files={}, path=result.files["text"].path, name="txt") for result in real(self, task_ids)
            )

        monkeypatch.setattr(Tasks, "get_results", flat)
        mirror(etxt, path, ["texts"])

        assert rows(path, "SELECT kind FROM etxt_files WHERE task_id = ? AND file IS NOT NULL", task_id) == [("file",)]

    def test_an_unreadable_result_does_not_count_as_final(self, box, etxt, place, path):
        (task_id,) = place(1)
        etxt.tasks.paid_task([task_id])
        with box.lock:
            box.exchange.orders[task_id].results[0].mistakes = "few"
        summary = mirror(etxt, path, ["texts"])
        assert summary.bad == 1
        with box.lock:
            box.exchange.orders[task_id].results[0].mistakes = 0

        assert mirror(etxt, path, ["texts"]).bad == 0
        assert rows(path, "SELECT results_final FROM etxt_orders WHERE task_id = ?", task_id) == [(1,)]
        assert rows(path, "SELECT * FROM problems") == []


class TestTrouble:
    def test_a_mirror_that_cannot_be_written_is_one_line(self, etxt, path, monkeypatch):
        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(Mirror, "put", full)

        with pytest.raises(SdkError, match="can't be used: database or disk is full"):
            mirror(etxt, path, ["orders"])

    def test_a_listener_of_the_client_goes_on_listening(self, etxt, path):
        events = []

        summary = mirror(etxt.with_options(on_event=events.append), path, ["orders"])

        assert sum(isinstance(event, Sent) for event in events) == summary.calls

    def test_what_cannot_be_read_is_kept_apart_until_it_can(self, box, etxt, place, path):
        ids = place(3)
        with box.lock:
            order = box.exchange.orders[ids[1]]
            order.id_category = "kitchen"

        summary = mirror(etxt, path, ["orders"])

        assert (summary.bad, summary.tables["etxt_orders"].new, summary.total("gone")) == (1, 5, 0)
        ((name, item, problems, raw),) = rows(path, "SELECT list, item, problems, raw FROM problems")
        assert (name, item) == ("etxt orders", str(ids[1]))
        assert problems == "expected int, got 'kitchen' (str) @ $.id_category"
        assert json.loads(raw)["id"] in (ids[1], str(ids[1]))
        with box.lock:
            order.id_category = 1790
        assert mirror(etxt, path, ["orders"]).bad == 0
        assert rows(path, "SELECT * FROM problems") == []

    def test_an_order_that_can_no_longer_be_read_is_not_gone(self, box, etxt, place, path):
        ids = place(2)
        mirror(etxt, path, ["orders"])
        with box.lock:
            box.exchange.orders[ids[0]].id_category = "kitchen"

        assert mirror(etxt, path, ["orders"]).total("gone") == 0

    def test_a_file_that_is_not_there_is_noted_and_not_asked_for_for_ever(self, box, etxt, place, path, monkeypatch):
        (task_id,) = place(1)
        monkeypatch.setattr(tasks_lists, "link", lambda *_: f"{box.url}/etxt/files/result/1/0/1.txt")
        summary = mirror(etxt, path, ["texts"])

        assert summary.is_complete
        ((problem,),) = rows(path, "SELECT problem FROM etxt_files WHERE task_id = ? AND file IS NULL", task_id)
        assert problem
        monkeypatch.undo()
        box.clear_calls()
        mirror(etxt, path, ["texts"])
        assert calls(box)["file"] == 0

    def test_another_account_is_refused(self, box, etxt, path):
        mirror(etxt, path, ["orders"])
        with box.lock:
            box.exchange.customer.id = 500_999
        connection = sqlite3.connect(path)
        with connection:  # another token
            connection.execute("UPDATE sync_meta SET value = '-' WHERE name = 'etxt_scope'")
        connection.close()

        with pytest.raises(
            ConfigurationError, match="mirrors the etxt account of user 500001, and you are user 500999"
        ):
            mirror(etxt, path, ["orders"])

    def test_another_token_of_the_same_account_is_not(self, etxt, path):
        mirror(etxt, path, ["orders"])
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("UPDATE sync_meta SET value = '-' WHERE name = 'etxt_scope'")
        connection.close()

        assert mirror(etxt, path, ["orders"]).is_complete

    def test_a_database_of_something_else_is_left_alone(self, box, etxt, path):
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("CREATE TABLE recipes (name)")
        connection.close()

        with pytest.raises(ConfigurationError, match="database of something else"):
            mirror(etxt, path, ["orders"])
        assert rows(path, "SELECT name FROM sqlite_master") == [("recipes",)]
        assert box.calls == []

    def test_a_file_that_is_no_database_is_left_alone(self, etxt, path):
        path.write_text("Список покупок: чайник, чай, сахар." * 100, encoding="utf-8")

        with pytest.raises(ConfigurationError, match="can't be used as a mirror"):
            mirror(etxt, path, ["orders"])
        assert path.read_text(encoding="utf-8").startswith("Список покупок")

    def test_a_mirror_of_a_later_version_is_left_alone(self, etxt, path):
        mirror(etxt, path, ["orders"])
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("UPDATE sync_meta SET value = '2' WHERE name = 'schema_version'")
        connection.close()

        with pytest.raises(ConfigurationError, match="has the schema version 2"):
            mirror(etxt, path, ["orders"])

    def test_columns_that_a_newer_version_knows_are_added(self, etxt, path):
        mirror(etxt, path, ["orders"])
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("DROP VIEW etxt_open_orders")
            connection.execute("ALTER TABLE etxt_news DROP COLUMN text")
        connection.close()

        mirror(etxt, path, ["news"])

        assert all(text for (text,) in rows(path, "SELECT text FROM etxt_news"))
        assert rows(path, "SELECT count(*) FROM etxt_open_orders") == [(0,)]

    @pytest.mark.parametrize(
        ("what", "problem"),
        [
            (["orders", "dreams"], "dreams can't be mirrored; etxt has orders, results, texts"),
            ([], "say what to mirror; etxt has orders"),
            ("orders", "list of names, such as"),
        ],
    )
    def test_nonsense_is_refused(self, box, etxt, path, what, problem):
        with pytest.raises(ConfigurationError, match=problem):
            mirror(etxt, path, what)
        assert box.calls == []
        assert not path.exists()

    def test_a_database_may_not_be_named_like_its_folder(self, etxt, tmp_path):
        with pytest.raises(ConfigurationError, match="name of the folder for texts"):
            mirror(etxt, tmp_path / "my.files", ["orders"])

    def test_a_place_where_nothing_can_be_written(self, etxt, tmp_path):
        (tmp_path / "file").touch()

        with pytest.raises(ConfigurationError, match="can't be opened"):
            mirror(etxt, tmp_path / "file" / "mirror.db", ["orders"])

    def test_a_folder_is_no_database(self, etxt, path):
        path.mkdir()

        with pytest.raises(ConfigurationError, match="can't be opened"):
            mirror(etxt, path, ["orders"])

    def test_without_the_extra_it_says_what_to_install(self, etxt, path, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "sqlite_utils", None)

        with pytest.raises(MissingExtraError, match=r"pip install 'kwork-etxt-sdk\[sync\]'"):
            mirror(etxt, path, ["orders"])
