"""Signing in: in two steps on the documented wire, in one on the app wire, where Kwork may ask back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Literal

import attrs

from kwork_etxt_sdk.client import Client
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.documented import is_cookie, is_token
from kwork_etxt_sdk.kwork.endpoint import Endpoint, Host, OnApp
from kwork_etxt_sdk.kwork.errors import (
    KworkAuthError,
    KworkCaptchaError,
    KworkError,
    KworkPhoneError,
    KworkRefusedError,
    KworkValidationError,
)
from kwork_etxt_sdk.kwork.market import Credentials, KworkMarket
from kwork_etxt_sdk.kwork.models.auth import AppAuthResponse, AuthResponse, accept_secrets
from kwork_etxt_sdk.kwork.refusals import told_by
from kwork_etxt_sdk.options import DEFAULT, CallOptions, Retry
from kwork_etxt_sdk.params import Text
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.exchange import Result

#: The cookie that shows that name and password were right.
USER_COOKIE: Final = "userId"
#: From here on, a lifetime in seconds is none: it is the unix time of the end.
FIRST_MOMENT: Final = 10**9
#: Seconds between two quiet sign-ins. A token lives for days: where a new one is refused at once, it is not the token.
REST: Final = 600
# Each sign-in counts against the account: it is tried once, and the caller decides.
_ONE_TRY = CallOptions(retries=Retry.none)

SIGN_IN = Endpoint(
    "login",
    result=object,
    path="/signIn",
    host=Host.LOGIN,
    effect=Effect.READ,
    groups=("sign_in",),
    is_form=True,
    body_matters=False,  # documented: status 200 and the cookie tell
    headers={"Referer": "https://kwork.ru/"},
    params=(Text("login_or_email", required=True), Text("password", required=True)),
    source="Kwork client reference, KworkClient.login",
)
GET_WEB_AUTH_TOKEN = Endpoint(
    "login",
    path="/getWebAuthToken",
    host=Host.TOKEN,
    effect=Effect.READ,
    result=AuthResponse,
    has_body=True,
    source="Kwork client reference, KworkClient.login",
)
SIGN_IN_ON_APP = Endpoint(
    "login",
    path=None,
    effect=Effect.READ,
    groups=("sign_in",),
    result=AppAuthResponse,
    app=OnApp(
        "/signIn",
        params=(
            Text("login", required=True),
            Text("password", required=True),
            Text("phone", wire="phone_last"),
            Text("captcha", wire="g-recaptcha-response"),
            Text("pass_token", wire="recaptcha_pass_token"),
        ),
        read=shapes.with_pass_token,
        needs_token=False,
    ),
    source="Kwork client reference, KworkClient.login",
    standing="observed",
)
#: Finds out the id of the user who is signed in.
WHO_AM_I = Endpoint(
    "other.get_actor", path=None, effect=Effect.READ, result=int, value="id", app=OnApp("/actor"), standing="observed"
)


@attrs.frozen(kw_only=True)
class Challenge:
    """What Kwork wants to know before it signs in; only a person can say it.

    Attributes:
        kind: ``"phone"``: the last four digits of the account's phone number. ``"captcha"``: the answer to the captcha
            on the page ``captcha_only`` of the site, which stands behind ``response=`` in the address the page leads
            to; it is good for about two minutes.
        message: What Kwork says.
    """

    kind: Literal["phone", "captcha"]
    message: str


#: Asks a person: returns the answer, or None to give up.
OnChallenge = Callable[[Challenge], "str | Secret | None"]


@attrs.frozen(kw_only=True)
class Login:
    """With what to sign in.

    Attributes:
        username: Name of the account, or e-mail.
        password: Password.
        phone: Last four digits of the phone number.
    """

    username: str
    password: Secret
    phone: Secret | None = None

    @classmethod
    def of(cls, username: str, password: str | Secret, phone: str | Secret | None = None) -> Login:
        """Return what was given, checked."""
        password = Secret.of(password)  # so that a traceback with the values of variables does not show it
        phone = Secret.of(phone) if phone else None
        if not username or not password:
            raise ConfigurationError("username and password must not be empty")
        if phone and not (len(phone.reveal()) == 4 and phone.reveal().isdecimal()):  # noqa: PLR2004 - digits
            raise ConfigurationError("phone_last must be the last four digits of the phone number, as text")
        return cls(username=username, password=password, phone=phone)


def sign_in(client: Client, market: KworkMarket, login: Login, on_challenge: OnChallenge | None = None) -> None:
    """Sign in and keep the credentials in `market`.

    Raises:
        KworkAuthError: Name or password are wrong, no token came, or Kwork asks back and nobody answers.
    """
    market.redactor.add(login.password, login.phone)
    accept_secrets()
    if market.wire == "app":
        _sign_in_on_app(client, market, login, on_challenge)
    else:
        _sign_in_as_documented(client, market, login)


def quiet_sign_in(client: Client, market: KworkMarket, login: Callable[[], Login]) -> Callable[[], bool]:
    """Return what signs in anew when a token has run out; it returns False if that was done too recently."""
    last: list[int] = []

    def sign_in_again() -> bool:
        now = client._session.clock.now()
        if last and now - last[-1] < REST * SECOND:
            return False
        sign_in(client, market, login())
        last.append(now)
        return True

    return sign_in_again


def _sign_in_as_documented(client: Client, market: KworkMarket, login: Login) -> None:
    arguments = {"login_or_email": login.username, "password": login.password}
    before = market.credentials
    market.sign_in_with(Credentials())  # signing in anew sends nothing of the last time
    signed_in = False
    try:
        signed = _first_step(client, arguments)
        # Cookies of counters and the like, which can't be sent back as they came, are not what one signs in for.
        came = signed.reply.cookies if signed.reply is not None else {}
        cookies = {name: value for name, value in came.items() if is_cookie(name, value)}
        if not cookies.get(USER_COOKIE):
            words = told_by(signed.value, market.redactor).words
            raise _auth_error(f"login failed: the answer set no cookie {USER_COOKIE}", None, words)
        market.sign_in_with(Credentials(cookies=cookies))
        answer: AuthResponse = client._make(GET_WEB_AUTH_TOKEN, {}, DEFAULT).value
        token = answer.web_auth_token
        if not token or not is_token(token):
            problem = "the web_auth_token holds characters no cookie can carry" if token else "no web_auth_token came"
            raise _auth_error(f"login failed: {problem}", None, market.redactor(answer.message or ""))
        market.sign_in_with(Credentials(token=token, cookies=cookies))
        signed_in = True
    finally:
        if not signed_in:
            market.sign_in_with(before)


def _first_step(client: Client, arguments: dict[str, Any]) -> Result:
    try:
        return client._make(SIGN_IN, arguments, _ONE_TRY)
    except (KworkRefusedError, KworkValidationError) as refusal:
        if isinstance(refusal, KworkValidationError) and not refusal.sent:
            raise
        refused = refusal
    raise _auth_error("login failed", refused)


def _sign_in_on_app(client: Client, market: KworkMarket, login: Login, on_challenge: OnChallenge | None) -> None:
    arguments: dict[str, Any] = {"login": login.username, "password": login.password, "phone": login.phone}
    asked: set[str] = set()
    while True:
        try:
            return _keep(client, market, client._make(SIGN_IN_ON_APP, arguments, _ONE_TRY).value)
        except (KworkPhoneError, KworkCaptchaError) as refusal:
            question = refusal
        kind: Literal["phone", "captcha"] = "captcha" if isinstance(question, KworkCaptchaError) else "phone"
        if on_challenge is None or kind in asked:  # each is asked once: there are three tries at most
            raise question
        asked.add(kind)
        arguments[kind] = _answered(on_challenge, Challenge(kind=kind, message=question.message))
        if arguments[kind] is None:
            raise question
        market.redactor.add(arguments[kind])
        arguments["pass_token"] = getattr(question, "pass_token", None)


def _keep(client: Client, market: KworkMarket, answer: AppAuthResponse) -> None:
    if not answer.web_auth_token:
        raise _auth_error("login failed: no token came", None)
    expires_at = _end(answer.expired, client._session.clock.wall())
    market.sign_in_with(Credentials(token=answer.web_auth_token, expires_at=expires_at))
    market.needs_second_proof = answer.need_2fa


def _answered(on_challenge: OnChallenge, challenge: Challenge) -> Secret | None:
    answer = on_challenge(challenge)
    return Secret.of(answer) if answer else None


def _end(expired: int | None, now: datetime) -> datetime | None:
    if not expired or expired < 0:
        return None
    try:
        if expired >= FIRST_MOMENT:
            return datetime.fromtimestamp(expired, timezone.utc)
        return (now + timedelta(seconds=expired)).astimezone(timezone.utc)
    except (OverflowError, ValueError, OSError):
        return None


def _auth_error(message: str, cause: KworkError | None, words: str = "") -> KworkAuthError:
    words = cause.message if cause else f"Kwork says: {words}" if words else ""
    words = f"{message}: {words}" if words else f"{message}."
    error = KworkAuthError(words, cause.response if cause else None)
    error.call = "kwork login"
    error.code = cause.code if cause else None
    if cause is not None:
        error.status_code, error.details = cause.status_code, cause.details
    return error
