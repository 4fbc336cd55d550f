"""The methods of the service, as the manual groups them. Importing this package registers all of them."""

from kwork_etxt_sdk.sandbox.etxt.methods import (
    articles,
    catalogue,
    groups,
    messages,
    rating,
    tasks_archive,
    tasks_edit,
    tasks_lists,
    tasks_terms,
    tasks_work,
    tools,
    users,
)

__all__ = [
    "articles",
    "catalogue",
    "groups",
    "messages",
    "rating",
    "tasks_archive",
    "tasks_edit",
    "tasks_lists",
    "tasks_terms",
    "tasks_work",
    "tools",
    "users",
]
