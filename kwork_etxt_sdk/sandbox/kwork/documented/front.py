"""Sign-in and calls as the documentation of the client describes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.kwork.answer import SESSION_COOKIE, USER_COOKIE, Said, set_cookies
from kwork_etxt_sdk.sandbox.kwork.documented import METHODS
from kwork_etxt_sdk.sandbox.kwork.documented.given import Given
from kwork_etxt_sdk.sandbox.kwork.documented.registry import Refusal, not_found
from kwork_etxt_sdk.sandbox.kwork.door import WRONG_LOGIN, SignInRefused

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.kwork.door import Door

TOKEN_COOKIE = "web_auth_token"  # noqa: S105 - a name


def answer(door: Door, incoming: Incoming, name: str) -> Said:
    """The answer to a request to a documented path."""
    params: dict[str, Any] = {}
    try:
        params = dict(incoming.form) if name == "signIn" else _read_json(incoming)
        return _answer(door, incoming, name, params)
    except Refusal as refused:
        detail = {"code": refused.code, "message": refused.message, "field": refused.field}
        body = {"success": False, "errors": [detail], "message": refused.message}
        return Said(body, refused.status, params=params, refusal=refused.code)


def _answer(door: Door, incoming: Incoming, name: str, params: dict[str, Any]) -> Said:
    if incoming.verb != "POST":
        raise Refusal(405, "METHOD_NOT_ALLOWED", "Нужен запрос POST")
    if name == "signIn":
        return _sign_in(door, incoming, params)
    if name == "getWebAuthToken":
        return _web_auth_token(door, incoming, params)
    if not door.knows(incoming.cookies.get(TOKEN_COOKIE, "")):
        raise Refusal(401, "UNAUTHORIZED", "Требуется авторизация")
    method = METHODS.get(name)
    if method is None:
        raise not_found(f"Метод {name}")
    return Said(method.handler(door.market, Given(params)), params=params, changed=method.changes)


def _sign_in(door: Door, incoming: Incoming, params: dict[str, str]) -> Said:
    if not incoming.header("Referer"):
        raise Refusal(403, "FORBIDDEN", "Запрос без заголовка Referer отклонён")
    for field in ("login_or_email", "password"):
        if not params.get(field):
            raise Refusal(400, "REQUIRED", "Поле не заполнено", field)
    try:
        door.check(params["login_or_email"], params["password"], params)
    except SignInRefused as refused:
        if refused.code == WRONG_LOGIN:
            raise Refusal(401, "INVALID_CREDENTIALS", refused.message) from None
        # The documentation knows neither captcha nor digits: what the live service says, in the documented form.
        raise Refusal(403, str(refused.code), refused.message) from None
    cookies = {USER_COOKIE: str(door.market.actor.id), SESSION_COOKIE: door.open_session()}
    return Said(_who(door), headers=set_cookies(cookies), params=params)


def _web_auth_token(door: Door, incoming: Incoming, params: dict[str, Any]) -> Said:
    if not door.knows_session(incoming.cookies.get(SESSION_COOKIE, "")) or not incoming.cookies.get(USER_COOKIE):
        raise Refusal(401, "UNAUTHORIZED", "Сначала выполните вход")
    return Said(_who(door) | {TOKEN_COOKIE: door.open_token()}, params=params)


def _who(door: Door) -> dict[str, Any]:
    return {"success": True, "user_id": door.market.actor.id, "username": door.market.actor.username}


def _read_json(incoming: Incoming) -> dict[str, Any]:
    if not incoming.body.strip():
        return {}
    try:
        params = json.loads(incoming.body)
    except ValueError:
        raise Refusal(400, "INVALID_JSON", "Тело запроса не является JSON") from None
    if not isinstance(params, dict):
        raise Refusal(400, "INVALID_JSON", "Тело запроса не является объектом")
    return params
