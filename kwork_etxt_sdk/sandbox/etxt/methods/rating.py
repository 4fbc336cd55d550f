"""`rating.*`: authors who lost orders, and forgiving them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.sandbox.etxt.errors import NO_ACCESS, NO_OBJECT, Refusal
from kwork_etxt_sdk.sandbox.etxt.life import forgive
from kwork_etxt_sdk.sandbox.etxt.registry import changes, reads
from kwork_etxt_sdk.sandbox.etxt.shapes import Page

if TYPE_CHECKING:
    from kwork_etxt_sdk.sandbox.etxt.exchange import Exchange
    from kwork_etxt_sdk.sandbox.etxt.parameters import Parameters

RETURNED, NOT_RETURNED = 1, 2


@reads("rating.listTasksFails")
def list_tasks_fails(exchange: Exchange, given: Parameters) -> Page:
    """Orders that their authors lost."""
    back = given.integer("back")
    rows = [
        {
            "id_task": fail.id_task,
            "id_user": fail.id_user,
            "date": fail.date,
            "date_back": fail.returned_at,
            "back": int(fail.returned_at > 0),
            "title": fail.title,
        }
        for fail in exchange.fails
        if given.fits(id_task=fail.id_task, id_user=fail.id_user)
        and not (back == RETURNED and not fail.returned_at)
        and not (back == NOT_RETURNED and fail.returned_at)
    ]
    return Page(rows, key="id_task")


@changes("rating.ratingUserBack")
def rating_user_back(exchange: Exchange, given: Parameters) -> dict[str, Any]:
    """Gives an author the rating back that one order has cost; once."""
    id_task, id_user = given.identifier("id_task"), given.identifier("id_user")
    found = [fail for fail in exchange.fails if (fail.id_task, fail.id_user) == (id_task, id_user)]
    if not found:
        raise Refusal(NO_OBJECT)
    unforgiven = [fail for fail in found if not fail.returned_at]
    if not unforgiven:
        raise Refusal(NO_ACCESS)
    forgive(exchange, unforgiven[0])
    return {"id_task": id_task, "id_user": id_user, "rate_back": unforgiven[0].rate_lost}
