"""What Kwork refuses, in the classes its documented client has, and some more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kwork_etxt_sdk.errors import (
    AuthError,
    BlockedError,
    CaptchaError,
    ConfigurationError,
    DeadlineError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    SdkError,
    UnexpectedResponseError,
    ValidationError,
)
from kwork_etxt_sdk.redaction import Secret

if TYPE_CHECKING:
    from kwork_etxt_sdk.kwork.models.auth import APIErrorResponse

_NOT_FOUND = 404
_TOO_MANY_REQUESTS = 429
_BAD_REQUEST = 400


class KworkError(SdkError):
    """Root of everything that Kwork answers or fails with.

    Args:
        message: What went wrong.
        response: A scrubbed snapshot of the answer, if there was one.

    Attributes:
        details: The error body, if Kwork sent one: its words, its code, and each single error.
    """

    details: APIErrorResponse | None = None

    def __init__(self, message: str, response: Any = None) -> None:
        SdkError.__init__(self, message, response)


class KworkAuthError(KworkError, AuthError):
    """Wrong login or password, an expired or invalid token, or no right to do that (401, 403)."""

    def __init__(self, message: str = "Authentication failed", response: Any = None) -> None:
        super().__init__(message, response)


class KworkApiError(KworkError):
    """Kwork answered with an error (4xx, 5xx, or ``success: false``).

    Args:
        message: What Kwork says.
        status_code: HTTP status.
        response: A scrubbed snapshot of the answer.
    """

    def __init__(self, message: str, status_code: int | None = None, response: Any = None) -> None:
        super().__init__(message, response)
        if status_code is not None:
            self.status_code = status_code


class KworkRefusedError(KworkApiError, RefusedError):
    """Kwork refused; :attr:`code` holds its own code, also one this SDK does not know."""


class KworkNotFoundError(KworkApiError, NotFoundError):
    """There is no such kwork, project, user or method (404).

    Args:
        resource: What was asked for.
        response: A scrubbed snapshot of the answer.
    """

    def __init__(self, resource: str, response: Any = None) -> None:
        super().__init__(f"Resource not found: {resource}", _NOT_FOUND, response)


class KworkRateLimitError(KworkApiError, RateLimitError):
    """Kwork says that calls come too fast (429)."""

    def __init__(self, message: str = "Rate limit exceeded", response: Any = None) -> None:
        super().__init__(message, _TOO_MANY_REQUESTS, response)


class KworkValidationError(KworkApiError, ValidationError):
    """A parameter is missing or wrong (400, or found before sending).

    Args:
        message: What is wrong.
        fields: ``{field: [what is wrong with it]}``.
        response: A scrubbed snapshot of the answer.
        sent: False if the SDK found it and nothing was sent.
    """

    def __init__(
        self,
        message: str = "Validation failed",
        fields: Mapping[str, list[str]] | None = None,
        response: Any = None,
        *,
        sent: bool = True,
    ) -> None:
        super().__init__(message, _BAD_REQUEST if sent else None, response)
        self.fields = dict(fields or {})
        self.sent = sent


class KworkUnexpectedResponseError(KworkApiError, UnexpectedResponseError):
    """Kwork's answer can't be understood."""

    def __init__(self, message: str, response: Any = None) -> None:
        super().__init__(message, None, response)


class KworkBlockedError(KworkApiError, BlockedError):
    """The front end of Kwork (an anti-bot page) turned the request away."""

    def __init__(self, message: str, response: Any = None) -> None:
        super().__init__(message, None, response)


class KworkCaptchaError(KworkAuthError, CaptchaError):
    """Kwork wants a captcha solved by a person. The SDK never solves one.

    Attributes:
        pass_token: What has to be sent along with the answer, if Kwork gave it.
    """

    pass_token: Secret | None = None


class KworkPhoneError(KworkAuthError):
    """Kwork wants the last four digits of the account's phone number before it signs in."""


class KworkAppAuthError(KworkAuthError):
    """The host wants to know which app is calling, and does not accept what it was told. The user's token is not meant.

    Set `app_authorization` (``KWORK_APP_AUTHORIZATION``).
    """


class KworkUnsupportedError(KworkError, ConfigurationError):
    """The method does not exist on this client's wire; nothing was sent. The message says what to call instead."""


class KworkNetworkError(KworkError, NetworkError):
    """No usable answer came from Kwork."""

    def __init__(self, message: str = "Network error", response: Any = None) -> None:
        super().__init__(message, response)


class KworkDeadlineError(KworkError, DeadlineError):
    """The deadline passed before Kwork did it."""


#: Meaning -> class, for what goes wrong on the way.
BY_MEANING: dict[type[SdkError], type[KworkError]] = {
    RefusedError: KworkRefusedError,
    ValidationError: KworkValidationError,
    RateLimitError: KworkRateLimitError,
    BlockedError: KworkBlockedError,
    NetworkError: KworkNetworkError,
    DeadlineError: KworkDeadlineError,
    UnexpectedResponseError: KworkUnexpectedResponseError,
}
