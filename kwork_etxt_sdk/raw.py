"""Parameters of calls the SDK has no method for: whatever plain values the caller gives."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.params import Encoded, Param, Problem, Text

_DEEPEST = 20


class Raw(Param):
    """Any plain value. In forms flags are 1 and 0, lists ``name[]``, objects ``name[key]``, as PHP reads them."""

    def encode(self, value: Any, now: datetime) -> Encoded:
        """Write it as fields of a form."""
        del now
        return list(_fields(self.wire, value, 0))


def raw_params(parameters: Mapping[str, Any]) -> tuple[Raw, ...]:
    """Return the parameters of a call by their names on the wire.

    Raises:
        ConfigurationError: The names are no texts.
    """
    if not isinstance(parameters, Mapping) or not all(isinstance(name, str) and name for name in parameters):
        raise ConfigurationError("parameters are names and values: {'page': 1}")
    return tuple(Raw(name) for name in parameters)


def plain_json(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON can hold it, decimals as numbers; raises :class:`Problem` if it can't."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(Text("").text(value))
    if (isinstance(value, float) and math.isfinite(value)) or (isinstance(value, Decimal) and value.is_finite()):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {str(name): plain_json(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, (list, tuple)) and depth < _DEEPEST:
        return [plain_json(inner, depth + 1) for inner in value]
    raise Problem(f"can't be sent: {value!r}")


def _fields(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _fields(f"{name}[{key}]", inner, depth + 1)
    elif isinstance(value, (list, tuple)) and depth < _DEEPEST:
        for inner in value:
            yield from _fields(f"{name}[]", inner, depth + 1)
    elif isinstance(value, bool):
        yield name, "1" if value else "0"
    elif isinstance(value, str):
        yield name, str(Text("").text(value))
    elif isinstance(value, (int, Decimal, float)) and math.isfinite(value):
        yield name, format(value, "f") if isinstance(value, Decimal) else repr(value + 0)
    elif value is not None:
        raise Problem(f"can't be sent: {value!r}")
