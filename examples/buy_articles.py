"""Buy articles on a subject at eTXT within a budget, and save their texts.

    python examples/buy_articles.py "чай" --price-to 300 --budget 1000
    python examples/buy_articles.py "чай" --price-to 300 --budget 1000 --to articles --yes

Without --yes it lists what it found. Texts become files that only you can read. Run again after anything went wrong, it
saves what was bought and not yet saved, and buys nothing twice. Exit status 4 means: sent, but nobody knows whether one
article was bought; run it again, it finds out.

Credentials: ETXT_TOKEN and ETXT_API_PASS. To try it without an account, in the sandbox:

    import os, subprocess, sys
    from kwork_etxt_sdk.sandbox import Sandbox

    with Sandbox() as box:
        command = [sys.executable, "examples/buy_articles.py", "а", "--budget", "1000", "--yes"]
        subprocess.run(command, env={**os.environ, **box.environment()}, check=True)
"""

import argparse
import sys
from decimal import Decimal
from pathlib import Path

from kwork_etxt_sdk import EtxtClient, OutcomeUnknown, SdkError
from kwork_etxt_sdk.etxt.workflows import buy_articles

UNKNOWN = 4


def main() -> int:
    parser = argparse.ArgumentParser(description="Buy articles on a subject at eTXT within a budget.")
    parser.add_argument("subject", help="words of the title")
    parser.add_argument("--budget", type=Decimal, required=True, metavar="ROUBLES", help="what may be spent in all")
    parser.add_argument("--price-to", type=int, metavar="ROUBLES", help="what one may cost")
    parser.add_argument("--uniq-from", type=int, metavar="PERCENT", help="lowest uniqueness")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="look at the first N found (default: 10)")
    parser.add_argument("--to", type=Path, default=Path("articles"), metavar="FOLDER", help="default: articles")
    parser.add_argument("--yes", action="store_true", help="buy them")
    arguments = parser.parse_args()
    try:
        with EtxtClient.from_env() as client:
            found = client.articles.get_list(
                arguments.subject, price_to=arguments.price_to, uniq_from=arguments.uniq_from
            )
            wanted = found.limit(arguments.limit).to_list()
            for article in wanted:
                print(f"{article.article_id}  {article.full_price:>9}  {article.title}")
            if not arguments.yes:
                return 0
            done = buy_articles(client, wanted, arguments.to, budget=arguments.budget)
    except OutcomeUnknown as unknown:
        print(unknown, file=sys.stderr)
        return UNKNOWN
    except SdkError as error:
        print(error, file=sys.stderr)
        return 1
    for article_id, path in done.saved.items():
        print(f"{'bought' if article_id in done.bought else 'saved'} {article_id}: {path}")
    for article_id, reason in done.left.items():
        print(f"left {article_id}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
