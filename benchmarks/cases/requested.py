"""What the peers ask for: the same requests as the SDK's, with a signature that was made beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field

_APP = {"Authorization": "Basic ZGVtbzpkZW1v"}


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        path: Where, below the server's address.
        page: Name of the page that answers, for its models.
        query: Parameters in the address.
        form: Parameters in the body.
        headers: Headers beside the usual ones.
    """

    path: str
    page: str
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def _etxt(method: str, page: str, **form: str) -> Request:
    signed = {"method": method, "token": "0123456789abcdef", "sign": "0123456789abcdef0123456789abcdef"}
    return Request("/api/json/", page, query=signed, form=form)


def catalogue(number: int) -> Request:
    """Return the request for a page of Kwork's catalogue."""
    return Request("/kworks", "kworks-app", form={"page": str(number), "sort": "recommend"}, headers=_APP)


REQUESTS = {
    "balance": _etxt("users.getBalance", "balance"),
    "orders": _etxt("tasks.listTasks", "orders", count="100"),
    "kworks": catalogue(1),
    "offline": Request("/offline", "offline", form={"token": "0123456789abcdef"}, headers=_APP),
}
