"""The applications part of ``client.tasks``: who wants to write an order, and who may."""

from __future__ import annotations

from collections.abc import Iterable

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import PAGE_SIZE, Endpoint, Shape
from kwork_etxt_sdk.etxt.models.tasks import AcceptedNote, Application, DeclinedNote, Note, TaskStatus
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Ids, Text, identifier

#: Longest comment on an application that is accepted, in characters (manual).
MAX_NOTE_COMMENT = 500

VIEW_NOTES = Endpoint(
    "tasks.viewNotes",
    effect=Effect.READ,
    result=Note,
    shape=Shape.RECORDS,
    markers=("id_note", "id"),
    params=(Ids("task_ids", wire="id", required=True),),
)
VIEW_NOTES_ALL = Endpoint(
    "tasks.viewNotesAll",
    effect=Effect.READ,
    result=Application,
    shape=Shape.RECORDS,
    markers=("id_note",),
)
SET_NOTE = Endpoint(
    "tasks.setNote",
    effect=Effect.MONEY,
    result=AcceptedNote,
    markers=("id_task",),
    check="tasks.list_tasks",
    ask=lambda client, _arguments: client.tasks.list_tasks(status=TaskStatus.IN_WORK).limit(PAGE_SIZE).to_list(),
    params=(identifier("note_id", "id", required=True), Text("comment", most=MAX_NOTE_COMMENT)),
)
UNSET_NOTE = Endpoint(
    "tasks.unsetNote",
    effect=Effect.REPEATABLE,
    result=DeclinedNote,
    markers=("id_task",),
    params=(identifier("note_id", "id", required=True),),
)


class TaskNotes(EtxtTopic):
    """Applications for your orders."""

    def view_notes(self, task_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> Records[Note]:
        """List applications for your orders and comments on them.

        Effect: READ.

        Args:
            task_ids: Id of an order, or any number of ids; 100 go into a call.
            options: How the calls are made.

        Returns:
            Applications and comments mixed: ``note.is_application`` tells which is which.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.tasks.view_notes(1000001)[0].is_application  # doctest: +SKIP
            True

        Source: eTXT API manual, section tasks.viewNotes.
        """
        return self._list(VIEW_NOTES, options, task_ids=task_ids)

    def view_notes_all(self, *, options: CallOptions = DEFAULT) -> Records[Application]:
        """List the applications for all your orders.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            The applications, each with title, price and deadline of its order; no comments are among them.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> client.tasks.view_notes_all()[0].user  # doctest: +SKIP
            'demo_author'

        Source: eTXT API manual, section tasks.viewNotesAll.
        """
        return self._list(VIEW_NOTES_ALL, options)

    def set_note(self, note_id: int, *, comment: str | None = None, options: CallOptions = DEFAULT) -> AcceptedNote:
        """Accept an application: its writer becomes the author of the order.

        Effect: MONEY: the price of the order is committed; from a multi-order a new order is made. Whether it happened
        tells ``tasks.list_tasks(status=2)``.

        Args:
            note_id: Id of the application (``note.note_id``, not ``note.comment_id``).
            comment: Is added to the description of the order, at most 500 characters.
            options: How the call is made.

        Returns:
            Order and author.

        Raises:
            EtxtNotFoundError: No such application.
            OutcomeUnknown: Sent, and nobody knows whether the author was assigned.

        Example:
            >>> client.tasks.set_note(3001).task_id  # doctest: +SKIP
            1000001

        Source: eTXT API manual, section tasks.setNote.
        """
        return self._call(SET_NOTE, options, note_id=note_id, comment=comment)

    def unset_note(self, note_id: int, *, options: CallOptions = DEFAULT) -> DeclinedNote:
        """Decline an application.

        Effect: REPEATABLE.

        Args:
            note_id: Id of the application (``note.note_id``, not ``note.comment_id``).
            options: How the call is made.

        Returns:
            Order and user.

        Raises:
            EtxtNotFoundError: No such application; after a failure on the way it may mean that it is declined already.

        Example:
            >>> client.tasks.unset_note(3002).user_id  # doctest: +SKIP
            700022

        Source: eTXT API manual, section tasks.unsetNote.
        """
        return self._call(UNSET_NOTE, options, note_id=note_id)
