"""Ready-made articles: the shop, the basket, what the customer bought, and the archive."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.etxt.money import to_kopecks, with_commission
from kwork_etxt_sdk.sandbox.etxt.orders import COPYWRITING, REWRITING
from kwork_etxt_sdk.sandbox.etxt.texts import prose
from kwork_etxt_sdk.sandbox.seeds import words

if TYPE_CHECKING:
    import random

    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange

FIRST_ARTICLE = 600_001
ARTICLES = 240
SUBTYPES = range(1, 11)
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
"""The smallest PNG in base64. In the shop a description is sent as a picture; the sandbox does not draw the letters."""
SHORTEST_KEYWORD = 4
DISCOUNTS = (0, 0, 0, 0, 5, 10, 15)


@dataclass
class Article:
    """A text for sale, or one that the customer has bought."""

    id: int
    title: str
    description: str
    keywords: str
    date: int
    id_type: int
    id_subtype: int
    id_category: int
    id_user: int
    id_language: int
    price: Decimal
    """Without discount and commission."""
    discount: int
    discount_until: int
    size: int
    images: int
    unq: int
    unq_shin: int
    moderated: bool
    good_spelling: bool
    good_punctuation: bool
    good_style: bool
    bought_at: int = 0
    archived: bool = False
    id_folder: int = 0

    def discounted_price(self, now: int) -> Decimal:
        """What the author gets now."""
        if self.discount and now <= self.discount_until:
            return to_kopecks(self.price * (100 - self.discount) / 100)
        return self.price

    def full_price(self, now: int) -> Decimal:
        """What the customer pays now."""
        return with_commission(self.discounted_price(now))


def article_text(exchange: Exchange, article: Article) -> str:
    """The text of an article. It is written anew each time, always the same, so that nobody has to keep it."""
    draw = exchange.chance("article text", article.id)
    return prose(draw, article.size, keywords=article.keywords.split(", "))


def make_articles(exchange: Exchange) -> dict[int, Article]:
    """The shop as it opens, oldest article first."""
    draw = exchange.chance("articles")
    ages = sorted((draw.randint(1, 400) for _ in range(ARTICLES)), reverse=True)
    authors = [person.id for person in exchange.authors()]
    return {
        FIRST_ARTICLE + number: _article(exchange, FIRST_ARTICLE + number, age, authors, draw)
        for number, age in enumerate(ages)
    }


def _keywords(topic: str) -> str:
    words_of_topic = (word.strip(":,.").lower() for word in topic.split())
    return ", ".join(word for word in words_of_topic if len(word) >= SHORTEST_KEYWORD)


def _article(exchange: Exchange, id_article: int, age: int, authors: list[int], draw: random.Random) -> Article:
    topic = draw.choice(words()["task_topics"])
    size = draw.randint(8, 60) * 100
    uniqueness = draw.randint(85, 100)
    moderated = draw.random() < 1 / 2
    return Article(
        id=id_article,
        title=topic,
        description=f"{topic}: {draw.choice(words()['tails'])}.",
        keywords=_keywords(topic),
        date=exchange.now - age * SECONDS_PER_DAY,
        id_type=draw.choice((COPYWRITING, REWRITING)),
        id_subtype=draw.choice(SUBTYPES),
        id_category=draw.choice(list(exchange.categories)),
        id_user=draw.choice(authors),
        id_language=draw.choice((1, 1, 1, 2)),
        price=to_kopecks(Decimal(draw.randint(20, 120)) * size / 1000),
        discount=draw.choice(DISCOUNTS),
        discount_until=exchange.now + draw.randint(1, 60) * SECONDS_PER_DAY,
        size=size,
        images=draw.choice((0, 0, 1, 3)),
        unq=uniqueness,
        unq_shin=max(uniqueness - draw.randint(0, 5), 0),
        moderated=moderated,
        good_spelling=moderated and draw.random() < 9 / 10,
        good_punctuation=moderated and draw.random() < 4 / 5,
        good_style=moderated and draw.random() < 2 / 3,
    )
