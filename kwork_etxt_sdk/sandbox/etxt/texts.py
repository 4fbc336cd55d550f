"""Invented Russian prose of a wanted length."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.seeds import words

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

SENTENCES_PER_PARAGRAPH = 4
FILE_ENCODING = "cp1251"
"""Downloaded texts came in this encoding whenever somebody looked."""

_SHORT_WORD = re.compile(r"\b(и|а|в|с|на|за|не|для|это) ")
"""Typography keeps these words with the next one."""


def sentence(draw: random.Random) -> str:
    """One sentence."""
    vocabulary = words()
    subject = draw.choice(vocabulary["subjects"])
    core = f"{draw.choice(vocabulary['verbs'])} {draw.choice(vocabulary['actions'])}"
    tail = draw.choice(vocabulary["tails"])
    if draw.random() < 1 / 3:
        opening = draw.choice(vocabulary["openings"])
        return f"{opening} {subject[0].lower()}{subject[1:]} {core}, {tail}."
    return f"{subject} {core}, {tail}."


def prose(draw: random.Random, length: int, *, spaces_count: bool = True, keywords: Sequence[str] = ()) -> str:
    """Paragraphs with at least `length` characters, and with every keyword."""
    sentences = [f"Здесь уместно сказать: {keyword}." for keyword in keywords]
    counted = sum(map(len, sentences))
    while not sentences or counted < length:
        sentences.append(sentence(draw))
        counted += len(sentences[-1]) + 1 if spaces_count else len(sentences[-1].replace(" ", ""))
    paragraphs = [
        " ".join(sentences[start : start + SENTENCES_PER_PARAGRAPH])
        for start in range(0, len(sentences), SENTENCES_PER_PARAGRAPH)
    ]
    return "\n\n".join(paragraphs)


def count_characters(text: str, *, spaces_count: bool) -> int:
    """The length of a text as an order counts it."""
    return len(text) if spaces_count else len("".join(text.split()))


def to_file(text: str) -> bytes:
    """The text as the service hands it out: windows-1251, escaped for HTML, with entities for what is not plain."""
    escaped = html.escape(text).replace("«", "&laquo;").replace("»", "&raquo;").replace(" — ", "&nbsp;&mdash; ")
    marked = _SHORT_WORD.sub(r"\1&nbsp;", escaped).replace("\n", "\r\n")
    return marked.encode(FILE_ENCODING, "xmlcharrefreplace")
