"""Faults on request: what shall go wrong, with which calls, and how often."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from enum import Enum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.chance import chance

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from kwork_etxt_sdk.sandbox.clock import SimulatedClock


class Slot(Enum):
    """What a fault acts upon. At most one fault per slot strikes a call; the others wait for the next."""

    DELAY = "delay"
    INSTEAD = "instead"
    """Another answer, or none, takes the place of the answer."""
    REQUEST = "request"
    ANSWER = "answer"
    """The answer's data are changed. Different kinds combine."""
    DELIVERY = "delivery"


KINDS: Mapping[str, Slot] = {
    "latency": Slot.DELAY,
    "429": Slot.INSTEAD,
    "rate_limit": Slot.INSTEAD,
    "500": Slot.INSTEAD,
    "502": Slot.INSTEAD,
    "503": Slot.INSTEAD,
    "504": Slot.INSTEAD,
    "html": Slot.INSTEAD,
    "blocked": Slot.INSTEAD,
    "reset_before_reading": Slot.INSTEAD,
    "reset_after_reading": Slot.INSTEAD,
    "expired": Slot.REQUEST,
    "duplicates": Slot.ANSWER,
    "shift": Slot.ANSWER,
    "unknown_field": Slot.ANSWER,
    "unknown_enum": Slot.ANSWER,
    "wrong_type": Slot.ANSWER,
    "reset_in_headers": Slot.DELIVERY,
    "reset_in_body": Slot.DELIVERY,
    "cut": Slot.DELIVERY,
    "drip": Slot.DELIVERY,
}
NEVER_EXECUTED = ("rate_limit", "reset_before_reading")


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong on purpose. See the guide for all kinds.

    Raises:
        ValueError: The kind is unknown, or a setting makes no sense.
    """

    kind: str
    method: str = "*"
    """A method, or a pattern such as `tasks.*`."""
    service: str = ""
    """`etxt`, `kwork`, or `files`; empty for all."""
    times: int | None = None
    """How many calls it strikes; None for all."""
    share: float = 1.0
    """The share of the calls concerned that it strikes; the seed decides which."""
    executed: bool = False
    """For another answer in place of the answer: whether the call was executed before."""
    seconds: float = 0.0
    """How long `latency` and `drip` take. A late answer was executed at once."""
    jitter: float = 0.0
    """At most so many seconds more of `latency`."""
    retry_after: float | str | None = None
    """The header Retry-After of a refusal, in seconds or as the text to send."""
    limit: int = 0
    """`rate_limit`: so many calls pass ..."""
    window: float = 0.0
    """... in so many simulated seconds."""
    field: str = ""
    """The field that `unknown_enum` and `wrong_type` spoil; otherwise the seed decides."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            nearest = get_close_matches(self.kind, KINDS, n=1, cutoff=0.0)[0]
            raise ValueError(f"no fault is called {self.kind!r}; did you mean {nearest!r}? All: {', '.join(KINDS)}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"a fault strikes once or more often: times={self.times}")
        if not 0 < self.share <= 1:
            raise ValueError(f"share is above 0 and at most 1: share={self.share}")
        if self.seconds < 0 or self.jitter < 0:
            raise ValueError(f"time does not run backwards: seconds={self.seconds}, jitter={self.jitter}")
        if self.executed and (self.kind in NEVER_EXECUTED or self.slot is not Slot.INSTEAD):
            raise ValueError(f"executed= says nothing about {self.kind!r}")
        if self.kind == "rate_limit" and (self.limit < 1 or self.window <= 0):
            raise ValueError("a rate limit needs limit= (calls) and window= (seconds)")

    @property
    def slot(self) -> Slot:
        """What it acts upon."""
        return KINDS[self.kind]

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Fault:
        """A fault from names and values, as they come in JSON.

        Raises:
            ValueError: A name is unknown, or a value has the wrong type.
        """
        known = {one.name: _TYPES[str(one.type)] for one in fields(cls)}
        for name, value in settings.items():
            if name not in known:
                raise ValueError(f"a fault has no setting {name!r}; there are {', '.join(known)}")
            if not isinstance(value, known[name]) or (isinstance(value, bool) and name != "executed"):
                raise ValueError(f"{name}={value!r} has the wrong type")
        if "kind" not in settings:
            raise ValueError("a fault needs a kind")
        return cls(**settings)

    @classmethod
    def parse(cls, text: str) -> Fault:
        """A fault as it is written on the command line: `429:method=tasks.*,times=3,retry_after=5`.

        Raises:
            ValueError: It cannot be understood.
        """
        kind, _, rest = text.partition(":")
        settings: dict[str, Any] = {"kind": kind}
        for setting in filter(None, rest.split(",")):
            name, equals, value = setting.partition("=")
            if not equals:
                raise ValueError(f"{setting!r} in {text!r} is not NAME=VALUE")
            settings[name] = _read_value(value) if name not in _TEXTS else value
        return cls.of(settings)


_TYPES: Mapping[str, Any] = {
    "str": str,
    "int": int,
    "int | None": (int, type(None)),
    "float": (int, float),
    "bool": bool,
    "float | str | None": (int, float, str, type(None)),
}
_TEXTS = frozenset({"kind", "method", "service", "field"})
_WORDS = {"true": True, "false": False, "none": None}


def _read_value(text: str) -> Any:
    if text.casefold() in _WORDS:
        return _WORDS[text.casefold()]
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text


@dataclass(frozen=True)
class Strike:
    """A fault that strikes one call."""

    fault: Fault
    draw: random.Random
    """Chance for this strike: the same for the same seed, the same faults and the same calls."""
    retry_after: float | str | None
    _armed: _Armed

    def give_back(self) -> None:
        """Nothing about this call could be spoilt: it does not count, and the next one is tried."""
        with self._armed.lock:
            if self._armed.left is not None:
                self._armed.left += 1


class _Armed:
    """A fault that waits, and what it has seen so far."""

    def __init__(self, fault: Fault, seed: int, number: int, lock: threading.Lock) -> None:
        self.fault = fault
        self.lock = lock
        self.left = fault.times
        self._seed = seed
        self._number = number
        self._seen = 0
        self._passed: deque[float] = deque()

    def concerns(self, service: str, method: str) -> bool:
        fault = self.fault
        return self.left != 0 and fault.service in ("", service) and fnmatchcase(method, fault.method)

    def strike(self, now: float) -> Strike | None:
        self._seen += 1
        draw = chance(self._seed, "fault", self._number, self._seen)
        if draw.random() >= self.fault.share:
            return None
        retry_after = self.fault.retry_after
        if self.fault.kind == "rate_limit":
            wait = self._wait_for_room(now)
            if wait is None:
                return None
            retry_after = wait if retry_after == "auto" else retry_after
        if self.left is not None:
            self.left -= 1
        return Strike(self.fault, draw, retry_after, self)

    def _wait_for_room(self, now: float) -> float | None:
        """None if the call still passes, else the seconds until the next one does."""
        while self._passed and self._passed[0] <= now - self.fault.window:
            self._passed.popleft()
        if len(self._passed) < self.fault.limit:
            self._passed.append(now)
            return None
        return self._passed[0] + self.fault.window - now


class Faults:
    """The faults that wait for calls. Safe to use from several threads.

    Args:
        seed: Decides what is left to chance.
        clock: The simulated time, for rate limits.
    """

    def __init__(self, seed: int, clock: SimulatedClock) -> None:
        self._seed = seed
        self._clock = clock
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self._added = 0

    def add(self, fault: Fault) -> None:
        """Lets a fault wait for its calls. Faults for the same call strike in the order in which they were added."""
        with self._lock:
            self._armed.append(_Armed(fault, self._seed, self._added, self._lock))
            self._added += 1

    def clear(self) -> None:
        """Forgets all faults; the next ones begin like the first."""
        with self._lock:
            self._armed.clear()
            self._added = 0

    def waiting(self) -> list[dict[str, Any]]:
        """The faults that can still strike, and how often (`left`)."""
        with self._lock:
            return [asdict(armed.fault) | {"left": armed.left} for armed in self._armed if armed.left != 0]

    def strike(self, service: str, method: str) -> list[Strike]:
        """What goes wrong with a call that has just come in."""
        with self._lock:
            self._armed = [armed for armed in self._armed if armed.left != 0]
            if not self._armed:
                return []
            concerned = [armed for armed in self._armed if armed.concerns(service, method)]
            now = self._clock.now()
            struck = _first_of_each(concerned, (Slot.DELAY, Slot.INSTEAD), now)
            if not any(strike.fault.slot is Slot.INSTEAD for strike in struck):
                struck += _first_of_each(concerned, (Slot.REQUEST, Slot.ANSWER, Slot.DELIVERY), now)
            return struck


def _first_of_each(concerned: list[_Armed], slots: tuple[Slot, ...], now: float) -> list[Strike]:
    struck: dict[object, Strike] = {}
    for armed in concerned:
        fault = armed.fault
        place = fault.kind if fault.slot is Slot.ANSWER else fault.slot
        if fault.slot in slots and place not in struck:
            strike = armed.strike(now)
            if strike is not None:
                struck[place] = strike
    return list(struck.values())
