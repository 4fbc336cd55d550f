"""Stubs: answers without a server, for tests that only need a payload.

What the clients send goes through everything but the network, which the package ``responses`` replaces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses

from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.testing.samples import Site, sample

if TYPE_CHECKING:
    from kwork_etxt_sdk import EtxtClient, KworkClient

#: Nobody listens there: what slips through a stub reaches nobody.
NOWHERE = "http://127.0.0.1:1"
#: Invented; a stub checks no credentials.
CREDENTIAL = "stub-credential"
#: The samples of Kwork's app wire by method.
KWORK_SAMPLES = {
    "actor": "actor.actor",
    "dialogs": "dialogs.page",
    "inboxCreate": "dialogs.inbox_create",
    "inboxes": "dialogs.inboxes",
    "isDialogAllow": "dialogs.is_dialog_allow",
    "kworks": "kworks.page",
    "projects": "projects.page",
    "signIn": "sign_in.ok",
    "user": "user.user",
    "userReviews": "user.reviews",
}


def replaced_network() -> responses.RequestsMock:
    """Return what stands in for the network while a test runs; for ``with``."""
    return responses.RequestsMock(assert_all_requests_are_fired=False)


class StubCall(NamedTuple):
    """A call that a stub has answered."""

    method: str
    params: dict[str, Any]
    """What was sent, credentials left out; a name that came several times has a list."""


class _Answer(NamedTuple):
    body: str
    status: int
    headers: dict[str, str]
    failure: Exception | None


class Stub:
    """Answers methods with payloads. Made by the fixtures ``etxt_stub`` and ``kwork_stub``.

    Args:
        network: What replaces the network; stubs of both marketplaces share one.
    """

    site: ClassVar[Site]
    #: Which addresses it answers for.
    urls: ClassVar[str]

    def __init__(self, network: responses.RequestsMock) -> None:
        self.calls: list[StubCall] = []
        self._answers: dict[str, list[_Answer]] = {}
        for verb in (responses.GET, responses.POST):
            network.add_callback(verb, re.compile(self.urls), callback=self._reply)

    def answer(
        self,
        method: str,
        payload: Any = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer a method from now on. Given several times, the answers come in turn, and the last one stays.

        Args:
            method: The method as the service calls it: ``"tasks.listTasks"``, ``"projects"``.
            payload: What JSON is to hold; a text goes out as it is, an exception is raised in place of an answer. Left
                out, it is the sample of the method.
            status: The HTTP status.
            headers: Further headers.

        Raises:
            LookupError: There is no such method, or no sample of it; the message names the nearest.

        Example:
            >>> etxt_stub.answer("users.getBalance", {"balance": "12.50", "promo": "0.00"})  # doctest: +SKIP
        """
        self._check(method)
        payload = self.sample(method) if payload is None else payload
        body = payload if isinstance(payload, str) else json.dumps(None if isinstance(payload, Exception) else payload)
        failure = payload if isinstance(payload, Exception) else None
        self._answers.setdefault(method, []).append(_Answer(body, status, headers or {}, failure))

    def sample(self, method: str) -> Any:
        """Return the sample of a method, to change it and give it as the payload.

        Args:
            method: The method as the service calls it.

        Raises:
            LookupError: There is none; the message names the nearest.
        """
        return sample(self.site, method)

    def _check(self, method: str) -> None:
        """Refuse a method that does not exist."""

    def _method_of(self, request: requests.PreparedRequest) -> str:
        raise NotImplementedError  # pragma: no cover - both stubs define it

    def _reply(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        method = self._method_of(request)
        answers = self._answers.get(method)
        if answers is None:
            pytest.fail(f"{self.site}_stub: no answer for {method!r}; {_nearest(method, self._answers)}", pytrace=False)
        self.calls.append(StubCall(method, _params(request)))
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer.failure is not None:
            raise answer.failure
        return answer.status, {"Content-Type": "application/json; charset=utf-8", **answer.headers}, answer.body


class EtxtStub(Stub):
    """Answers eTXT's methods."""

    site = "etxt"
    urls = r"https?://[^?]+/api/json/"

    def client(self, **options: Any) -> EtxtClient:
        """Return a client that the stub answers; close it, or use it in ``with``.

        Args:
            options: Those of ``EtxtClient``.
        """
        from kwork_etxt_sdk import EtxtClient

        return EtxtClient(Secret(CREDENTIAL), Secret(CREDENTIAL), **{"base_url": f"{NOWHERE}/api/json/", **options})

    def _check(self, method: str) -> None:
        from kwork_etxt_sdk.registry import endpoints

        known = [registered.endpoint.name for registered in endpoints("etxt")]
        if method not in known:
            raise LookupError(f"eTXT has no method {method!r}; {_nearest(method, known)}")

    def _method_of(self, request: requests.PreparedRequest) -> str:
        return dict(parse_qsl(urlsplit(request.url or "").query)).get("method", "")


class KworkStub(Stub):
    """Answers Kwork's methods, by default on the app wire, to which the samples belong."""

    site = "kwork"
    urls = r"https?://([\w-]+\.)*kwork\.ru/|" + re.escape(NOWHERE) + "/kwork/"

    def sample(self, method: str) -> Any:
        """Return the sample of a method, to change it and give it as the payload.

        Args:
            method: The method as the service calls it.

        Raises:
            LookupError: There is none; the message names the nearest.
        """
        if method not in KWORK_SAMPLES:
            raise LookupError(
                f"there is no sample of Kwork's {method!r}: give a payload; {_nearest(method, KWORK_SAMPLES)}"
            )
        return sample("kwork", KWORK_SAMPLES[method])

    def client(self, **options: Any) -> KworkClient:
        """Return a client that is signed in and that the stub answers; close it, or use it in ``with``.

        Args:
            options: Those of ``KworkClient``; ``wire="documented"`` for the other wire.
        """
        from kwork_etxt_sdk import KworkClient

        mine = {"base_url": f"{NOWHERE}/kwork", "token": Secret(CREDENTIAL), "app_authorization": Secret(CREDENTIAL)}
        return KworkClient(**{**mine, **options})

    def _method_of(self, request: requests.PreparedRequest) -> str:
        return urlsplit(request.url or "").path.removeprefix("/kwork").strip("/")


def _nearest(method: str, known: Iterable[str]) -> str:
    found = get_close_matches(method, list(known), n=1, cutoff=0.0)
    return f"the nearest is {found[0]!r}" if found else "none has been given"


def _params(request: requests.PreparedRequest) -> dict[str, Any]:
    body = request.body or b""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    if (request.headers.get("Content-Type") or "").startswith("application/json"):
        params: dict[str, Any] = json.loads(text or "{}")
        return params
    params = {}
    for name, value in [*parse_qsl(urlsplit(request.url or "").query), *parse_qsl(text, keep_blank_values=True)]:
        if name in {"method", "token", "sign"}:
            continue
        if name.endswith("[]"):
            params.setdefault(name.removesuffix("[]"), []).append(value)
        else:
            params[name] = value
    return params
