"""``kwork-etxt login``, ``logout``, ``whoami``, ``profiles``: credentials, kept where clients find them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs
import click

from kwork_etxt_sdk.cli.help import Group
from kwork_etxt_sdk.cli.output import json_text
from kwork_etxt_sdk.cli.printable import one_line
from kwork_etxt_sdk.config import (
    NEEDED,
    PROFILE_VARIABLE,
    SESSION_OF_ENVIRONMENT,
    VARIABLES,
    Settings,
    environment_secret,
    environment_value,
    open_client,
    settings_for,
)
from kwork_etxt_sdk.credentials import FromCommand, FromKeyring
from kwork_etxt_sdk.errors import ConfigurationError, SdkError
from kwork_etxt_sdk.options import CallOptions
from kwork_etxt_sdk.profiles import SITES, ProfileFile, SiteProfile
from kwork_etxt_sdk.profiles.edit import edit_profile
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.store import DEFAULT_PROFILE, StoredSession, is_profile_name, session_path
from kwork_etxt_sdk.transport.address import is_loopback

#: Under this name secrets of this program stand in the keyring.
KEYRING_SERVICE: Final = "kwork-etxt-sdk"
#: How one looks whether something works: once, and not for the usual two minutes.
AT_ONCE: Final = CallOptions(deadline=30, retries=0)
#: What a person is asked for.
_QUESTIONS: Final = {
    "token": "Token (API key)",
    "api_pass": "API password",
    "password": "Password",
}
_TITLES: Final = {"etxt": "eTXT", "kwork": "Kwork"}

#: What belongs to an address of this machine.
_OF_SANDBOX: Final = frozenset({"base_url", "wire"})


def _profile_name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not is_profile_name(value):
        raise click.BadParameter("a name has up to 64 letters, digits, '_', '.' and '-'")
    return value


def _profile_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--profile",
        default=DEFAULT_PROFILE,
        callback=_profile_name,
        envvar=PROFILE_VARIABLE,
        show_default=True,
        show_envvar=True,
        metavar="NAME",
        help="The profile, where there are several accounts.",
    )(command)


@click.group(cls=Group)
def login() -> None:
    """Keep credentials, so that commands and programs find them.

    What is not asked for on the terminal comes from the environment (ETXT_TOKEN and so on) or from a command.
    """


@login.command("etxt")
@_profile_option
@click.option("--token-command", metavar="COMMAND", help="Prints the token; kept in place of it. No shell is used.")
@click.option("--api-pass-command", metavar="COMMAND", help="The same for the API password.")
@click.option("--keyring", is_flag=True, help="Keep them in the keyring of the system, not in the file.")
@click.option("--base-url", metavar="URL", help="Address of the service, if it is another (the sandbox).")
def login_etxt(
    profile: str, token_command: str | None, api_pass_command: str | None, base_url: str | None, *, keyring: bool
) -> None:
    """Ask for token and API password, try them with a call that changes nothing, and write the profile.

    Both are on eTXT under personal information, interface settings.
    """
    file = ProfileFile()
    before = file.site(profile, "etxt")
    earlier = _without_sandbox(before)
    base_url = base_url or environment_value("etxt", "base_url")
    commands = {"token": _split(token_command), "api_pass": _split(api_pass_command)}
    found = {name: _asked("etxt", name, command, file.path.parent) for name, command in commands.items()}
    who = _try_etxt(earlier, found, base_url)
    changes: dict[str, Any] = {**_forgotten(before, earlier), **({} if base_url is None else {"base_url": base_url})}
    for name, value in found.items():
        changes.update(_place(profile, "etxt", name, value, commands[name], keyring=keyring))
    written = edit_profile(file, profile, "etxt", changes)
    click.echo(f"eTXT knows you as {who}. Kept in the profile {profile!r} of {written.path}.")


def _without_sandbox(kept: SiteProfile) -> SiteProfile:
    """Leave out the address of a sandbox: real credentials must not go to whoever is on that port by now."""
    if not is_loopback(urlsplit(kept.values.get("base_url", "")).hostname):
        return kept
    return attrs.evolve(kept, values={name: kept.values[name] for name in kept.values if name not in _OF_SANDBOX})


def _forgotten(before: SiteProfile, after: SiteProfile) -> dict[str, None]:
    return dict.fromkeys(name for name in before.values if name not in after.values)


def _try_etxt(earlier: SiteProfile, found: Mapping[str, Secret], base_url: str | None) -> str:
    from kwork_etxt_sdk.etxt.client import EtxtClient

    settings = Settings(site="etxt", values=earlier.values, secrets=earlier.secrets, origins={})
    given = settings.arguments({"base_url": base_url})
    with EtxtClient(found["token"], found["api_pass"], **given) as client:
        return f"user {client.users.get_balance().user_id}"


@login.command("kwork")
@_profile_option
@click.option("--login", "name", metavar="NAME", help="Name of the account, or e-mail; asked for unless given.")
@click.option(
    "--password-command",
    metavar="COMMAND",
    help="Prints the password; kept in the profile, so that a token that ran out is replaced. No shell is used.",
)
@click.option("--keyring", is_flag=True, help="Keep the password in the keyring of the system, for the same end.")
@click.option("--wire", type=click.Choice(["app", "documented"]), help="The wire; app is that of the live service.")
@click.option("--base-url", metavar="URL", help="Address of the service, if it is another (the sandbox).")
def login_kwork(
    profile: str,
    name: str | None,
    password_command: str | None,
    wire: str | None,
    base_url: str | None,
    *,
    keyring: bool,
) -> None:
    """Sign in with name and password, and keep what the sign-in brings; the password itself is not kept.

    The live service wants to know the app: KWORK_APP_AUTHORIZATION, or app_authorization in the profile. It may ask for
    digits of the phone number or a captcha; those are asked for here.
    """
    file = ProfileFile()
    before = file.site(profile, "kwork")
    earlier = _without_sandbox(before)
    command = _split(password_command)
    base_url = base_url or environment_value("kwork", "base_url")
    wire = wire or environment_value("kwork", "wire")
    name = (
        name
        or environment_value("kwork", "login")
        or earlier.values.get("login")
        or _ask("Name or e-mail", "kwork", "login")
    )
    known = earlier.values.get("login", name)
    if known != name:
        raise click.UsageError(f"the profile {profile!r} is that of another account: name a new one with --profile")
    password = _asked("kwork", "password", command, file.path.parent)
    changes: dict[str, Any] = {"login": name, "base_url": base_url, "wire": wire}
    given = {key: value for key, value in changes.items() if value is not None}
    changes = {**_forgotten(before, earlier), **given}
    with _signed_in(earlier, name, password, base_url, wire) as client:
        kept = client.save_session(profile=profile)
        expires_at = client.expires_at
    if command or keyring:
        changes.update(_place(profile, "kwork", "password", password, command, keyring=keyring))
    if command or keyring or "login" in earlier.values:
        edit_profile(file, profile, "kwork", changes)
    until = f", good until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else ""
    click.echo(f"Signed in to Kwork as {name}. Kept for the profile {profile!r} in {kept}{until}.")


def _signed_in(earlier: SiteProfile, name: str, password: Secret, base_url: str | None, wire: Any) -> Any:
    from kwork_etxt_sdk.kwork.client import KworkClient

    settings = Settings(site="kwork", values=earlier.values, secrets=earlier.secrets, origins={})
    header = environment_secret("kwork", "app_authorization") or settings.secret("app_authorization")
    return KworkClient.login(
        name,
        password,
        app_authorization=header,
        wire=wire or earlier.values.get("wire"),
        phone_last=settings.secret("phone_last"),
        on_challenge=_answer if sys.stdin.isatty() else None,
        **settings.arguments({"base_url": base_url}),
    )


def _answer(challenge: Any) -> Secret | None:
    click.echo(f"Kwork says: {one_line(challenge.message)}", err=True)
    if challenge.kind == "phone":
        question = "Last four digits of the phone number (empty gives up)"
    else:
        click.echo(
            "Open the page captcha_only of the site, solve the captcha, and copy what stands behind response= in the "
            "address it leads to. It is good for two minutes.",
            err=True,
        )
        question = "Answer of the captcha (empty gives up)"
    text = click.prompt(question, default="", show_default=False, hide_input=True, err=True)
    return Secret(text) if text else None


@click.command()
@click.argument("site", type=click.Choice(SITES))
@_profile_option
def logout(site: str, profile: str) -> None:
    """Forget kept credentials: the sign-in, and secrets in the profile or in the keyring.

    Other settings of the profile stay. Programs that bring a secret (token_command) are left as they are.
    """
    gone = []
    for path in _kept_sign_ins(site, profile):
        path.unlink()
        gone.append(f"the sign-in in {path}")
    file = ProfileFile()
    kept = file.site(profile, site)
    changes: dict[str, None] = {}
    for name, source in kept.secrets.items():
        if name == "proxy" or isinstance(source, FromCommand):
            continue
        if isinstance(source, FromKeyring):
            if source.service != KEYRING_SERVICE:
                continue  # put there by somebody else, and perhaps used by others
            source.delete()
            changes[f"{name}_keyring"] = None
        else:
            changes[name] = None
        gone.append(f"{name} ({source.kind})")
    of_sandbox = _forgotten(kept, _without_sandbox(kept))
    changes.update(of_sandbox)
    gone += [f"{name} (of a sandbox)" for name in of_sandbox]
    if changes:
        edit_profile(file, profile, site, changes)
    click.echo(f"Removed: {', '.join(gone)}." if gone else f"Nothing is kept of {_TITLES[site]} for {profile!r}.")
    left = [
        source.label
        for name, source in kept.secrets.items()
        if name != "proxy" and f"{name} ({source.kind})" not in gone
    ]
    if left:
        click.echo(f"Left as it is: {', '.join(left)}.")


def _kept_sign_ins(site: str, profile: str) -> list[Path]:
    if site != "kwork":
        return []
    names = [profile]
    if environment_value(site, "login"):  # the command keeps a sign-in for it, too
        names.append(settings_for(site).session or profile)
    return [path for path in dict.fromkeys(session_path(site, name) for name in names) if path.exists()]


@click.command()
@click.argument("site", required=False, type=click.Choice(SITES))
@click.option("--profile", metavar="NAME", help="The profile; else the environment, then the profile 'default'.")
def whoami(site: str | None, profile: str | None) -> None:
    """Tell whose account is used, and whether it works: asks each service, changes nothing.

    A table on a terminal, otherwise JSON lines. The exit status is 1 if a service does not answer as it should.
    """
    rows = []
    for one in [site] if site else SITES:
        settings = settings_for(one, profile)
        if settings.is_complete:
            rows.append({"site": one, "profile": settings.account, **_whoami(one, profile)})
    if not rows:
        raise ConfigurationError(nothing_is_set_up(site))
    print_rows(rows, ("site", "profile", "user_id", "username", "balance"), below="error")
    if any(row["error"] for row in rows):
        click.get_current_context().exit(1)


def nothing_is_set_up(site: str | None = None) -> str:
    """Return what to say where no account is set up: both ways of doing it."""
    sites = [site] if site else list(SITES)
    commands = " or ".join(f"kwork-etxt login {one}" for one in sites)
    variables = " or ".join(" and ".join(VARIABLES[one][name] for name in NEEDED[one]) for one in sites)
    of_site = f" of {_TITLES[site]}" if site else ""
    return f"no account{of_site} is set up: run {commands}, or set {variables} in the environment"


def _whoami(site: str, profile: str | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("user_id", "username", "balance", "error"))
    try:
        with closing(open_client(site, profile=profile, options=AT_ONCE)) as client:
            row.update(identity(site, client))
    except SdkError as failure:
        row["error"] = str(failure)
    return row


def identity(site: str, client: Any) -> dict[str, Any]:
    """Ask a service who is signed in; one or two calls that change nothing."""
    if site == "etxt":
        balance = client.users.get_balance()
        name = client.users.get_user(balance.user_id).login if balance.user_id is not None else None
        return {"user_id": balance.user_id, "username": name, "balance": _number(balance.balance)}
    actor = client.other.get_actor()
    name = actor.get("username") or actor.get("login")
    return {"user_id": actor.get("id"), "username": name, "balance": _number(actor.get("balance"))}


def _number(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, (int, float)) else value


@click.command()
def profiles() -> None:
    """List the accounts that are kept: what each profile holds, never the values.

    A table on a terminal, otherwise JSON lines.
    """
    file = ProfileFile()
    rows = list(_profiles(file))
    if sys.stdout.isatty():
        click.echo(f"{file.path}{'' if file.exists else ' (not there yet: kwork-etxt login etxt)'}")
    if rows or not sys.stdout.isatty():
        print_rows(rows, ("profile", "site", "secrets", "settings", "session"), below="problem")


def _profiles(file: ProfileFile) -> Iterator[dict[str, Any]]:
    kept = {path.stem.removeprefix("kwork-") for path in session_path("kwork").parent.glob("kwork-*.json")}
    sessions = {name for name in kept if not name.startswith(SESSION_OF_ENVIRONMENT)}
    for profile in sorted({*file.names, *sessions}):
        for site in SITES:
            has_session = site == "kwork" and profile in sessions
            if file.holds(profile, site) or has_session:
                yield {"profile": profile, "site": site, **_held(file, profile, site, has_session=has_session)}


def _held(file: ProfileFile, profile: str, site: str, *, has_session: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"secrets": {}, "settings": [], "session": None, "problem": None}
    try:
        kept = file.site(profile, site)
        row["secrets"] = {name: source.kind for name, source in kept.secrets.items()}
        row["settings"] = list(kept.values)
        if has_session:
            session = StoredSession.load(session_path(site, profile), site=site)
            until = session.expires_at
            row["session"] = f"{session.wire} wire" + (f", until {until:%Y-%m-%d %H:%M} UTC" if until else "")
    except ConfigurationError as failure:
        row["problem"] = str(failure)
    return row


def _asked(site: str, name: str, command: Sequence[str], folder: Path) -> Secret:
    """Return a secret: from a command, the environment, or a person."""
    if command:
        return FromCommand(_option(name), tuple(command), folder).fetch()
    return environment_secret(site, name) or Secret(_ask(_QUESTIONS[name], site, name, hidden=True))


def _ask(question: str, site: str, name: str, *, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"nobody is there to be asked: set {VARIABLES[site][name]} in the environment, or give {_option(name)}"
        )
    answer: str = click.prompt(question, hide_input=hidden, err=True)
    return answer.strip()


def _option(name: str) -> str:
    return "--login" if name == "login" else f"--{name.replace('_', '-')}-command"


def _split(command: str | None) -> list[str]:
    try:
        return shlex.split(command or "")
    except ValueError:
        problem = "a quote in a command has no end"
    raise click.UsageError(problem)


def _place(profile: str, site: str, name: str, value: Secret, command: list[str], *, keyring: bool) -> dict[str, Any]:
    """Put a secret where it is to be kept; return what the profile has to say of it."""
    if command:
        return {f"{name}_command": command}
    if not keyring:
        return {name: value}
    entry = FromKeyring("--keyring", KEYRING_SERVICE, f"{profile}.{site}.{name}")
    entry.store(value)
    return {f"{name}_keyring": f"{entry.service}/{entry.username}"}


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, below: str) -> None:
    """Print rows: a table of these columns on a terminal, and a long text `below` it; otherwise JSON lines."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo(json_text(row))
        return
    from kwork_etxt_sdk.cli.screen import Screen

    used = [column for column in columns if any(row[column] for row in rows)]
    table = [{column: _cell(row[column]) for column in used} for row in rows]
    Screen(sys.stdout, remarks=None, fold=True).rows([table], used)
    for row in rows:
        if row[below]:
            click.echo(one_line(f"{row['profile'] or ''} {row['site']}: {row[below]}"))


def _cell(value: Any) -> Any:
    """Return what stands in a profile by name as a text that says where each stands."""
    return ", ".join(f"{name} ({kind})" for name, kind in value.items()) if isinstance(value, dict) else value
