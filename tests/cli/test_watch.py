"""``kwork-etxt watch``, against the sandbox."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from decimal import Decimal

import pytest

from kwork_etxt_sdk import EtxtClient, KworkClient
from kwork_etxt_sdk.cli import watch as command
from kwork_etxt_sdk.cli.watch_sources import SOURCES, Filters
from kwork_etxt_sdk.exclusive import only_run
from kwork_etxt_sdk.kwork.models.projects import Project
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.transport.clock import SECOND
from tests.support.box import START, etxt_client

#: Writes what it got into a file named by its only argument.
KEEP = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"


@pytest.fixture
def box(monkeypatch):
    with Sandbox(speed=0, start_time=START) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        yield box


@pytest.fixture
def watch(kwork_etxt):
    """Looks once and returns what was told."""

    def watch(source, *options, status=0):
        ended = kwork_etxt("watch", source, "--once", "--quiet", *options)
        assert ended.status == status, ended.err
        return [json.loads(line) for line in ended.out.splitlines()]

    return watch


class TestSources:
    def test_projects(self, box, watch, kwork_etxt):
        first = kwork_etxt("watch", "kwork-projects", "--once")
        assert (first.status, first.out) == (0, "")
        assert first.err.endswith("items are known now; the next look tells what is new.\n")
        with KworkClient.from_env() as client:
            before = {project.id for project in client.projects.iter_list()}
            box.advance(hours=6)
            fresh = [project.id for project in client.projects.iter_list() if project.id not in before]

        assert [project["id"] for project in watch("kwork-projects")] == sorted(fresh)
        assert watch("kwork-projects") == []

    def test_only_the_fields_wanted_are_printed(self, box, watch, kwork_etxt):
        found = watch("kwork-projects", "--since", "all", "--fields", "id, customer.username")
        assert found
        assert {tuple(item) for item in found} == {("id", "customer.username")}
        assert all(item["customer.username"] for item in found)

        box.advance(hours=6)
        wrong = kwork_etxt("watch", "kwork-projects", "--once", "--fields", "id,colour")
        assert wrong.status == 2
        assert "colour" in wrong.err
        assert watch("kwork-projects")  # nothing was lost over it

    def test_several_categories(self, box, watch):
        found = watch("kwork-projects", "--since", "all", "--category", "41", "--category", "37")

        asked = [call.params["category_id"] for call in box.calls if call.method == "projects"]
        assert asked == sorted(asked, reverse=True)
        assert set(asked) == {41, 37}
        with KworkClient.from_env() as client:
            listed = [project.id for number in (41, 37) for project in client.projects.iter_list(category_id=number)]
        assert sorted(project["id"] for project in found) == sorted(listed)

    def test_orders_of_etxt_by_their_state(self, box, watch):
        with EtxtClient.from_env() as client:
            task_id = client.tasks.save_task(
                "Обзор", price=60, size=500, category_id=1790, public=True, auto_work=True
            ).task_id
            assert watch("etxt-orders") == []
            box.advance(hours=8)
            assert [(order["task_id"], order["status"]) for order in watch("etxt-orders")] == [(task_id, 3)]
            client.tasks.paid_task([task_id])
            assert [(order["task_id"], order["status"]) for order in watch("etxt-orders")] == [(task_id, 4)]
            assert watch("etxt-orders") == []

    def test_applications(self, box, watch):
        with EtxtClient.from_env() as client:
            task_id = client.tasks.save_task("Обзор", price=60, size=500, category_id=1790, public=True).task_id
        assert watch("etxt-applications", "--since", "all") == []
        box.advance(hours=2)

        found = watch("etxt-applications")
        assert found
        assert {application["task_id"] for application in found} == {task_id}

    def test_messages_are_not_marked_as_read(self, box, watch):
        with EtxtClient.from_env() as client:
            unread = client.messages.get_count_unread().count
            found = watch("etxt-messages", "--since", "all")
            assert client.messages.get_count_unread().count == unread == len(found)
        assert all(message["author_id"] == message["user_id"] for message in found)
        assert not box.executed

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("etxt-news", lambda etxt, _: len(etxt.messages.get_list())),
            ("kwork-dialogs", lambda _, kwork: len(kwork.notifications.get_dialogs())),
            ("kwork-notifications", lambda _, kwork: len(kwork.notifications.get_list().notifications)),
            (
                "kwork-orders",
                lambda _, kwork: len(kwork.projects.get_payer_orders()) + len(kwork.projects.get_worker_orders()),
            ),
        ],
    )
    def test_the_others(self, box, watch, source, expected):
        with EtxtClient.from_env() as etxt, KworkClient.from_env() as kwork:
            count = expected(etxt, kwork)

        assert len(watch(source, "--since", "all")) == count > 0
        assert watch(source) == []

    def test_an_order_that_cannot_be_read_is_told_of(self, box, kwork_etxt):
        with EtxtClient.from_env() as client:
            task_id = client.tasks.save_task("Обзор", price=60, size=500, category_id=1790).task_id
        with box.lock:
            box.exchange.orders[task_id].id_category = "kitchen"

        ended = kwork_etxt("watch", "etxt-orders", "--once", "--since", "all")

        assert (ended.status, ended.out, ended.err) == (1, "", "kwork-etxt: 1 new item(s) could not be read\n")


class TestFilters:
    def test_price_and_words(self, box, watch):
        with KworkClient.from_env() as client:
            projects = client.projects.iter_list().to_list()
        expected = [
            project.id
            for project in projects
            if Decimal(5000) <= (project.budget or 0) <= Decimal(20000)
            and "сайт" in f"{project.title} {project.description}".casefold()
            and "логотип" not in f"{project.title} {project.description}".casefold()
        ]
        assert expected

        options = ("--min-price", "5000", "--max-price", "20000", "--word", "САЙТ", "--without-word", "логотип")
        found = watch("kwork-projects", "--since", "all", *options)

        assert [project["id"] for project in found] == sorted(expected)

    @pytest.mark.parametrize(
        ("filters", "fits"),
        [
            ({}, True),
            ({"min_price": Decimal(100)}, True),
            ({"min_price": Decimal("100.01")}, False),
            ({"max_price": Decimal(100)}, True),
            ({"max_price": Decimal("99.99")}, False),
            ({"words": ("чайник", "кофе")}, True),
            ({"words": ("кофе",)}, False),
            ({"without_words": ("кофе", "ЧАЙНИК")}, False),
            ({"categories": (7,)}, True),  # the service was asked for it
        ],
    )
    def test_an_item_fits(self, filters, fits):
        project = Project(id=1, title="Обзор чайников", budget=Decimal(100), category_id=41)

        assert Filters(**filters).fit(SOURCES["kwork-projects"], project) is fits

    def test_without_a_price_no_limit_is_met(self):
        project = Project(id=1, title="Обзор")

        assert not Filters(min_price=Decimal(0)).fit(SOURCES["kwork-projects"], project)
        assert not Filters(max_price=Decimal(9)).fit(SOURCES["kwork-projects"], project)

    def test_categories_of_orders_are_compared_here(self, box, watch):
        with EtxtClient.from_env() as client:
            for category in (1790, 1828):
                client.tasks.save_task("Обзор", price=60, size=500, category_id=category)

        found = watch("etxt-orders", "--since", "all", "--category", "1828")

        assert [order["category_id"] for order in found] == [1828]

    def test_two_jobs_with_other_filters_do_not_take_each_others_items(self, box, watch):
        assert watch("etxt-news", "--since", "all", "--word", "счёт") != []
        assert len(watch("etxt-news", "--since", "all")) == 2


class TestExec:
    def test_each_item_goes_to_the_command(self, box, kwork_etxt, tmp_path):
        told = tmp_path / "told"
        ended = kwork_etxt("watch", "etxt-news", "--once", "--since", "all", "--exec", sys.executable, "-c", KEEP, told)

        assert (ended.status, ended.out) == (0, "")
        with EtxtClient.from_env() as client:
            expected = [message.message_id for message in client.messages.get_list()]
        found = [json.loads(line)["message_id"] for line in told.read_text(encoding="utf-8").splitlines()]
        assert sorted(found) == sorted(expected)

    def test_what_failed_comes_again(self, box, kwork_etxt, tmp_path):
        options = ("watch", "etxt-news", "--once", "--since", "all", "--tries", "3", "--state", tmp_path / "seen.json")
        failing = kwork_etxt(*options, "--exec", sys.executable, "-c", "raise SystemExit(7)")
        assert (failing.status, failing.err) == (1, f"kwork-etxt: {sys.executable} ended with 7\n" * 2)

        told = tmp_path / "told"
        assert kwork_etxt(*options, "--exec", sys.executable, "-c", KEEP, told).status == 0
        assert len(told.read_text(encoding="utf-8").splitlines()) == 2

    def test_given_up_after_so_many_tries(self, box, kwork_etxt):
        options = ("watch", "etxt-news", "--once", "--since", "all", "--tries", "1")
        ended = kwork_etxt(*options, "--exec", "false")

        assert ended.status == 1
        assert ended.err.endswith("kwork-etxt: 2 items are given up\n")
        assert kwork_etxt(*options, "--exec", "false").status == 0

    def test_a_command_that_hangs_is_killed_with_what_it_started(self, box, kwork_etxt):
        ended = kwork_etxt(
            "watch", "etxt-news", "--once", "--since", "all", "--timeout", "0.2", "--exec", "sh", "-c", "cat; sleep 60"
        )

        assert ended.status == 1
        assert ended.err == "kwork-etxt: sh took longer than 0.2 s\n" * 2

    def test_ctrl_c_ends_the_command_too(self, box, kwork_etxt, monkeypatch):
        started = []

        class Interrupted(subprocess.Popen):
            def communicate(self, *_arguments, **_settings):
                started.append(self)
                raise KeyboardInterrupt

        monkeypatch.setattr(command.subprocess, "Popen", Interrupted)
        ended = kwork_etxt("watch", "etxt-news", "--once", "--since", "all", "--exec", "sleep", "60")

        assert ended.status == 130
        assert [process.returncode for process in started] == [-signal.SIGKILL]
        started[0].stdin.close()

    def test_a_command_that_is_not_there_is_misuse(self, box, kwork_etxt):
        ended = kwork_etxt("watch", "etxt-news", "--once", "--since", "all", "--exec", "no-such-command")

        assert ended.status == 2
        assert "no-such-command can't be run: No such file or directory" in ended.err

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [(["--exec"], "--exec takes a command"), (["mail"], "what is 'mail'? See --exec.")],
    )
    def test_half_of_it_is_misuse(self, box, kwork_etxt, arguments, problem):
        ended = kwork_etxt("watch", "etxt-news", "--once", *arguments)

        assert ended.status == 2
        assert problem in ended.err


class TestPolling:
    def start(self, *options):
        command = [sys.executable, "-m", "kwork_etxt_sdk.cli", "watch", "etxt-news", "--since", "all", *options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_until_ctrl_c_which_is_quiet(self, box):
        process = self.start("--every", "3600")
        told = [json.loads(process.stdout.readline())["message_id"] for _ in range(2)]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)

        assert (rest, errors, process.returncode) == ("", "", 0)
        assert len(set(told)) == 2

    def test_goes_on_after_what_passes_by_itself(self, box, kwork_etxt, monkeypatch):
        box.fail_next("html", method="messages.getList", times=1)
        pauses = []

        def pause(nanoseconds):
            pauses.append(nanoseconds / SECOND)
            if len(pauses) == 2:
                raise KeyboardInterrupt

        @contextlib.contextmanager
        def impatient(site, settings):
            with etxt_client(box) as client:
                monkeypatch.setattr(client._session.clock, "sleep", pause)
                yield client.with_options(retries=0)

        monkeypatch.setattr(command, "opened", impatient)
        ended = kwork_etxt("watch", "etxt-news", "--since", "all", "--every", "90")

        assert ended.status == 0
        assert ended.err.startswith("kwork-etxt: etxt messages.getList: ")
        assert (ended.err.count("\n"), ended.out.count("\n")) == (1, 2)
        assert pauses == [90, 90]

    def test_a_second_one_is_told_to_come_later(self, box, kwork_etxt, tmp_path):
        state = tmp_path / "seen.json"
        with only_run(state, "the watch"):
            ended = kwork_etxt("watch", "etxt-news", "--once", "--state", state)

        assert (ended.status, ended.out) == (75, "")
        assert ended.err.startswith("kwork-etxt: another run works on the watch")


def test_no_item_gives_orders_to_the_terminal():
    item = {"title": "Обзор\x1b[2J\x9b31m\u2028\ud800"}
    line = command._line(item)
    assert not {"\x1b", "\x9b", "\u2028"} & set(line)
    assert "Обзор" in line
    assert json.loads(line)["title"] == item["title"]
