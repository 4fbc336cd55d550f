"""Where a secret of a profile is kept: in the file itself, with another program, or in the keyring of the system."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Final, Literal, Protocol

import attrs

from kwork_etxt_sdk.errors import ConfigurationError, MissingExtraError
from kwork_etxt_sdk.redaction import Secret

#: Longest run of a command, in seconds: a person may have to type a passphrase meanwhile.
PATIENCE: Final = 60.0
Kind = Literal["environment", "file", "command", "keyring"]


class Source(Protocol):
    """Brings a secret when it is needed."""

    @property
    def kind(self) -> Kind:
        """What kind of place it is."""

    @property
    def label(self) -> str:
        """Where it is said, for people: ``"token in [work.etxt] of /home/me/profiles.toml"``."""

    def fetch(self) -> Secret:
        """Return the secret.

        Raises:
            ConfigurationError: It can't be had; the message says why, and shows nothing of it.
        """


@attrs.frozen
class Known:
    """A secret that is at hand.

    Attributes:
        label: Where it stood.
        value: The secret.
        kind: What kind of place that is.
    """

    label: str
    value: Secret
    kind: Kind = "file"

    def fetch(self) -> Secret:
        """Return the secret."""
        return self.value


@attrs.frozen
class FromCommand:
    """The first line of what a program prints. It is run without a shell, and without input.

    Attributes:
        label: Where it is said.
        command: Program and arguments.
        folder: Where the program is run, which is never the folder the user happens to be in.
        patience: Longest run, in seconds.
    """

    kind: ClassVar[Kind] = "command"
    label: str
    command: tuple[str, ...] = attrs.field(repr=lambda command: repr(command[:1]))
    folder: Path
    patience: float = PATIENCE

    def fetch(self) -> Secret:
        """Run the program and return the secret."""
        found = _first_line(self)
        if isinstance(found, Secret):
            return found
        raise ConfigurationError(
            f"{self.label}: {self.command[0]!r} {found}",
            hint="Run it by hand to see what it says; it is not shown here.",
        )


def _first_line(source: FromCommand) -> Secret | str:
    """Return the secret, or what went wrong; raises nothing, so that nothing of the output can show."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - what the user's own profile names, without a shell
            source.command,
            cwd=next(filter(Path.is_dir, (source.folder, *source.folder.parents))),  # it may not be made yet
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=source.patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"was not done after {source.patience:g} s."
    except OSError as failure:
        return f"can't be run: {failure.strerror or type(failure).__name__}."
    except ValueError:
        return "can't be run: it holds a character that no command can."
    if done.returncode != 0:
        return f"ended with status {done.returncode}."
    try:
        line = done.stdout.partition(b"\n")[0].removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        return "printed something that is no UTF-8 text."
    return Secret(line) if line else "printed nothing in its first line."


@attrs.frozen
class FromKeyring:
    """A password in the keyring of the system (extra ``keyring``).

    Attributes:
        label: Where it is said.
        service: Name of the service in the keyring.
        username: Name of the user there.
    """

    kind: ClassVar[Kind] = "keyring"
    label: str
    service: str
    username: str

    def fetch(self) -> Secret:
        """Ask the keyring for the secret."""
        found = _from_keyring(self)
        if isinstance(found, Secret):
            return found
        raise ConfigurationError(f"{self.label}: {found}")

    def store(self, value: Secret) -> None:
        """Put a secret into the keyring.

        Raises:
            ConfigurationError: The keyring does not take it.
        """
        problem = _changed(self, value)
        if problem:
            raise ConfigurationError(f"{self.label}: {problem}")

    def delete(self) -> None:
        """Remove the secret from the keyring; that there is none is fine.

        Raises:
            ConfigurationError: The keyring does not let it go.
        """
        problem = _changed(self, None)
        if problem:
            raise ConfigurationError(f"{self.label}: {problem}")


def _from_keyring(source: FromKeyring) -> Secret | str:
    keyring = _keyring()
    try:
        value = keyring.get_password(source.service, source.username)
    except Exception as failure:  # noqa: BLE001 - backends raise what they like, and nobody knows what it quotes
        return _refused(failure)
    if not value:
        return f"the keyring has nothing for {source.username!r} of {source.service!r}."
    return Secret(value)


def _changed(source: FromKeyring, value: Secret | None) -> str:
    """Store or delete; return what went wrong, or nothing."""
    keyring = _keyring()
    try:
        if value is not None:
            keyring.set_password(source.service, source.username, value.reveal())
        elif keyring.get_password(source.service, source.username) is not None:
            keyring.delete_password(source.service, source.username)
    except Exception as failure:  # noqa: BLE001 - as above
        return _refused(failure)
    return ""


def _refused(failure: Exception) -> str:
    return f"the keyring refused ({type(failure).__name__}); see whether it is unlocked: python -m keyring diagnose"


def _keyring() -> ModuleKeyring:
    try:
        import keyring
    except ImportError:
        problem = (
            "secrets in the keyring need the package keyring; install it with: pip install 'kwork-etxt-sdk[keyring]'"
        )
    else:
        return keyring
    raise MissingExtraError(problem)


class ModuleKeyring(Protocol):
    """What is used of the package keyring."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """Return a password, or None."""

    def set_password(self, service_name: str, username: str, password: str) -> None:
        """Store a password."""

    def delete_password(self, service_name: str, username: str) -> None:
        """Delete a password."""
