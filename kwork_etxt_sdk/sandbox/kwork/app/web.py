"""The web site beside the application's service: a browser session made from a one-time token, and the text check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from kwork_etxt_sdk.sandbox.kwork.answer import SESSION_COOKIE, USER_COOKIE, Said, set_cookies
from kwork_etxt_sdk.sandbox.kwork.documented.front import TOKEN_COOKIE
from kwork_etxt_sdk.sandbox.kwork.spelling import misprints_of, problems_of

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.kwork.door import Door

HTML_TYPE = "text/html; charset=utf-8"
LOGIN_PATH, CHECK_PATH, GONE_PATH = "login-by-token", "api/validation/checktext", "exchange"
CSRF_COOKIE = "csrf_user_token"
SHARE_OF_MISTAKES = 0.2


def is_meant(incoming: Incoming, name: str) -> bool:
    """Whether a request is for the web site: made by its pages, or looking at one of them with its session."""
    if name == LOGIN_PATH:
        return True
    if incoming.header("Authorization") or TOKEN_COOKIE in incoming.cookies:
        return False
    if incoming.header("X-Requested-With") == "XMLHttpRequest":
        return True
    return incoming.verb == "GET" and SESSION_COOKIE in incoming.cookies


def answer(door: Door, incoming: Incoming, name: str) -> Said:
    """The answer of the web site."""
    if name == LOGIN_PATH:
        return _open_session(door, incoming)
    is_in = door.knows_session(incoming.cookies.get(SESSION_COOKIE, ""))
    if name == CHECK_PATH and incoming.verb == "POST":
        return _check_text(incoming) if is_in else Said({"success": False, "error": "Нужен вход"}, refusal="login")
    if not is_in:
        return Said(_page("Вход"), 403, content_type=HTML_TYPE, refusal="403")
    status = 404 if name == GONE_PATH else 200
    return Said(_page(name or "Kwork"), status, content_type=HTML_TYPE)


def _open_session(door: Door, incoming: Incoming) -> Said:
    query = parse_qs(incoming.query.decode("utf-8", "replace"))
    token = query.get("web_auth_token", [""])[0]
    target = door.take_one_time(token)
    if target is None:
        return Said(_page("Ссылка устарела"), 403, content_type=HTML_TYPE, refusal="403")
    cookies = {
        USER_COOKIE: str(door.market.actor.id),
        SESSION_COOKIE: door.open_session(),
        CSRF_COOKIE: door.issue("csrf"),
        "slrememberme": door.issue("remember"),
    }
    location = ("Location", f"{door.market.base_url}/kwork{target}")
    return Said("", 302, (location, *set_cookies(cookies)), HTML_TYPE)


def _check_text(incoming: Incoming) -> Said:
    try:
        fields = json.loads(incoming.body)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return Said(_page("Технические работы"), content_type=HTML_TYPE, refusal="html")
    data = {}
    for field, text in fields.items():
        words = str(text)
        mistakes = [[problem.start, problem.end] for problem in misprints_of(words)]
        errors = [problem.message for problem in problems_of(words) if problem.kind == "error"]
        data[field] = {
            "mistakes": mistakes,
            "validError": errors[0] if errors else "",
            "mistakesPercentExceeded": len(mistakes) > SHARE_OF_MISTAKES * len(words.split()),
        }
    return Said({"success": True, "data": data}, params=fields)


def _page(title: str) -> str:
    return f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
