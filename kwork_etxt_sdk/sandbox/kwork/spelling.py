"""The check of texts that other people will read: contacts, haste, misprints."""

from __future__ import annotations

import re
from dataclasses import dataclass

SHORTEST, SHOUTING = 10, 12
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?:\+7|\b8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}\b|\bt\.me/\w+")
"""An e-mail address, a Russian telephone number or a messenger link."""
_MISPRINTS = {"зделаю": "сделаю", "вообщем": "в общем", "агенство": "агентство", "скачять": "скачать"}
_WORD = re.compile(r"[^\W\d_]+")
_COSTS = {"error": 40, "warning": 10, "suggestion": 5}


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a text."""

    kind: str
    """`error`, `warning` or `suggestion`."""
    code: str
    message: str
    start: int | None = None
    end: int | None = None
    suggestion: str | None = None


def problems_of(text: str) -> list[Problem]:
    """Everything that is wrong with a text."""
    found = [
        Problem("error", "CONTACTS", "Контакты в тексте запрещены", match.start(), match.end())
        for match in _CONTACT.finditer(text)
    ]
    found += misprints_of(text)
    if len(text.strip()) < SHORTEST:
        found.append(Problem("suggestion", "LENGTH", "Слишком короткий текст"))
    if len(text) >= SHOUTING and text.isupper():
        found.append(Problem("warning", "CAPS", "Не пишите заглавными буквами", suggestion=text.capitalize()))
    return found


def misprints_of(text: str) -> list[Problem]:
    """Words that are spelt wrongly."""
    return [
        Problem("warning", "SPELLING", "Возможна опечатка", match.start(), match.end(), _MISPRINTS[word])
        for match in _WORD.finditer(text)
        if (word := match.group().casefold()) in _MISPRINTS
    ]


def score_of(problems: list[Problem]) -> int:
    """How good a text is, from 0 to 100."""
    return max(0, 100 - sum(_COSTS[problem.kind] for problem in problems))
