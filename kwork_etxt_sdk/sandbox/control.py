"""The control URL: what a program that is not Python can ask of the sandbox itself.

It can change the world, so it answers to this machine only, and to no page of another site that a browser shows.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.faults import Fault
from kwork_etxt_sdk.sandbox.http import Outgoing, UploadedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kwork_etxt_sdk.sandbox.faults import Faults
    from kwork_etxt_sdk.sandbox.http import Incoming
    from kwork_etxt_sdk.sandbox.record import Call
    from kwork_etxt_sdk.sandbox.world import World

CONTROL_PATH = "/control/"
OWN_HOSTS = ("127.0.0.1", "localhost")
JSON_TYPE = "application/json; charset=utf-8"
UNITS = ("days", "hours", "minutes", "seconds")


class Control:
    """Answers requests below `/control/`.

    Args:
        world: Both services.
        faults: What shall go wrong.
    """

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def answer(self, incoming: Incoming) -> Outgoing:
        """The answer to a request below `/control/`."""
        if not _comes_from_here(incoming):
            return _json({"error": "the control URL is for this machine only: Host or Origin is another"}, 403)
        name = incoming.path.removeprefix(CONTROL_PATH)
        verbs = {verb for verb, known in _HANDLERS if known == name}
        handler = _HANDLERS.get((incoming.verb, name))
        if handler is None:
            error = f"{name} takes {', '.join(sorted(verbs))}" if verbs else f"there is no /control/{name}"
            return _json({"error": error}, 405 if verbs else 404)
        try:
            return _json(handler(self, _read(incoming)))
        except ValueError as error:
            return _json({"error": str(error)}, 400)

    def _list_faults(self, _given: Mapping[str, Any]) -> Any:
        return self._faults.waiting()

    def _add_fault(self, given: Mapping[str, Any]) -> Any:
        self._faults.add(Fault.of({"times": 1, **given}))
        return self._faults.waiting()

    def _clear_faults(self, _given: Mapping[str, Any]) -> Any:
        self._faults.clear()
        return []

    def _advance(self, given: Mapping[str, Any]) -> Any:
        for name, value in given.items():
            if name not in UNITS or isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ValueError(f"advance takes numbers of {', '.join(UNITS)}, not {name}={value!r}")
        self._world.clock.advance(**given)
        self._world.catch_up()
        return {"now": self._world.clock.now()}

    def _demand(self, given: Mapping[str, Any]) -> Any:
        with self._world.lock:
            return {"answer": self._world.kwork.door.demand(given.get("what", ""))}

    def _calls(self, _given: Mapping[str, Any]) -> Any:
        return [_shown(call) for call in self._world.record.calls()]

    def _clear_calls(self, _given: Mapping[str, Any]) -> Any:
        self._world.record.clear()
        return []

    def _executed(self, _given: Mapping[str, Any]) -> Any:
        return dict(self._world.record.executed())


_HANDLERS: Mapping[tuple[str, str], Callable[[Control, Mapping[str, Any]], Any]] = {
    ("GET", "faults"): Control._list_faults,
    ("POST", "faults"): Control._add_fault,
    ("DELETE", "faults"): Control._clear_faults,
    ("POST", "advance"): Control._advance,
    ("POST", "demand"): Control._demand,
    ("GET", "calls"): Control._calls,
    ("DELETE", "calls"): Control._clear_calls,
    ("GET", "executed"): Control._executed,
}


def _comes_from_here(incoming: Incoming) -> bool:
    """Not from another machine, and not from a page of another site: a browser tells the truth in both headers."""
    host = incoming.header("Host")
    if host.rpartition(":")[0] not in OWN_HOSTS and host not in OWN_HOSTS:
        return False
    return incoming.header("Origin") in ("", f"http://{host}")


def _read(incoming: Incoming) -> Mapping[str, Any]:
    if not incoming.body.strip():
        return {}
    try:
        given = json.loads(incoming.body)
    except ValueError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(given, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004 - of the value in JSON
    return given


def _shown(call: Call) -> dict[str, Any]:
    return {one.name: getattr(call, one.name) for one in fields(call) if one.name != "headers"}


def _plain(value: object) -> Any:
    if isinstance(value, UploadedFile):
        return {"file_name": value.file_name, "size": len(value.content)}
    raise TypeError(f"cannot be shown: {value!r}")


def _json(data: Any, status: int = 200) -> Outgoing:
    return Outgoing(json.dumps(data, ensure_ascii=False, default=_plain).encode() + b"\n", status, JSON_TYPE)
