"""Print the projects of Kwork's feed that pay enough, one JSON object a line.

    python examples/watch_projects.py --min-budget 20000 --newer-than 9000050 > projects.jsonl

For cron: remember the greatest id printed, and pass it as --newer-than next time.

Credentials: KWORK_TOKEN, or KWORK_LOGIN and KWORK_PASSWORD. To try it without an account, in the sandbox:

    import os, subprocess, sys
    from kwork_etxt_sdk.sandbox import Sandbox

    with Sandbox() as box:
        command = [sys.executable, "examples/watch_projects.py", "--min-budget", "20000"]
        subprocess.run(command, env={**os.environ, **box.environment()}, check=True)
"""

import argparse
import json
import sys
from decimal import Decimal

from kwork_etxt_sdk import Effect, KworkClient, SdkError


def main() -> int:
    parser = argparse.ArgumentParser(description="Print the projects of Kwork's feed that pay enough, as JSON lines.")
    parser.add_argument("--min-budget", type=Decimal, default=Decimal(0), metavar="ROUBLES", help="lowest budget")
    parser.add_argument("--category-id", type=int, metavar="ID", help="only this category")
    parser.add_argument("--newer-than", type=int, default=0, metavar="ID", help="only projects with greater ids")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="look at the N newest (default: 100)")
    arguments = parser.parse_args()
    try:
        with KworkClient.from_env() as signed_in:
            client = signed_in.with_options(allow=Effect.READ)
            for project in client.projects.iter_list(category_id=arguments.category_id).limit(arguments.limit):
                is_new = project.id > arguments.newer_than
                if is_new and project.budget is not None and project.budget >= arguments.min_budget:
                    print(json.dumps(project.to_dict(), ensure_ascii=False), flush=True)
    except SdkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
