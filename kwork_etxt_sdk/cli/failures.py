"""Errors as one readable line, what to do next, and an exit status."""

from __future__ import annotations

from collections.abc import Iterator

from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.cli.methods import command_name, topic_command
from kwork_etxt_sdk.cli.printable import one_line
from kwork_etxt_sdk.errors import (
    AlreadyDoneError,
    AuthError,
    BlockedError,
    CaptchaError,
    ConfigurationError,
    DeadlineError,
    NetworkError,
    NotFoundError,
    OutcomeUnknown,
    RateLimitError,
    RefusedError,
    SdkError,
    ValidationError,
)
from kwork_etxt_sdk.exclusive import AlreadyRunningError

_STATUSES: tuple[tuple[type[SdkError], Exit], ...] = (
    (AlreadyDoneError, Exit.OK),
    (OutcomeUnknown, Exit.UNKNOWN),
    (ConfigurationError, Exit.MISUSE),
    (RateLimitError, Exit.TRY_LATER),
    (NetworkError, Exit.TRY_LATER),
    (DeadlineError, Exit.TRY_LATER),
    (AlreadyRunningError, Exit.TRY_LATER),
    (AuthError, Exit.REFUSED),
    (NotFoundError, Exit.REFUSED),
    (ValidationError, Exit.REFUSED),
    (BlockedError, Exit.REFUSED),
    (CaptchaError, Exit.REFUSED),
    (RefusedError, Exit.REFUSED),
)


def status_of(error: SdkError) -> Exit:
    """Return the exit status for an error."""
    if isinstance(error, ValidationError) and not error.sent:
        return Exit.MISUSE
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), Exit.FAILED)


def lines_of(error: SdkError) -> Iterator[str]:
    """Yield what a person reads: what went wrong, and what to do."""
    yield one_line(str(error))
    if isinstance(error, OutcomeUnknown):
        site, _, _ = (error.call or "").partition(" ")
        if site and error.check:
            topic, _, method = error.check.partition(".")
            yield f"To find out: kwork-etxt {site} {topic_command(topic)} {command_name(method)}"
    elif error.retry_in:
        yield f"Try again in {error.retry_in:.0f} s."
