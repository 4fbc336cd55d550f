"""The journal: a key is used once, whatever dies in between."""

from __future__ import annotations

import os
import pickle
import sqlite3
import stat
import threading

import pytest

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.transport.journal import EntryState, Journal


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path / "calls.journal")
    yield made
    made.close()


def begin(journal, key="k", scope="a", digest="d"):
    return journal.begin(scope, key, "etxt tasks.saveTask", digest)


def test_the_first_begin_has_the_way_free_and_the_second_sees_it_sent(journal):
    assert begin(journal) is None
    entry = begin(journal)
    assert entry.state is EntryState.SENT
    assert entry.call == "etxt tasks.saveTask"
    assert entry.digest == "d"
    assert entry.done_at is None


def test_done_keeps_the_answer(journal):
    begin(journal)
    journal.done("a", "k", {"id_task": "7", "title": "Чай \ud800"})
    entry = begin(journal)
    assert entry.state is EntryState.DONE
    assert entry.answer == {"id_task": "7", "title": "Чай \ud800"}
    assert entry.done_at >= entry.sent_at
    assert journal.pending() == []


def test_a_freed_key_can_be_used_again_but_a_done_one_can_not_be_freed(journal):
    begin(journal)
    journal.free("a", "k")
    assert begin(journal) is None
    journal.done("a", "k", 1)
    journal.free("a", "k")
    assert begin(journal).state is EntryState.DONE


def test_accounts_do_not_share_keys(journal):
    assert begin(journal, scope="a") is None
    assert begin(journal, scope="b") is None


def test_pending_comes_oldest_first_and_entries_shows_all(journal):
    for key in ("1", "2", "3"):
        begin(journal, key)
    journal.done("a", "2", None)
    assert [entry.key for entry in journal.pending()] == ["1", "3"]
    assert [entry.key for entry in journal.entries()] == ["1", "2", "3"]


def test_a_person_resolves_what_is_pending(journal):
    begin(journal, "paid")
    begin(journal, "lost")
    journal.mark_done("paid", {"ids": [1]})
    journal.forget("lost")
    assert journal.pending() == []
    assert begin(journal, "paid").answer == {"ids": [1]}
    assert begin(journal, "lost") is None


def test_resolving_an_unknown_or_ambiguous_key_is_refused(journal):
    with pytest.raises(ConfigurationError, match="no call with the key 'k'"):
        journal.forget("k")
    begin(journal, scope="a")
    begin(journal, scope="b")
    with pytest.raises(ConfigurationError, match="name one with scope=: a, b"):
        journal.mark_done("k")
    journal.mark_done("k", scope="b")
    assert [entry.scope for entry in journal.pending()] == ["a"]


def test_the_file_is_for_its_owner_alone(journal):
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_it_goes_on_in_another_object_and_survives_pickling(journal):
    begin(journal)
    other = pickle.loads(pickle.dumps(journal))
    assert begin(other).state is EntryState.SENT
    other.close()
    assert begin(other).state is EntryState.SENT
    other.close()
    assert repr(journal) == f"Journal({str(journal.path)!r})"


def test_a_damaged_or_newer_file_and_a_missing_folder_are_told_apart_from_a_journal(tmp_path):
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"no database at all, but long enough to be taken for one" * 40)
    with pytest.raises(ConfigurationError, match="damaged can't be used: file is not a database"):
        Journal(damaged)
    newer = tmp_path / "newer"
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigurationError, match="newer version of this package"):
        Journal(newer)
    with pytest.raises(ConfigurationError, match="there is no folder"):
        Journal(tmp_path / "nowhere" / "journal")


def test_one_of_many_threads_wins(journal):
    won = []
    barrier = threading.Barrier(8)

    def run():
        barrier.wait()
        if begin(journal) is None:
            won.append(threading.get_ident())

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_uses_the_file_on_its_own(journal):
    begin(journal, "parent")
    child = os.fork()
    if child == 0:
        ok = begin(journal, "child") is None and begin(journal, "parent") is not None
        os._exit(0 if ok else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert [entry.key for entry in journal.pending()] == ["parent", "child"]


def test_an_interrupt_inside_leaves_no_transaction_open(journal, monkeypatch):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(journal, "_find", interrupted)
    with pytest.raises(KeyboardInterrupt):
        begin(journal)
    monkeypatch.undo()
    other = Journal(journal.path)
    assert begin(other) is None
    other.close()


def test_a_block_that_an_interrupt_dropped_does_not_end_the_transaction_of_another(journal):
    dropped = journal._open()
    dropped.__enter__()  # and here came Ctrl-C, before the block began
    with journal._open() as connection:
        connection.execute("BEGIN IMMEDIATE")
        del dropped
        assert connection.in_transaction
        connection.execute("COMMIT")


def test_a_transaction_that_can_not_be_rolled_back_ends_with_its_connection(journal):
    class Broken:
        in_transaction = True
        is_closed = False

        def rollback(self):
            raise sqlite3.OperationalError("disk I/O error")

        def close(self):
            self.is_closed = True

    broken = Broken()
    journal._connection = broken
    with pytest.raises(ConfigurationError, match="can't be used: disk I/O error"):
        begin(journal)
    assert broken.is_closed
    assert begin(journal) is None


def test_a_journal_that_is_dropped_closes_its_file(tmp_path):
    journal = Journal(tmp_path / "calls.journal")
    connection = journal._connection
    del journal
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
