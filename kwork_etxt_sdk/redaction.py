"""Keeping secrets out of everything that people and files can see.

Two tools: :class:`Secret` holds a value that never shows itself, and :class:`Redactor` removes known secret values, and
whatever stands behind a known secret name, from any text.
"""

from __future__ import annotations

import json
import logging
import re
import weakref
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from kwork_etxt_sdk.forks import new_lock

MASK = "***"

#: Names of URL parameters, form fields, JSON keys, cookies and headers whose values are secret at either marketplace.
SECRET_NAMES = frozenset(
    {
        "api_pass",
        "authorization",
        "cookie",
        "csrf_user_token",
        "csrftoken",
        "g-recaptcha-response",
        "l_password",
        "password",
        "phone_last",
        "proxy-authorization",
        "recaptcha_pass_token",
        "rorssqihek",
        "set-cookie",
        "sign",
        "slrememberme",
        "token",
        "uad",
        "web_auth_token",
        "x-csrf-token",
    }
)

#: As ``html.escape`` writes it: that module would bring two thousand names of entities along.
_IN_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_QUOTED_HTML = {**_IN_HTML, **str.maketrans({'"': "&quot;", "'": "&#x27;"})}


@cache
def _substitutions() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what to look for behind secret names, in this order, and what to write there."""
    names = "|".join(sorted((re.escape(name) for name in SECRET_NAMES), key=len, reverse=True))
    # What stands behind the quote ``q``, up to the next one or, in a text that was cut, to its end.
    quoted = r"(?:(?!(?P=q))(?:\\.|.))*(?:(?P=q)|\Z)"
    quoted_twice = r"(?:(?!(?P=q))(?:\\\\(?:\\\\|\\[\"']|.)|\\.|.))*(?:(?P=q)|\Z)"
    patterns = (
        # ``token='...'`` in Python code and reprs.
        (rf"(?is)(?<![\w\"'&?;-])((?:{names})\s*=\s*)(?P<q>[\"']){quoted}", rf"\1\g<q>{MASK}\g<q>"),
        # ``token=...`` in URLs, forms and cookie lines.
        (rf"(?i)(?<![\w-])({names})(=)([^&;,\s\"'<>]+)", rf"\1\2{MASK}"),
        # The next one in JSON inside a JSON text, where a quote that ends nothing has three backslashes.
        (
            rf"(?is)((\\+[\"'])(?:{names})\2\s*:\s*)(?P<q>\\+[\"']){quoted_twice}",
            rf"\1\g<q>{MASK}\g<q>",
        ),
        # ``"token": "..."`` in JSON and in Python reprs.
        (rf"(?is)(([\"'])(?:{names})\2\s*:\s*)b?(?P<q>[\"']){quoted}", rf"\1\g<q>{MASK}\g<q>"),
        # ``"phone_last": 1234`` and ``"cookie": ["..."]``.
        (
            rf"(?i)((\\*[\"'])(?:{names})\2\s*:\s*)(?!(?:null|none|true|false)\b)(?:\[[^\]]*\]?|-?[\w.+]+)",
            rf"\1\2{MASK}\2",
        ),
        # ``('password', '...')`` in reprs of lists of pairs.
        (rf"(?is)(\(\s*[\"'](?:{names})[\"']\s*,\s*)b?(?P<q>[\"']){quoted}", rf"\1\g<q>{MASK}\g<q>"),
        # ``Authorization: Basic ...``: a header on a line of its own, whatever it holds, and one inside another text.
        (rf"(?im)^([ \t]*(?:{names}):[ \t]*)(?![ \t])[^\r\n]+", rf"\1{MASK}"),
        (rf"(?i)(?:(?<![\w-])|(?<=\\n))({names})(:\s*)(?!\s)([^\r\n\"']+)", rf"\1\2{MASK}"),
    )
    return tuple((re.compile(pattern), written) for pattern, written in patterns)


@cache
def _userinfo() -> re.Pattern[str]:
    return re.compile(r"(://)[^/?#\s\"'<>]+@")


class Secret:
    """A text that never shows itself: not by ``str``, ``repr``, formatting, comparison by eye, or pickling.

    Call :meth:`reveal` where the value really is needed. Pickling keeps the type but drops the value, so that a client
    sent to a worker process carries no secret unless asked to.

    Example:
        >>> password = Secret("hunter2")
        >>> password
        Secret('***')
        >>> password.reveal()
        'hunter2'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"a secret is a text, not {type(value).__name__}")
        self._value: Callable[[], str] = _hidden(value)

    @classmethod
    def of(cls, value: Secret | str) -> Secret:
        """Return `value` itself if it is a secret already, else wrapped in one."""
        return value if isinstance(value, Secret) else cls(value)

    def reveal(self) -> str:
        """Return the text itself."""
        return self._value()

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self._value() == other._value()

    def __hash__(self) -> int:
        return hash((Secret, self._value()))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (Secret, ("",))


def _hidden(value: str) -> Callable[[], str]:
    # A closure, not an attribute: debuggers that print the locals of a frame, `vars` and `attrs.asdict` show objects by
    # repr or walk their attributes; a closure gives them nothing to walk into.
    def revealed() -> str:
        return value

    return revealed


def is_whole_text(secret: Secret) -> bool:
    """Tell whether a secret can be written as UTF-8; Python's own error about one that can't would show it."""
    try:
        secret.reveal().encode()
    except UnicodeEncodeError:
        return False
    return True


def reveal(value: Secret | str) -> str:
    """Return the text of a :class:`Secret`, or the text itself."""
    return value.reveal() if isinstance(value, Secret) else value


class Redactor:
    """Removes secrets from texts: the values it was told, and whatever stands behind a secret name.

    Example:
        >>> redactor = Redactor()
        >>> redactor.add(Secret("abc123def"))
        >>> redactor("POST /api?token=zzz&id=1 abc123def")
        'POST /api?token=***&id=1 ***'
    """

    #: Shorter values would blacken half of an ordinary text; they are still hidden behind their names.
    MIN_LENGTH = 6

    def __init__(self, secrets: Iterable[Secret | str] = ()) -> None:
        self._forms: tuple[Secret, ...] = ()
        self.add(*secrets)

    def add(self, *secrets: Secret | str | None) -> None:
        """Tell it further values that must not show. None and empty values are passed over."""
        forms = {Secret(form) for secret in secrets if secret for form in _forms(reveal(secret))}
        longest_first = sorted({*self._forms, *forms}, key=lambda form: len(form.reveal()), reverse=True)
        self._forms = tuple(longest_first)  # one assignment: other threads see the old ones or the new ones

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        for form in self._forms:
            text = text.replace(form.reveal(), MASK)
        return scrub(text)

    def tree(self, value: Any) -> Any:
        """Return a JSON-like value that may be shown, kept and pickled: texts scrubbed, values of secret keys masked.

        Content of files is told by its size; what is neither data nor a number nor a time, by its type.
        """
        if value is None or isinstance(value, (bool, int, float, Decimal, date, timedelta)):
            return value
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {
                key: MASK if str(key).casefold() in SECRET_NAMES else self.tree(inner) for key, inner in value.items()
            }
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.tree(inner) for inner in value]
        if isinstance(value, (bytes, bytearray)):
            return f"<{len(value)} bytes>"
        if isinstance(value, (Secret, Path)):
            return self(str(value))
        return f"<{type(value).__name__}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Redactor, ())


def _forms(value: str) -> set[str]:
    """Return how a value may be written: as it is, in URLs and forms, in JSON, in Python reprs, in HTML."""
    from urllib.parse import quote, quote_plus

    if len(value) < Redactor.MIN_LENGTH:
        return set()
    in_urls = {quote(value, safe, errors="replace") for safe in ("", "/")} | {quote_plus(value, errors="replace")}
    in_json = {json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    return {
        value,
        *in_urls,
        *(re.sub("%..", lambda found: found[0].lower(), form) for form in in_urls),
        *in_json,
        *(form.replace("/", r"\/") for form in in_json),  # as PHP writes it
        repr(value)[1:-1],
        value.translate(_IN_QUOTED_HTML),
        value.translate(_IN_HTML),
    }


def scrub(text: str) -> str:
    """Remove whatever stands behind a secret name (``token=``, ``"password":``, ``Authorization:``) from a text."""
    if "://" in text and "@" in text:
        text = _userinfo().sub(rf"\1{MASK}@", text)
    folded = text.casefold()
    if not any(name in folded for name in SECRET_NAMES):
        return text  # nearly all texts: the patterns below are slow on long ones
    for pattern, written in _substitutions():
        text = pattern.sub(written, text)
    return text


class RedactingFilter(logging.Filter):
    """Rewrites log records so that no secret passes: message, arguments and exception text.

    One filter serves all clients of the process; it holds their redactors weakly.
    """

    def __init__(self) -> None:
        super().__init__()
        self._redactors: tuple[weakref.ref[Redactor], ...] = ()
        self._adding = new_lock()

    def add(self, redactor: Redactor) -> None:
        """Hide the values of this redactor, too."""
        # Only adding is locked: records are made anywhere, in finalizers too, which may run while a lock is held.
        with self._adding:
            self._redactors = (*(ref for ref in self._redactors if ref() is not None), weakref.ref(redactor))

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub the record in place; it is always let through."""
        # The whole message is looked at, because a name may stand in the text and its value among the arguments.
        message = _message_of(record)
        cleaned = self._clean(message)
        if cleaned != message or not all(self._is_clean(value) for value in _arguments_of(record)):
            record.msg, record.args = cleaned, ()
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._clean(record.exc_text)
            record.exc_info = None
        return True

    def _is_clean(self, value: object) -> bool:
        if value is None or isinstance(value, (int, float)):
            return True
        text = str(value)
        return self._clean(text) == text

    def _clean(self, text: str) -> str:
        for ref in self._redactors:
            redactor = ref()
            if redactor is not None:
                text = redactor(text)
        return scrub(text)


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - text and arguments don't fit: logging would print both to the terminal, as they are
        return f"{record.msg} {record.args}"


def _arguments_of(record: logging.LogRecord) -> Iterable[object]:
    return record.args.values() if isinstance(record.args, Mapping) else record.args or ()


_FILTER = RedactingFilter()
#: Loggers below ours that print URLs, hosts with ports, or exceptions holding them.
_FILTERED_LOGGERS = (
    "kwork_etxt_sdk",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util.retry",
    "requests",
    "requests.sessions",
    "charset_normalizer",
)


def protect_logs(redactor: Redactor) -> None:
    """Hide this redactor's secrets in our log records and in those of urllib3 and requests.

    Called when a client is made, never at import: importing the package changes nothing in the process.
    """
    _FILTER.add(redactor)
    for name in _FILTERED_LOGGERS:
        logger = logging.getLogger(name)
        if _FILTER not in logger.filters:
            logger.addFilter(_FILTER)
