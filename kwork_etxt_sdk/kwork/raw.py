"""Calls of Kwork methods that the SDK has no method for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.kwork.endpoint import Endpoint, OnApp
from kwork_etxt_sdk.raw import raw_params

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:/[A-Za-z0-9_-]+)*")
#: Methods that speak to people: they have a limit of their own.
_MESSAGES: Final = frozenset({"inboxCreate", "inboxEdit", "trackMessageCreate", "sendReport", "createReview"})
#: Methods by which one signs in.
_SIGN_INS: Final = frozenset({"signIn", "signInWithCaptcha", "socialSignIn"})


def raw_endpoint(
    name: str, parameters: Mapping[str, Any], effect: Effect, result: Any, *, is_signed_in: bool
) -> Endpoint[Any]:
    """Return the record of a call by its name in the service.

    Raises:
        ConfigurationError: The name is none, or it signs in.
    """
    path = name.removeprefix("/") if isinstance(name, str) else ""
    if not _NAME.fullmatch(path):
        raise ConfigurationError(f"a method of Kwork is named like 'getChannel', not {name!r}")
    if path in _SIGN_INS:
        raise ConfigurationError("sign in with KworkClient.login")
    params = raw_params(parameters)
    return Endpoint(
        path,
        path=f"/{path}",
        effect=effect,
        result=result,
        groups=("messages",) if path in _MESSAGES else (),
        params=params,
        app=OnApp(f"/{path}", read=lambda response, _siblings: response, needs_token=is_signed_in),
        source="",
        standing="inferred",
    )
