"""``client.notifications``: what happened, and dialogs."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.endpoint import Endpoint, OnApp
from kwork_etxt_sdk.kwork.models.notifications import Dialog, Notification, NotificationsResponse
from kwork_etxt_sdk.kwork.topic import PAGE, KworkTopic, id_or_all
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions

if TYPE_CHECKING:
    from kwork_etxt_sdk.paging import Pager

GET_LIST = Endpoint(
    "notifications.get_list",
    path="/notifications",
    effect=Effect.READ,
    result=NotificationsResponse,
    items="notifications",
    item_type=Notification,
    app=OnApp(
        "/notifications",
        read=shapes.notification_groups,
        gaps="type and title are those of the group; no message, is_read, unread_count",
    ),
)
FETCH = Endpoint(
    "notifications.fetch",
    path="/notificationsFetch",
    effect=Effect.REPEATABLE,
    result=NotificationsResponse,
    items="notifications",
    item_type=Notification,
    app=OnApp(
        "/notificationsFetch",
        params=(PAGE,),
        read=shapes.rows("notifications", shapes.event),
        gaps="unread push events: type is the name of the event; no title, message, is_read, link, unread_count",
    ),
)
GET_DIALOGS = Endpoint(
    "notifications.get_dialogs",
    path="/dialogs",
    effect=Effect.READ,
    result=Dialog,
    items="dialogs",
    app=OnApp("/dialogs", params=(PAGE,), read=shapes.rows("dialogs", shapes.dialog), gaps="no id"),
)
GET_BLOCKED_DIALOGS = Endpoint(
    "notifications.get_blocked_dialogs",
    path="/blockedDialogList",
    effect=Effect.READ,
    result=Dialog,
    items="dialogs",
    app=OnApp("/blockedDialogs", params=(PAGE,), read=shapes.rows("dialogs", shapes.dialog), gaps="no id"),
)


class NotificationsAPI(KworkTopic):
    """What happened, and dialogs."""

    def get_list(self, *, options: CallOptions = DEFAULT) -> NotificationsResponse:
        """Return your notifications.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            The notifications, and on the documented wire how many of them are unread.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> [item.title for item in client.notifications.get_list().notifications]  # doctest: +SKIP
            ['Новый заказ']

        Source: Kwork client reference, NotificationsAPI.get_list.
        """
        return self._call(GET_LIST, options)

    def fetch(self, *, page: int | None = None, options: CallOptions = DEFAULT) -> NotificationsResponse:
        """Return what is new since the last call; on the app wire the queue of unread push events.

        Effect: REPEATABLE: it may set the count of unread ones back, and an answer that gets lost is asked for again.

        Args:
            page: Number of the page, from 1; the first if left out. App wire only.
            options: How the call is made.

        Returns:
            The notifications, and on the documented wire how many are unread.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> len(client.notifications.fetch().notifications)  # doctest: +SKIP
            0

        Source: Kwork client reference, NotificationsAPI.fetch.
        """
        return self._call(FETCH, options, page=page)

    def get_dialogs(self, *, options: CallOptions = DEFAULT) -> Records[Dialog]:
        """Return all your dialogs.

        Effect: READ. On the app wire as many calls as there are pages.

        Args:
            options: How the calls are made.

        Returns:
            The dialogs, each with its last message. To stop early see :meth:`iter_dialogs`.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> [dialog.last_message for dialog in client.notifications.get_dialogs()]  # doctest: +SKIP
            ['Здравствуйте']

        Source: Kwork client reference, NotificationsAPI.get_dialogs.
        """
        return self._list(GET_DIALOGS, options, key=_other_side).to_list()

    def iter_dialogs(self, *, options: CallOptions = DEFAULT) -> Pager[Dialog]:
        """Return all your dialogs, page by page as you iterate.

        Effect: READ.

        Args:
            options: How the calls are made.

        Returns:
            A pager.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.notifications.iter_dialogs().first().last_message  # doctest: +SKIP
            'Здравствуйте'

        Source: Kwork client reference, NotificationsAPI.get_dialogs.
        """
        return self._list(GET_DIALOGS, options, key=_other_side)

    def get_blocked_dialogs(self, *, options: CallOptions = DEFAULT) -> Records[Dialog]:
        """Return all dialogs with users whom you blocked.

        Effect: READ. On the app wire as many calls as there are pages.

        Args:
            options: How the calls are made.

        Returns:
            The dialogs.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> len(client.notifications.get_blocked_dialogs())  # doctest: +SKIP
            0

        Source: Kwork client reference, NotificationsAPI.get_blocked_dialogs.
        """
        return self._list(GET_BLOCKED_DIALOGS, options, key=_other_side).to_list()


def _other_side(dialog: Dialog) -> Hashable:
    """Return what tells dialogs apart: on the app wire they have no ids."""
    return id_or_all(dialog) if dialog.id is not None or dialog.participant is None else dialog.participant.id
