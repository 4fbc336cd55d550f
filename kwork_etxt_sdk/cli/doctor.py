"""``kwork-etxt doctor``: finds out why something does not work, and says what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import struct
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import attrs
import click

from kwork_etxt_sdk._version import __version__
from kwork_etxt_sdk.cli.accounts import AT_ONCE, identity, nothing_is_set_up
from kwork_etxt_sdk.cli.output import json_text
from kwork_etxt_sdk.cli.printable import one_line
from kwork_etxt_sdk.cli.reachability import answer_of, unreachable
from kwork_etxt_sdk.config import Settings, open_client, settings_for
from kwork_etxt_sdk.decoding import decoder_in_use
from kwork_etxt_sdk.errors import AuthError, SdkError, UnexpectedResponseError
from kwork_etxt_sdk.options import Rule
from kwork_etxt_sdk.profiles import SITES, ProfileFile
from kwork_etxt_sdk.redaction import Redactor
from kwork_etxt_sdk.store import StoredSession, session_path, state_directory
from kwork_etxt_sdk.transport.clock import Clock, SystemClock

Status = Literal["ok", "warn", "fail"]

#: A clock that is this far off, in seconds, is worth a word; the header tells whole seconds only.
_CLOCK_WARN: Final = 5.0
#: One that is this far off makes deadlines and expiries wrong.
_CLOCK_FAIL: Final = 300.0
#: How long before its end a sign-in that nobody can renew is worth a word.
_SOON: Final = timedelta(days=1)
_UNAUTHORIZED, _FORBIDDEN, _BROKEN = 401, 403, 500
_PACKAGES: Final = ("requests", "urllib3", "attrs", "cattrs", "tenacity")
#: Modules by the extra that brings them.
EXTRAS: Final = {
    "cli": ("click", "rich", "tqdm", "platformdirs"),
    "sync": ("sqlite_utils",),
    "pandas": ("pandas",),
    "redis": ("redis",),
    "fast": ("orjson",),
    "keyring": ("keyring",),
    "sandbox": ("flask", "cheroot"),
    "testing": ("pytest", "responses"),
}
_APP_ADVICE: Final = (
    "It is the live mobile service, and wants to know the app: set KWORK_APP_AUTHORIZATION, or app_authorization in "
    "the profile, to the value of the header Authorization. You supply it yourself; the SDK brings none."
)


@attrs.frozen(kw_only=True)
class Finding:
    """What one check came to.

    Attributes:
        site: ``"etxt"``, ``"kwork"``, or None for what concerns both.
        check: What was looked at.
        status: ``"ok"``, ``"warn"`` or ``"fail"``.
        message: What was found.
        advice: What to do; empty if nothing is.
    """

    site: str | None
    check: str
    status: Status
    message: str
    advice: str = ""


@click.command()
@click.argument("site", required=False, type=click.Choice(SITES))
@click.option("--profile", metavar="NAME", help="The profile; else the environment, then the profile 'default'.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of lines for people.")
def doctor(site: str | None, profile: str | None, *, as_json: bool) -> None:
    """Find out why something does not work, and what to do about it.

    Looks at the installation, the profile file and the folders, then, for each site that is set up, at credentials,
    network, clock, limits and answers. It asks the services a few questions and changes nothing there.

    The exit status is 1 if something fails.
    """
    findings = []
    for finding in examine([site] if site else list(SITES), profile):
        findings.append(finding)
        if not as_json:
            _print(finding)
    worst: Status = "fail" if any(one.status == "fail" for one in findings) else "ok"
    if as_json:
        click.echo(json_text({"status": worst, "checks": list(map(attrs.asdict, findings))}))
    if worst == "fail":
        click.get_current_context().exit(1)


#: In front of what a check found: status, site and check have columns of their own.
_MARGIN: Final = " " * 28
#: Characters that a line has on the narrowest terminal.
_NARROWEST: Final = 30
_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}


def _print(finding: Finding) -> None:
    status = f"{finding.status:<4}"
    if not os.environ.get("NO_COLOR"):
        status = click.style(status, fg=_COLOURS[finding.status])
    click.echo(f"{status}  {finding.site or '':<5}  {finding.check:<13}  {_folded(finding.message)}")
    if finding.advice:
        click.echo(f"{_MARGIN}-> {_folded(finding.advice, more='   ')}")


def _folded(text: str, *, more: str = "") -> str:
    """Return a text as one line, on a terminal as lines below each other; paths and addresses stay in one piece."""
    margin = _MARGIN + more
    room = max(shutil.get_terminal_size().columns - len(margin), _NARROWEST)
    line = one_line(text)
    if not sys.stdout.isatty() or not line:
        return line
    return f"\n{margin}".join(textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False))


def examine(sites: list[str], profile: str | None = None, *, clock: Clock | None = None) -> Iterator[Finding]:
    """Look at everything; each finding comes as soon as it is there.

    Args:
        sites: Which services.
        profile: Whose account.
        clock: Time; for tests.
    """
    yield from _installation()
    yield _profile_file()
    yield _state_folder()
    yield _shared_limits()
    examinations = [_SiteExamination(site, profile, clock or SystemClock()) for site in sites]
    for examination in examinations:
        yield from examination.run()
    if not any(examination.is_set_up for examination in examinations):
        yield Finding(site=None, check="accounts", status="fail", message=nothing_is_set_up())


def _installation() -> Iterator[Finding]:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    python = f"Python {platform.python_version()} on {platform.system()}"
    yield Finding(
        site=None, check="versions", status="ok", message=f"kwork-etxt-sdk {__version__}, {python}, {versions}"
    )
    there = [extra for extra, modules in EXTRAS.items() if all(map(find_spec, modules))]
    others = [extra for extra in EXTRAS if extra not in there]
    how = f"; not installed: {', '.join(others)} (pip install 'kwork-etxt-sdk[NAME]')" if others else ""
    yield Finding(site=None, check="extras", status="ok", message=f"{', '.join(there)}{how}")
    yield Finding(site=None, check="JSON", status="ok", message=f"answers are read by {decoder_in_use()}")


def _profile_file() -> Finding:
    try:
        file = ProfileFile()
    except SdkError as failure:
        return Finding(site=None, check="profiles", status="fail", message=str(failure))
    what = f"{len(file.names)} in {file.path}" if file.exists else f"none: {file.path} is not there"
    return Finding(site=None, check="profiles", status="ok", message=what)


def _state_folder() -> Finding:
    folder = state_directory()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"kwork-etxt")
    except OSError as failure:
        return Finding(
            site=None,
            check="state folder",
            status="fail",
            message=f"{folder} can't be written to: {failure.strerror or failure}",
            advice="Make it writable, or name another folder in KWORK_ETXT_STATE_DIR.",
        )
    return Finding(site=None, check="state folder", status="ok", message=str(folder))


def _shared_limits() -> Finding:
    from kwork_etxt_sdk.transport.bucket import look, pace_of
    from kwork_etxt_sdk.transport.state_file import FileStore, default_directory

    folder = default_directory()
    clock = SystemClock()
    try:
        # Not `apply`, which goes on in memory if the file fails.
        FileStore(folder)._attempt("doctor", look, clock.now, pace_of(Rule(1.0)), ())
    except (OSError, struct.error) as failure:
        reason = getattr(failure, "strerror", None) or failure
        return Finding(
            site=None,
            check="shared limits",
            status="warn",
            message=f"the processes of this machine can't share their limits in {folder}: {reason}",
            advice="Each process is limited by itself. Name a writable folder on a local disk in KWORK_ETXT_STATE_DIR.",
        )
    return Finding(
        site=None, check="shared limits", status="ok", message=f"shared by the processes of this machine in {folder}"
    )


class _SiteExamination:
    """Looks at one service.

    Args:
        site: Which.
        profile: Whose account.
        clock: Time.
    """

    def __init__(self, site: str, profile: str | None, clock: Clock) -> None:
        self.site = site
        self.is_set_up = False
        self._profile = profile
        self._clock = clock
        self._redactors = [Redactor()]

    def run(self) -> Iterator[Finding]:
        """Look at everything."""
        try:
            settings = settings_for(self.site, self._profile)
        except SdkError as failure:
            self.is_set_up = True
            yield self._finding("credentials", "fail", str(failure))
            return
        if not settings.is_complete:
            yield self._finding("credentials", "warn", "not set up", f"If you want it: {nothing_is_set_up(self.site)}")
            return
        self.is_set_up = True
        credentials = self._credentials(settings)
        yield credentials
        if credentials.status == "fail":
            return
        try:
            url = _address(settings)
        except SdkError as failure:
            yield self._failed("account", failure)
            return
        for finding in self._network(url, settings):
            yield finding
            if finding.status == "fail" and finding.check != "clock":
                return
        yield from self._account(settings)

    def _finding(self, check: str, status: Status, message: str, advice: str = "") -> Finding:
        return Finding(
            site=self.site,
            check=check,
            status=status,
            message=self._clean(message),
            advice=self._clean(advice),
        )

    def _clean(self, text: str) -> str:
        for redactor in self._redactors:
            text = redactor(text)
        return text

    def _credentials(self, settings: Settings) -> Finding:
        try:
            self._redactors[0].add(*(settings.secret(name) for name in settings.secrets))
        except SdkError as failure:
            return self._finding("credentials", "fail", str(failure))
        said = [origin for name, origin in settings.origins.items() if name in settings.secrets or name == "login"]
        if settings.session is not None and self.site == "kwork" and not settings.lacks("token"):
            said.append("a kept sign-in is not used: there is a token")
        return self._finding("credentials", "ok", "; ".join(said) or f"the sign-in kept for {settings.session!r}")

    def _network(self, url: str, settings: Settings) -> Iterator[Finding]:
        from requests.utils import get_environ_proxies, select_proxy

        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        proxy = settings.secret("proxy")
        proxies = {"http": proxy.reveal(), "https": proxy.reveal()} if proxy else {}
        verify: Any = settings.values.get("verify", True)
        is_proxied = select_proxy(url, proxies or get_environ_proxies(url)) is not None
        if not is_proxied:
            problem = unreachable(host, port, verify=verify if parts.scheme == "https" else None)
            if problem:
                yield self._finding("network", "fail", *problem)
                return
        before = self._clock.wall()
        answer = answer_of(f"{url.rstrip('/')}/actor" if self.site == "kwork" else url, proxies=proxies, verify=verify)
        if isinstance(answer, str):
            yield self._finding("network", "fail", f"{host}:{port} gives no answer ({answer})", _AGAIN)
            return
        with closing(answer):
            yield self._front(answer, host, settings, is_checked=verify is not False)
            yield self._time(answer, before, self._clock.wall())

    def _front(self, answer: Any, host: str, settings: Settings, *, is_checked: bool) -> Finding:
        status = answer.status_code
        if status == _UNAUTHORIZED and "basic" in answer.headers.get("www-authenticate", "").casefold():
            if "app_authorization" not in settings.secrets:
                return self._finding(
                    "network", "fail", f"{host} lets in no app that does not name itself (401, Basic)", _APP_ADVICE
                )
            return self._finding("network", "ok", f"{host} answers, and wants app_authorization, which is set")
        if status == _FORBIDDEN:
            words = f"the front end of {host} turned a request away (403)"
            return self._finding("network", "warn", words, "Wait some minutes; asking again at once makes it worse.")
        if status >= _BROKEN:
            return self._finding("network", "warn", f"{host} answers with status {status}", _AGAIN)
        if not is_checked:
            words = f"{host} answers, but its certificate is not checked (verify = false)"
            return self._finding("network", "warn", words, "Name the file of a CA in verify instead.")
        return self._finding("network", "ok", f"{host} answers")

    def _time(self, answer: Any, before: datetime, after: datetime) -> Finding:
        try:
            told = parsedate_to_datetime(answer.headers.get("date", ""))
        except (ValueError, TypeError):
            return self._finding("clock", "ok", "the service does not tell its time")
        middle = before + (after - before) / 2
        # The header leaves out parts of a second.
        off = (middle - told).total_seconds() - 0.5
        slack = (after - before).total_seconds() / 2 + 0.5
        apart = max(0.0, abs(off) - slack)
        words = f"{apart:.0f} s {'ahead of' if off > 0 else 'behind'} the service"
        if apart <= _CLOCK_WARN:
            return self._finding("clock", "ok", "as the service has it, to a few seconds")
        status: Status = "fail" if apart > _CLOCK_FAIL else "warn"
        return self._finding("clock", status, words, "Set this machine's clock, for example: timedatectl set-ntp true")

    def _account(self, settings: Settings) -> Iterator[Finding]:
        try:
            client: Any = open_client(self.site, profile=self._profile, options=AT_ONCE, clock=self._clock)
        except SdkError as failure:
            yield self._failed("account", failure)
            return
        with client:
            self._redactors.append(client._market.redactor)
            try:
                who = identity(self.site, client)
            except SdkError as failure:
                yield self._failed("account", failure)
                if not _problems_of(failure):
                    yield self._limits(client)
                    return
            else:
                yield self._finding("account", "ok", f"user {who['user_id']}, {who['username']}")
            yield from self._expiry(settings, client)
            yield self._drift(client)
            yield self._limits(client)

    def _failed(self, check: str, failure: SdkError) -> Finding:
        from kwork_etxt_sdk.kwork.errors import KworkAppAuthError

        if isinstance(failure, KworkAppAuthError):
            return self._finding(check, "fail", str(failure), _APP_ADVICE)
        if isinstance(failure, AuthError):
            return self._finding(check, "fail", str(failure), f"Run: kwork-etxt login {self.site}")
        return self._finding(check, "fail", str(failure), _REPORT if _problems_of(failure) else _AGAIN)

    def _expiry(self, settings: Settings, client: Any) -> Iterator[Finding]:
        end = getattr(client, "expires_at", None)
        if end is None:
            return
        words = f"the token is good until {end:%Y-%m-%d %H:%M} UTC"
        if end - self._clock.wall() > _SOON or not settings.lacks("login", "password"):
            yield self._finding("token", "ok", words)
        else:
            yield self._finding("token", "warn", words, "Sign in again before: kwork-etxt login kwork")

    def _drift(self, client: Any) -> Finding:
        from kwork_etxt_sdk.mapping import DRIFT

        before = DRIFT.snapshot()
        misfits = []
        asked = 0
        for read in _READS[self.site]:
            try:
                read(client)
            except SdkError as failure:
                if not _problems_of(failure):
                    return self._failed("answers", failure)
                misfits.append(str(failure))
            asked += 1
        if misfits:
            return self._finding("answers", "fail", "; ".join(misfits), _REPORT)
        new = [name for name, times in DRIFT.snapshot().items() if times > before.get(name, 0)]
        if new:
            words = f"the service sends what the models don't know: {', '.join(sorted(new))}"
            return self._finding("answers", "warn", words, f"It is kept in .extra and disturbs nothing. {_REPORT}")
        return self._finding("answers", "ok", f"{asked} answers fit the models, nothing in them is unknown")

    def _limits(self, client: Any) -> Finding:
        from kwork_etxt_sdk.transport.sharing import SharedStore

        rules = client.limits.snapshot()
        said = [
            f"{group or 'all calls'} {rule.available:g} at once, then one in {rule.period:g} s"
            for group, rule in sorted(rules.items())
            if rule.rule is not None
        ]
        held = max(rule.held_for for rule in rules.values())
        store = client._session.limiter._store
        if held > 0:
            words = f"everybody is held for {held:.0f} s: the service said so, or turned us away"
            return self._finding(
                "limits", "warn", words, "Wait; calls made now wait as well, as far as their deadline lets."
            )
        if isinstance(store, SharedStore) and store.is_alone:
            words = f"not shared {store.shared_with} for now"
            return self._finding("limits", "warn", words, "See the log; calls go on, each process by itself.")
        return self._finding("limits", "ok", "; ".join(said) or "none, as it is a server on this machine")


_AGAIN: Final = "Try again later; if it stays so, look at the service in a browser, and at your network and proxy."
_REPORT: Final = "Tell the project, please: the models have to learn it."
#: Calls that change nothing and bring many kinds of things.
_READS: Final[dict[str, tuple[Callable[[Any], object], ...]]] = {
    "etxt": (
        lambda client: client.categories.list_categories(),
        lambda client: client.folders.list_folders(),
        lambda client: client.tasks.list_tasks().limit(20).to_list(),
    ),
    "kwork": (
        lambda client: client.catalog.get_list(page=1),
        lambda client: client.projects.get_list(page=1),
    ),
}


def _problems_of(failure: SdkError) -> tuple[str, ...]:
    """Return what in an answer does not fit the models; empty if it is not that."""
    return failure.problems if isinstance(failure, UnexpectedResponseError) else ()


def _address(settings: Settings) -> str:
    """Return where the calls go."""
    if "base_url" in settings.values:
        return str(settings.values["base_url"])
    if settings.site == "etxt":
        from kwork_etxt_sdk.etxt.market import BASE_URL

        return BASE_URL
    if settings.session is not None and settings.lacks("login", "token") == ["login", "token"]:
        stored = StoredSession.load(session_path("kwork", settings.session), site="kwork")
        if stored.base_url is not None:
            return stored.base_url
    from kwork_etxt_sdk.kwork.client import KworkClient

    return KworkClient.BASE_URL
