"""The white and black list part of ``client.users``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import PAGE_SIZE, Endpoint, Shape
from kwork_etxt_sdk.etxt.models.users import ListAction, ListChange, ListCounts, ListedUser, ListKind
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Choice, Whole, identifier

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

_USER = identifier("user_id", "id", required=True)
_GROUP = Whole("group_id", wire="id_group", least=0)

GET_BW = Endpoint(
    "users.getBW",
    effect=Effect.READ,
    result=ListedUser,
    shape=Shape.RECORDS,
    markers=("id_user",),
    page_size=PAGE_SIZE,
    params=(
        Whole("count", least=1, most=PAGE_SIZE),
        Whole("offset", wire="from", least=0),
        _GROUP,
        Choice("type", values=tuple(ListKind)),
    ),
)
GET_USER_BW = Endpoint(
    "users.getUserBW",
    effect=Effect.READ,
    result=ListCounts,
    markers=("id_user", "whiteList", "blackList"),
    params=(_USER,),
)
SET_USER_BW = Endpoint(
    "users.setUserBW",
    effect=Effect.REPEATABLE,
    result=ListChange,
    markers=("id", "type"),
    params=(
        _USER,
        _GROUP,
        Choice("type", values=tuple(ListAction), required=True),
    ),
)


class UserLists(EtxtTopic):
    """Your white and black lists of users."""

    def get_bw(
        self,
        *,
        type: ListKind | str | None = None,  # noqa: A002 - the manual's name
        group_id: int | None = None,
        count: int = PAGE_SIZE,
        offset: int = 0,
        options: CallOptions = DEFAULT,
    ) -> Pager[ListedUser]:
        """List the users on your white and black lists.

        Effect: READ.

        Args:
            type: Only this list; both unless given.
            group_id: Only this group of the lists; `type` is then ignored.
            count: Users per page, at most 100.
            offset: Users to pass over.
            options: How the calls are made.

        Returns:
            A pager: iterate it for all users.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> [user.login for user in client.users.get_bw(type="whiteList")]  # doctest: +SKIP
            ['demo_author']

        Source: eTXT API manual, section users.getBW.
        """
        return self._pager(
            GET_BW,
            options,
            key=lambda user: (user.user_id, user.type),
            count=count,
            offset=offset,
            group_id=group_id,
            type=type,
        )

    def get_user_bw(self, user_id: int, *, options: CallOptions = DEFAULT) -> ListCounts:
        """Return on how many white and black lists of other users a user stands.

        Effect: READ.

        Args:
            user_id: Id of the user.
            options: How the call is made.

        Returns:
            The numbers.

        Raises:
            EtxtNotFoundError: There is no such user.

        Example:
            >>> client.users.get_user_bw(700021).white_list  # doctest: +SKIP
            120

        Source: eTXT API manual, section users.getUserBW.
        """
        return self._call(GET_USER_BW, options, user_id=user_id)

    def set_user_bw(
        self,
        user_id: int,
        type: ListAction | str,  # noqa: A002 - the manual's name
        *,
        group_id: int | None = None,
        options: CallOptions = DEFAULT,
    ) -> ListChange:
        """Put a user on your white or black list, or take the user off.

        Effect: REPEATABLE.

        Args:
            user_id: Id of the user.
            type: ``"whiteList"``, ``"blackList"`` or ``"delete"``.
            group_id: Id of the group within the lists; none unless given.
            options: How the call is made.

        Returns:
            User and what was done.

        Raises:
            EtxtNotFoundError: There is no such user or group.

        Example:
            >>> client.users.set_user_bw(700021, "whiteList", group_id=12).type  # doctest: +SKIP
            ListAction.WHITE

        Source: eTXT API manual, section users.setUserBW.
        """
        return self._call(SET_USER_BW, options, user_id=user_id, type=type, group_id=group_id)
