from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module

import pytest

import kwork_etxt_sdk
from kwork_etxt_sdk import errors, kwork
from kwork_etxt_sdk.kwork import errors as kwork_errors
from kwork_etxt_sdk.lazy import lazy_names
from kwork_etxt_sdk.registry import TOPICS, endpoints
from kwork_etxt_sdk.transport.endpoint import Endpoint

PACKAGES = [kwork_etxt_sdk, kwork]
EXTRAS = ("pandas", "flask", "click", "rich", "redis", "tqdm", "orjson", "keyring", "sqlite_utils", "cheroot")


def run(program):
    """What a fresh interpreter prints."""
    made = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    return made.stdout.split()


def type_checked_imports(package):
    """The names that a type checker sees: those imported under TYPE_CHECKING."""
    tree = ast.parse(inspect.getsource(package))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)]
    return {alias.name: f"{node.module}" for node in block.body for alias in node.names}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
class TestPackage:
    def test_every_name_is_there(self, package):
        for name in package.__all__:
            assert getattr(package, name) is not None
        assert len(package.__all__) == len(set(package.__all__))

    def test_names_are_found_where_type_checkers_look_for_them(self, package):
        checked = type_checked_imports(package)
        lazy = {name: f"{package.__name__}.{home}" for home, names in package._HOMES.items() for name in names}
        assert checked == lazy
        assert set(package.__all__) - {"__version__"} == set(lazy)
        for name, home in lazy.items():
            assert getattr(package, name) is getattr(import_module(home), name)

    def test_dir_names_them_all_and_loads_none(self, package):
        names = run(
            f"import {package.__name__} as package; print(*dir(package));"
            "print('|', *sorted(package.__dict__.keys() & set(package.__all__)))"
        )
        split = names.index("|")
        assert set(package.__all__) <= set(names[:split])
        assert names[split + 1 :] == (["__version__"] if package is kwork_etxt_sdk else [])

    def test_a_star_brings_all_names(self, package):
        names = run(f"from {package.__name__} import *; print(*sorted(globals()))")
        assert set(package.__all__) <= set(names)

    def test_a_name_is_loaded_once(self, package):
        name = package.__all__[-1]
        assert getattr(package, name) is vars(package)[name]

    def test_a_name_that_does_not_exist_is_told_as_python_does(self, package):
        with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'Clinet'"):
            package.Clinet  # noqa: B018
        with pytest.raises(ImportError):
            exec(f"from {package.__name__} import Clinet")


class TestImport:
    def test_it_loads_nothing_heavy_and_changes_nothing(self):
        program = """
import logging, sys, threading
hooks = sys.excepthook, sys.displayhook, threading.excepthook, list(sys.meta_path)
before = {name: list(logger.handlers) for name, logger in logging.root.manager.loggerDict.items()
          if isinstance(logger, logging.Logger)}
import kwork_etxt_sdk
assert hooks == (sys.excepthook, sys.displayhook, threading.excepthook, sys.meta_path)
assert threading.active_count() == 1
assert logging.root.handlers == []
assert set(logging.root.manager.loggerDict) == set(before)
print(*sorted({name.partition('.')[0] for name in sys.modules}))
"""
        loaded = set(run(program))
        assert "kwork_etxt_sdk" in loaded
        assert not loaded & {*EXTRAS, "requests", "urllib3", "attr", "cattrs", "tenacity", "asyncio"}

    def test_the_clients_load_no_extras_and_no_network(self):
        program = "from kwork_etxt_sdk import EtxtClient, KworkClient; import sys; print(*sys.modules)"
        loaded = {name.partition(".")[0] for name in run(program)}
        assert not loaded & {*EXTRAS, "requests", "urllib3", "tenacity"}


class TestErrors:
    def test_every_error_is_public_and_an_sdk_error(self):
        found = {
            name
            for name, value in vars(errors).items()
            if isinstance(value, type) and issubclass(value, Exception) and value.__module__ == errors.__name__
        }
        assert found <= set(kwork_etxt_sdk.__all__)
        for name in found:
            assert issubclass(getattr(kwork_etxt_sdk, name), kwork_etxt_sdk.SdkError)

    def test_every_error_of_kwork_is_public_and_documented_names_keep_their_ancestors(self):
        found = {
            name
            for name, value in vars(kwork_errors).items()
            if isinstance(value, type) and value.__module__ == kwork_errors.__name__
        }
        assert found <= set(kwork.__all__)
        for name in ("KworkNotFoundError", "KworkRateLimitError", "KworkValidationError"):
            assert issubclass(getattr(kwork, name), kwork.KworkApiError)
        for name in ("KworkAuthError", "KworkApiError", "KworkNetworkError"):
            assert getattr(kwork, name).__base__ is kwork.KworkError
        for name in found:
            assert issubclass(getattr(kwork, name), kwork.KworkError)

    def test_documented_constructors(self):
        assert str(kwork.KworkAuthError()) == "Authentication failed"
        assert (error := kwork.KworkNotFoundError("kwork 7")).status_code == 404
        assert str(error) == "Resource not found: kwork 7"
        assert kwork.KworkRateLimitError().status_code == 429
        assert str(kwork.KworkRateLimitError()) == "Rate limit exceeded"
        error = kwork.KworkValidationError("bad", {"page": ["is required"]})
        assert (error.fields, error.status_code, error.message) == ({"page": ["is required"]}, 400, "bad")
        assert kwork.KworkValidationError().fields == {}
        assert str(kwork.KworkNetworkError()) == "Network error"
        assert kwork.KworkApiError("boom", 500).status_code == 500
        assert kwork.KworkApiError("boom").status_code is None


class TestRegistry:
    @pytest.mark.parametrize("site", TOPICS)
    def test_every_record_has_its_method_on_a_topic_of_the_client(self, site):
        client = getattr(kwork_etxt_sdk, {"etxt": "EtxtClient", "kwork": "KworkClient"}[site])
        found = endpoints(site)
        assert len({item.name for item in found}) == len(found)
        for item in found:
            assert isinstance(item.endpoint, Endpoint)
            assert item.name == f"{site} {item.endpoint.name}"
            assert item.site == site
            assert item.method is getattr(item.topic, item.endpoint.method)
            assert callable(item.method)
        for name in TOPICS[site]:
            assert isinstance(inspect.getattr_static(client, name), property)

    def test_each_topic_is_in_the_registry(self):
        assert {item.endpoint.topic for item in endpoints("kwork")} == set(TOPICS["kwork"])


def test_lazy_names_look_only_where_they_are_told():
    namespace = {"own": 1}
    load, names = lazy_names("kwork_etxt_sdk", namespace, {"options": ("Retry",), "paging": ("Page",)})
    assert names() == ["Page", "Retry", "own"]
    assert load("Retry") is namespace["Retry"] is kwork_etxt_sdk.Retry
    assert "Page" not in namespace
    with pytest.raises(AttributeError):
        load("Timeouts")
