"""Accept the eTXT orders in review whose text is unique enough, and list the others.

    python examples/accept_by_uniqueness.py --at-least 95 --dry-run
    python examples/accept_by_uniqueness.py --at-least 95

Accepting pays the author. So the script first collects what it would accept and then accepts it, a hundred orders in
a call; run again, it goes on with what is still in review. Exit status 4 means: sent, but nobody knows whether the
orders of the last call were accepted.

Credentials: ETXT_TOKEN and ETXT_API_PASS. To try it without an account, in the sandbox, where an order has to be
written first:

    import os, subprocess, sys
    from kwork_etxt_sdk import EtxtClient
    from kwork_etxt_sdk.sandbox import Sandbox

    with Sandbox() as box:
        os.environ.update(box.environment())
        with EtxtClient.from_env() as client:
            client.tasks.save_task("Обзор", price=60, size=3000, category_id=1790, public=True, auto_work=True)
        box.advance(hours=8)
        subprocess.run([sys.executable, "examples/accept_by_uniqueness.py", "--at-least", "90"], check=True)
"""

import argparse
import sys

from kwork_etxt_sdk import EtxtClient, OutcomeUnknown, SdkError
from kwork_etxt_sdk.etxt.models.tasks import ResultStatus, TaskStatus

UNKNOWN = 4
MOST_AT_ONCE = 100


def good_enough(client: EtxtClient, at_least: float) -> list[int]:
    """Return the ids of the orders to accept, and print all that wait."""
    waiting = {task.task_id: task for task in client.tasks.list_tasks(status=TaskStatus.IN_REVIEW)}
    results = client.tasks.get_results(list(waiting)) if waiting else []
    uniqueness = {
        result.task_id: result.uniqueness
        for result in sorted(results, key=lambda result: result.result_id)  # the latest rework counts
        if result.status == ResultStatus.IN_REVIEW
    }
    good = []
    for task_id, task in waiting.items():
        percent = uniqueness.get(task_id)
        is_good = percent is not None and percent >= at_least
        measured = "not checked" if percent is None else f"{percent:g} %"
        print(f"{'accept' if is_good else 'leave '} {task_id}  {measured:>11}  {task.title}")
        if is_good:
            good.append(task_id)
    return good


def accept(client: EtxtClient, task_ids: list[int]) -> list[int]:
    """Accept the orders, and return the ids of those that the service did not accept."""
    missing = []
    for start in range(0, len(task_ids), MOST_AT_ONCE):
        missing += client.tasks.paid_task(task_ids[start : start + MOST_AT_ONCE]).missing
    return missing


def main() -> int:
    parser = argparse.ArgumentParser(description="Accept the eTXT orders in review whose text is unique enough.")
    parser.add_argument("--at-least", type=float, required=True, metavar="PERCENT", help="uniqueness demanded")
    parser.add_argument("--dry-run", action="store_true", help="list them, accept none")
    arguments = parser.parse_args()
    try:
        with EtxtClient.from_env() as client:
            chosen = good_enough(client, arguments.at_least)
            if not chosen or arguments.dry_run:
                return 0
            missing = accept(client, chosen)
    except OutcomeUnknown as unknown:
        print(unknown, file=sys.stderr)
        return UNKNOWN
    except SdkError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"accepted {len(chosen) - len(missing)}, not accepted: {missing or 'none'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
