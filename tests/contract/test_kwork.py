"""Every documented Kwork method is there, on both wires: path, parameters, answer, documentation.

The facts are the documented client's names and types, and what the live service calls the same. A new endpoint without
a fact, or a fact without an endpoint, fails here.
"""

from __future__ import annotations

import inspect
import json
import re
import typing
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from kwork_etxt_sdk import KworkClient, kwork
from kwork_etxt_sdk.kwork import KworkUnsupportedError, Order, Project
from kwork_etxt_sdk.kwork.endpoint import NotOnApp, OnApp
from kwork_etxt_sdk.kwork.models.auth import accept_secrets
from kwork_etxt_sdk.mapping import DRIFT, Model, Records, default_converter
from kwork_etxt_sdk.mapping.model import WIRE_NAMES
from kwork_etxt_sdk.registry import endpoints
from tests.contract.kwork_live import FOR_ALL, LIVE, OWN_ARGUMENTS
from tests.support.kwork_server import RecordingServer, answer

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "kwork_facts.json").read_text())
METHODS, MODELS = FACTS["methods"], FACTS["models"]
REGISTERED = {registered.endpoint.name: registered for registered in endpoints("kwork")}
#: What the live service has and the documented client does not.
BEYOND = {"catalog.get_main"}
#: Parameters that the documented client does not have.
OURS = {
    "other.get_in_app_notification": {
        *("device_id", "os_type", "os_version", "app_version"),
        *("last_type", "last_id", "last_action_at", "last_action_id"),
    },
    "reference.get_cities": {"country_id"},
    "notifications.fetch": {"page"},
    "other.get_wants": {"page"},
    "other.get_offers": {"page"},
}
TOKEN = "invented-token-0123456789"
APP = "Basic aW52ZW50ZWQ6bm90LXJlYWw="

#: A value for each documented argument.
VALUES = {
    "kwork_id": 7000001,
    "user_id": 2001,
    "page": 3,
    "category_id": 41,
    "sort": "newest",
    "text": "Звоните мне & пишите",
    "context": "message",
    "settings": {"language": "ru", "email_notifications": True, "nested": {"a": [1, "b"]}},
}
#: What a documented type looks like on the wire, and what it becomes.
WIRE_VALUES = {
    "int": (5, 5),
    "str": ("слово", "слово"),
    "bool": (True, True),
    "float": (1500.5, None),
    "datetime": ("2026-01-02T03:04:05+03:00", datetime.fromisoformat("2026-01-02T03:04:05+03:00")),
    "list[str]": (["a"], ["a"]),
    "dict[str, Any]": ({"a": 1}, {"a": 1}),
    "list[dict[str, str]]": ([{"q": "a"}], [{"q": "a"}]),
}


def test_every_documented_method_and_model_is_there_and_nothing_else():
    assert set(REGISTERED) == set(METHODS) | BEYOND
    assert (len(METHODS), len(MODELS)) == (34, 24)


def bare(kind):
    return kind.removeprefix("Optional[").removesuffix("]") if kind.startswith("Optional[") else kind


def fields_of(model):
    base = MODELS[model]["base"]
    return {**(fields_of(base) if base else {}), **MODELS[model]["fields"]}


def wire_of(kind):
    """An answer of a documented type with every field filled."""
    kind = bare(kind)
    if kind in WIRE_VALUES:
        return WIRE_VALUES[kind][0]
    if kind.startswith("list["):
        return [wire_of(kind[5:-1])]
    return {name: wire_of(inner) for name, inner in fields_of(kind).items()}


def check(value, kind):
    """Assert that a value is what the answer above becomes."""
    kind = bare(kind)
    if kind in WIRE_VALUES:
        wire, expected = WIRE_VALUES[kind]
        if kind == "float":
            assert value in (Decimal(str(wire)), wire)
        elif kind == "str" and not isinstance(value, str):
            assert value.reveal() == expected
        else:
            assert value == expected
    elif kind.startswith("list["):
        (item,) = value
        check(item, kind[5:-1])
    else:
        assert isinstance(value, getattr(kwork, kind))
        assert value.extra == {}
        for name, inner in fields_of(kind).items():
            check(getattr(value, name), inner)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_models_have_all_documented_fields(name):
    model = getattr(kwork, name)
    assert issubclass(model, Model)
    if MODELS[name]["base"]:
        assert issubclass(model, getattr(kwork, MODELS[name]["base"]))
    accept_secrets()
    check(default_converter().structure(wire_of(name), model), name)


@pytest.fixture
def server():
    with RecordingServer() as server:
        yield server


@pytest.fixture
def documented(server):
    with KworkClient(token=TOKEN, base_url=server.url) as client:
        yield client


@pytest.fixture
def app(server):
    with KworkClient(token=TOKEN, base_url=server.url, app_authorization=APP) as client:
        yield client


def arguments_of(name):
    return {argument.split(":")[0]: VALUES[argument.split(":")[0]] for argument in METHODS[name]["args"]}


def call(client, name, *positional, **arguments):
    topic, _, method = name.partition(".")
    return getattr(getattr(client, topic), method)(*positional, **arguments)


# --- the documented wire --------------------------------------------------------------------------------------------


def documented_answer(name):
    fact = METHODS[name]
    if fact["unwrap"] == "allowed":
        return {"allowed": True}
    if fact["unwrap"]:
        return {fact["unwrap"]: wire_of(fact["returns"].replace("list[int]", "list[int]"))}
    return wire_of(fact["returns"])


@pytest.mark.parametrize("name", sorted(METHODS))
def test_on_the_documented_wire_request_and_answer_are_the_documented_ones(name, server, documented):
    fact = METHODS[name]
    server.on(fact["path"], answer(documented_answer(name)))
    given = arguments_of(name)
    value = call(documented, name, *given.values())  # by position, as documented
    request = server.only(fact["path"])
    assert len(server.received) == 1
    assert (request.verb, request.target) == ("POST", fact["path"])
    assert request.cookies == {"web_auth_token": TOKEN}
    assert request.header("Authorization") is None
    if fact["keys"] == []:
        assert request.body == b""
        assert request.header("Content-Type") is None
    else:
        assert request.header("Content-Type") == "application/json"
        assert request.json == (
            given["settings"] if fact["keys"] == "settings" else {key: given[key] for key in fact["keys"]}
        )
    if fact["unwrap"] == "allowed":
        assert value is True
    else:
        check(value, fact["returns"])
    assert isinstance(value, Records) == fact["returns"].startswith("list[")


@pytest.mark.parametrize("name", sorted(name for name in METHODS if METHODS[name]["keys"] not in ([], "settings")))
def test_what_is_not_given_is_null_or_left_out_as_documented(name, server, documented):
    fact = METHODS[name]
    server.on(fact["path"], answer(documented_answer(name)))
    needed = {arg.split(":")[0]: VALUES[arg.split(":")[0]] for arg in fact["args"] if "=" not in arg}
    call(documented, name, **needed)
    defaults = {
        argument.split(":")[0]: eval(argument.partition(" = ")[2], {}) for argument in fact["args"] if "=" in argument
    }
    if name == "other.validate_text":
        defaults = {}  # documented: context is sent only if it is given
    assert server.only(fact["path"]).json == {**needed, **defaults}


@pytest.mark.parametrize("name", sorted(name for name in METHODS if METHODS[name]["unwrap"]))
def test_an_answer_without_its_key_does_not_pass_for_an_empty_one(name, server, documented):
    server.on(METHODS[name]["path"], answer({"success": True, "response": []}))
    with pytest.raises(kwork.KworkUnexpectedResponseError, match=f"missing field '{METHODS[name]['unwrap']}'"):
        call(documented, name, **arguments_of(name))


def test_an_answer_may_come_wrapped_in_a_data_response(server, documented):
    server.on("/countries", answer({"success": True, "data": {"countries": [{"id": 1, "name": "Россия"}]}}))
    server.on("/actor", answer({"success": True, "data": {"id": 1}, "message": None}))
    assert [country.name for country in documented.reference.get_countries()] == ["Россия"]
    # Plain data are documented to come as they are.
    assert documented.other.get_actor() == {"success": True, "data": {"id": 1}, "message": None}


# --- the method itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_method_takes_the_documented_arguments_in_their_order(name):
    registered = REGISTERED[name]
    parameters = [value for key, value in inspect.signature(registered.method).parameters.items() if key != "self"]
    positional = [one for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert [one.name for one in positional] == [argument.split(":")[0] for argument in METHODS[name]["args"]]
    for one, argument in zip(positional, METHODS[name]["args"], strict=True):
        default = argument.partition(" = ")[2]
        assert one.default == (eval(default, {}) if default else one.empty)
    keywords = {one.name for one in parameters} - {one.name for one in positional}
    assert keywords - {"options", "refresh"} == OURS.get(name, set())
    assert parameters[-1].name == "options"


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_the_docstring_says_what_a_user_needs(name):
    text = inspect.getdoc(REGISTERED[name].method) or ""
    endpoint = REGISTERED[name].endpoint
    topic = type(getattr(KworkClient(), endpoint.topic)).__name__
    for part in ("Effect: ", "Returns:", "Raises:", "Example:", ">>> ", f"client.{name}("):
        assert part in text
    source = f"Source: Kwork client reference, {topic}.{endpoint.method}." if name in METHODS else "Source: "
    assert source in text
    assert f"Effect: {endpoint.effect.name}" in text
    for parameter in set(inspect.signature(REGISTERED[name].method).parameters) - {"self"}:
        assert f"    {parameter}: " in text, f"{parameter} is not described"


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_type_of_the_answer_is_the_documented_one(name):
    documented_type = METHODS[name]["returns"].replace("list[Project]", "list[Order]").replace("list[", "Records[")
    signature = inspect.signature(REGISTERED[name].method)
    assert signature.return_annotation == documented_type
    assert issubclass(Order, Project)


# --- the app wire ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_table_says_what_the_app_wire_calls_it(name):
    endpoint, fact = REGISTERED[name].endpoint, METHODS[name]["app"]
    if fact is None:
        assert isinstance(endpoint.app, NotOnApp)
        return
    assert isinstance(endpoint.app, OnApp)
    path, names = fact
    assert endpoint.app.path == path
    written = {param.name: param.wire for param in endpoint.app.params_with(endpoint.params)}
    assert {key: written.get(key) for key in names} == names


@pytest.mark.parametrize("name", sorted(name for name in METHODS if METHODS[name]["app"] is None))
def test_what_the_app_wire_does_not_have_is_refused_with_what_to_call(name, server, app):
    with pytest.raises(KworkUnsupportedError, match="Nothing was sent") as caught:
        call(app, name, **arguments_of(name))
    assert server.received == []
    assert caught.value.call == f"kwork {name}"
    assert caught.value.hint == REGISTERED[name].endpoint.app.instead


def test_every_row_of_the_table_has_a_live_answer():
    assert set(LIVE) == {name for name, fact in METHODS.items() if fact["app"]} | BEYOND


@pytest.mark.parametrize("name", sorted(LIVE))
def test_on_the_app_wire_request_and_answer_are_the_live_ones(name, server, app):
    form, live, holds = LIVE[name]
    path = REGISTERED[name].endpoint.app.path
    server.on(path, answer(live))
    DRIFT.clear()
    arguments = OWN_ARGUMENTS.get(name) or (arguments_of(name) if name in METHODS else {})
    value = call(app, name, **arguments)
    request = server.only(path)
    assert len(server.received) == 1
    assert (request.verb, request.target) == ("POST", path)
    assert request.header("Authorization") == APP
    assert request.header("Cookie") is None
    assert request.header("Content-Type") == ("application/x-www-form-urlencoded" if request.body else None)
    assert (request.form if request.body else []) == [*form, *([] if name in FOR_ALL else [("token", TOKEN)])]
    assert holds(value), value
    assert not DRIFT.snapshot(), "the samples have no field that no model knows"


def wire_names_of(model):
    hints = typing.get_type_hints(model)
    return {
        name: (attribute.metadata.get(WIRE_NAMES) or (name,))[0]
        for name, attribute in attrs.fields_dict(model).items()
        if name != "extra" and name in hints
    }


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_documented_name_of_a_field_comes_first(name):
    names = wire_names_of(getattr(kwork, name))
    assert all(names[field] == field for field in fields_of(name))


def test_the_table_of_the_docs_has_a_row_for_every_method():
    page = (HERE.parents[1] / "docs" / "guide" / "kwork-differences.rst").read_text(encoding="utf-8")
    cells = re.findall(r"(?m)^   (?:\* | {2})- (.*)$", page)
    rows = [cells[start : start + 5] for start in range(5, len(cells), 5)]
    assert [row[0] for row in rows] == [f"``{name}``" for name in REGISTERED]
    for name, documented_path, app_path, state, what in rows:
        endpoint = REGISTERED[name.strip("`")].endpoint
        assert documented_path == (f"``{endpoint.path}``" if endpoint.path else "not there")
        if isinstance(endpoint.app, NotOnApp):
            assert (app_path, state) == ("not there", "refused")
            assert what.replace("``", "") == endpoint.app.instead
        else:
            assert app_path == f"``{endpoint.app.path}``"
            assert state == ("mapped with gaps" if endpoint.app.gaps else "mapped")
            gaps = what.replace("``", "").removesuffix(".")
            assert gaps == (endpoint.app.gaps[:1].upper() + endpoint.app.gaps[1:] or "Nothing")
