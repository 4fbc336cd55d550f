"""What people do with eTXT every day, made of public calls.

Each function collects first and acts then, and asks the service, not its memory, what is still to be done. So after a
crash it is simply called again: it goes on where it ended, and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import attrs

from kwork_etxt_sdk.errors import DeadlineError, DryRun, NetworkError, RateLimitError
from kwork_etxt_sdk.etxt.article_buying import ArticleFolder, affordable
from kwork_etxt_sdk.etxt.client import EtxtClient
from kwork_etxt_sdk.etxt.errors import EtxtAccessError, EtxtDeadlineError, EtxtMaxLimitError, EtxtNotFoundError
from kwork_etxt_sdk.etxt.models.articles import Article, ArticleFilter
from kwork_etxt_sdk.etxt.models.tasks import FailedTask, ResultStatus, Task, TaskFilter, TaskResult, TaskStatus
from kwork_etxt_sdk.etxt.order_state import OrderState
from kwork_etxt_sdk.mapping import MOSCOW
from kwork_etxt_sdk.options import CallOptions
from kwork_etxt_sdk.params import MAX_IDS
from kwork_etxt_sdk.transport.clock import SECOND

T = TypeVar("T")

#: Seconds between two looks at an order, or a function that returns them, given the number of looks so far.
Poll = float | Callable[[int], float]

#: Authors take hours: looking more often only uses up the rate limit.
DEFAULT_POLL = 60.0

_TOUCHED_MEANWHILE = (EtxtNotFoundError, EtxtAccessError)


class ResultNotReadyError(EtxtDeadlineError):
    """No result came in time; the order still stands."""

    task_id: int
    """The order: give it to :func:`order_and_wait` or :func:`wait_for_result` to wait on."""


@attrs.frozen(kw_only=True)
class Acceptance:
    """What :func:`accept_unique` did."""

    accepted: list[int]
    """Ids of the orders it accepted."""
    left: dict[int, str]
    """Ids of the orders it left in review, each with the reason."""


@attrs.frozen(kw_only=True)
class Restarts:
    """What :func:`restart_overdue` did."""

    restarted: dict[int, int | None]
    """Id of each order it called off -> id of the copy published for it."""
    left: dict[int, str]
    """Ids of the orders it did not touch, each with the reason."""


@attrs.frozen(kw_only=True)
class Purchases:
    """What :func:`buy_articles` did."""

    bought: list[int]
    """Ids of the articles it bought."""
    saved: dict[int, Path]
    """Id of each article whose text it saved -> the file."""
    left: dict[int, str]
    """Ids of the articles it did not buy or save, each with the reason."""


def order_and_wait(
    client: EtxtClient,
    order: Mapping[str, Any],
    *,
    deadline: float | timedelta,
    poll: Poll = DEFAULT_POLL,
    task_id: int | None = None,
    state: str | Path | None = None,
) -> TaskResult:
    """Place an order and wait for its result. Unless it is accepted by itself (``auto_work``), somebody has to choose.

    Effect: MONEY if the order is published, else ONCE; READ if it was placed before.

    Args:
        client: The client.
        order: The arguments of ``tasks.save_task``.
        deadline: Seconds, or a timedelta, after which to stop waiting. Placing the order does not count.
        poll: Seconds between two looks at the order, or a function of the number of looks so far.
        task_id: The order, if it was placed already.
        state: A file that remembers the order, so that a further call does not place it again; see :func:`place_once`.

    Returns:
        The result, which now is to be accepted or sent back.

    Raises:
        ResultNotReadyError: No result came in time, or the author missed the deadline; its ``task_id`` is the order.
        OutcomeUnknown: Nobody knows whether the order was placed. With `state`, call again: it finds out.

    Example:
        >>> order = {"title": "Обзор чайников", "price": 50, "size": 3000, "category_id": 1828, "public": True}
        >>> order_and_wait(client, order, deadline=timedelta(days=2), state="order.json")  # doctest: +SKIP
        TaskResult(result_id=5001, ...)
    """
    if task_id is None:
        task_id = client.tasks.save_task(**order).task_id if state is None else place_once(client, order, state)
    return wait_for_result(client, task_id, deadline=deadline, poll=poll)


def place_once(client: EtxtClient, order: Mapping[str, Any], state: str | Path) -> int:
    """Place an order unless the file `state` says that it was placed.

    If an earlier call ended while placing it, orders that are newer than that are searched for its title; only if none
    has it, the order is placed. So give orders different titles.

    Effect: MONEY if the order is published, else ONCE; READ if it is there already.

    Args:
        client: The client.
        order: The arguments of ``tasks.save_task``.
        state: A file of this order alone, made by the first call. One process at a time may use it.

    Returns:
        The id of the order.

    Raises:
        ConfigurationError: The file can't be read or written, or belongs to an order with another title.
        OutcomeUnknown: Nobody knows whether the order was placed; call again to find out.

    Example:
        >>> place_once(client, order, "order.json")  # doctest: +SKIP
        1000001
    """
    file = OrderState(state, order["title"])
    placed = _placed(client, file)
    if file.newest is None:
        file.begin(max((task.task_id for task in client.tasks.list_tasks(only_id=True).page()), default=0))
    if placed is None:
        placed = client.tasks.save_task(**order).task_id
    file.end(placed)
    return placed


def placed_before(client: EtxtClient, order: Mapping[str, Any], state: str | Path) -> int | None:
    """Return the id of an order that an earlier :func:`place_once` placed; None if the next one would place it.

    Effect: READ; the file stays as it is.

    Args:
        client: The client.
        order: The arguments of ``tasks.save_task``.
        state: The file of this order; it need not be there.

    Returns:
        The id of the order, or None.

    Raises:
        ConfigurationError: The file can't be read, or belongs to an order with another title.

    Example:
        >>> placed_before(client, order, "order.json")  # doctest: +SKIP
        1000001
    """
    return _placed(client, OrderState(state, order["title"]))


def wait_for_result(
    client: EtxtClient, task_id: int, *, deadline: float | timedelta, poll: Poll = DEFAULT_POLL
) -> TaskResult:
    """Wait until an order has a result to decide on, or is done.

    A look that fails on the way (network, rate limit) is made again after the next pause.

    Effect: READ.

    Args:
        client: The client.
        task_id: The order.
        deadline: Seconds, or a timedelta, after which to stop; a call under way is not cut short.
        poll: Seconds between two looks at the order, or a function of the number of looks so far.

    Returns:
        The newest result that was not sent back. Its ``uniqueness`` is None until the service has checked it.

    Raises:
        ResultNotReadyError: No result came in time, or the author missed the deadline.
        EtxtNotFoundError: There is no such order (any more).

    Example:
        >>> wait_for_result(client, 1000001, deadline=3600, poll=lambda looks: min(600, 30 * looks))  # doctest: +SKIP
        TaskResult(result_id=5001, ...)
    """
    clock = client._session.clock
    seconds = deadline.total_seconds() if isinstance(deadline, timedelta) else deadline
    end = clock.now() + round(seconds * SECOND)
    looks = 0
    while True:
        looks += 1
        try:
            task = client.tasks.list_tasks(task_id=task_id).first()
            result = _result_to_decide(client, task)
        except (NetworkError, RateLimitError, DeadlineError) as failure:
            seen = f"the last look failed: {failure.message}"
        else:
            if result is not None:
                return result
            seen = _still_coming(task_id, task)
        left = end - clock.now()
        if left <= 0:
            raise _not_ready(task_id, f"order {task_id} has no result after {seconds:g} s: {seen}")
        pause = poll(looks) if callable(poll) else poll
        clock.sleep(min(left, round(pause * SECOND)))


def accept_unique(
    client: EtxtClient, at_least: float, *, text: str | None = None, preview: Callable[[DryRun], None] | None = None
) -> Acceptance:
    """Accept all orders in review whose latest result is unique enough.

    A result that the service has not checked yet is left for the next run.

    Effect: MONEY. If it ends early, the next run finds the orders that were accepted no longer in review.

    Args:
        client: The client.
        at_least: Lowest uniqueness, percent.
        text: A comment for the authors, at most 5000 characters.
        preview: Gets each request that would accept orders; none is sent then.

    Returns:
        Which orders were accepted, and why the others were not.

    Raises:
        OutcomeUnknown: Sent, and nobody knows whether up to 100 orders were accepted; call again to find out.

    Example:
        >>> accept_unique(client, 95).left  # doctest: +SKIP
        {1000003: 'its uniqueness is 81 %, less than 95 %'}
    """
    tasks = client.tasks.list_tasks(status=TaskStatus.IN_REVIEW).to_list()
    latest = _latest_results(client, [task.task_id for task in tasks])
    left = {task.task_id: _too_low(latest.get(task.task_id), at_least) for task in tasks}
    fitting = [task_id for task_id, reason in left.items() if not reason]
    accepted: list[int] = []
    for start in range(0, len(fitting), MAX_IDS):
        batch = fitting[start : start + MAX_IDS]
        try:
            done = _done(partial(client.tasks.paid_task, batch, text=text), preview)
        except _TOUCHED_MEANWHILE as refusal:
            left.update(dict.fromkeys(batch, refusal.message))
            continue
        if done is not None:
            accepted += done.ids
            left.update(dict.fromkeys(done.missing, "eTXT did not accept it"))
    return Acceptance(accepted=accepted, left={task_id: reason for task_id, reason in left.items() if reason})


def restart_overdue(
    client: EtxtClient,
    *,
    deadline: datetime | date | Callable[[Task], datetime | date | None] | None = None,
    on_restart: Callable[[FailedTask], None] | None = None,
    preview: Callable[[DryRun], None] | None = None,
) -> Restarts:
    """Call off all overdue orders on which nothing was decided, and publish a copy of each.

    Effect: MONEY. If it ends early, the next run finds only the orders that are still undecided.

    Args:
        client: The client.
        deadline: When the copies are due, or a function that returns it for an order. Unless given, the service takes
            five days, for urgent orders five hours.
        on_restart: Called after each restart: keep the id of the copy here, should the rest fail.
        preview: Gets each request that would restart an order; none is sent then.

    Returns:
        Which orders were restarted, and why others were not.

    Raises:
        EtxtValidationError: `deadline` is out of range.
        OutcomeUnknown: Sent, and nobody knows whether one order was restarted; call again to find out.

    Example:
        >>> restart_overdue(client).restarted  # doctest: +SKIP
        {1000007: 1000008}
    """
    left: dict[int, str] = {}
    restarted: dict[int, int | None] = {}
    for task in client.tasks.list_tasks(filter=TaskFilter.OVERDUE_UNDECIDED).to_list():
        if task.status != TaskStatus.OVERDUE:
            left[task.task_id] = "it is not overdue"
            continue
        try:
            due = deadline(task) if callable(deadline) else deadline
            call = partial(client.tasks.fail_task, task.task_id, copy=True, deadline=due)
            failed = _done(call, preview)
        except _TOUCHED_MEANWHILE as refusal:
            left[task.task_id] = refusal.message
            continue
        if failed is not None:
            restarted[task.task_id] = failed.copy_id
            if on_restart is not None:
                on_restart(failed)
    return Restarts(restarted=restarted, left=left)


def buy_articles(
    client: EtxtClient,
    wanted: Iterable[Article],
    to: str | Path,
    *,
    budget: Decimal | int,
    preview: Callable[[DryRun], None] | None = None,
) -> Purchases:
    """Buy articles and save their texts; what is bought already is only saved.

    Texts become files ``600001.html``, which only you can read; a file that is there already is not fetched again.
    While an article is being bought, an empty file ``600001.buying`` stands for it, so that the next run saves it if
    this one ends early.

    Effect: MONEY.

    Args:
        client: The client.
        wanted: What a search found: ``client.articles.get_list("чай", price_to=300).limit(10)``.
        to: The folder; it is made if it does not exist.
        budget: Roubles that this run may spend at most.
        preview: Gets each request that would buy an article; none is sent then, and nothing is saved.

    Returns:
        What was bought and saved, and why the rest was not.

    Raises:
        ConfigurationError: A file can't be written.
        OutcomeUnknown: Sent, and nobody knows whether one article was bought; call again to find out.

    Example:
        >>> found = client.articles.get_list("чай", uniq_from=95, price_to=300).limit(10)  # doctest: +SKIP
        >>> buy_articles(client, found, "articles", budget=1000).bought  # doctest: +SKIP
        [600001, 600004]
    """
    folder = ArticleFolder(to)
    if preview is None:
        folder.make()
    found = {article.article_id: article for article in wanted}
    begun = folder.begun()
    owned = {article.article_id for article in client.articles.get_list(filter=ArticleFilter.BOUGHT)}
    chosen, left = affordable([article for number, article in found.items() if number not in owned], budget)
    if preview is not None:
        for number in chosen:
            _done(partial(client.articles.buy, number), preview)
        return Purchases(bought=[], saved={}, left=left)
    bought = [number for number in chosen if _buy(client, number, folder, left)]
    owned.update(bought)
    for number in set(begun).difference(owned):
        folder.settle(number)
        left.setdefault(number, "an earlier run began to buy it, but it is not among the articles bought")
    saved = _save_texts(client, folder, [number for number in (*begun, *found) if number in owned], left)
    return Purchases(bought=bought, saved=saved, left=left)


def statement(
    client: EtxtClient, since: datetime | date, until: datetime | date | None = None, *, folder_id: int | None = None
) -> list[dict[str, Any]]:
    """Return your statement of account for a period as rows of a table, oldest first.

    Effect: READ.

    Args:
        client: The client.
        since: First day or moment; a naive time is Moscow time.
        until: Last day, which is included, or moment; now unless given.
        folder_id: Only rows of this folder.

    Returns:
        Rows with ``date`` (Moscow time), ``operation``, ``amount``, ``commission`` and ``balance`` (roubles),
        ``user_id`` (of the other side), ``folder_id`` and ``row_id``.

    Example:
        >>> sum(row["amount"] for row in statement(client, date(2030, 1, 1), date(2030, 1, 31)))  # doctest: +SKIP
        Decimal('-1523.75')
    """
    rows = client.users.get_stats(date_from=since, date_to=until, folder_id=folder_id).to_list()
    return [
        {
            "date": None if row.date is None else row.date.astimezone(MOSCOW),
            "operation": row.operation,
            "amount": row.amount,
            "commission": row.commission,
            "balance": row.balance,
            "user_id": row.user_to_id,
            "folder_id": row.folder_id,
            "row_id": row.row_id,
        }
        for row in sorted(rows, key=lambda row: (_moment(row.date), row.row_id or 0))
    ]


def _placed(client: EtxtClient, file: OrderState) -> int | None:
    if file.task_id is not None or file.newest is None:
        return file.task_id
    newest = file.newest
    later = [task for task in client.tasks.list_tasks() if task.task_id > newest]
    return min((task.task_id for task in later if file.is_about(task.title or "")), default=None)


def _done(call: partial[T], preview: Callable[[DryRun], None] | None) -> T | None:
    """Make a call that changes something; a preview gets its request instead, and there is no answer then."""
    if preview is None:
        return call()
    try:
        return call(options=CallOptions(dry_run=True))
    except DryRun as request:
        preview(request)
        return None


def _result_to_decide(client: EtxtClient, task: Task | None) -> TaskResult | None:
    if task is None or task.status not in {TaskStatus.IN_REVIEW, TaskStatus.DONE}:
        return None
    return _latest_results(client, [task.task_id]).get(task.task_id)


def _latest_results(client: EtxtClient, task_ids: list[int]) -> dict[int, TaskResult]:
    """Return the newest result of each order that was not sent back."""
    latest: dict[int, TaskResult] = {}
    results = client.tasks.get_results(task_ids) if task_ids else []
    for result in sorted(results, key=lambda result: (_moment(result.date), result.result_id)):
        if result.task_id is not None and result.status != ResultStatus.REJECTED:
            latest[result.task_id] = result
    return latest


def _moment(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()


def _still_coming(task_id: int, task: Task | None) -> str:
    if task is None:
        raise EtxtNotFoundError(f"order {task_id} is not among your orders.", hint="Perhaps it is in tasks_archive.")
    if task.status == TaskStatus.OVERDUE:
        raise _not_ready(
            task_id,
            f"the author of order {task_id} missed its deadline",
            "Give more time with tasks.set_deadline, or call it off with tasks.fail_task.",
        )
    return "nobody works on it yet" if task.status == TaskStatus.WAITING else "its author works on it"


def _not_ready(task_id: int, message: str, hint: str = "Wait on with its id.") -> ResultNotReadyError:
    error = ResultNotReadyError(f"{message}.", hint=hint)
    error.task_id = task_id
    return error


def _too_low(result: TaskResult | None, at_least: float) -> str:
    """Return why a result is not accepted; empty if it is."""
    if result is None:
        return "no result was found"
    if result.uniqueness is None:
        return "its uniqueness has not been checked yet"
    if result.uniqueness < at_least:
        return f"its uniqueness is {result.uniqueness:g} %, less than {at_least:g} %"
    return ""


def _buy(client: EtxtClient, number: int, folder: ArticleFolder, left: dict[int, str]) -> bool:
    folder.begin(number)
    try:
        client.articles.buy(number)
    except (*_TOUCHED_MEANWHILE, EtxtMaxLimitError) as refusal:
        folder.settle(number)
        left[number] = refusal.message
        return False
    return True


def _save_texts(client: EtxtClient, folder: ArticleFolder, numbers: list[int], left: dict[int, str]) -> dict[int, Path]:
    lacking = [number for number in numbers if not folder.file(number).exists()]
    texts = {text.article_id: text for text in (client.articles.get_text(lacking) if lacking else [])}
    for number in numbers:
        if number in texts:
            folder.save(texts[number])
        elif number in lacking:
            left[number] = "eTXT did not send its text"
            continue
        folder.settle(number)
    return {number: folder.file(number) for number in numbers if number in texts}
