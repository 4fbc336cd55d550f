"""What a service sent and no field of the model holds.

New fields appear on the services' side without notice, and then in every item. So their names are remembered, and the
next item is only asked for those; the keys left unaccounted for (``surplus``) tell whether that was all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kwork_etxt_sdk.mapping.drift import DRIFT, FieldsNote, fields_note
from kwork_etxt_sdk.mapping.problems import WrongValueError

if TYPE_CHECKING:
    from kwork_etxt_sdk.mapping.fields import Field

#: How many names are remembered, and how long those of one item may be together, in characters.
_MOST_REMEMBERED: Final = 64
_LONGEST_REMEMBERED: Final = 4096


class Extras:
    """Collects the unknown fields of one model.

    A second name of a field that was read under its first is kept too if its value differs, because it may say more;
    but it is no news.
    """

    __slots__ = ("_known", "_owner", "_remembered", "_with_second_names")

    def __init__(self, owner: str, fields: tuple[Field, ...]) -> None:
        self._owner = owner
        self._known = frozenset(name for field in fields for name in field.wire_names)
        self._with_second_names = tuple(field for field in fields if len(field.wire_names) > 1)
        # Names and their note stand in one tuple, so that another thread replaces both or neither.
        self._remembered: tuple[tuple[str, ...], FieldsNote] = ((), fields_note(owner, ()))

    def is_known(self, name: str) -> bool:
        """Tell whether a field may come under this name."""
        return name in self._known

    def collect(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what no field holds, looking at every key."""
        return {**self._unknown(data), **self._second_values(data)[1]}

    def collect_quickly(self, data: dict[str, Any], surplus: int) -> dict[str, Any]:
        """Return the same, looking at every key only if something changed, and let :data:`DRIFT` know.

        Args:
            data: What the service sent.
            surplus: How many keys of it no field has read; a negative number if nobody counted.
        """
        names, note = self._remembered
        extra: dict[str, Any] = {}
        for name in names:
            if name in data:
                extra[name] = data[name]
        if len(extra) == surplus:
            DRIFT.count_fields(note if surplus == len(names) else (self._owner, tuple(extra)))
            return extra
        count, second_values = self._second_values(data)
        if len(extra) + count != surplus:
            extra = self._unknown(data)
            self._remember(extra)
        if extra:
            DRIFT.count_fields(fields_note(self._owner, tuple(extra)))
        extra.update(second_values)
        return extra

    def _unknown(self, data: dict[str, Any]) -> dict[str, Any]:
        unknown = {name: value for name, value in data.items() if name not in self._known}
        if not all(name.__class__ is str for name in unknown):
            raise WrongValueError("text as field name")
        return unknown

    def _second_values(self, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return how many second names are present, and the values of those that differ from the first."""
        count = 0
        different = {}
        for field in self._with_second_names:
            present = [name for name in field.wire_names if name in data]
            for name in present[1:]:
                count += 1
                if data[name] != data[present[0]]:
                    different[name] = data[name]
        return count, different

    def _remember(self, unknown: dict[str, Any]) -> None:
        if len(unknown) > _MOST_REMEMBERED or sum(map(len, unknown)) > _LONGEST_REMEMBERED:
            return
        # What was remembered stays while there is room: items of one page may have different unknown fields.
        names = tuple(dict.fromkeys((*self._remembered[0], *unknown)))
        if len(names) > _MOST_REMEMBERED:
            names = tuple(unknown)
        self._remembered = (names, fields_note(self._owner, names))
