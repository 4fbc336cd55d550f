"""Kwork on the app wire, that of the live service: forms with the token in them, and envelopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import attrs

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.endpoint import Endpoint, NotOnApp, OnApp
from kwork_etxt_sdk.kwork.errors import (
    KworkAppAuthError,
    KworkAuthError,
    KworkCaptchaError,
    KworkError,
    KworkNotFoundError,
    KworkPhoneError,
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
from kwork_etxt_sdk.mapping import Converter
from kwork_etxt_sdk.options import BadItems
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport import endpoint as base
from kwork_etxt_sdk.transport.address import check_base_url
from kwork_etxt_sdk.transport.exchange import Answered, Cause, Paging, Reading, Refused, Reply, Request, Unreadable

if TYPE_CHECKING:
    from kwork_etxt_sdk.kwork.refusals import Told

#: Names under which the service sends the data of an answer.
RESPONSE_NAMES: Final = ("response", "data", "portfolio")
#: Stands in the body where the token goes, which may change between two attempts.
_TOKEN_HERE: Final = Secret("")
_SUCCESS_ENDS = 300

#: Codes of errors.
CAPTCHA, PHONE, WRONG_LOGIN = "118", "192", "105"
_PARAMETERS = frozenset({"100", "101"})
_AUTH = frozenset({"401", "403"})
_HINTS: Final = {
    "116": "Pass the lesson about phishing on the site first.",
    "130": "This user does not take messages from you.",
    CAPTCHA: (
        "Sign in with on_challenge=: it is given what Kwork asks, and a person answers. The captcha is on the page "
        "captcha_only of the site; the SDK never solves one."
    ),
    PHONE: "Give the last four digits of the account's phone number: phone_last=, or on_challenge=.",
    WRONG_LOGIN: "Check the name and the password.",
}
#: What the text of a refusal says if the token is not accepted; the code of that is not known.
_NO_TOKEN_WORDS = ("авториз", "token", "токен")
#: What the text of a refused sign-in says if digits of the phone number are wanted.
_PHONE_WORDS = ("цифр", "digits")


class AppAnswer(NamedTuple):
    """An answer out of its envelope.

    Attributes:
        response: The data; None if there was none.
        siblings: What stood beside it.
    """

    response: Any
    siblings: shapes.Siblings

    def __repr__(self) -> str:
        return "AppAnswer()"  # it may hold a token


class AppMarket(KworkMarket):
    """One Kwork account on the app wire.

    Args:
        credentials: The token of an earlier sign-in.
        app_authorization: The whole value of the header by which an app names itself.
        base_url: Where to send calls.
    """

    wire: ClassVar[Wire] = "app"

    def __init__(
        self, credentials: Credentials, app_authorization: Secret, base_url: str, account: str | None = None
    ) -> None:
        value = app_authorization.reveal()
        is_sendable = value.isascii() and value.isprintable() and value == value.strip()
        del value
        if not is_sendable:
            raise ConfigurationError(
                "app_authorization holds characters that no header can carry; it is the whole value of the header "
                "Authorization, without its name"
            )
        self._app_authorization = app_authorization
        self._base_url = check_base_url(base_url)
        super().__init__(credentials, (self._base_url,), account)
        # What is behind the scheme would show the same secret.
        self.redactor.add(app_authorization, app_authorization.reveal().rpartition(" ")[2])

    def sign_in_with(self, credentials: Credentials) -> None:
        """Use this token from now on; there are no cookies here."""
        super().sign_in_with(attrs.evolve(credentials, cookies={}))

    def build(self, endpoint: base.Endpoint[Any], arguments: Mapping[str, Any]) -> Request:
        """Check the arguments and write them into a form."""
        own = self._own(endpoint)
        app = own.app
        if isinstance(app, NotOnApp):
            error: KworkError = KworkUnsupportedError("the app wire does not have it. Nothing was sent.")
            error.hint = app.instead
            error.call = f"{self.site} {own.name}"
            raise error
        form = self._encoded(own, app.params_with(own.params), arguments)
        written = {name for name, _ in form}
        form += [(name, value) for name, value in app.extra if name not in written]
        if app.needs_token:
            if not self._credentials.token:
                error = KworkAuthError("nobody is signed in. Nothing was sent.")
                error.hint = "Sign in with KworkClient.login, or restore a session."
                error.call = f"{self.site} {own.name}"
                raise error
            form.append(("token", _TOKEN_HERE))
        return Request(url=self._base_url + app.path, form=form)

    def authorize(self, request: Request) -> Request:
        """Add the app's authorization as a header, and the token where it belongs."""
        form = request.form or []
        if any(value is _TOKEN_HERE for _, value in form):
            token = self._uses_token().token or _TOKEN_HERE
            form = [(name, token if value is _TOKEN_HERE else value) for name, value in form]
        return attrs.evolve(request, form=form, headers={**request.headers, "Authorization": self._app_authorization})

    # --- answers ----------------------------------------------------------------------------------------------------

    def read(self, endpoint: base.Endpoint[Any], reply: Reply) -> Reading:
        """Open the envelope; the service refuses inside HTTP 200, too."""
        data = parsed(reply.body)
        if 300 <= reply.status < 400:  # noqa: PLR2004 - redirects
            return Unreadable(reason="it redirects")
        if not isinstance(data, (dict, list)):
            if reply.status == UNAUTHORIZED:
                return Refused(error=self._unknown_app())
            page = self._read_page(reply)
            return self._refused(endpoint, reply, {}) if page is None else page
        if not is_call(endpoint):
            data = self._hidden(data)
        if reply.status >= _SUCCESS_ENDS or _is_refusal(data):
            return self._refused(endpoint, reply, data)
        answer = _opened(data)
        if _needs_token(endpoint):
            self._was_accepted()
        return Answered(data=answer, paging=_paging(answer))

    def _unknown_app(self) -> KworkError:
        error = KworkAppAuthError("the host does not accept what the app calls itself (HTTP status 401).")
        error.hint = "Check app_authorization (KWORK_APP_AUTHORIZATION); your own token is not meant."
        return error

    def _hidden(self, data: Any) -> Any:
        """Return an answer to a sign-in with its secrets inside :class:`Secret`, and learn them."""
        if not isinstance(data, dict):
            return data
        hidden = {
            name: Secret(value)
            if name in {"token", "recaptcha_pass_token"} and isinstance(value, str)
            else self._hidden(value)
            for name, value in data.items()
        }
        self.redactor.add(*(value for value in hidden.values() if isinstance(value, Secret)))
        return hidden

    def _refused(self, endpoint: base.Endpoint[Any], reply: Reply, data: Any) -> Reading:
        from kwork_etxt_sdk.kwork.refusals import told_by

        told = told_by(data, self.redactor)
        if isinstance(endpoint, Endpoint) and isinstance(endpoint.app, OnApp) and told.code in endpoint.app.empty_codes:
            self._was_accepted()
            return Answered(data=AppAnswer(None, {}))
        error, cause = self._meaning(endpoint, reply, told)
        error.response = reply.snapshot(self.redactor)
        error.code, error.details, error.status_code = told.code, told.body, reply.status
        if isinstance(error, KworkCaptchaError) and isinstance(data, dict):
            given = data.get("recaptcha_pass_token")
            error.pass_token = Secret.of(given) if given and isinstance(given, (str, Secret)) else None
        wait = data.get("response") if isinstance(data, dict) else None
        seconds = wait.get("expire_time") if isinstance(wait, dict) else None
        if isinstance(seconds, int):
            error.hint = f"It is allowed again in {seconds} s."
        return Refused(error=error, cause=cause)

    def _meaning(self, endpoint: base.Endpoint[Any], reply: Reply, told: Told) -> tuple[KworkError, Cause]:
        words = f"Kwork says: {told.words or 'no reason given'}"
        hint = _HINTS.get(told.code or "")
        error: KworkError
        if told.code == CAPTCHA:
            return _hinted(KworkCaptchaError(words), hint), Cause.CAPTCHA
        if not is_call(endpoint):
            wants_digits = told.code == PHONE or any(word in told.words.casefold() for word in _PHONE_WORDS)
            error = KworkPhoneError(words) if wants_digits else KworkAuthError(words)
            return _hinted(error, _HINTS[PHONE] if wants_digits else hint), Cause.REFUSED
        if told.code in _PARAMETERS or reply.status in VALIDATION:
            return KworkValidationError(words, told.fields), Cause.REFUSED
        if reply.status == NOT_FOUND:
            return KworkNotFoundError(f"{endpoint.name} ({told.words or 'no reason given'})"), Cause.REFUSED
        if _is_about_the_token(reply, told):
            error = _hinted(KworkAuthError(words), "Sign in again with KworkClient.login.")
            return error, Cause.EXPIRED if _needs_token(endpoint) else Cause.REFUSED
        if told.code == WRONG_LOGIN:
            return _hinted(KworkAuthError(words), hint), Cause.REFUSED
        return _hinted(KworkRefusedError(words, reply.status), hint), Cause.REFUSED

    def convert(self, endpoint: base.Endpoint[Any], data: Any, converter: Converter, bad_items: BadItems) -> Any:
        """Bring the answer into the documented shape, then into the endpoint's result."""
        own = self._own(endpoint)
        answer = AppAnswer(*data)  # what a journal kept comes as a list
        read = own.app.read if isinstance(own.app, OnApp) else shapes.as_it_is
        if own.is_whole and own.result is (envelope := envelope_model()):
            rest = {name: value for name, value in answer.siblings.items() if name not in {"success", "message"}}
            kept = {name: answer.siblings.get(name) for name in ("success", "message")}
            return converter.structure(kept, envelope).replace(data=answer.response, extra=rest)
        shaped = read(answer.response, answer.siblings)
        return shaped if own.result is object else self._structure(own, shaped, converter, bad_items)


def _is_refusal(data: Any) -> bool:
    """Whether the service refused: it says so, or it names an error and sends no data."""
    if not isinstance(data, dict):
        return False
    if data.get("success") is False:
        return True
    has_data = data.get("success") is True or any(name in data for name in RESPONSE_NAMES)
    return not has_data and any(data.get(name) for name in ("error", "error_code"))


def _opened(data: Any) -> AppAnswer:
    """Take an answer out of its envelope; some come without one."""
    if not isinstance(data, dict):
        return AppAnswer(data, {})
    name = next((name for name in RESPONSE_NAMES if name in data), None)
    if name is None and "success" not in data:
        return AppAnswer(data, {})
    return AppAnswer(data.get(name or ""), {key: value for key, value in data.items() if key != name})


def _paging(answer: AppAnswer) -> Paging | None:
    found = shapes.pagination(shapes.paging_of(answer.response, answer.siblings))
    if found is None:
        return None
    return Paging(
        page=found["current_page"],
        pages=found["total_pages"],
        total=found["total_items"],
        size=found["items_per_page"],
    )


def _needs_token(endpoint: base.Endpoint[Any]) -> bool:
    return isinstance(endpoint, Endpoint) and isinstance(endpoint.app, OnApp) and endpoint.app.needs_token


def _is_about_the_token(reply: Reply, told: Told) -> bool:
    if reply.status in {UNAUTHORIZED, FORBIDDEN} or told.code in _AUTH:
        return True
    is_known = told.code in _HINTS
    return not is_known and any(word in told.words.casefold() for word in _NO_TOKEN_WORDS)


def _hinted(error: KworkError, hint: str | None) -> KworkError:
    error.hint = hint
    return error
