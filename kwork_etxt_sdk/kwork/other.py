"""``client.other``: settings, state and what fits nowhere else.

What you sell and ask for is in :mod:`~kwork_etxt_sdk.kwork.other_own`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.kwork import shapes
from kwork_etxt_sdk.kwork.endpoint import Endpoint, NotOnApp, OnApp
from kwork_etxt_sdk.kwork.models.validation import ValidationResponse
from kwork_etxt_sdk.kwork.other_own import OwnThings
from kwork_etxt_sdk.kwork.parameters import Settings
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Moment, Text, Whole, identifier

GET_CHANNEL = Endpoint(
    "other.get_channel", path="/getChannel", effect=Effect.READ, result=dict[str, Any], app=OnApp("/getChannel")
)
GET_IN_APP_NOTIFICATION = Endpoint(
    "other.get_in_app_notification",
    path="/getInAppNotification",
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp(
        "/getInAppNotification",
        params=(
            Text("device_id", wire="uad", required=True, least=1),
            Text("os_type", required=True, least=1),
            Text("os_version", required=True, least=1),
            Text("app_version", required=True, least=1),
            Text("last_type", wire="lastNotificationType"),
            Whole("last_id", wire="lastNotificationId"),
            Moment("last_action_at", wire="lastNotificationActionTimestamp"),
            Whole("last_action_id", wire="lastNotificationActionId"),
        ),
        needs_token=False,
        gaps="has to be told the device",
    ),
)
GET_SECURITY_USER_DATA = Endpoint(
    "other.get_security_user_data",
    path="/getSecurityUserData",
    effect=Effect.READ,
    result=dict[str, Any],
    app=OnApp("/getSecurityUserData"),
)
IS_DIALOG_ALLOW = Endpoint(
    "other.is_dialog_allow",
    path="/isDialogAllow",
    effect=Effect.READ,
    result=bool,
    value="allowed",
    params=(identifier("user_id", required=True),),
    app=OnApp(
        "/isDialogAllow",
        {"user_id": "receiverId"},
        read=shapes.dialog_is_allowed,
        gaps="inferred: allowed if the status equals the default one",
    ),
)
UPDATE_SETTINGS = Endpoint(
    "other.update_settings",
    path="/updateSettings",
    effect=Effect.REPEATABLE,
    result=dict[str, Any],
    params=(Settings("settings", required=True),),
    app=OnApp("/updateSettings", gaps="other names of settings; what is left out may be emptied"),
)
GO_OFFLINE = Endpoint(
    "other.go_offline",
    path="/offline",
    effect=Effect.REPEATABLE,
    result=dict[str, Any],
    app=OnApp("/offline", read=shapes.whole),
)
GET_ACTOR = Endpoint("other.get_actor", path="/actor", effect=Effect.READ, result=dict[str, Any], app=OnApp("/actor"))
VALIDATE_TEXT = Endpoint(
    "other.validate_text",
    path="/api/validation/checktext",
    effect=Effect.READ,
    result=ValidationResponse,
    params=(Text("text", required=True), Text("context", least=1)),
    leaves_out=("context",),
    app=NotOnApp(
        "The check belongs to the site kwork.ru and its cookies; what it wants to be sent is not known. "
        "Nothing on this wire does the same."
    ),
)


class OtherAPI(OwnThings):
    """Settings, state and what fits nowhere else."""

    def get_channel(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return the name of the channel on which Kwork sends you events.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Plain data; on the app wire ``{"channel": ...}``.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_channel()["channel"]  # doctest: +SKIP
            'u1001'

        Source: Kwork client reference, OtherAPI.get_channel.
        """
        return self._call(GET_CHANNEL, options)

    def get_in_app_notification(
        self,
        *,
        device_id: str | None = None,
        os_type: str | None = None,
        os_version: str | None = None,
        app_version: str | None = None,
        last_type: str | None = None,
        last_id: int | None = None,
        last_action_at: datetime | None = None,
        last_action_id: int | None = None,
        options: CallOptions = DEFAULT,
    ) -> dict[str, Any]:
        """Return the notice that the app would show now.

        Effect: READ.

        All arguments belong to the app wire, which demands the first four.

        Args:
            device_id: The installation of the app: 40 hexadecimal digits, always the same.
            os_type: ``android`` or ``ios``.
            os_version: Version of the system.
            app_version: Version of the app.
            last_type: Kind of the notice shown last.
            last_id: Id of the notice shown last.
            last_action_at: When the user acted on it; Moscow time unless aware.
            last_action_id: Id of what the user did.
            options: How the call is made.

        Returns:
            Plain data; empty if there is nothing to show.

        Raises:
            KworkValidationError: The device is not told (app wire).

        Example:
            >>> client.other.get_in_app_notification()  # doctest: +SKIP
            {}

        Source: Kwork client reference, OtherAPI.get_in_app_notification.
        """
        return self._call(
            GET_IN_APP_NOTIFICATION,
            options,
            device_id=device_id,
            os_type=os_type,
            os_version=os_version,
            app_version=app_version,
            last_type=last_type,
            last_id=last_id,
            last_action_at=last_action_at,
            last_action_id=last_action_id,
        )

    def get_security_user_data(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return how your account is protected: e-mail, masked phone, what may be changed.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Plain data.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_security_user_data()["username"]  # doctest: +SKIP
            'demo'

        Source: Kwork client reference, OtherAPI.get_security_user_data.
        """
        return self._call(GET_SECURITY_USER_DATA, options)

    def is_dialog_allow(self, user_id: int, *, options: CallOptions = DEFAULT) -> bool:
        """Tell whether you may write to a user.

        Effect: READ.

        Args:
            user_id: Id of the user.
            options: How the call is made.

        Returns:
            Whether you may.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.is_dialog_allow(2001)  # doctest: +SKIP
            True

        Source: Kwork client reference, OtherAPI.is_dialog_allow.
        """
        return self._call(IS_DIALOG_ALLOW, options, user_id=user_id)

    def update_settings(self, settings: Mapping[str, Any], *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Change your settings.

        Effect: REPEATABLE.

        The app wire takes ``username``, ``fullname``, ``email``, ``details``, ``profession``, ``timezoneId``,
        ``countryId``, ``cityId``, ``workHoursFrom`` and ``workHoursTo``. The app itself always sends all of them: what
        is left out may be emptied, so read :meth:`get_actor` first.

        Args:
            settings: The new values by name.
            options: How the call is made.

        Returns:
            Plain data: what the service says.

        Raises:
            KworkValidationError: A value can't be sent or is not accepted.

        Example:
            >>> client.other.update_settings({"language": "ru"})  # doctest: +SKIP
            {'success': True}

        Source: Kwork client reference, OtherAPI.update_settings.
        """
        return self._call(UPDATE_SETTINGS, options, settings=settings)

    def go_offline(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Show yourself as not on the site.

        Effect: REPEATABLE.

        Args:
            options: How the call is made.

        Returns:
            Plain data: that it was done.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.go_offline()  # doctest: +SKIP
            {'success': True}

        Source: Kwork client reference, OtherAPI.go_offline.
        """
        return self._call(GO_OFFLINE, options)

    def get_actor(self, *, options: CallOptions = DEFAULT) -> dict[str, Any]:
        """Return the user who is signed in.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            Plain data, as the service sends it.

        Raises:
            KworkAuthError: The token is not accepted.

        Example:
            >>> client.other.get_actor()["id"]  # doctest: +SKIP
            1001

        Source: Kwork client reference, OtherAPI.get_actor.
        """
        return self._call(GET_ACTOR, options)

    def validate_text(
        self, text: str, context: str | None = None, *, options: CallOptions = DEFAULT
    ) -> ValidationResponse:
        """Check a text against the rules of the site before you publish it. Documented wire only.

        Effect: READ.

        Args:
            text: The text.
            context: What it is for: ``kwork_description``, ``project_text``, ``message``.
            options: How the call is made.

        Returns:
            Whether it may stay, and what is wrong with it.

        Raises:
            KworkUnsupportedError: The client is on the app wire.

        Example:
            >>> client.other.validate_text("Звоните мне").is_valid  # doctest: +SKIP
            False

        Source: Kwork client reference, OtherAPI.validate_text.
        """
        return self._call(VALIDATE_TEXT, options, text=text, context=context)
