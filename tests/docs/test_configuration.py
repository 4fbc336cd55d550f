"""The guide to configuration is so: its files, its tables, its programs and its commands."""

from __future__ import annotations

import re

import pytest

from kwork_etxt_sdk import EtxtClient
from kwork_etxt_sdk.cli import main
from kwork_etxt_sdk.cli.journal import journal
from kwork_etxt_sdk.config import PROFILE_VARIABLE, VARIABLES
from kwork_etxt_sdk.profiles import CONFIG_VARIABLE, SECRETS, ProfileFile
from kwork_etxt_sdk.profiles.values import _BUCKET, _LIMITS, VALUES
from kwork_etxt_sdk.transport.state_file import STATE_DIR_VARIABLE
from tests.docs.pages import DOCS, code_blocks, list_table, run_blocks

PAGE = DOCS / "guide" / "configuration.rst"


@pytest.fixture
def config(box, monkeypatch, tmp_path):
    """The path of a profile file that is not there yet, beside a sandbox to which the environment points."""
    monkeypatch.setenv("KWORK_ETXT_CONFIG", str(tmp_path / "profiles.toml"))
    monkeypatch.delenv("KWORK_ETXT_PROFILE", raising=False)
    return tmp_path / "profiles.toml"


def forget_environment(monkeypatch):
    for variables in VARIABLES.values():
        for variable in variables.values():
            monkeypatch.delenv(variable, raising=False)


def test_the_example_is_a_profile_file(config):
    (text,) = [block.text for block in code_blocks(PAGE, "text") if "[work.etxt]" in block.text]
    config.write_text(text)
    config.chmod(0o600)

    file = ProfileFile()

    assert file.names == {"work": ("etxt", "kwork"), "sandbox": ("etxt",)}
    for profile, sites in file.names.items():
        for site in sites:
            assert file.site(profile, site).secrets


def test_the_tables_name_every_key_and_every_variable():
    keys = [row[0].strip("`") for row in list_table(PAGE, "a value of the wrong type")]
    assert sorted(keys) == sorted({*SECRETS["etxt"], *SECRETS["kwork"], *VALUES["etxt"], *VALUES["kwork"]})
    named = [name for row in list_table(PAGE, "The environment") for name in re.findall(r"\w+", row[0])]
    known = [variable for variables in VARIABLES.values() for variable in variables.values()]
    (journal_option,) = journal.params
    assert sorted(named) == sorted(
        [*known, PROFILE_VARIABLE, CONFIG_VARIABLE, STATE_DIR_VARIABLE, journal_option.envvar]
    )
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"``{name}``" in text for name in (*_BUCKET, *_LIMITS))


def test_the_commands_set_an_account_up_and_the_programs_find_it(config, box, monkeypatch, capsys):
    with EtxtClient.from_env() as client:
        task_id = client.tasks.save_task(
            "Обзор", price=60, size=3000, category_id=1790, public=True, auto_work=True
        ).task_id
    box.advance(hours=8)
    (commands,) = [block.text.splitlines() for block in code_blocks(PAGE, "sh")]
    login_etxt, login_kwork, *others = [command.removeprefix("kwork-etxt ").split() for command in commands]
    assert main(login_etxt) == main(login_kwork) == 0
    forget_environment(monkeypatch)
    for command in others:
        assert main(command) == 0, command
    capsys.readouterr()

    first, in_cron = code_blocks(PAGE, "python")
    run_blocks(PAGE, [first])
    assert capsys.readouterr().out.endswith("demo_buyer\n")
    monkeypatch.setenv("KWORK_ETXT_PROFILE", "default")
    run_blocks(PAGE, [in_cron])
    assert capsys.readouterr().out.startswith(f"{task_id} ")
