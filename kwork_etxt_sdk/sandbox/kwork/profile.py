"""What an account can change about itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kwork_etxt_sdk.sandbox.kwork.market import Market
    from kwork_etxt_sdk.sandbox.kwork.people import Account

TEXTS = {
    "username": "username",
    "fullname": "fullname",
    "email": "email",
    "details": "about",
    "profession": "profession",
}
"""Names of the service, and the fields of the account that they are about."""
NUMBERS = {"timezoneId": "timezone_id", "countryId": "country_id", "cityId": "city_id"}


def change_settings(account: Account, settings: Mapping[str, Any]) -> None:
    """Takes over the settings that are about the account itself; others are left alone."""
    for name, attribute in TEXTS.items():
        if isinstance(settings.get(name), str):
            setattr(account, attribute, settings[name])
    for name, attribute in NUMBERS.items():
        if isinstance(settings.get(name), int):
            setattr(account, attribute, settings[name])


def masked_phone(phone: str) -> str:
    """A telephone number of which only the end can be read."""
    return "+7 *** ***-**-" + phone[-2:]


def channel_of(market: Market) -> str:
    """The name of the account's channel for events."""
    return hashlib.sha256(f"channel {market.seed} {market.actor.id}".encode()).hexdigest()[:32]
