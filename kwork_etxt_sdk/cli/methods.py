"""The methods of the marketplaces as commands, made from their signatures, records and docstrings."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import click

from kwork_etxt_sdk.cli.docstrings import Docstring, plain
from kwork_etxt_sdk.cli.help import Operand, SectionedOption
from kwork_etxt_sdk.cli.values import Value, limits_of, value_for
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.params import Choice, Ids, Param, Words
from kwork_etxt_sdk.registry import TOPICS, endpoints
from kwork_etxt_sdk.transport.endpoint import Endpoint

_NOT_OF_THE_CALL = frozenset({"self", "options", "client"})


@attrs.frozen(kw_only=True)
class Method:
    """A method of a topic, as the command line sees it.

    Attributes:
        site: ``"etxt"`` or ``"kwork"``.
        topic: The attribute of the client.
        name: The method.
        function: Its function.
        endpoint: The record of the call it makes.
    """

    site: str
    topic: str
    name: str
    function: Callable[..., Any]
    endpoint: Endpoint[Any]

    @property
    def command(self) -> str:
        """The name of its command: ``list-tasks``."""
        return command_name(self.name)

    @property
    def doc(self) -> Docstring:
        """Its docstring."""
        return _docstring(self.function)

    @property
    def returns(self) -> str:
        """The annotation of its answer."""
        annotation = inspect.signature(self.function).return_annotation
        return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)

    @property
    def records(self) -> dict[str, Param]:
        """The records of its parameters by name, those that only one wire has included."""
        app = getattr(getattr(self.endpoint, "app", None), "params", ())
        return {param.name: param for param in (*app, *getattr(self.endpoint, "params", ()))}

    @property
    def may_be_grave(self) -> bool:
        """Whether a call can be one that must not happen twice."""
        return self.endpoint.effect >= Effect.ONCE

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return all arguments of a call, the defaults of those left out included."""
        return {**self.defaults, **given}

    @property
    def defaults(self) -> dict[str, Any]:
        """The defaults of its parameters."""
        return {
            name: parameter.default
            for name, parameter in parameters_of(self.function).items()
            if parameter.default is not parameter.empty
        }


def command_name(name: str) -> str:
    """Return the command for a method: ``import_`` becomes ``import``, ``list_tasks`` ``list-tasks``."""
    return name.strip("_").replace("_", "-")


def topic_command(topic: str) -> str:
    """Return the command for a topic: ``tasks_archive`` becomes ``tasks-archive``."""
    return topic.replace("_", "-")


@functools.cache
def methods(site: str) -> dict[str, dict[str, Method]]:
    """Return all methods of a marketplace by topic and command: those with a record, and pagers over such."""
    found: dict[str, dict[str, Method]] = {topic: {} for topic in TOPICS[site]}
    for registered in endpoints(site):
        endpoint = registered.endpoint
        method = Method(
            site=site, topic=endpoint.topic, name=endpoint.method, function=registered.method, endpoint=endpoint
        )
        topic = found[endpoint.topic]
        topic[method.command] = method
        for other in _pagers_beside(registered.topic, endpoint):
            made = attrs.evolve(method, name=other, function=getattr(registered.topic, other))
            topic[made.command] = made
    return found


def _pagers_beside(topic: type, endpoint: Endpoint[Any]) -> list[str]:
    """Return the methods that walk all pages of what a method fetches one of: ``iter_list`` beside ``get_list``."""
    sibling = endpoint.method.replace("get_", "iter_", 1)
    return [sibling] if sibling != endpoint.method and hasattr(topic, sibling) else []


@functools.cache
def topic_summaries(site: str) -> dict[str, str]:
    """Return what each topic is about, in a line."""
    found = {registered.endpoint.topic: registered.topic for registered in endpoints(site)}
    return {topic: Docstring(found[topic].__doc__).summary for topic in TOPICS[site]}


@functools.cache
def _docstring(function: Callable[..., Any]) -> Docstring:
    return Docstring(function.__doc__)


@functools.cache
def parameters_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters that a user gives: all but functions, which only programs can give."""
    return {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in _NOT_OF_THE_CALL and not str(parameter.annotation).startswith("Callable")
    }


def click_parameters(
    function: Callable[..., Any], records: Mapping[str, Param], doc: Docstring
) -> list[click.Parameter]:
    """Return an argument for each required operand, and an option for every other parameter."""
    return [
        _click_parameter(parameter, records.get(name), doc.arguments.get(name, ""))
        for name, parameter in parameters_of(function).items()
    ]


def _click_parameter(parameter: inspect.Parameter, record: Param | None, meaning: str) -> click.Parameter:
    annotation = str(parameter.annotation)
    kind = value_for(annotation, record)
    is_many = isinstance(record, (Ids, Words)) or kind.name == "NAME=VALUE"
    required = parameter.default is parameter.empty
    if kind.name == "FILE":
        meaning = f"{meaning.partition(':')[0].rstrip('.')}."  # what else a program can give is no matter here
    text = " ".join(part for part in (meaning, _limits(record, kind, meaning), _default(parameter)) if part)
    if required and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
        metavar = parameter.name.upper().rstrip("_")
        return Operand(
            [parameter.name],
            type=kind,
            required=True,
            nargs=-1 if is_many else 1,
            metavar=f"{metavar.removesuffix('S')}..." if is_many else metavar,
            meaning=text,
        )
    spelling = option_name(parameter.name)
    if annotation.startswith("bool"):
        is_switch = parameter.default is False
        return SectionedOption(
            [spelling if is_switch else f"{spelling}/--no-{spelling[2:]}", parameter.name],
            is_flag=True,
            default=None,
            help=text,
        )
    return SectionedOption(
        [spelling, parameter.name],
        type=kind,
        required=required,
        multiple=is_many,
        metavar=kind.name,
        help=text,
    )


def option_name(parameter: str) -> str:
    """Return the option for a parameter: ``--task-id``."""
    return "--" + parameter.strip("_").replace("_", "-")


def spelling_of(method: Method, parameter: str) -> str:
    """Return how one writes a parameter on the command line: as an argument or an option."""
    found = parameters_of(method.function).get(parameter)
    if found is not None and found.default is found.empty and found.kind is found.POSITIONAL_OR_KEYWORD:
        return parameter.upper()
    return option_name(parameter)


def _limits(record: Param | None, kind: Value, meaning: str) -> str:
    if kind.name == "WORDS":
        return "Can be given several times."
    limits = limits_of(record) if record is not None else ""
    numbers = set(re.findall(r"-?\d+", limits)) - {"0", "1"}
    # What the text says already is not said again, and "at least 1" says nothing.
    is_told = not isinstance(record, Choice) and numbers <= set(re.findall(r"-?\d+", meaning))
    return "" if is_told or not limits else f"{limits[:1].upper()}{limits[1:]}."


def _default(parameter: inspect.Parameter) -> str:
    return "" if parameter.default in (parameter.empty, None, False) else f"[default: {parameter.default}]"


def explanation(doc: Docstring) -> str:
    """Return what a method does, for its help text."""
    paragraphs = [doc.summary, *doc.description]
    if doc.effect:
        paragraphs.append(f"Effect: {doc.effect}")
    return "\n\n".join(plain(paragraph) for paragraph in paragraphs)
