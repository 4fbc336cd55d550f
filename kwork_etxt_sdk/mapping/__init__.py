"""From parsed JSON to typed objects, strictly: nothing is guessed, nothing is lost, and errors say where.

* :func:`model`, :class:`Model`, :func:`wire`: declare what the services send.
* :class:`OpenIntEnum`, :class:`OpenStrEnum`: codes that may be extended at any time.
* :class:`Converter`, :func:`default_converter`: structure data; :class:`MappingError` tells all that doesn't fit.
* :class:`Records`, :class:`BadItem`: lists that remember what had to be left out.
* :class:`Drift`, :data:`DRIFT`: what was sent that the models don't know yet.
"""

from __future__ import annotations

from kwork_etxt_sdk.mapping.converter import Converter, default_converter
from kwork_etxt_sdk.mapping.drift import DRIFT, Drift
from kwork_etxt_sdk.mapping.enums import OpenIntEnum, OpenStrEnum
from kwork_etxt_sdk.mapping.model import Model, model, wire
from kwork_etxt_sdk.mapping.problems import MappingError
from kwork_etxt_sdk.mapping.records import BadItem, Records
from kwork_etxt_sdk.mapping.scalars import MOSCOW

__all__ = [
    "DRIFT",
    "MOSCOW",
    "BadItem",
    "Converter",
    "Drift",
    "MappingError",
    "Model",
    "OpenIntEnum",
    "OpenStrEnum",
    "Records",
    "default_converter",
    "model",
    "wire",
]
