"""The parts of a docstring in the style of this project, for the help texts and the reference."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator

_HEADER = re.compile(r"(Args|Attributes|Returns|Raises|Example|Source|Effect):(?:\s+(.*))?")
_ENTRY = re.compile(r"(\w+): *(.*)")
_ROLE = re.compile(r":[\w:]+:`(?:[^`<]*<)?~?([^`>]+)>?`")
_LITERAL = re.compile(r"``([^`]+)``|`([^`<]+)`_{0,2}")


def plain(text: str) -> str:
    """Return reStructuredText as plain text: no quotes around code, no roles around names."""
    return _LITERAL.sub(lambda match: match[1] or match[2], _ROLE.sub(lambda match: match[1], text))


class Docstring:
    """A docstring, taken apart.

    Args:
        text: The docstring; may be indented.
        write: What becomes of every text: plain text unless given. ``str`` leaves reStructuredText as it is.

    Attributes:
        summary: The first paragraph.
        description: The paragraphs that belong to no part of their own.
        effect: What stands behind ``Effect:``.
        arguments: ``{name: meaning}``.
        returns: What it returns.
        raises: ``{class: when}``.
        example: The lines of the example, without remarks to doctest.
        source: What stands behind ``Source:``.
    """

    def __init__(self, text: str | None, *, write: Callable[[str], str] = plain) -> None:
        paragraphs: list[str] = []
        parts: dict[str, list[str]] = {}
        for name, lines in _parts(inspect.cleandoc(text or "").splitlines()):
            if name:
                parts[name] = lines
            else:
                paragraphs.append(write(_joined(lines)))
        self.summary = paragraphs[0] if paragraphs else ""
        self.description = tuple(paragraphs[1:])
        self.effect = write(_joined(parts.get("Effect", [])))
        self.arguments = {name: write(meaning) for name, meaning in _entries(parts.get("Args", []))}
        self.returns = write(_joined(parts.get("Returns", [])))
        self.raises = {name: write(when) for name, when in _entries(parts.get("Raises", []))}
        self.example = tuple(re.sub(r"\s*# doctest:.*", "", line) for line in parts.get("Example", []))
        self.source = write(_joined(parts.get("Source", [])))


def _parts(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield ``("", paragraph)`` and ``(name, its lines without the common indentation)``, in order."""
    rest = [*lines, ""]
    while rest:
        header = _HEADER.fullmatch(rest[0])
        if header is None:
            size = next(number for number, line in enumerate(rest) if not line.strip())
            if size:
                yield "", rest[:size]
            rest = rest[size + 1 :]
            continue
        name, inline = header.groups()
        if inline:  # a paragraph that begins with its name
            size = next(number for number, line in enumerate(rest) if not line.strip())
            yield name, [inline, *rest[1:size]]
        else:
            size = next((number for number, line in enumerate(rest) if number and line[:1].strip()), len(rest))
            yield name, inspect.cleandoc("\n".join(["", *rest[1:size]])).splitlines()
        rest = rest[size:]


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines).strip()


def _entries(lines: list[str]) -> Iterator[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    latest: list[str] = []
    for line in lines:
        entry = None if line.startswith(" ") else _ENTRY.fullmatch(line)
        if entry is not None:
            latest = found.setdefault(entry[1], [entry[2]])
        else:
            latest.append(line)
    return ((name, _joined(texts)) for name, texts in found.items())
