"""How the eTXT service says no."""

from __future__ import annotations

NO_PARAMS = "no_params"
NO_OBJECT = "no_object"
NO_ACCESS = "no_access"
IS_PRIVATE_DATA = "is_private_data"
MAX_LIMIT = "max_limit"
FILE_IS_EMPTY = "file_is_empty"
FILE_NOT_UPLOADED = "file_not_uploaded"
FILE_TOO_BIG = "file_too_big"
FILE_BAD_TYPE = "file_bad_type"
FILE_HAS_VIRUS = "file_has_virus"
NO_UTARGET = "no_utarget"
NO_WORK = "no_work"
IS_TIMEOUT = "is_timeout"

WRONG_SETTINGS = "Настройки пользователя для работы с API не верны"
"""Plain text, not JSON: unknown token, no password set, or the API is switched off for the profile."""
WRONG_SIGNATURE = "Подпись не верна"
"""Plain text, not JSON."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the sandbox
    """The service understood the request and refuses it with an error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CredentialsRefused(Exception):  # noqa: N818 - as above
    """The service does not let the caller in and says so in a plain sentence."""
