"""``client.articles``: ready-made articles, for sale and bought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.models.articles import (
    Article,
    ArticleField,
    ArticleFilter,
    ArticleKind,
    ArticleSort,
    ArticleText,
    ArticleZip,
    BoughtArticle,
    SortOrder,
)
from kwork_etxt_sdk.etxt.models.codes import PriceType
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Amount, Choice, Flag, Ids, Text, Whole, identifier, ids_of

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

#: Articles per page (manual).
ARTICLES_PER_PAGE = 20
#: Longest text to look for, in characters (manual).
MAX_SEARCH_TEXT = 40
#: What ratings of authors are between (manual).
MIN_RATE, MAX_RATE = -1_000, 100_000


def _sorted_to_be_ordered(arguments: Mapping[str, Any]) -> Mapping[str, str]:
    if arguments.get("order") is not None and arguments.get("sort") is None:
        return {"order": "is the direction of sort, so it needs sort"}
    return {}


def _bought(client: Any, arguments: Mapping[str, Any]) -> Records[Article]:
    """Find the article among those bought; none means that it was not."""
    found: Records[Article] = client.articles.get_list(
        article_id=arguments["article_id"], filter=ArticleFilter.BOUGHT
    ).to_list()
    return found


GET_LIST = Endpoint(
    "articles.getList",
    effect=Effect.READ,
    result=Article,
    shape=Shape.RECORDS,
    page_size=ARTICLES_PER_PAGE,
    checks=(_sorted_to_be_ordered,),
    params=(
        Whole("count", least=1, most=ARTICLES_PER_PAGE),
        Whole("offset", wire="from", least=0),
        identifier("user_id", "id_user"),
        identifier("category_id", "id_category"),
        Flag("subcat"),
        Choice("id_subtype", values=tuple(ArticleKind)),
        Whole("folder_id", wire="id_folder", least=0),
        Choice("filter", values=tuple(ArticleFilter)),
        Flag("basket"),
        identifier("article_id", "id"),
        Text("text", most=MAX_SEARCH_TEXT),
        Choice("text_type", values=tuple(ArticleField)),
        Amount("price_from"),
        Amount("price_to"),
        # Whatever is sent here, 0 and "whole" included, makes the service compare prices per 1000 characters.
        Choice("price_type", values=(PriceType.PER_1000,)),
        Whole("size_from", least=0),
        Whole("size_to", least=0),
        Whole("uniq_from", least=0, most=100),
        Whole("uniq_to", least=0, most=100),
        Whole("language_id", wire="id_language", least=0),
        Whole("min_rate", least=MIN_RATE, most=MAX_RATE),
        Choice("sort", values=tuple(ArticleSort)),
        Choice("order", values=tuple(SortOrder)),
    ),
)
BUY = Endpoint(
    "articles.buy",
    effect=Effect.MONEY,
    result=BoughtArticle,
    check="articles.get_list",
    ask=_bought,
    params=(identifier("article_id", "id", required=True),),
)
GET_TEXT = Endpoint(
    "articles.getText",
    effect=Effect.READ,
    result=ArticleText,
    shape=Shape.RECORDS,
    params=(Ids("article_ids", wire="id", required=True),),
)
DOWNLOAD = Endpoint(
    "articles.download",
    effect=Effect.READ,
    result=ArticleZip,
    markers=("path",),
    params=(Ids("article_ids", wire="id", required=True),),
)


class Articles(EtxtTopic):
    """Ready-made articles, for sale and bought."""

    def get_list(
        self,
        text: str | None = None,
        *,
        text_type: ArticleField | str | None = None,
        filter: ArticleFilter | int | None = None,  # noqa: A002 - the manual's name
        article_id: int | None = None,
        user_id: int | None = None,
        category_id: int | None = None,
        subcat: bool | None = None,
        id_subtype: ArticleKind | int | None = None,
        folder_id: int | None = None,
        basket: bool | None = None,
        price_from: Decimal | int | None = None,
        price_to: Decimal | int | None = None,
        price_type: PriceType | int | None = None,
        size_from: int | None = None,
        size_to: int | None = None,
        uniq_from: int | None = None,
        uniq_to: int | None = None,
        language_id: int | None = None,
        min_rate: int | None = None,
        sort: ArticleSort | str | None = None,
        order: SortOrder | str | None = None,
        count: int = ARTICLES_PER_PAGE,
        offset: int = 0,
        options: CallOptions = DEFAULT,
    ) -> Pager[Article]:
        """List articles that are for sale, or those you have bought.

        Effect: READ.

        Args:
            text: What to look for in title, description and key words, at most 40 characters.
            text_type: Look for it only there.
            filter: ``ArticleFilter.BOUGHT`` for the articles you have bought, rather than those for sale.
            article_id: Only this article.
            user_id: Only articles of this author.
            category_id: Only articles of this category (``categories.list_categories``).
            subcat: Of its subcategories as well.
            id_subtype: Only articles of this kind.
            folder_id: Only bought articles in this folder.
            basket: Only articles in your basket.
            price_from: Lowest price, roubles.
            price_to: Highest price, roubles.
            price_type: ``PriceType.PER_1000`` if both prices are meant per 1000 characters; leave it out for the price
                of the whole article.
            size_from: Fewest characters.
            size_to: Most characters.
            uniq_from: Lowest uniqueness, percent.
            uniq_to: Highest uniqueness, percent.
            language_id: Only in this language (``options.get_langs``); 0 for any.
            min_rate: Lowest rating of the author, -1000 to 100000.
            sort: What to sort by; by date unless given.
            order: Direction of `sort`, which has to be given as well.
            count: Articles per page, at most 20.
            offset: Articles to pass over.
            options: How the calls are made.

        Returns:
            A pager: iterate it for all articles.

        Raises:
            EtxtValidationError: A parameter is out of range.

        Example:
            >>> client.articles.get_list("чай", price_to=300, sort="price").first().full_price  # doctest: +SKIP
            Decimal('210.00')

        Source: eTXT API manual, section articles.getList.
        """
        return self._pager(
            GET_LIST,
            options,
            key=lambda article: article.article_id,
            count=count,
            offset=offset,
            text=text,
            text_type=text_type,
            filter=filter,
            article_id=article_id,
            user_id=user_id,
            category_id=category_id,
            subcat=subcat,
            id_subtype=id_subtype,
            folder_id=folder_id,
            basket=basket,
            price_from=price_from,
            price_to=price_to,
            price_type=price_type,
            size_from=size_from,
            size_to=size_to,
            uniq_from=uniq_from,
            uniq_to=uniq_to,
            language_id=language_id,
            min_rate=min_rate,
            sort=sort,
            order=order,
        )

    def buy(self, article_id: int, *, options: CallOptions = DEFAULT) -> BoughtArticle:
        """Buy an article, for its ``full_price``.

        Effect: MONEY. Whether it happened tells ``articles.get_list(article_id=..., filter=1)``.

        Args:
            article_id: Id of the article.
            options: How the call is made.

        Returns:
            The id of the article.

        Raises:
            EtxtNotFoundError: No such article.
            EtxtAccessError: It is not for sale (any more), perhaps because you have bought it.
            OutcomeUnknown: Sent, and nobody knows whether it is bought; ``.ask()`` finds out.

        Example:
            >>> client.articles.buy(600001).article_id  # doctest: +SKIP
            600001

        Source: eTXT API manual, section articles.buy.
        """
        return self._call(BUY, options, article_id=article_id)

    def get_text(self, article_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> Records[ArticleText]:
        """Return the texts of articles you have bought.

        Effect: READ.

        Args:
            article_ids: Id of an article, or any number of ids; 100 go into a call.
            options: How the calls are made.

        Returns:
            The texts, with HTML tags. Articles that are not yours are left out.

        Raises:
            EtxtAccessError: None of them is yours.

        Example:
            >>> client.articles.get_text(600001)[0].text  # doctest: +SKIP
            '<p>Нагрейте воду…</p>'

        Source: eTXT API manual, section articles.getText.
        """
        return self._list(GET_TEXT, options, article_ids=article_ids)

    def download(self, article_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> ArticleZip:
        """Have a ZIP file made of the texts and pictures of articles you have bought.

        Effect: READ.

        Args:
            article_ids: Id of an article, or up to 100 ids.
            options: How the call is made.

        Returns:
            Where the file is: give it to ``client.files.save``, which asks again if the address has expired.

        Raises:
            EtxtNotFoundError: No such articles.
            EtxtAccessError: None of them is yours.

        Example:
            >>> client.files.save(client.articles.download([600001]), "articles.zip")  # doctest: +SKIP
            PosixPath('articles.zip')

        Source: eTXT API manual, section articles.download.
        """
        asked = list(article_ids) if isinstance(article_ids, Iterator) else article_ids
        return self._call(DOWNLOAD, options, article_ids=asked).replace(asked=ids_of(asked))
