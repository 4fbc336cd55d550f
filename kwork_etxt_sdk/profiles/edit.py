"""Changes keys in the profile file and leaves everything else in it as it is, comments included.

The text is changed line by line and then read again: unless it now says exactly what it should, nothing is written.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.profiles.file import SECRETS, ProfileFile, parsed
from kwork_etxt_sdk.redaction import Secret, reveal
from kwork_etxt_sdk.store import is_profile_name, write_private

_Path = tuple[str, ...]
#: A text or a list of texts to write, or None to remove the key.
Changes = Mapping[str, "str | Secret | Sequence[str] | None"]


def edit_profile(file: ProfileFile, profile: str, site: str, changes: Changes) -> ProfileFile:
    """Write or remove keys of one table of the file. It is made if it is not there, for its owner only.

    Where a secret is written, its other spellings (``token_command``, ``token_keyring``) go.

    Args:
        file: The file as it was read.
        profile: Name of the profile.
        site: ``"etxt"`` or ``"kwork"``.
        changes: Texts, or lists of texts, by key; None removes the key.

    Returns:
        The file as it is now.

    Raises:
        ConfigurationError: The name can't be that of a profile, or the file is written in a way that this can't change
            or can't be written to; it is as it was.
    """
    if not is_profile_name(profile):
        raise ConfigurationError(f"a profile is named with up to 64 letters, digits, '_', '.' and '-', not {profile!r}")
    wanted = {key: _written(value) if value is not None else None for key, value in changes.items()}
    changes = {}
    for key, value in list(wanted.items()):
        if value is not None:
            wanted.update(dict.fromkeys(other_spellings(site, key), None))
    text = _edited(file.text, (profile, site), wanted)
    if text is None:
        raise ConfigurationError(
            f"the profile file {file.path} is written in a way that can't be changed safely; it is as it was. Put "
            f"{' and '.join(key for key, value in wanted.items() if value is not None) or 'the change'} below a line "
            f"[{profile}.{site}] yourself"
        )
    # A link (to a folder of settings kept elsewhere, say) stays a link.
    write_private(file.path.resolve(), text, "profile file")
    return ProfileFile(file.path)


def other_spellings(site: str, key: str) -> list[str]:
    """Return the other keys that say where the same secret is."""
    name = key.removesuffix("_command").removesuffix("_keyring")
    spellings = [name, f"{name}_command", f"{name}_keyring"] if name in SECRETS[site] else []
    return [spelling for spelling in spellings if spelling != key]


class _Statement(NamedTuple):
    """Lines of the file that belong together: the header of a table, or a key with its value."""

    start: int
    end: int
    path: _Path
    table: _Path


def _edited(text: Secret, table: _Path, changes: Mapping[str, Secret | None]) -> Secret | None:
    """Return the changed text, None if that can't be done; raises nothing, so that nothing of the text can show."""
    content = text.reveal()
    newline = "\r\n" if "\r\n" in content else "\n"
    lines = content.replace("\r\n", "\n").split("\n")
    end_of_table = None
    drop: set[int] = set()
    for statement in _statements(lines):
        if statement.path[:2] == table and changes.keys() & statement.path[2:3]:
            drop.update(range(statement.start, statement.end))
        if statement.table == table:
            end_of_table = statement.end
    added = [f"{key} = {value.reveal()}" for key, value in changes.items() if value is not None]
    if added and end_of_table is None:
        while lines and not lines[-1].strip():
            lines.pop()
        added = [*([""] if lines else []), f"[{'.'.join(map(_key, table))}]", *added, ""]
        end_of_table = len(lines)
    kept = [[line] if number not in drop else [] for number, line in enumerate([*lines, ""])]
    if end_of_table is not None:
        kept[end_of_table][:0] = added
    changed = "\n".join(line for piece in kept for line in piece)
    changed = changed.removesuffix("\n")
    return Secret(changed.replace("\n", newline)) if _says(changed, content, table, changes) else None


def _says(changed: str, before: str, table: _Path, changes: Mapping[str, Secret | None]) -> bool:
    """Whether the changed text says what the old one did, but for the changes."""
    found, wanted = parsed(Secret(changed)), copy.deepcopy(parsed(Secret(before)))
    if isinstance(found, str) or isinstance(wanted, str):
        return False
    profile, site = table
    keys = wanted.setdefault(profile, {}).setdefault(site, {})
    for key, value in changes.items():
        if value is None:
            keys.pop(key, None)
        else:
            keys.update(_as_dict(parsed(Secret(f"{key} = {value.reveal()}"))))
    return bool(_without_empty(found) == _without_empty(wanted))


def _without_empty(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    inner = {key: _without_empty(value) for key, value in data.items()}
    return {key: value for key, value in inner.items() if value != {}}


def _statements(lines: list[str]) -> Iterator[_Statement]:
    """Yield what the lines say. The text is TOML: where a statement ends is found by reading it."""
    table: _Path = ()
    start = 0
    while start < len(lines):
        begin = lines[start].strip()
        if not begin or begin.startswith("#"):
            start += 1
            continue
        end = start + 1
        while isinstance(found := parsed(Secret("\n".join(lines[start:end]))), str) and end < len(lines):
            end += 1
        path = _path_of(found)
        if begin.startswith("["):
            table = path
            yield _Statement(start, end, (*path, ""), table)
        else:
            yield _Statement(start, end, (*table, *path), table)
        start = end


def _path_of(data: Any) -> _Path:
    """Return the keys that lead to what a statement says."""
    path: list[str] = []
    while isinstance(data, dict) and len(data) == 1:
        ((key, data),) = data.items()
        path.append(key)
    return tuple(path)


def _as_dict(data: dict[str, Any] | str) -> dict[str, Any]:
    return {} if isinstance(data, str) else data


def _key(key: str) -> str:
    return key if "." not in key else _quoted(key)


def _written(value: str | Secret | Sequence[str]) -> Secret:
    """Return a value as TOML writes it."""
    if isinstance(value, (str, Secret)):
        return Secret(_quoted(reveal(value)))
    return Secret(f"[{', '.join(map(_quoted, value))}]")


def _quoted(text: str) -> str:
    # A JSON string is a TOML string, but for one control character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
