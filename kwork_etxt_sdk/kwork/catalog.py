"""``client.catalog``: services on offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.endpoint import Endpoint, OnApp
from kwork_etxt_sdk.kwork.models.catalog import CatalogResponse, Kwork, KworkDetails
from kwork_etxt_sdk.kwork.parameters import AppSort
from kwork_etxt_sdk.kwork.topic import KworkTopic
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Text, Whole, identifier

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

GET_LIST = Endpoint(
    "catalog.get_list",
    path="/catalogMainv2",
    effect=Effect.READ,
    result=CatalogResponse,
    items="kworks",
    item_type=Kwork,
    params=(
        Whole("page", least=1, required=True),
        identifier("category_id"),
        Text("sort", least=1, most=40, required=True),
    ),
    app=OnApp(
        "/kworks",
        {"page": "page", "category_id": "categoryId", "sort": "sort"},
        params=(AppSort("sort", required=True),),
        read=shapes.page("kworks"),
        needs_token=False,
        gaps="sort is recommend or newest; no filters, sort_options; kworks without currency, rating, times",
    ),
)
GET_DETAILS = Endpoint(
    "catalog.get_details",
    path="/getKworkDetails",
    effect=Effect.READ,
    result=KworkDetails,
    params=(identifier("kwork_id", required=True),),
    app=OnApp(
        "/getKworkDetails",
        {"kwork_id": "id"},
        read=shapes.details,
        needs_token=False,
        gaps="term in words in place of delivery_time; no requirements, revisions, features, faq",
    ),
)
GET_DETAILS_EXTRA = Endpoint(
    "catalog.get_details_extra",
    path="/getKworkDetailsExtra",
    effect=Effect.READ,
    result=dict[str, Any],
    params=(identifier("kwork_id", required=True),),
    app=OnApp("/getKworkDetailsExtra", {"kwork_id": "id"}, needs_token=False),
)
GET_MAIN = Endpoint(
    "catalog.get_main",
    path=None,
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp("/catalogMainv2", needs_token=False),
    source="observed on the app wire",
    standing="observed",
)


class CatalogAPI(KworkTopic):
    """Services on offer."""

    def get_list(
        self,
        page: int = 1,
        category_id: int | None = None,
        sort: str = "recommend",
        *,
        options: CallOptions = DEFAULT,
    ) -> CatalogResponse:
        """Return a page of the catalogue.

        Effect: READ.

        Args:
            page: Number of the page, from 1.
            category_id: Only this category.
            sort: ``recommend``, ``price_asc``, ``price_desc`` and others.
            options: How the call is made.

        Returns:
            Services, and where the page stands. For all pages see :meth:`iter_list`.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.catalog.get_list(page=1, sort="price_asc").kworks[0].price  # doctest: +SKIP
            Decimal('500')

        Source: Kwork client reference, CatalogAPI.get_list.
        """
        return self._call(GET_LIST, options, page=page, category_id=category_id, sort=sort)

    def iter_list(
        self,
        *,
        category_id: int | None = None,
        sort: str = "recommend",
        page: int = 1,
        options: CallOptions = DEFAULT,
    ) -> Pager[Kwork]:
        """Return all services of a category, or of all, page by page as you iterate.

        Effect: READ.

        Args:
            category_id: Only this category.
            sort: As for :meth:`get_list`.
            page: Number of the page to begin with.
            options: How the calls are made.

        Returns:
            A pager.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> [kwork.title for kwork in client.catalog.iter_list(category_id=41).limit(3)]  # doctest: +SKIP
            ['Логотип', 'Визитка', 'Баннер']

        Source: Kwork client reference, CatalogAPI.get_list.
        """
        return self._pager(GET_LIST, options, page=page, category_id=category_id, sort=sort)

    def get_details(self, kwork_id: int, *, options: CallOptions = DEFAULT) -> KworkDetails:
        """Return all that the page of a kwork says.

        Effect: READ.

        Args:
            kwork_id: Id of the kwork.
            options: How the call is made.

        Returns:
            The kwork.

        Raises:
            KworkNotFoundError: There is no such kwork.

        Example:
            >>> client.catalog.get_details(7000001).delivery_time  # doctest: +SKIP
            3

        Source: Kwork client reference, CatalogAPI.get_details.
        """
        return self._call(GET_DETAILS, options, kwork_id=kwork_id)

    def get_details_extra(self, kwork_id: int, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return what else there is about a kwork: similar ones, numbers, last reviews.

        Effect: READ.

        Args:
            kwork_id: Id of the kwork.
            options: How the call is made.

        Returns:
            Plain data, as the service sends it; nobody promises its form.

        Raises:
            KworkNotFoundError: There is no such kwork.

        Example:
            >>> client.catalog.get_details_extra(7000001)["reviews_count"]  # doctest: +SKIP
            12

        Source: Kwork client reference, CatalogAPI.get_details_extra.
        """
        return self._call(GET_DETAILS_EXTRA, options, kwork_id=kwork_id)

    def get_main(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return the first page of the catalogue: blocks of popular categories and services. App wire only.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Plain data: ``popular_categories_block``, ``catalog_service_block``, ``other_services_block`` and others.

        Raises:
            KworkUnsupportedError: The client is on the documented wire, where this path is :meth:`get_list`.

        Example:
            >>> [block["name"] for block in client.catalog.get_main()["popular_categories_block"]]  # doctest: +SKIP
            ['Дизайн']

        Source: observed on the app wire.
        """
        return self._call(GET_MAIN, options)
