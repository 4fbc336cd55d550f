"""The command line: how it starts and how it ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kwork_etxt_sdk import __version__
from kwork_etxt_sdk.cli import app, main
from kwork_etxt_sdk.errors import RefusedError


def test_version_needs_no_extra(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "click", None)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"kwork-etxt {__version__}\n"


def test_what_lacks_its_extra_says_which_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "click", None)
    monkeypatch.delitem(sys.modules, "kwork_etxt_sdk.cli.app")
    assert main(["demo"]) == 2
    assert "needs the package 'click'" in capsys.readouterr().err


def test_a_broken_package_of_our_own_is_not_taken_for_a_missing_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "kwork_etxt_sdk.cli.app", None)
    with pytest.raises(ModuleNotFoundError):
        main(["demo"])


def test_help_lists_the_commands(capsys):
    assert main(["--help"]) == 0
    assert "demo" in capsys.readouterr().out


def test_without_a_command_it_shows_how_to_use_it(capsys):
    assert main([]) == 2
    assert "Usage: kwork-etxt" in capsys.readouterr().out


@pytest.mark.parametrize("group", ["sync", "login", "watch", "journal"])
def test_what_commands_do_is_told_in_whole_sentences(capsys, group):
    assert main([group, "--help"]) == 0
    commands = capsys.readouterr().out.partition("\nCommands:\n")[2]
    assert commands
    assert "..." not in commands


def test_misuse_is_one_line_and_status_two(capsys):
    assert main(["nonsense"]) == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failure", "status", "line"),
    [
        (RefusedError("eTXT refused: no_params."), 3, "kwork-etxt: eTXT refused: no_params.\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (ImportError('it needs Flask; install it with: pip install "x[sandbox]"'), 2, "it needs Flask"),
    ],
)
def test_every_end_is_one_line_and_a_status(capsys, monkeypatch, failure, status, line):
    def fail(**_arguments):
        raise failure

    monkeypatch.setattr(app.cli, "main", fail)
    assert main(["demo"]) == status
    assert line in capsys.readouterr().err


def test_an_import_error_that_names_no_extra_is_not_hidden(monkeypatch):
    def fail(**_arguments):
        raise ImportError("cannot import name 'x'")

    monkeypatch.setattr(app.cli, "main", fail)
    with pytest.raises(ImportError, match="cannot import name"):
        main(["demo"])


def test_a_mistake_in_the_program_is_not_hidden(monkeypatch):
    def fail(**_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(app.cli, "main", fail)
    with pytest.raises(ZeroDivisionError):
        main(["demo"])


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "kwork_etxt_sdk.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"kwork-etxt {__version__}\n"
