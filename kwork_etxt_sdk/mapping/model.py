"""What every model can do: keep unknown fields, turn into plain data, show itself in short.

A model is a frozen, slotted class. Its fields say under which names the services send them::

    @model
    class Task(Model):
        task_id: int = wire("id")
        \"\"\"Order id.\"\"\"
        price: Decimal | None = wire(default=None)
        \"\"\"Full price, roubles.\"\"\"
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast, overload

import attrs

from kwork_etxt_sdk.mapping.show import model_html, short_repr

if TYPE_CHECKING:
    from typing_extensions import Self

if sys.version_info >= (3, 11):
    from typing import dataclass_transform
elif TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:  # pragma: no cover - Python 3.10

    def dataclass_transform(**_settings: Any) -> Callable[[Any], Any]:
        """Stand in for ``typing.dataclass_transform``, which says something to type checkers and does nothing."""
        return lambda decorator: decorator


T = TypeVar("T")

#: Where :func:`wire` leaves the names in the attrs metadata of a field.
WIRE_NAMES: Final = "kwork_etxt_sdk.wire_names"

#: Raw data nested deeper than this is passed on by :meth:`Model.to_dict` as it is, rather than walked.
_DEEPEST: Final = 100


@overload
def wire(*names: str, default: T) -> T: ...
@overload
def wire(*names: str, default_factory: Callable[[], T]) -> T: ...
@overload
def wire(*names: str) -> Any: ...
def wire(*names: str, default: Any = attrs.NOTHING, default_factory: Callable[[], Any] | None = None) -> Any:
    """Describe one field of a model.

    Args:
        *names: The names under which the services may send it. The first that is present counts, even if its value
            is ``null``; what comes under the others goes to :attr:`Model.extra` if it differs. Without names it is
            the field's own name.
        default: Its value if it was not sent. A field without a default is required.
        default_factory: Makes that value anew for each instance (``list``, ``dict``).

    Raises:
        TypeError: Both defaults are given, or the default is a list, dict or set that all instances would share.
    """
    if default_factory is not None:
        if default is not attrs.NOTHING:
            raise TypeError("a field has one default: give default or default_factory, not both")
        return attrs.field(factory=default_factory, metadata={WIRE_NAMES: names})
    if isinstance(default, (list, dict, set)):
        raise TypeError(f"all instances would share this {type(default).__name__}: use default_factory")
    return attrs.field(default=default, metadata={WIRE_NAMES: names})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(wire,))
def model(cls: type[T]) -> type[T]:
    """Make a class that inherits from :class:`Model` a model: frozen, slotted, keyword-only.

    ``==``, ``hash`` and ``repr`` come from :class:`Model`, so that making a class stays cheap. There is no weak
    reference slot: the converter needs classes of one simple layout.
    """
    made = attrs.define(
        cls,
        frozen=True,
        slots=True,
        kw_only=True,
        weakref_slot=False,
        auto_attribs=True,
        eq=False,
        order=False,
        repr=False,
    )
    names = tuple(name for name in attrs.fields_dict(cast("type[Model]", made)) if name != "extra")
    made._field_names = names  # type: ignore[attr-defined]
    made._field_values = attrgetter(*names, "extra")  # type: ignore[attr-defined]
    return made


@model
class Model:
    """Base of all models.

    Two models are equal if they are of the same class and all their fields are. They are hashable if all their fields
    are (:attr:`extra` does not count).
    """

    if TYPE_CHECKING:  # attrs adds it; so type checkers let models into `attrs.fields` and the like
        __attrs_attrs__: ClassVar[tuple[attrs.Attribute[Any], ...]]

    _field_names: ClassVar[tuple[str, ...]]
    _field_values: ClassVar[Callable[[Any], Any]]

    extra: dict[str, Any] = attrs.field(factory=dict)
    """Fields that the service sent and this model does not know, under their wire names."""

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Return the names of all fields but :attr:`extra`, in the order of their declaration."""
        return cls._field_names

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; this one stays as it is."""
        changes.setdefault("extra", dict(self.extra))
        copied: Self = cast("Any", attrs.evolve)(self, **changes)
        return copied

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that ``json.dumps`` takes.

        Field names are the keys; times are ISO 8601 text with offset, money is text, codes are their raw values,
        nested models are dicts. :attr:`extra` is there, as it came, only if it is not empty.
        """
        return _plain_model(self, 0)

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        values = type(self)._field_values
        return bool(values(self) == values(other))

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self._field_names)))

    def __repr__(self) -> str:
        return short_repr(self)

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        return model_html(self)

    if not TYPE_CHECKING:  # pragma: no branch - type checkers must go on to report unknown names

        def __getattr__(self, name: str) -> Any:
            """Give an instance made by the converter its empty ``extra`` when it is first asked for.

            Nearly all instances have none; an empty dict in each would cost a tenth of their memory.
            """
            if name != "extra":
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            empty: dict[str, Any] = {}
            object.__setattr__(self, "extra", empty)
            return empty


def _plain_model(item: Model, depth: int) -> dict[str, Any]:
    plain = {name: _plain(getattr(item, name), depth + 1) for name in item.field_names()}
    if item.extra:
        plain["extra"] = _plain(item.extra, depth + 1)
    return plain


def _plain(value: Any, depth: int) -> Any:
    kind = value.__class__
    if value is None or kind is str or kind is int or kind is bool or kind is float:
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Model):
        return _plain_model(value, depth)
    if depth > _DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {_plain(key, depth + 1): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner, depth + 1) for inner in value]
    return value
