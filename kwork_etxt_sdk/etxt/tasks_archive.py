"""``client.tasks_archive``: orders that were moved to the archive. For customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import PAGE_SIZE, Endpoint, Shape
from kwork_etxt_sdk.etxt.models.archive import ArchivedResult, ArchivedTask
from kwork_etxt_sdk.etxt.models.articles import SortOrder
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Choice, Whole, identifier

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

LIST_TASKS = Endpoint(
    "tasks_archive.listTasks",
    effect=Effect.READ,
    result=ArchivedTask,
    shape=Shape.RECORDS,
    page_size=PAGE_SIZE,
    params=(
        Whole("count", least=1, most=PAGE_SIZE),
        Whole("offset", wire="from", least=0),
        Choice("order", values=tuple(SortOrder)),
        identifier("task_id", "id"),
        Whole("folder_id", wire="id_folder", least=0),
        identifier("user_id", "id_user"),
    ),
)
GET_RESULTS = Endpoint(
    "tasks_archive.getResults",
    effect=Effect.READ,
    result=ArchivedResult,
    shape=Shape.RECORDS,
    markers=("id_task", "content", "files"),
    params=(identifier("task_id", "id", required=True),),
)


class TasksArchive(EtxtTopic):
    """Orders that were moved to the archive, and their results."""

    def list_tasks(
        self,
        *,
        order: SortOrder | str | None = None,
        task_id: int | None = None,
        folder_id: int | None = None,
        user_id: int | None = None,
        count: int = PAGE_SIZE,
        offset: int = 0,
        options: CallOptions = DEFAULT,
    ) -> Pager[ArchivedTask]:
        """List your orders in the archive.

        Effect: READ.

        Args:
            order: Direction of the list; ascending unless given.
            task_id: Only this order.
            folder_id: Only orders in this folder.
            user_id: Only orders of this author.
            count: Orders per page, at most 100.
            offset: Orders to pass over.
            options: How the calls are made.

        Returns:
            A pager: iterate it for all orders.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.tasks_archive.list_tasks(order="desc").first().title  # doctest: +SKIP
            'Обзор чайников'

        Source: eTXT API manual, section tasks_archive.listTasks.
        """
        return self._pager(
            LIST_TASKS,
            options,
            key=lambda task: task.task_id,
            count=count,
            offset=offset,
            order=order,
            task_id=task_id,
            folder_id=folder_id,
            user_id=user_id,
        )

    def get_results(self, task_id: int, *, options: CallOptions = DEFAULT) -> Records[ArchivedResult]:
        """List what authors delivered for an order in the archive.

        Effect: READ.

        Args:
            task_id: Id of the order.
            options: How the call is made.

        Returns:
            The results, with their texts in ``content``. Files can be downloaded with ``client.files``; their
            addresses are valid for about a day.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.tasks_archive.get_results(900001)[0].uniqueness  # doctest: +SKIP
            98.0

        Source: eTXT API manual, section tasks_archive.getResults.
        """
        return self._list(GET_RESULTS, options, task_id=task_id)
