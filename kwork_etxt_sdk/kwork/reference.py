"""``client.reference``: places, time zones, options. They rarely change, so each list is fetched once per client."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.endpoint import Endpoint, NotOnApp, OnApp
from kwork_etxt_sdk.kwork.models.common import Badge
from kwork_etxt_sdk.kwork.models.reference import City, Country, Feature, TimeZone
from kwork_etxt_sdk.kwork.topic import KworkTopic
from kwork_etxt_sdk.mapping import Model, Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import identifier

ModelT = TypeVar("ModelT", bound=Model)

#: How old a list on disk may be unless the caller says otherwise.
MAX_AGE = timedelta(days=30)

GET_CITIES = Endpoint(
    "reference.get_cities",
    path="/cities",
    effect=Effect.READ,
    result=City,
    items="cities",
    app=OnApp(
        "/cities",
        params=(identifier("country_id", "countryId", required=True),),
        read=shapes.rows("cities"),
        needs_token=False,
        gaps="one call per country",
    ),
)
GET_COUNTRIES = Endpoint(
    "reference.get_countries",
    path="/countries",
    effect=Effect.READ,
    result=Country,
    items="countries",
    app=OnApp("/countries", read=shapes.rows("countries"), needs_token=False, gaps="no code, no cities"),
)
GET_TIMEZONES = Endpoint(
    "reference.get_timezones",
    path="/timezones",
    effect=Effect.READ,
    result=TimeZone,
    items="timezones",
    app=OnApp("/timezones", read=shapes.rows("timezones", shapes.time_zone), needs_token=False),
)
GET_FEATURES = Endpoint(
    "reference.get_features",
    path="/getAvailableFeatures",
    effect=Effect.READ,
    result=Feature,
    items="features",
    app=NotOnApp(
        "That name means switches of the app there; read them with "
        'client.call("getAvailableFeatures", effect=Effect.READ). Options of a kwork are in '
        "client.catalog.get_details(...).additional_options."
    ),
)
GET_PUBLIC_FEATURES = Endpoint(
    "reference.get_public_features",
    path="/getPublicFeatures",
    effect=Effect.READ,
    result=Feature,
    items="features",
    app=NotOnApp(
        "That name means switches of the app there; read them with "
        'client.call("getPublicFeatures", effect=Effect.READ). Options of a kwork are in '
        "client.catalog.get_details(...).additional_options."
    ),
)
GET_BADGES_INFO = Endpoint(
    "reference.get_badges_info",
    path="/getBadgesInfo",
    effect=Effect.READ,
    result=Badge,
    items="badges",
    app=NotOnApp(
        "That name means counters of unread messages there; read them with "
        'client.call("getBadgesInfo", effect=Effect.READ). The badges of a user are in '
        'client.user.get_info()["achievments_list"].'
    ),
)


class ReferenceAPI(KworkTopic):
    """Places, time zones, options."""

    def get_cities(
        self, *, country_id: int | None = None, refresh: bool = False, options: CallOptions = DEFAULT
    ) -> Records[City]:
        """Return all cities, or those of a country.

        Effect: READ. On the app wire all cities take a call per country.

        Args:
            country_id: Only the cities of this country.
            refresh: Fetch them even if they are known.
            options: How the calls are made.

        Returns:
            The cities.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> next(c for c in client.reference.get_cities(country_id=1) if c.name == "Москва").id  # doctest: +SKIP
            1

        Source: Kwork client reference, ReferenceAPI.get_cities.
        """
        if self._is_on_app:
            return self._cities_on_app(country_id, options, refresh=refresh)
        cities = self._known(GET_CITIES, City, options, refresh=refresh)
        return Records(city for city in cities if country_id is None or city.country_id == country_id)

    def get_countries(self, *, refresh: bool = False, options: CallOptions = DEFAULT) -> Records[Country]:
        """Return all countries.

        Effect: READ.

        Args:
            refresh: Fetch them even if they are known.
            options: How the call is made.

        Returns:
            The countries.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> [country.name for country in client.reference.get_countries()]  # doctest: +SKIP
            ['Россия', 'Казахстан']

        Source: Kwork client reference, ReferenceAPI.get_countries.
        """
        return self._known(GET_COUNTRIES, Country, options, refresh=refresh)

    def get_timezones(self, *, refresh: bool = False, options: CallOptions = DEFAULT) -> Records[TimeZone]:
        """Return all time zones.

        Effect: READ.

        Args:
            refresh: Fetch them even if they are known.
            options: How the call is made.

        Returns:
            The time zones.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.reference.get_timezones()[0].offset  # doctest: +SKIP
            '+03:00'

        Source: Kwork client reference, ReferenceAPI.get_timezones.
        """
        return self._known(GET_TIMEZONES, TimeZone, options, refresh=refresh)

    def get_features(self, *, refresh: bool = False, options: CallOptions = DEFAULT) -> Records[Feature]:
        """Return the options that can be added to a kwork. Documented wire only.

        Effect: READ.

        Args:
            refresh: Fetch them even if they are known.
            options: How the call is made.

        Returns:
            The options with their prices.

        Raises:
            KworkUnsupportedError: The client is on the app wire.

        Example:
            >>> [feature.price for feature in client.reference.get_features()]  # doctest: +SKIP
            [Decimal('500')]

        Source: Kwork client reference, ReferenceAPI.get_features.
        """
        return self._known(GET_FEATURES, Feature, options, refresh=refresh)

    def get_public_features(self, *, refresh: bool = False, options: CallOptions = DEFAULT) -> Records[Feature]:
        """Return the options that everybody may see. Documented wire only.

        Effect: READ.

        Args:
            refresh: Fetch them even if they are known.
            options: How the call is made.

        Returns:
            The options with their prices.

        Raises:
            KworkUnsupportedError: The client is on the app wire.

        Example:
            >>> len(client.reference.get_public_features())  # doctest: +SKIP
            4

        Source: Kwork client reference, ReferenceAPI.get_public_features.
        """
        return self._known(GET_PUBLIC_FEATURES, Feature, options, refresh=refresh)

    def get_badges_info(self, *, refresh: bool = False, options: CallOptions = DEFAULT) -> Records[Badge]:
        """Return the badges that users can earn. Documented wire only.

        Effect: READ.

        Args:
            refresh: Fetch them even if they are known.
            options: How the call is made.

        Returns:
            The badges.

        Raises:
            KworkUnsupportedError: The client is on the app wire.

        Example:
            >>> [badge.name for badge in client.reference.get_badges_info()]  # doctest: +SKIP
            ['Профессионал']

        Source: Kwork client reference, ReferenceAPI.get_badges_info.
        """
        return self._known(GET_BADGES_INFO, Badge, options, refresh=refresh)

    def keep_on_disk(self, path: str | os.PathLike[str] | None = None, *, max_age: timedelta = MAX_AGE) -> None:
        """Keep these lists in a file, too, so that the next program that asks for this needs no call.

        Effect: READ. Makes no call.

        Args:
            path: The file; the user's folder for state if left out.
            max_age: Lists fetched longer ago are fetched again.

        Returns:
            Nothing.

        Raises:
            ConfigurationError: `max_age` is no time.

        Example:
            >>> client.reference.keep_on_disk(max_age=timedelta(days=7))  # doctest: +SKIP

        Source: This SDK.
        """
        self._client._reference.keep_on_disk(path, max_age)

    def fetched_at(self, method: str) -> datetime | None:
        """Tell how old a list is.

        Effect: READ. Makes no call.

        Args:
            method: Name of the method, ``"get_cities"``.

        Returns:
            When it was fetched; None if it is not known yet.

        Raises:
            Nothing.

        Example:
            >>> client.reference.fetched_at("get_cities") is None  # doctest: +SKIP
            True

        Source: This SDK.
        """
        return self._client._reference.fetched_at(f"reference.{method}")  # type: ignore[no-any-return]

    def _cities_on_app(self, country_id: int | None, options: CallOptions, *, refresh: bool) -> Records[City]:
        found: Records[City] = Records()
        countries = self.get_countries(refresh=refresh, options=options) if country_id is None else []
        for number in [country.id for country in countries] if country_id is None else [country_id]:
            cities = self._known(GET_CITIES, City, options, refresh=refresh, country_id=number)
            found.extend(city.replace(country_id=number) for city in cities)
            found.bad_items.extend(cities.bad_items)
        return found

    def _known(
        self, endpoint: Endpoint[ModelT], kind: type[ModelT], options: CallOptions, *, refresh: bool, **arguments: Any
    ) -> Records[ModelT]:
        fetch: Callable[[], Records[ModelT]] = lambda: self._all(endpoint, options, **arguments)  # noqa: E731
        if options.over(self._client._options).dry_run is True:
            return fetch()
        key = " ".join([endpoint.name, *map(str, arguments.values())])
        known: Records[ModelT] = self._client._reference.get(key, kind, fetch, refresh=refresh)
        return known
