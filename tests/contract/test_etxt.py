"""Every documented eTXT method is there, whole: wire, parameters, answer, effect, documentation.

The facts are the manual's names, types and requirements; the samples are answers in the shapes the live service sends.
A new endpoint without a fact, or a fact without an endpoint, fails here.
"""

from __future__ import annotations

import inspect
import json
import re
import typing
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.etxt.endpoint import Shape
from kwork_etxt_sdk.mapping import DRIFT, Model, Records, default_converter
from kwork_etxt_sdk.mapping.model import WIRE_NAMES
from kwork_etxt_sdk.paging import Pager
from kwork_etxt_sdk.params import Amount, Choice, Deadline, Flag, Ids, Moment, Text, Upload, Whole, Words
from kwork_etxt_sdk.registry import endpoints
from kwork_etxt_sdk.testing import samples
from tests.support.etxt_server import TOKEN, EtxtServer

HERE = Path(__file__).parent
SAMPLE_FOLDER = Path(samples.__file__).parent
FACTS = json.loads((HERE / "etxt_facts.json").read_text())
REGISTERED = {registered.endpoint.name: registered for registered in endpoints("etxt")}
SAMPLES = sorted(
    path for path in (SAMPLE_FOLDER / "etxt").glob("*.json") if not path.name.startswith(("error.", "sign_"))
)

#: Documented fields whose place in the model is not a field of the same wire name, and where they are.
ELSEWHERE = {
    "users.getWorks": {"works"},  # the answer is the mapping itself
    "options.getLangs": set(),
}
#: Values that the general ones would break: half-required pairs and the like.
SPECIAL = {
    "users.getUser": [{"user_id": 42}, {"login": "demo"}],
    "tasks.extraPaid": [{"task_id": 7, "count": Decimal(10), "note": True, "autopay": "pay"}],
}


def test_every_documented_method_is_there_and_nothing_else():
    assert sorted(REGISTERED) == sorted(FACTS)
    assert len(FACTS) == 58


#: A value of each kind, the special kinds before the general ones.
VALUES = (
    (Ids, lambda _param, _now: [11, 12]),
    (Whole, lambda param, _now: min(param.most or 7, max(param.least or 0, 7))),
    (Words, lambda _param, _now: ["чай", "кофе"]),
    (Text, lambda param, _now: "т" * max(param.least, 5)),
    (Amount, lambda _param, _now: Decimal("150.50")),
    (Flag, lambda _param, _now: True),
    (Choice, lambda param, _now: param.values[-1]),
    (Deadline, lambda _param, now: now + timedelta(days=3)),
    (Moment, lambda _param, _now: datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
    (Upload, lambda _param, _now: ("задание.txt", b"text")),
)


def value_for(param, now):
    return next(make for kind, make in VALUES if isinstance(param, kind))(param, now)


def argument_sets(registered, now):
    if registered.endpoint.name in SPECIAL:
        return SPECIAL[registered.endpoint.name]
    return [{param.name: value_for(param, now) for param in registered.endpoint.params}]


def call(client, registered, arguments):
    method = getattr(getattr(client, registered.endpoint.topic), registered.endpoint.method)
    answer = method(**arguments)
    return answer.page(1) if isinstance(answer, Pager) else answer


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_wire_carries_every_documented_parameter_and_no_other(name):
    registered = REGISTERED[name]
    sent = set()
    with EtxtServer() as server:
        client = server.client()
        for arguments in argument_sets(registered, server.clock.wall()):
            server.answer(name, sample_for(name))
            call(client, registered, arguments)
            request = server.last
            assert request.verb == "POST"
            assert [key for key, _ in request.query] == ["method", "token", "sign"]
            assert request.query[:2] == [("method", name), ("token", TOKEN)]
            sent |= {key.removesuffix("[]") for key, _ in request.body} | {part[0] for part in request.files}
            check_values(name, request)
    assert sent == set(FACTS[name]["params"])


def check_values(name, request):
    facts = FACTS[name]["params"]
    for key, value in request.body:
        kind = facts[key.removesuffix("[]")]["kind"]
        assert key.endswith("[]") == (kind == "array"), f"{key} is {kind}"
        if kind in {"array", "number"}:
            assert re.fullmatch(r"-?\d+(\.\d{1,2})?", value), f"{key}={value}"
        if key == "deadline":
            assert re.fullmatch(r"\d\d\.\d\d\.20\d\d", value)
        if key == "timeline":
            assert re.fullmatch(r"\d\d:\d\d", value)


def sample_for(name):
    candidates = [path for path in SAMPLES if path.name.startswith(f"{name}.")]
    if candidates:
        return json.loads(candidates[0].read_text())
    return MINIMAL[name]


#: Answers of methods that have no sample, in the form the manual gives.
MINIMAL = {
    "tasks.unsetNote": {"id_task": "1", "id_user": "2"},
}


@pytest.mark.parametrize("name", sorted(FACTS))
def test_required_parameters_are_asked_for_before_sending(name):
    required = {wire for wire, fact in FACTS[name]["params"].items() if fact["required"]}
    demanded = {wire for param in REGISTERED[name].endpoint.params if param.required for wire in param.wires}
    # `size` is required only without `text`; `timeline` belongs to the deadline; a check over both covers the former.
    assert required - {"size"} <= demanded


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_documented_field_is_in_the_model(name):
    known = wire_names_of(REGISTERED[name].endpoint.result) | ELSEWHERE.get(name, set())
    assert set(FACTS[name]["fields"]) <= known


def wire_names_of(kind, seen=()):
    names = set()
    for argument in typing.get_args(kind):
        names |= wire_names_of(argument, seen)
    if isinstance(kind, type) and issubclass(kind, Model) and kind not in seen:
        hints = typing.get_type_hints(kind)
        for field in attrs.fields(kind):
            if field.name != "extra":
                names |= set(field.metadata.get(WIRE_NAMES) or (field.name,))
                names |= wire_names_of(hints[field.name], (*seen, kind))
    return names


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_samples_fit_the_models_with_nothing_left_over(path):
    name = ".".join(path.stem.split(".")[:2])
    DRIFT.clear()
    with EtxtServer() as server:
        market = server.client()._session.market
        data = json.loads(path.read_text())
        value = market.convert(REGISTERED[name].endpoint, data, default_converter(), "raise")
    assert value is not None
    assert not DRIFT.snapshot()
    if isinstance(value, Records):
        assert value


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_effect_is_the_documented_one(name):
    endpoint = REGISTERED[name].endpoint
    assert endpoint.effect is Effect[FACTS[name]["effect"]]
    assert (endpoint.effect_of is not None) == FACTS[name]["effect_depends"]
    if not endpoint.effect.may_repeat:
        assert endpoint.check, "a call that can end unknown says how to find out"


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_docstring_says_what_a_user_needs(name):
    registered = REGISTERED[name]
    text = inspect.getdoc(registered.method) or ""
    endpoint = registered.endpoint
    parameters = set(inspect.signature(registered.method).parameters) - {"self", "options"}
    assert "Effect: " in text
    assert "Returns:" in text
    assert "Raises:" in text
    assert "Example:" in text
    assert ">>> " in text
    assert f"client.{endpoint.topic}.{endpoint.method}(" in text
    assert f"Source: eTXT API manual, section {name}." in text
    if not endpoint.effect.may_repeat:
        assert endpoint.check.split("(")[0] in text
    for parameter in parameters:
        assert f"    {parameter}: " in text, f"{parameter} is not described"


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_method_takes_what_the_record_lists(name):
    registered = REGISTERED[name]
    parameters = inspect.signature(registered.method).parameters
    assert set(parameters) - {"self", "options"} == {param.name for param in registered.endpoint.params}
    assert list(parameters)[-1] == "options"
    positional = [one for one in parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert len(positional) <= 3  # self, the operand, and its counterpart where there are two (text and source)


def test_paged_methods_know_their_page_size():
    for registered in REGISTERED.values():
        has_pages = {"count", "from"} <= set(FACTS[registered.endpoint.name]["params"])
        assert (registered.endpoint.page_size is not None) == has_pages
        if has_pages:
            assert registered.endpoint.shape is Shape.RECORDS
