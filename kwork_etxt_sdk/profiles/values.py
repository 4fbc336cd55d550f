"""What the keys of a profile may hold, and what the client gets for it. Nothing here shows a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from kwork_etxt_sdk.credentials import FromCommand, FromKeyring, Known, Source
from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.options import Limits, RedisShare, Rule
from kwork_etxt_sdk.redaction import Secret
from kwork_etxt_sdk.transport.address import check_base_url

#: How much of a key that nobody knows is shown, in characters.
_MOST_OF_KEY: Final = 40


class Problem(Exception):  # noqa: N818 - a signal inside this room; the text shows no value
    """A value is not what its key may hold."""


def shown(key: str) -> str:
    """Return a key that nobody knows, fit to be shown."""
    return repr(key if len(key) <= _MOST_OF_KEY else key[:_MOST_OF_KEY] + "...")


def meant(key: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest known key, empty if none is near."""
    from difflib import get_close_matches

    close = get_close_matches(key, known, 1)
    return f" (do you mean {close[0]!r}?)" if close else ""


def source(key: str, value: Any, label: str, folder: Path) -> Source:
    """Return where a secret is, as its key says.

    Raises:
        Problem: The value is not what the key may hold.
    """
    if key.endswith("_command"):
        if not isinstance(value, list) or not value or not all(isinstance(part, str) and part for part in value):
            raise Problem('must be a list of texts: program and arguments, such as ["pass", "show", "etxt"]')
        return FromCommand(label, tuple(value), folder)
    if key.endswith("_keyring"):
        service, _, username = _text(value).rpartition("/")
        if not service or not username:
            raise Problem('must be a text such as "service/username"')
        return FromKeyring(label, service, username)
    return Known(label, Secret(_text(value)))


def _text(value: Any, _folder: Path | None = None) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Problem("must be a text that is not empty, in quotes")
    return value.strip()


def _path(value: Any, folder: Path) -> Path:
    # Beside the file that names it, never in the folder the user happens to be in.
    return folder / Path(_text(value)).expanduser()


def _url(value: Any, _folder: Path) -> str:
    try:
        return check_base_url(_text(value))
    except ConfigurationError as failure:
        problem = failure.message.removeprefix("base_url ")
    raise Problem(problem)


def _wire(value: Any, _folder: Path) -> str:
    if value not in ("app", "documented"):
        raise Problem("must be 'app' or 'documented'")
    return str(value)


def _verify(value: Any, folder: Path) -> bool | str:
    return value if isinstance(value, bool) else str(_path(value, folder))


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not Decimal(value).is_finite():
        raise Problem("must be a number")
    return Decimal(value)


def _seconds(value: Any, _folder: Path) -> float:
    number = float(_number(value))
    if number <= 0:
        raise Problem("must be a positive number of seconds")
    return number


def _roubles(value: Any, _folder: Path) -> Decimal:
    number = _number(value)
    if number < 0:
        raise Problem("must be a number of roubles, 0 or more")
    return number


def _limits(value: Any, folder: Path) -> Limits:
    if value == "off":
        return Limits.off
    if not isinstance(value, dict):
        raise Problem('must be "off" or a table such as { per_second = 0.5, burst = 2 }')
    given: dict[str, Any] = {}
    for name, inner in value.items():
        if name in _BUCKET:
            continue
        if name not in _LIMITS:
            raise Problem(f"has the unknown key {shown(name)}{meant(name, [*_BUCKET, *_LIMITS])}")
        given[name] = _LIMITS[name](inner, folder)
    bucket = {name: value[name] for name in _BUCKET if name in value}
    if bucket:
        given["default"] = _rule({"per_second": 1, "burst": 3, **bucket})
    return Limits(**given)


def _groups(value: Any, _folder: Path) -> dict[str, Rule]:
    if not isinstance(value, dict):
        raise Problem("has groups that are no table such as { messages = { every = 90 } }")
    return {name: _rule(rule) for name, rule in value.items()}


def _yes_or_no(value: Any, _folder: Path) -> bool:
    if not isinstance(value, bool):
        raise Problem("has an adaptive that is neither true nor false")
    return value


def _rule(value: Any) -> Rule:
    known = {"per_second", "burst"} if isinstance(value, dict) and "per_second" in value else {"every"}
    if not isinstance(value, dict) or not value or not value.keys() <= known:
        raise Problem("has a rule that is neither { per_second = 2, burst = 3 } nor { every = 60 } (seconds)")
    try:
        if "every" in value:
            return Rule.every(float(_number(value["every"])))
        return Rule.per_second(float(_number(value["per_second"])), burst=value.get("burst", 1))
    except ConfigurationError:
        pass
    raise Problem("has a rule whose numbers are not positive, or whose burst is no whole number")


def _share(value: Any, _folder: Path) -> str | RedisShare:
    text = _text(value)
    if text in ("process", "machine"):
        return text
    try:
        return RedisShare(text)
    except ConfigurationError:
        pass
    raise Problem("has a share that is neither 'process' nor 'machine' nor the URL of a Redis server")


#: Keys of the rule of all calls.
_BUCKET: Final = ("per_second", "burst")
_LIMITS: Final[Mapping[str, Callable[[Any, Path], Any]]] = {
    "groups": _groups,
    "max_hold": _seconds,
    "share": _share,
    "state_dir": _path,
    "limits_key": _text,
    "adaptive": _yes_or_no,
}
_COMMON: Final[Mapping[str, Callable[[Any, Path], Any]]] = {
    "base_url": _url,
    "timeout": _seconds,
    "max_spend": _roubles,
    "verify": _verify,
    "journal": _path,
    "limits": _limits,
}
#: What turns the value of a key into what the client takes, by site.
VALUES: Final[Mapping[str, Mapping[str, Callable[[Any, Path], Any]]]] = {
    "etxt": _COMMON,
    "kwork": {"login": _text, "wire": _wire, **_COMMON},
}
