"""Which wire a client is on, and the market that speaks it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.kwork.market import Credentials, KworkMarket, Wire
from kwork_etxt_sdk.mapping import MappingError, default_converter
from kwork_etxt_sdk.redaction import Secret


def wire_for(wire: Wire | None, app_authorization: Secret | None, *, has_cookies: bool) -> Wire:
    """Return the wire a client is on.

    Args:
        wire: The one that was asked for.
        app_authorization: What the app calls itself: without it there is no app wire.
        has_cookies: Whether cookies were given; they belong to the documented wire.

    Raises:
        ConfigurationError: There is no such wire, or what it needs is missing.
    """
    if wire not in (None, "app", "documented"):
        raise ConfigurationError(f"wire must be 'app', 'documented' or None, not {wire!r}")
    if wire == "app" and not app_authorization:
        raise ConfigurationError(
            "the app wire needs app_authorization, the value of the header Authorization by which the app names "
            "itself (with from_env: KWORK_APP_AUTHORIZATION). It is never stored and the SDK brings none: supply "
            "your own"
        )
    if wire is not None:
        return wire
    return "app" if app_authorization and not has_cookies else "documented"


def market_for(
    wire: Wire,
    credentials: Credentials,
    app_authorization: Secret | None,
    urls: Mapping[str, str],
    account: str | None = None,
) -> KworkMarket:
    """Return the market of a wire.

    Args:
        wire: Which.
        credentials: Those of an earlier sign-in.
        app_authorization: For the app wire.
        urls: Addresses of ``api``, ``login`` and ``token``.
        account: What stands for the account in limits and journals; None for the token.
    """
    if wire == "app" and app_authorization is not None:
        from kwork_etxt_sdk.kwork.app import AppMarket

        return AppMarket(credentials, app_authorization, urls["api"], account)
    from kwork_etxt_sdk.kwork.documented import DocumentedMarket, addresses

    return DocumentedMarket(credentials, addresses(urls["api"], urls["login"], urls["token"]), account)


def account_of(name: str) -> str:
    """Return what stands for the account with a name (or e-mail): the name itself is nobody's business.

    Example:
        >>> account_of("Name") == account_of(" name")
        True
    """
    return hashlib.sha256(f"kwork sign-in {name.strip().casefold()}".encode()).hexdigest()[:32]


def check_account(account: str | None) -> str | None:
    """Return the name of an account.

    Raises:
        ConfigurationError: It is no text, or empty.
    """
    if account is not None and (not isinstance(account, str) or not account):
        raise ConfigurationError(f"account must be a text that is not empty, or None, not {account!r}")
    return account


def expiry_of(value: Any) -> datetime | None:
    """Return a time of expiry that was given as a datetime or as text.

    Raises:
        ConfigurationError: It is neither.
    """
    if value is None:
        return None
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return value
    if isinstance(value, str):
        try:
            moment: datetime = default_converter().structure(value, datetime)
        except MappingError:
            pass
        else:
            return moment
    raise ConfigurationError(f"expires_at must be an aware datetime, or text as in client.credentials, not {value!r}")
