"""What an attempt came to, and how to say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.transport.decide import Happened, classify_failure, classify_status
from kwork_etxt_sdk.transport.exchange import Answered, Cause, Reading, Refused

if TYPE_CHECKING:
    from kwork_etxt_sdk.transport.http import Attempt

_CLIENT_ERRORS = range(400, 500)
#: What a deadline that passes in the middle of an attempt makes of it.
CUT_SHORT = frozenset({Happened.LOST, Happened.GARBLED, Happened.UNSENT})
#: What stays what it is although the answer words a refusal: the service failed, or another address is meant.
NO_REFUSAL = frozenset({Happened.BROKEN, Happened.UNAVAILABLE, Happened.REDIRECTED})

_BY_CAUSE = {
    Cause.REFUSED: Happened.REFUSED,
    Cause.EXPIRED: Happened.EXPIRED,
    Cause.THROTTLED: Happened.THROTTLED,
    Cause.BLOCKED: Happened.BLOCKED,
    Cause.CAPTCHA: Happened.REFUSED,
}


def classify(attempt: Attempt, reading: Reading | None) -> Happened:
    """Say what an attempt came to, apart from whether its answer fits the model."""
    if attempt.status is None:
        return classify_failure(attempt.phase)
    by_status = classify_status(attempt.status)
    if by_status is not None:
        return by_status
    if attempt.is_too_large:
        return Happened.MISFIT
    if isinstance(reading, Refused):
        return _BY_CAUSE[reading.cause]
    if attempt.status in _CLIENT_ERRORS:
        return Happened.REFUSED  # whatever the body looks like
    return Happened.ANSWERED if isinstance(reading, Answered) else Happened.GARBLED


def describe(happened: Happened, attempt: Attempt, reading: Reading | None, problems: tuple[str, ...]) -> str:
    """Say in words what went wrong with an attempt that was answered, or lost."""
    if happened is Happened.MISFIT and problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""  # noqa: PLR2004 - enough to act on
        return f"the answer does not fit the documented types: {'; '.join(problems[:3])}{more}."
    if happened is Happened.REDIRECTED:
        return (
            f"the service redirects (HTTP status {attempt.status}); redirects are not followed, because credentials "
            "would travel with them. Check base_url."
        )
    if attempt.reply is None:
        return f"{attempt.reason}."
    if isinstance(reading, Refused):
        return f"HTTP status {attempt.status}: {reading.error.message}"
    if happened in {Happened.BROKEN, Happened.UNAVAILABLE}:
        return f"the service failed with HTTP status {attempt.status}."
    why = getattr(reading, "reason", "the answer can't be read")
    return f"HTTP status {attempt.status}, but {why}."
