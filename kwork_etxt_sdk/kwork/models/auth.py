"""Sign-in, and errors."""

from __future__ import annotations

from typing import Any

from kwork_etxt_sdk.mapping import Model, default_converter, model, wire
from kwork_etxt_sdk.redaction import Secret


@model
class AuthResponse(Model):
    """Answer to the exchange of cookies for a token."""

    success: bool | None = wire(default=None)
    """Whether it worked."""
    user_id: int | None = wire(default=None)
    """Id of the user."""
    username: str | None = wire(default=None)
    """Name of the account."""
    web_auth_token: Secret | None = wire(default=None)
    """The token for all further calls: a credential, keep it as you keep a password."""
    message: str | None = wire(default=None)
    """What the service says."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that ``json.dumps`` takes; the token is masked."""
        # Not super(): a slotted class is made anew, and super() would look for the old one.
        plain = Model.to_dict(self)
        return {name: str(value) if isinstance(value, Secret) else value for name, value in plain.items()}


@model
class AppAuthResponse(AuthResponse):
    """Answer to the sign-in on the app wire."""

    web_auth_token: Secret | None = wire("web_auth_token", "token", default=None)
    """The token for all further calls: a credential, keep it as you keep a password."""
    expired: int | None = wire(default=None)
    """How long the token lives, in seconds; a very large number is the unix time of its end."""
    need_2fa: bool | None = wire(default=None)
    """Whether Kwork wants a second proof of who you are."""
    recaptcha_pass_token: Secret | None = wire(default=None)
    """What spares the next sign-in the captcha: a credential."""


def accept_secrets() -> None:
    """Teach the shared converter to read texts that must not show."""
    default_converter().cattrs.register_structure_hook(Secret, _to_secret)


def _to_secret(value: Any, _wanted: Any) -> Secret:
    return Secret.of(value)


@model
class ErrorDetail(Model):
    """One error of several."""

    code: str | None = wire(default=None)
    """The service's code."""
    message: str | None = wire(default=None)
    """The service's words."""
    field: str | None = wire(default=None)
    """The field that is wrong, if it is one."""


@model
class APIErrorResponse(Model):
    """An error body."""

    success: bool | None = wire(default=None)
    """False."""
    errors: list[ErrorDetail] = wire(default_factory=list)
    """The errors."""
    message: str | None = wire("message", "error", default=None)
    """The service's words for all of them."""
    error_code: str | None = wire(default=None)
    """The service's code for all of them (app wire)."""
