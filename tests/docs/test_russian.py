"""The guides in Russian say what the English ones say, as far as a program can tell.

Their code is not run: it is proved to be the code of the English pages, which is. Nor are the words compared: what is,
is everything around them that a forgotten update would leave behind. Sections, paragraphs, points, rows of tables,
names in code, numbers, links and pictures have to be the same ones, section by section.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections import Counter
from itertools import zip_longest
from typing import TypeVar

import attrs
import pytest

from tests.docs.pages import DOCS

RUSSIAN = DOCS / "ru"
#: The English pages that are there in Russian, too.
NAMES = ["quickstart", *sorted(f"guide/{page.stem}" for page in (DOCS / "guide").glob("*.rst"))]

Node = TypeVar("Node", bound=ast.AST)

_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_CONVERSION = re.compile(r"%[a-z]")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))# .*$")
#: Characters of a title that is but a name, with the line below.
LONGEST_NAME = 40
_CODE_BLOCK = ".. code-block:: "


# ------------------------------------------------------------------------------------------------------ reading a page


@attrs.define
class Section:
    """What can be compared of a section; what belongs to its title is a section's, too."""

    level: str
    code: list[tuple[str, str]] = attrs.Factory(list)
    """The blocks of code, each with its language."""
    shape: list[str] = attrs.Factory(list)
    """What follows what: paragraphs, lists and tables with their lengths."""
    names: set[str] = attrs.Factory(set)
    """What is set as code inside of sentences and cells."""
    numbers: set[str] = attrs.Factory(set)
    links: Counter[str] = attrs.Factory(Counter)


def sections_of(page: str, text: str) -> list[Section]:
    """Take a page apart.

    Args:
        page: Where it is, such as ``ru/guide/safety``; links are told relative to the documentation, as in English.
        text: What it says.
    """
    sections: list[Section] = []
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if re.fullmatch(r"([=~-])\1+", below) and lines[number].strip("= "):
            assert len(below) == len(lines[number]), f"{page}: the line below {lines[number]!r} has another length"
            sections.append(Section(below[0]))
            number += 2
        elif not lines[number]:
            number += 1
        else:
            block = lines[number : _next(lines, number, "")]
            number += len(block)
            if block[0].startswith(_CODE_BLOCK) or block[-1].endswith("::"):
                end = next((at for at in range(number, len(lines)) if re.match(r"\S", lines[at])), len(lines))
                language = block[0].removeprefix(_CODE_BLOCK) if block[0].startswith(_CODE_BLOCK) else ""
                sections[-1].code.append((language, "\n".join(line[4:] for line in lines[number:end]).strip("\n")))
                number = end
            _read_block(page, block, sections[-1])
    return sections


def _next(lines: list[str], start: int, wanted: str) -> int:
    return next((at for at in range(start, len(lines)) if lines[at] == wanted), len(lines))


def _read_block(page: str, block: list[str], section: Section) -> None:
    if re.match(r"\.\. (?!\S+::)", block[0]):
        return  # a comment
    section.shape.append(_shape(block))
    text = " ".join(line.strip() for line in block)
    section.names |= {" ".join(name.split()) for name in re.findall(r"``(.+?)``", text)}
    for target in re.findall(r":doc:`(?:[^`<]*<)?([^`<>]+)>?`", text):
        section.links[_in_english(posixpath.normpath(posixpath.join(f"/{posixpath.dirname(page)}", target)))] += 1
    section.links.update(re.findall(r"<(https?:[^<>]+)>`_", text))
    section.links.update(re.findall(r"\.\. image:: .*/(\S+)", text))
    section.links.update(re.findall(r"\.\. auto\w+:: (\S+)", text))
    prose = re.sub(r"``.+?``|`[^`]*`", " ", " ".join(re.sub(r"^(\d\.| *:\S+:.*)", "", line) for line in block))
    section.numbers |= set(re.findall(r"\d+", prose))


def _in_english(path: str) -> str:
    return path.removeprefix("/ru") if path.startswith("/ru/") else path


def _shape(block: list[str]) -> str:
    first = block[0]
    if first.startswith(".. "):
        return first if first.startswith(_CODE_BLOCK) else first.partition("::")[0]
    if first.startswith("=="):
        return f"table of {sum(line[0] not in ' =' for line in block)} rows, {len(first.split())} columns"
    if first.startswith("   * - "):
        return f"table of {_count('   [*] - ', block)} rows, {_count(' {3}[* ] - ', block)} cells"
    for name, sign in (("points", "[*] "), ("steps", r"\d\. ")):
        if re.match(sign, first):
            return f"{_count(sign, block)} {name}"
    terms = sum(not line.startswith(" ") for line in block)
    return f"{terms} terms" if terms < len(block) else "paragraph"


def _count(pattern: str, lines: list[str]) -> int:
    return sum(re.match(pattern, line) is not None for line in lines)


# ---------------------------------------------------------------------------------------------------------- comparison


def differences(name: str, english: str, russian: str) -> list[str]:
    """Tell what two pages do not share."""
    pairs = list(zip_longest(sections_of(name, english), sections_of(f"ru/{name}", russian)))
    if [one and one.level for one, _ in pairs] != [other and other.level for _, other in pairs]:
        return ["other sections"]
    found = []
    for number, (one, other) in enumerate(pairs, 1):
        found += [
            f"section {number}, {what}: {getattr(one, what)} in English, {getattr(other, what)} in Russian"
            for what in ("shape", "names", "numbers", "links")
            if getattr(one, what) != getattr(other, what)
        ]
        for place, (here, there) in enumerate(zip_longest(one.code, other.code), 1):
            if not (here and there and here[0] == there[0] and _is_same_code(*here, there[1])):
                found.append(f"section {number}, block {place} of code: {there}")
    return found


def _is_same_code(language: str, english: str, russian: str) -> bool:
    if language == "python":
        return _is_same_python(ast.parse(english), ast.parse(russian))
    # What stands between apostrophes may be words for people.
    pairs = zip_longest(*(re.split(r"('[^'\n]*')", _COMMENT.sub("", text)) for text in (english, russian)))
    return all(
        one == other or bool(one and other and one[0] == other[0] == "'" and _CYRILLIC.search(other))
        for one, other in pairs
    )


def _is_same_python(english: ast.Module, russian: ast.Module) -> bool:
    """Tell whether two programs differ in comments and in words for people, and in nothing else."""
    for one, other in _pairs(english, russian, ast.JoinedStr):
        if any(_CYRILLIC.search(str(part.value)) for part in other.values if isinstance(part, ast.Constant)):
            for text in (one, other):
                text.values = [part for part in text.values if not isinstance(part, ast.Constant)]
    for one, other in _pairs(english, russian, ast.Constant):
        holes = [_CONVERSION.findall(str(text.value)) for text in (one, other)]
        if _CYRILLIC.search(str(other.value)) and holes[0] == holes[1]:
            one.value = other.value
    return ast.dump(english) == ast.dump(russian)


def _pairs(english: ast.Module, russian: ast.Module, kind: type[Node]) -> list[tuple[Node, Node]]:
    found = ([node for node in ast.walk(tree) if isinstance(node, kind)] for tree in (english, russian))
    return list(zip(*found, strict=False))


# --------------------------------------------------------------------------------------------------------------- tests


def text_of(folder, name):
    return (folder / f"{name}.rst").read_text(encoding="utf-8")


def test_every_guide_is_there_in_russian_and_in_the_same_order():
    assert sorted(str(page.relative_to(RUSSIAN).with_suffix("")) for page in RUSSIAN.rglob("*.rst")) == sorted(NAMES)
    contents = text_of(DOCS, "index")
    pages = re.findall(r"(?m)^   ((?:ru/)?(?:quickstart|guide/\S+))$", contents)
    assert [page.removeprefix("ru/") for page in pages if page.startswith("ru/")] == [
        page for page in pages if not page.startswith("ru/")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_russian_page_is_that_of_the_english_one(name):
    assert differences(name, text_of(DOCS, name), text_of(RUSSIAN, name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_russian_page_is_in_russian(name):
    paragraphs = [block for block in re.split(r"\n{2,}", text_of(RUSSIAN, name)) if re.match(r"[^\W_]|[*] ", block)]
    assert [block for block in paragraphs if len(block) > LONGEST_NAME and not _CYRILLIC.search(block)] == []


PAGE = """Files
=====

Reads ``a.txt``, at most 200 MB. See :doc:`safety`, :doc:`sandbox <../guide/sandbox>`.

* One
* Two

====  =====
Name  Means
====  =====
``a`` First
====  =====

.. code-block:: python

    print("of", f"{1} bytes, {2}", "%d")  # printed

On a shell::

    rm 'all of it' -f  # gone
"""
TRANSLATED = """Файлы
=====

Читает ``a.txt``, не больше 200 МБ. См. :doc:`safety`, :doc:`песочница <../../ru/guide/sandbox>`.

* Один
* Два

====  ======
Имя   Что это
====  ======
``a`` Первое
====  ======

.. code-block:: python

    print("из", f"байтов: {1}, {2}", "%d")  # печать

В оболочке::

    rm 'это всё' -f  # нет
"""


def test_comments_and_words_for_people_are_translated():
    assert differences("guide/files", PAGE, TRANSLATED) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("200 MB", "300 MB"),
        ("``a.txt``", "``b.txt``"),
        ("* Two\n", "* Two\n* Three\n"),
        ("``a`` First\n", "``a`` First\n``b`` Second\n"),
        ("See :doc:`safety`", "See :doc:`errors`"),
        ("* One\n* Two\n", "One\n"),
        ("On a shell", "One more.\n\nOn a shell"),
        ("On a shell", "A section\n---------\n\nOn a shell"),
        ('f"{1} bytes, {2}"', 'f"{1} bytes, {3}"'),
        ('"%d"', '"%s"'),
        ('"%d"', '"%d", 5'),
        ("-f", "-r"),
        ("On a shell::\n\n    rm 'all of it' -f  # gone\n", ""),
    ],
)
def test_a_forgotten_update_is_seen(old, new):
    changed = PAGE.replace(old, new)

    assert changed != PAGE
    assert differences("guide/files", changed, TRANSLATED)
