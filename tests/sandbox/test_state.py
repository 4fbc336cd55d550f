"""The state file: what it keeps between runs, and when it refuses."""

from __future__ import annotations

import hashlib
import json
import pickle
import sqlite3
import stat

import pytest
import requests

from kwork_etxt_sdk.sandbox import Sandbox, StateError
from kwork_etxt_sdk.sandbox.chance import chance
from kwork_etxt_sdk.sandbox.state import StateFile
from tests.sandbox.callers import START, TIMEOUT, EtxtCaller, KworkCaller


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


def sandbox(path, **settings):
    return Sandbox(state=path, **{"speed": 0, "start_time": START} | settings)


def everything(etxt):
    """What a customer can see of the state, without links, which name the port."""
    methods = ("users.getBalance", "tasks.listTasks", "folders.listFolders", "users.getReports", "messages.getList")
    return {method: etxt.send(method).json() for method in methods}


def test_everything_is_there_again_and_time_goes_on(path):
    with sandbox(path) as box:
        etxt = EtxtCaller(box)
        id_task = etxt.place(auto_work=1)
        etxt("folders.addFolder", name="Новая")
        box.advance(hours=1)
        seen = everything(etxt)
        etxt.session.close()
    with sandbox(path) as again:
        etxt = EtxtCaller(again)
        assert again.clock.now() == START + 3600
        assert everything(etxt) == seen
        again.advance(hours=4)
        assert str(etxt.order(id_task)["status"]) == "3"
        link = etxt.results(id_task)[0]["files"]["text"]["path"]
        assert link.startswith(again.url)
        assert requests.get(link, timeout=TIMEOUT).status_code == 200
        assert int(etxt.place()) == int(id_task) + 1
        etxt.session.close()


def test_a_program_that_is_killed_has_kept_what_was_executed(path, tmp_path):
    with sandbox(path) as box:
        etxt = EtxtCaller(box)
        id_task = etxt.place()
        etxt.session.close()
        copy = tmp_path / "copy.db"
        copy.write_bytes(path.read_bytes())
    with sandbox(copy) as again:
        etxt = EtxtCaller(again)
        assert str(etxt.order(id_task)["status"]) == "1"
        etxt.session.close()


def test_kwork_is_kept_with_its_sessions(path):
    with sandbox(path) as box:
        kwork = KworkCaller(box)
        kwork.enter()
        first = kwork("projects", page=1)
        box.advance(days=2)
        later = kwork.send("projects", {"page": 1}).text.replace(box.url, "")
        catalogue = kwork("catalogMainv2", page=1)
        token = kwork.session.cookies.get("web_auth_token")
        cookies = {cookie.name: cookie.value for cookie in kwork.session.cookies}
        kwork.session.close()
        market = box.market.base_url
        assert market == box.url
    assert json.dumps(first, ensure_ascii=False).replace(market, "") != later
    with sandbox(path) as untouched:  # a run in which nobody asks for Kwork loses nothing of it
        etxt = EtxtCaller(untouched)
        etxt.place()
        etxt.session.close()
    with sandbox(path) as again:
        kwork = KworkCaller(again)
        kwork.session.cookies.update(cookies)
        assert kwork.send("projects", {"page": 1}).text.replace(again.url, "") == later
        assert len(kwork("catalogMainv2", page=1)["kworks"]) == len(catalogue["kworks"])
        kwork.enter()
        assert kwork.session.cookies.get("web_auth_token") not in (None, token)
        assert again.market.base_url == again.url != market
        kwork.session.close()


def test_only_the_owner_may_read_it(path):
    path.touch(0o666)
    with sandbox(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Sandbox(speed=0):
        pass
    assert list(tmp_path.iterdir()) == []


class TestRefusals:
    @pytest.fixture
    def kept(self, path):
        with sandbox(path):
            pass
        return path

    @staticmethod
    def complaint(path, **settings):
        box = sandbox(path, **settings)
        with pytest.raises(StateError, match=r"state\.db") as error:
            box.start()
        with sandbox(path.with_name("other.db"), port=0):
            pass
        return str(error.value)

    def test_of_another_seed(self, kept):
        assert "belongs to seed 1, not 2: use that seed, or another file" in self.complaint(kept, seed=2)

    @pytest.mark.parametrize("name", ["format", "classes"])
    def test_of_another_version(self, kept, name):
        self.execute(kept, "UPDATE about SET value = 'old' WHERE name = ?", name)
        assert "written by another version: delete it" in self.complaint(kept)

    def test_that_is_no_state_file(self, path):
        path.write_text("something else entirely, " * 100)
        assert "is damaged (file is not a database): delete it" in self.complaint(path)

    def test_with_a_damaged_part(self, kept):
        self.execute(kept, "UPDATE part SET data = ? WHERE name = 'etxt'", b"x")
        assert "is damaged (wrong checksum of etxt)" in self.complaint(kept)

    def test_cut_in_the_middle(self, kept):
        kept.write_bytes(kept.read_bytes()[: kept.stat().st_size // 2 // 4096 * 4096 + 100])
        assert "is damaged" in self.complaint(kept)

    def test_with_tables_of_something_else(self, path):
        self.execute(path, "CREATE TABLE about (x)")
        assert "is damaged" in self.complaint(path)

    def test_in_use(self, path):
        with sandbox(path):
            assert "is in use by another sandbox" in self.complaint(path)

    def test_that_cannot_be_opened(self, tmp_path):
        folder = tmp_path / "state.db"
        folder.mkdir()
        assert "cannot be opened: Is a directory" in self.complaint(folder)

    def test_the_port_is_free_and_the_file_too_after_a_refusal(self, kept):
        taken = Sandbox()
        taken.start()
        with pytest.raises(OSError, match="No socket"):
            sandbox(kept, port=taken.port).start()
        taken.stop()
        with sandbox(kept, port=taken.port):
            pass

    def test_nothing_foreign_is_run(self, kept):
        self.replace_part(kept, pickle.dumps(print))
        assert "builtins.print does not belong here" in self.complaint(kept)

    def test_nothing_of_ours_but_classes_is_found(self, kept):
        self.replace_part(kept, pickle.dumps(chance))
        assert "chance.chance does not belong here" in self.complaint(kept)

    def replace_part(self, path, data):
        checksum = hashlib.sha256(data).hexdigest()
        self.execute(path, "UPDATE part SET data = ?, checksum = ? WHERE name = 'etxt'", data, checksum)

    @staticmethod
    def execute(path, statement, *values):
        database = sqlite3.connect(path)
        with database:
            database.execute(statement, values)
        database.close()


def test_a_failed_save_leaves_what_was_there(path):
    file = StateFile(path, seed=1)
    file.save(1.5, {"etxt": [1]})
    with pytest.raises((AttributeError, pickle.PicklingError), match="pickle"):
        file.save(2.5, {"etxt": [2], "kwork": lambda: None})
    assert file.load() == (1.5, {"etxt": [1]})
    file.close()
