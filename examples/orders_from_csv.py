"""Place the orders of a CSV file at eTXT, each of them once, however often the script is run.

    python examples/orders_from_csv.py orders.csv --dry-run
    python examples/orders_from_csv.py orders.csv --publish --max-spend 15000

The file has a line per order and the columns id, title, description, category_id, size, price (roubles for 1000
characters), uniqueness (percent) and deadline (2030-01-31). An id of your own, never used for another order, is what
tells orders apart: an order is placed under a once_key made of it, which the journal (a file beside the CSV file)
remembers. Killed in the middle and run again, the script goes on where it ended.

All lines are checked before the first order is placed. Without --publish they stay drafts, which cost nothing. Printed
is a line per order: its id in the file and its number at eTXT. Exit status 4 means: for some orders nobody knows
whether they exist; the messages say what to do.

Credentials: ETXT_TOKEN and ETXT_API_PASS. To try it without an account, in the sandbox:

    import os, subprocess, sys
    from kwork_etxt_sdk.sandbox import Sandbox

    with open("orders.csv", "w", encoding="utf-8") as file:
        print("id,title,description,category_id,size,price,uniqueness,deadline", file=file)
        print("k-1,Обзор чайников,Без воды,1790,3000,60,95,", file=file)
    with Sandbox() as box:
        command = [sys.executable, "examples/orders_from_csv.py", "orders.csv", "--publish"]
        subprocess.run(command, env={**os.environ, **box.environment()}, check=True)
"""

import argparse
import csv
import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from kwork_etxt_sdk import CallOptions, DryRun, EtxtClient, Journal, OutcomeUnknown, SdkError

UNKNOWN = 4


def read_orders(path: Path) -> dict[str, dict]:
    """Return the arguments of each order by its id."""
    orders = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                order = {
                    "title": row["title"],
                    "description": row["description"] or None,
                    "category_id": int(row["category_id"]),
                    "size": int(row["size"]),
                    "price": Decimal(row["price"]),
                    "uniq": int(row["uniqueness"] or 0) or None,
                    "deadline": date.fromisoformat(row["deadline"]) if row["deadline"] else None,
                }
            except (KeyError, TypeError, ValueError, InvalidOperation) as problem:
                raise SystemExit(f"{path}, line {number}: {type(problem).__name__}: {problem}") from None
            if not row.get("id") or row["id"] in orders:
                raise SystemExit(f"{path}, line {number}: the id {row.get('id')!r} is missing or was used above")
            orders[row["id"]] = order
    return orders


def problem_of(client: EtxtClient, order: dict, *, public: bool) -> str:
    """Let an order go through all checks of the SDK, and return what is wrong with it; nothing is sent."""
    try:
        client.with_options(dry_run=True).tasks.save_task(**order, public=public)
    except DryRun:
        return ""
    except SdkError as error:
        return str(error)
    raise AssertionError("a dry run always ends in an exception")


def place(client: EtxtClient, journal: Journal, key: str, order: dict, *, public: bool) -> int | None:
    """Return the number of the order; None if nobody knows whether it exists."""
    try:
        return client.tasks.save_task(**order, public=public, options=CallOptions(once_key=key)).task_id
    except OutcomeUnknown as unknown:
        found = unknown.ask()  # orders with this title, newest first
        if len(found) != 1:
            print(f"{key}: {unknown}", file=sys.stderr)
            return None
        journal.mark_done(key, {"id_task": str(found[0].task_id)})
        return found[0].task_id


def main() -> int:
    parser = argparse.ArgumentParser(description="Place the orders of a CSV file at eTXT, each of them once.")
    parser.add_argument("file", type=Path, help="CSV file with a line per order")
    parser.add_argument("--publish", action="store_true", help="let authors see them; drafts otherwise")
    parser.add_argument("--max-spend", type=Decimal, metavar="ROUBLES", help="stop before this run has spent more")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="default: the name of the CSV file with .journal")
    parser.add_argument("--dry-run", action="store_true", help="check all lines and send nothing")
    arguments = parser.parse_args()
    orders = read_orders(arguments.file)
    missing = 0
    try:
        journal = Journal(arguments.journal or arguments.file.with_suffix(".journal"))
        with EtxtClient.from_env(journal=journal) as client:
            problems = {name: problem_of(client, order, public=arguments.publish) for name, order in orders.items()}
            wrong = [f"order {name}: {problem}" for name, problem in problems.items() if problem]
            if wrong or arguments.dry_run:
                print("\n".join(wrong) or f"{len(orders)} orders are fine", file=sys.stderr if wrong else sys.stdout)
                return 1 if wrong else 0
            careful = client.with_options(max_spend=arguments.max_spend) if arguments.max_spend else client
            for name, order in orders.items():
                task_id = place(careful, journal, f"{arguments.file.name}/{name}", order, public=arguments.publish)
                missing += task_id is None
                print(name, task_id or "unknown", flush=True)
    except SdkError as error:
        print(error, file=sys.stderr)
        return 1
    return UNKNOWN if missing else 0


if __name__ == "__main__":
    sys.exit(main())
