"""Read by mypy and pyright in tests/test_typing.py and never run: mistakes of user code that both have to find.

Each line that is wrong says with which code of mypy's, and no other line may be.
"""

from kwork_etxt_sdk import CallOptions, Effect, EtxtClient, KworkClient, Limits, Secret, Tmieouts  # E: attr-defined
from kwork_etxt_sdk.etxt.models.tasks import Task
from kwork_etxt_sdk.kwork import Kwork, Project


def orders(client: EtxtClient, task: Task) -> None:
    client.tasks.list_taks()  # E: attr-defined
    client.taks.list_tasks()  # E: attr-defined
    client.tasks.list_tasks(3)  # E: call-arg
    client.tasks.list_tasks(state=3)  # E: call-arg
    client.tasks.list_tasks(status="3")  # E: arg-type
    client.tasks.save_task("Обзор", price=50)  # E: call-arg
    client.tasks.save_task("Обзор", price=50.5, category_id=1)  # E: arg-type
    client.tasks.save_task("Обзор", price="50", category_id=1)  # E: arg-type
    client.tasks.list_tasks().first().title  # E: union-attr  # noqa: B018
    total: int = client.users.get_balance().balance  # E: assignment
    titles: list[str] = [item.title for item in client.tasks.list_tasks()]  # E: misc
    task.titel  # E: attr-defined  # noqa: B018
    task.title = "Другое"  # E: misc
    assert total, titles


def marketplace(client: KworkClient, project: Project) -> None:
    KworkClient.login("name")  # E: call-arg
    client.catalog.get_list(sort=5)  # E: arg-type
    client.projects.iter_list().limit("5")  # E: arg-type
    project.budget + 1  # E: operator
    project.skills[0]  # E: index
    wrong: list[Project] = client.catalog.get_list().kworks  # E: assignment
    kwork: Kwork | None = client.projects.iter_list().first()  # E: assignment
    assert wrong, kwork


def options(client: EtxtClient) -> None:
    client.with_options(timeout=Tmieouts(read=5))
    CallOptions(dry_run="yes")  # E: arg-type
    CallOptions(bad_items="ignore")  # E: arg-type
    client.with_options(allow=0)  # E: arg-type
    client.with_options(retry=3)  # E: call-arg
    client.with_options(allow=Effect.READING)  # E: attr-defined
    Limits(default=1)  # E: arg-type
    "Bearer " + Secret("token")  # E: operator
    EtxtClient(None, "password")  # E: arg-type
    EtxtClient("token")  # E: call-arg
