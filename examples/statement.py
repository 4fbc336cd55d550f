"""Write your eTXT statement of account into a file for Excel or into CSV.

    python examples/statement.py --since 2030-01-01 --until 2030-01-31 january.xlsx
    python examples/statement.py --since 2030-01-01 january.csv

Times are Moscow times, amounts are numbers. Files for Excel need the package openpyxl (the extra pandas brings it).

Credentials: ETXT_TOKEN and ETXT_API_PASS. To try it without an account, in the sandbox:

    import os, subprocess, sys
    from kwork_etxt_sdk.sandbox import Sandbox

    with Sandbox() as box:
        command = [sys.executable, "examples/statement.py", "--since", "2020-01-01", "statement.csv"]
        subprocess.run(command, env={**os.environ, **box.environment()}, check=True)
"""

import argparse
import sys
from datetime import date, datetime
from pathlib import Path

from kwork_etxt_sdk import Effect, EtxtClient, SdkError
from kwork_etxt_sdk.etxt.workflows import statement
from kwork_etxt_sdk.tables import to_csv

COLUMNS = ["date", "operation", "amount", "commission", "balance", "user_to_id", "folder_id", "row_id"]


def write_excel(rows: list[dict], path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = "Statement"
    sheet.append(list(rows[0]) if rows else COLUMNS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for row in rows:
        # Excel knows no time zones: Moscow time is what the site shows, too.
        sheet.append([value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row.values()])
        for cell, name in zip(sheet[sheet.max_row], row, strict=True):
            if isinstance(row[name], str):
                cell.data_type = "s"  # text, even if it begins like a formula
            elif name in ("amount", "commission", "balance"):
                cell.number_format = "#,##0.00"
    sheet.column_dimensions["A"].width = 19
    sheet.column_dimensions["B"].width = 45
    book.save(path)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write your eTXT statement of account into .xlsx or .csv.")
    parser.add_argument("file", type=Path, help="where to: a name that ends in .xlsx or .csv")
    parser.add_argument("--since", type=date.fromisoformat, required=True, metavar="DAY", help="first day, 2030-01-31")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="last day (default: today)")
    arguments = parser.parse_args()
    if arguments.file.suffix not in (".xlsx", ".csv"):
        parser.error("the name of the file has to end in .xlsx or .csv")
    try:
        with EtxtClient.from_env() as signed_in:
            client = signed_in.with_options(allow=Effect.READ)
            if arguments.file.suffix == ".csv":
                stats = client.users.get_stats(date_from=arguments.since, date_to=arguments.until)
                count = to_csv(stats, arguments.file, COLUMNS)
            else:
                rows = statement(client, arguments.since, arguments.until)
                write_excel(rows, arguments.file)
                count = len(rows)
    except (SdkError, ImportError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} operations in {arguments.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
