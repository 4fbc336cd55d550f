"""Plain text out of what the services send as HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final, overload

#: Elements that end a line.
_LINES: Final = frozenset({"div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "table", "tr", "ul"})
#: Elements whose content nobody reads.
_UNSEEN: Final = frozenset({"script", "style"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br" or (tag in _LINES and self.parts and not self.parts[-1].endswith("\n")):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _LINES and self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


@overload
def plain_text(text: str) -> str: ...
@overload
def plain_text(text: None) -> None: ...
def plain_text(text: str | None) -> str | None:
    r"""Return HTML as plain text: entities resolved once, ``<br>`` and ends of paragraphs as line ends, no tags.

    What the service sent stays in the model as it is; this makes a readable copy of it.

    Args:
        text: A description or message as the service sent it; None stays None.

    Returns:
        The text.

    Example:
        >>> plain_text("Нужен бот.<br>Подробности &mdash; в чате")
        'Нужен бот.\nПодробности — в чате'
    """
    if text is None or not ("<" in text or "&" in text):
        return text
    reader = _Reader()
    reader.feed(text.replace("\r\n", "\n"))
    reader.close()
    return "".join(reader.parts).strip("\n")
