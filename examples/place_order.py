"""Place one order at eTXT and print its id.

    python examples/place_order.py "Обзор чайников" --category-id 1790 --size 3000 --price 60 --dry-run
    python examples/place_order.py "Обзор чайников" --category-id 1790 --size 3000 --price 60 --publish

Without --publish the order stays a draft, which costs nothing and nobody sees. Exit status 4 means: sent, but nobody
knows whether the order exists now; look before you run it again.

Credentials: ETXT_TOKEN and ETXT_API_PASS. To try it without an account, in the sandbox:

    import os, subprocess, sys
    from kwork_etxt_sdk.sandbox import Sandbox

    with Sandbox() as box:
        order = ["Обзор чайников", "--category-id", "1790", "--size", "3000", "--price", "60", "--publish"]
        command = [sys.executable, "examples/place_order.py", *order]
        subprocess.run(command, env={**os.environ, **box.environment()}, check=True)
"""

import argparse
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from kwork_etxt_sdk import DryRun, EtxtClient, OutcomeUnknown, SdkError
from kwork_etxt_sdk.etxt.models.tasks import PriceType

UNKNOWN = 4


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Place one order at eTXT and print its id.")
    parser.add_argument("title")
    parser.add_argument("--category-id", type=int, required=True, metavar="ID", help="id of the category")
    parser.add_argument("--size", type=int, required=True, metavar="N", help="size in characters")
    parser.add_argument("--price", type=Decimal, required=True, metavar="ROUBLES", help="for 1000 characters")
    parser.add_argument("--description", default="", metavar="TEXT", help="what is to be written")
    parser.add_argument("--uniqueness", type=int, default=90, metavar="PERCENT", help="demanded (default: 90)")
    parser.add_argument("--days", type=float, default=3, metavar="N", help="until it is due (default: 3)")
    parser.add_argument("--publish", action="store_true", help="let authors see it; a draft otherwise")
    parser.add_argument("--dry-run", action="store_true", help="show the request and send nothing")
    return parser.parse_args()


def main() -> int:
    arguments = parse()
    try:
        with EtxtClient.from_env() as client:
            saved = client.with_options(dry_run=arguments.dry_run).tasks.save_task(
                arguments.title,
                description=arguments.description or None,
                category_id=arguments.category_id,
                size=arguments.size,
                price=arguments.price,
                price_type=PriceType.PER_1000,
                uniq=arguments.uniqueness,
                deadline=datetime.now(timezone.utc) + timedelta(days=arguments.days),
                public=arguments.publish,
            )
    except DryRun as shown:
        print(shown.wire)
        return 0
    except OutcomeUnknown as unknown:
        print(unknown, file=sys.stderr)
        return UNKNOWN
    except SdkError as error:
        print(error, file=sys.stderr)
        return 1
    print(saved.task_id)
    return 0


if __name__ == "__main__":
    sys.exit(main())
