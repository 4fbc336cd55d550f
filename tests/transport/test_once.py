"""``once_key`` and ``max_spend`` on real calls: nothing twice, whatever becomes of the program."""

from __future__ import annotations

import logging
import os
import pickle
import random
import signal
import subprocess
import sys
import textwrap
import time
from decimal import Decimal

import pytest

from kwork_etxt_sdk import CallOptions, EtxtClient, Journal, Retry
from kwork_etxt_sdk.errors import (
    AlreadyDoneError,
    ConfigurationError,
    OutcomeUnknown,
    RefusedError,
    SpendingCapError,
)
from kwork_etxt_sdk.etxt.errors import EtxtNetworkError, EtxtRateLimitError
from kwork_etxt_sdk.spending import Budget
from tests.support.etxt_server import EtxtServer
from tests.support.faulty_server import refusing

ORDER = {"price": 150, "size": 3000, "category_id": 1790}
COMMENT = "tasks.saveComment"


@pytest.fixture
def server():
    with EtxtServer() as made:
        yield made


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path / "journal")
    yield made
    made.close()


@pytest.fixture
def client(server, journal):
    return server.client(journal=journal)


def comment(client, text="Спасибо", key="k"):
    return client.tasks.save_comment(7, text, options=CallOptions(once_key=key))


def done(server, number=5):
    server.answer(COMMENT, {"id": "7", "id_comment": str(number), "comments": "1"})


def test_the_second_call_gets_the_first_ones_answer_and_sends_nothing(server, client):
    done(server)
    first = comment(client)
    assert comment(client) == first
    assert len(server.requests) == 1


def test_another_run_of_the_program_gets_it_too(server, client, journal):
    done(server)
    first = comment(client)
    other = server.client(journal=Journal(journal.path))
    assert comment(other) == first
    assert len(server.requests) == 1


def test_an_unknown_outcome_stays_unknown_until_a_person_says_otherwise(server, client, journal):
    server.drop(COMMENT)
    with pytest.raises(OutcomeUnknown):
        comment(client)
    with pytest.raises(OutcomeUnknown, match=r"once_key 'k' was sent .* by another run") as again:
        comment(client)
    assert again.value.check == "tasks.view_notes"
    assert "journal.mark_done('k', answer) or journal.forget('k')" in str(again.value)
    assert again.value.attempts == 0
    assert pickle.loads(pickle.dumps(again.value)).sent_at == again.value.sent_at
    assert len(server.requests) == 1
    (entry,) = journal.pending()
    assert (entry.key, entry.call) == ("k", "etxt tasks.saveComment")

    journal.forget("k")
    done(server)
    assert comment(client).comment_id == 5


def test_marked_as_done_with_its_answer_it_is_answered(server, client, journal):
    server.drop(COMMENT)
    with pytest.raises(OutcomeUnknown):
        comment(client)
    journal.mark_done("k", {"id": "7", "id_comment": "9", "comments": "1"})
    assert comment(client).comment_id == 9


def test_marked_as_done_without_its_answer_it_says_so(server, client, journal):
    server.drop(COMMENT)
    with pytest.raises(OutcomeUnknown):
        comment(client)
    journal.mark_done("k")
    with pytest.raises(AlreadyDoneError, match="its answer is not known; nothing was sent"):
        comment(client)
    assert len(server.requests) == 1


def test_a_refusal_frees_the_key(server, client, journal):
    server.answer(COMMENT, {"error": "max_limit"})
    with pytest.raises(RefusedError):
        comment(client)
    assert journal.entries() == []
    done(server)
    assert comment(client).comment_id == 5


def test_what_never_left_frees_the_key(journal):
    with refusing() as url:
        client = EtxtClient("t" * 8, "p" * 8, base_url=url, journal=journal, retry=Retry.none)
        with client, pytest.raises(EtxtNetworkError):
            comment(client)
    assert journal.entries() == []


def test_what_was_throttled_frees_the_key(server, client, journal):
    server.answer("tasks.paidTask", "", status=429)
    with pytest.raises(EtxtRateLimitError):
        client.tasks.paid_task(7, options=CallOptions(once_key="k"))
    assert journal.entries() == []


def test_the_same_key_for_something_else_is_an_error(server, client):
    done(server)
    comment(client)
    with pytest.raises(ConfigurationError, match=r"used before, with other arguments .* done"):
        comment(client, "Другое")
    with pytest.raises(ConfigurationError, match=r"used before, for etxt tasks\.saveComment"):
        client.tasks.set_client_comment(7, text="x", options=CallOptions(once_key="k"))
    assert len(server.requests) == 1


def test_without_a_journal_nothing_is_sent(server):
    client = server.client()
    with pytest.raises(ConfigurationError, match="once_key needs a journal"):
        comment(client)
    assert server.requests == []


@pytest.mark.parametrize("key", ["", "x" * 501, 7, None])
def test_a_key_is_a_short_text(key):
    with pytest.raises(ConfigurationError, match="once_key must be a text of 1 to 500 characters"):
        CallOptions(once_key=key)


def test_a_journal_that_fails_after_the_call_loses_no_result(server, client, journal, monkeypatch, caplog):
    def fail(*_arguments):
        raise ConfigurationError("the disk is full")

    monkeypatch.setattr(journal, "done", fail)
    done(server)
    with caplog.at_level(logging.WARNING, "kwork_etxt_sdk"):
        assert comment(client).comment_id == 5
    assert "was done, but the journal was not told (once_key 'k'): the disk is full" in caplog.text
    with pytest.raises(OutcomeUnknown):
        comment(client)


def test_ctrl_c_before_sending_frees_the_key_and_after_it_does_not(server, client, journal, monkeypatch):
    def interrupted(*_arguments, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(client._session.http, "send", interrupted)
        with pytest.raises(KeyboardInterrupt):
            comment(client)
    assert journal.entries() == []
    server.answer(COMMENT, interrupted_after_sending)
    with pytest.raises(KeyboardInterrupt):
        comment(client)
    assert [entry.key for entry in journal.pending()] == ["k"]


def interrupted_after_sending(_request):
    signal.pthread_kill(main_thread(), signal.SIGINT)
    time.sleep(0.2)
    return {}


def main_thread():
    import threading

    return threading.main_thread().ident


def test_a_harmless_call_may_have_a_key_as_well(server, client, journal):
    server.answer("tasks.setClientComment", {"status": 1})
    once = CallOptions(once_key="k")
    first = client.tasks.set_client_comment(7, text="x", options=once)
    assert client.tasks.set_client_comment(7, text="x", options=once) == first
    server.drop("tasks.setClientComment")
    server.drop("tasks.setClientComment")
    server.drop("tasks.setClientComment")
    with pytest.raises(EtxtNetworkError):
        client.tasks.set_client_comment(7, text="y", options=CallOptions(once_key="y"))
    assert [entry.key for entry in journal.entries()] == ["k"]


# A job that posts comments 1 to 30 under keys of their own and is started again until it gets through.
JOB = textwrap.dedent(
    """
    import sys
    from kwork_etxt_sdk import CallOptions, EtxtClient, Journal
    from kwork_etxt_sdk.errors import OutcomeUnknown
    url, path = sys.argv[1:]
    client = EtxtClient("0123456789abcdef0123456789abcdef", "demo-pass-1", base_url=url, journal=Journal(path))
    for number in range(1, 31):
        try:
            client.tasks.save_comment(number, "text", options=CallOptions(once_key=f"comment {number}"))
        except OutcomeUnknown:
            pass
    print("through")
    """
)


def run_job_until_through(server, path, chance, kills):
    executed = []

    def execute(request):
        executed.append(dict(request.body)["id"])
        time.sleep(0.002)
        return {"id": executed[-1], "id_comment": "1", "comments": "1"}

    server._answers[COMMENT].clear()  # those that the round before left over
    for _ in range(30 * (kills + 2)):
        server.answer(COMMENT, execute)
    killed = 0
    while True:
        command = [sys.executable, "-c", JOB, server.base_url, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as job:
            try:
                wait = chance.uniform(0.25, 0.6) if killed < kills else 60
                output, _ = job.communicate(timeout=wait)
            except subprocess.TimeoutExpired:
                job.kill()
                killed += 1
                continue
        assert output == b"through\n"
        return executed, killed


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_kill_9_at_random_moments_executes_nothing_twice_and_loses_nothing_silently(server, tmp_path, kills):
    chance = random.Random(kills)
    killed, rounds = 0, 0
    while killed < kills:
        rounds += 1
        path = tmp_path / f"journal{rounds}"
        executed, died = run_job_until_through(server, path, chance, min(5, kills - killed))
        killed += died
        journal = Journal(path)
        pending = {entry.key for entry in journal.pending()}
        finished = {entry.key for entry in journal.entries()} - pending
        journal.close()
        assert len(executed) == len(set(executed)), "executed twice"
        assert len(finished | pending) == 30
        assert {f"comment {number}" for number in executed} - finished <= pending, "lost silently"
        assert finished <= {f"comment {number}" for number in executed}
        if died == 0:
            break


def test_a_budget_refuses_what_would_pass_it_before_sending(server):
    client = server.client().with_options(max_spend=Decimal(1000))
    for number in (1, 2):
        server.answer("tasks.saveTask", {"id_task": str(number)})
        client.tasks.save_task(f"Заказ {number}", public=True, price_type=1, **ORDER)
    with pytest.raises(SpendingCapError, match="costs 450 roubles; with the 900 spent before"):
        client.tasks.save_task("Заказ 3", public=True, price_type=1, **ORDER)
    assert len(server.requests) == 2
    server.answer("tasks.saveTask", {"id_task": "3"})
    client.tasks.save_task("Черновик", **ORDER)  # a draft spends nothing
    server.answer("tasks.saveTask", {"id_task": "4"})
    client.tasks.save_task("Дешёвый", public=True, price_type=2, price=100, size=3000, category_id=1)
    with pytest.raises(SpendingCapError):
        client.tasks.extra_paid(7, count=Decimal("0.01"))


def test_derived_clients_share_a_budget_unless_they_get_their_own(server):
    client = server.client().with_options(max_spend=500)
    derived = client.with_options(timeout=3)
    server.answer("tasks.saveTask", {"id_task": "1"})
    derived.tasks.save_task("Заказ", public=True, price_type=1, **ORDER)
    with pytest.raises(SpendingCapError):
        client.tasks.save_task("Заказ", public=True, price_type=1, **ORDER)
    server.answer("tasks.saveTask", {"id_task": "2"})
    client.with_options(max_spend=500).tasks.save_task("Заказ", public=True, price_type=1, **ORDER)


@pytest.mark.parametrize(
    ("arguments", "price"),
    [
        ({"price": 150, "size": 3000, "price_type": 1}, 450),
        ({"price": 150, "size": 3000, "price_type": 2}, 150),
        ({"price": 150, "size": 3000}, 450),
        ({"price": 150, "size": 300}, 150),
        ({"price": 150, "text": "т" * 2000, "price_type": 1}, 300),
        ({"price": 150, "size": 1000, "price_type": 1, "multitask": True, "multicount": 3}, 450),
    ],
)
def test_the_price_of_an_order_is_known_from_its_arguments(server, arguments, price):
    client = server.client().with_options(max_spend=price - 1)
    with pytest.raises(SpendingCapError, match=f"costs {price}(\\.0+)? roubles"):
        client.tasks.save_task("Заказ", public=True, category_id=1, **arguments)
    server.answer("tasks.saveTask", {"id_task": "1"})
    client.with_options(max_spend=price).tasks.save_task("Заказ", public=True, category_id=1, **arguments)


def test_a_refused_call_spends_nothing_and_an_unknown_one_counts(server):
    client = server.client().with_options(max_spend=450)
    server.answer("tasks.saveTask", {"error": "no_utarget"})
    with pytest.raises(RefusedError):
        client.tasks.save_task("Заказ", public=True, price_type=1, **ORDER)
    server.drop("tasks.saveTask")
    with pytest.raises(OutcomeUnknown):
        client.tasks.save_task("Заказ", public=True, price_type=1, **ORDER)
    with pytest.raises(SpendingCapError):
        client.tasks.save_task("Заказ", public=True, price_type=1, **ORDER)


@pytest.mark.parametrize("cap", [-1, 1.5, "500", None, True, Decimal("NaN"), Decimal("inf")])
def test_a_cap_is_an_amount_of_roubles(server, cap):
    with pytest.raises(ConfigurationError, match="max_spend must be"):
        server.client().with_options(max_spend=cap)


def test_a_budget_shows_itself_and_pickles():
    budget = Budget(500)
    budget.take(Decimal(120), "x")
    again = pickle.loads(pickle.dumps(budget))
    assert repr(again) == "Budget(120 of 500 roubles spent)"
    assert (again.cap, again.spent) == (500, 120)
