"""``client.folders``: folders for orders, articles and corrections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.errors import EtxtNotFoundError
from kwork_etxt_sdk.etxt.models.folders import AddedFolder, Folder, FolderSort, MovedKind, MovedObjects
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Choice, Ids, Text, Whole

#: Longest name of a folder, in characters (manual).
MAX_NAME = 128


def _same_name(client: Any, arguments: Mapping[str, Any]) -> list[Folder]:
    """Find folders with the name and the place of the one that may have been created."""
    wanted = (arguments["name"], arguments.get("parent_id") or 0)
    return [folder for folder in client.folders.list_folders() if (folder.name, folder.parent_id or 0) == wanted]


LIST_FOLDERS = Endpoint(
    "folders.listFolders",
    effect=Effect.READ,
    result=Folder,
    shape=Shape.RECORDS,
    markers=("id_category",),
    params=(Choice("sort", values=tuple(FolderSort)),),
)
ADD_FOLDER = Endpoint(
    "folders.addFolder",
    effect=Effect.ONCE,
    result=AddedFolder,
    markers=("id_folder",),
    check="folders.list_folders",
    ask=_same_name,
    params=(Text("name", required=True, least=1, most=MAX_NAME), Whole("parent_id", wire="id_parent", least=0)),
)
MOVE_TO_FOLDER = Endpoint(
    "folders.moveToFolder",
    effect=Effect.REPEATABLE,
    result=MovedObjects,
    markers=("count",),
    params=(
        Whole("folder_id", wire="id_folder", required=True, least=0),
        Choice("type", values=tuple(MovedKind), required=True),
        Ids("object_ids", wire="ids", required=True),
    ),
)


class Folders(EtxtTopic):
    """Folders for orders, articles and corrections."""

    def list_folders(self, *, sort: FolderSort | str | None = None, options: CallOptions = DEFAULT) -> Records[Folder]:
        """List your folders.

        Effect: READ.

        Args:
            sort: By name (the default of the service), or by the time they were created.
            options: How the call is made.

        Returns:
            The folders, all levels in one list.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> [folder.name for folder in client.folders.list_folders() if folder.depth == 0]  # doctest: +SKIP
            ['Проект А']

        Source: eTXT API manual, section folders.listFolders.
        """
        return self._list(LIST_FOLDERS, options, sort=sort)

    def add_folder(self, name: str, *, parent_id: int | None = None, options: CallOptions = DEFAULT) -> AddedFolder:
        """Create a folder.

        Effect: ONCE: a second call creates a second folder of that name. Whether it happened tells
        ``folders.list_folders``, by name and `parent_id`.

        Args:
            name: Its name, 1 to 128 characters.
            parent_id: Id of the folder above it; 0, or left out, puts it at the top.
            options: How the call is made.

        Returns:
            The id of the folder.

        Raises:
            EtxtNotFoundError: There is no folder `parent_id`.
            OutcomeUnknown: Sent, and nobody knows whether the folder exists now.

        Example:
            >>> client.folders.add_folder("Блог", parent_id=31).folder_id  # doctest: +SKIP
            33

        Source: eTXT API manual, section folders.addFolder.
        """
        return self._call(ADD_FOLDER, options, name=name, parent_id=parent_id)

    def move_to_folder(
        self,
        object_ids: int | Iterable[int],
        *,
        folder_id: int,
        type: MovedKind | str,  # noqa: A002 - the manual's name
        options: CallOptions = DEFAULT,
    ) -> MovedObjects:
        """Move objects of one kind into a folder.

        Effect: REPEATABLE.

        Args:
            object_ids: Id of an object, or any number of ids; 100 go into a call.
            folder_id: Id of the folder; 0 for none.
            type: What they are: orders, articles, corrections, ...
            options: How the calls are made.

        Returns:
            How many were moved. The service does not say which.

        Raises:
            EtxtNotFoundError: There is no such folder, or none of the objects exists.

        Example:
            >>> client.folders.move_to_folder([1000001, 1000002], folder_id=33, type="task").count  # doctest: +SKIP
            2

        Source: eTXT API manual, section folders.moveToFolder.
        """
        arguments = {"object_ids": object_ids, "folder_id": folder_id, "type": type}
        moved: list[int] = []
        not_found: EtxtNotFoundError | None = None
        for part in self._chunks(MOVE_TO_FOLDER, arguments):
            try:
                moved.append(self._call(MOVE_TO_FOLDER, options, **part).count)
            except EtxtNotFoundError as error:  # noqa: PERF203 - one of several calls, which must not hide the others
                not_found = error
        if not_found is not None and not moved:
            raise not_found
        return MovedObjects(count=sum(moved))
