"""Ready-made articles."""

from __future__ import annotations

import base64
from datetime import date as Date  # noqa: N812 - a field of the service is called date
from datetime import datetime
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.etxt.models.moments import read_day
from kwork_etxt_sdk.mapping import Model, OpenIntEnum, OpenStrEnum, model, wire

#: How every PNG file begins.
_PNG = b"\x89PNG\r\n\x1a\n"


class ArticleKind(OpenIntEnum):
    """Kind of article (``id_subtype``)."""

    GENERAL = 1
    NEWS = 2
    PRODUCT_DESCRIPTION = 3
    PRODUCT_REVIEW = 4
    RECIPE = 5
    HANDICRAFT = 6
    PRESS_RELEASE = 7
    ESSAY = 8
    HOME_PAGE = 9
    POETRY = 10


class ArticleFilter(OpenIntEnum):
    """Which articles to list."""

    BOUGHT = 1
    """Those you have bought; without the filter, those for sale."""


class ArticleField(OpenStrEnum):
    """Where to look for a text."""

    TITLE = "title"
    DESCRIPTION = "description"
    KEYWORDS = "keywords"


class ArticleSort(OpenStrEnum):
    """What articles are sorted by."""

    RELEVANCY = "relevancy"
    """How well they fit the text looked for."""
    TITLE = "title"
    PRICE = "price"
    SIZE = "size"
    UNIQ = "uniq"
    DATE = "date"
    """When they were put up for sale."""


class SortOrder(OpenStrEnum):
    """Direction of a sorted list."""

    ASC = "asc"
    DESC = "desc"


@model
class Article(Model):
    """A ready-made article, for sale or bought."""

    article_id: int = wire("id")
    """Id of the article."""
    title: str | None = wire(default=None)
    """Title."""
    description: str | None = wire(default=None)
    """Description as a picture (PNG in base64): the service keeps descriptions from being collected."""
    keywords: str | None = wire(default=None)
    """Key words."""
    date: datetime | None = wire(default=None)
    """When it was put up for sale."""
    date_buy: datetime | None = wire(default=None)
    """When you bought it; None if you have not."""
    id_type: int | None = wire(default=None)
    """Kind of text; the codes are not documented."""
    id_subtype: ArticleKind | None = wire(default=None)
    """Kind of article."""
    folder_id: int | None = wire("id_folder", default=None)
    """Id of the folder of a bought one."""
    category_id: int | None = wire("id_category", default=None)
    """Id of the category."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the author."""
    language_id: int | None = wire("id_language", default=None)
    """Id of the language (``options.get_langs``)."""
    full_price: Decimal | None = wire(default=None)
    """What it costs you now, roubles: with the discount, and with the buyer's commission."""
    discount: float | None = wire(default=None)
    """Discount, percent."""
    date_discount_raw: Any = wire("date_discount", default=None)
    """The last day of the discount as the service sent it, in a form that is not documented."""
    size: int | None = wire(default=None)
    """Size in characters."""
    images: int | None = wire(default=None)
    """How many pictures it has."""
    unq: float | None = wire(default=None)
    """Uniqueness by the check for rewriting, percent."""
    unq_shin: float | None = wire(default=None)
    """Uniqueness by the check for copies, percent."""
    moder_check: bool | None = wire(default=None)
    """Whether a moderator, or a program, checked its quality; without that the following marks mean nothing."""
    moder_orph: bool | None = wire(default=None)
    """Whether the spelling is free of mistakes."""
    moder_punc: bool | None = wire(default=None)
    """Whether punctuation and grammar are free of mistakes."""
    moder_style: bool | None = wire(default=None)
    """Whether the style is free of mistakes."""

    @property
    def date_discount(self) -> Date | None:
        """The last day of the discount; None if there is none, or :attr:`date_discount_raw` can't be understood."""
        return read_day(self.date_discount_raw)

    @property
    def description_png(self) -> bytes | None:
        """The picture of the description; None if :attr:`description` holds no PNG."""
        try:
            picture = base64.b64decode("".join((self.description or "").split()), validate=True)
        except ValueError:
            return None
        return picture if picture.startswith(_PNG) else None


@model
class BoughtArticle(Model):
    """An article that was bought."""

    article_id: int = wire("id")
    """Id of the article."""


@model
class ArticleText(Model):
    """The text of an article of yours."""

    article_id: int = wire("id")
    """Id of the article."""
    title: str | None = wire(default=None)
    """Title."""
    description: str | None = wire(default=None)
    """Description."""
    text: str | None = wire(default=None)
    """Text, with HTML tags."""


@model
class ArticleZip(Model):
    """A ZIP file with texts and pictures of articles of yours."""

    path: str | None = wire(default=None)
    """Address to download it from (``client.files.save``)."""
    asked: list[int] = wire("kwork_etxt_sdk.asked", default_factory=list)
    """Ids of the articles asked for; the SDK fills this in."""
    is_archive: bool = wire("kwork_etxt_sdk.is_archive", default=False)
    """Whether they are in the archive; the SDK fills this in."""
