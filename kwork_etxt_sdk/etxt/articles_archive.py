"""``client.articles_archive``: bought articles that were moved to the archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.articles import ARTICLES_PER_PAGE, MAX_SEARCH_TEXT
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.models.archive import ArchivedArticle
from kwork_etxt_sdk.etxt.models.articles import ArticleKind, ArticleText, ArticleZip, SortOrder
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Choice, Flag, Ids, Text, Whole, identifier, ids_of

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

GET_LIST = Endpoint(
    "articles_archive.getList",
    effect=Effect.READ,
    result=ArchivedArticle,
    shape=Shape.RECORDS,
    page_size=ARTICLES_PER_PAGE,
    params=(
        Whole("count", least=1, most=ARTICLES_PER_PAGE),
        Whole("offset", wire="from", least=0),
        identifier("user_id", "id_user"),
        Choice("id_subtype", values=tuple(ArticleKind)),
        Choice("order", values=tuple(SortOrder)),
        identifier("category_id", "id_category"),
        Flag("subcat"),
        Text("text", most=MAX_SEARCH_TEXT),
    ),
)
GET_TEXT = Endpoint(
    "articles_archive.getText",
    effect=Effect.READ,
    result=ArticleText,
    shape=Shape.RECORDS,
    params=(Ids("article_ids", wire="id", required=True),),
)
DOWNLOAD = Endpoint(
    "articles_archive.download",
    effect=Effect.READ,
    result=ArticleZip,
    markers=("path",),
    params=(Ids("article_ids", wire="id", required=True),),
)


class ArticlesArchive(EtxtTopic):
    """Bought articles that were moved to the archive."""

    def get_list(
        self,
        text: str | None = None,
        *,
        user_id: int | None = None,
        id_subtype: ArticleKind | int | None = None,
        category_id: int | None = None,
        subcat: bool | None = None,
        order: SortOrder | str | None = None,
        count: int = ARTICLES_PER_PAGE,
        offset: int = 0,
        options: CallOptions = DEFAULT,
    ) -> Pager[ArchivedArticle]:
        """List your articles in the archive.

        Effect: READ.

        Args:
            text: What to look for in title, description and key words, at most 40 characters.
            user_id: Only articles of this author.
            id_subtype: Only articles of this kind.
            category_id: Only articles of this category (``categories.list_categories``).
            subcat: Of its subcategories as well.
            order: Direction of the list; ascending unless given.
            count: Articles per page, at most 20.
            offset: Articles to pass over.
            options: How the calls are made.

        Returns:
            A pager: iterate it for all articles.

        Raises:
            EtxtValidationError: A parameter is out of range.

        Example:
            >>> client.articles_archive.get_list().first().title  # doctest: +SKIP
            'Как заварить чай'

        Source: eTXT API manual, section articles_archive.getList.
        """
        return self._pager(
            GET_LIST,
            options,
            key=lambda article: article.article_id,
            count=count,
            offset=offset,
            text=text,
            user_id=user_id,
            id_subtype=id_subtype,
            category_id=category_id,
            subcat=subcat,
            order=order,
        )

    def get_text(self, article_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> Records[ArticleText]:
        """Return the texts of articles in your archive.

        Effect: READ.

        Args:
            article_ids: Id of an article, or any number of ids; 100 go into a call.
            options: How the calls are made.

        Returns:
            The texts, with HTML tags. Articles that are not in your archive are left out.

        Raises:
            EtxtAccessError: None of them is yours.

        Example:
            >>> client.articles_archive.get_text(600000)[0].text  # doctest: +SKIP
            '<p>Текст из архива.</p>'

        Source: eTXT API manual, section articles_archive.getText.
        """
        return self._list(GET_TEXT, options, article_ids=article_ids)

    def download(self, article_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> ArticleZip:
        """Have a ZIP file made of the texts and pictures of articles in your archive.

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
            >>> client.files.save(client.articles_archive.download([600000]), "old.zip")  # doctest: +SKIP
            PosixPath('old.zip')

        Source: eTXT API manual, section articles_archive.download.
        """
        asked = list(article_ids) if isinstance(article_ids, Iterator) else article_ids
        return self._call(DOWNLOAD, options, article_ids=asked).replace(asked=ids_of(asked), is_archive=True)
