from __future__ import annotations

import re

import attrs
import pytest

from kwork_etxt_sdk.cli import main
from tests.support.etxt_server import API_PASS, TOKEN, EtxtServer

#: What makes text bold, dim, and ordinary again.
_STYLE = re.compile("\x1b\\[[012]m")


@attrs.frozen
class Ended:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def kwork_etxt(capsys, monkeypatch):
    """Runs a command in this process, as if typed on a terminal or not."""

    def run(*arguments, terminal=False, answer=None, width=100):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr("sys.stdin.isatty", lambda: terminal)
        monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
        if answer is not None:
            monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_arguments: answer)
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(int(status), _STYLE.sub("", captured.out), _STYLE.sub("", captured.err))

    return run


@pytest.fixture
def etxt(monkeypatch):
    """An eTXT to which the environment points."""
    with EtxtServer() as server:
        monkeypatch.setenv("ETXT_TOKEN", TOKEN)
        monkeypatch.setenv("ETXT_API_PASS", API_PASS)
        monkeypatch.setenv("ETXT_BASE_URL", server.base_url)
        # Clients may go away in the middle of an answer; the server would say so where tests look for their words,
        # the next test's, too: its threads outlive this one.
        server._http.handle_error = lambda *_arguments: None
        yield server
