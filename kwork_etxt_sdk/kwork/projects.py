"""``client.projects``: what customers want done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.endpoint import Endpoint, OnApp
from kwork_etxt_sdk.kwork.models.projects import Order, Project, ProjectsResponse
from kwork_etxt_sdk.kwork.topic import PAGE, KworkTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Whole, identifier

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

GET_LIST = Endpoint(
    "projects.get_list",
    path="/projects",
    effect=Effect.READ,
    result=ProjectsResponse,
    items="projects",
    item_type=Project,
    params=(Whole("page", least=1, required=True), identifier("category_id")),
    app=OnApp(
        "/projects",
        {"page": "page", "category_id": "categories"},
        extra=(("categories", "all"),),
        read=shapes.page("projects", shapes.project),
        gaps="confirmed_at in place of created_at; no budget_type, updated_at, skills",
    ),
)
#: Without it the service shows orders in work only.
_OF_ALL_STATES = (("filter", "all"),)
_ORDER_GAPS = "no description, budget_type, category_id, updated_at, bids_count, skills"
GET_PAYER_ORDERS = Endpoint(
    "projects.get_payer_orders",
    path="/payerOrders",
    effect=Effect.READ,
    result=Order,
    items="orders",
    app=OnApp(
        "/payerOrders",
        params=(PAGE,),
        extra=_OF_ALL_STATES,
        read=shapes.rows("orders", shapes.order),
        empty_codes=frozenset({"150"}),
        gaps=f"{_ORDER_GAPS}, customer",
    ),
)
GET_WORKER_ORDERS = Endpoint(
    "projects.get_worker_orders",
    path="/workerOrders",
    effect=Effect.READ,
    result=Order,
    items="orders",
    app=OnApp(
        "/workerOrders",
        params=(PAGE,),
        extra=_OF_ALL_STATES,
        read=shapes.rows("orders", shapes.order),
        empty_codes=frozenset({"151"}),
        gaps=_ORDER_GAPS,
    ),
)


class ProjectsAPI(KworkTopic):
    """What customers want done."""

    def get_list(
        self, page: int = 1, category_id: int | None = None, *, options: CallOptions = DEFAULT
    ) -> ProjectsResponse:
        """Return a page of the exchange, newest projects first.

        Effect: READ.

        Args:
            page: Number of the page, from 1.
            category_id: Only this category.
            options: How the call is made.

        Returns:
            Projects, and where the page stands. For all pages see :meth:`iter_list`.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.projects.get_list(page=1).projects[0].budget  # doctest: +SKIP
            Decimal('3000')

        Source: Kwork client reference, ProjectsAPI.get_list.
        """
        return self._call(GET_LIST, options, page=page, category_id=category_id)

    def iter_list(
        self, *, category_id: int | None = None, page: int = 1, options: CallOptions = DEFAULT
    ) -> Pager[Project]:
        """Return all projects of a category, or of all, page by page as you iterate.

        Effect: READ.

        Args:
            category_id: Only this category.
            page: Number of the page to begin with.
            options: How the calls are made.

        Returns:
            A pager.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> rich = [p for p in client.projects.iter_list() if (p.budget or 0) > 5000]  # doctest: +SKIP

        Source: Kwork client reference, ProjectsAPI.get_list.
        """
        return self._pager(GET_LIST, options, page=page, category_id=category_id)

    def get_payer_orders(self, *, options: CallOptions = DEFAULT) -> Records[Order]:
        """Return all orders in which you are the customer, whatever their status.

        Effect: READ. On the app wire as many calls as there are pages.

        Args:
            options: How the calls are made.

        Returns:
            The orders; each is a :class:`~kwork_etxt_sdk.kwork.Project`, too.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> [(order.id, order.status) for order in client.projects.get_payer_orders()]  # doctest: +SKIP
            [(5001, 'in_progress')]

        Source: Kwork client reference, ProjectsAPI.get_payer_orders.
        """
        return self._list(GET_PAYER_ORDERS, options).to_list()

    def get_worker_orders(self, *, options: CallOptions = DEFAULT) -> Records[Order]:
        """Return all orders in which you are the seller, whatever their status.

        Effect: READ. On the app wire as many calls as there are pages.

        Args:
            options: How the calls are made.

        Returns:
            The orders; each is a :class:`~kwork_etxt_sdk.kwork.Project`, too.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> [o.title for o in client.projects.get_worker_orders() if o.status == "in_progress"]  # doctest: +SKIP
            ['Логотип']

        Source: Kwork client reference, ProjectsAPI.get_worker_orders.
        """
        return self._list(GET_WORKER_ORDERS, options).to_list()
