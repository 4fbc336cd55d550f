"""Read by mypy --strict and never run: the types that user code of both clients gets."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from typing_extensions import assert_type

from kwork_etxt_sdk import (
    CallOptions,
    Effect,
    EtxtClient,
    KworkClient,
    Limits,
    OutcomeUnknown,
    Page,
    Pager,
    Retry,
    Rule,
    SdkError,
    Secret,
    Timeouts,
    ValidationError,
)
from kwork_etxt_sdk.etxt.models.common import Processed
from kwork_etxt_sdk.etxt.models.tasks import (
    AcceptedNote,
    Note,
    SavedTask,
    Task,
    TaskResult,
    TaskStatus,
)
from kwork_etxt_sdk.etxt.models.users import Balance
from kwork_etxt_sdk.kwork import (
    CatalogResponse,
    Kwork,
    KworkUser,
    KworkValidationError,
    PaginationInfo,
    Project,
    ProjectsResponse,
)
from kwork_etxt_sdk.mapping import BadItem, Records
from kwork_etxt_sdk.tables import to_csv, to_jsonl, to_rows


def orders(client: EtxtClient) -> None:
    pager = client.tasks.list_tasks(status=TaskStatus.IN_REVIEW)
    assert_type(pager, Pager[Task])
    assert_type(client.tasks.list_tasks(status=3, count=20, offset=5), Pager[Task])
    assert_type(pager.first(), Task | None)
    assert_type(pager.limit(3), Pager[Task])
    assert_type(pager.to_list(), Records[Task])
    assert_type(pager.page(2), Page[Task])
    assert_type(pager.pages(), Iterator[Page[Task]])
    assert_type(pager.expected_calls, int | None)
    for task in pager:
        assert_type(task, Task)
        assert_type(task.task_id, int)
        assert_type(task.title, str | None)
        assert_type(task.price, Decimal | None)
        assert_type(task.status, TaskStatus | None)
        assert_type(task.date, datetime | None)
        assert_type(task.extra, dict[str, Any])
        assert_type(task.to_dict(), dict[str, Any])
    for page in pager.pages():
        assert_type(page.items, Records[Task])
        assert_type(page.items.bad_items, list[BadItem])
        assert_type([item.title for item in page], list[str | None])


def one_order(client: EtxtClient) -> None:
    saved = client.tasks.save_task("Обзор", price=Decimal(50), category_id=1828, size=2000, public=True)
    assert_type(saved, SavedTask)
    assert_type(client.tasks.save_task("Обзор", price=50, category_id=1828, text="Текст"), SavedTask)
    assert_type(client.tasks.view_notes([5, 6]), Records[Note])
    assert_type(client.tasks.set_note(7, comment="Спасибо"), AcceptedNote)
    results = client.tasks.get_results(5)
    assert_type(results, Records[TaskResult])
    assert_type(client.tasks.paid_task([5]), Processed)
    assert_type(client.tasks.paid_task(5).missing, list[int])
    assert_type(client.users.get_balance(), Balance)
    assert_type(client.users.get_balance().balance, Decimal | None)
    assert_type(client.files.text(results[0]), str)
    assert_type(client.files.read(results[0]), bytes)
    assert_type(client.files.save(results[0], "texts"), Path)


def marketplace(client: KworkClient) -> None:
    page = client.catalog.get_list(1, 41, "price_asc")
    assert_type(page, CatalogResponse)
    assert_type(page.kworks, list[Kwork])
    assert_type(page.pagination, PaginationInfo | None)
    assert_type(client.catalog.iter_list(category_id=41), Pager[Kwork])
    assert_type(client.projects.get_list(page=2), ProjectsResponse)
    assert_type(client.projects.iter_list(), Pager[Project])
    for project in client.projects.iter_list().limit(10):
        assert_type(project.id, int)
        assert_type(project.budget, Decimal | None)
        assert_type(project.customer, KworkUser | None)
        assert_type(project.skills, list[str] | None)
    assert_type([kwork.price for kwork in client.catalog.iter_list()], list[Decimal | None])


def signing_in() -> None:
    client = KworkClient.login("name", "password", 10.0)
    assert_type(client, KworkClient)
    assert_type(KworkClient.login("name", Secret("password"), timeout=Timeouts(read=5)), KworkClient)
    assert_type(client.credentials, dict[str, Any])
    assert_type(client.token, str | None)
    assert_type(client.cookies, dict[str, str])
    assert_type(KworkClient(**client.credentials), KworkClient)
    with KworkClient(token="token", limits=Limits(default=Rule.per_second(2))) as opened:
        assert_type(opened, KworkClient)
        assert_type(opened.with_options(retries=0), KworkClient)
    with EtxtClient(Secret("token"), "password", retry=Retry.none) as etxt:
        assert_type(etxt, EtxtClient)
        assert_type(etxt.with_options(allow=Effect.READ, deadline=None, timeout=5), EtxtClient)
        etxt.users.get_balance(options=CallOptions(dry_run=True, bad_items="keep"))


def tables(client: KworkClient) -> None:
    assert_type(to_csv(client.catalog.iter_list(), "kworks.csv", ["id", "seller.username"]), int)
    assert_type(to_jsonl(client.projects.iter_list().limit(5), Path("projects.jsonl")), int)
    assert_type(list(to_rows([Kwork(id=1)])), list[dict[str, Any]])


def failures(client: EtxtClient) -> None:
    try:
        client.tasks.paid_task(5)
    except OutcomeUnknown as unknown:
        assert_type(unknown.check, str | None)
        assert_type(unknown.sent_at, datetime | None)
        assert_type(unknown.parameters, dict[str, Any])
    except KworkValidationError as refused:
        assert_type(refused.fields, dict[str, list[str]])
    except ValidationError as refused:
        assert_type(refused.fields, dict[str, list[str]])
        assert_type(refused.sent, bool)
    except SdkError as error:
        assert_type(error.code, str | None)
        assert_type(error.status_code, int | None)
        assert_type(error.message, str)
