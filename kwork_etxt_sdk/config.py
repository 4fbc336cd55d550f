"""Where settings come from: arguments, then the environment, then a profile, then defaults. Never the current folder.

A profile that was named by an argument comes before the environment: who names an account means that account.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import attrs

from kwork_etxt_sdk.credentials import Known, Source
from kwork_etxt_sdk.errors import ConfigurationError, MissingExtraError
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.profiles import CONFIG_VARIABLE, SECRETS, ProfileFile, SiteProfile
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.store import DEFAULT_PROFILE, session_path

if TYPE_CHECKING:
    from kwork_etxt_sdk.etxt.client import EtxtClient
    from kwork_etxt_sdk.kwork.client import KworkClient

__all__ = ["open_client"]

#: Names the profile that stands below the variables of the environment.
PROFILE_VARIABLE: Final = "KWORK_ETXT_PROFILE"
#: Variables of the environment by site and setting.
VARIABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "etxt": {"token": "ETXT_TOKEN", "api_pass": "ETXT_API_PASS", "base_url": "ETXT_BASE_URL"},
    "kwork": {
        "token": "KWORK_TOKEN",
        "login": "KWORK_LOGIN",
        "password": "KWORK_PASSWORD",
        "app_authorization": "KWORK_APP_AUTHORIZATION",
        "wire": "KWORK_WIRE",
        "base_url": "KWORK_BASE_URL",
    },
}
#: Names of sign-ins with name and password of the environment begin so; they belong to no profile.
SESSION_OF_ENVIRONMENT: Final = "env-"
#: What a client can't do without, unless a token or a kept sign-in stands in for it (Kwork).
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {"etxt": ("token", "api_pass"), "kwork": ("login", "password")}
#: What says whose account it is. A sign-in of a profile does not stand in for that of another account.
_WHO: Final = ("token", "login")


def environment_value(site: str, name: str) -> str | None:
    """Return what the environment says of a setting that is no secret, None if it says nothing."""
    found = _environment_text(VARIABLES[site][name])
    if isinstance(found, Secret):
        return found.reveal() or None
    raise found


def environment_secret(site: str, name: str) -> Secret | None:
    """Return a secret of the environment, None if there is none."""
    found = _environment_text(VARIABLES[site][name])
    if isinstance(found, Secret):
        return found or None
    raise found


def _environment_text(variable: str) -> Secret | ConfigurationError:
    """Return what a variable says, or what is wrong with it; raises nothing, so that nothing of it can show."""
    text = os.environ.get(variable, "").strip()
    try:
        text.encode()
    except UnicodeEncodeError:  # Python so passes on bytes that are no text
        return ConfigurationError(f"{variable} in the environment holds bytes that are no text: set it anew")
    return Secret(text)


@attrs.frozen(kw_only=True)
class Settings:
    """What is known of an account before its client is made.

    Attributes:
        site: ``"etxt"`` or ``"kwork"``.
        values: Settings that are no secrets, each of the type that the client takes.
        secrets: Where each secret is; fetched when it is needed.
        origins: Where each setting comes from, for people: ``"ETXT_TOKEN in the environment"``.
        profile: The profile that was looked into, None if none was.
        is_profile_alone: The environment was not asked: an argument named the profile.
        session: Under which name the sign-in to Kwork is kept on disk; None if it is not.
        advice: What to do if something is missing.
    """

    site: str
    values: Mapping[str, Any]
    secrets: Mapping[str, Source]
    origins: Mapping[str, str]
    profile: str | None = None
    is_profile_alone: bool = False
    session: str | None = None
    advice: str = ""

    def secret(self, name: str) -> Secret | None:
        """Return a secret, None if it is not set up.

        Raises:
            ConfigurationError: It is, and can't be had.
        """
        return self.fetched(name) if name in self.secrets else None

    def fetched(self, name: str) -> Secret:
        """Return a secret that is set up.

        Raises:
            ConfigurationError: It can't be had.
        """
        return self.secrets[name].fetch()

    def lacks(self, *names: str) -> list[str]:
        """Return those of the settings that are not set up."""
        return [name for name in names if name not in self.secrets and name not in self.values]

    @property
    def account(self) -> str | None:
        """The profile whose account it is; None if the environment says whose it is."""
        is_other = any(name in VARIABLES[self.site] and self._is_of_environment(name) for name in _WHO)
        return None if is_other else self.profile

    def _is_of_environment(self, name: str) -> bool:
        return self.origins.get(name, "") == f"{VARIABLES[self.site][name]} in the environment"

    @property
    def is_complete(self) -> bool:
        """Whether a client can be made: everything it needs is set up, whether or not it is right."""
        if self.site == "etxt":
            return not self.lacks(*NEEDED["etxt"])
        kept = self.session is not None and session_path("kwork", self.session).exists()
        return kept or "token" in self.secrets or not self.lacks(*NEEDED["kwork"])

    def incomplete(self, *names: str) -> ConfigurationError:
        """Return the error that says what is missing and how to set it up."""
        if self.is_profile_alone:
            return ConfigurationError(f"the profile {self.profile!r} has no {' and no '.join(names)}: {self.advice}")
        variables = " and ".join(VARIABLES[self.site][name] for name in names)
        return ConfigurationError(f"set {variables} in the environment, or {self.advice}")

    def arguments(self, overrides: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments of the client's constructor: those given, and below them what both clients take.

        Args:
            overrides: Arguments by name; None means not given. ``options`` without a cap on spending get the profile's.
        """
        given = {name: value for name, value in overrides.items() if value is not None}
        names = ("base_url", "timeout", "verify", "limits")
        found = {name: self.values[name] for name in names if name in self.values}
        if "journal" in self.values and "journal" not in given:
            from kwork_etxt_sdk.transport.journal import Journal

            found["journal"] = Journal(self.values["journal"])
            found["journal"].close()  # it opens again with the first call that needs it, which most clients never make
        if "proxy" in self.secrets and "proxy" not in given:
            found["proxy"] = self.fetched("proxy")
        cap = CallOptions(max_spend=self.values["max_spend"]) if "max_spend" in self.values else DEFAULT
        return {**found, **given, "options": given.get("options", DEFAULT).over(cap)}


def environment_settings(site: str) -> Settings:
    """Return what the environment says; below it, the profile that ``KWORK_ETXT_PROFILE`` names.

    Raises:
        ConfigurationError: The profile is not there, or something in it is wrong.
    """
    named = os.environ.get(PROFILE_VARIABLE, "").strip()
    if not named:
        return _merged(site, None, advice=f"name a profile in {PROFILE_VARIABLE}")
    below = _named_profile(site, named, f"{PROFILE_VARIABLE} names the profile {named!r}")
    return _merged(site, below, advice=_to_log_in(site, below))


def profile_settings(site: str, name: str) -> Settings:
    """Return what a profile says.

    Only what names the app to Kwork, and belongs to no account, may come from the environment (`app_authorization`).

    Raises:
        ConfigurationError: The profile is not there, or something in it is wrong.
    """
    profile = _named_profile(site, name, f"the profile {name!r} was asked for")
    secrets = dict(profile.secrets)
    if site == "kwork" and "app_authorization" not in secrets:
        secrets.update(_secrets_of_environment(site, ("app_authorization",)))
    return Settings(
        site=site,
        values=profile.values,
        secrets=secrets,
        origins=_origins(profile.values, secrets, profile),
        profile=name,
        is_profile_alone=True,
        session=name,
        advice=_to_log_in(site, profile),
    )


def settings_for(site: str, profile: str | None = None) -> Settings:
    """Return what is known of an account, as the command line looks for it.

    A profile that is named here counts alone. Otherwise it is the environment; below it the profile that
    ``KWORK_ETXT_PROFILE`` names, or else the one named ``default``, if there is one.

    Raises:
        ConfigurationError: The profile is not there, or something in it is wrong.
    """
    if profile is not None:
        return profile_settings(site, profile)
    if os.environ.get(PROFILE_VARIABLE, "").strip():
        found = environment_settings(site)
    else:
        below = _default_profile(site)
        found = _merged(site, below, advice=f"run: kwork-etxt login {site}")
        _check_address(found, below)
    if found.session is None and "login" in found.values:
        # A program that runs often must not sign in each time: that brings captchas and bans.
        account = f"{found.values['login']} {found.values.get('base_url', '')}"
        session = f"{SESSION_OF_ENVIRONMENT}{hashlib.sha256(account.encode()).hexdigest()[:12]}"
        found = attrs.evolve(found, session=session)
    return found


def _check_address(found: Settings, below: SiteProfile | None) -> None:
    """Refuse to send an account of the environment to an address that nobody named together with it."""
    is_anothers = below is not None and any(name in below.values or name in below.secrets for name in _WHO)
    if below is None or not is_anothers or found.account is not None or "base_url" not in below.values:
        return
    variables = VARIABLES[found.site]
    if environment_value(found.site, "base_url") is None:
        who = " and ".join(variables[name] for name in _WHO if name in variables and found._is_of_environment(name))
        raise ConfigurationError(
            f"{who} in the environment says whose account it is, and the profile {below.profile!r} of {below.path} has "
            f"a base_url, which may be that of another account. Set {variables['base_url']} as well, or "
            f"{PROFILE_VARIABLE}={below.profile} if they belong together"
        )


@overload
def open_client(site: Literal["etxt"], *, profile: str | None = ..., **overrides: Any) -> EtxtClient: ...
@overload
def open_client(site: Literal["kwork"], *, profile: str | None = ..., **overrides: Any) -> KworkClient: ...
@overload
def open_client(site: str, *, profile: str | None = ..., **overrides: Any) -> EtxtClient | KworkClient: ...
def open_client(site: str, *, profile: str | None = None, **overrides: Any) -> EtxtClient | KworkClient:
    """Return the client for an account, found as the command line finds it (:func:`settings_for`).

    Args:
        site: ``"etxt"`` or ``"kwork"``.
        profile: Name of a profile; the environment is then not looked at.
        overrides: Keyword arguments of ``from_profile`` that come before everything else; None means not given.

    Raises:
        ConfigurationError: Nothing is set up (the message names both ways), or something is wrong.
    """
    # By way of the package, which loads names on first use: this room lies below those of the clients.
    import kwork_etxt_sdk

    if site not in VARIABLES:
        raise ConfigurationError(f"there are the sites 'etxt' and 'kwork', not {site!r}")
    client: Any = kwork_etxt_sdk.EtxtClient if site == "etxt" else kwork_etxt_sdk.KworkClient
    opened: EtxtClient | KworkClient = client._from_settings(settings_for(site, profile), overrides)
    return opened


def _merged(site: str, below: SiteProfile | None, *, advice: str) -> Settings:
    variables = VARIABLES[site]
    plain = {name: environment_value(site, name) for name in variables if name not in SECRETS[site]}
    values = {name: value for name, value in plain.items() if value is not None}
    secrets = _secrets_of_environment(site, variables)
    is_other = any(name in values or name in secrets for name in _WHO)
    lower_values, lower_secrets = (dict(below.values), dict(below.secrets)) if below else ({}, {})
    if "token" in secrets and site == "kwork":
        # This token is all there is to this account: name and password of the profile may be another's.
        lower_values.pop("login", None)
        lower_secrets.pop("password", None)
    elif "login" in values:
        lower_secrets.pop("token", None)
    merged_values, merged_secrets = {**lower_values, **values}, {**lower_secrets, **secrets}
    return Settings(
        site=site,
        values=merged_values,
        secrets=merged_secrets,
        origins={
            **_origins(merged_values, merged_secrets, below),
            **{name: f"{variables[name]} in the environment" for name in values},
        },
        profile=below.profile if below else None,
        session=below.profile if below and site == "kwork" and not is_other else None,
        advice=advice,
    )


def _secrets_of_environment(site: str, names: Iterable[str]) -> dict[str, Source]:
    found = {name: environment_secret(site, name) for name in names if name in SECRETS[site]}
    return {
        name: Known(f"{VARIABLES[site][name]} in the environment", secret, "environment")
        for name, secret in found.items()
        if secret is not None
    }


def _origins(values: Mapping[str, Any], secrets: Mapping[str, Source], profile: SiteProfile | None) -> dict[str, str]:
    where = f" in [{profile.profile}.{profile.site}] of {profile.path}" if profile else ""
    return {
        **{name: f"{name}{where}" for name in values},
        **{name: source.label for name, source in secrets.items()},
    }


def _named_profile(site: str, name: str, reason: str) -> SiteProfile:
    """Return a profile that somebody named: a slip in its name must not pass, a cap on spending may stand in it."""
    kept = session_path("kwork", name)  # refuses what is no name
    file = ProfileFile()
    if file.holds(name) or kept.exists():
        return file.site(name, site)
    there = (
        f"it has {', '.join(file.names)}" if file.names else "it has none" if file.exists else "there is no such file"
    )
    raise ConfigurationError(
        f"{reason}, and {file.path} has no such profile ({there}). Run: kwork-etxt login {site} --profile {name}"
    )


def _default_profile(site: str) -> SiteProfile | None:
    try:
        file = ProfileFile()
    except MissingExtraError:
        if os.environ.get(CONFIG_VARIABLE):
            raise
        return None  # without the extra nobody can have written one, and the environment may say everything
    if file.holds(DEFAULT_PROFILE, site) or (site == "kwork" and session_path(site, DEFAULT_PROFILE).exists()):
        return file.site(DEFAULT_PROFILE, site)
    return None


def _to_log_in(site: str, profile: SiteProfile) -> str:
    command = f"kwork-etxt login {site} --profile {profile.profile}"
    return f"set it up in [{profile.profile}.{site}] of {profile.path}: {command}"
