"""Orders and articles that were moved to the archive."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.etxt.models.articles import ArticleKind
from kwork_etxt_sdk.etxt.models.tasks import PriceType, ResultFile, TaskLevel, TaskType
from kwork_etxt_sdk.mapping import Model, default_converter, model, wire


@model
class ArchivedTask(Model):
    """An order in the archive."""

    task_id: int = wire("id")
    """Id of the order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of its author; 0 if it had none."""
    folder_id: int | None = wire("id_folder", default=None)
    """Id of the folder."""
    category_id: int | None = wire("id_category", default=None)
    """Id of the category."""
    date: datetime | None = wire(default=None)
    """When it was created or last edited."""
    end_date: datetime | None = wire(default=None)
    """When it was accepted; None if it was not."""
    date_archive: datetime | None = wire(default=None)
    """When it was moved to the archive."""
    title: str | None = wire(default=None)
    """Title."""
    description: str | None = wire(default=None)
    """What was to be written."""
    id_type: TaskType | None = wire(default=None)
    """Kind of work."""
    id_level: TaskLevel | None = wire(default=None)
    """Level of difficulty."""
    deadline: datetime | None = wire(default=None)
    """When the result was due."""
    price: Decimal | None = wire(default=None)
    """Price, roubles."""
    price_type: PriceType | None = wire(default=None)
    """What the price was set for."""
    size: int | None = wire(default=None)
    """Size in characters."""
    whitespaces: bool | None = wire(default=None)
    """Whether spaces count as characters."""
    text: str | None = wire(default=None)
    """Source text, for rewriting and translation."""
    keywords: str | None = wire(default=None)
    """Key words, for SEO copywriting."""
    language_from: int | None = wire(default=None)
    """Id of the language to translate from."""
    language_to: int | None = wire(default=None)
    """Id of the language to translate to."""


@model
class ArchivedResult(Model):
    """What an author delivered for an order that is in the archive now."""

    task_id: int | None = wire("id_task", default=None)
    """Id of the order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the author."""
    comment: str | None = wire(default=None)
    """The author's comment."""
    content: str | None = wire(default=None)
    """The text itself, as HTML."""
    date: datetime | None = wire(default=None)
    """When it was delivered."""
    date_reset: datetime | None = wire(default=None)
    """When it was sent back for rework; None if it was not."""
    check: dict[str, Any] = wire(default_factory=dict)
    """What the service found when it checked the text, as it came; empty if it did not."""
    files: dict[str, ResultFile] = wire(default_factory=dict)
    """Its files: ``file`` is an attachment, ``text`` what was typed in."""

    @property
    def file(self) -> ResultFile | None:
        """The file to read: the attachment if there is one, else the typed-in text; None if there is no file."""
        for kind in ("file", "text"):
            if kind in self.files:
                return self.files[kind]
        return next(iter(self.files.values()), None)

    @property
    def uniqueness(self) -> float | None:
        """Uniqueness, percent, as :attr:`check` or else the file tells it; None if neither does.

        Raises:
            MappingError: What the service sent as the percentage is no number.
        """
        told = self.check.get("per_antiplagiat")
        if told is None:
            return None if self.file is None else self.file.per_antiplagiat
        return default_converter().structure(told, float, path="$.check.per_antiplagiat")


@model
class ArchivedArticle(Model):
    """A bought article that was moved to the archive."""

    article_id: int = wire("id")
    """Id of the article."""
    title: str | None = wire(default=None)
    """Title."""
    description: str | None = wire(default=None)
    """Description."""
    keywords: str | None = wire(default=None)
    """Key words."""
    date: datetime | None = wire(default=None)
    """When it was put up for sale."""
    id_type: int | None = wire(default=None)
    """Kind of text; the codes are not documented."""
    id_subtype: ArticleKind | None = wire(default=None)
    """Kind of article."""
    category_id: int | None = wire("id_category", default=None)
    """Id of the category."""
    language_id: int | None = wire("id_language", default=None)
    """Id of the language (``options.get_langs``)."""
    full_price: Decimal | None = wire(default=None)
    """Price with the buyer's commission, roubles."""
    size: int | None = wire(default=None)
    """Size in characters."""
    images: int | None = wire(default=None)
    """How many pictures it has."""
    quality: dict[str, Any] | None = wire(default=None)
    """A moderator's marks, as they came; empty or None if nobody gave any."""
