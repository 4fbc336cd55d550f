"""The HTTP surface of the eTXT sandbox: lets callers in, finds the method, writes the answer, serves files."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.etxt import methods as _methods  # registers the handlers
from kwork_etxt_sdk.sandbox.etxt.errors import NO_PARAMS, WRONG_SETTINGS, WRONG_SIGNATURE, CredentialsRefused, Refusal
from kwork_etxt_sdk.sandbox.etxt.files import read_file
from kwork_etxt_sdk.sandbox.etxt.links import FILES_PATH
from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters
from kwork_etxt_sdk.sandbox.etxt.php import read_pairs, to_arrays
from kwork_etxt_sdk.sandbox.etxt.registry import METHODS
from kwork_etxt_sdk.sandbox.etxt.shapes import encode, render
from kwork_etxt_sdk.sandbox.http import Outgoing
from kwork_etxt_sdk.sandbox.record import describe

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.php import PhpValue
    from kwork_etxt_sdk.sandbox.etxt.shapes import Shapes
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.record import CallRecord

__all__ = ["API_PATH", "EtxtService", "sign"]

API_PATH = "/etxt/api/json/"
LONGEST_URL = 2_048
CREDENTIAL_PARAMETERS = ("method", "token", "sign")
"""Read from the query only, also when the rest of the call is in the body."""
JSON_TYPE = "application/json; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"

del _methods


def sign(pairs: list[tuple[str, str]], api_pass: str) -> str:
    """The signature of a query: its decoded parameters except `sign`, sorted by name, and the hashed password.

    Array elements count one by one under the names that stand in the URL, which is how the only public client that
    signs arrays does it.
    """
    last_values: dict[str, str] = {}
    elements: list[tuple[str, str]] = []
    for name, value in pairs:
        if name.endswith("[]"):
            elements.append((name, value))
        elif name != "sign":
            last_values[name] = value
    ordered = sorted([*last_values.items(), *elements], key=lambda pair: pair[0].encode())
    base = "".join(f"{name}={value}" for name, value in ordered)
    return _md5(base + _md5(api_pass + "api-pass"))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class EtxtService:
    """Answers requests to the API and to the links it gives out.

    Args:
        exchange: The state.
        token: The token of the customer.
        api_pass: The API password of the customer.
        shapes: The outer shapes of the answers.
        record: Where received requests are remembered.
    """

    def __init__(self, exchange: Exchange, *, token: str, api_pass: str, shapes: Shapes, record: CallRecord) -> None:
        self.exchange = exchange
        self.shapes = shapes
        self._token = token
        self._api_pass = api_pass
        self._record = record

    def answer(self, incoming: Incoming) -> Outgoing:
        """The answer to a request below `/etxt/`. The caller holds the lock and has let time pass."""
        if incoming.path.startswith(FILES_PATH):
            return self._serve_file(incoming)
        if incoming.path == API_PATH:
            return self._call(incoming)
        if incoming.path == API_PATH.rstrip("/"):
            # What a web server does with a folder; a client that follows it loses the body of its POST.
            outgoing = Outgoing(_html_page("301 Moved Permanently"), 301, HTML_TYPE, (("Location", API_PATH),))
        else:
            outgoing = Outgoing(_html_page("404 Not Found"), 404, HTML_TYPE)
        self._remember(incoming, incoming.path, {}, status=outgoing.status, service="other")
        return outgoing

    # --- the API ----------------------------------------------------------------------------------------------------

    def _call(self, incoming: Incoming) -> Outgoing:
        query = read_pairs(incoming.query)
        values = _values(query, incoming)
        name = dict(query).get("method", "")
        refusal: str | None = None
        executed = False
        outgoing = _refused_by_the_web_server(incoming)
        if outgoing is None:
            try:
                self._let_in(query)
                given = Parameters(values, incoming.files)
                outgoing = Outgoing(self._execute(name, given).encode(), 200, JSON_TYPE)
                executed = METHODS[name].changes(given)
            except CredentialsRefused as refused:
                refusal = str(refused)
                outgoing = Outgoing(refusal.encode(), 200, TEXT_TYPE)
            except Refusal as refused:
                refusal = refused.code
                outgoing = Outgoing(encode({"error": refusal}).encode(), 200, JSON_TYPE)
        self._remember(incoming, name, values, status=outgoing.status, refusal=refusal, executed=executed)
        return outgoing

    def _let_in(self, query: list[tuple[str, str]]) -> None:
        in_query = dict(query)
        if not self.exchange.api_enabled or in_query.get("token") != self._token:
            raise CredentialsRefused(WRONG_SETTINGS)
        expected = sign(query, self._api_pass)
        if not hmac.compare_digest(in_query.get("sign", "").encode(), expected.encode()):
            raise CredentialsRefused(WRONG_SIGNATURE)

    def _execute(self, name: str, given: Parameters) -> str:
        if name not in METHODS:
            raise Refusal(NO_PARAMS)
        answer = METHODS[name].handler(self.exchange, given)
        return render(answer, self.shapes, name)

    # --- files ------------------------------------------------------------------------------------------------------

    def _serve_file(self, incoming: Incoming) -> Outgoing:
        found = read_file(self.exchange, incoming.path)
        if found is None:
            outgoing = Outgoing(_html_page("404 Not Found"), 404, HTML_TYPE)
        else:
            disposition = ("Content-Disposition", f'attachment; filename="{found.name}"')
            outgoing = Outgoing(found.content, 200, found.content_type, (disposition,))
        query = to_arrays(read_pairs(incoming.query))
        effect = found.effect if found is not None else ""
        name = effect or incoming.path
        self._remember(incoming, name, query, status=outgoing.status, executed=bool(effect), service="files")
        return outgoing

    def _remember(
        self,
        incoming: Incoming,
        method: str,
        values: dict[str, PhpValue],
        *,
        status: int,
        refusal: str | None = None,
        executed: bool = False,
        service: str = "etxt",
    ) -> None:
        params: dict[str, Any] = {name: value for name, value in values.items() if name not in CREDENTIAL_PARAMETERS}
        call = describe(
            incoming,
            service=service,
            method=method,
            status=status,
            at=self.exchange.now,
            params=params | {file.field_name: file for file in incoming.files},
            refusal=refusal,
        )
        self._record.add(call, executed=executed)


def _values(query: list[tuple[str, str]], incoming: Incoming) -> dict[str, PhpValue]:
    """What PHP calls `$_REQUEST`: the query, overridden by the body."""
    return to_arrays(query) | to_arrays(incoming.form)


def _refused_by_the_web_server(incoming: Incoming) -> Outgoing | None:
    if incoming.verb not in ("GET", "POST"):
        return Outgoing(_html_page("405 Method Not Allowed"), 405, HTML_TYPE)
    if len(incoming.path) + 1 + len(incoming.query) > LONGEST_URL:
        return Outgoing(_html_page("414 Request-URI Too Large"), 414, HTML_TYPE)
    return None


def _html_page(title: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode()
