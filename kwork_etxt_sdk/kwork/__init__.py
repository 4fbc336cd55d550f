"""Kwork: buy and sell services, answer projects.

The client is :class:`KworkClient`; models and errors are importable from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwork_etxt_sdk.lazy import lazy_names

if TYPE_CHECKING:
    from kwork_etxt_sdk.kwork.auth import Challenge
    from kwork_etxt_sdk.kwork.catalog import CatalogAPI
    from kwork_etxt_sdk.kwork.client import KworkClient
    from kwork_etxt_sdk.kwork.errors import (
        KworkApiError,
        KworkAppAuthError,
        KworkAuthError,
        KworkBlockedError,
        KworkCaptchaError,
        KworkDeadlineError,
        KworkError,
        KworkNetworkError,
        KworkNotFoundError,
        KworkPhoneError,
        KworkRateLimitError,
        KworkRefusedError,
        KworkUnexpectedResponseError,
        KworkUnsupportedError,
        KworkValidationError,
    )
    from kwork_etxt_sdk.kwork.models.auth import APIErrorResponse, AuthResponse, ErrorDetail
    from kwork_etxt_sdk.kwork.models.catalog import CatalogResponse, Kwork, KworkCategory, KworkDetails
    from kwork_etxt_sdk.kwork.models.common import Badge, KworkUser, PaginationInfo
    from kwork_etxt_sdk.kwork.models.envelope import DataResponse
    from kwork_etxt_sdk.kwork.models.notifications import Dialog, Notification, NotificationsResponse
    from kwork_etxt_sdk.kwork.models.projects import Order, OrderStatus, Project, ProjectsResponse
    from kwork_etxt_sdk.kwork.models.reference import City, Country, Feature, TimeZone
    from kwork_etxt_sdk.kwork.models.user import Review, ReviewsResponse
    from kwork_etxt_sdk.kwork.models.validation import ValidationIssue, ValidationResponse
    from kwork_etxt_sdk.kwork.notifications import NotificationsAPI
    from kwork_etxt_sdk.kwork.other import OtherAPI
    from kwork_etxt_sdk.kwork.projects import ProjectsAPI
    from kwork_etxt_sdk.kwork.reference import ReferenceAPI
    from kwork_etxt_sdk.kwork.user import UserAPI

_HOMES = {
    "auth": ("Challenge",),
    "catalog": ("CatalogAPI",),
    "client": ("KworkClient",),
    "errors": (
        "KworkApiError",
        "KworkAppAuthError",
        "KworkAuthError",
        "KworkBlockedError",
        "KworkCaptchaError",
        "KworkDeadlineError",
        "KworkError",
        "KworkNetworkError",
        "KworkNotFoundError",
        "KworkPhoneError",
        "KworkRateLimitError",
        "KworkRefusedError",
        "KworkUnexpectedResponseError",
        "KworkUnsupportedError",
        "KworkValidationError",
    ),
    "models.auth": ("APIErrorResponse", "AuthResponse", "ErrorDetail"),
    "models.envelope": ("DataResponse",),
    "models.catalog": ("CatalogResponse", "Kwork", "KworkCategory", "KworkDetails"),
    "models.common": ("Badge", "KworkUser", "PaginationInfo"),
    "models.notifications": ("Dialog", "Notification", "NotificationsResponse"),
    "models.projects": ("Order", "OrderStatus", "Project", "ProjectsResponse"),
    "models.reference": ("City", "Country", "Feature", "TimeZone"),
    "models.user": ("Review", "ReviewsResponse"),
    "models.validation": ("ValidationIssue", "ValidationResponse"),
    "notifications": ("NotificationsAPI",),
    "other": ("OtherAPI",),
    "projects": ("ProjectsAPI",),
    "reference": ("ReferenceAPI",),
    "user": ("UserAPI",),
}

__all__ = [
    "APIErrorResponse",
    "AuthResponse",
    "Badge",
    "CatalogAPI",
    "CatalogResponse",
    "Challenge",
    "City",
    "Country",
    "DataResponse",
    "Dialog",
    "ErrorDetail",
    "Feature",
    "Kwork",
    "KworkApiError",
    "KworkAppAuthError",
    "KworkAuthError",
    "KworkBlockedError",
    "KworkCaptchaError",
    "KworkCategory",
    "KworkClient",
    "KworkDeadlineError",
    "KworkDetails",
    "KworkError",
    "KworkNetworkError",
    "KworkNotFoundError",
    "KworkPhoneError",
    "KworkRateLimitError",
    "KworkRefusedError",
    "KworkUnexpectedResponseError",
    "KworkUnsupportedError",
    "KworkUser",
    "KworkValidationError",
    "Notification",
    "NotificationsAPI",
    "NotificationsResponse",
    "Order",
    "OrderStatus",
    "OtherAPI",
    "PaginationInfo",
    "Project",
    "ProjectsAPI",
    "ProjectsResponse",
    "ReferenceAPI",
    "Review",
    "ReviewsResponse",
    "TimeZone",
    "UserAPI",
    "ValidationIssue",
    "ValidationResponse",
]

__getattr__, __dir__ = lazy_names(__name__, globals(), _HOMES)
