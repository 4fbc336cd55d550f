"""The texts beside the database: files that only their owner can read, whole or not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.sync.shape import text
from kwork_etxt_sdk.whole_file import whole_file

_FOLDER: Final = 0o700
_ENDING: Final = re.compile(r"[A-Za-z0-9]{1,8}")


class TextFolder:
    """The folder beside a mirror: ``orders.db`` has ``orders.files``.

    Args:
        database: The file of the mirror.
    """

    def __init__(self, database: Path) -> None:
        self.path = database.with_suffix(".files")
        if self.path == database:
            raise ConfigurationError(f"{database} is the name of the folder for texts.", hint="Name it differently.")

    def write(self, name: str, content: bytes | str) -> int:
        """Write a file, in place of an older one; return its size in bytes.

        Raises:
            ConfigurationError: It can't be written.
        """
        data = text(content).encode() if isinstance(content, str) else content
        path = self.path / name
        try:
            # One by one: only the last of several would be closed to others.
            for folder in reversed(Path(name).parents):
                (self.path / folder).mkdir(mode=_FOLDER, exist_ok=True)
            try:
                _write(path, data)
            except FileNotFoundError:  # another run has tidied up: it does so once, when it begins
                _write(path, data)
        except OSError as failure:
            raise ConfigurationError(f"the file {path} can't be written: {failure.strerror or failure}") from None
        return len(data)

    def tidy(self) -> None:
        """Remove what a run that was killed had begun to write."""
        for part in self.path.glob("*/*/.*.part"):
            part.unlink(missing_ok=True)
        for part in self.path.glob("*/.*.part"):
            part.unlink(missing_ok=True)

    def size(self, name: str) -> int | None:
        """Return the size of a file in bytes; None if there is none."""
        try:
            return (self.path / name).stat().st_size
        except OSError:
            return None


def _write(path: Path, data: bytes) -> None:
    with whole_file(path, private=True, durable=True) as file:
        file.write(data)


def ending(name: str | None, fallback: str = "txt") -> str:
    """Return a file name's ending from what the service calls the type of a document."""
    last = (name or "").rpartition(".")[2].strip()
    return last.lower() if _ENDING.fullmatch(last) else fallback
