"""All endpoints of both marketplaces, found in the modules of their topics.

The command line, the docs and the contract tests work from here, so a method that has a record is in all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import attrs

from kwork_etxt_sdk.client import Topic
from kwork_etxt_sdk.transport.endpoint import Endpoint

#: ``{site: {topic: module}}``; a topic is an attribute of the client.
TOPICS = {
    "etxt": {
        "categories": "kwork_etxt_sdk.etxt.categories",
        "folders": "kwork_etxt_sdk.etxt.folders",
        "users": "kwork_etxt_sdk.etxt.users",
        "tasks": "kwork_etxt_sdk.etxt.tasks",
        "tasks_archive": "kwork_etxt_sdk.etxt.tasks_archive",
        "options": "kwork_etxt_sdk.etxt.options",
        "articles": "kwork_etxt_sdk.etxt.articles",
        "articles_archive": "kwork_etxt_sdk.etxt.articles_archive",
        "bwgroups": "kwork_etxt_sdk.etxt.bwgroups",
        "messages": "kwork_etxt_sdk.etxt.messages",
        "rating": "kwork_etxt_sdk.etxt.rating",
        "diff": "kwork_etxt_sdk.etxt.diff",
        "correction": "kwork_etxt_sdk.etxt.correction",
    },
    "kwork": {
        "catalog": "kwork_etxt_sdk.kwork.catalog",
        "projects": "kwork_etxt_sdk.kwork.projects",
        "user": "kwork_etxt_sdk.kwork.user",
        "reference": "kwork_etxt_sdk.kwork.reference",
        "notifications": "kwork_etxt_sdk.kwork.notifications",
        "other": "kwork_etxt_sdk.kwork.other",
    },
}


@attrs.frozen(kw_only=True)
class Registered:
    """An endpoint with the method that calls it.

    Attributes:
        site: ``"etxt"`` or ``"kwork"``.
        endpoint: The record.
        topic: The class of the topic.
    """

    site: str
    endpoint: Endpoint[Any]
    topic: type[Topic]

    @property
    def name(self) -> str:
        """``"etxt tasks.saveTask"``."""
        return f"{self.site} {self.endpoint.name}"

    @property
    def method(self) -> Callable[..., Any]:
        """The method of the topic."""
        method: Callable[..., Any] = getattr(self.topic, self.endpoint.method)
        return method


def endpoints(site: str) -> list[Registered]:
    """Return all endpoints of a marketplace, in the order of its topics and of the records in their modules.

    A topic may be put together from classes in several modules; their records stand beside them.
    """
    return [
        Registered(site=site, endpoint=endpoint, topic=topic)
        for topic in map(_topic_class, map(import_module, TOPICS[site].values()))
        for part in topic.__mro__
        for endpoint in vars(import_module(part.__module__)).values()
        if isinstance(endpoint, Endpoint)
    ]


def _topic_class(module: Any) -> type[Topic]:
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Topic) and value.__module__ == module.__name__
    ]
    (topic,) = classes
    return topic
