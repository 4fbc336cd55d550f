"""Plain data in, models out, by strict rules; what does not fit is told with its path."""

from __future__ import annotations

import threading
import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, Union, overload

from kwork_etxt_sdk.forks import new_lock, renew_after_fork
from kwork_etxt_sdk.mapping import rules
from kwork_etxt_sdk.mapping.extras import Extras
from kwork_etxt_sdk.mapping.fields import Field, detailed_reader, field_types, own_attributes
from kwork_etxt_sdk.mapping.generate import fast_reader
from kwork_etxt_sdk.mapping.model import Model
from kwork_etxt_sdk.mapping.problems import MOST_PROBLEMS, MappingError, Problems
from kwork_etxt_sdk.mapping.records import BadItem, Records

if TYPE_CHECKING:
    from cattrs import Converter as CattrsConverter

T = TypeVar("T")

#: Types for which cattrs has, or had in some version, lenient hooks of its own that come before any factory.
_TYPES_TO_TAKE_OVER: Final = (int, float, bool, str, bytes, Enum)


class _RuleHook:
    """A cattrs hook that carries the rule it was made from."""

    __slots__ = ("rule",)

    def __init__(self, rule: rules.Rule) -> None:
        self.rule = rule

    def __call__(self, value: Any, _wanted: Any = None) -> Any:
        return self.rule.fast(value)


class Converter:
    """Structures plain data (parsed JSON) into models.

    Readers are generated per class when it is first asked for. One converter may be used by many threads.
    """

    def __init__(self) -> None:
        self._cattrs: CattrsConverter | None = None
        self._rules: dict[Any, rules.Rule] = {}
        self._start()
        renew_after_fork(self, Converter._start)

    def _start(self) -> None:
        self._unfinished: dict[Any, rules.Rule] = {}
        # Reentrant: making a model's rule asks for those of its fields.
        self._lock = threading.RLock()

    @property
    def cattrs(self) -> CattrsConverter:
        """The cattrs converter that holds the hooks: register hooks for your own types here, before their first use."""
        with self._lock:
            if self._cattrs is None:
                self._cattrs = self._new_cattrs()
            return self._cattrs

    def _new_cattrs(self) -> CattrsConverter:
        from cattrs import Converter as CattrsConverter  # takes longer than this whole package

        made = CattrsConverter(detailed_validation=False)
        made.register_structure_hook_factory(lambda _wanted: True, lambda wanted: _RuleHook(self._new_rule(wanted)))
        for kind in _TYPES_TO_TAKE_OVER:
            made.register_structure_hook(kind, self._structure_by_rule)
        return made

    def _structure_by_rule(self, value: Any, wanted: Any) -> Any:
        return self.rule_for(wanted).fast(value)

    @overload
    def structure(self, data: Any, cls: type[T], path: str = "$") -> T: ...
    @overload
    def structure(self, data: Any, cls: Any, path: str = "$") -> Any: ...
    def structure(self, data: Any, cls: Any, path: str = "$") -> Any:
        """Return the data as ``cls``: a model, ``list[Model]``, ``dict[str, X]``, a single value, ...

        Args:
            data: Parsed JSON.
            cls: The type wanted.
            path: Where the data stands in the answer, for error texts.

        Raises:
            MappingError: The data doesn't fit; everything found wrong is told at once.
            TypeError: There is no rule for ``cls``.
        """
        rule = self._rules.get(cls) or self.rule_for(cls)
        try:
            return rule.fast(data)
        except Exception:  # noqa: BLE001 - the quick reader raises anything; the thorough one says what it was
            return self._structure_thoroughly(data, rule, path)

    def _structure_thoroughly(self, data: Any, rule: rules.Rule, path: str) -> Any:
        problems = Problems()
        made = None
        try:
            made = rule.detailed(data, path, problems)
        except RecursionError:
            problems.add("nested too deeply", path)
        if problems:
            raise MappingError(problems.told())
        return made

    def structure_items(
        self,
        items: Iterable[tuple[Any, Any]],
        cls: type[T],
        *,
        path_of: Callable[[Any], str] = str,
        bad_items: Literal["raise", "skip", "keep"] = "raise",
    ) -> Records[T]:
        """Return all items as ``cls``.

        Args:
            items: Pairs of an item's place and its data.
            cls: The type of each item.
            path_of: Makes the path of an item that doesn't fit out of its place; left out, the place is the path.
            bad_items: What to do with items that don't fit. ``"raise"``: fail, naming all of them. ``"skip"``: leave
                them out; :attr:`Records.bad_items` names them. ``"keep"``: the same, and keep what was sent there.

        Raises:
            MappingError: Some items don't fit, and ``bad_items`` is ``"raise"``.
            TypeError: There is no rule for ``cls``.
            ValueError: ``bad_items`` is none of the three.
        """
        if bad_items not in ("raise", "skip", "keep"):
            raise ValueError(f"bad_items is 'raise', 'skip' or 'keep', not {bad_items!r}")
        rule = self.rule_for(cls)
        made: Records[T] = Records()
        add = made.append
        for place, raw in items:
            try:
                add(rule.fast(raw))  # looked up each time: a quicker one may have been written meanwhile
            except Exception:  # noqa: BLE001, PERF203 - the quick reader raises anything; the thorough one explains
                path = path_of(place)
                try:
                    add(self._structure_thoroughly(raw, rule, path))
                except MappingError as bad:
                    index = len(made) + len(made.bad_items)
                    kept = raw if bad_items == "keep" else None
                    made.bad_items.append(BadItem(index, path, kept, bad.problems))
        if made.bad_items and bad_items == "raise":
            raise MappingError(_problems_of(made.bad_items))
        return made

    def rule_for(self, wanted: Any) -> rules.Rule:
        """Return how values of a type are read; makes the rule when it is first asked for.

        Raises:
            TypeError: There is none.
        """
        rule = self._rules.get(wanted)
        if rule is None:
            with self._lock:
                rule = self._rules.get(wanted) or self._unfinished.get(wanted)
                if rule is None:
                    rule = self._rules[wanted] = self._find_rule(wanted)
        return rule

    def _find_rule(self, wanted: Any) -> rules.Rule:
        if self._cattrs is None:  # so nobody has registered a hook, and it need not be loaded
            return self._new_rule(wanted)
        hook = self._cattrs.get_structure_hook(wanted)
        if isinstance(hook, _RuleHook):
            return hook.rule
        if hook == self._structure_by_rule:
            return self._new_rule(wanted)
        return rules.foreign(hook, wanted)

    def _new_rule(self, wanted: Any) -> rules.Rule:
        if wanted in rules.SCALARS:
            return rules.SCALARS[wanted]
        if wanted is None:
            return rules.SCALARS[type(None)]
        if _is_subclass(wanted, Enum):
            return rules.enum_of(wanted)
        if _is_subclass(wanted, Model):
            return self._model_rule(wanted)
        return self._rule_with_parts(wanted)

    def _rule_with_parts(self, wanted: Any) -> rules.Rule:
        origin = typing.get_origin(wanted) or wanted
        parts = typing.get_args(wanted)
        if origin is list:
            return rules.list_of(self.rule_for(parts[0] if parts else Any))
        if origin is dict:
            key, element = parts or (str, Any)
            if key not in rules.SCALARS and not _is_subclass(key, Enum):
                raise TypeError(f"the keys of {wanted} can't be read: they are text on the wire")
            return rules.dict_of(self.rule_for(key), self.rule_for(element))
        if origin is Union or origin is types.UnionType:
            others = [part for part in parts if part is not type(None)]
            if len(others) == 1 and len(parts) > 1:
                return rules.optional(self.rule_for(others[0]))
        raise TypeError(
            f"there is no rule for {wanted}: use a model, list, dict, str, int, float, bool, Decimal, datetime, date, "
            "an enum, Any, or one of them `| None`; or register a hook on `default_converter().cattrs`"
        )

    def _model_rule(self, cls: type[Model]) -> rules.Rule:
        with self._lock:
            # A model may contain itself: until its rule is finished, others get one that looks it up when it is used.
            self._unfinished[cls] = _model_shaped(
                lambda value: self.rule_for(cls).fast(value),
                lambda value, path, problems: self.rule_for(cls).detailed(value, path, problems),
            )
            try:
                types_of_fields = field_types(cls)
                fields = tuple(
                    Field(attribute, self.rule_for(types_of_fields[attribute.name]))
                    for attribute in own_attributes(cls)
                )
                extras = Extras(cls.__name__, fields)
                name = f"model_{id(cls)}"
                rule = _model_shaped(
                    rules.not_ready,
                    detailed_reader(cls, fields, extras),
                    shortcuts=(("kind is dict", f"{name}.fast(value)"),),
                )
                rule.names[name] = rule
                rule.fast = fast_reader(cls, fields, extras, prefer=partial(setattr, rule, "fast"))
                return rule
            finally:
                del self._unfinished[cls]


def _model_shaped(fast: rules.FastReader, detailed: rules.DetailedReader, **shortcuts: Any) -> rules.Rule:
    return rules.Rule(fast, detailed, stands_for_none=_is_no_object, **shortcuts)


def _is_subclass(wanted: Any, base: type) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, base)


def _is_no_object(value: Any) -> bool:
    """Tell whether PHP wrote "no object": an empty array, empty text or false."""
    return value is False or (value.__class__ is list and not value) or (value.__class__ is str and not value)


def _problems_of(bad: list[BadItem]) -> tuple[str, ...]:
    told = tuple(problem for item in bad for problem in item.problems)
    if len(told) <= MOST_PROBLEMS:
        return told
    return (*told[:MOST_PROBLEMS], f"... and {len(told) - MOST_PROBLEMS} more problems")


_default: Converter | None = None
_default_lock: Final = new_lock()


def default_converter() -> Converter:
    """Return the converter that this process shares, made when it is first asked for."""
    global _default  # noqa: PLW0603 - one per process is the point
    with _default_lock:
        if _default is None:
            _default = Converter()
        return _default
