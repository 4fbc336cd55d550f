from __future__ import annotations

import json
import stat

import pytest

from kwork_etxt_sdk import ConfigurationError, KworkClient, NetworkError, RateLimitError
from kwork_etxt_sdk.kwork.models.projects import Project
from kwork_etxt_sdk.mapping import BadItem, Records
from kwork_etxt_sdk.paging import NumberedPager, Page
from kwork_etxt_sdk.sandbox import Sandbox
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.watch import AlreadyRunningError, Watch
from tests.support.box import START
from tests.support.clock import FakeClock


class Feed:
    """A list with the newest in front, in pages of three; counts the pages that were fetched."""

    def __init__(self, *numbers, status="open"):
        self.items = [Project(id=number, status=status) for number in numbers]
        self.fetched = []

    def add(self, *numbers):
        self.items = [*(Project(id=number, status="open") for number in numbers), *self.items]

    def change(self, number, status):
        self.items = [item.replace(status=status) if item.id == number else item for item in self.items]

    def __call__(self):
        def fetch(number):
            self.fetched.append(number)
            rows = self.items[3 * number - 3 : 3 * number]
            return Page(items=Records(rows), number=number, pages=max(1, -(-len(self.items) // 3)), size=3)

        return NumberedPager(fetch, key=lambda item: item.id)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "seen.json"


@pytest.fixture
def make(state):
    def make(feed, **settings):
        return Watch(feed, state, **{"key": lambda item: item.id, **settings})

    return make


def told(watch):
    """The ids that a look tells."""
    found = []
    watch.look(lambda item: found.append(item["id"]))
    return found


class TestLook:
    def test_the_first_takes_what_is_there_as_known(self, make):
        feed = Feed(3, 2, 1)
        watch = make(feed)
        assert told(watch) == []
        feed.add(5, 4)

        assert told(watch) == [4, 5]  # oldest first
        assert told(watch) == []

    def test_the_first_can_tell_everything(self, make):
        assert told(make(Feed(3, 2, 1), since="all")) == [1, 2, 3]

    def test_what_was_seen_outlives_the_program(self, make):
        feed = Feed(3, 2, 1)
        told(make(feed))
        feed.add(4)

        assert told(make(feed)) == [4]
        assert told(make(feed, since="all")) == []

    def test_reads_down_to_a_page_without_news(self, make):
        feed = Feed(*range(30, 0, -1))
        watch = make(feed)
        told(watch)
        feed.add(34, 33, 32, 31)
        feed.fetched.clear()

        assert told(watch) == [31, 32, 33, 34]
        assert feed.fetched == [1, 2, 3]

    def test_looks_no_deeper_than_it_may(self, make):
        feed = Feed(*range(30, 0, -1))
        watch = make(feed, depth=7, since="all")

        assert told(watch) == list(range(24, 31))
        assert feed.fetched == [1, 2, 3]

    def test_what_lies_deeper_than_the_first_page_is_known_too(self, make):
        feed = Feed(*range(12, 0, -1))
        watch = make(feed)
        told(watch)
        feed.items = feed.items[2:]  # two have left, so that others move up
        feed.add(13)

        assert told(watch) == [13]

    def test_another_version_is_news(self, make):
        feed = Feed(2, 1)
        watch = make(feed, version=lambda item: item.status)
        told(watch)
        feed.change(1, "done")
        assert told(watch) == [1]
        feed.change(1, "open")

        assert told(watch) == [1]

    def test_changes_at_the_end_of_a_list_are_seen_if_all_of_it_is_looked_at(self, make):
        feed = Feed(*range(9, 0, -1))
        watch = make(feed, version=lambda item: item.status, whole=True)
        told(watch)
        feed.change(1, "done")

        assert told(watch) == [1]

    def test_what_is_not_wanted_counts_as_seen(self, make):
        feed = Feed(1)
        told(make(feed))
        feed.add(4, 3, 2)

        look = make(feed, wanted=lambda item: item.id % 2 == 0).look(lambda _: None)

        assert (look.told, look.passed_over) == (2, 1)
        assert told(make(feed)) == []

    def test_several_lists_are_each_read_down_to_a_page_without_news(self, make):
        left, right = Feed(*range(9, 0, -1)), Feed(*range(29, 20, -1), 5)
        watch = make(lambda: [left(), right()], since="all")
        assert told(watch) == [*range(21, 30), *range(1, 10)]  # 5 is in both
        left.add(11, 10)
        right.add(30)
        left.fetched.clear()
        right.fetched.clear()

        assert told(watch) == [30, 10, 11]
        assert (left.fetched, right.fetched) == ([1, 2], [1, 2])

    def test_plain_lists_can_be_watched(self, make):
        assert told(make(lambda: [Project(id=1)], since="all")) == [1]
        assert told(make(lambda: (Project(id=number) for number in (1, 2)))) == [2]

    def test_an_item_gets_to_the_function_as_plain_data(self, make):
        found = []
        make(Feed(1), since="all").look(found.append)

        assert found == [Project(id=1, status="open").to_dict()]


class TestFailures:
    def test_what_failed_is_handed_over_again_until_it_is_given_up(self, make):
        watch = make(Feed(1), since="all", tries=3)
        looks = [watch.look(lambda _: False) for _ in range(4)]

        assert [(look.failed, look.given_up, look.told) for look in looks] == [
            (1, 0, 0),
            (1, 0, 0),
            (0, 1, 0),
            (0, 0, 0),
        ]

    def test_it_is_handed_over_again_even_if_it_left_the_list(self, make):
        feed = Feed(1)
        make(feed, since="all").look(lambda _: False)
        feed.items = []

        assert told(make(feed)) == [1]
        assert told(make(feed)) == []

    def test_a_newer_version_comes_after_the_one_that_failed(self, make):
        feed = Feed(1)
        watch = make(feed, since="all", version=lambda item: item.status)
        watch.look(lambda _: False)
        feed.change(1, "done")
        found = []
        watch.look(lambda item: found.append(item["status"]))

        assert found == ["open", "done"]

    def test_what_raises_ends_the_look_and_comes_again(self, make):
        watch = make(Feed(3, 2, 1), since="all")
        found = []

        def handle(item):
            if item["id"] == 2 and 2 not in found:
                found.append(2)
                raise KeyboardInterrupt
            found.append(item["id"])

        with pytest.raises(KeyboardInterrupt):
            watch.look(handle)
        watch.look(handle)

        assert found == [1, 2, 2, 3]  # told once; the second had not been handled

    def test_one_that_succeeds_later_is_remembered_as_soon_too(self, make):
        feed = Feed(1)
        make(feed, since="all").look(lambda _: False)
        feed.add(2)
        found = []

        def handle(item):
            found.append(item["id"])
            if found == [1, 2]:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make(feed).look(handle)
        make(feed).look(handle)

        assert found == [1, 2, 2]

    def test_each_item_is_remembered_as_soon_as_it_was_handled(self, make, state):
        seen = []

        def handle(item):
            seen.append(list(json.loads(state.read_text())["seen"]) if state.exists() else [])

        make(Feed(3, 2, 1), since="all").look(handle)

        assert seen == [[], ["1"], ["1", "2"]]

    def test_no_more_than_so_many_wait(self, make, monkeypatch):
        monkeypatch.setattr("kwork_etxt_sdk.watch.MOST_WAITING", 2)

        look = make(Feed(4, 3, 2, 1), since="all").look(lambda _: False)

        assert (look.failed, look.given_up) == (2, 2)

    def test_what_cannot_be_read_is_told_once(self, make, caplog):
        bad = BadItem(1, "$[1]", {"id": "seven"}, ("expected int, got 'seven' (str) @ $[1].id",))

        def items():
            return NumberedPager(
                lambda number: Page(items=Records([Project(id=1)], [bad]), number=number, pages=1),
                key=lambda item: item.id,
            )

        watch = make(items, since="all")
        looks = [watch.look(lambda _: None) for _ in range(2)]

        assert [(look.told, look.unreadable) for look in looks] == [(1, 1), (0, 0)]
        assert [record.getMessage() for record in caplog.records] == ["1 new item(s) could not be read"]


class TestMemory:
    def test_only_the_owner_can_read_it(self, make, state):
        told(make(Feed(1)))

        assert stat.S_IMODE(state.stat().st_mode) == 0o600

    def test_it_does_not_grow(self, make, state):
        feed = Feed(1)
        watch = make(feed, remembered=5)
        told(watch)
        for number in range(2, 40):
            feed.items = [Project(id=number)]
            assert told(watch) == [number]

        assert list(json.loads(state.read_text())["seen"]) == ["35", "36", "37", "38", "39"]

    def test_what_stands_in_the_list_is_never_forgotten(self, make):
        watch = make(Feed(*range(9, 0, -1)), remembered=2)
        told(watch)

        assert told(watch) == []

    def test_long_keys_are_kept_as_checksums(self, make, state):
        text = "Чужие слова, которые никого не касаются. " * 3
        feed = [Project(id=1, title=text)]
        watch = make(lambda: feed, key=lambda item: (item.id, item.title))
        told(watch)

        assert told(watch) == []
        ((key, _),) = json.loads(state.read_text())["seen"].items()
        assert len(key) == 24

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("{}", "is no state of a watch"),
            ('{"kind": "kwork-etxt-sdk watch", "version": 1}', "is no state of a watch"),
            (
                '{"kind": "kwork-etxt-sdk watch", "version": 1, "seen": {}, "waiting": {"1": {}}}',
                "is no state of a watch",
            ),
            ('{"kind": "kwork-etxt-sdk watch", "version": 2, "seen": {}, "waiting": {}}', "is no state of a watch"),
            ("[", "can't be read"),
        ],
    )
    def test_a_file_of_something_else_is_left_alone(self, make, state, content, problem):
        state.write_text(content)

        with pytest.raises(ConfigurationError, match=problem):
            told(make(Feed(1)))
        assert state.read_text() == content

    @pytest.mark.parametrize(
        ("settings", "problem"),
        [
            ({"since": "yesterday"}, "since is 'now' or 'all'"),
            ({"depth": 0}, "depth must be at least 1"),
            ({"tries": 0}, "tries must be at least 1"),
        ],
    )
    def test_nonsense_is_refused(self, make, settings, problem):
        with pytest.raises(ConfigurationError, match=problem):
            make(Feed(1), **settings)


class TestRun:
    def test_looks_again_and_again(self, make):
        clock, feed, found = FakeClock(), Feed(1), []
        watch = make(feed, clock=clock)
        clock.after(90 * SECOND, lambda: feed.add(2))

        watch.run(lambda item: found.append((item["id"], clock.slept // SECOND)), every=60, looks=3)

        assert found == [(2, 120)]
        assert clock.sleeps == [60 * SECOND] * 2

    def test_what_passes_by_itself_is_told_and_waited_out(self, make):
        clock, failures = FakeClock(), []
        slow = RateLimitError("too fast")
        slow.retry_in = 300.0
        answers = iter([NetworkError("no answer"), slow, [Project(id=1)]])

        def items():
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        make(items, clock=clock, since="all").run(lambda _: None, every=60, on_error=failures.append, looks=3)

        assert [str(failure) for failure in failures] == ["no answer", "too fast"]
        assert clock.sleeps == [60 * SECOND, 300 * SECOND]

    def test_it_goes_on_without_anybody_to_tell(self, make):
        def items():
            raise NetworkError("no answer")

        make(items, clock=FakeClock()).run(lambda _: None, every=60, looks=2)

    def test_ctrl_c_ends_it(self, make):
        clock = FakeClock()

        def interrupt():
            raise KeyboardInterrupt

        clock.after(30 * SECOND, interrupt)
        with pytest.raises(KeyboardInterrupt):
            make(Feed(1), clock=clock).run(lambda _: None, every=60)

    def test_two_at_once_exclude_each_other(self, make):
        outer, inner = make(Feed(1), since="all"), make(Feed(1))

        def handle(_):
            with pytest.raises(AlreadyRunningError, match="another run works on the watch"):
                inner.look(lambda _: None)

        assert outer.look(handle).told == 1


def test_the_exchange_of_kwork(state):
    with (
        Sandbox(speed=0, start_time=START) as box,
        KworkClient.login(box.kwork_login, box.kwork_password, base_url=box.kwork_base_url) as client,
    ):
        watch = Watch(client.projects.iter_list, state, key=lambda project: project.id)
        assert told(watch) == []
        box.clear_calls()
        assert told(watch) == []
        assert [call.method for call in box.calls] == ["projects"]
        before = {project.id for project in client.projects.iter_list()}
        box.advance(hours=6)
        fresh = [project.id for project in client.projects.iter_list() if project.id not in before]

        assert told(watch) == sorted(fresh) != []
