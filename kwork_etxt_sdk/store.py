"""Sign-ins on disk: small files that only their owner can read, replaced as a whole.

A file holds what a sign-in brought: token, cookies, the wire and the address they belong to, when they run out, and
what stands for the account. It never holds a password, nor the authorization of the app.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import attrs

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import MappingError, default_converter
from kwork_etxt_sdk.options import DEFAULT_PROFILE as DEFAULT_PROFILE  # noqa: PLC0414 - it belongs to these files, too
from kwork_etxt_sdk.redaction import Secret, reveal
from kwork_etxt_sdk.transport.state_file import STATE_DIR_VARIABLE
from kwork_etxt_sdk.whole_file import whole_file

#: What marks a file as one of these.
KIND: Final = "kwork-etxt-sdk session"
VERSION: Final = 1
#: No session file is this long, in bytes.
_LONGEST: Final = 1_000_000
_PROFILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_AGAIN = "Sign in again and save the session anew."


@attrs.frozen(kw_only=True)
class StoredSession:
    """What a sign-in brought.

    Attributes:
        site: ``"kwork"``.
        wire: ``"app"`` or ``"documented"``.
        base_url: The address the credentials belong to; None for the service's own.
        token: The token.
        cookies: The cookies.
        expires_at: When the token runs out, if the service said so.
        account: What stands for the account, whatever token it has; None if nobody said.
    """

    site: str
    wire: Literal["app", "documented"]
    base_url: str | None
    token: Secret | None
    cookies: Mapping[str, Secret]
    expires_at: datetime | None
    account: str | None = None

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file, readable for its owner only, in place of an earlier one.

        Returns:
            Where it is.

        Raises:
            ConfigurationError: It can't be written.
        """
        return write_private(Path(path), self._text(), "session file")

    def _text(self) -> Secret:
        record = {
            "kind": KIND,
            "version": VERSION,
            "site": self.site,
            "wire": self.wire,
            "base_url": self.base_url,
            "token": self.token.reveal() if self.token else None,
            "cookies": {name: value.reveal() for name, value in self.cookies.items()},
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "account": self.account,
        }
        return Secret(json.dumps(record, ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, site: str) -> StoredSession:
        """Read the file.

        Raises:
            ConfigurationError: There is none, or it is damaged, or it belongs to something else; the message says what
                to do, and shows nothing of the content.
        """
        place = Path(path).expanduser()
        # No variable of a frame through which an error passes holds the content: it would show in tracebacks.
        stored = _read(_content(place), site)
        if isinstance(stored, str):
            raise ConfigurationError(f"the session file {place} {stored}")
        return stored


def session_path(site: str, profile: str = DEFAULT_PROFILE) -> Path:
    """Return the usual place of the session file of a profile.

    It is below ``KWORK_ETXT_STATE_DIR`` if that is set, else in the user's folder for state.

    Raises:
        ConfigurationError: The name of the profile can't be part of a file name.
    """
    if not is_profile_name(profile):
        raise ConfigurationError(f"a profile is named with up to 64 letters, digits, '_', '.' and '-', not {profile!r}")
    return state_directory() / "sessions" / f"{site}-{profile}.json"


def is_profile_name(profile: object) -> bool:
    """Whether a profile can be named so: the name becomes part of the name of a file."""
    return isinstance(profile, str) and _PROFILE.fullmatch(profile) is not None


def state_directory() -> Path:
    """Return the folder for what must outlive a run but is no setting."""
    named = os.environ.get(STATE_DIR_VARIABLE)
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "kwork_etxt_sdk"


def write_private(path: Path, text: str | Secret, what: str) -> Path:
    """Write a file that only its owner can read: under another name first, so that nobody sees half of it.

    Raises:
        ConfigurationError: It can't be written.
    """
    path = path.expanduser()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with whole_file(path, private=True, durable=True) as file:
            file.write(reveal(text).encode())
    except OSError as failure:
        problem = f"the {what} {path} can't be written: {failure.strerror or failure}"
    else:
        return path
    raise ConfigurationError(problem)  # outside of `except`, so that it stands alone


def _content(place: Path) -> Secret:
    try:
        with place.open("rb") as file:
            return Secret(file.read(_LONGEST + 1).decode("utf-8", "replace"))
    except FileNotFoundError:
        problem = f"there is no session file {place}; sign in and call save_session first"
    except OSError as failure:
        problem = f"the session file {place} can't be read: {failure.strerror or failure}"
    raise ConfigurationError(problem)


def _read(content: Secret, site: str) -> StoredSession | str:
    """Return the session, or what is wrong with the file; raises nothing, so that nothing of the content can show."""
    try:
        record = json.loads(content.reveal()) if len(content.reveal()) <= _LONGEST else None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        return f"is damaged: it holds no JSON object. {_AGAIN}"
    if record.get("kind") != KIND or record.get("version") != VERSION:
        return f"is no session file of this version of the SDK. {_AGAIN}"
    if record.get("site") != site:
        return f"belongs to another service than {site}"
    wire, base_url, token, cookies, account = (
        record.get(name) for name in ("wire", "base_url", "token", "cookies", "account")
    )
    if (
        wire not in ("app", "documented")
        or not isinstance(base_url, str | None)
        or not isinstance(token, str | None)
        or not isinstance(account, str | None)
        or not isinstance(cookies, dict)
        or not all(isinstance(value, str) for value in cookies.values())
    ):
        return f"is damaged: a value is missing or of the wrong type. {_AGAIN}"
    try:
        expires_at: datetime | None = default_converter().structure(record.get("expires_at"), datetime | None)
    except MappingError:
        return f"is damaged: the time of expiry can't be read. {_AGAIN}"
    return StoredSession(
        site=site,
        wire=wire,
        base_url=base_url,
        token=Secret(token) if token else None,
        cookies={name: Secret(value) for name, value in cookies.items()},
        expires_at=expires_at,
        account=account,
    )
