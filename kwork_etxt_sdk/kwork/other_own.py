"""``client.other``: what you sell, ask for and like."""

from __future__ import annotations

from typing import Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.endpoint import Endpoint, OnApp
from kwork_etxt_sdk.kwork.models.catalog import Kwork
from kwork_etxt_sdk.kwork.topic import PAGE, KworkTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions

GET_WANTS = Endpoint(
    "other.get_wants",
    path="/myWants",
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp("/myWants", params=(PAGE,), read=shapes.raw_page("wants"), gaps="your projects, as wants and paging"),
)
GET_WANTS_STATUS = Endpoint(
    "other.get_wants_status",
    path="/wantsStatusList",
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp("/wantsStatusList", read=shapes.raw_page("statuses"), gaps="your projects by state, as statuses"),
)
GET_KWORKS_STATUS = Endpoint(
    "other.get_kworks_status",
    path="/kworksStatusList",
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp("/kworksStatusList", read=shapes.raw_page("statuses"), gaps="your kworks by state, as statuses"),
)
GET_OFFERS = Endpoint(
    "other.get_offers",
    path="/offers",
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp(
        "/offers",
        params=(PAGE,),
        read=shapes.raw_page("offers"),
        gaps="your offers for projects, as offers, connects and paging",
    ),
)
GET_EXCHANGE_INFO = Endpoint(
    "other.get_exchange_info",
    path="/exchangeInfo",
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp("/exchangeInfo", gaps="counters of the exchange of projects, no currencies"),
)
GET_VIEWED_KWORKS = Endpoint(
    "other.get_viewed_kworks",
    path="/viewedCatalogKworks",
    effect=Effect.READ,
    result=Kwork,
    items="kworks",
    app=OnApp("/viewedCatalogKworks", params=(PAGE,), read=shapes.rows("kworks"), gaps="those of a kwork in lists"),
)
GET_FAVORITE_CATEGORIES = Endpoint(
    "other.get_favorite_categories",
    path="/favoriteCategories",
    effect=Effect.READ,
    result=int,
    items="categories",
    app=OnApp("/favoriteCategories", read=shapes.category_ids),
)


class OwnThings(KworkTopic):
    """What you sell, ask for and like."""

    def get_wants(self, *, page: int | None = None, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return your wants; on the app wire these are the projects you published.

        Effect: READ.

        Args:
            page: Number of the page, from 1; the first if left out. App wire only.
            options: How the call is made.

        Returns:
            Plain data; on the app wire ``wants`` and ``paging``.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_wants()["wants"]  # doctest: +SKIP
            []

        Source: Kwork client reference, OtherAPI.get_wants.
        """
        return self._call(GET_WANTS, options, page=page)

    def get_wants_status(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return the states of your wants.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Plain data; on the app wire ``statuses``, each with its title and projects.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_wants_status()["statuses"]  # doctest: +SKIP
            []

        Source: Kwork client reference, OtherAPI.get_wants_status.
        """
        return self._call(GET_WANTS_STATUS, options)

    def get_kworks_status(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return the states of your kworks.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Plain data; on the app wire ``statuses``, each with its name, number and first page of kworks. The one with
            the id 0 holds all kworks: leave it out of sums.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_kworks_status()["statuses"][0]["name"]  # doctest: +SKIP
            'Активные'

        Source: Kwork client reference, OtherAPI.get_kworks_status.
        """
        return self._call(GET_KWORKS_STATUS, options)

    def get_offers(self, *, page: int | None = None, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return offers; on the app wire those you made for projects.

        Effect: READ.

        Args:
            page: Number of the page, from 1; the first if left out. App wire only.
            options: How the call is made.

        Returns:
            Plain data; on the app wire ``offers``, ``connects`` (how many you can still make) and ``paging``.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_offers()["offers"]  # doctest: +SKIP
            []

        Source: Kwork client reference, OtherAPI.get_offers.
        """
        return self._call(GET_OFFERS, options, page=page)

    def get_exchange_info(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return what the service calls exchange info; on the app wire two counters of the exchange of projects.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Plain data.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_exchange_info()  # doctest: +SKIP
            {'archived_count': 0, 'exchange_response_count': 3}

        Source: Kwork client reference, OtherAPI.get_exchange_info.
        """
        return self._call(GET_EXCHANGE_INFO, options)

    def get_viewed_kworks(self, *, options: CallOptions = DEFAULT) -> Records[Kwork]:
        """Return all kworks you looked at.

        Effect: READ. On the app wire as many calls as there are pages.

        Args:
            options: How the calls are made.

        Returns:
            The kworks.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> len(client.other.get_viewed_kworks())  # doctest: +SKIP
            12

        Source: Kwork client reference, OtherAPI.get_viewed_kworks.
        """
        return self._list(GET_VIEWED_KWORKS, options).to_list()

    def get_favorite_categories(self, *, options: CallOptions = DEFAULT) -> Records[int]:
        """Return the ids of your favourite categories.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            The ids.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_favorite_categories()  # doctest: +SKIP
            [41, 37]

        Source: Kwork client reference, OtherAPI.get_favorite_categories.
        """
        return self._all(GET_FAVORITE_CATEGORIES, options)
