"""One tree of errors for both marketplaces.

Every error of this package is an :class:`SdkError`. Below it stand the meanings (:class:`AuthError`,
:class:`RateLimitError`, ...); each marketplace adds its own root and classes that inherit from both, so a caller may
catch by meaning, by marketplace, or both. Errors hold plain data only: they pickle, and none carries a secret, a live
response or another exception that does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

#: How much of an answer an error keeps, in characters.
SNAPSHOT_TEXT_LIMIT = 4000


@attrs.frozen
class ResponseSnapshot:
    """What an error remembers of an answer: scrubbed text, never the live response.

    Attributes:
        status_code: HTTP status.
        url: Address without its query, which may hold credentials.
        headers: The harmless headers only, names in lower case.
        text: The body as text, scrubbed and cut to :data:`SNAPSHOT_TEXT_LIMIT` characters.
    """

    status_code: int
    url: str
    headers: dict[str, str] = attrs.field(factory=dict)
    text: str = attrs.field(default="", repr=lambda text: repr(text[:60]))

    def json(self) -> Any:
        """Return the text parsed as JSON; raises ``ValueError`` if it is none (or was cut)."""
        return json.loads(self.text)


_ENDS_OF_SENTENCES = (".", "!", "?", "…", ":", ";")


class SdkError(Exception):
    """Root of everything this package raises.

    Attributes:
        message: What went wrong, in one or two sentences, with the service's own words where it gave some.
        response: A scrubbed snapshot of the answer, if there was one.
        call: The method called, as ``"etxt tasks.saveTask"``.
        status_code: HTTP status of the answer, if there was one.
        code: The service's own error code, as text (``"no_object"``, ``"118"``).
        hint: What to do next.
        retry_in: Seconds after which a further call may be sent, as far as the SDK knows and it matters.
        attempts: How many times a request was sent.
        waited: Seconds spent waiting (limits, pauses between attempts).
    """

    message: str
    response: Any = None
    call: str | None = None
    status_code: int | None = None
    code: str | None = None
    hint: str | None = None
    retry_in: float | None = None
    attempts: int = 0
    waited: float = 0.0

    def __init__(self, message: str, response: Any = None, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.response = response
        if response is not None and self.status_code is None:
            self.status_code = getattr(response, "status_code", None)
        if code is not None:
            self.code = code
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        text = f"{self.call}: {self.message}" if self.call else self.message
        if not self.hint:
            return text
        end = "" if text.endswith(_ENDS_OF_SENTENCES) else "."  # services do without
        return f"{text}{end} {self.hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.args, self._plain()))

    def _plain(self) -> dict[str, Any]:
        return dict(self.__dict__)


def _rebuild(cls: type[SdkError], args: tuple[Any, ...], state: dict[str, Any]) -> SdkError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(SdkError):
    """The SDK was set up or called in a way that can't work; nothing was sent."""


class EffectNotAllowedError(ConfigurationError):
    """The client was told (``allow=``) not to make calls with such an effect; nothing was sent."""


class SpendingCapError(ConfigurationError):
    """The call would spend more than the client may (``max_spend=``); nothing was sent."""


class MissingExtraError(ConfigurationError):
    """A feature needs an optional package; the message names the extra to install."""


class DryRun(SdkError):  # noqa: N818 - an answer to `dry_run=True`, not a failure
    """Raised in place of sending when ``dry_run`` is set: no result is invented.

    Attributes:
        wire: The request as text, secrets masked.
        request: The same as data: ``method``, ``url``, ``headers``, ``body``, ``effect``.
    """

    def __init__(self, wire: str, request: Mapping[str, Any]) -> None:
        super().__init__("dry run, nothing was sent:\n" + wire)
        self.wire = wire
        self.request = dict(request)
        self.args = (wire, self.request)


class AuthError(SdkError):
    """The service does not accept who we say we are, or does not let this account do that."""


class NotFoundError(SdkError):
    """What was asked for does not exist, or not for this account."""


class ValidationError(SdkError):
    """A parameter is missing or wrong: found by the SDK before sending, or by the service.

    Attributes:
        fields: ``{parameter: [what is wrong with it]}``.
        sent: False if the SDK found it and nothing was sent.
    """

    fields: dict[str, list[str]]
    sent: bool = True

    def __init__(
        self,
        message: str = "Validation failed",
        fields: Mapping[str, list[str]] | None = None,
        response: Any = None,
        *,
        code: str | None = None,
        hint: str | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message, response, code=code, hint=hint)
        self.fields = dict(fields or {})
        self.sent = sent


class RateLimitError(SdkError):
    """Too fast: the service said so (429), or the wait it asks for is longer than this call may wait.

    Attributes:
        retry_after: Seconds the service asked to wait, if it named any.
    """

    retry_after: float | None = None


class BlockedError(SdkError):
    """The front end (anti-bot page, HTML 403) turned the request away; trying again soon makes it worse."""


class CaptchaError(SdkError):
    """The service wants a captcha solved by a person. The SDK never solves one."""


class RefusedError(SdkError):
    """The service refused; :attr:`SdkError.code` and the message say why, in its own words."""


class NetworkError(SdkError):
    """No usable answer came, and trying again did not help.

    For a ONCE or MONEY call it means that nothing was sent; a REPEATABLE one may have been done, and may be repeated.

    Attributes:
        phase: How far the last attempt got.
    """

    phase: str | None = None


class DeadlineError(SdkError):
    """The call's deadline passed (or would pass while waiting) before it could be done.

    A ONCE or MONEY call was not sent; a REPEATABLE one may have been done, and may be repeated.
    """


class UnexpectedResponseError(SdkError):
    """The answer to a read can't be understood: no JSON, or data that doesn't fit the documented types.

    Attributes:
        problems: What does not fit, each with its path (``expected int, got 'x' @ $[3].price``).
    """

    problems: tuple[str, ...] = ()


class AlreadyDoneError(SdkError):
    """A call with this ``once_key`` was done before, but its answer is not known (it was marked as done by hand)."""


class OutcomeUnknown(SdkError):  # noqa: N818 - it names a state of affairs; "Error" would say the call failed
    """A call that spends money or speaks to people was sent, and nobody knows whether it took effect.

    It is deliberately no subclass of network or timeout errors: an ``except ...: try again`` must not catch it. Ask the
    service first (:attr:`check` says how), and only then decide.

    Attributes:
        effect: Name of the call's effect, ``"ONCE"`` or ``"MONEY"``.
        phase: How far the attempt got: ``"headers"``, ``"body"``, ``"sent"``, ``"status"``, ``"done"``, ``"unknown"``.
        sent_at: When the request left (aware, UTC).
        reason: What happened on the wire.
        check: The method that tells whether it took effect (``"tasks.view_notes"``).
        parameters: The call's parameters, scrubbed.
    """

    def __init__(
        self,
        message: str,
        response: Any = None,
        *,
        effect: str = "",
        phase: str = "unknown",
        sent_at: datetime | None = None,
        reason: str = "",
        check: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        ask: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(message, response)
        self.effect = effect
        self.phase = phase
        self.sent_at = sent_at
        self.reason = reason
        self.check = check
        self.parameters = dict(parameters or {})
        self._ask = ask

    def ask(self) -> Any:
        """Make the call named by :attr:`check` and return its answer.

        Raises:
            ConfigurationError: The error crossed a process border (the client stays behind), or no such call exists;
                make the call named by :attr:`check` yourself.
        """
        if self._ask is None:
            raise ConfigurationError(
                f"this error carries no client to ask with; call {self.check or 'the service'} yourself"
            )
        return self._ask()

    def _plain(self) -> dict[str, Any]:
        return {**self.__dict__, "_ask": None}
