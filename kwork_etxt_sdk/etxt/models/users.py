"""Users and accounts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.etxt.models.codes import TaskType
from kwork_etxt_sdk.etxt.models.moments import read_moment
from kwork_etxt_sdk.mapping import Model, OpenIntEnum, OpenStrEnum, Records, model, wire


class ListKind(OpenStrEnum):
    """Which of your two lists of users."""

    WHITE = "whiteList"
    """The users you like to work with."""
    BLACK = "blackList"
    """The users you don't want to work with."""


class ListAction(OpenStrEnum):
    """What is done with a user and your lists."""

    WHITE = "whiteList"
    """Put on the white list."""
    BLACK = "blackList"
    """Put on the black list."""
    DELETE = "delete"
    """Taken off the list."""


class ReviewRate(OpenIntEnum):
    """Whether a review is good or bad."""

    GOOD = 1
    BAD = 2


@model
class User(Model):
    """A user, as lists show them."""

    user_id: int = wire("id_user")
    """Id of the user."""
    login: str | None = wire(default=None)
    """Login."""
    fio: str | None = wire(default=None)
    """Full name."""
    description: str | None = wire(default=None)
    """What the user says of himself or herself."""
    country: str | None = wire(default=None)
    """Country."""
    city: str | None = wire(default=None)
    """City."""
    online: bool | None = wire(default=None)
    """Whether the user is on the site now."""
    regdate: datetime | None = wire(default=None)
    """When the user signed up."""
    rate: int | None = wire(default=None)
    """Rating, in the service's own points."""


@model
class UserProfile(User):
    """A user in detail."""

    photo: str | None = wire(default=None)
    """Address of the picture; empty if there is none."""
    group: str | None = wire(default=None)
    """Name of the group of users (customers, authors)."""
    works: Any = wire(default=None)
    """Kinds of work, authors only; as the service sends it. ``users.get_works`` tells them typed."""
    categories: Any = wire(default=None)
    """Categories, authors only; as the service sends it: a list or an object, in which meaningless elements occur."""
    langs: Any = wire(default=None)
    """Languages, authors only; as the service sends it."""
    portfolio: int | None = wire(default=None)
    """Number of works in the portfolio, authors only."""
    reports: int | None = wire(default=None)
    """Number of good reviews."""
    reports_n: int | None = wire(default=None)
    """Number of bad reviews."""


@model
class ListedUser(Model):
    """A user on your white or black list."""

    user_id: int = wire("id_user")
    """Id of the user."""
    group_id: int | None = wire("id_group", default=None)
    """Id of the group within the lists; 0 if in none."""
    login: str | None = wire(default=None)
    """Login."""
    fio: str | None = wire(default=None)
    """Full name."""
    online: bool | None = wire(default=None)
    """Whether the user is on the site now."""
    type: ListKind | None = wire(default=None)
    """Which list."""


@model
class UserNote(Model):
    """What you wrote down about a user; only you see it."""

    user_id: int | None = wire("id_user", default=None)
    """Id of the user."""
    text: str | None = wire(default=None)
    """The note."""
    date: datetime | None = wire(default=None)
    """When it was last changed."""


@model
class SavedNote(Model):
    """A note that was saved."""

    status: bool
    """Whether it was saved."""


@model
class StatementRow(Model):
    """One row of a statement of account."""

    row_id: int | None = wire("id", default=None)
    """Id of the row."""
    date: datetime | None = wire(default=None)
    """When it was booked."""
    amount: Decimal | None = wire("count", default=None)
    """What was booked, roubles; points in a statement of bonus points."""
    balance: Decimal | None = wire(default=None)
    """The balance with it, roubles; points in a statement of bonus points."""
    operation: str | None = wire(default=None)
    """What it was for."""
    user_to_id: int | None = wire("id_user_to", default=None)
    """Id of the user on the other side; 0 if there is none."""
    commission: Decimal | None = wire("comission", "commission", default=None)
    """The service's fee, roubles."""
    folder_id: int | None = wire("id_folder", default=None)
    """Id of the folder; 0 if in none."""


@model
class Work(Model):
    """A kind of work that an author does."""

    id_type: TaskType | None = wire(default=None)
    """Kind of work."""
    minprice: Decimal | None = wire(default=None)
    """Lowest price the author takes for it, roubles; 0 if any."""


@model
class Review(Model):
    """What one user says of another."""

    author_id: int | None = wire("id_author", default=None)
    """Id of the user who wrote it."""
    text: str | None = wire(default=None)
    """Text."""
    date: datetime | None = wire(default=None)
    """When it was written."""


@model
class Reviews(Model):
    """The reviews of a user."""

    positive_by_author: list[list[Review]] = wire("positive", default_factory=list)
    """The good ones, those of each author together."""
    negative_by_author: list[list[Review]] = wire("negative", default_factory=list)
    """The bad ones, those of each author together."""

    @property
    def positive(self) -> Records[Review]:
        """All good ones."""
        return Records(review for group in self.positive_by_author for review in group)

    @property
    def negative(self) -> Records[Review]:
        """All bad ones."""
        return Records(review for group in self.negative_by_author for review in group)


@model
class SavedReview(Model):
    """A review that was added or edited."""

    report_id: int = wire("id_report")
    """Id of the review."""


@model
class ListCounts(Model):
    """On how many lists of other users a user stands."""

    user_id: int | None = wire("id_user", default=None)
    """Id of the user."""
    white_list: int | None = wire("whiteList", default=None)
    """Users who have this user on their white list."""
    black_list: int | None = wire("blackList", default=None)
    """Users who have this user on their black list."""


@model
class ListChange(Model):
    """What was done with a user and your lists."""

    user_id: int | None = wire("id", default=None)
    """Id of the user."""
    type: ListAction | None = wire(default=None)
    """What was done."""


@model
class Balance(Model):
    """State of the account."""

    user_id: int = wire("id")
    """Id of this account's user."""
    balance: Decimal | None = wire(default=None)
    """Money that can be spent, roubles."""
    date_raw: Any = wire("date", default=None)
    """When the service was asked, as it sent it, in a form that is not documented."""

    @property
    def date(self) -> datetime | None:
        """When the service was asked; None if :attr:`date_raw` can't be understood."""
        return read_moment(self.date_raw)
