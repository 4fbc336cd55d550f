"""Mirror your eTXT orders, their texts and the statement into SQLite, and say what is new.

    python examples/mirror_to_sqlite.py --into mirror.db
    python examples/mirror_to_sqlite.py --into mirror.db --what orders,texts,messages

Run it as often as you like: what is known not to change is not fetched again, and a run that was killed goes on where
it was. Only you can read the files. Exit status 75 means: another run is at work, or the service can't be reached; try
later.

Credentials: ETXT_TOKEN and ETXT_API_PASS. To try it without an account, in the sandbox:

    import os, subprocess, sys
    from kwork_etxt_sdk.sandbox import Sandbox

    with Sandbox() as box:
        os.environ.update(box.environment())
        subprocess.run([sys.executable, "examples/mirror_to_sqlite.py", "--into", "mirror.db"], check=True)
"""

import argparse
import contextlib
import sqlite3
import sys
from pathlib import Path

from kwork_etxt_sdk import DeadlineError, EtxtClient, NetworkError, RateLimitError, SdkError
from kwork_etxt_sdk.exclusive import AlreadyRunningError
from kwork_etxt_sdk.sync import mirror

TRY_LATER = 75
NEWEST = "SELECT task_id, title, price FROM etxt_orders WHERE first_seen_at = changed_at ORDER BY task_id DESC LIMIT 3"


def main() -> int:
    parser = argparse.ArgumentParser(description="Mirror your eTXT data into SQLite.")
    parser.add_argument("--into", type=Path, required=True, metavar="FILE", help="the database")
    parser.add_argument("--what", default="orders,texts,statement", metavar="A,B", help="what to mirror")
    arguments = parser.parse_args()
    try:
        with EtxtClient.from_env() as client:
            summary = mirror(client, arguments.into, arguments.what.split(","))
    except (AlreadyRunningError, NetworkError, RateLimitError, DeadlineError) as busy:
        print(busy, file=sys.stderr)
        return TRY_LATER
    except SdkError as error:
        print(error, file=sys.stderr)
        return 1
    print(summary)
    with contextlib.closing(sqlite3.connect(arguments.into)) as database:
        for task_id, title, price in database.execute(NEWEST):
            print(f"{task_id}  {price:>8}  {title}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
