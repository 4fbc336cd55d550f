"""What a workflow that buys articles needs: what the budget allows, and the folder for the texts."""

from __future__ import annotations

import html
from decimal import Decimal
from pathlib import Path

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.etxt.models.articles import Article, ArticleText
from kwork_etxt_sdk.store import write_private


def affordable(articles: list[Article], budget: Decimal | int) -> tuple[list[int], dict[int, str]]:
    """Return the articles that a budget allows, in their order, and why the others are left."""
    chosen: list[int] = []
    left: dict[int, str] = {}
    rest = Decimal(budget)
    for article in articles:
        if article.full_price is None:
            left[article.article_id] = "eTXT tells no price"
        elif article.full_price > rest:
            left[article.article_id] = f"it costs {article.full_price}, and {rest} of the budget is left"
        else:
            rest -= article.full_price
            chosen.append(article.article_id)
    return chosen, left


class ArticleFolder:
    """Texts ``600001.html``, and an empty file ``600001.buying`` for an article while it is bought and saved.

    Args:
        path: The folder; it need not be there.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path).expanduser()

    def make(self) -> None:
        """Make it, if it is not there."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as failure:
            raise _unwritable(self._path, failure) from None

    def file(self, number: int) -> Path:
        """Return where the text of an article goes."""
        return self._path / f"{number}.html"

    def begun(self) -> list[int]:
        """Return the articles that an earlier run began to buy, and of which it did not see the end."""
        marks = self._path.glob("*.buying") if self._path.is_dir() else ()
        return [int(mark.stem) for mark in marks if mark.stem.isdecimal()]

    def begin(self, number: int) -> None:
        """Mark an article that is about to be bought."""
        try:
            self._mark(number).touch()
        except OSError as failure:
            raise _unwritable(self._path, failure) from None

    def settle(self, number: int) -> None:
        """Take the mark away."""
        self._mark(number).unlink(missing_ok=True)

    def save(self, article: ArticleText) -> None:
        """Write a text, for nobody else to read."""
        write_private(self.file(article.article_id), _page(article), "article")

    def _mark(self, number: int) -> Path:
        return self._path / f"{number}.buying"


def _unwritable(folder: Path, failure: OSError) -> ConfigurationError:
    return ConfigurationError(f"the folder {folder} can't be written to: {failure.strerror or failure}")


def _page(article: ArticleText) -> str:
    title, text = html.escape(article.title or ""), article.text or ""
    page = f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>{title}</title>\n{text}\n'
    # Half a character (services cut texts) can't be UTF-8: it is written as an escape rather than losing the text.
    return page.encode(errors="backslashreplace").decode()
