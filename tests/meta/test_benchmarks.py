"""The benchmarks' arithmetic and tables, on made-up numbers; nothing is measured here."""

import csv
import json
import random
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import latency, pages, report
from benchmarks.environments import ENVIRONMENTS, RUN_TIME, without_paths
from benchmarks.harness import Case, Group, Measured, Program, run
from benchmarks.rows import Row, Site, percentile, result_of
from benchmarks.servers import Servers
from benchmarks.worker import answer

ROOT = Path(__file__).resolve().parents[2]
FACTS = {
    "date": "2030-01-31",
    "commit": "0123abc",
    "quick": False,
    "machine": {"processor": "Abacus", "cores": "2", "system": "Linux x86_64"},
    "versions": {"python": "3.12.1"},
}


def rounds(*pairs):
    return [{"ours": {"cpu": ours}, "theirs": {"cpu": theirs}} for ours, theirs in pairs]


def row(**settings):
    return Row("reading", "ours", "theirs", "them", **settings)


class TestArithmetic:
    def test_a_figure_is_the_median_of_quotients_within_a_round(self):
        # The machine was ten times slower in the second round; the quotient of the medians would be 0.4.
        found = result_of("Reading", row(), Measured(rounds((1, 2), (12, 20), (2, 5)), {}))
        assert found.values == [0.5, 0.6, 0.4]
        assert found.median == 0.5
        assert found.spread == pytest.approx((0.42, 0.58))

    def test_percentiles_lie_on_the_line_between_two_values(self):
        assert [percentile([3, 1, 2], share) for share in (0, 0.25, 0.5, 1)] == [1, 1.5, 2, 3]
        assert percentile([7], 0.9) == 7

    def test_a_number_as_reference_gives_the_value_itself(self):
        found = result_of("Limits", Row("take", "ours", 1e-6, "(microseconds)"), Measured(rounds((3e-6, 1)), {}))
        assert found.median == pytest.approx(3)

    def test_units_of_different_size_are_compared_per_item(self):
        sized = row(per={"ours": 1000, "theirs": 10})
        assert result_of("Growth", sized, Measured(rounds((200, 1)), {})).median == pytest.approx(2)

    def test_a_round_in_which_one_side_failed_does_not_count(self):
        measured = Measured([*rounds((1, 2)), {"ours": {"cpu": 9}}], {})
        assert result_of("Reading", row(), measured).values == [0.5]

    @pytest.mark.parametrize(
        ("target", "why", "verdict"),
        [
            (0.5, "", "met"),
            (0.4, "it has more to do", "missed: it has more to do"),
            (0.4, "", "missed: the cause is not known yet"),
            (None, "", ""),
        ],
    )
    def test_the_verdict_gives_a_reason(self, target, why, verdict):
        assert result_of("Reading", row(target=target, why=why), Measured(rounds((1, 2)), {})).verdict == verdict

    def test_what_could_not_run_says_why(self):
        found = result_of("Reading", row(target=1), Measured([], {"theirs": "it is not installed"}))
        assert found.verdict == "not run: it is not installed"


class TestTables:
    @pytest.fixture
    def results(self):
        measured = Measured([{**one, "third": {"cpu": 3}} for one in rounds((1, 2), (1, 2))], {})
        compared = row(target=0.4, why="it has *more* to do", others={"a third": "third"})
        return [
            result_of("Reading", compared, measured),
            result_of("Sending", row(target=1), Measured([], {"ours": "no server"})),
        ]

    def test_terminal(self, results):
        text = report.for_terminal(results)
        assert "reading" in text
        assert "<= 0.4    0.50       0.50-0.50" in text
        assert "a third 1.50" in text
        assert "not run: no server" in text
        assert text.endswith("2 rows; 0 of 2 targets met; 1 rows not run")

    def test_the_saved_files_hold_the_same(self, results, tmp_path):
        data, documented, table = report.save(results, FACTS, tmp_path / "new", "today")
        rows = json.loads(data.read_text(encoding="utf-8"))["rows"]
        assert [(one["Reached"], one["rounds"]) for one in rows] == [("0.50", [0.5, 0.5]), ("", [])]
        with table.open(encoding="utf-8", newline="") as source:
            assert [line["Reached"] for line in csv.DictReader(source)] == ["0.50", ""]
        text = documented.read_text(encoding="utf-8")
        assert "Measured on 2030-01-31 on 2 cores of Abacus (Linux x86_64), at commit 0123abc." in text
        assert (
            '"reading", "them", "≤ 0.4", "0.50", "0.50-0.50", "missed: it has \\*more\\* to do", "a third 1.50"' in text
        )

    @pytest.mark.parametrize("quick", [False, True])
    def test_a_quick_run_leaves_the_documentation_alone(self, quick, results, tmp_path, monkeypatch):
        monkeypatch.setattr(bench, "ROOT", tmp_path)
        monkeypatch.setattr(bench, "RESULTS", tmp_path)
        monkeypatch.setattr(bench, "LATEST", tmp_path / "latest.rst")
        bench.save(results, {**FACTS, "quick": quick})
        written = {path.name for path in tmp_path.iterdir()}
        name = "2030-01-31-0123abc-quick" if quick else "2030-01-31-0123abc"
        assert written == {f"{name}.json", f"{name}.rst", f"{name}.csv"} | (set() if quick else {"latest.rst"})
        if not quick:
            assert (tmp_path / "latest.rst").read_text("utf-8") == (tmp_path / f"{name}.rst").read_text("utf-8")

    @pytest.mark.parametrize(
        ("value", "shown"), [(0.456, "0.46"), (9.876, "9.88"), (12.34, "12.3"), (123.4, "123"), (1234.5, "1234")]
    )
    def test_figures_have_three_digits(self, value, shown):
        assert report.number(value) == shown


class TestRuns:
    def test_a_missing_environment_is_a_reason_and_no_failure(self):
        group = Group("x", {"ours": Case("kwork", "kwork_package:offline"), "theirs": Program("kwork", ())}, (1, 1))
        measured = run(group, quick=True, draw=random.Random(0), unusable={"kwork": "no Python is old enough"})
        assert measured.failed == dict.fromkeys(("ours", "theirs"), "no Python is old enough")
        assert measured.rounds == [{}]

    def test_the_worker_answers_with_times_or_with_the_reason(self):
        runs = []
        runners = {"x": lambda times: runs.append(times) or {"bytes": 7.0}}
        found = answer({"run": "x", "times": 3}, runners)
        assert (runs, set(found), found["bytes"]) == ([3], {"cpu", "wall", "bytes"}, 7.0)
        assert answer({"prepare": "y", "case": "nowhere:nothing", "arguments": {}}, runners)["failed"].startswith(
            "ModuleNotFoundError"
        )

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("No such file: '/home/somebody/x/answers.json'", "No such file: 'answers.json'"),
            ("GET http://127.0.0.1:80/kworks failed", "GET http://127.0.0.1:80/kworks failed"),
            ("5 of 6", "5 of 6"),
        ],
    )
    def test_reasons_name_nothing_of_this_machine(self, said, told):
        assert without_paths(said) == told


class TestRows:
    @pytest.fixture(params=[False, True], ids=["whole", "quick"])
    def sections(self, request, tmp_path):
        site = Site(Servers(tmp_path), tmp_path, quick=request.param, big_file_bytes=1 << 20)
        return bench.sections(site)

    def test_every_row_names_parts_of_one_group(self, sections):
        for section in sections:
            for one in section.rows:
                named = {one.part, *one.others.values()} | ({one.against} if isinstance(one.against, str) else set())
                homes = [group for group in section.groups if named <= set(group.parts)]
                assert len(homes) == 1, (section.title, one.work, named)

    def test_every_case_exists_and_has_an_environment(self, sections):
        cases = ROOT / "benchmarks" / "cases"
        parts = [part for section in sections for group in section.groups for part in group.parts.values()]
        assert len(parts) > 80
        for part in parts:
            assert part.environment in ENVIRONMENTS
            if isinstance(part, Case):
                module, _, function = part.case.partition(":")
                assert f"\ndef {function}(" in (cases / f"{module}.py").read_text(encoding="utf-8"), part.case

    def test_the_targets_that_were_set_are_there(self, sections):
        targets = [one.target for section in sections for one in section.rows if one.target is not None]
        assert sorted(set(targets)) == [
            0.1, 0.12, 0.33, 0.35, 0.42, 0.45, 0.55, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0, 1.1, 1.35, 1.5, 5.0, 30.0
        ]  # fmt: skip


def test_the_sdk_runs_with_the_packages_it_asks_for():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f'    "{package}",' in project for package in RUN_TIME)


def test_pages_are_the_same_every_time_and_all_different():
    assert pages.encode(pages.kworks_on_app(3)) == pages.encode(pages.kworks_on_app(3))
    ids = [one["id"] for page in (1, 2) for one in pages.kworks_on_app(page)["response"]["kworks"]]
    assert len(set(ids)) == len(ids) == 2 * pages.KWORKS


def test_orders_without_end_have_numbers_of_their_own_and_an_end():
    reply = latency.endless_orders()

    def ids(start):
        seconds, message = reply({"from": str(start), "count": "100", "id_folder": "150"})
        assert seconds == 0
        head, _, body = message.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        return json.loads(body)

    assert [one["id"] for one in ids(99)] == [str(1_000_099 + number) for number in range(51)]
    assert ids(150) == {"error": "no_object"}
