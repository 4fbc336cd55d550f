"""What the pages claim about the code is so."""

from __future__ import annotations

import ast
import functools
import re
import textwrap
from collections import defaultdict
from pathlib import Path

import pytest

import kwork_etxt_sdk
from kwork_etxt_sdk import errors
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.options import Limits, Retry, Timeouts
from kwork_etxt_sdk.transport.decide import Happened, Step, decide
from tests.docs.pages import DOCS, PAGES, READMES, ROOT, list_table, name_of

GUIDE = DOCS / "guide"
PACKAGE = Path(kwork_etxt_sdk.__file__).parent

#: The rows of the table "What is sent again", as the code calls them.
ROWS = {
    "The service answered": Happened.ANSWERED,
    "It refused, with a reason": Happened.REFUSED,
    "The front end turned it away, or wants a captcha": Happened.BLOCKED,
    "Not one byte was handed over (no connection)": Happened.UNSENT,
    "Status 429, too many requests": Happened.THROTTLED,
    "Status 502, 503 or 504": Happened.UNAVAILABLE,
    "Another status of 500 or more": Happened.BROKEN,
    "Handed over at least in part, no answer": Happened.LOST,
    "A good status, but the body is lost, empty or unreadable": Happened.GARBLED,
    "A redirect (never followed)": Happened.REDIRECTED,
    "An answer that does not fit the documented types": Happened.MISFIT,
}
WORDS = {Step.RETURN: "the answer", Step.AGAIN: "again", Step.RAISE: "the error", Step.UNKNOWN: "unknown"}


def test_the_table_of_what_is_sent_again_is_what_the_code_decides():
    rows = list_table(GUIDE / "safety.rst", "What is sent again")

    assert [row[0] for row in rows] == list(ROWS)
    assert set(ROWS.values()) | {Happened.EXPIRED} == set(Happened)
    for text, *cells in rows:
        steps = {effect: WORDS[decide(effect, ROWS[text], 1, Retry())] for effect in Effect}
        assert steps[Effect.READ] == steps[Effect.REPEATABLE]
        assert cells == [steps[Effect.READ], steps[Effect.ONCE], steps[Effect.MONEY]], text


def test_the_defaults_in_the_guide_are_the_defaults():
    rows = list_table(GUIDE / "limits.rst", "How fast, how long")

    for expression, stated, _meaning in rows:
        holder, _, path = expression.strip("`").partition("().")
        value = {"Limits": Limits, "Timeouts": Timeouts, "Retry": Retry}[holder]()
        for name in path.split("."):
            value = getattr(value, name)
        assert value == float(stated), expression
    assert {row[0].partition(".")[0].strip("`") for row in rows} == {"Limits()", "Timeouts()", "Retry()"}


def test_the_tree_of_errors_is_the_tree_of_the_code():
    from error_tables import core_tree

    text = (GUIDE / "errors.rst").read_text(encoding="utf-8")
    assert textwrap.indent(core_tree(), "    ") + "\n\n" in text


def test_the_guide_says_what_to_do_about_every_error():
    text = (GUIDE / "errors.rst").read_text(encoding="utf-8")
    table = text.partition("What to do about each")[2].partition("What every error tells")[0]
    named = re.findall(r"(?m)^``(\w+)``", table)
    defined = [name for name, cls in vars(errors).items() if isinstance(cls, type) and issubclass(cls, errors.SdkError)]
    assert named == [name for name in defined if name != "SdkError"]


def test_every_page_is_in_the_contents():
    trees = re.findall(r"(?m)^\.\. toctree::\n((?:   :.*\n)*)\n((?:   \S+\n)+)", (DOCS / "index.rst").read_text())
    listed = [entry for _options, entries in trees for entry in entries.split()]

    pages = [str(page.relative_to(DOCS).with_suffix("")) for page in PAGES]

    assert sorted(listed) == sorted(set(pages) - {"index"})


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_readme_links_lead_somewhere_and_name_every_guide(page):
    targets = re.findall(r"<([^<>\s]+)>`__", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith("https://")]

    assert [target for target in local if not (ROOT / target).exists()] == []
    guides = DOCS / "ru" / "guide" if page.name == "README.ru.rst" else GUIDE
    assert {str(guide.relative_to(ROOT)) for guide in guides.glob("*.rst")} <= set(local)


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_readme_has_nothing_that_only_sphinx_knows(page):
    text = page.read_text(encoding="utf-8")

    assert re.findall(r":\w[\w:+-]*:`", text) == []
    assert set(re.findall(r"(?m)^\s*\.\. ([\w-]+)::", text)) == {"code-block"}


class TestRooms:
    """Imports go downwards through the rooms of the architecture page."""

    @staticmethod
    def floors():
        text = (DOCS / "architecture.rst").read_text(encoding="utf-8")
        (picture,) = re.findall(r"(?ms)^    cli .*?(?=\n\n)", text)
        floors, number = {}, 0
        for line in picture.splitlines():
            if "───" in line:
                number += 1
            else:
                floors.update(dict.fromkeys(re.split(r"   +", line.strip(), maxsplit=1)[0].split(), number))
        return floors

    @staticmethod
    @functools.cache
    def imports():
        """Which rooms every room imports, but for type checkers only: ``{room: {room: module}}``."""
        found = defaultdict(dict)
        for path in PACKAGE.rglob("*.py"):
            room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
            for node in _run_time_nodes(ast.parse(path.read_text(encoding="utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
                for name in names:
                    top, _, rest = name.partition(".")
                    if top == "kwork_etxt_sdk" and rest and rest.split(".")[0] != room:
                        found[room][rest.split(".")[0]] = path.name
        return found

    def test_every_room_is_in_the_picture(self):
        rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
        assert rooms - {"__init__", "_version"} == set(self.floors())

    def test_imports_go_downwards(self):
        floors = {**self.floors(), "_version": 99}
        upwards = [
            f"{room}/{module} imports {other}"
            for room, others in self.imports().items()
            for other, module in others.items()
            if room != "__init__" and floors[other] <= floors[room]
        ]
        assert upwards == []

    def test_the_sandbox_knows_nothing_of_the_sdk(self):
        assert set(self.imports()["sandbox"]) == set()


def _run_time_nodes(tree):
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        waiting.extend(ast.iter_child_nodes(node))
