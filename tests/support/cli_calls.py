"""Calls on the command line that several tests make, and what the service answers."""

from __future__ import annotations

TASKS = [
    {
        "id": str(number),
        "title": f"Обзор {number}\u001b[31m",
        "price": "1234.50",
        "status": "3",
        "date": "1893456000",
        "description": "Очень длинное описание. " * 20,
        "text": "=1+1",
    }
    for number in (7, 8, 9)
]
LIST = ("etxt", "tasks", "list-tasks")
COMMENT = ("etxt", "tasks", "save-comment", "7", "Когда?")
ORDER = ("etxt", "tasks", "save-task", "Обзор", "--price", "150", "--size", "3000", "--category-id", "1", "--public")
SAVED = {"id": "7", "id_comment": "5", "comments": "1"}
