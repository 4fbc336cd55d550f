"""From what the app wire answers to the shape the documented client knows; one model then reads both.

A reader takes the ``response`` of an answer and what stood beside it (:class:`Siblings`), and returns data in the
documented shape. It moves and renames; values stay as they came, and what does not look as expected is passed on, so
that the converter reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kwork_etxt_sdk.mapping.problems import WrongValueError
from kwork_etxt_sdk.mapping.scalars import to_datetime, to_int

#: What stands beside ``response``, and ``success``.
Siblings = Mapping[str, Any]
Reader = Callable[[Any, Siblings], Any]
Row = Callable[[dict[str, Any]], dict[str, Any]]

#: Codes of orders that have a word in the documented client, and the words for the others.
ORDER_STATUSES: Final = {
    1: "in_progress",
    2: "arbitration",
    3: "cancelled",
    4: "in_review",
    5: "completed",
    6: "unpaid",
}
#: Offsets from UTC up to this many are hours.
_MOST_HOURS: Final = 14


def as_it_is(response: Any, _siblings: Siblings) -> Any:
    """Return the response; PHP writes an empty object as an empty list, and none at all means empty, too."""
    return {} if response is None or response == [] else response


def whole(_response: Any, siblings: Siblings) -> Any:
    """Return everything but the response: for answers that only say that it was done."""
    return dict(siblings)


def with_pass_token(response: Any, siblings: Siblings) -> Any:
    """Return the answer to a sign-in with what stands beside it."""
    return {**siblings, **response} if isinstance(response, dict) else response


def rows(key: str, row: Row | None = None) -> Reader:
    """Return the reader for a list: ``{key: [...]}`` with what stood beside it.

    The list may be the response itself, or lie under `key` inside it, or be missing because it is empty.
    """

    def read(response: Any, siblings: Siblings) -> Any:
        beside = {name: value for name, value in siblings.items() if name not in {"success", "paging"}}
        if isinstance(response, dict) and key in response:
            beside.update(response)
            found = beside.pop(key)
            beside.pop("paging", None)
        elif isinstance(response, dict) and response and not _is_list(response):
            return response
        else:
            found = response
        return {**beside, key: _each(found, row)}

    return read


def page(key: str, row: Row | None = None) -> Reader:
    """Return the reader for a page: ``{key: [...], "pagination": {...}}`` with what stood beside it."""
    read_rows = rows(key, row)

    def read(response: Any, siblings: Siblings) -> Any:
        data = read_rows(response, siblings)
        if key in data:
            data["pagination"] = pagination(paging_of(response, siblings))
        return data

    return read


def raw_page(key: str) -> Reader:
    """Return the reader for a page that is passed on as data: ``{key: [...], "paging": {...}}``."""
    read_rows = rows(key)

    def read(response: Any, siblings: Siblings) -> Any:
        data = read_rows(response, siblings)
        paging = paging_of(response, siblings)
        return data if paging is None else {**data, "paging": paging}

    return read


def paging_of(response: Any, siblings: Siblings) -> Any:
    """Return the paging of an answer, which stands beside the response or inside it."""
    if "paging" in siblings:
        return siblings["paging"]
    return response.get("paging") if isinstance(response, dict) else None


def pagination(paging: Any) -> dict[str, Any] | None:
    """Return the paging of the app wire as the documented client has it; what was not sent is counted if it can be."""
    if not isinstance(paging, dict):
        return None
    current, total, size, pages = (_number(paging.get(name)) for name in ("page", "total", "limit", "pages"))
    if pages is None and total is not None and size:
        pages = -(-total // size)
    return {
        "current_page": current,
        "total_pages": pages,
        "total_items": total,
        "items_per_page": size,
        "has_next": None if current is None or pages is None else current < pages,
        "has_prev": None if current is None else current > 1,
    }


def project(row: dict[str, Any]) -> dict[str, Any]:
    """Gather the customer of a project, whose fields stand among those of the project."""
    return _gathered(row, "customer", {"user_id": "id", "username": "username", "profile_picture": "avatar_url"})


def order(row: dict[str, Any]) -> dict[str, Any]:
    """Name the status of an order, and keep the text of the time left apart from a project's seconds."""
    code = _number(row.get("status"))
    shaped = {("time_left_text" if name == "time_left" else name): value for name, value in row.items()}
    if code is not None:
        shaped["status_code"] = code
        shaped["status"] = ORDER_STATUSES.get(code, str(code))
    if not shaped.get("display_title"):
        shaped["display_title"] = shaped.get("kwork_title")
    return shaped


def dialog(row: dict[str, Any]) -> dict[str, Any]:
    """Gather the other side of a dialog, whose fields stand among those of the dialog."""
    names = {"user_id": "id", "username": "username", "profilepicture": "avatar_url", "is_online": "is_online"}
    return _gathered(row, "participant", names)


def review(row: dict[str, Any]) -> dict[str, Any]:
    """Lift the id of the kwork to where the documented client has it."""
    kwork = row.get("kwork")
    return {**row, "kwork_id": kwork["id"]} if isinstance(kwork, dict) and "id" in kwork else row


def event(row: dict[str, Any]) -> dict[str, Any]:
    """Keep a time that nobody can read from spoiling its event."""
    try:
        to_datetime(row.get("created_at"))
    except WrongValueError:
        return {("created_at_text" if name == "created_at" else name): value for name, value in row.items()}
    return row


def time_zone(row: dict[str, Any]) -> dict[str, Any]:
    """Write the distance from UTC as the documented client does, if it came in hours."""
    offset = row.get("utc_offset")
    hours = _number(offset)
    if hours is None or abs(hours) > _MOST_HOURS:
        return {**row, "utc_offset": str(offset)} if isinstance(offset, (int, float)) else row
    return {**row, "utc_offset": f"{hours:+03d}:00"}


def notification_groups(response: Any, siblings: Siblings) -> Any:
    """Return the notifications of all groups as one list; each keeps what its group says."""
    groups = rows("notifications")(response, siblings)
    found: list[Any] = []
    for group in groups.get("notifications", []):
        if not isinstance(group, dict) or "notifications" not in group:
            found.append(group)
            continue
        shared = {"type": group.get("name"), "title": group.get("description")}
        shared.update({name: group[name] for name in ("is_red", "priority", "entity_type") if name in group})
        found.extend(
            {**shared, **item} if isinstance(item, dict) else item for item in _each(group["notifications"], None)
        )
    return {**groups, "notifications": found}


def details(response: Any, _siblings: Siblings) -> Any:
    """Return the details of a kwork with its portfolio as one list: it may be wrapped twice."""
    if not isinstance(response, dict) or not isinstance(response.get("portfolio_items"), list):
        return response
    works: list[Any] = []
    for work in response["portfolio_items"]:
        works.extend(work if isinstance(work, list) else [work])
    return {**response, "portfolio_items": works}


def category_ids(response: Any, siblings: Siblings) -> Any:
    """Return the ids of categories that came as objects."""
    data = rows("categories")(response, siblings)
    found = [row.get("id") if isinstance(row, dict) else row for row in data.get("categories", [])]
    return {"categories": found} if "categories" in data else data


def dialog_is_allowed(response: Any, _siblings: Siblings) -> Any:
    """Say whether a message may be sent: the status has to be the one that the same answer calls the default."""
    if not isinstance(response, dict) or not isinstance(response.get("privateMessageStatuses"), dict):
        return response
    default = response["privateMessageStatuses"].get("default")
    if default is None or "privateMessageStatus" not in response:
        return response
    return {"allowed": response["privateMessageStatus"] == default}


def _gathered(row: dict[str, Any], key: str, names: Mapping[str, str]) -> dict[str, Any]:
    if row.get("user_id") is None:
        return row
    rest = {name: value for name, value in row.items() if name not in names}
    return {**rest, key: {name: row[wire] for wire, name in names.items() if wire in row}}


def _is_list(value: dict[str, Any]) -> bool:
    """Whether an object is how PHP writes a list with gaps."""
    return all(name.isdecimal() for name in value)


def _each(found: Any, row: Row | None) -> Any:
    if found is None:
        return []
    if isinstance(found, dict) and _is_list(found):
        found = list(found.values())
    if row is None or not isinstance(found, list):
        return found
    return [row(item) if isinstance(item, dict) else item for item in found]


def _number(value: Any) -> int | None:
    try:
        return to_int(value)
    except WrongValueError:
        return None
