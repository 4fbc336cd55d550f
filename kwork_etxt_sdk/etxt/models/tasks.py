"""Orders, applications and results."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from kwork_etxt_sdk.etxt.models.codes import PriceType as PriceType  # noqa: PLC0414 - one looks for the codes of orders here
from kwork_etxt_sdk.etxt.models.codes import TaskLevel as TaskLevel  # noqa: PLC0414
from kwork_etxt_sdk.etxt.models.codes import TaskType as TaskType  # noqa: PLC0414
from kwork_etxt_sdk.etxt.models.moments import read_moment
from kwork_etxt_sdk.mapping import Model, OpenIntEnum, OpenStrEnum, model, wire


class TaskStatus(OpenIntEnum):
    """Where an order stands."""

    WAITING = 1
    """Waiting for an author to be chosen."""
    IN_WORK = 2
    """An author works on it."""
    IN_REVIEW = 3
    """A result was delivered and waits for your decision."""
    DONE = 4
    """Accepted and paid."""
    OVERDUE = 5
    """The deadline passed without a result."""


class TextKind(OpenIntEnum):
    """Kind of text of an order (``id_subtype``)."""

    UNSPECIFIED = 0
    SELLING = 1
    INFORMATIONAL = 2
    NEWS = 3
    MAILING = 4
    SOCIAL = 5
    REVIEW = 6


class Access(OpenIntEnum):
    """Who may take an order."""

    EVERYBODY = 1
    WHITE_LIST = 2
    INDIVIDUAL = 3


class Robots(OpenIntEnum):
    """Whether the author may use neural networks."""

    FORBIDDEN = -1
    ANY = 0
    ALLOWED = 1


class TaskFilter(OpenIntEnum):
    """Filters that go across the states of orders."""

    OVERDUE_UNDECIDED = 10
    """Overdue orders in work on which nothing was decided."""


class Autopay(OpenStrEnum):
    """What to do about a result that is longer than ordered."""

    GET = "get"
    """Tell what the surplus is worth; nothing is paid."""
    PAY = "pay"
    """Pay it."""


class ResultStatus(OpenIntEnum):
    """What was decided on a result."""

    IN_REVIEW = 0
    REJECTED = 1
    ACCEPTED = 2


@model
class Task(Model):
    """An order."""

    task_id: int = wire("id")
    """Id of the order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of its author; 0 if none is assigned."""
    folder_id: int | None = wire("id_folder", default=None)
    """Id of the folder."""
    category_id: int | None = wire("id_category", default=None)
    """Id of the category."""
    date: datetime | None = wire(default=None)
    """When it was created or last edited."""
    end_date: datetime | None = wire(default=None)
    """When it was accepted; None if it was not."""
    title: str | None = wire(default=None)
    """Title."""
    description: str | None = wire(default=None)
    """What is to be written."""
    id_type: TaskType | None = wire(default=None)
    """Kind of work."""
    id_subtype: TextKind | None = wire(default=None)
    """Kind of text."""
    id_level: TaskLevel | None = wire(default=None)
    """Level of difficulty."""
    deadline: datetime | None = wire(default=None)
    """When the result is due."""
    status: TaskStatus | None = wire(default=None)
    """Where it stands."""
    public: bool | None = wire(default=None)
    """Whether it is published; a draft is not."""
    price: Decimal | None = wire(default=None)
    """Full price in roubles, whatever :attr:`price_type` says."""
    price_type: PriceType | None = wire(default=None)
    """What the price was set for."""
    size: int | None = wire(default=None)
    """Size in characters."""
    whitespaces: bool | None = wire(default=None)
    """Whether spaces count as characters."""
    checksize: bool | None = wire(default=None)
    """Whether results below 90 % of the size are turned away."""
    text: str | None = wire(default=None)
    """Source text, for rewriting and translation."""
    quick: bool | None = wire(default=None)
    """Whether it is urgent."""
    uniq: int | None = wire(default=None)
    """Uniqueness demanded, percent; None if none is."""
    target: Access | None = wire(default=None)
    """Who may take it."""
    target_id: int | None = wire("id_target", default=None)
    """Id of the author of an individual order; None if it is not individual."""
    keywords: str | None = wire(default=None)
    """Key words, for SEO copywriting."""
    language_from: int | None = wire(default=None)
    """Id of the language to translate from."""
    language_to: int | None = wire(default=None)
    """Id of the language to translate to."""
    multitask: bool | None = wire(default=None)
    """Whether several authors can take it, each an order of its own."""
    multicount: int | None = wire(default=None)
    """Orders that can still be made from it; at 0 it is taken off publication."""
    filename: str | None = wire(default=None)
    """Address of the attached file; None if there is none."""
    client_comment: str | None = wire(default=None)
    """Your own comment, which only you see."""


@model
class SavedTask(Model):
    """An order that was created or edited."""

    task_id: int = wire("id_task")
    """Id of the order."""


@model
class SavedClientComment(Model):
    """Whether your comment on an order was kept."""

    status: bool | None = wire(default=None)
    """Whether it was."""


@model
class Note(Model):
    """An application for an order, or a comment on it."""

    comment_id: int = wire("id")
    """Id of the entry."""
    note_id: int | None = wire("id_note", default=None)
    """Id of the application, for ``set_note``; 0 if this is only a comment."""
    task_id: int | None = wire("id_task", default=None)
    """Id of the order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of its writer."""
    login: str | None = wire(default=None)
    """Login of its writer."""
    text: str | None = wire(default=None)
    """Text."""
    date: datetime | None = wire(default=None)
    """When it was written."""

    @property
    def is_application(self) -> bool:
        """Whether it can be accepted, and is not only a comment."""
        return bool(self.note_id)


@model
class Application(Model):
    """An application for one of your orders, with what it is about."""

    note_id: int = wire("id_note")
    """Id of the application, for ``set_note``."""
    title: str | None = wire(default=None)
    """Title of the order."""
    price: Decimal | None = wire(default=None)
    """Price of the order, roubles."""
    deadline: datetime | None = wire(default=None)
    """When the order is due."""
    task_id: int | None = wire("id_task", default=None)
    """Id of the order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the author who applies."""
    user: str | None = wire(default=None)
    """Login of the author."""
    date: datetime | None = wire(default=None)
    """When the author applied."""
    text: str | None = wire(default=None)
    """What the author writes."""


@model
class AcceptedNote(Model):
    """An application that was accepted."""

    task_id: int = wire("id_task")
    """Id of the order; of the newly made one, if the application was for a multi-order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the user who is its author now."""


@model
class DeclinedNote(Model):
    """An application that was declined."""

    task_id: int = wire("id_task")
    """Id of the order it was for."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the user who had applied."""


@model
class ExtraPayment(Model):
    """What came of an extra payment, or of asking for its amount."""

    status: bool | None = wire(default=None)
    """Whether it succeeded."""
    count: Decimal | None = wire(default=None)
    """What the surplus text is worth, roubles; only when asked for with ``Autopay.GET``."""


@model
class FailedTask(Model):
    """An overdue order that was called off."""

    task_id: int = wire("id")
    """Id of the order."""
    copy_id: int | None = wire("id_copy", default=None)
    """Id of its published copy, if one was wanted."""
    rateup: str | None = wire(default=None)
    """Address that gives the author the lost rating back as soon as it is opened. The SDK never opens it."""


@model
class CopiedTask(Model):
    """A copy of an order."""

    copy_id: int = wire("id_copy")
    """Id of the copy."""


@model
class NewDeadline(Model):
    """An order with another deadline."""

    task_id: int = wire("id")
    """Id of the order."""
    status: TaskStatus | None = wire(default=None)
    """Where it stands now: one that was overdue is in work again."""
    quick: bool | None = wire(default=None)
    """Whether it counts as urgent now."""
    deadline_raw: Any = wire("deadline", default=None)
    """The deadline as the service sent it, in a form that is not documented."""

    @property
    def deadline(self) -> datetime | None:
        """The deadline; None if :attr:`deadline_raw` can't be understood."""
        return read_moment(self.deadline_raw)


@model
class SavedComment(Model):
    """A comment that was added to an order."""

    task_id: int = wire("id")
    """Id of the order."""
    comment_id: int | None = wire("id_comment", default=None)
    """Id of the comment."""
    comments: int | None = wire(default=None)
    """How many comments the order has now."""


@model
class FailTicket(Model):
    """A request to support to take an author off an order."""

    status: bool | None = wire(default=None)
    """Whether it was filed."""
    ticket: str | None = wire(default=None)
    """Address of the ticket."""


@model
class ResultFile(Model):
    """A file of a result."""

    path: str | None = wire(default=None)
    """Address to download it from; valid for about a day from the call that told it."""
    name: str | None = wire(default=None)
    """Type of the document."""
    size: int | None = wire(default=None)
    """Size of the file, bytes."""
    per_antiplagiat: float | None = wire(default=None)
    """Uniqueness, percent."""
    per_mistakes: float | None = wire(default=None)
    """Spelling mistakes, percent."""
    per_keywords: float | None = wire(default=None)
    """Share of the key words that occur, percent; SEO copywriting only."""
    per_diff: float | None = wire(default=None)
    """Likeness to the source text, percent; rewriting only."""
    auto_check_date: datetime | None = wire(default=None)
    """When the service checked it."""


@model
class TaskResult(Model):
    """What an author delivered for an order."""

    result_id: int = wire("id")
    """Id of the result."""
    task_id: int | None = wire("id_task", default=None)
    """Id of the order."""
    user_id: int | None = wire("id_user", default=None)
    """Id of the author."""
    comment: str | None = wire(default=None)
    """The author's comment."""
    date: datetime | None = wire(default=None)
    """When it was delivered."""
    date_reset: datetime | None = wire(default=None)
    """When it was sent back for rework; None if it was not."""
    status: ResultStatus | None = wire(default=None)
    """What was decided on it."""
    check: bool | None = wire(default=None)
    """Whether the service has checked it."""
    files: dict[str, ResultFile] = wire(default_factory=dict)
    """Its files: ``file`` is an attachment, ``text`` what was typed in."""
    per_antiplagiat: float | None = wire(default=None)
    """Uniqueness, percent, where the service tells it here and not with the file."""
    per_mistakes: float | None = wire(default=None)
    """Spelling mistakes, percent, likewise."""
    per_keywords: float | None = wire(default=None)
    """Share of the key words that occur, percent, likewise."""
    per_diff: float | None = wire(default=None)
    """Likeness to the source text, percent, likewise."""
    auto_check_date: datetime | None = wire(default=None)
    """When the service checked it, likewise."""
    name: str | None = wire(default=None)
    """Type of the document, likewise."""
    size: int | None = wire(default=None)
    """Size of the file, bytes, likewise."""
    path: str | None = wire(default=None)
    """Address to download it from, likewise."""

    @property
    def file(self) -> ResultFile | None:
        """The file to read: the attachment if there is one, else the typed-in text, else what is told at the top."""
        for kind in ("file", "text"):
            if kind in self.files:
                return self.files[kind]
        if self.files:
            return next(iter(self.files.values()))
        if self.path is None:
            return None
        return ResultFile(
            path=self.path,
            name=self.name,
            size=self.size,
            per_antiplagiat=self.per_antiplagiat,
            per_mistakes=self.per_mistakes,
            per_keywords=self.per_keywords,
            per_diff=self.per_diff,
            auto_check_date=self.auto_check_date,
        )

    @property
    def uniqueness(self) -> float | None:
        """Uniqueness of :attr:`file`, percent; None if it was not checked yet."""
        return None if self.file is None else self.file.per_antiplagiat
