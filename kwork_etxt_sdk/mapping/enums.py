"""Open enums: codes that the services may extend at any time.

The classic way for a client to break is a new status: a closed enum fails on it, and the whole page with it. Here an
unknown code passes: it keeps its raw value and says that it is unknown.
"""

from __future__ import annotations

from enum import Enum
from typing import Any


class OpenEnum(Enum):
    """What :class:`OpenIntEnum` and :class:`OpenStrEnum` share."""

    @property
    def is_known(self) -> bool:
        """Whether this SDK knows the code; if not, ``value`` is what the service sent."""
        return self._name_ in type(self)._member_map_

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}.{self._name_}" if self.is_known else f"{name}({self._value_!r})"

    def __str__(self) -> str:
        return str(self._value_)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return (type(self), (self._value_,))

    def __copy__(self) -> OpenEnum:
        return self

    def __deepcopy__(self, _memo: Any) -> OpenEnum:
        return self


class OpenIntEnum(int, OpenEnum):
    """Base of enums whose codes are integers.

    Example:
        >>> class TaskStatus(OpenIntEnum):
        ...     IN_WORK = 3
        >>> TaskStatus(3), TaskStatus(99), TaskStatus(99).is_known
        (TaskStatus.IN_WORK, TaskStatus(99), False)
    """

    __hash__ = int.__hash__

    def __format__(self, spec: str) -> str:
        return int.__format__(self, spec)

    @classmethod
    def _missing_(cls, value: object) -> OpenIntEnum | None:
        if type(value) is not int:
            return None
        unknown = int.__new__(cls, value)
        unknown._name_ = f"UNKNOWN_{value}" if value.bit_length() <= 64 else "UNKNOWN"  # noqa: PLR2004 - no book as a name
        unknown._value_ = value
        return unknown


class OpenStrEnum(str, OpenEnum):
    """Base of enums whose codes are texts; see :class:`OpenIntEnum`."""

    __hash__ = str.__hash__

    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec)

    @classmethod
    def _missing_(cls, value: object) -> OpenStrEnum | None:
        if type(value) is not str:
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = f"UNKNOWN_{value[:40]}"
        unknown._value_ = value
        return unknown
