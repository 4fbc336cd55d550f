"""``client.user``: your account, reviews, favourites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.endpoint import Endpoint, OnApp
from kwork_etxt_sdk.kwork.models.catalog import Kwork
from kwork_etxt_sdk.kwork.models.user import Review, ReviewsResponse
from kwork_etxt_sdk.kwork.topic import PAGE, KworkTopic, id_or_all
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Whole, identifier

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

GET_INFO = Endpoint(
    "user.get_info",
    path="/user",
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp("/actor", read=shapes.as_it_is, gaps="the balance is free_amount; there is no balance"),
)
GET_REVIEWS = Endpoint(
    "user.get_reviews",
    path="/userReviews",
    effect=Effect.READ,
    result=ReviewsResponse,
    items="reviews",
    item_type=Review,
    params=(identifier("user_id"), Whole("page", least=1, required=True)),
    app=OnApp(
        "/userReviews",
        {"user_id": "user_id", "page": "page"},
        extra=(("type", "all"),),
        read=shapes.page("reviews", shapes.review),
        gaps="good or bad in place of a rating from 1 to 5, no average_rating",
    ),
)
GET_FAVORITE_KWORKS = Endpoint(
    "user.get_favorite_kworks",
    path="/favoriteKworks",
    effect=Effect.READ,
    result=Kwork,
    items="kworks",
    app=OnApp("/favoriteKworks", params=(PAGE,), read=shapes.rows("kworks"), gaps="those of a kwork in lists"),
)


class UserAPI(KworkTopic):
    """Your account, reviews, favourites."""

    def get_info(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return what Kwork knows of the user who is signed in.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Plain data, as the service sends it: id, username, email, rating and so on. The balance on the app wire is
            ``free_amount``.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.user.get_info()["username"]  # doctest: +SKIP
            'demo'

        Source: Kwork client reference, UserAPI.get_info.
        """
        return self._call(GET_INFO, options)

    def get_reviews(
        self, user_id: int | None = None, page: int = 1, *, options: CallOptions = DEFAULT
    ) -> ReviewsResponse:
        """Return a page of the reviews of a user.

        Effect: READ.

        Args:
            user_id: Id of the user; yourself if left out.
            page: Number of the page, from 1.
            options: How the call is made.

        Returns:
            Reviews, and where the page stands. For all pages see :meth:`iter_reviews`.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.user.get_reviews(user_id=1002).reviews[0].comment  # doctest: +SKIP
            'Отлично'

        Source: Kwork client reference, UserAPI.get_reviews.
        """
        return self._call(GET_REVIEWS, options, user_id=self._whose(user_id, options), page=page)

    def iter_reviews(
        self, user_id: int | None = None, *, page: int = 1, options: CallOptions = DEFAULT
    ) -> Pager[Review]:
        """Return all reviews of a user, page by page as you iterate.

        Effect: READ.

        Args:
            user_id: Id of the user; yourself if left out.
            page: Number of the page to begin with.
            options: How the calls are made.

        Returns:
            A pager.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> [review.comment for review in client.user.iter_reviews(1002).limit(2)]  # doctest: +SKIP
            ['Отлично', 'Быстро']

        Source: Kwork client reference, UserAPI.get_reviews.
        """
        whose = self._whose(user_id, options)
        return self._pager(GET_REVIEWS, options, key=id_or_all, user_id=whose, page=page)

    def get_favorite_kworks(self, *, options: CallOptions = DEFAULT) -> Records[Kwork]:
        """Return all kworks among your favourites.

        Effect: READ. On the app wire as many calls as there are pages.

        Args:
            options: How the calls are made.

        Returns:
            The kworks.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> [kwork.title for kwork in client.user.get_favorite_kworks()]  # doctest: +SKIP
            ['Логотип']

        Source: Kwork client reference, UserAPI.get_favorite_kworks.
        """
        return self._list(GET_FAVORITE_KWORKS, options).to_list()

    def _whose(self, user_id: int | None, options: CallOptions) -> int | None:
        """Return the id to ask for: the app wire does not know who "I" is."""
        if user_id is not None or not self._is_on_app:
            return user_id
        return self._client._own_id(options)  # type: ignore[no-any-return]
