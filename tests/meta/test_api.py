"""What is public changes only on purpose: the snapshot in ``api/`` says what it is."""

import importlib
import re
from pathlib import Path

import attrs
import pytest

import kwork_etxt_sdk.etxt.tasks_work
from tools import api, api_surface

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def now():
    return api_surface.surface()


def changed(now, old, new):
    """The snapshot, and the same with a piece of its text replaced."""
    text = "\n".join(now["reached"])
    assert text.count(old) == 1
    after = {**now, "reached": text.replace(old, new).splitlines()}
    return api.compare(api.flat(now), api.flat(after))


def test_the_public_surface_is_what_the_snapshot_says(now):
    difference = api.compare(api.read(api.SNAPSHOT), api.flat(now))
    assert not difference, (
        f"The public surface is not what tests/meta/api says.\n{difference.report()}\n\n{api.WHAT_TO_DO}"
    )


def test_the_snapshot_is_written_as_make_api_writes_it(now, tmp_path):
    api.write(now, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in api.SNAPSHOT.iterdir()
    }, "run `make api`"


def test_a_changed_signature_turns_it_red_and_the_message_says_what_to_do(monkeypatch):
    """The method itself is changed, as in a careless commit; the test above is what finds it."""

    def save_comment(self, task_id: int, message: str, *, notify: bool, options: object = None) -> "SavedComment":  # noqa: F821
        raise NotImplementedError

    save_comment.__module__ = kwork_etxt_sdk.etxt.tasks_work.__name__
    monkeypatch.setattr(kwork_etxt_sdk.etxt.tasks_work.TaskWork, "save_comment", save_comment)
    with pytest.raises(AssertionError) as red:
        test_the_public_surface_is_what_the_snapshot_says(api_surface.surface())
    message = str(red.value)
    place = "reached > class Tasks > def save_comment"
    for line in (
        f"{place} > text is gone",
        f"{place} > hide is gone",
        f"{place} > message: arg message: str is new, and has to be given",
        f"{place} > notify: keyword notify: bool is new, and has to be given",
        "run `make api`",
        "feat!:",
        "BREAKING CHANGE:",
        "Deprecating something",
    ):
        assert line in message


def test_a_removed_model_field_is_a_break_and_a_new_one_is_not(monkeypatch):
    module = importlib.import_module("kwork_etxt_sdk.etxt.models.users")
    balance = module.Balance
    before = api.flat({"x": api_surface._of_class("Balance", balance, [], constructor=True)})

    @attrs.define(kw_only=True)
    class Other:
        balance: "Decimal | None" = None  # noqa: F821
        bonus: "Decimal | None" = None  # noqa: F821

    Other.__module__ = balance.__module__
    after = api.flat({"x": api_surface._of_class("Balance", Other, [], constructor=True)})
    difference = api.compare(before, after)
    gone = set(balance.field_names()) - {"balance"}
    assert {f"x > class Balance > field {name} is gone" for name in gone} <= set(difference.breaks)
    assert difference.additions == ["x > class Balance > field bonus: field bonus: Decimal | None = None"]


@pytest.mark.parametrize(
    ("old", "new", "kind", "told"),
    [
        ("def save_comment -> SavedComment", "def send_comment -> SavedComment", "breaks", "def save_comment is gone"),
        ("def save_comment -> SavedComment", "def save_comment -> None", "changes", "SavedComment  ->  def"),
        ("class Tasks\n", "class Orders\n", "breaks", "reached > class Tasks is gone"),
        ("class Tasks\n", "class Tasks(Exception)\n", "changes", "class Tasks"),
    ],
)
def test_what_counts_as_a_break(now, old, new, kind, told):
    difference = changed(now, old, new)
    assert any(told in line for line in getattr(difference, kind)), difference


def test_what_stands_under_something_new_or_gone_is_not_told_again():
    with_it, without = api.flat({"x": ["class A", *(f"    {line}" for line in METHOD)]}), api.flat({"x": []})
    assert api.compare(with_it, without) == (["x > class A is gone"], [], [])
    assert api.compare(without, with_it) == ([], [], ["x > class A: class A"])


METHOD = ["def f -> int", "    arg a: int", "    arg b: int = 1", "    keyword c: int = 1"]


@pytest.mark.parametrize(
    ("line", "place", "kind"),
    [
        ("    keyword d: int = 1", 4, "additions"),
        ("    keyword d: int", 4, "breaks"),
        ("    arg d: int = 1", 3, "additions"),
        ("    arg d: int", 3, "breaks"),
        ("    arg d: int = 1", 1, "breaks"),
        ("    any rest: Any", 4, "additions"),
        ("option --x: text", 4, "additions"),
        ("option --x: text (required)", 4, "breaks"),
        ("class New", 4, "additions"),
    ],
)
def test_what_may_be_added(line, place, kind):
    difference = api.compare(api.parse(METHOD), api.parse([*METHOD[:place], line, *METHOD[place:]]))
    told = {name for name, lines in difference._asdict().items() if lines}
    assert kind in told
    assert told <= {kind, "additions"}
    assert "changes" not in told


@pytest.mark.parametrize(
    ("old", "new"),
    [("keyword c: int = 1", "keyword c: int = 2"), ("arg b: int = 1", "keyword b: int = 1"), ("a: int", "a: str")],
)
def test_a_parameter_that_changed_is_told_as_it_was_and_is(old, new):
    difference = api.compare(api.parse(METHOD), api.parse([line.replace(old, new) for line in METHOD]))
    assert difference.breaks == difference.additions == []
    (line,) = difference.changes
    assert old in line
    assert new in line


@pytest.mark.parametrize(
    ("line", "place", "kind"),
    [
        ("    field c: int = 0 (positional)", 3, "additions"),
        ("    field c: int (positional)", 3, "breaks"),
        ("    field c: int = 0 (positional)", 1, "breaks"),
        ("    field c: int", 3, "additions"),
    ],
)
def test_which_fields_may_be_added(line, place, kind):
    before = ["class Options", "    field a: int (positional)", "    field b: int = 0 (positional)"]
    difference = api.compare(api.parse(before), api.parse([*before[:place], line, *before[place:]]))
    assert getattr(difference, kind)
    assert kind == "breaks" or not difference.breaks


def test_another_short_form_of_an_option_is_a_change_and_not_the_end_of_it():
    before, after = (["command c", f"    option {names}: text"] for names in ("--fields", "-f --fields"))
    assert api.compare(api.parse(before), api.parse(after)) == (
        [],
        ["command c > option --fields: option --fields: text  ->  option -f --fields: text"],
        [],
    )


def test_equal_snapshots_have_nothing_to_say():
    difference = api.compare(api.parse(METHOD), api.parse([*METHOD, "", "# a comment"]))
    assert not difference
    assert difference.report() == ""


def test_a_long_report_is_cut_and_says_so():
    difference = api.compare({}, api.parse(f"class C{number}" for number in range(api.SHOWN + 7)))
    assert difference.report().endswith("... and 7 more")


def test_it_says_nothing_that_depends_on_the_machine(now):
    text = "\n".join(line for lines in now.values() for line in lines)
    assert not re.search(r"\bat 0x|<[a-z]|/home/|/root|/tmp/|\\", text)
    assert max(map(len, text.splitlines())) < 250


def test_everything_that_documentation_imports_is_in_it(now):
    """What a user is told to write is a promise."""
    known = {line.strip().removeprefix("module ") for lines in now.values() for line in lines if "module " in line}
    texts = [ROOT / "README.rst", ROOT / "README.ru.rst", ROOT / "docs" / "quickstart.rst"]
    texts += [*(ROOT / "docs" / "guide").glob("*.rst"), *(ROOT / "docs" / "ru").glob("*.rst")]
    texts += [*(ROOT / "examples").glob("*.py")]
    used = {
        (module, name.split(" as ")[0].strip(" ()"), path.name)
        for path in texts
        for module, names in re.findall(
            r"from (kwork_etxt_sdk[\w.]*) import (\([^)]*\)|[^\n]*)", path.read_text(encoding="utf-8")
        )
        for name in re.sub(r"#.*", "", names).split(",")
        if name.strip(" ()\n") and name.strip() != "__version__"
    }
    assert used
    hidden = set()
    for module, name, where in sorted(used):
        offered = any(name.strip() in api_surface.public_names(importlib.import_module(public)) for public in known)
        if module not in known and not offered:
            hidden.add(f"{where}: {module}.{name.strip()}")
    assert not hidden, (
        f"{hidden}: no public module offers these. Show users another way, or make the module public: "
        "MODULES in tools/api_surface.py, and `make api`."
    )


def test_the_command_checks_without_writing_or_writes_and_says_what_changed(now, tmp_path, monkeypatch, capsys):
    """On a copy of the snapshot with a line too many, as if something had been removed from the code."""
    monkeypatch.setattr(api_surface, "surface", lambda: now)
    monkeypatch.setattr(api, "ROOT", tmp_path)
    monkeypatch.setattr(api, "SNAPSHOT", tmp_path)
    api.write({**now, "commands": [*now["commands"], "command kwork-etxt gone"], "left": ["def f"]}, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert api.main(["--check"]) == 1
    told = capsys.readouterr().out
    assert "commands > command kwork-etxt gone is gone" in told
    assert "left is gone" in told
    assert "make api" in told
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert api.main([]) == 0
    assert "BREAKING CHANGE" in capsys.readouterr().out
    assert {path.stem for path in tmp_path.iterdir()} == set(now)
    assert api.main(["--check"]) == 0
    assert "what the snapshot says" in capsys.readouterr().out
