"""Kwork.ru and eTXT.ru from Python: typed, rate-limited, and careful with your money.

Example:
    >>> from kwork_etxt_sdk import EtxtClient, KworkClient
    >>> with EtxtClient.from_env() as etxt:  # doctest: +SKIP
    ...     print(etxt.users.get_balance().balance)

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from kwork_etxt_sdk._version import __version__
from kwork_etxt_sdk.lazy import lazy_names

TYPE_CHECKING = False  # type checkers take it for true; to import `typing` would take longer than all the rest
if TYPE_CHECKING:
    from kwork_etxt_sdk.effect import Effect
    from kwork_etxt_sdk.errors import (
        AlreadyDoneError,
        AuthError,
        BlockedError,
        CaptchaError,
        ConfigurationError,
        DeadlineError,
        DryRun,
        EffectNotAllowedError,
        MissingExtraError,
        NetworkError,
        NotFoundError,
        OutcomeUnknown,
        RateLimitError,
        RefusedError,
        SdkError,
        SpendingCapError,
        UnexpectedResponseError,
        ValidationError,
    )
    from kwork_etxt_sdk.etxt.client import EtxtClient
    from kwork_etxt_sdk.kwork.client import KworkClient
    from kwork_etxt_sdk.options import CallOptions, Limits, RedisShare, Retry, Rule, Timeouts
    from kwork_etxt_sdk.paging import Page, Pager
    from kwork_etxt_sdk.progress import show_waits, with_progress
    from kwork_etxt_sdk.redaction import Secret
    from kwork_etxt_sdk.transport.journal import Journal

_HOMES = {
    "errors": (
        "AlreadyDoneError",
        "AuthError",
        "BlockedError",
        "CaptchaError",
        "ConfigurationError",
        "DeadlineError",
        "DryRun",
        "EffectNotAllowedError",
        "MissingExtraError",
        "NetworkError",
        "NotFoundError",
        "OutcomeUnknown",
        "RateLimitError",
        "RefusedError",
        "SdkError",
        "SpendingCapError",
        "UnexpectedResponseError",
        "ValidationError",
    ),
    "etxt.client": ("EtxtClient",),
    "kwork.client": ("KworkClient",),
    "options": ("CallOptions", "Limits", "RedisShare", "Retry", "Rule", "Timeouts"),
    "paging": ("Page", "Pager"),
    "progress": ("show_waits", "with_progress"),
    "redaction": ("Secret",),
    "effect": ("Effect",),
    "transport.journal": ("Journal",),
}

__all__ = [  # noqa: RUF022 - sorted by meaning: clients, options, pages, errors
    "__version__",
    "EtxtClient",
    "KworkClient",
    "CallOptions",
    "Effect",
    "Journal",
    "Limits",
    "RedisShare",
    "Retry",
    "Rule",
    "Secret",
    "Timeouts",
    "Page",
    "Pager",
    "show_waits",
    "with_progress",
    "AlreadyDoneError",
    "AuthError",
    "BlockedError",
    "CaptchaError",
    "ConfigurationError",
    "DeadlineError",
    "DryRun",
    "EffectNotAllowedError",
    "MissingExtraError",
    "NetworkError",
    "NotFoundError",
    "OutcomeUnknown",
    "RateLimitError",
    "RefusedError",
    "SdkError",
    "SpendingCapError",
    "UnexpectedResponseError",
    "ValidationError",
]

if not TYPE_CHECKING:  # type checkers must go on to report unknown names
    __getattr__, __dir__ = lazy_names(__name__, globals(), _HOMES)
