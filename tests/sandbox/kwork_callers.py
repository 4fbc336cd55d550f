"""A plain HTTP caller for the app wire of Kwork, which knows nothing of the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from tests.sandbox.callers import TIMEOUT

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox import Sandbox


class AppCaller:
    """Sends forms with the header that names the application, and the user's token once there is one."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.session = requests.Session()
        self.session.headers["Authorization"] = box.kwork_app_authorization
        self.token: str | None = None

    def send(self, path: str, form: Any = None, **more: Any) -> requests.Response:
        url = f"{self.box.kwork_base_url}/{path}"
        return self.session.post(url, data=form, timeout=TIMEOUT, allow_redirects=False, **more)

    def body(self, path: str, **params: Any) -> dict[str, Any]:
        """The whole body; a list among the parameters becomes `name[]`."""
        form = {} if self.token is None else {"token": self.token}
        for name, value in params.items():
            form[f"{name}[]" if isinstance(value, list) else name.rstrip("_")] = value
        answer = self.send(path, form)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/json")
        return answer.json()

    def __call__(self, path: str, **params: Any) -> Any:
        """What is in the envelope."""
        body = self.body(path, **params)
        assert body["success"] is True, body
        return body["response"]

    def refused(self, path: str, **params: Any) -> Any:
        """The error code of a refusal."""
        body = self.body(path, **params)
        assert body["success"] is False
        assert body["error"]
        return body.get("error_code")

    def sign_in(self, **changed: str) -> dict[str, Any]:
        form = {"login": self.box.kwork_login, "password": self.box.kwork_password} | changed
        return self.send("signIn", form).json()

    def enter(self) -> None:
        self.token = self.sign_in()["response"]["token"]


def fits(value, template, where="$"):
    """Holds a JSON value against a template: a type, a tuple of types, a list of one template, a dict of templates."""
    if isinstance(template, dict):
        assert isinstance(value, dict), where
        assert set(value) == set(template), (where, set(value) ^ set(template))
        for name, inner in template.items():
            fits(value[name], inner, f"{where}.{name}")
    elif isinstance(template, list):
        assert isinstance(value, list), where
        for place, item in enumerate(value):
            fits(item, template[0], f"{where}[{place}]")
    else:
        kinds = template if isinstance(template, tuple) else (template,)
        assert type(value) in kinds, (where, kinds, value)
    return True


NONE = type(None)
NUMBER = (int, float)
PAGING = {"page": int, "total": int, "limit": int, "pages": int}
SHORT_PAGING = {"page": int, "total": int, "limit": int}
