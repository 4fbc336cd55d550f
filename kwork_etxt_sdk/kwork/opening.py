"""A client out of settings: by a token, by a sign-in that was kept, or by signing in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from kwork_etxt_sdk.config import Settings, environment_secret
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.kwork.auth import Login
from kwork_etxt_sdk.kwork.wires import account_of
from kwork_etxt_sdk.store import StoredSession, session_path
from kwork_etxt_sdk.transport.address import check_base_url
from kwork_etxt_sdk.transport.clock import SystemClock

if TYPE_CHECKING:
    from kwork_etxt_sdk.kwork.client import KworkClient

logger = logging.getLogger("kwork_etxt_sdk")


def without_secrets(cls: type[KworkClient], settings: Mapping[str, Any]) -> KworkClient:
    """Make a client that was pickled without its credentials: with those of the environment, or unusable."""
    token, header = (environment_secret("kwork", name) for name in ("token", "app_authorization"))
    needs_header = settings["wire"] == "app"
    if token and (header or not needs_header):
        return cls(token, app_authorization=header if needs_header else None, **settings)
    client = cls(app_authorization="none" if needs_header else None, **settings)
    missing = "KWORK_TOKEN and KWORK_APP_AUTHORIZATION" if needs_header else "KWORK_TOKEN"
    client._session.unusable = (
        f"this client was pickled without its credentials, and {missing} can't be had from the environment of this "
        "process; set it there, or pickle client.with_pickled_secrets()"
    )
    return client


def open_from(cls: type[KworkClient], settings: Settings, overrides: Mapping[str, Any]) -> KworkClient:
    """Return a client for the account that the settings describe.

    In this order: their token; the sign-in that was kept, unless it ran out or belongs to another address or wire; name
    and password, and what that sign-in brings is kept. Where name and password are set up, a token that ran out is
    replaced quietly, once, and the new one is kept as well.

    Args:
        cls: The class of the client.
        settings: What is known of the account.
        overrides: Arguments that come first; None means not given.

    Raises:
        ConfigurationError: Nothing of it is set up, or something can't be had.
        KworkAuthError: The sign-in was refused.
    """
    given = dict(overrides)
    on_challenge = given.pop("on_challenge", None)
    arguments = {
        "wire": settings.values.get("wire"),
        "app_authorization": settings.secret("app_authorization"),
        **settings.arguments(given),
    }
    can_sign_in = not settings.lacks("login", "password")
    token = settings.secret("token")
    if token is not None:
        client = cls(token, account=_account(settings), **arguments)
        if can_sign_in:
            client._allow_relogin(_login(settings))
        return client
    path = None if settings.session is None else session_path("kwork", settings.session)
    kept = _kept(cls, settings, path, arguments, can_sign_in=can_sign_in)
    client = kept or _signed_in(cls, settings, arguments, on_challenge)
    if kept is None and path is not None:
        _keep(client, path)
    if can_sign_in:
        client._allow_relogin(_login(settings))
        if path is not None:
            _keep_renewed(client, path)
    return client


def session_of(client: KworkClient) -> StoredSession:
    """Return what a later run needs to go on with the sign-in of a client.

    Raises:
        ConfigurationError: Nobody is signed in.
    """
    market = client._market
    if not market.credentials.token:
        raise ConfigurationError("nobody is signed in: there is no session to save")
    return StoredSession(
        site="kwork",
        wire=market.wire,
        base_url=client._moved,
        account=market.account,
        **attrs.asdict(market.credentials, recurse=False),
    )


def _account(settings: Settings) -> str | None:
    login = settings.values.get("login")
    return account_of(login) if login else None


def _login(settings: Settings) -> Callable[[], Login]:
    # The password is fetched when it is needed: its command may ask a person.
    return lambda: Login.of(settings.values["login"], settings.fetched("password"), settings.secret("phone_last"))


def _signed_in(
    cls: type[KworkClient], settings: Settings, arguments: Mapping[str, Any], on_challenge: Any
) -> KworkClient:
    missing = settings.lacks("login", "password")
    if missing:
        raise settings.incomplete(*missing)
    login = _login(settings)()
    return cls.login(login.username, login.password, phone_last=login.phone, on_challenge=on_challenge, **arguments)


def _kept(
    cls: type[KworkClient], settings: Settings, path: Path | None, arguments: Mapping[str, Any], *, can_sign_in: bool
) -> KworkClient | None:
    """Return a client with the sign-in that was kept, or None if there is none of use and one can sign in."""
    if path is None or not path.exists():
        return None
    stored = StoredSession.load(path, site="kwork")
    problem = _unfit(stored, settings, arguments)
    if problem and can_sign_in:
        logger.info("the session file %s %s: signing in anew", path, problem)
        return None
    if problem:
        raise ConfigurationError(
            f"the session file {path} {problem}. Run: kwork-etxt login kwork --profile {settings.session}"
        )
    return cls(
        stored.token,
        stored.cookies,
        expires_at=stored.expires_at,
        account=stored.account or _account(settings),
        **{**arguments, "wire": stored.wire, "base_url": arguments.get("base_url") or stored.base_url},
    )


def _unfit(stored: StoredSession, settings: Settings, arguments: Mapping[str, Any]) -> str:
    """Return why a sign-in that was kept is of no use, empty if it is."""
    base_url = arguments.get("base_url")
    if base_url is not None or "login" in settings.values:
        # Never to another host than the one that gave it.
        wanted = None if base_url is None else check_base_url(base_url)
        if stored.base_url != wanted:
            return f"belongs to {stored.base_url or 'the service itself'}, not to {wanted or 'the service itself'}"
    account = _account(settings)
    if account is not None and stored.account not in (None, account):
        return "belongs to another account"
    if arguments["wire"] not in (None, stored.wire):
        return f"belongs to the {stored.wire} wire, not to the {arguments['wire']} wire"
    now = (arguments.get("clock") or SystemClock()).wall()
    if stored.expires_at is not None and stored.expires_at <= now:
        return f"ran out {_moment(stored.expires_at)}"
    return ""


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _keep_renewed(client: KworkClient, path: Path) -> None:
    sign_in_again = client._market.sign_in_again

    def and_keep() -> bool:
        is_done = sign_in_again is not None and sign_in_again()
        if is_done:
            _keep(client, path)
        return is_done

    client._market.sign_in_again = and_keep


def _keep(client: KworkClient, path: Path) -> None:
    try:
        client.save_session(path)
    except ConfigurationError as failure:
        # The sign-in itself is good; only the next run has to sign in again.
        logger.warning("the sign-in could not be kept: %s", failure)
