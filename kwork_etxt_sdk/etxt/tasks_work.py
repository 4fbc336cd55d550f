"""The part of ``client.tasks`` about work that is under way: results, and what you decide on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import PAGE_SIZE, Endpoint, Shape
from kwork_etxt_sdk.etxt.models.common import Processed
from kwork_etxt_sdk.etxt.models.tasks import (
    Autopay,
    ExtraPayment,
    FailedTask,
    FailTicket,
    NewDeadline,
    SavedComment,
    Task,
    TaskResult,
)
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Amount, Choice, Deadline, Flag, Ids, Problem, Text, identifier, ids_of, one_of

#: Longest texts, in characters (manual).
MAX_DECISION = 5_000
MAX_COMMENT = 2_048
#: How far back payments are looked for after an unknown outcome.
_RECENT = timedelta(hours=1)


def _orders(client: Any, arguments: Mapping[str, Any]) -> list[Task]:
    """Fetch the orders a call was about: their states tell whether it took effect."""
    asked = arguments.get("task_ids", arguments.get("task_id"))
    return [task for number in ids_of(asked) for task in client.tasks.list_tasks(task_id=number)]


def same_task(client: Any, arguments: Mapping[str, Any]) -> list[Task]:
    """Find the order a call was about, and orders with its title, one of which may be the copy."""
    titles = {task.title for task in _orders(client, arguments)}
    return [task for task in client.tasks.list_tasks().limit(PAGE_SIZE) if task.title in titles]


def _recent_payments(client: Any, _arguments: Mapping[str, Any]) -> Any:
    since = client._session.clock.wall() - _RECENT
    return client.users.get_stats(date_from=since).to_list()


def _reason_for_one(arguments: Mapping[str, Any]) -> Mapping[str, str]:
    try:
        is_one = len(set(ids_of(arguments["task_ids"]))) == 1
    except Problem:
        return {}
    return {"text": "is required when one order is sent back"} if is_one and not arguments.get("text") else {}


def _deadline_of_copy(arguments: Mapping[str, Any]) -> Mapping[str, str]:
    if arguments.get("deadline") is not None and not arguments.get("copy"):
        return {"deadline": "is the deadline of the copy, so it needs copy=True"}
    return {}


def _effect_of_extra(arguments: Mapping[str, Any]) -> Effect:
    return Effect.READ if arguments.get("autopay") == Autopay.GET else Effect.MONEY


def _effect_of_fail(arguments: Mapping[str, Any]) -> Effect:
    return Effect.MONEY if arguments.get("copy") else Effect.ONCE


def _effect_of_deadline(arguments: Mapping[str, Any]) -> Effect:
    return Effect.MONEY if arguments.get("public") else Effect.REPEATABLE


PAID_TASK = Endpoint(
    "tasks.paidTask",
    effect=Effect.MONEY,
    result=Processed,
    markers=("ids", "status"),
    check="tasks.list_tasks",
    ask=_orders,
    params=(Ids("task_ids", wire="id", required=True), Text("text", most=MAX_DECISION)),
)
CANCEL_TASK = Endpoint(
    "tasks.cancelTask",
    effect=Effect.ONCE,
    result=Processed,
    markers=("ids", "status"),
    check="tasks.list_tasks",
    ask=_orders,
    checks=(_reason_for_one,),
    params=(Ids("task_ids", wire="id", required=True), Text("text", most=MAX_DECISION)),
)
GET_RESULTS = Endpoint(
    "tasks.getResults",
    effect=Effect.READ,
    result=TaskResult,
    shape=Shape.RECORDS,
    markers=("id_task", "files"),
    params=(Ids("task_ids", wire="id", required=True),),
)
EXTRA_PAID = Endpoint(
    "tasks.extraPaid",
    effect=Effect.MONEY,
    effect_of=_effect_of_extra,
    price=lambda arguments: None if arguments.get("count") is None else Decimal(arguments["count"]),
    result=ExtraPayment,
    markers=("status", "count"),
    check="users.get_stats",
    ask=_recent_payments,
    checks=(one_of("count", "autopay"),),
    params=(
        identifier("task_id", "id", required=True),
        Amount("count", least=Decimal("0.01")),
        Flag("note"),
        Choice("autopay", values=tuple(Autopay)),
    ),
)
FAIL_TASK = Endpoint(
    "tasks.failTask",
    effect=Effect.MONEY,
    effect_of=_effect_of_fail,
    result=FailedTask,
    markers=("id", "id_copy"),
    check="tasks.list_tasks",
    ask=same_task,
    checks=(_deadline_of_copy,),
    params=(identifier("task_id", "id", required=True), Flag("copy"), Deadline("deadline")),
)
SET_DEADLINE = Endpoint(
    "tasks.setDeadline",
    effect=Effect.MONEY,
    effect_of=_effect_of_deadline,
    result=NewDeadline,
    check="tasks.list_tasks",
    ask=_orders,
    params=(identifier("task_id", "id", required=True), Deadline("deadline", required=True), Flag("public")),
)
SAVE_COMMENT = Endpoint(
    "tasks.saveComment",
    effect=Effect.ONCE,
    result=SavedComment,
    markers=("id_comment", "id"),
    check="tasks.view_notes",
    ask=lambda client, arguments: client.tasks.view_notes(arguments["task_id"]),
    params=(
        identifier("task_id", "id", required=True),
        Text("text", required=True, least=1, most=MAX_COMMENT),
        Flag("hide"),
    ),
)
SEND_NOTE_FAIL = Endpoint(
    "tasks.sendNoteFail",
    effect=Effect.ONCE,
    result=FailTicket,
    markers=("status", "ticket"),
    check="messages.get_list",
    params=(identifier("task_id", "id", required=True), Text("text", required=True, least=1)),
)


class TaskWork(EtxtTopic):
    """Results of your orders, and what you decide on them."""

    def paid_task(
        self, task_ids: int | Iterable[int], *, text: str | None = None, options: CallOptions = DEFAULT
    ) -> Processed:
        """Accept orders in review: their authors are paid.

        Effect: MONEY. Whether it happened tells ``tasks.list_tasks(task_id=...)``: the status goes from 3 to 4.

        Args:
            task_ids: Id of an order, or up to 100 ids.
            text: A comment for the author, at most 5000 characters.
            options: How the call is made.

        Returns:
            Which orders were accepted; ``.missing`` names those that were not.

        Raises:
            EtxtNotFoundError: None of them can be accepted.
            OutcomeUnknown: Sent, and nobody knows whether they were accepted.

        Example:
            >>> client.tasks.paid_task([1000002, 1000003]).missing  # doctest: +SKIP
            [1000003]

        Source: eTXT API manual, section tasks.paidTask.
        """
        return self._process(PAID_TASK, options, task_ids=task_ids, text=text)

    def cancel_task(
        self, task_ids: int | Iterable[int], *, text: str | None = None, options: CallOptions = DEFAULT
    ) -> Processed:
        """Send orders in review back for rework.

        Effect: ONCE: each time is one more round. Whether it happened tells ``tasks.list_tasks(task_id=...)``: the
        status goes from 3 to 2.

        Args:
            task_ids: Id of an order, or up to 100 ids.
            text: What is to be changed, at most 5000 characters. Required for one order; for several the service drops
                it, so send those back one by one if their authors are to know why.
            options: How the call is made.

        Returns:
            Which orders were sent back; ``.missing`` names those that were not.

        Raises:
            EtxtValidationError: `text` is missing for one order, or too long.
            EtxtNotFoundError: None of them can be sent back.
            OutcomeUnknown: Sent, and nobody knows whether they were sent back.

        Example:
            >>> client.tasks.cancel_task(1000002, text="Добавьте вывод.").ids  # doctest: +SKIP
            [1000002]

        Source: eTXT API manual, section tasks.cancelTask.
        """
        return self._process(CANCEL_TASK, options, task_ids=task_ids, text=text)

    def get_results(self, task_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> Records[TaskResult]:
        """List what authors delivered for your orders.

        Effect: READ.

        An order can have several results: each rework adds one. Go by ``status`` and ``date``, not by position.

        Args:
            task_ids: Id of an order, or any number of ids; 100 go into a call.
            options: How the calls are made.

        Returns:
            The results; ``result.file`` is what to read, ``result.uniqueness`` its uniqueness in percent. Download it
            with ``client.files``; the address is valid for about a day.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.tasks.get_results(1000002)[0].uniqueness  # doctest: +SKIP
            97.0

        Source: eTXT API manual, section tasks.getResults.
        """
        return self._list(GET_RESULTS, options, task_ids=task_ids)

    def extra_paid(
        self,
        task_id: int,
        *,
        count: Decimal | int | None = None,
        note: bool | None = None,
        autopay: Autopay | str | None = None,
        options: CallOptions = DEFAULT,
    ) -> ExtraPayment:
        """Pay the author of an order more than agreed, or ask what the surplus of the last result is worth.

        Effect: MONEY; READ with ``autopay="get"``. Whether it happened tells ``users.get_stats``.

        The service pays at most three times the price of the order and refuses more; it knows the price, the SDK does
        not.

        Args:
            task_id: Id of the order.
            count: Amount in roubles; required without `autopay`, not used with it. The manual speaks of whole roubles,
                so kopecks may be cut off.
            note: Tell the author; the service does unless this is False.
            autopay: ``Autopay.GET`` to ask what the surplus characters of the last result are worth, ``Autopay.PAY``
                to pay just that.
            options: How the call is made.

        Returns:
            Whether it succeeded; with ``Autopay.GET`` the amount.

        Raises:
            EtxtValidationError: Neither `count` nor `autopay` is given.
            EtxtMaxLimitError: More than three times the price.
            EtxtAccessError: The order has no author or no result.
            OutcomeUnknown: Sent, and nobody knows whether it was paid.

        Example:
            >>> client.tasks.extra_paid(1000002, autopay="get").count  # doctest: +SKIP
            Decimal('37.50')

        Source: eTXT API manual, section tasks.extraPaid.
        """
        return self._call(EXTRA_PAID, options, task_id=task_id, count=count, note=note, autopay=autopay)

    def fail_task(
        self,
        task_id: int,
        *,
        copy: bool | None = None,
        deadline: datetime | date | None = None,
        options: CallOptions = DEFAULT,
    ) -> FailedTask:
        """Call off an overdue order: its author loses it and some rating.

        Effect: MONEY with `copy`, which publishes a new order; else ONCE. Whether it happened tells
        ``tasks.list_tasks``: with ``filter=10`` the order is no longer there, and the copy has its title.

        The order can't be deleted afterwards; the service keeps it for two weeks.

        Args:
            task_id: Id of the overdue order.
            copy: Publish a copy of it for other authors.
            deadline: When the copy is due, at most 90 days ahead. The service takes five days from now unless given,
                five hours for an urgent order. A date means its last minute; a naive time is Moscow time.
            options: How the call is made.

        Returns:
            Ids of order and copy. Opening ``rateup`` gives the author the rating back; the SDK never does.

        Raises:
            EtxtValidationError: `deadline` is given without `copy`, or out of range.
            EtxtAccessError: The order is not overdue, or already called off.
            OutcomeUnknown: Sent, and nobody knows whether it was called off.

        Example:
            >>> client.tasks.fail_task(1000007, copy=True).copy_id  # doctest: +SKIP
            1000008

        Source: eTXT API manual, section tasks.failTask.
        """
        return self._call(FAIL_TASK, options, task_id=task_id, copy=copy, deadline=deadline)

    def set_deadline(
        self,
        task_id: int,
        deadline: datetime | date,
        *,
        public: bool | None = None,
        options: CallOptions = DEFAULT,
    ) -> NewDeadline:
        """Give an order more time. An overdue one goes back to work; a draft can be published.

        Effect: REPEATABLE; MONEY with `public`, which publishes a draft. Whether that happened tells
        ``tasks.list_tasks(task_id=...)``.

        Args:
            task_id: Id of the order.
            deadline: When it is due: not before its present deadline (which only the service knows), at most 90 days
                ahead. A date means its last minute; a naive time is Moscow time.
            public: Publish the draft. Whether the order is published does not change unless this is True.
            options: How the call is made.

        Returns:
            Deadline and state of the order now.

        Raises:
            EtxtValidationError: `deadline` is out of range, or before the present one.
            EtxtAccessError: An order in that state gets no other deadline.
            OutcomeUnknown: With `public`: sent, and nobody knows whether the draft was published.

        Example:
            >>> client.tasks.set_deadline(1000007, date(2030, 1, 31)).status  # doctest: +SKIP
            TaskStatus.IN_WORK

        Source: eTXT API manual, section tasks.setDeadline.
        """
        return self._call(SET_DEADLINE, options, task_id=task_id, deadline=deadline, public=public)

    def save_comment(
        self, task_id: int, text: str, *, hide: bool | None = None, options: CallOptions = DEFAULT
    ) -> SavedComment:
        """Add a comment to an order, for its author or those who may apply.

        Effect: ONCE. Whether it happened tells ``tasks.view_notes(task_id)``.

        Args:
            task_id: Id of the order.
            text: The comment, at most 2048 characters.
            hide: Hide its text from others.
            options: How the call is made.

        Returns:
            Id of the comment, and how many the order has now.

        Raises:
            EtxtValidationError: The text is empty or too long.
            EtxtPrivateDataError: The text holds contact details.
            OutcomeUnknown: Sent, and nobody knows whether the comment was added.

        Example:
            >>> client.tasks.save_comment(1000002, "Картинки не нужны.").comment_id  # doctest: +SKIP
            9010

        Source: eTXT API manual, section tasks.saveComment.
        """
        return self._call(SAVE_COMMENT, options, task_id=task_id, text=text, hide=hide)

    def send_note_fail(self, task_id: int, text: str, *, options: CallOptions = DEFAULT) -> FailTicket:
        """Ask support to take the author off an order.

        The order must be in review, and its author must have delivered at least one result.

        Effect: ONCE: each time opens a ticket. No call tells for certain whether it happened; what support answers
        comes as a system message (``messages.get_list``).

        Args:
            task_id: Id of the order.
            text: The reasons, and what is wrong with the result.
            options: How the call is made.

        Returns:
            The address of the ticket.

        Raises:
            EtxtAccessError: The order is not in review, or has no result.
            OutcomeUnknown: Sent, and nobody knows whether a ticket was opened.

        Example:
            >>> client.tasks.send_note_fail(1000002, "Автор не отвечает.").status  # doctest: +SKIP
            True

        Source: eTXT API manual, section tasks.sendNoteFail.
        """
        return self._call(SEND_NOTE_FAIL, options, task_id=task_id, text=text)
