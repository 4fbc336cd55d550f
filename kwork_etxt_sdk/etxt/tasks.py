"""``client.tasks``: orders through their whole life. For customers.

Here are placing, finding and changing orders; :mod:`~kwork_etxt_sdk.etxt.tasks_notes` has the applications for them,
:mod:`~kwork_etxt_sdk.etxt.tasks_work` the work on them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import PAGE_SIZE, Endpoint, Shape
from kwork_etxt_sdk.etxt.models.common import Processed
from kwork_etxt_sdk.etxt.models.tasks import (
    Access,
    CopiedTask,
    PriceType,
    Robots,
    SavedClientComment,
    SavedTask,
    Task,
    TaskFilter,
    TaskStatus,
    TaskType,
    TextKind,
)
from kwork_etxt_sdk.etxt.tasks_notes import TaskNotes
from kwork_etxt_sdk.etxt.tasks_work import TaskWork, same_task
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import (
    Amount,
    Choice,
    Deadline,
    Flag,
    Ids,
    Text,
    Upload,
    Whole,
    Words,
    identifier,
)

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

#: Longest texts, in characters (manual).
MAX_TITLE = 512
MAX_DESCRIPTION = 10_000
MAX_TEXT = 40_000
MAX_CLIENT_COMMENT = 5_000


def _effect_of_save(arguments: Mapping[str, Any]) -> Effect:
    if arguments.get("task_id") is not None:
        return Effect.REPEATABLE
    return Effect.MONEY if arguments.get("public") else Effect.ONCE


def _price_of_save(arguments: Mapping[str, Any]) -> Decimal:
    """Return what a published order can cost, its copies included; without a price type the higher of both readings."""
    price = Decimal(arguments["price"])
    text = arguments.get("text")
    size = arguments.get("size") or (len(text) if text else 0)
    readings = {PriceType.WHOLE: price, PriceType.PER_1000: price * size / 1000}
    price_type = arguments.get("price_type")
    copies: int = (arguments.get("multicount") or 1) if arguments.get("multitask") else 1
    return copies * (max(readings.values()) if price_type is None else readings[PriceType(price_type)])


def _size_or_text(arguments: Mapping[str, Any]) -> Mapping[str, str]:
    if arguments.get("size") is None and arguments.get("text") is None:
        return {"size": "is required, unless text is given"}
    return {}


def _same_title(client: Any, arguments: Mapping[str, Any]) -> list[Task]:
    """Find orders with the title of the one that may have been created, newest first."""
    return [task for task in client.tasks.list_tasks().limit(PAGE_SIZE) if task.title == arguments["title"]]


LIST_TASKS = Endpoint(
    "tasks.listTasks",
    effect=Effect.READ,
    result=Task,
    shape=Shape.RECORDS,
    page_size=PAGE_SIZE,
    params=(
        Whole("count", least=1, most=PAGE_SIZE),
        Whole("offset", wire="from", least=0),
        identifier("task_id", "id"),
        identifier("user_id", "id_user"),
        Whole("folder_id", wire="id_folder", least=0),
        Choice("status", values=tuple(TaskStatus)),
        Choice("filter", values=tuple(TaskFilter)),
        Choice("target", values=tuple(Access)),
        Flag("only_id"),
    ),
)
SAVE_TASK = Endpoint(
    "tasks.saveTask",
    effect=Effect.MONEY,
    effect_of=_effect_of_save,
    price=_price_of_save,
    result=SavedTask,
    markers=("id_task",),
    check="tasks.list_tasks",
    ask=_same_title,
    checks=(_size_or_text,),
    params=(
        identifier("task_id", "id"),
        Flag("public"),
        Text("title", required=True, least=1, most=MAX_TITLE),
        Text("description", most=MAX_DESCRIPTION),
        Text("text", most=MAX_TEXT),
        Amount("price", required=True),
        Choice("price_type", values=tuple(PriceType)),
        Whole("uniq", least=0, most=100),
        Flag("multione"),
        Flag("locate"),
        Flag("whitespaces"),
        Flag("only_stars"),
        Whole("size", least=1),
        Flag("checksize"),
        Choice("id_type", values=tuple(TaskType)),
        Choice("id_subtype", values=tuple(TextKind)),
        Deadline("deadline"),
        Flag("auto_work"),
        Whole("auto_rate"),
        Whole("auto_reports", least=0),
        Whole("auto_reports_n", least=0),
        identifier("category_id", "id_category", required=True),
        Flag("multitask"),
        Whole("multicount", least=1),
        Whole("folder_id", wire="id_folder", least=0),
        Choice("target_task", values=tuple(Access)),
        identifier("target_id", "id_target"),
        Words("keywords"),
        identifier("language_from"),
        identifier("language_to"),
        Flag("bwgroup_send"),
        Upload("file"),
        Flag("attestat"),
        Flag("diplom"),
        Choice("robot", values=tuple(Robots)),
    ),
)
SET_CLIENT_COMMENT = Endpoint(
    "tasks.setClientComment",
    effect=Effect.REPEATABLE,
    result=SavedClientComment,
    markers=("status",),
    params=(identifier("task_id", "id", required=True), Text("text", most=MAX_CLIENT_COMMENT)),
)
COPY_TASK = Endpoint(
    "tasks.copyTask",
    effect=Effect.MONEY,
    result=CopiedTask,
    markers=("id_copy",),
    check="tasks.list_tasks",
    ask=same_task,
    params=(identifier("task_id", "id", required=True), Deadline("deadline")),
)
DELETE_TASK = Endpoint(
    "tasks.deleteTask",
    effect=Effect.REPEATABLE,
    result=Processed,
    markers=("ids",),
    params=(Ids("task_ids", wire="id", required=True),),
)


class Tasks(TaskNotes, TaskWork):
    """Your orders, the applications for them and their results."""

    def list_tasks(
        self,
        *,
        status: TaskStatus | int | None = None,
        task_id: int | None = None,
        user_id: int | None = None,
        folder_id: int | None = None,
        filter: TaskFilter | int | None = None,  # noqa: A002 - the manual's name
        target: Access | int | None = None,
        only_id: bool | None = None,
        count: int = PAGE_SIZE,
        offset: int = 0,
        options: CallOptions = DEFAULT,
    ) -> Pager[Task]:
        """List your orders, newest first.

        Effect: READ.

        Args:
            status: Only orders in this state. ``WAITING`` leaves out drafts; they come only without a filter.
            task_id: Only this order.
            user_id: Only orders of this author.
            folder_id: Only orders in this folder.
            filter: ``OVERDUE_UNDECIDED`` for overdue orders on which nothing was decided; `status` is then ignored.
            target: Only orders with this access.
            only_id: Fetch nothing but the ids.
            count: Orders per page, at most 100.
            offset: Newest orders to pass over.
            options: How the calls are made.

        Returns:
            A pager: iterate it for all orders. Orders that leave the filter meanwhile (because you accept what you
            list) make it lose none.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.tasks.list_tasks(status=3).first().title  # doctest: +SKIP
            'Обзор чайников'

        Source: eTXT API manual, section tasks.listTasks.
        """
        return self._pager(
            LIST_TASKS,
            options,
            key=lambda task: task.task_id,
            count=count,
            offset=offset,
            task_id=task_id,
            user_id=user_id,
            folder_id=folder_id,
            status=status,
            filter=filter,
            target=target,
            only_id=only_id,
        )

    def save_task(
        self,
        title: str,
        *,
        price: Decimal | int,
        category_id: int,
        size: int | None = None,
        text: str | None = None,
        task_id: int | None = None,
        public: bool | None = None,
        description: str | None = None,
        price_type: PriceType | int | None = None,
        uniq: int | None = None,
        id_type: TaskType | int | None = None,
        id_subtype: TextKind | int | None = None,
        deadline: datetime | date | None = None,
        auto_work: bool | None = None,
        auto_rate: int | None = None,
        auto_reports: int | None = None,
        auto_reports_n: int | None = None,
        whitespaces: bool | None = None,
        checksize: bool | None = None,
        only_stars: bool | None = None,
        multitask: bool | None = None,
        multicount: int | None = None,
        multione: bool | None = None,
        locate: bool | None = None,
        folder_id: int | None = None,
        target_task: Access | int | None = None,
        target_id: int | None = None,
        bwgroup_send: bool | None = None,
        keywords: Sequence[str] | str | None = None,
        language_from: int | None = None,
        language_to: int | None = None,
        file: str | Path | BinaryIO | io.BufferedIOBase | tuple[str, bytes] | None = None,
        attestat: bool | None = None,
        diplom: bool | None = None,
        robot: Robots | int | None = None,
        options: CallOptions = DEFAULT,
    ) -> SavedTask:
        """Create an order, or edit the one with `task_id`.

        Effect: MONEY when a new order is published (it commits its price as soon as an author is accepted), ONCE for a
        new draft, REPEATABLE for an edit. Whether it happened tells ``tasks.list_tasks``, by title.

        An edit overwrites the whole order: send every field again, not only the changed ones.

        Args:
            title: Title, at most 512 characters.
            price: Price in roubles, for what `price_type` says.
            category_id: Id of the category (``categories.list_categories``).
            size: Size in characters; required without `text`.
            text: Source text for rewriting and translation, at most 40000 characters.
            task_id: The order to edit; a new one is created without it.
            public: Publish it (True) or keep it as a draft (False).
            description: What is to be written, at most 10000 characters.
            price_type: Price per 1000 characters or for the whole order.
            uniq: Uniqueness demanded, percent.
            id_type: Kind of work; copywriting unless given.
            id_subtype: Kind of text.
            deadline: When the result is due, at most 90 days ahead. A date means its last minute; a naive time is
                Moscow time.
            auto_work: Accept the first fitting application without asking you.
            auto_rate: Lowest rating of an author for that.
            auto_reports: Fewest good reviews of an author for that.
            auto_reports_n: Most bad reviews of an author for that. 0 is a limit of its own: none at all.
            whitespaces: Count spaces as characters.
            checksize: Turn away results below 90 % of the size.
            only_stars: Heed the author's level of skill.
            multitask: Let several authors take it, each as an order of its own.
            multicount: How many such orders.
            multione: At most one of them per author.
            locate: The author also puts the text on your site.
            folder_id: Id of the folder.
            target_task: Who may take it.
            target_id: Id of the author of an individual order, or of the group of your white list.
            bwgroup_send: Tell the group of your white list about the order.
            keywords: Key words, for SEO copywriting.
            language_from: Id of the language to translate from (``options.get_langs``).
            language_to: Id of the language to translate to.
            file: A file for the author: a path, a file opened for reading bytes, or ``(name, bytes)``.
            attestat: Only for authors with a passed test in the subject (medicine, building, law, accounting).
            diplom: Only for authors with a confirmed diploma.
            robot: Whether neural networks may be used.
            options: How the call is made.

        Returns:
            The id of the order.

        Raises:
            EtxtValidationError: A parameter is missing, too long or out of range.
            EtxtFileError: The file is not accepted.
            EtxtTargetUserError: The author of an individual order can't be addressed.
            EtxtWorkError: Kind of work or price don't meet the author's conditions.
            OutcomeUnknown: Sent, and nobody knows whether the order exists now.

        Example:
            >>> client.tasks.save_task(  # doctest: +SKIP
            ...     "Обзор чайников", price=150, size=3000, category_id=1790, public=True
            ... ).task_id
            1000001

        Source: eTXT API manual, section tasks.saveTask.
        """
        return self._call(
            SAVE_TASK,
            options,
            title=title,
            price=price,
            category_id=category_id,
            size=size,
            text=text,
            task_id=task_id,
            public=public,
            description=description,
            price_type=price_type,
            uniq=uniq,
            id_type=id_type,
            id_subtype=id_subtype,
            deadline=deadline,
            auto_work=auto_work,
            auto_rate=auto_rate,
            auto_reports=auto_reports,
            auto_reports_n=auto_reports_n,
            whitespaces=whitespaces,
            checksize=checksize,
            only_stars=only_stars,
            multitask=multitask,
            multicount=multicount,
            multione=multione,
            locate=locate,
            folder_id=folder_id,
            target_task=target_task,
            target_id=target_id,
            bwgroup_send=bwgroup_send,
            keywords=keywords,
            language_from=language_from,
            language_to=language_to,
            file=file,
            attestat=attestat,
            diplom=diplom,
            robot=robot,
        )

    def set_client_comment(
        self, task_id: int, text: str | None = None, *, options: CallOptions = DEFAULT
    ) -> SavedClientComment:
        """Keep a comment of your own on an order; only you see it.

        Effect: REPEATABLE: it takes the place of the former one.

        Args:
            task_id: Id of the order.
            text: The comment, at most 5000 characters; empty to remove it.
            options: How the call is made.

        Returns:
            Whether it was kept.

        Raises:
            EtxtValidationError: The text is too long.
            EtxtNotFoundError: No such order.

        Example:
            >>> client.tasks.set_client_comment(1000001, "Для раздела «Кухня»").status  # doctest: +SKIP
            True

        Source: eTXT API manual, section tasks.setClientComment.
        """
        return self._call(SET_CLIENT_COMMENT, options, task_id=task_id, text=text)

    def copy_task(
        self, task_id: int, *, deadline: datetime | date | None = None, options: CallOptions = DEFAULT
    ) -> CopiedTask:
        """Publish a copy of an order; automatic acceptance and multi-order settings are not copied.

        Effect: MONEY. Whether it happened tells ``tasks.list_tasks``, by title.

        Args:
            task_id: Id of the order.
            deadline: When the copy is due, at most 90 days ahead. The service takes five days from now unless given,
                five hours for an urgent order. A date means its last minute; a naive time is Moscow time.
            options: How the call is made.

        Returns:
            The id of the copy.

        Raises:
            EtxtValidationError: `deadline` is out of range.
            EtxtNotFoundError: No such order.
            OutcomeUnknown: Sent, and nobody knows whether the copy exists.

        Example:
            >>> client.tasks.copy_task(1000001).copy_id  # doctest: +SKIP
            1000009

        Source: eTXT API manual, section tasks.copyTask.
        """
        return self._call(COPY_TASK, options, task_id=task_id, deadline=deadline)

    def delete_task(self, task_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> Processed:
        """Delete drafts and orders that wait for an author.

        The service refuses for a week after an author was taken off an order.

        Effect: REPEATABLE: what is gone stays gone.

        Args:
            task_ids: Id of an order, or any number of ids; 100 go into a call.
            options: How the calls are made.

        Returns:
            Which orders were deleted; ``.missing`` names those that were not.

        Raises:
            EtxtNotFoundError: None of them exists; after a failure on the way it may mean that they are deleted.
            EtxtAccessError: None of them may be deleted.

        Example:
            >>> client.tasks.delete_task([1000005, 1000006]).ids  # doctest: +SKIP
            [1000005, 1000006]

        Source: eTXT API manual, section tasks.deleteTask.
        """
        return self._process(DELETE_TASK, options, task_ids=task_ids)
