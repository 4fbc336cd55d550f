from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk import CallOptions, ConfigurationError, Effect, Limits, Retry, Rule, Timeouts
from kwork_etxt_sdk.options import DEFAULT, UNSET, Unset

NO_SECONDS = [0, -1, -0.5, math.nan, math.inf, -math.inf, True, "5", Decimal(5), [5]]
NO_EFFECT = [2, "READ", None, True, Effect]


def test_unset_is_one_false_value_that_says_so_and_stays_itself():
    assert repr(UNSET) == "UNSET"
    assert not UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is copy.deepcopy(UNSET) is copy.copy(UNSET) is UNSET
    assert isinstance(UNSET, Unset)


class TestRule:
    def test_a_rate_becomes_a_period(self):
        assert Rule.per_second(4, burst=5) == Rule(period=0.25, burst=5)
        assert Rule.per_second(0.5) == Rule(period=2.0)
        assert Rule.every(61, count_from="response") == Rule(61, 1, "response")
        assert Rule.every(5).count_from == "send"

    @pytest.mark.parametrize("rate", NO_SECONDS)
    def test_a_rate_that_is_none_is_refused(self, rate):
        with pytest.raises(ConfigurationError, match="a rate must be a positive number"):
            Rule.per_second(rate)

    @pytest.mark.parametrize("period", [*NO_SECONDS, None])
    def test_a_period_that_is_none_is_refused(self, period):
        with pytest.raises(ConfigurationError, match=r"Rule\.period must be a positive number of seconds"):
            Rule(period)

    @pytest.mark.parametrize("burst", [0, -1, 1.0, True, None, "2"])
    def test_a_burst_is_a_whole_number_of_at_least_one(self, burst):
        with pytest.raises(ConfigurationError, match=r"Rule\.burst must be a whole number of at least 1"):
            Rule(1.0, burst)

    @pytest.mark.parametrize("count_from", ["SEND", "", None, 1])
    def test_count_from_is_one_of_two_words(self, count_from):
        with pytest.raises(ConfigurationError, match="'send' or 'response'"):
            Rule(1.0, 1, count_from)

    @given(st.floats(min_value=1e-3, max_value=1e3))
    def test_per_second_and_every_agree(self, rate):
        assert Rule.per_second(rate) == Rule.every(1 / rate)


class TestLimits:
    def test_the_defaults_are_one_a_second_with_a_burst_of_three(self):
        assert Limits() == Limits(default=Rule(1.0, 3), groups={}, max_hold=300.0)

    def test_groups_are_filled_up_but_not_overruled(self):
        own = Rule.every(3)
        limits = Limits(groups={"messages": own}).with_groups({"messages": Rule.every(61), "sign_in": Rule.every(60)})
        assert limits.groups == {"messages": own, "sign_in": Rule.every(60)}
        assert limits.default == Rule(1.0, 3)

    def test_off_stays_off_whatever_the_marketplace_wants(self):
        assert Limits.off.with_groups({"messages": Rule.every(61)}) is Limits.off
        assert Limits.off.default is None
        assert not Limits.off.groups

    def test_without_a_default_named_groups_still_count(self):
        limits = Limits(default=None, groups={"messages": Rule.every(1)}).with_groups({"sign_in": Rule.every(60)})
        assert set(limits.groups) == {"messages", "sign_in"}

    def test_groups_are_copied_and_read_only(self):
        groups = {"messages": Rule.every(5)}
        limits = Limits(groups=groups)
        groups["messages"] = Rule.every(1)
        assert limits.groups["messages"] == Rule.every(5)
        with pytest.raises(TypeError):
            limits.groups["messages"] = Rule.every(1)

    def test_they_pickle_compare_and_hash_by_value(self):
        limits = Limits(default=None, groups={"b": Rule.every(2), "a": Rule.every(1)}, max_hold=7)
        same = Limits(default=None, groups={"a": Rule.every(1), "b": Rule.every(2)}, max_hold=7)
        assert limits == same == pickle.loads(pickle.dumps(limits)) == copy.deepcopy(limits)
        assert hash(limits) == hash(same)
        assert limits != Limits(default=None, groups={"a": Rule.every(1)}, max_hold=7)

    @pytest.mark.parametrize(
        "given",
        [
            {"default": 1},
            {"default": "1/s"},
            {"groups": {"messages": 5}},
            {"groups": {"messages": None}},
            {"max_hold": 0},
        ],
    )
    def test_what_is_no_limit_is_refused_where_it_is_given(self, given):
        with pytest.raises(ConfigurationError):
            Limits(**given)


class TestRetry:
    def test_at_most_only_lowers(self):
        retry = Retry(read=4, repeatable=3, once=2, money=1, base=0.25, cap=9)
        assert retry.at_most(2) == Retry(read=2, repeatable=2, once=2, money=1, base=0.25, cap=9)
        assert retry.at_most(100) == retry
        assert retry.at_most(1) == Retry(read=1, repeatable=1, once=1, money=1, base=0.25, cap=9)

    def test_none_is_one_attempt_of_everything(self):
        assert {Retry.none.read, Retry.none.repeatable, Retry.none.once, Retry.none.money} == {1}

    @pytest.mark.parametrize("field", ["read", "repeatable", "once", "money"])
    @pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "3"])
    def test_attempts_are_counted_from_one(self, field, value):
        with pytest.raises(ConfigurationError, match=rf"Retry\.{field} must be a whole number of at least 1"):
            Retry(**{field: value})

    def test_a_pause_may_be_zero_but_the_cap_may_not(self):
        assert Retry(base=0).base == 0
        with pytest.raises(ConfigurationError, match=r"Retry\.cap"):
            Retry(cap=0)
        with pytest.raises(ConfigurationError, match=r"Retry\.base"):
            Retry(base=-0.1)


class TestTimeouts:
    def test_a_number_sets_connect_and_both_reads(self):
        assert Timeouts.of(7) == Timeouts(connect=7, read=7, unsafe_read=7, total=120.0, page=300.0)
        given_ones = Timeouts(total=1)
        assert Timeouts.of(given_ones) is given_ones
        assert given_ones.limited_to(2).total == 1

    def test_only_the_deadlines_may_be_none(self):
        assert Timeouts(total=None, page=None).total is None
        for name in ("connect", "read", "unsafe_read"):
            with pytest.raises(ConfigurationError, match=rf"Timeouts\.{name}"):
                Timeouts(**{name: None})

    @pytest.mark.parametrize("name", ["connect", "read", "unsafe_read", "total", "page"])
    @pytest.mark.parametrize("value", NO_SECONDS)
    def test_what_is_no_time_is_refused(self, name, value):
        with pytest.raises(ConfigurationError, match=rf"Timeouts\.{name} must be a positive number of seconds"):
            Timeouts(**{name: value})

    @pytest.mark.parametrize("value", [*NO_SECONDS, None])
    def test_of_what_is_no_time_is_refused(self, value):
        with pytest.raises(ConfigurationError, match="must be a positive number of seconds"):
            Timeouts.of(value)


class TestCallOptions:
    def test_gaps_are_filled_from_below(self):
        base = CallOptions(timeout=3, deadline=None, retries=0, dry_run=True, bad_items="skip")
        assert DEFAULT.over(base) is base
        merged = CallOptions(timeout=1, dry_run=False, on_event=None).over(base)
        assert merged == CallOptions(
            timeout=1, deadline=None, retries=0, dry_run=False, bad_items="skip", on_event=None
        )
        assert CallOptions().over(base) == base

    @pytest.mark.parametrize(
        "given",
        [
            {
                "timeout": 0.001,
                "deadline": 5,
                "retries": 3,
                "dry_run": False,
                "allow": Effect.READ,
                "bad_items": "keep",
            },
            {"timeout": Timeouts(), "deadline": None, "retries": Retry.none, "allow": Effect.MONEY, "on_event": print},
            {"bad_items": "raise", "on_event": None},
        ],
    )
    def test_what_can_be_meant_is_taken(self, given):
        options = CallOptions(**given)
        assert {name: getattr(options, name) for name in given} == given

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("timeout", [*NO_SECONDS, None]),
            ("deadline", NO_SECONDS),
            ("retries", [-1, 1.0, True, None, "0"]),
            # A truthy value that is no bool was meant to hold the call back; it must not be sent.
            ("dry_run", [1, 0, "yes", "", None]),
            ("allow", NO_EFFECT),
            ("bad_items", ["ignore", "", None, True, ["skip"]]),
            ("on_event", ["print", 1, False]),
        ],
    )
    def test_what_can_not_be_meant_is_refused_at_once(self, field, values):
        for value in values:
            with pytest.raises(ConfigurationError, match=field):
                CallOptions(**{field: value})

    def test_they_pickle(self):
        options = CallOptions(timeout=Timeouts(), retries=Retry.none, allow=Effect.ONCE)
        assert pickle.loads(pickle.dumps(options)) == options
        assert pickle.loads(pickle.dumps(DEFAULT)).over(options) == options
