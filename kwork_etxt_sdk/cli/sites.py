"""``kwork-etxt etxt`` and ``kwork-etxt kwork``: a group per topic, a command per method."""

from __future__ import annotations

import functools

import click

from kwork_etxt_sdk.cli.help import LazyGroup, imported
from kwork_etxt_sdk.cli.methods import methods, topic_command, topic_summaries

_TITLES = {
    "etxt": "eTXT.ru: order, accept and buy texts.",
    "kwork": "Kwork.ru: services, projects, dialogs.",
}


def site_group(site: str) -> click.Group:
    """Return the group of a marketplace."""
    return LazyGroup(
        name=site,
        help=f"{_TITLES[site]}\n\nEach topic has a command for every method; add --help to any of them.",
        lazy=lambda: {
            **{
                topic_command(topic): (summary, functools.partial(_topic_group, site, topic))
                for topic, summary in topic_summaries(site).items()
            },
            **_others(site),
        },
    )


def _others(site: str) -> dict[str, tuple[str, functools.partial[click.Command]]]:
    from kwork_etxt_sdk.cli.raw import raw_command

    others = {"call": ("Any method by its name in the service.", functools.partial(raw_command, site))}
    if site == "etxt":
        others["workflows"] = ("What people do every day, in one command.", functools.partial(_workflows))
    return others


def _workflows() -> click.Command:
    return imported("workflows", "workflows")()


def _topic_group(site: str, topic: str) -> click.Group:
    from kwork_etxt_sdk.cli.calls import command_for

    return LazyGroup(
        name=topic_command(topic),
        help=topic_summaries(site)[topic],
        lazy=lambda: {
            name: (method.doc.summary, functools.partial(command_for, method))
            for name, method in methods(site)[topic].items()
        },
    )


def etxt() -> click.Group:
    """Return the group of eTXT."""
    return site_group("etxt")


def kwork() -> click.Group:
    """Return the group of Kwork."""
    return site_group("kwork")
