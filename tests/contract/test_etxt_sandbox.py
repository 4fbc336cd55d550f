"""All 58 methods of the client against the sandbox, over sockets, in every shape that answers come in.

The sandbox shares nothing with the client, so what one of them has got wrong shows here.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kwork_etxt_sdk.mapping import DRIFT
from kwork_etxt_sdk.registry import endpoints
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.testing.clock import SandboxClock

#: 1 January 2030, 03:00 in Moscow.
START = 1_893_456_000
#: The sandbox's authors with habits: misses deadlines; delivers too little that is original; writes too much; the
#: customer knows this one.
LATE, SLOPPY, WORDY, RELIABLE = 700_022, 700_023, 700_024, 700_021
ONE_AUTHOR = 3


@pytest.fixture(params=["live", "lists", "keyed", "numbers"])
def box(request):
    with Sandbox(speed=0, start_time=START, shapes=request.param) as box:
        yield box


@pytest.fixture
def client(box):
    with box.etxt_client(clock=SandboxClock(box)) as client:
        yield client


def order(client, **changed):
    """Place an order and return its number."""
    usual = {"price": 60, "size": 3000, "category_id": 1790, "public": True}
    return client.tasks.save_task("Обзор чайников", **(usual | changed)).task_id


def given_to(client, author, **changed):
    """Place an order for one author, who gets it without being asked."""
    return order(client, auto_work=True, target_task=ONE_AUTHOR, target_id=author, **changed)


def test_every_method_does_its_work_in_every_shape(box, client):
    DRIFT.clear()
    for work in (lookup, people, messages, applications, results, trouble, articles, archive, proof_reading):
        work(box, client)
    received = {call.method for call in box.calls if call.refusal is None and call.service == "etxt"}
    assert received == {registered.endpoint.name for registered in endpoints("etxt")}
    assert len(received) == 58
    assert not DRIFT.snapshot()


def lookup(box, client):
    categories = client.categories.list_categories()
    assert 1790 in [category.category_id for category in categories]
    assert 1 in client.options.get_langs()
    assert client.users.get_balance().balance == 10_000
    folder = client.folders.add_folder("Чайники").folder_id
    assert folder in [one.folder_id for one in client.folders.list_folders()]
    task_id = order(client, public=False)
    assert client.folders.move_to_folder([task_id], folder_id=folder, type="task").count == 1
    assert [task.task_id for task in client.tasks.list_tasks(folder_id=folder)] == [task_id]
    comparison = client.diff.compare_text(
        "один два три четыре пять шесть семь", "один два три четыре пять восемь девять"
    )
    assert 0 < comparison.result < 100
    assert client.tasks.delete_task([task_id]).ids == [task_id]


def people(_box, client):
    assert len(client.users.get_list(count=100).to_list()) > 60
    assert client.users.get_user(RELIABLE).user_id == RELIABLE
    assert client.users.get_works(RELIABLE) is not None
    client.users.set_note(WORDY, "Пишет много")
    assert client.users.get_note(WORDY).text == "Пишет много"
    client.users.set_report(RELIABLE, "Отличная работа, всё в срок и без единой правки. Спасибо!", rate=1)
    assert client.users.get_reports(RELIABLE) is not None
    group = client.bwgroups.save_group("Обзоры").group_id
    assert group in [one.group_id for one in client.bwgroups.list_groups()]
    client.users.set_user_bw(WORDY, "whiteList")
    client.bwgroups.update_group(WORDY, group_id=group)
    assert WORDY in [user.user_id for user in client.users.get_bw(group_id=group)]
    assert client.users.get_user_bw(WORDY) is not None
    assert group in client.bwgroups.delete_group(group).ids
    assert client.users.get_stats().to_list()


def messages(box, client):
    client.messages.write_private(RELIABLE, "Здравствуйте! Возьмётесь за обзор?")
    box.advance(hours=2)
    assert client.messages.get_count_unread().count > 0
    letters = client.messages.read_private(RELIABLE).to_list()
    assert "Здравствуйте! Возьмётесь за обзор?" in [letter.text for letter in letters]


def applications(box, client):
    task_id = order(client)
    copy = client.tasks.copy_task(task_id).copy_id
    assert copy != task_id
    client.tasks.set_client_comment(task_id, "Для сайта")
    box.advance(hours=3)
    assert task_id in [application.task_id for application in client.tasks.view_notes_all()]
    notes = [note for note in client.tasks.view_notes(task_id) if note.is_application]
    client.tasks.unset_note(notes[-1].note_id)
    client.tasks.set_note(notes[0].note_id)
    assert client.tasks.save_comment(task_id, "Когда будет готово?").comment_id
    news = client.messages.get_list()
    ids = [message.message_id for message in news]
    assert client.messages.set_read(ids[:1]).ids == ids[:1]
    assert client.messages.set_delete(ids[1:2]).ids == ids[1:2]
    box.advance(hours=5)
    (result,) = client.tasks.get_results(task_id)
    assert client.files.text(result)
    assert client.tasks.paid_task(task_id).ids == [task_id]


def results(box, client):
    task_id = given_to(client, WORDY)
    box.advance(hours=6)
    assert client.tasks.extra_paid(task_id, autopay="get") is not None
    assert client.tasks.extra_paid(task_id, count=Decimal(10)) is not None
    assert client.tasks.cancel_task(task_id, text="Слишком длинно").ids == [task_id]
    box.advance(hours=6)
    assert client.tasks.send_note_fail(task_id, "Автор не слышит просьб").ticket


def trouble(box, client):
    soon = box.clock.now()
    task_id, other = (given_to(client, LATE, deadline=moment(soon, days=1)) for _ in range(2))
    box.advance(days=2)
    client.tasks.set_deadline(other, moment(box.clock.now(), days=3))
    client.tasks.fail_task(task_id)
    fails = client.rating.list_tasks_fails()
    assert task_id in [fail.task_id for fail in fails]
    client.rating.rating_user_back(task_id=task_id, user_id=LATE)


def articles(_box, client):
    article = next(iter(client.articles.get_list(price_to=100)))
    assert client.articles.buy(article.article_id) is not None
    (text,) = client.articles.get_text(article.article_id)
    assert text.text
    assert client.files.read(client.articles.download(article.article_id)).startswith(b"PK")


def archive(_box, client):
    task = next(iter(client.tasks_archive.list_tasks()))
    assert client.tasks_archive.get_results(task.task_id)[0].task_id == task.task_id
    article = next(iter(client.articles_archive.get_list()))
    (text,) = client.articles_archive.get_text(article.article_id)
    assert text.text
    assert client.files.read(client.articles_archive.download(article.article_id)).startswith(b"PK")


def proof_reading(_box, client):
    assert client.correction.add("Письмо", text="Уважаемые колеги! " * 10).correction_id
    article = next(iter(client.articles_archive.get_list()))
    assert client.correction.import_(article.article_id, type="a_article").correction_id


def moment(now, **later):
    from datetime import datetime, timezone

    return datetime.fromtimestamp(now, timezone.utc) + timedelta(**later)
