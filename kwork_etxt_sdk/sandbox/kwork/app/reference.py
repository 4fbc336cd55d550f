"""Lists that hardly ever change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.sandbox.kwork.app.envelope import enveloped
from kwork_etxt_sdk.sandbox.kwork.app.registry import answers
from kwork_etxt_sdk.sandbox.seeds import load

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.kwork.app.given import Given
    from kwork_etxt_sdk.sandbox.kwork.app.registry import Row
    from kwork_etxt_sdk.sandbox.kwork.market import Market


@answers("countries", is_open=True)
def get_countries(_market: Market, _given: Given) -> Row:
    """Countries."""
    return enveloped([{"id": country["id"], "name": country["name"]} for country in load("kwork")["countries"]])


@answers("cities", "countryId", is_open=True)
def get_cities(_market: Market, given: Given) -> Row:
    """The cities of one country; their ids are texts."""
    id_country = given.identifier("countryId")
    rows = [row for country in load("kwork")["countries"] if country["id"] == id_country for row in country["cities"]]
    return enveloped([{"id": str(id_city), "name": name} for id_city, name in rows])


@answers("timezones", is_open=True)
def get_timezones(_market: Market, _given: Given) -> Row:
    """Time zones, with hours as numbers."""
    rows = load("kwork")["timezones"]
    return enveloped([{"id": id_zone, "utc_offset": hours, "name": name} for id_zone, hours, name in rows])


@answers("categories", is_open=True)
def get_categories(market: Market, _given: Given) -> Row:
    """The tree of categories; a leaf has no list of what is below it."""
    return enveloped(_branches(market, None))


def _branches(market: Market, parent_id: int | None) -> list[Row]:
    rows = []
    for category in market.tree.children(parent_id):
        row: Row = {"id": category.id, "name": category.name, "description": category.description}
        below = _branches(market, category.id)
        rows.append(row | {"subcategories": below} if below else row)
    return rows


@answers("getAvailableFeatures")
def get_features(_market: Market, _given: Given) -> Row:
    """What the application may show to this user: switches, no paid extras."""
    return enveloped(
        {
            "voice_messages": {
                "is_voice_message_recording_available": True,
                "speed_control": {"is_available": True, "speed": 1, "available_speeds": [1, 1.5, 2]},
                "receiving_settings": {
                    "should_show_settings_popup": False,
                    "is_receiving_setting_allowed": True,
                    "is_receiving_allowed": True,
                },
            },
            "features": {"is_exchange_available": True, "vat_rate_blocking": False},
            "is_support_dialog_available": True,
            "test_groups": {"new_catalog": True, "short_profile": False},
        }
    )


@answers("getPublicFeatures", is_open=True)
def get_public_features(_market: Market, _given: Given) -> Row:
    """An empty map, which PHP writes as an empty list."""
    return enveloped([])
