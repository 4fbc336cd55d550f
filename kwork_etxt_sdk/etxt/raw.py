"""Calls of eTXT methods that the SDK has no method for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.raw import raw_params

_NAME = re.compile(r"[A-Za-z]+\.[A-Za-z0-9]+")
#: Methods with a limit of their own.
_GROUPS: Final = {"messages.writePrivate": ("messages",)}


def raw_endpoint(name: str, parameters: Mapping[str, Any], effect: Effect, result: Any) -> Endpoint[Any]:
    """Return the record of a call by its name in the service.

    Raises:
        ConfigurationError: The name is none.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigurationError(f"a method of eTXT is named like 'tasks.listTasks', not {name!r}")
    return Endpoint(
        name,
        effect=effect,
        result=result,
        shape=Shape.MAPPING,
        groups=_GROUPS.get(name, ()),
        params=raw_params(parameters),
        source="",
        standing="inferred",
    )
