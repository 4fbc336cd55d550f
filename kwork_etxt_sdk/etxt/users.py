"""``client.users``: your account, authors, lists, reviews."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import PAGE_SIZE, Endpoint, Shape
from kwork_etxt_sdk.etxt.models.users import (
    Balance,
    ReviewRate,
    Reviews,
    SavedNote,
    SavedReview,
    StatementRow,
    User,
    UserNote,
    UserProfile,
    Work,
)
from kwork_etxt_sdk.etxt.users_lists import UserLists
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Choice, Flag, Moment, Text, Whole, identifier, one_of

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

#: Longest note about a user and longest part of a login that is searched for, in characters (manual).
MAX_NOTE = 1_000
MAX_LOGIN = 15
#: Shortest and longest review, in characters (manual).
MIN_REVIEW = 50
MAX_REVIEW = 5_000


class Until(Moment):
    """The end of a span of time, written as unix time; a date is its last second, so that it lies within."""

    def text(self, value: Any) -> str:
        """Accept what a moment does."""
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, 23, 59, 59)  # noqa: DTZ001 - naive is Moscow time
        return super().text(value)


def _effect_of_report(arguments: Mapping[str, Any]) -> Effect:
    return Effect.ONCE if arguments.get("report_id") is None else Effect.REPEATABLE


_USER = identifier("user_id", "id", required=True)
_PAGE = (Whole("count", least=1, most=PAGE_SIZE), Whole("offset", wire="from", least=0))

GET_LIST = Endpoint(
    "users.getList",
    effect=Effect.READ,
    result=User,
    shape=Shape.RECORDS,
    markers=("id_user",),
    page_size=PAGE_SIZE,
    params=(*_PAGE, Whole("rate_from"), Whole("rate_out"), Flag("online")),
)
GET_NOTE = Endpoint("users.getNote", effect=Effect.READ, result=UserNote, markers=("id_user", "text"), params=(_USER,))
SET_NOTE = Endpoint(
    "users.setNote",
    effect=Effect.REPEATABLE,
    result=SavedNote,
    markers=("status",),
    params=(_USER, Text("text", required=True, most=MAX_NOTE)),
)
GET_STATS = Endpoint(
    "users.getStats",
    effect=Effect.READ,
    result=StatementRow,
    shape=Shape.RECORDS,
    markers=("id", "operation"),
    page_size=PAGE_SIZE,
    params=(
        *_PAGE,
        Moment("date_from"),
        Until("date_to"),
        Text("login", least=1, most=MAX_LOGIN),
        Flag("promo"),
        Whole("folder_id", wire="id_folder", least=0),
        Flag("sub"),
    ),
)
GET_USER = Endpoint(
    "users.getUser",
    effect=Effect.READ,
    result=UserProfile,
    markers=("id_user",),
    checks=(one_of("user_id", "login"),),
    params=(identifier("user_id", "id"), Text("login", least=1)),
)
GET_WORKS = Endpoint(
    "users.getWorks",
    effect=Effect.READ,
    result=Work,
    shape=Shape.RECORDS,
    markers=("id_type", "minprice"),
    params=(_USER,),
)
GET_REPORTS = Endpoint(
    "users.getReports", effect=Effect.READ, result=Reviews, markers=("positive", "negative"), params=(_USER,)
)
SET_REPORT = Endpoint(
    "users.setReport",
    effect=Effect.ONCE,
    effect_of=_effect_of_report,
    result=SavedReview,
    markers=("id_report",),
    check="users.get_reports",
    ask=lambda client, arguments: client.users.get_reports(arguments["user_id"]),
    params=(
        identifier("user_id", "id_user", required=True),
        identifier("report_id", "id_report"),
        Text("text", required=True, least=MIN_REVIEW, most=MAX_REVIEW),
        Choice("rate", values=tuple(ReviewRate)),
    ),
)
GET_BALANCE = Endpoint("users.getBalance", effect=Effect.READ, result=Balance)


def _identity(row: StatementRow) -> Hashable:
    if row.row_id is not None:
        return row.row_id
    return row.date, row.amount, row.balance, row.operation, row.user_to_id


class Users(UserLists):
    """Your account, authors, lists, reviews."""

    def get_list(
        self,
        *,
        rate_from: int | None = None,
        rate_out: int | None = None,
        online: bool | None = None,
        count: int = PAGE_SIZE,
        offset: int = 0,
        options: CallOptions = DEFAULT,
    ) -> Pager[User]:
        """List authors, in no particular order.

        Effect: READ.

        Args:
            rate_from: Only authors with at least this rating.
            rate_out: Only authors with at most this rating.
            online: Only authors who are on the site now (True) or are not (False).
            count: Authors per page, at most 100.
            offset: Authors to pass over.
            options: How the calls are made.

        Returns:
            A pager: iterate it for all authors.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.users.get_list(rate_from=4000, online=True).first().login  # doctest: +SKIP
            'demo_author'

        Source: eTXT API manual, section users.getList.
        """
        return self._pager(
            GET_LIST,
            options,
            key=lambda user: user.user_id,
            count=count,
            offset=offset,
            rate_from=rate_from,
            rate_out=rate_out,
            online=online,
        )

    def get_note(self, user_id: int, *, options: CallOptions = DEFAULT) -> UserNote:
        """Return what you wrote down about a user.

        Effect: READ.

        Args:
            user_id: Id of the user.
            options: How the call is made.

        Returns:
            The note.

        Raises:
            EtxtNotFoundError: There is no such user, or no note.

        Example:
            >>> client.users.get_note(700021).text  # doctest: +SKIP
            'Быстро отвечает'

        Source: eTXT API manual, section users.getNote.
        """
        return self._call(GET_NOTE, options, user_id=user_id)

    def set_note(self, user_id: int, text: str, *, options: CallOptions = DEFAULT) -> SavedNote:
        """Write something down about a user, in place of what was there; only you see it.

        Effect: REPEATABLE.

        Args:
            user_id: Id of the user.
            text: The note, at most 1000 characters; empty to remove it.
            options: How the call is made.

        Returns:
            Whether it was saved.

        Raises:
            EtxtNotFoundError: There is no such user.

        Example:
            >>> client.users.set_note(700021, "Быстро отвечает").status  # doctest: +SKIP
            True

        Source: eTXT API manual, section users.setNote.
        """
        return self._call(SET_NOTE, options, user_id=user_id, text=text)

    def get_stats(
        self,
        *,
        date_from: datetime | date | None = None,
        date_to: datetime | date | None = None,
        login: str | None = None,
        promo: bool | None = None,
        folder_id: int | None = None,
        sub: bool | None = None,
        count: int = PAGE_SIZE,
        offset: int = 0,
        options: CallOptions = DEFAULT,
    ) -> Pager[StatementRow]:
        """Return your statement of account.

        Effect: READ.

        Args:
            date_from: Only rows from then on. A naive time is Moscow time, a date its midnight.
            date_to: Only rows up to then; a date means its last second.
            login: Only rows with a user on the other side whose login holds this, at most 15 characters.
            promo: The statement of bonus points in place of roubles.
            folder_id: Only rows of this folder.
            sub: Rows of the folders below it as well.
            count: Rows per page, at most 100.
            offset: Newest rows to pass over.
            options: How the calls are made.

        Returns:
            A pager: iterate it for all rows.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> march = client.users.get_stats(date_from=date(2026, 3, 1), date_to=date(2026, 3, 31))  # doctest: +SKIP
            >>> sum(row.amount for row in march)  # doctest: +SKIP
            Decimal('-157.50')

        Source: eTXT API manual, section users.getStats.
        """
        return self._pager(
            GET_STATS,
            options,
            key=_identity,
            count=count,
            offset=offset,
            date_from=date_from,
            date_to=date_to,
            login=login,
            promo=promo,
            folder_id=folder_id,
            sub=sub,
        )

    def get_user(
        self, user_id: int | None = None, *, login: str | None = None, options: CallOptions = DEFAULT
    ) -> UserProfile:
        """Return a user in detail.

        Effect: READ.

        Args:
            user_id: Id of the user. It goes before `login`, which is then not sent.
            login: Login of the user.
            options: How the call is made.

        Returns:
            The user; what only authors have is None for others.

        Raises:
            EtxtValidationError: Neither is given.
            EtxtNotFoundError: There is no such user.

        Example:
            >>> client.users.get_user(login="demo_author").rate  # doctest: +SKIP
            4210

        Source: eTXT API manual, section users.getUser.
        """
        return self._call(GET_USER, options, user_id=user_id, login=login if user_id is None else None)

    def get_works(self, user_id: int, *, options: CallOptions = DEFAULT) -> Records[Work]:
        """List the kinds of work an author does, with the lowest price for each.

        Effect: READ.

        Args:
            user_id: Id of the author.
            options: How the call is made.

        Returns:
            The kinds of work.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> {work.id_type: work.minprice for work in client.users.get_works(700021)}  # doctest: +SKIP
            {TaskType.COPYWRITING: Decimal('40'), TaskType.SEO_COPYWRITING: Decimal('0')}

        Source: eTXT API manual, section users.getWorks.
        """
        return self._list(GET_WORKS, options, user_id=user_id)

    def get_reports(self, user_id: int, *, options: CallOptions = DEFAULT) -> Reviews:
        """Return the reviews of a user who is not blocked.

        Effect: READ.

        Args:
            user_id: Id of the user.
            options: How the call is made.

        Returns:
            The reviews: ``.positive`` and ``.negative``.

        Raises:
            EtxtNotFoundError: There is no such user, or no review.

        Example:
            >>> len(client.users.get_reports(700021).positive)  # doctest: +SKIP
            2

        Source: eTXT API manual, section users.getReports.
        """
        return self._call(GET_REPORTS, options, user_id=user_id)

    def set_report(
        self,
        user_id: int,
        text: str,
        *,
        rate: ReviewRate | int | None = None,
        report_id: int | None = None,
        options: CallOptions = DEFAULT,
    ) -> SavedReview:
        """Review a user you have worked with, or edit the review `report_id`.

        Effect: ONCE without `report_id`, REPEATABLE with it. Whether it happened tells ``users.get_reports``.

        Args:
            user_id: Id of the user.
            text: The review, 50 to 5000 characters.
            rate: Good (the default of the service) or bad.
            report_id: The review to edit, within an hour of its publication; a new one is added without it.
            options: How the call is made.

        Returns:
            The id of the review.

        Raises:
            EtxtTooSoonError: A user can be reviewed once a day.
            EtxtAccessError: You have not worked together, or may not write reviews.
            OutcomeUnknown: Sent, and nobody knows whether the new review was added.

        Example:
            >>> client.users.set_report(700021, "Сдано в срок, тема раскрыта, правок не было вовсе.")  # doctest: +SKIP
            SavedReview(report_id=4001)

        Source: eTXT API manual, section users.setReport.
        """
        return self._call(SET_REPORT, options, user_id=user_id, text=text, rate=rate, report_id=report_id)

    def get_balance(self, *, options: CallOptions = DEFAULT) -> Balance:
        """Return the state of your account.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Balance in roubles.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.users.get_balance().balance  # doctest: +SKIP
            Decimal('1523.75')

        Source: eTXT API manual, section users.getBalance.
        """
        return self._call(GET_BALANCE, options)
