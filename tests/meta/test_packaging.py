"""What pyproject.toml promises, and that importing the package costs and changes as little as it says."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kwork_etxt_sdk

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]

#: What each extra brings, as the documentation says; extras of this project are in brackets.
EXTRAS = {
    "cli": {"click", "rich", "tqdm", "platformdirs", "tomli"},
    "sync": {"sqlite-utils"},
    "pandas": {"pandas", "openpyxl"},
    "notebooks": {"[pandas]", "matplotlib", "tqdm"},
    "redis": {"redis"},
    "fast": {"orjson"},
    "keyring": {"keyring"},
    "sandbox": {"flask", "cheroot"},
    "testing": {"[sandbox]", "pytest", "responses"},
    "docs": {"sphinx", "furo"},
    "all": {"[cli]", "[sync]", "[pandas]", "[redis]", "[fast]", "[keyring]", "[sandbox]", "[testing]"},
}
USER_EXTRAS = {"cli", "sync", "pandas", "redis", "fast", "keyring", "sandbox", "testing"}

#: Imports the package and tells what that changed in the process.
PROBE = """
import json, logging, signal, sys, threading

def state():
    names = [None, *logging.root.manager.loggerDict]
    return {
        "handlers": sorted(
            f"{name}: {type(handler).__name__}"
            for name in names
            for handler in logging.getLogger(name).handlers
            if not isinstance(handler, logging.NullHandler)
        ),
        "logging": [logging.root.level, repr(logging.getLoggerClass()), repr(logging.getLogRecordFactory())],
        "hooks": [repr(hook) for hook in (sys.excepthook, sys.displayhook, sys.unraisablehook, threading.excepthook,
                                          sys.gettrace(), sys.getprofile(), signal.getsignal(signal.SIGINT))],
        "threads": sorted(thread.name for thread in threading.enumerate()),
    }

before = state()
known = set(sys.modules)
import kwork_etxt_sdk
print(json.dumps({
    "before": before,
    "after": state(),
    "modules": sorted({name.partition(".")[0] for name in set(sys.modules) - known}),
}))
"""


def names(requirements):
    """Return the names of these requirements; an extra of this project stands in brackets."""
    found = set()
    for requirement in requirements:
        name, extras = re.match(r"([A-Za-z0-9._-]+)(?:\[([a-z,]+)\])?", requirement).groups()
        if name == PROJECT["name"]:
            found |= {f"[{extra}]" for extra in extras.split(",")}
        else:
            found.add(name.lower())
    return found


def lower_bounds(requirements):
    return {name.lower(): bound for name, bound in re.findall(r"([\w-]+)>=([\d.]+)", " ".join(requirements))}


@pytest.fixture(scope="module")
def import_report(tmp_path_factory):
    """What a fresh process says about ``import kwork_etxt_sdk``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_run_time_packages_are_the_five_and_nothing_else():
    assert names(PROJECT["dependencies"]) == {"requests", "urllib3", "attrs", "cattrs", "tenacity"}


def test_every_run_time_package_has_a_lower_bound_and_it_is_the_one_tested():
    lines = (ROOT / "constraints" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    bounds = lower_bounds(PROJECT["dependencies"])
    assert bounds.keys() == names(PROJECT["dependencies"]) == tested.keys()
    for name, bound in bounds.items():
        assert re.fullmatch(re.escape(bound) + r"(\.0)*", tested[name]), f"{name}: {bound} is promised"


def test_tenacity_stays_below_its_next_major_version():
    assert "tenacity>=9.0,<10" in PROJECT["dependencies"]


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_extra_brings_what_is_documented(extra):
    assert names(PROJECT["optional-dependencies"][extra]) == EXTRAS[extra]


def test_there_are_no_other_extras_and_all_brings_those_for_users():
    assert set(PROJECT["optional-dependencies"]) == {*EXTRAS, "dev"}
    assert {f"[{extra}]" for extra in USER_EXTRAS} == EXTRAS["all"]


def test_tomli_is_for_python_310_only():
    assert 'tomli>=2.0; python_version < "3.11"' in PROJECT["optional-dependencies"]["cli"]


def test_version_is_written_once():
    assert PROJECT["dynamic"] == ["version"]
    assert "version" not in PROJECT
    assert PYPROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "kwork_etxt_sdk._version.__version__"}
    text = (ROOT / "kwork_etxt_sdk" / "_version.py").read_text(encoding="utf-8")
    assert f'__version__ = "{kwork_etxt_sdk.__version__}"' in text


def test_installed_metadata_carry_that_version():
    assert importlib.metadata.version("kwork-etxt-sdk") == kwork_etxt_sdk.__version__


def test_package_is_marked_as_typed():
    assert (ROOT / "kwork_etxt_sdk" / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_supported_pythons_agree():
    prefix = "Programming Language :: Python :: 3."
    promised = {int(line.removeprefix(prefix)) for line in PROJECT["classifiers"] if line.startswith(prefix)}
    assert PROJECT["requires-python"] == f">=3.{min(promised)}"
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py3{min(promised)}"
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
    assert {int(minor) for minor in re.findall(r"\bpy3(\d+)\b", tox)} == promised


def test_every_make_target_is_explained():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, flags=re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE).group(1).split()
    assert targets == set(phony)
    contributing = (ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"``make ([a-z-]+)``", contributing)) == targets - {"help"}


def test_import_brings_no_package_of_an_extra(import_report):
    heavy = {"pandas", "numpy", "flask", "cheroot", "click", "rich", "tqdm", "redis", "keyring", "sqlite_utils"}
    assert "kwork_etxt_sdk" in import_report["modules"]
    assert not heavy & set(import_report["modules"])


@pytest.mark.parametrize("what", ["handlers", "logging", "hooks", "threads"])
def test_import_leaves_the_process_as_it_was(import_report, what):
    assert import_report["after"][what] == import_report["before"][what]
