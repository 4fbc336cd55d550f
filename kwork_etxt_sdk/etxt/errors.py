"""What eTXT refuses, one class per documented code."""

from __future__ import annotations

from kwork_etxt_sdk.errors import (
    AuthError,
    BlockedError,
    DeadlineError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    SdkError,
    UnexpectedResponseError,
    ValidationError,
)


class EtxtError(SdkError):
    """Root of everything that eTXT answers or fails with."""


class EtxtAuthError(EtxtError, AuthError):
    """eTXT does not know the token, the API is switched off for the profile, or the signature is wrong."""


class EtxtRefusedError(EtxtError, RefusedError):
    """eTXT refused; :attr:`code` holds its own code, also one this SDK does not know."""


class EtxtValidationError(EtxtError, ValidationError):
    """A parameter is missing or wrong (``no_params``, or found before sending)."""


class EtxtNotFoundError(EtxtError, NotFoundError):
    """No object fits the request (``no_object``)."""


class EtxtAccessError(EtxtError, AuthError):
    """This account may not do that with this object (``no_access``)."""


class EtxtPrivateDataError(EtxtValidationError):
    """A text holds contact details, which eTXT forbids (``is_private_data``)."""


class EtxtMaxLimitError(EtxtRefusedError):
    """A limit of the operation is exceeded (``max_limit``): it means "later", not "again now"."""


class EtxtTooSoonError(EtxtRefusedError):
    """The pause eTXT demands between two such actions has not passed (``is_timeout``)."""


class EtxtFileError(EtxtValidationError):
    """eTXT does not take the file (``file_*``)."""


class EtxtFileEmptyError(EtxtFileError):
    """The file is empty (``file_is_empty``)."""


class EtxtFileUploadError(EtxtFileError):
    """The file did not arrive properly (``file_not_uploaded``)."""


class EtxtFileTooBigError(EtxtFileError):
    """The file is larger than eTXT accepts (``file_too_big``)."""


class EtxtFileTypeError(EtxtFileError):
    """eTXT does not accept this kind of file (``file_bad_type``)."""


class EtxtFileVirusError(EtxtFileError):
    """eTXT found a virus in the file (``file_has_virus``)."""


class EtxtTargetUserError(EtxtRefusedError):
    """The author of an individual order does not exist, or one of you blacklisted the other (``no_utarget``)."""


class EtxtWorkError(EtxtRefusedError):
    """Kind of work or price does not meet the author's conditions (``no_work``, ``no_uwork``)."""


class EtxtRateLimitError(EtxtError, RateLimitError):
    """eTXT says that calls come too fast."""


class EtxtBlockedError(EtxtError, BlockedError):
    """The front end of eTXT turned the request away."""


class EtxtNetworkError(EtxtError, NetworkError):
    """No usable answer came from eTXT."""


class EtxtDeadlineError(EtxtError, DeadlineError):
    """The deadline passed before eTXT did it."""


class EtxtUnexpectedResponseError(EtxtError, UnexpectedResponseError):
    """eTXT's answer can't be understood."""


#: Code -> class and what to do about it.
BY_CODE: dict[str, tuple[type[EtxtError], str]] = {
    "no_params": (EtxtValidationError, "Check the required parameters."),
    "no_object": (EtxtNotFoundError, "Check the id; archived objects have methods of their own."),
    "no_access": (EtxtAccessError, "Check that the object is yours and in the right state for this action."),
    "is_private_data": (EtxtPrivateDataError, "Remove phone numbers, addresses and links from the text."),
    "max_limit": (EtxtMaxLimitError, "Try later."),
    "is_timeout": (EtxtTooSoonError, "Try later: a review can be added once a day per user and edited within an hour."),
    "file_is_empty": (EtxtFileEmptyError, "Send a file with content."),
    "file_not_uploaded": (EtxtFileUploadError, "Send it again."),
    "file_too_big": (EtxtFileTooBigError, "Send a smaller file."),
    "file_bad_type": (EtxtFileTypeError, "Send another format."),
    "file_has_virus": (EtxtFileVirusError, "Send a clean file."),
    "no_utarget": (EtxtTargetUserError, "Check target_id and both black lists."),
    "no_work": (EtxtWorkError, "Compare with users.get_works of the author."),
    "no_uwork": (EtxtWorkError, "Compare with users.get_works of the author."),
}

#: Meaning -> class, for what goes wrong on the way.
BY_MEANING: dict[type[SdkError], type[EtxtError]] = {
    RefusedError: EtxtRefusedError,
    ValidationError: EtxtValidationError,
    RateLimitError: EtxtRateLimitError,
    BlockedError: EtxtBlockedError,
    NetworkError: EtxtNetworkError,
    DeadlineError: EtxtDeadlineError,
    UnexpectedResponseError: EtxtUnexpectedResponseError,
}
