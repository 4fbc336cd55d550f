"""``client.correction``: proof-reading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import PAGE_SIZE, Endpoint
from kwork_etxt_sdk.etxt.models.correction import CorrectionJob, CorrectionPart, CorrectionSource
from kwork_etxt_sdk.etxt.models.users import StatementRow
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.params import Choice, Deadline, Text, Whole, identifier

#: The least time a proof-reader gets (manual).
EARLIEST = timedelta(days=1)


def _latest_bookings(client: Any, _arguments: Mapping[str, Any]) -> Records[StatementRow]:
    """Return the newest rows of the statement: no method lists what is being proof-read, but it costs money."""
    rows: Records[StatementRow] = client.users.get_stats().limit(PAGE_SIZE).to_list()
    return rows


ADD = Endpoint(
    "correction.add",
    effect=Effect.MONEY,
    result=CorrectionJob,
    check="users.get_stats",
    ask=_latest_bookings,
    params=(
        Text("title", required=True, least=1),
        Text("description"),
        Text("text", required=True, least=1),
        Whole("folder_id", wire="id_folder", least=0),
        Deadline("deadline", earliest=EARLIEST),
    ),
)
IMPORT = Endpoint(
    "correction.import",
    effect=Effect.MONEY,
    result=CorrectionJob,
    check="users.get_stats",
    ask=_latest_bookings,
    params=(
        Choice("type", values=tuple(CorrectionSource), required=True),
        identifier("object_id", "id_object", required=True),
        Choice("object_type", values=tuple(CorrectionPart)),
        Deadline("deadline", earliest=EARLIEST),
    ),
)


class Correction(EtxtTopic):
    """Proof-reading, a paid service; the manual does not tell its price."""

    def add(
        self,
        title: str,
        *,
        text: str,
        description: str | None = None,
        folder_id: int | None = None,
        deadline: datetime | date | None = None,
        options: CallOptions = DEFAULT,
    ) -> CorrectionJob:
        """Hand a text of your own to a proof-reader.

        Effect: MONEY. No method lists such jobs: whether it happened shows in the statement (``users.get_stats``), as
        far as it was charged, and on the site.

        Args:
            title: Title of the job.
            text: The text.
            description: What to heed.
            folder_id: Id of the folder; 0, or left out, for none.
            deadline: When it is due, at least a day and at most 90 days ahead; in a day unless given. A date means its
                last minute; a naive time is Moscow time.
            options: How the call is made.

        Returns:
            The id of the job.

        Raises:
            EtxtValidationError: A parameter is missing, or the deadline is too near.
            OutcomeUnknown: Sent, and nobody knows whether the job exists now.

        Example:
            >>> client.correction.add("Обзор чайников", text=draft).correction_id  # doctest: +SKIP
            2001

        Source: eTXT API manual, section correction.add.
        """
        return self._call(
            ADD, options, title=title, text=text, description=description, folder_id=folder_id, deadline=deadline
        )

    def import_(
        self,
        object_id: int,
        *,
        type: CorrectionSource | str,  # noqa: A002 - the manual's name
        object_type: CorrectionPart | str | None = None,
        deadline: datetime | date | None = None,
        options: CallOptions = DEFAULT,
    ) -> CorrectionJob:
        """Hand a delivered or bought text to a proof-reader.

        Effect: MONEY. No method lists such jobs: whether it happened shows in the statement (``users.get_stats``), as
        far as it was charged, and on the site.

        Args:
            object_id: Id of the object. For ``"task"`` it is the id of a result (``tasks.get_results``), not that of
                the order.
            type: What the object is: ``"task"``, ``"a_task"``, ``"article"`` or ``"a_article"``.
            object_type: ``"file"`` takes the attached file rather than the typed-in text, where there are both.
            deadline: When it is due, at least a day and at most 90 days ahead; in a day unless given. A date means its
                last minute; a naive time is Moscow time.
            options: How the call is made.

        Returns:
            The id of the job.

        Raises:
            EtxtNotFoundError: There is no such object.
            EtxtAccessError: The object is not yours.
            OutcomeUnknown: Sent, and nobody knows whether the job exists now.

        Example:
            >>> client.correction.import_(result.result_id, type="task").correction_id  # doctest: +SKIP
            2002

        Source: eTXT API manual, section correction.import.
        """
        return self._call(IMPORT, options, type=type, object_id=object_id, object_type=object_type, deadline=deadline)
