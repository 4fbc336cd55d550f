"""``client.messages``: news from the service, and private messages."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.etxt.endpoint import PAGE_SIZE, Endpoint, Shape
from kwork_etxt_sdk.etxt.models.common import Processed
from kwork_etxt_sdk.etxt.models.messages import (
    MOST_NEWS,
    PrivateMessage,
    SentMessage,
    SystemMessage,
    SystemMessages,
    UnreadCount,
)
from kwork_etxt_sdk.etxt.pages import EtxtPageCalls
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.etxt.users import Until
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.paging import OffsetPager, Page, Pager
from kwork_etxt_sdk.params import Flag, Ids, Moment, Text, Whole, identifier
from kwork_etxt_sdk.prefetch import Straight

logger = logging.getLogger("kwork_etxt_sdk")

#: Longest private message, in characters (manual).
MAX_TEXT = 10_000


def _effect_of_read(arguments: Mapping[str, Any]) -> Effect:
    return Effect.ONCE if arguments.get("unread") else Effect.READ


def _latest(client: Any, arguments: Mapping[str, Any]) -> Records[PrivateMessage]:
    """Return a page of the messages exchanged with the user, without changing what counts as read."""
    messages: Records[PrivateMessage] = client.messages.read_private(arguments["user_id"]).page().items
    return messages


GET_LIST = Endpoint(
    "messages.getList",
    effect=Effect.READ,
    result=SystemMessage,
    shape=Shape.RECORDS,
    params=(Moment("since", wire="from"),),
)
SET_READ = Endpoint(
    "messages.setRead",
    effect=Effect.REPEATABLE,
    result=Processed,
    markers=("ids",),
    params=(Ids("message_ids", wire="ids", required=True),),
)
SET_DELETE = Endpoint(
    "messages.setDelete",
    effect=Effect.REPEATABLE,
    result=Processed,
    markers=("ids",),
    params=(Ids("message_ids", wire="ids", required=True),),
)
READ_PRIVATE = Endpoint(
    "messages.readPrivate",
    effect=Effect.ONCE,
    effect_of=_effect_of_read,
    result=PrivateMessage,
    shape=Shape.RECORDS,
    markers=("text", "date"),
    page_size=PAGE_SIZE,
    check="messages.read_private",
    ask=_latest,
    params=(
        identifier("user_id", "id_user", required=True),
        Whole("count", least=1, most=PAGE_SIZE),
        Whole("offset", wire="from", least=0),
        Moment("date_from"),
        Until("date_to"),
        Flag("unread"),
    ),
)
GET_COUNT_UNREAD = Endpoint(
    "messages.getCountUnread", effect=Effect.READ, result=UnreadCount, markers=("count", "users")
)
WRITE_PRIVATE = Endpoint(
    "messages.writePrivate",
    effect=Effect.ONCE,
    result=SentMessage,
    groups=("messages",),
    markers=("id_user",),
    check="messages.read_private",
    ask=_latest,
    params=(
        identifier("user_id", "id_user", required=True),
        Text("text", required=True, least=1, most=MAX_TEXT),
    ),
)


class UnreadPager(OffsetPager[PrivateMessage]):
    """Unread messages: those that were shown leave the list, so the next ones always stand where it begins."""

    def _walk(self, seen: Any, source: Straight[Page[PrivateMessage]]) -> Iterator[Page[PrivateMessage]]:
        while True:
            page = self._at(self._start, source.get)
            is_over = page.is_last or all(self._key(message) in seen for message in page.items)
            yield page
            if is_over:
                return

    def prefetch(
        self, workers: int | None = None, *, executor: Any = None, expected_pages: int | None = None
    ) -> UnreadPager:
        """Refuse: what is fetched counts as read, so nothing is fetched before it is asked for.

        Raises:
            ConfigurationError: Always.
        """
        del workers, executor, expected_pages
        raise ConfigurationError("unread messages can't be fetched ahead: what was fetched counts as read")


def _identity(message: PrivateMessage) -> Hashable:
    # Messages have no id. One person does not say the same thing twice within a second.
    return message.date, message.author_id, message.user_id, message.text


class Messages(EtxtTopic):
    """News from the service, and private messages."""

    def get_list(self, *, since: datetime | date | None = None, options: CallOptions = DEFAULT) -> SystemMessages:
        """List news from the service that you have not read.

        Effect: READ.

        The service shows no more than 100 at once and has no way to turn the page. If there may be more,
        ``.may_be_cut`` of the list says so, and a warning is logged: mark these as read and ask again.

        Args:
            since: Only news from then on. A naive time is Moscow time, a date its midnight.
            options: How the call is made.

        Returns:
            The news.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> news = client.messages.get_list(since=date(2026, 3, 1))  # doctest: +SKIP
            >>> news.may_be_cut  # doctest: +SKIP
            False

        Source: eTXT API manual, section messages.getList.
        """
        found = self._list(GET_LIST, options, since=since)
        messages = SystemMessages(found, found.bad_items)
        if messages.may_be_cut:
            logger.warning("etxt messages.getList: %d messages, the most it shows: there may be more", MOST_NEWS)
        return messages

    def set_read(self, message_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> Processed:
        """Mark news from the service as read; ``get_list`` then shows it no more.

        Effect: REPEATABLE.

        Args:
            message_ids: Id of a message, or any number of ids; 100 go into a call.
            options: How the calls are made.

        Returns:
            Which were marked; ``.missing`` names those that were not, because they were read before or don't exist.

        Raises:
            EtxtNotFoundError: None of them is unread.

        Example:
            >>> client.messages.set_read([77001, 77002]).missing  # doctest: +SKIP
            []

        Source: eTXT API manual, section messages.setRead.
        """
        return self._process(SET_READ, options, message_ids=message_ids)

    def set_delete(self, message_ids: int | Iterable[int], *, options: CallOptions = DEFAULT) -> Processed:
        """Delete news from the service that you have not read.

        Effect: REPEATABLE. A repetition after a lost answer may say that there is no such message any more.

        Args:
            message_ids: Id of a message, or any number of ids; 100 go into a call.
            options: How the calls are made.

        Returns:
            Which were deleted; ``.missing`` names those that were not.

        Raises:
            EtxtNotFoundError: None of them is there.

        Example:
            >>> client.messages.set_delete(77001).ids  # doctest: +SKIP
            [77001]

        Source: eTXT API manual, section messages.setDelete.
        """
        return self._process(SET_DELETE, options, message_ids=message_ids)

    def read_private(
        self,
        user_id: int,
        *,
        unread: bool | None = None,
        date_from: datetime | date | None = None,
        date_to: datetime | date | None = None,
        count: int = PAGE_SIZE,
        offset: int = 0,
        options: CallOptions = DEFAULT,
    ) -> Pager[PrivateMessage]:
        """List the private messages between you and a user.

        Effect: READ; with `unread` it is ONCE, because the messages shown count as read from then on. If such an answer
        is lost, the messages are still there: read them without `unread`.

        Args:
            user_id: Id of the user.
            unread: Only messages you have not read, which marks those of each page that is fetched as read. Iterating
                again then shows only what has come since.
            date_from: Only messages from then on. A naive time is Moscow time, a date its midnight.
            date_to: Only messages up to then; a date means its last second.
            count: Messages per page, at most 100.
            offset: Messages to pass over.
            options: How the calls are made.

        Returns:
            A pager: iterate it for all messages. They have no id: what the same person wrote twice within a second
            comes once.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.
            OutcomeUnknown: With `unread`: sent, and nobody knows whether messages were marked as read.

        Example:
            >>> [message.text for message in client.messages.read_private(700021)]  # doctest: +SKIP
            ['Добрый день!']

        Source: eTXT API manual, section messages.readPrivate.
        """
        arguments = {"user_id": user_id, "date_from": date_from, "date_to": date_to, "count": count, "offset": offset}
        if unread:
            return self._unread_pager(options, **arguments, unread=unread)
        return self._pager(READ_PRIVATE, options, key=_identity, **arguments, unread=unread)

    def _unread_pager(self, options: CallOptions, **arguments: Any) -> UnreadPager:
        # Bad arguments are told here, not at the first item.
        self._client._session.market.build(READ_PRIVATE, arguments)
        calls = EtxtPageCalls(self, READ_PRIVATE, options, arguments)
        return UnreadPager(calls, key=_identity, size=arguments["count"], start=arguments["offset"])

    def get_count_unread(self, *, options: CallOptions = DEFAULT) -> UnreadCount:
        """Return how many private messages you have not read, in all and by author.

        Effect: READ.

        Args:
            options: How the call is made.

        Returns:
            The numbers.

        Raises:
            EtxtAuthError: Token, password or signature are not accepted.

        Example:
            >>> {user.author_id: user.count for user in client.messages.get_count_unread().users}  # doctest: +SKIP
            {700021: 2, 700022: 1}

        Source: eTXT API manual, section messages.getCountUnread.
        """
        return self._call(GET_COUNT_UNREAD, options)

    def write_private(self, user_id: int, text: str, *, options: CallOptions = DEFAULT) -> SentMessage:
        """Write a private message to a user.

        Effect: ONCE. Whether it happened tells ``messages.read_private``.

        eTXT lets only users with a rating above 10000 write, and one message a minute: the call waits for its turn (61
        seconds after the last one was answered), as long as its deadline allows.

        Args:
            user_id: Id of the user.
            text: The message, 1 to 10000 characters.
            options: How the call is made.

        Returns:
            What was sent, and when.

        Raises:
            EtxtAccessError: Your rating is too low, or the user can't be written to.
            EtxtPrivateDataError: The text holds contact details.
            EtxtDeadlineError: It is not yet time for another message; nothing was sent.
            OutcomeUnknown: Sent, and nobody knows whether it arrived.

        Example:
            >>> client.messages.write_private(700021, "Здравствуйте").time  # doctest: +SKIP
            datetime.datetime(2030, 1, 1, 1, 8, 20, tzinfo=datetime.timezone.utc)

        Source: eTXT API manual, section messages.writePrivate.
        """
        return self._call(WRITE_PRIVATE, options, user_id=user_id, text=text)
