"""The tables and views of eTXT."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from kwork_etxt_sdk.etxt.models.archive import ArchivedArticle, ArchivedResult, ArchivedTask
from kwork_etxt_sdk.etxt.models.articles import Article
from kwork_etxt_sdk.etxt.models.messages import PrivateMessage, SystemMessage
from kwork_etxt_sdk.etxt.models.tasks import Task, TaskResult
from kwork_etxt_sdk.etxt.models.users import StatementRow
from kwork_etxt_sdk.sync.shape import Row, Table, cell

ORDERS: Final = Table.of("etxt_orders", Task, "task_id", date_archive=str, is_listed=int, results_final=int)
RESULTS: Final = Table.of("etxt_results", TaskResult, "result_key", result_key=str, content_check=str)
ARTICLES: Final = Table.of("etxt_articles", Article, "article_id", quality=str, is_archived=int, is_listed=int)
STATEMENT: Final = Table.of("etxt_statement", StatementRow, "row_id")
MESSAGES: Final = Table.of("etxt_messages", PrivateMessage, "message_key", message_key=str)
NEWS: Final = Table.of("etxt_news", SystemMessage, "message_id")
FILES: Final = Table(
    "etxt_files",
    "file_key",
    {
        "file_key": str,
        "task_id": int,
        "result_key": str,
        "article_id": int,
        "kind": str,
        "told_type": str,
        "told_size": int,
        "file": str,
        "bytes": int,
        "problem": str,
    },
)
TABLES: Final = (ORDERS, RESULTS, ARTICLES, STATEMENT, MESSAGES, NEWS, FILES)

VIEWS: Final[Mapping[str, str]] = {
    "etxt_open_orders": """
        SELECT task_id, title, status, user_id AS author_id, deadline, price FROM etxt_orders
        WHERE gone_at IS NULL AND date_archive IS NULL AND (status IS NULL OR status != 4) ORDER BY deadline""",
    "etxt_spending_by_month": """
        SELECT substr(date, 1, 7) AS month, count(*) AS "rows",
               sum(CAST(round(amount * 100) AS INTEGER)) / 100.0 AS amount,
               sum(CAST(round(commission * 100) AS INTEGER)) / 100.0 AS commission
        FROM etxt_statement GROUP BY month ORDER BY month""",
    "etxt_authors": """
        SELECT o.user_id AS author_id, count(DISTINCT o.task_id) AS orders,
               sum(o.status = 4 OR o.date_archive IS NOT NULL) AS done,
               sum(CAST(round(o.price * 100) AS INTEGER)) / 100.0 AS price
        FROM etxt_orders o WHERE o.user_id > 0 GROUP BY o.user_id ORDER BY orders DESC""",
    "etxt_texts": """
        SELECT f.file, f.bytes, f.kind, o.task_id, o.title, r.date AS delivered_at, r.user_id AS author_id
        FROM etxt_files f JOIN etxt_results r ON r.result_key = f.result_key JOIN etxt_orders o ON o.task_id = r.task_id
        WHERE f.file IS NOT NULL""",
}


def order_row(task: Task) -> Row:
    """Return the row of an order that is not in the archive."""
    return ORDERS.row(task, is_listed=1)


def archived_order_row(task: ArchivedTask) -> Row:
    """Return the row of an order in the archive; what is not told there stays as it was told before."""
    return _without_empty(ORDERS.row(task, is_listed=0), "extra")


def result_row(result: TaskResult) -> Row:
    """Return the row of a result."""
    return RESULTS.row(result, result_key=str(result.result_id))


def archived_result_row(result: ArchivedResult, key: str) -> Row:
    """Return the row of a result of an order in the archive; such results have no id."""
    row = RESULTS.row(result, result_key=key, content_check=cell(result.check) if result.check else None)
    row |= {"check": 1 if result.check else None, "files": cell(result.files) if result.files else None}
    return _without_empty(row, "check", "content_check", "files", "extra")


def article_row(article: Article) -> Row:
    """Return the row of an article that was bought."""
    return ARTICLES.row(article, is_archived=0, is_listed=1)


def archived_article_row(article: ArchivedArticle) -> Row:
    """Return the row of an article in the archive; what is not told there stays as it was told before."""
    return _without_empty(ARTICLES.row(article, is_archived=1, is_listed=0), "extra")


def statement_row(row: StatementRow) -> Row:
    """Return the row of a booking; one that came without an id is known by what it says."""
    made = STATEMENT.row(row)
    if row.row_id is None:
        made["row_id"] = -int(_digest(made), 16)
    return made


def message_row(message: PrivateMessage) -> Row:
    """Return the row of a message, which has no id: it is known by what it says."""
    row = MESSAGES.row(message)
    identity = {name: row[name] for name in ("date", "author_id", "user_id", "text")}
    return {**row, "message_key": _digest(identity)}


def _without_empty(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names or value is not None}


def _digest(row: Row) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:15]
