"""The parts of a docstring in the style of this project, so that the reference can lay them out as tables."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import attrs

_HEADER = re.compile(r"(Args|Returns|Raises|Example|Source|Effect):(?:\s+(.*))?")
_ENTRY = re.compile(r"(\w+): *(.*)")


@attrs.frozen(kw_only=True)
class Docstring:
    """A docstring, taken apart; every text is reStructuredText.

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

    summary: str = ""
    description: tuple[str, ...] = ()
    effect: str = ""
    arguments: dict[str, str] = attrs.field(factory=dict)
    returns: str = ""
    raises: dict[str, str] = attrs.field(factory=dict)
    example: tuple[str, ...] = ()
    source: str = ""


def read_docstring(text: str | None) -> Docstring:
    """Take a docstring apart."""
    paragraphs: list[str] = []
    parts: dict[str, list[str]] = {}
    for name, lines in _parts(inspect.cleandoc(text or "").splitlines()):
        if name:
            parts[name] = lines
        else:
            paragraphs.append(_joined(lines))
    return Docstring(
        summary=paragraphs[0] if paragraphs else "",
        description=tuple(paragraphs[1:]),
        effect=_joined(parts.get("Effect", [])),
        arguments=_entries(parts.get("Args", [])),
        returns=_joined(parts.get("Returns", [])),
        raises=_entries(parts.get("Raises", [])),
        example=_example(parts.get("Example", [])),
        source=_joined(parts.get("Source", [])),
    )


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


def _entries(lines: list[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    latest: list[str] = []
    for line in lines:
        entry = None if line.startswith(" ") else _ENTRY.fullmatch(line)
        if entry is not None:
            latest = found.setdefault(entry[1], [entry[2]])
        else:
            latest.append(line)
    return {name: _joined(texts) for name, texts in found.items()}


def _example(lines: list[str]) -> tuple[str, ...]:
    return tuple(re.sub(r"\s*# doctest:.*", "", line) for line in lines)
