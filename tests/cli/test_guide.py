"""The guide to the command line: each session on it is what one gets."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import click
import pytest

from kwork_etxt_sdk.cli.app import cli
from kwork_etxt_sdk.cli.exits import Exit
from kwork_etxt_sdk.sandbox import Sandbox
from tests.docs.pages import DOCS, code_blocks

PAGE = DOCS / "guide" / "command-line.rst"
#: 1 January 2030, 03:00 in Moscow.
START = 1_893_456_000
#: Characters of a line on the page.
WIDTH = 80


@pytest.fixture
def box(monkeypatch, tmp_path):
    with Sandbox(speed=0, start_time=START) as box:
        for name, value in box.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.chdir(tmp_path)
        yield box


def sessions():
    """The blocks with commands and what they print, in order; between them how long one waits."""
    text = PAGE.read_text(encoding="utf-8")
    waits = [
        (text[: match.start()].count("\n"), int(match[1])) for match in re.finditer(r"(?m)^\.\. (\d+) hours", text)
    ]
    blocks = [(block.line, block.text) for block in code_blocks(PAGE, "text")]
    return sorted([*waits, *blocks])


def commands(text):
    """The commands of a session, each with what it prints."""
    parts = re.split(r"(?m)^\$ (.*)\n", text.replace("\\\n", ""))[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def shown(ended, box):
    text = re.sub(r"[ \t]+(?m:$)", "", ended.out + ended.err)
    return text.replace(f":{box.port}/", ":8080/")


def test_each_session_prints_what_it_says(box, kwork_etxt):
    for _line, part in sessions():
        if isinstance(part, int):
            box.advance(hours=part)
            continue
        for command, expected in commands(part):
            words = shlex.split(command)
            is_asked = words[-2:] == ["<", "/dev/null"]
            arguments = words[1:-2] if is_asked else words[1:]
            ended = kwork_etxt(*arguments, terminal=not is_asked, width=WIDTH)
            assert shown(ended, box) == expected, command
    assert box.executed == {"tasks.saveTask": 1, "tasks.paidTask": 1}


def test_the_page_has_the_statuses_there_are():
    table = PAGE.read_text(encoding="utf-8").partition("How it ends")[2].partition("From cron")[0]
    assert [int(status) for status in re.findall(r"(?m)^(\d+) ", table)] == sorted(Exit)


@pytest.mark.parametrize("block", code_blocks(PAGE, "sh"), ids=lambda block: f"line {block.line}")
def test_shell_blocks_name_commands_and_options_that_are_there(block):
    if shutil.which("sh"):
        subprocess.run(["sh", "-n"], input=block.text, text=True, check=True)
    for typed in re.findall(r"\bkwork-etxt ([a-z][^|&>#)]*)", block.text.replace("\\\n", "")):
        words = typed.partition("\n")[0].split()
        command = cli
        while isinstance(command, click.Group):
            command = command.get_command(click.Context(command), words.pop(0))
        known = {spelling for param in command.params for spelling in param.opts}
        assert {word for word in words if word.startswith("--")} <= known, typed
