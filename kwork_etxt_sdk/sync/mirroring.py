"""``mirror``: one's own data at a marketplace, into SQLite."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from kwork_etxt_sdk.client import Client
from kwork_etxt_sdk.errors import ConfigurationError, SdkError
from kwork_etxt_sdk.exclusive import only_run
from kwork_etxt_sdk.sync.database import Mirror
from kwork_etxt_sdk.sync.files import TextFolder
from kwork_etxt_sdk.sync.run import Enough, Run
from kwork_etxt_sdk.sync.shape import Table
from kwork_etxt_sdk.sync.summary import Summary

if TYPE_CHECKING:
    from kwork_etxt_sdk.transport.clock import Clock

#: What can be mirrored, in the order in which it is.
ETXT: Final = ("orders", "results", "texts", "articles", "statement", "messages", "news")
KWORK: Final = ("orders", "dialogs", "messages", "offers", "kworks", "projects")


@attrs.frozen(kw_only=True)
class Site:
    """What a marketplace brings to a mirror."""

    needs: Mapping[str, tuple[str, ...]]
    tables: tuple[Table, ...]
    views: Mapping[str, str]
    steps: Callable[[Run[Any], Mapping[str, Any]], Iterable[Callable[[], None]]]
    account: Callable[[Any], int]
    #: What the wire of a client has no method for.
    lacking: Callable[[Any], frozenset[str]] = lambda _client: frozenset()


def mirrorable(client: Client) -> tuple[str, ...]:
    """Return all that can be mirrored with a client: :data:`ETXT`, or of :data:`KWORK` what its wire has.

    Args:
        client: An ``EtxtClient`` or a ``KworkClient``.

    Example:
        >>> mirror(client, "mirror.db", mirrorable(client))  # doctest: +SKIP
    """
    site = _site(client._session.market.site)
    lacking = site.lacking(client)
    return tuple(name for name in site.needs if name not in lacking)


def mirror(
    client: Client,
    path: str | Path,
    what: Iterable[str],
    *,
    whole: bool = False,
    users: Iterable[int] = (),
    categories: Iterable[int] = (),
    projects: int = 100,
    max_calls: int | None = None,
    seconds: float | None = None,
    wait: float = 0.0,
    on_end: Callable[[Summary], None] | None = None,
    clock: Clock | None = None,
) -> Summary:
    """Mirror your own data into an SQLite file, and texts into a folder beside it.

    What is known not to change is not fetched again. It may be killed at any moment and called again: what was fetched
    is there, and the rest follows. One run at a time works on a file.

    Effect: READ; nothing is marked as read.

    Args:
        client: An ``EtxtClient`` or a ``KworkClient``.
        path: The database, for example ``"mirror.db"``; texts go to ``"mirror.files"``. Only you can read either.
        what: What to mirror: some of :data:`ETXT` or :data:`KWORK`.
        whole: Ask for whole lists again, whatever is known of them; this happens by itself once a week.
        users: Ids of users whose messages are mirrored besides those known from orders (eTXT, ``messages``).
        categories: Ids of the categories whose projects are mirrored; all if left out (Kwork, ``projects``).
        projects: How many projects of each category are looked at, at most (Kwork).
        max_calls: Requests after which the run stops; the next one goes on from there.
        seconds: Seconds after which it does.
        wait: Seconds to wait for another run on the same file to end.
        on_end: Called with the summary even if the run fails.
        clock: Time, for tests.

    Returns:
        What is new, changed, unchanged and gone.

    Raises:
        AlreadyRunningError: Another run works on the file; nothing was done.
        ConfigurationError: There is nothing of that name to mirror, or the file belongs to another account.
        MissingExtraError: The extra ``sync`` is not installed.
        SdkError: The service could not be asked; what came before is mirrored.

    Example:
        >>> print(mirror(EtxtClient.from_env(), "mirror.db", ["orders", "texts"]))  # doctest: +SKIP
        etxt: 3 new, 1 changed, 20 unchanged, 0 gone, 1 files; 4 calls in 3.2 s
    """
    if isinstance(what, str):
        raise ConfigurationError(f"what takes a list of names, such as [{what!r}]")
    database = Path(path).expanduser()
    name = client._session.market.site
    site = _site(name)
    chosen = _with_needs(name, site, list(what))
    settings = {"users": tuple(users), "categories": tuple(categories), "projects": projects}
    clock = clock or client._session.clock
    with only_run(database, "the mirror", wait=wait):
        book = Mirror(database, site.tables, site.views, now=clock.wall())
        with contextlib.closing(book):
            folder = TextFolder(database)
            folder.tidy()
            run = Run(client, book, folder, chosen, whole=whole, max_calls=max_calls, seconds=seconds, clock=clock)
            try:
                steps = list(site.steps(run, settings))
                _check_account(run, site, name)
                for step in steps:
                    step()
            except Enough as enough:
                run.summary.stopped = str(enough)
            except SdkError as failure:
                run.summary.stopped = failure.message
                raise
            except sqlite3.Error as failure:
                run.summary.stopped = str(failure)
                raise SdkError(f"the mirror {database} can't be used: {failure}.") from failure
            finally:
                summary = run.close()
                if on_end is not None:
                    on_end(summary)
            return summary


def _site(name: str) -> Site:
    if name == "etxt":
        from kwork_etxt_sdk.sync.etxt import SITE

        return SITE
    from kwork_etxt_sdk.sync.kwork import SITE as OTHER

    return OTHER


def _with_needs(name: str, site: Site, what: list[str]) -> frozenset[str]:
    unknown = [one for one in what if one not in site.needs]
    if unknown or not what:
        missing = f"{', '.join(unknown)} can't be mirrored" if unknown else "say what to mirror"
        raise ConfigurationError(f"{missing}; {name} has {', '.join(site.needs)}")
    return frozenset([*what, *(need for one in what for need in site.needs[one])])


def _check_account(run: Run[Any], site: Site, name: str) -> None:
    """Make sure that the file is this account's: rows of another one would look as if they were gone."""
    scope = run.client._session.market.scope
    if run.mirror.meta(f"{name}_scope") == scope:
        return
    run.check()
    account = str(site.account(run.client))
    known = run.mirror.meta(f"{name}_account")
    if known not in (None, account):
        raise ConfigurationError(
            f"{run.mirror.path} mirrors the {name} account of user {known}, and you are user {account}.",
            hint="Take another file.",
        )
    with run.mirror.transaction():
        run.mirror.set_meta(f"{name}_account", account)
        run.mirror.set_meta(f"{name}_scope", scope)
