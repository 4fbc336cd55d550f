"""eTXT on the wire: requests, signature, answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from kwork_etxt_sdk.decoding import decode
from kwork_etxt_sdk.errors import ConfigurationError, SdkError
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.errors import (
    BY_CODE,
    BY_MEANING,
    EtxtAuthError,
    EtxtBlockedError,
    EtxtRefusedError,
    EtxtValidationError,
)
from kwork_etxt_sdk.etxt.signature import sign
from kwork_etxt_sdk.mapping import Converter, MappingError
from kwork_etxt_sdk.options import BadItems, Rule
from kwork_etxt_sdk.params import encode_all
from kwork_etxt_sdk.redaction import Redactor, Secret, is_whole_text
from kwork_etxt_sdk.transport import endpoint as base
from kwork_etxt_sdk.transport.address import check_base_url, is_loopback
from kwork_etxt_sdk.transport.clock import Clock
from kwork_etxt_sdk.transport.exchange import (
    Answered,
    Cause,
    Reading,
    Refused,
    Reply,
    Request,
    Unreadable,
    has_markers,
)

#: The official address; www.etxt.biz serves the same API.
BASE_URL = "https://www.etxt.ru/api/json/"
#: Private messages: the manual allows one a minute. A second more, counted from the answer, can't be early.
MESSAGE_RULE = Rule.every(61, count_from="response")

#: Methods whose signed addresses are kept: more than the service has.
_MOST_SIGNED = 256
_FORBIDDEN = 403
#: What the service may call a message that follows the one before too soon.
_TOO_EARLY = frozenset({"max_limit", "is_timeout"})
_FIRST_REFUSAL = 400
#: How much of an answer that is no JSON is looked at, in bytes.
_LOOKED_AT = 4096
#: A sentence is an error message; anything longer is a page or a dump.
_LONGEST_SENTENCE = 500
#: Authentication errors come as bare sentences with HTTP 200. What they say, in Russian and as .biz may say it.
_WRONG_SIGNATURE = ("подпис", "signature")
_WRONG_SETTINGS = ("настройки пользователя", "user settings", "api settings")


class EtxtMarket:
    """One eTXT account.

    Args:
        token: The API key of the profile.
        api_pass: The API password of the profile.
        base_url: Address of the API.
        clock: Time, for the check of deadlines.
    """

    site = "etxt"

    def __init__(self, token: Secret, api_pass: Secret, *, base_url: str, clock: Clock) -> None:
        for name, value in (("token", token), ("api_pass", api_pass)):
            if not value:
                raise ConfigurationError(
                    f"{name} is empty; it is shown (token) and set (API password) on eTXT under "
                    "personal information, interface settings"
                )
        self.base_url = check_base_url(base_url) + "/"
        for name, secret in (("token", token), ("api_pass", api_pass)):
            if not is_whole_text(secret):
                raise ConfigurationError(f"{name} holds half a character, which can't be sent; copy it again")
        self._token = token
        self._api_pass = api_pass
        self._clock = clock
        self.redactor = Redactor([token, api_pass])
        #: What was signed before: the signature depends on the method alone, and hiding it takes longer than making it.
        self._signed: dict[tuple[Any, ...], list[tuple[str, str | Secret]]] = {}
        self.groups: Mapping[str, Rule] = {"messages": MESSAGE_RULE}
        host = urlsplit(self.base_url).hostname
        self.is_local = is_loopback(host)
        self.scope = hashlib.sha256(f"etxt {host} {token.reveal()}".encode()).hexdigest()[:16]

    def build(self, endpoint: base.Endpoint[Any], arguments: Mapping[str, Any]) -> Request:
        """Check the arguments and write them into a form body."""
        if not isinstance(endpoint, Endpoint):
            raise ConfigurationError(f"{endpoint.name} is no eTXT method")
        pairs, files, problems = encode_all(endpoint.params, endpoint.checks, arguments, self._clock.wall())
        if problems:
            words = "; ".join(f"{name} {problem}" for name, lines in problems.items() for problem in lines)
            error = EtxtValidationError(f"{words}. Nothing was sent.", problems, sent=False)
            error.call = f"{self.site} {endpoint.name}"
            raise error
        return Request(url=self.base_url, query=[("method", endpoint.name)], form=list(pairs), files=files)

    def authorize(self, request: Request) -> Request:
        """Add token and signature to the URL; the body is never signed."""
        key = tuple(request.query)
        signed = self._signed.get(key)
        if signed is None:
            query = {str(name): str(value) for name, value in key}
            query["token"] = self._token.reveal()
            signature = Secret(sign(query, self._api_pass.reveal()))
            self.redactor.add(signature)
            signed = [*key, ("token", self._token), ("sign", signature)]
            if len(self._signed) < _MOST_SIGNED:
                self._signed[key] = signed
        return Request(
            url=request.url,
            query=signed,
            form=request.form,
            files=request.files,
            headers=request.headers,
        )

    def credentials(self) -> dict[str, Any]:
        """Return the credentials in plain text, as arguments of the client."""
        return {"token": self._token.reveal(), "api_pass": self._api_pass.reveal()}

    def renew(self) -> bool:
        """Token and password don't run out."""
        return False

    def read(self, endpoint: base.Endpoint[Any], reply: Reply) -> Reading:
        """Tell the bare result from an error object, an error sentence and a page."""
        try:
            data = decode(reply.body)
        except (ValueError, RecursionError):
            return self._read_text(reply)
        if isinstance(data, dict) and data.get("error"):
            return self._read_error(endpoint, data)
        if not isinstance(data, (dict, list)):
            return Unreadable(reason=f"the answer is {type(data).__name__}, neither object nor list")
        if reply.status >= _FIRST_REFUSAL:
            return Unreadable(reason="the answer is JSON without an error")
        return Answered(data=data)

    def _read_error(self, endpoint: base.Endpoint[Any], data: dict[str, Any]) -> Reading:
        code = data["error"] if isinstance(data["error"], str) else json.dumps(data["error"])
        if code == "no_object" and isinstance(endpoint, Endpoint) and endpoint.shape is Shape.RECORDS:
            return Answered(data=[])  # an empty page is an error object
        words = self.redactor(code)[:_LONGEST_SENTENCE]
        cls, hint = BY_CODE.get(code, (EtxtRefusedError, None))
        postpone = MESSAGE_RULE.period if code in _TOO_EARLY and "messages" in endpoint.groups else None
        return Refused(error=cls(f"eTXT refused: {words}.", code=words, hint=hint), postpone=postpone)

    def _read_text(self, reply: Reply) -> Reading:
        # Not by its content type: PHP calls everything HTML that isn't called something else.
        is_page = reply.body.lstrip()[:1] == b"<"
        text = self.redactor(" ".join(reply.body[:_LOOKED_AT].decode("utf-8", "replace").split()))
        hint = "" if is_page else _auth_hint(text)
        if hint:
            return Refused(error=EtxtAuthError(f"eTXT says: {text}", hint=hint))
        if reply.status == _FORBIDDEN:
            error = EtxtBlockedError(
                "the front end of eTXT turned the request away (no JSON, HTTP status 403).",
                hint="Wait some minutes; asking again at once makes it worse.",
            )
            return Refused(error=error, cause=Cause.BLOCKED)
        if is_page:
            return Unreadable(reason="the answer is a page for people (maintenance or anti-bot), no JSON")
        return Unreadable(reason=f"the answer is no JSON: {text[:120]!r}" if text else "the body is empty")

    def convert(self, endpoint: base.Endpoint[Any], data: Any, converter: Converter, bad_items: BadItems) -> Any:
        """Bring the answer into the documented shape, then into the model."""
        if not isinstance(endpoint, Endpoint) or endpoint.result is object:
            return data
        if endpoint.shape is Shape.MAPPING:
            # PHP writes a map whose keys happen to be 0, 1, 2, ... as a list.
            mapping = {str(key): item for key, item in enumerate(data)} if isinstance(data, list) else data
            return converter.structure(mapping, endpoint.result)
        try:
            records = list(_records(data, endpoint.markers, "$"))
        except RecursionError:
            records = None
        if records is None:
            raise MappingError(("nested too deeply @ $",))
        if endpoint.shape is Shape.RECORDS:
            return converter.structure_items(records, endpoint.result, bad_items=bad_items)
        if len(records) != 1:
            raise MappingError((f"expected one object, got {len(records)} @ $",))
        path, record = records[0]
        return converter.structure(record, endpoint.result, path=path)

    def error(self, meaning: type[SdkError]) -> type[SdkError]:
        """Return eTXT's class for a meaning."""
        return BY_MEANING[meaning]


def _records(value: Any, markers: tuple[str, ...], path: str) -> Iterator[tuple[str, Any]]:
    """Find the records of an answer, whatever collections they are wrapped in.

    What is neither record nor collection comes out as it is, so that the converter reports it with its path.
    """
    if isinstance(value, dict) and not has_markers(value, markers) and _is_collection(value):
        for key, inner in value.items():
            yield from _records(inner, markers, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            place = f"{path}[{index}]"
            if inner.__class__ is dict and has_markers(inner, markers):  # the usual case, and quicker so
                yield place, inner
            else:
                yield from _records(inner, markers, place)
    else:
        yield path, value


def _auth_hint(text: str) -> str:
    """Return what to do if the text is one of the sentences by which eTXT refuses credentials; empty if it is none."""
    folded = text.casefold()
    if len(text) > _LONGEST_SENTENCE or folded.startswith(("{", "[", '"')):
        return ""
    if any(words in folded for words in _WRONG_SIGNATURE):
        return "Check api_pass."
    if any(words in folded for words in _WRONG_SETTINGS):
        return "Check the token, and that access through the API is switched on and a password set."
    return ""


def _is_collection(value: dict[str, Any]) -> bool:
    return all(isinstance(inner, (dict, list)) for inner in value.values())
