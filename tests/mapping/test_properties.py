"""Whatever is sent: no field gets a wrong type, and the quick reader says what the thorough one says."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kwork_etxt_sdk.mapping import Converter, MappingError
from tests.mapping.support import FAILED, FITTING, Everything, Person, fits, read_both_ways

CONVERTER = Converter()
PROPERTY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", autouse=True)
def _converter(_every_reader):
    """Let every property hold for all kinds of quick readers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[__name__], "CONVERTER", Converter())
        yield


#: Texts that are nearly something.
NEARLY = st.one_of(
    st.integers(-(10**13), 10**13).map(str),
    st.integers(0, 300).map(str),
    st.floats().map(repr),
    st.decimals().map(str),
    st.from_regex(r"-?[0-9٣_]{1,3}(\.[0-9]{0,2})?", fullmatch=True),
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-6][0-9])?(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
        fullmatch=True,
    ),
    st.sampled_from(["", "0", "1", "true", "null", "0000-00-00", "0000-00-00 00:00:00", "copy", "text", "nan", "٣"]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 300),
    st.integers(0, 2_000_000_000),
    st.floats(),
    st.integers(-5, 5).map(float),
    st.text(alphabet=st.characters(), max_size=5),
    NEARLY,
)
KEYS = st.one_of(st.integers(-1, 12).map(str), st.text(alphabet=st.characters(), max_size=3))
PEOPLE = st.fixed_dictionaries(
    {"username": st.text(max_size=3)}, optional={"rating": SCALARS, "login": SCALARS, "new": SCALARS}
)
JSON = st.recursive(
    st.one_of(SCALARS, PEOPLE),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=5,
)
NAMES = [*FITTING, *(name for name in Everything.field_names() if name not in FITTING)]
CHANGES = st.dictionaries(
    st.sampled_from([*NAMES, "second_name", "third_name", "this", "strings", "texts", "brand_new"]), JSON, max_size=4
)
LOSSES = st.lists(st.sampled_from(sorted(FITTING)), max_size=1)


def item_or_error(data: Any, wanted: Any) -> Any:
    try:
        return CONVERTER.structure(data, wanted)
    except MappingError as error:
        return error


@PROPERTY
@given(data=JSON)
def test_no_data_makes_a_wrong_typed_field(data):
    for wanted in (Everything, Person):
        item = item_or_error(data, wanted)
        assert fits(item, wanted) if isinstance(item, wanted) else item.problems


@PROPERTY
@given(changes=CHANGES, losses=LOSSES)
def test_changed_data_makes_no_wrong_typed_field(changes, losses):
    data = {name: value for name, value in {**FITTING, **changes}.items() if name not in losses}
    item = item_or_error(data, Everything)
    if isinstance(item, MappingError):
        assert item.problems
        assert all(" @ $" in problem for problem in item.problems)
    else:
        assert fits(item, Everything)
        json.dumps(item.to_dict())
        repr(item).encode()
        item._repr_html_().encode()


@PROPERTY
@given(changes=CHANGES, losses=LOSSES)
def test_the_quick_reader_says_what_the_thorough_one_says(changes, losses):
    data = {name: value for name, value in {**FITTING, **changes}.items() if name not in losses}
    read_both_ways(data, Everything, CONVERTER)


@PROPERTY
@given(value=SCALARS)
def test_each_field_alone_says_the_same_both_ways(value):
    for name in NAMES:
        read_both_ways({**FITTING, name: value}, Everything, CONVERTER)


@PROPERTY
@given(data=JSON)
@pytest.mark.parametrize("wanted", [Person, list[Person], dict[int, Person], list[list[int | None]], Person | None])
def test_other_types_say_the_same_both_ways(wanted, data):
    read_both_ways(data, wanted, CONVERTER)


#: People of few shapes, in whose fields the same values come again and again, and other values too.
USUAL = st.sampled_from(["demo", "ru", "value", "kind", 4.8, 5, 300, 70000, "300", None, True])
SIMILAR_PEOPLE = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"username": USUAL, "rating": USUAL | SCALARS}),
        st.fixed_dictionaries({"rating": USUAL, "username": USUAL}),
        st.fixed_dictionaries({"login": USUAL, "username": USUAL, "new": USUAL}),
        st.fixed_dictionaries({"rating": USUAL, "new": USUAL | SCALARS}),
    ),
    lambda inner: st.builds(
        lambda person, friends: {**person, "friends": friends}, inner, st.lists(inner | USUAL, max_size=3)
    ),
    max_leaves=5,
)


@PROPERTY
@given(people=st.lists(SIMILAR_PEOPLE, max_size=8))
def test_a_list_of_changing_shapes_says_the_same_both_ways(people):
    read_both_ways(people, list[Person], CONVERTER)
    for person in people:
        read_both_ways(person, Person, CONVERTER)
    # As another page brings it: with keys that are equal, but not the same objects.
    read_both_ways(json.loads(json.dumps(people)), list[Person], CONVERTER)


@PROPERTY
@given(
    values=st.fixed_dictionaries({name: st.just(value) | JSON for name, value in FITTING.items()}),
    news=st.just({}) | st.fixed_dictionaries({"brand_new": JSON}),
)
def test_items_of_one_shape_say_the_same_both_ways(values, news):
    read_both_ways({**values, **news}, Everything, CONVERTER)


@PROPERTY
@given(items=st.lists(JSON, max_size=5))
def test_no_item_gets_lost(items):
    pairs = [(f"$[{index}]", item) for index, item in enumerate(items)]
    records = CONVERTER.structure_items(pairs, Person, bad_items="keep")
    assert len(records) + len(records.bad_items) == len(items)
    for bad in records.bad_items:
        assert bad.raw is items[bad.index]
        assert all(problem.partition(" @ ")[2].startswith(bad.path) for problem in bad.problems)
    assert list(records) == [CONVERTER.structure(item, Person) for item in items if _is_good(item)]


def _is_good(item: Any) -> bool:
    return read_both_ways(item, Person, CONVERTER) is not FAILED
