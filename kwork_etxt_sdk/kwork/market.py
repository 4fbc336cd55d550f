"""What the two wires of Kwork have in common: credentials, errors of the front end, models."""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

import attrs

from kwork_etxt_sdk.decoding import decode
from kwork_etxt_sdk.errors import ConfigurationError, DeadlineError, NetworkError, RateLimitError, SdkError
from kwork_etxt_sdk.forks import new_lock
from kwork_etxt_sdk.kwork.endpoint import Endpoint, Host
from kwork_etxt_sdk.kwork.errors import (
    BY_MEANING,
    KworkAppAuthError,
    KworkBlockedError,
    KworkError,
    KworkValidationError,
)
from kwork_etxt_sdk.mapping import Converter, MappingError
from kwork_etxt_sdk.options import BadItems, Rule
from kwork_etxt_sdk.params import Param, Problem
from kwork_etxt_sdk.redaction import Redactor, Secret, is_whole_text
from kwork_etxt_sdk.transport import endpoint as base
from kwork_etxt_sdk.transport.address import is_loopback
from kwork_etxt_sdk.transport.exchange import Cause, Reading, Refused, Reply, Request, Unreadable

if TYPE_CHECKING:
    from kwork_etxt_sdk.kwork.models.envelope import DataResponse

#: Signing in often brings captchas and bans.
SIGN_IN_RULE: Final = Rule.every(60)
#: Messages to people: an anti-spam limit exists, nobody knows its number.
MESSAGE_RULE: Final = Rule.every(5)

UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404
VALIDATION: Final = frozenset({400, 422})
#: How much of an answer that is no JSON is looked at, in bytes, and told, in characters.
_LOOKED_AT, _TOLD = 4096, 120


#: The two ways Kwork is spoken to.
Wire = Literal["app", "documented"]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Credentials:
    """What a sign-in brought.

    Attributes:
        token: The token.
        cookies: Cookies that are sent along with it, on the documented wire.
        expires_at: When the token runs out, if the service said so.
    """

    token: Secret | None = None
    cookies: Mapping[str, Secret] = attrs.field(factory=dict)
    expires_at: datetime | None = None


class KworkMarket(ABC):
    """One Kwork account on one wire.

    Args:
        credentials: Those of an earlier sign-in.
        urls: All addresses that requests go to, that of the calls first.
        account: What stands for the account in limits and journals. A token does so badly: each sign-in brings another.
    """

    site = "kwork"
    wire: ClassVar[Wire]

    def __init__(self, credentials: Credentials, urls: Sequence[str], account: str | None = None) -> None:
        if not all(map(is_whole_text, filter(None, (credentials.token, *credentials.cookies.values())))):
            raise ConfigurationError("the credentials hold half a character, which can't be sent; copy them again")
        self.redactor = Redactor()
        self.groups: Mapping[str, Rule] = {"sign_in": SIGN_IN_RULE, "messages": MESSAGE_RULE}
        hosts = [urlsplit(url).hostname for url in urls]
        self.is_local = all(is_loopback(host) for host in hosts)
        self.account = account
        self.scope = _scope(hosts[0], account, credentials.token)
        #: Signs in anew, where the user allowed that; returns False if that was done too recently.
        self.sign_in_again: Callable[[], bool] | None = None
        #: Id of the user, once it is known.
        self.user_id: int | None = None
        #: Whether Kwork wants a second proof of who the user is, if the sign-in said so.
        self.needs_second_proof: bool | None = None
        self._renewing = new_lock()
        self._is_unproven = False
        self._of_thread = threading.local()
        self._credentials = Credentials()
        self.sign_in_with(credentials)

    @property
    def credentials(self) -> Credentials:
        """What the account is known by now."""
        return self._credentials

    def sign_in_with(self, credentials: Credentials) -> None:
        """Use these credentials from now on.

        Raises:
            ConfigurationError: They hold characters that can't be sent.
        """
        self.redactor.add(credentials.token, *credentials.cookies.values())
        self._credentials = credentials  # one assignment: other threads see the old ones or the new ones
        self.user_id = None

    @abstractmethod
    def build(self, endpoint: base.Endpoint[Any], arguments: Mapping[str, Any]) -> Request:
        """Check the arguments and write them into the body."""

    @abstractmethod
    def authorize(self, request: Request) -> Request:
        """Add the credentials."""

    @abstractmethod
    def read(self, endpoint: base.Endpoint[Any], reply: Reply) -> Reading:
        """Open the envelope."""

    @abstractmethod
    def convert(self, endpoint: base.Endpoint[Any], data: Any, converter: Converter, bad_items: BadItems) -> Any:
        """Turn the answer into the endpoint's result."""

    def error(self, meaning: type[SdkError]) -> type[SdkError]:
        """Return Kwork's class for a meaning."""
        return BY_MEANING[meaning]

    # --- signing in anew --------------------------------------------------------------------------------------------

    def renew(self) -> bool:
        """Sign in anew if the user allowed it: once for all threads that found the same token expired.

        A token that nobody has accepted yet is not replaced by a further one: where every call is refused, signing in
        over and over would only bring a captcha or a ban.
        """
        sign_in = self.sign_in_again
        if sign_in is None:
            return False
        with self._renewing:
            if self._credentials.token != getattr(self._of_thread, "token", None):
                return True  # another thread has just done it
            if self._is_unproven:
                return False
            self._is_unproven = True
            try:
                return sign_in()
            except (NetworkError, DeadlineError, RateLimitError):
                self._is_unproven = False  # no token came, so none was refused
                raise

    def _uses_token(self) -> Credentials:
        """Return the credentials for a request, and remember which token this thread sends."""
        credentials = self._credentials
        self._of_thread.token = credentials.token
        return credentials

    def _was_accepted(self) -> None:
        self._is_unproven = False

    # --- requests ---------------------------------------------------------------------------------------------------

    def _own(self, endpoint: base.Endpoint[Any]) -> Endpoint[Any]:
        if not isinstance(endpoint, Endpoint):
            raise ConfigurationError(f"{endpoint.name} is no Kwork method")
        return endpoint

    def _encoded(
        self, endpoint: Endpoint[Any], params: Sequence[Param], arguments: Mapping[str, Any]
    ) -> list[tuple[str, str | Secret]]:
        """Check all arguments and write them as fields of a form."""
        now = datetime.now(timezone.utc)
        pairs: list[tuple[str, str | Secret]] = []
        problems: dict[str, list[str]] = {}
        for param in params:
            value = arguments.get(param.name)
            if isinstance(value, Secret):
                pairs.append((param.wire, value))
            elif value is not None:
                try:
                    pairs.extend(_texts(param.encode(value, now)))
                except Problem as problem:
                    problems[param.name] = [str(problem)]
            elif param.required:
                problems[param.name] = ["is required"]
        known = {param.name for param in params}
        problems.update(
            {
                name: ["belongs to the app wire"]
                for name, value in arguments.items()
                if value is not None and name not in known
            }
        )
        self._refuse(endpoint, problems)
        return pairs

    def _refuse(self, endpoint: Endpoint[Any], problems: Mapping[str, list[str]]) -> None:
        if not problems:
            return
        words = "; ".join(f"{name} {problem}" for name, lines in problems.items() for problem in lines)
        error = KworkValidationError(f"{words}. Nothing was sent.", problems, sent=False)
        error.call = f"{self.site} {endpoint.name}"
        raise error

    # --- answers ----------------------------------------------------------------------------------------------------

    def _read_page(self, reply: Reply) -> Reading | None:
        """Return what an answer without JSON means, or None if its status says all."""
        if reply.status == UNAUTHORIZED and "basic" in reply.headers.get("www-authenticate", "").casefold():
            return Refused(error=self._unknown_app())
        if reply.status == FORBIDDEN:
            blocked = KworkBlockedError("the front end of Kwork turned the request away (HTTP status 403).")
            blocked.hint = "Wait some minutes; asking again at once makes it worse."
            return Refused(error=blocked, cause=Cause.BLOCKED)
        if reply.status in {UNAUTHORIZED, NOT_FOUND, *VALIDATION}:
            return None
        if not reply.body.strip():
            return Unreadable(reason="the body is empty")
        if reply.is_html:
            return Unreadable(reason="the answer is a page for people (maintenance or anti-bot), no JSON")
        text = self.redactor(reply.body[:_LOOKED_AT].decode("utf-8", "replace"))
        return Unreadable(reason=f"the answer is no JSON object: {text[:_TOLD]!r}")

    def _unknown_app(self) -> KworkError:
        error = KworkAppAuthError("this host does not let an application in that does not name itself.")
        error.hint = "It is the live mobile service: it wants app_authorization, which you supply yourself."
        return error

    @staticmethod
    def _structure(endpoint: Endpoint[Any], data: Any, converter: Converter, bad_items: BadItems) -> Any:
        """Turn data in the documented shape into the result; a bad item of its list is reported as that item."""
        key = endpoint.items or endpoint.value
        if key is None:
            return converter.structure(data, endpoint.result)
        if not isinstance(data, dict):
            raise MappingError((f"expected object ({_shape_of(endpoint)}), got {_kind_of(data)} @ $",))
        if key not in data:  # the answer of another wire must not pass for an empty list
            raise MappingError((f"missing field {key!r} of {endpoint.name} @ $",))
        if endpoint.value is not None:
            return converter.structure(data[key], endpoint.result, f"$.{key}")
        return _with_items(endpoint, key, data, converter, bad_items)


def _with_items(
    endpoint: Endpoint[Any], key: str, data: dict[str, Any], converter: Converter, bad_items: BadItems
) -> Any:
    kind = endpoint.item_type or endpoint.result
    rows = data[key]
    placed: Iterable[tuple[Any, Any]]
    if isinstance(rows, dict) and all(name.isdecimal() for name in rows):
        placed = rows.items()  # PHP writes a list with gaps so
    elif isinstance(rows, list):
        placed = enumerate(rows)
    else:
        return converter.structure(rows, list[kind], f"$.{key}")  # type: ignore[valid-type]
    items = converter.structure_items(placed, kind, path_of=lambda place: f"$.{key}[{place!r}]", bad_items=bad_items)
    if endpoint.item_type is None:
        return items
    answer = converter.structure({**data, key: []}, endpoint.result)
    object.__setattr__(answer, key, items)  # it is frozen, but nobody has seen it yet
    return answer


def _scope(host: str | None, account: str | None, token: Secret | None) -> str:
    whose = f"token {token.reveal() if token else ''}" if account is None else f"account {account}"
    return hashlib.sha256(f"kwork {host} {whose}".encode()).hexdigest()[:16]


def _shape_of(endpoint: Endpoint[Any]) -> str:
    return getattr(endpoint.result, "__name__", str(endpoint.result)) if endpoint.item_type else endpoint.name


def _kind_of(data: Any) -> str:
    return "array" if isinstance(data, list) else type(data).__name__


def _texts(encoded: Sequence[Any]) -> list[tuple[str, str]]:
    return [pair for pair in encoded if isinstance(pair, tuple)]


def envelope_model() -> type[DataResponse]:
    """Return what answers come wrapped in: loaded only if somebody may want to see the wrapping."""
    from kwork_etxt_sdk.kwork.models.envelope import DataResponse

    return DataResponse


def is_call(endpoint: base.Endpoint[Any]) -> bool:
    """Whether this is a call and no part of a sign-in."""
    return isinstance(endpoint, Endpoint) and endpoint.host is Host.API and "sign_in" not in endpoint.groups


def parsed(body: bytes) -> Any:
    """Return a body as JSON, or None if it is none."""
    try:
        return decode(body)
    except (ValueError, RecursionError):
        return None
