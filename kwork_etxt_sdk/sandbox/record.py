"""What the sandbox remembers about the requests it has received."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kwork_etxt_sdk.sandbox.http import Incoming

CALLS_KEPT = 10_000
"""Only the latest calls are kept: a sandbox that runs for days must not grow."""


CREDENTIAL_HEADERS = ("Authorization", "Cookie")
CREDENTIAL_PARAMETERS = ("token", "sign", "api_pass", "web_auth_token", "password")


@dataclass(frozen=True)
class Call:
    """One received request and how it was answered."""

    service: str
    """`etxt`, `kwork`, `files`, or `other` for a path at which there is nothing."""
    method: str
    """`tasks.saveTask`, `catalogMainv2`; `rateup` or the path for a file."""
    verb: str
    """`GET`, `POST`, ..."""
    query_names: tuple[str, ...]
    """Names of the parameters in the URL, in their order."""
    params: Mapping[str, Any] = field(repr=False)
    """What came in the query and the body, without `method`, `token` and `sign`."""
    headers: Mapping[str, str] = field(repr=False)
    credentials: tuple[str, ...]
    """Where the request carried something that looks like a credential, for example `Cookie` or `query:token`."""
    status: int
    refusal: str | None
    """The error code, if the service refused."""
    at: float
    """Simulated unix time of arrival."""
    fault: str = ""
    """What went wrong with it on request: kinds of faults, separated by spaces."""


def describe(
    incoming: Incoming,
    *,
    service: str,
    method: str,
    status: int,
    at: float,
    params: Mapping[str, Any] | None = None,
    refusal: str | None = None,
    fault: str = "",
) -> Call:
    """The record of a request."""
    query_names = tuple(
        name for name, _ in parse_qsl(incoming.query.decode("utf-8", "replace"), keep_blank_values=True)
    )
    in_headers = [name for name in CREDENTIAL_HEADERS if incoming.header(name)]
    in_query = [f"query:{name}" for name in query_names if name in CREDENTIAL_PARAMETERS]
    return Call(
        service=service,
        method=method,
        verb=incoming.verb,
        query_names=query_names,
        params=params or {},
        headers=incoming.headers,
        credentials=(*in_headers, *in_query),
        status=status,
        refusal=refusal,
        at=at,
        fault=fault,
    )


class CallRecord:
    """Received requests, and how often each method changed something. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self._executed: Counter[str] = Counter()
        self._executions = 0

    def add(self, call: Call, *, executed: bool = False) -> None:
        """Remembers a request; `executed` says that it changed something."""
        with self._lock:
            self._calls.append(call)
            if executed:
                self._executed[call.method] += 1
                self._executions += 1

    def note_fault(self, fault: str, status: int) -> None:
        """Adds to the latest request what went wrong with it, and the status that the client gets to see."""
        with self._lock:
            self._calls.append(replace(self._calls.pop(), fault=fault, status=status))

    @property
    def executions(self) -> int:
        """How often anything was changed since the start; unlike `executed` it is never reset."""
        with self._lock:
            return self._executions

    def calls(self) -> list[Call]:
        """The latest requests, oldest first."""
        with self._lock:
            return list(self._calls)

    def executed(self) -> Counter[str]:
        """How many executions of each method changed something."""
        with self._lock:
            return Counter(self._executed)

    def clear(self) -> None:
        """Forgets everything received so far."""
        with self._lock:
            self._calls.clear()
            self._executed.clear()
