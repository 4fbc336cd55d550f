"""Writing a request down as requests would, without what never changes from one request to the next.

requests parses the URL, merges settings and makes two cookie jars for every request. Here the address is worked out
once, and what is left is joined. A differential test holds that the server receives the same bytes.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

import requests
from requests.auth import AuthBase
from requests.utils import check_header_validity

from kwork_etxt_sdk.redaction import Secret, reveal
from kwork_etxt_sdk.transport.exchange import Pairs, Request
from kwork_etxt_sdk.transport.headers import Headers

#: Nothing in such a text needs a percent sign: numbers, names of methods, tokens.
_PLAIN = re.compile(r"[\w.~-]*", re.ASCII).fullmatch


class _OurCredentialsOnly(AuthBase):
    """Keeps requests from putting a ``.netrc`` entry in the place of our credentials.

    Unlike ``trust_env = False`` it does not give up the proxies of the environment.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def write_by_requests(session: requests.Session, request: Request, method: str) -> requests.PreparedRequest:
    """Return the request as `session` writes it, with all that a session of the caller's own may add."""
    form = [(name, reveal(value)) for name, value in request.form] if request.form is not None else None
    return session.prepare_request(
        requests.Request(
            method,
            request.url,
            params=[(name, reveal(value)) for name, value in request.query],
            data=form,
            json=_revealed(request.json),
            files=[(part.field, (part.name, part.content)) for part in request.files] or None,
            headers={name: reveal(value) for name, value in request.headers.items()},
            auth=_OurCredentialsOnly(),
        )
    )


def write(
    session: requests.Session, request: Request, method: str, headers_of_session: Headers
) -> requests.PreparedRequest:
    """Return the same for a session made here, which has headers of its own and nothing else to add."""
    if request.files:
        return write_by_requests(session, request, method)
    prepared = requests.PreparedRequest()
    prepared.method = method
    prepared.url = _address(request)
    headers = headers_of_session.copy()
    for name, value in request.headers.items():
        pair = (name, reveal(value))
        check_header_validity(pair)
        headers[name] = pair[1]
    body: str | bytes | None = None
    kind = ""
    if request.form:
        body, kind = _encoded(request.form), "application/x-www-form-urlencoded"
    elif request.json is not None:
        body, kind = json.dumps(_revealed(request.json), allow_nan=False).encode(), "application/json"
    if body is not None:
        headers["Content-Length"] = str(len(body))
        if "content-type" not in headers:
            headers["Content-Type"] = kind
    elif method != "GET" and headers.get("Content-Length") is None:
        headers["Content-Length"] = "0"
    prepared.headers, prepared.body = headers, body
    return prepared


def _address(request: Request) -> str:
    if "?" in request.url or "#" in request.url:
        return _normal(request.url, [(name, reveal(value)) for name, value in request.query])
    address = _normal_and_kept(request.url)
    return f"{address}?{_encoded(request.query)}" if request.query else address


def _encoded(pairs: Pairs) -> str:
    return "&".join([f"{_quoted(name)}={_quoted(reveal(value))}" for name, value in pairs])


def _quoted(text: str) -> str:
    return text if (text.isalnum() and text.isascii()) or _PLAIN(text) else quote_plus(text)


def _normal(url: str, query: list[tuple[str, str]]) -> str:
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, query)
    return prepared.url or ""


@lru_cache(maxsize=256)
def _normal_and_kept(url: str) -> str:
    return _normal(url, [])


def _revealed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _revealed(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_revealed(inner) for inner in value]
    return value.reveal() if isinstance(value, Secret) else value
