"""Plain HTTP callers that know nothing of the SDK: they sign, send and read by themselves."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox import Sandbox

START = 1_893_456_000
"""Simulated unix time at which the tests' sandboxes start: 1 January 2030, 03:00 in Moscow."""
TIMEOUT = 10


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def signature(query: dict[str, str], api_pass: str) -> str:
    base = "".join(f"{name}={query[name]}" for name in sorted(query))
    return md5(base + md5(api_pass + "api-pass"))


class EtxtCaller:
    """Calls methods the way the wire notes recommend: POST, nothing but method, token and sign in the query."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.session = requests.Session()

    def send(
        self,
        method: str,
        body: Any = None,
        *,
        query: dict[str, str] | None = None,
        verb: str = "POST",
        **more: Any,
    ) -> requests.Response:
        signed = {"method": method, "token": self.box.etxt_token} | (query or {})
        signed.setdefault("sign", signature(signed, self.box.etxt_api_pass))
        return self.session.request(
            verb, self.box.etxt_base_url, params=signed, data=body, timeout=TIMEOUT, allow_redirects=False, **more
        )

    def __call__(self, method: str, **params: Any) -> Any:
        """The decoded answer; a list among the parameters becomes `name[]`."""
        pairs: list[tuple[str, Any]] = []
        for name, value in params.items():
            if isinstance(value, list):
                pairs += [(f"{name.rstrip('_')}[]", item) for item in value]
            else:
                pairs.append((name.rstrip("_"), value))
        answer = self.send(method, pairs)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, method: str, **params: Any) -> list[dict[str, Any]]:
        """The records of a collection, whether it is a list or keyed; an empty page is an empty list."""
        answer = self(method, **params)
        if answer == {"error": "no_object"}:
            return []
        assert "error" not in answer, answer
        return list(answer.values()) if isinstance(answer, dict) else answer

    def place(self, **changed: Any) -> str:
        """Places a public order and returns its id."""
        params = {
            "title": "Обзор чайников",
            "description": "Спокойный тон.",
            "price": 50,
            "price_type": 1,
            "size": 2000,
            "id_category": 1828,
            "public": 1,
        }
        return str(self("tasks.saveTask", **(params | changed))["id_task"])

    def order(self, id_task: str) -> dict[str, Any]:
        (row,) = self.rows("tasks.listTasks", id=id_task)
        return row

    def results(self, id_task: str) -> list[dict[str, Any]]:
        """The results of one order, whatever their outer shape."""
        answer = self("tasks.getResults", id=[id_task])
        return list(answer[id_task]) if isinstance(answer, dict) else answer

    def deliver(self, **changed: Any) -> str:
        """Places an order that is accepted by itself and waits until it is delivered."""
        id_task = self.place(auto_work=1, **changed)
        self.box.advance(hours=4)
        assert str(self.order(id_task)["status"]) == "3"
        return id_task

    def balance(self) -> str:
        return str(self("users.getBalance")["balance"])


class KworkCaller:
    """Calls the documented wire: JSON bodies and cookies."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.session = requests.Session()

    def send(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        url = f"{self.box.kwork_base_url}/{path}"
        return self.session.post(url, json=body, timeout=TIMEOUT, allow_redirects=False, **more)

    def __call__(self, path: str, **params: Any) -> Any:
        answer = self.send(path, params)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content)

    def sign_in(self, **changed: str) -> requests.Response:
        form = {"login_or_email": self.box.kwork_login, "password": self.box.kwork_password} | changed
        url = f"{self.box.kwork_base_url}/signIn"
        return self.session.post(url, data=form, headers={"Referer": "https://kwork.ru/"}, timeout=TIMEOUT)

    def enter(self) -> None:
        """Signs in and takes the token along as a cookie."""
        assert self.sign_in().status_code == 200
        self.session.cookies.set("web_auth_token", self("getWebAuthToken")["web_auth_token"])
