"""The door of the app wire: the application first, then the verb, the method, the user and the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from kwork_etxt_sdk.sandbox.kwork.answer import Said, set_cookies
from kwork_etxt_sdk.sandbox.kwork.app import METHODS
from kwork_etxt_sdk.sandbox.kwork.app.envelope import enveloped
from kwork_etxt_sdk.sandbox.kwork.app.given import Given, read
from kwork_etxt_sdk.sandbox.kwork.app.registry import Refusal, invalid, missing
from kwork_etxt_sdk.sandbox.kwork.door import PHONE, TOKEN_LIVES, SignInRefused

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.door import Door

HTML_TYPE = "text/html; charset=utf-8"
CHALLENGE = (("WWW-Authenticate", 'Basic realm="Restricted"'),)
UNAUTHORIZED_PAGE = (
    "<html>\n<head><title>401 Authorization Required</title></head>\n"
    "<body>\n<center><h1>401 Authorization Required</h1></center>\n</body>\n</html>\n"
)
Headers: TypeAlias = tuple[tuple[str, str], ...]
REMEMBER_COOKIE = "slrememberme"


def answer(door: Door, incoming: Incoming, name: str, authorization: str) -> Said:
    """The answer to a request of the application. Refusals of the service itself have HTTP status 200."""
    params = read(incoming)
    shown = {key: value for key, value in params.items() if key != "token"}
    if incoming.header("Authorization") != authorization:
        return Said(UNAUTHORIZED_PAGE, 401, CHALLENGE, HTML_TYPE, params=shown, refusal="401")
    try:
        given = Given(params, is_guest=not door.knows(str(params.get("token", ""))))
        body, headers, changed = _answer(door, incoming.verb, name, given)
    except Refusal as refused:
        return Said(refused.body, params=shown, refusal="refused" if refused.code is None else str(refused.code))
    return Said(body, headers=headers, params=shown, changed=changed)


def _answer(door: Door, verb: str, name: str, given: Given) -> tuple[Row, Headers, bool]:
    if verb != "POST":
        raise Refusal(None, "Only POST method is allowed")
    if name == "signIn":
        return _sign_in(door, given)
    if name == "getWebAuthToken":
        _check_user(given)
        return _web_auth_token(door, given), (), False
    if name == "logout":
        _check_user(given)
        del door.market.tokens[given.text("token")]
        return {"success": True}, (), True
    method = METHODS.get(name)
    if method is None:
        raise Refusal(None, "Method not found")
    if not method.is_open:
        _check_user(given)
        door.market.actor.is_online |= given.flag("makeOnline")
    if not all(given.has(need) for need in method.needs):
        raise missing()
    return method.handler(door.market, given), (), method.changes


def _check_user(given: Given) -> None:
    if given.is_guest:
        # Nobody has recorded which number this refusal has on the live service.
        raise Refusal(None, "Необходима авторизация")


def _sign_in(door: Door, given: Given) -> tuple[Row, Headers, bool]:
    if not given.has("login") or not given.has("password"):
        raise missing()
    extra = {name: given.text(name) for name in ("phone_last", "g-recaptcha-response", "recaptcha_pass_token")}
    try:
        pass_token = door.check(given.text("login"), given.text("password"), extra)
    except SignInRefused as refused:
        # This one number has been seen as a text.
        code = str(refused.code) if refused.code == PHONE else refused.code
        more = {} if refused.pass_token is None else {"recaptcha_pass_token": refused.pass_token}
        raise Refusal(code, refused.message, **more) from None
    more = {} if pass_token is None else {"recaptcha_pass_token": pass_token}
    response = {"token": door.open_token(), "expired": TOKEN_LIVES, "need_2fa": False}
    return enveloped(response, **more), set_cookies({REMEMBER_COOKIE: door.issue("remember")}), False


def _web_auth_token(door: Door, given: Given) -> Row:
    target = given.text("url_to_redirect") or None
    if target is not None and not target.startswith("/"):
        raise invalid()
    token, expiry = door.open_one_time(target or "/")
    return enveloped(
        {
            "token": token,
            "expires_at": expiry,
            "url": f"{door.market.base_url}/kwork/login-by-token?web_auth_token={token}",
            "url_to_redirect": target,
        }
    )
