"""`client.reference`: lists that hardly ever change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.documented.registry import answers
from kwork_etxt_sdk.sandbox.kwork.documented.rows import picture
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.documented.given import Given
    from kwork_etxt_sdk.sandbox.kwork.documented.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market


@answers("countries")
def get_countries(_market: Market, _given: Given) -> Row:
    """Countries with their cities."""
    return {
        "countries": [
            {"id": country["id"], "name": country["name"], "code": country["code"], "cities": _cities(country)}
            for country in load("kwork")["countries"]
        ]
    }


@answers("cities")
def get_cities(_market: Market, _given: Given) -> Row:
    """The cities of all countries."""
    return {"cities": [city for country in load("kwork")["countries"] for city in _cities(country)]}


def _cities(country: Row) -> list[Row]:
    return [{"id": id_city, "name": name, "country_id": country["id"]} for id_city, name in country["cities"]]


@answers("timezones")
def get_timezones(_market: Market, _given: Given) -> Row:
    """Time zones and their offsets."""
    return {
        "timezones": [
            {"id": id_zone, "name": name, "offset": f"{hours:+03d}:00"}
            for id_zone, hours, name in load("kwork")["timezones"]
        ]
    }


@answers("getAvailableFeatures")
def get_features(_market: Market, _given: Given) -> Row:
    """Paid extras that the account can use."""
    return {"features": _features()}


@answers("getPublicFeatures")
def get_public_features(_market: Market, _given: Given) -> Row:
    """Paid extras that everybody sees."""
    shown = load("kwork")["public_features"]
    return {"features": [feature for feature in _features() if feature["id"] in shown]}


def _features() -> list[Row]:
    names = ("id", "name", "description", "price", "type")
    return [dict(zip(names, row, strict=True)) for row in load("kwork")["features"]]


@answers("getBadgesInfo")
def get_badges_info(market: Market, _given: Given) -> Row:
    """The badges that people can earn."""
    return {
        "badges": [
            {
                "id": id_badge,
                "name": name,
                "description": description,
                "icon_url": picture(market, f"/pics/badge/{id_badge}.png"),
            }
            for id_badge, name, description in load("kwork")["badges"]
        ]
    }
