"""The HTTP surface of Kwork as its client documentation describes it: cookies, JSON in, plain JSON objects out."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from kwork_etxt_sdk.sandbox.clock import SECONDS_PER_DAY
from kwork_etxt_sdk.sandbox.http import Outgoing
from kwork_etxt_sdk.sandbox.kwork.pages import SORTS, catalogue_page, projects_page
from kwork_etxt_sdk.sandbox.record import describe

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.record import CallRecord

PREFIX = "/kwork/"
SESSION_COOKIE = "RORSSQIHEK"
USER_COOKIE = "userId"
TOKEN_COOKIE = "web_auth_token"  # noqa: S105 - a name
TOKEN_LIVES = 30 * SECONDS_PER_DAY
"""How long a token is good for; the documentation only says that it is limited."""
PICTURES_PATH = "/kwork/pics/"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")
"""The smallest picture: every avatar and image of the sandbox."""
JSON_TYPE = "application/json; charset=utf-8"


class KworkRefusal(Exception):  # noqa: N818 - it is an answer, not a failure of the sandbox
    """The service refuses a request."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


Headers: TypeAlias = tuple[tuple[str, str], ...]
Handler: TypeAlias = Callable[["KworkService", "Incoming", "dict[str, Any]"], "dict[str, Any]"]


class KworkService:
    """Answers requests to the documented client's paths.

    Args:
        market: The state.
        login: The buyer's login.
        password: The buyer's password.
        record: Where received requests are remembered.
    """

    def __init__(self, market: Market, *, login: str, password: str, record: CallRecord) -> None:
        self.market = market
        self._login = login
        self._password = password
        self._record = record
        self._issued = 0

    def answer(self, incoming: Incoming) -> Outgoing:
        """The answer to a request below `/kwork/`. The caller holds the lock and has let time pass."""
        if incoming.path.startswith(PICTURES_PATH):
            call = describe(incoming, service="files", method=incoming.path, status=200, at=self.market.now)
            self._record.add(call)
            return Outgoing(PIXEL, 200, "image/png")
        name = incoming.path.removeprefix(PREFIX)
        params: dict[str, Any] = {}
        refusal: str | None = None
        headers: Headers = ()
        status = 200
        try:
            params = _read_params(incoming, is_form=name == "signIn")
            answer, headers = self._answer(name, incoming, params)
        except KworkRefusal as refused:
            refusal, status, answer = refused.code, refused.status, _error(refused)
        self._remember(incoming, name, params, status=status, refusal=refusal)
        return Outgoing(json.dumps(answer, ensure_ascii=False).encode(), status, JSON_TYPE, headers)

    def _answer(self, name: str, incoming: Incoming, params: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
        if incoming.verb != "POST":
            raise KworkRefusal(405, "METHOD_NOT_ALLOWED", "Нужен запрос POST")
        if name == "signIn":
            return self._sign_in(incoming, params)
        if name == "getWebAuthToken":
            return self._web_auth_token(incoming), ()
        return self._call(name, incoming, params), ()

    # --- signing in -------------------------------------------------------------------------------------------------

    def _sign_in(self, incoming: Incoming, params: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
        if not incoming.header("Referer"):
            raise KworkRefusal(403, "FORBIDDEN", "Запрос без заголовка Referer отклонён")
        for field in ("login_or_email", "password"):
            if not params.get(field):
                raise KworkRefusal(400, "REQUIRED", "Поле не заполнено", field)
        known = params["login_or_email"] in (self._login, f"{self._login}@example.invalid")
        if not known or params["password"] != self._password:
            raise KworkRefusal(401, "INVALID_CREDENTIALS", "Неверный логин или пароль")
        session = self._issue("session")
        self.market.sessions.add(session)
        buyer = self.market.buyer
        cookies = ((USER_COOKIE, str(buyer.id)), (SESSION_COOKIE, session))
        answer = {"success": True, "user_id": buyer.id, "username": buyer.username}
        return answer, tuple(("Set-Cookie", f"{name}={value}; Path=/; HttpOnly") for name, value in cookies)

    def _web_auth_token(self, incoming: Incoming) -> dict[str, Any]:
        if incoming.cookies.get(SESSION_COOKIE) not in self.market.sessions or not incoming.cookies.get(USER_COOKIE):
            raise KworkRefusal(401, "UNAUTHORIZED", "Сначала выполните вход")
        token = self._issue("token")
        self.market.tokens[token] = self.market.now + TOKEN_LIVES
        buyer = self.market.buyer
        return {"success": True, "user_id": buyer.id, "username": buyer.username, "web_auth_token": token}

    def _issue(self, purpose: str) -> str:
        self._issued += 1
        return hashlib.sha256(f"{self.market.seed}:{purpose}:{self._issued}".encode()).hexdigest()[:40]

    # --- calls ------------------------------------------------------------------------------------------------------

    def _call(self, name: str, incoming: Incoming, params: dict[str, Any]) -> dict[str, Any]:
        expiry = self.market.tokens.get(incoming.cookies.get(TOKEN_COOKIE, ""))
        if expiry is None or expiry <= self.market.now:
            raise KworkRefusal(401, "UNAUTHORIZED", "Требуется авторизация")
        handler = _HANDLERS.get(name)
        if handler is None:
            raise KworkRefusal(404, "NOT_FOUND", f"Метод {name} не найден")
        return handler(self, incoming, params)

    def _catalogue(self, _incoming: Incoming, params: dict[str, Any]) -> dict[str, Any]:
        sort = params.get("sort") or "recommend"
        if sort not in SORTS:
            raise KworkRefusal(400, "INVALID", "Неизвестная сортировка", "sort")
        return catalogue_page(self.market, _page(params), _category(params), sort)

    def _projects(self, _incoming: Incoming, params: dict[str, Any]) -> dict[str, Any]:
        return projects_page(self.market, _page(params), _category(params))

    def _remember(
        self, incoming: Incoming, name: str, params: dict[str, Any], *, status: int, refusal: str | None
    ) -> None:
        call = describe(
            incoming,
            service="kwork",
            method=name,
            status=status,
            at=self.market.now,
            params=params,
            refusal=refusal,
        )
        self._record.add(call)


_HANDLERS: dict[str, Handler] = {
    "catalogMainv2": KworkService._catalogue,
    "projects": KworkService._projects,
}


def _read_params(incoming: Incoming, *, is_form: bool) -> dict[str, Any]:
    if is_form:
        return dict(incoming.form)
    if not incoming.body.strip():
        return {}
    try:
        params = json.loads(incoming.body)
    except ValueError:
        raise KworkRefusal(400, "INVALID_JSON", "Тело запроса не является JSON") from None
    if not isinstance(params, dict):
        raise KworkRefusal(400, "INVALID_JSON", "Тело запроса не является объектом")
    return params


def _page(params: dict[str, Any]) -> int:
    page = params.get("page")
    if page is None:
        return 1
    if not isinstance(page, int) or isinstance(page, bool) or page < 1:
        raise KworkRefusal(400, "INVALID", "Номер страницы начинается с 1", "page")
    return page


def _category(params: dict[str, Any]) -> int | None:
    category_id = params.get("category_id")
    if category_id is not None and (not isinstance(category_id, int) or isinstance(category_id, bool)):
        raise KworkRefusal(400, "INVALID", "Категория задаётся числом", "category_id")
    return category_id


def _error(refused: KworkRefusal) -> dict[str, Any]:
    detail = {"code": refused.code, "message": refused.message, "field": refused.field}
    return {"success": False, "errors": [detail], "message": refused.message}
