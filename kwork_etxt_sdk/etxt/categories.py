"""``client.categories``: subjects of orders and articles."""

from __future__ import annotations

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.models.categories import Category
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions

LIST_CATEGORIES = Endpoint(
    "categories.listCategories",
    effect=Effect.READ,
    result=Category,
    shape=Shape.RECORDS,
    markers=("id_category",),
)


class Categories(EtxtTopic):
    """Subjects of orders and articles."""

    def list_categories(self, *, options: CallOptions = DEFAULT) -> Records[Category]:
        """List all categories, by name.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            The categories, all levels in one list: ``category.parent_id`` tells which is below which.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> [category.name for category in client.categories.list_categories()]  # doctest: +SKIP
            ['Дети', 'Дом и быт']

        Source: eTXT API manual, section categories.listCategories.
        """
        return self._list(LIST_CATEGORIES, options)
