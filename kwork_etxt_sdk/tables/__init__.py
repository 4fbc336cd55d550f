"""Results as tables and files that other programs read: CSV, JSON lines, SQLite, pandas.

All of them take models: a list, a pager, anything that yields them. A column is named after its field; what stands in a
nested model is named ``seller.username``.
"""

from __future__ import annotations

from kwork_etxt_sdk.tables.database import to_sqlite
from kwork_etxt_sdk.tables.files import harmless, to_csv, to_jsonl
from kwork_etxt_sdk.tables.frames import to_frame
from kwork_etxt_sdk.tables.rows import to_rows

__all__ = ["harmless", "to_csv", "to_frame", "to_jsonl", "to_rows", "to_sqlite"]
