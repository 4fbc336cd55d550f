"""``client.bwgroups``: groups within your white and black lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.models.bwgroups import DeletedGroups, Group, GroupedUser, SavedGroup
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Text, Whole, identifier

#: Longest name of a group, in characters (manual).
MAX_NAME = 40


def _effect_of_save(arguments: Mapping[str, Any]) -> Effect:
    return Effect.ONCE if arguments.get("group_id") is None else Effect.REPEATABLE


def _same_name(client: Any, arguments: Mapping[str, Any]) -> list[Group]:
    """Find groups with the name and the place of the one that may have been created."""
    wanted = (arguments["name"], arguments.get("parent_id") or 0)
    return [group for group in client.bwgroups.list_groups() if (group.name, group.parent_id or 0) == wanted]


LIST_GROUPS = Endpoint(
    "bwgroups.listGroups",
    effect=Effect.READ,
    result=Group,
    shape=Shape.RECORDS,
    markers=("id_category",),
)
SAVE_GROUP = Endpoint(
    "bwgroups.saveGroup",
    effect=Effect.ONCE,
    effect_of=_effect_of_save,
    result=SavedGroup,
    check="bwgroups.list_groups",
    ask=_same_name,
    params=(
        Text("name", required=True, least=1, most=MAX_NAME),
        identifier("group_id", "id"),
        Whole("parent_id", wire="id_parent", least=0),
    ),
)
DELETE_GROUP = Endpoint(
    "bwgroups.deleteGroup",
    effect=Effect.REPEATABLE,
    result=DeletedGroups,
    markers=("ids",),
    params=(identifier("group_id", "id", required=True),),
)
UPDATE_GROUP = Endpoint(
    "bwgroups.updateGroup",
    effect=Effect.REPEATABLE,
    result=GroupedUser,
    markers=("id_user",),
    params=(identifier("user_id", "id_user", required=True), Whole("group_id", wire="id_group", least=0)),
)


class BwGroups(EtxtTopic):
    """Groups within your white and black lists."""

    def list_groups(self, *, options: CallOptions = DEFAULT) -> Records[Group]:
        """List your groups.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            The groups, all levels in one list.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> {group.name: group.group_id for group in client.bwgroups.list_groups()}  # doctest: +SKIP
            {'Медицина': 12}

        Source: eTXT API manual, section bwgroups.listGroups.
        """
        return self._list(LIST_GROUPS, options)

    def save_group(
        self,
        name: str,
        *,
        group_id: int | None = None,
        parent_id: int | None = None,
        options: CallOptions = DEFAULT,
    ) -> SavedGroup:
        """Create a group, or edit the one with `group_id`.

        Effect: ONCE without `group_id`, because a second call creates a second group; REPEATABLE with it. Whether it
        happened tells ``bwgroups.list_groups``, by name and `parent_id`.

        Args:
            name: Its name, 1 to 40 characters; send it with an edit too.
            group_id: The group to edit; a new one is created without it.
            parent_id: Id of the group above it; 0, or left out, puts it at the top. The manual does not say that an
                edit without it leaves the group in its place: send it with an edit too.
            options: How the call is made.

        Returns:
            The id of the group.

        Raises:
            EtxtNotFoundError: There is no group `group_id` or `parent_id`.
            OutcomeUnknown: Sent, and nobody knows whether the new group exists now.

        Example:
            >>> client.bwgroups.save_group("Медицина").group_id  # doctest: +SKIP
            13

        Source: eTXT API manual, section bwgroups.saveGroup.
        """
        return self._call(SAVE_GROUP, options, name=name, group_id=group_id, parent_id=parent_id)

    def delete_group(self, group_id: int, *, options: CallOptions = DEFAULT) -> DeletedGroups:
        """Delete a group and all groups below it.

        Effect: REPEATABLE. A repetition after a lost answer may say that there is no such group any more.

        Args:
            group_id: Id of the group.
            options: How the call is made.

        Returns:
            The ids of all groups that were deleted.

        Raises:
            EtxtNotFoundError: There is no such group.

        Example:
            >>> client.bwgroups.delete_group(13).ids  # doctest: +SKIP
            [13, 14]

        Source: eTXT API manual, section bwgroups.deleteGroup.
        """
        return self._call(DELETE_GROUP, options, group_id=group_id)

    def update_group(self, user_id: int, *, group_id: int | None = None, options: CallOptions = DEFAULT) -> GroupedUser:
        """Move a user who is on one of your lists to another group.

        Effect: REPEATABLE.

        Args:
            user_id: Id of the user.
            group_id: Id of the group; 0, or left out, takes the user out of all groups.
            options: How the call is made.

        Returns:
            User and group.

        Raises:
            EtxtNotFoundError: The user is on no list, or there is no such group.

        Example:
            >>> client.bwgroups.update_group(700021, group_id=12).name  # doctest: +SKIP
            'Медицина'

        Source: eTXT API manual, section bwgroups.updateGroup.
        """
        return self._call(UPDATE_GROUP, options, user_id=user_id, group_id=group_id)
