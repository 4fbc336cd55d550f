"""Kwork on the documented wire: cookies, JSON bodies, plain objects as answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final, NamedTuple

import attrs

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.kwork.endpoint import Endpoint, Host
from kwork_etxt_sdk.kwork.errors import (
    KworkAuthError,
    KworkError,
    KworkNotFoundError,
    KworkRefusedError,
    KworkUnsupportedError,
    KworkValidationError,
)
from kwork_etxt_sdk.kwork.market import (
    FORBIDDEN,
    NOT_FOUND,
    UNAUTHORIZED,
    VALIDATION,
    Credentials,
    KworkMarket,
    Wire,
    envelope_model,
    is_call,
    parsed,
)
from kwork_etxt_sdk.kwork.parameters import Settings
from kwork_etxt_sdk.mapping import Converter
from kwork_etxt_sdk.options import BadItems
from kwork_etxt_sdk.raw import Raw, plain_json
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport import endpoint as base
from kwork_etxt_sdk.transport.address import check_base_url
from kwork_etxt_sdk.transport.exchange import Answered, Cause, Reading, Refused, Reply, Request, Unreadable

TOKEN_COOKIE: Final = "web_auth_token"  # noqa: S105 - the name of the cookie

_SUCCESS = 200
_COOKIE_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_COOKIE_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")
_TOKEN_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e]+")


class Addresses(NamedTuple):
    """Where Kwork's three doors are."""

    api: str
    login: str
    token: str

    def url_of(self, endpoint: Endpoint[Any]) -> str:
        """Return the address of a method."""
        if endpoint.host is Host.LOGIN:
            return self.login
        return self.token if endpoint.host is Host.TOKEN else f"{self.api}{endpoint.path}"


class DocumentedMarket(KworkMarket):
    """One Kwork account on the documented wire.

    Args:
        credentials: Token and cookies of an earlier sign-in.
        addresses: Where to send what.
    """

    wire: ClassVar[Wire] = "documented"

    def __init__(self, credentials: Credentials, addresses: Addresses, account: str | None = None) -> None:
        self._addresses = addresses
        super().__init__(credentials, (addresses.api, addresses.login, addresses.token), account)

    def sign_in_with(self, credentials: Credentials) -> None:
        """Use these credentials from now on; the token becomes one of the cookies."""
        jar = dict(credentials.cookies)
        if credentials.token:
            if not is_token(credentials.token):
                raise ConfigurationError(
                    "the token holds characters that no cookie can carry (spaces, line ends, semicolons or letters "
                    "beyond ASCII); pass it exactly as client.token gave it"
                )
            jar[TOKEN_COOKIE] = credentials.token
        for name, value in jar.items():
            if not is_cookie(name, value):
                raise ConfigurationError(f"the cookie {name!r} holds characters that no cookie can carry")
        super().sign_in_with(attrs.evolve(credentials, cookies=jar, token=jar.get(TOKEN_COOKIE)))

    def build(self, endpoint: base.Endpoint[Any], arguments: Mapping[str, Any]) -> Request:
        """Check the arguments and write them into the body."""
        own = self._own(endpoint)
        if own.path is None:
            error = KworkUnsupportedError("the documented wire does not have it. Nothing was sent.")
            error.hint = "It belongs to the app wire: give app_authorization."
            error.call = f"{self.site} {own.name}"
            raise error
        form = self._encoded(own, own.params, arguments)
        request = Request(url=self._addresses.url_of(own), headers=dict(own.headers))
        if own.is_form:
            return attrs.evolve(request, form=form)
        return attrs.evolve(request, json=self._json(own, arguments)) if own.has_body else request

    @staticmethod
    def _json(endpoint: Endpoint[Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for param in endpoint.params:
            value = arguments.get(param.name)
            if isinstance(param, Settings):
                return param.json(value)
            if value is not None or param.name not in endpoint.leaves_out:
                body[param.wire] = plain_json(value) if isinstance(param, Raw) else value
        return body

    def authorize(self, request: Request) -> Request:
        """Add the cookies: written out, so that no cookie jar can send them anywhere else."""
        cookies = self._uses_token().cookies
        if not cookies:
            return request
        line = "; ".join(f"{name}={value.reveal()}" for name, value in cookies.items())
        return attrs.evolve(request, headers={**request.headers, "Cookie": Secret(line)})

    def read(self, endpoint: base.Endpoint[Any], reply: Reply) -> Reading:
        """Tell an answer from an error body and from a page for people."""
        data = self._hidden(parsed(reply.body))
        if reply.status == _SUCCESS and isinstance(endpoint, Endpoint) and not endpoint.body_matters:
            return Answered(data=data)
        if 300 <= reply.status < 400:  # noqa: PLR2004 - redirects
            return Unreadable(reason="it redirects")
        if not isinstance(data, (dict, list)):
            page = self._read_page(reply)
            return self._read_error(endpoint, reply, {}) if page is None else page
        is_good = reply.status < 300  # noqa: PLR2004 - successes end here
        if is_good and not (isinstance(data, dict) and data.get("success") is False):
            if is_call(endpoint):
                self._was_accepted()
            return Answered(data=data)
        return self._read_error(endpoint, reply, data)

    def _hidden(self, data: Any) -> Any:
        """Return an answer with its token inside a :class:`Secret`: what follows shows up in tracebacks and logs."""
        if not isinstance(data, dict) or not isinstance(data.get(TOKEN_COOKIE), str):
            return data
        hidden = {**data, TOKEN_COOKIE: Secret(data[TOKEN_COOKIE])}
        self.redactor.add(hidden[TOKEN_COOKIE])
        return hidden

    def _read_error(self, endpoint: base.Endpoint[Any], reply: Reply, data: Any) -> Reading:
        from kwork_etxt_sdk.kwork.refusals import told_by

        told = told_by(data, self.redactor)
        words = told.words or "no reason given"
        response = reply.snapshot(self.redactor)
        error: KworkError
        cause = Cause.REFUSED
        if reply.status in {UNAUTHORIZED, FORBIDDEN}:
            error = KworkAuthError(f"Kwork says: {words}", response)
            if reply.status == UNAUTHORIZED and is_call(endpoint):
                cause = Cause.EXPIRED
                error.hint = "Sign in again with KworkClient.login."
        elif reply.status == NOT_FOUND:
            error = KworkNotFoundError(f"{endpoint.name} ({words})", response)
        elif reply.status in VALIDATION:
            error = KworkValidationError(f"Kwork says: {words}", told.fields, response)
        else:
            error = KworkRefusedError(f"Kwork says: {words}", reply.status, response)
        error.code, error.details, error.status_code = told.code, told.body, reply.status
        return Refused(error=error, cause=cause)

    def convert(self, endpoint: base.Endpoint[Any], data: Any, converter: Converter, bad_items: BadItems) -> Any:
        """Turn the answer into the endpoint's result."""
        if not isinstance(endpoint, Endpoint) or endpoint.result is object:
            return data
        if _is_wrapped(data):
            envelope = envelope_model()
            if not endpoint.is_whole or endpoint.result not in {envelope, dict[str, Any]}:
                data = converter.structure(data, envelope).data
        return self._structure(endpoint, data, converter, bad_items)


def _is_wrapped(data: Any) -> bool:
    """Whether an answer is a ``DataResponse``: the documents name it without saying which answers it wraps."""
    wrapping = {"success", "data", "message"}
    return isinstance(data, dict) and isinstance(data.get("data"), dict) and data.keys() <= wrapping


def is_token(token: Secret) -> bool:
    """Whether a cookie can carry the token."""
    return _TOKEN_VALUE.fullmatch(token.reveal()) is not None


def is_cookie(name: str, value: Secret) -> bool:
    """Whether a cookie can be sent as it is."""
    return _COOKIE_NAME.fullmatch(name) is not None and _COOKIE_VALUE.fullmatch(value.reveal()) is not None


def addresses(api: str, login: str, token: str) -> Addresses:
    """Return the addresses, each checked."""
    return Addresses(
        api=check_base_url(api),
        login=check_base_url(login, name="LOGIN_URL"),
        token=check_base_url(token, name="TOKEN_URL"),
    )
