"""What a run mirrors of Kwork, and what it asks the service for."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from kwork_etxt_sdk import ConfigurationError
from kwork_etxt_sdk.sync import mirror, mirrorable
from tests.support import mirrors
from tests.support.mirrors import rows

APP = ("orders", "dialogs", "messages", "offers", "kworks", "projects")
DOCUMENTED = ("orders", "dialogs", "offers", "projects")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mirror.db"


@pytest.fixture
def app(box):
    with box.kwork_client(wire="app") as client:
        box.clear_calls()
        yield client


@pytest.fixture
def documented(box):
    with box.kwork_client(wire="documented") as client:
        box.clear_calls()
        yield client


def calls(box):
    return Counter(call.method for call in box.calls)


def longest_dialog(box, count):
    """Put so many messages into a dialog; return the id of the other side."""
    from kwork_etxt_sdk.sandbox.kwork.talk import write

    with box.lock:
        market = box.market
        user_id = next(iter(market.dialogs))
        for number in range(count):
            write(market, user_id, f"Сообщение {number}")
        return user_id


class TestApp:
    def test_everything_is_there(self, box, app, path):
        assert mirrorable(app) == APP

        mirror(app, path, APP, projects=30)

        assert {id_ for (id_,) in rows(path, "SELECT id FROM kwork_orders WHERE role = 'payer'")} == {
            order.id for order in app.projects.get_payer_orders()
        }
        assert {id_ for (id_,) in rows(path, "SELECT id FROM kwork_orders WHERE role = 'worker'")} == {
            order.id for order in app.projects.get_worker_orders()
        }
        dialogs = app.notifications.get_dialogs()
        assert set(rows(path, "SELECT user_id, username, last_message FROM kwork_dialogs")) == {
            (dialog.participant.id, dialog.participant.username, dialog.last_message) for dialog in dialogs
        }
        with box.lock:
            market = box.market
            said = {message.id for dialog in market.dialogs.values() for message in dialog.messages}
            shown = {dialog.participant.id for dialog in dialogs}
            hidden = {m.id for d in market.dialogs.values() if d.member_id not in shown for m in d.messages}
            offers = {offer.id: str(offer.price) for offer in market.offers.values()}
            kworks = {kwork.id for kwork in market.own_kworks.values()}
        assert {number for (number,) in rows(path, "SELECT message_id FROM kwork_messages")} == said - hidden
        assert dict(rows(path, "SELECT id, price FROM kwork_offers")) == offers
        assert {number for (number,) in rows(path, "SELECT id FROM kwork_kworks")} == kworks
        newest = [project.id for project in app.projects.iter_list().limit(30)]
        assert [number for (number,) in rows(path, "SELECT id FROM kwork_projects ORDER BY id DESC")] == newest
        assert rows(path, "SELECT count(*) FROM kwork_unread_dialogs")[0][0] == sum(d.unread_count > 0 for d in dialogs)

    def test_a_second_run_changes_nothing_and_asks_for_no_message(self, box, app, path):
        mirror(app, path, APP)
        before = mirrors.dump(path)
        box.clear_calls()

        summary = mirror(app, path, APP)

        assert (summary.total("new"), summary.total("changed"), summary.total("gone")) == (0, 0, 0)
        assert mirrors.dump(path) == before
        assert calls(box)["inboxes"] == 0
        assert calls(box)["projects"] == 1

    def test_a_new_message_is_fetched_down_to_the_last_known(self, box, app, path):
        user_id = longest_dialog(box, 120)
        mirror(app, path, ["messages"])
        longest_dialog(box, 3)
        box.clear_calls()

        summary = mirror(app, path, ["messages"])

        assert summary.tables["kwork_messages"].new == 3
        assert calls(box)["inboxes"] == 1
        newest = rows(path, "SELECT message FROM kwork_messages WHERE user_id = ? ORDER BY message_id DESC", user_id)
        assert [text for (text,) in newest[:3]] == ["Сообщение 2", "Сообщение 1", "Сообщение 0"]

    def test_a_long_dialog_goes_on_where_it_was_interrupted(self, box, app, path):
        user_id = longest_dialog(box, 160)
        mirror(app, path, ["dialogs"])
        with box.lock:
            pages = -(-len(box.market.dialogs[user_id].messages) // 50)
        others = rows(path, "SELECT count(*) FROM kwork_dialogs WHERE user_id != ?", user_id)[0][0]
        mirror(app, path, ["messages"], max_calls=1 + others + 2)
        got = rows(path, "SELECT count(*) FROM kwork_messages WHERE user_id = ?", user_id)[0][0]
        assert got == 100
        box.clear_calls()

        mirror(app, path, ["messages"])

        asked = [call.params.get("page") for call in box.calls if call.method == "inboxes"]
        assert asked == [None, *(str(page) for page in range(pages - 2, 0, -1))]
        with box.lock:
            said = {message.id for message in box.market.dialogs[user_id].messages}
        assert {n for (n,) in rows(path, "SELECT message_id FROM kwork_messages WHERE user_id = ?", user_id)} == said

    def test_what_is_no_longer_there_is_kept_and_marked(self, box, app, path):
        mirror(app, path, ["offers", "kworks"])
        with box.lock:
            offer = box.market.offers.popitem()[0]
            kwork = box.market.own_kworks.popitem()[0]

        summary = mirror(app, path, ["offers", "kworks"])

        assert (summary.tables["kwork_offers"].gone, summary.tables["kwork_kworks"].gone) == (1, 1)
        assert rows(path, "SELECT id FROM kwork_offers WHERE gone_at IS NOT NULL") == [(offer,)]
        assert rows(path, "SELECT id FROM kwork_kworks WHERE gone_at IS NOT NULL") == [(kwork,)]

    def test_an_unreadable_offer_is_kept_apart(self, box, app, path):
        with box.lock:
            offer = next(iter(box.market.offers.values()))
            box.market.offers[offer.id] = dataclasses.replace(offer, days="soon")

        summary = mirror(app, path, ["offers"])

        assert summary.bad == 1
        assert rows(path, "SELECT list, item, problems FROM problems") == [
            ("kwork offers", str(offer.id), "expected int, got 'soon' (str) @ $.duration")
        ]


class TestDocumented:
    def test_everything_that_this_wire_has(self, box, documented, path):
        assert mirrorable(documented) == DOCUMENTED

        summary = mirror(documented, path, DOCUMENTED, projects=24)

        assert {name: counts.new for name, counts in summary.tables.items()} == {
            "kwork_orders": len(documented.projects.get_payer_orders()) + len(documented.projects.get_worker_orders()),
            "kwork_dialogs": len(documented.notifications.get_dialogs()),
            "kwork_offers": len(documented.other.get_offers()["offers"]),
            "kwork_projects": 24,
        }
        assert summary.calls == len(DOCUMENTED) + 1 + 1 + 1  # whose account; two lists of orders; two pages of projects

    @pytest.mark.parametrize("what", ["messages", "kworks"])
    def test_what_it_lacks_is_said_before_anything_is_sent(self, box, documented, path, what):
        with pytest.raises(ConfigurationError, match=f"no method for {what}"):
            mirror(documented, path, ["orders", what])
        assert box.calls == []

    def test_categories_are_asked_for_one_by_one(self, box, documented, path):
        mirror(documented, path, ["projects"], categories=[41, 37], projects=5)

        assert [call.params["category_id"] for call in box.calls if call.method == "projects"] == [41, 37]

    def test_new_projects_are_read_down_to_the_known_ones(self, box, documented, path):
        mirror(documented, path, ["projects"])
        box.advance(hours=3)
        known = {number for (number,) in rows(path, "SELECT id FROM kwork_projects")}
        fresh = [project.id for project in documented.projects.iter_list().limit(60) if project.id not in known]
        assert 0 < len(fresh) < 12
        box.clear_calls()

        summary = mirror(documented, path, ["projects"])

        assert summary.total("new") == len(fresh)
        assert calls(box) == {"projects": 2}

    def test_an_interrupted_walk_does_not_end_at_known_projects(self, box, documented, path):
        mirror(documented, path, ["projects"], max_calls=3)
        assert rows(path, "SELECT count(*) FROM kwork_projects") == [(24,)]

        mirror(documented, path, ["projects"], projects=60)

        assert rows(path, "SELECT count(*) FROM kwork_projects") == [(60,)]

    def test_nor_does_a_later_one(self, box, documented, path):
        mirror(documented, path, ["projects"], projects=60)
        box.advance(days=1)
        newest = [project.id for project in documented.projects.iter_list().limit(60)]
        mirror(documented, path, ["projects"], projects=60, max_calls=1)

        mirror(documented, path, ["projects"], projects=60)

        assert set(newest) <= {number for (number,) in rows(path, "SELECT id FROM kwork_projects")}

    def test_both_sites_fit_into_one_file(self, box, documented, etxt, path):
        mirror(documented, path, ["orders"])
        mirror(etxt, path, ["orders"])

        assert rows(path, "SELECT count(*) FROM kwork_orders") == [(30,)]
        assert rows(path, "SELECT count(*) FROM etxt_orders") == [(3,)]
