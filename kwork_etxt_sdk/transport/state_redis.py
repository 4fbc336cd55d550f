"""The buckets of many machines, on a Redis server.

Each operation is one script call: it reads the bucket, applies the operation at the server's time, writes the bucket
back, with an expiry after which it would be full anyway, and answers in numbers. Times there are whole microseconds:
numbers in Lua are floats, which hold integers up to 2**53 exactly.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

from kwork_etxt_sdk.errors import ConfigurationError, MissingExtraError
from kwork_etxt_sdk.options import RedisShare
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport.bucket import (
    Operation,
    Pace,
    Reservation,
    Standing,
    State,
    await_turn,
    count_from_now,
    leave,
    look,
    pause,
    take,
    take_first,
    throttle,
    undo,
)
from kwork_etxt_sdk.transport.sharing import SharedStore

#: Longest waits, in seconds, for a connection and for an answer: the limiter must not block a call for its own sake.
CONNECT_TIMEOUT = 0.5
ANSWER_TIMEOUT = 1.0
#: Nanoseconds in the unit of the server's numbers.
UNIT = 1000
#: None, among the numbers of an answer. Nothing else is as small.
NOTHING = -(2**53 - 1)

#: The twin of the operations in bucket.py: same names, same order, same numbers (a test compares them).
SCRIPT = """
local operation = ARGV[1]
local interval, tolerance, ramp, a1, a2, a3, a4, a5, a6, a7 = struct.unpack('<dddddddddd', ARGV[2])
local NOTHING, KEEP = -9007199254740991, 3600000000
local one, two, three, four = NOTHING, NOTHING, NOTHING, NOTHING
local max, floor = math.max, math.floor

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local tat, off, held, bad, since, born, seen, lag = 0, 0, 0, 0, 0, now, now, 0
local kept = redis.call('GET', KEYS[1])
if kept and #kept == 64 then
  tat, off, held, bad, since, born, seen, lag = struct.unpack('<dddddddd', kept)
end
-- The server's clock is a wall clock, and another server takes over with its own: never let it go back.
now = now + lag
if now < seen then
  lag, now = lag + seen - now, seen
end
local reading = max(now, held) - off

local function interval_at(when)
  if bad == 0 or ramp == 0 then return interval end
  local FULL, LEAST, CREEP = 1000000, 20000, 20000
  local too_fast = floor(FULL * interval / max(bad, interval))
  local slowest = max(floor(too_fast / 2), LEAST)
  local ceiling = max(floor(too_fast * 9 / 10), slowest)
  local passed, speed = max(0, when - since)
  if passed < ramp then
    speed = slowest + floor((ceiling - slowest) * passed / ramp)
  else
    speed = math.min(FULL, ceiling + floor(CREEP * (passed - ramp) / (2 * ramp)))
  end
  return math.ceil(interval * FULL / speed)
end

if operation == 'take_first' then
  operation = 'take'
  local behind = tat - tolerance - reading
  if behind > 0 and interval > 0 then
    local cost, gap = interval_at(now), 0
    if bad == 0 or ramp == 0 then gap = behind % cost end
    local step, room = cost, 2 * cost
    if gap > 0 then step, room = gap, cost end
    if behind >= step then
      operation = 'taken'
      three = reading + step + off - now
      if a1 == NOTHING or three <= a1 then
        off = off + room
        one, two = reading + step - room, tat
      end
    end
  end
end

if operation == 'take' then
  local slot = reading
  if interval > 0 and tat - tolerance > slot then slot = tat - tolerance end
  three = slot + off - now
  if a1 == NOTHING or three <= a1 then
    one, two = slot, tat
    tat = max(tat, slot) + interval_at(slot + off)
  end
elseif operation == 'await_turn' then
  if born == a6 then
    one = max(a1 + off, held) - now
    if -one > a7 and interval > 0 then off = max(off, now - a1) end
  end
elseif operation == 'leave' then
  if born == a6 and not (held > now and a1 < reading) then
    one = max(0, a1 + off - now)
    if one == 0 then off = max(off, now - a1) end
  end
elseif operation == 'count_from_now' then
  if born == a6 then
    off = max(off, now - a1)
  else
    tat = max(tat, reading + tolerance + interval)
  end
elseif operation == 'undo' then
  if born == a6 then
    local cost = a3 - max(a2, a1)
    if tat == a3 and off == a4 and held == a5 then
      tat = a2
    elseif a1 == tat - cost - tolerance and a1 > reading then
      tat = tat - cost
    end
  end
elseif operation == 'pause' or operation == 'throttle' then
  local current = interval_at(now)
  local same = bad ~= 0 and now < since + current
  held = max(now, held, now + a1)
  tat, off = max(tat, reading + tolerance), held - reading
  if operation == 'throttle' and ramp > 0 and interval > 0 then
    if same then since = max(since, held) else bad, since = current, held end
  end
elseif operation == 'look' then
  local slot = reading
  if interval > 0 then slot = max(slot, tat - tolerance) end
  one, two, three, four = slot + off - now, max(0, held - now), tat - reading, interval_at(max(now, held))
end

if operation ~= 'look' then
  local record = struct.pack('<dddddddd', tat, off, held, bad, since, born, now, lag)
  local last = max(now, tat + off, held, since + 100 * ramp) - now + KEEP
  redis.call('SET', KEYS[1], record, 'PX', floor(last / 1000))
end
return struct.pack('<ddddddddddd', now, tat, off, held, bad, since, born, one, two, three, four)
"""
_ARGUMENTS = struct.Struct("<10d")
_PADDING = (NOTHING,) * 10
_ANSWER = struct.Struct("<11d")


class RedisStore(SharedStore):
    """Buckets on a Redis server. Whatever goes wrong with it, a call goes on with the buckets in memory.

    Args:
        share: Which server, and under which keys.
        seconds: Seconds on a monotonic clock; for tests.

    Raises:
        MissingExtraError: The package redis is not installed.
    """

    shared_with = "through Redis"
    script = SCRIPT.encode()

    def __init__(self, share: RedisShare, *, seconds: Callable[[], float] = time.monotonic) -> None:
        super().__init__(seconds)
        try:
            redis = importlib.import_module("redis")
        except ImportError as missing:
            raise MissingExtraError(
                "sharing limits through Redis needs the package redis: pip install 'kwork-etxt-sdk[redis]'"
            ) from missing
        self.failures = (redis.RedisError, OSError, struct.error)
        self._lost: type[Exception] = redis.ConnectionError
        self._unknown_script: type[Exception] = redis.exceptions.NoScriptError
        self._connect = _connector(share, redis)
        self._prefix = share.prefix
        self._digest = hashlib.sha1(self.script, usedforsecurity=False).hexdigest().encode()
        self._idle: list[Any] = []
        self._pid = os.getpid()

    def close(self) -> None:
        """Close the connections; they open again when they are needed."""
        while self._idle:
            self._idle.pop().disconnect()

    def _attempt(
        self, key: str, operation: Operation, now: Callable[[], int], pace: Pace, arguments: tuple[Any, ...]
    ) -> tuple[State, Any]:
        answer = self._evaluate(f"{self._prefix}:{key}".encode(), operation.__name__.encode(), _encode(pace, arguments))
        numbers = _ANSWER.unpack(answer)
        there, tat, off, held, bad, since, born = [UNIT * int(number) for number in numbers[:7]]
        result = _DECODERS[operation](
            State(tat, off, held, bad, since, born),
            [None if number == NOTHING else UNIT * int(number) for number in numbers[7:]],
        )
        # The memory follows on this machine's clock. What the answer took on its way makes it late, never early.
        shift = now() - there
        return State(tat, off + shift, held + shift, bad, since + shift, born), result

    def _evaluate(self, key: bytes, operation: bytes, numbers: bytes) -> Any:
        if self._pid != os.getpid():
            # A child that went on with its parent's connections would read the parent's answers, too.
            self._idle, self._pid = [], os.getpid()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        # Past the package's own layers, which take longer than the whole round trip.
        by_digest = _command(b"EVALSHA", self._digest, b"1", key, operation, numbers)
        try:
            answer = _ask(connection, by_digest)
        except (self._unknown_script, self._lost):
            # New to the script; or it closed the connection, as it does with those that were idle for long. (If it did
            # run the script first, a slot is lost.) The connection opens itself again.
            answer = _ask(connection, _command(b"EVAL", self.script, b"1", key, operation, numbers))
        self._idle.append(connection)
        return answer


def _connector(share: RedisShare, redis: Any) -> Callable[[], Any]:
    """Return what makes connections to the server, whose waits are short and which try nothing twice."""
    server = share.server
    if isinstance(server, Secret):
        try:
            pool = redis.ConnectionPool.from_url(server.reveal(), protocol=2)
        except ValueError:
            pool = None
        if pool is None:  # outside of `except`: the cause may quote a password
            raise ConfigurationError("the URL of the RedisShare can't be read")
    else:
        pool = server.connection_pool
    settings = {
        **pool.connection_kwargs,
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "socket_timeout": ANSWER_TIMEOUT,
        "retry": redis.retry.Retry(redis.backoff.NoBackoff(), 0),
        "retry_on_timeout": False,
        "retry_on_error": [],
    }

    def connect() -> Any:
        return pool.connection_class(**settings)

    return connect


def _command(*parts: bytes) -> bytes:
    return b"*%d\r\n" % len(parts) + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts])


def _ask(connection: Any, command: bytes) -> Any:
    connection.send_packed_command([command], check_health=False)
    return connection.read_response(disable_decoding=True)


def _encode(pace: Pace, arguments: Sequence[Any]) -> bytes:
    numbers: list[int | None] = [*pace]
    for argument in arguments:
        if isinstance(argument, Reservation):
            slot, before, after = argument
            numbers += (slot, before.tat, after.tat, after.off, after.held, after.born)
        else:
            numbers.append(argument)
    return _ARGUMENTS.pack(
        *[NOTHING if number is None else -(-number // UNIT) for number in numbers], *_PADDING[len(numbers) :]
    )


def _slot(bucket: State, numbers: Sequence[int | None]) -> tuple[Reservation | None, int]:
    slot, before, wait, _ = numbers
    if slot is None or before is None:
        return None, wait or 0
    return Reservation(slot, State(before, *bucket[1:]), bucket), wait or 0


def _first(_bucket: State, numbers: Sequence[int | None]) -> int | None:
    return numbers[0]


def _standing(_bucket: State, numbers: Sequence[int | None]) -> Standing:
    return Standing._make(number or 0 for number in numbers)


_DECODERS: dict[Operation, Callable[[State, Sequence[int | None]], Any]] = {
    take: _slot,
    take_first: _slot,
    await_turn: _first,
    leave: _first,
    count_from_now: _first,
    undo: _first,
    pause: _first,
    throttle: _first,
    look: _standing,
}
