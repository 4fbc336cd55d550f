"""Reference data: places, times, options."""

from __future__ import annotations

from decimal import Decimal

from kwork_etxt_sdk.mapping import Model, model, wire


@model
class City(Model):
    """A city."""

    id: int = wire()
    """Id."""
    name: str | None = wire(default=None)
    """Name."""
    country_id: int | None = wire(default=None)
    """Id of its country."""


@model
class Country(Model):
    """A country."""

    id: int = wire()
    """Id."""
    name: str | None = wire(default=None)
    """Name."""
    code: str | None = wire(default=None)
    """Code of two letters; None on the app wire."""
    cities: list[City] | None = wire(default=None)
    """Its cities; None on the app wire."""


@model
class TimeZone(Model):
    """A time zone."""

    id: int = wire()
    """Id."""
    name: str | None = wire(default=None)
    """Name."""
    offset: str | None = wire("offset", "utc_offset", default=None)
    """Distance from UTC, ``+03:00``."""


@model
class Feature(Model):
    """An option that can be added to a kwork."""

    id: int = wire()
    """Id."""
    name: str | None = wire(default=None)
    """Name."""
    description: str | None = wire(default=None)
    """What it brings."""
    price: Decimal | None = wire(default=None)
    """Price in roubles."""
    type: str | None = wire(default=None)
    """``extra``, ``premium`` and others."""
