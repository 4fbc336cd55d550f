"""Every method is a command: all parameters can be given, and the service gets what the method in Python sends."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum

import click
import pytest

from kwork_etxt_sdk import KworkClient
from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.cli.app import cli
from kwork_etxt_sdk.cli.methods import methods, option_name, parameters_of, topic_command
from kwork_etxt_sdk.kwork.endpoint import OnApp
from kwork_etxt_sdk.paging import Pager
from kwork_etxt_sdk.registry import TOPICS, endpoints
from tests.contract import test_etxt as etxt_contract
from tests.contract import test_kwork as kwork_contract
from tests.support.etxt_server import API_PASS, TOKEN, EtxtServer
from tests.support.kwork_server import RecordingServer, answer

METHODS = [method for site in TOPICS for group in methods(site).values() for method in group.values()]
ETXT = {registered.endpoint.name: registered for registered in endpoints("etxt")}
KWORK = {registered.endpoint.name: registered for registered in endpoints("kwork")}


def path_of(method):
    return [method.site, topic_command(method.topic), method.command]


def name_of(method):
    return " ".join(path_of(method))


def command_of(method):
    command = cli
    for name in path_of(method):
        command = command.get_command(click.Context(cli), name)
    return command


def test_every_registered_method_is_there():
    registered = {f"{one.site} {one.endpoint.topic}.{one.endpoint.method}" for one in (*ETXT.values(), *KWORK.values())}
    known = {f"{method.site} {method.topic}.{method.name}" for method in METHODS}
    assert len(registered) == 58 + 34 + 1  # catalog.get_main is beyond the documented client
    assert known - registered == {
        "kwork catalog.iter_list",
        "kwork projects.iter_list",
        "kwork user.iter_reviews",
        "kwork notifications.iter_dialogs",
    }
    assert registered <= known


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_every_parameter_can_be_given_and_is_explained(method, capsys):
    command = command_of(method)
    own = {param.name for param in command.params if not param.name.startswith("cli_")}
    spellings = [spelling for param in command.params for spelling in (*param.opts, *param.secondary_opts)]
    assert own == set(parameters_of(method.function))
    assert len(spellings) == len(set(spellings)), "two options have the same name"
    assert main([*path_of(method), "--help"]) == 0
    text = capsys.readouterr().out
    for name, parameter in parameters_of(method.function).items():
        is_operand = parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        assert (name.upper().removesuffix("S") if is_operand else option_name(name)) in text
        assert method.doc.arguments[name].split()[0] in text
    assert "Effect: " in text
    assert "``" not in text


def typed(method, arguments, folder):
    """The arguments as one types them."""
    operands, options = [], []
    for name, parameter in parameters_of(method.function).items():
        if name not in arguments:
            continue
        value = arguments[name]
        is_operand = parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        values = value if isinstance(value, list) else [value]
        if is_operand:
            operands += [text for value in values for text in written(value, folder)]
        elif isinstance(value, bool):
            options.append(option_name(name) if value else f"--no-{option_name(name)[2:]}")
        else:
            options += [part for value in values for part in (option_name(name), *written(value, folder))]
    return [*options, "--", *operands]


def written(value, folder):
    if isinstance(value, dict):
        return [json.dumps(value)]
    if isinstance(value, tuple):
        path = folder / value[0]
        path.write_bytes(value[1])
        return [str(path)]
    if isinstance(value, Enum):
        return [str(value.value)]
    return [value.isoformat() if isinstance(value, (datetime, date)) else str(value)]


@pytest.fixture(scope="module")
def etxt_server():
    with EtxtServer() as server:
        yield server


@pytest.mark.parametrize("name", sorted(ETXT))
def test_etxt_gets_what_python_sends(name, etxt_server, tmp_path, monkeypatch, capsys):
    method = next(one for one in METHODS if one.site == "etxt" and one.endpoint.name == name)
    monkeypatch.setenv("ETXT_TOKEN", TOKEN)
    monkeypatch.setenv("ETXT_API_PASS", API_PASS)
    monkeypatch.setenv("ETXT_BASE_URL", etxt_server.base_url)
    client = etxt_server.client(clock=None)
    page = {"count": 7} if "count" in parameters_of(method.function) else {}
    for arguments in etxt_contract.argument_sets(ETXT[name], datetime.now(timezone.utc)):
        etxt_server.answer(name, etxt_contract.sample_for(name))
        etxt_contract.call(client, ETXT[name], {**arguments, **page})
        from_python = etxt_server.last
        etxt_server.answer(name, etxt_contract.sample_for(name))
        grave = ["--yes"] if method.may_be_grave else []
        before = len(etxt_server.requests)
        assert main([*path_of(method), "--dry-run", *typed(method, {**arguments, **page}, tmp_path)]) == 0
        effect = method.endpoint.effect_for(method.arguments({**arguments, **page}))
        assert capsys.readouterr().out.endswith(f"effect: {effect.name}\n")
        assert len(etxt_server.requests) == before, "a dry run sends nothing"
        status = main([*path_of(method), *grave, *typed(method, {**arguments, **page}, tmp_path)])
        captured = capsys.readouterr()
        assert (status, captured.err) in [(0, ""), (1, "not done: 11, 12\n")], "the samples are about other objects"
        from_command = etxt_server.requests[before]
        assert (from_command.method, from_command.body) == (name, from_python.body)
        assert from_command.files == from_python.files
        assert captured.out


@pytest.fixture(params=["documented", "app"])
def kwork(request, monkeypatch):
    """A Kwork on one of its wires, to which the environment points, and a client of it."""
    with RecordingServer() as server:
        monkeypatch.setenv("KWORK_TOKEN", kwork_contract.TOKEN)
        monkeypatch.setenv("KWORK_BASE_URL", server.url)
        monkeypatch.setenv("KWORK_WIRE", request.param)
        header = kwork_contract.APP if request.param == "app" else None
        if header:
            monkeypatch.setenv("KWORK_APP_AUTHORIZATION", header)
        with KworkClient(
            kwork_contract.TOKEN, base_url=server.url, app_authorization=header, wire=request.param
        ) as client:
            yield request.param, server, client


@pytest.mark.parametrize("name", sorted(KWORK))
def test_kwork_gets_what_python_sends(name, kwork, tmp_path, capsys):
    wire, server, client = kwork
    method = next(one for one in METHODS if one.site == "kwork" and one.endpoint.name == name and is_own(one))
    endpoint = method.endpoint
    path = endpoint.path if wire == "documented" else getattr(endpoint.app, "path", None)
    arguments = kwork_contract.arguments_of(name) if name in kwork_contract.METHODS else {}
    if path is None or (wire == "app" and not isinstance(endpoint.app, OnApp)):
        assert main([*path_of(method), *typed(method, arguments, tmp_path)]) == 2
        assert capsys.readouterr().err.startswith(f"kwork-etxt: kwork {name}: ")
        assert not server.received
        return
    if wire == "app":
        arguments = {**arguments, **kwork_contract.OWN_ARGUMENTS.get(name, {})}
        server.on(path, answer(kwork_contract.LIVE[name][1]))
    else:
        server.on(path, answer(kwork_contract.documented_answer(name)))
    kwork_contract.call(client, name, **arguments)
    from_python = list(server.received)
    server.received.clear()
    assert main([*path_of(method), "--dry-run", *typed(method, arguments, tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("POST "), "the request, or several"
    assert not server.received, "a dry run sends nothing"
    assert main([*path_of(method), *typed(method, arguments, tmp_path)]) == 0
    assert [(one.target, one.body) for one in server.received] == [(one.target, one.body) for one in from_python]
    assert capsys.readouterr().out


def is_own(method):
    return method.name == method.endpoint.method


@pytest.mark.parametrize("kwork", ["documented"], indirect=True)
@pytest.mark.parametrize("method", [one for one in METHODS if not is_own(one)], ids=name_of)
def test_pagers_of_kwork_get_what_python_sends(method, kwork, capsys):
    _wire, server, client = kwork
    server.on(method.endpoint.path, answer(kwork_contract.documented_answer(method.endpoint.name)))
    pager = getattr(getattr(client, method.topic), method.name)()
    assert isinstance(pager, Pager)
    pager.first()
    from_python = server.received.pop()
    assert main([*path_of(method), "--limit", "1"]) == 0
    assert server.received[-1].body == from_python.body
    assert capsys.readouterr().out.count("\n") == 1


def test_values_of_all_kinds_are_tried():
    kinds = {
        type(value)
        for name in ETXT
        for arguments in etxt_contract.argument_sets(ETXT[name], datetime.now(timezone.utc))
        for value in arguments.values()
    }
    assert {int, str, bool, list, tuple, Decimal, datetime} <= kinds
    assert any(issubclass(kind, Enum) for kind in kinds)
