"""`articles.*` and `articles_archive.*`: ready-made texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.etxt.articles import PICTURE, article_text
from kwork_etxt_sdk.sandbox.etxt.categories import with_subcategories
from kwork_etxt_sdk.sandbox.etxt.errors import NO_ACCESS, NO_OBJECT, Refusal
from kwork_etxt_sdk.sandbox.etxt.links import link
from kwork_etxt_sdk.sandbox.etxt.money import commission_of
from kwork_etxt_sdk.sandbox.etxt.parameters import day_text
from kwork_etxt_sdk.sandbox.etxt.registry import changes, happens, reads
from kwork_etxt_sdk.sandbox.etxt.shapes import KeyedMap, Page

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.agenda import Event
    from kwork_etxt_sdk.sandbox.etxt.articles import Article
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

MOST_ARTICLES = 20
MOST_SEARCH_TEXT = 40
ARCHIVED_AFTER = 14 * SECONDS_PER_DAY
"""When a bought article is put away; the manual does not say."""
SORTS = ("relevancy", "title", "price", "size", "uniq", "date")


@reads("articles.getList")
def get_list(exchange: Exchange, given: Parameters) -> Page:
    """Articles for sale, or those bought; newest first unless sorted otherwise."""
    found = [article for article in exchange.articles.values() if _is_wanted(exchange, given, article)]
    _sort(exchange, given, found)
    return Page([_row(exchange, article) for article in found[given.page(MOST_ARTICLES)]])


def _is_wanted(exchange: Exchange, given: Parameters, article: Article) -> bool:
    if article.archived or bool(article.bought_at) != given.flag("filter"):
        return False
    if given.flag("basket") and article.id not in exchange.basket:
        return False
    language = given.integer("id_language")
    if language in exchange.languages and article.id_language != language:
        return False
    price = article.full_price(exchange.now)
    if given.given("price_type"):
        price = price * 1000 / article.size
    return (
        _matches(exchange, given, article)
        and given.fits(id=article.id, id_folder=article.id_folder)
        and given.within(price, "price_from", "price_to")
        and given.within(article.size, "size_from", "size_to")
        and given.within(article.unq, "uniq_from", "uniq_to")
        and (not given.given("min_rate") or exchange.people[article.id_user].rate >= given.integer("min_rate"))
    )


def _matches(exchange: Exchange, given: Parameters, article: Article) -> bool:
    """The filters that shop and archive share."""
    id_category = given.integer("id_category")
    categories = with_subcategories(exchange.categories, id_category) if given.flag("subcat") else {id_category}
    wanted = given.text("text", most=MOST_SEARCH_TEXT).casefold()
    return (
        (not id_category or article.id_category in categories)
        and given.fits(id_user=article.id_user, id_subtype=article.id_subtype)
        and any(wanted in text.casefold() for text in _searched(given, article))
    )


def _searched(given: Parameters, article: Article) -> list[str]:
    texts = {"title": article.title, "description": article.description, "keywords": article.keywords}
    field = given.word("text_type", tuple(texts), "")
    return [texts[field]] if field else list(texts.values())


def _sort(exchange: Exchange, given: Parameters, found: list[Article]) -> None:
    by = given.word("sort", SORTS, "")
    found.sort(key=lambda article: (article.date, article.id), reverse=True)
    wanted = given.text("text").casefold()
    keys: dict[str, Any] = {
        "relevancy": lambda article: wanted in article.title.casefold(),
        "title": lambda article: article.title,
        "price": lambda article: article.full_price(exchange.now),
        "size": lambda article: article.size,
        "uniq": lambda article: article.unq,
        "date": lambda article: article.date,
    }
    if by:
        found.sort(key=keys[by], reverse=given.word("order", ("asc", "desc"), "desc") == "desc")


def _row(exchange: Exchange, article: Article) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": article.id,
        "title": article.title,
        "description": PICTURE,
        "keywords": article.keywords,
        "date": article.date,
        "id_type": article.id_type,
        "id_subtype": article.id_subtype,
        "id_folder": article.id_folder,
        "id_category": article.id_category,
        "id_user": article.id_user,
        "id_language": article.id_language,
        "full_price": article.full_price(exchange.now),
        "discount": article.discount,
        "date_discount": day_text(article.discount_until) if article.discount else "",
        "size": article.size,
        "images": article.images,
        "unq": article.unq,
        "unq_shin": article.unq_shin,
        "moder_check": int(article.moderated),
        "moder_orph": int(article.good_spelling),
        "moder_punc": int(article.good_punctuation),
        "moder_style": int(article.good_style),
    }
    if article.bought_at:
        row["date_buy"] = article.bought_at
    return row


@changes("articles.buy")
def buy(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Buys an article that is for sale."""
    article = exchange.articles.get(given.identifier())
    if article is None:
        raise Refusal(NO_OBJECT)
    if article.bought_at:
        raise Refusal(NO_ACCESS)
    price = article.discounted_price(exchange.now)
    commission = commission_of(price)
    exchange.account.require(price + commission)
    exchange.spend(price, commission, f"Покупка статьи {article.id}", id_user=article.id_user)
    article.bought_at = exchange.now
    exchange.basket.discard(article.id)
    exchange.agenda.add(exchange.now + ARCHIVED_AFTER, "archive article", subject=article.id)
    return {"id": article.id}


@happens("archive article")
def _on_archive(exchange: Exchange, event: Event) -> None:
    exchange.articles[event.subject].archived = True


@reads("articles.getText")
def get_text(exchange: Exchange, given: Parameters) -> Page:
    """Texts of bought articles."""
    return _texts(exchange, given, archived=False)


@reads("articles.download")
def download(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """A link to a ZIP of bought articles."""
    return _zip(exchange, given, archived=False)


@reads("articles_archive.getText")
def get_archived_text(exchange: Exchange, given: Parameters) -> Page:
    """Texts of articles in the archive."""
    return _texts(exchange, given, archived=True)


@reads("articles_archive.download")
def download_archived(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """A link to a ZIP of articles in the archive."""
    return _zip(exchange, given, archived=True)


def _texts(exchange: Exchange, given: Parameters, *, archived: bool) -> Page:
    rows = [
        {
            "id": article.id,
            "title": article.title,
            "description": article.description,
            "text": "".join(f"<p>{part}</p>" for part in article_text(exchange, article).split("\n\n")),
        }
        for article in _bought(exchange, given, archived=archived)
    ]
    return Page(rows)


def _zip(exchange: Exchange, given: Parameters, *, archived: bool) -> dict[str, Any]:
    ids = [article.id for article in _bought(exchange, given, archived=archived)]
    return {"path": link(exchange, "articles", ids, "zip")}


def _bought(exchange: Exchange, given: Parameters, *, archived: bool) -> list[Article]:
    ids = given.identifiers()
    known = [exchange.articles[id_article] for id_article in ids if id_article in exchange.articles]
    found = [article for article in known if article.bought_at and article.archived == archived]
    if not found:
        raise Refusal(NO_ACCESS if known else NO_OBJECT)
    return found


@reads("articles_archive.getList")
def get_archived_list(exchange: Exchange, given: Parameters) -> Page:
    """Bought articles in the archive, by id."""
    found = [
        article for article in exchange.articles.values() if article.archived and _matches(exchange, given, article)
    ]
    falling = given.word("order", ("asc", "desc"), "asc") == "desc"
    found.sort(key=lambda article: article.id, reverse=falling)
    return Page([_archived_row(article) for article in found[given.page(MOST_ARTICLES)]])


def _archived_row(article: Article) -> dict[str, Any]:
    marks = {
        "moder_orph": int(article.good_spelling),
        "moder_punc": int(article.good_punctuation),
        "moder_style": int(article.good_style),
    }
    return {
        "id": article.id,
        "title": article.title,
        "description": article.description,
        "keywords": article.keywords,
        "date": article.date,
        "id_type": article.id_type,
        "id_subtype": article.id_subtype,
        "id_category": article.id_category,
        "id_language": article.id_language,
        "full_price": article.full_price(article.bought_at),
        "size": article.size,
        "images": article.images,
        "quality": KeyedMap(marks if article.moderated else {}),
    }
