"""Profiles: accounts with their settings, in one file that only its owner can read.

The file is TOML, with a table for each account::

    [work.etxt]
    token = "..."
    api_pass_command = ["pass", "show", "etxt"]
    max_spend = 500

    [work.kwork]
    login = "name"
    password_keyring = "kwork/name"
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import attrs

from kwork_etxt_sdk.credentials import Source
from kwork_etxt_sdk.errors import ConfigurationError, MissingExtraError
from kwork_etxt_sdk.profiles.values import VALUES, Problem, meant, shown, source
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.store import is_profile_name

#: Names another file.
CONFIG_VARIABLE: Final = "KWORK_ETXT_CONFIG"
FILE_NAME: Final = "profiles.toml"
SITES: Final = ("etxt", "kwork")
#: Keys whose values are secret, or can hold a password (`proxy`), by site.
SECRETS: Final[Mapping[str, tuple[str, ...]]] = {
    "etxt": ("token", "api_pass", "proxy"),
    "kwork": ("password", "token", "app_authorization", "phone_last", "proxy"),
}
#: What may stand behind the name of a secret, and means that it is kept elsewhere.
ELSEWHERE: Final = ("_command", "_keyring")
#: No profile file is this long, in bytes.
_LONGEST: Final = 1_000_000
#: Nobody but the owner may read or write it.
_OTHERS: Final = 0o077


@attrs.frozen(kw_only=True)
class SiteProfile:
    """What a profile says about one site.

    Attributes:
        profile: Name of the profile.
        site: ``"etxt"`` or ``"kwork"``.
        path: The file.
        values: Settings by name, each of the type that the client takes.
        secrets: Where each secret is.
    """

    profile: str
    site: str
    path: Path
    values: Mapping[str, Any]
    secrets: Mapping[str, Source]


def profile_file() -> Path:
    """Return the path of the profile file: ``KWORK_ETXT_CONFIG``, else ``profiles.toml`` in the user's config folder.

    Raises:
        ConfigurationError: The variable names no full path.
        MissingExtraError: The extra ``cli`` is missing, which knows where the user's config folder is.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        path = Path(named).expanduser()
        if not path.is_absolute():
            raise ConfigurationError(
                f"{CONFIG_VARIABLE} must be a full path, not {named!r}: settings never come from the current folder"
            )
        return path
    try:
        import platformdirs
    except ImportError:
        problem = (
            f"profiles need the package platformdirs; install it with: pip install 'kwork-etxt-sdk[cli]', or name the "
            f"file in {CONFIG_VARIABLE}"
        )
    else:
        return platformdirs.user_config_path("kwork_etxt_sdk", appauthor=False) / FILE_NAME
    raise MissingExtraError(problem)


class ProfileFile:
    """The profile file as it was when it was read. An absent file has no profiles.

    Args:
        path: The file; the user's own if left out.

    Raises:
        ConfigurationError: It can't be read, others can read it, or it is no TOML.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = profile_file() if path is None else path
        text = _content(self.path)
        self.exists = text is not None
        #: Everything in it; parsed again where it is asked, so that no frame holds what is in there.
        self.text = text if text is not None else Secret("")
        names = _names(self.text)
        if isinstance(names, str):
            raise ConfigurationError(f"the profile file {self.path} {names}")
        self.names = names

    def holds(self, profile: str, site: str | None = None) -> bool:
        """Whether there is such a profile, with a table for the site."""
        return profile in self.names and (site is None or site in self.names[profile])

    def site(self, profile: str, site: str) -> SiteProfile:
        """Return what a profile says about a site: nothing, if it has no table for it.

        Raises:
            ConfigurationError: A key is unknown or a value of the wrong type; the message names file, profile and key,
                and shows no value.
        """
        found = _site_profile(self.text, self.path, profile, site)
        if isinstance(found, str):
            raise ConfigurationError(f"the profile file {self.path}, profile {profile!r}: {found}")
        return found

    def __repr__(self) -> str:
        return f"<ProfileFile {self.path}>"


def _content(path: Path) -> Secret | None:
    try:
        with path.open("rb") as file:
            readable = os.fstat(file.fileno()).st_mode & _OTHERS
            if readable and sys.platform != "win32":
                problem = f"can be read or changed by others than you. Run: chmod 600 {path}"
            elif not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                problem = "is no file"
            else:
                content = _text(file.read(_LONGEST + 1))
                if isinstance(content, Secret):
                    return content
                problem = content
    except FileNotFoundError:
        return None
    except OSError as failure:
        problem = f"can't be read: {failure.strerror or type(failure).__name__}"
    raise ConfigurationError(f"the profile file {path} {problem}")


def _text(content: bytes) -> Secret | str:
    """Return the text, or what is wrong with it."""
    if len(content) > _LONGEST:
        return f"is longer than {_LONGEST} bytes"
    try:
        return Secret(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return "is no UTF-8 text"


def _names(text: Secret) -> dict[str, tuple[str, ...]] | str:
    """Return the sites of each profile, or what is wrong with the file."""
    data = parsed(text)
    if isinstance(data, str):
        return data
    for name, sites in data.items():
        if not isinstance(sites, dict):
            return f"has the key {shown(name)} outside of a profile: it belongs below a line such as [work.etxt]"
        if not is_profile_name(name):
            return f"names a profile {shown(name)}: a name has up to 64 letters, digits, '_', '.' and '-'"
    return {name: tuple(site for site in SITES if site in sites) for name, sites in data.items()}


def parsed(text: Secret) -> dict[str, Any] | str:
    """Return the tables of a TOML text, or what is wrong with it; says where, and shows nothing of it."""
    loads = _toml_loads()
    try:
        return loads(text.reveal(), parse_float=Decimal)
    except RecursionError:
        return "is nested too deeply"
    except ValueError as failure:
        place = re.search(r"\((at line \d+, column \d+)\)|\((at end of document)\)", str(failure))
        return f"is no TOML{': look ' + (place[1] or place[2]) if place else ''}"


def _toml_loads() -> Callable[..., dict[str, Any]]:
    name = "tomllib" if sys.version_info >= (3, 11) else "tomli"
    try:
        loads: Callable[..., dict[str, Any]] = import_module(name).loads
    except ImportError:
        problem = f"profiles need the package {name}; install it with: pip install 'kwork-etxt-sdk[cli]'"
    else:
        return loads
    raise MissingExtraError(problem)


def _site_profile(text: Secret, path: Path, profile: str, site: str) -> SiteProfile | str:
    """Return what a profile says, or what is wrong with it; raises nothing, so that nothing in it can show."""
    data = parsed(text)
    tables = data.get(profile, {}) if isinstance(data, dict) else {}
    unknown = next((name for name in tables if name not in SITES), None)
    if unknown is not None:
        below = f"keys stand below [{profile}.etxt] or [{profile}.kwork]"
        return f"unknown key {shown(unknown)}{meant(unknown, SITES)}; {below}"
    table = tables.get(site, {})
    if not isinstance(table, dict):
        return f"{site} must be a table: write [{profile}.{site}] above its keys"
    where = f"[{profile}.{site}] of {path}"
    values: dict[str, Any] = {}
    secrets: dict[str, Source] = {}
    key = ""
    try:
        for key, value in table.items():
            name = key.removesuffix("_command").removesuffix("_keyring")
            if name in secrets:
                return f"{site}.{name} is there twice: give one of {name}, {name}_command and {name}_keyring"
            if name in SECRETS[site]:
                secrets[name] = source(key, value, f"{key} in {where}", path.parent)
            elif key in VALUES[site]:
                values[key] = VALUES[site][key](value, path.parent)
            else:
                return f"unknown key {site}.{shown(key)}{meant(key, [*SECRETS[site], *VALUES[site]])}"
    except Problem as problem:
        return f"{site}.{key} {problem}"
    return SiteProfile(profile=profile, site=site, path=path, values=values, secrets=secrets)
