"""Rules: how values of one type are read, quickly if all is well and thoroughly if not.

A rule has two readers that agree on every value. The quick one (:attr:`Rule.fast`) returns the value or raises
anything at all. The thorough one (:attr:`Rule.detailed`) is asked only after the quick one has failed: it goes on
after the first problem and says of each where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from kwork_etxt_sdk.mapping import scalars
from kwork_etxt_sdk.mapping.drift import DRIFT
from kwork_etxt_sdk.mapping.enums import OpenIntEnum, OpenStrEnum
from kwork_etxt_sdk.mapping.problems import Problems, WrongValueError, cut, field_path

FastReader = Callable[[Any], Any]
DetailedReader = Callable[[Any, str, Problems], Any]
#: A shortcut in generated code: a condition on ``value`` and its class, ``kind``, and what to store if it holds.
Shortcut = tuple[str, str]


class Rule:
    """How values of one type are read.

    Attributes:
        fast: Returns the value read, or raises.
        detailed: Returns the value read, or adds to the problems and returns something meaningless.
        shortcuts: Code that generated functions try before they call :attr:`fast`.
        names: What the shortcuts refer to.
        stands_for_none: Tells whether a value other than ``null`` means "nothing" where the field is optional.
        nothing: The same as a condition for generated code, of the usual values at least; may be empty.
        is_optional: Whether None may come out.
    """

    __slots__ = ("detailed", "fast", "is_optional", "names", "nothing", "shortcuts", "stands_for_none")

    def __init__(
        self,
        fast: FastReader,
        detailed: DetailedReader,
        *,
        shortcuts: tuple[Shortcut, ...] = (),
        names: dict[str, Any] | None = None,
        stands_for_none: Callable[[Any], bool] = scalars.is_empty_text,
        nothing: str = "",
        is_optional: bool = False,
    ) -> None:
        self.fast = fast
        self.detailed = detailed
        self.shortcuts = shortcuts
        self.names = names or {}
        self.stands_for_none = stands_for_none
        self.nothing = nothing
        self.is_optional = is_optional


def scalar(
    read: FastReader,
    *,
    shortcuts: tuple[Shortcut, ...] = (),
    names: dict[str, Any] | None = None,
    stands_for_none: Callable[[Any], bool] = scalars.is_empty_text,
    nothing: str = "",
) -> Rule:
    """Return the rule for a type that one function reads, raising :class:`WrongValueError`."""

    def detailed(value: Any, path: str, problems: Problems) -> Any:
        try:
            return read(value)
        except WrongValueError as wrong:
            problems.expected(wrong, value, path)

    return Rule(read, detailed, shortcuts=shortcuts, names=names, stands_for_none=stands_for_none, nothing=nothing)


def not_ready(_value: Any) -> Any:
    """Stand in for a quick reader that is still to be made."""
    raise LookupError


def _never(_value: Any) -> bool:
    return False


def _keep(value: Any) -> Any:
    return value


def _null(value: Any, path: str, problems: Problems) -> None:
    if value is not None:
        problems.expected("null", value, path)


# The number texts that shortcuts take are those that need no second look: plain ASCII digits, not too many.
_INT_SHORTCUTS: Final = (
    ("kind is int", "value"),
    ("kind is str and (small := small_number(value)) is not None", "small"),
    ("kind is str and len(value) <= LONGEST_NUMBER and value.isdecimal() and value.isascii()", "int(value)"),
)
_BOOL_SHORTCUTS: Final = (
    ("kind is bool", "value"),
    ("kind is str and (value == '1' or value == '0')", "value == '1'"),
    ("kind is int and (value == 0 or value == 1)", "value == 1"),
)
# Ten digits without a leading zero are the seconds from 2001 to 2286. The usual text is YYYY-MM-DDTHH:MM:SS with an
# offset met before; of such texts `fromisoformat` takes what the thorough reader takes (MySQL's day zero is no time).
_TIME_SHORTCUTS: Final = (
    ("kind is int and value", "fromtimestamp(value, utc)"),
    (
        "kind is str and len(value) == 10 and value >= '1' and value.isdecimal() and value.isascii()",
        "fromtimestamp(int(value), utc)",
    ),
    (
        (
            "kind is str and ((marks := value[MARKS]) == '--T::' or (marks == '-- ::' and value >= '1')) "
            "and (start := start_of(value[OFFSET])) is not None"
        ),
        "start + (fromisoformat(value[MOMENT]) - START)",
    ),
)
_MONEY_SHORTCUTS: Final = (
    ("kind is str and (price := price_of_text(value)) is not None", "price"),
    ("kind is float and (price := price_of_float(value)) is not None", "price"),
    ("kind is int and (price := price_of_int(value)) is not None", "price"),
)

#: Any value, as it came.
ANYTHING: Final = Rule(
    _keep,
    lambda value, _path, _problems: value,
    shortcuts=(("value is not None and value is not ABSENT", "value"),),
    stands_for_none=_never,
    is_optional=True,
)

#: The rules of all types that have no parts.
SCALARS: Final[dict[Any, Rule]] = {
    int: scalar(
        scalars.to_int,
        shortcuts=_INT_SHORTCUTS,
        names={"small_number": scalars.SMALL_NUMBERS.get, "LONGEST_NUMBER": scalars.LONGEST_NUMBER},
    ),
    # Not a number and the infinities are the floats whose difference from themselves is not zero.
    float: scalar(scalars.to_float, shortcuts=(("kind is float and value - value == 0.0", "value"),)),
    bool: scalar(scalars.to_bool, shortcuts=_BOOL_SHORTCUTS),
    str: scalar(scalars.to_str, shortcuts=(("kind is str", "value"),), stands_for_none=_never),
    Decimal: scalar(
        scalars.to_decimal,
        shortcuts=_MONEY_SHORTCUTS,
        names={
            "price_of_text": scalars.PRICES_OF_TEXTS.get,
            "price_of_float": scalars.PRICES_OF_FLOATS.get,
            "price_of_int": scalars.PRICES_OF_INTS.get,
        },
    ),
    datetime: scalar(
        scalars.to_datetime,
        shortcuts=_TIME_SHORTCUTS,
        names={
            "fromtimestamp": datetime.fromtimestamp,
            "utc": timezone.utc,
            "fromisoformat": datetime.fromisoformat,
            "start_of": scalars.STARTS.get,
            "START": scalars.START,
            "MOMENT": scalars.MOMENT,
            "MARKS": scalars.MARKS,
            "OFFSET": scalars.OFFSET,
            "NO_TIME": scalars.NO_TIME,
        },
        stands_for_none=scalars.is_no_time,
        nothing="kind is str and value in NO_TIME",
    ),
    date: scalar(scalars.to_date, stands_for_none=scalars.is_no_time),
    type(None): Rule(scalars.to_none, _null, is_optional=True),
    Any: ANYTHING,
}


def optional(rule: Rule) -> Rule:
    """Return the rule for ``X | None``: ``null``, and what else stands for nothing there, is None."""
    read_detailed, stands_for_none = rule.detailed, rule.stands_for_none

    def fast(value: Any) -> Any:
        return None if value is None or stands_for_none(value) else rule.fast(value)

    def detailed(value: Any, path: str, problems: Problems) -> Any:
        return None if value is None or stands_for_none(value) else read_detailed(value, path, problems)

    return Rule(
        fast,
        detailed,
        shortcuts=rule.shortcuts,
        names=rule.names,
        stands_for_none=stands_for_none,
        nothing=rule.nothing,
        is_optional=True,
    )


def _as_list(value: Any) -> list[Any]:
    """Return the items of an array; PHP writes one with gaps as an object with decimal keys."""
    if value.__class__ is list:
        return value
    if value.__class__ is dict and all(_is_index(key) for key in value):
        return list(value.values())
    raise WrongValueError("array")


def _is_index(key: Any) -> bool:
    return key.__class__ is str and key.isascii() and key.isdecimal()


def _texts(values: list[Any]) -> list[Any]:
    for text in values:
        if text.__class__ is not str:
            raise WrongValueError("str")
    return values.copy()


def list_of(element: Rule) -> Rule:
    """Return the rule for ``list[X]``."""
    read_detailed = element.detailed
    # Models find quicker readers as they go; so an element's reader is looked up whenever it is used.
    rule = f"rule_{id(element)}"
    shortcuts: tuple[Shortcut, ...] = (
        ("kind is list and not value", "[]"),
        ("kind is list", f"[{rule}.fast(part) for part in value]"),
    )
    names: dict[str, Any] = {rule: element}
    if element is SCALARS[str]:
        shortcuts, names = (("kind is list", "texts(value)"),), {"texts": _texts}

    def fast(value: Any) -> list[Any]:
        return [element.fast(item) for item in _as_list(value)]

    def detailed(value: Any, path: str, problems: Problems) -> Any:
        try:
            items = _as_list(value)
        except WrongValueError as wrong:
            return problems.expected(wrong, value, path)
        return [
            read_detailed(item, f"{path}[{index}]" if items is value else field_path(path, index), problems)
            for index, item in zip(range(len(items)) if items is value else value, items, strict=True)
        ]

    return Rule(fast, detailed, shortcuts=shortcuts, names=names)


def _as_dict(value: Any) -> dict[Any, Any]:
    """Return an object; PHP writes an empty one as an empty array."""
    if value.__class__ is dict:
        return value
    if value.__class__ is list and not value:
        return {}
    raise WrongValueError("object")


def _with_text_keys(value: Any) -> dict[str, Any]:
    """Return a copy of an object whose values are left as they came."""
    source = _as_dict(value)
    for key in source:
        if key.__class__ is not str:
            raise WrongValueError("str")
    return source.copy()


def dict_of(key_rule: Rule, element: Rule) -> Rule:
    """Return the rule for ``dict[K, X]``; keys are text on the wire and are read by their own rule."""
    read_detailed = element.detailed

    def fast(value: Any) -> dict[Any, Any]:
        source = _as_dict(value)
        made = {key_rule.fast(key): element.fast(item) for key, item in source.items()}
        if len(made) != len(source):
            raise WrongValueError("different keys")
        return made

    def detailed(value: Any, path: str, problems: Problems) -> Any:
        try:
            source = _as_dict(value)
        except WrongValueError as wrong:
            return problems.expected(wrong, value, path)
        made: dict[Any, Any] = {}
        for raw_key, item in source.items():
            item_path = field_path(path, raw_key)
            before = len(problems)
            key = key_rule.detailed(raw_key, f"{item_path} (key)", problems)
            if len(problems) == before and key in made:
                problems.add("two keys mean the same", item_path)
            made[key if len(problems) == before else None] = read_detailed(item, item_path, problems)
        return made

    if key_rule is SCALARS[str] and element is ANYTHING:
        return Rule(
            _with_text_keys,
            detailed,
            shortcuts=(("kind is dict", "with_text_keys(value)"),),
            names={"with_text_keys": _with_text_keys},
        )
    return Rule(fast, detailed)


def _to_code(value: Any) -> Any:
    """Read the code of an enum of mixed values: text or an integer, as it is."""
    if value.__class__ is str or value.__class__ is int:
        return value
    raise WrongValueError("code")


def enum_of(enum: type[Enum]) -> Rule:
    """Return the rule for an enum; in an open one an unknown code passes, and is counted."""
    base = int if issubclass(enum, int) else str if issubclass(enum, str) else object
    read_code: FastReader = {int: scalars.to_int, str: scalars.to_str}.get(base, _to_code)
    is_open = issubclass(enum, (OpenIntEnum, OpenStrEnum))
    wanted = enum.__name__
    # Codes as numbers and as text. Looked up only with int and str: True and 1.0 are equal to 1, but no codes.
    members: dict[Any, Any] = {member.value: member for member in enum}
    if base is int:
        members.update({str(code): member for code, member in list(members.items())})

    def read(value: Any) -> Any:
        try:
            code = read_code(value)
            return members[code] if code in members or not is_open else enum(code)
        except (WrongValueError, KeyError, ValueError):
            raise WrongValueError(wanted) from None

    def fast(value: Any) -> Any:
        code = read(value)
        if is_open and not code.is_known:
            DRIFT.count(cut(repr(code)))
        return code

    lookup = f"member_{id(enum)}"  # two enums of one name may meet in a model
    rule = scalar(
        read,
        shortcuts=tuple(
            (f"kind is {kind} and (member := {lookup}(value)) is not None", "member")
            for kind in (("str",) if base is str else ("str", "int"))
        ),
        names={lookup: members.get},
        stands_for_none=lambda value: scalars.is_empty_text(value) and "" not in members,
    )
    rule.fast = fast
    return rule


def foreign(hook: Callable[[Any, Any], Any], wanted: Any) -> Rule:
    """Return the rule for a type whose hook a user registered with cattrs."""

    def fast(value: Any) -> Any:
        return hook(value, wanted)

    def detailed(value: Any, path: str, problems: Problems) -> Any:
        try:
            return hook(value, wanted)
        except Exception as failure:  # noqa: BLE001 - whatever the user's hook raises is a problem of this value
            name = getattr(wanted, "__name__", str(wanted))
            problems.add(f"expected {name}, got a value its hook refuses: {type(failure).__name__}", path)

    return Rule(fast, detailed, stands_for_none=_never)
