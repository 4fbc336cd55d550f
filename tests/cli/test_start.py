"""What a command imports before it does anything: help and version are quick."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.cli.app import cli

#: Packages that take long to import.
HEAVY = ("requests", "urllib3", "rich", "cattrs", "tqdm", "flask", "kwork_etxt_sdk.etxt", "kwork_etxt_sdk.kwork")
_PROGRAM = """
import json, sys
from kwork_etxt_sdk.cli import main
try:
    status = main(sys.argv[1:])
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def imported(*arguments):
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stderr.splitlines()[-1])), done.stdout


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], [], ["completion", "--help"]], ids=" ".join)
def test_help_and_version_import_next_to_nothing(arguments):
    modules, output = imported(*arguments)
    assert not [name for name in HEAVY if name in modules]
    assert "kwork-etxt" in output
    if arguments == ["--version"]:
        assert "click" not in modules


def test_the_help_of_a_method_needs_no_network_and_no_tables():
    modules, output = imported("etxt", "tasks", "list-tasks", "--help")
    assert "--status" in output
    assert not [name for name in ("requests", "urllib3", "rich", "tqdm", "flask") if name in modules]


def test_the_list_of_commands_imports_none_of_them():
    modules, output = imported("--help")
    lines = output.partition("Commands:")[2].partition("Exit")[0].split("\n")
    listed = [line.split()[0] for line in lines if line.strip()]
    assert {"etxt", "kwork", "docs", "journal", "sandbox", "demo", "completion"} <= set(listed)
    assert {name for name in modules if name.startswith("kwork_etxt_sdk.cli.")} == {
        "kwork_etxt_sdk.cli.app",
        "kwork_etxt_sdk.cli.exits",
        "kwork_etxt_sdk.cli.help",
        "kwork_etxt_sdk.cli.standard_output",
    }


def test_every_command_of_the_list_is_there(capsys):
    for name in cli.list_commands(click.Context(cli)):
        assert main([name, "--help"]) == 0
        assert capsys.readouterr().out.startswith(f"Usage: kwork-etxt {name} ")
